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
 * Messages whose last bytes are not copied into the queue: see compat.h for
 * the contract.  What is lent is an entry of the queue like any other, which
 * does not own its memory.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "imsg.h"

#ifdef HAVE_IMSG

/* The system's queue takes only what it may free. */
int
compat_imsg_lend(struct imsgbuf *imsgbuf, struct ibuf *msg, const void *data,
    size_t len)
{
	if (ibuf_add(msg, data, len) == -1)
		return (-1);
	imsg_close(imsgbuf, msg);
	return (0);
}

int
compat_imsg_keep(struct imsgbuf *imsgbuf)
{
	(void)imsgbuf;
	return (0);
}

#else

#include "imsg-private.h"

int
compat_imsg_lend(struct imsgbuf *imsgbuf, struct ibuf *msg, const void *data,
    size_t len)
{
	struct ibuf	*lent;

	if (len == 0 || len > imsgbuf->maxsize - ibuf_size(msg)) {
		errno = ERANGE;
		return (-1);
	}
	if ((lent = calloc(1, sizeof(*lent))) == NULL)
		return (-1);
	/* Only read from, whatever the type says. */
	lent->buf = (unsigned char *)(uintptr_t)data;
	lent->size = lent->max = lent->wpos = len;
	lent->fd = IBUF_FD_LENT;
	ibuf_set_h32(msg, offsetof(struct imsg_hdr, len),
	    ibuf_size(msg) + len);
	ibuf_close(imsgbuf->w, msg);
	msgbuf_lend(imsgbuf->w, lent);
	return (0);
}

int
compat_imsg_keep(struct imsgbuf *imsgbuf)
{
	return (imsgbuf->w == NULL ? 0 : msgbuf_keep(imsgbuf->w));
}

#endif /* HAVE_IMSG */
