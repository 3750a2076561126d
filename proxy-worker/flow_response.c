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

#include <string.h>

#include "compat.h"
#include "flow.h"
#include "http_auth.h"
#include "http_rewrite.h"
#include "log.h"

#define INTERIM_MAX	64	/* 1xx responses to one request */

void
response_begin(struct flow *f)
{
	http_head_reset(&f->resp);
	f->resp.answers = f->req.method;
	f->resp_state = RESP_HEAD;
}

static void
response_malformed(struct flow *f, enum http_reason r, const uint8_t *rest,
    size_t len)
{
	const uint8_t	*head;
	struct scan	*s;
	size_t		 n;

	flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_INBOUND,
	    http_reason_word(r), 0);
	if (f->resp_state == RESP_HEAD) {
		head = http_head_bytes(&f->resp, &n);
		if ((s = flow_scan(f, FLOW_INBOUND, head, n)) != NULL) {
			scan_data(s, FLOW_BODY, rest, len);
			scan_end(&s, true);
		}
	} else
		scan_data(f->resp_scan, FLOW_BODY, rest, len);
	flow_fail(f, http_reason_status(r, HTTP_RESPONSE_HEAD),
	    http_reason_text(r), "The server's answer is not sound HTTP; it "
	    "was not passed on.");
}

/* The response is whole. */
static void
response_done(struct flow *f, bool extra)
{
	bool	 whole = f->state == FLOW_ST_WAIT;

	scan_end(&f->resp_scan, false);
	/*
	 * RFC 9112, 9.3: an HTTP/1.0 request did not ask to go on.  Bytes
	 * behind the response belong to no request: nobody may get them.
	 */
	if (whole && !extra && f->resp.persistent && !f->req_discard &&
	    f->req.minor > 0 && !f->up->io.eof)
		upstream_release(f);
	else
		upstream_close(f);
	if (!whole || (flow_is_pinned(f) && f->up == NULL)) {
		/*
		 * Answered before the request was over, or the one origin
		 * of a tunnel is done: it ends here.
		 */
		f->close_after = true;
	}
	flow_next(f);
}

/* RFC 9110, 7.8: from here on both sides speak something else. */
static void
switched(struct flow *f)
{
	bool	 seen;

	if (http_rewrite_response(&f->resp, HTTP_RW_UPGRADE, &f->cl.out) ==
	    -1) {
		flow_destroy(f);
		return;
	}
	f->proxy->stats.v[STAT_RESPONSES]++;
	seen = websocket_start(f);
	/* What comes behind it may be written before this turn ends. */
	dlink_push(flow_link(f));
	http_head_reset(&f->resp);
	f->resp_state = RESP_NONE;
	if (!seen)
		tunnel_opaque(f, "upgrade");
}

/* RFC 9110, 15.2: passed on as they come, to those who know them. */
static void
interim_head(struct flow *f)
{
	if (f->resp.status == 101 && f->upgrade && f->state == FLOW_ST_WAIT) {
		switched(f);
		return;
	}
	if (f->resp.status == 101 || ++f->interim > INTERIM_MAX) {
		flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_INBOUND,
		    f->resp.status == 101 ? "upgrade" : "interim", 0);
		flow_fail(f, 502, f->resp.status == 101 ?
		    "the server changed the protocol unasked" :
		    "the server sends interim responses without end", NULL);
		return;
	}
	if (f->req.minor > 0 && http_rewrite_response(&f->resp, 0,
	    &f->cl.out) == -1) {
		flow_destroy(f);
		return;
	}
	response_begin(f);
}

static void
response_head(struct flow *f)
{
	const uint8_t	*head;
	struct scan	*s;
	unsigned int	 flags = 0;
	size_t		 len;

	head = http_head_bytes(&f->resp, &len);
	s = flow_scan(f, FLOW_INBOUND, head, len);
	if (f->resp.status / 100 == 1) {
		scan_end(&s, false);
		interim_head(f);
		return;
	}
	flow_scan_length(s, &f->resp);
	f->resp_scan = s;
	f->proxy->stats.v[STAT_RESPONSES]++;
	http_frame_init(&f->resp_frame, f->resp.framing, f->resp.length);
	if (http_auth_is_bound(&f->resp))
		f->up->bound = true;
	if (f->resp.framing == HTTP_BODY_CLOSE || f->state != FLOW_ST_WAIT ||
	    f->proxy->draining || (flow_is_pinned(f) && !f->resp.persistent))
		f->close_after = true;
	if (f->close_after && f->req.minor > 0)
		flags = HTTP_RW_CLOSE;
	if (f->up->gateway)
		flags |= HTTP_RW_PROXY;
	/* In the buffer only: it leaves with the first of the body. */
	if (http_rewrite_response(&f->resp, flags, &f->cl.out) == -1) {
		flow_destroy(f);
		return;
	}
	f->resp_started = true;
	f->resp_state = RESP_BODY;
	if (f->state == FLOW_ST_WAIT)
		flow_deadline(f, T_BODY);
}

static size_t
response_body(struct flow *f, const uint8_t *p, size_t len)
{
	enum http_feed	 e;
	size_t		 used;

	used = flow_show_body(&f->resp_frame, f->resp_scan, p, len, &e);
	if (e == HTTP_FEED_DONE)
		scan_end(&f->resp_scan, false);
	flow_cork(f);
	if (f->state == FLOW_ST_WAIT)
		flow_deadline(f, T_BODY);
	if (e == HTTP_FEED_ERROR) {
		response_malformed(f, f->resp_frame.error, p + used,
		    len - used);
		return (len);
	}
	if (flow_write(f, &f->cl, p, used) == -1) {
		flow_destroy(f);
		return (len);
	}
	if (e == HTTP_FEED_DONE)
		response_done(f, used < len);
	return (used);
}

void
response_input(struct flow *f, const uint8_t *p, size_t len)
{
	enum http_feed	 e;
	size_t		 used = 0, n;

	while (!f->dead && f->state != FLOW_ST_LINGER) {
		if (f->state == FLOW_ST_TUNNEL) {
			/* What came behind a 101. */
			tunnel_from_origin(f, p + used, len - used);
			break;
		}
		if (f->resp_state == RESP_NONE) {
			/* Nobody asked: whoever asks next must not get it. */
			if (used < len) {
				flow_report(f, EVENT_PROTOCOL_ERROR,
				    FLOW_INBOUND, "unasked", 0);
				upstream_gone(f);
			}
			return;
		}
		if (f->resp_state == RESP_BODY) {
			/* Also with no byte left: some bodies have none. */
			if (used == len && !http_frame_done(&f->resp_frame))
				break;
			response_body(f, p + used, len - used);
			break;
		}
		if (used == len)
			break;
		e = http_head_feed(&f->resp, p + used, len - used, &n);
		used += n;
		if (e == HTTP_FEED_ERROR) {
			response_malformed(f, http_head_error(&f->resp),
			    p + used, len - used);
			return;
		}
		if (e == HTTP_FEED_DONE)
			response_head(f);
	}
	if (!f->dead)
		flow_cork(f);
}

/* The origin sends no more, or the connection broke. */
void
response_eof(struct flow *f, bool broken)
{
	switch (f->resp_state) {
	case RESP_NONE:
		upstream_gone(f);
		return;
	case RESP_HEAD:
		if (upstream_retry(f))
			return;
		flow_report(f, EVENT_UPSTREAM_FAILED, FLOW_INBOUND,
		    http_head_started(&f->resp) ? "truncated" : "no_answer", 0);
		flow_fail(f, 502, "the server closed the connection without "
		    "an answer", "Try again; the server may have restarted.");
		return;
	case RESP_BODY:
		if (!broken && http_frame_at_eof(&f->resp_frame)) {
			response_done(f, false);
			return;
		}
		flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_INBOUND,
		    http_reason_word(HTTP_BAD_TRUNCATED), 0);
		flow_fail(f, 502, http_reason_text(HTTP_BAD_TRUNCATED), NULL);
		return;
	}
}
