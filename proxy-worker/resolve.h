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

#ifndef RESOLVE_H
#define RESOLVE_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct resolver;
struct lookup;

/*
 * Names to addresses without opening a file: the parent sends the text of
 * resolv.conf(5) and hosts(5), libevent's evdns asks the name servers.  It has
 * no TCP, so a truncated answer is a failure with a reason of its own.
 */

#define RESOLVE_ADDRS_MAX	16

enum resolve_error {
	RESOLVE_OK,
	RESOLVE_NOT_FOUND,	/* no such name, or no address */
	RESOLVE_FAILED,		/* the server says so, or is none */
	RESOLVE_TIMEOUT,
	RESOLVE_TRUNCATED
};

/* The addresses are valid during the call only; their ports are 0. */
typedef void	(*resolve_cb)(void *, enum resolve_error,
		    const struct sockaddr_storage *, size_t);

/*
 * A client's part of what is asked at once, all zero at first: one that asks
 * for names of silent servers only waits for itself.
 */
#define RESOLVE_SHARE_MAX	64	/* lookups; the others wait */

struct resolve_share {
	unsigned int		 asked;
	TAILQ_HEAD(, lookup)	 waiting;	/* then asked is the most */
};

/* Before the sandbox closes. */
struct resolver	*resolver_new(struct event_base *);
/* Replaces what was there; text need not be terminated.  0 or -1. */
int		 resolver_set_conf(struct resolver *, const char *, size_t);
int		 resolver_set_hosts(struct resolver *, const char *, size_t);

/*
 * Starts a lookup; the callback comes later, never from inside the call, and
 * not any more after resolve_cancel.  NULL when memory is short.  Without a
 * share it is asked at once.
 */
struct lookup	*resolve(struct resolver *, struct resolve_share *,
		    const char *host, resolve_cb, void *);
void		 resolve_cancel(struct lookup *);

/* RFC 6761, 6.3: localhost and what ends in it never goes to a server. */
bool		 resolve_is_localhost(const char *host);

/* "not_found" ... for events; a sentence part for people. */
const char	*resolve_word(enum resolve_error);
const char	*resolve_text(enum resolve_error);

#endif /* RESOLVE_H */
