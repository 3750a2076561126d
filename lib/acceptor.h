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

#ifndef ACCEPTOR_H
#define ACCEPTOR_H

#include <sys/types.h>
#include <sys/socket.h>

struct acceptor;
struct event_base;

/*
 * Takes connections from a listening socket, a few at a time so that others
 * have their turn.  When descriptors or memory run out it leaves the queue
 * alone for a second and says so: the socket stays readable, and the loop would
 * do nothing else.
 */

/* Called with each connection, which it owns; not blocking, CLOEXEC. */
typedef void	(*acceptor_cb)(void *arg, int fd,
		    const struct sockaddr_storage *);

/*
 * Begins at once.  The socket is made not to block and stays the caller's, who
 * closes it after acceptor_free().  NULL on failure, with errno.
 */
struct acceptor	*acceptor_new(struct event_base *, int fd, acceptor_cb,
		    void *arg);
void		 acceptor_free(struct acceptor *);

#endif /* ACCEPTOR_H */
