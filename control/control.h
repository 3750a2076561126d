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


#ifndef CONTROL_H
#define CONTROL_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "child.h"
#include "msg_ctl.h"

struct acceptor;
struct channel;
struct event;
struct imsg;
struct control;

#define CLIENTS_MAX		64
#define CLIENTS_UID_MAX		16	/* so that none shuts out others */
#define CLIENT_IDLE_MS		30000	/* to ask, or to take the answer */
#define CLIENT_VERB_MS		60000	/* for what starts processes */
#define LOGGER_QUEUE_MAX	4096	/* connections not handed over yet */

/* A guardianctl on the control socket. */
struct client {
	TAILQ_ENTRY(client)	 entry;
	struct control		*control;
	struct channel		*ch;
	struct event		*end;		/* closes it from the loop */
	uint32_t		 id;		/* of its request, never 0 */
	uid_t			 uid;
	int			 asked;		/* has made its one request */
};
TAILQ_HEAD(client_list, client);

struct control {
	struct child		*child;
	int			 fd;		/* listening socket */
	struct acceptor		*acceptor;
	struct channel		*logger;
	struct client_list	 clients;
	unsigned int		 nclients;
	uint32_t		 last_id;
	time_t			 refused_at;	/* last said, monotonic */
	uid_t			 owner;		/* who may do all */
};

/* Takes a connection over; fd is closed when it is refused. */
void		 client_new(struct control *, int fd);
void		 client_free(struct client *);
struct client	*client_find(struct control *, uint32_t id);
/* Says how it went and ends the connection once that is written. */
void		 client_finish(struct client *, int ok, const char *text);

#endif /* CONTROL_H */
