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


/* The tree of views and its streams, with a decoder of the test's own. */

#define HELP_PLAIN	0
#include "scan_help.h"
#include "scan_private.h"
#include "stream.h"
#include "view.h"

#define KEY_LEN	108

/* A bitwise complement, so that nothing is seen without decoding. */
static void
flip_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct view	*out = decoding_out(d, len);
	uint8_t		 buf[64];
	size_t		 i;

	(void)fresh;
	if (out == NULL)
		return;
	for (i = 0; i < len; i++) {
		buf[i % sizeof(buf)] = (uint8_t)~p[i];
		if ((i + 1) % sizeof(buf) == 0)
			view_feed(out, buf, sizeof(buf), NULL);
	}
	view_feed(out, buf, len % sizeof(buf), NULL);
}

static void
flip_end(struct decoding *d)
{
	if (d->out != NULL)
		view_end(d->out);
}

static void
flip_gap(struct decoding *d)
{
	if (d->out != NULL)
		view_gap(d->out);
}

static const struct decoder flip = {
	.name = "flip", .feed = flip_feed, .end = flip_end, .gap = flip_gap
};

static void
make_key(char key[KEY_LEN + 1], unsigned int seed)
{
	ATF_REQUIRE_EQ(KEY_LEN, rules_expand("sk-ant-api03-{{w93}}AA", seed,
	    key, KEY_LEN + 1));
}

/* Of a scan in which nothing waits to be reported. */
static struct view *
root(struct scan *scan, struct decoding **d)
{
	struct place	 place = { .channel = SCAN_BODY };
	struct view	*v;

	scan->ended = 1;
	ATF_REQUIRE((v = view_new(scan, &place)) != NULL);
	ATF_REQUIRE((*d = view_attach(v, &flip)) != NULL);
	return (v);
}

ATF_TC_WITHOUT_HEAD(child);
ATF_TC_BODY(child, tc)
{
	struct rules	*rules = help_rules();
	struct scan	*scan;
	struct view	*v;
	struct decoding	*d;
	struct hits	 hits;
	char		 key[KEY_LEN + 1], coded[KEY_LEN];
	size_t		 at, i;

	(void)tc;
	make_key(key, 1);
	for (i = 0; i < KEY_LEN; i++)
		coded[i] = (char)~key[i];
	for (at = 0; at <= KEY_LEN; at++) {
		scan = help_scan(rules, FINDING_OUTBOUND, "x", 0, &hits);
		v = root(scan, &d);
		view_feed(v, coded, at, NULL);
		view_feed(v, coded + at, KEY_LEN - at, NULL);
		ATF_CHECK_EQ(0, hits.n);
		view_end(v);
		seen_report(scan);
		ATF_REQUIRE_EQ(1, hits.n);
		ATF_CHECK_STREQ("body>flip: ai_api_key"
		    " sk-ant-api03-[REDACTED](108)", hits.hit[0].snippet);
		/* In clear too: the same secret, reported once. */
		view_feed(v, key, KEY_LEN, NULL);
		view_end(v);
		seen_report(scan);
		ATF_CHECK_EQ(1, hits.n);
		view_free(v);
		scan_free(scan);
	}
	rules_free(rules);
}

ATF_TC_WITHOUT_HEAD(texts);
ATF_TC_BODY(texts, tc)
{
	struct rules	*rules = help_rules();
	struct scan	*scan;
	struct view	*v;
	struct decoding	*d;
	struct hits	 hits;
	char		 key[KEY_LEN + 1];

	(void)tc;
	make_key(key, 1);
	scan = help_scan(rules, FINDING_OUTBOUND, "x", 0, &hits);
	v = root(scan, &d);
	/* Two halves of a key in two texts are none. */
	view_feed(v, key, 15, NULL);
	view_break(v);
	seen_report(scan);
	view_feed(v, key + 15, KEY_LEN - 15, NULL);
	view_end(v);
	seen_report(scan);
	view_feed(v, key, 15, NULL);
	view_end(v);
	seen_report(scan);
	view_feed(v, key + 15, KEY_LEN - 15, NULL);
	view_end(v);
	seen_report(scan);
	view_feed(v, key, 15, NULL);
	view_gap(v);
	seen_report(scan);
	view_feed(v, key + 15, KEY_LEN - 15, NULL);
	view_end(v);
	seen_report(scan);
	ATF_CHECK_EQ(0, hits.n);
	/* What a gap cuts off is not taken for complete; an end decides. */
	view_feed(v, key, KEY_LEN, NULL);
	view_gap(v);
	seen_report(scan);
	ATF_CHECK_EQ(0, hits.n);
	view_feed(v, key, KEY_LEN, NULL);
	view_break(v);
	seen_report(scan);
	ATF_CHECK_EQ(1, hits.n);
	view_free(v);
	scan_free(scan);
	rules_free(rules);
}

ATF_TC_WITHOUT_HEAD(depth);
ATF_TC_BODY(depth, tc)
{
	struct rules	*rules = help_rules();
	struct scan	*scan;
	struct view	*v;
	struct decoding	*d, *below;
	struct hits	 hits;
	struct scan_counters	 c;
	struct place	 place = { .channel = SCAN_BODY };
	unsigned int	 i;

	(void)tc;
	scan = help_scan(rules, FINDING_OUTBOUND, "x", 0, &hits);
	ATF_REQUIRE((v = view_new(scan, &place)) != NULL);
	ATF_REQUIRE((d = view_attach(v, &flip)) != NULL);
	for (i = 0; i < VIEW_DEPTH_MAX; i++) {
		ATF_REQUIRE(decoding_out(d, 1) != NULL);
		ATF_CHECK_EQ(i + 1, view_place(d->out)->npath);
		below = view_attach(d->out, &flip);
		ATF_REQUIRE(below != NULL);
		d = below;
	}
	ATF_CHECK(decoding_out(d, 7) == NULL);
	scan_counters(scan, &c);
	ATF_CHECK_EQ(1, c.gap[SCAN_GAP_DEPTH].count);
	ATF_CHECK_EQ(7, c.gap[SCAN_GAP_DEPTH].bytes);
	view_feed(v, "x", 1, NULL);
	view_free(v);
	scan_free(scan);
	rules_free(rules);
}

/* What comes before a gap may be looked at, and no match starts there. */
ATF_TC_WITHOUT_HEAD(stream_gaps);
ATF_TC_BODY(stream_gaps, tc)
{
	struct rules	*rules = help_rules();
	struct scan	*scan;
	struct stream	*st;
	struct hits	 hits;
	struct place	 place = { .channel = SCAN_BODY };
	char		 key[KEY_LEN + 1], left[RULE_LEFT + 50];

	(void)tc;
	make_key(key, 1);
	memset(left, ' ', sizeof(left));
	scan = help_scan(rules, FINDING_OUTBOUND, "x", 0, &hits);
	ATF_REQUIRE((st = stream_new(scan, &place)) != NULL);
	memcpy(left + sizeof(left) - 50, key, 50);
	stream_gap(st, left, sizeof(left));
	stream_feed(st, key + 50, KEY_LEN - 50);
	stream_end(st);
	seen_report(scan);
	ATF_CHECK_EQ(0, hits.n);
	/* A letter to the left makes it part of a longer word. */
	stream_gap(st, "a", 1);
	stream_feed(st, key, KEY_LEN);
	stream_end(st);
	seen_report(scan);
	ATF_CHECK_EQ(0, hits.n);
	stream_gap(st, "=", 1);
	stream_feed(st, key, KEY_LEN);
	stream_end(st);
	seen_report(scan);
	ATF_REQUIRE_EQ(1, hits.n);
	stream_free(st);
	scan_free(scan);
	rules_free(rules);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, child);
	ATF_TP_ADD_TC(tp, texts);
	ATF_TP_ADD_TC(tp, depth);
	ATF_TP_ADD_TC(tp, stream_gaps);
	return (atf_no_error());
}
