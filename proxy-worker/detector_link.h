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

#ifndef DETECTOR_LINK_H
#define DETECTOR_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg_flow.h"

struct dlink;
struct proxy;
struct scan;
struct waiter;

/*
 * The way to one detector: messages are shown to it before they go on, kept
 * until it is done with them, and replayed to its successor when it dies.
 * Flows never wait for a verdict; they wait, and only for a bounded time, when
 * the detector does not keep up.
 */

struct dlink	*dlink_new(struct proxy *, unsigned int instance);
/* A (new) detector is at the other end of fd, which is taken over. */
void		 dlink_attach(struct dlink *, int fd);
/* Hands what is queued to the socket: before the peer gets its bytes. */
void		 dlink_push(struct dlink *);
/* Are there messages that it has not done? */
bool		 dlink_busy(const struct dlink *);
/*
 * It is not waited for any longer: what it has not done is recorded as one gap
 * a client, with this reason, and forgotten.
 */
void		 dlink_give_up(struct dlink *, const char *reason);
/* Bytes in its queue. */
size_t		 dlink_queued(const struct dlink *);

/*
 * A message begins; open's strings and head are copied.  NULL when memory is
 * short (recorded as a gap).
 */
struct scan	*scan_open(struct dlink *, const struct flow_open *);
/* Its next bytes, before they go to the peer.  s may be NULL in all these. */
void		 scan_data(struct scan *, enum flow_channel, const void *,
		    size_t);
/*
 * Before its body: that will have so many bytes, none of them coded.  If that
 * is more than the scan limit, half of that is spent on its end.
 */
void		 scan_length(struct scan *, uint64_t);
/* Bytes that are forwarded but not shown, and why. */
void		 scan_skip(struct scan *, uint64_t, const char *reason);
/* Was all of it so far shown, or is kept to be shown? */
bool		 scan_is_whole(const struct scan *);
/* The message is over; *sp is the flow's no longer. */
void		 scan_end(struct scan **sp, bool aborted);

/*
 * May the flow read more of this message, or what may be the whole of a new
 * one?  false: it waits, and wake is called once when it may go on, scanned or
 * not.
 */
struct waiter {
	struct waiter	*next, **prev;	/* prev NULL: not waiting */
	void		(*wake)(void *);
	void		*arg;
};
bool		 scan_ready(struct scan *, struct waiter *);
bool		 dlink_ready(struct dlink *, struct waiter *);
void		 waiter_cancel(struct waiter *);

#endif /* DETECTOR_LINK_H */
