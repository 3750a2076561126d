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
#include <jansson.h>

#include "compat.h"
#include "events.h"
#include "logfile.h"
#include "logger_util.h"

static struct eventlog *
start(const char *name)
{
	struct eventlog	*el = events_new();
	struct logfile	*f = logfile_new(open_log(name), 0, NULL);

	ATF_REQUIRE(el != NULL && f != NULL);
	events_set(el, f);
	return el;
}

static void
post(struct eventlog *el, enum event_type type, const char *client,
    const char *reason, uint64_t bytes, int64_t mono_ms)
{
	struct event_rec	 e;

	event_init(&e, type);
	strlcpy(e.client, client, sizeof(e.client));
	strlcpy(e.reason, reason, sizeof(e.reason));
	strlcpy(e.dest, "a.example:80", sizeof(e.dest));
	e.bytes = bytes;
	events_add(el, &e, mono_ms, 1);
}

struct sums {
	unsigned int	 lines;
	unsigned int	 bad;
	json_int_t	 count;		/* 1 for lines without one */
	json_int_t	 bytes;
	json_int_t	 lost;
};

/* Reads the file back, all events or those of a client. */
static void
add_up(const char *name, const char *client, struct sums *s)
{
	char		*text, *p, *nl;
	const char	*who, *reason;
	json_t		*obj, *n;

	memset(s, 0, sizeof(*s));
	text = read_log(name, NULL);
	for (p = text; (nl = strchr(p, '\n')) != NULL; p = nl + 1) {
		obj = json_loadb(p, (size_t)(nl - p), 0, NULL);
		if (obj == NULL) {
			s->bad++;
			continue;
		}
		who = json_string_value(json_object_get(obj, "client"));
		reason = json_string_value(json_object_get(obj, "reason"));
		if (reason != NULL && strcmp(reason, "events_lost") == 0)
			s->lost += json_integer_value(json_object_get(obj,
			    "count"));
		else if (client == NULL ||
		    (who != NULL && strcmp(who, client) == 0)) {
			s->lines++;
			n = json_object_get(obj, "count");
			s->count += n == NULL ? 1 : json_integer_value(n);
			s->bytes += json_integer_value(json_object_get(obj,
			    "bytes"));
		}
		json_decref(obj);
	}
	ATF_REQUIRE_EQ('\0', *p);
	free(text);
}

ATF_TC(flood);
ATF_TC_HEAD(flood, tc)
{
	atf_tc_set_md_var(tc, "descr", "A container that causes events "
	    "without end gets a few lines; none is uncounted, and others "
	    "are not held back by it");
}
ATF_TC_BODY(flood, tc)
{
	struct eventlog	*el;
	struct sums	 s;
	int64_t		 t;

	unlink("e");
	el = start("e");
	/* a thousand a second for ten minutes */
	for (t = 0; t < 600000; t++) {
		post(el, EVENT_PROTOCOL_ERROR, "evil", "bare_cr", 10, t);
		if (t % 60000 == 0)
			post(el, EVENT_PROTOCOL_ERROR, "main", "bare_cr", 0,
			    t);
		if (t % 10000 == 0)
			events_tick(el, t, 0);
		ATF_REQUIRE_EQ(0, events_run(el));
	}
	events_tick(el, t, 1);
	ATF_REQUIRE_EQ(0, events_run(el));
	ATF_CHECK_EQ(600010, events_count(el));
	events_free(el);

	add_up("e", "evil", &s);
	ATF_CHECK_EQ(600000, s.count);
	ATF_CHECK_EQ(6000000, s.bytes);
	ATF_CHECK_MSG(s.lines < 30 + 60 + 25, "%u lines", s.lines);
	ATF_CHECK(s.lines > 30 + 50);
	add_up("e", "main", &s);
	ATF_CHECK_EQ(10, s.lines);
}

ATF_TC(made_up_reasons);
ATF_TC_HEAD(made_up_reasons, tc)
{
	atf_tc_set_md_var(tc, "descr", "A worker that was taken over makes up "
	    "a reason for each event: the places run out, not the disk");
}
ATF_TC_BODY(made_up_reasons, tc)
{
	struct eventlog	*el;
	struct sums	 s;
	char		 reason[MSG_TOKEN_SIZE];
	unsigned int	 i;

	unlink("e");
	el = start("e");
	for (i = 0; i < 300000; i++) {
		snprintf(reason, sizeof(reason), "r%u", i % 30000);
		post(el, EVENT_PROTOCOL_ERROR, "evil", reason, 1, i / 1000);
		ATF_REQUIRE_EQ(0, events_run(el));
	}
	events_tick(el, 300, 1);
	ATF_REQUIRE_EQ(0, events_run(el));
	events_free(el);
	add_up("e", NULL, &s);
	ATF_CHECK_EQ(300000, s.count);
	ATF_CHECK_EQ(300000, s.bytes);
	ATF_CHECK_MSG(s.lines < EVENTS_BUCKETS * (EVENTS_BURST + 1),
	    "%u lines", s.lines);
}

ATF_TC_WITHOUT_HEAD(summary_names_nobody);
ATF_TC_BODY(summary_names_nobody, tc)
{
	struct eventlog	*el;
	char		*text, *last;
	int		 i;

	unlink("e");
	el = start("e");
	for (i = 0; i < EVENTS_BURST + 5; i++)
		post(el, EVENT_SCAN_GAP, "main", "cap", 100, 0);
	events_tick(el, EVENTS_SUMMARY_MS - 1, 0);
	ATF_CHECK_EQ(EVENTS_BURST, events_waiting(el));
	events_tick(el, EVENTS_SUMMARY_MS, 0);
	ATF_CHECK_EQ(EVENTS_BURST + 1, events_waiting(el));
	ATF_REQUIRE_EQ(0, events_run(el));
	events_free(el);
	text = read_log("e", NULL);
	last = strrchr(text, '{');
	ATF_CHECK(strstr(last, "\"reason\":\"cap\"") != NULL);
	ATF_CHECK(strstr(last, "\"client\":\"main\"") != NULL);
	ATF_CHECK(strstr(last, "\"count\":5") != NULL);
	ATF_CHECK(strstr(last, "\"bytes\":500") != NULL);
	ATF_CHECK(strstr(last, "\"dest\"") == NULL);
	free(text);
}

ATF_TC_WITHOUT_HEAD(parent_is_not_limited);
ATF_TC_BODY(parent_is_not_limited, tc)
{
	struct event_rec	 e;
	struct eventlog		*el;
	struct sums		 s;
	int			 i;

	unlink("e");
	el = start("e");
	for (i = 0; i < 200; i++) {
		event_init(&e, EVENT_CHILD_STARTED);
		events_add(el, &e, 0, 0);
	}
	ATF_REQUIRE_EQ(0, events_run(el));
	events_free(el);
	add_up("e", NULL, &s);
	ATF_CHECK_EQ(200, s.lines);
}

ATF_TC(full_disk);
ATF_TC_HEAD(full_disk, tc)
{
	atf_tc_set_md_var(tc, "descr", "No room: lines wait, those too many "
	    "are counted, a line cut off is completed");
}
ATF_TC_BODY(full_disk, tc)
{
	struct event_rec	 e;
	struct eventlog		*el;
	struct rlimit		 rl;
	struct sums		 s;
	size_t			 i;

	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &rl));
	unlink("e");
	el = start("e");
	for (i = 0; i < 2000; i++) {
		event_init(&e, EVENT_CHILD_STARTED);
		events_add(el, &e, 0, 0);
		if (i < 1200) {
			rl.rlim_cur = i;
			ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
			ATF_REQUIRE_EQ(-1, events_run(el));
		}
		ATF_REQUIRE(events_waiting(el) <= EVENTS_WAITING);
	}
	rl.rlim_cur = rl.rlim_max;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	ATF_REQUIRE_EQ(0, events_run(el));
	ATF_CHECK_EQ(0, events_waiting(el));
	events_free(el);
	add_up("e", NULL, &s);
	ATF_CHECK_EQ(0, s.bad);
	ATF_CHECK(s.lost > 0);
	ATF_CHECK_EQ(2000, s.lines + s.lost);
}

ATF_TC_WITHOUT_HEAD(torn_and_rotated);
ATF_TC_BODY(torn_and_rotated, tc)
{
	struct eventlog	*el;
	struct sums	 s;

	write_log("e", "{\"half", 6);
	el = start("e");
	post(el, EVENT_OVERLOAD, "main", "", 0, 0);
	ATF_REQUIRE_EQ(0, events_run(el));
	add_up("e", NULL, &s);
	ATF_CHECK_EQ(1, s.bad);
	ATF_CHECK_EQ(1, s.lines);
	ATF_REQUIRE_EQ(0, rename("e", "e.1"));
	events_set(el, logfile_new(open_log("e"), 0, events_latest(el)));
	ATF_CHECK_EQ(1, events_file(el)->serial);
	/* the same file once more is no other */
	events_set(el, logfile_new(open_log("e"), 0, events_latest(el)));
	ATF_CHECK_EQ(1, events_file(el)->serial);
	post(el, EVENT_OVERLOAD, "main", "", 0, 0);
	ATF_REQUIRE_EQ(0, events_run(el));
	events_free(el);
	add_up("e", NULL, &s);
	ATF_CHECK_EQ(0, s.bad);
	ATF_CHECK_EQ(1, s.lines);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, made_up_reasons);
	ATF_TP_ADD_TC(tp, summary_names_nobody);
	ATF_TP_ADD_TC(tp, parent_is_not_limited);
	ATF_TP_ADD_TC(tp, full_disk);
	ATF_TP_ADD_TC(tp, torn_and_rotated);
	return atf_no_error();
}
