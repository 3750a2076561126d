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
 * Quoted-printable (RFC 2045 6.7).  Its escapes are also what assignments look
 * like, so only those begin an island that are hardly anything else.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "classes.h"
#include "decoders.h"
#include "subst.h"
#include "view.h"

/* Letters and digits need no escape, and "=2" may be a number's beginning. */
static int
is_weak(const uint8_t *p)
{
	static const char	 s[] = "0A0D2D2E2F3B3C3D3E3F5B5C5D5E5F7B7C7D";
	size_t			 i;

	for (i = 0; s[i] != '\0'; i += 2)
		if (p[1] == (uint8_t)s[i] && p[2] == (uint8_t)s[i + 1])
			return (0);
	return (1);
}

static void
quoted_escape(struct subst *s, const uint8_t *p, size_t len, int final,
    struct escape *e)
{
	int	 a, b;

	if (len < 2 || (len < 3 && p[1] != '\n')) {
		e->more = !final;
		return;
	}
	if (p[1] == '\n') {
		e->len = 2;		/* the line goes on */
		return;
	}
	if (p[1] == '\r' && p[2] == '\n') {
		e->len = 3;
		return;
	}
	if ((a = hex_value(p[1])) == -1 || (b = hex_value(p[2])) == -1)
		return;
	/* Several in a row are meant; what comes next tells. */
	if ((e->weak = is_weak(p)) && !s->active) {
		if (len < 6 && !final) {
			e->more = 1;
			return;
		}
		if (len >= 6 && p[3] == '=' && hex_value(p[4]) != -1 &&
		    hex_value(p[5]) != -1)
			e->weak = 0;
	}
	e->len = 3;
	e->out[0] = (uint8_t)(a << 4 | b);
	e->outlen = 1;
}

static const struct subst_ops ops = {
	.intro = '=', .has = HAS_EQUALS, .escape = quoted_escape
};

static void
quoted_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	subst_feed(d, &ops, p, len, fresh);
}

static void
quoted_end(struct decoding *d)
{
	subst_end(d, &ops);
}

const struct decoder decoder_quoted = {
	.name = "quoted", .kind = DECODER_NEST, .size = sizeof(struct subst),
	.feed = quoted_feed, .end = quoted_end, .gap = subst_gap,
	.classes = 1
};
