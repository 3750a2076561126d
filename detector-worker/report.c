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
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "counts.h"
#include "detector.h"
#include "imsg.h"
#include "log.h"

/*
 * A finding is kept here until the logger has it on disk.  The proxy-worker
 * keeps the message as long, so whichever process dies on the way, the next
 * one finds it again under the same id.
 */

/*
 * A logger that is slow, or away, holds the proxy-workers up rather than let
 * what is found pile up here.
 */
static void
report_pace(struct detector *d)
{
	size_t	 queued = d->logger == NULL ? 0 : channel_queued(d->logger);

	if (!d->ready)
		return;
	if (d->nunacked >= UNACKED_HIGH || queued >= REPORT_HIGH)
		links_pause(d, 1);
	else if (d->nunacked <= UNACKED_LOW && queued <= REPORT_LOW)
		links_pause(d, 0);
}

static void
report_drained(struct channel *ch, void *arg)
{
	(void)ch;
	report_pace(arg);
}

static void
report_send(struct detector *d, struct unacked *u)
{
	if (d->logger != NULL && msg_finding_send(d->logger, &u->rec) == -1)
		fatal("finding message");
}

static void
unacked_remove(struct detector *d, struct unacked *u)
{
	TAILQ_REMOVE(&d->unacked, u, entry);
	free(u);
	d->nunacked--;
	report_pace(d);
}

static int
logger_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct detector	*d = arg;
	struct unacked	*u;
	struct message	*m;
	uint8_t		 id[FINDING_ID_SIZE];

	(void)ch;
	if (imsg_get_type(imsg) != IMSG_LOGGER_FINDING_ACK ||
	    msg_finding_recv_ack(imsg, id) == -1)
		return -1;
	/* Confirmations come in the order of sending: this is the first. */
	TAILQ_FOREACH(u, &d->unacked, entry)
		if (memcmp(u->rec.id, id, sizeof(id)) == 0)
			break;
	if (u == NULL)
		return 0;	/* confirmed before the logger was replaced */
	m = u->message;
	unacked_remove(d, u);
	if (m != NULL) {
		m->unacked--;
		message_settle(m);
	}
	detector_idle(d);
	return 0;
}

static void
logger_dead(struct channel *ch, const char *why, void *arg)
{
	struct detector		*d = arg;
	struct event_rec	 e;

	channel_free(ch);
	d->logger = NULL;	/* the parent sends another; all is kept */
	counts_logger(d->counts, NULL);
	if (why != NULL) {
		child_peer_breach(d->child, PROC_LOGGER, 0, 0);
		event_init(&e, EVENT_PEER_MALFORMED);
		e.role = PROC_DETECTOR;
		e.instance = child_init(d->child)->instance;
		strlcpy(e.reason, "logger_channel", sizeof(e.reason));
		report_post(d, &e);	/* for the next one */
	}
	report_pace(d);
}

int
logger_new(struct detector *d, int fd)
{
	struct held_event	*h;
	struct unacked		*u;

	channel_free(d->logger);
	d->logger = channel_new(child_base(d->child), fd, PROC_DETECTOR,
	    PROC_LOGGER, MSG_PAYLOAD_MAX, 0, logger_dispatch, logger_dead, d);
	if (d->logger == NULL)
		fatal("channel to the logger");
	channel_set_drained(d->logger, REPORT_LOW, report_drained, d);
	counts_logger(d->counts, d->logger);
	while ((h = TAILQ_FIRST(&d->held)) != NULL) {
		TAILQ_REMOVE(&d->held, h, entry);
		d->nheld--;
		report_post(d, &h->rec);
		free(h);
	}
	TAILQ_FOREACH(u, &d->unacked, entry)
		report_send(d, u);
	report_pace(d);
	return 0;
}

void
report_finding(struct message *m, const struct scan_hit *hit)
{
	struct detector	*d = m->link->detector;
	struct finding	*f;
	struct timespec	 ts;
	struct unacked	*u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		fatal(NULL);
	scan_finding_id(u->rec.id, m->uid, m->seq, hit->pattern,
	    hit->fingerprint);
	memcpy(u->rec.fp, hit->fingerprint, sizeof(u->rec.fp));
	strlcpy(u->rec.client, m->client, sizeof(u->rec.client));
	f = &u->rec.finding;
	f->direction = m->direction == FLOW_INBOUND ? FINDING_INBOUND :
	    FINDING_OUTBOUND;
	f->protocol = (enum finding_protocol)m->protocol;
	f->threat = hit->threat;
	f->severity = hit->severity;
	strlcpy(f->pattern, hit->pattern, sizeof(f->pattern));
	strlcpy(f->source, m->source, sizeof(f->source));
	strlcpy(f->dest, m->dest, sizeof(f->dest));
	strlcpy(f->snippet, hit->snippet, sizeof(f->snippet));
	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		fatal("clock_gettime");
	f->timestamp = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;

	u->message = m;
	m->unacked++;
	TAILQ_INSERT_TAIL(&d->unacked, u, entry);
	d->stats.v[STAT_FINDINGS]++;
	d->nunacked++;
	report_send(d, u);
	report_pace(d);
}

void
report_forget(struct message *m)
{
	struct unacked	*u;

	if (m->unacked == 0)
		return;
	TAILQ_FOREACH(u, &m->link->detector->unacked, entry)
		if (u->message == m)
			u->message = NULL;
	m->unacked = 0;
}

/* There is no logger for a moment: it is being started again. */
static void
report_hold(struct detector *d, const struct event_rec *e)
{
	struct held_event	*h;

	if (d->nheld >= EVENTS_HELD_MAX ||
	    (h = calloc(1, sizeof(*h))) == NULL) {
		log_warnx("%s (%s) not recorded: no logger",
		    event_name(e->type), e->reason);
		return;
	}
	h->rec = *e;
	TAILQ_INSERT_TAIL(&d->held, h, entry);
	d->nheld++;
}

void
report_post(struct detector *d, const struct event_rec *e)
{
	if (d->logger == NULL) {
		report_hold(d, e);
		return;
	}
	if (msg_event_send(d->logger, e) == -1)
		log_warn("event %s", event_name(e->type));
	report_pace(d);
}

void
report_event(struct message *m, enum event_type type, const char *reason,
    uint64_t bytes, uint64_t count)
{
	struct detector		*d = m->link->detector;
	struct event_rec	 e;

	event_init(&e, type);
	e.role = PROC_DETECTOR;
	e.instance = child_init(d->child)->instance;
	e.direction = m->direction;
	strlcpy(e.client, m->client, sizeof(e.client));
	strlcpy(e.source, m->source, sizeof(e.source));
	strlcpy(e.dest, m->dest, sizeof(e.dest));
	strlcpy(e.reason, reason, sizeof(e.reason));
	e.bytes = bytes;
	e.count = count;
	report_post(d, &e);
}
