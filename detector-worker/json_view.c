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

struct reader {
	struct json	 json;
	struct deltas	 deltas;
	struct view	*in;
};

/* Most texts are none of ours: the rest is taken when one is. */
struct state {
	enum mode	 mode;
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
	deltas_string(&((struct reader *)arg)->deltas, j, p, len, part);
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

	(void)j;
	deltas_event(&r->deltas, r->in);
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
	}
	json_init(&s->reader->json, &ops, s->reader, deltas_keys,
	    deltas_nkeys);
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

static void
json_view_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct state	*s = d->state;
	const uint8_t	*end = p + len, *nl;

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
			if (json_feed(&s->reader->json, p,
			    (size_t)(end - p)) == 0)
				return;
			/* Among lines of texts one may be broken. */
			s->mode = json_texts(&s->reader->json) > 0 ?
			    MODE_LINE : MODE_OFF;
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
