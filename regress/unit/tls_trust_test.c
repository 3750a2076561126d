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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../proxy-worker/tls_trust.h"
#include "certs.h"

#define SIGN	"critical,keyCertSign"
#define CA	"critical,CA:TRUE"
#define DAY	(24L * 3600)

static char	 text[1024 * 1024];

static const struct cert_spec root_spec = { .cn = "root", .constraints = CA,
    .key_usage = SIGN, .ends = DAY };

/* A server's certificate that is right, as the base of all wrong ones. */
static struct cert_spec
leaf_spec(const struct cert *issuer)
{
	struct cert_spec	 s = { .cn = "leaf", .san = "DNS:a.example",
	    .issuer = issuer, .constraints = "CA:FALSE",
	    .key_usage = "critical,digitalSignature",
	    .ext_usage = "serverAuth" };

	return (s);
}

static struct tls_trust *
trusting(const struct cert *root)
{
	struct tls_trust	*t;
	size_t			 len;

	ATF_REQUIRE((t = tls_trust_new()) != NULL);
	len = cert_pem(root, text, 0, sizeof(text));
	ATF_REQUIRE_EQ(tls_trust_add(t, text, len), 1);
	return (t);
}

static void
expect(struct tls_trust *t, const char *host, const struct cert *leaf,
    const struct cert *middle, enum trust_result want)
{
	enum trust_result	 r;
	size_t			 len;

	len = cert_pem(leaf, text, 0, sizeof(text));
	if (middle != NULL)
		len = cert_pem(middle, text, len, sizeof(text));
	r = tls_trust_verify(t, host, (const uint8_t *)text, len, 1000);
	ATF_CHECK_MSG(r == want, "%s: %s, not %s", host, tls_trust_word(r),
	    tls_trust_word(want));
	/* remembered, and after that judged again */
	ATF_CHECK_EQ(tls_trust_verify(t, host, (const uint8_t *)text, len,
	    2000), want);
	ATF_CHECK_EQ(tls_trust_verify(t, host, (const uint8_t *)text, len,
	    2000 + TRUST_VERDICT_MS), want);
}

/* One that is wrong in the way its spec says. */
static void
expect_spec(struct tls_trust *t, const struct cert_spec *s,
    const struct cert *middle, enum trust_result want)
{
	struct cert	 c = cert_make(s);

	expect(t, "a.example", &c, middle, want);
	cert_free(&c);
}

ATF_TC_WITHOUT_HEAD(good);
ATF_TC_BODY(good, tc)
{
	struct cert		 root = cert_make(&root_spec), middle, leaf;
	struct cert_spec	 s = root_spec;
	struct tls_trust	*t = trusting(&root);

	s.cn = "middle";
	s.issuer = &root;
	middle = cert_make(&s);
	s = leaf_spec(&middle);
	s.san = "DNS:a.example,DNS:*.w.example,IP:192.0.2.1,IP:2001:db8::1";
	leaf = cert_make(&s);
	expect(t, "a.example", &leaf, &middle, TRUST_OK);
	expect(t, "A.Example", &leaf, &middle, TRUST_OK);
	expect(t, "b.w.example", &leaf, &middle, TRUST_OK);
	expect(t, "192.0.2.1", &leaf, &middle, TRUST_OK);
	expect(t, "2001:db8:0::1", &leaf, &middle, TRUST_OK);
	expect(t, "b.example", &leaf, &middle, TRUST_WRONG_HOST);
	expect(t, "w.example", &leaf, &middle, TRUST_WRONG_HOST);
	expect(t, "c.b.w.example", &leaf, &middle, TRUST_WRONG_HOST);
	expect(t, "192.0.2.2", &leaf, &middle, TRUST_WRONG_HOST);
	expect(t, "a.example", &leaf, NULL, TRUST_INCOMPLETE);
	cert_free(&leaf);
	cert_free(&middle);
	cert_free(&root);
	tls_trust_free(t);
}

ATF_TC_WITHOUT_HEAD(leaf);
ATF_TC_BODY(leaf, tc)
{
	struct cert		 root = cert_make(&root_spec), rsa;
	struct cert_spec	 s = root_spec;
	struct tls_trust	*t = trusting(&root), *both;

	s.cn = "rsa root";	/* there is no ECDSA with MD5 */
	s.rsa_bits = 2048;
	rsa = cert_make(&s);
	both = trusting(&rsa);
	s = leaf_spec(&root);
	expect_spec(t, &s, NULL, TRUST_OK);
	s.begins = -2 * DAY;
	s.ends = -DAY;
	expect_spec(t, &s, NULL, TRUST_EXPIRED);
	s.begins = DAY;
	s.ends = 2 * DAY;
	expect_spec(t, &s, NULL, TRUST_NOT_YET_VALID);
	s = leaf_spec(NULL);
	expect_spec(t, &s, NULL, TRUST_SELF_SIGNED);
	s = leaf_spec(&root);
	s.ext_usage = "clientAuth";
	expect_spec(t, &s, NULL, TRUST_PURPOSE);
	s = leaf_spec(&root);
	s.digest = "SHA1";
	expect_spec(t, &s, NULL, TRUST_WEAK_SIGNATURE);
	s = leaf_spec(&rsa);
	s.digest = "MD5";
	expect_spec(both, &s, NULL, TRUST_WEAK_SIGNATURE);
	s.digest = NULL;
	expect_spec(both, &s, NULL, TRUST_OK);
	s = leaf_spec(&root);
	s.rsa_bits = 1024;
	expect_spec(t, &s, NULL, TRUST_WEAK_KEY);
	s.rsa_bits = 512;
	expect_spec(t, &s, NULL, TRUST_WEAK_KEY);
	s.rsa_bits = 2048;
	expect_spec(t, &s, NULL, TRUST_OK);
	cert_free(&rsa);
	tls_trust_free(both);
	cert_free(&root);
	tls_trust_free(t);
}

ATF_TC_WITHOUT_HEAD(name);
ATF_TC_BODY(name, tc)
{
	struct cert		 root = cert_make(&root_spec);
	struct cert_spec	 s = leaf_spec(&root);
	struct tls_trust	*t = trusting(&root);

	s.san = NULL;
	s.cn = "a.example";	/* a name in the subject is none */
	expect_spec(t, &s, NULL, TRUST_WRONG_HOST);
	s.san = "DNS:*.example";	/* a whole top level domain */
	expect_spec(t, &s, NULL, TRUST_WRONG_HOST);
	s.san = "DNS:*";
	expect_spec(t, &s, NULL, TRUST_WRONG_HOST);
	s.san = "DNS:a*.example";
	expect_spec(t, &s, NULL, TRUST_WRONG_HOST);
	s.san = "DNS:*a.example";
	expect_spec(t, &s, NULL, TRUST_WRONG_HOST);
	s.san_raw = "a.example\0.evil.example";
	s.san_raw_len = 23;
	expect_spec(t, &s, NULL, TRUST_WRONG_HOST);
	s = leaf_spec(&root);
	s.many_names = 10000;
	expect_spec(t, &s, NULL, TRUST_TOO_LARGE);
	cert_free(&root);
	tls_trust_free(t);
}

ATF_TC_WITHOUT_HEAD(issuer);
ATF_TC_BODY(issuer, tc)
{
	struct cert		 root = cert_make(&root_spec), other, middle;
	struct cert_spec	 s = root_spec;
	struct tls_trust	*t = trusting(&root);

	/* whose root nobody here knows, sent along or not */
	s.cn = "other";
	other = cert_make(&s);
	s = leaf_spec(&other);
	expect_spec(t, &s, &other, TRUST_UNKNOWN_ROOT);
	expect_spec(t, &s, NULL, TRUST_INCOMPLETE);

	/* the same name as the root, another key */
	cert_free(&other);
	other = cert_make(&root_spec);
	s = leaf_spec(&other);
	{
		struct cert	 c = cert_make(&s);
		enum trust_result r;
		size_t		 len = cert_pem(&c, text, 0, sizeof(text));

		r = tls_trust_verify(t, "a.example", (const uint8_t *)text,
		    len, 1000);
		ATF_CHECK_MSG(r != TRUST_OK, "%s", tls_trust_word(r));
		cert_free(&c);
	}
	cert_free(&other);

	/* an intermediate that may not be one, or not for this name */
	s = leaf_spec(&root);
	s.cn = "middle";
	middle = cert_make(&s);
	s = leaf_spec(&middle);
	expect_spec(t, &s, &middle, TRUST_NOT_A_CA);
	cert_free(&middle);
	s = root_spec;
	s.cn = "middle";
	s.issuer = &root;
	s.name_constraints = "critical,permitted;DNS:other.example";
	middle = cert_make(&s);
	s = leaf_spec(&middle);
	expect_spec(t, &s, &middle, TRUST_NAME_CONSTRAINT);
	s.san = "DNS:a.other.example";
	{
		struct cert	 c = cert_make(&s);

		expect(t, "a.other.example", &c, &middle, TRUST_OK);
		cert_free(&c);
	}
	cert_free(&middle);
	s = root_spec;
	s.cn = "middle";
	s.issuer = &root;
	s.digest = "SHA1";
	middle = cert_make(&s);
	s = leaf_spec(&middle);
	expect_spec(t, &s, &middle, TRUST_WEAK_SIGNATURE);
	cert_free(&middle);
	cert_free(&root);
	tls_trust_free(t);
}

ATF_TC_WITHOUT_HEAD(junk);
ATF_TC_BODY(junk, tc)
{
	struct cert		 root = cert_make(&root_spec);
	struct tls_trust	*t = trusting(&root);
	static const char	 junk[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
	    "-----END CERTIFICATE-----\n";
	size_t			 len = 0;
	int			 i;

	ATF_CHECK_EQ(tls_trust_verify(t, "a", NULL, 0, 1), TRUST_MALFORMED);
	ATF_CHECK_EQ(tls_trust_verify(t, "a", (const uint8_t *)junk,
	    sizeof(junk) - 1, 1), TRUST_MALFORMED);
	for (i = 0; i < TRUST_CHAIN_CERTS + 1; i++)
		len = cert_pem(&root, text, len, sizeof(text));
	ATF_CHECK_EQ(tls_trust_verify(t, "a", (const uint8_t *)text, len, 1),
	    TRUST_TOO_LARGE);
	/* anchors: what is no certificate is passed over */
	len = (size_t)snprintf(text, sizeof(text), "# a comment\n");
	len = cert_pem(&root, text, len, sizeof(text));
	ATF_CHECK_EQ(tls_trust_add(t, text, len), 1);
	ATF_CHECK_EQ(tls_trust_add(t, junk, sizeof(junk) - 1), 0);
	cert_free(&root);
	tls_trust_free(t);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, good);
	ATF_TP_ADD_TC(tp, leaf);
	ATF_TP_ADD_TC(tp, name);
	ATF_TP_ADD_TC(tp, issuer);
	ATF_TP_ADD_TC(tp, junk);
	return (atf_no_error());
}
