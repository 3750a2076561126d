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


/* Canonical hosts, and what a list of patterns matches. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "compat.h"
#include "hostlist.h"

#define L9	"aaaaaaaaa"
#define L63	L9 L9 L9 L9 L9 L9 L9

ATF_TC_WITHOUT_HEAD(canon);
ATF_TC_BODY(canon, tc)
{
	static const struct {
		const char	*in;
		const char	*out;	/* NULL: no host */
	} t[] = {
		{ "example.com",	"example.com" },
		{ "Example.COM.",	"example.com" },
		{ "localhost",		"localhost" },
		{ "my_bucket.s3.test",	"my_bucket.s3.test" },
		{ "xn--bcher-kva.test",	"xn--bcher-kva.test" },
		{ "3.example",		"3.example" },
		{ "192.0.2.1",		"192.0.2.1" },
		{ "2001:DB8:0:0::1",	"2001:db8::1" },
		{ "::ffff:192.0.2.1",	"::ffff:192.0.2.1" },
		{ L63 "." L63 "." L63 "." "aa.test", L63 "." L63 "." L63
		    ".aa.test" },
		{ "",			NULL },
		{ ".",			NULL },
		{ "a..b",		NULL },
		{ ".a",			NULL },
		{ "a..",		NULL },
		{ "-a.test",		NULL },
		{ "a-.test",		NULL },
		{ "a b.test",		NULL },
		{ "*.example.com",	NULL },
		{ "a*.example.com",	NULL },
		{ "b\xc3\xbc" "cher.test", NULL },
		{ "a/b",		NULL },
		{ "a:80",		NULL },
		{ "[::1]",		NULL },
		{ "fe80::1%eth0",	NULL },
		{ "192.0.2.1.",		NULL },
		{ "192.0.2",		NULL },
		{ "192.0.2.256",	NULL },
		{ "127.1",		NULL },
		{ "2130706433",		NULL },
		{ "0x7f000001",		NULL },
		{ "a.0x7f",		NULL },
		{ L63 "a.test",		NULL },
		{ L63 "." L63 "." L63 "." L63, NULL },
	};
	char	 out[HOST_CANON_SIZE], again[HOST_CANON_SIZE];
	size_t	 i;
	int	 r;

	(void)tc;
	for (i = 0; i < nitems(t); i++) {
		r = host_canon(t[i].in, out, sizeof(out));
		ATF_CHECK_MSG(r == (t[i].out == NULL ? -1 : 0), "\"%s\": %d",
		    t[i].in, r);
		if (r == -1 || t[i].out == NULL)
			continue;
		ATF_CHECK_STREQ(t[i].out, out);
		/* the form of a form is itself */
		ATF_REQUIRE(host_canon(out, again, sizeof(again)) == 0);
		ATF_CHECK_STREQ(out, again);
	}
	ATF_CHECK(host_canon("example.com", out, 11) == -1);
	ATF_CHECK(host_canon("example.com", out, 12) == 0);
	ATF_CHECK(host_canon("192.0.2.1", out, 4) == -1);
	ATF_CHECK(host_is_addr("192.0.2.1") && host_is_addr("::1"));
	ATF_CHECK(!host_is_addr("example.com"));
}

ATF_TC_WITHOUT_HEAD(match);
ATF_TC_BODY(match, tc)
{
	static const char *const	 patterns[] = {
		"*.Example.com", "api.example.org.", "192.0.2.1", "2001:DB8::1",
		"*.a.test", "api.example.org"
	};
	static const struct {
		const char	*host;
		int		 want;
	} t[] = {
		{ "a.example.com",	1 },
		{ "b.a.example.com",	1 },
		{ "example.com",	0 },
		{ "aexample.com",	0 },
		{ "example.com.evil",	0 },
		{ "api.example.org",	1 },
		{ "x.api.example.org",	0 },
		{ "example.org",	0 },
		{ "192.0.2.1",		1 },
		{ "192.0.2.2",		0 },
		{ "2001:db8::1",	1 },
		{ "2001:db8::2",	0 },
		{ "a.test",		0 },
		{ "z.a.test",		1 },
	};
	struct hostlist	 l = { 0 };
	size_t		 i;

	(void)tc;
	ATF_CHECK_EQ(hostlist_match(&l, "a.example.com"), 0);
	for (i = 0; i < nitems(patterns); i++)
		ATF_REQUIRE(hostlist_add(&l, patterns[i]) == 0);
	ATF_CHECK_EQ(l.n, nitems(patterns) - 1);	/* one came twice */
	for (i = 0; i < nitems(t); i++)
		ATF_CHECK_EQ_MSG(hostlist_match(&l, t[i].host), t[i].want,
		    "%s", t[i].host);
	ATF_REQUIRE(hostlist_add(&l, "*") == 0);
	ATF_CHECK(hostlist_match(&l, "anything.test"));
	ATF_CHECK(hostlist_match(&l, "198.51.100.1"));
	hostlist_free(&l);
	ATF_CHECK(!hostlist_match(&l, "anything.test"));
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const char *const	 bad[] = {
		"", "*.", "**", "*.*", "*.*.test", "a.*.test", "*a.test",
		"*.192.0.2.1", "*.::1", "10.0.0.0/8", "https://a.test", "a b"
	};
	struct hostlist	 l = { 0 };
	char		 name[32];
	size_t		 i;

	(void)tc;
	for (i = 0; i < nitems(bad); i++) {
		errno = 0;
		ATF_CHECK_MSG(hostlist_add(&l, bad[i]) == -1, "%s", bad[i]);
		ATF_CHECK_EQ(errno, EINVAL);
	}
	for (i = 0; i < HOSTLIST_MAX; i++) {
		snprintf(name, sizeof(name), "h%zu.test", (i * 769) %
		    HOSTLIST_MAX);
		ATF_REQUIRE(hostlist_add(&l, name) == 0);
	}
	ATF_CHECK(hostlist_add(&l, "more.test") == -1);
	ATF_CHECK_EQ(errno, ENOSPC);
	for (i = 1; i < l.n; i++)
		ATF_REQUIRE(strcmp(l.v[i - 1], l.v[i]) < 0);
	ATF_CHECK(hostlist_match(&l, "h511.test"));
	ATF_CHECK(!hostlist_match(&l, "more.test"));
	hostlist_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, canon);
	ATF_TP_ADD_TC(tp, match);
	ATF_TP_ADD_TC(tp, refused);
	return atf_no_error();
}
