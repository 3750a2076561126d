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

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

/* Rarely are they longer: what one took is not kept for the next. */
#define BYTES_KEEP	(64 * 1024)

void
bytes_add(struct bytes *b, const char *p, size_t len)
{
	size_t	 size = b->size == 0 ? 4096 : b->size;
	char	*v;

	/* What is queued is bounded by the callers, far below an overflow. */
	while (size - b->len < len)
		size *= 2;
	if (size != b->size) {
		if ((v = realloc(b->v, size)) == NULL)
			err(1, NULL);
		b->v = v;
		b->size = size;
	}
	memcpy(b->v + b->len, p, len);
	b->len += len;
}

void
bytes_drop(struct bytes *b, size_t len)
{
	b->len -= len;
	if (b->len == 0 && b->size > BYTES_KEEP) {
		free(b->v);
		b->v = NULL;
		b->size = 0;
	} else if (b->len != 0)
		memmove(b->v, b->v + len, b->len);
}

void
lines_init(struct lines *l, void (*got)(struct lines *, void *), void *arg)
{
	memset(l, 0, sizeof(*l));
	scanner_reset(&l->scanner);
	l->got = got;
	l->arg = arg;
}

void
lines_reset(struct lines *l)
{
	bytes_drop(&l->line, l->line.len);
	l->too_long = 0;
	scanner_reset(&l->scanner);
}

static void
take(struct lines *l, const char *p, size_t len)
{
	scanner_feed(&l->scanner, p, len);
	if (l->too_long)
		return;
	/* One more, for the CR that may be the last. */
	if (len > LINES_MAX + 1 - l->line.len) {
		l->too_long = 1;
		bytes_drop(&l->line, l->line.len);
		return;
	}
	bytes_add(&l->line, p, len);
}

static void
end_line(struct lines *l)
{
	if (l->line.len > 0 && l->line.v[l->line.len - 1] == '\r')
		l->line.len--;
	if (l->line.len > LINES_MAX)
		l->too_long = 1;
	if (l->line.len > 0 || l->too_long)
		l->got(l, l->arg);
	lines_reset(l);
}

void
lines_feed(struct lines *l, const char *p, size_t len)
{
	const char	*nl;

	while (len > 0) {
		nl = memchr(p, '\n', len);
		take(l, p, nl == NULL ? len : (size_t)(nl - p));
		if (nl == NULL)
			return;
		end_line(l);
		len -= (size_t)(nl + 1 - p);
		p = nl + 1;
	}
}

void
lines_end(struct lines *l)
{
	end_line(l);
}
