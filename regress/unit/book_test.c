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

/* The key book: where each secret was found, over restarts and rotations. */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "dedup.h"
#include "logfile.h"
#include "logger_util.h"
#include "store.h"

#define NOW	1750000000000LL

static const uint8_t *
fp(unsigned int n)
{
	static uint8_t	 buf[BOOK_FP_SIZE];

	memset(buf, 0, sizeof(buf));
	memcpy(buf, &n, sizeof(n));
	return buf;
}

ATF_TC_WITHOUT_HEAD(pairs);
ATF_TC_BODY(pairs, tc)
{
	struct book	*b = book_new(8);
	char		 host[MSG_DEST_SIZE];
	unsigned int	 i, others;

	(void)tc;
	ATF_REQUIRE(b != NULL);
	ATF_CHECK_EQ(1, book_add(b, fp(1), "a.example", &others));
	ATF_CHECK_EQ(0, others);
	ATF_CHECK_EQ(0, book_add(b, fp(1), "a.example", &others));
	ATF_CHECK_EQ(0, others);
	ATF_CHECK_EQ(1, book_add(b, fp(1), "b.example", &others));
	ATF_CHECK_EQ(1, others);
	ATF_CHECK_EQ(1, book_add(b, fp(2), "b.example", &others));
	ATF_CHECK_EQ(0, others);
	ATF_CHECK_EQ(1, book_add(b, fp(1), "c.example", &others));
	ATF_CHECK_EQ(2, others);
	/* bounded; what is in use stays */
	for (i = 10; i < 100; i++) {
		ATF_CHECK_EQ(1, book_add(b, fp(i), "x.example", &others));
		ATF_CHECK_EQ(0, book_add(b, fp(1), "a.example", &others));
	}
	ATF_CHECK_EQ(0, others);
	ATF_CHECK_EQ(1, book_add(b, fp(10), "x.example", &others));
	book_free(b);

	ATF_CHECK_STREQ("a.example", book_host("a.example:443", host));
	ATF_CHECK_STREQ("[2001:db8::1]", book_host("[2001:db8::1]:443",
	    host));
}

static struct logfile *
op_file(void *arg, const char *client)
{
	(void)arg;
	(void)client;
	return NULL;
}

static void
op_written(void *arg, const struct journal_rec *r, uint64_t tag)
{
	(void)r;
	(void)tag;
	++*(unsigned int *)arg;
}

static void
op_growing(void *arg, enum file_kind kind, const char *client,
    struct logfile *f, uint64_t size)
{
	(void)arg;
	(void)kind;
	(void)client;
	(void)f;
	(void)size;
}

static void
op_gone(void *arg, enum file_kind kind, const char *client, struct logfile *f)
{
	(void)arg;
	(void)kind;
	(void)client;
	(void)f;
}

static void
op_restored(void *arg, const char *client, int64_t time_ms, uint64_t bytes,
    int total)
{
	(void)arg;
	(void)client;
	(void)time_ms;
	(void)bytes;
	(void)total;
}

static void
op_quotas(void *arg, void (*emit)(void *, const char *, uint64_t), void *to)
{
	(void)arg;
	(void)emit;
	(void)to;
}

static const struct store_ops	ops = {
	.file = op_file,
	.written = op_written,
	.growing = op_growing,
	.gone = op_gone,
	.restored = op_restored,
	.quotas = op_quotas
};

struct run {
	struct dedup	*dedup;
	struct book	*book;
	struct store	*store;
	unsigned int	 written;
};

static void
use_files(struct run *r, const char *journal, const char *findings)
{
	struct logfile	*f, *j;

	ATF_REQUIRE((j = logfile_new(open_log(journal), JOURNAL_ALIGN,
	    NULL)) != NULL);
	ATF_REQUIRE((f = logfile_new(open_log(findings), 0, NULL)) != NULL);
	store_set(r->store, FILE_JOURNAL, j);
	store_set(r->store, FILE_FINDINGS, f);
}

static void
run_start(struct run *r, const char *journal, const char *findings)
{
	struct store_report	 rep;

	memset(r, 0, sizeof(*r));
	ATF_REQUIRE((r->dedup = dedup_new(64)) != NULL);
	ATF_REQUIRE((r->book = book_new(64)) != NULL);
	ATF_REQUIRE((r->store = store_new(&ops, &r->written, r->dedup)) !=
	    NULL);
	store_set_book(r->store, r->book);
	store_set_keep(r->store, 3600 * 1000);
	use_files(r, journal, findings);
	ATF_REQUIRE_EQ(0, store_recover(r->store, NOW, &rep));
	ATF_CHECK_EQ(0, rep.damaged);
	ATF_REQUIRE_EQ(0, store_run(r->store, NOW));
}

static void
run_end(struct run *r)
{
	store_free(r->store);
	book_free(r->book);
	dedup_free(r->dedup);
}

static void
found(struct run *r, uint32_t n, unsigned int key, const char *host)
{
	struct journal_rec	 rec;
	unsigned int		 others;

	make_record(&rec, n, "main", NOW);
	memcpy(rec.fp, fp(key), sizeof(rec.fp));
	strcpy(rec.host, host);
	rec.pair = book_add(r->book, rec.fp, rec.host, &others);
	ATF_REQUIRE_EQ(1, rec.pair);
	dedup_add(r->dedup, &rec.entry);
	ATF_REQUIRE_EQ(0, store_add(r->store, &rec, 0));
	ATF_REQUIRE_EQ(0, store_run(r->store, NOW));
}

static void
check(struct run *r)
{
	unsigned int	 others;

	ATF_CHECK_EQ(0, book_add(r->book, fp(7), "a.example", &others));
	ATF_CHECK_EQ(1, others);
	ATF_CHECK_EQ(0, book_add(r->book, fp(7), "b.example", &others));
	ATF_CHECK_EQ(0, book_add(r->book, fp(8), "a.example", &others));
	ATF_CHECK_EQ(0, others);
}

ATF_TC_WITHOUT_HEAD(persistent);
ATF_TC_BODY(persistent, tc)
{
	struct run	 r;
	size_t		 i;

	(void)tc;
	run_start(&r, "j1", "f1");
	found(&r, 1, 7, "a.example");
	found(&r, 2, 7, "b.example");
	found(&r, 3, 8, "a.example");
	ATF_CHECK_EQ(3, r.written);
	run_end(&r);
	for (i = 0; i < 2; i++) {
		run_start(&r, "j1", "f1");
		check(&r);
		/* nothing was written twice */
		ATF_CHECK_EQ(0, r.written);
		run_end(&r);
	}
	/* a rotation takes it along, and so does the next start */
	run_start(&r, "j1", "f1");
	use_files(&r, "j2", "f2");
	check(&r);
	run_end(&r);
	run_start(&r, "j2", "f2");
	check(&r);
	run_end(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pairs);
	ATF_TP_ADD_TC(tp, persistent);
	return (atf_no_error());
}
