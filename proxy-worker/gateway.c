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

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "flow.h"
#include "gateway.h"
#include "resolve.h"
#include "secure.h"

bool
gateway_is_on(const struct flow *f)
{
	return (f->proxy->inspect.gateway.host[0] != '\0');
}

bool
gateway_allows(const struct flow *f, const char *host, unsigned int port,
    struct connect_result *r)
{
	struct sockaddr_in6	*sin6 = (struct sockaddr_in6 *)&r->addr;
	struct sockaddr_in	*sin = (struct sockaddr_in *)&r->addr;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	/* Whoever connects may read numbers as of old: 127.1, 0x7f000001. */
	if (inet_aton(host, &sin->sin_addr) == 1 ||
	    (resolve_is_localhost(host) &&
	    inet_aton("127.0.0.1", &sin->sin_addr) == 1)) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, host, &sin6->sin6_addr) == 1) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons((uint16_t)port);
	} else
		return (true);
	r->class = addr_policy_check(&f->proxy->policy,
	    f->client == NULL ? NULL : &f->client->allow,
	    (struct sockaddr *)&r->addr);
	r->error = CONNECT_REFUSED;
	return (r->class == ADDR_PUBLIC);
}

int
gateway_keep(struct flow *f)
{
	const struct http_field	*cred;

	cred = http_head_field(&f->req, "proxy-authorization", 0);
	if (!gateway_is_on(f) || cred == NULL)
		return (0);
	f->credential = strndup(http_span(&f->req, cred->value),
	    cred->value.len);
	return (f->credential == NULL ? -1 : 0);
}

/* The client's credential: of this request, or of the CONNECT before it. */
static int
add_credential(struct flow *f, struct buf *b)
{
	const struct http_field	*cred;

	if (f->established)
		return (f->credential == NULL ? 0 :
		    buf_printf(b, "Proxy-Authorization: %s\r\n",
		    f->credential));
	cred = http_head_field(&f->req, "proxy-authorization", 0);
	if (cred == NULL)
		return (0);
	if (buf_addstr(b, "Proxy-Authorization: ") == -1 ||
	    buf_add(b, http_span(&f->req, cred->value), cred->value.len) == -1)
		return (-1);
	return (buf_addstr(b, "\r\n"));
}

void
gateway_begin(struct flow *f)
{
	const struct upstream_key	*k = &f->up->key;
	struct buf			*b = &f->up->io.out;
	const char			*l, *r;

	l = strchr(k->host, ':') == NULL ? "" : "[";
	r = l[0] == '\0' ? "" : "]";
	if (buf_printf(b, "CONNECT %s%s%s:%u HTTP/1.1\r\n"
	    "Host: %s%s%s:%u\r\n", l, k->host, r, k->port, l, k->host, r,
	    k->port) == -1 || add_credential(f, b) == -1 ||
	    buf_addstr(b, "\r\n") == -1) {
		flow_fail(f, 503, "memory is short", "Try again.");
		return;
	}
	http_head_reset(&f->resp);
	f->resp.answers = HTTP_METHOD_CONNECT;
	f->up->asking = true;
	/* It may ask a person for an approval. */
	flow_deadline(f, T_RESPONSE);
}

static void
failed(struct flow *f, const char *word, int status, const char *why)
{
	flow_report(f, EVENT_UPSTREAM_FAILED, FLOW_INBOUND, word, 0);
	upstream_close(f);
	flow_fail(f, status, why, "Check the upstream proxy that guardian.conf "
	    "names.");
}

/*
 * No tunnel.  What it says is for the client, who speaks to a proxy as well:
 * its answer goes through all that an answer goes through.
 */
static void
turned_down(struct flow *f, const uint8_t *rest, size_t len)
{
	const uint8_t	*head;
	uint8_t		*copy;
	size_t		 n;

	if (f->cl.tls != NULL || f->req.method == HTTP_METHOD_HEAD) {
		failed(f, "gateway_refused", 502,
		    "the upstream proxy refused the connection");
		return;
	}
	flow_report(f, EVENT_UPSTREAM_FAILED, FLOW_INBOUND, "gateway_refused",
	    0);
	head = http_head_bytes(&f->resp, &n);
	if ((copy = malloc(n + len)) == NULL) {
		flow_fail(f, 503, "memory is short", "Try again.");
		return;
	}
	memcpy(copy, head, n);
	memcpy(copy + n, rest, len);
	f->up->bound = true;		/* nobody else's, and soon nobody's */
	f->close_after = true;
	f->req_discard = true;
	f->state = http_frame_done(&f->req_frame) ? FLOW_ST_WAIT :
	    FLOW_ST_BODY;
	response_begin(f);
	f->resp.answers = HTTP_METHOD_CONNECT;
	response_input(f, copy, n + len);
	freezero(copy, n + len);
}

static void
opened(struct flow *f, const uint8_t *rest, size_t len)
{
	http_head_reset(&f->resp);
	f->up->gateway = false;
	if (f->req.method == HTTP_METHOD_CONNECT && f->cl.tls == NULL)
		tunnel_start(f, rest, len);
	else if (len > 0)
		failed(f, "gateway_protocol", 502,
		    "the upstream proxy said more than its answer");
	else if (flow_is_tls(f))
		upstream_tls_begin(f);
	else
		upstream_connected(f);
}

void
gateway_readable(struct flow *f)
{
	struct proxy	*p = f->proxy;
	uint8_t		*data = blocks_scratch(&p->blocks);
	enum http_feed	 e;
	ssize_t		 n;
	size_t		 used;

	n = io_read(&f->up->io, data, IO_SIZE);
	if (n <= 0) {
		if (n == -1 || f->up->io.eof)
			failed(f, "gateway_closed", 502, "the upstream proxy "
			    "closed the connection without an answer");
		return;
	}
	p->stats.v[STAT_BYTES_OUT] += (uint64_t)n;
	e = http_head_feed(&f->resp, data, (size_t)n, &used);
	if (e == HTTP_FEED_MORE)
		return;
	f->up->asking = false;
	if (e == HTTP_FEED_ERROR || f->resp.status / 100 == 1)
		failed(f, "gateway_protocol", 502,
		    "the upstream proxy's answer is not sound HTTP");
	else if (f->resp.status / 100 == 2)
		opened(f, data + used, (size_t)n - used);
	else
		turned_down(f, data + used, (size_t)n - used);
}

void
gateway_timeout(struct flow *f)
{
	failed(f, "gateway_timeout", 504,
	    "the upstream proxy did not answer in time");
}
