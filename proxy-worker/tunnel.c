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
#include "gateway.h"
#include "log.h"
#include "secure.h"
#include "tunnel_start.h"

/*
 * CONNECT.  The client's first bytes say what is inside: HTTP becomes exchanges
 * like all others, with the one origin that was asked for; everything else
 * passes both ways, not looked at, and counted as such.
 */

static const char	established[] =
    "HTTP/1.1 200 Connection established\r\n\r\n";

void
tunnel_start(struct flow *f, const uint8_t *first, size_t len)
{
	if (f->established)
		/* It was not needed before what is inside was known. */
		tunnel_opaque(f, f->opaque);
	else {
		f->established = true;
		f->state = FLOW_ST_START;
		flow_deadline(f, T_TUNNEL);
		/* One write: there are clients that hang on a split reply. */
		if (gateway_keep(f) == -1 || io_write(&f->cl, established,
		    sizeof(established) - 1) == -1) {
			flow_destroy(f);
			return;
		}
	}
	/* It was said before the origin had a byte of the client's. */
	if (len > 0)
		tunnel_from_origin(f, first, len);
	/* What the client sent at once, without waiting for our yes. */
	if (!f->dead)
		flow_resume(f);
}

void
tunnel_opaque(struct flow *f, const char *reason)
{
	if (f->up == NULL) {
		f->opaque = reason;
		upstream_connect(f);
		return;
	}
	f->proxy->stats.v[STAT_TUNNELS]++;
	flow_report(f, EVENT_TUNNEL_OPAQUE, -1, reason, 0);
	f->state = FLOW_ST_TUNNEL;
	flow_deadline(f, T_TUNNEL);
}

/* Nothing in a request leads elsewhere: its destination is the CONNECT's. */
void
tunnel_authority(struct flow *f)
{
	/* Under TLS it is who the server has proved to be. */
	strlcpy(f->req.host, f->cl.tls != NULL ? f->sec->key.name : f->up_host,
	    sizeof(f->req.host));
	f->req.host_literal6 = strchr(f->req.host, ':') != NULL;
	f->req.port = f->up_port;
	f->req.scheme = f->cl.tls != NULL ? HTTP_SCHEME_HTTPS :
	    HTTP_SCHEME_HTTP;
}

void
tunnel_not_http(struct flow *f, const char *reason)
{
	if (f->sec != NULL && f->sec->status != 0)
		flow_destroy(f);
	else
		tunnel_opaque(f, reason);
}

size_t
tunnel_first_input(struct flow *f, const uint8_t *p, size_t len)
{
	switch (tunnel_classify(p, len)) {
	case TUNNEL_MORE:
		/* From the first byte on, however slowly they come. */
		if (f->deadline > proxy_now() + T_FIRST)
			flow_deadline(f, T_FIRST);
		break;
	case TUNNEL_HTTP:
		f->tunneled = true;
		flow_begin(f);
		break;
	case TUNNEL_TLS:
		if (f->cl.tls == NULL)
			secure_begin(f);
		else
			tunnel_not_http(f, "tls_in_tls");
		break;
	case TUNNEL_HTTP2:
		tunnel_not_http(f, "http2");
		break;
	case TUNNEL_UNKNOWN:
		tunnel_not_http(f, "unknown");
		break;
	}
	return (0);
}

static void
account(struct flow *f, uint64_t *count, size_t len)
{
	*count += len;
	f->proxy->stats.v[STAT_BYTES_OPAQUE] += len;
	flow_deadline(f, T_TUNNEL);
}

size_t
tunnel_from_client(struct flow *f, const uint8_t *p, size_t len)
{
	if (f->websocket != NULL)
		websocket_show(f, FLOW_OUTBOUND, p, len);
	else
		account(f, &f->opaque_out, len);
	if (io_write(&f->up->io, p, len) == -1)
		flow_destroy(f);
	return (len);
}

/*
 * Does it begin like a response, blank lines before it included?  A server that
 * answers before it was asked, so that its answer passes as something else than
 * HTTP, would find clients that take it for what they ask next.
 */
static bool
is_response(const uint8_t *p, size_t len)
{
	static const char	 start[] = "HTTP/";

	for (; len > 0 && (*p == '\r' || *p == '\n'); p++, len--)
		continue;
	return (memcmp(p, start, len < sizeof(start) - 1 ? len :
	    sizeof(start) - 1) == 0);
}

void
tunnel_from_origin(struct flow *f, const uint8_t *p, size_t len)
{
	if (f->state == FLOW_ST_START && is_response(p, len)) {
		flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_INBOUND, "unasked",
		    0);
		upstream_close(f);	/* whoever asks gets another */
		return;
	}
	if (f->state == FLOW_ST_START)
		tunnel_opaque(f, "server_first");
	if (f->websocket != NULL)
		websocket_show(f, FLOW_INBOUND, p, len);
	else
		account(f, &f->opaque_in, len);
	if (io_write(&f->cl, p, len) == -1)
		flow_destroy(f);
}

/* One side is done; the other may go on for as long as it likes. */
static void
half_closed(struct flow *f, struct io *to)
{
	if (io_shutdown(to) == -1 || (f->cl.shut_done && f->up->io.shut_done))
		flow_destroy(f);
}

void
tunnel_client_eof(struct flow *f)
{
	if (f->websocket != NULL)
		websocket_eof(f, FLOW_OUTBOUND);
	half_closed(f, &f->up->io);
}

void
tunnel_origin_eof(struct flow *f)
{
	if (f->state == FLOW_ST_START)
		tunnel_opaque(f, "server_first");
	if (f->websocket != NULL)
		websocket_eof(f, FLOW_INBOUND);
	half_closed(f, &f->cl);
}

/* What passed unseen goes on record when its size is known. */
void
tunnel_end(struct flow *f)
{
	struct client_counts	*n;

	if (f->opaque_out > 0)
		flow_report(f, EVENT_SCAN_GAP, FLOW_OUTBOUND, "tunnel_opaque",
		    f->opaque_out);
	if (f->opaque_in > 0)
		flow_report(f, EVENT_SCAN_GAP, FLOW_INBOUND, "tunnel_opaque",
		    f->opaque_in);
	if (f->client == NULL || f->opaque_out + f->opaque_in == 0)
		return;
	n = counts_of(f->proxy->counts, f->client->name);
	n->messages++;
	n->skipped_messages++;
	n->bytes += f->opaque_out + f->opaque_in;
	n->skipped_bytes += f->opaque_out + f->opaque_in;
}
