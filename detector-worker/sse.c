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
 * Event streams (WHATWG HTML, 9.2.6): the data of each event is a text.  It is
 * for the decoders, JSON above all; the rules have seen it where it stood,
 * unless it takes several lines.  Those, and the data of events that are no
 * JSON, joined with one another, are a text for the rules too: a server may
 * send a word at a time.
 *
 * Any text is read like that: lines that are no fields cost little and do no
 * harm, and no Content-Type has to be believed.
 */

#include <stdlib.h>
#include <string.h>

#include "decoders.h"
#include "scan_private.h"
#include "view.h"

#define FIELD_MAX	5	/* "data" and one that is longer */
#define HOLD		512
#define AHEAD		1024

enum mode {
	MODE_NAME,		/* of a field, or nothing yet */
	MODE_SPACE,		/* behind the colon of data */
	MODE_DATA,
	MODE_SKIP		/* the rest of another line */
};

struct state {
	enum mode	 mode;
	uint8_t		 name[FIELD_MAX];
	uint8_t		 nname;
	uint8_t		 bom;		/* bytes of one, at first */
	uint8_t		 started;	/* the stream: no mark any more */
	uint8_t		 cr;		/* the last line ended with one */
	uint8_t		 lines;		/* of data in this event: 0, 1, more */
	uint8_t		 kind;		/* 0: no data yet, or its first byte */
	uint8_t		 joined;	/* bytes went to the joined text */
	uint8_t		 joint;		/* the next byte meets them */
	struct view	*text;		/* the joined text, or the lines */
	size_t		 nhold;
	uint8_t		 hold[HOLD];	/* the end of the first line */
};

static int
is_json(const struct state *s)
{
	return (s->kind == '{' || s->kind == '[' || s->kind == '"');
}

static struct view *
events(struct decoding *d, size_t len)
{
	/* All else has been done to it where it stands. */
	if (d->out != NULL || (d->out = view_child_seen(d, len)) == NULL)
		return (d->out);
	if (view_attach(d->out, &decoder_json) == NULL)
		scan_note_gap(view_scan(d->in), SCAN_GAP_MEMORY, len);
	return (d->out);
}

static struct view *
text(struct decoding *d, size_t len)
{
	struct state	*s = d->state;

	if (s->text == NULL)
		s->text = view_child(d, len);
	return (s->text);
}

/* Fresh is where it meets what came before. */
static void
text_feed(struct decoding *d, const uint8_t *p, size_t len, int joint)
{
	struct view	*v = text(d, len);
	uint8_t		 fresh[HOLD / 8] = { 0 };
	size_t		 n;

	fresh[0] = joint != 0;
	for (; v != NULL && len > 0; p += n, len -= n) {
		n = len < HOLD ? len : HOLD;
		view_feed(v, p, n, fresh);
		fresh[0] = 0;
	}
}

static void
hold(struct state *s, const uint8_t *p, size_t len)
{
	size_t	 keep;

	if (len > HOLD) {
		p += len - HOLD;
		len = HOLD;
	}
	keep = HOLD - len < s->nhold ? HOLD - len : s->nhold;
	memmove(s->hold, s->hold + (s->nhold - keep), keep);
	memcpy(s->hold + keep, p, len);
	s->nhold = keep + len;
}

/* Data of an event, in pieces. */
static void
data(struct decoding *d, const uint8_t *p, size_t len)
{
	static const uint8_t	 none[HOLD / 8];
	struct state		*s = d->state;
	struct view		*v;
	size_t			 i, n;

	if (len == 0)
		return;
	if (s->kind == 0)
		s->kind = p[0] == 0 ? 1 : p[0];
	if (!is_json(s)) {
		text_feed(d, p, len, s->joint);
		s->joined = 1;
		s->joint = 0;
	} else if (s->lines > 1)
		text_feed(d, p, len, 0);
	else
		hold(s, p, len);
	if ((v = events(d, len)) == NULL)
		return;
	for (i = 0; i < len; i += n) {
		n = len - i < HOLD ? len - i : HOLD;
		view_feed(v, p + i, n, none);
	}
}

/* A line of data begins. */
static void
data_line(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->lines == 0) {
		s->lines = 1;
		s->joint = s->joined;
		return;
	}
	if (s->lines == 1 && is_json(s)) {
		/* What was said before goes with this text no more. */
		if (s->text != NULL)
			view_break(s->text);
		text_feed(d, s->hold, s->nhold, 0);
	}
	s->lines = 2;
	data(d, (const uint8_t *)"\n", 1);
}

static void
event_end(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->lines == 0)
		return;
	if (d->out != NULL)
		view_break(d->out);
	if (s->lines > 1 && is_json(s) && s->text != NULL) {
		view_break(s->text);
		s->joined = 0;
	}
	s->lines = s->kind = 0;
	s->nhold = 0;
}

/* A line is over: was it an empty one, or data without a colon? */
static void
line_end(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->mode == MODE_NAME) {
		if (s->nname == 0)
			event_end(d);
		else if (s->nname == 4 && memcmp(s->name, "data", 4) == 0)
			data_line(d);
	}
	s->mode = MODE_NAME;
	s->nname = 0;
}

static void
name_byte(struct decoding *d, uint8_t c)
{
	struct state	*s = d->state;

	if (c == ':') {
		s->mode = MODE_SKIP;
		if (s->nname == 4 && memcmp(s->name, "data", 4) == 0) {
			s->mode = MODE_SPACE;
			data_line(d);
		}
		return;
	}
	/* Any other field is not read. */
	if (s->nname == FIELD_MAX || (s->nname == 0 && c != 'd'))
		s->mode = MODE_SKIP;
	else
		s->name[s->nname++] = c;
}

/*
 * Between events: from the beginning of a line to that of one that may be
 * data.  A line may also end with a return, before which this ends.
 */
static const uint8_t *
to_data(const uint8_t *p, const uint8_t *end)
{
	const uint8_t	*nl;

	while (p < end && *p != 'd' &&
	    (nl = memchr(p, '\n', (size_t)(end - p))) != NULL)
		p = nl + 1;
	return (p);
}

/* Bytes before the end of the line, as far as one looks ahead. */
static size_t
to_line_end(const uint8_t *p, size_t len)
{
	const uint8_t	*q;

	if (len > AHEAD)
		len = AHEAD;
	if ((q = memchr(p, '\n', len)) != NULL)
		len = (size_t)(q - p);
	if ((q = memchr(p, '\r', len)) != NULL)
		len = (size_t)(q - p);
	return (len);
}

/* A byte order mark, at the very beginning, is none of the first line. */
static int
is_mark(struct state *s, uint8_t c)
{
	static const uint8_t	 mark[] = { 0xef, 0xbb, 0xbf };

	if (!s->started && c == mark[s->bom]) {
		if (++s->bom == sizeof(mark))
			s->started = 1;
		return (1);
	}
	s->started = 1;
	return (0);
}

static void
sse_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct state	*s = d->state;
	const uint8_t	*end = p + len, *cr = NULL;
	size_t		 n;

	(void)fresh;
	while (p < end) {
		if (s->mode == MODE_NAME && s->nname == 0 && s->lines == 0 &&
		    s->started && !s->cr) {
			if ((cr == NULL || cr < p) && (cr = memchr(p, '\r',
			    (size_t)(end - p))) == NULL)
				cr = end;
			if ((p = to_data(p, cr)) == end)
				break;
		}
		if (*p == '\n' && s->cr) {
			s->cr = 0;
			p++;
			continue;
		}
		s->cr = 0;
		if (is_mark(s, *p)) {
			p++;
			continue;
		}
		if (*p == '\n' || *p == '\r') {
			s->cr = *p++ == '\r';
			line_end(d);
			continue;
		}
		switch (s->mode) {
		case MODE_NAME:
			name_byte(d, *p++);
			break;
		case MODE_SPACE:
			s->mode = MODE_DATA;
			if (*p == ' ')
				p++;
			break;
		case MODE_DATA:
		case MODE_SKIP:
			n = to_line_end(p, (size_t)(end - p));
			if (s->mode == MODE_DATA)
				data(d, p, n);
			p += n;
			break;
		}
	}
}

/* The last event need not be complete to be looked at. */
static void
sse_over(struct decoding *d)
{
	struct state	*s = d->state;

	event_end(d);
	s->mode = MODE_NAME;
	s->nname = s->bom = s->started = s->cr = s->joined = 0;
}

static void
sse_end(struct decoding *d)
{
	struct state	*s = d->state;

	sse_over(d);
	if (d->out != NULL)
		view_end(d->out);
	if (s->text != NULL)
		view_end(s->text);
}

static void
sse_gap(struct decoding *d)
{
	struct state	*s = d->state;

	sse_over(d);
	s->started = 1;
	s->mode = MODE_SKIP;	/* it goes on in the middle of a line */
	if (d->out != NULL)
		view_gap(d->out);
	if (s->text != NULL)
		view_gap(s->text);
}

static void
sse_free(struct decoding *d)
{
	view_free(((struct state *)d->state)->text);
}

const struct decoder	 decoder_sse = {
	.name = "sse",
	.kind = DECODER_SHAPE,
	.size = sizeof(struct state),
	.feed = sse_feed,
	.end = sse_end,
	.gap = sse_gap,
	.free = sse_free,
};
