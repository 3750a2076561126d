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

#ifndef CHILD_H
#define CHILD_H

#include "msg_event.h"
#include "msg_start.h"
#include "proc.h"

struct channel;
struct event_base;
struct imsg;
/* In every program of a child, followed by its MSG_VERSION. */
#define CHILD_WHAT	"@(#)guardian messages "

struct child;
struct sandbox_path;

/*
 * The start-up and life that all children share:
 *
 *  1. descriptor 3 is the parent's socket; INIT names role, uid and chroot,
 *     which are taken on before anything else is read;
 *  2. each configuration message goes to ->config, each peer to ->peer;
 *  3. CONFIG_END: ->start makes everything that needs files or executable
 *     memory, then the sandbox closes and READY says what it enforces;
 *  4. CHILD_RUN: ->run; the loop starts to serve strangers;
 *  5. PING is answered with ->stats; DRAIN calls ->drain, which ends with
 *     child_drained(), and so does FINISH with ->finish, which leaves
 *     strangers at once; end of file on descriptor 3 ends the process.
 *
 * All callbacks get the context given to child_main.  config, peer and message
 * return 0, or -1 when the payload is malformed (which ends the process: the
 * parent is the one peer that is trusted).  Unset callbacks are not called;
 * a message without its callback is a malformed one.
 */
struct child_ops {
	enum proc_role	 role;
	void		(*init)(void *, struct child *); /* after step 1 */
	int		(*config)(void *, struct imsg *);
	/* fd is the callee's; a second peer of that name replaces the first */
	int		(*peer)(void *, int fd, const struct msg_peer *);
	void		(*start)(void *);
	/*
	 * After start: 1 if an answer of a peer is needed before the sandbox
	 * closes.  child_confine() goes on when it is there.
	 */
	int		(*waits)(void *);
	/*
	 * What of the filesystem stays reachable: descriptors received.  Null,
	 * or *n 0: nothing.  With something it is Landlock or no process.
	 */
	const struct sandbox_path
			*(*reach)(void *, size_t *n);
	void		(*confined)(void *);	/* READY has been sent */
	void		(*run)(void *);
	int		(*message)(void *, struct imsg *);
	void		(*stats)(void *, struct child_stats *);
	void		(*drain)(void *);
	void		(*finish)(void *);
	void		(*stop)(void *);	/* last words before exit */
};

/* Runs a child to its end; returns the exit status. */
int			 child_main(const struct child_ops *, int, char **,
			    void *ctx);

/* Valid from ->init on. */
struct event_base	*child_base(struct child *);
struct channel		*child_parent(struct child *);
const struct msg_init	*child_init(struct child *);

/*
 * A peer's channel was ended because it broke the protocol.  There is no way
 * back to that process: the parent ends it and starts another.
 */
void			 child_peer_breach(struct child *, enum proc_role,
			    uint32_t instance, uint32_t generation);

/* The end of a wait: close the sandbox, say READY. */
void			 child_confine(struct child *);

/* The loop is empty: tell the parent and exit. */
void			 child_drained(struct child *);

#endif /* CHILD_H */
