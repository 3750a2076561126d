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
#include "log.h"
#include "logfile.h"
#include "logger_util.h"
#include "store.h"

#define NOW	1790000001000LL
#define MAXN	64

/*
 * A logger without its loop: files f (findings), j (journal), m and d (of the
 * clients main and default).  Findings are sent the way intake sends them.
 */
struct world {
	struct store	*st;
	struct dedup	*dedup;
	struct logfile	*m;
	struct logfile	*d;
	unsigned int	 acked[MAXN];
	unsigned int	 written;
	uint64_t	 restored;
	uint64_t	 used;		/* by client main, for a new journal */
	uint64_t	 grown;
	uint64_t	 last_tag;
	struct store_report rep;
};

static struct logfile *
op_file(void *arg, const char *client)
{
	struct world	*w = arg;

	if (strcmp(client, "main") == 0)
		return w->m;
	return strcmp(client, "default") == 0 ? w->d : NULL;
}

static void
op_written(void *arg, const struct journal_rec *r, uint64_t tag)
{
	struct world	*w = arg;
	uint32_t	 n;

	memcpy(&n, r->entry.id, sizeof(n));
	ATF_REQUIRE(n < MAXN);
	w->acked[n]++;
	w->written++;
	w->last_tag = tag;
}

static void
op_growing(void *arg, enum file_kind kind, const char *client,
    struct logfile *f, uint64_t size)
{
	struct world	*w = arg;

	(void)client;
	ATF_REQUIRE(size > (uint64_t)logfile_size(f));
	if (kind == FILE_FINDINGS)
		w->grown = size;
}

static void
op_restored(void *arg, const char *client, int64_t time_ms, uint64_t bytes,
    int total)
{
	struct world	*w = arg;

	(void)time_ms;
	if (strcmp(client, "main") != 0)
		return;
	if (total)
		w->restored = 0;
	w->restored += bytes;
}

static void
op_quotas(void *arg, void (*emit)(void *, const char *, uint64_t), void *to)
{
	struct world	*w = arg;

	if (w->used > 0)
		emit(to, "main", w->used);
}

static const struct store_ops	ops = {
	op_file, op_written, op_growing, op_restored, op_quotas
};

static struct logfile *
log_open(const char *name)
{
	struct logfile	*f;

	f = logfile_new(open_log(name), *name == 'j' ? JOURNAL_ALIGN : 0,
	    NULL);
	ATF_REQUIRE(f != NULL);
	return f;
}

/* A start on the files as they are. */
static void
world_start(struct world *w)
{
	memset(w, 0, sizeof(*w));
	ATF_REQUIRE((w->dedup = dedup_new(256)) != NULL);
	ATF_REQUIRE((w->st = store_new(&ops, w, w->dedup)) != NULL);
	store_set_keep(w->st, 3600 * 1000);
	w->m = log_open("m");
	w->d = log_open("d");
	store_set(w->st, FILE_JOURNAL, log_open("j"));
	store_set(w->st, FILE_FINDINGS, log_open("f"));
	ATF_REQUIRE_EQ(0, store_recover(w->st, NOW, &w->rep));
}

/* The end of it, with no last words: as by kill -9. */
static void
world_kill(struct world *w)
{
	store_free(w->st);
	dedup_free(w->dedup);
	logfile_unref(w->m);
	logfile_unref(w->d);
}

static void
world_clean(void)
{
	unlink("f");
	unlink("j");
	unlink("m");
	unlink("d");
}

static const char *
client_of(uint32_t n)
{
	return n % 3 == 2 ? "default" : "main";
}

/* What intake does with a finding: 1 when it is acknowledged at once. */
static int
send_it(struct world *w, uint32_t n)
{
	const struct dedup_entry	*e;
	struct journal_rec		 r;

	make_record(&r, n, client_of(n), NOW);
	if ((e = dedup_find_id(w->dedup, r.entry.id)) != NULL) {
		if (e->pending)
			store_retag(w->st, r.entry.id, 1000 + n);
		return !e->pending;
	}
	ATF_REQUIRE(!dedup_has_key(w->dedup, r.entry.key, NOW, 3600));
	ATF_REQUIRE_EQ(0, store_add(w->st, &r, n));
	dedup_add(w->dedup, &r.entry);
	return 0;
}

/* Every line whole; findings 0 to n-1 once each; nothing else but old. */
static void
check_file(const char *name, const char *client, uint32_t n,
    const char *old)
{
	struct journal_rec	 r;
	char			*text;
	size_t			 len, want = strlen(old);
	uint32_t		 i;

	text = read_log(name, &len);
	ATF_REQUIRE_MSG(strncmp(text, old, want) == 0, "%s: %s", name, text);
	for (i = 0; i < n; i++) {
		if (client != NULL && strcmp(client_of(i), client) != 0)
			continue;
		make_record(&r, i, client_of(i), NOW);
		ATF_REQUIRE_EQ_MSG(1, count_line(text, r.line, r.line_len),
		    "%s: finding %u is there %u times:\n%s", name, i,
		    count_line(text, r.line, r.line_len), text);
		want += r.line_len;
	}
	ATF_REQUIRE_EQ_MSG(want, len, "%s: something else in\n%s", name,
	    text);
	free(text);
}

static void
check_all(uint32_t n, const char *old)
{
	check_file("f", NULL, n, old);
	check_file("m", "main", n, "");
	check_file("d", "default", n, "");
}

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
	char	*f, *j, *m, *d;
	size_t	 fl, jl, ml, dl;
};

static void
files_read(struct files *x)
{
	x->f = read_log("f", &x->fl);
	x->j = read_log("j", &x->jl);
	x->m = read_log("m", &x->ml);
	x->d = read_log("d", &x->dl);
}

static void
files_free(struct files *x)
{
	free(x->f);
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

		total = b.jl - a.jl + b.fl - a.fl + b.ml - a.ml + b.dl - a.dl;
		ATF_REQUIRE(total > 1000);
		for (at = 0; at <= total; at++) {
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
	total = journal + b.fl - a.fl + b.ml - a.ml;
	for (at = journal; at <= total; at++) {
		files_between(&a, &b, at);
		world_start(&w);
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		world_kill(&w);
		check_all(2, "");
	}
	files_free(&a);
	files_free(&b);
}

/* A full disk: files cannot grow beyond a limit. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit	 rl;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &rl));
	rl.rlim_cur = bytes;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
}

/* Old lines, so that this file meets the limit before the journal does. */
static char *
old_lines(size_t atleast)
{
	struct journal_rec	 r;
	char			*text;
	size_t			 len = 0;
	uint32_t		 n = 100000;

	ATF_REQUIRE((text = malloc(atleast + FINDING_LINE_MAX + 1)) != NULL);
	while (len < atleast) {
		make_record(&r, n++, "main", NOW);
		memcpy(text + len, r.line, r.line_len);
		len += r.line_len;
	}
	text[len] = '\0';
	return text;
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

ATF_TC(findings_replaced);
ATF_TC_HEAD(findings_replaced, tc)
{
	atf_tc_set_md_var(tc, "descr", "findings.jsonl is not the one the "
	    "journal speaks of: the last finding is welcome again, the "
	    "others are known");
}
ATF_TC_BODY(findings_replaced, tc)
{
	struct world	 w;
	uint32_t	 i;
	int		 how;

	for (how = 0; how < 2; how++) {
		world_clean();
		world_start(&w);
		for (i = 0; i < 4; i++)
			send_it(&w, i);
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		world_kill(&w);
		if (how == 0)
			unlink("f");
		else {
			char *old = old_lines(8192);

			write_log("f", old, strlen(old));
			free(old);
		}
		world_start(&w);
		ATF_CHECK_EQ(LANDING_UNKNOWN, w.rep.last);
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		ATF_CHECK_EQ(0, w.written);
		for (i = 0; i < 3; i++)
			ATF_CHECK(send_it(&w, i));
		ATF_CHECK(!send_it(&w, 3));
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		ATF_CHECK_EQ(1, w.acked[3]);
		world_kill(&w);
	}
}

ATF_TC(rotation);
ATF_TC_HEAD(rotation, tc)
{
	atf_tc_set_md_var(tc, "descr", "A new findings.jsonl and journal: "
	    "what was known stays known, also after a restart");
}
ATF_TC_BODY(rotation, tc)
{
	struct world	 w;
	uint32_t	 i;

	world_clean();
	world_start(&w);
	for (i = 0; i < 6; i++)
		send_it(&w, i);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	w.used = 4711;
	ATF_REQUIRE_EQ(0, rename("f", "f.1"));
	ATF_REQUIRE_EQ(0, rename("j", "j.1"));
	store_set(w.st, FILE_JOURNAL, log_open("j"));
	store_set(w.st, FILE_FINDINGS, log_open("f"));
	send_it(&w, 6);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	world_kill(&w);
	check_file("f.1", NULL, 6, "");

	world_start(&w);
	ATF_CHECK_EQ(LANDING_FULL, w.rep.last);
	ATF_CHECK(w.restored > 4711);	/* and finding 6 */
	for (i = 0; i <= 6; i++)
		ATF_CHECK(send_it(&w, i));
	world_kill(&w);
	check_file("m", "main", 7, "");
}

ATF_TC(rotation_in_the_middle);
ATF_TC_HEAD(rotation_in_the_middle, tc)
{
	atf_tc_set_md_var(tc, "descr", "New files while a line is half "
	    "written: it is finished in the old one, and findings that wait "
	    "are not carried over as if they were written");
}
ATF_TC_BODY(rotation_in_the_middle, tc)
{
	struct world	 w;
	char		*text;
	size_t		 len;
	uint32_t	 i;

	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	world_clean();
	text = old_lines(8192);
	len = strlen(text);
	write_log("f", text, len);
	world_start(&w);
	limit_files(len + 100);
	for (i = 0; i < 4; i++)
		send_it(&w, i);
	ATF_REQUIRE_EQ(-1, store_run(w.st, NOW));
	ATF_REQUIRE_EQ(0, rename("f", "f.1"));
	ATF_REQUIRE_EQ(0, rename("j", "j.1"));
	store_set(w.st, FILE_JOURNAL, log_open("j"));
	store_set(w.st, FILE_FINDINGS, log_open("f"));
	ATF_CHECK_EQ(len + 100, (size_t)logfile_size(store_findings(w.st)));
	limit_files(RLIM_INFINITY);
	/* one step: the first is finished, then the limit bites again */
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	ATF_CHECK_EQ(4, w.written);
	check_file("f.1", NULL, 1, text);
	world_kill(&w);
	free(text);
	text = read_log("f", &len);
	for (i = 0; i < 4; i++) {
		struct journal_rec	 r;

		make_record(&r, i, client_of(i), NOW);
		ATF_CHECK_EQ(i == 0 ? 0 : 1,
		    count_line(text, r.line, r.line_len));
	}
	free(text);
	world_start(&w);
	for (i = 0; i < 4; i++)
		ATF_CHECK(send_it(&w, i));
	world_kill(&w);
}

ATF_TC(waiting_is_not_carried);
ATF_TC_HEAD(waiting_is_not_carried, tc)
{
	atf_tc_set_md_var(tc, "descr", "Rotation while findings wait, then "
	    "killed: those that were not written are not known");
}
ATF_TC_BODY(waiting_is_not_carried, tc)
{
	struct world	 w;
	uint32_t	 i;

	world_clean();
	world_start(&w);
	send_it(&w, 0);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	for (i = 1; i < 4; i++)
		send_it(&w, i);		/* and never store_run() */
	ATF_REQUIRE_EQ(0, rename("j", "j.1"));
	store_set(w.st, FILE_JOURNAL, log_open("j"));
	/* one alone changes nothing: both or none */
	ATF_CHECK_EQ(0, lseek(open_log("j"), 0, SEEK_END));
	store_set(w.st, FILE_FINDINGS, log_open("f"));
	ATF_CHECK(lseek(open_log("j"), 0, SEEK_END) > 0);
	world_kill(&w);
	world_start(&w);
	ATF_CHECK(send_it(&w, 0));
	for (i = 1; i < 4; i++)
		ATF_CHECK(!send_it(&w, i));
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	world_kill(&w);
	check_all(4, "");
}

ATF_TC(same_files_again);
ATF_TC_HEAD(same_files_again, tc)
{
	atf_tc_set_md_var(tc, "descr", "A reload hands the same files over "
	    "again, even while a line is half written");
}
ATF_TC_BODY(same_files_again, tc)
{
	struct world	 w;
	char		*text;
	size_t		 len;
	uint32_t	 i;

	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	world_clean();
	text = old_lines(8192);
	len = strlen(text);
	write_log("f", text, len);
	world_start(&w);
	limit_files(len + 100);
	for (i = 0; i < 3; i++)
		send_it(&w, i);
	ATF_REQUIRE_EQ(-1, store_run(w.st, NOW));
	store_set(w.st, FILE_JOURNAL, log_open("j"));
	store_set(w.st, FILE_FINDINGS, log_open("f"));
	limit_files(len + 150);
	ATF_REQUIRE_EQ(-1, store_run(w.st, NOW));
	limit_files(RLIM_INFINITY);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	world_kill(&w);
	check_all(3, text);
	free(text);
	world_start(&w);
	ATF_CHECK_EQ(3, w.rep.records);
	ATF_CHECK_EQ(0, w.rep.damaged);
	world_kill(&w);
}

ATF_TC(older_journal);
ATF_TC_HEAD(older_journal, tc)
{
	atf_tc_set_md_var(tc, "descr", "Killed between rotation and the news "
	    "of it: the files of before tell, all but what did not land");
}
ATF_TC_BODY(older_journal, tc)
{
	struct store_report	 rep;
	struct logfile		*j, *f;
	struct world		 w;
	uint32_t		 i;
	int			 how;
	size_t			 len;
	char			*text;

	for (how = 0; how < 3; how++) {
		world_clean();
		world_start(&w);
		for (i = 0; i < 5; i++)
			send_it(&w, i);
		ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
		world_kill(&w);
		if (how == 1) {
			text = read_log("f", &len);
			write_log("f", text, len - 1);
			free(text);
		}
		ATF_REQUIRE_EQ(0, rename("f", "f.1"));
		ATF_REQUIRE_EQ(0, rename("j", "j.1"));
		world_start(&w);
		j = log_open("j.1");
		f = log_open("f.1");
		ATF_REQUIRE_EQ(0, store_recall(w.st, j, how == 2 ? NULL : f,
		    NOW, &rep));
		logfile_unref(j);
		logfile_unref(f);
		ATF_CHECK_EQ(5, rep.records);
		for (i = 0; i < 4; i++)
			ATF_CHECK(send_it(&w, i));
		ATF_CHECK_EQ(how == 0, send_it(&w, 4));
		world_kill(&w);
	}
}

ATF_TC_WITHOUT_HEAD(retag);
ATF_TC_BODY(retag, tc)
{
	struct world	 w;

	world_clean();
	world_start(&w);
	send_it(&w, 5);
	ATF_CHECK(!send_it(&w, 5));
	ATF_CHECK_EQ(1, store_queued(w.st));
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	ATF_CHECK_EQ(1005, w.last_tag);
	world_kill(&w);
}

ATF_TC_WITHOUT_HEAD(no_client_file);
ATF_TC_BODY(no_client_file, tc)
{
	struct world	 w;

	world_clean();
	world_start(&w);
	logfile_unref(w.m);
	w.m = NULL;
	send_it(&w, 0);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	ATF_CHECK_EQ(1, w.acked[0]);
	world_kill(&w);
	check_file("f", NULL, 1, "");
	/* it has one now: nothing of the past belongs there */
	world_start(&w);
	ATF_REQUIRE_EQ(0, store_run(w.st, NOW));
	world_kill(&w);
	check_file("m", "main", 0, "");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, killed_at_every_byte);
	ATF_TP_ADD_TC(tp, recorded_is_kept);
	ATF_TP_ADD_TC(tp, full_disk);
	ATF_TP_ADD_TC(tp, full_disk_and_killed);
	ATF_TP_ADD_TC(tp, dev_full);
	ATF_TP_ADD_TC(tp, torn_line_without_record);
	ATF_TP_ADD_TC(tp, findings_replaced);
	ATF_TP_ADD_TC(tp, rotation);
	ATF_TP_ADD_TC(tp, rotation_in_the_middle);
	ATF_TP_ADD_TC(tp, waiting_is_not_carried);
	ATF_TP_ADD_TC(tp, same_files_again);
	ATF_TP_ADD_TC(tp, older_journal);
	ATF_TP_ADD_TC(tp, retag);
	ATF_TP_ADD_TC(tp, no_client_file);
	return atf_no_error();
}
