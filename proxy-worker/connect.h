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

#ifndef CONNECT_H
#define CONNECT_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>

#include "addr_policy.h"
#include "resolve.h"

/*
 * From a host name to a connected socket: resolve, hold every address against
 * the policy, and try those that pass by RFC 8305: the families in turn, the
 * next one when one has failed or was silent for T_CONNECT_NEXT; the first
 * connection wins and the others are closed.
 */

struct client;
struct connector;
struct proxy;

enum connect_error {
	CONNECT_OK,
	CONNECT_RESOLVE,	/* see resolve */
	CONNECT_REFUSED,	/* by policy: see class and addr */
	CONNECT_FAILED,		/* see errnum */
	CONNECT_TIMEOUT
};

struct connect_result {
	enum connect_error	 error;
	int			 fd;	/* non-blocking; the callee's */
	enum resolve_error	 resolve;
	enum addr_class		 class;
	int			 errnum;
	struct sockaddr_storage	 addr;	/* connected to, or refused */
};

typedef void	(*connect_cb)(void *, const struct connect_result *);

/*
 * Starts; the callback comes once and later, never from inside the call, and
 * not any more after connector_cancel.  client's destinations are allowed
 * besides those of everyone.  NULL when memory is short.
 */
struct connector *connector_start(struct proxy *, struct client *,
		    const char *host, uint16_t port, connect_cb, void *);
/* To a host of the operator's own choice: the policy is not asked. */
struct connector *connector_start_configured(struct proxy *, const char *host,
		    uint16_t port, connect_cb, void *);
void		 connector_cancel(struct connector *);

/* RFC 8305, 4: families in turn from the first on, else in the same order. */
void		 connect_interleave(struct sockaddr_storage *, size_t);

#endif /* CONNECT_H */
