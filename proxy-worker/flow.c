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
#include <netdb.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "compat.h"
#include "counts.h"
#include "flow.h"
#include "gateway.h"
#include "http_error.h"
#include "log.h"
#include "secure.h"
#include "tls_leg.h"

/* Room for a rewritten head, a read behind it, and our own short texts. */
#define OUT_MAX		(3 * IO_SIZE)

static void	flow_timeout(evutil_socket_t, short, void *);
static void	client_readable(void *);
static void	client_writable(void *);

static void
wake(void *arg)
{
	flow_arm(arg);
}

void
flow_new(struct proxy *p, int fd, const struct sockaddr *src, socklen_t len)
{
	struct flow	*f;
	char		*scope;

	if ((f = calloc(1, sizeof(*f))) == NULL ||
	    len > sizeof(f->src)) {
		free(f);
		close(fd);
		return;
	}
	f->proxy = p;
	memcpy(&f->src, src, len);
	if (getnameinfo(src, len, f->source, sizeof(f->source), NULL, 0,
	    NI_NUMERICHOST) != 0)
		strlcpy(f->source, "0.0.0.0", sizeof(f->source));
	/* A scope names an interface of this host: nobody else's matter. */
	if ((scope = strchr(f->source, '%')) != NULL)
		*scope = '\0';
	arc4random_buf(f->uid, sizeof(f->uid));
	http_head_init(&f->req, HTTP_REQUEST_HEAD);
	http_head_init(&f->resp, HTTP_RESPONSE_HEAD);
	buf_init(&f->cin, IO_SIZE);
	io_open(&f->cl, p->base, fd, OUT_MAX);
	io_own(&f->cl, client_readable, client_writable, f);
	f->req_wait.wake = f->resp_wait.wake = wake;
	f->req_wait.arg = f->resp_wait.arg = f;
	if (event_assign(&f->timer, p->base, -1, 0, flow_timeout, f) == -1)
		fatalx("event_assign");
	TAILQ_INSERT_TAIL(&p->flows, f, entry);
	p->nflows++;
	p->stats.v[STAT_ACCEPTED]++;
	flow_deadline(f, T_IDLE);

	if (p->nflows > CONNECTIONS_MAX)
		flow_fail(f, 503, "too many connections are open",
		    "Close some, or let guardian.conf start more proxy "
		    "workers.");
	else if (client_admit(&p->clients, src) != CLIENT_OK) {
		flow_report(f, EVENT_CLIENT_REFUSED, -1, "unknown_source", 0);
		p->stats.v[STAT_REFUSED]++;
		flow_fail(f, 403, "this address belongs to no client",
		    "Add it to a client block of guardian.conf: "
		    "client \"NAME\" { address { ADDRESS } }");
	}
	flow_arm(f);
}

void
flow_destroy(struct flow *f)
{
	struct proxy	*p = f->proxy;

	if (f->dead)
		return;
	f->dead = true;
	if (f->state == FLOW_ST_TUNNEL)
		tunnel_end(f);
	scan_end(&f->req_scan, true);
	scan_end(&f->resp_scan, true);
	websocket_free(f);
	waiter_cancel(&f->req_wait);
	waiter_cancel(&f->resp_wait);
	connector_cancel(f->connector);
	f->connector = NULL;
	io_close(&f->cl);
	secure_free(f);
	if (f->credential != NULL)
		freezero(f->credential, strlen(f->credential));
	upstream_free(f->up);
	f->up = NULL;
	event_del(&f->timer);
	http_head_reset(&f->req);
	http_head_reset(&f->resp);
	buf_wipe(&f->cin);
	if (f->client != NULL)
		f->client->connections--;
	if (f->corked)
		TAILQ_REMOVE(&p->corked, f, cork);
	TAILQ_REMOVE(&p->flows, f, entry);
	p->nflows--;
	TAILQ_INSERT_TAIL(&p->dead, f, entry);
	event_active(p->reaper, EV_TIMEOUT, 0);
}

/* The detectors have written down what they found in what passed. */
static bool
all_done(const struct proxy *p)
{
	size_t	 i;

	for (i = 0; i < PROC_INSTANCES_MAX; i++)
		if (p->links[i] != NULL && dlink_busy(p->links[i]))
			return (false);
	return (true);
}

void
flow_reap(evutil_socket_t fd, short what, void *arg)
{
	struct proxy	*p = arg;
	struct flow	*f;

	(void)fd;
	(void)what;
	while ((f = TAILQ_FIRST(&p->dead)) != NULL) {
		TAILQ_REMOVE(&p->dead, f, entry);
		free(f);
	}
	listen_resume(p);
	if (p->draining && !p->drained && p->nflows == 0 && all_done(p)) {
		p->drained = true;
		counts_flush(p->counts);
		child_drained(p->child);
	}
}

void
flow_drain(struct proxy *p)
{
	struct flow	*f, *next;

	for (f = TAILQ_FIRST(&p->flows); f != NULL; f = next) {
		next = TAILQ_NEXT(f, entry);
		/*
		 * Its next request may be on its way, and could not be asked
		 * again: it gets an answer, with the word that it is the last.
		 */
		if (f->state == FLOW_ST_HEAD && !http_head_started(&f->req) &&
		    buf_len(&f->cin) == 0 && io_queued(&f->cl) == 0)
			flow_deadline(f, T_DRAIN_IDLE);
	}
}

void
flow_finish(struct proxy *p)
{
	struct flow	*f;

	while ((f = TAILQ_FIRST(&p->flows)) != NULL) {
		io_abort(&f->cl);
		flow_destroy(f);
	}
}

/* --- time ---------------------------------------------------------------- */

static void
timer_set(struct flow *f)
{
	struct timeval	 tv;
	int64_t		 ms = f->deadline - proxy_now();

	if (ms < 1)
		ms = 1;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	if (event_add(&f->timer, &tv) == -1)
		fatalx("event_add");
	f->timer_armed = true;
	f->timer_at = f->deadline;
}

/*
 * A deadline moved further away costs nothing: the timer finds out when it
 * fires.
 */
void
flow_deadline(struct flow *f, int64_t ms)
{
	f->deadline = proxy_now() + ms;
	if (!f->timer_armed || f->deadline < f->timer_at)
		timer_set(f);
}

static void
flow_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct flow	*f = arg;

	(void)fd;
	(void)what;
	f->timer_armed = false;
	if (proxy_now() < f->deadline) {
		timer_set(f);
		return;
	}
	switch (f->state) {
	case FLOW_ST_HEAD:
		if (!http_head_started(&f->req)) {
			flow_destroy(f);
			return;
		}
		/* FALLTHROUGH */
	case FLOW_ST_SINK:
	case FLOW_ST_BODY:
		if (f->resp_state == RESP_BODY) {
			io_abort(&f->cl);
			flow_destroy(f);
			return;
		}
		flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_OUTBOUND, "timeout",
		    0);
		flow_fail(f, 408, "the request did not arrive in time", NULL);
		break;
	case FLOW_ST_WAIT:
		if (io_queued(&f->cl) > 0)	/* it does not read it */
			flow_report(f, EVENT_PROTOCOL_ERROR, FLOW_OUTBOUND,
			    "timeout", 0);
		else
			flow_report(f, EVENT_UPSTREAM_FAILED, FLOW_INBOUND,
			    "timeout", 0);
		flow_fail(f, 504, "the server did not answer in time",
		    "Try again; the server may be busy.");
		break;
	case FLOW_ST_CONNECTING:
	case FLOW_ST_SECURE:
		/* Connector and leaf request have limits of their own. */
		if (f->up != NULL && f->up->securing)
			upstream_tls_timeout(f);
		else if (f->up != NULL && f->up->asking)
			gateway_timeout(f);
		else
			flow_deadline(f, T_BODY);
		break;
	case FLOW_ST_HELLO:
		secure_hello_timeout(f);
		break;
	case FLOW_ST_ACCEPT:
		secure_client_timeout(f);
		break;
	case FLOW_ST_START:
		if (buf_len(&f->cin) > 0) {
			tunnel_not_http(f, "unknown");
			if (!f->dead)
				flow_resume(f);
			break;
		}
		/* FALLTHROUGH */
	case FLOW_ST_TUNNEL:
	case FLOW_ST_LINGER:
		flow_destroy(f);
		return;
	}
	flow_arm(f);
}

/* --- the end of an exchange ---------------------------------------------- */

void
flow_linger(struct flow *f)
{
	scan_end(&f->resp_scan, true);
	upstream_close(f);
	request_refused_input(f, buf_data(&f->cin), buf_len(&f->cin));
	buf_wipe(&f->cin);
	f->state = FLOW_ST_LINGER;
	dlink_push(flow_link(f));
	if (io_flush(&f->cl) == -1 || io_shutdown(&f->cl) == -1) {
		flow_destroy(f);
		return;
	}
	flow_deadline(f, io_queued(&f->cl) > 0 ? T_HEAD : T_LINGER);
}

void
flow_fail(struct flow *f, int status, const char *why, const char *cure)
{
	struct http_error	 e;
	char			 dest[MSG_DEST_SIZE];

	if (f->dead)
		return;
	if (f->resp_started || (f->established && !f->tunneled) ||
	    f->state == FLOW_ST_LINGER) {
		/*
		 * Half an answer must not look like a whole one, and in a
		 * tunnel nobody waits for one.
		 */
		io_abort(&f->cl);
		flow_destroy(f);
		return;
	}
	memset(&e, 0, sizeof(e));
	e.status = status;
	e.why = why;
	e.cure = cure;
	e.head = f->req.method == HTTP_METHOD_HEAD;
	if (f->req.host[0] != '\0') {
		report_dest(f->req.host, flow_port(f), dest, sizeof(dest));
		e.host = dest;
	}
	if (http_error_write(&f->cl.out, &e) == -1) {
		flow_destroy(f);
		return;
	}
	flow_linger(f);
}

void
flow_next(struct flow *f)
{
	/*
	 * A client that has closed its half may have asked for more before:
	 * client_eof() ends the flow when all that is answered.
	 */
	if (f->close_after) {
		flow_linger(f);
		return;
	}
	flow_begin(f);
}

void
flow_begin(struct flow *f)
{
	http_head_reset(&f->req);
	http_head_reset(&f->resp);
	f->resp_state = RESP_NONE;
	f->resp_started = f->close_after = false;
	f->req_discard = f->retried = f->upgrade = false;
	f->interim = 0;
	if (f->tunneled)
		tunnel_authority(f);
	f->state = FLOW_ST_HEAD;
	flow_deadline(f, f->proxy->draining ? T_DRAIN_IDLE : T_IDLE);
}

/* --- client side --------------------------------------------------------- */

/* Takes what the state can use; what is left waits in cin. */
static size_t
flow_input(struct flow *f, const uint8_t *p, size_t len)
{
	enum flow_state	 state;
	size_t		 used = 0, n;

	while (used < len && !f->dead) {
		state = f->state;
		switch (state) {
		case FLOW_ST_HEAD:
			/* Answers first: a client that reads none gets none. */
			if (io_queued(&f->cl) > 0)
				return (used);
			n = request_head_input(f, p + used, len - used);
			break;
		case FLOW_ST_BODY:
		case FLOW_ST_SINK:
			n = request_body_input(f, p + used, len - used);
			break;
		case FLOW_ST_START:
			n = tunnel_first_input(f, p + used, len - used);
			break;
		case FLOW_ST_HELLO:
			n = secure_hello_input(f, p + used, len - used);
			break;
		case FLOW_ST_TUNNEL:
			n = tunnel_from_client(f, p + used, len - used);
			break;
		case FLOW_ST_LINGER:
			n = len - used;
			request_refused_input(f, p + used, n);
			break;
		default:
			return (used);
		}
		used += n;
		if (n == 0 && !f->dead && f->state == state)
			break;
	}
	return (used);
}

/* The client sends no more, and all it sent is processed. */
static void
client_eof(struct flow *f)
{
	if (f->dead || !f->cl.eof)
		return;
	if (f->state == FLOW_ST_START && f->cl.tls != NULL &&
	    buf_len(&f->cin) == 0) {
		secure_client_left(f, "no_request");
		flow_linger(f);
		return;
	}
	if (f->state == FLOW_ST_START) {
		/* No more comes that could make it HTTP. */
		tunnel_not_http(f, "unknown");
		if (!f->dead)
			flow_resume(f);
		return;
	}
	if (f->state == FLOW_ST_HELLO || f->state == FLOW_ST_SECURE) {
		flow_report(f, EVENT_CLIENT_TLS_FAILED, -1, "closed", 0);
		flow_destroy(f);
		return;
	}
	if (buf_len(&f->cin) > 0)
		return;
	switch (f->state) {
	case FLOW_ST_HEAD:
		if (io_queued(&f->cl) > 0)
			flow_linger(f);
		else
			flow_destroy(f);
		break;
	case FLOW_ST_BODY:
	case FLOW_ST_SINK:
		flow_destroy(f);
		break;
	case FLOW_ST_LINGER:
		if (io_queued(&f->cl) == 0)
			flow_destroy(f);
		break;
	case FLOW_ST_START:
	case FLOW_ST_HELLO:
	case FLOW_ST_SECURE:
	case FLOW_ST_ACCEPT:
		break;
	case FLOW_ST_TUNNEL:
		tunnel_client_eof(f);
		break;
	case FLOW_ST_CONNECTING:
	case FLOW_ST_WAIT:
		/* It may still read: half a close is no reason to stop. */
		break;
	}
}

void
flow_resume(struct flow *f)
{
	size_t	 used, left;

	while (!f->dead && buf_len(&f->cin) > 0) {
		/* Processing may reset cin; a copy of the start is not. */
		struct buf	 in = f->cin;

		buf_init(&f->cin, IO_SIZE);
		used = flow_input(f, buf_data(&in), buf_len(&in));
		left = buf_len(&in) - used;
		if (!f->dead && f->state != FLOW_ST_LINGER && left > 0) {
			buf_drain(&in, used);
			f->cin = in;
			if (used == 0)
				break;
		} else {
			buf_wipe(&in);
			break;
		}
	}
	client_eof(f);
}

static void
client_readable(void *arg)
{
	struct flow	*f = arg;
	struct proxy	*p = f->proxy;
	uint8_t		*data;
	ssize_t		 n;
	size_t		 used;

	if (f->state == FLOW_ST_ACCEPT) {
		secure_client_readable(f);
		flow_arm(f);
		return;
	}
	if (!flow_may_show(f, FLOW_OUTBOUND)) {
		flow_arm(f);
		return;
	}
	data = blocks_scratch(&p->blocks);
	n = io_read(&f->cl, data, buf_room(&f->cin));
	if (n == -1) {
		if (f->state == FLOW_ST_START && f->cl.tls != NULL &&
		    buf_len(&f->cin) == 0)
			secure_client_left(f, tls_leg_reason(f->cl.tls));
		flow_destroy(f);
		return;
	}
	if (n > 0) {
		p->stats.v[STAT_BYTES_IN] += (uint64_t)n;
		if (buf_len(&f->cin) > 0) {
			if (buf_add(&f->cin, data, (size_t)n) == -1) {
				flow_destroy(f);
				return;
			}
			flow_resume(f);
		} else {
			used = flow_input(f, data, (size_t)n);
			if (!f->dead && f->state != FLOW_ST_LINGER &&
			    used < (size_t)n && buf_add(&f->cin, data + used,
			    (size_t)n - used) == -1)
				flow_destroy(f);
		}
	}
	if (!f->dead)
		client_eof(f);
	if (!f->dead)
		flow_arm(f);
}

static void
client_writable(void *arg)
{
	struct flow	*f = arg;

	if (io_flush(&f->cl) == -1) {
		flow_destroy(f);
		return;
	}
	if (f->resp_state == RESP_BODY)
		flow_deadline(f, T_BODY);	/* a slow reader, but one */
	if (io_queued(&f->cl) == 0) {
		if (f->state == FLOW_ST_LINGER) {
			flow_deadline(f, T_LINGER);
			client_eof(f);
		} else if (f->state == FLOW_ST_TUNNEL) {
			if (f->cl.shut_done && f->up->io.shut_done)
				flow_destroy(f);
		} else
			flow_resume(f);
	}
	if (!f->dead)
		flow_arm(f);
}
