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
 * What OpenBSD's libc has and other systems may lack.
 *
 * configure probes each function and passes these on the command line:
 *	HAVE_STRLCPY HAVE_STRLCAT HAVE_STRTONUM HAVE_SETPROCTITLE
 *	HAVE_FREEZERO HAVE_RECALLOCARRAY HAVE_GETPROGNAME (and setprogname)
 *	HAVE_CLOSEFROM HAVE_GETPEEREID HAVE_ARC4RANDOM (and _buf, _uniform)
 *	HAVE_TIMINGSAFE_BCMP HAVE_IMSG (see imsg.h)
 * A function that is there in spite of a missing HAVE_ is overridden by
 * ours, which behaves the same.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef __dead
#define __dead		__attribute__((__noreturn__))
#endif

#ifndef nitems
#define nitems(_a)	(sizeof((_a)) / sizeof((_a)[0]))
#endif

/*
 * Copy or append to a NUL-terminated string in a buffer of the given size,
 * always terminating it.  Return the length that was wanted: truncated if
 * that is not below the size.
 */
#ifndef HAVE_STRLCPY
size_t		 strlcpy(char *, const char *, size_t);
#endif
#ifndef HAVE_STRLCAT
size_t		 strlcat(char *, const char *, size_t);
#endif

/*
 * A decimal number between two bounds, inclusive.  On failure returns 0
 * and points the last argument (may be NULL) at "invalid" (EINVAL),
 * "too small" or "too large" (ERANGE); on success that is NULL and errno is
 * untouched.
 */
#ifndef HAVE_STRTONUM
long long	 strtonum(const char *, long long, long long, const char **);
#endif

/*
 * Show "progname: text" in process listings, or the text alone if the
 * format starts with '-'; NULL shows the name alone.
 *
 * compat_init_setproctitle must come first thing in main, with its
 * arguments: where the title lives in the memory of argv and the
 * environment, it moves both elsewhere (argv's elements are repointed, the
 * name is kept for getprogname), so that pointers got from them afterwards
 * survive.  If that fails titles are silently not shown.
 */
#ifndef HAVE_SETPROCTITLE
void		 setproctitle(const char *, ...)
		    __attribute__((__format__(__printf__, 1, 2)));
void		 compat_init_setproctitle(int, char **, char **);
#else
#define compat_init_setproctitle(_c, _v, _e)	do {			\
	(void)(_c); (void)(_v); (void)(_e);				\
} while (0)
#endif

/* Wipe and free; NULL is fine.  The size is that of the allocation. */
#ifndef HAVE_FREEZERO
void		 freezero(void *, size_t);
#endif

/*
 * Memory for secrets, whole pages: not written to swap space, not in a core
 * file, and gone in a child after fork(2), as far as the system can.  With
 * NULL and 0 all memory of the process is kept from swap space.  0, or -1
 * when something of it failed.
 */
int		 compat_private_memory(void *, size_t);

/* 0 if equal; takes as long for a late difference as for an early one. */
#ifndef HAVE_TIMINGSAFE_BCMP
int		 timingsafe_bcmp(const void *, const void *, size_t);
#endif

/*
 * Resize an array from the old to the new number of members of the given
 * size.  New memory is zeroed, given up memory is wiped.  EINVAL if the old
 * size is impossible, ENOMEM; the array is untouched on failure.
 */
#ifndef HAVE_RECALLOCARRAY
void		*recallocarray(void *, size_t, size_t, size_t);
#endif

/* The last component of the program's name. */
#ifndef HAVE_GETPROGNAME
const char	*getprogname(void);
void		 setprogname(const char *);
#endif

/* Close every descriptor from the given one up. */
#ifndef HAVE_CLOSEFROM
void		 closefrom(int);
#endif

/* Who connected, or made the pair, at the other end of a Unix socket. */
#ifndef HAVE_GETPEEREID
int		 getpeereid(int, uid_t *, gid_t *);
#endif

/*
 * Unpredictable numbers from the kernel; cannot fail.  _uniform: below the
 * bound, without bias.
 */
#ifndef HAVE_ARC4RANDOM
uint32_t	 arc4random(void);
void		 arc4random_buf(void *, size_t);
uint32_t	 arc4random_uniform(uint32_t);
#endif

/*
 * Files in a directory that somebody else may change at any moment.  A name
 * stays beneath the directory, in its file system, and no part of it is a
 * symbolic link (ELOOP, or EXDEV where it would lead out).
 *
 * stat does not open the file, so nothing happens to a FIFO or a device; of a
 * symbolic link it tells that it is one.  rename_new fails with EEXIST when
 * there is something, of whatever kind, under the new name.
 */
struct stat;
int		 compat_open_beneath(int, const char *, int, mode_t);
int		 compat_stat_beneath(int, const char *, struct stat *);
int		 compat_rename_new(int, const char *, const char *);

/*
 * Closes a message of imsg_create(3) as imsg_close(3) does, with len more
 * bytes of payload that need not be copied: until compat_imsg_keep() they must
 * stay as they are.  That copies what is left of all such, and where there is
 * none costs nothing.  0, or -1 with errno when memory is short or the message
 * too long; nothing has changed then.  The queue counts such a message as one
 * entry or two.
 */
struct ibuf;
struct imsgbuf;
int		 compat_imsg_lend(struct imsgbuf *, struct ibuf *, const void *,
		    size_t);
int		 compat_imsg_keep(struct imsgbuf *);

/* Arithmetic on struct timespec pointers, tv_nsec kept in [0, 1e9). */
#ifndef timespecclear
#define timespecclear(_t)	((_t)->tv_sec = (_t)->tv_nsec = 0)
#endif
#ifndef timespecisset
#define timespecisset(_t)	((_t)->tv_sec || (_t)->tv_nsec)
#endif
#ifndef timespeccmp
#define timespeccmp(_a, _b, _op)					\
	(((_a)->tv_sec == (_b)->tv_sec) ?				\
	    ((_a)->tv_nsec _op (_b)->tv_nsec) :				\
	    ((_a)->tv_sec _op (_b)->tv_sec))
#endif
#ifndef timespecadd
#define timespecadd(_a, _b, _r)	do {					\
	(_r)->tv_sec = (_a)->tv_sec + (_b)->tv_sec;			\
	(_r)->tv_nsec = (_a)->tv_nsec + (_b)->tv_nsec;			\
	if ((_r)->tv_nsec >= 1000000000L) {				\
		(_r)->tv_sec++;						\
		(_r)->tv_nsec -= 1000000000L;				\
	}								\
} while (0)
#endif
#ifndef timespecsub
#define timespecsub(_a, _b, _r)	do {					\
	(_r)->tv_sec = (_a)->tv_sec - (_b)->tv_sec;			\
	(_r)->tv_nsec = (_a)->tv_nsec - (_b)->tv_nsec;			\
	if ((_r)->tv_nsec < 0) {					\
		(_r)->tv_sec--;						\
		(_r)->tv_nsec += 1000000000L;				\
	}								\
} while (0)
#endif

#endif /* COMPAT_H */
