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


#ifndef WS_FRAME_H
#define WS_FRAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * WebSocket frames (RFC 6455, 5.2) in one direction of a connection, read as
 * they come, split anywhere.  Nothing is kept but the frame's header.
 *
 * What is unambiguous is accepted although the RFC forbids it: a length in
 * more bytes than it needs, masking in either direction or none.  Two peers
 * that agree to be sloppy would otherwise pass unseen.  What cannot be read
 * with certainty is an error, and then everything behind it is lost too.
 */

enum ws_opcode {
	WS_CONTINUATION = 0x0,
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xa
};

#define WS_CONTROL_MAX	125	/* payload of a control frame */

enum ws_event {
	WS_MORE,	/* all was taken */
	WS_BEGIN,	/* a header is complete */
	WS_PAYLOAD,	/* the bytes taken are payload */
	WS_END,		/* a frame is complete */
	WS_ERROR	/* for good */
};

struct ws_frame {
	/* Of the frame that has begun. */
	uint8_t		 opcode;	/* enum ws_opcode */
	uint8_t		 fin;
	uint8_t		 compressed;	/* RSV1 of a message's first frame */
	uint8_t		 masked;
	uint8_t		 key[4];
	uint64_t	 length;
	uint64_t	 left;		/* payload still to come */

	/* Private. */
	uint8_t		 state;
	uint8_t		 inside;	/* of a message: more fragments come */
	uint8_t		 headlen;
	uint8_t		 head[14];
};

/* The beginning of a connection. */
void		 ws_frame_init(struct ws_frame *);

/*
 * Takes some of the bytes, *used says how many, and says what they were.  To
 * be called until it says WS_MORE (or WS_ERROR): an event may take none.
 */
enum ws_event	 ws_frame_feed(struct ws_frame *, const uint8_t *, size_t,
		    size_t *used);

/* Is the next byte the first of a message or of a control frame outside? */
int		 ws_frame_between(const struct ws_frame *);

/* Opcodes with the high bit. */
int		 ws_frame_is_control(const struct ws_frame *);

/*
 * Takes the mask off len payload bytes whose end is where the frame is now:
 * those of the WS_PAYLOAD just returned.  A copy if there is no mask.
 */
void		 ws_frame_unmask(const struct ws_frame *, uint8_t *to,
		    const uint8_t *from, size_t len);

#endif /* WS_FRAME_H */
