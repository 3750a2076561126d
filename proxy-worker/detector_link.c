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
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "detector_link.h"
#include "imsg.h"
#include "log.h"
#include "proxy.h"
#include "retain.h"

#define QUEUE_HIGH	(1024 * 1024)	/* slow down above */
#define QUEUE_LOW	(256 * 1024)	/* go on below */
#define QUEUE_MAX	(8 * 1024 * 1024)	/* not even heads above */
#define BUCKETS		512
#define GUILTY_MAX	2

TAILQ_HEAD(scan_list, scan);

enum dlink_state {
	DLINK_DOWN,		/* no detector */
	DLINK_PROBING,		/* one, shown the suspects one by one */
	DLINK_UP
};

struct dlink {
	struct proxy		*proxy;
	unsigned int		 instance;
	struct channel		*channel;
	enum dlink_state	 state;
	struct scan_list	 scans;
	struct scan_list	 ids[BUCKETS];
	uint32_t		 next_id;

	struct scan		*probe;
	bool			 probe_started;

	struct event		*timer;
	bool			 slow;		/* overload, told once */
	bool			 expired;	/* waiting is over: shed */
	struct waiter		*waiters;
};

static void	dlink_probe_next(struct dlink *);

static struct scan_list *
bucket(struct dlink *d, uint32_t id)
{
	return (&d->ids[id % BUCKETS]);
}

static struct scan *
scan_by_id(struct dlink *d, uint32_t id)
{
	struct scan	*s;

	TAILQ_FOREACH(s, bucket(d, id), hash)
		if (s->id == id)
			return (s);
	return (NULL);
}

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

/*
 * The gaps of a message are on record through its END; one that no detector
 * is shown has none, so it is recorded from here.
 */
static void
scan_gap(struct scan *s)
{
	struct report	 r;

	if (s->skipped == 0)
		return;
	memset(&r, 0, sizeof(r));
	r.type = EVENT_SCAN_GAP;
	r.direction = s->open.direction;
	r.client = s->open.client;
	r.source = s->open.source;
	r.host = s->open.host;
	r.port = s->open.port;
	r.reason = s->reason;
	r.bytes = s->skipped;
	report(s->link->proxy, &r);
}

/* Keeps the head only, and the worker's account right. */
static void
scan_drop(struct scan *s)
{
	struct proxy	*p = s->link->proxy;

	p->retained -= retain_size(s);
	retain_drop(s);
	p->retained += retain_size(s);
}

static void
scan_free(struct scan *s)
{
	struct dlink	*d = s->link;

	TAILQ_REMOVE(&d->scans, s, entry);
	TAILQ_REMOVE(bucket(d, s->id), s, hash);
	d->proxy->retained -= retain_size(s);
	retain_free(s);
	if (d->proxy->draining && TAILQ_EMPTY(&d->scans))
		event_active(d->proxy->reaper, EV_TIMEOUT, 0);
}

void
scan_skip(struct scan *s, uint64_t len, const char *reason)
{
	if (s == NULL || len == 0)
		return;
	s->skipped += len;
	if (s->reason[0] == '\0')
		strlcpy(s->reason, reason, sizeof(s->reason));
}

/* No more of it is shown; the reason is that of its first gap. */
static void
scan_shed(struct scan *s, const char *reason)
{
	if (s->shed)
		return;
	s->shed = true;
	if (s->reason[0] == '\0')
		strlcpy(s->reason, reason, sizeof(s->reason));
}

static void
send_open(struct scan *s)
{
	struct flow_open	 open = s->open;

	if (s->opened)
		return;
	open.head = buf_data(&s->kept);
	if (msg_flow_send_open(s->link->channel, s->id, &open) == -1)
		fatal("message to a detector");
	s->opened = true;
}

static void
send_kept(struct scan *s)
{
	enum flow_channel	 channel;
	const uint8_t		*data;
	size_t			 len;

	while (retain_next(s, &s->sent, &channel, &data, &len)) {
		if (msg_flow_send_data(s->link->channel, s->id, channel, data,
		    len) == -1)
			fatal("message to a detector");
		s->passed += len;
	}
}

static void
send_end(struct scan *s)
{
	struct flow_end	 e;

	if (!s->ended || s->end_sent)
		return;
	memset(&e, 0, sizeof(e));
	e.aborted = s->aborted;
	e.skipped = s->skipped;
	if (e.skipped > 0)
		strlcpy(e.reason, s->reason, sizeof(e.reason));
	if (msg_flow_send_end(s->link->channel, s->id, &e) == -1)
		fatal("message to a detector");
	s->end_sent = true;
}

/* All there is of it, to a detector that is up. */
static void
send_all(struct scan *s)
{
	send_open(s);
	send_kept(s);
	send_end(s);
}

struct scan *
scan_open(struct dlink *d, const struct flow_open *open)
{
	struct scan	*s;
	struct report	 r;

	if ((s = retain_new(open)) == NULL) {
		memset(&r, 0, sizeof(r));
		r.type = EVENT_SCAN_GAP;
		r.direction = open->direction;
		r.client = open->client;
		r.source = open->source;
		r.host = open->host;
		r.port = open->port;
		r.reason = "memory";
		r.bytes = open->head_len;
		report(d->proxy, &r);
		return (NULL);
	}
	s->link = d;
	s->held = true;
	do
		s->id = d->next_id++;
	while (scan_by_id(d, s->id) != NULL);
	TAILQ_INSERT_TAIL(&d->scans, s, entry);
	TAILQ_INSERT_TAIL(bucket(d, s->id), s, hash);
	d->proxy->retained += retain_size(s);
	if (dlink_queued(d) > QUEUE_MAX ||
	    d->proxy->retained > RETAIN_TOTAL_MAX) {
		/* Heads cannot be held up, so they can only go past. */
		s->aside = s->shed = true;
		scan_skip(s, open->head_len, d->state == DLINK_UP ?
		    "overload" : "detector_restart");
	} else if (d->state == DLINK_UP)
		send_open(s);
	return (s);
}

/* One piece that fits a message. */
static void
scan_piece(struct scan *s, enum flow_channel channel, const uint8_t *data,
    size_t len)
{
	struct dlink	*d = s->link;
	struct proxy	*p = d->proxy;
	size_t		 before = retain_size(s);
	bool		 kept;

	kept = p->retained < RETAIN_TOTAL_MAX &&
	    retain_add(s, channel, data, len) == 0;
	if (!kept && d->state == DLINK_UP && !s->dropped) {
		send_all(s);
		scan_drop(s);
		before = retain_size(s);
	}
	p->retained += retain_size(s);
	p->retained -= before;

	if (d->state != DLINK_UP) {
		/* Nobody to show it to, and no room to keep it. */
		if (!kept) {
			scan_shed(s, "detector_restart");
			scan_skip(s, len, "detector_restart");
		}
		return;
	}
	if (kept) {
		send_all(s);
		return;
	}
	if (msg_flow_send_data(d->channel, s->id, channel, data, len) == -1)
		fatal("message to a detector");
	s->passed += len;
}

void
scan_data(struct scan *s, enum flow_channel channel, const void *data,
    size_t len)
{
	const uint8_t	*p = data;
	uint64_t	 limit, room;
	size_t		 n;

	if (s == NULL)
		return;
	limit = s->link->proxy->settings.scan_limit;
	while (len > 0) {
		if (s->shed) {
			scan_skip(s, len, "overload");
			return;
		}
		n = len < FLOW_DATA_MAX ? len : FLOW_DATA_MAX;
		if (channel == FLOW_BODY) {
			room = s->body < limit ? limit - s->body : 0;
			if (room == 0) {
				scan_skip(s, len, "scan_limit");
				return;
			}
			if (n > room)
				n = (size_t)room;
			s->body += n;
		}
		scan_piece(s, channel, p, n);
		p += n;
		len -= n;
	}
}

void
dlink_push(struct dlink *d)
{
	if (d->channel != NULL)
		channel_push(d->channel);
}

void
scan_push(struct scan *s)
{
	if (s != NULL)
		dlink_push(s->link);
}

void
scan_end(struct scan **sp, bool aborted)
{
	struct scan	*s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	s->held = false;
	s->ended = true;
	s->aborted = aborted;
	if (s->aside) {
		scan_gap(s);
		scan_free(s);
	}
	else if (s->link->state == DLINK_UP)
		send_all(s);
}

/* --- overload ------------------------------------------------------------ */

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

static void
slow_end(struct dlink *d)
{
	if (!d->slow)
		return;
	d->slow = d->expired = false;
	event_del(d->timer);
	wake_all(d);
}

static void
slow_begin(struct dlink *d)
{
	struct timeval	 tv = { T_OVERLOAD / 1000, T_OVERLOAD % 1000 * 1000 };
	struct report	 r;

	if (d->slow)
		return;
	d->slow = true;
	event_add(d->timer, &tv);
	if (d->state != DLINK_UP)
		return;		/* the parent records that a child is gone */
	memset(&r, 0, sizeof(r));
	r.type = EVENT_OVERLOAD;
	r.direction = -1;
	r.reason = d->proxy->settings.overload == OVERLOAD_SHED ? "shed" :
	    "backpressure";
	r.bytes = dlink_queued(d);
	report(d->proxy, &r);
}

bool
scan_ready(struct scan *s, struct waiter *w)
{
	struct dlink	*d;
	const char	*reason;

	if (s == NULL || s->shed)
		return (true);
	d = s->link;
	if (d->state == DLINK_UP) {
		if (dlink_queued(d) < QUEUE_HIGH && (!d->slow ||
		    dlink_queued(d) <= QUEUE_LOW)) {
			slow_end(d);
			return (true);
		}
		reason = "overload";
	} else {
		/* What can be kept can be shown later. */
		if (!s->dropped && buf_len(&s->kept) + IO_SIZE <
		    RETAIN_MESSAGE_MAX && d->proxy->retained + IO_SIZE <
		    RETAIN_TOTAL_MAX)
			return (true);
		reason = "detector_restart";
	}
	slow_begin(d);
	if (d->proxy->settings.overload == OVERLOAD_SHED ||
	    d->expired) {
		scan_shed(s, reason);
		return (true);
	}
	if (w->prev == NULL) {
		w->scan = s;
		w->next = d->waiters;
		w->prev = &d->waiters;
		if (w->next != NULL)
			w->next->prev = &w->next;
		d->waiters = w;
	}
	return (false);
}

static void
slow_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct dlink	*d = arg;

	(void)fd;
	(void)what;
	/* scan_ready() now sheds whatever still meets the queue. */
	d->expired = true;
	wake_all(d);
}

static void
drained(struct channel *ch, void *arg)
{
	struct dlink	*d = arg;

	(void)ch;
	if (d->state == DLINK_UP)
		slow_end(d);
}

/* --- a detector dies, another comes -------------------------------------- */

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
	s->skipped += buf_len(&s->kept);
	scan_drop(s);
	if (!s->held) {
		scan_gap(s);
		scan_free(s);
	}
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
			send_all(s);
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
	send_all(s);
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
	if ((d->timer = evtimer_new(p->base, slow_timeout, d)) == NULL)
		fatal("memory");
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
	channel_set_drained(d->channel, QUEUE_LOW, drained, d);
	d->state = DLINK_PROBING;
	dlink_probe_next(d);
}
