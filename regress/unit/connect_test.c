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
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netdb.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

/* The same rules, in less time. */
#include "../../proxy-worker/proxy.h"
#undef T_CONNECT
#undef T_CONNECT_ALL
#undef T_CONNECT_NEXT
#undef T_RESOLVE
#define T_CONNECT	600
#define T_CONNECT_ALL	1000
#define T_CONNECT_NEXT	150
#define T_RESOLVE	100
#include "../../proxy-worker/connect.c"

#define FORBIDDEN	"10.1.2.3"
#define ADDRS_MAX	20

/* The resolver of these tests knows one name and what is set here. */
static struct sockaddr_storage	 addrs[ADDRS_MAX];
static size_t			 naddrs;
static enum resolve_error	 error;
static struct proxy		 proxy;
static uint16_t			 port;

struct lookup {
	resolve_cb	 cb;
	void		*arg;
	struct event	*ev;
};

static void
answer(evutil_socket_t fd, short what, void *arg)
{
	struct lookup	*l = arg;

	(void)fd;
	(void)what;
	l->cb(l->arg, error, addrs, naddrs);
	event_free(l->ev);
	free(l);
}

struct lookup *
resolve(struct resolver *r, struct resolve_share *share, const char *host,
    resolve_cb cb, void *arg)
{
	struct lookup	*l;

	(void)r;
	(void)share;
	ATF_CHECK_STREQ(host, "a.test");
	ATF_REQUIRE((l = calloc(1, sizeof(*l))) != NULL);
	l->cb = cb;
	l->arg = arg;
	l->ev = evtimer_new(proxy.base, answer, l);
	if (naddrs > 0 || error != RESOLVE_OK)
		event_active(l->ev, EV_TIMEOUT, 0);
	return (l);
}

void
resolve_cancel(struct lookup *l)
{
	if (l == NULL)
		return;
	event_free(l->ev);
	free(l);
}

int64_t
proxy_now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

enum addr_class
addr_policy_check(const struct addr_policy *p, const struct addr_list *allow,
    const struct sockaddr *sa)
{
	const struct sockaddr_in	*sin = (const void *)sa;

	(void)p;
	(void)allow;
	/* what is judged is what is connected to, port and all */
	ATF_CHECK_EQ(ntohs(sin->sin_port), port);
	return (sa->sa_family == AF_INET &&
	    sin->sin_addr.s_addr == inet_addr(FORBIDDEN) ? ADDR_PRIVATE :
	    ADDR_PUBLIC);
}

size_t
upstream_pool_shrink(struct upstream_pool *pool, size_t n)
{
	(void)pool;
	(void)n;
	return (0);
}

static void
know(const char *text)
{
	struct sockaddr_storage	*ss = &addrs[naddrs++];

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
	ATF_REQUIRE_EQ(inet_pton(ss->ss_family, text, ss->ss_family ==
	    AF_INET ? (void *)&((struct sockaddr_in *)ss)->sin_addr :
	    (void *)&((struct sockaddr_in6 *)ss)->sin6_addr), 1);
}

/* Listens on port, or on a free one that becomes it. */
static int
server(const char *text, int backlog)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 s;

	naddrs = 0;
	know(text);
	ss = addrs[0];
	set_port(&ss, port);
	naddrs = 0;
	s = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ATF_REQUIRE(s != -1);
	if (bind(s, (struct sockaddr *)&ss, addr_len(&ss)) == -1 ||
	    listen(s, backlog) == -1) {
		close(s);
		return (-1);
	}
	len = sizeof(ss);
	ATF_REQUIRE(getsockname(s, (struct sockaddr *)&ss, &len) == 0);
	port = ntohs(ss.ss_family == AF_INET ?
	    ((struct sockaddr_in *)&ss)->sin_port :
	    ((struct sockaddr_in6 *)&ss)->sin6_port);
	return (s);
}

/* Its queue is full: nobody gets through, and nobody is told so. */
static void
congest(const char *text)
{
	struct sockaddr_storage	 ss;
	int			 i, s;

	naddrs = 0;
	know(text);
	ss = addrs[0];
	set_port(&ss, port);
	naddrs = 0;
	for (i = 0; i < 3; i++) {
		s = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ATF_REQUIRE(s != -1);
		(void)connect(s, (struct sockaddr *)&ss, addr_len(&ss));
	}
}

static int	 silent;	/* nobody gets through here: ::1 */
static int	 good;		/* 127.0.0.1 */

static void
set_up(void)
{
	int	 i;

	ATF_REQUIRE((proxy.base = event_base_new()) != NULL);
	for (i = 0; i < 20; i++) {
		port = 0;
		silent = server("::1", 0);
		if (silent == -1)
			atf_tc_skip("no IPv6 on loopback");
		if ((good = server("127.0.0.1", 16)) != -1)
			break;
		close(silent);
	}
	ATF_REQUIRE(good != -1);
	congest("::1");
}

static unsigned int
descriptors(void)
{
	unsigned int	 n = 0;
	int		 fd;

	for (fd = 0; fd < 200; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}

static struct connect_result	 result;
static bool			 over;

static void
finished(void *arg, const struct connect_result *r)
{
	ATF_CHECK(arg == &result);
	ATF_CHECK(!over);
	result = *r;
	over = true;
}

/* How long it took, in milliseconds. */
static int64_t
go(void)
{
	int64_t		 begin = proxy_now();
	unsigned int	 before = descriptors();

	over = false;
	memset(&result, 0, sizeof(result));
	ATF_REQUIRE(connector_start(&proxy, NULL, "a.test", port, finished,
	    &result) != NULL);
	ATF_CHECK(!over);
	while (!over)
		ATF_REQUIRE_EQ(event_base_loop(proxy.base, EVLOOP_ONCE), 0);
	/* whoever lost is closed */
	ATF_CHECK_EQ(descriptors(), before + (result.error == CONNECT_OK));
	ATF_CHECK_EQ(result.fd != -1, result.error == CONNECT_OK);
	if (result.fd != -1)
		close(result.fd);
	return (proxy_now() - begin);
}

static void
went_to(const char *want)
{
	char	 text[INET6_ADDRSTRLEN];

	ATF_REQUIRE(getnameinfo((struct sockaddr *)&result.addr,
	    addr_len(&result.addr), text, sizeof(text), NULL, 0,
	    NI_NUMERICHOST) == 0);
	ATF_CHECK_STREQ(text, want);
}

ATF_TC_WITHOUT_HEAD(interleave);
ATF_TC_BODY(interleave, tc)
{
	static const char *const	 in[] = { "1::", "2::", "3::",
	    "0.0.0.1", "4::", "0.0.0.2" };
	static const char *const	 out[] = { "1::", "0.0.0.1", "2::",
	    "0.0.0.2", "3::", "4::" };
	struct sockaddr_storage		 got[6];
	size_t				 i;

	(void)tc;
	for (i = 0; i < 6; i++)
		know(in[i]);
	memcpy(got, addrs, sizeof(got));
	connect_interleave(got, 6);
	naddrs = 0;
	for (i = 0; i < 6; i++)
		know(out[i]);
	ATF_CHECK(memcmp(got, addrs, sizeof(got)) == 0);
	connect_interleave(got, 1);
	connect_interleave(got, 0);
	ATF_CHECK(memcmp(got, addrs, sizeof(got)) == 0);
}

ATF_TC_WITHOUT_HEAD(silent_first);
ATF_TC_BODY(silent_first, tc)
{
	int64_t	 ms;

	(void)tc;
	set_up();
	know("::1");
	know("127.0.0.1");
	ms = go();
	ATF_CHECK_EQ(result.error, CONNECT_OK);
	went_to("127.0.0.1");
	ATF_CHECK_MSG(ms >= T_CONNECT_NEXT && ms < T_CONNECT, "%lld ms",
	    (long long)ms);
	/* the first is as good as any other, and no other is tried */
	naddrs = 0;
	know("127.0.0.1");
	know("::1");
	ms = go();
	went_to("127.0.0.1");
	ATF_CHECK_MSG(ms < T_CONNECT_NEXT, "%lld ms", (long long)ms);
}

/* What fails at once costs no time. */
ATF_TC_WITHOUT_HEAD(failed_first);
ATF_TC_BODY(failed_first, tc)
{
	int64_t	 ms;

	(void)tc;
	set_up();
	know("127.0.0.3");
	know("255.255.255.255");
	know("127.0.0.4");
	know("127.0.0.1");
	ms = go();
	ATF_CHECK_EQ(result.error, CONNECT_OK);
	went_to("127.0.0.1");
	ATF_CHECK_MSG(ms < T_CONNECT_NEXT, "%lld ms", (long long)ms);
	/* the reason that says more */
	naddrs = 3;
	(void)go();
	ATF_CHECK_EQ(result.error, CONNECT_FAILED);
	ATF_CHECK_EQ(result.errnum, ECONNREFUSED);
}

ATF_TC_WITHOUT_HEAD(time_limits);
ATF_TC_BODY(time_limits, tc)
{
	int64_t	 ms;
	int	 i;

	(void)tc;
	set_up();
	know("::1");
	ms = go();
	ATF_CHECK_EQ(result.error, CONNECT_TIMEOUT);
	ATF_CHECK_MSG(ms >= T_CONNECT && ms < T_CONNECT_ALL, "%lld ms",
	    (long long)ms);
	for (i = 1; i < ADDRS_MAX; i++)
		know("::1");
	ms = go();
	ATF_CHECK_EQ(result.error, CONNECT_TIMEOUT);
	ATF_CHECK_MSG(ms >= T_CONNECT_ALL && ms < 2 * T_CONNECT_ALL,
	    "%lld ms", (long long)ms);
	/* names too */
	naddrs = 0;
	ms = go();
	ATF_CHECK_EQ(result.error, CONNECT_RESOLVE);
	ATF_CHECK_EQ(result.resolve, RESOLVE_TIMEOUT);
	ATF_CHECK_MSG(ms >= T_RESOLVE && ms < T_CONNECT, "%lld ms",
	    (long long)ms);
	error = RESOLVE_NOT_FOUND;
	(void)go();
	ATF_CHECK_EQ(result.error, CONNECT_RESOLVE);
	ATF_CHECK_EQ(result.resolve, RESOLVE_NOT_FOUND);
}

/* Each address by itself, and the refused one gets no packet. */
ATF_TC_WITHOUT_HEAD(policy);
ATF_TC_BODY(policy, tc)
{
	(void)tc;
	set_up();
	know(FORBIDDEN);
	know("127.0.0.1");
	ATF_CHECK(go() < T_CONNECT_NEXT);
	ATF_CHECK_EQ(result.error, CONNECT_OK);
	went_to("127.0.0.1");
	naddrs = 1;
	(void)go();
	ATF_CHECK_EQ(result.error, CONNECT_REFUSED);
	ATF_CHECK_EQ(result.class, ADDR_PRIVATE);
	went_to(FORBIDDEN);
}

ATF_TC_WITHOUT_HEAD(cancel);
ATF_TC_BODY(cancel, tc)
{
	struct connector	*c;
	unsigned int		 before;
	int			 i;

	(void)tc;
	set_up();
	know("::1");
	know("::1");
	before = descriptors();
	for (i = 0; i < 3; i++) {
		c = connector_start(&proxy, NULL, "a.test", port, finished,
		    &result);
		ATF_REQUIRE(c != NULL);
		/* the answer of the resolver; then the second attempt */
		if (i > 0)
			event_base_loop(proxy.base, EVLOOP_ONCE);
		if (i > 1)
			event_base_loop(proxy.base, EVLOOP_ONCE);
		ATF_CHECK_EQ(descriptors(), before + (unsigned int)i);
		ATF_REQUIRE(!over);
		connector_cancel(c);
		ATF_CHECK_EQ(descriptors(), before);
	}
	event_base_loop(proxy.base, EVLOOP_NONBLOCK);
	ATF_CHECK(!over);
	connector_cancel(NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, interleave);
	ATF_TP_ADD_TC(tp, silent_first);
	ATF_TP_ADD_TC(tp, failed_first);
	ATF_TP_ADD_TC(tp, time_limits);
	ATF_TP_ADD_TC(tp, policy);
	ATF_TP_ADD_TC(tp, cancel);
	return (atf_no_error());
}
