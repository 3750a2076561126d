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
#include "retain.h"

/* In front of every piece. */
struct record {
	uint32_t	 len;
	uint8_t		 channel;
};

#define HEAD_ROOM	(FLOW_DATA_MAX + 1024)

struct scan *
retain_new(const struct flow_open *open)
{
	struct scan	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->open = *open;
	buf_init(&s->kept, HEAD_ROOM + RETAIN_MESSAGE_MAX);
	if (buf_add(&s->kept, open->head, open->head_len) == -1) {
		free(s);
		return (NULL);
	}
	s->open.head = NULL;		/* see retain_next's callers */
	return (s);
}

void
retain_free(struct scan *s)
{
	buf_wipe(&s->kept);
	freezero(s, sizeof(*s));
}

int
retain_add(struct scan *s, enum flow_channel channel, const void *data,
    size_t len)
{
	struct record	 r;
	uint8_t		*p;

	if (s->dropped || buf_len(&s->kept) - s->open.head_len + len +
	    sizeof(r) > RETAIN_MESSAGE_MAX)
		return (-1);
	memset(&r, 0, sizeof(r));
	r.len = (uint32_t)len;
	r.channel = (uint8_t)channel;
	if ((p = buf_reserve(&s->kept, sizeof(r) + len)) == NULL)
		return (-1);
	memcpy(p, &r, sizeof(r));
	memcpy(p + sizeof(r), data, len);
	buf_commit(&s->kept, sizeof(r) + len);
	return (0);
}

void
retain_drop(struct scan *s)
{
	struct buf	 head;

	buf_init(&head, s->kept.max);
	if (buf_add(&head, buf_data(&s->kept), s->open.head_len) == -1)
		/* Then not even that: the message is lost to a replay. */
		s->open.head_len = 0;
	buf_wipe(&s->kept);
	s->kept = head;
	s->dropped = true;
	s->sent = 0;
}

int
retain_next(const struct scan *s, size_t *off, enum flow_channel *channel,
    const uint8_t **data, size_t *len)
{
	const uint8_t	*p = buf_data(&s->kept);
	struct record	 r;
	size_t		 at = s->open.head_len + *off;

	if (at >= buf_len(&s->kept))
		return (0);
	memcpy(&r, p + at, sizeof(r));
	*channel = (enum flow_channel)r.channel;
	*data = p + at + sizeof(r);
	*len = r.len;
	*off += sizeof(r) + r.len;
	return (1);
}

size_t
retain_size(const struct scan *s)
{
	return (s->kept.size);
}
