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
 * Byte buffers: see imsg.h for the contract of each function.
 *
 * 0 <= rpos <= wpos always holds, and wpos is at most size and max.  Memory
 * from wpos on is not initialised; every path that exposes it writes it
 * first.
 */

#ifndef HAVE_IMSG

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg.h"
#include "imsg-private.h"

/* Room to start with where the caller does not say. */
#define IBUF_MINSIZE	64

static int
ibuf_borrowed(const struct ibuf *buf)
{
	return (buf->fd == IBUF_FD_BORROWED);
}

void
ibuf_assert_owned(const struct ibuf *buf)
{
	if (ibuf_borrowed(buf))
		abort();
}

struct ibuf *
ibuf_open(size_t len)
{
	return (ibuf_dynamic(len, len));
}

struct ibuf *
ibuf_dynamic(size_t len, size_t max)
{
	struct ibuf	*buf;

	if (max == 0 || max < len) {
		errno = EINVAL;
		return (NULL);
	}
	if (len == 0)
		len = max < IBUF_MINSIZE ? max : IBUF_MINSIZE;
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return (NULL);
	if ((buf->buf = malloc(len)) == NULL) {
		free(buf);
		return (NULL);
	}
	buf->size = len;
	buf->max = max;
	buf->fd = -1;
	return (buf);
}

void
ibuf_free(struct ibuf *buf)
{
	int	 saved_errno = errno;

	if (buf == NULL)
		return;
	ibuf_assert_owned(buf);
	if (buf->fd >= 0)
		close(buf->fd);
	if (buf->fd != IBUF_FD_LENT)
		freezero(buf->buf, buf->size);
	free(buf);
	errno = saved_errno;
}

void
ibuf_from_buffer(struct ibuf *buf, void *data, size_t len)
{
	memset(buf, 0, sizeof(*buf));
	buf->buf = data;
	buf->size = buf->max = buf->wpos = len;
	buf->fd = IBUF_FD_BORROWED;
}

void
ibuf_from_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	ibuf_from_buffer(buf, ibuf_data(from), ibuf_size(from));
}

int
ibuf_get_ibuf(struct ibuf *buf, size_t len, struct ibuf *new)
{
	void	*data = ibuf_data(buf);

	if (ibuf_skip(buf, len) == -1)
		return (-1);
	ibuf_from_buffer(new, data, len);
	return (0);
}

/*
 * Sizes double, so that many small appends cost a constant amount each.
 * No realloc(3): it would leave a copy of the contents behind.
 */
int
ibuf_grow(struct ibuf *buf, size_t len)
{
	unsigned char	*p;
	size_t		 size;

	if (ibuf_borrowed(buf) || len > buf->max - buf->wpos) {
		errno = ERANGE;
		return (-1);
	}
	if (len <= buf->size - buf->wpos)
		return (0);

	size = buf->size > buf->max / 2 ? buf->max : buf->size * 2;
	if (size < buf->wpos + len)
		size = buf->wpos + len;
	if ((p = malloc(size)) == NULL)
		return (-1);
	memcpy(p, buf->buf, buf->wpos);
	freezero(buf->buf, buf->size);
	buf->buf = p;
	buf->size = size;
	return (0);
}

void *
ibuf_reserve(struct ibuf *buf, size_t len)
{
	unsigned char	*p;

	if (ibuf_grow(buf, len) == -1)
		return (NULL);
	p = buf->buf + buf->wpos;
	memset(p, 0, len);
	buf->wpos += len;
	return (p);
}

int
ibuf_add(struct ibuf *buf, const void *data, size_t len)
{
	if (ibuf_grow(buf, len) == -1)
		return (-1);
	if (len > 0)
		memcpy(buf->buf + buf->wpos, data, len);
	buf->wpos += len;
	return (0);
}

int
ibuf_add_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	return (ibuf_add(buf, ibuf_data(from), ibuf_size(from)));
}

int
ibuf_add_zero(struct ibuf *buf, size_t len)
{
	if (ibuf_grow(buf, len) == -1)
		return (-1);
	memset(buf->buf + buf->wpos, 0, len);
	buf->wpos += len;
	return (0);
}

int
ibuf_add_strbuf(struct ibuf *buf, const char *str, size_t len)
{
	size_t	 n;

	if (len == 0) {
		errno = EINVAL;
		return (-1);
	}
	if ((n = strnlen(str, len)) == len) {
		errno = EOVERFLOW;
		return (-1);
	}
	if (ibuf_grow(buf, len) == -1)
		return (-1);
	memcpy(buf->buf + buf->wpos, str, n);
	memset(buf->buf + buf->wpos + n, 0, len - n);
	buf->wpos += len;
	return (0);
}

void *
ibuf_seek(struct ibuf *buf, size_t pos, size_t len)
{
	if (pos > ibuf_size(buf) || len > ibuf_size(buf) - pos) {
		errno = ERANGE;
		return (NULL);
	}
	return (buf->buf + buf->rpos + pos);
}

int
ibuf_set(struct ibuf *buf, size_t pos, const void *data, size_t len)
{
	void	*p;

	if (len == 0 && pos <= ibuf_size(buf))
		return (0);
	if ((p = ibuf_seek(buf, pos, len)) == NULL)
		return (-1);
	memcpy(p, data, len);
	return (0);
}

void *
ibuf_data(const struct ibuf *buf)
{
	return (buf->buf == NULL ? NULL : buf->buf + buf->rpos);
}

size_t
ibuf_size(const struct ibuf *buf)
{
	return (buf->wpos - buf->rpos);
}

size_t
ibuf_left(const struct ibuf *buf)
{
	return (ibuf_borrowed(buf) ? 0 : buf->max - buf->wpos);
}

int
ibuf_truncate(struct ibuf *buf, size_t len)
{
	if (len > ibuf_size(buf))
		return (ibuf_add_zero(buf, len - ibuf_size(buf)));
	buf->wpos = buf->rpos + len;
	return (0);
}

void
ibuf_rewind(struct ibuf *buf)
{
	buf->rpos = 0;
}

int
ibuf_set_maxsize(struct ibuf *buf, size_t max)
{
	if (ibuf_borrowed(buf)) {
		errno = EINVAL;
		return (-1);
	}
	if (max > buf->max || max < buf->wpos) {
		errno = ERANGE;
		return (-1);
	}
	/* What is allocated above it stays, to be wiped, and unused. */
	buf->max = max;
	return (0);
}

int
ibuf_get(struct ibuf *buf, void *data, size_t len)
{
	const void	*p = ibuf_data(buf);

	if (ibuf_skip(buf, len) == -1)
		return (-1);
	if (len > 0)
		memcpy(data, p, len);
	return (0);
}

char *
ibuf_get_string(struct ibuf *buf, size_t len)
{
	char	*str;

	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return (NULL);
	}
	if (len == 0)
		return (strdup(""));
	if ((str = strndup(ibuf_data(buf), len)) != NULL)
		buf->rpos += len;
	return (str);
}

int
ibuf_get_strbuf(struct ibuf *buf, char *str, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return (-1);
	}
	if (ibuf_get(buf, str, len) == -1)
		return (-1);
	if (str[len - 1] != '\0') {
		str[len - 1] = '\0';
		errno = EOVERFLOW;
		return (-1);
	}
	return (0);
}

int
ibuf_skip(struct ibuf *buf, size_t len)
{
	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return (-1);
	}
	buf->rpos += len;
	return (0);
}

int
ibuf_fd_avail(struct ibuf *buf)
{
	return (buf->fd >= 0);
}

int
ibuf_fd_get(struct ibuf *buf)
{
	int	 fd = buf->fd;

	if (fd < 0)
		return (-1);
	buf->fd = -1;
	return (fd);
}

void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	ibuf_assert_owned(buf);
	if (buf->fd >= 0)
		close(buf->fd);
	buf->fd = fd >= 0 ? fd : -1;
}

#endif /* HAVE_IMSG */
