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

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "compat.h"
#include "flow.h"
#include "gateway.h"
#include "log.h"
#include "secure.h"

#define UP_OUT_MAX	(3 * IO_SIZE)	/* a head and what was read with it */

/* Are its bytes no HTTP of ours? */
static bool
in_tunnel(const struct flow *f)
{
	return (f->state == FLOW_ST_START || f->state == FLOW_ST_TUNNEL);
}

static void	origin_readable(void *);

void
upstream_look(struct flow *f)
{
	int	 i;

	/* Tickets first, as a rule, and what matters behind them. */
	for (i = 0; i < 4 && !f->dead && f->up != NULL &&
	    !io_is_quiet(&f->up->io); i++)
		origin_readable(f);
}

static void
origin_readable(void *arg)
{
	struct flow	*f = arg;
	struct proxy	*p = f->proxy;
	uint8_t		*data;
	ssize_t		 n;

	if (f->up->securing || f->up->asking) {
		if (f->up->securing)
			upstream_tls_readable(f);
		else
			gateway_readable(f);
		flow_arm(f);
		return;
	}
	if (!flow_may_show(f, FLOW_INBOUND)) {
		flow_arm(f);
		return;
	}
	data = blocks_scratch(&p->blocks);
	n = io_read(&f->up->io, data, IO_SIZE);
	if (n > 0) {
		p->stats.v[STAT_BYTES_OUT] += (uint64_t)n;
		if (in_tunnel(f))
			tunnel_from_origin(f, data, (size_t)n);
		else
			response_input(f, data, (size_t)n);
	} else if (n == -1 || f->up->io.eof) {
		if (f->state == FLOW_ST_START && f->cl.tls != NULL)
			/* Nothing was asked yet: another will do. */
			upstream_close(f);
		else if (in_tunnel(f)) {
			if (n == -1)
				flow_destroy(f);
			else
				tunnel_origin_eof(f);
		} else
			response_eof(f, n == -1);
	}
	if (!f->dead)
		flow_resume(f);
	flow_arm(f);
}

size_t
upstream_queued(const struct flow *f)
{
	return (f->up == NULL ? 0 : io_queued(&f->up->io));
}

void
upstream_flush(struct flow *f)
{
	if (f->up == NULL || io_flush(&f->up->io) == 0)
		return;
	if (f->up->securing || f->up->asking)
		return;		/* reading tells what is wrong */
	if (in_tunnel(f)) {
		flow_destroy(f);
		return;
	}
	/* Perhaps it answers before it hangs up (413). */
	f->req_discard = true;
	io_discard(&f->up->io);
}

static void
origin_writable(void *arg)
{
	struct flow	*f = arg;

	upstream_flush(f);
	if (f->dead)
		return;
	if (f->state == FLOW_ST_BODY)
		flow_deadline(f, T_BODY);
	if (f->state == FLOW_ST_TUNNEL && f->cl.shut_done &&
	    f->up->io.shut_done)
		flow_destroy(f);
	flow_arm(f);
}

void
upstream_close(struct flow *f)
{
	connector_cancel(f->connector);
	f->connector = NULL;
	upstream_free(f->up);
	f->up = NULL;
	f->resp_state = RESP_NONE;
}

/*
 * The client opened the tunnel, or authenticated the connection: it is the
 * client's own, as if we were not there.
 */
static bool
is_own(const struct flow *f)
{
	return (flow_is_pinned(f) || f->up->bound);
}

void
upstream_release(struct flow *f)
{
	struct upstream	*up = f->up;

	f->resp_state = RESP_NONE;
	up->idle = proxy_now();
	up->served++;
	memcpy(up->user, f->uid, sizeof(up->user));
	if (is_own(f))
		return;
	f->up = NULL;
	upstream_pool_put(f->proxy->pool, up);
}

/*
 * With a connection of its own the client has the same to do as with the
 * origin itself: connect again when it needs to.
 */
void
upstream_gone(struct flow *f)
{
	bool	 own = is_own(f);

	upstream_close(f);
	if (own && f->state == FLOW_ST_HEAD)
		flow_linger(f);
}

/*
 * Methods whose repetition does no harm (RFC 9110, 9.2.2), and that have no
 * body to send again.
 */
static bool
repeatable(const struct flow *f)
{
	return ((f->req.method == HTTP_METHOD_GET ||
	    f->req.method == HTTP_METHOD_HEAD ||
	    f->req.method == HTTP_METHOD_OPTIONS) &&
	    f->req.framing == HTTP_BODY_NONE);
}

/* Is the connection that this flow kept the one for this request? */
static bool
usable(const struct flow *f)
{
	if (f->up == NULL || f->up->io.eof)
		return (false);
	return (f->tunneled || (f->req.method != HTTP_METHOD_CONNECT &&
	    f->up->key.client == f->client &&
	    f->up->key.scheme == f->req.scheme &&
	    f->up_port == flow_port(f) &&
	    strcmp(f->up_host, f->req.host) == 0));
}

/* Whose connection this request may use. */
void
upstream_key_of(const struct flow *f, struct upstream_key *key)
{
	const struct http_field	*cred;
	unsigned int		 len;

	if (f->cl.tls != NULL) {
		*key = f->sec->key;
		return;
	}
	memset(key, 0, sizeof(*key));
	key->client = f->client;
	key->scheme = f->req.scheme == HTTP_SCHEME_HTTPS ? HTTP_SCHEME_HTTPS :
	    HTTP_SCHEME_HTTP;
	key->port = flow_port(f);
	strlcpy(key->host, f->req.host, sizeof(key->host));
	/* What is no host's name is nobody's in a certificate, either. */
	if (key->scheme == HTTP_SCHEME_HTTPS &&
	    host_canon(f->req.host, key->name, sizeof(key->name)) == -1)
		strlcpy(key->name, f->req.host, sizeof(key->name));
	cred = http_head_field(&f->req, "proxy-authorization", 0);
	if (cred == NULL)
		return;
	key->has_credential = true;
	if (EVP_Digest(http_span(&f->req, cred->value), cred->value.len,
	    key->credential, &len, EVP_sha256(), NULL) != 1)
		/* One that is nobody else's. */
		arc4random_buf(key->credential, sizeof(key->credential));
}

/* An error number as a word for events and a phrase for people. */
static const char *
errnum_word(int e)
{
	switch (e) {
	case ECONNREFUSED:
		return ("connection_refused");
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ("unreachable");
	case ECONNRESET:
		return ("connection_reset");
	case EMFILE:
	case ENFILE:
		return ("descriptors");
	default:
		return ("connect_failed");
	}
}

static const char *
errnum_text(int e)
{
	switch (e) {
	case ECONNREFUSED:
		return ("the server refused the connection");
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ("the server cannot be reached from this host");
	case ECONNRESET:
		return ("the server reset the connection");
	case EMFILE:
	case ENFILE:
		return ("the proxy is out of file descriptors");
	default:
		return ("the connection to the server failed");
	}
}

static void
refused(struct flow *f, const struct connect_result *r)
{
	const struct sockaddr	*sa = (const struct sockaddr *)&r->addr;
	char			 line[ADDR_CURE_SIZE], why[128], cure[256];

	f->proxy->stats.v[STAT_REFUSED]++;
	flow_report(f, EVENT_DESTINATION_REFUSED, FLOW_OUTBOUND,
	    addr_class_word(r->class), 0);
	snprintf(why, sizeof(why), "the destination is %s",
	    addr_class_text(r->class));
	addr_policy_cure(r->class, sa, line, sizeof(line));
	if (line[0] == '\0')
		strlcpy(cure, "Nothing allows this: it would never end.",
		    sizeof(cure));
	else
		snprintf(cure, sizeof(cure), "This line in guardian.conf "
		    "allows it:\n    %s", line);
	flow_fail(f, 403, why, cure);
}

static void
connect_failed(struct flow *f, const struct connect_result *r)
{
	switch (r->error) {
	case CONNECT_RESOLVE:
		flow_report(f, EVENT_UPSTREAM_FAILED, FLOW_OUTBOUND,
		    resolve_word(r->resolve), 0);
		flow_fail(f, r->resolve == RESOLVE_TIMEOUT ? 504 : 502,
		    resolve_text(r->resolve),
		    "Check the name, and the name servers in "
		    "/etc/resolv.conf of the proxy's host.");
		break;
	case CONNECT_REFUSED:
		refused(f, r);
		break;
	case CONNECT_TIMEOUT:
		flow_report(f, EVENT_UPSTREAM_FAILED, FLOW_OUTBOUND,
		    "connect_timeout", 0);
		flow_fail(f, 504, "the server did not accept a connection in "
		    "time", "Try again; check that the port is the right "
		    "one.");
		break;
	default:
		flow_report(f, EVENT_UPSTREAM_FAILED, FLOW_OUTBOUND,
		    errnum_word(r->errnum), 0);
		flow_fail(f, r->errnum == EMFILE || r->errnum == ENFILE ? 503 :
		    502, errnum_text(r->errnum),
		    "Check that the server runs and that the port is the "
		    "right one.");
		break;
	}
}

void
upstream_connected(struct flow *f)
{
	request_head_send(f);
	if (f->dead || f->state == FLOW_ST_LINGER)
		return;
	/* What came of the body goes out with the head, in one write. */
	flow_resume(f);
}

static void
connected(void *arg, const struct connect_result *r)
{
	struct flow		*f = arg;
	struct upstream_key	 key;

	f->connector = NULL;
	if (r->error != CONNECT_OK) {
		connect_failed(f, r);
		if (!f->dead)
			flow_arm(f);
		return;
	}
	upstream_key_of(f, &key);
	if ((f->up = upstream_new(f->proxy->base, r->fd, &key,
	    UP_OUT_MAX)) == NULL) {
		flow_fail(f, 503, "memory is short", "Try again.");
		if (!f->dead)
			flow_arm(f);
		return;
	}
	io_own(&f->up->io, origin_readable, origin_writable, f);
	strlcpy(f->up_host, key.host, sizeof(f->up_host));
	f->up_port = key.port;
	f->up->gateway = gateway_is_on(f);
	if (f->up->gateway && (f->req.method == HTTP_METHOD_CONNECT ||
	    f->tunneled || key.scheme == HTTP_SCHEME_HTTPS))
		gateway_begin(f);
	else if (f->req.method == HTTP_METHOD_CONNECT)
		tunnel_start(f, NULL, 0);
	else if (key.scheme == HTTP_SCHEME_HTTPS)
		upstream_tls_begin(f);
	else
		upstream_connected(f);
	if (!f->dead)
		flow_arm(f);
}

void
upstream_connect(struct flow *f)
{
	struct connect_result	 r;
	struct upstream_key	 key;

	upstream_close(f);
	upstream_key_of(f, &key);
	f->state = FLOW_ST_CONNECTING;
	if (!gateway_is_on(f))
		f->connector = connector_start(f->proxy, f->client, key.host,
		    key.port, connected, f);
	else if (gateway_allows(f, key.host, key.port, &r))
		f->connector = connector_start_configured(f->proxy,
		    f->proxy->inspect.gateway.host,
		    f->proxy->inspect.gateway.port, connected, f);
	else {
		connect_failed(f, &r);
		return;
	}
	if (f->connector == NULL)
		flow_fail(f, 503, "memory is short", "Try again.");
}

static bool
from_pool(struct flow *f)
{
	struct upstream_key	 key;

	upstream_close(f);
	if (flow_is_pinned(f) || f->req.method == HTTP_METHOD_CONNECT)
		return (false);
	upstream_key_of(f, &key);
	f->up = upstream_pool_get(f->proxy->pool, &key, f->uid,
	    !repeatable(f));
	if (f->up == NULL)
		return (false);
	io_own(&f->up->io, origin_readable, origin_writable, f);
	strlcpy(f->up_host, key.host, sizeof(f->up_host));
	f->up_port = key.port;
	return (true);
}

void
upstream_route(struct flow *f)
{
	if (f->req.method == HTTP_METHOD_CONNECT && secure_pooled(f)) {
		strlcpy(f->up_host, f->req.host, sizeof(f->up_host));
		f->up_port = flow_port(f);
		tunnel_start(f, NULL, 0);
		return;
	}
	if (!usable(f) && !from_pool(f)) {
		upstream_connect(f);
		return;
	}
	/*
	 * The caller goes on with the body, and flow_arm() with the write:
	 * the head must not leave alone.
	 */
	request_head_send(f);
}

bool
upstream_retry(struct flow *f)
{
	if (f->up->idle == 0 || f->retried || f->resp_started ||
	    f->interim > 0 || http_head_started(&f->resp) || !repeatable(f))
		return (false);
	f->retried = true;
	f->req_discard = false;
	upstream_connect(f);
	return (true);
}
