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

#ifndef LINK_PRIVATE_H
#define LINK_PRIVATE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

/* Between the parts of the link to a detector only. */

struct channel;
struct event;
struct proxy;
struct scan;
struct waiter;

#define QUEUE_HIGH	(1024 * 1024)	/* slow down above */
#define QUEUE_SHED	(4 * 1024 * 1024)	/* the same, when shedding */
#define QUEUE_LOW	(256 * 1024)	/* go on below */
#define QUEUE_MAX	(8 * 1024 * 1024)	/* not even heads above */
/*
 * Nor what flows had read before they were held up: many together may read
 * more in one turn than a channel bears.  After a crash all that is kept has
 * room.
 */
#define QUEUE_FULL	(RETAIN_TOTAL_MAX + QUEUE_MAX)
#define BUCKETS		512
#define GUILTY_MAX	2

TAILQ_HEAD(scan_list, scan);

enum dlink_state {
	DLINK_DOWN,		/* no detector */
	DLINK_PROBING,		/* one, shown the suspects one by one */
	DLINK_UP
};

struct dlink {
	struct proxy		*proxy;
	unsigned int		 instance;
	struct channel		*channel;
	enum dlink_state	 state;
	struct scan_list	 scans;
	struct scan_list	 ids[BUCKETS];
	uint32_t		 next_id;

	struct scan		*probe;
	bool			 probe_started;

	struct event		*timer;
	bool			 slow;		/* the queue is or was full */
	bool			 tell_done;
	int64_t			 told;		/* overload is on record */
	bool			 expired;	/* waiting is over: shed */
	struct waiter		*waiters;
};

/* detector_link.c */
/* Before memory is given back that the channel was lent. */
void		 dlink_keep(struct dlink *);

/* link_scan.c: one message */
struct scan	*scan_by_id(struct dlink *, uint32_t);
void		 scan_free(struct scan *);
/* No more of it is shown; the reason is that of its first gap. */
void		 scan_shed(struct scan *, const char *reason);
/* Records a message that no detector is told of, and forgets it. */
void		 scan_aside_end(struct scan *);
/* Keeps the head only, and the worker's account right. */
void		 scan_drop(struct scan *);
/* All there is of it and was not sent, to a detector that is there. */
void		 scan_send(struct scan *);

/* link_slow.c: a detector that lags */
void		 slow_init(struct dlink *);
void		 slow_attach(struct dlink *);	/* it has a new channel */
void		 slow_end(struct dlink *);

#endif /* LINK_PRIVATE_H */
