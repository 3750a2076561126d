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

#include "scan_private.h"
#include "shell.h"
#include "stream.h"
#include "view.h"

struct view {
	struct scan	*scan;
	struct place	 place;
	struct stream	*stream;
	struct decoding	*decodings;
	int		 texts;		/* one has been, see view_break() */
};

struct view *
view_new(struct scan *scan, const struct place *place)
{
	struct view	*v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return (NULL);
	v->scan = scan;
	v->place = *place;
	if ((v->stream = stream_new(scan, place)) == NULL) {
		free(v);
		return (NULL);
	}
	/* What a client receives may be a command, in its last form only. */
	if (scan->direction == FINDING_INBOUND &&
	    (place->npath == 0 ||
	    place->path[place->npath - 1] != decoder_shell.name) &&
	    view_attach(v, &decoder_shell) == NULL) {
		view_free(v);
		return (NULL);
	}
	return (v);
}

static void
decoding_free(struct decoding *d)
{
	if (d->decoder->free != NULL)
		d->decoder->free(d);
	view_free(d->out);
	free(d->state);
	free(d);
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
	stream_free(v->stream);
	free(v);
}

struct decoding *
view_attach(struct view *v, const struct decoder *decoder)
{
	struct decoding	*d, **last;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (NULL);
	d->decoder = decoder;
	d->in = v;
	if (decoder->size > 0 &&
	    (d->state = calloc(1, decoder->size)) == NULL) {
		free(d);
		return (NULL);
	}
	for (last = &v->decodings; *last != NULL; last = &(*last)->next)
		continue;
	*last = d;
	return (d);
}

void
view_feed(struct view *v, const void *data, size_t len, const uint8_t *fresh)
{
	struct decoding	*d;

	if (len == 0)
		return;
	v->texts = 1;
	stream_feed(v->stream, data, len);
	for (d = v->decodings; d != NULL; d = d->next)
		d->decoder->feed(d, data, len, fresh);
}

void
view_end(struct view *v)
{
	struct decoding	*d;

	stream_end(v->stream);
	for (d = v->decodings; d != NULL; d = d->next)
		d->decoder->end(d);
	v->texts = 0;
}

void
view_break(struct view *v)
{
	/*
	 * A line feed is a boundary to every rule, and no rule takes NUL for
	 * white space.
	 */
	static const uint8_t	 boundary[] = { '\n', '\0', '\n' };
	struct decoding		*d;

	if (!v->texts)
		return;
	stream_feed(v->stream, boundary, sizeof(boundary));
	for (d = v->decodings; d != NULL; d = d->next)
		d->decoder->end(d);
	v->texts = 0;
}

void
view_gap(struct view *v)
{
	struct decoding	*d;

	stream_gap(v->stream, NULL, 0);
	for (d = v->decodings; d != NULL; d = d->next) {
		if (d->decoder->gap != NULL)
			d->decoder->gap(d);
		else
			d->decoder->end(d);
	}
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

struct view *
view_child(struct decoding *d)
{
	struct place	 place = d->in->place;

	if (place.npath == PLACE_PATH_MAX)
		return (NULL);
	place.path[place.npath++] = d->decoder->name;
	return (view_new(d->in->scan, &place));
}

struct view *
decoding_out(struct decoding *d)
{
	if (d->out == NULL)
		d->out = view_child(d);
	return (d->out);
}
