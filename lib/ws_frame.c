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


#include <string.h>

#include "ws_frame.h"

enum state {
	ST_HEAD,
	ST_PAYLOAD,
	ST_FAILED
};

void
ws_frame_init(struct ws_frame *w)
{
	memset(w, 0, sizeof(*w));
}

int
ws_frame_between(const struct ws_frame *w)
{
	return (w->state == ST_HEAD && w->headlen == 0 && !w->inside);
}

int
ws_frame_is_control(const struct ws_frame *w)
{
	return ((w->opcode & 0x8) != 0);
}

/* Bytes of the header, as far as those that are there tell. */
static size_t
head_size(const struct ws_frame *w)
{
	size_t	 n = 2;

	if (w->headlen < 2)
		return (2);
	if ((w->head[1] & 0x7f) == 126)
		n += 2;
	else if ((w->head[1] & 0x7f) == 127)
		n += 8;
	return ((w->head[1] & 0x80) != 0 ? n + 4 : n);
}

/* RFC 6455, 5.4 and 5.5: which frame may follow which. */
static int
head_order(struct ws_frame *w, unsigned int rsv)
{
	switch (w->opcode) {
	case WS_CONTINUATION:
		if (!w->inside || rsv != 0)
			return (-1);
		w->inside = !w->fin;
		return (0);
	case WS_TEXT:
	case WS_BINARY:
		/* Only RSV1 has a meaning that we know (RFC 7692, 6). */
		if (w->inside || (rsv & 0x30) != 0)
			return (-1);
		w->inside = !w->fin;
		w->compressed = (rsv & 0x40) != 0;
		return (0);
	case WS_CLOSE:
	case WS_PING:
	case WS_PONG:
		return (!w->fin || rsv != 0 || w->length > WS_CONTROL_MAX ?
		    -1 : 0);
	}
	return (-1);
}

static int
head_parse(struct ws_frame *w)
{
	const uint8_t	*p = w->head + 2;
	size_t		 n = 0;

	w->fin = (w->head[0] & 0x80) != 0;
	w->opcode = w->head[0] & 0x0f;
	w->masked = (w->head[1] & 0x80) != 0;
	w->length = w->head[1] & 0x7f;
	if (w->length == 126)
		n = 2;
	else if (w->length == 127)
		n = 8;
	if (n > 0)
		for (w->length = 0; n > 0; n--)
			w->length = w->length << 8 | *p++;
	if (w->length > INT64_MAX)
		return (-1);
	if (w->masked)
		memcpy(w->key, p, sizeof(w->key));
	w->left = w->length;
	return (head_order(w, w->head[0] & 0x70));
}

enum ws_event
ws_frame_feed(struct ws_frame *w, const uint8_t *p, size_t len, size_t *used)
{
	*used = 0;
	switch (w->state) {
	case ST_HEAD:
		while (*used < len && w->headlen < head_size(w))
			w->head[w->headlen++] = p[(*used)++];
		if (w->headlen < head_size(w))
			return (WS_MORE);
		if (head_parse(w) == -1)
			break;
		w->state = ST_PAYLOAD;
		return (WS_BEGIN);
	case ST_PAYLOAD:
		if (w->left == 0) {
			w->state = ST_HEAD;
			w->headlen = 0;
			return (WS_END);
		}
		if (len == 0)
			return (WS_MORE);
		*used = len < w->left ? len : (size_t)w->left;
		w->left -= *used;
		return (WS_PAYLOAD);
	}
	w->state = ST_FAILED;
	return (WS_ERROR);
}

void
ws_frame_unmask(const struct ws_frame *w, uint8_t *to, const uint8_t *from,
    size_t len)
{
	uint64_t	 at = w->length - w->left - len, key, v;
	size_t		 i = 0;
	uint8_t		 k[8];

	if (!w->masked) {
		memcpy(to, from, len);
		return;
	}
	for (i = 0; i < sizeof(k); i++)
		k[i] = w->key[(at + i) % sizeof(w->key)];
	memcpy(&key, k, sizeof(key));
	for (i = 0; len - i >= sizeof(v); i += sizeof(v)) {
		memcpy(&v, from + i, sizeof(v));
		v ^= key;
		memcpy(to + i, &v, sizeof(v));
	}
	for (; i < len; i++)
		to[i] = from[i] ^ k[i % sizeof(k)];
}
