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

#ifndef IO_H
#define IO_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "buf.h"

struct tls;
struct tls_config;
struct tls_leg;

typedef void	(*io_cb)(void *);

/*
 * One non-blocking stream socket with what is still to be written to it, in
 * the clear or, once io_tls_client() or io_tls_server() was called, under TLS.
 * Bytes go out at once; only what the socket does not take is kept.  No other
 * file reads, writes or shuts a peer's socket.
 */
struct io {
	int		 fd;		/* -1: closed */
	struct event	 readable;
	struct event	 writable;
	io_cb		 rd;		/* its owner's */
	io_cb		 wr;
	void		*arg;
	bool		 reading;	/* readable is armed */
	bool		 writing;	/* writable is armed */
	bool		 eof;		/* the peer sends no more */
	bool		 shut;		/* we send no more, once out is empty */
	bool		 shut_done;
	struct buf	 out;		/* plain, not encrypted or sent yet */
	struct tls_leg	*tls;		/* NULL: the stream is not TLS */
	struct buf	 wire;		/* TLS: encrypted, not sent yet */
	bool		 tls_shut;	/* close_notify is in it */
	bool		 again;		/* the read event was raised by us */
	bool		 deaf;		/* ... for no event can be waited for */
};

/* Takes over fd, which must be non-blocking; io_own() comes next. */
void	 io_open(struct io *, struct event_base *, int fd, size_t out_max);
/*
 * From now on rd and wr are called, with arg, when the socket is readable and
 * writable.  What is armed stays armed.
 */
void	 io_own(struct io *, io_cb rd, io_cb wr, void *arg);
/* A closed one; io_open makes it usable. */
void	 io_init(struct io *);
void	 io_close(struct io *);
/* Closes so that the peer sees a reset, not an end. */
void	 io_abort(struct io *);
/*
 * Has nothing come that was not read, neither a byte nor the end?  (A byte of
 * TLS need not be one of the stream: io_read() tells.)
 */
bool	 io_is_quiet(const struct io *);

/*
 * From here on the stream is TLS.  As a server, first are bytes that were read
 * from it already.  0, or -1 when memory is short.
 */
int	 io_tls_client(struct io *, struct tls_config *, const char *name);
int	 io_tls_server(struct io *, struct tls *, const void *first,
	    size_t len);
/*
 * Goes on with the handshake, at first and whenever the socket is readable.
 * 1: done, 0: it goes on, -1: it failed.
 */
int	 io_handshake(struct io *);

/*
 * Reads at most len bytes: their number, 0 when there are none now or the
 * peer has sent its last (then eof is set), -1 on a broken connection.  One
 * that the system has no room to wait for is broken, too.
 */
ssize_t	 io_read(struct io *, void *, size_t len);
/*
 * Writes what is kept and this, in one piece, as far as the socket takes it,
 * and keeps the rest.  0, or -1 when the connection is broken or the bound
 * passed.
 */
int	 io_write(struct io *, const void *, size_t len);
/* Keeps it for the next io_flush().  0 or -1. */
int	 io_keep(struct io *, const void *, size_t len);
/* Writes what is kept.  0 or -1. */
int	 io_flush(struct io *);
/* Bytes that are kept. */
size_t	 io_queued(const struct io *);
/* Forgets what is kept and still can be forgotten. */
void	 io_discard(struct io *);
/* No more from us: SHUT_WR as soon as all is written. */
int	 io_shutdown(struct io *);
/* Arms the events: reading as told, writing when something is kept. */
void	 io_arm(struct io *, bool read);

#endif /* IO_H */
