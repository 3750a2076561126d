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

#ifndef TLS_LEG_H
#define TLS_LEG_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct tls;
struct tls_config;

/*
 * One side of a TLS connection, by libtls, apart from the socket: ciphertext
 * is fed in as it was received and comes out into a buffer.  So what was read
 * before anybody knew that it is TLS is simply fed first, and nothing here
 * ever waits for a socket.
 */
struct tls_leg;

/* Ciphertext of one read, and what libtls makes of three writes of it. */
#define TLS_LEG_IN_MAX	(96 * 1024)

/*
 * A client; the name is sent as SNI unless it is an address literal, and NOT
 * verified here: see tls_trust.h.  NULL when memory is short.
 */
struct tls_leg	*tls_leg_client(struct tls_config *, const char *name,
		    struct buf *out);
/* The server's side of a connection to the context ctx. */
struct tls_leg	*tls_leg_server(struct tls *ctx, struct buf *out);
void		 tls_leg_free(struct tls_leg *);

/*
 * Room for received ciphertext: as much as *len wants and there is, NULL when
 * memory is short.  tls_leg_commit() says how much of it was filled in.
 */
uint8_t		*tls_leg_reserve(struct tls_leg *, size_t *len);
void		 tls_leg_commit(struct tls_leg *, size_t);
/* The same with a copy.  0, or -1: no room or no memory. */
int		 tls_leg_feed(struct tls_leg *, const void *, size_t);
/* The peer sends no more. */
void		 tls_leg_feed_eof(struct tls_leg *);

/* 1 done, 0 more has to come, -1 failed. */
int		 tls_leg_handshake(struct tls_leg *);
/*
 * Plain bytes: as many as there are, up to len; 0 when none are there now, or
 * ever again (then *eof is set: the peer has closed in TLS's own way); -1 when
 * the connection is broken or was cut off.
 */
ssize_t		 tls_leg_read(struct tls_leg *, void *, size_t len, bool *eof);
/* Did the last read leave something to be read without the socket? */
bool		 tls_leg_more(const struct tls_leg *);
/* All of it, or -1. */
int		 tls_leg_write(struct tls_leg *, const void *, size_t);
/* close_notify. */
void		 tls_leg_shutdown(struct tls_leg *);

struct tls	*tls_leg_ctx(struct tls_leg *);

/*
 * Why it failed, as a word for events: the alert received ("unknown_ca"),
 * "closed" when the peer hung up without one, or what is wrong with its bytes.
 */
const char	*tls_leg_reason(struct tls_leg *);

#endif /* TLS_LEG_H */
