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
#include <sys/queue.h>
#include <sys/time.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "counts.h"
#include "log.h"
#include "proc.h"

#define BUCKETS		64
#define COUNTS_MAX	2048	/* clients; a configuration has fewer */
/* A logger that is behind is told later. */
#define QUEUE_MAX	(256 * 1024)

struct count {
	LIST_ENTRY(count)	 entry;
	struct msg_counts	 m;
	int			 due;
};

struct counts {
	LIST_HEAD(, count)	 buckets[BUCKETS];
	size_t			 n;
	struct count		 spare;
	struct channel		*logger;
	struct event		*timer;
};

static void
counts_arm(struct counts *cs)
{
	static const struct timeval	 soon = { 1, 0 };

	if (!event_pending(cs->timer, EV_TIMEOUT, NULL) &&
	    event_add(cs->timer, &soon) == -1)
		log_warnx("counts: timer");
}

void
counts_flush(struct counts *cs)
{
	struct count	*c;
	size_t		 i;
	int		 left = 0;

	if (cs->logger == NULL)
		return;
	for (i = 0; i < BUCKETS; i++)
		LIST_FOREACH(c, &cs->buckets[i], entry) {
			if (!c->due)
				continue;
			if (channel_queued(cs->logger) > QUEUE_MAX ||
			    msg_counts_send(cs->logger, &c->m) == -1)
				left = 1;
			else
				c->due = 0;
		}
	if (left)
		counts_arm(cs);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	counts_flush(arg);
}

struct counts *
counts_new(struct event_base *base)
{
	struct counts	*cs;
	size_t		 i;

	if ((cs = calloc(1, sizeof(*cs))) == NULL)
		return NULL;
	for (i = 0; i < BUCKETS; i++)
		LIST_INIT(&cs->buckets[i]);
	if ((cs->timer = evtimer_new(base, on_timer, cs)) == NULL) {
		free(cs);
		return NULL;
	}
	return cs;
}

void
counts_logger(struct counts *cs, struct channel *ch)
{
	struct count	*c;
	size_t		 i;

	cs->logger = ch;
	if (ch == NULL)
		return;
	for (i = 0; i < BUCKETS; i++)
		LIST_FOREACH(c, &cs->buckets[i], entry)
			c->due = 1;
	if (cs->n > 0)
		counts_arm(cs);
}

struct client_counts *
counts_of(struct counts *cs, const char *client)
{
	struct count	*c;
	size_t		 i;

	i = proc_client_slot(client, BUCKETS);
	LIST_FOREACH(c, &cs->buckets[i], entry)
		if (strcmp(c->m.client, client) == 0)
			break;
	if (c == NULL) {
		if (!msg_client_ok(client) || cs->n >= COUNTS_MAX ||
		    (c = calloc(1, sizeof(*c))) == NULL)
			return &cs->spare.m.counts;
		strlcpy(c->m.client, client, sizeof(c->m.client));
		LIST_INSERT_HEAD(&cs->buckets[i], c, entry);
		cs->n++;
	}
	c->due = 1;
	if (cs->logger != NULL)
		counts_arm(cs);
	return &c->m.counts;
}
