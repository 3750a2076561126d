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

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "log.h"

void
io_init(struct io *io)
{
	memset(io, 0, sizeof(*io));
	io->fd = -1;
}

void
io_open(struct io *io, struct event_base *base, int fd, event_callback_fn rd,
    event_callback_fn wr, void *arg, size_t out_max)
{
	io_init(io);
	io->fd = fd;
	buf_init(&io->out, out_max);
	if (event_assign(&io->readable, base, fd, EV_READ | EV_PERSIST, rd,
	    arg) == -1 ||
	    event_assign(&io->writable, base, fd, EV_WRITE | EV_PERSIST, wr,
	    arg) == -1)
		fatalx("event_assign");
}

bool
io_is_open(const struct io *io)
{
	return (io->fd != -1);
}

void
io_close(struct io *io)
{
	if (io->fd == -1)
		return;
	if (io->reading)
		event_del(&io->readable);
	if (io->writing)
		event_del(&io->writable);
	buf_free(&io->out);
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

ssize_t
io_read(struct io *io, void *data, size_t len)
{
	ssize_t	 n;

	do
		n = recv(io->fd, data, len, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1);
	if (n == 0)
		io->eof = true;
	return (n);
}

/* Bytes the socket took, -1 when it is broken. */
static ssize_t
send_some(struct io *io, const void *data, size_t len)
{
	ssize_t	 n;

	do
		n = send(io->fd, data, len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == ENOBUFS ? 0 : -1);
	return (n);
}

int
io_write(struct io *io, const void *data, size_t len)
{
	const uint8_t	*p = data;
	ssize_t		 n;

	if (len == 0)
		return (0);
	if (buf_len(&io->out) > 0)
		return (buf_add(&io->out, p, len));
	if ((n = send_some(io, p, len)) == -1)
		return (-1);
	return (buf_add(&io->out, p + n, len - (size_t)n));
}

static int
do_shutdown(struct io *io)
{
	if (!io->shut || io->shut_done || buf_len(&io->out) > 0)
		return (0);
	io->shut_done = true;
	return (shutdown(io->fd, SHUT_WR) == -1 && errno != ENOTCONN ? -1 : 0);
}

int
io_flush(struct io *io)
{
	ssize_t	 n;

	if (buf_len(&io->out) > 0) {
		if ((n = send_some(io, buf_data(&io->out),
		    buf_len(&io->out))) == -1)
			return (-1);
		buf_drain(&io->out, (size_t)n);
	}
	return (do_shutdown(io));
}

int
io_shutdown(struct io *io)
{
	io->shut = true;
	return (do_shutdown(io));
}

void
io_arm(struct io *io, bool rd)
{
	bool	 wr;

	if (io->fd == -1)
		return;
	rd = rd && !io->eof;
	wr = buf_len(&io->out) > 0;
	if (rd != io->reading) {
		if ((rd ? event_add(&io->readable, NULL) :
		    event_del(&io->readable)) == -1)
			fatalx("event_add");
		io->reading = rd;
	}
	if (wr != io->writing) {
		if ((wr ? event_add(&io->writable, NULL) :
		    event_del(&io->writable)) == -1)
			fatalx("event_add");
		io->writing = wr;
	}
}
