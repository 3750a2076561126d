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


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#include "coding.h"
#include "compat.h"
#include "ws_frame.h"
#include "ws_reader.h"

#define SCRATCH		4096
#define WINDOW		32768
#define FINALS_MAX	16	/* final blocks in one message */

struct ws_reader {
	struct rules		*rules;
	const struct ws_ops	*ops;
	void			*arg;
	struct ws_frame		 frame;
	uint64_t		 most;
	int			 takeover;	/* of the deflate context */
	int			 failed;	/* no frames any more */

	/* The message that has begun. */
	int			 open;
	int			 compressed;
	int			 skipping;	/* the rest of it */
	uint64_t		 inflated;
	unsigned int		 finals;

	z_stream		*z;
	int			 lost;		/* its context */
	uint8_t			 controllen;
	uint8_t			 control[WS_CONTROL_MAX];
	uint8_t			 in[SCRATCH];
	uint8_t			 out[4 * SCRATCH];
};

/*
 * Has the response agreed that each message of this sender stands alone?
 * Other parameters do not matter to whom reads: the largest window reads all.
 */
static int
agreed(const uint8_t *head, size_t len, const char *word)
{
	static const char	 name[] = "sec-websocket-extensions:";
	const uint8_t		*end = head + len, *nl;
	size_t			 n = strlen(word);

	for (; head < end; head = nl + 1) {
		if ((nl = memchr(head, '\n', (size_t)(end - head))) == NULL)
			nl = end - 1;
		if ((size_t)(nl - head) < sizeof(name) - 1 ||
		    strncasecmp((const char *)head, name, sizeof(name) - 1) !=
		    0)
			continue;
		for (; (size_t)(nl - head) >= n; head++)
			if (strncasecmp((const char *)head, word, n) == 0)
				return (1);
	}
	return (0);
}

struct ws_reader *
ws_reader_new(struct rules *rules, const uint8_t *head, size_t len,
    int server, uint64_t most, const struct ws_ops *ops, void *arg)
{
	struct ws_reader	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->rules = rules;
	r->ops = ops;
	r->arg = arg;
	r->most = most;
	r->takeover = !agreed(head, len, server ?
	    "server_no_context_takeover" : "client_no_context_takeover");
	ws_frame_init(&r->frame);
	return (r);
}

static void
inflater_free(struct ws_reader *r)
{
	if (r->z == NULL)
		return;
	(void)inflateEnd(r->z);
	free(r->z);
	r->z = NULL;
}

void
ws_reader_free(struct ws_reader *r)
{
	if (r == NULL)
		return;
	inflater_free(r);
	freezero(r, sizeof(*r));
}

/* --- payload ------------------------------------------------------------- */

static void
gap(struct ws_reader *r, uint64_t bytes)
{
	r->skipping = 1;
	if (bytes > 0)
		r->ops->gap(bytes, 0, r->arg);
}

/* What follows cannot be read without what came before. */
static void
inflate_failed(struct ws_reader *r, size_t bytes)
{
	inflater_free(r);
	r->lost = r->takeover;
	gap(r, bytes);
}

/* RFC 7692, 7.2.3.5: a final block ends nothing, the window stays. */
static int
inflate_go_on(struct ws_reader *r)
{
	uint8_t	*window;
	uInt	 len = 0;
	int	 e = Z_MEM_ERROR;

	if (++r->finals > FINALS_MAX || (window = malloc(WINDOW)) == NULL)
		return (-1);
	if (inflateGetDictionary(r->z, window, &len) == Z_OK &&
	    (e = inflateReset(r->z)) == Z_OK && len > 0)
		e = inflateSetDictionary(r->z, window, len);
	freezero(window, WINDOW);
	return (e == Z_OK ? 0 : -1);
}

static int
inflate_some(struct ws_reader *r, const uint8_t *p, size_t len)
{
	size_t	 n;
	int	 e;

	r->z->next_in = (z_const Bytef *)(uintptr_t)p;
	r->z->avail_in = (uInt)len;
	do {
		r->z->next_out = r->out;
		r->z->avail_out = sizeof(r->out);
		e = inflate(r->z, Z_SYNC_FLUSH);
		n = sizeof(r->out) - r->z->avail_out;
		if (n > r->most - r->inflated)
			n = (size_t)(r->most - r->inflated);
		r->inflated += n;
		if (n > 0)
			r->ops->data(r->out, n, r->arg);
		if (e == Z_STREAM_END && inflate_go_on(r) == 0)
			e = Z_OK;
		if ((e != Z_OK && e != Z_BUF_ERROR) ||
		    r->inflated == r->most)
			return (-1);
	} while (r->z->avail_in > 0 || r->z->avail_out == 0);
	return (0);
}

static voidpf
inflater_alloc(voidpf opaque, uInt items, uInt size)
{
	return (coding_alloc(opaque, (size_t)items * size));
}

static void
inflater_dealloc(voidpf opaque, voidpf p)
{
	coding_free(opaque, p);
}

static int
inflater_ready(struct ws_reader *r)
{
	if (r->z != NULL)
		return (1);
	if (r->lost || (r->z = calloc(1, sizeof(*r->z))) == NULL)
		return (0);
	r->z->zalloc = inflater_alloc;
	r->z->zfree = inflater_dealloc;
	r->z->opaque = r->rules;
	if (inflateInit2(r->z, -15) == Z_OK)
		return (1);
	free(r->z);
	r->z = NULL;
	return (0);
}

static void
message_payload(struct ws_reader *r, const uint8_t *p, size_t len)
{
	if (r->skipping)
		gap(r, len);
	else if (!r->compressed)
		r->ops->data(p, len, r->arg);
	else if (!inflater_ready(r)) {
		r->lost = r->takeover;
		gap(r, len);
	} else if (inflate_some(r, p, len) == -1)
		inflate_failed(r, len);
}

static void
payload(struct ws_reader *r, const uint8_t *p, size_t len)
{
	struct ws_frame	 at = r->frame;
	size_t		 n, room;

	/* The frame counts all of it as read; unmasking goes in steps. */
	at.left += len;
	for (; len > 0; p += n, len -= n) {
		n = len < sizeof(r->in) ? len : sizeof(r->in);
		at.left -= n;
		if (ws_frame_is_control(&at)) {
			/* Never longer than that: ws_frame.c sees to it. */
			room = sizeof(r->control) - r->controllen;
			if (room > n)
				room = n;
			ws_frame_unmask(&at, r->control + r->controllen, p,
			    room);
			r->controllen += (uint8_t)room;
			continue;
		}
		ws_frame_unmask(&at, r->in, p, n);
		message_payload(r, r->in, n);
	}
}

/* --- messages ------------------------------------------------------------ */

static void
message_begin(struct ws_reader *r)
{
	r->open = 1;
	r->compressed = r->frame.compressed;
	r->skipping = 0;
	r->inflated = 0;
	r->finals = 0;
	r->ops->begin(r->frame.opcode == WS_TEXT, r->arg);
}

static void
message_end(struct ws_reader *r)
{
	static const uint8_t	 tail[] = { 0, 0, 0xff, 0xff };

	if (!r->open)
		return;
	if (r->compressed && r->z != NULL) {
		/* RFC 7692, 7.2.2 */
		if (!r->skipping && inflate_some(r, tail, sizeof(tail)) == -1)
			inflate_failed(r, 0);
		if (!r->takeover && r->z != NULL &&
		    inflateReset(r->z) != Z_OK)
			inflater_free(r);
	}
	r->open = 0;
	r->ops->end(r->arg);
}

static void
frame_end(struct ws_reader *r)
{
	if (!ws_frame_is_control(&r->frame)) {
		if (r->frame.fin)
			message_end(r);
		return;
	}
	if (r->controllen > 0)
		r->ops->control(r->control, r->controllen, r->arg);
	r->controllen = 0;
}

void
ws_reader_feed(struct ws_reader *r, const uint8_t *p, size_t len)
{
	enum ws_event	 e;
	size_t		 n;

	while (!r->failed) {
		e = ws_frame_feed(&r->frame, p, len, &n);
		switch (e) {
		case WS_MORE:
			return;
		case WS_BEGIN:
			if (r->frame.opcode == WS_TEXT ||
			    r->frame.opcode == WS_BINARY)
				message_begin(r);
			break;
		case WS_PAYLOAD:
			payload(r, p, n);
			break;
		case WS_END:
			frame_end(r);
			break;
		case WS_ERROR:
			r->failed = 1;
			break;
		}
		p += n;
		len -= n;
	}
	if (len > 0)
		r->ops->gap(len, 1, r->arg);
}

void
ws_reader_end(struct ws_reader *r)
{
	if (r->controllen > 0)
		r->ops->control(r->control, r->controllen, r->arg);
	r->controllen = 0;
	message_end(r);
}
