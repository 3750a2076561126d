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
	ATF_TP_ADD_TC(tp, done_too_early);
	return (atf_no_error());
}
