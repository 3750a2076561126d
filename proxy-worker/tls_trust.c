/*
 * Copyright (c) 2026 The NanoClaw Traffic Guardian developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "compat.h"
#include "tls_trust.h"

#define DIGEST_SIZE	32
#define WAYS		4	/* verdicts that share a place */

struct verdict {
	uint8_t		 key[DIGEST_SIZE];	/* of host and chain */
	int64_t		 until;			/* 0: free */
	enum trust_result result;
};

struct tls_trust {
	X509_STORE	*store;
	struct verdict	 verdicts[TRUST_VERDICTS];
};

struct tls_trust *
tls_trust_new(void)
{
	struct tls_trust	*t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	if ((t->store = X509_STORE_new()) == NULL) {
		free(t);
		return (NULL);
	}
	return (t);
}

void
tls_trust_free(struct tls_trust *t)
{
	if (t == NULL)
		return;
	X509_STORE_free(t->store);
	free(t);
}

/* No passphrase is ever asked for. */
static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return (-1);
}

int
tls_trust_add(struct tls_trust *t, const void *pem, size_t len)
{
	X509	*x;
	BIO	*bio;
	int	 n = 0;

	if (len == 0)
		return (0);
	if (len > INT32_MAX ||
	    (bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return (-1);
	while ((x = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) !=
	    NULL) {
		/* One that is there already is no error. */
		if (X509_STORE_add_cert(t->store, x) == 1)
			n++;
		X509_free(x);
	}
	ERR_clear_error();
	BIO_free(bio);
	memset(t->verdicts, 0, sizeof(t->verdicts));
	return (n);
}

/* The server's own certificate, and the others it sent. */
static enum trust_result
chain_read(const uint8_t *pem, size_t len, X509 **leaf, STACK_OF(X509) *rest)
{
	X509	*x;
	BIO	*bio;
	int	 n = 0;

	if (len > TRUST_CHAIN_MAX)
		return (TRUST_TOO_LARGE);
	if ((bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return (TRUST_OTHER);
	while ((x = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) !=
	    NULL) {
		if (n++ == 0)
			*leaf = x;
		else if (sk_X509_push(rest, x) == 0) {
			X509_free(x);
			break;
		}
		if (n > TRUST_CHAIN_CERTS)
			break;
	}
	ERR_clear_error();
	BIO_free(bio);
	if (n > TRUST_CHAIN_CERTS)
		return (TRUST_TOO_LARGE);
	return (*leaf == NULL ? TRUST_MALFORMED : TRUST_OK);
}

/*
 * Without an issuer for the server's own certificate, either the server sent
 * too little or we trust too few; a chain that it did send, and that ends
 * nowhere, says the latter.
 */
static enum trust_result
no_issuer(X509_STORE_CTX *ctx, const STACK_OF(X509) *rest)
{
	return (X509_STORE_CTX_get_error_depth(ctx) == 0 &&
	    sk_X509_num(rest) == 0 ? TRUST_INCOMPLETE : TRUST_UNKNOWN_ROOT);
}

static enum trust_result
verdict_of(X509_STORE_CTX *ctx, const STACK_OF(X509) *rest)
{
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_OK:
		return (TRUST_OK);
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return (TRUST_EXPIRED);
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return (TRUST_NOT_YET_VALID);
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return (TRUST_WRONG_HOST);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return (TRUST_SELF_SIGNED);
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return (TRUST_UNKNOWN_ROOT);
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return (no_issuer(ctx, rest));
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
	case X509_V_ERR_SUBTREE_MINMAX:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
	case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
		return (TRUST_NAME_CONSTRAINT);
	case X509_V_ERR_INVALID_PURPOSE:
		return (X509_STORE_CTX_get_error_depth(ctx) == 0 ?
		    TRUST_PURPOSE : TRUST_NOT_A_CA);
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		return (TRUST_NOT_A_CA);
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return (TRUST_WEAK_SIGNATURE);
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		return (TRUST_WEAK_KEY);
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
	case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
		return (TRUST_BAD_SIGNATURE);
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		return (TRUST_TOO_LARGE);
	}
	return (TRUST_OTHER);
}

static enum trust_result
chain_verify(struct tls_trust *t, const char *host, X509 *leaf,
    STACK_OF(X509) *rest)
{
	X509_STORE_CTX		*ctx;
	X509_VERIFY_PARAM	*param;
	enum trust_result	 r = TRUST_OTHER;

	if ((ctx = X509_STORE_CTX_new()) == NULL)
		return (TRUST_OTHER);
	if (X509_STORE_CTX_init(ctx, t->store, leaf, rest) == 1 &&
	    X509_STORE_CTX_set_default(ctx, "ssl_server") == 1) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_auth_level(param, 2);
		X509_VERIFY_PARAM_set_hostflags(param,
		    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
		/* A literal address is one: no name can stand for it. */
		if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ||
		    X509_VERIFY_PARAM_set1_host(param, host, 0) == 1) {
			(void)X509_verify_cert(ctx);
			r = verdict_of(ctx, rest);
		}
	}
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return (r);
}

/* What a verdict is about: both parts, and no other cut between them. */
static bool
verdict_key(const char *host, const uint8_t *pem, size_t len,
    uint8_t key[DIGEST_SIZE])
{
	EVP_MD_CTX	*md;
	bool		 ok;

	if ((md = EVP_MD_CTX_new()) == NULL)
		return (false);
	ok = EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(md, host, strlen(host) + 1) == 1 &&
	    EVP_DigestUpdate(md, pem, len) == 1 &&
	    EVP_DigestFinal_ex(md, key, NULL) == 1;
	EVP_MD_CTX_free(md);
	return (ok);
}

/* Where the verdict is, or the place of the one to be forgotten for it. */
static struct verdict *
verdict_find(struct tls_trust *t, const uint8_t key[DIGEST_SIZE])
{
	struct verdict	*v, *oldest;
	size_t		 i;

	v = oldest = &t->verdicts[key[0] % (TRUST_VERDICTS / WAYS) * WAYS];
	for (i = 0; i < WAYS; i++, v++) {
		if (v->until != 0 && memcmp(v->key, key, DIGEST_SIZE) == 0)
			return (v);
		if (v->until < oldest->until)
			oldest = v;
	}
	oldest->until = 0;
	return (oldest);
}

enum trust_result
tls_trust_verify(struct tls_trust *t, const char *host, const uint8_t *pem,
    size_t len, int64_t now)
{
	STACK_OF(X509)		*rest;
	X509			*leaf = NULL;
	struct verdict		*v;
	enum trust_result	 r;
	uint8_t			 key[DIGEST_SIZE];

	if (pem == NULL || len == 0)
		return (TRUST_MALFORMED);
	if (len > TRUST_CHAIN_MAX)
		return (TRUST_TOO_LARGE);
	if (!verdict_key(host, pem, len, key))
		return (TRUST_OTHER);
	v = verdict_find(t, key);
	if (v->until > now)
		return (v->result);
	if ((rest = sk_X509_new_null()) == NULL)
		return (TRUST_OTHER);
	if ((r = chain_read(pem, len, &leaf, rest)) == TRUST_OK)
		r = chain_verify(t, host, leaf, rest);
	X509_free(leaf);
	sk_X509_pop_free(rest, X509_free);
	if (r != TRUST_OTHER) {
		memcpy(v->key, key, sizeof(v->key));
		v->until = now + TRUST_VERDICT_MS;
		v->result = r;
	}
	return (r);
}

#define CERT	"the server's certificate "

static const struct {
	const char	*word;
	const char	*text;
} results[TRUST_RESULT_MAX] = {
	[TRUST_OK] = { "ok", CERT "is valid" },
	[TRUST_EXPIRED] = { "expired", CERT "has expired" },
	[TRUST_NOT_YET_VALID] = { "not_yet_valid", CERT "is not valid yet" },
	[TRUST_WRONG_HOST] = { "wrong_host", CERT "is for another host" },
	[TRUST_SELF_SIGNED] = { "self_signed",
	    CERT "is signed by itself only" },
	[TRUST_UNKNOWN_ROOT] = { "unknown_root",
	    CERT "comes from an authority that is not trusted here" },
	[TRUST_INCOMPLETE] = { "incomplete_chain",
	    CERT "comes without the intermediate that signed it, or from an "
	    "authority that is not trusted here" },
	[TRUST_NAME_CONSTRAINT] = { "name_constraint",
	    CERT "names a host that its authority may not vouch for" },
	[TRUST_PURPOSE] = { "wrong_purpose", CERT "is not meant for servers" },
	[TRUST_NOT_A_CA] = { "not_a_ca",
	    CERT "is signed by one that may not sign certificates" },
	[TRUST_WEAK_SIGNATURE] = { "weak_signature",
	    CERT "is signed with a broken digest" },
	[TRUST_WEAK_KEY] = { "weak_key", CERT "has a key that is too short" },
	[TRUST_BAD_SIGNATURE] = { "bad_signature",
	    CERT "has a signature that is wrong" },
	[TRUST_MALFORMED] = { "malformed", CERT "cannot be read" },
	[TRUST_TOO_LARGE] = { "certificate_too_large", CERT "is too large" },
	[TRUST_OTHER] = { "unverifiable", CERT "could not be verified" },
};

const char *
tls_trust_word(enum trust_result r)
{
	return (results[r].word);
}

const char *
tls_trust_text(enum trust_result r)
{
	return (results[r].text);
}
