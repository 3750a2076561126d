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

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "channel.h"
#include "compat.h"
#include "counts.h"
#include "log.h"
#include "mask.h"
#include "msg_event.h"
#include "proxy.h"

/* The logger is never waited for; what it has not read yet is bounded. */
#define REPORT_QUEUE_MAX	(1024 * 1024)

int64_t
proxy_now(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

int64_t
proxy_wall(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		fatal("clock_gettime");
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

const char *
report_dest(const char *host, uint16_t port, char *buf, size_t size)
{
	if (host == NULL || host[0] == '\0' ||
	    mask_dest(host, port, buf, size) == -1)
		buf[0] = '\0';
	return (buf);
}

/* The logger died; the parent sends its successor soon. */
static void
report_hold(struct proxy *p, const struct event_rec *e)
{
	if (p->held == NULL && (p->held = calloc(REPORTS_HELD_MAX,
	    sizeof(*p->held))) == NULL)
		fatal("memory");
	if (p->nheld == REPORTS_HELD_MAX) {
		log_warnx("%s: not recorded, no logger", event_name(e->type));
		return;
	}
	p->held[p->nheld++] = *e;
}

void
report_flush(struct proxy *p)
{
	unsigned int	 i;

	for (i = 0; i < p->nheld; i++)
		if (msg_event_send(p->logger, &p->held[i]) == -1)
			log_warn("%s: event", event_name(p->held[i].type));
	p->nheld = 0;
}

void
report_gap(struct proxy *p, const struct report *r)
{
	struct client_counts	*n;
	uint64_t		 messages = r->count > 0 ? r->count : 1;

	p->stats.v[STAT_MESSAGES] += messages;
	p->stats.v[STAT_SEEN] += r->bytes;
	p->stats.v[STAT_SKIPPED] += r->bytes;
	p->stats.v[STAT_SKIPPED_MESSAGES] += messages;
	if (r->client != NULL) {
		n = counts_of(p->counts, r->client);
		n->messages += messages;
		n->bytes += r->bytes;
		n->skipped_messages += messages;
		n->skipped_bytes += r->bytes;
	}
	report(p, r);
}

void
report(struct proxy *p, const struct report *r)
{
	struct event_rec	 e;
	struct client_counts	*n;

	event_init(&e, r->type);
	if (r->direction >= 0)
		e.direction = (uint8_t)r->direction;
	if (r->client != NULL)
		strlcpy(e.client, r->client, sizeof(e.client));
	if (r->source != NULL)
		strlcpy(e.source, r->source, sizeof(e.source));
	report_dest(r->host, r->port, e.dest, sizeof(e.dest));
	if (r->reason != NULL)
		strlcpy(e.reason, r->reason, sizeof(e.reason));
	e.bytes = r->bytes;
	e.count = r->count;
	e.role = PROC_PROXY;
	e.instance = p->instance;
	p->stats.v[STAT_EVENTS]++;
	if (e.type == EVENT_CLIENT_TLS_FAILED && e.client[0] != '\0' &&
	    e.reason[0] != '\0') {
		n = counts_of(p->counts, e.client);
		n->tls_failed_ms = e.time_ms;
		strlcpy(n->tls_reason, e.reason, sizeof(n->tls_reason));
	}
	if (p->logger == NULL)
		report_hold(p, &e);
	else if (channel_queued(p->logger) > REPORT_QUEUE_MAX)
		log_warnx("%s: not recorded, the logger is behind",
		    event_name(e.type));
	else if (msg_event_send(p->logger, &e) == -1)
		log_warn("%s: event", event_name(e.type));
}
