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
 * The data stream of the AI SDK, version 4 ("Stream Protocols" in its
 * documentation): lines of one letter, a colon and a JSON text.
 *
 *	0:"Hel"
 *	0:"lo"
 *	g:"so far"
 *	c:{"toolCallId":"call_1","argsTextDelta":"ls"}
 *
 * The letter says what it is a piece of, so a line is read as if it was
 * {"type":"0","delta":"Hel"}: see deltas.h.  The rules have seen it where it
 * stood.  A text that begins with no such line is none.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "decoders.h"
#include "scan_private.h"
#include "view.h"

enum mode {
	MODE_LETTER,
	MODE_COLON,
	MODE_FIRST,		/* byte of the JSON text */
	MODE_REST,
	MODE_SKIP,		/* a line that is none */
	MODE_OFF		/* a text that is none */
};

struct state {
	enum mode	 mode;
	int		 some;		/* such lines */
	uint8_t		 letter;
};

#define HEAD_BEFORE	9		/* {"type":" */
#define FED		512		/* bytes at once */

static struct view *
lines(struct decoding *d, size_t len)
{
	if (d->out != NULL || (d->out = view_child_seen(d, len)) == NULL)
		return (d->out);
	if (view_attach(d->out, &decoder_json) == NULL)
		scan_note_gap(view_scan(d->in), SCAN_GAP_MEMORY, len);
	return (d->out);
}

static void
feed(struct decoding *d, const uint8_t *p, size_t len)
{
	static const uint8_t	 none[FED / 8];
	struct view		*v;
	size_t			 n;

	if (len == 0 || (v = lines(d, len)) == NULL)
		return;
	for (; len > 0; p += n, len -= n) {
		n = len < FED ? len : FED;
		view_feed(v, p, n, none);
	}
}

static int
is_letter(uint8_t c)
{
	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'));
}

/* What comes before the JSON text, of which this is the first byte. */
static void
line_begin(struct decoding *d)
{
	struct state	*s = d->state;
	uint8_t		 head[] = "{\"type\":\"?\",\"delta\":";

	head[HEAD_BEFORE] = s->letter;
	feed(d, head, sizeof(head) - 1);
	s->some = 1;
}

static void
line_end(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->mode == MODE_REST)
		feed(d, (const uint8_t *)"}\n", 2);
}

static void
parts_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct state	*s = d->state;
	const uint8_t	*end = p + len, *nl;
	int		 good;

	(void)fresh;
	while (p < end && s->mode != MODE_OFF) {
		switch (s->mode) {
		case MODE_LETTER:
			good = is_letter(*p);
			s->letter = *p;
			break;
		case MODE_COLON:
			good = *p == ':';
			break;
		case MODE_FIRST:
			good = *p == '"' || *p == '{' || *p == '[';
			if (good)
				line_begin(d);
			break;
		case MODE_REST:
		case MODE_SKIP:
		default:
			nl = memchr(p, '\n', (size_t)(end - p));
			if (nl == NULL)
				nl = end;
			if (s->mode == MODE_REST)
				feed(d, p, (size_t)(nl - p));
			if ((p = nl) < end) {
				line_end(d);
				s->mode = MODE_LETTER;
				p++;
			}
			continue;
		}
		if (good) {
			s->mode++;
			if (s->mode != MODE_REST)
				p++;
		} else if (s->some)
			s->mode = MODE_SKIP;
		else
			s->mode = MODE_OFF;
	}
}

static void
parts_end(struct decoding *d)
{
	struct state	*s = d->state;

	line_end(d);
	if (d->out != NULL)
		view_end(d->out);
	s->mode = MODE_LETTER;
	s->some = 0;
}

/* What follows begins somewhere in a line. */
static void
parts_gap(struct decoding *d)
{
	struct state	*s = d->state;

	if (d->out != NULL)
		view_gap(d->out);
	s->mode = s->some ? MODE_SKIP : MODE_OFF;
}

const struct decoder decoder_parts = {
	.name = "parts", .kind = DECODER_SHAPE, .size = sizeof(struct state),
	.feed = parts_feed, .end = parts_end, .gap = parts_gap
};
