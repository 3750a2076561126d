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
#include <string.h>

#include "finding.h"
#include "mask.h"
#include "msg.h"

static const char *
host(const char *name)
{
	static char	 buf[MASK_HOST_SIZE];

	ATF_REQUIRE_EQ(0, mask_host(name, buf, sizeof(buf)));
	return (buf);
}

/* Names that people must be able to read. */
ATF_TC_WITHOUT_HEAD(ordinary);
ATF_TC_BODY(ordinary, tc)
{
	static const char *const	 names[] = {
		"localhost", "guardian.invalid", "api.anthropic.com",
		"api.openai.com", "generativelanguage.googleapis.com",
		"raw.githubusercontent.com", "registry.npmjs.org",
		"files.pythonhosted.org", "deb.debian.org", "cdn.jsdelivr.net",
		"ec2-203-0-113-25.compute-1.amazonaws.com",
		"d111111abcdef8.cloudfront.net",
		"my-bucket.s3.eu-west-1.amazonaws.com",
		"bedrock-runtime.us-east-1.amazonaws.com",
		"host.docker.internal", "web01.eu.example", "v1beta1.example",
		"my-very-long-service-name-production-eu.run.app",
		"xn--bcher-kva.example", "xn--e1afmkfd.example",
		"xn--80ak6aa92e.com", "xn--fsqu00a.xn--g6w251d", "xn--p1ai",
		"_dmarc.example.com", "a.b.c.d.e.example", "127.0.0.1",
		"203.0.113.25", "::1", "2001:db8::25", "169.254.169.254"
	};
	size_t				 i;

	(void)tc;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ATF_CHECK_STREQ(names[i], host(names[i]));
	ATF_CHECK_STREQ("api.openai.com", host("API.OpenAI.com"));
	ATF_CHECK_STREQ("api.openai.com", host("api.openai.com."));
}

ATF_TC_WITHOUT_HEAD(secrets);
ATF_TC_BODY(secrets, tc)
{
	(void)tc;
	ATF_CHECK_STREQ("[REDACTED:20].x.example",
	    host("AKIAABCDEFGHIJKLMNOP.x.example"));
	ATF_CHECK_STREQ("[REDACTED:32].x.example",
	    host("4f3c2a1b9d8e7f605142332415263748.x.example"));
	ATF_CHECK_STREQ("[REDACTED:16].[REDACTED:16].x.example",
	    host("mfrggzdfmztwq2lk.nbswy3dpeb3w64tm.x.example"));
	ATF_CHECK_STREQ("[REDACTED:33].x.example",
	    host("sk-ant-api03-q8f7zk2m9x4v6b1n3c5l.x.example"));
	ATF_CHECK_STREQ("[REDACTED:26].x.example",
	    host("xn--q8f7zk2m9x4v6b1n3c5lzz.x.example"));
	/* Only the provider assigns such names, and only right there. */
	ATF_CHECK_STREQ("[REDACTED:14].cloudfront.net.x.example",
	    host("d111111abcdef8.cloudfront.net.x.example"));
	ATF_CHECK_STREQ("[REDACTED:14].x.example",
	    host("d111111abcdef8.x.example"));
	/* One secret cut into short labels runs out of budget. */
	ATF_CHECK(strstr(host("a1b2c.d3e4f.g5h6i.j7k8l.m9n0o.p1q2r.x.example"),
	    "p1q2r") == NULL);
	ATF_CHECK(strstr(host("1234.5678.9012.3456.7890.1234.x.example"),
	    "1234.x") == NULL);
}

ATF_TC_WITHOUT_HEAD(not_names);
ATF_TC_BODY(not_names, tc)
{
	char	 longer[300], buf[MASK_HOST_SIZE];
	size_t	 i;

	(void)tc;
	ATF_CHECK_STREQ("[REDACTED:0]", host(""));
	ATF_CHECK_STREQ("[REDACTED:3]", host("a b"));
	ATF_CHECK_STREQ("[REDACTED:4]", host("a..b"));
	ATF_CHECK_STREQ("[REDACTED:2]", host(".a"));
	ATF_CHECK_STREQ("[REDACTED:1]", host("."));
	ATF_CHECK_STREQ("[REDACTED:2]", host("a\n."));
	ATF_CHECK_STREQ("[REDACTED:6]", host("a@b.cd"));
	ATF_CHECK_STREQ("[REDACTED:6]", host("a\"b.cd"));
	ATF_CHECK_STREQ("[REDACTED:4]", host("::1%"));
	ATF_CHECK_STREQ("[REDACTED:8]", host("\xc3\xbc.examp"));
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ATF_CHECK_STREQ("[REDACTED:299]", host(longer));
	longer[64] = '\0';
	ATF_CHECK_STREQ("[REDACTED:64]", host(longer));
	/* As many odd labels as there can be still fit. */
	for (i = 0; i < 253; i++)
		longer[i] = i % 8 == 7 ? '.' : "0x1y2z3"[i % 8];
	longer[253] = '\0';
	ATF_CHECK_STREQ("[REDACTED:253]", host(longer));
	ATF_CHECK_EQ(-1, mask_host("example.com", buf, 11));
	ATF_CHECK_EQ(0, mask_host("example.com", buf, 12));
	ATF_CHECK_EQ(-1, mask_host("a b", buf, 12));
	ATF_CHECK_EQ(-1, mask_host("127.0.0.1", buf, 9));
}

/* Labels that are longer when they are masked: still no more than is sent. */
ATF_TC_WITHOUT_HEAD(dest_fits);
ATF_TC_BODY(dest_fits, tc)
{
	char	 name[256], dest[MSG_DEST_SIZE];
	size_t	 i, len, used;

	(void)tc;
	for (len = 7; len <= 63; len++)
		for (used = i = 0; used + len + 1 < sizeof(name) - 1; i++) {
			used += (size_t)snprintf(name + used,
			    sizeof(name) - used, "%s%.*s", i == 0 ? "" : ".",
			    (int)len, "123456789012345678901234567890123456789"
			    "012345678901234567890123");
			ATF_REQUIRE_EQ_MSG(0, mask_dest(name, 65535, dest,
			    sizeof(dest)), "%s", name);
		}
}

/* Whatever the name, the destination of a finding is valid. */
ATF_TC_WITHOUT_HEAD(dest_valid);
ATF_TC_BODY(dest_valid, tc)
{
	static const char *const	 names[] = {
		"api.anthropic.com", "::1", "127.0.0.1", "", "a b", "[x]",
		"q8f7zk2m9x4v6b1n3c5l.x.example", "a:b", "1:2:3", "a..b",
		"-", "_", "xn--", "xn--a", "xn---", "..", "x.", "[::1]"
	};
	struct finding			 f;
	char				 name[256];
	size_t				 i, j, n;
	uint32_t			 x = 1;

	(void)tc;
	memset(&f, 0, sizeof(f));
	strcpy(f.pattern, "a");
	strcpy(f.source, "::1");
	strcpy(f.snippet, "a");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ATF_REQUIRE_EQ(0, mask_dest(names[i], 65535, f.dest,
		    sizeof(f.dest)));
		ATF_CHECK_MSG(finding_valid(&f), "%s: %s", names[i], f.dest);
	}
	for (i = 0; i < 20000; i++) {
		x = x * 1664525U + 1013904223U;
		n = (x >> 8) % 255;
		for (j = 0; j < n; j++) {
			x = x * 1664525U + 1013904223U;
			name[j] = "abcdefghijklmnopqrstuvwxyz0123456789-_......"
			    [(x >> 16) % 44];
			if ((x >> 8) % 5000 == 0)
				name[j] = (char)(x >> 24);
			if (name[j] == '\0')
				name[j] = 'x';
		}
		name[n] = '\0';
		ATF_REQUIRE_EQ(0, mask_dest(name, 1, f.dest, sizeof(f.dest)));
		ATF_CHECK_MSG(finding_valid(&f), "%s: %s", name, f.dest);
	}
	ATF_REQUIRE_EQ(0, mask_dest("2001:db8::1", 443, f.dest,
	    sizeof(f.dest)));
	ATF_CHECK_STREQ("[2001:db8::1]:443", f.dest);
	ATF_REQUIRE_EQ(0, mask_dest("q8f7zk2m9x4v.example", 80, f.dest,
	    sizeof(f.dest)));
	ATF_CHECK_STREQ("[REDACTED:12].example:80", f.dest);
	ATF_CHECK_EQ(-1, mask_dest("example.com", 443, f.dest, 15));
}

ATF_TC_WITHOUT_HEAD(secret_form);
ATF_TC_BODY(secret_form, tc)
{
	char	 buf[64];

	(void)tc;
	ATF_REQUIRE_EQ(0, mask_secret("sk-ant-api03-", 13, 108, buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ("sk-ant-api03-[REDACTED](108)", buf);
	ATF_REQUIRE_EQ(0, mask_secret("", 0, 5, buf, sizeof(buf)));
	ATF_CHECK_STREQ("[REDACTED](5)", buf);
	ATF_REQUIRE_EQ(0, mask_secret("a\n\x80" "b", 4, 5, buf, sizeof(buf)));
	ATF_CHECK_STREQ("a??b[REDACTED](5)", buf);
	ATF_CHECK_EQ(-1, mask_secret("abc", 3, 5, buf, 16));
	ATF_CHECK_EQ(0, mask_secret("abc", 3, 5, buf, 17));
	ATF_CHECK_EQ(-1, mask_secret("abc", 3, 5, buf, 3));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ordinary);
	ATF_TP_ADD_TC(tp, secrets);
	ATF_TP_ADD_TC(tp, not_names);
	ATF_TP_ADD_TC(tp, dest_fits);
	ATF_TP_ADD_TC(tp, dest_valid);
	ATF_TP_ADD_TC(tp, secret_form);
	return (atf_no_error());
}
