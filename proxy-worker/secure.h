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

#ifndef SECURE_H
#define SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client_hello.h"
#include "leaf.h"
#include "upstream_pool.h"

struct flow;

/*
 * TLS inside of a CONNECT.  Every ClientHello is read to its end; then either
 * the connection passes as it is, or it is inspected: the server's side is
 * connected and verified, the ca-keeper signs for the one name that the client
 * asked for, and only then the client's handshake is answered.
 *
 *	START -> HELLO -> TUNNEL			passed on untouched
 *	START -> HELLO -> SECURE -> ACCEPT -> START ...	inspected
 *
 * A server that cannot be verified gets no byte of a request; the client gets
 * its handshake all the same, and the reason as our answer.
 */

#define T_HELLO		(10 * 1000)	/* ms for a whole ClientHello */
#define T_TLS		(30 * 1000)	/* ms for either handshake */

struct secure {
	struct hello_reader	 hello;
	size_t			 fed;		/* bytes of it, as received */
	struct upstream_key	 key;		/* of its origin connections */
	bool			 alpn;		/* the client offers http/1.1 */
	bool			 upstream_done;
	struct leaf_request	*request;
	struct leaf		*leaf;
	int			 status;	/* 0: the server is verified */
	const char		*why;
	const char		*cure;
};

/* It begins like TLS. */
void	 secure_begin(struct flow *);
void	 secure_free(struct flow *);
/* All bytes of the ClientHello so far; they stay where they are. */
size_t	 secure_hello_input(struct flow *, const uint8_t *, size_t);
void	 secure_hello_timeout(struct flow *);
/* The origin is connected and verified, or not, with an answer for that. */
void	 secure_upstream_ready(struct flow *);
void	 secure_upstream_failed(struct flow *, int status, const char *why,
	    const char *cure);
/* In state ACCEPT: the client's part of the handshake. */
void	 secure_client_readable(struct flow *);
void	 secure_client_timeout(struct flow *);
/*
 * It finished its handshake and left without a request.  Some libraries look
 * at the certificate only then, so this, too, may be distrust: it is
 * reported, and no more.
 */
void	 secure_client_left(struct flow *, const char *reason);
/*
 * Would a CONNECT to that host be inspected, and is there a verified
 * connection for it already?
 */
bool	 secure_pooled(struct flow *);

/* upstream_tls.c: the handshake with an origin that was just connected. */
void	 upstream_tls_begin(struct flow *);
void	 upstream_tls_readable(struct flow *);
void	 upstream_tls_timeout(struct flow *);

#endif /* SECURE_H */
