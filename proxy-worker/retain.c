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
	uint8_t		 in_block;	/* a struct held follows instead */
};

struct held {
	struct block	*block;
	const uint8_t	*data;
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

static void
release_blocks(struct scan *s, struct blocks *blocks)
{
	struct piece	 p;
	size_t		 off = 0;

	while (s->nblocks > 0 && retain_next(s, &off, &p))
		if (p.block != NULL) {
			block_release(blocks, p.block);
			s->nblocks--;
		}
	s->in_blocks = 0;
}

void
retain_free(struct scan *s, struct blocks *blocks)
{
	release_blocks(s, blocks);
	buf_wipe(&s->kept);
	freezero(s, sizeof(*s));
}

int
retain_add(struct scan *s, struct blocks *blocks, enum flow_channel channel,
    const void *data, size_t len)
{
	struct record	 r;
	struct held	 h;
	uint8_t		*p;

	if (s->dropped || retain_len(s) - s->open.head_len + len +
	    sizeof(r) > RETAIN_MESSAGE_MAX)
		return (-1);
	memset(&r, 0, sizeof(r));
	r.len = (uint32_t)len;
	r.channel = (uint8_t)channel;
	memset(&h, 0, sizeof(h));
	h.data = data;
	if ((h.block = block_hold(blocks, data, len)) != NULL) {
		r.in_block = 1;
		data = &h;
		len = sizeof(h);
	}
	if ((p = buf_reserve(&s->kept, sizeof(r) + len)) == NULL) {
		if (h.block != NULL)
			block_release(blocks, h.block);
		return (-1);
	}
	memcpy(p, &r, sizeof(r));
	memcpy(p + sizeof(r), data, len);
	buf_commit(&s->kept, sizeof(r) + len);
	if (h.block != NULL) {
		s->nblocks++;
		s->in_blocks += r.len;
	}
	return (0);
}

void
retain_drop(struct scan *s, struct blocks *blocks)
{
	struct buf	 head;

	release_blocks(s, blocks);
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
retain_next(const struct scan *s, size_t *off, struct piece *piece)
{
	const uint8_t	*p = buf_data(&s->kept);
	struct record	 r;
	struct held	 h;
	size_t		 at = s->open.head_len + *off, len;

	if (at >= buf_len(&s->kept))
		return (0);
	memcpy(&r, p + at, sizeof(r));
	memset(&h, 0, sizeof(h));
	h.data = p + at + sizeof(r);
	len = r.len;
	if (r.in_block) {
		memcpy(&h, p + at + sizeof(r), sizeof(h));
		len = sizeof(h);
	}
	piece->channel = (enum flow_channel)r.channel;
	piece->data = h.data;
	piece->len = r.len;
	piece->block = h.block;
	*off += sizeof(r) + len;
	return (1);
}

size_t
retain_len(const struct scan *s)
{
	return (buf_len(&s->kept) + s->in_blocks);
}

size_t
retain_size(const struct scan *s)
{
	return (s->kept.size + s->nblocks * BLOCK_SIZE);
}
