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

#ifndef RATE_H
#define RATE_H

#include <stdint.h>

/* An allowance: so many at once, and so many more a second.  Any start is
 * full: { 0 }.  Times are milliseconds of a clock that only goes forward. */
struct bucket {
	int64_t		 filled_ms;
	uint64_t	 used;		/* thousandths of one */
};

/* 1 when one may be taken; rate_take() then does. */
int	 rate_has(struct bucket *, uint32_t burst, uint32_t per_second,
	    int64_t now_ms);
void	 rate_take(struct bucket *);

#endif /* RATE_H */
