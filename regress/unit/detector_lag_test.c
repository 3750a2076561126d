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
#include <sys/uio.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>
#include <event2/event.h>

#include "compat.h"
#include "imsg.h"
#include "det_help.h"
#include "../../proxy-worker/retain.h"

/* A detector that does not keep up. */

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

/* Messages that one read brings whole wait as well. */
ATF_TC_WITHOUT_HEAD(small_ones);
ATF_TC_BODY(small_ones, tc)
{
	struct waiter	 w = { .wake = wake };
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;
	size_t		 fed = 0;

	det_start(&p, d);
	channel_read_pause(det.ch, 1);
	while (dlink_ready(d, &w)) {
		s = begin(d);
		feed(s, 65536);
		scan_end(&s, false);
		settle(&p);
		fed += 65536;
		ATF_REQUIRE(fed < 8 * 1024 * 1024);
	}
	channel_read_pause(det.ch, 0);
	while (dlink_busy(d))
		settle(&p);
	ATF_CHECK_EQ(woken, 1);
	ATF_CHECK_EQ(det.bytes, fed);
}

/* A full read of bytes of value 1; the next one overwrites it. */
static void
feed_read(struct proxy *p, struct scan *s)
{
	scan_data(s, FLOW_BODY, memset(blocks_scratch(&p->blocks), 1,
	    BLOCK_SIZE), BLOCK_SIZE);
	memset(blocks_scratch(&p->blocks), 2, BLOCK_SIZE);
}

/* A detector that is done with what it has not read: that was not copied. */
ATF_TC_WITHOUT_HEAD(done_unread);
ATF_TC_BODY(done_unread, tc)
{
	struct proxy	 p;
	struct dlink	*d = setup(&p);
	struct scan	*s;
	unsigned int	 i;

	det.done = false;
	det_start(&p, d);
	channel_read_pause(det.ch, 1);
	for (i = 0; i < 10; i++) {
		s = begin(d);
		feed_read(&p, s);
		dlink_push(d);
		scan_end(&s, false);
		msg_flow_send_mark(det.ch, IMSG_DETECTOR_MESSAGE_DONE, i);
		channel_push(det.ch);
		settle(&p);
	}
	ATF_CHECK_EQ(p.retained, 0);
	channel_read_pause(det.ch, 0);
	settle(&p);
	ATF_CHECK_EQ(det.sum, 10 * BLOCK_SIZE);
	/* or when it becomes too long to be kept */
	channel_read_pause(det.ch, 1);
	s = begin(d);
	for (i = 0; i < 10; i++)
		feed_read(&p, s);
	ATF_CHECK(p.retained < 10000);
	channel_read_pause(det.ch, 0);
	settle(&p);
	ATF_CHECK_EQ(det.sum, 20 * BLOCK_SIZE);
	scan_end(&s, false);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, backpressure);
	ATF_TP_ADD_TC(tp, burst);
	ATF_TP_ADD_TC(tp, shed);
	ATF_TP_ADD_TC(tp, small_ones);
	ATF_TP_ADD_TC(tp, done_unread);
	return (atf_no_error());
}
