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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "compat.h"
#include "journal.h"
#include "logfile.h"
#include "logger_util.h"

struct seen {
	uint32_t	 id[512];
	size_t		 n;
};

static void
see(const struct journal_rec *r, void *arg)
{
	struct seen	*s = arg;

	ATF_REQUIRE(s->n < 512);
	memcpy(&s->id[s->n++], r->entry.id, sizeof(s->id[0]));
}

/* Loads the file of that name; also what it must have found damaged. */
static void
load(const char *name, size_t tail, struct seen *s, size_t *damaged)
{
	struct logfile	*f;

	s->n = 0;
	ATF_REQUIRE((f = logfile_new(open_log(name), JOURNAL_ALIGN, NULL)) !=
	    NULL);
	ATF_REQUIRE_EQ((ssize_t)s->n, 0);
	ATF_REQUIRE(journal_load(f, tail, see, s, damaged) ==
	    (ssize_t)s->n);
	logfile_unref(f);
}

static size_t
add(uint8_t *to, uint32_t n)
{
	struct journal_rec	 r;

	make_record(&r, n, n % 2 ? "main" : "default", 1000 + n);
	r.offset = n * 1000;
	r.coffset = JOURNAL_NO_OFFSET;
	return journal_encode(&r, to);
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct journal_rec	 a, b;
	uint8_t			 buf[JOURNAL_REC_MAX];
	size_t			 len;

	make_record(&a, 7, "main", 1790000000123);
	a.offset = 0x0102030405060708;
	a.coffset = 77;
	a.bytes = 99;
	len = journal_encode(&a, buf);
	ATF_CHECK_EQ(0, len % JOURNAL_ALIGN);
	ATF_REQUIRE_EQ(len, journal_decode(buf, sizeof(buf), &b));
	ATF_CHECK_EQ(JOURNAL_FINDING, b.kind);
	ATF_CHECK(memcmp(a.entry.id, b.entry.id, sizeof(a.entry.id)) == 0);
	ATF_CHECK(memcmp(a.entry.key, b.entry.key, sizeof(a.entry.key)) ==
	    0);
	ATF_CHECK_EQ(a.entry.time_ms, b.entry.time_ms);
	ATF_CHECK_STREQ(a.client, b.client);
	ATF_CHECK_EQ(a.offset, b.offset);
	ATF_CHECK_EQ(a.coffset, b.coffset);
	ATF_CHECK_EQ(a.bytes, b.bytes);
	ATF_REQUIRE_EQ(a.line_len, b.line_len);
	ATF_CHECK(memcmp(a.line, b.line, a.line_len) == 0);

	/* the longest there can be */
	memset(a.client, 'c', sizeof(a.client) - 1);
	a.client[sizeof(a.client) - 1] = '\0';
	memset(a.line, 'l', FINDING_LINE_MAX - 1);
	a.line[FINDING_LINE_MAX - 1] = '\n';
	a.line_len = FINDING_LINE_MAX;
	len = journal_encode(&a, buf);
	ATF_CHECK(len <= JOURNAL_REC_MAX);
	ATF_CHECK_EQ(len, journal_decode(buf, len, &b));
	ATF_CHECK_STREQ(a.client, b.client);
}

ATF_TC(every_flip);
ATF_TC_HEAD(every_flip, tc)
{
	atf_tc_set_md_var(tc, "descr", "No record with a changed bit, and "
	    "none cut short, is taken for one");
}
ATF_TC_BODY(every_flip, tc)
{
	struct journal_rec	 r;
	uint8_t			 buf[JOURNAL_REC_MAX], *cut;
	size_t			 len, i;
	unsigned int		 bit;

	len = add(buf, 3);
	ATF_REQUIRE_EQ(len, journal_decode(buf, len, &r));
	for (i = 0; i < len; i++)
		for (bit = 1; bit < 256; bit <<= 1) {
			buf[i] ^= (uint8_t)bit;
			ATF_CHECK_EQ_MSG(0, journal_decode(buf, len, &r),
			    "byte %zu bit %u", i, bit);
			buf[i] ^= (uint8_t)bit;
		}
	for (i = 0; i < len; i++) {
		/* in memory of its own, for the sanitizer's eyes */
		ATF_REQUIRE((cut = malloc(i + 1)) != NULL);
		memcpy(cut, buf, i);
		ATF_CHECK_EQ(0, journal_decode(cut, i, &r));
		free(cut);
	}
}

ATF_TC_WITHOUT_HEAD(bad_sense);
ATF_TC_BODY(bad_sense, tc)
{
	struct journal_rec	 a, b;
	uint8_t			 buf[JOURNAL_REC_MAX];

	make_record(&a, 1, "main", 5);
	strcpy(a.client, "../x");
	ATF_CHECK_EQ(0, journal_decode(buf, journal_encode(&a, buf), &b));
	strcpy(a.client, "main");
	a.entry.time_ms = -1;
	ATF_CHECK_EQ(0, journal_decode(buf, journal_encode(&a, buf), &b));
	a.entry.time_ms = 5;
	a.line[a.line_len - 1] = '}';
	ATF_CHECK_EQ(0, journal_decode(buf, journal_encode(&a, buf), &b));
	a.line_len = 0;
	ATF_CHECK_EQ(0, journal_decode(buf, journal_encode(&a, buf), &b));
	a.kind = JOURNAL_CARRY;
	ATF_CHECK(journal_decode(buf, journal_encode(&a, buf), &b) > 0);
	a.kind = (enum journal_kind)9;
	ATF_CHECK_EQ(0, journal_decode(buf, journal_encode(&a, buf), &b));
}

ATF_TC(torn_anywhere);
ATF_TC_HEAD(torn_anywhere, tc)
{
	atf_tc_set_md_var(tc, "descr", "Cut at every byte of the last record, "
	    "filled up and written on: all others are found");
}
ATF_TC_BODY(torn_anywhere, tc)
{
	uint8_t		 buf[8 * JOURNAL_REC_MAX], next[JOURNAL_REC_MAX];
	struct seen	 s;
	struct logfile	*f;
	size_t		 start = 0, last, len, cut, damaged, done;
	uint32_t	 i;

	for (i = 0; i < 4; i++)
		start += add(buf + start, i);
	last = add(buf + start, 4);
	len = add(next, 5);
	for (cut = 0; cut <= last; cut++) {
		write_log("j", buf, start + cut);
		ATF_REQUIRE((f = logfile_new(open_log("j"), JOURNAL_ALIGN,
		    NULL)) != NULL);
		ATF_REQUIRE_EQ(0, logfile_fix(f));
		ATF_REQUIRE_EQ(0, logfile_size(f) % JOURNAL_ALIGN);
		done = 0;
		ATF_REQUIRE_EQ(0, logfile_append(f, next, len, &done));
		logfile_unref(f);
		load("j", JOURNAL_TAIL, &s, &damaged);
		/* the padding of a cut record may well be its own */
		ATF_REQUIRE(s.n == 5 || s.n == 6);
		ATF_REQUIRE_EQ(5, s.id[s.n - 1]);
		for (i = 0; i < 4; i++)
			ATF_REQUIRE_EQ(i, s.id[i]);
		if (s.n == 6)
			ATF_REQUIRE_EQ(4, s.id[4]);
		else
			ATF_REQUIRE_EQ(cut == 0 ? 0U : 1U, damaged);
		if (cut == last)
			ATF_REQUIRE_EQ(6, s.n);
	}
}

ATF_TC(tail);
ATF_TC_HEAD(tail, tc)
{
	atf_tc_set_md_var(tc, "descr", "A bounded tail starts inside of a "
	    "record; reading crosses many buffers");
}
ATF_TC_BODY(tail, tc)
{
	uint8_t		*buf;
	struct seen	 s;
	size_t		 len = 0, damaged, t, want, ends[501];
	uint32_t	 i;

	ATF_REQUIRE((buf = malloc(500 * JOURNAL_REC_MAX)) != NULL);
	ends[0] = 0;
	for (i = 0; i < 500; i++) {
		len += add(buf + len, i);
		ends[i + 1] = len;
	}
	write_log("j", buf, len);
	load("j", JOURNAL_TAIL, &s, &damaged);
	ATF_CHECK_EQ(500, s.n);
	ATF_CHECK_EQ(0, damaged);
	for (i = 0; i < 500; i++)
		ATF_REQUIRE_EQ(i, s.id[i]);
	for (t = 0; t < 5000; t += 64) {
		load("j", t, &s, &damaged);
		for (want = 0; ends[500 - want - 1] + t >= len; want++)
			;
		ATF_CHECK_EQ(want, s.n);
		ATF_CHECK_EQ(0, damaged);
		if (want > 0)
			ATF_CHECK_EQ(499, s.id[want - 1]);
	}
	free(buf);
}

ATF_TC(no_forgery);
ATF_TC_HEAD(no_forgery, tc)
{
	atf_tc_set_md_var(tc, "descr", "What a hostile detector chooses (the "
	    "id, and text) makes no record inside of a record");
}
ATF_TC_BODY(no_forgery, tc)
{
	struct journal_rec	 a, b;
	uint8_t			 buf[JOURNAL_REC_MAX];
	size_t			 len, i;
	static const uint8_t	 magic[] = { 0xce, 'G', 'J', 1 };

	make_record(&a, 1, "main", 5);
	for (i = 0; i + 4 <= sizeof(a.entry.id); i += 4)
		memcpy(a.entry.id + i, magic, 4);
	len = journal_encode(&a, buf);
	ATF_REQUIRE_EQ(len, journal_decode(buf, len, &b));
	buf[0] = 0;		/* as when its start is damaged */
	for (i = 0; i < len; i += JOURNAL_ALIGN) {
		ATF_CHECK(memcmp(buf + i, magic, 4) != 0);
		ATF_CHECK_EQ(0, journal_decode(buf + i, len - i, &b));
	}
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	uint8_t		 buf[20000], rec[JOURNAL_REC_MAX];
	struct seen	 s;
	size_t		 damaged, len;
	uint32_t	 x = 7, i, round;

	for (round = 0; round < 50; round++) {
		for (i = 0; i < sizeof(buf); i++) {
			x = x * 1103515245 + 12345;
			buf[i] = (uint8_t)(x >> 16);
			/* often enough the start of a record */
			if (i % 64 == 0 && (x >> 28) == 0 &&
			    i + 4 < sizeof(buf)) {
				memcpy(buf + i, "\xceGJ\1\0\1\0\4", 8);
				i += 7;
			}
		}
		len = add(rec, 9);
		memcpy(buf + 6400, rec, len);
		write_log("j", buf, sizeof(buf));
		load("j", JOURNAL_TAIL, &s, &damaged);
		ATF_REQUIRE_EQ(1, s.n);
		ATF_REQUIRE_EQ(9, s.id[0]);
		ATF_REQUIRE_EQ(2, damaged);
	}
	write_log("j", "", 0);
	load("j", JOURNAL_TAIL, &s, &damaged);
	ATF_CHECK_EQ(0, s.n + damaged);
}

ATF_TC_WITHOUT_HEAD(landing);
ATF_TC_BODY(landing, tc)
{
	struct logfile	*f;
	size_t		 have;

	write_log("f", "one\ntwo\n", 8);
	ATF_REQUIRE((f = logfile_new(open_log("f"), 0, NULL)) != NULL);
#define LANDS(off, line)						\
	journal_landing(f, off, line, strlen(line), &have)
	ATF_CHECK_EQ(LANDING_FULL, LANDS(0, "one\n"));
	ATF_CHECK_EQ(LANDING_FULL, LANDS(4, "two\n"));
	ATF_CHECK_EQ(4, have);
	ATF_CHECK_EQ(LANDING_NONE, LANDS(8, "six\n"));
	ATF_CHECK_EQ(LANDING_PART, LANDS(4, "two\nthree\n"));
	ATF_CHECK_EQ(4, have);
	ATF_CHECK_EQ(LANDING_PART, LANDS(7, "\nx\n"));
	ATF_CHECK_EQ(1, have);
	ATF_CHECK_EQ(LANDING_UNKNOWN, LANDS(4, "ten\n"));
	ATF_CHECK_EQ(LANDING_UNKNOWN, LANDS(9, "two\n"));
	ATF_CHECK_EQ(LANDING_UNKNOWN, LANDS(UINT64_MAX, "two\n"));
#undef LANDS
	logfile_unref(f);
}

ATF_TC(cost);
ATF_TC_HEAD(cost, tc)
{
	atf_tc_set_md_var(tc, "descr", "A full tail is read in good time");
	atf_tc_set_md_var(tc, "timeout", "20");
}
static void
count(const struct journal_rec *r, void *arg)
{
	(void)r;
	++*(size_t *)arg;
}
ATF_TC_BODY(cost, tc)
{
	uint8_t		 buf[JOURNAL_REC_MAX];
	struct logfile	*f;
	size_t		 len, n = 0, damaged, total = 0, done;

	unlink("j");
	ATF_REQUIRE((f = logfile_new(open_log("j"), JOURNAL_ALIGN, NULL)) !=
	    NULL);
	len = add(buf, 1);
	while (total < JOURNAL_TAIL) {
		done = 0;
		ATF_REQUIRE_EQ(0, logfile_append(f, buf, len, &done));
		total += len;
	}
	ATF_REQUIRE(journal_load(f, JOURNAL_TAIL, count, &n, &damaged) > 0);
	ATF_CHECK(n >= JOURNAL_TAIL / len - 1);
	logfile_unref(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, every_flip);
	ATF_TP_ADD_TC(tp, bad_sense);
	ATF_TP_ADD_TC(tp, torn_anywhere);
	ATF_TP_ADD_TC(tp, tail);
	ATF_TP_ADD_TC(tp, no_forgery);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, landing);
	ATF_TP_ADD_TC(tp, cost);
	return atf_no_error();
}
