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

#ifndef MSG_COMPILE_H
#define MSG_COMPILE_H

#include <stddef.h>
#include <stdint.h>

#include "msg.h"

struct channel;
struct imsg;

/*
 * A detector-worker asks the rule-compiler for a database of literals: each
 * LITERAL_ADD is one, numbered by order from 0 in its direction; LITERAL_END
 * asks.  The answer is each direction's database in pieces, then
 * DATABASE_END, which says whether it is whole.
 */
#define MSG_LITERAL_SIZE	64		/* longest */
#define MSG_LITERALS_MAX	8192		/* of one direction */
#define MSG_DATABASE_MAX	(16 * 1024 * 1024)

/* A compiler that dies is followed by another; after so many no more. */
#define COMPILER_TRIES		3

struct msg_literal {
	uint8_t		 direction;	/* enum finding_direction */
	uint8_t		 caseless;
	uint8_t		 len;		/* 1 to MSG_LITERAL_SIZE */
	uint8_t		 text[MSG_LITERAL_SIZE];	/* any bytes */
};

int	msg_literal_send(struct channel *, const struct msg_literal *);
int	msg_literal_recv(struct imsg *, struct msg_literal *);
/* All of it, in as many messages as it takes. */
int	msg_database_send(struct channel *, uint8_t direction, const void *,
	    size_t);
/* One piece; the bytes are those of the message. */
int	msg_database_recv(struct imsg *, uint8_t *direction,
	    const uint8_t **, size_t *);
int	msg_database_send_end(struct channel *, int ok);
int	msg_database_recv_end(struct imsg *, int *ok);

#endif /* MSG_COMPILE_H */
