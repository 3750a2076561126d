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
 * JSON texts, read for what they say in pieces: see deltas.h.  Escapes in one
 * string are another decoder's, which takes them wherever they are.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "decoders.h"
#include "deltas.h"
#include "json.h"
#include "scan_private.h"
#include "view.h"

enum mode {
	MODE_SNIFF,		/* the first byte that says something */
	MODE_READ,
	MODE_LINE,		/* malformed: the next line may be a text */
	MODE_OFF		/* until the text ends */
};

#define ALIKE_MAX	256	/* bytes around a piece */
#define VALUE_MAX	512	/* of a piece */

/*
 * An event as most of a stream are: all but its only piece is the same in
 * each, so they need not be read as JSON.
 */
struct alike {
	uint64_t	 key;		/* of the block, 0: none is known */
	size_t		 before;	/* bytes up to the piece, */
	size_t		 after;		/* and behind it */
	uint8_t		 text[ALIKE_MAX];
};

struct reader {
	struct json	 json;
	struct deltas	 deltas;
	struct view	*in;
	struct alike	 alike;
	/* What is being fed, and where in it the last piece is. */
	const uint8_t	*from;
	const uint8_t	*to;
	const uint8_t	*piece;		/* NULL: there is none, or no telling */
	size_t		 piecelen;
	unsigned int	 npieces;
};

/* Most texts are none of ours: the rest is taken when one is. */
struct state {
	enum mode	 mode;
	int		 texts;		/* some have been read */
	struct reader	*reader;
};

static void
on_begin(struct json *j, int array, void *arg)
{
	struct reader	*r = arg;

	(void)array;
	deltas_begin(&r->deltas, j, r->in);
}

static void
on_end(struct json *j, int array, void *arg)
{
	struct reader	*r = arg;

	(void)array;
	deltas_end(&r->deltas, j);
	if (json_depth(j) == 1 && json_in_array(j, 0))
		deltas_event(&r->deltas, r->in);
}

static void
on_string(struct json *j, const uint8_t *p, size_t len, int part, void *arg)
{
	struct reader	*r = arg;

	if (!deltas_string(&r->deltas, j, p, len, part))
		return;
	r->npieces++;
	r->piece = NULL;
	if (part == (JSON_FIRST | JSON_LAST) && p >= r->from && p < r->to) {
		r->piece = p;
		r->piecelen = len;
	}
}

static void
on_scalar(struct json *j, const char *p, size_t len, void *arg)
{
	deltas_scalar(&((struct reader *)arg)->deltas, j, p, len);
}

static void
on_done(struct json *j, void *arg)
{
	struct reader	*r = arg;

	deltas_event(&r->deltas, r->in);
	json_stop(j);
}

/* An event that is all here has been read: what are others like? */
static void
alike_learn(struct reader *r, const uint8_t *p, size_t len)
{
	struct alike	*a = &r->alike;

	if (r->deltas.lone == 0 || r->npieces != 1 || r->piece == NULL ||
	    len - r->piecelen > ALIKE_MAX || r->piece <= p)
		return;
	a->key = r->deltas.lone;
	a->before = (size_t)(r->piece - p);
	a->after = len - r->piecelen - a->before;
	memcpy(a->text, p, a->before);
	memcpy(a->text + a->before, r->piece + r->piecelen, a->after);
}

static int
is_blank(uint8_t c)
{
	return (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/* The value of a piece with escapes in it; how many bytes that took, or 0. */
static size_t
alike_value(const uint8_t *p, size_t len, uint8_t value[VALUE_MAX], size_t *n)
{
	static const char	 letters[] = "\"\\/bfnrt", are[] =
				     "\"\\/\b\f\n\r\t";
	const char		*letter;
	size_t			 i;

	for (*n = i = 0; i < len && p[i] != '"'; i++) {
		if (*n == VALUE_MAX)
			return (0);
		value[*n] = p[i];
		if (p[i] == '\\') {
			if (++i == len || p[i] == '\0' ||
			    (letter = strchr(letters, p[i])) == NULL)
				return (0);
			value[*n] = (uint8_t)are[letter - letters];
		}
		(*n)++;
	}
	return (i);
}

/* Such an event at the beginning of these bytes: how long it is, or 0. */
static size_t
alike_take(struct reader *r, const uint8_t *p, size_t len)
{
	const struct alike	*a = &r->alike;
	const uint8_t		*piece = p + a->before;
	uint8_t			 value[VALUE_MAX];
	size_t			 i, n, used = 0;

	if (a->key == 0 || len < a->before + a->after ||
	    memcmp(p, a->text, a->before) != 0)
		return (0);
	i = n = json_plain(piece, len - a->before);
	if (i < len - a->before && piece[i] == '\\') {
		i = alike_value(piece, len - a->before, value, &n);
		piece = value;
		used = n;
	}
	i += a->before;
	if (len - i < a->after || (n > 0 && i == a->before) ||
	    memcmp(p + i, a->text + a->before, a->after) != 0 ||
	    deltas_next(&r->deltas, a->key, piece, n, r->in) == -1)
		i = 0;
	OPENSSL_cleanse(value, used);
	return (i == 0 ? 0 : i + a->after);
}

/* All of them that are there, one behind another. */
static size_t
alike_all(struct reader *r, const uint8_t *p, size_t len)
{
	size_t	 at = 0, taken = 0, n;

	while (at < len && (n = alike_take(r, p + at, len - at)) > 0) {
		at = taken = at + n;
		while (at < len && is_blank(p[at]))
			at++;
	}
	return (taken);
}

static int
read_begin(struct decoding *d)
{
	static const struct json_ops	 ops = {
		.begin = on_begin,
		.end = on_end,
		.string = on_string,
		.scalar = on_scalar,
		.done = on_done,
	};
	struct state			*s = d->state;

	if (s->reader == NULL) {
		if ((s->reader = calloc(1, sizeof(*s->reader))) == NULL) {
			scan_note_gap(view_scan(d->in), SCAN_GAP_MEMORY, 0);
			return (-1);
		}
		s->reader->in = d->in;
		json_init(&s->reader->json, &ops, s->reader, deltas_keys,
		    deltas_nkeys);
	} else
		json_again(&s->reader->json);
	return (0);
}

static void
read_end(struct decoding *d)
{
	struct reader	*r = ((struct state *)d->state)->reader;

	(void)json_end(&r->json);
	deltas_event(&r->deltas, d->in);
}

/* Which bytes, at first, may stand before a text. */
static int
is_before(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
	    c == 0x1e || c == 0xef || c == 0xbb || c == 0xbf);
}

/* The next bytes of texts; how many were taken, or -1: they are malformed. */
static ptrdiff_t
read_on(struct decoding *d, const uint8_t *p, size_t len)
{
	struct state	*s = d->state;
	struct reader	*r = s->reader;
	size_t		 n;
	int		 whole;

	if ((whole = json_between(&r->json))) {
		if (is_blank(*p))
			return (1);
		if ((n = alike_all(r, p, len)) > 0) {
			s->texts = 1;
			return ((ptrdiff_t)n);
		}
	}
	r->from = p;
	r->to = p + len;
	r->npieces = 0;
	if (json_feed(&r->json, p, len) == -1)
		return (-1);
	n = json_read(&r->json);
	if (json_between(&r->json)) {
		s->texts |= json_texts(&r->json) > 0;
		if (whole)
			alike_learn(r, p, n);
	}
	return ((ptrdiff_t)n);
}

static void
json_view_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct state	*s = d->state;
	const uint8_t	*end = p + len, *nl;
	ptrdiff_t	 n;

	(void)fresh;
	while (p < end) {
		switch (s->mode) {
		case MODE_SNIFF:
			if (is_before(*p)) {
				p++;
				break;
			}
			s->mode = (*p == '{' || *p == '[') &&
			    read_begin(d) == 0 ? MODE_READ : MODE_OFF;
			break;
		case MODE_READ:
			if ((n = read_on(d, p, (size_t)(end - p))) != -1) {
				p += n;
				break;
			}
			/* Among lines of texts one may be broken. */
			s->mode = s->texts ? MODE_LINE : MODE_OFF;
			p += json_read(&s->reader->json);
			if (p[-1] == '\n')
				p--;
			read_end(d);
			break;
		case MODE_LINE:
			nl = memchr(p, '\n', (size_t)(end - p));
			if (nl == NULL)
				return;
			p = nl + 1;
			s->mode = MODE_SNIFF;
			break;
		case MODE_OFF:
			return;
		}
	}
}

static void
json_view_end(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->mode == MODE_READ)
		read_end(d);
	s->mode = MODE_SNIFF;
	s->texts = 0;
}

/* What follows begins somewhere inside. */
static void
json_view_gap(struct decoding *d)
{
	json_view_end(d);
	((struct state *)d->state)->mode = MODE_OFF;
}

static void
json_view_free(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->reader == NULL)
		return;
	deltas_free(&s->reader->deltas, d->in);
	OPENSSL_cleanse(s->reader, sizeof(*s->reader));
	free(s->reader);
}

const struct decoder	 decoder_json = {
	.name = "json",
	.kind = DECODER_SHAPE,
	.size = sizeof(struct state),
	.feed = json_view_feed,
	.end = json_view_end,
	.gap = json_view_gap,
	.free = json_view_free,
};
