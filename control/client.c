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
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "control.h"
#include "imsg.h"
#include "log.h"

static const struct timeval	 idle = { CLIENT_IDLE_MS / 1000, 0 };
static const struct timeval	 patience = { CLIENT_VERB_MS / 1000, 0 };

void
client_free(struct client *cl)
{
	struct control	*co = cl->control;

	TAILQ_REMOVE(&co->clients, cl, entry);
	co->nclients--;
	event_free(cl->end);
	channel_free(cl->ch);
	free(cl);
}

static void
client_dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;	/* whoever sends garbage only loses the connection */
	client_free(arg);
}

/* Handed over, answered, or slow: not from within its own dispatch. */
static void
client_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_free(arg);
}

struct client *
client_find(struct control *co, uint32_t id)
{
	struct client	*cl;

	TAILQ_FOREACH(cl, &co->clients, entry)
		if (cl->asked && cl->id == id)
			return cl;
	return NULL;
}

static void
client_written(struct channel *ch, void *arg)
{
	struct client	*cl = arg;

	(void)ch;
	event_active(cl->end, 0, 0);
}

void
client_finish(struct client *cl, int ok, const char *text)
{
	if (msg_end_send(cl->ch, IMSG_REPLY_END, 0, ok, text) == -1)
		log_warn("reply");
	channel_set_drained(cl->ch, 0, client_written, cl);
	/* The request is over; a late answer of the parent is not for it. */
	cl->id = 0;
}

/* What changes the service is for root, or for whose service it is. */
static void
client_verb(struct client *cl, enum ctl_verb verb)
{
	struct control	*co = cl->control;

	if (cl->uid != 0 && cl->uid != co->owner) {
		client_finish(cl, 0, "not permitted: only root may do this");
		return;
	}
	if (msg_control_send_verb(child_parent(co->child), cl->id, verb) ==
	    -1)
		client_finish(cl, 0, "out of memory");
	else
		event_add(cl->end, &patience);
}

/* The logger answers on the connection itself from here on. */
static void
client_pass(struct client *cl, struct ctl_query *q)
{
	struct control	*co = cl->control;
	int		 fd;

	if (co->logger == NULL) {
		client_finish(cl, 0, "the logger is being started again: "
		    "try once more");
		return;
	}
	/* each holds a descriptor of ours until the logger takes it */
	if (channel_queued(co->logger) > LOGGER_QUEUE_MAX) {
		client_finish(cl, 0, "the logger is busy: try once more");
		return;
	}
	q->uid = (uint32_t)cl->uid;
	fd = fcntl(channel_fd(cl->ch), F_DUPFD_CLOEXEC, 0);
	if (fd == -1 || msg_control_send_client(co->logger, fd, q) == -1) {
		client_finish(cl, 0, "out of descriptors");
		return;
	}
	channel_push(co->logger);
	channel_read_pause(cl->ch, 1);
	event_active(cl->end, 0, 0);
}

static int
client_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct client		*cl = arg;
	struct control		*co = cl->control;
	struct ctl_query	 q;
	uint32_t		 type, version;

	(void)ch;
	type = imsg_get_type(imsg);
	if (cl->asked)
		return -1;	/* one request a connection */
	cl->asked = 1;
	memset(&q, 0, sizeof(q));
	switch (type) {
	case IMSG_CTL_FINDINGS_GET:
	case IMSG_CTL_FOLLOW_GET:
	case IMSG_CTL_EVENTS_GET:
		if (msg_ctl_recv_query(imsg, &version, &q) == -1)
			return -1;
		break;
	default:
		if (msg_ctl_recv_plain(imsg, &version) == -1)
			return -1;
	}
	if (version != MSG_VERSION) {
		client_finish(cl, 0, "guardianctl and guardiand are of "
		    "different versions: install both from one build and "
		    "restart");
		return 0;
	}
	switch (type) {
	case IMSG_CTL_FINDINGS_GET:
		q.what = CTL_FINDINGS;
		client_pass(cl, &q);
		break;
	case IMSG_CTL_FOLLOW_GET:
		q.what = CTL_FOLLOW;
		client_pass(cl, &q);
		break;
	case IMSG_CTL_EVENTS_GET:
		q.what = CTL_EVENTS;
		client_pass(cl, &q);
		break;
	case IMSG_CTL_STATUS_GET:
		if (channel_send(child_parent(co->child),
		    IMSG_CONTROL_STATUS_GET, cl->id, -1, NULL, 0) == -1)
			client_finish(cl, 0, "out of memory");
		break;
	case IMSG_CTL_RELOAD_RUN:
		client_verb(cl, CTL_RELOAD);
		break;
	case IMSG_CTL_STOP_RUN:
		client_verb(cl, CTL_STOP);
		break;
	case IMSG_CTL_ROTATE_RUN:
		client_verb(cl, CTL_ROTATE);
		break;
	case IMSG_CTL_CAROTATE_RUN:
		client_verb(cl, CTL_CA_ROTATE);
		break;
	case IMSG_CTL_UPGRADE_RUN:
		client_verb(cl, CTL_UPGRADE);
		break;
	default:
		return -1;
	}
	return 0;
}

/* Said at most once a second: whoever is refused may try again at once. */
static void
client_refused(struct control *co, uid_t uid)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	if (co->refused_at == ts.tv_sec)
		return;
	co->refused_at = ts.tv_sec;
	log_warnx("too many control connections, one of uid %u refused",
	    (unsigned int)uid);
}

void
client_new(struct control *co, int fd)
{
	struct client	*cl, *other;
	unsigned int	 same = 0;
	uid_t		 uid;
	gid_t		 gid;

	if (getpeereid(fd, &uid, &gid) == -1) {
		log_warn("peer of the control socket");
		close(fd);
		return;
	}
	TAILQ_FOREACH(other, &co->clients, entry)
		if (other->uid == uid)
			same++;
	if (co->nclients >= CLIENTS_MAX ||
	    (uid != 0 && same >= CLIENTS_UID_MAX)) {
		client_refused(co, uid);
		close(fd);
		return;
	}
	if ((cl = calloc(1, sizeof(*cl))) == NULL) {
		close(fd);
		return;
	}
	cl->control = co;
	cl->uid = uid;
	if (++co->last_id == 0)
		co->last_id = 1;
	cl->id = co->last_id;
	cl->end = event_new(child_base(co->child), -1, 0, client_end, cl);
	if (cl->end == NULL) {
		free(cl);
		close(fd);
		return;
	}
	cl->ch = channel_new(child_base(co->child), fd, PROC_CONTROL,
	    PROC_CTL, MSG_PAYLOAD_MAX, 0, client_dispatch, client_dead, cl);
	if (cl->ch == NULL) {
		event_free(cl->end);
		free(cl);
		close(fd);
		return;
	}
	TAILQ_INSERT_TAIL(&co->clients, cl, entry);
	co->nclients++;
	event_add(cl->end, &idle);
}
