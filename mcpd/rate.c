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


#include "rate.h"

int
rate_take(struct rate *r, int64_t now_ms, unsigned int cost)
{
	uint64_t	 regained = 0;

	if (now_ms > r->at_ms)
		regained = (uint64_t)(now_ms - r->at_ms);
	r->at_ms = now_ms;
	/* a thousandth of a call each millisecond, a thousand times */
	if (regained >= r->spent / RATE_PER_SEC + 1)
		r->spent = 0;
	else
		r->spent -= regained * RATE_PER_SEC;
	if (r->spent + cost * 1000ULL > RATE_BURST * 1000ULL)
		return 0;
	r->spent += cost * 1000ULL;
	return 1;
}
