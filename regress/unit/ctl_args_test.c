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
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "finding.h"

#include "../../guardianctl/args.h"

#define NOW	INT64_C(1790000000000)
#define WORDS	16

/* Splits a command line at its spaces. */
static int
parse(const char *line, struct args *args, char *error)
{
	static char	 buf[256];
	char		*argv[WORDS + 1], *p = buf, *word;
	int		 argc = 0;

	ATF_REQUIRE(strlcpy(buf, line, sizeof(buf)) < sizeof(buf));
	argv[argc++] = (char *)(uintptr_t)"guardianctl";
	while ((word = strsep(&p, " ")) != NULL) {
		ATF_REQUIRE(argc < WORDS);
		if (*word != '\0')
			argv[argc++] = word;
	}
	argv[argc] = NULL;
	return args_parse(args, argc, argv, NOW, error);
}

static struct args
good(const char *line)
{
	struct args	 args;
	char		 error[ARGS_ERROR_SIZE];

	if (parse(line, &args, error) == -1)
		atf_tc_fail("\"%s\": %s", line, error);
	return args;
}

static void
bad(const char *line, const char *says)
{
	struct args	 args;
	char		 error[ARGS_ERROR_SIZE];

	if (parse(line, &args, error) == 0)
		atf_tc_fail("\"%s\" was accepted", line);
	if (strstr(error, says) == NULL)
		atf_tc_fail("\"%s\": \"%s\" does not say \"%s\"", line, error,
		    says);
}

ATF_TC_WITHOUT_HEAD(every_command);
ATF_TC_BODY(every_command, tc)
{
	static const struct {
		const char	*line;
		enum command	 command;
	} t[] = {
		{ "status",		CMD_STATUS },
		{ "metrics",		CMD_METRICS },
		{ "findings",		CMD_FINDINGS },
		{ "follow",		CMD_FOLLOW },
		{ "events",		CMD_EVENTS },
		{ "reload",		CMD_RELOAD },
		{ "stop",		CMD_STOP },
		{ "log rotate",		CMD_LOG_ROTATE },
		{ "check",		CMD_CHECK },
		{ "check /a.conf",	CMD_CHECK },
		{ "scan",		CMD_SCAN },
		{ "scan -",		CMD_SCAN },
		{ "selftest",		CMD_SELFTEST },
		{ "wiring shell",	CMD_WIRING_SHELL },
		{ "wiring docker",	CMD_WIRING_DOCKER },
		{ "wiring nanoclaw-v1",	CMD_WIRING_V1 },
		{ "wiring nanoclaw-v2",	CMD_WIRING_V2 },
		{ "ca fingerprint",	CMD_CA_FINGERPRINT },
		{ "ca export",		CMD_CA_EXPORT },
		{ "ca rotate",		CMD_CA_ROTATE },
		{ "trust",		CMD_TRUST },
	};
	size_t	 i;

	for (i = 0; i < nitems(t); i++)
		ATF_CHECK_EQ_MSG(t[i].command, good(t[i].line).command, "%s",
		    t[i].line);
	ATF_CHECK_STREQ("/a.conf", good("check /a.conf").file);
	ATF_CHECK(good("check").file == NULL);
}

ATF_TC_WITHOUT_HEAD(abbreviation);
ATF_TC_BODY(abbreviation, tc)
{
	ATF_CHECK_EQ(CMD_STATUS, good("sta").command);
	ATF_CHECK_EQ(CMD_STOP, good("sto").command);
	ATF_CHECK_EQ(CMD_FINDINGS, good("fi").command);
	ATF_CHECK_EQ(CMD_LOG_ROTATE, good("l r").command);
	ATF_CHECK_EQ(CMD_WIRING_DOCKER, good("w d").command);
	ATF_CHECK_EQ(1, good("fi si 1970-01-01T00:00:00.001Z").query.since_ms);
	bad("st", "ambiguous");
	bad("s", "ambiguous");
	bad("f", "ambiguous");
	bad("statuses", "unknown command");
	bad("fi s 3d", "ambiguous");	/* since or severity? */
}

ATF_TC_WITHOUT_HEAD(incomplete);
ATF_TC_BODY(incomplete, tc)
{
	bad("", "which command");
	bad("-j", "which command");
	bad("log", "log rotate");
	bad("wiring", "wiring shell");
	bad("log shell", "unknown command");
	bad("wiring x", "unknown command");
	bad("findings since", "needs a time");
	bad("findings -n", "needs a number");
	bad("-s", "needs the path");
}

ATF_TC_WITHOUT_HEAD(options);
ATF_TC_BODY(options, tc)
{
	struct args	 a;

	a = good("status");
	ATF_CHECK_EQ(0, a.json);
	ATF_CHECK(a.socket == NULL);
	a = good("-j -s /run/x.sock status");
	ATF_CHECK_EQ(1, a.json);
	ATF_CHECK_STREQ("/run/x.sock", a.socket);
	a = good("log -j rotate -s/y");
	ATF_CHECK_EQ(CMD_LOG_ROTATE, a.command);
	ATF_CHECK_EQ(1, a.json);
	ATF_CHECK_STREQ("/y", a.socket);
	bad("-x status", "unknown option");
	bad("-j metrics", "format of its own");
	bad("metrics -j", "format of its own");
	bad("status -n 3", "unknown option");
	bad("stop now", "parameter");
	bad("status status", "parameter");
	bad("check a b", "one file");
	bad("events pattern ai_api_key", "parameter");
}

ATF_TC_WITHOUT_HEAD(scan);
ATF_TC_BODY(scan, tc)
{
	struct args	 a;

	a = good("scan");
	ATF_CHECK(a.file == NULL && a.scan.direction == NULL &&
	    a.scan.coding == NULL && a.scan.host == NULL &&
	    a.scan.limit == NULL && a.scan.type == NULL);
	ATF_CHECK_EQ(0, a.scan.message);
	a = good("scan -H -d inbound -egzip -h api.example -l 4096 "
	    "-t text/plain -j /a");
	ATF_CHECK_EQ(1, a.scan.message);
	ATF_CHECK_EQ(1, a.json);
	ATF_CHECK_STREQ("inbound", a.scan.direction);
	ATF_CHECK_STREQ("gzip", a.scan.coding);
	ATF_CHECK_STREQ("api.example", a.scan.host);
	ATF_CHECK_STREQ("4096", a.scan.limit);
	ATF_CHECK_STREQ("text/plain", a.scan.type);
	ATF_CHECK_STREQ("/a", a.file);
	bad("scan -d both", "outbound or inbound");
	bad("scan -e", "needs a value");
	bad("scan -l 0", "too small");
	bad("scan -l 4M", "invalid");
	bad("scan -t a\x01", "printable");
	bad("scan -x", "unknown option");
	bad("scan -Hx", "unknown option");
	bad("scan a b", "one file");
	bad("check -H", "unknown option");
}

ATF_TC_WITHOUT_HEAD(queries);
ATF_TC_BODY(queries, tc)
{
	struct args	 a;

	a = good("findings");
	ATF_CHECK_EQ(CTL_FINDINGS, a.query.what);
	ATF_CHECK_EQ(0, a.query.limit);
	ATF_CHECK_EQ(0, a.query.since_ms);
	a = good("findings -n 7 since 10m pattern ai_api_key severity high "
	    "client main");
	ATF_CHECK_EQ(7, a.query.limit);
	ATF_CHECK_EQ(NOW - 600000, a.query.since_ms);
	ATF_CHECK_STREQ("ai_api_key", a.query.pattern);
	ATF_CHECK_EQ(FINDING_HIGH, a.query.min_severity);
	ATF_CHECK_STREQ("main", a.query.client);
	a = good("follow client x -n3");
	ATF_CHECK_EQ(CTL_FOLLOW, a.query.what);
	ATF_CHECK_EQ(3, a.query.limit);
	ATF_CHECK(good("follow").query.limit > 0);
	ATF_CHECK_EQ(CTL_EVENTS, good("events -n 2").query.what);
	bad("findings -n 0", "too small");
	bad("findings -n -1", "too small");
	bad("findings -n 99999999999999999999", "too large");
	bad("findings -n 5x", "invalid");
	bad("findings severity fatal", "critical");
	bad("findings severity HIGH", "critical");
	bad("findings pattern ../x", "rule");
	bad("findings client -x", "client");
	bad("findings client a/b", "client");
	bad("findings since yesterday", "10m");
	bad("findings since 1h since 2h", "twice");
}

/* Longer than any field: refused, never cut. */
ATF_TC_WITHOUT_HEAD(long_names);
ATF_TC_BODY(long_names, tc)
{
	char	 line[256];

	memset(line, 'a', sizeof(line));
	memcpy(line, "findings pattern ", 17);
	line[sizeof(line) - 1] = '\0';
	bad(line, "rule");
	memcpy(line, "findings   client ", 18);
	bad(line, "client");
	memset(line, 'a', 64);
	bad(line, "unknown command");
}

static int64_t
since(const char *s)
{
	int64_t	 ms;

	return args_since(s, NOW, &ms) == -1 ? -1 : ms;
}

ATF_TC_WITHOUT_HEAD(since_span);
ATF_TC_BODY(since_span, tc)
{
	ATF_CHECK_EQ(NOW - 5000, since("5s"));
	ATF_CHECK_EQ(NOW - 10 * 60000, since("10m"));
	ATF_CHECK_EQ(NOW - 2 * 3600000, since("2h"));
	ATF_CHECK_EQ(NOW - 3 * INT64_C(86400000), since("3d"));
	ATF_CHECK_EQ(NOW - 7 * INT64_C(86400000), since("1w"));
	ATF_CHECK_EQ(NOW, since("0s"));
	ATF_CHECK_EQ(1, since("999999999w"));	/* never 0: that is "unset" */
	ATF_CHECK_EQ(-1, since(""));
	ATF_CHECK_EQ(-1, since("10"));
	ATF_CHECK_EQ(-1, since("m"));
	ATF_CHECK_EQ(-1, since("1y"));
	ATF_CHECK_EQ(-1, since("1h2m"));
	ATF_CHECK_EQ(-1, since("-1h"));
	ATF_CHECK_EQ(-1, since("9999999999s"));
}

ATF_TC_WITHOUT_HEAD(since_date);
ATF_TC_BODY(since_date, tc)
{
	ATF_CHECK_EQ(1, since("1970-01-01"));
	ATF_CHECK_EQ(1, since("1969-12-31"));
	ATF_CHECK_EQ(INT64_C(1777161600000), since("2026-04-26"));
	ATF_CHECK_EQ(INT64_C(1777161600000), since("2026-04-26T00:00:00Z"));
	ATF_CHECK_EQ(INT64_C(1777207530123),
	    since("2026-04-26T12:45:30.123Z"));
	ATF_CHECK_EQ(INT64_C(1777207530123),
	    since("2026-04-26T12:45:30.1239999"));
	ATF_CHECK_EQ(INT64_C(1777207530000),
	    since("2026-04-26T14:45:30+02:00"));
	ATF_CHECK_EQ(INT64_C(1777207530000), since("2026-04-26t07:45:30-0500"));
	ATF_CHECK_EQ(INT64_C(1777207500000), since("2026-04-26 12:45"));
	/* leap years: 400, not 100, 4 */
	ATF_CHECK_EQ(INT64_C(951782400000), since("2000-02-29"));
	ATF_CHECK_EQ(INT64_C(951868800000), since("2000-03-01"));
	ATF_CHECK_EQ(-1, since("2100-02-29"));
	ATF_CHECK_EQ(INT64_C(1709164800000), since("2024-02-29"));
	ATF_CHECK_EQ(-1, since("2026-02-29"));
	ATF_CHECK_EQ(INT64_C(253402300799999),
	    since("9999-12-31T23:59:59.999Z"));

	ATF_CHECK_EQ(-1, since("2026-13-01"));
	ATF_CHECK_EQ(-1, since("2026-00-10"));
	ATF_CHECK_EQ(-1, since("2026-04-31"));
	ATF_CHECK_EQ(-1, since("2026-4-1"));
	ATF_CHECK_EQ(-1, since("2026-04-26T24:00:00Z"));
	ATF_CHECK_EQ(-1, since("2026-04-26T12:60:00Z"));
	ATF_CHECK_EQ(-1, since("2026-04-26T12:45:30.Z"));
	ATF_CHECK_EQ(-1, since("2026-04-26T12:45:30Zx"));
	ATF_CHECK_EQ(-1, since("2026-04-26T12:45:30+2"));
	ATF_CHECK_EQ(-1, since("2026-04-26T"));
	ATF_CHECK_EQ(-1, since("2026-04"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_command);
	ATF_TP_ADD_TC(tp, abbreviation);
	ATF_TP_ADD_TC(tp, incomplete);
	ATF_TP_ADD_TC(tp, options);
	ATF_TP_ADD_TC(tp, scan);
	ATF_TP_ADD_TC(tp, queries);
	ATF_TP_ADD_TC(tp, long_names);
	ATF_TP_ADD_TC(tp, since_span);
	ATF_TP_ADD_TC(tp, since_date);
	return atf_no_error();
}
