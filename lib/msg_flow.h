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

#ifndef MSG_FLOW_H
#define MSG_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "msg.h"

struct channel;

/*
 * The flow protocol between a proxy-worker and a detector-worker (RFC 9110's
 * "message": one request or one response).  The header's id names a message
 * on that channel; the proxy-worker chooses it and does not use it again before
 * the detector has said it is done with it.
 *
 *	MESSAGE_OPEN	context and the whole head as it was read, from the
 *			start line to the empty line
 *	MESSAGE_DATA	payload of the body after chunk framing is taken off,
 *			or the trailer section; in order
 *	MESSAGE_END	no more; bytes that were never sent and why
 *	MESSAGE_DONE	(detector) every finding of it is on disk: the
 *			proxy-worker may forget what it kept
 *
 * Replay after a detector died: every message that had not been done is
 * suspect.  The proxy-worker sends each one alone, between PROBE_BEGIN and
 * PROBE_END, from its first byte, and holds everything else back.  The
 * detector answers PROBE_STARTED before it looks at the message, at once and
 * unbuffered, and PROBE_PASSED when it has handled all that came with it.  A
 * detector that dies between the two names the guilty message.
 */

enum flow_direction {
	FLOW_OUTBOUND,		/* from the client: a request */
	FLOW_INBOUND,		/* to the client: a response */
	FLOW_DIRECTION_MAX
};

enum flow_protocol {
	FLOW_HTTP,
	FLOW_HTTPS,
	FLOW_WS,
	FLOW_WSS,
	FLOW_PROTOCOL_MAX
};

enum flow_channel {
	FLOW_BODY,
	FLOW_TRAILER,
	FLOW_EXTENSION,		/* of chunks, from their ';' on */
	FLOW_GAP,		/* of the body, left out: see flow_gap_put() */
	FLOW_CHANNEL_MAX
};

#define FLOW_UID_SIZE	16

struct flow_open {
	uint8_t		 uid[FLOW_UID_SIZE];	/* random, one a connection */
	uint32_t	 seq;			/* message in that flow */
	uint8_t		 direction;		/* enum flow_direction */
	uint8_t		 protocol;		/* enum flow_protocol */
	char		 client[MSG_CLIENT_SIZE];
	char		 source[MSG_ADDR_SIZE];	/* client's address literal */
	char		 host[MSG_HOST_SIZE];	/* authority connected to */
	uint16_t	 port;
	const uint8_t	*head;	/* window: dies with the imsg when received */
	size_t		 head_len;
};

struct flow_end {
	uint8_t		 aborted;	/* 1: a peer went away in the middle */
	uint64_t	 skipped;	/* body bytes not sent here */
	char		 reason[MSG_TOKEN_SIZE]; /* why skipped, or "" */
};

/* Body bytes one MESSAGE_DATA can carry. */
#define FLOW_DATA_MAX	(80 * 1024)

/*
 * The payload of FLOW_GAP: how many bytes of the body, at least one, are not
 * shown, because they are in the middle of one that is too long (scan_limit).
 */
#define FLOW_GAP_SIZE	8

void		 flow_gap_put(uint8_t[FLOW_GAP_SIZE], uint64_t);
uint64_t	 flow_gap_get(const uint8_t[FLOW_GAP_SIZE]);

/*
 * Each msg_flow_send_* queues one message on the channel and returns 0, or -1
 * when it could not be built (nothing is queued then).
 */
int	msg_flow_send_open(struct channel *, uint32_t id,
	    const struct flow_open *);
int	msg_flow_send_data(struct channel *, uint32_t id, enum flow_channel,
	    const void *, size_t);
/* The same, of data that is only lent: see channel_lend(). */
int	msg_flow_lend_data(struct channel *, uint32_t id, enum flow_channel,
	    const void *, size_t);
int	msg_flow_send_end(struct channel *, uint32_t id,
	    const struct flow_end *);
/* PROBE_BEGIN, PROBE_END, MESSAGE_DONE, PROBE_STARTED, PROBE_PASSED */
int	msg_flow_send_mark(struct channel *, uint32_t type, uint32_t id);

/* Each returns 0, or -1 when the payload is malformed. */
int	msg_flow_recv_open(struct imsg *, struct flow_open *);
int	msg_flow_recv_data(struct imsg *, enum flow_channel *,
	    const uint8_t **, size_t *);
int	msg_flow_recv_end(struct imsg *, struct flow_end *);

#endif /* MSG_FLOW_H */
