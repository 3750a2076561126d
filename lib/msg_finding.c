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
#include "msg_finding.h"

int
msg_finding_send(struct channel *ch, const struct finding_rec *r)
{
	const struct finding	*f = &r->finding;
	struct ibuf		*m;

	m = channel_open(ch, IMSG_DETECTOR_FINDING_ADD, 0, 512);
	if (m == NULL)
		return -1;
	if (ibuf_add(m, r->id, sizeof(r->id)) == -1 ||
	    ibuf_add(m, r->fp, sizeof(r->fp)) == -1 ||
	    msg_add_str(m, r->client) == -1 ||
	    ibuf_add_n8(m, f->direction) == -1 ||
	    ibuf_add_n8(m, f->protocol) == -1 ||
	    ibuf_add_n8(m, f->threat) == -1 ||
	    ibuf_add_n8(m, f->severity) == -1 ||
	    msg_add_str(m, f->pattern) == -1 ||
	    msg_add_str(m, f->source) == -1 ||
	    msg_add_str(m, f->dest) == -1 ||
	    msg_add_str(m, f->snippet) == -1 ||
	    ibuf_add_n64(m, (uint64_t)f->timestamp) == -1) {
		channel_abandon(m);
		return -1;
	}
	channel_close(ch, m, -1);
	return 0;
}

int
msg_finding_recv(struct imsg *imsg, struct finding_rec *r)
{
	struct finding	*f = &r->finding;
	struct ibuf	 b;
	uint64_t	 timestamp;
	uint8_t		 direction, protocol, threat, severity;

	memset(r, 0, sizeof(*r));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get(&b, r->id, sizeof(r->id)) == -1 ||
	    ibuf_get(&b, r->fp, sizeof(r->fp)) == -1 ||
	    msg_get_str(&b, r->client, sizeof(r->client)) == -1 ||
	    ibuf_get_n8(&b, &direction) == -1 ||
	    ibuf_get_n8(&b, &protocol) == -1 ||
	    ibuf_get_n8(&b, &threat) == -1 ||
	    ibuf_get_n8(&b, &severity) == -1 ||
	    msg_get_str(&b, f->pattern, sizeof(f->pattern)) == -1 ||
	    msg_get_str(&b, f->source, sizeof(f->source)) == -1 ||
	    msg_get_str(&b, f->dest, sizeof(f->dest)) == -1 ||
	    msg_get_str(&b, f->snippet, sizeof(f->snippet)) == -1 ||
	    ibuf_get_n64(&b, &timestamp) == -1)
		return -1;
	if (!msg_at_end(&b) || timestamp > INT64_MAX ||
	    direction > FINDING_INBOUND || protocol > FINDING_WSS ||
	    threat > FINDING_INJECTION || severity > FINDING_CRITICAL)
		goto malformed;
	f->direction = (enum finding_direction)direction;
	f->protocol = (enum finding_protocol)protocol;
	f->threat = (enum finding_threat)threat;
	f->severity = (enum finding_severity)severity;
	f->timestamp = (int64_t)timestamp;
	if (!msg_client_ok(r->client) || !finding_valid(f))
		goto malformed;
	return 0;

malformed:
	errno = EBADMSG;
	return -1;
}

int
msg_finding_send_ack(struct channel *ch, const uint8_t id[FINDING_ID_SIZE])
{
	return channel_send(ch, IMSG_LOGGER_FINDING_ACK, 0, -1, id,
	    FINDING_ID_SIZE);
}

int
msg_finding_recv_ack(struct imsg *imsg, uint8_t id[FINDING_ID_SIZE])
{
	return imsg_get_data(imsg, id, FINDING_ID_SIZE);
}
