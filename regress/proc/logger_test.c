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
#include <sys/time.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "logger_help.h"
#include "sandbox.h"

/* One that nothing was lost of and nothing is twice in. */
static void
check_once(struct suite *s, const char *file, const char *client, uint32_t n,
    unsigned int *seen)
{
	uint32_t	 i;

	(void)read_findings(file, seen);
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ_MSG(client == NULL ||
		    strcmp(finding_client(s, i), client) == 0 ? 1U : 0U,
		    seen[i], "%s: finding %u is there %u times", file, i,
		    seen[i]);
}

static unsigned int *
counts(void)
{
	unsigned int	*seen = calloc(FINDINGS_MAX, sizeof(*seen));

	ATF_REQUIRE(seen != NULL);
	return seen;
}

ATF_TC(life);
ATF_TC_HEAD(life, tc)
{
	atf_tc_set_md_var(tc, "descr", "Start, confined; findings, counters; "
	    "drain and a clean end");
}
ATF_TC_BODY(life, tc)
{
	static struct suite	 s = { .clients = { "main" } };
	uint32_t		 i;

	s.settings.dedup_window = 3600;
	suite_start(&s);
	ATF_CHECK_STREQ(sandbox_words(sandbox_policy(PROC_LOGGER)),
	    s.ready_msg.promises);
	ATF_CHECK(s.ready_msg.sandbox[0] != '\0');
	for (i = 0; i < 100; i++)
		suite_send(&s, i);
	suite_until_acked(&s, 100);
	for (i = 0; i < 10; i++)
		suite_send(&s, i);
	while (s.acks[9] < 2 || s.acks[8] < 2)
		ATF_REQUIRE_EQ(0, event_base_loop(s.base, EVLOOP_ONCE));
	suite_ping(&s);
	ATF_CHECK_EQ(100, s.stats.v[STAT_FINDINGS]);
	ATF_CHECK_EQ(10, s.stats.v[STAT_REPEATED]);
	suite_stop(&s);
	check_once(&s, "findings.jsonl", NULL, 100, counts());
	check_once(&s, "main.jsonl", "main", 100, counts());
	check_once(&s, "default.jsonl", "default", 100, counts());
}

ATF_TC(killed_under_load);
ATF_TC_HEAD(killed_under_load, tc)
{
	atf_tc_set_md_var(tc, "descr", "kill -9 again and again while "
	    "findings come in: each is there once, in both files");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(killed_under_load, tc)
{
	static struct suite	 s = { .clients = { "main", "second" } };
	uint32_t		 i, sent = 0, x = 99;
	int			 round, turns;

	s.settings.dedup_window = 3600;
	suite_start(&s);
	for (round = 0; round < 25; round++) {
		/* those that were not acknowledged once more, and new ones */
		for (i = 0; i < sent; i++)
			if (s.acks[i] == 0)
				suite_send(&s, i);
		for (i = 0; i < 100; i++)
			suite_send(&s, sent++);
		/* somewhere in the middle of it */
		x = x * 1103515245 + 12345;
		turns = (int)(x >> 16) % 12;
		for (; turns > 0 && s.acked < sent; turns--)
			ATF_REQUIRE(event_base_loop(s.base, EVLOOP_ONCE) ==
			    0);
		suite_kill(&s);
		suite_spawn(&s);
	}
	for (i = 0; i < sent; i++)
		if (s.acks[i] == 0)
			suite_send(&s, i);
	suite_until_acked(&s, sent);
	suite_stop(&s);
	check_once(&s, "findings.jsonl", NULL, sent, counts());
	check_once(&s, "main.jsonl", "main", sent, counts());
	check_once(&s, "second.jsonl", "second", sent, counts());
	check_once(&s, "default.jsonl", "default", sent, counts());
}

ATF_TC(rotated_under_load);
ATF_TC_HEAD(rotated_under_load, tc)
{
	atf_tc_set_md_var(tc, "descr", "Small files, rotated when the logger "
	    "asks: over all of them each finding is there once, and the "
	    "newest journal alone knows them all");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(rotated_under_load, tc)
{
	static struct suite	 s = { .clients = { "main" } };
	unsigned int		*all = counts(), *per = counts(), r;
	uint32_t		 i;
	char			 name[64];

	s.settings.rotate = 64 * 1024;
	s.settings.dedup_window = 3600;
	suite_start(&s);
	for (i = 0; i < 2000; i++) {
		suite_send(&s, i);
		if (i % 50 == 0)
			suite_until_acked(&s, i);
	}
	suite_until_acked(&s, 2000);
	suite_kill(&s);
	suite_spawn(&s);
	for (i = 0; i < 2000; i++)
		suite_send(&s, i);
	while (s.acks[1999] < 2 || s.acks[1998] < 2)
		ATF_REQUIRE_EQ(0, event_base_loop(s.base, EVLOOP_ONCE));
	suite_ping(&s);
	ATF_CHECK_EQ(2000, s.stats.v[STAT_REPEATED]);
	ATF_CHECK_EQ(0, s.stats.v[STAT_FINDINGS]);
	suite_stop(&s);
	ATF_CHECK(s.rotations > 8);
	for (r = 1; r <= s.rotations; r++) {
		snprintf(name, sizeof(name), "findings.jsonl.%u", r);
		if (access(name, F_OK) == 0)
			(void)read_findings(name, all);
		snprintf(name, sizeof(name), "main.jsonl.%u", r);
		if (access(name, F_OK) == 0)
			(void)read_findings(name, per);
	}
	check_once(&s, "findings.jsonl", NULL, 2000, all);
	check_once(&s, "main.jsonl", "main", 2000, per);
	ATF_CHECK(read_events("log_rotated", "findings", NULL) > 2);
	ATF_CHECK(read_events("log_rotated", "client_findings", NULL) > 2);
}

ATF_TC(full_disk);
ATF_TC_HEAD(full_disk, tc)
{
	atf_tc_set_md_var(tc, "descr", "No room: the logger lives, says so, "
	    "takes only so many findings and acknowledges none that is not "
	    "written; with room again all are there once, also after a kill");
}
ATF_TC_BODY(full_disk, tc)
{
	static struct suite	 s = { .clients = { "main" }, .fsize = 65000 };
	uint32_t		 i, acked;
	int			 round;

	s.settings.dedup_window = 3600;
	suite_start(&s);
	for (i = 0; i < 1500; i++)
		suite_send(&s, i);
	for (round = 0; round < 20; round++)
		suite_ping(&s);
	acked = s.acked;
	ATF_CHECK(acked > 50 && acked < 300);
	ATF_CHECK_EQ(acked, s.stats.v[STAT_FINDINGS]);
	ATF_CHECK_EQ(1, read_events("log_failed", "file_too_large", NULL));
	suite_kill(&s);
	/* a little room, then all that is needed */
	for (round = 0; round < 3; round++) {
		s.fsize = round < 2 ? s.fsize + 10001 : 0;
		suite_spawn(&s);
		for (i = 0; i < 1500; i++)
			if (s.acks[i] == 0)
				suite_send(&s, i);
		if (round == 2)
			break;
		suite_until_acked(&s, acked + 10);
		acked = s.acked;
		suite_kill(&s);
	}
	suite_until_acked(&s, 1500);
	suite_stop(&s);
	check_once(&s, "findings.jsonl", NULL, 1500, counts());
	check_once(&s, "main.jsonl", "main", 1500, counts());
	check_once(&s, "default.jsonl", "default", 1500, counts());
}

ATF_TC(who_may_say_what);
ATF_TC_HEAD(who_may_say_what, tc)
{
	atf_tc_set_md_var(tc, "descr", "A detector speaks for its own clients "
	    "only; what it may not say is told of, acknowledged and gone");
}
ATF_TC_BODY(who_may_say_what, tc)
{
	static struct suite	 s = { .clients = { "main" } };
	struct finding_rec	 r;
	unsigned int		 mine = proc_client_slot("main", DETECTORS);

	suite_start(&s);
	finding_make(&r, 1, "main");
	ATF_REQUIRE_EQ(0, msg_finding_send(s.det[!mine].ch, &r));
	finding_make(&r, 2, "nobody");
	ATF_REQUIRE_EQ(0, msg_finding_send(s.det[mine].ch, &r));
	finding_make(&r, 3, "main");
	ATF_REQUIRE_EQ(0, msg_finding_send(s.det[mine].ch, &r));
	suite_until_acked(&s, 3);
	suite_stop(&s);
	ATF_CHECK_EQ(1, read_findings("findings.jsonl", counts()));
	ATF_CHECK_EQ(1, read_findings("main.jsonl", counts()));
	ATF_CHECK_EQ(1, read_events("finding_refused", "wrong_detector",
	    NULL));
	ATF_CHECK_EQ(1, read_events("finding_refused", "unknown_client",
	    NULL));
}

ATF_TC(malformed);
ATF_TC_HEAD(malformed, tc)
{
	atf_tc_set_md_var(tc, "descr", "What no detector may send ends its "
	    "channel, is an event, and ends nothing else");
}
ATF_TC_BODY(malformed, tc)
{
	static struct suite	 s = { .clients = { "main" } };
	static const uint8_t	 junk[1024];
	static const struct { uint32_t type; size_t len; } bad[] = {
		{ IMSG_DETECTOR_FINDING_ADD, 70 },	/* of zeroes */
		{ IMSG_DETECTOR_FINDING_ADD, 1 },
		{ IMSG_DETECTOR_FINDING_ADD, 1024 },
		{ IMSG_ANY_EVENT_ADD, 45 },		/* started */
		{ IMSG_PARENT_CONFIG_END, 0 },		/* the parent's */
		{ IMSG_CONTROL_CLIENT_PASS, 24 },	/* control's */
		{ 0, 0 },
		{ IMSG_MAX, 0 },
		{ UINT32_MAX, 8 }
	};
	unsigned int		 mine = proc_client_slot("main", DETECTORS);
	uint64_t		 n;
	uint32_t		 i;

	suite_start(&s);
	for (i = 0; i < nitems(bad); i++) {
		ATF_REQUIRE_EQ(0, channel_send(s.det[!mine].ch, bad[i].type,
		    0, -1, bad[i].len == 0 ? NULL : junk, bad[i].len));
		while (s.det[!mine].ch != NULL)
			ATF_REQUIRE_EQ(0, event_base_loop(s.base,
			    EVLOOP_ONCE));
		suite_detector(&s, !mine);
	}
	for (i = 0; i < 20; i++)
		suite_send(&s, i);
	suite_until_acked(&s, 20);
	/* the parent hears of each, to put an end to the sender */
	ATF_CHECK_EQ(nitems(bad), s.breaches);
	ATF_CHECK_EQ(PROC_DETECTOR, s.breach.role);
	ATF_CHECK_EQ(!mine, s.breach.instance);
	ATF_CHECK_EQ(1, s.breach.generation);
	suite_stop(&s);
	(void)read_events("peer_malformed", NULL, &n);
	ATF_CHECK_EQ(nitems(bad), n);
	ATF_CHECK_EQ(20, read_findings("findings.jsonl", counts()));
}

ATF_TC(deaf_detector);
ATF_TC_HEAD(deaf_detector, tc)
{
	atf_tc_set_md_var(tc, "descr", "A detector that never reads its "
	    "acknowledgements is no longer listened to, until it does; "
	    "others are");
}
ATF_TC_BODY(deaf_detector, tc)
{
	static struct suite	 s = { .clients = { "main", "second" } };
	struct finding_rec	 r;
	unsigned int		 mine = proc_client_slot("main", DETECTORS);
	uint64_t		 before;
	uint32_t		 i;

	suite_start(&s);
	ATF_REQUIRE(proc_client_slot("second", DETECTORS) != mine);
	channel_read_pause(s.det[mine].ch, 1);
	finding_make(&r, 0, "main");
	for (i = 0; i < 60000; i++)
		ATF_REQUIRE_EQ(0, msg_finding_send(s.det[mine].ch, &r));
	/* it takes what it takes, then no more */
	do {
		before = s.stats.v[STAT_REPEATED];
		suite_ping(&s);
	} while (s.stats.v[STAT_REPEATED] != before || before == 0);
	ATF_CHECK_MSG(before < 50000, "%llu taken",
	    (unsigned long long)before);
	ATF_CHECK(channel_queued(s.det[mine].ch) > 0);
	suite_send(&s, 1);	/* of second */
	suite_until_acked(&s, 1);
	channel_read_pause(s.det[mine].ch, 0);
	while (s.acks[0] < 60000)
		ATF_REQUIRE_EQ(0, event_base_loop(s.base, EVLOOP_ONCE));
	suite_stop(&s);
	ATF_CHECK_EQ(2, read_findings("findings.jsonl", counts()));
}

ATF_TC(quota_and_duplicates);
ATF_TC_HEAD(quota_and_duplicates, tc)
{
	atf_tc_set_md_var(tc, "descr", "Distinct fake keys stop at the quota "
	    "and are told in a summary; it holds over a restart; another "
	    "client is not affected");
}
ATF_TC_BODY(quota_and_duplicates, tc)
{
	static struct suite	 s = { .clients = { "main" }, .quota = 10000 };
	struct finding_rec	 r;
	unsigned int		 mine = proc_client_slot("main", DETECTORS);
	unsigned int		*seen = counts();
	uint64_t		 told;
	uint32_t		 i, main_lines = 0, other = 0;

	s.settings.dedup_window = 3600;
	suite_start(&s);
	for (i = 0; i < 400; i++)
		suite_send(&s, i);
	suite_until_acked(&s, 400);
	suite_kill(&s);
	suite_spawn(&s);
	for (; i < 800; i++)
		suite_send(&s, i);
	suite_until_acked(&s, 800);
	/* one that is there, with another id */
	finding_make(&r, 900, "main");
	memset(r.fp, 0, sizeof(r.fp));
	ATF_REQUIRE_EQ(0, msg_finding_send(s.det[mine].ch, &r));
	suite_until_acked(&s, 801);
	suite_ping(&s);
	ATF_CHECK_EQ(1, s.stats.v[STAT_DUPLICATES]);
	ATF_CHECK(s.stats.v[STAT_SUPPRESSED] > 150);
	suite_stop(&s);
	(void)read_findings("findings.jsonl", seen);
	for (i = 0; i < 800; i++) {
		if (strcmp(finding_client(&s, i), "main") == 0)
			main_lines += seen[i];
		else
			other += seen[i];
	}
	ATF_CHECK_EQ(400, other);
	ATF_CHECK(main_lines > 10 && main_lines < 50);
	/* the first at once, those before the kill at most not yet */
	ATF_CHECK(read_events("finding_suppressed_summary", "quota", &told) >=
	    2);
	ATF_CHECK_MSG(told >= 1 + 200 && told <= 400 - main_lines, "told %llu",
	    (unsigned long long)told);
}

ATF_TC(reload);
ATF_TC_HEAD(reload, tc)
{
	atf_tc_set_md_var(tc, "descr", "Workers of a new generation report "
	    "before the logger knows their client: they wait, nothing is "
	    "refused; a client that went is accepted from the old ones");
}
ATF_TC_BODY(reload, tc)
{
	static struct suite	 s = { .clients = { "main" } };
	struct finding_rec	 r;
	struct channel		*old[DETECTORS];
	uint32_t		 i;

	suite_start(&s);
	suite_send(&s, 0);
	suite_send(&s, 1);
	suite_until_acked(&s, 2);

	for (i = 0; i < DETECTORS; i++) {
		old[i] = s.det[i].ch;
		s.det[i].ch = NULL;
	}
	s.generation = 2;
	s.clients[0] = "fresh";
	for (i = 0; i < DETECTORS; i++)
		suite_detector(&s, i);
	suite_send(&s, 2);		/* of fresh */
	suite_send(&s, 3);
	suite_ping(&s);
	suite_ping(&s);
	ATF_CHECK_EQ(2, s.acked);
	ATF_REQUIRE_EQ(0, channel_send(s.parent, IMSG_PARENT_RECONF_BEGIN, 0,
	    -1, NULL, 0));
	suite_configure(&s);
	suite_until_acked(&s, 4);
	finding_make(&r, 10, "main");
	ATF_REQUIRE_EQ(0, msg_finding_send(old[proc_client_slot("main",
	    DETECTORS)], &r));
	suite_until_acked(&s, 5);
	for (i = 0; i < DETECTORS; i++)
		channel_free(old[i]);
	suite_ping(&s);
	suite_stop(&s);
	ATF_CHECK_EQ(5, read_findings("findings.jsonl", counts()));
	ATF_CHECK_EQ(2, read_findings("main.jsonl", counts()));
	ATF_CHECK_EQ(1, read_findings("fresh.jsonl", counts()));
	ATF_CHECK_EQ(0, read_events("finding_refused", NULL, NULL));
	ATF_CHECK_EQ(0, read_events("log_rotated", NULL, NULL));
}

struct answer {
	struct suite	*s;
	int		 lines;
	int		 ended;
	struct ctl_end	 end;
};

static int
answer_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct answer	*a = arg;

	(void)ch;
	if (imsg_get_type(imsg) == IMSG_REPLY_END) {
		a->ended = 1;
		return msg_end_recv(imsg, &a->end);
	}
	a->lines++;
	return 0;
}

static void
answer_dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	(void)arg;
}

ATF_TC(query);
ATF_TC_HEAD(query, tc)
{
	atf_tc_set_md_var(tc, "descr", "A client's descriptor by way of "
	    "control: answered inside of the sandbox; one that follows sees "
	    "what comes");
}
ATF_TC_BODY(query, tc)
{
	static struct suite	 s = { .clients = { "main" } };
	struct ctl_query	 q;
	struct answer		 a;
	struct channel		*ch;
	uint32_t		 i;
	int			 sv[2], what;

	suite_start(&s);
	for (i = 0; i < 50; i++)
		suite_send(&s, i);
	suite_until_acked(&s, 50);
	for (what = 0; what < CTL_WHAT_MAX; what++) {
		memset(&q, 0, sizeof(q));
		memset(&a, 0, sizeof(a));
		q.what = (uint8_t)what;
		q.limit = 7;
		ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
		ch = channel_new(s.base, sv[0], PROC_CTL, PROC_LOGGER,
		    MSG_PAYLOAD_MAX, 0, answer_dispatch, answer_dead, &a);
		ATF_REQUIRE(ch != NULL);
		ATF_REQUIRE_EQ(0, msg_control_send_client(s.control, sv[1],
		    &q));
		if (what == CTL_FOLLOW) {
			suite_until(&s, &a.lines, 7);
			suite_send(&s, 50);
			suite_until(&s, &a.lines, 8);
			ATF_CHECK(!a.ended);
		} else {
			suite_until(&s, &a.ended, 1);
			ATF_CHECK(a.end.ok);
			ATF_CHECK_EQ(what == CTL_FINDINGS ? 7 : 0, a.lines);
		}
		channel_free(ch);
	}
	suite_stop(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, life);
	ATF_TP_ADD_TC(tp, killed_under_load);
	ATF_TP_ADD_TC(tp, rotated_under_load);
	ATF_TP_ADD_TC(tp, full_disk);
	ATF_TP_ADD_TC(tp, who_may_say_what);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, deaf_detector);
	ATF_TP_ADD_TC(tp, quota_and_duplicates);
	ATF_TP_ADD_TC(tp, reload);
	ATF_TP_ADD_TC(tp, query);
	return atf_no_error();
}
