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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llhttp.h>

#include "../../proxy-worker/http_frame.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Properties of a body: the outcome does not depend on how it is split, pieces
 * lie inside what was taken, and a chunked body that we accept is for llhttp
 * the same payload, ending at the same byte.
 */
struct sum {
	uint64_t	 hash;		/* FNV-1a of the payload */
	uint64_t	 bytes;
	size_t		 used;
	enum http_feed	 last;
	enum http_reason error;
};

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static void
add(struct sum *s, const uint8_t *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		s->hash = (s->hash ^ p[i]) * 1099511628211ULL;
	s->bytes += len;
}

static void
decode(struct sum *s, enum http_framing framing, uint64_t length,
    const uint8_t *p, size_t len, size_t step)
{
	struct http_frame	 f;
	struct http_piece	 piece;
	size_t			 n, used;

	memset(s, 0, sizeof(*s));
	s->hash = 14695981039346656037ULL;
	http_frame_init(&f, framing, length);
	for (;;) {
		n = len - s->used < step ? len - s->used : step;
		s->last = http_frame_feed(&f, p + s->used, n, &piece, &used);
		if (used > n || piece.off > used ||
		    piece.len > used - piece.off)
			broken("a piece outside of what was taken");
		if (piece.kind == HTTP_PIECE_BODY)
			add(s, p + s->used + piece.off, piece.len);
		s->used += used;
		if (s->last != HTTP_FEED_MORE || s->used == len)
			break;
		if (used == 0)
			broken("no progress");
	}
	s->error = f.error;
	if (f.payload != s->bytes)
		broken("payload count");
}

static int
on_body(llhttp_t *l, const char *p, size_t len)
{
	add(l->data, (const uint8_t *)p, len);
	return (0);
}

static int
on_complete(llhttp_t *l)
{
	(void)l;
	return (HPE_PAUSED);
}

static void
ask_llhttp(const struct sum *ours, const uint8_t *p, size_t len)
{
	static const char	 head[] = "POST / HTTP/1.1\r\nHost: a\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n";
	llhttp_settings_t	 settings;
	llhttp_t		 l;
	struct sum		 s;
	const char		*pos;

	memset(&s, 0, sizeof(s));
	s.hash = 14695981039346656037ULL;
	llhttp_settings_init(&settings);
	settings.on_body = on_body;
	settings.on_message_complete = on_complete;
	llhttp_init(&l, HTTP_REQUEST, &settings);
	l.data = &s;
	if (llhttp_execute(&l, head, sizeof(head) - 1) != HPE_OK)
		broken("llhttp refuses the head");
	/* It knows no extension in quotes with our freedom; that is allowed. */
	if (llhttp_execute(&l, (const char *)p, len) != HPE_PAUSED)
		return;
	pos = llhttp_get_error_pos(&l);
	if (s.hash != ours->hash || s.bytes != ours->bytes)
		broken("llhttp sees another payload");
	if (pos < (const char *)p + ours->used - 1 ||
	    pos > (const char *)p + ours->used)
		broken("llhttp sees another end");
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct sum		 a, b;
	enum http_framing	 framing;
	uint64_t		 length;
	uint8_t			 mode;

	if (len < 2)
		return (0);
	mode = p[0];
	length = p[1];
	p += 2;
	len -= 2;
	framing = mode & 4 ? HTTP_BODY_CHUNKED : (enum http_framing)(mode & 3);
	decode(&a, framing, length, p, len, SIZE_MAX);
	decode(&b, framing, length, p, len, 1 + (mode >> 3));
	if (a.hash != b.hash || a.used != b.used || a.last != b.last ||
	    a.error != b.error)
		broken("a split changed the outcome");
	if (framing == HTTP_BODY_CHUNKED && a.last == HTTP_FEED_DONE)
		ask_llhttp(&a, p, len);
	return (0);
}
