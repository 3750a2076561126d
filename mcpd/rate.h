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

/*
 * How many calls one client may make: so many at once, then so many a second.
 * Zeroed memory is a full bucket.
 */
#define RATE_PER_SEC	1000
#define RATE_BURST	2000

struct rate {
	int64_t		 at_ms;		/* of the last look, monotonic */
	uint64_t	 spent;		/* thousandths of calls not regained */
};

/* 1 and counts a call, or as much as so many, if that is left; else 0. */
int	rate_take(struct rate *, int64_t now_ms, unsigned int cost);

#endif /* RATE_H */
