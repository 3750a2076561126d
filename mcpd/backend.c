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
#include <sys/uio.h>

#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "channel.h"
#include "child.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"

/* By number, so that finding one costs little however many wait. */
#define BUCKETS		256

/* A logger that does not read is not sent more than this. */
#define QUEUE_MAX	(1024 * 1024)

struct request {
	LIST_ENTRY(request)	 entry;
	uint32_t		 id;
	int			 sent;
	int			 is_findings;
	struct ask_findings	 ask;		/* or its client alone */
	const struct backend_ops *ops;
	void			*arg;
};
LIST_HEAD(requests, request);

struct backend {
	struct child		*child;
	struct channel		*ch;		/* NULL: no logger now */
	int			 breached;	/* by the last one */
	struct requests		 waiting[BUCKETS];
	uint32_t		 last_id;
};

static struct request *
request_find(struct backend *b, uint32_t id)
{
	struct request	*r;

	LIST_FOREACH(r, &b->waiting[id % BUCKETS], entry)
		if (r->id == id)
			return r;
	return NULL;
}

static void
request_free(struct request *r)
{
	LIST_REMOVE(r, entry);
	free(r);
}

static void
request_send(struct backend *b, struct request *r)
{
	int	 n;

	r->sent = 0;
	/* one that finds no way now times out */
	if (b->ch == NULL || channel_queued(b->ch) > QUEUE_MAX)
		return;
	n = r->is_findings ? msg_ask_findings_send(b->ch, r->id, &r->ask) :
	    msg_ask_totals_send(b->ch, r->id, r->ask.client);
	if (n == -1)
		log_warn("question to the logger");
	else
		r->sent = 1;
}

static int
take_lines(struct request *r, struct imsg *imsg)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1)
		return -1;
	if (r != NULL && r->ops->lines != NULL)
		r->ops->lines(r->arg, ibuf_data(&b), ibuf_size(&b));
	return 0;
}

static void
no_pattern(void *arg, const struct ask_pattern *p)
{
	(void)arg;
	(void)p;
}

/* An answer to a question that was cancelled is only checked. */
static int
backend_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct backend		*b = arg;
	struct request		*r;
	struct ask_page		 page;
	struct ask_totals	 totals;

	(void)ch;
	r = request_find(b, imsg_get_id(imsg));
	switch (imsg_get_type(imsg)) {
	case IMSG_LOGGER_FINDINGS_DATA:
		return take_lines(r, imsg);
	case IMSG_LOGGER_PATTERNS_DATA:
		return msg_patterns_recv(imsg, r != NULL &&
		    r->ops->pattern != NULL ? r->ops->pattern : no_pattern,
		    r == NULL ? NULL : r->arg);
	case IMSG_LOGGER_FINDINGS_END:
		if (msg_page_recv(imsg, &page) == -1 ||
		    (r != NULL && r->ops->page == NULL))
			return -1;
		if (r != NULL) {
			r->ops->page(r->arg, &page);
			request_free(r);
		}
		return 0;
	case IMSG_LOGGER_TOTALS_END:
		if (msg_totals_recv(imsg, &totals) == -1 ||
		    (r != NULL && r->ops->totals == NULL))
			return -1;
		if (r != NULL) {
			r->ops->totals(r->arg, &totals);
			request_free(r);
		}
		return 0;
	}
	return -1;
}

static void
backend_dead(struct channel *ch, const char *why, void *arg)
{
	struct backend	*b = arg;

	if (why != NULL) {
		log_warnx("logger: %s", why);
		child_peer_breach(b->child, PROC_LOGGER, 0, 0);
		b->breached = 1;
	}
	channel_free(ch);
	b->ch = NULL;		/* the parent will send another */
}

struct backend *
backend_new(struct child *child)
{
	struct backend	*b;
	size_t		 i;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	b->child = child;
	for (i = 0; i < BUCKETS; i++)
		LIST_INIT(&b->waiting[i]);
	return b;
}

void
backend_free(struct backend *b)
{
	struct request	*r;
	size_t		 i;

	if (b == NULL)
		return;
	for (i = 0; i < BUCKETS; i++)
		while ((r = LIST_FIRST(&b->waiting[i])) != NULL)
			request_free(r);
	channel_free(b->ch);
	free(b);
}

/* The next logger hears of the last one's end. */
static void
backend_tell(struct backend *b)
{
	struct event_rec	 e;

	event_init(&e, EVENT_PEER_MALFORMED);
	e.role = PROC_MCPD;
	strlcpy(e.reason, "logger_channel", sizeof(e.reason));
	if (msg_event_send(b->ch, &e) == -1)
		log_warn("event");
	b->breached = 0;
}

void
backend_connect(struct backend *b, int fd)
{
	struct request	*r;
	size_t		 i;

	channel_free(b->ch);
	b->ch = channel_new(child_base(b->child), fd, PROC_MCPD, PROC_LOGGER,
	    MSG_PAYLOAD_MAX, 0, backend_dispatch, backend_dead, b);
	if (b->ch == NULL)
		fatal("channel to the logger");
	if (b->breached)
		backend_tell(b);
	for (i = 0; i < BUCKETS; i++)
		LIST_FOREACH(r, &b->waiting[i], entry) {
			if (r->ops->begin != NULL)
				r->ops->begin(r->arg);
			request_send(b, r);
		}
}

static struct request *
request_new(struct backend *b, const struct backend_ops *ops, void *arg)
{
	struct request	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	do {
		r->id = ++b->last_id;
	} while (request_find(b, r->id) != NULL);
	r->ops = ops;
	r->arg = arg;
	LIST_INSERT_HEAD(&b->waiting[r->id % BUCKETS], r, entry);
	return r;
}

struct request *
backend_findings(struct backend *b, const struct ask_findings *ask,
    const struct backend_ops *ops, void *arg)
{
	struct request	*r;

	if ((r = request_new(b, ops, arg)) == NULL)
		return NULL;
	r->is_findings = 1;
	r->ask = *ask;
	request_send(b, r);
	return r;
}

struct request *
backend_totals(struct backend *b, const char *client,
    const struct backend_ops *ops, void *arg)
{
	struct request	*r;

	if ((r = request_new(b, ops, arg)) == NULL)
		return NULL;
	strlcpy(r->ask.client, client, sizeof(r->ask.client));
	request_send(b, r);
	return r;
}

void
backend_cancel(struct backend *b, struct request *r)
{
	(void)b;
	request_free(r);
}

void
backend_event(struct backend *b, const struct event_rec *e)
{
	if (b->ch == NULL || channel_queued(b->ch) > QUEUE_MAX)
		return;
	if (msg_event_send(b->ch, e) == -1)
		log_warn("event message");
}
