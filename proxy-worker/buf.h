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

#ifndef BUF_H
#define BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * A bounded queue of bytes in one piece of memory: bytes are appended at the
 * end and drained from the front.  Memory is taken when the first byte comes
 * and given back when the last one goes, so an idle connection holds none.
 */
struct buf {
	uint8_t	*mem;
	size_t	 size;		/* of mem */
	size_t	 start;		/* first unread byte */
	size_t	 len;		/* unread bytes */
	size_t	 max;		/* bound on len */
	size_t	 used;		/* of mem, ever: what has to be wiped */
};

/* Prepares an empty buffer that never holds more than max bytes. */
void	 buf_init(struct buf *, size_t max);
/* Gives the memory back; the buffer may be used again. */
void	 buf_free(struct buf *);
/* As buf_free, wiping what was in it. */
void	 buf_wipe(struct buf *);

/*
 * Appends a copy.  0, or -1 with nothing appended when the bound would be
 * passed (errno ENOBUFS) or memory is short.
 */
int	 buf_add(struct buf *, const void *, size_t);
int	 buf_addstr(struct buf *, const char *);
int	 buf_printf(struct buf *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));

/*
 * Room for exactly len more bytes at the end, NULL when there is none (see
 * buf_add).  buf_commit says how many of them were filled in.
 */
uint8_t	*buf_reserve(struct buf *, size_t len);
void	 buf_commit(struct buf *, size_t len);

/* Unread bytes and their number; the pointer dies with the next change. */
const uint8_t	*buf_data(const struct buf *);
size_t	 buf_len(const struct buf *);
size_t	 buf_room(const struct buf *);		/* up to the bound */
void	 buf_drain(struct buf *, size_t len);

#endif /* BUF_H */
