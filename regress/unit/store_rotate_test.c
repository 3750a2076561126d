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
