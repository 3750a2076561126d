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
 * Character references of HTML (WHATWG HTML 13.5): decimal, hexadecimal, and by
 * the names of ASCII characters.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "classes.h"
#include "decoders.h"
#include "subst.h"
#include "view.h"

static const struct {
	const char	*name;
	char		 c;
} names[] = {
	{ "amp", '&' }, { "AMP", '&' }, { "lt", '<' }, { "LT", '<' },
	{ "gt", '>' }, { "GT", '>' }, { "quot", '"' }, { "QUOT", '"' },
	{ "apos", '\'' }, { "nbsp", ' ' }, { "sol", '/' }, { "bsol", '\\' },
	{ "vert", '|' }, { "verbar", '|' }, { "VerticalLine", '|' },
	{ "dollar", '$' }, { "num", '#' }, { "percnt", '%' },
	{ "excl", '!' }, { "ast", '*' }, { "midast", '*' }, { "plus", '+' },
	{ "comma", ',' }, { "period", '.' }, { "colon", ':' },
	{ "semi", ';' }, { "equals", '=' }, { "quest", '?' },
	{ "commat", '@' }, { "lpar", '(' }, { "rpar", ')' },
	{ "lsqb", '[' }, { "lbrack", '[' }, { "rsqb", ']' },
	{ "rbrack", ']' }, { "lcub", '{' }, { "lbrace", '{' },
	{ "rcub", '}' }, { "rbrace", '}' }, { "lowbar", '_' },
	{ "UnderBar", '_' }, { "grave", '`' }, { "Tab", '\t' },
	{ "NewLine", '\n' }
};

static void
entity_number(const uint8_t *p, size_t len, int final, struct escape *e)
{
	uint32_t	 c = 0;
	size_t		 i = 2, digits;
	int		 x, hex;

	hex = i < len && (p[i] == 'x' || p[i] == 'X');
	if (hex)
		i++;
	digits = i;
	for (; i < len; i++) {
		x = hex_value(p[i]);
		if (x == -1 || (!hex && x > 9))
			break;
		if (c <= 0x10ffff)
			c = c * (hex ? 16 : 10) + (uint32_t)x;
	}
	if (i == len && !final) {
		e->more = 1;
		return;
	}
	if (i == digits)
		return;
	/* Without its semicolon it counts too. */
	e->len = i < len && p[i] == ';' ? i + 1 : i;
	e->outlen = utf8_put(c, e->out);
}

static void
entity_escape(struct subst *s, const uint8_t *p, size_t len, int final,
    struct escape *e)
{
	size_t	 i, n;

	(void)s;
	if (len > 1 && p[1] == '#') {
		entity_number(p, len, final, e);
		return;
	}
	for (n = 1; n < len && ((p[n] >= 'a' && p[n] <= 'z') ||
	    (p[n] >= 'A' && p[n] <= 'Z')); n++)
		continue;
	if (n == len) {
		e->more = !final;
		return;
	}
	if (p[n] != ';')
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == n - 1 &&
		    memcmp(names[i].name, p + 1, n - 1) == 0) {
			e->len = n + 1;
			e->out[0] = (uint8_t)names[i].c;
			e->outlen = 1;
			return;
		}
}

const struct subst_ops subst_html = {
	.intro = '&', .has = HAS_AMPERSAND, .escape = entity_escape
};

static void
html_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	subst_feed(d, &subst_html, p, len, fresh);
}

static void
html_end(struct decoding *d)
{
	subst_end(d, &subst_html);
}

const struct decoder decoder_html = {
	.name = "html", .kind = DECODER_NEST, .size = sizeof(struct subst),
	.feed = html_feed, .end = html_end, .gap = subst_gap,
	.classes = 1
};
