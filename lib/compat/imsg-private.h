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


/* Shared by the three files that implement imsg.h; for nobody else. */
#ifndef IMSG_PRIVATE_H
#define IMSG_PRIVATE_H

/* Stands in ibuf.fd for "window on borrowed memory". */
#define IBUF_FD_BORROWED	(-2)
/* And for "queued, on memory that is not the queue's": see imsg-lend.c. */
#define IBUF_FD_LENT		(-3)

/*
 * Make sure that len more bytes can be written at wpos.  ERANGE if they
 * would exceed the maximum or the buffer is borrowed, ENOMEM.
 */
int	 ibuf_grow(struct ibuf *, size_t);

/* Abort if the buffer is borrowed: it cannot be freed, queued or given
 * a descriptor. */
void	 ibuf_assert_owned(const struct ibuf *);

/* Queue a buffer of that kind; make all that are queued own their bytes. */
void	 msgbuf_lend(struct msgbuf *, struct ibuf *);
int	 msgbuf_keep(struct msgbuf *);

#endif /* IMSG_PRIVATE_H */
