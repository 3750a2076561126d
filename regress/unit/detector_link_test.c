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
#include <sys/uio.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "compat.h"
#include "imsg.h"
#include "../../proxy-worker/detector_link.h"
#include "../../proxy-worker/proxy.h"
#include "../../proxy-worker/retain.h"

/*
 * The link against a detector that does what each test wants: it writes down
 * what it is shown, as letters, ids and sizes.
 */
static struct {
	struct channel	*ch;
	char		 log[4096];
	uint64_t	 bytes;		/* of DATA */
	uint64_t	 gap;		/* in it */
	uint64_t	 skipped;	/* of the last END */
	uint64_t	 unseen;	/* of all of them */
	char		 reason[MSG_TOKEN_SIZE];
	bool		 done;		/* answer END with DONE */
	bool		 passes;	/* answer probes */
	bool		 gone;
} det;

/* What the link reported. */
static char		 events[512];
static unsigned int	 woken;

int64_t
proxy_now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

void
report(struct proxy *p, const struct report *r)
{
	size_t	 n = strlen(events);

	(void)p;
	snprintf(events + n, sizeof(events) - n, "%s(%s,%llu) ",
	    event_name((uint8_t)r->type), r->reason,
	    (unsigned long long)r->bytes);
}

void
report_gap(struct proxy *p, const struct report *r)
{
	report(p, r);
}

/* The parent would end that detector and start another. */
void
child_peer_breach(struct child *c, enum proc_role role, uint32_t instance,
    uint32_t generation)
{
	(void)c;
	ATF_CHECK_EQ(role, PROC_DETECTOR);
	ATF_CHECK_EQ(instance, 0);
	ATF_CHECK_EQ(generation, 1);
}

const struct msg_init *
child_init(struct child *c)
{
	static const struct msg_init	 init = { .generation = 1 };

	(void)c;
	return (&init);
}

static void
note(const char *what, uint32_t id)
{
	size_t	 n = strlen(det.log);

	snprintf(det.log + n, sizeof(det.log) - n, "%s%u ", what, id);
}

static int
det_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct flow_open	 open;
	struct flow_end		 end;
	enum flow_channel	 channel;
	const uint8_t		*data;
	uint32_t		 id = imsg_get_id(imsg);
	size_t			 len;

	(void)arg;
	switch (imsg_get_type(imsg)) {
	case IMSG_PROXY_MESSAGE_OPEN:
		ATF_REQUIRE_EQ(msg_flow_recv_open(imsg, &open), 0);
		ATF_CHECK_EQ(open.head_len, 4);
		ATF_CHECK(memcmp(open.head, "HEAD", 4) == 0);
		ATF_CHECK_STREQ(open.client, "default");
		note("O", id);
		break;
	case IMSG_PROXY_MESSAGE_DATA:
		ATF_REQUIRE_EQ(msg_flow_recv_data(imsg, &channel, &data,
		    &len), 0);
		if (channel == FLOW_GAP) {
			det.gap += flow_gap_get(data);
			note("G", id);
			break;
		}
		det.bytes += len;
		note("D", id);
		break;
	case IMSG_PROXY_MESSAGE_END:
		ATF_REQUIRE_EQ(msg_flow_recv_end(imsg, &end), 0);
		det.skipped = end.skipped;
		det.unseen += end.skipped;
		strlcpy(det.reason, end.reason, sizeof(det.reason));
		note("E", id);
		if (det.done)
			msg_flow_send_mark(ch, IMSG_DETECTOR_MESSAGE_DONE, id);
		break;
	case IMSG_PROXY_PROBE_BEGIN:
		note("[", id);
		msg_flow_send_mark(ch, IMSG_DETECTOR_PROBE_STARTED, id);
		break;
	case IMSG_PROXY_PROBE_END:
		note("]", id);
		if (det.passes)
			msg_flow_send_mark(ch, IMSG_DETECTOR_PROBE_PASSED, id);
		break;
	default:
		atf_tc_fail("type %u", imsg_get_type(imsg));
	}
	return (0);
}

static void
det_dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	(void)arg;
	det.gone = true;
}

/* Until nothing more happens: both ends are in this process. */
static void
settle(struct proxy *p)
{
	int	 i;

	for (i = 0; i < 200; i++)
		event_base_loop(p->base, EVLOOP_NONBLOCK);
}

static void
det_start(struct proxy *p, struct dlink *d)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	memset(det.log, 0, sizeof(det.log));
	det.bytes = det.gap = 0;
	det.ch = channel_new(p->base, sv[1], PROC_DETECTOR, PROC_PROXY,
	    MSG_FLOW_PAYLOAD_MAX, 0, det_dispatch, det_dead, NULL);
	ATF_REQUIRE(det.ch != NULL);
	dlink_attach(d, sv[0]);
	settle(p);
}

static void
det_kill(struct proxy *p)
{
	channel_free(det.ch);
	det.ch = NULL;
	settle(p);
}

static struct dlink *
setup(struct proxy *p)
{
	memset(p, 0, sizeof(*p));
	memset(&det, 0, sizeof(det));
	memset(events, 0, sizeof(events));
	ATF_REQUIRE((p->base = event_base_new()) != NULL);
	p->settings.scan_limit = 4 * 1024 * 1024;
	p->settings.detectors = 1;
	det.done = det.passes = true;
	return (dlink_new(p, 0));
}

static struct scan *
begin(struct dlink *d)
{
	struct flow_open	 o;
	struct scan		*s;

	memset(&o, 0, sizeof(o));
	strlcpy(o.client, "default", sizeof(o.client));
	strlcpy(o.source, "127.0.0.1", sizeof(o.source));
	strlcpy(o.host, "a", sizeof(o.host));
	o.port = 80;
	o.head = (const uint8_t *)"HEAD";
	o.head_len = 4;
	ATF_REQUIRE((s = scan_open(d, &o)) != NULL);
	return (s);
}

static void
feed(struct scan *s, size_t len)
{
	static const uint8_t	 data[64 * 1024];
	size_t			 n;

	for (; len > 0; len -= n) {
		n = len < sizeof(data) ? len : sizeof(data);
		scan_data(s, FLOW_BODY, data, n);
	}
}

ATF_TC_WITHOUT_HEAD(shown_and_forgotten);
ATF_TC_BODY(shown_and_forgotten, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;

	det_start(&p, d);
	s = begin(d);
	feed(s, 100000);
	scan_end(&s, false);
	ATF_CHECK(s == NULL);
	ATF_CHECK(dlink_busy(d));
	settle(&p);
	ATF_CHECK_STREQ(det.log, "O0 D0 D0 E0 ");
	ATF_CHECK_EQ(det.bytes, 100000);
	ATF_CHECK(!dlink_busy(d));
	ATF_CHECK_EQ(p.retained, 0);
	ATF_CHECK_STREQ(events, "");
}

ATF_TC_WITHOUT_HEAD(scan_limit);
ATF_TC_BODY(scan_limit, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;

	p.settings.scan_limit = 100000;
	det_start(&p, d);
	s = begin(d);
	feed(s, 300000);
	scan_end(&s, false);
	settle(&p);
	ATF_CHECK_EQ(det.bytes, 100000);
	ATF_CHECK_EQ(det.skipped, 200000);
	ATF_CHECK_STREQ(det.reason, "scan_limit");
}

/* Of a known length: head and tail, whatever the reads. */
ATF_TC_WITHOUT_HEAD(head_and_tail);
ATF_TC_BODY(head_and_tail, tc)
{
	static const size_t	 steps[] = { 1, 999, 65536, 300001 };
	struct proxy		 p;
	struct dlink		*d = setup(&p);
	struct scan		*s;
	size_t			 i, n, left;

	p.settings.scan_limit = 100001;
	det_start(&p, d);
	for (i = 0; i < 4; i++) {
		det.bytes = det.gap = 0;
		s = begin(d);
		scan_length(s, 300001);
		for (left = 300001; left > 0; left -= n) {
			n = steps[i] < left ? steps[i] : left;
			feed(s, n);
		}
		scan_end(&s, false);
		settle(&p);
		while (dlink_busy(d))
			settle(&p);
		ATF_CHECK_EQ(det.bytes, 100001);
		ATF_CHECK_EQ(det.gap, 200000);
		ATF_CHECK_EQ(det.skipped, 0);
	}
	/* No longer than the limit: all of it. */
	det.bytes = det.gap = 0;
	s = begin(d);
	scan_length(s, 100001);
	feed(s, 100001);
	scan_end(&s, false);
	settle(&p);
	ATF_CHECK_EQ(det.bytes, 100001);
	ATF_CHECK_EQ(det.gap, 0);
	/* It ends in the middle. */
	det.bytes = 0;
	s = begin(d);
	scan_length(s, 300001);
	feed(s, 200000);
	scan_end(&s, true);
	settle(&p);
	ATF_CHECK_EQ(det.bytes, 50001);
	ATF_CHECK_EQ(det.gap, 0);
	ATF_CHECK_EQ(det.skipped, 149999);
	ATF_CHECK_STREQ(det.reason, "scan_limit");
	ATF_CHECK_EQ(p.retained, 0);
}

/* What a dead detector had is lost with its gap; what is kept is replayed. */
ATF_TC_WITHOUT_HEAD(tail_after_restart);
ATF_TC_BODY(tail_after_restart, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*a, *b;

	p.settings.scan_limit = 10000;
	det_start(&p, d);
	a = begin(d);
	scan_length(a, 400000);
	feed(a, 399000);
	settle(&p);
	det_kill(&p);
	det_start(&p, d);
	feed(a, 1000);
	scan_end(&a, false);
	settle(&p);
	ATF_CHECK_EQ(det.bytes, 10000);
	ATF_CHECK_EQ(det.gap, 390000);
	ATF_CHECK_EQ(det.skipped, 0);

	p.settings.scan_limit = 600000;
	det.bytes = det.gap = 0;
	b = begin(d);
	scan_length(b, 2000000);
	feed(b, 1800000);
	settle(&p);
	det_kill(&p);
	det_start(&p, d);
	feed(b, 200000);
	scan_end(&b, false);
	settle(&p);
	ATF_CHECK_EQ(det.bytes, 200000);
	ATF_CHECK_EQ(det.skipped, 1800000);
	ATF_CHECK_STREQ(det.reason, "detector_restart");
	ATF_CHECK_EQ(p.retained, 0);
}

/* Nobody there yet: kept, then shown in order. */
ATF_TC_WITHOUT_HEAD(before_the_first);
ATF_TC_BODY(before_the_first, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;

	s = begin(d);
	feed(s, 1000);
	scan_end(&s, false);
	det_start(&p, d);
	ATF_CHECK_STREQ(det.log, "O0 D0 E0 ");
	ATF_CHECK(!dlink_busy(d));
}

/* What was in a dead one is shown to the next from the start, one by one. */
ATF_TC_WITHOUT_HEAD(replayed_singly);
ATF_TC_BODY(replayed_singly, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*a, *b, *c, *n;

	det_start(&p, d);
	det.done = false;
	a = begin(d);
	feed(a, 1000);
	scan_end(&a, false);
	b = begin(d);
	feed(b, 1000);
	c = begin(d);
	settle(&p);
	det_kill(&p);
	/* goes on while there is none, and a new one begins */
	feed(b, 500);
	scan_end(&b, false);
	n = begin(d);
	feed(n, 10);
	det.done = true;
	det_start(&p, d);
	ATF_CHECK_STREQ(det.log, "[0 O0 D0 E0 ]0 [1 O1 D1 D1 E1 ]1 [2 O2 ]2 "
	    "O3 D3 ");
	feed(c, 10);
	scan_end(&c, false);
	scan_end(&n, true);
	settle(&p);
	ATF_CHECK_STREQ(det.log, "[0 O0 D0 E0 ]0 [1 O1 D1 D1 E1 ]1 [2 O2 ]2 "
	    "O3 D3 D2 E2 E3 ");
	ATF_CHECK_EQ(det.skipped, 0);
	ATF_CHECK(!dlink_busy(d));
	ATF_CHECK_EQ(p.retained, 0);
	ATF_CHECK_STREQ(events, "");
}

/* The message that ends detectors is found, and the others are scanned. */
ATF_TC_WITHOUT_HEAD(set_aside);
ATF_TC_BODY(set_aside, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*a, *b;
	int		 i;

	det_start(&p, d);
	det.done = det.passes = false;
	a = begin(d);
	feed(a, 1000);
	scan_end(&a, false);
	b = begin(d);
	scan_end(&b, false);
	settle(&p);
	for (i = 0; i < 2; i++) {
		det_kill(&p);
		det_start(&p, d);
		ATF_CHECK_STREQ(det.log, "[0 O0 D0 E0 ]0 ");
		ATF_CHECK_STREQ(events, "");
	}
	det_kill(&p);
	ATF_CHECK(strncmp(events, "scan_gap(detector_crash,", 24) == 0);
	det.done = det.passes = true;
	det_start(&p, d);
	ATF_CHECK_STREQ(det.log, "[1 O1 E1 ]1 ");
	ATF_CHECK(!dlink_busy(d));
	ATF_CHECK_EQ(p.retained, 0);
}

/* Alone in it when it died, and again: no third one is risked. */
ATF_TC_WITHOUT_HEAD(alone);
ATF_TC_BODY(alone, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;

	det_start(&p, d);
	det.passes = false;
	s = begin(d);
	feed(s, 1000);
	settle(&p);
	det_kill(&p);
	det_start(&p, d);
	ATF_CHECK_STREQ(det.log, "[0 O0 D0 ]0 ");
	det_kill(&p);
	det_start(&p, d);
	ATF_CHECK_STREQ(det.log, "");
	feed(s, 500);
	scan_end(&s, false);
	settle(&p);
	ATF_CHECK_STREQ(det.log, "");
	ATF_CHECK(strncmp(events, "scan_gap(detector_crash,", 24) == 0);
	ATF_CHECK(!dlink_busy(d));
}

/* Longer than what is kept: goes on from here, and the loss is told. */
ATF_TC_WITHOUT_HEAD(too_long_to_replay);
ATF_TC_BODY(too_long_to_replay, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;

	det_start(&p, d);
	s = begin(d);
	feed(s, 600000);
	settle(&p);
	ATF_CHECK(p.retained < 10000);
	det_kill(&p);
	det_start(&p, d);
	ATF_CHECK_STREQ(det.log, "[0 O0 ]0 ");
	feed(s, 1000);
	scan_end(&s, false);
	settle(&p);
	ATF_CHECK_EQ(det.bytes, 1000);
	ATF_CHECK_EQ(det.skipped, 600000);
	ATF_CHECK_STREQ(det.reason, "detector_restart");
	ATF_CHECK(!dlink_busy(d));
	ATF_CHECK_EQ(p.retained, 0);
}

static void
wake(void *arg)
{
	(void)arg;
	woken++;
}

ATF_TC_WITHOUT_HEAD(backpressure);
ATF_TC_BODY(backpressure, tc)
{
	struct waiter	 w = { .wake = wake };
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;
	size_t		 fed = 0;

	det_start(&p, d);
	channel_read_pause(det.ch, 1);
	s = begin(d);
	while (scan_ready(s, &w)) {
		feed(s, 65536);
		settle(&p);
		fed += 65536;
		ATF_REQUIRE(fed < 8 * 1024 * 1024);
	}
	ATF_CHECK_EQ(woken, 0);
	ATF_CHECK(!scan_ready(s, &w));
	channel_read_pause(det.ch, 0);
	settle(&p);
	ATF_CHECK_EQ(woken, 1);
	ATF_CHECK(scan_ready(s, &w));
	scan_end(&s, false);
	settle(&p);
	ATF_CHECK_EQ(det.bytes, fed);
	ATF_CHECK_EQ(det.skipped, 0);
	ATF_CHECK_STREQ(events, "");
}

/*
 * More than a channel bears, from flows that were all readable before they were
 * held up: a detector that lags is not ended for it, and the rest is recorded.
 */
ATF_TC_WITHOUT_HEAD(burst);
ATF_TC_BODY(burst, tc)
{
	struct scan	*s[64];
	struct proxy	 p;
	struct dlink	*d;
	uint64_t	 sent = 0;
	size_t		 i;

	(void)tc;
	d = setup(&p);
	det_start(&p, d);
	channel_read_pause(det.ch, 1);
	for (i = 0; i < nitems(s); i++)
		s[i] = begin(d);
	for (i = 0; i < nitems(s); i++) {
		feed(s[i], 3 * 1024 * 1024);
		sent += 3 * 1024 * 1024;
	}
	for (i = 0; i < nitems(s); i++)
		scan_end(&s[i], false);
	settle(&p);
	channel_read_pause(det.ch, 0);
	while (dlink_busy(d) && !det.gone && events[0] == '\0')
		event_base_loop(p.base, EVLOOP_ONCE);
	ATF_CHECK_STREQ(events, "");
	ATF_CHECK(!det.gone);
	ATF_CHECK(det.bytes > 32 * 1024 * 1024);
	ATF_CHECK_EQ(det.bytes + det.unseen, sent);
	ATF_CHECK_STREQ(det.reason, "overload");
	ATF_CHECK_EQ(p.retained, 0);
}

ATF_TC_WITHOUT_HEAD(shed);
ATF_TC_BODY(shed, tc)
{
	struct waiter	 w = { .wake = wake };
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;
	size_t		 fed = 0;

	p.settings.overload = OVERLOAD_SHED;
	p.settings.scan_limit = 64 * 1024 * 1024;
	det_start(&p, d);
	channel_read_pause(det.ch, 1);
	s = begin(d);
	while (fed < 16 * 1024 * 1024) {
		ATF_REQUIRE(scan_ready(s, &w));
		feed(s, 65536);
		fed += 65536;
	}
	ATF_CHECK(strncmp(events, "overload(shed,", 14) == 0);
	ATF_CHECK(dlink_queued(d) < 6 * 1024 * 1024);
	scan_end(&s, false);
	channel_read_pause(det.ch, 0);
	settle(&p);
	ATF_CHECK_EQ(det.bytes + det.skipped, fed);
	ATF_CHECK(det.skipped > 0);
	ATF_CHECK_STREQ(det.reason, "overload");
}

/* A detector that says what it cannot mean is not believed any more. */
ATF_TC_WITHOUT_HEAD(done_too_early);
ATF_TC_BODY(done_too_early, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;

	det_start(&p, d);
	s = begin(d);
	settle(&p);
	msg_flow_send_mark(det.ch, IMSG_DETECTOR_MESSAGE_DONE, 0);
	settle(&p);
	ATF_CHECK(det.gone);
	ATF_CHECK_STREQ(events, "peer_malformed(detector,0) ");
	ATF_CHECK(dlink_busy(d));
	scan_end(&s, false);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shown_and_forgotten);
	ATF_TP_ADD_TC(tp, scan_limit);
	ATF_TP_ADD_TC(tp, head_and_tail);
	ATF_TP_ADD_TC(tp, tail_after_restart);
	ATF_TP_ADD_TC(tp, before_the_first);
	ATF_TP_ADD_TC(tp, replayed_singly);
	ATF_TP_ADD_TC(tp, set_aside);
	ATF_TP_ADD_TC(tp, alone);
	ATF_TP_ADD_TC(tp, too_long_to_replay);
	ATF_TP_ADD_TC(tp, backpressure);
	ATF_TP_ADD_TC(tp, burst);
	ATF_TP_ADD_TC(tp, shed);
	ATF_TP_ADD_TC(tp, done_too_early);
	return (atf_no_error());
}
