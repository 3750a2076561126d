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
 * Percent-encoding (RFC 3986 2.1), with "+" for a space as forms have it
 * (WHATWG URL 5.1), and "%uXXXX" of ECMA-262 B.2.1.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "classes.h"
#include "decoders.h"
#include "subst.h"
#include "view.h"

/* Who writes a space as "%20" means a plus by "+". */
#define SPACES_ARE_20	1

static void
percent_escape(struct subst *s, const uint8_t *p, size_t len, int final,
    struct escape *e)
{
	uint32_t	 c = 0;
	size_t		 i, n = 2, start = 1;
	int		 x;

	if (p[0] == '+') {
		e->len = e->outlen = 1;
		e->out[0] = ' ';
		e->weak = s->flag == SPACES_ARE_20;
		if (e->weak)
			e->out[0] = '+';
		return;
	}
	if (len > 1 && (p[1] == 'u' || p[1] == 'U')) {
		n = 4;
		start = 2;
	}
	for (i = start; i < start + n; i++) {
		if (i >= len) {
			e->more = !final;
			return;
		}
		if ((x = hex_value(p[i])) == -1)
			return;
		c = c << 4 | (uint32_t)x;
	}
	e->len = start + n;
	if (n == 4) {
		e->outlen = utf8_put(c, e->out);
		return;
	}
	e->out[0] = (uint8_t)c;
	e->outlen = 1;
	if (c == ' ')
		s->flag = SPACES_ARE_20;
}

static void
percent_plain(const struct subst *s, uint8_t *p, size_t len)
{
	size_t	 i;

	if (s->flag == SPACES_ARE_20)
		return;
	for (i = 0; i < len; i++)
		if (p[i] == '+')
			p[i] = ' ';
}

const struct subst_ops subst_percent = {
	.intro = '%', .intro_form = '+', .has = HAS_PERCENT | HAS_PLUS,
	.escape = percent_escape, .plain = percent_plain
};

static void
percent_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	subst_feed(d, &subst_percent, p, len, fresh);
}

static void
percent_end(struct decoding *d)
{
	subst_end(d, &subst_percent);
}

const struct decoder decoder_percent = {
	.name = "percent", .kind = DECODER_NEST, .size = sizeof(struct subst),
	.feed = percent_feed, .end = percent_end, .gap = subst_gap,
	.classes = 1,
	.usual = 1
};
