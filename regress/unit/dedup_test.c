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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "dedup.h"

static void
entry(struct dedup_entry *e, uint32_t id, uint32_t key, int64_t time_ms)
{
	memset(e, 0, sizeof(*e));
	memcpy(e->id, &id, sizeof(id));
	memcpy(e->key, &key, sizeof(key));
	e->time_ms = time_ms;
}

static void
add(struct dedup *d, uint32_t id, uint32_t key, int64_t time_ms)
{
	struct dedup_entry	 e;

	entry(&e, id, key, time_ms);
	dedup_add(d, &e);
}

static int
has_id(struct dedup *d, uint32_t id)
{
	struct dedup_entry	 e;

	entry(&e, id, 0, 0);
	return dedup_find_id(d, e.id) != NULL;
}

static int
has_key(struct dedup *d, uint32_t key, int64_t now, uint32_t window)
{
	struct dedup_entry	 e;

	entry(&e, 0, key, 0);
	return dedup_has_key(d, e.key, now, window);
}

static struct dedup *
make(size_t max)
{
	struct dedup	*d = dedup_new(max);

	ATF_REQUIRE(d != NULL);
	return d;
}

ATF_TC(key_has_every_part);
ATF_TC_HEAD(key_has_every_part, tc)
{
	atf_tc_set_md_var(tc, "descr", "Each part of the key counts, and "
	    "bytes cannot wander from one part to the next");
}
ATF_TC_BODY(key_has_every_part, tc)
{
	struct finding_rec	 a, b;
	uint8_t			 ka[DEDUP_KEY_SIZE], kb[DEDUP_KEY_SIZE];

	memset(&a, 0, sizeof(a));
	strcpy(a.finding.pattern, "ai_api_key");
	strcpy(a.finding.dest, "a.example:443");
	strcpy(a.client, "main");
	dedup_key(&a, ka);

	b = a;
	/* these do not make another finding of it */
	b.id[0] = 1;
	b.finding.timestamp = 7;
	strcpy(b.finding.snippet, "other");
	dedup_key(&b, kb);
	ATF_CHECK(memcmp(ka, kb, sizeof(ka)) == 0);

#define DIFFERS(change) do {						\
	b = a;								\
	change;								\
	dedup_key(&b, kb);						\
	ATF_CHECK_MSG(memcmp(ka, kb, sizeof(ka)) != 0, #change);	\
} while (0)
	DIFFERS(b.finding.direction = FINDING_INBOUND);
	DIFFERS(strcpy(b.finding.pattern, "dotenv_path"));
	DIFFERS(strcpy(b.finding.dest, "b.example:443"));
	DIFFERS(strcpy(b.client, "other"));
	DIFFERS(b.fp[31] = 1);
	DIFFERS((strcpy(b.finding.pattern, "ai_api_keya"),
	    strcpy(b.finding.dest, ".example:443")));
	DIFFERS((strcpy(b.finding.dest, "a.example:443m"),
	    strcpy(b.client, "ain")));
#undef DIFFERS
}

ATF_TC_WITHOUT_HEAD(window);
ATF_TC_BODY(window, tc)
{
	struct dedup	*d = make(8);

	add(d, 1, 100, 1000);
	ATF_CHECK(has_key(d, 100, 1000, 1));
	ATF_CHECK(has_key(d, 100, 1999, 1));
	ATF_CHECK(!has_key(d, 100, 2000, 1));
	ATF_CHECK(has_key(d, 100, 2000, 2));
	ATF_CHECK(!has_key(d, 101, 1000, 1));
	/* being asked for does not move the window along */
	ATF_CHECK(!has_key(d, 100, 3000, 2));
	/* off */
	ATF_CHECK(!has_key(d, 100, 1000, 0));
	/* a clock set back: the window starts there, it does not grow */
	add(d, 2, 200, 1000000);
	ATF_CHECK(has_key(d, 200, 5000, 10));
	ATF_CHECK(has_key(d, 200, 14999, 10));
	ATF_CHECK(!has_key(d, 200, 15000, 10));
	dedup_free(d);
}

ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct dedup	*d = make(100);
	uint32_t	 i;

	for (i = 0; i < 1000; i++) {
		add(d, i, 5000 + i, 1000);
		/* one that keeps coming stays */
		ATF_CHECK(has_key(d, 5000, 1000, 60));
	}
	ATF_CHECK_EQ(100, dedup_count(d));
	ATF_CHECK(has_id(d, 0));
	ATF_CHECK(has_id(d, 999));
	ATF_CHECK(has_id(d, 901));
	ATF_CHECK(!has_id(d, 900));
	ATF_CHECK(!has_key(d, 5900, 1000, 60));
	dedup_free(d);
}

ATF_TC(equal_keys);
ATF_TC_HEAD(equal_keys, tc)
{
	atf_tc_set_md_var(tc, "descr", "Without a window all findings may "
	    "have one key: no chain may get long");
	atf_tc_set_md_var(tc, "timeout", "20");
}
ATF_TC_BODY(equal_keys, tc)
{
	struct dedup	*d = make(65536);
	uint32_t	 i;

	for (i = 0; i < 300000; i++)
		add(d, i, 7, i);
	ATF_CHECK_EQ(65536, dedup_count(d));
	ATF_CHECK(has_key(d, 7, 300000, 1));
	ATF_CHECK(has_id(d, 299999));
	ATF_CHECK(!has_id(d, 299999 - 65536));
	dedup_free(d);
}

ATF_TC_WITHOUT_HEAD(forget);
ATF_TC_BODY(forget, tc)
{
	struct dedup_entry	 e;
	struct dedup		*d = make(4);

	add(d, 1, 10, 0);
	add(d, 2, 20, 0);
	entry(&e, 1, 10, 0);
	dedup_forget(d, e.id);
	ATF_CHECK(!has_id(d, 1));
	ATF_CHECK(!has_key(d, 10, 0, 60));
	ATF_CHECK(has_id(d, 2));
	dedup_forget(d, e.id);
	ATF_CHECK_EQ(1, dedup_count(d));
	/* the freed place is used again, and again */
	add(d, 3, 30, 0);
	add(d, 4, 40, 0);
	add(d, 5, 50, 0);
	add(d, 6, 60, 0);
	ATF_CHECK_EQ(4, dedup_count(d));
	ATF_CHECK(!has_id(d, 2));
	ATF_CHECK(has_id(d, 3) && has_id(d, 6));
	/* one id, another key */
	add(d, 6, 61, 0);
	ATF_CHECK(!has_key(d, 60, 0, 60));
	ATF_CHECK(has_key(d, 61, 0, 60));
	ATF_CHECK_EQ(4, dedup_count(d));
	dedup_free(d);
}

static int
collect(const struct dedup_entry *e, void *arg)
{
	uint32_t	 id, *sum = arg;

	memcpy(&id, e->id, sizeof(id));
	*sum = *sum * 10 + id;
	return id == 3;
}

ATF_TC_WITHOUT_HEAD(each_in_order);
ATF_TC_BODY(each_in_order, tc)
{
	struct dedup	*d = make(4);
	uint32_t	 sum = 0;

	add(d, 1, 10, 0);
	add(d, 2, 20, 0);
	add(d, 4, 40, 0);
	ATF_CHECK(has_key(d, 10, 0, 60));
	ATF_CHECK_EQ(0, dedup_each(d, collect, &sum));
	ATF_CHECK_EQ(241, sum);
	add(d, 3, 30, 0);
	sum = 0;
	ATF_CHECK_EQ(1, dedup_each(d, collect, &sum));
	ATF_CHECK_EQ(2413, sum);
	dedup_free(d);
}

ATF_TC_WITHOUT_HEAD(pending);
ATF_TC_BODY(pending, tc)
{
	struct dedup_entry	 e;
	struct dedup		*d = make(4);

	entry(&e, 1, 10, 0);
	e.pending = 1;
	dedup_add(d, &e);
	ATF_CHECK_EQ(1, dedup_find_id(d, e.id)->pending);
	dedup_written(d, e.id);
	ATF_CHECK_EQ(0, dedup_find_id(d, e.id)->pending);
	entry(&e, 9, 10, 0);
	dedup_written(d, e.id);		/* unknown: nothing happens */
	ATF_CHECK(dedup_find_id(d, e.id) == NULL);
	dedup_free(d);
}

ATF_TC(against_a_model);
ATF_TC_HEAD(against_a_model, tc)
{
	atf_tc_set_md_var(tc, "descr", "Random work against plain arrays");
}
ATF_TC_BODY(against_a_model, tc)
{
	struct { uint32_t id, key; int64_t t; } m[16];
	struct dedup_entry	 e;
	struct dedup		*d = make(16);
	uint32_t		 id, key, x = 1, step;
	size_t			 n = 0, i, hit;

	for (step = 0; step < 50000; step++) {
		x = x * 1103515245 + 12345;
		id = x >> 16 & 31;
		key = x >> 21 & 7;
		for (hit = 0; hit < n && m[hit].id != id; hit++)
			;
		if ((x >> 24 & 3) == 0) {
			entry(&e, id, 0, 0);
			dedup_forget(d, e.id);
			if (hit < n) {
				memmove(m + hit, m + hit + 1,
				    (n - hit - 1) * sizeof(m[0]));
				n--;
			}
		} else {
			add(d, id, key, step);
			if (hit < n) {
				memmove(m + hit, m + hit + 1,
				    (n - hit - 1) * sizeof(m[0]));
				n--;
			} else if (n == 16)
				memmove(m, m + 1, --n * sizeof(m[0]));
			m[n].id = id;
			m[n].key = key;
			m[n].t = step;
			n++;
		}
		ATF_REQUIRE_EQ(n, dedup_count(d));
		for (id = 0; id < 32; id++) {
			for (i = 0; i < n && m[i].id != id; i++)
				;
			ATF_REQUIRE_EQ(i < n, has_id(d, id));
		}
	}
	dedup_free(d);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, key_has_every_part);
	ATF_TP_ADD_TC(tp, window);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, equal_keys);
	ATF_TP_ADD_TC(tp, forget);
	ATF_TP_ADD_TC(tp, each_in_order);
	ATF_TP_ADD_TC(tp, pending);
	ATF_TP_ADD_TC(tp, against_a_model);
	return atf_no_error();
}
