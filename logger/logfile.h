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

#ifndef LOGFILE_H
#define LOGFILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * A log file the parent opened for reading and appending.  It only grows: the
 * sandbox denies everything else.  Counted references, because a query may
 * still read a file that rotation has replaced.
 */
struct logfile {
	int		 fd;
	unsigned int	 refs;
	uint64_t	 serial;	/* which of its kind: 0, 1, ... */
	dev_t		 dev;
	ino_t		 ino;
	int		 asked;		/* the parent was asked to rotate it */
	int64_t		 asked_ms;
	int		 missed;	/* and that it is gone is said */
	/*
	 * Bytes to add before the next line or record, because a crash left
	 * the end unfinished: one newline, or zeroes up to the alignment.
	 * Looked up when they are first needed: until then the file may be
	 * one that is being written to by another name.
	 */
	size_t		 align;		/* 0: a file of lines */
	int		 checked;
	size_t		 fix;
	struct logfile	*chain;		/* its hash chain, or NULL; owned */
};

/*
 * Takes over fd, which must be a regular file; NULL and errno if it is not,
 * fd is then still the caller's.  before is the one it replaces, or NULL.  With
 * align 0 every line ends in a newline, else every record at a multiple of it.
 */
struct logfile	*logfile_new(int fd, size_t align,
		    const struct logfile *before);
/* 1 when both are the same file, opened twice. */
int		 logfile_same(const struct logfile *, const struct logfile *);
struct logfile	*logfile_ref(struct logfile *);
void		 logfile_unref(struct logfile *);	/* NULL is fine */

/* Size in bytes, -1 and errno on failure. */
off_t		 logfile_size(const struct logfile *);

/* 1 when it, or its chain, has no name any more: somebody removed it. */
int		 logfile_gone(const struct logfile *);

/* Reads up to len bytes at an offset: bytes read, less only at the end. */
ssize_t		 logfile_read(const struct logfile *, off_t, void *, size_t);

/*
 * Appends buf from *done on and moves *done, which after a failure says where
 * to continue.  0 when all is written, -1 with errno (ENOSPC, EIO ...).
 */
int		 logfile_append(struct logfile *, const void *, size_t len,
		    size_t *done);

/*
 * Completes an end that was left unfinished; nothing when it is in order.  0,
 * or -1 with errno.
 */
int		 logfile_fix(struct logfile *);
/* Looks again before the next write: a write to it was given up. */
void		 logfile_suspect(struct logfile *);

#endif /* LOGFILE_H */
