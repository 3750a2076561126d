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
#include <netinet/in.h>
#include <arpa/inet.h>

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ca.h"
#include "compat.h"
#include "hostlist.h"

#define CN_MAX		64	/* X.520 ub-common-name */
#define POINT_SIZE	65	/* of P-256, uncompressed */
#define ORGANIZATION	"NanoClaw Traffic Guardian"

/*
 * Is it a key for a leaf?  Only the 64 bytes behind the fixed prefix are the
 * sender's: they have to be a point of the curve (SEC 1, 2.3.4), and not the
 * CA's own.
 */
static int
leaf_key_ok(const struct ca *ca, const uint8_t spki[LEAF_KEY_SIZE])
{
	EC_GROUP	*group;
	EC_POINT	*point = NULL;
	int		 ok = 0;

	if (memcmp(spki, spki_prefix, sizeof(spki_prefix)) != 0 ||
	    memcmp(spki, ca->public, LEAF_KEY_SIZE) == 0)
		return 0;
	if ((group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)) != NULL)
		point = EC_POINT_new(group);
	if (point != NULL)
		ok = EC_POINT_oct2point(group, point, spki + LEAF_KEY_SIZE -
		    POINT_SIZE, POINT_SIZE, NULL) == 1 &&
		    !EC_POINT_is_at_infinity(group, point);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	ERR_clear_error();
	return ok;
}

/* As X509_set_pubkey() does it, which decodes once more what it has encoded. */
static int
leaf_key_set(X509 *x, const uint8_t spki[LEAF_KEY_SIZE])
{
	unsigned char	*point;

	point = OPENSSL_memdup(spki + LEAF_KEY_SIZE - POINT_SIZE, POINT_SIZE);
	if (point == NULL)
		return -1;
	if (X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x),
	    OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
	    OBJ_nid2obj(NID_X9_62_prime256v1), point, POINT_SIZE) == 1)
		return 0;
	OPENSSL_free(point);
	return -1;
}

static GENERAL_NAME *
leaf_general_name(const char *host)
{
	GENERAL_NAME		*g;
	ASN1_STRING		*s;
	uint8_t			 addr[sizeof(struct in6_addr)];
	const void		*data = host;
	size_t			 len = strlen(host);
	int			 type = GEN_DNS;

	if (inet_pton(AF_INET, host, addr) == 1)
		len = sizeof(struct in_addr);
	else if (inet_pton(AF_INET6, host, addr) == 1)
		len = sizeof(struct in6_addr);
	if (host_is_addr(host)) {
		type = GEN_IPADD;
		data = addr;
	}
	s = ASN1_STRING_type_new(type == GEN_DNS ? V_ASN1_IA5STRING :
	    V_ASN1_OCTET_STRING);
	if (s == NULL || ASN1_STRING_set(s, data, (int)len) != 1 ||
	    (g = GENERAL_NAME_new()) == NULL) {
		ASN1_STRING_free(s);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, type, s);
	return g;
}

static int
leaf_san(X509 *x, const char *host)
{
	GENERAL_NAMES	*names;
	GENERAL_NAME	*g;
	int		 r = -1;

	if ((names = sk_GENERAL_NAME_new_null()) == NULL)
		return -1;
	if ((g = leaf_general_name(host)) != NULL) {
		if (sk_GENERAL_NAME_push(names, g) > 0)
			r = cert_extension(x, NID_subject_alt_name, names, 0);
		else
			GENERAL_NAME_free(g);
	}
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return r;
}

static int
leaf_purpose(X509 *x)
{
	static const int	 usage[] = { 0 };	/* digitalSignature */
	BASIC_CONSTRAINTS	*bc;
	EXTENDED_KEY_USAGE	*eku;
	int			 r = -1;

	bc = BASIC_CONSTRAINTS_new();		/* CA:FALSE, no pathlen */
	eku = sk_ASN1_OBJECT_new_null();
	if (bc != NULL && eku != NULL &&
	    sk_ASN1_OBJECT_push(eku, OBJ_nid2obj(NID_server_auth)) > 0 &&
	    cert_extension(x, NID_basic_constraints, bc, 1) == 0 &&
	    cert_usage(x, usage, nitems(usage)) == 0 &&
	    cert_extension(x, NID_ext_key_usage, eku, 0) == 0)
		r = 0;
	BASIC_CONSTRAINTS_free(bc);
	sk_ASN1_OBJECT_pop_free(eku, ASN1_OBJECT_free);
	return r;
}

/* The issuer's key id, as the issuer's own certificate has it. */
static int
leaf_authority(X509 *x, X509 *issuer)
{
	AUTHORITY_KEYID	*akid;
	int		 r = -1;

	if ((akid = AUTHORITY_KEYID_new()) == NULL)
		return -1;
	akid->keyid = X509_get_ext_d2i(issuer, NID_subject_key_identifier,
	    NULL, NULL);
	if (akid->keyid != NULL)
		r = cert_extension(x, NID_authority_key_identifier, akid, 0);
	AUTHORITY_KEYID_free(akid);
	return r;
}

static X509 *
leaf_sign(const struct ca *ca, const char *host,
    const uint8_t spki[LEAF_KEY_SIZE], int64_t not_before, int64_t not_after)
{
	X509		*x;
	X509_NAME	*name;

	if ((x = X509_new()) == NULL)
		return NULL;
	name = X509_get_subject_name(x);
	if (cert_basics(x, not_before, not_after) == 0 &&
	    cert_name(name, NID_organizationName, ORGANIZATION) == 0 &&
	    (strlen(host) > CN_MAX ||
	    cert_name(name, NID_commonName, host) == 0) &&
	    X509_set_issuer_name(x, X509_get_subject_name(ca->cert)) == 1 &&
	    leaf_key_set(x, spki) == 0 && leaf_purpose(x) == 0 &&
	    leaf_san(x, host) == 0 && cert_key_id(x) == 0 &&
	    leaf_authority(x, ca->cert) == 0 &&
	    X509_sign(x, ca->key, EVP_sha256()) > 0)
		return x;
	X509_free(x);
	return NULL;
}

const char *
leaf_make(const struct ca *ca, const char *host,
    const uint8_t spki[LEAF_KEY_SIZE], int64_t now, struct leaf_result *result)
{
	X509		*x;
	uint8_t		*der = NULL;
	char		 canon[HOST_CANON_SIZE];
	int64_t		 not_before = now - CA_BACKDATE;
	int		 len;

	memset(result, 0, sizeof(*result));
	if (host_canon(host, canon, sizeof(canon)) == -1 ||
	    strcmp(host, canon) != 0)
		return "bad_host";
	if (now >= ca->not_after)
		return "ca_expired";
	if (!leaf_key_ok(ca, spki))
		return "bad_key";
	result->not_after = not_before + LEAF_LIFETIME < ca->not_after ?
	    not_before + LEAF_LIFETIME : ca->not_after;
	x = leaf_sign(ca, host, spki, not_before, result->not_after);
	if (x != NULL && (len = i2d_X509(x, &der)) > 0)
		result->ok = ca_pem("CERTIFICATE", der, (size_t)len,
		    result->pem, sizeof(result->pem)) > 0;
	OPENSSL_free(der);
	X509_free(x);
	if (result->ok)
		return NULL;
	memset(result, 0, sizeof(*result));
	return "failed";
}
