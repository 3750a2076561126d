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


#ifndef WS_READER_H
#define WS_READER_H

#include <stddef.h>
#include <stdint.h>

/*
 * The messages in one direction of a WebSocket (RFC 6455): masks taken off,
 * fragments joined around control frames, permessage-deflate (RFC 7692)
 * undone, with the context taken over from message to message.  Memory is the
 * inflater's, taken with the first compressed message.
 */

struct rules;
struct ws_reader;

struct ws_ops {
	/* A data message: it begins, its payload in pieces, it is complete. */
	void	(*begin)(int text, void *arg);
	void	(*data)(const uint8_t *, size_t, void *arg);
	void	(*end)(void *arg);
	/* A control frame, whole; it may come inside of a message. */
	void	(*control)(const uint8_t *, size_t, void *arg);
	/*
	 * So many bytes of the connection could not be read: they are no
	 * frames, or compressed and cannot be inflated.
	 */
	void	(*gap)(uint64_t bytes, int frames, void *arg);
};

/*
 * The head is the 101 response with its Sec-WebSocket-Extensions; server says
 * who sends what will be fed.  No message is inflated to more than most bytes.
 * Rules have the account of the decoders' memory; they, ops and arg are
 * borrowed.  NULL if memory is short.
 */
struct ws_reader *ws_reader_new(struct rules *, const uint8_t *head,
		    size_t len, int server, uint64_t most,
		    const struct ws_ops *, void *arg);
void		 ws_reader_free(struct ws_reader *);
/* The next bytes, split anywhere. */
void		 ws_reader_feed(struct ws_reader *, const uint8_t *, size_t);
/* No more come: a message that has begun ends. */
void		 ws_reader_end(struct ws_reader *);

#endif /* WS_READER_H */
