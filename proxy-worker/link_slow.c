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
#include <sys/uio.h>
#include <stdint.h>
#include <string.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "detector_link.h"
#include "link_private.h"
#include "log.h"
#include "proxy.h"
#include "retain.h"

void
waiter_cancel(struct waiter *w)
{
	if (w->prev == NULL)
		return;
	*w->prev = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	w->prev = NULL;
	w->next = NULL;
}

/* Everyone who waits looks again; who still has to wait comes back. */
static void
wake_all(struct dlink *d)
{
	struct waiter	*w, *list = d->waiters;

	d->waiters = NULL;
	if (list != NULL)
		list->prev = &list;
	while ((w = list) != NULL) {
		waiter_cancel(w);
		w->wake(w->arg);
	}
}

void
slow_end(struct dlink *d)
{
	if (!d->slow)
		return;
	d->slow = d->expired = d->tell_done = false;
	event_del(d->timer);
	wake_all(d);
}

static void
slow_timer(struct dlink *d, int ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	if (event_add(d->timer, &tv) == -1)
		fatalx("event_add");
}

/* A queue that fills for a moment is no news; one that stays full is. */
static void
slow_report(struct dlink *d)
{
	struct report	 r;
	int64_t		 now = proxy_now();

	if (d->state != DLINK_UP || (d->told != 0 &&
	    now - d->told < T_OVERLOAD_AGAIN))
		return;		/* or the parent records that it is gone */
	d->told = now;
	memset(&r, 0, sizeof(r));
	r.type = EVENT_OVERLOAD;
	r.direction = -1;
	r.reason = d->proxy->settings.overload == OVERLOAD_SHED ? "shed" :
	    "backpressure";
	r.bytes = dlink_queued(d);
	report(d->proxy, &r);
}

static void
slow_begin(struct dlink *d)
{
	if (d->slow)
		return;
	d->slow = true;
	if (d->proxy->settings.overload == OVERLOAD_SHED) {
		d->expired = true;
		slow_report(d);
	} else
		slow_timer(d, T_OVERLOAD_TELL);
}

static void
slow_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct dlink	*d = arg;

	(void)fd;
	(void)what;
	if (!d->tell_done) {
		d->tell_done = true;
		slow_report(d);
		slow_timer(d, T_OVERLOAD - T_OVERLOAD_TELL);
		return;
	}
	/* scan_ready() now sheds whatever still meets the queue. */
	d->expired = true;
	wake_all(d);
}

static size_t
queue_high(const struct dlink *d)
{
	return (d->proxy->settings.overload == OVERLOAD_SHED ? QUEUE_SHED :
	    QUEUE_HIGH);
}

/* For what one read brings, of this message or, NULL, of a new one. */
static bool
has_room(struct dlink *d, const struct scan *s)
{
	size_t	 queued = dlink_queued(d);

	if (d->state == DLINK_UP) {
		if (queued >= queue_high(d) || (d->slow && queued > QUEUE_LOW))
			return (false);
		slow_end(d);
		return (true);
	}
	/* What can be kept can be shown later. */
	if (s != NULL && (s->dropped || retain_len(s) + IO_SIZE >=
	    RETAIN_MESSAGE_MAX))
		return (false);
	return (d->proxy->retained + IO_SIZE < RETAIN_TOTAL_MAX);
}

static void
wait_for_room(struct dlink *d, struct waiter *w)
{
	if (w->prev != NULL)
		return;
	w->next = d->waiters;
	w->prev = &d->waiters;
	if (w->next != NULL)
		w->next->prev = &w->next;
	d->waiters = w;
}

bool
scan_ready(struct scan *s, struct waiter *w)
{
	struct dlink	*d;

	if (s == NULL || s->shed)
		return (true);
	d = s->link;
	if (has_room(d, s))
		return (true);
	slow_begin(d);
	if (d->expired) {
		scan_shed(s, d->state == DLINK_UP ? "overload" :
		    "detector_restart");
		return (true);
	}
	wait_for_room(d, w);
	return (false);
}

bool
dlink_ready(struct dlink *d, struct waiter *w)
{
	if (has_room(d, NULL))
		return (true);
	slow_begin(d);
	if (d->expired)
		return (true);
	wait_for_room(d, w);
	return (false);
}

static void
drained(struct channel *ch, void *arg)
{
	struct dlink	*d = arg;

	(void)ch;
	if (d->state == DLINK_UP)
		slow_end(d);
}

void
slow_init(struct dlink *d)
{
	if ((d->timer = evtimer_new(d->proxy->base, slow_timeout, d)) == NULL)
		fatal("memory");
}

void
slow_attach(struct dlink *d)
{
	channel_set_drained(d->channel, QUEUE_LOW, drained, d);
}
