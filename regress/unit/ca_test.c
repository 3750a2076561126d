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


/* The CA, its file, what it signs, and how often. */

#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atf-c.h>

#include "../../ca-keeper/ca.h"
#include "../../ca-keeper/rate.h"
#include "compat.h"

/* 69 bytes: too long for a common name */
#define A20		"aaaaaaaaaaaaaaaaaaaa"
#define LONG_HOST	A20 A20 "." A20 "aaa.test"

/* One CA for all cases that only look at it; keys have little memory. */
static struct ca *
ca_make(void)
{
	struct ca	*ca;

	ATF_REQUIRE(ca_memory() != -1);
	ATF_REQUIRE((ca = ca_new("host.example", time(NULL))) != NULL);
	return ca;
}

static void
key_make(uint8_t spki[LEAF_KEY_SIZE])
{
	struct ca	*other;

	ATF_REQUIRE((other = ca_new("", time(NULL))) != NULL);
	memcpy(spki, other->public, LEAF_KEY_SIZE);
	ca_free(other);
}

static X509 *
pem_read(const char *pem)
{
	BIO	*bio;
	X509	*x;

	ATF_REQUIRE((bio = BIO_new_mem_buf(pem, -1)) != NULL);
	ATF_REQUIRE((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL);
	BIO_free(bio);
	return x;
}

/* Verified as a client would, at a time, for a host or an address. */
static int
verified(const struct ca *ca, X509 *x, const char *host, int64_t when)
{
	X509_STORE		*store;
	X509_STORE_CTX		*ctx;
	X509_VERIFY_PARAM	*param;
	int			 r;

	ATF_REQUIRE((store = X509_STORE_new()) != NULL);
	ATF_REQUIRE(X509_STORE_add_cert(store, ca->cert) == 1);
	ATF_REQUIRE((ctx = X509_STORE_CTX_new()) != NULL);
	ATF_REQUIRE(X509_STORE_CTX_init(ctx, store, x, NULL) == 1);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	X509_VERIFY_PARAM_set_time(param, (time_t)when);
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (strspn(host, "0123456789.") == strlen(host) ||
	    strchr(host, ':') != NULL)
		ATF_REQUIRE(X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1);
	else
		ATF_REQUIRE(X509_VERIFY_PARAM_set1_host(param, host, 0) == 1);
	r = X509_verify_cert(ctx) == 1 ? 0 : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return r;
}

/*
 * basicConstraints to the byte: OpenSSL reads any TRUE, but Go and others want
 * the one that DER has.
 */
static void
constraints_are(const X509 *x, const uint8_t *want, int len)
{
	const ASN1_OCTET_STRING	*s;
	int			 i;

	i = X509_get_ext_by_NID(x, NID_basic_constraints, -1);
	ATF_REQUIRE(i != -1);
	s = X509_EXTENSION_get_data(X509_get_ext(x, i));
	ATF_REQUIRE_EQ(ASN1_STRING_length(s), len);
	ATF_CHECK(memcmp(ASN1_STRING_get0_data(s), want, (size_t)len) == 0);
}

ATF_TC_WITHOUT_HEAD(leaf);
ATF_TC_BODY(leaf, tc)
{
	static const char *const	 hosts[] = {
		"api.example.com", "localhost", "a_b.example.com",
		"192.0.2.1", "2001:db8::1",
		LONG_HOST,
	};
	struct leaf_result	 r;
	struct ca		*ca = ca_make();
	uint8_t			 key[LEAF_KEY_SIZE], got[LEAF_KEY_SIZE];
	X509			*x;
	int64_t			 now = time(NULL);
	size_t			 i;

	(void)tc;
	key_make(key);
	for (i = 0; i < nitems(hosts); i++) {
		ATF_CHECK(leaf_make(ca, hosts[i], key, now, &r) == NULL);
		ATF_REQUIRE(r.ok == 1);
		ATF_CHECK_EQ(r.not_after, now - 3600 + 24 * 3600);
		x = pem_read(r.pem);
		ATF_CHECK_EQ_MSG(verified(ca, x, hosts[i], now), 0, "%s: %s",
		    hosts[i], X509_verify_cert_error_string(verified(ca, x,
		    hosts[i], now)));
		ATF_CHECK_EQ(verified(ca, x, hosts[i], now - 3500), 0);
		ATF_CHECK_EQ(verified(ca, x, hosts[i], r.not_after - 1), 0);
		/* only then, only there, and as no CA of its own */
		ATF_CHECK_EQ(verified(ca, x, hosts[i], now - 3700),
		    X509_V_ERR_CERT_NOT_YET_VALID);
		ATF_CHECK_EQ(verified(ca, x, hosts[i], r.not_after + 1),
		    X509_V_ERR_CERT_HAS_EXPIRED);
		ATF_CHECK_EQ(verified(ca, x, "other.example.com", now),
		    X509_V_ERR_HOSTNAME_MISMATCH);
		ATF_CHECK_EQ(X509_check_ca(x), 0);
		constraints_are(x, (const uint8_t *)"\x30\x00", 2);
		ATF_CHECK_EQ(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE);
		ATF_CHECK_EQ(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
		ATF_CHECK_EQ(X509_get_ext_count(x), 6);
		ATF_CHECK_EQ(X509_check_issued(ca->cert, x), X509_V_OK);
		ATF_REQUIRE(ca_public(X509_get0_pubkey(x), got) == 0);
		ATF_CHECK(memcmp(got, key, sizeof(key)) == 0);
		X509_free(x);
	}
	ca_free(ca);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const char *const	 hosts[] = {
		"", "*", "*.example.com", "a..b", "A.example.com", "a.test.",
		"a.test,DNS:b.test", "a.test\nx", "[::1]", "2001:db8:0::1",
		"192.0.2.01", "127.1", "a b", "b\303\274cher.test"
	};
	struct leaf_result	 r;
	struct ca		*ca = ca_make();
	uint8_t			 good[LEAF_KEY_SIZE], key[LEAF_KEY_SIZE];
	int64_t			 now = time(NULL);
	size_t			 i;

	(void)tc;
	key_make(good);
	for (i = 0; i < nitems(hosts); i++) {
		ATF_CHECK_STREQ("bad_host", leaf_make(ca, hosts[i], good, now,
		    &r));
		ATF_CHECK(r.ok == 0 && r.pem[0] == '\0');
	}
	/* no point of the curve, whichever bit it was */
	for (i = SPKI_PREFIX_SIZE * 8; i < LEAF_KEY_SIZE * 8; i += 7) {
		memcpy(key, good, sizeof(key));
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		ATF_CHECK_STREQ("bad_key", leaf_make(ca, "a.test", key, now,
		    &r));
	}
	/* another kind of key */
	for (i = 0; i < SPKI_PREFIX_SIZE; i++) {
		memcpy(key, good, sizeof(key));
		key[i] ^= 1;
		ATF_CHECK_STREQ("bad_key", leaf_make(ca, "a.test", key, now,
		    &r));
	}
	/* the origin, coordinates beyond the field, and the CA's own key */
	memcpy(key, good, sizeof(key));
	memset(key + SPKI_PREFIX_SIZE, 0, 64);
	ATF_CHECK_STREQ("bad_key", leaf_make(ca, "a.test", key, now, &r));
	memset(key + SPKI_PREFIX_SIZE, 0xff, 64);
	ATF_CHECK_STREQ("bad_key", leaf_make(ca, "a.test", key, now, &r));
	ATF_CHECK_STREQ("bad_key", leaf_make(ca, "a.test", ca->public, now,
	    &r));
	/* a CA near its end signs until then, and not after it */
	ATF_CHECK(leaf_make(ca, "a.test", good, ca->not_after - 60, &r) ==
	    NULL);
	ATF_CHECK_EQ(r.not_after, ca->not_after);
	ATF_CHECK_STREQ("ca_expired", leaf_make(ca, "a.test", good,
	    ca->not_after, &r));
	ca_free(ca);
}

ATF_TC_WITHOUT_HEAD(authority);
ATF_TC_BODY(authority, tc)
{
	struct ca	*ca = ca_make(), *other;
	char		 name[128];

	(void)tc;
	ATF_CHECK_EQ(X509_check_ca(ca->cert), 1);
	ATF_CHECK_EQ(X509_get_pathlen(ca->cert), 0);
	constraints_are(ca->cert, (const uint8_t *)
	    "\x30\x06\x01\x01\xff\x02\x01\x00", 8);
	ATF_CHECK_EQ(X509_get_key_usage(ca->cert), KU_KEY_CERT_SIGN |
	    KU_CRL_SIGN);
	ATF_CHECK(X509_NAME_get_text_by_NID(X509_get_subject_name(ca->cert),
	    NID_commonName, name, sizeof(name)) > 0);
	ATF_CHECK(strstr(name, "Traffic Guardian CA ") == name);
	ATF_CHECK(strstr(name, " host.example") != NULL);
	/* two are never taken for each other */
	ATF_REQUIRE((other = ca_new("host.example", time(NULL))) != NULL);
	ATF_CHECK(X509_NAME_cmp(X509_get_subject_name(ca->cert),
	    X509_get_subject_name(other->cert)) != 0);
	ATF_CHECK(memcmp(ca->fingerprint, other->fingerprint,
	    sizeof(ca->fingerprint)) != 0);
	ca_free(other);
	/* a machine's name may be anything */
	ATF_REQUIRE((other = ca_new("\"\n<&>\x80 a very long name that does "
	    "not fit into a common name of 64 bytes", time(NULL))) != NULL);
	ATF_CHECK(X509_NAME_get_text_by_NID(X509_get_subject_name(
	    other->cert), NID_commonName, name, sizeof(name)) == 64);
	ATF_CHECK(strpbrk(name, "\"\n<&>\x80") == NULL);
	ca_free(other);
	ca_free(ca);
}

static int
file_of(const char *text, size_t len)
{
	int	 fd;

	ATF_REQUIRE((fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600)) != -1);
	ATF_REQUIRE(write(fd, text, len) == (ssize_t)len);
	ATF_REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

ATF_TC_WITHOUT_HEAD(file);
ATF_TC_BODY(file, tc)
{
	struct ca	*ca = ca_make(), *again;
	const char	*errstr;
	char		 text[CA_FILE_SIZE], bad[CA_FILE_SIZE];
	ssize_t		 n;
	size_t		 i;
	int		 fd;

	(void)tc;
	ATF_REQUIRE((fd = open("k", O_RDWR | O_CREAT, 0600)) != -1);
	ATF_REQUIRE(ca_write(ca, fd) == 0);
	ATF_REQUIRE((n = pread(fd, text, sizeof(text), 0)) > 0);
	ATF_REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	ATF_REQUIRE((again = ca_read(fd, &errstr)) != NULL);
	close(fd);
	ATF_CHECK(memcmp(ca->fingerprint, again->fingerprint,
	    sizeof(ca->fingerprint)) == 0);
	ATF_CHECK_EQ(ca->not_after, again->not_after);
	ATF_CHECK_STREQ(ca->pem, again->pem);
	ATF_CHECK(EVP_PKEY_eq(ca->key, again->key) == 1);
	ca_free(again);
	/* no shorter, longer or altered file is taken, and none crashes */
	for (i = 0; i < (size_t)n; i += 11) {
		fd = file_of(text, i);
		ATF_CHECK_MSG(ca_read(fd, &errstr) == NULL, "%zu bytes", i);
		close(fd);
		memcpy(bad, text, (size_t)n);
		bad[i] ^= 0x01;
		fd = file_of(bad, (size_t)n);
		if ((again = ca_read(fd, &errstr)) != NULL)
			atf_tc_fail_nonfatal("byte %zu altered", i);
		ca_free(again);
		close(fd);
	}
	memcpy(bad, text, (size_t)n);
	bad[n] = '\n';
	fd = file_of(bad, (size_t)n + 1);
	ATF_CHECK(ca_read(fd, &errstr) == NULL);
	close(fd);
	ca_free(ca);
}

/* A key with the certificate of another is no CA. */
ATF_TC_WITHOUT_HEAD(mixed);
ATF_TC_BODY(mixed, tc)
{
	struct ca	*a = ca_make(), *b;
	const char	*errstr;
	char		 text[CA_FILE_SIZE], *cert;
	ssize_t		 n;
	int		 fd;

	(void)tc;
	ATF_REQUIRE((b = ca_new("b", time(NULL))) != NULL);
	ATF_REQUIRE((fd = open("k", O_RDWR | O_CREAT, 0600)) != -1);
	ATF_REQUIRE(ca_write(a, fd) == 0);
	ATF_REQUIRE((n = pread(fd, text, sizeof(text) - 1, 0)) > 0);
	close(fd);
	text[n] = '\0';
	ATF_REQUIRE((cert = strstr(text, "-----BEGIN CERT")) != NULL);
	ATF_CHECK(strcmp(cert, a->pem) == 0);
	*cert = '\0';
	ATF_REQUIRE(strlcat(text, b->pem, sizeof(text)) < sizeof(text));
	ATF_CHECK(ca_parse(text, strlen(text), &errstr) == NULL);
	ATF_CHECK_STREQ("no certificate of this key in it", errstr);
	ATF_CHECK(ca_parse(b->pem, strlen(b->pem), &errstr) == NULL);
	ATF_CHECK_STREQ("no private key of this program in it", errstr);
	ca_free(a);
	ca_free(b);
}

ATF_TC_WITHOUT_HEAD(rate);
ATF_TC_BODY(rate, tc)
{
	struct bucket	 b = { 0 };
	int64_t		 now = 1000000;
	int		 i, n;

	(void)tc;
	for (n = 0; rate_has(&b, 5, 2, now); n++)
		rate_take(&b);
	ATF_CHECK_EQ(n, 5);
	ATF_CHECK(!rate_has(&b, 5, 2, now + 499));
	ATF_CHECK(rate_has(&b, 5, 2, now + 500));
	rate_take(&b);
	ATF_CHECK(!rate_has(&b, 5, 2, now + 500));
	/* asked often or seldom, it fills as fast */
	for (i = 1; i < 500; i++)
		ATF_CHECK(!rate_has(&b, 5, 2, now + 500 + i));
	ATF_CHECK(rate_has(&b, 5, 2, now + 1000));
	/* never more than the burst, and not from a clock that goes back */
	now += 1000000000;
	for (n = 0; rate_has(&b, 5, 2, now); n++)
		rate_take(&b);
	ATF_CHECK_EQ(n, 5);
	ATF_CHECK(!rate_has(&b, 5, 2, now - 100000));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, leaf);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, authority);
	ATF_TP_ADD_TC(tp, file);
	ATF_TP_ADD_TC(tp, mixed);
	ATF_TP_ADD_TC(tp, rate);
	return atf_no_error();
}
