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

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "buf.h"

#define BUF_MIN		1024

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_free(struct buf *b)
{
	free(b->mem);
	buf_init(b, b->max);
}

void
buf_wipe(struct buf *b)
{
	/* The rest was never touched, and may not even be there yet. */
	freezero(b->mem, b->used);
	buf_init(b, b->max);
}

/* len more bytes from here on. */
static uint8_t *
room(struct buf *b, size_t len)
{
	size_t	 end = b->start + b->len + len;

	if (end > b->used)
		b->used = end;
	return (b->mem + b->start + b->len);
}

uint8_t *
buf_reserve(struct buf *b, size_t len)
{
	uint8_t	*mem;
	size_t	 need, size;

	if (len > b->max - b->len) {
		errno = ENOBUFS;
		return (NULL);
	}
	need = b->len + len;
	if (b->size - b->start >= need && b->mem != NULL)
		return (room(b, len));
	if (b->size >= need && b->mem != NULL) {
		memmove(b->mem, b->mem + b->start, b->len);
		b->start = 0;
		return (room(b, len));
	}
	for (size = BUF_MIN; size < need; size *= 2)
		if (size > SIZE_MAX / 2) {
			size = need;
			break;
		}
	if (size > b->max && need <= b->max && b->max >= BUF_MIN)
		size = b->max;
	if ((mem = malloc(size)) == NULL)
		return (NULL);
	if (b->len > 0)
		memcpy(mem, b->mem + b->start, b->len);
	free(b->mem);
	b->mem = mem;
	b->size = size;
	b->start = 0;
	b->used = 0;
	return (room(b, len));
}

void
buf_commit(struct buf *b, size_t len)
{
	if (len > b->size - b->start - b->len)
		abort();		/* the caller wrote past our memory */
	b->len += len;
}

int
buf_add(struct buf *b, const void *data, size_t len)
{
	uint8_t	*p;

	if (len == 0)
		return (0);
	if ((p = buf_reserve(b, len)) == NULL)
		return (-1);
	memcpy(p, data, len);
	b->len += len;
	return (0);
}

int
buf_addstr(struct buf *b, const char *s)
{
	return (buf_add(b, s, strlen(s)));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list	 ap;
	char	*s;
	int	 n, rv;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n == -1)
		return (-1);
	rv = buf_add(b, s, (size_t)n);
	free(s);
	return (rv);
}

const uint8_t *
buf_data(const struct buf *b)
{
	return (b->mem == NULL ? NULL : b->mem + b->start);
}

size_t
buf_len(const struct buf *b)
{
	return (b->len);
}

size_t
buf_room(const struct buf *b)
{
	return (b->max - b->len);
}

void
buf_drain(struct buf *b, size_t len)
{
	if (len > b->len)
		abort();		/* the caller invented bytes */
	b->len -= len;
	b->start += len;
	if (b->len == 0)
		buf_free(b);
}
