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

#ifndef MCPD_H
#define MCPD_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include <jansson.h>

#include "child.h"
#include "hostlist.h"
#include "msg_mcp.h"
#include "prefix.h"
#include "rate.h"

struct acceptor;
struct backend;
struct conf_checker;
struct event;
struct event_base;
struct http_front;
struct sandbox_path;
struct tasks;

/* Whom a client may have connected, and what it may have waiting. */
#define CONNS_MAX		2048	/* in all */
#define CLIENT_CONNS_MAX	64	/* of one client */
#define CLIENT_BUFFERED_MAX	(4 * 1024 * 1024) /* bytes of its messages */

/* A client block that may ask.  Nothing of one is ever shown to another. */
struct client {
	TAILQ_ENTRY(client)	 entry;
	struct mcpd		*m;
	uint32_t		 id;	/* of this process, never used twice */
	char			 name[MSG_CLIENT_SIZE];
	int			 has_token;
	uint8_t			 token[32];	/* SHA-256 */
	int			 current;	/* in the configuration */
	int			 fd;		/* its listener, or -1 */
	struct acceptor		*acceptor;
	struct rate		 rate;
	int			 tasks_fd;	/* until the other is here */
	unsigned int		 checks;	/* of configurations, now */
	unsigned int		 calls;		/* waiting for an answer */
	unsigned int		 conns;
	size_t			 buffered;	/* bytes of messages held */
};
TAILQ_HEAD(clients, client);

/* All the process knows; the context of every callback. */
struct mcpd {
	struct child		*child;
	struct event_base	*base;
	struct msg_about	 about;
	struct clients		 clients;
	uint32_t		 last_id;
	struct hostlist		 hosts;		/* names it is called by */
	json_t			*tools;		/* tools_load() */
	struct backend		*backend;
	struct conf_checker	*checker;
	struct tasks		*tasks;
	struct sandbox_path	*paths;		/* directories of tasks */
	size_t			 npaths;
	struct unix_front	*unix_front;
	struct http_front	*http_front;
	unsigned int		 conns;
	int			 running;
	struct child_stats	 stats;
};

int64_t		 mcpd_now_ms(void);	/* UTC */
int64_t		 mcpd_mono_ms(void);

/* clients.c */
struct client	*client_by_id(struct mcpd *, uint32_t id);
struct client	*client_by_name(struct mcpd *, const char *name);
/*
 * Whose token that is; NULL if nobody's.  All are compared, each in constant
 * time, so that nothing can be learnt from how long it takes.
 */
struct client	*client_by_token(struct mcpd *, const char *token, size_t);
/* A new configuration: begin, add each, end (forgets all others). */
void		 clients_begin(struct mcpd *);
/* NULL when out of memory. */
struct client	*clients_add(struct mcpd *, const struct msg_asker *);
void		 clients_end(struct mcpd *);
/*
 * One that holds *held of the client's bytes holds so many from now on; 0 when
 * that is more than the client may have, and then it holds none.
 */
int		 client_hold(struct client *, size_t *held, size_t bytes);

#endif /* MCPD_H */
