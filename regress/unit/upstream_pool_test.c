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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "compat.h"
#include "../../proxy-worker/proxy.h"
#include "../../proxy-worker/upstream_pool.h"

/* The pool's clock and its events are the test's. */
static int64_t		 now;
static char		 events[512];
static struct proxy	 proxy;
static const uint8_t	 flow[FLOW_UID_SIZE] = { 1 };
static struct client	 alice = { .name = "alice" }, bob = { .name = "bob" };

int64_t
proxy_now(void)
{
	return (now);
}

void
report(struct proxy *p, const struct report *r)
{
	size_t	 n = strlen(events);

	(void)p;
	snprintf(events + n, sizeof(events) - n, "%s:%s:%s:%u:%llu ",
	    r->client, r->reason, r->host, r->port,
	    (unsigned long long)r->bytes);
}

static void
nobody(void *arg)
{
	(void)arg;
	atf_tc_fail("the former owner was called");
}

static void
set_up(void)
{
	now = 1000000;
	ATF_REQUIRE((proxy.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(blocks_init(&proxy.blocks), 0);
	proxy.pool = upstream_pool_new(&proxy);
}

static struct upstream_key
key_of(struct client *c, const char *host, uint16_t port)
{
	struct upstream_key	 key;

	memset(&key, 0, sizeof(key));
	key.client = c;
	key.scheme = HTTP_SCHEME_HTTP;
	key.port = port;
	strlcpy(key.host, host, sizeof(key.host));
	return (key);
}

/* One that was used; *peer is its other end. */
static struct upstream *
used(const struct upstream_key *key, int *peer)
{
	struct upstream	*up;
	int		 s[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    s) == 0);
	up = upstream_new(proxy.base, s[0], key, IO_SIZE);
	ATF_REQUIRE(up != NULL);
	ATF_CHECK_EQ(up->idle, 0);
	io_own(&up->io, nobody, nobody, NULL);
	io_arm(&up->io, true);
	*peer = s[1];
	return (up);
}

static void
turn(void)
{
	event_base_loop(proxy.base, EVLOOP_NONBLOCK);
}

static bool
is_closed(int peer)
{
	char	 c;

	return (recv(peer, &c, 1, MSG_PEEK) == 0);
}

ATF_TC_WITHOUT_HEAD(key);
ATF_TC_BODY(key, tc)
{
	struct upstream_key	 key, other;
	struct upstream		*up;
	int			 peer;

	(void)tc;
	set_up();
	key = key_of(&alice, "api.test", 80);
	up = used(&key, &peer);
	upstream_pool_put(proxy.pool, up);
	ATF_CHECK_EQ(upstream_pool_count(proxy.pool), 1);
	ATF_CHECK_EQ(alice.pooled, 1);

	other = key_of(&bob, "api.test", 80);
	ATF_CHECK(upstream_pool_get(proxy.pool, &other, flow, false) == NULL);
	other = key_of(&alice, "api.tesu", 80);
	ATF_CHECK(upstream_pool_get(proxy.pool, &other, flow, false) == NULL);
	other = key_of(&alice, "api.test", 81);
	ATF_CHECK(upstream_pool_get(proxy.pool, &other, flow, false) == NULL);
	other = key;
	other.scheme = HTTP_SCHEME_HTTPS;
	ATF_CHECK(upstream_pool_get(proxy.pool, &other, flow, false) == NULL);
	other = key;
	other.has_credential = true;
	ATF_CHECK(upstream_pool_get(proxy.pool, &other, flow, false) == NULL);
	other = key;
	other.credential[31] = 1;
	ATF_CHECK(upstream_pool_get(proxy.pool, &other, flow, false) == NULL);

	ATF_CHECK(upstream_pool_get(proxy.pool, &key, flow, false) == up);
	ATF_CHECK_EQ(up->idle, 1000000);
	ATF_CHECK_EQ(upstream_pool_count(proxy.pool), 0);
	ATF_CHECK_EQ(alice.pooled, 0);
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, flow, false) == NULL);
	upstream_free(up);
	ATF_CHECK(is_closed(peer));
}

/* The one that waited least, and none that waited too long. */
ATF_TC_WITHOUT_HEAD(age);
ATF_TC_BODY(age, tc)
{
	struct upstream_key	 key = key_of(&alice, "api.test", 80);
	struct upstream		*a, *b;
	int			 pa, pb;

	(void)tc;
	set_up();
	a = used(&key, &pa);
	b = used(&key, &pb);
	upstream_pool_put(proxy.pool, a);
	now += 500;
	upstream_pool_put(proxy.pool, b);
	now += 499;
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, flow, false) == b);
	upstream_pool_put(proxy.pool, b);

	/* b waits from now on, a since long ago */
	ATF_CHECK_EQ(upstream_pool_expire(proxy.pool), T_UPSTREAM_IDLE - 999);
	now += T_UPSTREAM_IDLE - 1000;
	ATF_CHECK_EQ(upstream_pool_expire(proxy.pool), 1);
	ATF_CHECK_EQ(upstream_pool_count(proxy.pool), 2);
	now += 1;
	ATF_CHECK_EQ(upstream_pool_expire(proxy.pool), 999);
	ATF_CHECK(is_closed(pa));
	ATF_CHECK(!is_closed(pb));
	now += 999;
	ATF_CHECK_EQ(upstream_pool_expire(proxy.pool), -1);
	ATF_CHECK(is_closed(pb));
	ATF_CHECK_EQ(alice.pooled, 0);
}

/* What cannot be repeated. */
ATF_TC_WITHOUT_HEAD(careful);
ATF_TC_BODY(careful, tc)
{
	struct upstream_key	 key = key_of(&alice, "api.test", 80);
	struct upstream		*a, *b;
	const uint8_t		 other[FLOW_UID_SIZE] = { 9 };
	int			 peer;

	(void)tc;
	set_up();
	a = used(&key, &peer);
	b = used(&key, &peer);
	a->served = 1;
	memcpy(a->user, flow, sizeof(a->user));
	b->served = 2;
	upstream_pool_put(proxy.pool, a);
	/* nobody knows yet whether its server closes it */
	now += T_REUSE_STAYS - 1;
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, other, true) == NULL);
	/* the same flow would do the same without us */
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, flow, true) == a);
	upstream_pool_put(proxy.pool, a);
	now += T_REUSE_STAYS;
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, other, true) == a);
	upstream_pool_put(proxy.pool, b);
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, other, true) == b);
	upstream_pool_put(proxy.pool, b);
	upstream_pool_put(proxy.pool, a);
	/* a was put last and is passed over */
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, other, true) == b);
	upstream_pool_put(proxy.pool, b);
	now += T_REUSE_UNSAFE - 1;
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, other, true) == b);
	now += 1;
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, flow, true) == NULL);
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, other, false) == a);
}

/* Its end, or a byte that nobody asked for, told by the loop or not yet. */
ATF_TC_WITHOUT_HEAD(watched);
ATF_TC_BODY(watched, tc)
{
	struct upstream_key	 key = key_of(&alice, "api.test", 80);
	struct upstream		*a;
	int			 i, peer;

	(void)tc;
	set_up();
	for (i = 0; i < 4; i++) {
		events[0] = '\0';
		a = used(&key, &peer);
		upstream_pool_put(proxy.pool, a);
		turn();
		ATF_REQUIRE_EQ(upstream_pool_count(proxy.pool), 1);
		if (i / 2 == 0)
			shutdown(peer, SHUT_WR);
		else
			ATF_REQUIRE(write(peer, "HTTP", 4) == 4);
		now++;
		if (i % 2 == 0)
			turn();
		else
			ATF_CHECK(upstream_pool_get(proxy.pool, &key, flow,
			    false) == NULL);
		ATF_CHECK_EQ(upstream_pool_count(proxy.pool), 0);
		ATF_CHECK_STREQ(events, i / 2 == 0 ? "" :
		    "alice:unasked:api.test:80:4 ");
		close(peer);
	}
	/* one that is gone does not hide one that is there */
	a = used(&key, &i);
	upstream_pool_put(proxy.pool, a);
	upstream_pool_put(proxy.pool, used(&key, &peer));
	close(peer);
	now++;
	ATF_CHECK(upstream_pool_get(proxy.pool, &key, flow, false) == a);
	ATF_CHECK_EQ(upstream_pool_count(proxy.pool), 0);
}

ATF_TC_WITHOUT_HEAD(unfit);
ATF_TC_BODY(unfit, tc)
{
	struct upstream_key	 key = key_of(&alice, "api.test", 80);
	struct upstream		*up;
	int			 i, peer;

	(void)tc;
	set_up();
	for (i = 0; i < 4; i++) {
		up = used(&key, &peer);
		proxy.draining = i == 0;
		up->bound = i == 1;
		up->io.eof = i == 2;
		if (i == 3)
			ATF_REQUIRE(buf_add(&up->io.out, "x", 1) == 0);
		upstream_pool_put(proxy.pool, up);
		ATF_CHECK_EQ(upstream_pool_count(proxy.pool), 0);
		ATF_CHECK(is_closed(peer));
		close(peer);
	}
}

/* n of that key, or each with a port of its own from port on. */
static void
fill(struct client *c, uint16_t port, bool ports, size_t n, int *peers)
{
	struct upstream_key	 key;
	size_t			 i;

	for (i = 0; i < n; i++) {
		key = key_of(c, "api.test", (uint16_t)(port + (ports ? i : 0)));
		upstream_pool_put(proxy.pool, used(&key, &peers[i]));
		now++;
	}
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	struct client	 others[POOL_MAX / POOL_CLIENT_MAX];
	int		 peers[POOL_MAX + 2];
	size_t		 i;

	(void)tc;
	set_up();
	memset(others, 0, sizeof(others));
	fill(&alice, 80, false, POOL_KEY_MAX + 1, peers);
	ATF_CHECK_EQ(upstream_pool_count(proxy.pool), POOL_KEY_MAX);
	ATF_CHECK(is_closed(peers[0]));
	ATF_CHECK(!is_closed(peers[1]));
	ATF_CHECK_EQ(upstream_pool_shrink(proxy.pool, 3), 3);
	ATF_CHECK(is_closed(peers[3]));
	ATF_CHECK(!is_closed(peers[4]));
	ATF_CHECK_EQ(upstream_pool_shrink(proxy.pool, SIZE_MAX),
	    POOL_KEY_MAX - 3);
	for (i = 0; i <= POOL_KEY_MAX; i++)
		close(peers[i]);

	/* of one client its own oldest goes, of all the oldest */
	fill(&bob, 80, false, 1, &peers[POOL_MAX]);
	fill(&alice, 1000, true, POOL_CLIENT_MAX + 1, peers);
	ATF_CHECK_EQ(alice.pooled, POOL_CLIENT_MAX);
	ATF_CHECK(!is_closed(peers[POOL_MAX]));
	ATF_CHECK(is_closed(peers[0]));
	ATF_CHECK(!is_closed(peers[1]));
	for (i = 1; i < POOL_MAX / POOL_CLIENT_MAX; i++)
		fill(&others[i], 1000, true, POOL_CLIENT_MAX,
		    &peers[i * POOL_CLIENT_MAX + 1]);
	ATF_CHECK_EQ(upstream_pool_count(proxy.pool), POOL_MAX);
	ATF_CHECK_EQ(bob.pooled, 0);
	ATF_CHECK_EQ(alice.pooled, POOL_CLIENT_MAX);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, key);
	ATF_TP_ADD_TC(tp, age);
	ATF_TP_ADD_TC(tp, careful);
	ATF_TP_ADD_TC(tp, watched);
	ATF_TP_ADD_TC(tp, unfit);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}
