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

#ifndef MSG_FINDING_H
#define MSG_FINDING_H

#include <stdint.h>

#include "finding.h"
#include "msg.h"

struct channel;

#define FINDING_ID_SIZE		16
#define FINDING_FP_SIZE		32

/*
 * A finding on its way from a detector to the logger.  The id stays the same
 * when the message is replayed, so the logger can tell a repetition from a
 * second finding; the fingerprint (HMAC-SHA-256) stands for the secret.
 */
struct finding_rec {
	uint8_t		 id[FINDING_ID_SIZE];
	uint8_t		 fp[FINDING_FP_SIZE];
	char		 client[MSG_CLIENT_SIZE];
	struct finding	 finding;
};

int	msg_finding_send(struct channel *, const struct finding_rec *);
/* 0, or -1 when malformed or finding_valid() refuses it. */
int	msg_finding_recv(struct imsg *, struct finding_rec *);
int	msg_finding_send_ack(struct channel *,
	    const uint8_t id[FINDING_ID_SIZE]);
int	msg_finding_recv_ack(struct imsg *, uint8_t id[FINDING_ID_SIZE]);

#endif /* MSG_FINDING_H */
