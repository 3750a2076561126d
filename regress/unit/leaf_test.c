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
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <tls.h>

#include "compat.h"
#include "../../proxy-worker/leaf.h"
#include "certs.h"

/* A ca-keeper that answers when it is told to. */
struct keeper {
	struct event_base	*base;
	struct leaf_store	*store;
	struct cert		 ca;
	int			 away;
	unsigned int		 asked;
	uint32_t		 id;		/* the last question */
	struct leaf_sign	 sign;
};

struct answer {
	unsigned int	 n;
	struct leaf	*leaf;
	char		 refused[MSG_TOKEN_SIZE];
};

static int
ask(void *arg, uint32_t id, const struct leaf_sign *sign)
{
	struct keeper	*k = arg;

	if (k->away)
		return (-1);
	k->asked++;
	k->id = id;
	k->sign = *sign;
	return (0);
}

static void
answered(void *arg, struct leaf *l, const char *refused)
{
	struct answer	*a = arg;

	ATF_CHECK((l == NULL) != (refused == NULL));
	a->n++;
	a->leaf = l;
	if (refused != NULL)
		ATF_REQUIRE(strlcpy(a->refused, refused, sizeof(a->refused)) <
		    sizeof(a->refused));
}

static void
keeper_new(struct keeper *k)
{
	static const struct cert_spec	 ca = { .cn = "ca",
	    .constraints = "critical,CA:TRUE" };
	const char			*why;

	memset(k, 0, sizeof(*k));
	ATF_REQUIRE((k->base = event_base_new()) != NULL);
	k->ca = cert_make(&ca);
	k->store = leaf_store_new(k->base, ask, k, &why);
	ATF_REQUIRE(k->store != NULL);
}

static void
keeper_free(struct keeper *k)
{
	leaf_store_free(k->store);
	cert_free(&k->ca);
	event_base_free(k->base);
}

static void
keeper_sign(struct keeper *k, int64_t lives)
{
	struct leaf_result	 r;
	struct cert_spec	 s = { .cn = "leaf" };
	struct cert		 c;
	char			 san[300];

	snprintf(san, sizeof(san), "DNS:%s", k->sign.host);
	s.san = san;
	s.issuer = &k->ca;
	s.spki = k->sign.key;
	s.spki_len = sizeof(k->sign.key);
	c = cert_make(&s);
	memset(&r, 0, sizeof(r));
	r.ok = 1;
	r.not_after = (int64_t)time(NULL) + lives;
	(void)cert_pem(&c, r.pem, 0, sizeof(r.pem));
	cert_free(&c);
	ATF_CHECK_EQ(leaf_answer(k->store, k->id, &r), 0);
}

static void
turn(struct keeper *k)
{
	ATF_REQUIRE(event_base_loop(k->base, EVLOOP_NONBLOCK) != -1);
}

static struct leaf_request *
get(struct keeper *k, const char *host, bool alpn, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	return (leaf_get(k->store, "main", host, alpn, answered, a));
}

ATF_TC_WITHOUT_HEAD(kept);
ATF_TC_BODY(kept, tc)
{
	struct answer	 a, b;
	struct keeper	 k;

	keeper_new(&k);
	ATF_REQUIRE(get(&k, "a.example", true, &a) != NULL);
	ATF_CHECK_EQ(k.asked, 1);
	ATF_CHECK_STREQ(k.sign.host, "a.example");
	ATF_CHECK_STREQ(k.sign.client, "main");
	turn(&k);
	ATF_CHECK_EQ(a.n, 0);
	keeper_sign(&k, 24 * 3600);
	ATF_CHECK_EQ(a.n, 0);		/* not from inside of a call */
	turn(&k);
	ATF_CHECK_EQ(a.n, 1);
	ATF_REQUIRE(a.leaf != NULL);
	ATF_CHECK(a.leaf->ctx != NULL);

	ATF_REQUIRE(get(&k, "a.example", true, &b) != NULL);
	ATF_CHECK_EQ(b.n, 0);
	turn(&k);
	ATF_CHECK_EQ(k.asked, 1);
	ATF_CHECK(b.leaf == a.leaf);
	leaf_unref(b.leaf);

	/* without ALPN it is another context, of a certificate of its own */
	ATF_REQUIRE(get(&k, "a.example", false, &b) != NULL);
	ATF_CHECK_EQ(k.asked, 2);
	keeper_sign(&k, 24 * 3600);
	turn(&k);
	ATF_CHECK(b.leaf != NULL && b.leaf != a.leaf);
	leaf_unref(b.leaf);

	/* in use it outlives its place in the store */
	leaf_forget(k.store);
	ATF_CHECK_EQ(leaf_count(k.store), 0);
	ATF_CHECK_STREQ(a.leaf->host, "a.example");
	ATF_REQUIRE(get(&k, "a.example", true, &b) != NULL);
	ATF_CHECK_EQ(k.asked, 3);
	leaf_unref(a.leaf);
	keeper_free(&k);		/* b is never answered */
	ATF_CHECK_EQ(b.n, 0);
}

ATF_TC_WITHOUT_HEAD(together);
ATF_TC_BODY(together, tc)
{
	struct answer		 a[10];
	struct leaf_request	*r[10];
	struct keeper		 k;
	size_t			 i;

	keeper_new(&k);
	for (i = 0; i < 10; i++)
		ATF_REQUIRE((r[i] = get(&k, "a.example", i % 2 == 0, &a[i])) !=
		    NULL);
	ATF_CHECK_EQ(k.asked, 1);
	leaf_cancel(r[0]);
	leaf_cancel(r[9]);
	keeper_sign(&k, 24 * 3600);
	leaf_cancel(r[8]);		/* answered, not told yet */
	turn(&k);
	for (i = 1; i < 8; i++) {
		ATF_CHECK_EQ(a[i].n, 1);
		ATF_CHECK(a[i].leaf != NULL && a[i].leaf == a[i % 2 == 0 ? 2 :
		    1].leaf);
	}
	ATF_CHECK_EQ(a[0].n + a[8].n + a[9].n, 0);
	for (i = 1; i < 8; i++)
		leaf_unref(a[i].leaf);
	ATF_CHECK_EQ(leaf_count(k.store), 2);
	keeper_free(&k);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct leaf_result	 r;
	struct answer		 a;
	struct keeper		 k;

	keeper_new(&k);
	ATF_REQUIRE(get(&k, "a.example", true, &a) != NULL);
	memset(&r, 0, sizeof(r));
	strlcpy(r.reason, "rate_limited", sizeof(r.reason));
	ATF_CHECK_EQ(leaf_answer(k.store, k.id, &r), 0);
	turn(&k);
	ATF_CHECK_STREQ(a.refused, "rate_limited");
	/* a certificate that is none, an answer twice, one nobody asked for */
	ATF_REQUIRE(get(&k, "a.example", true, &a) != NULL);
	r.ok = 1;
	strlcpy(r.pem, "-----BEGIN CERTIFICATE-----\n", sizeof(r.pem));
	ATF_CHECK_EQ(leaf_answer(k.store, k.id, &r), 0);
	ATF_CHECK_EQ(leaf_answer(k.store, k.id, &r), 0);
	ATF_CHECK_EQ(leaf_answer(k.store, k.id + 1, &r), -1);
	ATF_CHECK_EQ(leaf_answer(k.store, 0, &r), -1);
	turn(&k);
	ATF_CHECK_EQ(a.n, 1);
	ATF_CHECK_STREQ(a.refused, "failed");
	keeper_free(&k);
}

ATF_TC_WITHOUT_HEAD(again);
ATF_TC_BODY(again, tc)
{
	struct answer	 a, b, c;
	struct keeper	 k;

	keeper_new(&k);
	k.away = 1;
	ATF_REQUIRE(get(&k, "a.example", true, &a) != NULL);
	ATF_REQUIRE(get(&k, "a.example", true, &b) != NULL);
	ATF_CHECK_EQ(k.asked, 0);
	k.away = 0;
	leaf_ask_again(k.store);
	ATF_CHECK_EQ(k.asked, 1);
	keeper_sign(&k, LEAF_MARGIN);	/* of no use for the next */
	turn(&k);
	ATF_CHECK(a.leaf != NULL && b.leaf != NULL);
	ATF_REQUIRE(get(&k, "a.example", true, &c) != NULL);
	ATF_CHECK_EQ(k.asked, 2);
	leaf_unref(a.leaf);
	leaf_unref(b.leaf);
	keeper_free(&k);
}

ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	struct answer	 a, first;
	struct keeper	 k;
	char		 host[32];
	unsigned int	 i;

	keeper_new(&k);
	memset(&first, 0, sizeof(first));
	for (i = 0; i < LEAF_CONTEXTS_MAX + 2; i++) {
		snprintf(host, sizeof(host), "h%u.example", i);
		ATF_REQUIRE(get(&k, host, true, i == 0 ? &first : &a) != NULL);
		keeper_sign(&k, 24 * 3600);
		turn(&k);
		ATF_REQUIRE((i == 0 ? first : a).leaf != NULL);
		if (i > 0)
			leaf_unref(a.leaf);
	}
	ATF_CHECK_EQ(leaf_count(k.store), LEAF_CONTEXTS_MAX);
	ATF_CHECK_STREQ(first.leaf->host, "h0.example");
	ATF_CHECK(!first.leaf->stored);
	leaf_unref(first.leaf);
	keeper_free(&k);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kept);
	ATF_TP_ADD_TC(tp, together);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, bound);
	return (atf_no_error());
}
