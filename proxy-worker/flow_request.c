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
#include "counts.h"
#include "flow.h"
#include "http_auth.h"
#include "http_error.h"
#include "http_rewrite.h"
#include "log.h"
#include "secure.h"

const char *
flow_client_name(const struct flow *f)
{
	return (f->client != NULL ? f->client->name : CLIENT_DEFAULT);
}

uint16_t
flow_port(const struct flow *f)
{
	if (f->req.port != 0)
		return (f->req.port);
	return (f->req.scheme == HTTP_SCHEME_HTTPS ? 443 : 80);
}

void
flow_report(struct flow *f, enum event_type type, int direction,
    const char *reason, uint64_t bytes)
{
	struct report	 r;

	memset(&r, 0, sizeof(r));
	r.type = type;
	r.direction = direction;
	r.client = f->client != NULL ? f->client->name : NULL;
	r.source = f->source;
	if (f->req.host[0] != '\0') {
		r.host = f->req.host;
		r.port = flow_port(f);
	}
	r.reason = reason;
	r.bytes = bytes;
	report(f->proxy, &r);
}

bool
flow_is_tls(const struct flow *f)
{
	return (f->cl.tls != NULL || (!f->tunneled &&
	    f->req.form == HTTP_FORM_ABSOLUTE &&
	    f->req.scheme == HTTP_SCHEME_HTTPS));
}

bool
flow_is_pinned(const struct flow *f)
{
	return (f->tunneled && f->cl.tls == NULL);
}

/* Flows are pinned to a detector by client: the logger checks the same. */
struct dlink *
flow_link(const struct flow *f)
{
	const struct proxy	*p = f->proxy;

	return (p->links[proc_client_slot(flow_client_name(f),
	    p->settings.detectors)]);
}

struct scan *
flow_scan(struct flow *f, enum flow_direction direction, const uint8_t *head,
    size_t len)
{
	struct flow_open	 o;

	memset(&o, 0, sizeof(o));
	memcpy(o.uid, f->uid, sizeof(o.uid));
	o.seq = f->seq++;
	o.direction = (uint8_t)direction;
	if (f->websocket != NULL)
		o.protocol = flow_is_tls(f) ? FLOW_WSS : FLOW_WS;
	else
		o.protocol = flow_is_tls(f) ? FLOW_HTTPS : FLOW_HTTP;
	strlcpy(o.client, flow_client_name(f), sizeof(o.client));
	strlcpy(o.source, f->source, sizeof(o.source));
	/* A request that names no destination still has one: us. */
	strlcpy(o.host, f->req.host[0] != '\0' ? f->req.host : INTERNAL_HOST,
	    sizeof(o.host));
	o.port = flow_port(f);
	o.head = head;
	o.head_len = len;
	return (scan_open(flow_link(f), &o));
}

/* Of coded bytes the end cannot be read without the middle. */
void
flow_scan_length(struct scan *s, const struct http_head *h)
{
	if (h->framing == HTTP_BODY_LENGTH &&
	    http_head_field(h, "content-encoding", 0) == NULL)
		scan_length(s, h->length);
}

static void
client_set(struct flow *f, struct client *c)
{
	if (f->client == c)
		return;
	if (f->client != NULL)
		f->client->connections--;
	if (c != NULL)
		c->connections++;
	f->client = c;
}

/* Names the client; false when the request was refused. */
static bool
identify(struct flow *f)
{
	const struct http_field	*cred;
	struct client		*c;
	enum client_verdict	 v;

	/* Who opened the tunnel speaks in it. */
	if (f->tunneled)
		return (true);
	cred = http_head_field(&f->req, "proxy-authorization", 0);
	v = client_match(&f->proxy->clients, (struct sockaddr *)&f->src,
	    cred == NULL ? NULL : http_span(&f->req, cred->value),
	    cred == NULL ? 0 : cred->value.len, &c);
	if (v == CLIENT_OK) {
		client_set(f, c);
		return (true);
	}
	return (false);
}

static void
refuse_client(struct flow *f)
{
	bool	 cred;

	cred = http_head_field(&f->req, "proxy-authorization", 0) != NULL;
	f->proxy->stats.v[STAT_REFUSED]++;
	if (client_admit(&f->proxy->clients,
	    (struct sockaddr *)&f->src) != CLIENT_OK) {
		flow_report(f, EVENT_CLIENT_REFUSED, -1, "unknown_source", 0);
		flow_fail(f, 403, "this address belongs to no client",
		    "Add it to a client block of guardian.conf: "
		    "client \"NAME\" { address { ADDRESS } }");
		return;
	}
	flow_report(f, EVENT_CLIENT_REFUSED, -1, cred ? "credential_wrong" :
	    "credential_missing", 0);
	flow_fail(f, 407, cred ? "this proxy credential fits no client here" :
	    "this client needs its proxy credential",
	    "Put it into the proxy URL: http://NAME:PASSWORD@HOST:PORT");
}

/* The bytes that were refused are shown all the same: head as it came. */
static void
request_malformed(struct flow *f, const uint8_t *rest, size_t len)
{
	enum http_reason	 r = http_head_error(&f->req);
	const uint8_t		*head;
	size_t			 n;

	if (r == HTTP_BAD_NONE)
		r = f->req_frame.error;
	if (f->tunneled)
		tunnel_authority(f);
	f->proxy->stats.v[STAT_REFUSED]++;
	flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_OUTBOUND,
	    http_reason_word(r), 0);
	if (http_head_error(&f->req) != HTTP_BAD_NONE) {
		head = http_head_bytes(&f->req, &n);
		f->req_scan = flow_scan(f, FLOW_OUTBOUND, head, n);
	}
	request_refused_input(f, rest, len);
	flow_fail(f, http_reason_status(r, HTTP_REQUEST_HEAD),
	    http_reason_text(r), "The request is not sound HTTP; it was not "
	    "forwarded.");
}

/* A whole head that passed both parsers. */
static void
request_ready(struct flow *f)
{
	struct proxy	*p = f->proxy;
	const uint8_t	*head;
	size_t		 len;
	bool		 known;

	p->stats.v[STAT_REQUESTS]++;
	if (f->tunneled)
		tunnel_authority(f);
	known = identify(f);
	if (known && f->client != NULL)
		counts_of(p->counts, f->client->name)->request_ms =
		    proxy_wall();
	http_frame_init(&f->req_frame, f->req.framing, f->req.length);
	head = http_head_bytes(&f->req, &len);
	f->req_scan = flow_scan(f, FLOW_OUTBOUND, head, len);
	flow_scan_length(f->req_scan, &f->req);
	if (http_frame_done(&f->req_frame))
		scan_end(&f->req_scan, false);
	flow_cork(f);
	f->close_after = !f->req.persistent || f->req.minor == 0;
	flow_deadline(f, T_BODY);

	if (!known) {
		refuse_client(f);
		return;
	}
	if (f->client->connections > CLIENT_CONNECTIONS_MAX) {
		flow_fail(f, 503, "this client has too many connections open",
		    "Close some.");
		return;
	}
	if (f->tunneled && f->req.method != HTTP_METHOD_CONNECT) {
		if (f->sec != NULL && f->sec->status != 0)
			flow_fail(f, f->sec->status, f->sec->why,
			    f->sec->cure);
		else
			upstream_route(f);
		return;
	}
	switch (f->req.form) {
	case HTTP_FORM_AUTHORITY:
		if (f->tunneled) {
			p->stats.v[STAT_REFUSED]++;
			flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_OUTBOUND,
			    "connect_in_tunnel", 0);
			flow_fail(f, 400, "CONNECT inside of a tunnel",
			    "Open the second tunnel on a connection of its "
			    "own.");
			return;
		}
		if (strcmp(f->req.host, INTERNAL_HOST) == 0)
			flow_fail(f, 502, "this name has no TLS here",
			    "Use http://" INTERNAL_HOST "/ without a tunnel.");
		else
			upstream_route(f);
		return;
	case HTTP_FORM_ABSOLUTE:
		break;
	case HTTP_FORM_ORIGIN:
	case HTTP_FORM_ASTERISK:
		p->stats.v[STAT_REFUSED]++;
		flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_OUTBOUND,
		    "not_for_proxy", 0);
		flow_fail(f, 400, "this is a proxy, not a web server",
		    "Set it as HTTP proxy, for instance http_proxy=http://"
		    "127.0.0.1:8888, and ask for http://" INTERNAL_HOST "/.");
		return;
	}
	if (f->req.scheme == HTTP_SCHEME_HTTPS && p->inspect.anchors == NULL) {
		p->stats.v[STAT_REFUSED]++;
		flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_OUTBOUND,
		    "https_absolute", 0);
		flow_fail(f, 501, "https:// in an absolute target needs the "
		    "TLS that is made here, which is off",
		    "Let the client use CONNECT for https, or add to "
		    "guardian.conf: inspect https for { HOST }");
		return;
	}
	if (strcmp(f->req.host, INTERNAL_HOST) == 0)
		internal_begin(f);
	else
		upstream_route(f);
}

size_t
request_head_input(struct flow *f, const uint8_t *p, size_t len)
{
	enum http_feed	 e;
	size_t		 used;
	bool		 fresh = !http_head_started(&f->req);

	e = http_head_feed(&f->req, p, len, &used);
	if (fresh)
		flow_deadline(f, T_HEAD);
	if (e == HTTP_FEED_ERROR) {
		identify(f);
		request_malformed(f, p + used, len - used);
		return (len);
	}
	if (e == HTTP_FEED_DONE)
		request_ready(f);
	return (used);
}

size_t
flow_show_body(struct http_frame *frame, struct scan *s, const uint8_t *p,
    size_t len, enum http_feed *last)
{
	struct http_piece	 piece;
	size_t			 used = 0, n;

	do {
		*last = http_frame_feed(frame, p + used, len - used, &piece,
		    &n);
		switch (piece.kind) {
		case HTTP_PIECE_BODY:
			scan_data(s, FLOW_BODY, p + used + piece.off,
			    piece.len);
			break;
		case HTTP_PIECE_TRAILER:
			scan_data(s, FLOW_TRAILER, p + used + piece.off,
			    piece.len);
			break;
		case HTTP_PIECE_EXT:
			scan_data(s, FLOW_EXTENSION, p + used + piece.off,
			    piece.len);
			break;
		case HTTP_PIECE_NONE:
			break;
		}
		used += n;
	} while (*last == HTTP_FEED_MORE && used < len);
	return (used);
}

size_t
request_body_input(struct flow *f, const uint8_t *p, size_t len)
{
	enum http_feed	 e;
	size_t		 used;

	used = flow_show_body(&f->req_frame, f->req_scan, p, len, &e);
	/*
	 * The detector first, then the peer: what somebody has an answer to is
	 * scanned, even if this process ends now.
	 */
	if (e == HTTP_FEED_DONE)
		scan_end(&f->req_scan, false);
	flow_cork(f);
	flow_deadline(f, T_BODY);
	if (e == HTTP_FEED_ERROR) {
		request_malformed(f, p + used, len - used);
		return (len);
	}
	if (f->state == FLOW_ST_BODY && !f->req_discard &&
	    flow_write(f, &f->up->io, p, used) == -1) {
		/* Its answer may be on its way all the same (413). */
		f->req_discard = true;
		io_discard(&f->up->io);
	}
	if (e != HTTP_FEED_DONE)
		return (used);
	if (f->state == FLOW_ST_SINK) {
		internal_answer(f);
		return (used);
	}
	f->state = FLOW_ST_WAIT;
	flow_deadline(f, f->resp_state == RESP_BODY ? T_BODY : T_RESPONSE);
	return (used);
}

/* A request that goes nowhere is shown to the end, as far as it has one. */
void
request_refused_input(struct flow *f, const uint8_t *p, size_t len)
{
	enum http_feed	 e = HTTP_FEED_MORE;
	size_t		 used = 0;

	if (f->req_scan == NULL)
		return;
	if (http_head_error(&f->req) == HTTP_BAD_NONE &&
	    f->req_frame.error == HTTP_BAD_NONE)
		used = flow_show_body(&f->req_frame, f->req_scan, p, len, &e);
	if (e == HTTP_FEED_DONE)
		scan_end(&f->req_scan, false);
	else
		/* Framing that cannot be trusted ends nothing. */
		scan_data(f->req_scan, FLOW_BODY, p + used, len - used);
}

/* The origin is there: the head, and what of the body has come. */
void
request_head_send(struct flow *f)
{
	unsigned int	 flags = 0;

	if (f->tunneled)
		flags |= HTTP_RW_TARGET;
	if (f->up->gateway)
		flags |= HTTP_RW_PROXY;
	/* h2c is an offer; without it the answer can be scanned. */
	f->upgrade = f->req.upgrade &&
	    !http_head_has_token(&f->req, "upgrade", "h2c");
	if (f->upgrade)
		flags |= HTTP_RW_UPGRADE;
	if (http_rewrite_request(&f->req, flags, &f->up->io.out) == -1) {
		flow_fail(f, 503, "memory is short", "Try again.");
		return;
	}
	if (http_auth_is_bound(&f->req))
		f->up->bound = true;
	response_begin(f);
	if (http_frame_done(&f->req_frame)) {
		f->state = FLOW_ST_WAIT;
		flow_deadline(f, T_RESPONSE);
	} else {
		f->state = FLOW_ST_BODY;
		flow_deadline(f, T_BODY);
	}
}
