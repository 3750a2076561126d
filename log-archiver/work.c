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

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "work.h"

/*
 * Packing is RFC 1952, one member, as gzip(1) writes it, so that zcat(1) and
 * zgrep(1) read it.  Whether it was packed well is asked of two processes that
 * have done none of it: one that reads nothing but the packed file, and one
 * that holds against the original what comes out of it.
 */

#define GZIP_BITS	(15 + 16)	/* zlib: with gzip's header */
#define GZIP_LEVEL	6		/* gzip(1)'s own */
#define GZIP_MEMORY	8

struct work {
	enum archive_work	 work;
	int			 files[ARCHIVE_FILES];
	uint64_t		 size;
	uint64_t		 in;
	uint64_t		 out;
	const char		*reason;
	z_stream		 z;
	int			 z_open;
	int			 ended;		/* the packed stream has */
	unsigned char		 buf[WORK_STEP];
	unsigned char		 other[WORK_STEP];
};

struct work *
work_new(enum archive_work what, const int files[ARCHIVE_FILES],
    uint64_t size)
{
	static const unsigned char	 needs[ARCHIVE_WORKS][2] = {
		[ARCHIVE_PACK] = { ARCHIVE_ORIGINAL, ARCHIVE_PACKED },
		[ARCHIVE_UNPACK] = { ARCHIVE_PACKED, ARCHIVE_PIPE },
		[ARCHIVE_COMPARE] = { ARCHIVE_PIPE, ARCHIVE_ORIGINAL }
	};
	struct work			*w;
	int				 r = Z_OK;

	if (files[needs[what][0]] == -1 || files[needs[what][1]] == -1 ||
	    (w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->work = what;
	memcpy(w->files, files, sizeof(w->files));
	w->size = size;
	w->reason = "";
	if (what == ARCHIVE_PACK)
		r = deflateInit2(&w->z, GZIP_LEVEL, Z_DEFLATED, GZIP_BITS,
		    GZIP_MEMORY, Z_DEFAULT_STRATEGY);
	else if (what == ARCHIVE_UNPACK)
		r = inflateInit2(&w->z, GZIP_BITS);
	if (r != Z_OK) {
		free(w);
		return NULL;
	}
	w->z_open = what != ARCHIVE_COMPARE;
	return w;
}

void
work_free(struct work *w)
{
	if (w == NULL)
		return;
	if (w->z_open && w->work == ARCHIVE_PACK)
		deflateEnd(&w->z);
	else if (w->z_open)
		inflateEnd(&w->z);
	free(w);
}

const char *
work_reason(const struct work *w)
{
	return w->reason;
}

uint64_t
work_in(const struct work *w)
{
	return w->in;
}

uint64_t
work_out(const struct work *w)
{
	return w->out;
}

static int
fail(struct work *w, const char *reason)
{
	w->reason = reason;
	return 0;
}

/* Reads len bytes, less only at the end; -1 and the reason set. */
static ssize_t
read_all(struct work *w, enum archive_file which, void *buf, size_t len)
{
	char	*p = buf;
	size_t	 have = 0;
	ssize_t	 n;

	while (have < len) {
		n = read(w->files[which], p + have, len - have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			w->reason = "io_error";
			return -1;
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* 0, or -1 and the reason set. */
static int
write_all(struct work *w, enum archive_file which, const void *buf,
    size_t len)
{
	const char	*p = buf;
	ssize_t		 n;

	while (len > 0) {
		n = write(w->files[which], p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			w->reason = errno == ENOSPC || errno == EDQUOT ?
			    "no_space" : errno == EFBIG ? "too_large" :
			    "io_error";
			return -1;
		}
		p += n;
		len -= (size_t)n;
		w->out += (uint64_t)n;
	}
	return 0;
}

static int
pack_step(struct work *w)
{
	ssize_t	 n;
	int	 r, flush;

	if ((n = read_all(w, ARCHIVE_ORIGINAL, w->buf, sizeof(w->buf))) == -1)
		return 0;
	w->in += (uint64_t)n;
	flush = (size_t)n < sizeof(w->buf) ? Z_FINISH : Z_NO_FLUSH;
	if (w->in > w->size || (flush == Z_FINISH && w->in != w->size))
		return fail(w, "changed");
	w->z.next_in = w->buf;
	w->z.avail_in = (uInt)n;
	do {
		w->z.next_out = w->other;
		w->z.avail_out = sizeof(w->other);
		r = deflate(&w->z, flush);
		if (r == Z_STREAM_ERROR)
			return fail(w, "no_memory");
		if (write_all(w, ARCHIVE_PACKED, w->other,
		    sizeof(w->other) - w->z.avail_out) == -1)
			return 0;
	} while (w->z.avail_out == 0);
	return flush != Z_FINISH;
}

/* The file is one member and nothing else. */
static int
unpack_step(struct work *w)
{
	ssize_t	 n;
	size_t	 got;
	int	 r;

	if ((n = read_all(w, ARCHIVE_PACKED, w->buf, sizeof(w->buf))) == -1)
		return 0;
	w->in += (uint64_t)n;
	if (n == 0)
		return w->ended ? 0 : fail(w, "damaged");
	if (w->ended)
		return fail(w, "damaged");
	w->z.next_in = w->buf;
	w->z.avail_in = (uInt)n;
	do {
		w->z.next_out = w->other;
		w->z.avail_out = sizeof(w->other);
		r = inflate(&w->z, Z_NO_FLUSH);
		if (r == Z_MEM_ERROR)
			return fail(w, "no_memory");
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
			return fail(w, "damaged");
		got = sizeof(w->other) - w->z.avail_out;
		if (got > w->size - w->out)
			return fail(w, "too_large");
		if (write_all(w, ARCHIVE_PIPE, w->other, got) == -1)
			return 0;
	} while (r != Z_STREAM_END && w->z.avail_out == 0);
	if (r == Z_STREAM_END) {
		w->ended = 1;
		if (w->z.avail_in > 0)
			return fail(w, "damaged");
	}
	return 1;
}

static int
compare_step(struct work *w)
{
	ssize_t	 n, m;

	if ((n = read_all(w, ARCHIVE_PIPE, w->buf, sizeof(w->buf))) == -1 ||
	    (m = read_all(w, ARCHIVE_ORIGINAL, w->other, sizeof(w->other))) ==
	    -1)
		return 0;
	w->in += (uint64_t)m;
	if (n != m || memcmp(w->buf, w->other, (size_t)n) != 0)
		return fail(w, "differs");
	w->out += (uint64_t)n;
	if ((size_t)n == sizeof(w->buf))
		return 1;
	return w->in == w->size ? 0 : fail(w, "changed");
}

int
work_step(struct work *w)
{
	switch (w->work) {
	case ARCHIVE_PACK:
		return pack_step(w);
	case ARCHIVE_UNPACK:
		return unpack_step(w);
	case ARCHIVE_COMPARE:
	default:
		return compare_step(w);
	}
}
