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

#include "compat.h"
#include "flow.h"
#include "ws_frame.h"

/*
 * A WebSocket behind a 101.  Bytes pass as in every tunnel, at once and as
 * they are; before that they are shown to the detector, one long message a
 * direction, whose head tells the extensions agreed upon.  The detector takes
 * frames and messages apart.  Here frames are followed for their bounds only:
 * when a part of the message was lost to a dead or overloaded detector, a new
 * one begins with the next WebSocket message.
 *
 * Sec-WebSocket-Accept is not checked.  A wrong one is for the client to
 * refuse (RFC 6455, 4.1); two peers that do not mind it would otherwise pass
 * unseen.
 */

#define HEAD_MAX	4096
#define RESUME_AGAIN	1000	/* ms: not at every message, while it lasts */

struct side {
	struct ws_frame	 frame;
	int64_t		 resumed;
	bool		 failed;	/* no frames any more */
};

struct websocket {
	struct side	 side[FLOW_DIRECTION_MAX];
	struct buf	 head;
};

/* What the detector has to know of the response. */
static int
make_head(const struct http_head *h, struct buf *b)
{
	const struct http_field	*f;
	size_t			 n;

	buf_init(b, HEAD_MAX);
	if (buf_addstr(b, "HTTP/1.1 101 Switching Protocols\r\n") == -1)
		return (-1);
	for (n = 0; (f = http_head_field(h, "sec-websocket-extensions", n)) !=
	    NULL; n++)
		if (buf_add(b, http_span(h, f->line), f->line.len) == -1)
			return (-1);
	return (buf_addstr(b, "\r\n"));
}

static struct scan **
scan_of(struct flow *f, enum flow_direction dir)
{
	return (dir == FLOW_OUTBOUND ? &f->req_scan : &f->resp_scan);
}

static void
show_begin(struct flow *f, enum flow_direction dir)
{
	const struct buf	*head = &f->websocket->head;

	*scan_of(f, dir) = flow_scan(f, dir, buf_data(head), buf_len(head));
	f->websocket->side[dir].resumed = proxy_now();
}

bool
websocket_start(struct flow *f)
{
	struct websocket	*w;

	if (!http_head_has_token(&f->resp, "upgrade", "websocket") ||
	    (w = calloc(1, sizeof(*w))) == NULL)
		return (false);
	if (make_head(&f->resp, &w->head) == -1) {
		buf_free(&w->head);
		free(w);
		return (false);
	}
	f->websocket = w;
	/* Both are over: the request had its answer, the 101 has no body. */
	scan_end(&f->req_scan, false);
	scan_end(&f->resp_scan, false);
	ws_frame_init(&w->side[FLOW_OUTBOUND].frame);
	ws_frame_init(&w->side[FLOW_INBOUND].frame);
	show_begin(f, FLOW_OUTBOUND);
	show_begin(f, FLOW_INBOUND);
	f->state = FLOW_ST_TUNNEL;
	flow_deadline(f, T_TUNNEL);
	return (true);
}

void
websocket_free(struct flow *f)
{
	if (f->websocket == NULL)
		return;
	buf_free(&f->websocket->head);
	freezero(f->websocket, sizeof(*f->websocket));
	f->websocket = NULL;
}

/* Bytes without a bound between messages in them. */
static void
show_some(struct flow *f, enum flow_direction dir, const uint8_t *p,
    size_t len)
{
	struct scan	*s = *scan_of(f, dir);

	if (s == NULL)
		/* Memory was short: it is on record as a tunnel. */
		*(dir == FLOW_OUTBOUND ? &f->opaque_out : &f->opaque_in) +=
		    len;
	else if (f->websocket->side[dir].failed)
		scan_skip(s, len, "websocket");
	else if (scan_is_whole(s))
		scan_data(s, FLOW_BODY, p, len);
	else
		/* Nobody can read on from the middle of a frame. */
		scan_skip(s, len, "detector_restart");
}

static void
resume(struct flow *f, enum flow_direction dir)
{
	struct scan	**s = scan_of(f, dir);

	if (scan_is_whole(*s) ||
	    proxy_now() - f->websocket->side[dir].resumed < RESUME_AGAIN)
		return;
	scan_end(s, true);
	show_begin(f, dir);
}

void
websocket_show(struct flow *f, enum flow_direction dir, const uint8_t *p,
    size_t len)
{
	struct side	*side = &f->websocket->side[dir];
	size_t		 from = 0, at = 0, n;

	while (at < len && !side->failed) {
		if (ws_frame_between(&side->frame)) {
			show_some(f, dir, p + from, at - from);
			from = at;
			resume(f, dir);
		}
		switch (ws_frame_feed(&side->frame, p + at, len - at, &n)) {
		case WS_ERROR:
			at += n;
			show_some(f, dir, p + from, at - from);
			from = at;
			side->failed = true;
			flow_report(f, EVENT_PROTOCOL_ERROR, (int)dir,
			    "websocket", 0);
			break;
		default:
			at += n;
			break;
		}
	}
	show_some(f, dir, p + from, len - from);
	dlink_push(flow_link(f));
	flow_deadline(f, T_TUNNEL);
}

void
websocket_eof(struct flow *f, enum flow_direction dir)
{
	scan_end(scan_of(f, dir), false);
}
