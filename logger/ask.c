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

#include "ask.h"
#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "index.h"
#include "log.h"
#include "logger.h"
#include "msg_mcp.h"
#include "tally.h"

/* Questions that wait for an index to be made. */
#define WAITING_MAX	4096
/* Memory of all indexes; the one asked for longest ago goes first. */
#define INDEXES_MAX	(24 * 1024 * 1024)
/* Answers that wait for mcpd to read; more are not made. */
#define ANSWERS_HIGH	(2 * 1024 * 1024)

struct ask {
	TAILQ_ENTRY(ask)	 entry;
	struct peer		*peer;
	uint32_t		 id;
	int			 is_findings;
	struct ask_findings	 q;		/* or its client alone */
};

struct asks {
	struct logger		*lg;
	TAILQ_HEAD(, ask)	 waiting;
	size_t			 nwaiting;
	struct event		*work;
};

/* Lines or patterns on their way, as many as fit in a message. */
struct batch {
	const struct ask	*a;
	char			 buf[MSG_PAYLOAD_MAX];
	size_t			 len;
	struct ask_pattern	 patterns[64];
	size_t			 npatterns;
};

static void	asks_work(evutil_socket_t, short, void *);

struct asks *
asks_new(struct logger *lg)
{
	struct asks	*as;

	if ((as = calloc(1, sizeof(*as))) == NULL)
		return NULL;
	as->lg = lg;
	TAILQ_INIT(&as->waiting);
	as->work = evtimer_new(child_base(lg->child), asks_work, as);
	if (as->work == NULL) {
		free(as);
		return NULL;
	}
	return as;
}

static void
ask_free(struct asks *as, struct ask *a)
{
	TAILQ_REMOVE(&as->waiting, a, entry);
	as->nwaiting--;
	free(a);
}

void
asks_free(struct asks *as)
{
	struct ask	*a;

	if (as == NULL)
		return;
	while ((a = TAILQ_FIRST(&as->waiting)) != NULL)
		ask_free(as, a);
	event_free(as->work);
	free(as);
}

void
asks_forget(struct asks *as, const struct peer *p)
{
	struct ask	*a, *next;

	for (a = TAILQ_FIRST(&as->waiting); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (a->peer == p)
			ask_free(as, a);
	}
}

static void
batch_lines(void *arg, const char *line, size_t len)
{
	struct batch	*b = arg;

	if (len > sizeof(b->buf) - b->len) {
		if (channel_send(b->a->peer->ch, IMSG_LOGGER_FINDINGS_DATA,
		    b->a->id, -1, b->buf, b->len) == -1)
			log_warn("answer to mcpd");
		b->len = 0;
	}
	memcpy(b->buf + b->len, line, len);
	b->len += len;
}

static void
batch_pattern(void *arg, const struct ask_pattern *p)
{
	struct batch	*b = arg;

	if (b->npatterns == nitems(b->patterns)) {
		if (msg_patterns_send(b->a->peer->ch, b->a->id, b->patterns,
		    b->npatterns) != b->npatterns)
			log_warn("answer to mcpd");
		b->npatterns = 0;
	}
	b->patterns[b->npatterns++] = *p;
}

static void
answer_findings(const struct ask *a, struct client *c, uint8_t status)
{
	struct ask_page	 page;
	struct batch	 b;

	memset(&page, 0, sizeof(page));
	page.status = status;
	b.a = a;
	b.len = 0;
	if (status == ASK_OK)
		index_find(c->index, &a->q, &page, batch_lines, &b);
	if (b.len > 0 && page.status == ASK_OK &&
	    channel_send(a->peer->ch, IMSG_LOGGER_FINDINGS_DATA, a->id, -1,
	    b.buf, b.len) == -1)
		log_warn("answer to mcpd");
	if (msg_page_send(a->peer->ch, a->id, &page) == -1)
		log_warn("answer to mcpd");
}

static void
answer_totals(struct logger *lg, const struct ask *a, struct client *c,
    uint8_t status)
{
	struct ask_totals	 t;
	struct batch		 b;

	memset(&t, 0, sizeof(t));
	t.status = status;
	b.a = a;
	b.npatterns = 0;
	if (status == ASK_OK)
		index_totals(c->index, &t, batch_pattern, &b);
	if (c != NULL && status != ASK_REFUSED)
		tally_sum(lg, c, &t.counts);
	if (b.npatterns > 0 && msg_patterns_send(a->peer->ch, a->id,
	    b.patterns, b.npatterns) != b.npatterns)
		log_warn("answer to mcpd");
	if (msg_totals_send(a->peer->ch, a->id, &t) == -1)
		log_warn("answer to mcpd");
}

static void
answer(struct logger *lg, const struct ask *a, struct client *c,
    uint8_t status)
{
	if (a->is_findings)
		answer_findings(a, c, status);
	else
		answer_totals(lg, a, c, status);
	peers_answered(a->peer);
}

/* Memory is for those that ask; the others' is made again when they do. */
static void
indexes_bound(struct logger *lg, const struct client *now)
{
	struct client	*c, *oldest;
	size_t		 total;

	for (;;) {
		total = 0;
		oldest = NULL;
		TAILQ_FOREACH(c, &lg->clients, entry) {
			if (c->index == NULL)
				continue;
			total += index_size(c->index);
			if (c != now && (oldest == NULL ||
			    c->asked_ms < oldest->asked_ms))
				oldest = c;
		}
		if (total <= INDEXES_MAX || oldest == NULL)
			return;
		index_free(oldest->index);
		oldest->index = NULL;
	}
}

/* 1 when the client's index is complete, 0 when not yet, -1 on failure. */
static int
index_ready(struct logger *lg, struct client *c)
{
	struct logfile	*files[INDEX_FILES];
	size_t		 n = 0, i;
	int		 r;

	if (c->index == NULL) {
		indexes_bound(lg, c);
		if ((c->index = index_new()) == NULL)
			return -1;
	}
	c->asked_ms = logger_mono_ms();
	for (i = 0; i < c->nold; i++)
		files[n++] = c->old[i];
	if (c->file != NULL)
		files[n++] = c->file;
	index_files(c->index, files, n);
	if ((r = index_load(c->index)) == -1)
		log_warn("findings of client %s cannot be read", c->name);
	return r;
}

/* 1 when it is answered. */
static int
ask_try(struct logger *lg, const struct ask *a)
{
	struct client	*c = clients_find(&lg->clients, a->q.client);
	int		 r;

	if (c == NULL || !c->current || !c->asks) {
		answer(lg, a, NULL, ASK_REFUSED);
		return 1;
	}
	if (channel_queued(a->peer->ch) > ANSWERS_HIGH)
		return 0;
	if ((r = index_ready(lg, c)) == 0)
		return 0;
	answer(lg, a, c, r == 1 ? ASK_OK : ASK_FAILED);
	return 1;
}

static void
asks_arm(struct asks *as, int usec)
{
	struct timeval	 tv = { 0, usec };

	if (as->nwaiting > 0 && !event_pending(as->work, EV_TIMEOUT, NULL) &&
	    event_add(as->work, &tv) == -1)
		fatalx("timer");
}

/* One slice for one that waits: findings have to be written as well. */
static void
asks_work(evutil_socket_t fd, short what, void *arg)
{
	struct asks	*as = arg;
	struct ask	*a = TAILQ_FIRST(&as->waiting);
	int		 full;

	(void)fd;
	(void)what;
	if (a == NULL)
		return;
	full = channel_queued(a->peer->ch) > ANSWERS_HIGH;
	if (ask_try(as->lg, a))
		ask_free(as, a);
	else {
		TAILQ_REMOVE(&as->waiting, a, entry);
		TAILQ_INSERT_TAIL(&as->waiting, a, entry);
	}
	asks_arm(as, full ? 10000 : 0);
}

int
asks_take(struct asks *as, struct peer *p, struct imsg *imsg)
{
	struct ask	 a, *later;

	memset(&a, 0, sizeof(a));
	a.peer = p;
	a.id = imsg_get_id(imsg);
	a.is_findings = imsg_get_type(imsg) == IMSG_MCPD_FINDINGS_GET;
	if ((a.is_findings ? msg_ask_findings_recv(imsg, &a.q) :
	    msg_ask_totals_recv(imsg, a.q.client)) == -1)
		return -1;
	if (ask_try(as->lg, &a))
		return 0;
	if (as->nwaiting >= WAITING_MAX ||
	    (later = malloc(sizeof(*later))) == NULL) {
		answer(as->lg, &a, NULL, ASK_FAILED);
		return 0;
	}
	*later = a;
	TAILQ_INSERT_TAIL(&as->waiting, later, entry);
	as->nwaiting++;
	asks_arm(as, 0);
	return 0;
}
