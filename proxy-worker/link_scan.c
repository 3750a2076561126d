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

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "detector_link.h"
#include "link_private.h"
#include "log.h"
#include "proxy.h"
#include "retain.h"

static struct scan_list *
bucket(struct dlink *d, uint32_t id)
{
	return (&d->ids[id % BUCKETS]);
}

struct scan *
scan_by_id(struct dlink *d, uint32_t id)
{
	struct scan	*s;

	TAILQ_FOREACH(s, bucket(d, id), hash)
		if (s->id == id)
			return (s);
	return (NULL);
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
	report_gap(s->link->proxy, &r);
}

/* Keeps the head only, and the worker's account right. */
void
scan_drop(struct scan *s)
{
	struct proxy	*p = s->link->proxy;

	dlink_keep(s->link);
	p->retained -= retain_size(s);
	retain_drop(s, &p->blocks);
	p->retained += retain_size(s);
}

void
scan_free(struct scan *s)
{
	struct dlink	*d = s->link;

	TAILQ_REMOVE(&d->scans, s, entry);
	TAILQ_REMOVE(bucket(d, s->id), s, hash);
	dlink_keep(d);
	d->proxy->retained -= retain_size(s);
	retain_free(s, &d->proxy->blocks);
	if (d->proxy->draining && TAILQ_EMPTY(&d->scans))
		event_active(d->proxy->reaper, EV_TIMEOUT, 0);
}

void
scan_aside_end(struct scan *s)
{
	scan_gap(s);
	scan_free(s);
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

bool
scan_is_whole(const struct scan *s)
{
	return (s != NULL && !s->shed && s->skipped == 0);
}

/* No more of it is shown; the reason is that of its first gap. */
void
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

/* Body bytes that a piece stands for. */
static uint64_t
piece_size(enum flow_channel channel, const uint8_t *data, size_t len)
{
	return (channel == FLOW_GAP ? flow_gap_get(data) : len);
}

static void
send_piece(struct scan *s, const struct piece *p)
{
	struct channel	*ch = s->link->channel;
	uint64_t	 size = piece_size(p->channel, p->data, p->len);
	int		 rv;

	if (channel_cost(ch) > QUEUE_FULL) {
		scan_shed(s, "overload");
		scan_skip(s, size, "overload");
		return;
	}
	if (p->block != NULL)
		rv = msg_flow_lend_data(ch, s->id, p->channel, p->data,
		    p->len);
	else
		rv = msg_flow_send_data(ch, s->id, p->channel, p->data,
		    p->len);
	if (rv == -1)
		fatal("message to a detector");
	s->passed += size;
}

static void
send_kept(struct scan *s)
{
	struct piece	 p;

	while (retain_next(s, &s->sent, &p))
		send_piece(s, &p);
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
void
scan_send(struct scan *s)
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
		report_gap(d->proxy, &r);
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
	struct piece	 piece;
	bool		 kept;

	kept = p->retained < RETAIN_TOTAL_MAX &&
	    retain_add(s, &p->blocks, channel, data, len) == 0;
	if (!kept && d->state == DLINK_UP && !s->dropped) {
		scan_send(s);
		scan_drop(s);
		before = retain_size(s);
	}
	p->retained += retain_size(s);
	p->retained -= before;

	if (d->state != DLINK_UP) {
		/* Nobody to show it to, and no room to keep it. */
		if (!kept) {
			scan_shed(s, "detector_restart");
			scan_skip(s, piece_size(channel, data, len),
			    "detector_restart");
		}
		return;
	}
	if (kept) {
		scan_send(s);
		return;
	}
	memset(&piece, 0, sizeof(piece));
	piece.channel = channel;
	piece.data = data;
	piece.len = len;
	send_piece(s, &piece);
}

void
scan_length(struct scan *s, uint64_t length)
{
	if (s != NULL && length > s->link->proxy->settings.scan_limit)
		s->length = length;
}

/*
 * How many of the next bytes of a body whose length is known are of one kind:
 * shown, or of its middle, which is not.
 */
static size_t
scan_stretch(struct scan *s, uint64_t limit, size_t len, bool *shown)
{
	uint64_t	 tail = limit / 2, head = limit - tail;
	uint64_t	 to = s->length;

	*shown = s->at < head || s->at >= s->length - tail;
	if (s->at < head)
		to = head;
	else if (!*shown)
		to = s->length - tail;
	if (len > to - s->at)
		len = (size_t)(to - s->at);
	s->at += len;
	return (len);
}

/* The next bytes come after a gap. */
static void
scan_middle(struct scan *s)
{
	uint8_t	 gap[FLOW_GAP_SIZE];

	if (s->middle == 0)
		return;
	flow_gap_put(gap, s->middle);
	s->middle = 0;
	scan_piece(s, FLOW_GAP, gap, sizeof(gap));
}

void
scan_data(struct scan *s, enum flow_channel channel, const void *data,
    size_t len)
{
	const uint8_t	*p = data;
	uint64_t	 limit, room;
	size_t		 n;
	bool		 shown;

	if (s == NULL)
		return;
	limit = s->link->proxy->settings.scan_limit;
	while (len > 0) {
		if (s->shed) {
			scan_skip(s, len, "overload");
			return;
		}
		n = len < FLOW_DATA_MAX ? len : FLOW_DATA_MAX;
		if (channel == FLOW_BODY && s->at < s->length) {
			n = scan_stretch(s, limit, n, &shown);
			if (!shown)
				s->middle += n;
			else {
				scan_middle(s);
				scan_piece(s, channel, p, n);
			}
			p += n;
			len -= n;
			continue;
		}
		/* A WebSocket has no end: its messages have a limit each. */
		if (channel != FLOW_TRAILER && s->open.protocol != FLOW_WS &&
		    s->open.protocol != FLOW_WSS) {
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
scan_end(struct scan **sp, bool aborted)
{
	struct scan	*s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	scan_skip(s, s->middle, "scan_limit");
	s->middle = 0;
	s->held = false;
	s->ended = true;
	s->aborted = aborted;
	if (s->aside)
		scan_aside_end(s);
	else if (s->link->state == DLINK_UP)
		scan_send(s);
}
