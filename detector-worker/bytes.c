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
 * Bytes that are written out one by one: "73 6b 2d", "73:6b:2d", "0x73, 0x6b",
 * "115,107,45" (a Buffer in JSON), and the rows of xxd(1), hexdump(1) and od(1)
 * with an offset before and letters behind.  Eight in a row that are text, or
 * something else that is decoded further, begin one; what is no such number
 * ends it.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <openssl/crypto.h>

#include "decoders.h"
#include "view.h"

#define WIN		8	/* bytes that decide */
#define OUT_SIZE	1024
#define GAP_MAX		32	/* bytes between two numbers */
#define ROW_MAX		16	/* bytes of a row with an offset */
#define LETTERS_MAX	96	/* bytes behind them */
#define OFFSET_MIN	6	/* digits */
#define OFFSET_MAX	8
#define NUMBERS_MIN	48	/* a shorter run is not looked at */

/* Values of digits; of what may be between them, and of the rest. */
#define NO_DIGIT	16
#define OTHER		17
static const uint8_t values[256] = {
#define N8	17, 17, 17, 17, 17, 17, 17, 17
#define N32	N8, N8, N8, N8
	17, 17, 17, 17, 17, 17, 17, 17, 17, 16, 16, 17, 17, 16, 17, 17,
	N8, N8,
	16, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 16, 16, 17, 17,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 17, 17, 17, 17,
	17, 10, 11, 12, 13, 14, 15, 17, N8,
	N8, 16, 17, 17, 17, 17, 17, 17, 17,
	17, 10, 11, 12, 13, 14, 15, 17, N8,
	N8, 16, 17, 17, 17, 17, 17, 17, 17,
	N32, N32, N32, N32
#undef N32
#undef N8
};

enum bytes_mode {
	BYTES_IDLE,
	BYTES_FIND,		/* in a run of numbers */
	BYTES_DECODE,
	BYTES_LETTERS		/* to the end of a row */
};

enum bytes_kind { KIND_HEX, KIND_DECIMAL, KINDS };

struct window {
	uint8_t		 buf[WIN + 1];	/* a number is two bytes at most */
	uint8_t		 n;
};

/* There is one for each text, so it is small. */
struct bytes {
	uint8_t		 mode;
	uint8_t		 kind;		/* of the text, if there is one */
	uint8_t		 text;		/* there is */
	uint8_t		 refused;	/* there is no view for it */
	uint8_t		 rows;		/* they have an offset, */
	uint8_t		 colon;		/* with a colon behind: xxd(1) */
	uint8_t		 swapped;	/* words, the low byte first */
	/* The number going on. */
	uint8_t		 digits;
	uint8_t		 prefix;	/* "0x" before it */
	uint8_t		 letters;	/* some are no decimal ones */
	/* Since the last one, and since the line began. */
	uint8_t		 gap;
	uint8_t		 blanks;	/* in a row */
	uint8_t		 comma;
	uint8_t		 some;		/* numbers in this line, or an offset */
	uint8_t		 row;		/* bytes, as far as that matters */
	struct window	 win[KINDS];
	uint32_t	 hex;
	uint32_t	 decimal;
};

struct out {
	struct decoding	*d;
	size_t		 n;
	uint8_t		 buf[OUT_SIZE];
};

static void
out_flush(struct out *o)
{
	if (o->n == 0)
		return;
	view_feed(o->d->out, o->buf, o->n, NULL);
	OPENSSL_cleanse(o->buf, o->n);
	o->n = 0;
}

static void
out_add(struct out *o, const uint8_t *p, size_t len)
{
	if (o->n + len > OUT_SIZE)
		out_flush(o);
	memcpy(o->buf + o->n, p, len);
	o->n += len;
}

/* The run is over, and the text if there is one. */
static void
run_end(struct bytes *b, struct out *o)
{
	uint8_t	 refused = b->refused;

	if (b->text) {
		out_flush(o);
		view_break(o->d->out);
	}
	if (b->text || b->win[KIND_HEX].n > 0 || b->win[KIND_DECIMAL].n > 0)
		OPENSSL_cleanse(b, sizeof(*b));
	else
		memset(b, 0, sizeof(*b));
	b->refused = refused;
}

/* Bytes for a window: are they the beginning of a text? */
static int
window_add(struct bytes *b, struct out *o, enum bytes_kind kind,
    const uint8_t *p, size_t n)
{
	struct window	*w = &b->win[kind];
	size_t		 drop;

	memcpy(w->buf + w->n, p, n);
	w->n = (uint8_t)(w->n + n);
	if (w->n < WIN)
		return (0);
	if (!b->refused && (looks_like_text(w->buf, w->n) ||
	    text_sniff(w->buf, w->n) != NULL)) {
		if (decoding_out(o->d, w->n) != NULL &&
		    !view_spent(o->d->out)) {
			out_add(o, w->buf, w->n);
			b->text = 1;
			b->kind = (uint8_t)kind;
			b->mode = BYTES_DECODE;
			return (1);
		}
		b->refused = 1;
	}
	/* From the next byte on. */
	drop = w->n - (WIN - 1);
	memmove(w->buf, w->buf + drop, WIN - 1);
	w->n = WIN - 1;
	return (0);
}

/* The bytes of a number of a kind; how many, or 0: it is none. */
static size_t
number_bytes(const struct bytes *b, enum bytes_kind kind, uint8_t out[2])
{
	if (kind == KIND_DECIMAL) {
		if (b->prefix || b->letters || b->digits > 3 ||
		    b->decimal > 0xff)
			return (0);
		out[0] = (uint8_t)b->decimal;
		return (1);
	}
	if (b->digits == 2 || (b->prefix && b->digits == 1)) {
		out[0] = (uint8_t)b->hex;
		return (1);
	}
	if (b->digits != 4)
		return (0);
	out[b->swapped ? 1 : 0] = (uint8_t)(b->hex >> 8);
	out[b->swapped ? 0 : 1] = (uint8_t)b->hex;
	return (2);
}

static void
row_add(struct bytes *b, size_t n)
{
	if (b->row < ROW_MAX)
		b->row = (uint8_t)(b->row + n);
}

/* A number is complete; returns -1 if the run is over with it. */
static int
number_end(struct bytes *b, struct out *o)
{
	static const enum bytes_kind	 order[2][KINDS] = {
		{ KIND_HEX, KIND_DECIMAL }, { KIND_DECIMAL, KIND_HEX }
	};
	uint8_t				 v[2];
	size_t				 i, n;
	enum bytes_kind			 kind;
	int				 first = !b->some;

	if (b->digits > OFFSET_MAX)
		return (-1);
	b->some = 1;
	if (first && b->digits >= OFFSET_MIN && !b->prefix) {
		b->rows = 1;
		b->swapped = b->digits == 7;
		b->row = 0;
		return (0);
	}
	if (b->mode == BYTES_DECODE) {
		/* Without an offset that is no row. */
		if ((b->rows && first) || (n = number_bytes(b,
		    (enum bytes_kind)b->kind, v)) == 0)
			return (-1);
		out_add(o, v, n);
		row_add(b, n);
		return (0);
	}
	for (i = 0; i < KINDS; i++) {
		kind = order[b->comma && !b->prefix][i];
		n = number_bytes(b, kind, v);
		if (n == 0)
			b->win[kind].n = 0;
		else if (window_add(b, o, kind, v, n))
			break;
	}
	row_add(b, b->digits / 2u);
	return (0);
}

/* Digits, as many as there are in a row; returns how many. */
static size_t
digits(struct bytes *b, const uint8_t *p, size_t len)
{
	uint32_t	 hex = b->hex, decimal = b->decimal;
	uint8_t		 v, most = 0;
	size_t		 i;

	if (b->digits == 0) {
		b->gap = b->blanks = 0;
		hex = decimal = 0;
		b->letters = b->prefix;
	}
	for (i = 0; i < len && (v = values[p[i]]) < NO_DIGIT; i++) {
		hex = hex << 4 | v;
		decimal = decimal * 10 + v;
		if (v > most)
			most = v;
	}
	b->hex = hex;
	b->decimal = decimal;	/* of more than three digits it is not used */
	b->letters |= most > 9;
	b->digits = i + b->digits > OFFSET_MAX ? OFFSET_MAX + 1 :
	    (uint8_t)(b->digits + i);
	return (i);
}

/* What is between numbers; returns -1 if nothing of it may be. */
static int
between(struct bytes *b, uint8_t c)
{
	if (c == '\n') {
		b->some = b->blanks = 0;
	} else if (c == ' ' || c == '\t') {
		/* Letters follow in xxd(1), and behind a whole row. */
		if (++b->blanks > 1 && b->rows && b->row > 0 &&
		    (b->colon || b->row >= ROW_MAX))
			b->mode = BYTES_LETTERS;
	} else if (c == ':' && b->rows && b->row == 0 && b->gap == 0)
		b->colon = 1;
	else if (c == ',')
		b->comma = 1;
	else if (c != ':' && c != '-' && c != '\r')
		return (-1);
	return (++b->gap > GAP_MAX ? -1 : 0);
}

/* One byte that is no digit, or is behind a row. */
static void
bytes_byte(struct bytes *b, struct out *o, uint8_t c)
{
	if (b->mode == BYTES_LETTERS) {
		if (c == '\n') {
			b->mode = b->text ? BYTES_DECODE : BYTES_FIND;
			b->some = b->gap = b->blanks = b->row = 0;
		} else if (++b->gap > LETTERS_MAX)
			run_end(b, o);
		return;
	}
	if ((c == 'x' || c == 'X') && b->digits == 1 && b->hex == 0) {
		b->prefix = 1;
		b->digits = 0;	/* those behind it count */
		return;
	}
	if (b->digits > 0) {
		if (number_end(b, o) == -1) {
			run_end(b, o);
			return;
		}
		b->digits = 0;
		b->prefix = b->comma = 0;
	}
	if (between(b, c) == -1) {
		if (b->rows && b->row > 0 && c == '|') {
			b->mode = BYTES_LETTERS;
			b->gap = 0;
		} else
			run_end(b, o);
	}
}

/* Whether one of 16 bytes is a lower-case letter that no number has. */
static int
has_letter(const uint8_t *p)
{
#ifdef __SSE2__
	__m128i	 v = _mm_loadu_si128((const __m128i *)(const void *)p);

	return (_mm_movemask_epi8(_mm_andnot_si128(
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('x')),
	    _mm_cmpgt_epi8(v, _mm_set1_epi8('f')))) != 0);
#else
	unsigned int	 i, letters = 0;

	for (i = 0; i < 16; i++)
		letters |= p[i] > 'f' && p[i] < 0x80 && p[i] != 'x';
	return (letters != 0);
#endif
}

/*
 * Where the next run of NUMBERS_MIN bytes begins, or the one that the text
 * ends with, however short; len if it ends with none.  Whole blocks are in
 * such a run, and lower-case letters in most others.
 */
static size_t
run_next(const uint8_t *p, size_t from, size_t len)
{
	size_t	 at = from, begin, end;

	for (; at + 16 <= len; at += 16) {
		if (has_letter(p + at))
			continue;
		begin = end = at;
		while (begin > from && values[p[begin - 1]] != OTHER)
			begin--;
		while (end < len && end - begin < NUMBERS_MIN &&
		    values[p[end]] != OTHER)
			end++;
		if (end == len || end - begin == NUMBERS_MIN)
			return (begin);
		/* It ends here; the next block may begin another. */
		from = end + 1;
		at += (end - at) / 16 * 16;
	}
	for (begin = len; begin > from && values[p[begin - 1]] != OTHER;)
		begin--;
	return (begin);
}

static void
bytes_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct bytes	*b = d->state;
	struct out	 o;
	size_t		 i = 0;

	(void)fresh;
	o.d = d;
	o.n = 0;
	while (i < len) {
		if (b->mode == BYTES_IDLE) {
			if ((i = run_next(p, i, len)) == len)
				break;
			/* What is before the first number says nothing. */
			while (i < len && (p[i] == ' ' || p[i] == '\n'))
				i++;
			if (i == len)
				break;
			if (values[p[i]] >= NO_DIGIT) {
				i++;
				continue;
			}
			b->mode = BYTES_FIND;
		}
		if (values[p[i]] < NO_DIGIT && b->mode != BYTES_LETTERS)
			i += digits(b, p + i, len - i);
		else
			bytes_byte(b, &o, p[i++]);
	}
	out_flush(&o);
}

static void
bytes_end(struct decoding *d)
{
	struct bytes	*b = d->state;
	struct out	 o;

	o.d = d;
	o.n = 0;
	if (b->digits > 0 && b->mode == BYTES_DECODE)
		(void)number_end(b, &o);
	run_end(b, &o);
	if (d->out != NULL)
		view_end(d->out);
	b->refused = 0;
}

static void
bytes_gap(struct decoding *d)
{
	if (d->out != NULL)
		view_gap(d->out);
	OPENSSL_cleanse(d->state, sizeof(struct bytes));
}

const struct decoder decoder_bytes = {
	.name = "bytes", .kind = DECODER_NEST, .size = sizeof(struct bytes),
	.feed = bytes_feed, .end = bytes_end, .gap = bytes_gap
};
