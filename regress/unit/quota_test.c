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

#include <atf-c.h>

#include "quota.h"

#define DAY	(24LL * 60 * 60 * 1000)
#define NOON	(20000 * DAY + DAY / 2)

ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct quota	 q = { .limit = 1000 };

	ATF_CHECK(quota_take(&q, NOON, 600));
	ATF_CHECK(!quota_take(&q, NOON, 401));
	ATF_CHECK(quota_take(&q, NOON, 400));
	ATF_CHECK(!quota_take(&q, NOON, 1));
	ATF_CHECK_EQ(1000, quota_used(&q, NOON));
	ATF_CHECK_EQ(2, q.excess);
	/* lowered by a reload below what is used: no underflow */
	q.limit = 10;
	ATF_CHECK(!quota_take(&q, NOON, 1));
	ATF_CHECK(!quota_take(&q, NOON, UINT64_MAX));
}

ATF_TC_WITHOUT_HEAD(default_limit);
ATF_TC_BODY(default_limit, tc)
{
	struct quota	 q = { .limit = 0 };

	ATF_CHECK(quota_take(&q, NOON, QUOTA_DEFAULT));
	ATF_CHECK(!quota_take(&q, NOON, 1));
}

ATF_TC_WITHOUT_HEAD(days);
ATF_TC_BODY(days, tc)
{
	struct quota	 q = { .limit = 10 };

	ATF_CHECK(quota_take(&q, NOON, 10));
	ATF_CHECK(!quota_take(&q, NOON + DAY / 2 - 1, 1));
	ATF_CHECK(quota_take(&q, NOON + DAY / 2, 10));
	ATF_CHECK(!quota_take(&q, NOON + DAY / 2, 1));
	/* a clock that was in 2100 for a moment */
	ATF_CHECK(quota_take(&q, 47482 * DAY, 10));
	ATF_CHECK(quota_take(&q, NOON + DAY, 10));
}

ATF_TC_WITHOUT_HEAD(restore);
ATF_TC_BODY(restore, tc)
{
	struct quota	 q = { .limit = 100 };

	quota_restore(&q, NOON - DAY, NOON, 90, 0);	/* yesterday's */
	ATF_CHECK_EQ(0, quota_used(&q, NOON));
	quota_restore(&q, NOON - 1, NOON, 30, 0);
	quota_restore(&q, NOON - 1, NOON, 30, 0);
	ATF_CHECK_EQ(60, quota_used(&q, NOON));
	quota_restore(&q, NOON - 1, NOON, 70, 1);	/* all of it */
	ATF_CHECK_EQ(70, quota_used(&q, NOON));
	quota_restore(&q, NOON - DAY, NOON, 5, 1);
	ATF_CHECK_EQ(70, quota_used(&q, NOON));
	quota_restore(&q, NOON, NOON, UINT64_MAX, 0);
	ATF_CHECK(!quota_take(&q, NOON, 1));
}

ATF_TC_WITHOUT_HEAD(summary);
ATF_TC_BODY(summary, tc)
{
	struct quota	 q = { .limit = 10 };
	int		 i;

	ATF_CHECK_EQ(0, quota_summary(&q, NOON, 1000, 1));
	ATF_CHECK(!quota_take(&q, NOON, 11));
	/* the first at once */
	ATF_CHECK_EQ(1, quota_summary(&q, NOON, 1000, 0));
	for (i = 0; i < 7; i++)
		ATF_CHECK(!quota_take(&q, NOON, 11));
	ATF_CHECK_EQ(0, quota_summary(&q, NOON + 999, 1000, 0));
	ATF_CHECK_EQ(7, quota_summary(&q, NOON + 1000, 1000, 0));
	ATF_CHECK_EQ(0, quota_summary(&q, NOON + 5000, 1000, 1));
	ATF_CHECK(!quota_take(&q, NOON, 11));
	ATF_CHECK_EQ(1, quota_summary(&q, NOON + 1001, 1000, 1));
	/* a clock set back holds nothing up */
	ATF_CHECK(!quota_take(&q, NOON, 11));
	ATF_CHECK_EQ(1, quota_summary(&q, NOON - DAY, 1000, 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, default_limit);
	ATF_TP_ADD_TC(tp, days);
	ATF_TP_ADD_TC(tp, restore);
	ATF_TP_ADD_TC(tp, summary);
	return atf_no_error();
}
