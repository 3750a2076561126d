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

/* Which calls fail how: only as the kernel may really answer. */

#ifndef FAULT_H
#define FAULT_H

#include <stddef.h>

/* The order is known to regress/tools/inject.py. */
enum call_id {
	CALL_READ,
	CALL_WRITE,
	CALL_RECV,
	CALL_SEND,
	CALL_PREAD,
	CALL_PWRITE,
	CALL_ACCEPT,
	CALL_SOCKET,
	CALL_CONNECT,
	CALL_BIND,
	CALL_LISTEN,
	CALL_SETSOCKOPT,
	CALL_OPEN,
	CALL_CLOSE,
	CALL_DUP,
	CALL_PIPE,
	CALL_EPOLL_CREATE,
	CALL_EPOLL_ADD,
	CALL_WAIT,		/* epoll_wait, poll: for descriptors */
	CALL_STAT,
	CALL_SYNC,
	CALL_DIRECTORY,		/* opendir, readdir */
	CALL_NAME,		/* mkdir, rename, unlink, link, chmod, chown */
	CALL_FORK,
	CALL_EXEC,
	CALL_REAP,
	CALL_MMAP,
	CALL_LOCK,
	CALL_RIGHTS,		/* chroot, setresuid, ... */
	CALL_MAX
};

/*
 * 1 with errno when this call is to fail.  *len, if there is one, may be
 * made less instead.
 */
int	 fault(enum call_id, int fd, size_t *len, const void *caller);

#endif /* FAULT_H */
