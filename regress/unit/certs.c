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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "certs.h"

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "certs: %s\n", what);
	abort();
}

static void
add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION	*ext;
	X509V3_CTX	 ctx;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext != NULL, value);
	must(X509_add_ext(x, ext, -1) == 1, "extension");
	X509_EXTENSION_free(ext);
}

static void
add_raw_name(X509 *x, const char *name, size_t len)
{
	GENERAL_NAMES	*names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME	*gn = GENERAL_NAME_new();
	ASN1_IA5STRING	*s = ASN1_IA5STRING_new();

	must(names != NULL && gn != NULL && s != NULL, "memory");
	must(ASN1_STRING_set(s, name, (int)len) == 1, "name");
	GENERAL_NAME_set0_value(gn, GEN_DNS, s);
	must(sk_GENERAL_NAME_push(names, gn) > 0, "push");
	must(X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) == 1,
	    "raw name");
	GENERAL_NAMES_free(names);
}

static char *
many(const char *san, int n)
{
	size_t	 size = strlen(san) + (size_t)n * 32 + 1, len;
	char	*s = malloc(size);
	int	 i;

	must(s != NULL, "memory");
	len = (size_t)snprintf(s, size, "%s", san);
	for (i = 0; i < n; i++)
		len += (size_t)snprintf(s + len, size - len,
		    ",DNS:n%d.many.example", i);
	return (s);
}

struct cert
cert_make(const struct cert_spec *spec)
{
	static long	 serial;
	const uint8_t	*p = spec->spki;
	struct cert	 c;
	X509		*issuer;
	X509_NAME	*name;
	char		*san;

	c.key = spec->rsa_bits > 0 ? EVP_RSA_gen((unsigned)spec->rsa_bits) :
	    EVP_EC_gen("P-256");
	must(c.key != NULL, "key");
	must((c.x = X509_new()) != NULL, "memory");
	issuer = spec->issuer == NULL ? c.x : spec->issuer->x;
	must(X509_set_version(c.x, 2) == 1, "version");
	ASN1_INTEGER_set(X509_get_serialNumber(c.x), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(c.x), spec->begins == 0 ? -3600 :
	    spec->begins);
	X509_gmtime_adj(X509_getm_notAfter(c.x), spec->ends == 0 ? 3600 :
	    spec->ends);
	name = X509_get_subject_name(c.x);
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)spec->cn, -1, -1, 0) == 1, "name");
	must(X509_set_issuer_name(c.x, X509_get_subject_name(issuer)) == 1,
	    "issuer");
	if (spec->spki != NULL) {
		EVP_PKEY_free(c.key);
		c.key = d2i_PUBKEY(NULL, &p, (long)spec->spki_len);
		must(c.key != NULL, "public key");
	}
	must(X509_set_pubkey(c.x, c.key) == 1, "public key");
	add_ext(c.x, issuer, NID_basic_constraints, spec->constraints);
	add_ext(c.x, issuer, NID_key_usage, spec->key_usage);
	add_ext(c.x, issuer, NID_ext_key_usage, spec->ext_usage);
	add_ext(c.x, issuer, NID_name_constraints, spec->name_constraints);
	add_ext(c.x, issuer, NID_subject_key_identifier, "hash");
	if (spec->san_raw != NULL)
		add_raw_name(c.x, spec->san_raw, spec->san_raw_len);
	else if (spec->many_names > 0) {
		san = many(spec->san, spec->many_names);
		add_ext(c.x, issuer, NID_subject_alt_name, san);
		free(san);
	} else
		add_ext(c.x, issuer, NID_subject_alt_name, spec->san);
	must(X509_sign(c.x, spec->issuer == NULL ? c.key : spec->issuer->key,
	    EVP_get_digestbyname(spec->digest == NULL ? "SHA256" :
	    spec->digest)) > 0, "signature");
	return (c);
}

void
cert_free(struct cert *c)
{
	X509_free(c->x);
	EVP_PKEY_free(c->key);
}

static size_t
take(BIO *bio, char *buf, size_t len, size_t size)
{
	char	*p;
	long	 n = BIO_get_mem_data(bio, &p);

	must(n > 0 && (size_t)n < size - len, "buffer");
	memcpy(buf + len, p, (size_t)n);
	buf[len + (size_t)n] = '\0';
	BIO_free(bio);
	return (len + (size_t)n);
}

size_t
cert_pem(const struct cert *c, char *buf, size_t len, size_t size)
{
	BIO	*bio = BIO_new(BIO_s_mem());

	must(bio != NULL && PEM_write_bio_X509(bio, c->x) == 1, "pem");
	return (take(bio, buf, len, size));
}

size_t
cert_key_pem(const struct cert *c, char *buf, size_t size)
{
	BIO	*bio = BIO_new(BIO_s_mem());

	must(bio != NULL && PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL,
	    0, NULL, NULL) == 1, "pem");
	return (take(bio, buf, 0, size));
}
