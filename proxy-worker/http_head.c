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

#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "http_private.h"
#include "http_target.h"

#define HEAD_MIN	1024

void
http_head_init(struct http_head *h, enum http_kind kind)
{
	memset(h, 0, sizeof(*h));
	h->kind = kind;
	h->hostfield = h->lengthfield = h->codingfield = -1;
}

void
http_head_reset(struct http_head *h)
{
	freezero(h->mem, h->size);
	free(h->fields);
	http_head_init(h, h->kind);
}

const char *
http_span(const struct http_head *h, struct http_span s)
{
	return ((const char *)h->mem + s.off);
}

const uint8_t *
http_head_bytes(const struct http_head *h, size_t *len)
{
	*len = h->len;
	return (h->mem);
}

enum http_reason
http_head_error(const struct http_head *h)
{
	return (h->error);
}

bool
http_head_started(const struct http_head *h)
{
	return (h->len > 0);
}

/* Grows to hold one more byte.  Old memory is wiped: heads carry secrets. */
static enum http_reason
grow(struct http_head *h)
{
	uint8_t	*mem;
	size_t	 size;

	if (h->len < h->size)
		return (HTTP_BAD_NONE);
	if (h->len >= HTTP_HEAD_MAX)
		return (HTTP_BAD_HEAD_SIZE);
	size = h->size == 0 ? HEAD_MIN : h->size * 2;
	if (size > HTTP_HEAD_MAX)
		size = HTTP_HEAD_MAX;
	if ((mem = malloc(size)) == NULL)
		return (HTTP_BAD_MEMORY);
	if (h->len > 0)
		memcpy(mem, h->mem, h->len);
	freezero(h->mem, h->size);
	h->mem = mem;
	h->size = size;
	return (HTTP_BAD_NONE);
}

static enum http_reason
finish(struct http_head *h)
{
	enum http_reason	 r;

	h->done = true;
	if ((r = http_fields_check(h)) != HTTP_BAD_NONE)
		return (r);
	return (http_oracle_check(h));
}

/* A line is complete; its CRLF are the last bytes collected. */
static enum http_reason
line_end(struct http_head *h)
{
	uint32_t	 off = (uint32_t)h->linestart;
	uint32_t	 len = (uint32_t)(h->len - h->linestart) - 2;

	h->linestart = h->len;
	if (!h->startseen) {
		if (len == 0) {
			/* RFC 9112, 2.2: one before a request is harmless. */
			if (h->kind != HTTP_REQUEST_HEAD || h->blankseen)
				return (HTTP_BAD_EMPTY_LINE);
			h->blankseen = true;
			h->len = h->linestart = 0;
			return (HTTP_BAD_NONE);
		}
		h->startseen = true;
		return (http_start_parse(h, off, len));
	}
	if (len == 0)
		return (finish(h));
	return (http_field_add(h, off, len));
}

/*
 * What can be said of one byte without the rest of its line.  Saying it early
 * also refuses what would never become a line.
 */
static enum http_reason
byte_check(const struct http_head *h, uint8_t c)
{
	bool	 aftercr = h->len > h->linestart && h->mem[h->len - 1] == '\r';

	if (aftercr && c != '\n')
		return (HTTP_BAD_BARE_CR);
	if (c == '\n' && !aftercr)
		return (HTTP_BAD_BARE_LF);
	if (c == '\0')
		return (HTTP_BAD_NUL);
	if (c < 0x20 && c != '\t' && c != '\r' && c != '\n')
		return (HTTP_BAD_CONTROL);
	if (c == 0x7f)
		return (HTTP_BAD_CONTROL);
	return (HTTP_BAD_NONE);
}

enum http_feed
http_head_feed(struct http_head *h, const void *data, size_t len,
    size_t *used)
{
	const uint8_t		*p = data;
	enum http_reason	 r;
	size_t			 i;

	*used = 0;
	if (h->error != HTTP_BAD_NONE)
		return (HTTP_FEED_ERROR);
	for (i = 0; i < len && !h->done; i++) {
		if ((r = byte_check(h, p[i])) != HTTP_BAD_NONE ||
		    (r = grow(h)) != HTTP_BAD_NONE)
			goto bad;
		h->mem[h->len++] = p[i];
		if (p[i] == '\n' && (r = line_end(h)) != HTTP_BAD_NONE)
			goto bad;
	}
	*used = i;
	return (h->done ? HTTP_FEED_DONE : HTTP_FEED_MORE);

 bad:
	h->error = r;
	*used = i;
	return (HTTP_FEED_ERROR);
}
