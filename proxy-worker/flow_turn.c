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

#include <event2/event.h>

#include "flow.h"

/*
 * What a flow waits for, and the end of a turn of the event loop, when what
 * the callbacks of that turn have put together is written.
 */

#define CORK_MAX	(8 * 1024)	/* more of it is not copied */

bool
flow_may_show(struct flow *f, enum flow_direction direction)
{
	if (direction == FLOW_INBOUND)
		return (f->resp_state == RESP_HEAD ?
		    dlink_ready(flow_link(f), &f->resp_wait) :
		    scan_ready(f->resp_scan, &f->resp_wait));
	switch (f->state) {
	case FLOW_ST_HEAD:
		/* Not named yet: whose detector that is nobody knows. */
		return (f->client == NULL ||
		    dlink_ready(flow_link(f), &f->req_wait));
	case FLOW_ST_BODY:
	case FLOW_ST_SINK:
	case FLOW_ST_TUNNEL:
	case FLOW_ST_LINGER:
		return (scan_ready(f->req_scan, &f->req_wait));
	default:
		return (true);		/* it waits in cin */
	}
}

static bool
want_client(struct flow *f)
{
	switch (f->state) {
	case FLOW_ST_HEAD:
		return (buf_len(&f->cin) == 0 && io_queued(&f->cl) == 0 &&
		    flow_may_show(f, FLOW_OUTBOUND));
	case FLOW_ST_CONNECTING:
	case FLOW_ST_WAIT:
	case FLOW_ST_START:
	case FLOW_ST_HELLO:
	case FLOW_ST_SECURE:
		return (buf_room(&f->cin) > 0);
	case FLOW_ST_ACCEPT:
		return (true);
	case FLOW_ST_BODY:
		return (buf_len(&f->cin) == 0 &&
		    (f->req_discard || upstream_queued(f) == 0) &&
		    flow_may_show(f, FLOW_OUTBOUND));
	case FLOW_ST_TUNNEL:
		return (upstream_queued(f) == 0 &&
		    flow_may_show(f, FLOW_OUTBOUND));
	case FLOW_ST_SINK:
	case FLOW_ST_LINGER:
		return (flow_may_show(f, FLOW_OUTBOUND));
	}
	return (false);
}

static bool
want_origin(struct flow *f)
{
	/* What a server says first waits for a client to say it to. */
	if (f->state == FLOW_ST_SECURE || f->state == FLOW_ST_ACCEPT)
		return (f->up != NULL && f->up->securing);
	if (f->resp_state == RESP_NONE && f->state != FLOW_ST_TUNNEL)
		return (true);		/* to hear that it goes away */
	if (io_queued(&f->cl) > 0)
		return (false);
	return (flow_may_show(f, FLOW_INBOUND));
}

void
flow_cork(struct flow *f)
{
	struct proxy	*p = f->proxy;

	if (f->corked)
		return;
	/* Active events are served in order: behind all that are ready now. */
	if (TAILQ_EMPTY(&p->corked))
		event_active(p->flusher, EV_TIMEOUT, 0);
	f->corked = true;
	f->turn = p->turn;
	TAILQ_INSERT_TAIL(&p->corked, f, cork);
}

int
flow_write(struct flow *f, struct io *io, const uint8_t *data, size_t len)
{
	if (len <= CORK_MAX && !io->writing) {
		flow_cork(f);
		return (io_keep(io, data, len));
	}
	dlink_push(flow_link(f));
	return (io_write(io, data, len));
}

static bool
has_to_write(const struct flow *f)
{
	return ((upstream_queued(f) > 0 && !f->up->io.writing) ||
	    (io_queued(&f->cl) > 0 && !f->cl.writing));
}

static void
arm(struct flow *f)
{
	io_arm(&f->cl, want_client(f));
	if (f->up != NULL)
		io_arm(&f->up->io, want_origin(f));
}

static void
flow_flush_one(struct flow *f)
{
	if (upstream_queued(f) > 0 && !f->up->io.writing)
		upstream_flush(f);
	if (f->dead)
		return;
	if (io_queued(&f->cl) > 0 && !f->cl.writing &&
	    io_flush(&f->cl) == -1) {
		flow_destroy(f);
		return;
	}
	if (f->state == FLOW_ST_TUNNEL && f->cl.shut_done &&
	    f->up->io.shut_done) {
		flow_destroy(f);
		return;
	}
	/* What a socket did not take now waits until it does. */
	arm(f);
	/* A request may have waited for the answer before it to go. */
	if (io_queued(&f->cl) == 0) {
		flow_resume(f);
		flow_arm(f);
	}
}

void
flow_flush(evutil_socket_t fd, short what, void *arg)
{
	struct proxy	*p = arg;
	struct flow	*f;
	size_t		 i;

	(void)fd;
	(void)what;
	for (i = 0; i < PROC_INSTANCES_MAX; i++)
		if (p->links[i] != NULL)
			dlink_push(p->links[i]);
	/* Those that come again on the way have new things for detectors. */
	p->turn++;
	while ((f = TAILQ_FIRST(&p->corked)) != NULL && f->turn != p->turn) {
		TAILQ_REMOVE(&p->corked, f, cork);
		f->corked = false;
		flow_flush_one(f);
	}
	if (!TAILQ_EMPTY(&p->corked))
		event_active(p->flusher, EV_TIMEOUT, 0);
}

void
flow_arm(struct flow *f)
{
	if (f->dead)
		return;
	if (has_to_write(f)) {
		flow_cork(f);
		return;
	}
	arm(f);
}
