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
 * Runs of at least 16 hexadecimal digits that are text, or something else that
 * is decoded further, by their first eight bytes.  Lines may be wrapped, as
 * xxd(1) -p does it.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "classes.h"
#include "decoders.h"
#include "subst.h"
#include "view.h"

#define WIN		RUN_MIN	/* digits that decide */
#define OUT_SIZE	4096
#define WIDTH_MIN	32	/* of a wrapped line */

enum hex_mode {
	HEX_IDLE,
	HEX_FILL,
	HEX_SKIP,		/* to the end of the run */
	HEX_DECODE
};

struct hex {
	enum hex_mode	 mode;
	int		 refused;
	int		 spilled;	/* the text's beginning is handed on */
	unsigned int	 nwin;
	uint8_t		 win[WIN / 2];
	int		 half;		/* first digit of a byte is there */
	uint8_t		 high;
	uint32_t	 line;
	uint32_t	 width;		/* of the first line, 0: this is it */
};

#define SHORT_MAX	512	/* texts that are handed on together */

/* Short texts, and from start on the one that is being decoded. */
struct out {
	struct decoding	*d;
	size_t		 n;
	size_t		 start;
	uint8_t		 buf[OUT_SIZE];
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
		((struct hex *)o->d->state)->spilled = 1;
	}
	OPENSSL_cleanse(o->buf, o->n);
	o->n = o->start = 0;
}

/* The text is over; as in base64.c, many short ones are handed on together. */
static void
text_end(struct hex *h, struct out *o)
{
	/* See view_break(). */
	static const uint8_t	 boundary[] = { '\n', '\0', '\n' };
	const uint8_t		*text = o->buf + o->start;
	size_t			 len = o->n - o->start;

	if (!h->spilled && len >= SNIFF_LEN && len < SHORT_MAX &&
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

static void
window_judge(struct hex *h, struct out *o)
{
	h->mode = HEX_SKIP;
	if (h->refused || (!looks_like_text(h->win, WIN / 2) &&
	    text_sniff(h->win, WIN / 2) == NULL))
		return;
	if (decoding_out(o->d, WIN / 2) == NULL || view_spent(o->d->out)) {
		h->refused = 1;
		return;
	}
	if (o->n + WIN / 2 > OUT_SIZE)
		out_flush(o);
	memcpy(o->buf + o->n, h->win, WIN / 2);
	o->n += WIN / 2;
	h->mode = HEX_DECODE;
	h->spilled = 0;
	h->half = 0;
}

static int
line_goes_on(struct hex *h)
{
	if (h->line == 0)
		return (h->width != 0);		/* the other half of CRLF */
	if (h->half || (h->width == 0 ? h->line < WIDTH_MIN :
	    h->line != h->width))
		return (0);
	h->width = h->line;
	h->line = 0;
	return (1);
}

static void
hex_byte(struct hex *h, struct out *o, uint8_t c)
{
	int	 x = hex_value(c);

	switch (h->mode) {
	case HEX_IDLE:
		if (x == -1)
			return;
		h->mode = HEX_FILL;
		h->nwin = 0;
		h->line = h->width = 0;
		/* FALLTHROUGH */
	case HEX_FILL:
		if (x == -1) {
			h->mode = HEX_IDLE;
			return;
		}
		if (h->nwin % 2 == 0)
			h->win[h->nwin / 2] = (uint8_t)(x << 4);
		else
			h->win[h->nwin / 2] |= (uint8_t)x;
		h->line++;
		if (++h->nwin == WIN)
			window_judge(h, o);
		return;
	case HEX_SKIP:
		if (x == -1)
			h->mode = HEX_IDLE;
		return;
	case HEX_DECODE:
		if (x != -1) {
			h->line++;
			if (!h->half)
				h->high = (uint8_t)(x << 4);
			else {
				if (o->n == OUT_SIZE)
					out_flush(o);
				o->buf[o->n++] = (uint8_t)(h->high | x);
			}
			h->half = !h->half;
			return;
		}
		if ((c == '\n' || c == '\r') && line_goes_on(h))
			return;
		text_end(h, o);
		h->mode = HEX_IDLE;
		return;
	}
}

static void
hex_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	const struct classes	*c = view_classes(d->in);
	struct hex		*h = d->state;
	struct out		 o;
	size_t			 i = 0;

	(void)fresh;
	o.d = d;
	o.n = o.start = 0;
	while (i < len) {
		if (h->mode == HEX_IDLE)
			i = classes_run(c->hex, i, len);
		else if (h->mode == HEX_SKIP)
			i = classes_run_end(c->hex, i, len);
		if (i == len)
			break;
		hex_byte(h, &o, p[i++]);
	}
	if (o.n > 0)
		out_flush(&o);
}

static void
hex_end(struct decoding *d)
{
	if (d->out != NULL)
		view_end(d->out);
	OPENSSL_cleanse(d->state, sizeof(struct hex));
}

static void
hex_gap(struct decoding *d)
{
	if (d->out != NULL)
		view_gap(d->out);
	OPENSSL_cleanse(d->state, sizeof(struct hex));
}

const struct decoder decoder_hex = {
	.name = "hex", .kind = DECODER_NEST, .size = sizeof(struct hex),
	.feed = hex_feed, .end = hex_end, .gap = hex_gap, .classes = 1
};
