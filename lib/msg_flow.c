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

#include <errno.h>
#include <string.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_flow.h"

void
flow_gap_put(uint8_t p[FLOW_GAP_SIZE], uint64_t n)
{
	int	 i;

	for (i = FLOW_GAP_SIZE - 1; i >= 0; i--, n >>= 8)
		p[i] = (uint8_t)n;
}

uint64_t
flow_gap_get(const uint8_t p[FLOW_GAP_SIZE])
{
	uint64_t	 n = 0;
	int		 i;

	for (i = 0; i < FLOW_GAP_SIZE; i++)
		n = n << 8 | p[i];
	return n;
}

int
msg_flow_send_open(struct channel *ch, uint32_t id, const struct flow_open *o)
{
	struct ibuf	*m;

	m = channel_open(ch, IMSG_PROXY_MESSAGE_OPEN, id, o->head_len + 512);
	if (m == NULL)
		return -1;
	if (ibuf_add(m, o->uid, sizeof(o->uid)) == -1 ||
	    ibuf_add_n32(m, o->seq) == -1 ||
	    ibuf_add_n8(m, o->direction) == -1 ||
	    ibuf_add_n8(m, o->protocol) == -1 ||
	    msg_add_str(m, o->client) == -1 ||
	    msg_add_str(m, o->source) == -1 ||
	    msg_add_str(m, o->host) == -1 ||
	    ibuf_add_n16(m, o->port) == -1 ||
	    (o->head_len > 0 && ibuf_add(m, o->head, o->head_len) == -1)) {
		channel_abandon(m);
		return -1;
	}
	channel_close(ch, m, -1);
	return 0;
}

int
msg_flow_recv_open(struct imsg *imsg, struct flow_open *o)
{
	struct ibuf	 b;

	memset(o, 0, sizeof(*o));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get(&b, o->uid, sizeof(o->uid)) == -1 ||
	    ibuf_get_n32(&b, &o->seq) == -1 ||
	    ibuf_get_n8(&b, &o->direction) == -1 ||
	    ibuf_get_n8(&b, &o->protocol) == -1 ||
	    msg_get_str(&b, o->client, sizeof(o->client)) == -1 ||
	    msg_get_str(&b, o->source, sizeof(o->source)) == -1 ||
	    msg_get_str(&b, o->host, sizeof(o->host)) == -1 ||
	    ibuf_get_n16(&b, &o->port) == -1)
		return -1;
	/* What of it goes into a finding must be as the logger wants it. */
	if (o->direction >= FLOW_DIRECTION_MAX ||
	    o->protocol >= FLOW_PROTOCOL_MAX || !msg_client_ok(o->client) ||
	    !msg_addr_ok(o->source) || o->port == 0) {
		errno = EBADMSG;
		return -1;
	}
	o->head_len = ibuf_size(&b);
	o->head = o->head_len > 0 ? ibuf_data(&b) : NULL;
	return 0;
}

int
msg_flow_send_data(struct channel *ch, uint32_t id, enum flow_channel chan,
    const void *data, size_t len)
{
	struct ibuf	*m;

	if (len == 0 || len > FLOW_DATA_MAX) {
		errno = EINVAL;
		return -1;
	}
	m = channel_open(ch, IMSG_PROXY_MESSAGE_DATA, id, len + 1);
	if (m == NULL)
		return -1;
	if (ibuf_add_n8(m, chan) == -1 || ibuf_add(m, data, len) == -1) {
		channel_abandon(m);
		return -1;
	}
	channel_close(ch, m, -1);
	return 0;
}

int
msg_flow_lend_data(struct channel *ch, uint32_t id, enum flow_channel chan,
    const void *data, size_t len)
{
	struct ibuf	*m;

	if (len == 0 || len > FLOW_DATA_MAX) {
		errno = EINVAL;
		return -1;
	}
	m = channel_open(ch, IMSG_PROXY_MESSAGE_DATA, id, 1);
	if (m == NULL)
		return -1;
	if (ibuf_add_n8(m, chan) == -1 ||
	    channel_lend(ch, m, data, len) == -1) {
		channel_abandon(m);
		return -1;
	}
	return 0;
}

int
msg_flow_recv_data(struct imsg *imsg, enum flow_channel *chan,
    const uint8_t **data, size_t *len)
{
	struct ibuf	 b;
	uint8_t		 c;

	if (imsg_get_ibuf(imsg, &b) == -1 || ibuf_get_n8(&b, &c) == -1)
		return -1;
	if (c >= FLOW_CHANNEL_MAX || ibuf_size(&b) == 0 || (c == FLOW_GAP &&
	    (ibuf_size(&b) != FLOW_GAP_SIZE ||
	    flow_gap_get(ibuf_data(&b)) == 0))) {
		errno = EBADMSG;
		return -1;
	}
	*chan = (enum flow_channel)c;
	*data = ibuf_data(&b);
	*len = ibuf_size(&b);
	return 0;
}

int
msg_flow_send_end(struct channel *ch, uint32_t id, const struct flow_end *e)
{
	struct ibuf	*m;

	m = channel_open(ch, IMSG_PROXY_MESSAGE_END, id, 64);
	if (m == NULL)
		return -1;
	if (ibuf_add_n8(m, e->aborted) == -1 ||
	    ibuf_add_n64(m, e->skipped) == -1 ||
	    msg_add_str(m, e->reason) == -1) {
		channel_abandon(m);
		return -1;
	}
	channel_close(ch, m, -1);
	return 0;
}

int
msg_flow_recv_end(struct imsg *imsg, struct flow_end *e)
{
	struct ibuf	 b;

	memset(e, 0, sizeof(*e));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &e->aborted) == -1 ||
	    ibuf_get_n64(&b, &e->skipped) == -1 ||
	    msg_get_str(&b, e->reason, sizeof(e->reason)) == -1)
		return -1;
	if (!msg_at_end(&b) || e->aborted > 1 ||
	    (e->reason[0] != '\0' && !msg_token_ok(e->reason))) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}

int
msg_flow_send_mark(struct channel *ch, uint32_t type, uint32_t id)
{
	return channel_send(ch, type, id, -1, NULL, 0);
}
