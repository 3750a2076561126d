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


#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "classes.h"
#include "compat.h"
#include "scan_private.h"
#include "shell.h"
#include "stream.h"
#include "view.h"

#define FRESH_MAX	8192	/* bytes whose bits are moved at once */
#define TAIL_MIN	128	/* bytes of a tail, at first */

struct view {
	struct scan		*scan;
	struct place		 place;
	enum decoder_kind	 kind;		/* what made it */
	unsigned int		 depth;		/* nesting decoders above */
	int			 decodes;	/* sniffed, text decoders */
	int			 seen;		/* not for the rules */
	int			 spent;		/* its budget is used up */
	int			 texts;		/* see view_break() */
	struct stream		*stream;
	struct decoding		*decodings;
	int			 asks;		/* some for classes */
	const struct classes	*classes;	/* of what they are fed */
	struct decoding		*coded;		/* takes all bytes */
	int			 declared;	/* coded for good */

	/* The first bytes, until it is known what they are. */
	uint8_t			 head[SNIFF_LEN];
	uint8_t			 headfresh;
	unsigned int		 nhead;
	int			 sniffed;

	uint64_t		 offset;	/* of the text's bytes so far */
	size_t			 taillen;
	size_t			 tailsize;	/* at most VIEW_TAIL */
	uint8_t			*tail;		/* if decodes */
};

static struct decoding *
decoding_new(struct view *v, const struct decoder *decoder)
{
	struct decoding	*d;
	size_t		 head = (sizeof(*d) + 15) & ~(size_t)15;

	if ((d = calloc(1, head + decoder->size)) == NULL)
		return (NULL);
	d->decoder = decoder;
	d->in = v;
	if (decoder->size > 0)
		d->state = (uint8_t *)d + head;
	return (d);
}

static void
decoding_free(struct decoding *d)
{
	if (d == NULL)
		return;
	if (d->decoder->free != NULL)
		d->decoder->free(d);
	view_free(d->out);
	OPENSSL_cleanse(d->state, d->decoder->size);
	free(d);
}

/* A view that nothing is attached to. */
static struct view *
view_bare(struct scan *scan, const struct place *place)
{
	struct view	*v;

	if (scan->nviews == VIEWS_MAX || (v = calloc(1, sizeof(*v))) == NULL)
		return (NULL);
	v->scan = scan;
	v->place = *place;
	v->kind = DECODER_SHAPE;
	if ((v->stream = stream_new(scan, &v->place)) == NULL) {
		free(v);
		return (NULL);
	}
	scan->nviews++;
	return (v);
}

struct view *
view_new(struct scan *scan, const struct place *place)
{
	struct view	*v = view_bare(scan, place);

	/* What a client receives may be a command, in its last form only. */
	if (v != NULL && scan->direction == FINDING_INBOUND &&
	    (place->npath == 0 ||
	    place->path[place->npath - 1] != decoder_shell.name) &&
	    view_attach(v, &decoder_shell) == NULL) {
		view_free(v);
		return (NULL);
	}
	return (v);
}

void
view_free(struct view *v)
{
	struct decoding	*d;

	if (v == NULL)
		return;
	while ((d = v->decodings) != NULL) {
		v->decodings = d->next;
		decoding_free(d);
	}
	decoding_free(v->coded);
	stream_free(v->stream);
	freezero(v->tail, v->tailsize);
	OPENSSL_cleanse(v->head, sizeof(v->head));
	v->scan->nviews--;
	free(v);
}

struct decoding *
view_attach(struct view *v, const struct decoder *decoder)
{
	struct decoding	*d, **last;

	if ((d = decoding_new(v, decoder)) == NULL)
		return (NULL);
	for (last = &v->decodings; *last != NULL; last = &(*last)->next)
		continue;
	*last = d;
	v->asks |= decoder->classes;
	return (d);
}

struct decoding *
view_coded(struct view *v, const struct decoder *decoder)
{
	v->coded = decoding_new(v, decoder);
	v->declared = v->coded != NULL;
	return (v->coded);
}

void
view_seen(struct view *v)
{
	v->seen = 1;
}

int
view_decodes(struct view *v)
{
	if (v->scan->plain)
		return (0);
	if (text_attach(v) == -1)
		return (-1);
	v->decodes = 1;
	return (0);
}

/* Room for a text of len bytes, or its end; it grows with short ones. */
static void
tail_room(struct view *v, uint64_t len)
{
	uint8_t	*p;
	size_t	 size = v->tailsize == 0 ? TAIL_MIN : v->tailsize;

	while (size < len && size < VIEW_TAIL)
		size = size * 2 < VIEW_TAIL ? size * 2 : VIEW_TAIL;
	if (size == v->tailsize)
		return;
	if ((p = malloc(size)) == NULL) {
		scan_note_gap(v->scan, SCAN_GAP_MEMORY, 0);
		return;
	}
	if (v->taillen > 0)
		memcpy(p, v->tail, v->taillen);
	freezero(v->tail, v->tailsize);
	v->tail = p;
	v->tailsize = size;
}

static void
tail_add(struct view *v, const uint8_t *p, size_t len)
{
	size_t	 keep;

	if (v->tailsize < VIEW_TAIL)
		tail_room(v, (uint64_t)v->taillen + len);
	if (v->tailsize == 0)
		return;
	if (len >= v->tailsize) {
		memcpy(v->tail, p + (len - v->tailsize), v->tailsize);
		v->taillen = v->tailsize;
		return;
	}
	keep = v->tailsize - len;
	if (keep > v->taillen)
		keep = v->taillen;
	memmove(v->tail, v->tail + (v->taillen - keep), keep);
	memcpy(v->tail + keep, p, len);
	v->taillen = keep + len;
}

const uint8_t *
view_tail(const struct view *v, size_t *len, int *more)
{
	*len = v->taillen;
	*more = v->offset > v->taillen;
	return (v->tail == NULL ? v->head : v->tail);
}

const struct classes *
view_classes(const struct view *v)
{
	return (v->classes);
}

/* Feeds those who ask what the bytes are, as many as that is told of. */
static void
view_block(struct view *v, const uint8_t *data, size_t len,
    const uint8_t *fresh)
{
	struct classes	 c;
	struct decoding	*d;

	classes_find(&c, data, len);
	v->classes = &c;
	for (d = v->decodings; d != NULL; d = d->next)
		if (d->decoder->classes)
			d->decoder->feed(d, data, len, fresh);
	v->classes = NULL;
}

/* Bytes that are known to be text, or to be coded. */
static void
view_pass(struct view *v, const uint8_t *data, size_t len,
    const uint8_t *fresh)
{
	struct decoding	*d;
	size_t		 at, n;

	if (v->coded != NULL) {
		v->coded->decoder->feed(v->coded, data, len, fresh);
		return;
	}
	if (!v->seen)
		stream_feed(v->stream, data, len);
	for (at = 0; at < len && (v->asks || v->decodes); at += n) {
		n = len - at < CLASSES_MAX ? len - at : CLASSES_MAX;
		if (v->asks)
			view_block(v, data + at, n,
			    fresh == NULL ? NULL : fresh + at / 8);
		if (v->decodes) {
			tail_add(v, data + at, n);
			v->offset += n;
		}
	}
	for (d = v->decodings; d != NULL; d = d->next)
		if (!d->decoder->classes)
			d->decoder->feed(d, data, len, fresh);
}

/* What the first bytes are is known as well as it will be: go on. */
static void
view_decide(struct view *v)
{
	const struct decoder	*decoder;

	v->sniffed = 1;
	if ((decoder = text_sniff(v->head, v->nhead)) != NULL &&
	    v->place.npath < PLACE_PATH_MAX)
		v->coded = decoding_new(v, decoder);
	view_pass(v, v->head, v->nhead, &v->headfresh);
	v->nhead = 0;
	v->headfresh = 0;
}

/* How many of len more bytes the message's budget allows. */
static size_t
view_charge(struct view *v, size_t len)
{
	struct scan	*scan = v->scan;
	int		 coding = v->kind == DECODER_CODING;
	uint64_t	*used = coding ? &scan->output : &scan->decoded;
	uint64_t	 most;
	size_t		 n = len;

	if (v->place.npath == 0)
		return (len);
	most = scan_times(scan, coding ? SCAN_OUTPUT_TIMES :
	    SCAN_DECODE_TIMES);
	if (len > most - *used) {
		n = (size_t)(most - *used);
		scan_note_gap(scan, coding ? SCAN_GAP_OUTPUT :
		    SCAN_GAP_BUDGET, len - n);
	}
	*used += n;
	scan->counters.decoded += n;
	return (n);
}

/* Bits from the n-th on, n < 8. */
static void
fresh_shift(const uint8_t *bits, unsigned int n, uint8_t *to, size_t len)
{
	size_t	 i, last = (n + len - 1) / 8;

	for (i = 0; i * 8 < len; i++)
		to[i] = (uint8_t)((bits[i] >> n) |
		    (i < last && n > 0 ? bits[i + 1] << (8 - n) : 0));
}

/* The first bytes of a text are held until it is known what they are. */
static void
view_hold(struct view *v, const uint8_t *p, size_t len, const uint8_t *fresh)
{
	uint8_t	 bits[FRESH_MAX / 8];
	size_t	 n, i;

	for (i = 0; i < len && v->nhead < SNIFF_LEN; i++) {
		if (fresh == NULL || (fresh[i / 8] >> (i % 8) & 1))
			v->headfresh |= (uint8_t)(1 << v->nhead);
		v->head[v->nhead++] = p[i];
	}
	if (v->nhead < SNIFF_LEN)
		return;
	view_decide(v);
	for (; i < len; i += n) {
		n = len - i;
		if (fresh == NULL) {
			view_pass(v, p + i, n, NULL);
			continue;
		}
		if (n > FRESH_MAX)
			n = FRESH_MAX;
		fresh_shift(fresh + i / 8, i % 8, bits, n);
		view_pass(v, p + i, n, bits);
	}
}

void
view_feed(struct view *v, const void *data, size_t len, const uint8_t *fresh)
{
	size_t	 n = view_charge(v, len);

	if (n > 0) {
		v->texts = 1;
		if (v->decodes && !v->sniffed)
			view_hold(v, data, n, fresh);
		else
			view_pass(v, data, n, fresh);
	}
	if (n < len && !v->spent) {
		v->spent = 1;
		view_gap(v);
	}
}

/* A text is over, in one way or another; the next is looked at afresh. */
static void
view_over(struct view *v, int gap)
{
	struct decoding	*d;

	for (d = v->coded != NULL ? v->coded : v->decodings; d != NULL;
	    d = d->next) {
		if (gap && d->decoder->gap != NULL)
			d->decoder->gap(d);
		else
			d->decoder->end(d);
	}
	if (!v->declared) {
		decoding_free(v->coded);
		v->coded = NULL;
	}
	v->sniffed = 0;
	if (!gap)
		v->spent = 0;
	v->texts = 0;
	v->taillen = 0;
	v->offset = 0;
}

void
view_end(struct view *v)
{
	if (v->nhead > 0)
		view_decide(v);
	stream_end(v->stream);
	view_over(v, 0);
}

void
view_break(struct view *v)
{
	/*
	 * A line feed is a boundary to every rule, and no rule takes NUL for
	 * white space.
	 */
	static const uint8_t	 boundary[] = { '\n', '\0', '\n' };

	if (!v->texts) {
		v->sniffed = 0;
		return;
	}
	if (v->nhead > 0)
		view_decide(v);
	if (!v->seen && v->coded == NULL)
		stream_feed(v->stream, boundary, sizeof(boundary));
	view_over(v, 0);
}

void
view_gap(struct view *v)
{
	view_skip(v, NULL, 0);
}

void
view_skip(struct view *v, const void *left, size_t len)
{
	if (v->nhead > 0)
		view_decide(v);
	stream_gap(v->stream, left, len);
	view_over(v, 1);
	/* The start was cut off: what there is of it says nothing. */
	v->sniffed = 1;
}

struct scan *
view_scan(const struct view *v)
{
	return (v->scan);
}

const struct place *
view_place(const struct view *v)
{
	return (&v->place);
}

int
view_open(const struct view *v)
{
	const struct decoding	*d;

	for (d = v->decodings; d != NULL; d = d->next)
		if (d->out != NULL)
			return (1);
	return (0);
}

void
view_move(struct view *v, const struct place *place)
{
	v->place = *place;
}

unsigned int
view_depth(const struct view *v)
{
	return (v->depth);
}

int
view_spent(const struct view *v)
{
	return (v->spent);
}

int
view_declared(const struct view *v)
{
	return (v->declared);
}

/* What a new view is for. */
enum child {
	CHILD_TEXT,		/* the rules and all decoders, */
	CHILD_PLAIN,		/* not those of texts, */
	CHILD_SEEN		/* or none, and not the rules */
};

static struct view *
child_new(struct decoding *d, uint64_t bytes, enum child child)
{
	struct view	*in = d->in, *v = NULL;
	struct scan	*scan = in->scan;
	struct place	 place = in->place;
	enum scan_gap	 why;

	if (place.npath == PLACE_PATH_MAX ||
	    (d->decoder->kind == DECODER_NEST && in->depth == VIEW_DEPTH_MAX))
		why = SCAN_GAP_DEPTH;
	else if (scan->nviews == VIEWS_MAX)
		why = SCAN_GAP_VIEWS;
	else {
		why = SCAN_GAP_MEMORY;
		place.path[place.npath++] = d->decoder->name;
		if (d->decoder->kind == DECODER_NEST && !d->decoder->usual)
			place.opaque = 1;
		v = child == CHILD_SEEN ? view_bare(scan, &place) :
		    view_new(scan, &place);
	}
	if (v != NULL) {
		v->seen = child == CHILD_SEEN;
		v->kind = d->decoder->kind;
		v->depth = in->depth + (v->kind == DECODER_NEST);
		if (child == CHILD_TEXT && view_decodes(v) == -1) {
			view_free(v);
			v = NULL;
		}
	}
	if (v == NULL)
		scan_note_gap(scan, why, bytes);
	return (v);
}

struct view *
view_child(struct decoding *d, uint64_t bytes)
{
	return (child_new(d, bytes, CHILD_TEXT));
}

struct view *
view_child_plain(struct decoding *d, uint64_t bytes)
{
	return (child_new(d, bytes, CHILD_PLAIN));
}

struct view *
view_child_seen(struct decoding *d, uint64_t bytes)
{
	return (child_new(d, bytes, CHILD_SEEN));
}

struct view *
decoding_out(struct decoding *d, uint64_t bytes)
{
	if (d->out == NULL)
		d->out = child_new(d, bytes, CHILD_TEXT);
	return (d->out);
}
