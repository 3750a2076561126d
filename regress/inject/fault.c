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

#define _GNU_SOURCE

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "fault.h"
#include "turn.h"

#define SHORT	(-1)		/* less than was asked for */

/* What must be so for an answer to be possible. */
#define ON_ANY		0
#define ON_NONBLOCK	0x01
#define ON_FILE		0x02
#define ON_SOCKET	0x04
#define ON_STREAM	0x08	/* a file, or a socket without boundaries */

struct answer {
	int	 error;
	int	 on;
};

#define ANSWERS	8

static const struct answer	answers[CALL_MAX][ANSWERS] = {
	[CALL_READ] = { { EINTR, ON_ANY }, { EAGAIN, ON_NONBLOCK },
	    { SHORT, ON_STREAM }, { EIO, ON_FILE }, { ENOMEM, ON_SOCKET } },
	[CALL_WRITE] = { { EINTR, ON_ANY }, { EAGAIN, ON_NONBLOCK },
	    { SHORT, ON_STREAM }, { EIO, ON_FILE }, { ENOSPC, ON_FILE },
	    { ENOBUFS, ON_SOCKET }, { ENOMEM, ON_SOCKET } },
	[CALL_RECV] = { { EINTR, ON_ANY }, { EAGAIN, ON_NONBLOCK },
	    { SHORT, ON_STREAM }, { ENOMEM, ON_ANY } },
	[CALL_SEND] = { { EINTR, ON_ANY }, { EAGAIN, ON_NONBLOCK },
	    { SHORT, ON_STREAM }, { ENOBUFS, ON_ANY }, { ENOMEM, ON_ANY } },
	[CALL_PREAD] = { { EINTR, ON_ANY }, { SHORT, ON_ANY },
	    { EIO, ON_ANY } },
	[CALL_PWRITE] = { { EINTR, ON_ANY }, { SHORT, ON_ANY },
	    { EIO, ON_ANY }, { ENOSPC, ON_ANY } },
	[CALL_ACCEPT] = { { EINTR, ON_ANY }, { EAGAIN, ON_NONBLOCK },
	    { EMFILE, ON_ANY }, { ENFILE, ON_ANY }, { ENOMEM, ON_ANY },
	    { ECONNABORTED, ON_ANY }, { ENOBUFS, ON_ANY } },
	[CALL_SOCKET] = { { EMFILE, ON_ANY }, { ENFILE, ON_ANY },
	    { ENOMEM, ON_ANY }, { ENOBUFS, ON_ANY } },
	[CALL_CONNECT] = { { EADDRNOTAVAIL, ON_ANY }, { ENOMEM, ON_ANY },
	    { ECONNREFUSED, ON_ANY }, { ENETUNREACH, ON_ANY } },
	[CALL_BIND] = { { EADDRINUSE, ON_ANY }, { EADDRNOTAVAIL, ON_ANY },
	    { ENOMEM, ON_ANY } },
	[CALL_LISTEN] = { { EADDRINUSE, ON_ANY } },
	[CALL_SETSOCKOPT] = { { ENOMEM, ON_ANY }, { ENOBUFS, ON_ANY } },
	[CALL_OPEN] = { { EMFILE, ON_ANY }, { ENFILE, ON_ANY },
	    { ENOMEM, ON_ANY }, { EINTR, ON_ANY }, { EIO, ON_ANY },
	    { ENOSPC, ON_ANY }, { EACCES, ON_ANY } },
	[CALL_CLOSE] = { { EINTR, ON_ANY }, { EIO, ON_FILE },
	    { ENOSPC, ON_FILE } },
	[CALL_DUP] = { { EMFILE, ON_ANY } },
	[CALL_PIPE] = { { EMFILE, ON_ANY }, { ENFILE, ON_ANY },
	    { ENOMEM, ON_ANY } },
	[CALL_EPOLL_CREATE] = { { EMFILE, ON_ANY }, { ENOMEM, ON_ANY } },
	[CALL_EPOLL_ADD] = { { ENOMEM, ON_ANY }, { ENOSPC, ON_ANY } },
	[CALL_WAIT] = { { EINTR, ON_ANY } },
	[CALL_STAT] = { { ENOMEM, ON_ANY }, { EIO, ON_ANY },
	    { EACCES, ON_ANY } },
	[CALL_SYNC] = { { EIO, ON_ANY }, { ENOSPC, ON_ANY },
	    { EINTR, ON_ANY } },
	[CALL_DIRECTORY] = { { EIO, ON_ANY }, { ENOMEM, ON_ANY } },
	[CALL_NAME] = { { EIO, ON_ANY }, { ENOSPC, ON_ANY },
	    { EROFS, ON_ANY }, { ENOMEM, ON_ANY }, { EACCES, ON_ANY } },
	[CALL_FORK] = { { EAGAIN, ON_ANY }, { ENOMEM, ON_ANY } },
	[CALL_EXEC] = { { ENOMEM, ON_ANY }, { EMFILE, ON_ANY },
	    { EACCES, ON_ANY } },
	[CALL_REAP] = { { EINTR, ON_ANY } },
	[CALL_MMAP] = { { ENOMEM, ON_ANY } },
	[CALL_LOCK] = { { ENOMEM, ON_ANY }, { EAGAIN, ON_ANY },
	    { EPERM, ON_ANY } },
	[CALL_RIGHTS] = { { EPERM, ON_ANY }, { ENOMEM, ON_ANY },
	    { EAGAIN, ON_ANY } },
};

static _Atomic uint64_t	state;		/* of this process's choices */

/* splitmix64: any state is as good as another. */
static uint64_t
next(void)
{
	uint64_t	 z;

	z = atomic_fetch_add(&state, 0x9e3779b97f4a7c15U) +
	    0x9e3779b97f4a7c15U;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static int
kinds(int fd)
{
	socklen_t	 len = sizeof(int);
	int		 type, flags, on = 0;

	if (fd < 0)
		return 0;
	if ((flags = fcntl(fd, F_GETFL)) != -1 && flags & O_NONBLOCK)
		on |= ON_NONBLOCK;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1)
		/* pipes, as of libevent's signals, have no EIO */
		on |= ON_STREAM | (flags & O_NONBLOCK && !(flags & O_APPEND) ?
		    0 : ON_FILE);
	else
		on |= ON_SOCKET | (type == SOCK_STREAM ? ON_STREAM : 0);
	return on;
}

/* One of the answers that are possible; 0 when none is. */
static int
answer(enum call_id call, int fd, size_t *len, uint64_t choice)
{
	const struct answer	*a = answers[call];
	int			 possible[ANSWERS], on = kinds(fd);
	unsigned int		 i, n = 0;

	for (i = 0; i < ANSWERS && a[i].error != 0; i++) {
		if ((a[i].on & ~on) != 0)
			continue;
		/* not in a number, as of an event's counter */
		if (a[i].error == SHORT && (len == NULL || *len <= 8))
			continue;
		possible[n++] = a[i].error;
	}
	if (n == 0)
		return 0;
	if (possible[choice % n] != SHORT)
		return possible[choice % n];
	*len = 1 + (size_t)(choice / n % (*len - 1));
	return SHORT;
}

/* In a running suite: as the page says, the same for the same seed. */
static int
by_page(struct inject_page *p, enum call_id call, int fd, size_t *len)
{
	uint32_t	 rate = p->rate;
	int		 error;

	if (rate == 0)
		return 0;
	if (state == 0)
		state = ((uint64_t)p->seed << 32) +
		    (atomic_fetch_add(&p->starts, 1) << 16) + 1;
	p->calls++;
	if (next() % rate != 0 ||
	    (error = answer(call, fd, len, next())) == 0)
		return 0;
	p->failed++;
	p->failed_of[call]++;
	return error;
}

int
fault(enum call_id call, int fd, size_t *len, const void *caller)
{
	struct inject_page	*p = turn_page();
	int			 saved = errno, error = 0;

	if (p != NULL)
		error = by_page(p, call, fd, len);
	else if (turn_is(caller)) {
		state = turn_number() << 16;
		error = answer(call, fd, len, next());
	}
	errno = error > 0 ? error : saved;
	return error > 0;
}
