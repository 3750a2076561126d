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

#ifndef KEEPER_H
#define KEEPER_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "ca.h"
#include "child.h"
#include "hostlist.h"
#include "msg_event.h"
#include "msg_leaf.h"
#include "rate.h"

struct channel;
struct event;
struct imsg;
struct keeper;

/*
 * What one may be issued at once, and a second.  A worker asks again for each
 * host after its start, and every worker asks for itself, so honest use comes
 * in bursts; a stranger who owns a worker gets no further than this.
 */
#define CLIENT_BURST		512
#define CLIENT_PER_SECOND	10
#define WORKER_BURST		1024
#define WORKER_PER_SECOND	20
#define TOTAL_BURST		4096
#define TOTAL_PER_SECOND	100

#define CLIENTS_MAX		2048
#define EVENTS_HELD_MAX		256	/* while there is no logger */
#define REASONS_MAX		16
#define REFUSAL_MS		1000	/* between two of one reason */
#define ANSWERS_MAX		(1024 * 1024)	/* bytes a worker leaves */

struct keeper_client {
	char			 name[MSG_CLIENT_SIZE];
	struct bucket		 rate;
};

/* Refusals for one reason: some told, the others counted. */
struct refusal {
	char			 reason[MSG_TOKEN_SIZE];
	int64_t			 told_ms;
	uint64_t		 held;
	struct event_rec	 last;
};

struct worker {
	TAILQ_ENTRY(worker)	 entry;
	struct keeper		*keeper;
	struct msg_peer		 id;
	struct channel		*ch;
	struct bucket		 rate;
};
TAILQ_HEAD(worker_list, worker);

struct keeper {
	struct child		*child;
	struct ca		*ca;
	struct hostlist		 inspect;
	struct hostlist		 passthrough;
	struct keeper_client	*clients;
	size_t			 nclients;
	struct worker_list	 workers;
	struct channel		*logger;
	struct event_rec	*held;		/* for the next logger */
	size_t			 nheld;
	struct bucket		 total;
	struct refusal		 refusals[REASONS_MAX];
	struct event		*timer;		/* tells of held refusals */
	struct child_stats	 stats;
};

/* main.c */
void	 keeper_event(struct keeper *, const struct event_rec *);

/* request.c */
/*
 * Judges one request and fills in the answer; now is seconds since 1970,
 * now_ms of the monotonic clock.  Used by the fuzz target too.
 */
void	 request_judge(struct keeper *, struct worker *,
	    const struct leaf_sign *, int64_t now, int64_t now_ms,
	    struct leaf_result *);
/* LEAF_SIGN from a worker: judged, answered, reported; -1: malformed. */
int	 request_take(struct worker *, struct imsg *);
/* What was held back for a second. */
void	 request_tell(struct keeper *);
int64_t	 keeper_mono(void);
int64_t	 keeper_time(void);

#endif /* KEEPER_H */
