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

#include <stdint.h>

#include "quota.h"

#define DAY_MS	(24LL * 60 * 60 * 1000)

static void
quota_turn(struct quota *q, int64_t now_ms)
{
	/*
	 * Any other day, not only a later one: a clock that was once far
	 * ahead must not leave the quota used up for years.
	 */
	if (q->day != now_ms / DAY_MS) {
		q->day = now_ms / DAY_MS;
		q->used = 0;
	}
}

int
quota_take(struct quota *q, int64_t now_ms, uint64_t bytes)
{
	uint64_t	 limit = q->limit == 0 ? QUOTA_DEFAULT : q->limit;

	quota_turn(q, now_ms);
	if (q->used > limit || bytes > limit - q->used) {
		q->excess++;
		return 0;
	}
	q->used += bytes;
	return 1;
}

void
quota_restore(struct quota *q, int64_t then_ms, int64_t now_ms,
    uint64_t bytes, int total)
{
	quota_turn(q, now_ms);
	if (then_ms / DAY_MS != q->day)
		return;
	if (total)
		q->used = 0;
	q->used = bytes > UINT64_MAX - q->used ? UINT64_MAX : q->used + bytes;
}

uint64_t
quota_used(struct quota *q, int64_t now_ms)
{
	quota_turn(q, now_ms);
	return q->used;
}

uint64_t
quota_summary(struct quota *q, int64_t now_ms, int64_t interval_ms, int force)
{
	uint64_t	 n = q->excess;

	if (n == 0)
		return 0;
	if (!force && q->told_ms != 0 && now_ms >= q->told_ms &&
	    now_ms - q->told_ms < interval_ms)
		return 0;
	q->excess = 0;
	q->told_ms = now_ms;
	return n;
}
