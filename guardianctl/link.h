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

#ifndef LINK_H
#define LINK_H

#include <stddef.h>
#include <stdint.h>

#include "msg_ctl.h"

/*
 * One connection to the control socket: one request and its answer.  The
 * control process answers status and verbs, and hands queries to the logger,
 * which answers on the same connection.
 */
struct link;

#define LINK_TIMEOUT	10	/* seconds without a message */
#define LINK_VERB	40	/* for a start, which the parent bounds */

/* What to do with each part of an answer; unset members ignore it. */
struct link_ops {
	void	(*proc)(void *, const struct ctl_proc *);
	void	(*status)(void *, const struct ctl_status *);
	/* one JSON object without its newline; 1 ends the run */
	int	(*line)(void *, const char *, size_t);
};

enum link_result {
	LINK_OK,		/* the daemon did it */
	LINK_STOPPED,		/* line() had enough */
	LINK_REFUSED,		/* the daemon said why not */
	LINK_TIMED_OUT,
	LINK_CLOSED,		/* no end: the daemon went away */
	LINK_MALFORMED		/* the daemon speaks another protocol */
};

/*
 * Connects.  NULL after printing cause and cure.  is_query tells whether a
 * query will follow, that is, who will answer.
 */
struct link	*link_open(const char *path, int is_query);
/*
 * Sends the one request: a query, or with NULL the plain type IMSG_CTL_*.
 * What the socket does not take at once follows in link_run().  0, or -1 after
 * printing why.
 */
int		 link_request(struct link *, uint32_t type,
		    const struct ctl_query *);
/*
 * Receives until the answer ends.  timeout is in seconds without a
 * message, or with total set in all; 0 waits for ever.
 */
enum link_result link_run(struct link *, const struct link_ops *, void *,
		    unsigned int timeout, int total);
/* What the daemon said with LINK_OK or LINK_REFUSED; may be "". */
const char	*link_text(const struct link *);
/* Prints the result as an error with its cure; LINK_STOPPED is none. */
void		 link_explain(const struct link *, enum link_result);
void		 link_close(struct link *);

#endif /* LINK_H */
