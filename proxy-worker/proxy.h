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

#ifndef PROXY_H
#define PROXY_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "addr_policy.h"
#include "block.h"
#include "buf.h"
#include "child.h"
#include "client_match.h"
#include "inspect.h"
#include "msg_flow.h"
#include "proc.h"
#include "stats.h"

/*
 * A proxy-worker: everything it knows, passed as an argument everywhere.
 */

struct channel;
struct counts;
struct dlink;
struct event;
struct event_base;
struct flow;
struct listener;
struct resolver;
struct upstream_pool;

TAILQ_HEAD(flow_list, flow);
TAILQ_HEAD(listener_list, listener);

/* A second in milliseconds; regress builds a worker with shorter ones. */
#ifndef T_SECOND
#define T_SECOND	1000
#endif

/*
 * Time limits.  An approval gateway may hold a request for three minutes before
 * it answers; the response head limit is above that.
 */
#define T_HEAD		(60 * T_SECOND)	/* a request head, from first byte */
#define T_IDLE		(300 * T_SECOND)	/* between two requests */
#define T_RESOLVE	(10 * T_SECOND)
#define T_RESOLVE_OTHER	50		/* the other family's addresses */
#define T_CONNECT	(5 * T_SECOND)	/* one address */
#define T_CONNECT_NEXT	250		/* and when the next one starts */
#define T_CONNECT_ALL	(30 * T_SECOND)	/* all of them */
#define T_RESPONSE	(300 * T_SECOND)	/* request to response head */
#define T_BODY		(600 * T_SECOND)	/* silence inside a message */
#define T_FIRST		(5 * T_SECOND)	/* first bytes in a tunnel that could
					 * still become HTTP */
#define T_TUNNEL	(3600 * T_SECOND)	/* silence inside a tunnel */
#define T_UPSTREAM_IDLE	(60 * T_SECOND)	/* an origin between two requests */
#define T_REUSE_UNSAFE	(4 * T_SECOND)	/* idle origins newer than this may get
					 * requests that cannot be repeated */
#define T_REUSE_STAYS	250		/* a server that did not close by then
					 * lets connections wait */
#define T_LINGER	(2 * T_SECOND)	/* after our last byte to a client */
#define T_ACCEPT_PAUSE	500		/* when descriptors are short */
#define T_OVERLOAD	(5 * T_SECOND)	/* a lagging detector slows us */

#define T_OVERLOAD_TELL	(1 * T_SECOND)	/* and when that is worth an event */
#define T_DRAIN_IDLE	(3 * T_SECOND)	/* a client that asks nothing more of
					 * a worker of before a reload */
#define T_FINISH	(3 * T_SECOND)	/* the detectors, when all stops */
#define T_OVERLOAD_AGAIN (10 * T_SECOND)	/* between two such events */

#ifndef CONNECTIONS_MAX
#define CONNECTIONS_MAX		16384	/* of one worker */
#define CLIENT_CONNECTIONS_MAX	8192	/* of one client in one worker */
#endif
#define POOL_MAX		1024	/* idle origin connections */
#define POOL_CLIENT_MAX		256	/* of one client */
#define POOL_KEY_MAX		64	/* of one client to one server */
#define POOL_SPARE		16	/* closed when descriptors are short */
#define IO_SIZE			BLOCK_SIZE	/* of one read */
#define REPORTS_HELD_MAX	256		/* while there is no logger */

struct proxy {
	struct child		*child;
	struct event_base	*base;
	uint32_t		 instance;

	struct msg_settings	 settings;
	struct addr_policy	 policy;
	struct client_table	 clients;
	struct resolver		*resolver;
	struct upstream_pool	*pool;
	struct buf		 resolv_text;
	struct buf		 hosts_text;

	struct listener_list	 listeners;
	struct event		*accept_timer;
	bool			 running;
	bool			 draining;
	bool			 drained;	/* the parent knows */

	struct dlink		*links[PROC_INSTANCES_MAX];
	size_t			 retained;	/* bytes, all links */
	struct inspect		 inspect;	/* HTTPS */
	struct channel		*logger;
	struct counts		*counts;	/* by client */
	struct event_rec	*held;		/* for the next one */
	unsigned int		 nheld;

	struct flow_list	 flows;
	struct flow_list	 dead;		/* freed by the reaper */
	struct event		*reaper;
	struct flow_list	 corked;	/* with something to write */
	struct event		*flusher;	/* at the end of a turn */
	uint32_t		 turn;
	unsigned int		 nflows;
	struct blocks		 blocks;	/* for one read each */

	struct child_stats	 stats;
};

/* Milliseconds of a clock that only goes forward; and of the day, UTC. */
int64_t	 proxy_now(void);
int64_t	 proxy_wall(void);

/* config.c: messages of the parent; 0, or -1 when malformed. */
int	 config_dispatch(struct proxy *, struct imsg *);
/* Gaps between what came are an error of the parent: fatal. */
void	 config_check(struct proxy *);

/* listen.c */
int	 listen_add(struct proxy *, int fd, const struct sockaddr *);
void	 listen_run(struct proxy *);
void	 listen_stop(struct proxy *);	/* closes them */
/* A connection ended: descriptors may be there again. */
void	 listen_resume(struct proxy *);

/* report.c: typed events for the logger.  Any string may be NULL. */
struct report {
	enum event_type	 type;
	int		 direction;	/* enum flow_direction or -1 */
	const char	*client;
	const char	*source;
	const char	*host;		/* not masked yet */
	uint16_t	 port;
	const char	*reason;
	uint64_t	 bytes;
	uint64_t	 count;
};
void	 report(struct proxy *, const struct report *);
/*
 * A gap of messages (one, or count) that no detector was or will be told of:
 * recorded, and counted as one would.
 */
void	 report_gap(struct proxy *, const struct report *);
/* There is a logger again: what waited for it. */
void	 report_flush(struct proxy *);
/* host:port as it may be shown; buf has MSG_DEST_SIZE or more bytes. */
const char	*report_dest(const char *host, uint16_t port, char *buf,
		    size_t size);

#endif /* PROXY_H */
