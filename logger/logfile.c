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
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logfile.h"

struct logfile *
logfile_new(int fd, size_t align, const struct logfile *before)
{
	struct logfile	*f;
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->fd = fd;
	f->refs = 1;
	f->align = align;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	if (before != NULL)
		f->serial = before->serial + !logfile_same(f, before);
	return f;
}

int
logfile_same(const struct logfile *a, const struct logfile *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

struct logfile *
logfile_ref(struct logfile *f)
{
	f->refs++;
	return f;
}

void
logfile_unref(struct logfile *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	logfile_unref(f->chain);
	close(f->fd);
	free(f);
}

off_t
logfile_size(const struct logfile *f)
{
	struct stat	 st;

	return fstat(f->fd, &st) == -1 ? -1 : st.st_size;
}

int
logfile_gone(const struct logfile *f)
{
	struct stat	 st;

	if (fstat(f->fd, &st) == 0 && st.st_nlink == 0)
		return 1;
	return f->chain != NULL && logfile_gone(f->chain);
}

ssize_t
logfile_read(const struct logfile *f, off_t off, void *buf, size_t len)
{
	char	*p = buf;
	size_t	 have = 0;
	ssize_t	 n;

	while (have < len) {
		n = pread(f->fd, p + have, len - have, off + (off_t)have);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int
logfile_append(struct logfile *f, const void *buf, size_t len, size_t *done)
{
	const char	*p = buf;
	ssize_t		 n;

	while (*done < len) {
		n = write(f->fd, p + *done, len - *done);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0) {
			errno = ENOSPC;
			return -1;
		}
		*done += (size_t)n;
	}
	return 0;
}

static int
logfile_check(struct logfile *f)
{
	off_t	 size;
	char	 last;

	if (f->checked)
		return 0;
	if ((size = logfile_size(f)) == -1)
		return -1;
	f->fix = 0;
	if (size == 0)
		;
	else if (f->align == 0) {
		if (logfile_read(f, size - 1, &last, 1) != 1)
			return -1;
		f->fix = last != '\n';
	} else if ((uintmax_t)size % f->align != 0)
		f->fix = f->align - (size_t)((uintmax_t)size % f->align);
	f->checked = 1;
	return 0;
}

void
logfile_suspect(struct logfile *f)
{
	f->checked = 0;
}

int
logfile_fix(struct logfile *f)
{
	char	 buf[64];
	size_t	 done, n;
	int	 r;

	if (logfile_check(f) == -1)
		return -1;
	while (f->fix > 0) {
		n = f->fix < sizeof(buf) ? f->fix : sizeof(buf);
		memset(buf, f->align == 0 ? '\n' : 0, n);
		done = 0;
		r = logfile_append(f, buf, n, &done);
		f->fix -= done;
		if (r == -1)
			return -1;
	}
	return 0;
}
