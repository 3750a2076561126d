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
rate_has(struct bucket *b, uint32_t burst, uint32_t per_second,
    int64_t now_ms)
{
	uint64_t	 back = 0;

	if (now_ms > b->filled_ms)
		back = (uint64_t)(now_ms - b->filled_ms);
	b->filled_ms = now_ms;
	/* in thousandths, so a millisecond gives per_second of them */
	if (back > b->used / per_second)
		b->used = 0;
	else
		b->used -= back * per_second;
	return b->used + 1000 <= (uint64_t)burst * 1000;
}

void
rate_take(struct bucket *b)
{
	b->used += 1000;
}
