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
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge.h"
#include "compat.h"
#include "lines.h"
#include "pending.h"

#define QUEUE_MAX	(256 * 1024)	/* to either side, then reading stops */
#define RETRY_MS	100		/* between attempts to connect ... */
#define RETRY_DOWN_MS	1000		/* ... when it is down for good */
#define DOWN_MS		5000		/* without the server, then requests
					   are answered for it */
#define DRAIN_MS	10000		/* for answers, after the last line */
#define LINGER_MS	500		/* for its end, when all are there */

/* JSON-RPC 2.0, 5.1. */
#define ERR_INVALID	-32600
#define ERR_INTERNAL	-32603

struct bridge {
	const char	*path;
	int		 fd;		/* -1: not connected */
	int		 shut;		/* the server knows of the end */
	int		 eof;		/* of standard input */
	int64_t		 down_since;	/* if fd is -1 */
	int64_t		 retry;		/* not before */
	int64_t		 deadline;	/* of the drain */
	struct lines	 in;		/* from the client */
	struct lines	 back;		/* from the server */
	struct bytes	 to_server;
	struct bytes	 to_client;
	uint64_t	 queued;	/* bytes for the server, ever */
	uint64_t	 sent;
	int		 midline;	/* the last byte sent was no newline */
	struct pending	 pending;
};

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
bridge_connect(const char *path, const char **why)
{
	struct sockaddr_un	 sun;
	int			 fd, flags;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		*why = "the name is too long for a socket: mount its "
		    "directory at a shorter one";
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd == -1 || (flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		*why = "there is no such socket: start guardiand, with \"mcp "
		    "socket\" in this client's block, and mount the directory "
		    "of the socket";
		break;
	case ECONNREFUSED:
		*why = "nobody listens on it: start guardiand; if it runs, "
		    "mount the directory of the socket, not the socket";
		break;
	case EACCES:
	case EPERM:
		*why = "permission denied: the directories above have to let "
		    "this user pass";
		break;
	case EPROTOTYPE:
		*why = "it is not the socket of an MCP server: name mcp.sock "
		    "of this client's directory";
		break;
	default:
		*why = strerror(errno);
	}
	close(fd);
	return -1;
}

/* In the server's place. */
static void
answer(struct bridge *b, const struct id *id, int code, const char *message)
{
	char	 text[ID_TEXT_SIZE], line[ID_TEXT_SIZE + 256];
	int	 n;

	id_print(id, text);
	n = snprintf(line, sizeof(line), "{\"jsonrpc\":\"2.0\",\"id\":%s,"
	    "\"error\":{\"code\":%d,\"message\":\"%s\"}}\n", text, code,
	    message);
	bytes_add(&b->to_client, line, (size_t)n);
}

/* Those queued before that position are not going to be answered. */
static void
give_up(struct bridge *b, uint64_t before, const char *message)
{
	struct id	 id;

	while (pending_take(&b->pending, before, &id) == 0)
		answer(b, &id, ERR_INTERNAL, message);
}

static void
give_up_all(struct bridge *b)
{
	give_up(b, UINT64_MAX, "the traffic guardian cannot be reached; is "
	    "guardiand running?");
	b->sent = b->queued;
	bytes_drop(&b->to_server, b->to_server.len);
}

/*
 * The server has gone.  Requests it has seen, or a part of, are lost; those
 * behind are for the next one.
 */
static void
lost(struct bridge *b)
{
	const char	*nl;
	size_t		 rest;

	close(b->fd);
	b->fd = -1;
	b->down_since = now_ms();
	lines_reset(&b->back);
	give_up(b, b->sent, "the traffic guardian was restarted before it "
	    "answered; ask again");
	if (b->midline && b->to_server.len > 0) {
		nl = memchr(b->to_server.v, '\n', b->to_server.len);
		rest = nl == NULL ? b->to_server.len :
		    (size_t)(nl + 1 - b->to_server.v);
		b->sent += rest;
		bytes_drop(&b->to_server, rest);
	}
	b->midline = 0;
}

/* A line of the client's that will not get to the server. */
static void
refuse(struct bridge *b, const struct scanner *s, int code,
    const char *message)
{
	static const struct id	 none;
	size_t			 i;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].has_id && s->v[i].has_method)
			answer(b, &s->v[i].id, code, message);
	}
	if (s->n == 0 || s->more)
		answer(b, &none, code, message);
}

static void
from_client(struct lines *l, void *arg)
{
	struct bridge		*b = arg;
	const struct scanner	*s = &l->scanner;
	size_t			 i, requests = 0;

	for (i = 0; i < s->n; i++)
		requests += s->v[i].has_id && s->v[i].has_method;
	if (l->too_long) {
		refuse(b, s, ERR_INVALID, "the message is larger than 1 MiB");
		return;
	}
	if (s->more) {
		refuse(b, s, ERR_INVALID, "the batch has more than 100 "
		    "messages");
		return;
	}
	if (requests > PENDING_MAX - b->pending.n) {
		refuse(b, s, ERR_INTERNAL, "too many requests without their "
		    "answers");
		return;
	}
	if (b->fd == -1 && now_ms() - b->down_since >= DOWN_MS) {
		refuse(b, s, ERR_INTERNAL, "the traffic guardian cannot be "
		    "reached; is guardiand running?");
		return;
	}
	/* An id that is none, or too long, is for the server to refuse. */
	for (i = 0; i < s->n; i++) {
		if (s->v[i].id.len > 0 && s->v[i].has_method)
			pending_add(&b->pending, &s->v[i].id, b->queued);
	}
	bytes_add(&b->to_server, l->line.v, l->line.len);
	bytes_add(&b->to_server, "\n", 1);
	b->queued += l->line.len + 1;
}

/* Nothing but messages goes to standard output. */
static void
from_server(struct lines *l, void *arg)
{
	struct bridge		*b = arg;
	const struct scanner	*s = &l->scanner;
	size_t			 i;

	if (l->too_long || !scanner_whole(s)) {
		warnx("%s: sent something that is no message: is it the "
		    "guardian's?", b->path);
		return;
	}
	for (i = 0; i < s->n; i++) {
		if (!s->v[i].has_method && s->v[i].id.len > 0)
			pending_remove(&b->pending, &s->v[i].id);
	}
	bytes_add(&b->to_client, l->line.v, l->line.len);
	bytes_add(&b->to_client, "\n", 1);
}

static int
would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void
read_client(struct bridge *b)
{
	char	 buf[65536];
	ssize_t	 n;

	n = read(STDIN_FILENO, buf, sizeof(buf));
	if (n > 0)
		lines_feed(&b->in, buf, (size_t)n);
	else if (n == 0 || !would_block()) {
		b->eof = 1;
		lines_end(&b->in);
	}
}

static void
read_server(struct bridge *b)
{
	char	 buf[65536];
	ssize_t	 n;

	n = recv(b->fd, buf, sizeof(buf), 0);
	if (n > 0)
		lines_feed(&b->back, buf, (size_t)n);
	else if (n == 0 || !would_block())
		lost(b);
}

static void
write_server(struct bridge *b)
{
	ssize_t	 n;

	n = send(b->fd, b->to_server.v, b->to_server.len, MSG_NOSIGNAL);
	if (n == -1) {
		/* What it has still answered is read first. */
		if (!would_block() && errno != EPIPE && errno != ECONNRESET)
			lost(b);
		else if (!would_block())
			read_server(b);
		return;
	}
	b->midline = b->to_server.v[n - 1] != '\n';
	b->sent += (uint64_t)n;
	bytes_drop(&b->to_server, (size_t)n);
}

/*
 * Standard output may be shared with others, so it stays as it is: poll(2)
 * promises room for this much.  -1: nobody reads it any more.
 */
static int
write_client(struct bridge *b)
{
	size_t	 len = b->to_client.len;
	ssize_t	 n;

	n = write(STDOUT_FILENO, b->to_client.v,
	    len < PIPE_BUF ? len : PIPE_BUF);
	if (n == -1)
		return would_block() ? 0 : -1;
	bytes_drop(&b->to_client, (size_t)n);
	return 0;
}

static void
try_connect(struct bridge *b, int64_t now)
{
	const char	*why;

	if (b->fd != -1 || now < b->retry)
		return;
	b->fd = bridge_connect(b->path, &why);
	/* Also between two connections: it may hang up at once. */
	b->retry = now + RETRY_MS;
	if (b->fd == -1 && now - b->down_since >= DOWN_MS) {
		give_up_all(b);
		b->retry = now + RETRY_DOWN_MS;
	}
}

/* What is due without any descriptor's being ready.  1: all is done. */
static int
settle(struct bridge *b)
{
	int64_t	 now = now_ms();

	if (!b->eof || b->to_server.len > 0)
		try_connect(b, now);
	if (!b->eof)
		return 0;
	if (b->fd != -1 && !b->shut && b->to_server.len == 0) {
		(void)shutdown(b->fd, SHUT_WR);
		b->shut = 1;
		b->deadline = now + DRAIN_MS;
	}
	if (b->shut && b->fd != -1 && b->pending.n == 0 &&
	    b->deadline > now + LINGER_MS)
		b->deadline = now + LINGER_MS;
	if (b->shut && b->fd != -1 && now >= b->deadline) {
		give_up_all(b);
		close(b->fd);
		b->fd = -1;
	}
	return b->fd == -1 && b->to_server.len == 0 && b->to_client.len == 0;
}

static int
timeout(const struct bridge *b)
{
	int64_t	 left = -1;

	if (b->fd == -1 && (!b->eof || b->to_server.len > 0))
		left = b->retry - now_ms();
	else if (b->fd != -1 && b->shut)
		left = b->deadline - now_ms();
	else
		return -1;
	return left < 0 ? 0 : (int)left;
}

int
bridge_run(const char *path, int fd)
{
	static struct bridge	 b;	/* large, and only one */
	struct pollfd		 pfd[3];
	int			 full;

	b.path = path;
	b.fd = fd;
	lines_init(&b.in, from_client, &b);
	lines_init(&b.back, from_server, &b);
	while (!settle(&b)) {
		full = b.to_client.len >= QUEUE_MAX;
		pfd[0].fd = b.eof || full || b.to_server.len >= QUEUE_MAX ?
		    -1 : STDIN_FILENO;
		pfd[0].events = POLLIN;
		/* Without events it still tells that the reader has gone. */
		pfd[1].fd = STDOUT_FILENO;
		pfd[1].events = b.to_client.len > 0 ? POLLOUT : 0;
		pfd[2].fd = b.fd;
		pfd[2].events = (short)((full ? 0 : POLLIN) |
		    (b.to_server.len > 0 ? POLLOUT : 0));
		if (poll(pfd, 3, timeout(&b)) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "poll");
		}
		if (pfd[1].revents & (POLLERR | POLLNVAL))
			return 1;
		if ((pfd[1].revents & POLLOUT) && write_client(&b) == -1)
			return 1;
		if (pfd[2].revents & POLLOUT)
			write_server(&b);
		if (b.fd != -1 && (pfd[2].revents &
		    (POLLIN | POLLHUP | POLLERR)))
			read_server(&b);
		if (pfd[0].revents != 0)
			read_client(&b);
	}
	return 0;
}
