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


#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include "../../detector-worker/decoders.h"
#include "view_stub.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* In place of zlib's: what is said to be the sum of a prelude is. */
uLong
crc32(uLong crc, const Bytef *p, uInt len)
{
	(void)crc;
	if (len != 8)
		stub_broken("not a prelude");
	return ((uLong)p[8] << 24 | (uLong)p[9] << 16 | (uLong)p[10] << 8 |
	    p[11]);
}

/* The same texts, whatever the splits, and little that did not go in. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct stub	 a, b;

	stub_init(&a);
	stub_run(&a, &decoder_eventstream, p, len, 0);
	if (a.fed > 2 * len + 2)
		stub_broken("more comes out than went in");
	stub_init(&b);
	stub_run(&b, &decoder_eventstream, p, len, 1);
	if (a.sum != b.sum || a.fed != b.fed)
		stub_broken("bytes one by one");
	stub_init(&b);
	stub_run(&b, &decoder_eventstream, p, len, 13);
	if (a.sum != b.sum || a.fed != b.fed)
		stub_broken("thirteen bytes at a time");
	return (0);
}
