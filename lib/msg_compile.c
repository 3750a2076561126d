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

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_compile.h"

#define PIECE	(MSG_PAYLOAD_MAX - 1)

int
msg_literal_send(struct channel *ch, const struct msg_literal *l)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_DETECTOR_LITERAL_ADD, 0, 64)) == NULL)
		return -1;
	if (ibuf_add_n8(m, l->direction) == -1 ||
	    ibuf_add_n8(m, l->caseless) == -1 ||
	    ibuf_add(m, l->text, l->len) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_literal_recv(struct imsg *imsg, struct msg_literal *l)
{
	struct ibuf	 b;
	size_t		 len;

	memset(l, 0, sizeof(*l));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &l->direction) == -1 ||
	    ibuf_get_n8(&b, &l->caseless) == -1)
		return -1;
	len = ibuf_size(&b);
	if (l->direction > 1 || l->caseless > 1 || len == 0 ||
	    len > sizeof(l->text))
		return msg_malformed();
	l->len = (uint8_t)len;
	return ibuf_get(&b, l->text, len);
}

int
msg_database_send(struct channel *ch, uint8_t direction, const void *data,
    size_t len)
{
	const uint8_t	*p = data;
	struct ibuf	*m;
	size_t		 n;

	for (; len > 0; p += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		m = channel_open(ch, IMSG_COMPILER_DATABASE_DATA, 0, n + 1);
		if (m == NULL)
			return -1;
		if (ibuf_add_n8(m, direction) == -1 ||
		    ibuf_add(m, p, n) == -1)
			return msg_abandon(m);
		channel_close(ch, m, -1);
	}
	return 0;
}

int
msg_database_recv(struct imsg *imsg, uint8_t *direction,
    const uint8_t **data, size_t *len)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, direction) == -1)
		return -1;
	if (*direction > 1 || ibuf_size(&b) == 0)
		return msg_malformed();
	*data = ibuf_data(&b);
	*len = ibuf_size(&b);
	return 0;
}

int
msg_database_send_end(struct channel *ch, int ok)
{
	uint8_t	 n = ok != 0;

	return channel_send(ch, IMSG_COMPILER_DATABASE_END, 0, -1, &n,
	    sizeof(n));
}

int
msg_database_recv_end(struct imsg *imsg, int *ok)
{
	struct ibuf	 b;
	uint8_t		 n;

	if (imsg_get_ibuf(imsg, &b) == -1 || ibuf_get_n8(&b, &n) == -1)
		return -1;
	if (n > 1 || !msg_at_end(&b))
		return msg_malformed();
	*ok = n;
	return 0;
}
