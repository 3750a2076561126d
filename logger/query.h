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

#ifndef QUERY_H
#define QUERY_H

#include <stddef.h>

#include "msg_ctl.h"

struct event_base;
struct logfile;
struct queries;

/*
 * Answers to guardianctl, on the connection that control handed over: lines
 * read from the files in slices, so that nothing else waits for long, and
 * only as fast as the other side takes them.  A reader that takes nothing for
 * half a minute is let go.
 */
#define QUERIES_MAX		48	/* answered at once */
#define FOLLOWERS_MAX		24	/* of these, that stay */
#define QUERIES_UID_MAX		16	/* of one uid that is not root's */
#define QUERY_SLICE		(64 * 1024)
#define QUERY_HIGH		(256 * 1024)	/* bytes waiting to be sent */
#define QUERY_LOW		(64 * 1024)
#define QUERY_TICK		10	/* seconds */
#define QUERY_TICKS_STALLED	3

struct query_ops {
	/*
	 * The file for a query, not referenced; NULL when its client is not
	 * known or has none.
	 */
	struct logfile	*(*file)(void *, const struct ctl_query *);
};

struct queries	*queries_new(struct event_base *, const struct query_ops *,
		    void *);
void		 queries_free(struct queries *);
/* Takes over fd and answers; whatever happens, fd is closed in the end. */
void		 queries_add(struct queries *, int fd,
		    const struct ctl_query *);
/* There is something new for those that follow. */
void		 queries_wake(struct queries *);
size_t		 queries_count(const struct queries *);

#endif /* QUERY_H */
