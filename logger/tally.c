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

#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "logger.h"
#include "msg_mcp.h"
#include "tally.h"

struct tally {
	LIST_ENTRY(tally)	 entry;
	char			 client[MSG_CLIENT_SIZE];
	struct client_counts	 counts;
};

static void
plus(uint64_t *a, uint64_t b)
{
	*a = b > INT64_MAX - *a ? INT64_MAX : *a + b;
}

static void
counts_plus(struct client_counts *a, const struct client_counts *b)
{
	plus(&a->messages, b->messages);
	plus(&a->bytes, b->bytes);
	plus(&a->skipped_messages, b->skipped_messages);
	plus(&a->skipped_bytes, b->skipped_bytes);
	if (b->request_ms > a->request_ms)
		a->request_ms = b->request_ms;
	if (b->tls_failed_ms > a->tls_failed_ms) {
		a->tls_failed_ms = b->tls_failed_ms;
		strlcpy(a->tls_reason, b->tls_reason, sizeof(a->tls_reason));
	}
}

static struct tally *
tally_find(const struct peer *p, const char *client)
{
	struct tally	*t;

	LIST_FOREACH(t, &p->tallies, entry)
		if (strcmp(t->client, client) == 0)
			return t;
	return NULL;
}

int
tally_take(struct peer *p, struct imsg *imsg)
{
	struct msg_counts	 m;
	struct tally		*t;
	int64_t			 now = logger_now_ms();

	if (msg_counts_recv(imsg, &m) == -1)
		return -1;
	/* nobody speaks for a client that is none, or for another's */
	if (clients_find(&p->lg->clients, m.client) == NULL ||
	    (p->id.role == PROC_DETECTOR &&
	    proc_client_slot(m.client, p->id.total) != p->id.instance))
		return 0;
	if (m.counts.request_ms > now)
		m.counts.request_ms = now;
	if (m.counts.tls_failed_ms > now)
		m.counts.tls_failed_ms = now;
	if ((t = tally_find(p, m.client)) == NULL) {
		if ((t = calloc(1, sizeof(*t))) == NULL) {
			log_warn("counters of a client");
			return 0;
		}
		strlcpy(t->client, m.client, sizeof(t->client));
		LIST_INSERT_HEAD(&p->tallies, t, entry);
	}
	t->counts = m.counts;
	return 0;
}

void
tally_end(struct peer *p)
{
	struct tally	*t;
	struct client	*c;

	while ((t = LIST_FIRST(&p->tallies)) != NULL) {
		LIST_REMOVE(t, entry);
		c = clients_find(&p->lg->clients, t->client);
		if (c != NULL)
			counts_plus(&c->gone, &t->counts);
		free(t);
	}
}

void
tally_sum(struct logger *lg, const struct client *c,
    struct client_counts *sum)
{
	const struct peer	*p;
	const struct tally	*t;

	*sum = c->gone;
	TAILQ_FOREACH(p, &lg->peers, entry)
		if ((t = tally_find(p, c->name)) != NULL)
			counts_plus(sum, &t->counts);
}
