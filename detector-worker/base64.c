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
 * Base64 and base64url (RFC 4648 4 and 5, RFC 2045 6.8), which have no mark:
 * any run of at least 16 bytes of the alphabet may be one.  It is one if its
 * first twelve bytes look like text, or like something else that is decoded
 * further.  Since "/", "+", "-", "_" and line feeds may just as well join a
 * word to it, a text may begin after each of them.
 *
 * Lines are joined if they are as wide as programs wrap them.  Where they are
 * indented, quoted, or separated by a blank (as a shell makes of line feeds),
 * or of another width, the next is one more if it decodes to what this one
 * does.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "classes.h"
#include "decoders.h"
#include "view.h"

#define WIN		RUN_MIN	/* characters that decide, and */
#define WIN_OUT		12	/* what they decode to */
#define OUT_SIZE	4096

/* Values of characters, beside those from 0 to 63. */
#define V_BREAK		64	/* of a line */
#define V_PAD		65
#define V_OTHER		66
#define V_GLUE		62	/* this or the next */

/* Widths of wrapped lines; one of another has to show that it is one. */
#define WIDTH_MIN	40
#define WIDTH_MAX	128
#define GAP_MAX		16	/* bytes between two lines */

enum base64_mode {
	BASE64_IDLE,
	BASE64_FILL,		/* the window */
	BASE64_SEEK,		/* in a run, for where a text may begin */
	BASE64_DECODE,
	BASE64_GAP,		/* behind a line */
	BASE64_TRY		/* in what may be the next one */
};

struct base64 {
	enum base64_mode mode;
	int		 begin;		/* a text may begin with the next */
	int		 refused;	/* there is no view for it */
	int		 spilled;	/* the text's beginning is handed on */
	int		 binary;	/* it is none, but something coded */
	unsigned int	 ngap;
	unsigned int	 nwin;
	uint32_t	 starts;	/* bits of the window */
	uint8_t		 win[WIN];
	unsigned int	 nquad;
	uint8_t		 quad[4];
	uint32_t	 line;		/* characters of this line */
	uint32_t	 width;		/* of the first, 0: this is it */
};

#define SHORT_MAX	512	/* texts that are handed on together */

/* Short texts, and from start on the one that is being decoded. */
struct out {
	struct decoding	*d;
	size_t		 n;
	size_t		 start;
	uint8_t		 buf[OUT_SIZE];
};

static const uint8_t values[256] = {
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 64, 66, 66, 64, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 62, 66, 62, 66, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 66, 66, 66, 65, 66, 66,
	66, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 66, 66, 66, 66, 63,
	66, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
	66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66
};

static void
out_flush(struct out *o)
{
	if (o->start > 0) {
		view_feed(o->d->out, o->buf, o->start, NULL);
		view_break(o->d->out);
	}
	if (o->n > o->start) {
		view_feed(o->d->out, o->buf + o->start, o->n - o->start, NULL);
		((struct base64 *)o->d->state)->spilled = 1;
	}
	OPENSSL_cleanse(o->buf, o->n);
	o->n = o->start = 0;
}

static void
decode4(const uint8_t *v, uint8_t *out)
{
	out[0] = (uint8_t)(v[0] << 2 | v[1] >> 4);
	out[1] = (uint8_t)(v[1] << 4 | v[2] >> 2);
	out[2] = (uint8_t)(v[2] << 6 | v[3]);
}

/* The text is over: what is left of it, and the end. */
static void
text_end(struct base64 *b, struct out *o)
{
	/* See view_break(). */
	static const uint8_t	 boundary[] = { '\n', '\0', '\n' };
	const uint8_t		*text;
	uint8_t			 last[3];
	size_t			 len;

	if (b->nquad > 1) {
		memset(b->quad + b->nquad, 0, 4 - b->nquad);
		decode4(b->quad, last);
		if (o->n + 3 > OUT_SIZE)
			out_flush(o);
		memcpy(o->buf + o->n, last, b->nquad - 1);
		o->n += b->nquad - 1;
	}
	b->nquad = 0;
	/* One pass of the rules for each of many short ones costs too much. */
	text = o->buf + o->start;
	len = o->n - o->start;
	if (!b->spilled && len >= SNIFF_LEN && len < SHORT_MAX &&
	    o->n + sizeof(boundary) <= OUT_SIZE && text[0] != '{' &&
	    text[0] != '[' && text_sniff(text, len) == NULL) {
		memcpy(o->buf + o->n, boundary, sizeof(boundary));
		o->n += sizeof(boundary);
		o->start = o->n;
		return;
	}
	out_flush(o);
	view_break(o->d->out);
}

/* Does a text begin with these values? */
static int
is_text(const uint8_t win[WIN], uint8_t text[WIN_OUT])
{
	unsigned int	 i;

	for (i = 0; i < WIN / 4; i++)
		decode4(win + 4 * i, text + 3 * i);
	return (looks_like_text(text, WIN_OUT) ||
	    text_sniff(text, WIN_OUT) != NULL);
}

/* What some characters are, behind those of a quad that is begun. */
static size_t
peek(const struct base64 *b, uint8_t text[WIN + 3])
{
	uint8_t		 v[WIN + 4 + 3];
	unsigned int	 i, n = b->nquad + b->nwin;
	size_t		 len = 0;

	memset(v, 0, sizeof(v));
	memcpy(v, b->quad, b->nquad);
	memcpy(v + b->nquad, b->win, b->nwin);
	for (i = 0; i < n; i += 4) {
		decode4(v + i, text + len);
		len += n - i >= 4 ? 3 : n - i == 1 ? 0 : n - i - 1;
	}
	return (len);
}

/* The window is full: does a text begin with it? */
static void
window_judge(struct base64 *b, struct out *o)
{
	uint8_t		 text[WIN_OUT];
	unsigned int	 i;

	if ((b->starts & 1) && !b->refused && is_text(b->win, text)) {
		if (decoding_out(o->d, WIN_OUT) != NULL &&
		    !view_spent(o->d->out)) {
			if (o->n + WIN_OUT > OUT_SIZE)
				out_flush(o);
			memcpy(o->buf + o->n, text, WIN_OUT);
			o->n += WIN_OUT;
			b->binary = !looks_like_text(text, WIN_OUT);
			b->spilled = 0;
			b->mode = BASE64_DECODE;
			b->nwin = 0;
			b->nquad = 0;
			return;
		}
		b->refused = 1;
	}
	/* From the next place on where one may. */
	b->starts &= ~1U;
	for (i = 0; i < WIN && (b->starts >> i & 1) == 0; i++)
		continue;
	if (i == WIN) {
		b->mode = BASE64_SEEK;
		b->nwin = 0;
		b->starts = 0;
		return;
	}
	memmove(b->win, b->win + i, WIN - i);
	b->nwin = WIN - i;
	b->starts >>= i;
	b->line = b->line > i ? b->line - i : 0;
}

/* A line ends in a text; does it go on with the next? */
static int
line_goes_on(struct base64 *b)
{
	if (b->line == 0)
		return (b->width != 0);		/* the other half of CRLF */
	if (b->width == 0) {
		if (b->line > WIDTH_MAX ||
		    (b->line < WIDTH_MIN && b->line >= WIN))
			return (0);
		b->width = b->line;
	} else if (b->line != b->width)
		return (0);
	b->line = 0;
	return (1);
}

/* A text may begin with the next byte. */
static void
window_fresh(struct base64 *b)
{
	b->mode = BASE64_FILL;
	b->nwin = 0;
	b->starts = 0;
	b->begin = 1;
	b->line = b->width = 0;
}

/*
 * The same without a line feed, or of another width: whether the next line
 * may be behind what is between the two.
 */
static int
line_may_go_on(struct base64 *b)
{
	if (b->line > 0) {
		if (b->line < WIN || b->line > WIDTH_MAX ||
		    (b->width != 0 && b->line != b->width))
			return (0);
		b->width = b->line;
		b->line = 0;
	}
	b->ngap = 0;
	return (b->width != 0);
}

static int
is_gap(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '>' ||
	    c == '#' || c == '|');
}

/* One more character of a text. */
static void
text_add(struct base64 *b, struct out *o, uint8_t v)
{
	b->line++;
	b->quad[b->nquad++] = v;
	if (b->nquad < 4)
		return;
	if (o->n + 3 > OUT_SIZE)
		out_flush(o);
	decode4(b->quad, o->buf + o->n);
	o->n += 3;
	b->nquad = 0;
}

/*
 * The window is full, or the run ended: is it another line of the text?  If
 * not, it is a window like any other.
 */
static void
line_judge(struct base64 *b, struct out *o)
{
	uint8_t		 text[WIN + 3];
	unsigned int	 i, n = b->nwin;
	size_t		 len = peek(b, text);
	int		 good;

	good = b->binary ? n == WIN : len > 0 && looks_like_text(text, len);
	OPENSSL_cleanse(text, sizeof(text));
	if (good) {
		b->mode = BASE64_DECODE;
		b->nwin = 0;
		for (i = 0; i < n; i++)
			text_add(b, o, b->win[i]);
		return;
	}
	text_end(b, o);
	b->mode = BASE64_FILL;
	b->starts = 1;
	for (i = 1; i < n; i++)
		if (b->win[i - 1] >= V_GLUE)
			b->starts |= 1U << i;
	b->begin = b->win[n - 1] >= V_GLUE;
	b->line = n;
	b->width = 0;
	if (n == WIN)
		window_judge(b, o);
}

static void
base64_byte(struct base64 *b, struct out *o, uint8_t c)
{
	uint8_t	 v = values[c];

	switch (b->mode) {
	case BASE64_IDLE:
		if (v >= V_BREAK)
			return;
		window_fresh(b);
		/* FALLTHROUGH */
	case BASE64_FILL:
		if (v > V_BREAK) {
			b->mode = BASE64_IDLE;
			return;
		}
		if (v == V_BREAK) {
			if (b->line > 0 && b->nwin > 0)
				b->width = b->line;
			b->line = 0;
			b->begin = 1;
			return;
		}
		if (b->begin) {
			b->starts |= 1U << b->nwin;
			if (b->nwin == 0) {
				b->line = 0;
				b->width = 0;
			}
		}
		b->begin = v >= V_GLUE;
		b->win[b->nwin++] = v;
		b->line++;
		if (b->nwin == WIN)
			window_judge(b, o);
		return;
	case BASE64_SEEK:
		if (v > V_BREAK)
			b->mode = BASE64_IDLE;
		else if (v >= V_GLUE)
			window_fresh(b);
		return;
	case BASE64_DECODE:
		if (v < V_BREAK) {
			text_add(b, o, v);
			return;
		}
		if (v == V_BREAK && line_goes_on(b))
			return;
		if (is_gap(c) && line_may_go_on(b)) {
			b->mode = BASE64_GAP;
			return;
		}
		break;
	case BASE64_GAP:
		if (v < V_BREAK) {
			b->mode = BASE64_TRY;
			b->win[0] = v;
			b->nwin = 1;
			return;
		}
		if (is_gap(c) && ++b->ngap < GAP_MAX)
			return;
		break;
	case BASE64_TRY:
		if (v < V_BREAK)
			b->win[b->nwin++] = v;
		if (v >= V_BREAK || b->nwin == WIN)
			line_judge(b, o);
		if (v >= V_BREAK)
			base64_byte(b, o, c);
		return;
	}
	text_end(b, o);
	b->mode = BASE64_IDLE;
}

/* Whole quads of a text, as many as there are in a row. */
static size_t
base64_quads(struct base64 *b, struct out *o, const uint8_t *p, size_t len)
{
	uint8_t	 v[4];
	size_t	 i;

	for (i = 0; i + 4 <= len; i += 4) {
		v[0] = values[p[i]];
		v[1] = values[p[i + 1]];
		v[2] = values[p[i + 2]];
		v[3] = values[p[i + 3]];
		if ((v[0] | v[1] | v[2] | v[3]) >= V_BREAK)
			break;
		if (o->n + 3 > OUT_SIZE)
			out_flush(o);
		decode4(v, o->buf + o->n);
		o->n += 3;
	}
	b->line += (uint32_t)i;
	return (i);
}

/* How many ends of lines there are, by which bytes are alphanumeric. */
static size_t
breaks(const uint8_t *p, uint64_t alnum, size_t len)
{
	uint64_t	 w;
	size_t		 n = 0;

	for (w = ~alnum & (~UINT64_C(0) >> (64 - len)); w != 0; w &= w - 1)
		n += values[p[__builtin_ctzll(w)]] == V_BREAK;
	return (n);
}

/* Whether the run that goes on at a place ends before a window is full. */
static int
is_short(const struct classes *c, const uint8_t *p, size_t i, size_t len,
    size_t *end)
{
	size_t	 n;

	*end = classes_run_end(c->base64, i, len);
	n = *end - i;
	return (*end < len && n <= 64 &&
	    n < WIN + breaks(p + i, classes_at(c->alnum, i), n));
}

/*
 * Pass over bytes that change nothing, and windows that are all here and no
 * text.  Returns where there is something to be done byte by byte, or len.
 */
static size_t
base64_skip(struct base64 *b, const struct classes *c, const uint8_t *p,
    size_t i, size_t len)
{
	uint8_t	 win[WIN], text[WIN_OUT];
	size_t	 n, end;

	for (;;) {
		if (b->mode == BASE64_IDLE) {
			if ((i = classes_run(c->base64, i, len)) == len)
				return (len);
		} else if (b->mode == BASE64_SEEK) {
			if ((i = classes_run_end(c->alnum, i, len)) == len)
				return (len);
			if ((classes_at(c->base64, i) & 1) == 0) {
				b->mode = BASE64_IDLE;
				continue;
			}
			i++;
		} else if (b->mode != BASE64_FILL || b->nwin > 0)
			return (i);
		window_fresh(b);
		if (len - i < WIN)
			return (i);
		if ((~classes_at(c->base64, i) & 0xffff) != 0) {
			i = classes_run_end(c->base64, i, len);
			b->mode = BASE64_IDLE;
			continue;
		}
		if (breaks(p + i, classes_at(c->alnum, i), WIN) > 0) {
			if (!is_short(c, p, i, len, &end))
				return (i);
			i = end;
			b->mode = BASE64_IDLE;
			continue;
		}
		b->mode = BASE64_SEEK;
		for (n = 0; n < 4; n++)
			win[n] = values[p[i + n]];
		decode4(win, text);
		if (!text_maybe(text))
			continue;
		for (; n < WIN; n++)
			win[n] = values[p[i + n]];
		if (is_text(win, text)) {
			b->mode = BASE64_FILL;
			return (i);
		}
	}
}

static void
base64_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	const struct classes	*c = view_classes(d->in);
	struct base64		*b = d->state;
	struct out		 o;
	size_t			 i = 0;

	(void)fresh;
	o.d = d;
	o.n = o.start = 0;
	while (i < len) {
		if ((i = base64_skip(b, c, p, i, len)) == len)
			break;
		if (b->mode == BASE64_DECODE && b->nquad == 0 &&
		    (i += base64_quads(b, &o, p + i, len - i)) == len)
			break;
		base64_byte(b, &o, p[i++]);
	}
	if (o.n > 0)
		out_flush(&o);
}

static void
base64_end(struct decoding *d)
{
	struct base64	*b = d->state;
	struct out	 o;

	o.d = d;
	o.n = o.start = 0;
	if (b->mode == BASE64_TRY)
		line_judge(b, &o);
	if (b->mode == BASE64_DECODE || b->mode == BASE64_GAP)
		text_end(b, &o);
	if (d->out != NULL)
		view_end(d->out);
	OPENSSL_cleanse(b, sizeof(*b));
}

static void
base64_gap(struct decoding *d)
{
	if (d->out != NULL)
		view_gap(d->out);
	OPENSSL_cleanse(d->state, sizeof(struct base64));
}

const struct decoder decoder_base64 = {
	.name = "base64", .kind = DECODER_NEST,
	.size = sizeof(struct base64), .feed = base64_feed,
	.end = base64_end, .gap = base64_gap, .classes = 1
};
