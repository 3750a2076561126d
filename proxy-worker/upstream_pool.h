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

#ifndef UPSTREAM_POOL_H
#define UPSTREAM_POOL_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client_match.h"
#include "http_head.h"
#include "io.h"
#include "msg.h"
#include "msg_flow.h"

/*
 * Connections to origin servers, and those of them that wait for their next
 * request.  One serves only requests of the client block, the credential and
 * the authority it was opened for: what one client does to a connection must
 * not reach another one (RFC 9112, 9.3 and 11).
 */

struct proxy;
struct upstream_pool;

struct upstream_key {
	struct client	*client;
	bool		 has_credential;
	uint8_t		 credential[CLIENT_HASH_SIZE];
	enum http_scheme scheme;
	uint16_t	 port;
	char		 host[MSG_HOST_SIZE];	/* connected to */
	char		 name[MSG_HOST_SIZE];	/* https: verified to be */
};

struct upstream {
	TAILQ_ENTRY(upstream) entry;	/* in the pool, oldest first */
	TAILQ_ENTRY(upstream) hash;	/* newest first */
	struct upstream_pool *pool;	/* NULL: in use */
	struct io	 io;
	struct upstream_key key;
	int64_t		 idle;		/* since when; 0: never used */
	unsigned int	 served;	/* exchanges */
	uint8_t		 user[FLOW_UID_SIZE];	/* flow that had it last */
	/*
	 * Its peer knows who speaks by the connection, not by the request
	 * (NTLM, RFC 4559): whoever has it keeps it.
	 */
	bool		 bound;
	bool		 securing;	/* its handshake is not over */
	bool		 gateway;	/* its peer is the proxy behind us */
	bool		 asking;	/* which was asked for a tunnel */
};

/* Takes over a connected socket; NULL when memory is short, fd is closed. */
struct upstream	*upstream_new(struct event_base *, int fd,
		    const struct upstream_key *, size_t out_max);
/* Closes it.  Not for one that is in the pool. */
void		 upstream_free(struct upstream *);

struct upstream_pool *upstream_pool_new(struct proxy *);

/*
 * Takes over a connection on which nothing is outstanding.  While it waits,
 * its end or a byte that nobody asked for ends it.  Bounded by key, by client
 * and in all: the oldest goes first.
 */
void		 upstream_pool_put(struct upstream_pool *, struct upstream *);

/*
 * A connection for that key for the flow user, the one that waited least
 * first; NULL when there is none.  It is the caller's then, still with the
 * pool's callbacks and armed (see io_own).
 *
 * A server may close an idle connection at any moment, so what cannot be
 * repeated is careful: only one that waited for less than T_REUSE_UNSAFE, and,
 * unless user had it last and so would take the same risk without us, one that
 * has shown that its server lets it wait.
 */
struct upstream	*upstream_pool_get(struct upstream_pool *,
		    const struct upstream_key *,
		    const uint8_t user[FLOW_UID_SIZE], bool careful);

/* Does one wait that seems alive? */
bool		 upstream_pool_has(const struct upstream_pool *,
		    const struct upstream_key *);

/* Closes at most n, the oldest first, and returns how many. */
size_t		 upstream_pool_shrink(struct upstream_pool *, size_t n);
/* Closes those that waited too long; milliseconds to the next, -1: none. */
int64_t		 upstream_pool_expire(struct upstream_pool *);
size_t		 upstream_pool_count(const struct upstream_pool *);

#endif /* UPSTREAM_POOL_H */
