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
#include "logfile.h"
#include "logger_util.h"
#include "query.h"

/*
 * The queries of a logger on one side, a guardianctl on the other, both in one
 * event loop.
 */
struct world {
	struct event_base	*base;
	struct queries		*qs;
	struct logfile		*f;
};

struct ctl {
	struct world		*w;
	struct channel		*ch;
	uint32_t		*got;		/* numbers of the findings */
	size_t			 n;
	size_t			 want;		/* stop the loop at so many */
	int			 ended;
	int			 closed;
	struct ctl_end		 end;
};

static struct logfile *
op_file(void *arg, const struct ctl_query *q)
{
	struct world	*w = arg;

	return strcmp(q->client, "nobody") == 0 ? NULL : w->f;
}

static const struct query_ops	ops = { op_file };

static struct logfile *
log_open(const struct logfile *before)
{
	struct logfile	*f = logfile_new(open_log("f"), 0, before);

	ATF_REQUIRE(f != NULL);
	return f;
}

static void
world_start(struct world *w)
{
	ATF_REQUIRE((w->base = event_base_new()) != NULL);
	ATF_REQUIRE((w->qs = queries_new(w->base, &ops, w)) != NULL);
	w->f = log_open(NULL);
}

static void
world_end(struct world *w)
{
	queries_free(w->qs);
	logfile_unref(w->f);
	event_base_free(w->base);
}

static void
append(struct world *w, const void *data, size_t len)
{
	size_t	 done = 0;

	ATF_REQUIRE_EQ(0, logfile_append(w->f, data, len, &done));
}

/* Line n: its number is its time after make_finding()'s. */
static void
append_finding(struct world *w, uint32_t n)
{
	struct journal_rec	 r;

	make_record(&r, n, "main", 0);
	append(w, r.line, r.line_len);
}

static int
ctl_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct ctl	*c = arg;
	const char	*line, *p;
	size_t		 len;

	(void)ch;
	ATF_REQUIRE(!c->ended);
	if (imsg_get_type(imsg) == IMSG_REPLY_END) {
		ATF_REQUIRE_EQ(0, msg_end_recv(imsg, &c->end));
		c->ended = 1;
		return 0;
	}
	ATF_REQUIRE_EQ(IMSG_REPLY_LINE, imsg_get_type(imsg));
	ATF_REQUIRE_EQ(0, msg_line_recv(imsg, &line, &len));
	ATF_REQUIRE(len > 2 && line[0] == '{' && line[len - 1] == '}');
	/* "(n)" of the snippet */
	p = memchr(line, '(', len);
	c->got = reallocarray(c->got, c->n + 1, sizeof(*c->got));
	ATF_REQUIRE(c->got != NULL);
	c->got[c->n++] = p == NULL ? UINT32_MAX :
	    (uint32_t)strtoul(p + 1, NULL, 10);
	if (c->n == c->want)
		event_base_loopbreak(c->w->base);
	return 0;
}

static void
ctl_dead(struct channel *ch, const char *why, void *arg)
{
	struct ctl	*c = arg;

	(void)ch;
	ATF_REQUIRE_MSG(why == NULL, "%s", why);
	c->closed = 1;
	event_base_loopbreak(c->w->base);
}

static void
ctl_ask(struct ctl *c, struct world *w, const struct ctl_query *q)
{
	int	 sv[2];

	memset(c, 0, sizeof(*c));
	c->w = w;
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	c->ch = channel_new(w->base, sv[0], PROC_CTL, PROC_LOGGER,
	    MSG_PAYLOAD_MAX, 0, ctl_dispatch, ctl_dead, c);
	ATF_REQUIRE(c->ch != NULL);
	queries_add(w->qs, sv[1], q);
}

static void
ctl_free(struct ctl *c)
{
	channel_free(c->ch);
	free(c->got);
}

static void
too_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	atf_tc_fail("no answer in time");
}

/* Runs until something breaks the loop. */
static void
run(struct world *w)
{
	struct timeval	 tv = { 30, 0 };
	struct event	*guard;

	ATF_REQUIRE((guard = evtimer_new(w->base, too_long, NULL)) != NULL);
	event_add(guard, &tv);
	ATF_REQUIRE_EQ(0, event_base_dispatch(w->base));
	event_free(guard);
}

/* A whole answer. */
static void
ctl_run(struct ctl *c, struct world *w, const struct ctl_query *q)
{
	ctl_ask(c, w, q);
	while (!c->closed)
		run(w);
	ATF_REQUIRE(c->ended);
	ATF_CHECK_EQ(0, queries_count(w->qs));
}

ATF_TC(newest);
ATF_TC_HEAD(newest, tc)
{
	atf_tc_set_md_var(tc, "descr", "The newest N in their order, for "
	    "files smaller and larger than a slice, with and without what "
	    "crashes leave in them");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(newest, tc)
{
	static const uint32_t	 sizes[] = { 0, 1, 2, 150, 170, 700 };
	static const uint32_t	 limits[] = { 0, 1, 2, 149, 169, 170, 1000 };
	struct ctl_query	 q;
	struct world		 w;
	struct ctl		 c;
	size_t			 i, j, k;
	uint32_t		 n, want;
	int			 dirty;
	char			*junk;

	ATF_REQUIRE((junk = malloc(200000)) != NULL);
	memset(junk, 'x', 200000);
	for (dirty = 0; dirty < 3; dirty++) {
		for (i = 0; i < nitems(sizes); i++) {
			unlink("f");
			world_start(&w);
			for (n = 0; n < sizes[i]; n++) {
				if (dirty > 0 && n % 50 == 7)
					append(&w, "{\"half\n\n", 8);
				if (dirty > 1 && n % 60 == 9) {
					/* over several slices */
					append(&w, junk, 200000);
					append(&w, "\n", 1);
				}
				append_finding(&w, n);
			}
			if (dirty > 0)
				append(&w, "{\"cut off", 9);
			for (j = 0; j < nitems(limits); j++) {
				memset(&q, 0, sizeof(q));
				q.what = CTL_FINDINGS;
				q.limit = limits[j];
				ctl_run(&c, &w, &q);
				ATF_CHECK(c.end.ok);
				want = q.limit == 0 || q.limit > sizes[i] ?
				    sizes[i] : q.limit;
				ATF_REQUIRE_EQ_MSG(want, c.n, "dirty %d size "
				    "%u limit %u: %zu", dirty, sizes[i],
				    q.limit, c.n);
				for (k = 0; k < c.n; k++)
					ATF_REQUIRE_EQ(sizes[i] - want + k,
					    c.got[k]);
				ctl_free(&c);
			}
			world_end(&w);
		}
	}
	free(junk);
}

ATF_TC_WITHOUT_HEAD(filters);
ATF_TC_BODY(filters, tc)
{
	struct ctl_query	 q;
	struct world		 w;
	struct ctl		 c;
	uint32_t		 n;

	unlink("f");
	world_start(&w);
	for (n = 0; n < 400; n++)
		append_finding(&w, n);

	memset(&q, 0, sizeof(q));
	q.min_severity = FINDING_CRITICAL;	/* one in four */
	ctl_run(&c, &w, &q);
	ATF_CHECK_EQ(100, c.n);
	ATF_CHECK_EQ(3, c.got[0]);
	ctl_free(&c);
	q.min_severity = FINDING_HIGH;
	q.limit = 7;
	strlcpy(q.pattern, "ai_api_key", sizeof(q.pattern));	/* odd ones */
	ctl_run(&c, &w, &q);
	ATF_CHECK_EQ(7, c.n);
	ATF_CHECK_EQ(399, c.got[6]);
	ATF_CHECK_EQ(375, c.got[0]);
	ctl_free(&c);

	memset(&q, 0, sizeof(q));
	q.since_ms = 1790000000000LL + 390;
	ctl_run(&c, &w, &q);
	ATF_CHECK_EQ(10, c.n);
	ctl_free(&c);
	q.since_ms = INT64_MAX;		/* no such time: nothing is later */
	ctl_run(&c, &w, &q);
	ATF_CHECK(c.end.ok);
	ATF_CHECK_EQ(0, c.n);
	ctl_free(&c);

	memset(&q, 0, sizeof(q));
	q.limit = UINT32_MAX;
	strlcpy(q.pattern, "no_such_rule", sizeof(q.pattern));
	ctl_run(&c, &w, &q);
	ATF_CHECK(c.end.ok);
	ATF_CHECK_EQ(0, c.n);
	ctl_free(&c);

	memset(&q, 0, sizeof(q));
	strlcpy(q.client, "nobody", sizeof(q.client));
	ctl_run(&c, &w, &q);
	ATF_CHECK(!c.end.ok);
	ATF_CHECK(c.end.text[0] != '\0');
	ctl_free(&c);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(events);
ATF_TC_BODY(events, tc)
{
	static const char	 lines[] =
	    "{\"schema_version\":\"clawsec-traffic-event/v1\",\"event\":"
	    "\"started\",\"timestamp\":\"2026-11-22T00:00:00.000Z\"}\n"
	    "{\"schema_version\":\"clawsec-traffic-event/v1\",\"event\":"
	    "\"scan_gap\",\"timestamp\":\"2026-11-22T00:00:01.000Z\","
	    "\"client\":\"main\"}\n"
	    "{\"schema_version\":\"other/v1\",\"event\":\"scan_gap\","
	    "\"timestamp\":\"2026-11-22T00:00:01.000Z\"}\n"
	    "[]\n\"text\"\nnull\n{}\n{\"event\":7}\n"
	    "{\"schema_version\":\"clawsec-traffic-event/v1\",\"event\":"
	    "\"scan_gap\",\"timestamp\":\"yesterday\"}\n";
	struct ctl_query	 q;
	struct world		 w;
	struct ctl		 c;

	unlink("f");
	world_start(&w);
	append(&w, lines, sizeof(lines) - 1);
	memset(&q, 0, sizeof(q));
	q.what = CTL_EVENTS;
	ctl_run(&c, &w, &q);
	ATF_CHECK_EQ(2, c.n);
	ctl_free(&c);
	strlcpy(q.client, "main", sizeof(q.client));
	ctl_run(&c, &w, &q);
	ATF_CHECK_EQ(1, c.n);
	ctl_free(&c);
	q.client[0] = '\0';
	strlcpy(q.pattern, "started", sizeof(q.pattern));
	q.limit = 5;
	ctl_run(&c, &w, &q);
	ATF_CHECK_EQ(1, c.n);
	ctl_free(&c);
	world_end(&w);
}

ATF_TC(follow);
ATF_TC_HEAD(follow, tc)
{
	atf_tc_set_md_var(tc, "descr", "What is there, then what comes, each "
	    "once; through a line written in two parts, a file handed over "
	    "again, and rotation");
}
ATF_TC_BODY(follow, tc)
{
	struct journal_rec	 r;
	struct ctl_query	 q;
	struct logfile		*old;
	struct world		 w;
	struct ctl		 c;
	uint32_t		 n = 0, i;

	unlink("f");
	world_start(&w);
	while (n < 300)
		append_finding(&w, n++);
	memset(&q, 0, sizeof(q));
	q.what = CTL_FOLLOW;
	q.limit = 3;
	ctl_ask(&c, &w, &q);
	c.want = 3;
	run(&w);
	for (i = 0; i < 5; i++) {
		append_finding(&w, n++);
		queries_wake(w.qs);
		c.want = c.n + 1;
		run(&w);
	}
	/* in two parts */
	make_record(&r, n, "main", 0);
	append(&w, r.line, 40);
	queries_wake(w.qs);
	ATF_REQUIRE(event_base_loop(w.base, EVLOOP_NONBLOCK) >= 0);
	append(&w, r.line + 40, r.line_len - 40);
	n++;
	queries_wake(w.qs);
	c.want = c.n + 1;
	run(&w);
	/* the same file, opened again by a reload */
	old = w.f;
	w.f = log_open(old);
	logfile_unref(old);
	append_finding(&w, n++);
	queries_wake(w.qs);
	c.want = c.n + 1;
	run(&w);
	/* rotated, with something unread in the old one */
	append_finding(&w, n++);
	ATF_REQUIRE_EQ(0, rename("f", "f.1"));
	old = w.f;
	w.f = log_open(old);
	logfile_unref(old);
	append_finding(&w, n++);
	queries_wake(w.qs);
	c.want = c.n + 2;
	run(&w);

	ATF_CHECK_EQ(n - 297, c.n);
	for (i = 0; i < c.n; i++)
		ATF_CHECK_EQ(297 + i, c.got[i]);
	ATF_CHECK(!c.ended);
	ctl_free(&c);
	/* its end is noticed */
	while (queries_count(w.qs) > 0)
		ATF_REQUIRE(event_base_loop(w.base, EVLOOP_ONCE) == 0);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(rotated_twice);
ATF_TC_BODY(rotated_twice, tc)
{
	struct ctl_query	 q;
	struct logfile		*old;
	struct world		 w;
	struct ctl		 c;
	int			 i;

	unlink("f");
	world_start(&w);
	append_finding(&w, 0);
	memset(&q, 0, sizeof(q));
	q.what = CTL_FOLLOW;
	ctl_ask(&c, &w, &q);
	c.want = 1;
	run(&w);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(0, rename("f", i == 0 ? "f.2" : "f.1"));
		old = w.f;
		w.f = log_open(old);
		logfile_unref(old);
		append_finding(&w, 1);
	}
	queries_wake(w.qs);
	while (!c.closed)
		run(&w);
	ATF_CHECK(c.ended);
	ATF_CHECK(!c.end.ok);
	ATF_CHECK(strstr(c.end.text, "rotated") != NULL);
	ctl_free(&c);
	world_end(&w);
}

/* Runs all that is ready, without waiting. */
static void
settle(struct world *w)
{
	int	 i;

	for (i = 0; i < 200; i++)
		ATF_REQUIRE(event_base_loop(w->base, EVLOOP_NONBLOCK) >= 0);
}

ATF_TC(slow_reader);
ATF_TC_HEAD(slow_reader, tc)
{
	atf_tc_set_md_var(tc, "descr", "One that does not read gets no more "
	    "than fits, then all of it when it reads on; others are not held "
	    "up");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(slow_reader, tc)
{
	struct ctl_query	 q;
	struct world		 w;
	struct ctl		 slow, c;
	uint32_t		 n;

	unlink("f");
	world_start(&w);
	for (n = 0; n < 5000; n++)
		append_finding(&w, n);
	memset(&q, 0, sizeof(q));
	ctl_ask(&slow, &w, &q);
	channel_read_pause(slow.ch, 1);
	settle(&w);
	ATF_CHECK_EQ(1, queries_count(w.qs));
	ctl_ask(&c, &w, &q);
	while (!c.closed)
		run(&w);
	ATF_CHECK_EQ(5000, c.n);
	ctl_free(&c);
	ATF_CHECK_EQ(1, queries_count(w.qs));
	ATF_CHECK_EQ(0, slow.n);
	channel_read_pause(slow.ch, 0);
	while (!slow.closed)
		run(&w);
	ATF_CHECK_EQ(5000, slow.n);
	for (n = 0; n < 5000; n++)
		ATF_REQUIRE_EQ(n, slow.got[n]);
	ctl_free(&slow);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(too_many);
ATF_TC_BODY(too_many, tc)
{
	static struct ctl	 c[QUERIES_MAX + 30];
	struct ctl_query	 q;
	struct world		 w;
	unsigned int		 i, refused = 0, dropped = 0;

	unlink("f");
	world_start(&w);
	append_finding(&w, 1);
	memset(&q, 0, sizeof(q));
	q.what = CTL_FOLLOW;
	for (i = 0; i < nitems(c); i++)
		ctl_ask(&c[i], &w, &q);
	settle(&w);
	ATF_CHECK_EQ(FOLLOWERS_MAX, queries_count(w.qs));
	for (i = 0; i < nitems(c); i++) {
		if (c[i].closed && !c[i].ended)
			dropped++;
		else if (c[i].ended) {
			ATF_CHECK(!c[i].end.ok);
			refused++;
		} else
			ATF_CHECK_EQ(1, c[i].n);
		ctl_free(&c[i]);
	}
	ATF_CHECK_EQ(nitems(c), refused + dropped + FOLLOWERS_MAX);
	settle(&w);
	ATF_CHECK_EQ(0, queries_count(w.qs));
	/* there is room again */
	q.what = CTL_FINDINGS;
	ctl_run(&c[0], &w, &q);
	ATF_CHECK(c[0].end.ok);
	ctl_free(&c[0]);
	world_end(&w);
}

ATF_TC(rude_readers);
ATF_TC_HEAD(rude_readers, tc)
{
	atf_tc_set_md_var(tc, "descr", "Garbage, valid messages that are not "
	    "allowed, half a header, closed at once or in the middle: each "
	    "ends its own connection only");
}
ATF_TC_BODY(rude_readers, tc)
{
	static const char	*const junk[] = {
		"", "GET / HTTP/1.0\r\n\r\n", "\1",
		"\x01\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0",
		("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		"\xff\xff\xff\xff")
	};
	static const size_t	 lens[] = { 0, 18, 1, 16, 16 };
	struct ctl_query	 q;
	struct world		 w;
	struct ctl		 c;
	size_t			 i;
	uint32_t		 n;
	int			 sv[2], what, shut;

	unlink("f");
	world_start(&w);
	for (n = 0; n < 3000; n++)
		append_finding(&w, n);
	for (i = 0; i < nitems(junk); i++)
		for (what = 0; what < 2; what++)
			for (shut = 0; shut < 3; shut++) {
				memset(&q, 0, sizeof(q));
				q.what = what ? CTL_FOLLOW : CTL_FINDINGS;
				q.limit = 2000;
				ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
				    SOCK_STREAM, 0, sv));
				queries_add(w.qs, sv[1], &q);
				if (shut == 1)
					settle(&w);
				ATF_REQUIRE_EQ((ssize_t)lens[i],
				    write(sv[0], junk[i], lens[i]));
				if (shut == 2)
					(void)shutdown(sv[0], SHUT_WR);
				else
					close(sv[0]);
				settle(&w);
				if (shut == 2)
					close(sv[0]);
				settle(&w);
				ATF_CHECK_EQ(0, queries_count(w.qs));
			}
	memset(&q, 0, sizeof(q));
	ctl_run(&c, &w, &q);
	ATF_CHECK_EQ(3000, c.n);
	ctl_free(&c);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	(void)signal(SIGPIPE, SIG_IGN);
	ATF_TP_ADD_TC(tp, newest);
	ATF_TP_ADD_TC(tp, filters);
	ATF_TP_ADD_TC(tp, events);
	ATF_TP_ADD_TC(tp, follow);
	ATF_TP_ADD_TC(tp, rotated_twice);
	ATF_TP_ADD_TC(tp, slow_reader);
	ATF_TP_ADD_TC(tp, too_many);
	ATF_TP_ADD_TC(tp, rude_readers);
	return atf_no_error();
}
