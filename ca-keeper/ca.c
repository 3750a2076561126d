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


#include <sys/types.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include "ca.h"
#include "compat.h"

#define SECURE_SIZE	(32 * 1024)	/* a power of two: all keys' memory */
#define SECURE_MIN	32
#define SERIAL_SIZE	20		/* RFC 5280, 4.1.2.2 */
#define KEY_ID_SIZE	20

#define PRODUCT		"NanoClaw Traffic Guardian"

/*
 * RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of
 * 65 bytes that begins with 4, the uncompressed form }.
 */
const uint8_t	 spki_prefix[SPKI_PREFIX_SIZE] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07, 0x03, 0x42, 0x00, 0x04
};

#ifdef OPENSSL_secure_malloc
/* OpenSSL's secure heap; its own BIGNUMs of private keys are there as well. */
int
ca_memory(void)
{
	void	*p;
	int	 r;

	if ((r = CRYPTO_secure_malloc_init(SECURE_SIZE, SECURE_MIN)) == 0)
		return -1;
	/* It asks for all but the last of what memory can be kept from. */
	if ((p = OPENSSL_secure_malloc(SECURE_SIZE)) == NULL)
		return -1;
	if (compat_private_memory(p, SECURE_SIZE) == -1)
		r = 2;
	OPENSSL_secure_free(p);
	return r == 1 ? 0 : 1;
}

void *
ca_memory_get(size_t size)
{
	return OPENSSL_secure_malloc(size);
}

void
ca_memory_free(void *p, size_t size)
{
	OPENSSL_secure_clear_free(p, size);
}
#else
/* A library without one: all of the process's memory is kept instead. */
int
ca_memory(void)
{
	return compat_private_memory(NULL, 0) == -1 ? 1 : 0;
}

void *
ca_memory_get(size_t size)
{
	return malloc(size);
}

void
ca_memory_free(void *p, size_t size)
{
	freezero(p, size);
}
#endif

int
ca_public(EVP_PKEY *key, uint8_t spki[LEAF_KEY_SIZE])
{
	uint8_t	*p = spki;

	if (i2d_PUBKEY(key, NULL) != LEAF_KEY_SIZE ||
	    i2d_PUBKEY(key, &p) != LEAF_KEY_SIZE)
		return -1;
	return memcmp(spki, spki_prefix, sizeof(spki_prefix)) == 0 ? 0 : -1;
}

size_t
ca_pem(const char *label, const uint8_t *der, size_t len, char *out,
    size_t size)
{
	size_t	 n, used;
	int	 r;

	r = snprintf(out, size, "-----BEGIN %s-----\n", label);
	if (r < 0 || (size_t)r >= size)
		return 0;
	for (used = (size_t)r; len > 0; der += n, len -= n) {
		n = len < 48 ? len : 48;
		if (size - used < 66)
			return 0;
		used += (size_t)EVP_EncodeBlock((uint8_t *)out + used, der,
		    (int)n);
		out[used++] = '\n';
	}
	r = snprintf(out + used, size - used, "-----END %s-----\n", label);
	if (r < 0 || (size_t)r >= size - used)
		return 0;
	return used + (size_t)r;
}

int
cert_basics(X509 *x, int64_t not_before, int64_t not_after)
{
	uint8_t		 serial[SERIAL_SIZE];
	BIGNUM		*bn;
	int		 r = -1;

	/* Positive, at most 20 bytes of DER, and never 0. */
	arc4random_buf(serial, sizeof(serial));
	serial[0] = (serial[0] & 0x7f) | 0x40;
	if ((bn = BN_bin2bn(serial, sizeof(serial), NULL)) == NULL)
		return -1;
	if (X509_set_version(x, 2) == 1 &&
	    BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL &&
	    ASN1_TIME_set(X509_getm_notBefore(x), (time_t)not_before) !=
	    NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(x), (time_t)not_after) != NULL)
		r = 0;
	BN_free(bn);
	return r;
}

int
cert_extension(X509 *x, int nid, void *value, int critical)
{
	return value != NULL && X509_add1_ext_i2d(x, nid, value, critical,
	    X509V3_ADD_DEFAULT) == 1 ? 0 : -1;
}

int
cert_usage(X509 *x, const int *bits, size_t n)
{
	ASN1_BIT_STRING	*b;
	size_t		 i;
	int		 r = -1;

	if ((b = ASN1_BIT_STRING_new()) == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (ASN1_BIT_STRING_set_bit(b, bits[i], 1) != 1)
			break;
	if (i == n)
		r = cert_extension(x, NID_key_usage, b, 1);
	ASN1_BIT_STRING_free(b);
	return r;
}

/* RFC 7093, 2, method 1. */
int
cert_key_id(X509 *x)
{
	ASN1_OCTET_STRING	*id;
	uint8_t			 md[EVP_MAX_MD_SIZE];
	unsigned int		 n;
	int			 r = -1;

	if (X509_pubkey_digest(x, EVP_sha256(), md, &n) != 1 ||
	    n < KEY_ID_SIZE || (id = ASN1_OCTET_STRING_new()) == NULL)
		return -1;
	if (ASN1_OCTET_STRING_set(id, md, KEY_ID_SIZE) == 1)
		r = cert_extension(x, NID_subject_key_identifier, id, 0);
	ASN1_OCTET_STRING_free(id);
	return r;
}

int
cert_name(X509_NAME *name, int nid, const char *s)
{
	return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_ASC,
	    (const unsigned char *)s, -1, -1, 0) == 1 ? 0 : -1;
}

/* "Traffic Guardian CA 1a2b3c4d HOST": at most 64 bytes, X.520. */
static void
ca_common_name(const char *host, char *buf, size_t size)
{
	size_t	 i, n;

	snprintf(buf, size, "Traffic Guardian CA %08x ", arc4random());
	n = strlen(buf);
	for (i = 0; host[i] != '\0' && n + 1 < size; i++)
		buf[n++] = (host[i] >= 'a' && host[i] <= 'z') ||
		    (host[i] >= 'A' && host[i] <= 'Z') ||
		    (host[i] >= '0' && host[i] <= '9') || host[i] == '-' ||
		    host[i] == '.' ? host[i] : '_';
	if (buf[n - 1] == ' ')
		n--;
	buf[n] = '\0';
}

static EVP_PKEY *
ca_generate(void)
{
	EVP_PKEY_CTX	*ctx;
	EVP_PKEY	*key = NULL;

	if ((ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL)) == NULL)
		return NULL;
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
	    NID_X9_62_prime256v1) != 1 ||
	    EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_NAMED_CURVE) != 1 ||
	    EVP_PKEY_keygen(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int
ca_constraints(X509 *x)
{
	BASIC_CONSTRAINTS	*bc;
	int			 r = -1;

	if ((bc = BASIC_CONSTRAINTS_new()) == NULL)
		return -1;
	bc->ca = 0xff;		/* the one TRUE of DER (X.690, 11.1) */
	if ((bc->pathlen = ASN1_INTEGER_new()) != NULL &&
	    ASN1_INTEGER_set(bc->pathlen, 0) == 1)
		r = cert_extension(x, NID_basic_constraints, bc, 1);
	BASIC_CONSTRAINTS_free(bc);
	return r;
}

static X509 *
ca_certify(EVP_PKEY *key, const char *host, int64_t now)
{
	static const int	 usage[] = { 5, 6 };	/* certificates, CRLs */
	char			 cn[65];
	X509			*x;
	X509_NAME		*name;

	ca_common_name(host, cn, sizeof(cn));
	if ((x = X509_new()) == NULL)
		return NULL;
	name = X509_get_subject_name(x);
	if (cert_basics(x, now - CA_BACKDATE, now + CA_LIFETIME) == 0 &&
	    cert_name(name, NID_organizationName, PRODUCT) == 0 &&
	    cert_name(name, NID_commonName, cn) == 0 &&
	    X509_set_issuer_name(x, name) == 1 &&
	    X509_set_pubkey(x, key) == 1 && ca_constraints(x) == 0 &&
	    cert_usage(x, usage, nitems(usage)) == 0 &&
	    cert_key_id(x) == 0 && X509_sign(x, key, EVP_sha256()) > 0)
		return x;
	X509_free(x);
	return NULL;
}

static int
time_seconds(const ASN1_TIME *t, int64_t *out)
{
	ASN1_TIME	*epoch;
	int		 days, seconds, r = -1;

	if ((epoch = ASN1_TIME_set(NULL, 0)) == NULL)
		return -1;
	if (ASN1_TIME_diff(&days, &seconds, epoch, t) == 1) {
		*out = (int64_t)days * 86400 + seconds;
		r = 0;
	}
	ASN1_TIME_free(epoch);
	return r;
}

/* A private part of another key is noticed by what it signs only. */
static int
ca_signs(EVP_PKEY *key)
{
	static const uint8_t	 text[] = "trial";
	uint8_t			 sig[128];
	size_t			 len = sizeof(sig);
	EVP_MD_CTX		*ctx;
	int			 r = 0;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return 0;
	if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, sig, &len, text, sizeof(text)) == 1 &&
	    EVP_MD_CTX_reset(ctx) == 1 &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, sig, len, text, sizeof(text)) == 1)
		r = 1;
	EVP_MD_CTX_free(ctx);
	return r;
}

static int
ca_fill(struct ca *ca)
{
	uint8_t		*der = NULL;
	unsigned int	 n;
	int		 len, r = -1;

	if (ca_public(ca->key, ca->public) == -1 || !ca_signs(ca->key) ||
	    X509_check_private_key(ca->cert, ca->key) != 1 ||
	    X509_verify(ca->cert, ca->key) != 1 ||
	    X509_check_ca(ca->cert) != 1 ||
	    time_seconds(X509_get0_notAfter(ca->cert), &ca->not_after) ==
	    -1 || ca->not_after < 0 ||
	    X509_digest(ca->cert, EVP_sha256(), ca->fingerprint, &n) != 1 ||
	    n != sizeof(ca->fingerprint) ||
	    (len = i2d_X509(ca->cert, &der)) <= 0)
		return -1;
	if (ca_pem("CERTIFICATE", der, (size_t)len, ca->pem,
	    sizeof(ca->pem)) > 0)
		r = 0;
	OPENSSL_free(der);
	return r;
}

struct ca *
ca_from(EVP_PKEY *key, X509 *cert)
{
	struct ca	*ca;

	if (key != NULL && cert != NULL &&
	    (ca = calloc(1, sizeof(*ca))) != NULL) {
		ca->key = key;
		ca->cert = cert;
		if (ca_fill(ca) == 0)
			return ca;
		free(ca);
	}
	EVP_PKEY_free(key);
	X509_free(cert);
	return NULL;
}

struct ca *
ca_new(const char *host, int64_t now)
{
	EVP_PKEY	*key;

	if ((key = ca_generate()) == NULL)
		return NULL;
	return ca_from(key, ca_certify(key, host, now));
}

void
ca_free(struct ca *ca)
{
	if (ca == NULL)
		return;
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	freezero(ca, sizeof(*ca));
}
