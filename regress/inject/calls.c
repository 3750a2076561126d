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

/*
 * Preloaded: system calls that fail when fault.c says so, and clocks that the
 * page moves (clock.c).
 */

#define _GNU_SOURCE

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define FAILS(id, fd, len) \
	fault(CALL_##id, fd, len, __builtin_return_address(0))

/* The C library's own, found once. */
#define REAL(name) \
	static __typeof__(&name)	 real; \
	if (real == NULL) { \
		void	*p_ = dlsym(RTLD_NEXT, #name); \
		memcpy(&real, &p_, sizeof(real)); \
	}

#define SIMPLE(id, fd, type, failed, name, params, args) \
type \
name params \
{ \
	REAL(name) \
	return FAILS(id, fd, NULL) ? failed : real args; \
}

#define SIZED(id, name, params, args) \
ssize_t \
name params \
{ \
	REAL(name) \
	return FAILS(id, fd, &len) ? -1 : real args; \
}

SIZED(READ, read, (int fd, void *buf, size_t len), (fd, buf, len))
SIZED(WRITE, write, (int fd, const void *buf, size_t len), (fd, buf, len))
SIZED(RECV, recv, (int fd, void *buf, size_t len, int flags),
    (fd, buf, len, flags))
SIZED(SEND, send, (int fd, const void *buf, size_t len, int flags),
    (fd, buf, len, flags))
SIZED(RECV, recvfrom, (int fd, void *restrict buf, size_t len, int flags,
    struct sockaddr *restrict sa, socklen_t *restrict salen),
    (fd, buf, len, flags, sa, salen))
SIZED(SEND, sendto, (int fd, const void *buf, size_t len, int flags,
    const struct sockaddr *sa, socklen_t salen),
    (fd, buf, len, flags, sa, salen))
SIZED(PREAD, pread, (int fd, void *buf, size_t len, off_t at),
    (fd, buf, len, at))
SIZED(PWRITE, pwrite, (int fd, const void *buf, size_t len, off_t at),
    (fd, buf, len, at))

/* One call of several pieces; what is short ends in the first. */
static int
shorten(enum call_id call, int fd, const struct iovec **iov, int *n,
    struct iovec *first, const void *caller)
{
	size_t	 len;

	if (*n <= 0)
		return fault(call, fd, NULL, caller);
	*first = (*iov)[0];
	len = first->iov_len;
	if (fault(call, fd, &len, caller))
		return 1;
	if (len < first->iov_len) {
		first->iov_len = len;
		*iov = first;
		*n = 1;
	}
	return 0;
}

#define PIECES(id, name) \
ssize_t \
name(int fd, const struct iovec *iov, int n) \
{ \
	struct iovec	 first; \
	REAL(name) \
	return shorten(CALL_##id, fd, &iov, &n, &first, \
	    __builtin_return_address(0)) ? -1 : real(fd, iov, n); \
}

PIECES(READ, readv)
PIECES(WRITE, writev)

ssize_t
recvmsg(int fd, struct msghdr *mh, int flags)
{
	struct msghdr		 m = *mh;
	struct iovec		 first;
	const struct iovec	*iov = m.msg_iov;
	int			 n = (int)m.msg_iovlen;
	ssize_t			 r;
	REAL(recvmsg)

	if (shorten(CALL_RECV, fd, &iov, &n, &first,
	    __builtin_return_address(0)))
		return -1;
	if (iov != &first)
		return real(fd, mh, flags);
	m.msg_iov = &first;
	m.msg_iovlen = 1;
	r = real(fd, &m, flags);
	mh->msg_namelen = m.msg_namelen;
	mh->msg_controllen = m.msg_controllen;
	mh->msg_flags = m.msg_flags;
	return r;
}

ssize_t
sendmsg(int fd, const struct msghdr *mh, int flags)
{
	struct msghdr		 m = *mh;
	struct iovec		 first;
	const struct iovec	*iov = m.msg_iov;
	int			 n = (int)m.msg_iovlen;
	REAL(sendmsg)

	if (shorten(CALL_SEND, fd, &iov, &n, &first,
	    __builtin_return_address(0)))
		return -1;
	if (iov == &first) {
		m.msg_iov = &first;
		m.msg_iovlen = 1;
	}
	return real(fd, &m, flags);
}

SIMPLE(ACCEPT, fd, int, -1, accept,
    (int fd, struct sockaddr *restrict sa, socklen_t *restrict len),
    (fd, sa, len))
SIMPLE(ACCEPT, fd, int, -1, accept4,
    (int fd, struct sockaddr *restrict sa, socklen_t *restrict len, int flags),
    (fd, sa, len, flags))
SIMPLE(SOCKET, -1, int, -1, socket, (int af, int type, int proto),
    (af, type, proto))
SIMPLE(SOCKET, -1, int, -1, socketpair, (int af, int type, int proto,
    int sv[2]), (af, type, proto, sv))
SIMPLE(CONNECT, fd, int, -1, connect, (int fd, const struct sockaddr *sa,
    socklen_t len), (fd, sa, len))
SIMPLE(BIND, fd, int, -1, bind, (int fd, const struct sockaddr *sa,
    socklen_t len), (fd, sa, len))
SIMPLE(LISTEN, fd, int, -1, listen, (int fd, int n), (fd, n))
SIMPLE(SETSOCKOPT, fd, int, -1, setsockopt, (int fd, int level, int name,
    const void *p, socklen_t len), (fd, level, name, p, len))
SIMPLE(DUP, fd, int, -1, dup, (int fd), (fd))
SIMPLE(DUP, fd, int, -1, dup2, (int fd, int to), (fd, to))
SIMPLE(PIPE, -1, int, -1, pipe, (int p[2]), (p))
SIMPLE(PIPE, -1, int, -1, pipe2, (int p[2], int flags), (p, flags))
SIMPLE(EPOLL_CREATE, -1, int, -1, epoll_create1, (int flags), (flags))
SIMPLE(WAIT, -1, int, -1, epoll_wait, (int fd, struct epoll_event *ev, int n,
    int ms), (fd, ev, n, ms))
SIMPLE(WAIT, -1, int, -1, poll, (struct pollfd *p, nfds_t n, int ms),
    (p, n, ms))
SIMPLE(STAT, -1, int, -1, stat, (const char *restrict path,
    struct stat *restrict st), (path, st))
SIMPLE(STAT, -1, int, -1, lstat, (const char *restrict path,
    struct stat *restrict st), (path, st))
SIMPLE(STAT, fd, int, -1, fstat, (int fd, struct stat *st), (fd, st))
SIMPLE(STAT, -1, int, -1, fstatat, (int fd, const char *restrict path,
    struct stat *restrict st, int flags), (fd, path, st, flags))
SIMPLE(SYNC, fd, int, -1, fsync, (int fd), (fd))
SIMPLE(SYNC, fd, int, -1, fdatasync, (int fd), (fd))
SIMPLE(DIRECTORY, -1, DIR *, NULL, opendir, (const char *path), (path))
SIMPLE(DIRECTORY, fd, DIR *, NULL, fdopendir, (int fd), (fd))
SIMPLE(DIRECTORY, -1, struct dirent *, NULL, readdir, (DIR *d), (d))
SIMPLE(NAME, -1, int, -1, mkdir, (const char *path, mode_t mode),
    (path, mode))
SIMPLE(NAME, -1, int, -1, mkdirat, (int fd, const char *path, mode_t mode),
    (fd, path, mode))
SIMPLE(NAME, -1, int, -1, rename, (const char *from, const char *to),
    (from, to))
SIMPLE(NAME, -1, int, -1, renameat, (int fd, const char *from, int to_fd,
    const char *to), (fd, from, to_fd, to))
SIMPLE(NAME, -1, int, -1, renameat2, (int fd, const char *from, int to_fd,
    const char *to, unsigned int flags), (fd, from, to_fd, to, flags))
SIMPLE(NAME, -1, int, -1, unlink, (const char *path), (path))
SIMPLE(NAME, -1, int, -1, unlinkat, (int fd, const char *path, int flags),
    (fd, path, flags))
SIMPLE(NAME, -1, int, -1, linkat, (int fd, const char *from, int to_fd,
    const char *to, int flags), (fd, from, to_fd, to, flags))
SIMPLE(NAME, fd, int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
SIMPLE(NAME, fd, int, -1, fchown, (int fd, uid_t uid, gid_t gid),
    (fd, uid, gid))
SIMPLE(FORK, -1, pid_t, -1, fork, (void), ())
SIMPLE(EXEC, -1, int, -1, execve, (const char *path, char *const argv[],
    char *const envp[]), (path, argv, envp))
SIMPLE(REAP, -1, pid_t, -1, waitpid, (pid_t pid, int *status, int options),
    (pid, status, options))
SIMPLE(MMAP, fd, void *, MAP_FAILED, mmap, (void *at, size_t len, int prot,
    int flags, int fd, off_t off), (at, len, prot, flags, fd, off))
SIMPLE(LOCK, -1, int, -1, mlock, (const void *p, size_t len), (p, len))
SIMPLE(RIGHTS, -1, int, -1, chroot, (const char *path), (path))
SIMPLE(RIGHTS, -1, int, -1, chdir, (const char *path), (path))
SIMPLE(RIGHTS, -1, int, -1, setgroups, (size_t n, const gid_t *g), (n, g))
SIMPLE(RIGHTS, -1, int, -1, setresuid, (uid_t r, uid_t e, uid_t s), (r, e, s))
SIMPLE(RIGHTS, -1, int, -1, setresgid, (gid_t r, gid_t e, gid_t s), (r, e, s))

/* To change or take away needs no memory. */
int
epoll_ctl(int fd, int op, int target, struct epoll_event *ev)
{
	REAL(epoll_ctl)
	return op == EPOLL_CTL_ADD && FAILS(EPOLL_ADD, -1, NULL) ? -1 :
	    real(fd, op, target, ev);
}

/* It is closed all the same. */
int
close(int fd)
{
	int	 failed = FAILS(CLOSE, fd, NULL), error = errno, r;
	REAL(close)

	r = real(fd);
	if (failed && r == 0) {
		errno = error;
		return -1;
	}
	return r;
}

int
open(const char *path, int flags, ...)
{
	va_list	 ap;
	mode_t	 mode;
	REAL(open)

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return FAILS(OPEN, -1, NULL) ? -1 : real(path, flags, mode);
}

int
openat(int fd, const char *path, int flags, ...)
{
	va_list	 ap;
	mode_t	 mode;
	REAL(openat)

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return FAILS(OPEN, -1, NULL) ? -1 : real(fd, path, flags, mode);
}

/* Only what makes another descriptor can fail. */
int
fcntl(int fd, int cmd, ...)
{
	va_list	 ap;
	void	*arg;
	REAL(fcntl)

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	if ((cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) &&
	    FAILS(DUP, fd, NULL))
		return -1;
	return real(fd, cmd, arg);
}
