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

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "journal.h"
#include "log.h"
#include "logger.h"
#include "msg_ctl.h"
#include "query.h"
#include "tally.h"

static void
peer_free(struct peer *p)
{
	asks_forget(p->lg->asks, p);
	tally_end(p);
	TAILQ_REMOVE(&p->lg->peers, p, entry);
	channel_free(p->ch);
	free(p);
}

static int
peer_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct peer		*p = arg;
	struct ctl_query	 q;
	int			 fd;

	(void)ch;
	/* the matrix has made sure of the sender's role */
	switch (imsg_get_type(imsg)) {
	case IMSG_DETECTOR_FINDING_ADD:
		return intake_finding(p->lg, p, imsg);
	case IMSG_ANY_EVENT_ADD:
		return intake_event(p->lg, p, imsg);
	case IMSG_CONTROL_CLIENT_PASS:
		if (msg_control_recv_client(imsg, &fd, &q) == -1)
			return -1;
		queries_add(p->lg->queries, fd, &q);
		return 0;
	case IMSG_MCPD_FINDINGS_GET:
	case IMSG_MCPD_TOTALS_GET:
		return asks_take(p->lg->asks, p, imsg);
	case IMSG_ANY_COUNTS_SEND:
		return tally_take(p, imsg);
	}
	return -1;
}

static void
peer_dead(struct channel *ch, const char *why, void *arg)
{
	struct peer		*p = arg;
	struct logger		*lg = p->lg;
	struct event_rec	 e;

	(void)ch;
	if (why != NULL) {
		event_init(&e, EVENT_PEER_MALFORMED);
		e.role = p->id.role;
		e.instance = p->id.instance;
		logger_event(lg, &e, 1);
		if (!p->replaced)
			child_peer_breach(lg->child,
			    (enum proc_role)p->id.role, p->id.instance,
			    p->id.generation);
	}
	peer_free(p);
	peers_sweep(lg);
	logger_check_idle(lg);
}

static void
peer_listen(struct peer *p)
{
	channel_read_pause(p->ch, p->held || p->full ||
	    (p->lg->paused && p->id.role == PROC_DETECTOR));
}

static void
peer_drained(struct channel *ch, void *arg)
{
	struct peer	*p = arg;

	(void)ch;
	p->full = 0;
	peer_listen(p);
}

void
peers_answered(struct peer *p)
{
	/* one that only talks and never listens must not fill our memory */
	if (!p->full && channel_queued(p->ch) > ACKS_HIGH) {
		p->full = 1;
		peer_listen(p);
	}
}

/* Those outlive reloads, and report nothing that has to be waited for. */
static int
outlives(const struct peer *p)
{
	return p->id.role == PROC_CONTROL || p->id.role == PROC_MCPD;
}

void
peers_ack(struct peer *p, const uint8_t *id)
{
	if (msg_finding_send_ack(p->ch, id) == -1)
		log_warn("finding: acknowledgement");
	peers_answered(p);
}

int
peers_add(struct logger *lg, int fd, const struct msg_peer *id)
{
	struct peer	*p, *old;

	if ((id->role != PROC_CONTROL && id->role != PROC_PROXY &&
	    id->role != PROC_DETECTOR && id->role != PROC_KEEPER &&
	    id->role != PROC_MCPD) ||
	    id->total == 0 || id->total > PROC_INSTANCES_MAX ||
	    id->instance >= id->total) {
		close(fd);
		return -1;
	}
	TAILQ_FOREACH(old, &lg->peers, entry)
		if (old->id.role == id->role &&
		    old->id.instance == id->instance &&
		    old->id.generation == id->generation && !old->replaced)
			break;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("peer");
	p->lg = lg;
	p->id = *id;
	p->tag = ++lg->last_tag;
	/* only control has descriptors to give */
	p->ch = channel_new(child_base(lg->child), fd, PROC_LOGGER,
	    (enum proc_role)id->role, MSG_PAYLOAD_MAX,
	    id->role == PROC_CONTROL, peer_dispatch, peer_dead, p);
	if (p->ch == NULL)
		fatal("channel to %s", proc_name((enum proc_role)id->role));
	channel_set_drained(p->ch, ACKS_LOW, peer_drained, p);
	TAILQ_INSERT_TAIL(&lg->peers, p, entry);
	/*
	 * What one that died had reported may still be on its way: it is heard
	 * to its end.
	 */
	if (old != NULL)
		old->replaced = 1;
	/*
	 * A reload starts the new generation before we are told of its
	 * clients: it waits, or the first findings of a new client would be
	 * refused.
	 */
	p->held = !lg->running || (!outlives(p) &&
	    id->generation > lg->generation);
	peer_listen(p);
	return 0;
}

void
peers_free(struct logger *lg)
{
	struct peer	*p;

	while ((p = TAILQ_FIRST(&lg->peers)) != NULL)
		peer_free(p);
}

struct peer *
peers_by_tag(struct logger *lg, uint64_t tag)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &lg->peers, entry)
		if (p->tag == tag)
			return p;
	return NULL;
}

void
peers_pause(struct logger *lg, int pause)
{
	struct peer	*p;

	if (lg->paused == pause)
		return;
	lg->paused = pause;
	TAILQ_FOREACH(p, &lg->peers, entry)
		peer_listen(p);
}

void
peers_run(struct logger *lg)
{
	struct peer	*p;

	lg->running = 1;
	TAILQ_FOREACH(p, &lg->peers, entry) {
		if (p->id.generation > lg->generation)
			lg->generation = p->id.generation;
		p->held = 0;
		peer_listen(p);
	}
}

int
peers_reporting(const struct logger *lg)
{
	const struct peer	*p;

	TAILQ_FOREACH(p, &lg->peers, entry)
		if (!outlives(p))
			return 1;
	return 0;
}

void
peers_sweep(struct logger *lg)
{
	const struct peer	*p;

	TAILQ_FOREACH(p, &lg->peers, entry)
		if (!outlives(p) && p->id.generation < lg->generation)
			return;
	clients_sweep(&lg->clients);
}
