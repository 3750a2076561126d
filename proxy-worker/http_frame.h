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

#ifndef HTTP_FRAME_H
#define HTTP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_head.h"
#include "http_reason.h"

/*
 * Where a body ends (RFC 9112, 6 and 7), for bytes fed at any split.  The
 * caller forwards what was consumed unchanged; the decoder only says which of
 * those bytes are payload.
 */

#define HTTP_CHUNK_EXT_MAX	1024		/* bytes of one extension */
#define HTTP_TRAILER_MAX	(16 * 1024)	/* bytes of all trailers */

enum http_piece_kind {
	HTTP_PIECE_NONE,	/* framing only */
	HTTP_PIECE_BODY,
	HTTP_PIECE_TRAILER,	/* trailer lines, CRLF included */
	HTTP_PIECE_EXT		/* chunk extension, from its ';' on */
};

struct http_piece {
	enum http_piece_kind kind;
	size_t		 off;		/* of the payload in the input */
	size_t		 len;
};

struct http_frame {
	enum http_framing framing;
	uint64_t	 left;		/* of the length or of the chunk */
	uint64_t	 payload;	/* body bytes seen */
	size_t		 count;		/* of what is bounded just now */
	int		 state;
	int		 ext;		/* state within a chunk extension */
	char		 name[24];	/* of a trailer field, or its begin */
	size_t		 name_len;
	enum http_reason error;
};

/* A decoder for one body; length is that of HTTP_BODY_LENGTH. */
void	 http_frame_init(struct http_frame *, enum http_framing,
	    uint64_t length);

/*
 * Looks at the next bytes.  *used says how many it took: up to the end of the
 * first payload in them, so the caller calls again until all are taken or the
 * body is done.  HTTP_FEED_DONE: the body ended with the bytes taken, what
 * follows is the next message (a body of no bytes is done on a call with
 * none).  On HTTP_FEED_ERROR *used bytes were still in order.
 */
enum http_feed	 http_frame_feed(struct http_frame *, const void *, size_t,
		    struct http_piece *, size_t *used);

/* Is the body complete when the peer closes here? */
bool	 http_frame_at_eof(const struct http_frame *);
bool	 http_frame_done(const struct http_frame *);

#endif /* HTTP_FRAME_H */
