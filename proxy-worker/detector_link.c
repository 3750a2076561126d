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
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "child.h"
#include "compat.h"
#include "detector_link.h"
#include "imsg.h"
#include "link_private.h"
#include "log.h"
#include "proxy.h"
#include "retain.h"

size_t
dlink_queued(const struct dlink *d)
{
	return (d->channel == NULL ? 0 : channel_queued(d->channel));
}

bool
dlink_busy(const struct dlink *d)
{
	return (!TAILQ_EMPTY(&d->scans));
}

void
dlink_push(struct dlink *d)
{
	if (d->channel != NULL)
		channel_push(d->channel);
}

void
dlink_keep(struct dlink *d)
{
	if (d->channel != NULL)
		channel_keep(d->channel);
}

/* Its crash is proved to be this message's doing. */
static void
set_aside(struct scan *s)
{
	log_warnx("detector-worker %u: a message that ends it is set aside",
	    s->link->instance);
	s->suspect = false;
	s->aside = s->shed = true;
	if (s->skipped == 0 || s->reason[0] == '\0')
		strlcpy(s->reason, "detector_crash", sizeof(s->reason));
	s->skipped += retain_len(s);
	scan_drop(s);
	if (!s->held)
		scan_aside_end(s);
}

static void
dlink_down(struct dlink *d)
{
	struct scan	*s, *only = NULL;
	unsigned int	 n = 0;

	channel_free(d->channel);
	d->channel = NULL;
	if (d->state == DLINK_PROBING && d->probe != NULL &&
	    d->probe_started) {
		only = d->probe;
		n = 1;
	}
	TAILQ_FOREACH(s, &d->scans, entry) {
		if (d->state == DLINK_UP && s->opened) {
			s->suspect = true;
			only = s;
			n++;
		}
		s->opened = s->end_sent = false;
		s->sent = 0;
		/* What was sent and not kept is gone with the detector. */
		if (s->dropped)
			scan_skip(s, s->passed, "detector_restart");
		s->passed = 0;
	}
	d->state = DLINK_DOWN;
	d->probe = NULL;
	d->probe_started = false;
	/* Alone with it: no doubt about who did it. */
	if (n == 1 && ++only->guilty >= GUILTY_MAX)
		set_aside(only);
}

static void
dlink_dead(struct channel *ch, const char *why, void *arg)
{
	struct dlink	*d = arg;

	(void)ch;
	if (why != NULL) {
		struct report	 r;

		memset(&r, 0, sizeof(r));
		r.type = EVENT_PEER_MALFORMED;
		r.direction = -1;
		r.reason = "detector";
		report(d->proxy, &r);
		child_peer_breach(d->proxy->child, PROC_DETECTOR, d->instance,
		    child_init(d->proxy->child)->generation);
	}
	dlink_down(d);
}

/* All suspects are cleared: the rest, and then everything, goes on. */
static void
dlink_up(struct dlink *d)
{
	struct scan	*s;

	d->state = DLINK_UP;
	d->probe = NULL;
	TAILQ_FOREACH(s, &d->scans, entry)
		if (!s->aside)
			scan_send(s);
	channel_push(d->channel);
	slow_end(d);
}

static void
dlink_probe_next(struct dlink *d)
{
	struct scan	*s;

	TAILQ_FOREACH(s, &d->scans, entry)
		if (s->suspect)
			break;
	if (s == NULL) {
		dlink_up(d);
		return;
	}
	d->probe = s;
	d->probe_started = false;
	if (msg_flow_send_mark(d->channel, IMSG_PROXY_PROBE_BEGIN,
	    s->id) == -1)
		fatal("message to a detector");
	scan_send(s);
	if (msg_flow_send_mark(d->channel, IMSG_PROXY_PROBE_END, s->id) == -1)
		fatal("message to a detector");
	channel_push(d->channel);
	d->proxy->stats.v[STAT_REPLAYED]++;
}

static int
dlink_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct dlink	*d = arg;
	struct scan	*s;

	(void)ch;
	s = scan_by_id(d, imsg_get_id(imsg));
	switch (imsg_get_type(imsg)) {
	case IMSG_DETECTOR_MESSAGE_DONE:
		/* Done before it ended: it cannot have been scanned. */
		if (s == NULL || !s->end_sent)
			return (-1);
		if (s == d->probe) {
			/* PROBE_PASSED was lost on it, or is on its way. */
			s->suspect = false;
			d->probe = NULL;
			scan_free(s);
			dlink_probe_next(d);
			return (0);
		}
		scan_free(s);
		return (0);
	case IMSG_DETECTOR_PROBE_STARTED:
		if (d->state != DLINK_PROBING)
			return (-1);
		if (s != NULL && s == d->probe)
			d->probe_started = true;
		return (0);
	case IMSG_DETECTOR_PROBE_PASSED:
		if (d->state == DLINK_DOWN)
			return (-1);
		if (s == NULL || s != d->probe)
			return (0);	/* done came first */
		s->suspect = false;
		s->guilty = 0;
		d->probe = NULL;
		dlink_probe_next(d);
		return (0);
	}
	return (-1);
}

void
dlink_give_up(struct dlink *d, const char *reason)
{
	struct report	 r;
	struct scan	*s, *next;

	while ((s = TAILQ_FIRST(&d->scans)) != NULL) {
		memset(&r, 0, sizeof(r));
		r.type = EVENT_SCAN_GAP;
		r.direction = -1;
		r.client = s->open.client;
		r.reason = reason;
		TAILQ_FOREACH(next, &d->scans, entry)
			if (strcmp(next->open.client, s->open.client) == 0) {
				r.bytes += retain_len(next) +
				    next->skipped + (next->dropped ?
				    next->passed : 0);
				r.count++;
			}
		report_gap(d->proxy, &r);
		/* s last: the report speaks of its client */
		for (next = TAILQ_NEXT(s, entry); next != NULL;) {
			struct scan	*n = next;

			next = TAILQ_NEXT(n, entry);
			if (strcmp(n->open.client, s->open.client) == 0)
				scan_free(n);
		}
		scan_free(s);
	}
}

struct dlink *
dlink_new(struct proxy *p, unsigned int instance)
{
	struct dlink	*d;
	size_t		 i;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		fatal("memory");
	d->proxy = p;
	d->instance = instance;
	TAILQ_INIT(&d->scans);
	for (i = 0; i < BUCKETS; i++)
		TAILQ_INIT(&d->ids[i]);
	slow_init(d);
	return (d);
}

void
dlink_attach(struct dlink *d, int fd)
{
	if (d->channel != NULL)
		dlink_down(d);
	d->channel = channel_new(d->proxy->base, fd, PROC_PROXY, PROC_DETECTOR,
	    MSG_FLOW_PAYLOAD_MAX, 0, dlink_dispatch, dlink_dead, d);
	if (d->channel == NULL)
		fatal("channel to detector-worker");
	/* ends and marks still go out when it is full */
	channel_set_limit(d->channel, RETAIN_TOTAL_MAX + QUEUE_FULL);
	slow_attach(d);
	d->state = DLINK_PROBING;
	dlink_probe_next(d);
}
