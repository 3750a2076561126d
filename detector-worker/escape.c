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
 * Backslash escapes of JSON (RFC 8259 7), and of the languages that have more
 * of them: ECMA-262 12.9.4, C, Python, and the shell's $'...' and printf:
 * \xNN, \NNN, \u{N}, \UNNNNNNNN, and a line that goes on with the next.
 *
 * It need not be JSON as a whole: what is inside of a string of another string,
 * in a cut off text, or in source code is found alike.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "classes.h"
#include "decoders.h"
#include "subst.h"
#include "view.h"

static const struct {
	uint8_t	 letter;
	uint8_t	 c;
} letters[] = {
	{ 'n', '\n' }, { 'r', '\r' }, { 't', '\t' }, { '"', '"' },
	{ '/', '/' }, { '\\', '\\' }, { '\'', '\'' }, { 'b', '\b' },
	{ 'f', '\f' }, { 'v', '\v' }, { 'a', '\a' }, { 'e', 0x1b },
	{ '`', '`' }, { '$', '$' }
};

/*
 * Up to most digits from p on.  Returns how many there are, -1 if there may be
 * more.
 */
static int
digits(const uint8_t *p, size_t len, int base, int most, int final,
    uint32_t *c)
{
	int	 n, x;

	*c = 0;
	for (n = 0; n < most; n++) {
		if ((size_t)n >= len)
			return (final ? n : -1);
		x = hex_value(p[n]);
		if (x == -1 || x >= base)
			break;
		*c = *c * (uint32_t)base + (uint32_t)x;
	}
	return (n);
}

/* "\uXXXX", "\u{X}", and two that are one character in UTF-16. */
static void
escape_unicode(const uint8_t *p, size_t len, int final, struct escape *e)
{
	uint32_t	 c, low;
	int		 n;

	if (len > 2 && p[2] == '{') {
		n = digits(p + 3, len - 3, 16, 8, final, &c);
		if (n == -1 || (!final && len == 3 + (size_t)n))
			e->more = 1;
		else if (n > 0 && 3 + (size_t)n < len && p[3 + n] == '}') {
			e->len = 4 + (size_t)n;
			e->outlen = utf8_put(c, e->out);
		}
		return;
	}
	n = digits(p + 2, len - 2, 16, 4, final, &c);
	if (n == -1) {
		e->more = 1;
		return;
	}
	if (n != 4)
		return;
	e->len = 6;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (!final && (len < 12) && (len < 7 || p[6] == '\\') &&
		    (len < 8 || p[7] == 'u')) {
			e->more = 1;
			return;
		}
		if (len >= 12 && p[6] == '\\' && p[7] == 'u' &&
		    digits(p + 8, 4, 16, 4, 1, &low) == 4 && low >= 0xdc00 &&
		    low <= 0xdfff) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			e->len = 12;
		}
	}
	e->outlen = utf8_put(c, e->out);
}

static void
escape_escape(struct subst *s, const uint8_t *p, size_t len, int final,
    struct escape *e)
{
	uint32_t	 c;
	size_t		 i;
	int		 n;

	(void)s;
	if (len < 2) {
		e->more = !final;
		return;
	}
	switch (p[1]) {
	case 'u':
		escape_unicode(p, len, final, e);
		return;
	case 'U':
	case 'x':
		n = digits(p + 2, len - 2, 16, p[1] == 'U' ? 8 : 2, final, &c);
		if (n == -1)
			e->more = 1;
		else if (n == (p[1] == 'U' ? 8 : 2)) {
			e->len = 2 + (size_t)n;
			if (p[1] == 'U')
				e->outlen = utf8_put(c, e->out);
			else {
				e->out[0] = (uint8_t)c;
				e->outlen = 1;
			}
		}
		return;
	case '\n':
		e->len = 2;
		return;
	case '\r':
		if (len == 2 && !final)
			e->more = 1;
		else if (len > 2 && p[2] == '\n')
			e->len = 3;
		return;
	default:
		break;
	}
	if (p[1] >= '0' && p[1] <= '7') {
		n = digits(p + 1, len - 1, 8, p[1] == '0' ? 4 : 3, final, &c);
		if (n == -1) {
			e->more = 1;
			return;
		}
		e->len = 1 + (size_t)n;
		e->out[0] = (uint8_t)c;
		e->outlen = 1;
		return;
	}
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == p[1]) {
			e->len = 2;
			e->out[0] = letters[i].c;
			e->outlen = 1;
			return;
		}
}

const struct subst_ops subst_escape = {
	.intro = '\\', .has = HAS_BACKSLASH, .escape = escape_escape
};

static void
escape_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	subst_feed(d, &subst_escape, p, len, fresh);
}

static void
escape_end(struct decoding *d)
{
	subst_end(d, &subst_escape);
}

const struct decoder decoder_escape = {
	.name = "escape", .kind = DECODER_NEST, .size = sizeof(struct subst),
	.feed = escape_feed, .end = escape_end, .gap = subst_gap,
	.classes = 1,
	.usual = 1
};
