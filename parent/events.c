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

#include "channel.h"
#include "compat.h"
#include "log.h"
#include "parent.h"

/* The logger, when it can be spoken to. */
static struct child_proc *
event_logger(struct parent *p)
{
	struct child_proc	*c;

	TAILQ_FOREACH(c, &p->children, entry)
		if (c->role == PROC_LOGGER && c->state == PROC_READY &&
		    c->ch != NULL)
			return c;
	return NULL;
}

void
event_post(struct parent *p, struct event_rec *e)
{
	struct child_proc	*logger = event_logger(p);
	struct event_pending	*ep;

	if (logger != NULL) {
		if (msg_event_send(logger->ch, e) == -1)
			log_warn("event %s not sent", event_name(e->type));
		return;
	}
	/* The logger is starting, or being started again: it can wait. */
	if (p->npending >= EVENTS_PENDING_MAX ||
	    (ep = calloc(1, sizeof(*ep))) == NULL) {
		log_warnx("event %s lost: no logger", event_name(e->type));
		return;
	}
	ep->rec = *e;
	TAILQ_INSERT_TAIL(&p->pending, ep, entry);
	p->npending++;
}

void
event_flush(struct parent *p)
{
	struct child_proc	*logger = event_logger(p);
	struct event_pending	*ep;

	while (logger != NULL && (ep = TAILQ_FIRST(&p->pending)) != NULL) {
		TAILQ_REMOVE(&p->pending, ep, entry);
		p->npending--;
		if (msg_event_send(logger->ch, &ep->rec) == -1)
			log_warn("event %s not sent",
			    event_name(ep->rec.type));
		free(ep);
	}
}

void
event_post_child(struct child_proc *c, enum event_type type,
    const char *reason)
{
	struct event_rec	 e;

	event_init(&e, type);
	e.role = (uint8_t)c->role;
	e.instance = c->instance;
	e.pid = (int32_t)c->pid;
	strlcpy(e.reason, reason, sizeof(e.reason));
	event_post(c->parent, &e);
}

void
event_post_client(struct parent *p, enum event_type type, const char *client,
    const char *reason)
{
	struct event_rec	 e;

	event_init(&e, type);
	strlcpy(e.client, client, sizeof(e.client));
	strlcpy(e.reason, reason, sizeof(e.reason));
	event_post(p, &e);
}

/* Text of our own or of the operator's configuration; made printable. */
void
event_post_text(struct parent *p, enum event_type type, const char *reason,
    const char *text)
{
	struct event_rec	 e;
	size_t			 i;

	event_init(&e, type);
	strlcpy(e.reason, reason, sizeof(e.reason));
	strlcpy(e.detail, text, sizeof(e.detail));
	for (i = 0; e.detail[i] != '\0'; i++)
		if ((unsigned char)e.detail[i] < 0x20 ||
		    (unsigned char)e.detail[i] >= 0x7f)
			e.detail[i] = '?';
	event_post(p, &e);
}
