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
 * UTF-16 (RFC 2781): a text that begins with a byte order mark, or whose first
 * characters are ASCII.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "decoders.h"
#include "subst.h"
#include "view.h"

#define OUT_SIZE	4096

struct utf16 {
	int		 known;		/* the order of bytes */
	int		 big;
	int		 half;		/* of a unit is there */
	uint8_t		 first;
	uint32_t	 high;		/* surrogate that waits, or 0 */
};

/* One unit; returns the bytes it gave. */
static size_t
utf16_unit(struct utf16 *u, uint32_t c, uint8_t *out)
{
	uint32_t	 high = u->high;
	size_t		 n = 0;

	u->high = 0;
	if (high != 0 && c >= 0xdc00 && c <= 0xdfff)
		return (utf8_put(0x10000 + ((high - 0xd800) << 10) +
		    (c - 0xdc00), out));
	if (high != 0)
		n = utf8_put(high, out);
	if (c >= 0xd800 && c <= 0xdbff) {
		u->high = c;
		return (n);
	}
	return (n + utf8_put(c, out + n));
}

static void
utf16_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct utf16	*u = d->state;
	struct view	*out;
	uint8_t		 buf[OUT_SIZE];
	uint32_t	 c;
	size_t		 i, n = 0, most = 0;

	(void)fresh;
	if ((out = decoding_out(d, len)) == NULL)
		return;
	for (i = 0; i < len; i++) {
		if (!u->half) {
			u->first = p[i];
			u->half = 1;
			continue;
		}
		u->half = 0;
		if (!u->known) {
			u->known = 1;
			u->big = u->first == 0xfe || u->first == 0;
			if (u->first >= 0xfe)
				continue;
		}
		c = u->big ? (uint32_t)u->first << 8 | p[i] :
		    (uint32_t)p[i] << 8 | u->first;
		n += utf16_unit(u, c, buf + n);
		if (n + 2 * SUBST_OUT > sizeof(buf)) {
			view_feed(out, buf, n, NULL);
			most = n;
			n = 0;
		}
	}
	view_feed(out, buf, n, NULL);
	OPENSSL_cleanse(buf, n > most ? n : most);
}

static void
utf16_end(struct decoding *d)
{
	if (d->out != NULL)
		view_end(d->out);
	OPENSSL_cleanse(d->state, sizeof(struct utf16));
}

static void
utf16_gap(struct decoding *d)
{
	struct utf16	*u = d->state;

	if (d->out != NULL)
		view_gap(d->out);
	u->half = 0;
	u->high = 0;
}

const struct decoder decoder_utf16 = {
	.name = "utf16", .kind = DECODER_NEST, .size = sizeof(struct utf16),
	.feed = utf16_feed, .end = utf16_end, .gap = utf16_gap
};
