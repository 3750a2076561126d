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

#include "block.h"
#include "compat.h"

struct block {
	struct block	*next;		/* spare ones */
	unsigned int	 refs;
	size_t		 used;		/* up to the last byte held */
	uint8_t		 mem[BLOCK_SIZE];
};

static struct block *
block_get(struct blocks *bs)
{
	struct block	*b;

	if ((b = bs->spare) != NULL) {
		bs->spare = b->next;
		bs->nspare--;
	} else if ((b = malloc(sizeof(*b))) == NULL)
		return (NULL);
	b->refs = 1;
	b->used = 0;
	return (b);
}

int
blocks_init(struct blocks *bs)
{
	memset(bs, 0, sizeof(*bs));
	return ((bs->current = block_get(bs)) == NULL ? -1 : 0);
}

uint8_t *
blocks_scratch(struct blocks *bs)
{
	if (bs->current->refs > 1) {
		bs->current->refs--;
		bs->current = bs->next;
		bs->next = NULL;
	}
	return (bs->current->mem);
}

struct block *
block_hold(struct blocks *bs, const void *data, size_t len)
{
	struct block	*b = bs->current;
	uintptr_t	 at = (uintptr_t)data, start = (uintptr_t)b->mem;

	if (len < BLOCK_WORTH || at < start || at >= start + BLOCK_SIZE)
		return (NULL);
	if (bs->next == NULL && (bs->next = block_get(bs)) == NULL)
		return (NULL);
	b->refs++;
	if (at - start + len > b->used)
		b->used = at - start + len;
	return (b);
}

void
block_release(struct blocks *bs, struct block *b)
{
	if (--b->refs > 0)
		return;
	explicit_bzero(b->mem, b->used);
	if (bs->nspare == BLOCKS_SPARE) {
		free(b);
		return;
	}
	b->next = bs->spare;
	bs->spare = b;
	bs->nspare++;
}
