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


/*
 * Content codings on hostile bytes in hostile pieces: the first byte chooses
 * the codings, the next four the pieces.  What comes out does not depend on
 * these as long as it is sound, and is bounded anyway.
 */

#include <stdlib.h>
#include <string.h>

#include "body_scan.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const	 heads[] = {
		"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: deflate\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: br\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: zstd\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: gzip, br\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: x, zstd\r\n\r\n",
		"POST / HTTP/1.1\r\n\r\n"
	};
	struct scan_counters		 whole, pieces;
	const char			*head;
	uint32_t			 seed;
	int				 i, gaps = 0;

	if (size < 5)
		return (0);
	head = heads[data[0] % (sizeof(heads) / sizeof(heads[0]))];
	memcpy(&seed, data + 1, sizeof(seed));
	body_scan(FINDING_OUTBOUND, head, data + 5, size - 5, 0, &whole);
	body_scan(FINDING_OUTBOUND, head, data + 5, size - 5, seed | 1,
	    &pieces);
	for (i = 0; i < SCAN_GAP_MAX; i++)
		gaps += i != SCAN_GAP_CODING && whole.gap[i].count > 0;
	if (gaps == 0 && (whole.decoded != pieces.decoded ||
	    whole.hits != pieces.hits))
		abort();
	return (0);
}
