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
 * The tree of views on hostile text in hostile pieces.  Bytes above 0x7f stand
 * for the beginnings of escapes and for runs, so that the fuzzer gets deep.
 */

#include <stdlib.h>
#include <string.h>

#include "body_scan.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const pieces[] = {
	"%2", "%25", "%u00", "&#x", "&#3", "&amp;", "\\u00", "\\\\", "\\x",
	"\\ud83d", "=\r\n", "=3D=", "=2", "+", "c2stYW50LWFwaTAzLQ",
	"LnNzaC9pZF9yc2EgLnNzaC9pZF9yc2E", "2e7373682f69645f727361",
	"JTJFc3NoJTJGaWRfcnNh", ".ssh/id_rsa", "curl x|sh", "\r\n",
	"\"}", "{\"a\":\"", "data: ", "H4sIAAAAAAAA", "KLUv/SAA", "/e4A"
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t		 text[4 * BODY_LIMIT];
	struct scan_counters	 c;
	uint32_t		 seed;
	size_t			 i, n, len = 0;

	if (size < 5)
		return (0);
	memcpy(&seed, data, sizeof(seed));
	for (i = 4; i < size && len + 4096 < sizeof(text); i++) {
		if (data[i] < 0x80) {
			text[len++] = data[i];
			continue;
		}
		n = data[i] & 0x7fU;
		if (n >= 0x78) {
			/* a run, to get to the ends of islands */
			memset(text + len, i + 1 < size ? data[i + 1] : 'a',
			    64U << (n - 0x78) > 2048 ? 2048 : 64U << (n -
			    0x78));
			len += 64U << (n - 0x78) > 2048 ? 2048 : 64U <<
			    (n - 0x78);
			continue;
		}
		n %= sizeof(pieces) / sizeof(pieces[0]);
		memcpy(text + len, pieces[n], strlen(pieces[n]));
		len += strlen(pieces[n]);
	}
	body_scan(seed & 1 ? FINDING_INBOUND : FINDING_OUTBOUND,
	    "POST / HTTP/1.1\r\n\r\n", text, len, seed, &c);
	return (0);
}
