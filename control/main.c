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


/*
 * control: the front end of the control socket.  It reads what strangers of
 * the group send, checks who they are, and passes on one-byte verbs to the
 * parent and whole connections to the logger.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "acceptor.h"
#include "channel.h"
#include "compat.h"
#include "control.h"
#include "imsg.h"
#include "log.h"

static void
control_init(void *ctx, struct child *child)
{
	struct control	*co = ctx;

	co->child = child;
	co->fd = -1;
	/* unprivileged, whoever started the suite is its owner */
	co->owner = (child_init(child)->flags & INIT_UNPRIVILEGED) ?
	    getuid() : 0;
}

static int
control_config(void *ctx, struct imsg *imsg)
{
	struct control	*co = ctx;

	if (imsg_get_type(imsg) != IMSG_PARENT_SOCKET_SEND || co->fd != -1)
		return -1;
	return (co->fd = msg_get_fd(imsg)) == -1 ? -1 : 0;
}

static int
logger_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	(void)imsg;
	(void)arg;
	return -1;	/* the logger has nothing to say to us */
}

static void
logger_dead(struct channel *ch, const char *why, void *arg)
{
	struct control	*co = arg;

	if (why != NULL)
		child_peer_breach(co->child, PROC_LOGGER, 0, 0);
	channel_free(ch);
	co->logger = NULL;	/* the parent will send another */
}

static int
control_peer(void *ctx, int fd, const struct msg_peer *peer)
{
	struct control	*co = ctx;

	if (peer->role != PROC_LOGGER) {
		close(fd);
		return -1;
	}
	channel_free(co->logger);
	co->logger = channel_new(child_base(co->child), fd, PROC_CONTROL,
	    PROC_LOGGER, MSG_PAYLOAD_MAX, 1, logger_dispatch, logger_dead, co);
	if (co->logger == NULL)
		fatal("logger channel");
	return 0;
}

static void
control_accept(void *arg, int fd, const struct sockaddr_storage *ss)
{
	(void)ss;
	client_new(arg, fd);
}

static void
control_start(void *ctx)
{
	struct control	*co = ctx;

	if (co->fd == -1)
		fatalx("no control socket");
}

static void
control_run(void *ctx)
{
	struct control	*co = ctx;

	co->acceptor = acceptor_new(child_base(co->child), co->fd,
	    control_accept, co);
	if (co->acceptor == NULL)
		fatal("control socket");
}

/* Answers of the parent go to whoever asked, if still there. */
static int
control_message(void *ctx, struct imsg *imsg)
{
	struct control		*co = ctx;
	struct client		*cl;
	struct ctl_proc		 proc;
	struct ctl_status	 status;
	struct ctl_end		 end;

	cl = client_find(co, imsg_get_id(imsg));
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_STATUS_PROC:
		if (msg_proc_recv(imsg, &proc) == -1)
			return -1;
		if (cl != NULL && msg_proc_send(cl->ch, IMSG_REPLY_PROC, 0,
		    &proc) == -1)
			log_warn("reply");
		return 0;
	case IMSG_PARENT_STATUS_END:
		if (msg_status_recv(imsg, &status) == -1)
			return -1;
		if (cl == NULL)
			return 0;
		if (msg_status_send(cl->ch, IMSG_REPLY_STATUS, 0, &status) ==
		    -1)
			log_warn("reply");
		client_finish(cl, 1, "");
		return 0;
	case IMSG_PARENT_VERB_RESULT:
		if (msg_end_recv(imsg, &end) == -1)
			return -1;
		if (cl != NULL)
			client_finish(cl, end.ok, end.text);
		return 0;
	}
	return -1;
}

static void
control_stats(void *ctx, struct child_stats *stats)
{
	struct control	*co = ctx;

	stats->v[STAT_CONNECTIONS] = co->nclients;
}

/* The end: give the last answers a chance to leave. */
static void
control_stop(void *ctx)
{
	struct control	*co = ctx;
	struct client	*cl;

	TAILQ_FOREACH(cl, &co->clients, entry)
		channel_push(cl->ch);
}

int
main(int argc, char **argv)
{
	static const struct child_ops	 ops = {
		.role = PROC_CONTROL,
		.init = control_init,
		.config = control_config,
		.peer = control_peer,
		.start = control_start,
		.run = control_run,
		.message = control_message,
		.stats = control_stats,
		.stop = control_stop,
	};
	struct control	 co;

	memset(&co, 0, sizeof(co));
	TAILQ_INIT(&co.clients);
	return child_main(&ops, argc, argv, &co);
}
