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

#ifndef LEAF_H
#define LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg_leaf.h"

struct event_base;
struct tls;

/*
 * Certificates that this worker shows to clients in the place of a server's.
 * The worker has one key of its own for all of them; the ca-keeper signs, one
 * host at a time, and this keeps what it signed, ready for use, as long as it
 * is valid and there is room.
 */
struct leaf_store;
struct leaf_request;

#define LEAF_CONTEXTS_MAX	256	/* about 29 KiB each */
#define LEAF_PENDING_MAX	1024	/* requests to the keeper */
/* ms for the keeper's answer: one that hangs is killed after 10 seconds */
#define T_LEAF			(20 * 1000)
#define LEAF_MARGIN		(15 * 60)   /* s before its end: a new one */
/* s that the clock may be put back, of the hour that the keeper backdates it */
#define LEAF_BACK		(45 * 60)

/* One host's certificate as libtls has it, counted by those who use it. */
struct leaf {
	struct leaf	*next, **prev;	/* most recently used first */
	unsigned int	 refs;
	bool		 stored;	/* the store's reference */
	char		 host[MSG_HOST_SIZE];
	bool		 alpn;
	int64_t		 made;		/* seconds since 1970, as not_after */
	int64_t		 not_after;
	struct tls	*ctx;
};

/*
 * Exactly one is set: a leaf, with a reference that is the callee's, or the
 * word that says why there is none: the keeper's refusal, "keeper_silent" or
 * "keeper_busy".
 */
typedef void	(*leaf_cb)(void *, struct leaf *, const char *refused);

/*
 * Makes the key: before the sandbox closes.  NULL with a cause in *why.
 * send(arg, id, request) hands a request to the keeper: 0, or -1 when there
 * is none now.
 */
struct leaf_store *leaf_store_new(struct event_base *,
		    int (*send)(void *, uint32_t, const struct leaf_sign *),
		    void *arg, const char **why);
void		 leaf_store_free(struct leaf_store *);

/*
 * A leaf for a canonical host, with ALPN http/1.1 if the client offered it.
 * The callback comes later, never from inside the call, and once, unless
 * leaf_cancel() comes before.  NULL when memory is short.
 */
struct leaf_request *leaf_get(struct leaf_store *, const char *client,
		    const char *host, bool alpn, leaf_cb, void *);
void		 leaf_cancel(struct leaf_request *);
void		 leaf_unref(struct leaf *);

/* The keeper's answer; -1 when nothing was asked under this id. */
int		 leaf_answer(struct leaf_store *, uint32_t id,
		    const struct leaf_result *);
/* There is a (new) keeper: what the one before owes is asked again. */
void		 leaf_ask_again(struct leaf_store *);
/* The CA has changed: nothing it signed is used for new connections. */
void		 leaf_forget(struct leaf_store *);
/* Contexts that are kept, for the counters. */
size_t		 leaf_count(const struct leaf_store *);

#endif /* LEAF_H */
