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
 * One direction of a WebSocket: its messages are texts of one view, each with
 * the scan limit of a message; control frames are those of another.
 */

#include <stdlib.h>
#include <string.h>

#include "scan_private.h"
#include "stream.h"
#include "view.h"
#include "ws_reader.h"

/*
 * A message that is longer is inflated on, so that those after it can be, but
 * not for ever.
 */
#define INFLATE_LIMITS	4

struct scan_ws {
	struct scan		*scan;
	struct ws_reader	*reader;
	struct view		*control;
	uint64_t		 scanned;	/* of this message */
	int			 cut;		/* it is longer */
};

static void
ws_begin(int text, void *arg)
{
	struct scan_ws	*w = arg;
	struct scan	*scan = w->scan;

	(void)text;
	w->scanned = 0;
	w->cut = 0;
	scan->output = scan->decoded = 0;
	/* A connection may last for days: a full memory starts again. */
	if (seen_full(scan)) {
		seen_forget(scan);
	}
}

static void
ws_data(const uint8_t *p, size_t len, void *arg)
{
	struct scan_ws		*w = arg;
	struct scan		*scan = w->scan;
	struct scan_counters	*c = &scan->counters;
	size_t			 n = len;

	if (scan->limit != 0 && n > scan->limit - w->scanned)
		n = (size_t)(scan->limit - w->scanned);
	w->scanned += n;
	c->seen += len;
	c->scanned += n;
	c->skipped += len - n;
	if (n < len) {
		w->cut = 1;
		scan_add_gap(scan, SCAN_GAP_LIMIT, len - n);
	}
	if (n > 0)
		view_feed(scan->body, p, n, NULL);
}

static void
ws_end(void *arg)
{
	struct scan_ws	*w = arg;

	if (w->cut)
		view_gap(w->scan->body);
	view_break(w->scan->body);
	/* The next one may be hours away. */
	seen_flush(w->scan);
}

static void
ws_control(const uint8_t *p, size_t len, void *arg)
{
	struct scan_ws	*w = arg;

	w->scan->counters.seen += len;
	w->scan->counters.scanned += len;
	view_feed(w->control, p, len, NULL);
	view_break(w->control);
}

static void
ws_gap(uint64_t bytes, int frames, void *arg)
{
	struct scan	*scan = ((struct scan_ws *)arg)->scan;

	scan->counters.seen += bytes;
	scan->counters.skipped += bytes;
	scan_add_gap(scan, frames ? SCAN_GAP_WEBSOCKET : SCAN_GAP_DEFLATE,
	    bytes);
}

int
scan_websocket(struct scan *scan, const void *head, size_t len)
{
	static const struct ws_ops	 ops = {
		.begin = ws_begin,
		.data = ws_data,
		.end = ws_end,
		.control = ws_control,
		.gap = ws_gap,
	};
	struct place			 place;
	struct scan_ws			*w;
	uint64_t			 most = UINT64_MAX;

	if (scan->limit != 0 && scan->limit < most / INFLATE_LIMITS)
		most = scan->limit * INFLATE_LIMITS;
	memset(&place, 0, sizeof(place));
	place.channel = SCAN_WEBSOCKET;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (-1);
	w->scan = scan;
	scan->ws = w;
	view_free(scan->body);
	if ((scan->body = view_new(scan, &place)) == NULL ||
	    view_decodes(scan->body) == -1 ||
	    (w->control = view_new(scan, &place)) == NULL ||
	    view_decodes(w->control) == -1 ||
	    (w->reader = ws_reader_new(scan->rules, head, len,
	    scan->direction == FINDING_INBOUND, most, &ops, w)) == NULL) {
		scan_ws_free(w);
		scan->ws = NULL;
		return (-1);
	}
	return (0);
}

void
scan_ws_feed(struct scan_ws *w, const void *data, size_t len)
{
	ws_reader_feed(w->reader, data, len);
}

void
scan_ws_end(struct scan_ws *w)
{
	ws_reader_end(w->reader);
	view_end(w->control);
}

void
scan_ws_free(struct scan_ws *w)
{
	if (w == NULL)
		return;
	ws_reader_free(w->reader);
	view_free(w->control);
	free(w);
}
