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

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "prefix.h"

static struct prefix
good(const char *text)
{
	struct prefix	 p;
	const char	*errstr = NULL;

	ATF_REQUIRE_EQ_MSG(prefix_parse(&p, text, &errstr), 0, "%s: %s", text,
	    errstr);
	return p;
}

static const struct sockaddr *
sockaddr(struct sockaddr_storage *ss, const char *text, uint16_t port)
{
	struct sockaddr_in	*sin = (struct sockaddr_in *)ss;
	struct sockaddr_in6	*sin6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
	} else {
		ATF_REQUIRE_EQ(inet_pton(AF_INET6, text, &sin6->sin6_addr),
		    1);
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
	}
	return (const struct sockaddr *)ss;
}

ATF_TC_WITHOUT_HEAD(parse_and_format);
ATF_TC_BODY(parse_and_format, tc)
{
	static const struct {
		const char	*in, *out;
	} t[] = {
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1/32", "192.0.2.1" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "172.16.0.0/12", "172.16.0.0/12" },
		{ "::1", "::1" },
		{ "::/0", "::/0" },
		{ "FC00::/7", "fc00::/7" },
		{ "2001:db8:0:0:0:0:0:1/128", "2001:db8::1" },
		{ "2001:db8::8000/113", "2001:db8::8000/113" },
		{ "64:ff9b::/96", "64:ff9b::/96" },
	};
	struct prefix	 p;
	char		 buf[PREFIX_STRLEN];
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = good(t[i].in);
		ATF_CHECK_EQ(p.port, 0);
		ATF_CHECK_STREQ(prefix_format(&p, buf, sizeof(buf)),
		    t[i].out);
	}
	p = good("10.0.0.0/8");
	p.port = 5432;
	ATF_CHECK_STREQ(prefix_format(&p, buf, sizeof(buf)),
	    "10.0.0.0/8 port 5432");
}

/* The longest text there is fits in what the header promises. */
ATF_TC_WITHOUT_HEAD(format_size);
ATF_TC_BODY(format_size, tc)
{
	struct prefix	 p;
	char		 buf[PREFIX_STRLEN];

	p = good("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127");
	p.port = 65535;
	ATF_CHECK_STREQ(prefix_format(&p, buf, sizeof(buf)),
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127 port 65535");
	ATF_CHECK_STREQ(prefix_format(&p, buf, PREFIX_STRLEN - 1), "");
	buf[0] = 'x';
	prefix_format(&p, buf, 0);
	ATF_CHECK_EQ(buf[0], 'x');
}

ATF_TC_WITHOUT_HEAD(parse_refuses);
ATF_TC_BODY(parse_refuses, tc)
{
	static const struct {
		const char	*text, *why;
	} t[] = {
		{ "", "IP address" },
		{ "/8", "IP address" },
		{ "localhost", "not looked up" },
		{ "10", "IP address" },
		{ "10.0.0", "IP address" },
		{ "10.0.0.0.0", "IP address" },
		{ "10.0.0.256", "IP address" },
		{ "010.0.0.1", "IP address" },
		{ "0x7f.0.0.1", "IP address" },
		{ "127.0.0.1:80", "IP address" },
		{ "[::1]", "IP address" },
		{ " 10.0.0.1", "IP address" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
		    "IP address" },
		{ "fe80::1%lo", "interface" },
		{ "10.0.0.0/", "length" },
		{ "10.0.0.0/33", "0 to 32" },
		{ "10.0.0.0/-1", "0 to 32" },
		{ "10.0.0.0/+8", "length" },
		{ "10.0.0.0/08", "length" },
		{ "10.0.0.0/8 ", "length" },
		{ "10.0.0.0/8x", "length" },
		{ "10.0.0.0/8/8", "length" },
		{ "10.0.0.0/4294967304", "length" },
		{ "10.0.0.0/255.0.0.0", "length" },
		{ "fc00::/129", "0 to 128" },
		{ "10.1.2.3/8", "beyond" },
		{ "10.128.0.0/8", "beyond" },
		{ "10.0.0.1/31", "beyond" },
		{ "1.0.0.0/0", "beyond" },
		{ "fc00::1/7", "beyond" },
		{ "::ffff:10.0.0.1", "write it as IPv4" },
		{ "::ffff:0:0/96", "write it as IPv4" },
		{ "::ffff:a00:0/104", "write it as IPv4" },
	};
	struct prefix	 p;
	const char	*errstr;
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		errstr = "";
		ATF_CHECK_EQ_MSG(prefix_parse(&p, t[i].text, &errstr), -1,
		    "%s", t[i].text);
		ATF_CHECK_MSG(strstr(errstr, t[i].why) != NULL, "%s: %s",
		    t[i].text, errstr);
	}
}

ATF_TC_WITHOUT_HEAD(match);
ATF_TC_BODY(match, tc)
{
	static const struct {
		const char	*prefix;
		uint16_t	 port;
		const char	*addr;
		uint16_t	 addrport;
		int		 match;
	} t[] = {
		{ "10.0.0.0/8", 0, "10.255.255.255", 1, 1 },
		{ "10.0.0.0/8", 0, "11.0.0.0", 1, 0 },
		{ "10.0.0.0/8", 0, "9.255.255.255", 1, 0 },
		{ "172.16.0.0/12", 0, "172.31.255.255", 1, 1 },
		{ "172.16.0.0/12", 0, "172.32.0.0", 1, 0 },
		{ "192.0.2.1", 0, "192.0.2.1", 1, 1 },
		{ "192.0.2.1", 0, "192.0.2.0", 1, 0 },
		{ "0.0.0.0/0", 0, "255.255.255.255", 1, 1 },
		{ "0.0.0.0/0", 0, "::", 1, 0 },
		{ "::/0", 0, "10.0.0.1", 1, 0 },
		{ "::/0", 0, "2001:db8::1", 1, 1 },
		{ "fc00::/7", 0, "fdff::1", 1, 1 },
		{ "fc00::/7", 0, "fe00::1", 1, 0 },
		{ "2001:db8::/127", 0, "2001:db8::1", 1, 1 },
		{ "2001:db8::/127", 0, "2001:db8::2", 1, 0 },
		/* IPv4 inside IPv6 is IPv4, on no other terms. */
		{ "10.0.0.0/8", 0, "::ffff:10.1.2.3", 1, 1 },
		{ "10.0.0.0/8", 0, "::ffff:11.1.2.3", 1, 0 },
		{ "::/0", 0, "::ffff:10.1.2.3", 1, 0 },
		{ "10.0.0.0/8", 0, "::10.1.2.3", 1, 0 },
		/* Ports, in host order. */
		{ "10.0.0.0/8", 5432, "10.0.0.1", 5432, 1 },
		{ "10.0.0.0/8", 5432, "10.0.0.1", 5433, 0 },
		{ "10.0.0.0/8", 5432, "10.0.0.1", 0x3815, 0 },
		{ "10.0.0.0/8", 5432, "::ffff:10.0.0.1", 5432, 1 },
		{ "fc00::/7", 443, "fc00::1", 443, 1 },
		{ "fc00::/7", 443, "fc00::1", 80, 0 },
	};
	struct sockaddr_storage	 ss;
	struct prefix		 p;
	size_t			 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = good(t[i].prefix);
		p.port = t[i].port;
		ATF_CHECK_EQ_MSG(prefix_match(&p, sockaddr(&ss, t[i].addr,
		    t[i].addrport)), t[i].match, "%s port %u, %s port %u",
		    t[i].prefix, t[i].port, t[i].addr, t[i].addrport);
	}
}

ATF_TC_WITHOUT_HEAD(match_any);
ATF_TC_BODY(match_any, tc)
{
	struct sockaddr_storage	 ss;
	struct prefix		 p[3];

	p[0] = good("10.0.0.0/8");
	p[1] = good("192.168.0.0/16");
	p[1].port = 80;
	p[2] = good("192.168.1.0/24");
	ATF_CHECK(prefix_match_any(p, 3, sockaddr(&ss, "192.168.1.1", 80)) ==
	    &p[1]);
	ATF_CHECK(prefix_match_any(p, 3, sockaddr(&ss, "192.168.1.1", 81)) ==
	    &p[2]);
	ATF_CHECK(prefix_match_any(p, 3, sockaddr(&ss, "192.168.2.1", 81)) ==
	    NULL);
	ATF_CHECK(prefix_match_any(NULL, 0, sockaddr(&ss, "10.0.0.1", 1)) ==
	    NULL);
}

ATF_TC_WITHOUT_HEAD(other_family);
ATF_TC_BODY(other_family, tc)
{
	struct sockaddr_storage	 ss;
	struct prefix		 p, any = good("0.0.0.0/0");

	memset(&ss, 0, sizeof(ss));
	ss.ss_family = AF_UNIX;
	ATF_CHECK_EQ(prefix_from_sockaddr(&p, (struct sockaddr *)&ss), -1);
	ATF_CHECK_EQ(prefix_match(&any, (struct sockaddr *)&ss), 0);
}

ATF_TC_WITHOUT_HEAD(overlap);
ATF_TC_BODY(overlap, tc)
{
	static const struct {
		const char	*a, *b;
		int		 contains, overlap;
	} t[] = {
		{ "10.0.0.0/8", "10.1.0.0/16", 1, 1 },
		{ "10.1.0.0/16", "10.0.0.0/8", 0, 1 },
		{ "10.0.0.0/8", "10.0.0.0/8", 1, 1 },
		{ "10.0.0.0/9", "10.128.0.0/9", 0, 0 },
		{ "0.0.0.0/0", "255.255.255.255", 1, 1 },
		{ "0.0.0.0/0", "::/0", 0, 0 },
		{ "::/0", "0.0.0.0/0", 0, 0 },
		{ "fc00::/7", "fd00::1", 1, 1 },
		{ "fc00::/8", "fd00::1", 0, 0 },
	};
	struct prefix	 a, b;
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		a = good(t[i].a);
		b = good(t[i].b);
		ATF_CHECK_EQ_MSG(prefix_contains(&a, &b), t[i].contains,
		    "%s %s", t[i].a, t[i].b);
		ATF_CHECK_EQ(prefix_overlap(&a, &b), t[i].overlap);
		ATF_CHECK_EQ(prefix_overlap(&b, &a), t[i].overlap);
	}
}

/* The order that the check of overlapping clients relies on. */
ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	static const char *const sorted[] = {
		"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0",
		"10.0.0.1", "10.1.0.0/16", "11.0.0.0/8", "255.255.255.255",
		"::/0", "::1", "fc00::/7", "fd00::/8"
	};
	const size_t	 n = sizeof(sorted) / sizeof(sorted[0]);
	struct prefix	 a, b;
	size_t		 i, j;
	int		 r;

	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++) {
			a = good(sorted[i]);
			b = good(sorted[j]);
			r = prefix_cmp(&a, &b);
			ATF_CHECK_EQ_MSG((r > 0) - (r < 0), (i > j) - (i < j),
			    "%s %s", sorted[i], sorted[j]);
		}
	}
	a = good("10.0.0.1");
	b = a;
	b.port = 1;
	ATF_CHECK(prefix_cmp(&a, &b) < 0);
	ATF_CHECK(prefix_cmp(&b, &a) > 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parse_and_format);
	ATF_TP_ADD_TC(tp, format_size);
	ATF_TP_ADD_TC(tp, parse_refuses);
	ATF_TP_ADD_TC(tp, match);
	ATF_TP_ADD_TC(tp, match_any);
	ATF_TP_ADD_TC(tp, other_family);
	ATF_TP_ADD_TC(tp, overlap);
	ATF_TP_ADD_TC(tp, order);
	return atf_no_error();
}
