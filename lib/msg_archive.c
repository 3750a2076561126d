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

#include <sys/types.h>
#include <sys/uio.h>
#include <stdint.h>

#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_archive.h"

int
msg_workfile_send(struct channel *ch, uint8_t which, int fd)
{
	return channel_send(ch, IMSG_PARENT_WORKFILE_SEND, 0, fd, &which,
	    sizeof(which));
}

int
msg_workfile_recv(struct imsg *imsg, uint8_t *which, int *fd)
{
	struct ibuf	 b;

	*fd = -1;
	if (imsg_get_ibuf(imsg, &b) == -1 || ibuf_get_n8(&b, which) == -1)
		return -1;
	if (*which >= ARCHIVE_FILES || !msg_at_end(&b) ||
	    (*fd = msg_get_fd(imsg)) == -1)
		return msg_malformed();
	return 0;
}

int
msg_work_send(struct channel *ch, const struct msg_work *w)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_WORK_SEND, 0, 9)) == NULL)
		return -1;
	if (ibuf_add_n8(m, w->work) == -1 || ibuf_add_n64(m, w->size) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_work_recv(struct imsg *imsg, struct msg_work *w)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &w->work) == -1 ||
	    ibuf_get_n64(&b, &w->size) == -1)
		return -1;
	if (w->work >= ARCHIVE_WORKS || !msg_at_end(&b))
		return msg_malformed();
	return 0;
}

int
msg_done_send(struct channel *ch, const struct msg_done *d)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_ARCHIVER_WORK_DONE, 0, 64)) == NULL)
		return -1;
	if (msg_add_str(m, d->reason) == -1 ||
	    ibuf_add_n64(m, d->in) == -1 || ibuf_add_n64(m, d->out) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_done_recv(struct imsg *imsg, struct msg_done *d)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, d->reason, sizeof(d->reason)) == -1 ||
	    ibuf_get_n64(&b, &d->in) == -1 || ibuf_get_n64(&b, &d->out) == -1)
		return -1;
	if (!msg_at_end(&b) ||
	    (d->reason[0] != '\0' && !msg_token_ok(d->reason)))
		return msg_malformed();
	return 0;
}
