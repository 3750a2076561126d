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


#include "compat.h"

#ifndef HAVE_ARC4RANDOM
uint32_t
arc4random(void)
{
	uint32_t	 n;

	arc4random_buf(&n, sizeof(n));
	return (n);
}

void
arc4random_buf(void *buf, size_t len)
{
	unsigned char	*p = buf;
	size_t		 n;

	/* getentropy(3) gives at most 256 bytes at a time. */
	for (; len > 0; p += n, len -= n) {
		n = len < 256 ? len : 256;
		if (getentropy(p, n) == -1)
			abort();
	}
}

uint32_t
arc4random_uniform(uint32_t bound)
{
	uint32_t	 n, skip;

	if (bound < 2)
		return (0);
	/* Leave out the 2^32 mod bound lowest: the rest divides evenly. */
	skip = -bound % bound;
	do {
		n = arc4random();
	} while (n < skip);
	return (n % bound);
}
#endif
