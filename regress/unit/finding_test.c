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
#include <limits.h>
#include <string.h>

#include "finding.h"

static struct finding
good(void)
{
	struct finding	 f;

	memset(&f, 0, sizeof(f));
	f.severity = FINDING_HIGH;
	strcpy(f.pattern, "ai_api_key");
	strcpy(f.source, "127.0.0.1");
	strcpy(f.dest, "api.example.com:443");
	strcpy(f.snippet, "body: ai_api_key sk-ant-api03-[REDACTED](108)");
	f.timestamp = 1777161600000;
	return (f);
}

ATF_TC_WITHOUT_HEAD(valid);
ATF_TC_BODY(valid, tc)
{
	struct finding	 f = good();

	(void)tc;
	ATF_CHECK(finding_valid(&f));
	ATF_CHECK(finding_invalid(&f) == NULL);
}

/* One field spoilt at a time; the answer names it. */
ATF_TC_WITHOUT_HEAD(enums);
ATF_TC_BODY(enums, tc)
{
	struct finding	 f;
	int		 bad[] = { -1, 4, 255, INT_MAX, INT_MIN };
	size_t		 i;

	(void)tc;
	/* By memcpy: such values come from messages, not from C. */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = good();
		memcpy(&f.direction, &bad[i], sizeof(f.direction));
		ATF_CHECK_STREQ("direction", finding_invalid(&f));
		f = good();
		memcpy(&f.protocol, &bad[i], sizeof(f.protocol));
		ATF_CHECK_STREQ("protocol", finding_invalid(&f));
		f = good();
		memcpy(&f.threat, &bad[i], sizeof(f.threat));
		ATF_CHECK_STREQ("threat_type", finding_invalid(&f));
		f = good();
		memcpy(&f.severity, &bad[i], sizeof(f.severity));
		ATF_CHECK_STREQ("severity", finding_invalid(&f));
	}
}

ATF_TC_WITHOUT_HEAD(pattern);
ATF_TC_BODY(pattern, tc)
{
	static const char	*const bad[] = {
		"", "A", "aB", "a-b", "1a", "_a", "a b", "a\"", "a\n",
		"\xc3\xa9"
	};
	struct finding		 f;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = good();
		strcpy(f.pattern, bad[i]);
		ATF_CHECK_STREQ("pattern", finding_invalid(&f));
	}
	f = good();
	memset(f.pattern, 'a', sizeof(f.pattern));	/* no end */
	ATF_CHECK_STREQ("pattern", finding_invalid(&f));
	f.pattern[sizeof(f.pattern) - 1] = '\0';
	ATF_CHECK(finding_valid(&f));
	ATF_CHECK(finding_pattern_valid("a9_"));
}

ATF_TC_WITHOUT_HEAD(source);
ATF_TC_BODY(source, tc)
{
	static const char	*const bad[] = {
		"", "localhost", "127.0.0.1:80", "[::1]", "127.1", "1.2.3.4.5",
		"::1 ", "fe80::1%eth0", "0x7f.0.0.1"
	};
	static const char	*const ok[] = {
		"::1", "0.0.0.0", "2001:db8::25", "::ffff:192.0.2.1",
		"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
	};
	struct finding		 f;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = good();
		strcpy(f.source, bad[i]);
		ATF_CHECK_STREQ("source", finding_invalid(&f));
	}
	for (i = 0; i < sizeof(ok) / sizeof(ok[0]); i++) {
		f = good();
		strcpy(f.source, ok[i]);
		ATF_CHECK_MSG(finding_valid(&f), "%s", ok[i]);
	}
	f = good();
	memset(f.source, '1', sizeof(f.source));
	ATF_CHECK_STREQ("source", finding_invalid(&f));
}

ATF_TC_WITHOUT_HEAD(dest);
ATF_TC_BODY(dest, tc)
{
	static const char	*const bad[] = {
		"", ":", "a", "a:", ":80", "a:0", "a:080", "a:65536",
		"a:99999", "a:999999", "a:8 ", "a:-1", "a..b:80", ".a:80",
		"a.:80", "a b:80", "a/b:80", "a?x:80", "a@b:80", "::1:80",
		"[::1]", "[::1:80", "[x]:80", "[]:80", "[127.0.0.1]:80",
		"[REDACTED]:80", "[REDACTED:]:80", "[REDACTED:x]:80",
		"x[REDACTED:3]:80", "[REDACTED:3]x:80", "[REDACTED:3:80",
		"http://a:80", "a:80:81", "a\n:80", "[::1]x:80"
	};
	static const char	*const ok[] = {
		"a:1", "a:65535", "A-b_c.d:80", "127.0.0.1:80", "[::1]:443",
		"[REDACTED:3]:80", "[REDACTED:40].evil.example:443",
		"a.[REDACTED:3].b:80", "[2001:db8::1]:8443"
	};
	struct finding		 f;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = good();
		strcpy(f.dest, bad[i]);
		ATF_CHECK_MSG(!finding_valid(&f), "%s", bad[i]);
	}
	for (i = 0; i < sizeof(ok) / sizeof(ok[0]); i++) {
		f = good();
		strcpy(f.dest, ok[i]);
		ATF_CHECK_MSG(finding_valid(&f), "%s", ok[i]);
	}
	f = good();
	memset(f.dest, 'a', sizeof(f.dest));
	ATF_CHECK_STREQ("dest", finding_invalid(&f));
	memset(f.dest, 0, sizeof(f.dest));
	memset(f.dest, 'a', 64);			/* label too long */
	strcpy(f.dest + 64, ":80");
	ATF_CHECK_STREQ("dest", finding_invalid(&f));
}

ATF_TC_WITHOUT_HEAD(snippet);
ATF_TC_BODY(snippet, tc)
{
	struct finding	 f;
	int		 c;

	(void)tc;
	for (c = 0; c < 256; c++) {
		f = good();
		f.snippet[3] = (char)c;
		if (c == 0 || (c >= ' ' && c <= '~'))
			ATF_CHECK(finding_valid(&f));
		else
			ATF_CHECK_STREQ("snippet", finding_invalid(&f));
	}
	f = good();
	memset(f.snippet, 'a', sizeof(f.snippet));
	ATF_CHECK_STREQ("snippet", finding_invalid(&f));
	f.snippet[160] = '\0';
	ATF_CHECK(finding_valid(&f));
	f.snippet[0] = '\0';
	ATF_CHECK_STREQ("snippet", finding_invalid(&f));
}

ATF_TC_WITHOUT_HEAD(timestamp);
ATF_TC_BODY(timestamp, tc)
{
	static const struct {
		int64_t		 ms;
		const char	*text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 951782400999, "2000-02-29T00:00:00.999Z" },
		{ 1777161600000, "2026-04-26T00:00:00.000Z" },
		{ 4102444799999, "2099-12-31T23:59:59.999Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" }
	};
	struct finding	 f;
	char		 buf[FINDING_TIMESTAMP_SIZE];
	size_t		 i;

	(void)tc;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ(0, finding_timestamp(cases[i].ms, buf,
		    sizeof(buf)));
		ATF_CHECK_STREQ(cases[i].text, buf);
		f = good();
		f.timestamp = cases[i].ms;
		ATF_CHECK(finding_valid(&f));
	}
	ATF_CHECK_EQ(-1, finding_timestamp(-1, buf, sizeof(buf)));
	ATF_CHECK_EQ(-1, finding_timestamp(253402300800000, buf,
	    sizeof(buf)));
	ATF_CHECK_EQ(-1, finding_timestamp(INT64_MAX, buf, sizeof(buf)));
	ATF_CHECK_EQ(-1, finding_timestamp(INT64_MIN, buf, sizeof(buf)));
	ATF_CHECK_EQ(-1, finding_timestamp(0, buf, sizeof(buf) - 1));
	f = good();
	f.timestamp = -1;
	ATF_CHECK_STREQ("timestamp", finding_invalid(&f));
	f.timestamp = 253402300800000;
	ATF_CHECK_STREQ("timestamp", finding_invalid(&f));
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	int	 i;

	(void)tc;
	ATF_CHECK_STREQ("clawsec-traffic-finding/v1", FINDING_SCHEMA);
	ATF_CHECK_STREQ("nanoclaw", FINDING_PLATFORM);
	ATF_CHECK_STREQ("inbound", finding_direction_name(FINDING_INBOUND));
	ATF_CHECK_STREQ("wss", finding_protocol_name(FINDING_WSS));
	ATF_CHECK_STREQ("EXFIL", finding_threat_name(FINDING_EXFIL));
	ATF_CHECK_STREQ("critical", finding_severity_name(FINDING_CRITICAL));
	for (i = 0; i < 2; i++) {
		ATF_CHECK_EQ(i, finding_direction_parse(
		    finding_direction_name(i)));
		ATF_CHECK_EQ(i, finding_threat_parse(finding_threat_name(i)));
	}
	for (i = 0; i < 4; i++) {
		ATF_CHECK_EQ(i, finding_protocol_parse(
		    finding_protocol_name(i)));
		ATF_CHECK_EQ(i, finding_severity_parse(
		    finding_severity_name(i)));
	}
	ATF_CHECK(finding_direction_name(2) == NULL);
	ATF_CHECK(finding_direction_name(-1) == NULL);
	ATF_CHECK_EQ(-1, finding_direction_parse("Outbound"));
	ATF_CHECK_EQ(-1, finding_protocol_parse(""));
	ATF_CHECK_EQ(-1, finding_threat_parse("exfil"));
	ATF_CHECK_EQ(-1, finding_severity_parse("lo"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, valid);
	ATF_TP_ADD_TC(tp, enums);
	ATF_TP_ADD_TC(tp, pattern);
	ATF_TP_ADD_TC(tp, source);
	ATF_TP_ADD_TC(tp, dest);
	ATF_TP_ADD_TC(tp, snippet);
	ATF_TP_ADD_TC(tp, timestamp);
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}
