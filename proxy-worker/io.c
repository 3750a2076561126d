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

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "tls_leg.h"

#define READ_SIZE	(64 * 1024)	/* ciphertext of one read */

void
io_init(struct io *io)
{
	memset(io, 0, sizeof(*io));
	io->fd = -1;
}

/* The owner may free io from its callback: nothing is done behind it. */
static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct io	*io = arg;

	(void)fd;
	(void)what;
	io->rd(io->arg);
}

static void
writable(evutil_socket_t fd, short what, void *arg)
{
	struct io	*io = arg;

	(void)fd;
	(void)what;
	io->wr(io->arg);
}

void
io_open(struct io *io, struct event_base *base, int fd, size_t out_max)
{
	io_init(io);
	io->fd = fd;
	buf_init(&io->out, out_max);
	if (event_assign(&io->readable, base, fd, EV_READ | EV_PERSIST,
	    readable, io) == -1 ||
	    event_assign(&io->writable, base, fd, EV_WRITE | EV_PERSIST,
	    writable, io) == -1)
		fatalx("event_assign");
}

void
io_own(struct io *io, io_cb rd, io_cb wr, void *arg)
{
	io->rd = rd;
	io->wr = wr;
	io->arg = arg;
}

bool
io_is_quiet(const struct io *io)
{
	uint8_t	 c;

	if (io->eof || (io->tls != NULL && tls_leg_more(io->tls)))
		return (false);
	return (recv(io->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK));
}

void
io_close(struct io *io)
{
	if (io->fd == -1)
		return;
	if (io->reading || io->again || io->deaf)
		event_del(&io->readable);
	if (io->writing || io->deaf)
		event_del(&io->writable);
	tls_leg_free(io->tls);
	buf_free(&io->out);
	buf_free(&io->wire);
	close(io->fd);
	io_init(io);
}

void
io_abort(struct io *io)
{
	struct linger	 l = { 1, 0 };

	if (io->fd == -1)
		return;
	(void)setsockopt(io->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	io_close(io);
}

size_t
io_queued(const struct io *io)
{
	return (buf_len(&io->out) + buf_len(&io->wire));
}

/* Half a record more, and the peer could read nothing after it. */
void
io_discard(struct io *io)
{
	buf_free(&io->out);
}

/*
 * The kernel has nothing, no room or no memory now; the connection is as whole
 * as it was.
 */
static bool
is_later(int error)
{
	return (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS ||
	    error == ENOMEM);
}

/* Bytes received, 0: none now or never again (*eof), -1: broken. */
static ssize_t
receive(struct io *io, void *data, size_t len, bool *eof)
{
	ssize_t	 n;

	if (io->deaf)
		return (-1);
	do
		n = recv(io->fd, data, len, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (is_later(errno) ? 0 : -1);
	if (n == 0 && len > 0)
		*eof = true;
	return (n);
}

/* Bytes of b that the socket took are gone from it.  0 or -1. */
static int
send_buf(struct io *io, struct buf *b)
{
	ssize_t	 n;

	if (io->deaf)
		return (-1);
	if (buf_len(b) == 0)
		return (0);
	do
		n = send(io->fd, buf_data(b), buf_len(b), MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (is_later(errno) ? 0 : -1);
	buf_drain(b, (size_t)n);
	return (0);
}

/* --- TLS ----------------------------------------------------------------- */

/* A record has at most 256 bytes more than the 16 KiB that are in it. */
static void
wire_init(struct io *io)
{
	buf_init(&io->wire, io->out.max + io->out.max / 32 + READ_SIZE);
}

int
io_tls_client(struct io *io, struct tls_config *config, const char *name)
{
	wire_init(io);
	io->tls = tls_leg_client(config, name, &io->wire);
	return (io->tls == NULL ? -1 : 0);
}

int
io_tls_server(struct io *io, struct tls *ctx, const void *first, size_t len)
{
	wire_init(io);
	if ((io->tls = tls_leg_server(ctx, &io->wire)) == NULL)
		return (-1);
	return (tls_leg_feed(io->tls, first, len));
}

/* What the socket has goes to the TLS session.  0, or -1: broken. */
static int
pull(struct io *io)
{
	uint8_t	*p;
	size_t	 len = READ_SIZE;
	ssize_t	 n;
	bool	 eof = false;

	if ((p = tls_leg_reserve(io->tls, &len)) == NULL)
		return (-1);
	n = receive(io, p, len, &eof);
	tls_leg_commit(io->tls, n == -1 ? 0 : (size_t)n);
	if (eof || n == -1)
		tls_leg_feed_eof(io->tls);
	return (n == -1 ? -1 : 0);
}

/* What is plain becomes ciphertext. */
static int
encrypt(struct io *io)
{
	if (buf_len(&io->out) == 0)
		return (0);
	if (tls_leg_write(io->tls, buf_data(&io->out),
	    buf_len(&io->out)) == -1)
		return (-1);
	buf_free(&io->out);
	return (0);
}

int
io_handshake(struct io *io)
{
	int	 rv;

	if ((rv = tls_leg_handshake(io->tls)) == 0)
		rv = pull(io) == -1 ? -1 : tls_leg_handshake(io->tls);
	/* An alert is worth sending when it failed, too. */
	if (send_buf(io, &io->wire) == -1)
		return (-1);
	return (rv);
}

static ssize_t
read_tls(struct io *io, void *data, size_t len)
{
	ssize_t	 n;

	if (!tls_leg_more(io->tls) && pull(io) == -1)
		return (-1);
	n = tls_leg_read(io->tls, data, len, &io->eof);
	/* A key update wants an answer; if it cannot go, writing tells. */
	(void)send_buf(io, &io->wire);
	return (n);
}

/* --- both ---------------------------------------------------------------- */

ssize_t
io_read(struct io *io, void *data, size_t len)
{
	io->again = false;
	if (io->tls != NULL)
		return (read_tls(io, data, len));
	return (receive(io, data, len, &io->eof));
}

int
io_keep(struct io *io, const void *data, size_t len)
{
	return (buf_add(&io->out, data, len));
}

int
io_write(struct io *io, const void *data, size_t len)
{
	size_t		 kept = buf_len(&io->out), n = 0;
	struct iovec	 iov[2];
	struct msghdr	 m;
	ssize_t		 rv;

	if (len == 0)
		return (0);
	if (io->tls != NULL) {
		if (encrypt(io) == -1 ||
		    tls_leg_write(io->tls, data, len) == -1)
			return (-1);
		return (send_buf(io, &io->wire));
	}
	/* It has said that it takes no more. */
	if (io->writing)
		return (buf_add(&io->out, data, len));
	memset(&m, 0, sizeof(m));
	m.msg_iov = iov;
	if (kept > 0) {
		/* Only read from, whatever the type says. */
		iov[n].iov_base = (void *)(uintptr_t)buf_data(&io->out);
		iov[n++].iov_len = kept;
	}
	iov[n].iov_base = (void *)(uintptr_t)data;
	iov[n++].iov_len = len;
	m.msg_iovlen = n;
	do
		rv = sendmsg(io->fd, &m, MSG_NOSIGNAL);
	while (rv == -1 && errno == EINTR);
	if (rv == -1) {
		if (!is_later(errno))
			return (-1);
		rv = 0;
	}
	n = (size_t)rv;
	if (n < kept) {
		buf_drain(&io->out, n);
		return (buf_add(&io->out, data, len));
	}
	buf_drain(&io->out, kept);
	return (buf_add(&io->out, (const uint8_t *)data + (n - kept),
	    len - (n - kept)));
}

static int
do_shutdown(struct io *io)
{
	if (!io->shut || io->shut_done || buf_len(&io->out) > 0)
		return (0);
	if (io->tls != NULL && !io->tls_shut) {
		io->tls_shut = true;
		tls_leg_shutdown(io->tls);
		if (send_buf(io, &io->wire) == -1)
			return (-1);
	}
	if (buf_len(&io->wire) > 0)
		return (0);
	io->shut_done = true;
	return (shutdown(io->fd, SHUT_WR) == -1 && errno != ENOTCONN ? -1 : 0);
}

int
io_flush(struct io *io)
{
	if (io->tls != NULL && encrypt(io) == -1)
		return (-1);
	if (send_buf(io, io->tls != NULL ? &io->wire : &io->out) == -1)
		return (-1);
	return (do_shutdown(io));
}

int
io_shutdown(struct io *io)
{
	io->shut = true;
	return (do_shutdown(io));
}

/*
 * The kernel may have no room for one more (epoll_ctl(2), ENOMEM, ENOSPC).
 * That is the end of this connection and of no other: its owner is called as
 * if it could go on, and is told.
 */
static bool
wait_for(struct io *io, struct event *ev, short what)
{
	if (event_add(ev, NULL) == 0)
		return (true);
	if (!io->deaf) {
		log_warnx("a connection cannot be waited for and is ended");
		io->deaf = true;
		event_active(ev, what, 0);
	}
	return (false);
}

void
io_arm(struct io *io, bool rd)
{
	bool	 wr;

	if (io->fd == -1)
		return;
	rd = rd && !io->eof;
	wr = io_queued(io) > 0;
	if (rd != io->reading) {
		if (!rd)
			(void)event_del(&io->readable);
		io->reading = rd && wait_for(io, &io->readable, EV_READ);
		if (!rd)
			io->again = false;
	}
	/* Decrypted bytes that the last read left: no socket will tell. */
	if (rd && !io->again && io->tls != NULL && tls_leg_more(io->tls)) {
		io->again = true;
		event_active(&io->readable, EV_READ, 0);
	}
	if (wr != io->writing) {
		if (!wr)
			(void)event_del(&io->writable);
		io->writing = wr && wait_for(io, &io->writable, EV_WRITE);
	}
}
