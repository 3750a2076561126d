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
#include <sys/resource.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "compat.h"
#include "dedup.h"
#include "logfile.h"
#include "store_world.h"

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	struct world	 w;
	uint32_t	 i;

	world_clean();
	world_start(&w);
	ATF_CHECK_EQ(LANDING_FULL, w.rep.last);
	for (i = 0; i < 10; i++) {
		ATF_CHECK(!send_it(&w, i));
		ATF_CHECK_EQ(1, store_queued(w.st));
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		ATF_CHECK_EQ(1, w.acked[i]);
		ATF_CHECK_EQ(i, w.last_tag);
		ATF_CHECK_EQ((uint64_t)logfile_size(store_findings(w.st)),
		    w.grown);
	}
	for (i = 0; i < 10; i++)
		ATF_CHECK(send_it(&w, i));
	ATF_CHECK_EQ(0, store_queued(w.st));
	world_kill(&w);
	check_all(10, "");

	/* and again after a restart */
	world_start(&w);
	ATF_CHECK_EQ(10, w.rep.records);
	ATF_CHECK_EQ(0, w.rep.damaged);
	ATF_CHECK_EQ(LANDING_FULL, w.rep.last);
	ATF_CHECK(w.restored > 0);
	for (i = 0; i < 10; i++)
		ATF_CHECK(send_it(&w, i));
	ATF_CHECK_EQ(0, store_run(w.st, NOW));
	ATF_CHECK_EQ(0, w.written);
	world_kill(&w);
	check_all(10, "");
}

/* What the files hold when the last one was killed after n bytes. */
struct files {
	char	*f, *c, *j, *m, *d;
	size_t	 fl, cl, jl, ml, dl;
};

static void
files_read(struct files *x)
{
	x->f = read_log("f", &x->fl);
	x->c = read_log("c", &x->cl);
	x->j = read_log("j", &x->jl);
	x->m = read_log("m", &x->ml);
	x->d = read_log("d", &x->dl);
}

static void
files_free(struct files *x)
{
	free(x->f);
	free(x->c);
	free(x->j);
	free(x->m);
	free(x->d);
}

static size_t
part(size_t from, size_t to, size_t *budget)
{
	size_t	 n = to - from < *budget ? to - from : *budget;

	*budget -= n;
	return from + n;
}

/*
 * Writes the state between a and b in which so many bytes of the difference
 * are on disk, in the order the store writes.
 */
static void
files_between(const struct files *a, const struct files *b, size_t bytes)
{
	write_log("j", b->j, part(a->jl, b->jl, &bytes));
	write_log("f", b->f, part(a->fl, b->fl, &bytes));
	write_log("c", b->c, part(a->cl, b->cl, &bytes));
	write_log("m", b->m, part(a->ml, b->ml, &bytes));
	write_log("d", b->d, part(a->dl, b->dl, &bytes));
}

ATF_TC(killed_at_every_byte);
ATF_TC_HEAD(killed_at_every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr", "Killed after each byte that is "
	    "written, started again, everything sent once more: no finding "
	    "is lost, none is there twice, no line is cut off");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(killed_at_every_byte, tc)
{
	struct world	 w;
	struct files	 a, b;
	size_t		 total, at;
	uint32_t	 last, i;

	/* the last finding is of main, or of default */
	for (last = 4; last <= 5; last++) {
		world_clean();
		world_start(&w);
		for (i = 0; i < last; i++)
			send_it(&w, i);
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		files_read(&a);
		send_it(&w, last);
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		files_read(&b);
		world_kill(&w);

		total = b.jl - a.jl + b.fl - a.fl + b.cl - a.cl + b.ml - a.ml +
		    b.dl - a.dl;
		ATF_REQUIRE(total > 1000);
		for (at = 0; at <= total; at += last == 4 ? 1 : 13) {
			files_between(&a, &b, at);
			world_start(&w);
			/* half of the detectors come back before the disk */
			for (i = 0; i <= last; i += 2)
				send_it(&w, i);
			ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
			for (i = 0; i <= last; i++)
				send_it(&w, i);
			ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
			for (i = 0; i <= last; i++)
				ATF_REQUIRE(send_it(&w, i));
			check_all(last + 1, "");
			send_it(&w, last + 1);
			ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
			world_kill(&w);
			check_all(last + 2, "");
			check_chain("");

			/* the journal is good for another start */
			world_start(&w);
			ATF_REQUIRE_EQ(LANDING_FULL, w.rep.last);
			for (i = 0; i <= last + 1; i++)
				ATF_REQUIRE(send_it(&w, i));
			world_kill(&w);
			check_all(last + 2, "");
		}
		files_free(&a);
		files_free(&b);
	}
}

ATF_TC(recorded_is_kept);
ATF_TC_HEAD(recorded_is_kept, tc)
{
	atf_tc_set_md_var(tc, "descr", "Once the journal has the record, the "
	    "finding is safe even if nobody sends it again");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(recorded_is_kept, tc)
{
	struct world	 w;
	struct files	 a, b;
	size_t		 total, at, journal;

	world_clean();
	world_start(&w);
	send_it(&w, 0);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	files_read(&a);
	send_it(&w, 1);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	files_read(&b);
	world_kill(&w);
	journal = b.jl - a.jl;
	total = journal + b.fl - a.fl + b.cl - a.cl + b.ml - a.ml;
	for (at = journal; at <= total; at++) {
		files_between(&a, &b, at);
		world_start(&w);
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		world_kill(&w);
		check_all(2, "");
		check_chain("");
	}
	files_free(&a);
	files_free(&b);
}

static void
full_disk(const char *old, int restart)
{
	struct world	 w;
	size_t		 start = strlen(old), at;
	uint32_t	 i;

	world_clean();
	write_log("f", old, start);
	world_start(&w);
	limit_files(start);
	for (i = 0; i < 4; i++)
		send_it(&w, i);
	for (at = start; at < start + 6000 && w.written < 4; at++) {
		limit_files(at);
		if (store_run(w.st, NOW) == -1)
			ATF_REQUIRE_EQ(EFBIG, errno);
		if (!restart)
			continue;
		i = w.written;
		world_kill(&w);
		world_start(&w);
		for (i = 0; i < 4; i++)
			w.written += send_it(&w, i) ? 1 : 0;
	}
	limit_files(RLIM_INFINITY);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	if (!restart)
		for (i = 0; i < 4; i++)
			ATF_CHECK_EQ(1, w.acked[i]);
	world_kill(&w);
	check_all(4, old);
	check_chain(old);
}

ATF_TC(full_disk);
ATF_TC_HEAD(full_disk, tc)
{
	atf_tc_set_md_var(tc, "descr", "The disk is full and gains room byte "
	    "by byte: findings wait, then land once each");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(full_disk, tc)
{
	char	*old;

	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	full_disk("", 0);		/* the journal meets the limit */
	old = old_lines(8192);
	full_disk(old, 0);		/* findings.jsonl does */
	free(old);
}

ATF_TC(full_disk_and_killed);
ATF_TC_HEAD(full_disk_and_killed, tc)
{
	atf_tc_set_md_var(tc, "descr", "The same, and killed at every step");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(full_disk_and_killed, tc)
{
	char	*old;

	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	full_disk("", 1);
	old = old_lines(8192);
	full_disk(old, 1);
	free(old);
}

ATF_TC(dev_full);
ATF_TC_HEAD(dev_full, tc)
{
	atf_tc_set_md_var(tc, "descr", "Not a regular file: refused");
}
ATF_TC_BODY(dev_full, tc)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, pipe(sv));
	errno = 0;
	ATF_CHECK(logfile_new(sv[1], 0, NULL) == NULL);
	ATF_CHECK_EQ(EINVAL, errno);
	/* still the caller's */
	ATF_CHECK_EQ(0, close(sv[1]));
	ATF_CHECK_EQ(0, close(sv[0]));
}

ATF_TC_WITHOUT_HEAD(removed);
ATF_TC_BODY(removed, tc)
{
	static const char	*const names[] = { "f", "c", "j" };
	struct world		 w;
	struct logfile		*f;
	uint32_t		 i;

	world_clean();
	world_start(&w);
	for (i = 0; i < nitems(names); i++) {
		ATF_REQUIRE_EQ(0, unlink(names[i]));
		/* 0, 3, 6: of main, whose own file is there */
		send_it(&w, 3 * i);
		errno = 0;
		ATF_CHECK_EQ(-1, store_run(w.st, NOW));
		ATF_CHECK_EQ(ENOENT, errno);
		ATF_CHECK_EQ(i + 1, w.gone[FILE_FINDINGS]);
		ATF_CHECK_EQ(0, w.acked[3 * i]);

		store_set(w.st, FILE_JOURNAL, log_open("j"));
		f = log_open("f");
		f->chain = log_open("c");
		store_set(w.st, FILE_FINDINGS, f);
		ATF_CHECK_EQ(0, store_run(w.st, NOW));
		ATF_CHECK_EQ(1, w.acked[3 * i]);
	}
	/* a client's own is asked for, but not waited for */
	ATF_REQUIRE_EQ(0, unlink("m"));
	send_it(&w, 9);
	ATF_CHECK_EQ(0, store_run(w.st, NOW));
	ATF_CHECK_EQ(1, w.acked[9]);
	ATF_CHECK_EQ(1, w.gone[FILE_CLIENT]);
	ATF_CHECK_EQ(3, w.gone[FILE_FINDINGS]);
	world_kill(&w);
}

ATF_TC_WITHOUT_HEAD(torn_line_without_record);
ATF_TC_BODY(torn_line_without_record, tc)
{
	struct world	 w;

	/* somebody else's half a line stays, on a line of its own */
	world_clean();
	write_log("f", "{\"half", 6);
	write_log("m", "{\"other", 7);
	world_start(&w);
	send_it(&w, 0);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	world_kill(&w);
	check_file("f", NULL, 1, "{\"half\n");
	check_file("m", "main", 1, "{\"other\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, killed_at_every_byte);
	ATF_TP_ADD_TC(tp, recorded_is_kept);
	ATF_TP_ADD_TC(tp, full_disk);
	ATF_TP_ADD_TC(tp, full_disk_and_killed);
	ATF_TP_ADD_TC(tp, dev_full);
	ATF_TP_ADD_TC(tp, removed);
	ATF_TP_ADD_TC(tp, torn_line_without_record);
	return atf_no_error();
}
