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

#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory for what one read brings.  Who keeps much of that for later holds the
 * block instead of copying out of it; the next read goes into another one.
 * Some that nobody holds any more are kept for the next: memory that was just
 * used is the fastest.
 */

#define BLOCK_SIZE	(80 * 1024)	/* 64 KiB of body with their head */
/* Less of it is copied: a block that is held is held as a whole. */
#define BLOCK_WORTH	(BLOCK_SIZE / 2)
#define BLOCKS_SPARE	24

struct block;

struct blocks {
	struct block	*current;	/* of the last read */
	struct block	*next;		/* for when that is held */
	struct block	*spare;
	unsigned int	 nspare;
};

/* 0, or -1 when memory is short. */
int		 blocks_init(struct blocks *);
/*
 * Memory of BLOCK_SIZE bytes for the next read.  Bytes of the read before are
 * gone, unless somebody holds them.
 */
uint8_t		*blocks_scratch(struct blocks *);
/*
 * Holds the block of the last read, if these bytes are in it and holding it is
 * worth while.  NULL if not, or when memory is short: then they are copied.
 */
struct block	*block_hold(struct blocks *, const void *, size_t);
void		 block_release(struct blocks *, struct block *);

#endif /* BLOCK_H */
