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


/*
 * The event stream of Amazon's services (application/vnd.amazon.eventstream;
 * "Event stream encoding" in their developer guides): messages of a prelude,
 * headers, a payload and a CRC-32.
 *
 *	length of all, length of the headers, CRC-32 of these, each of 32 bits
 *	headers: length and name, type, value
 *	payload
 *	CRC-32 of all before it
 *
 * A text of all payloads, a line each, is looked at like any other, so that
 * the deltas of ConverseStream are joined as those of lines of JSON are.  In
 * InvokeModelWithResponseStream a payload is {"bytes":"...", "p":"..."}, and
 * an event of the model is in base64 there: these are a text of their own,
 * and the rest of the payload goes with the other payloads.  What headers say
 * is for the rules alone.
 *
 * A prelude is right or this is no such stream: what is left is a text then.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <zlib.h>

#include "decoders.h"
#include "scan_private.h"
#include "view.h"

#define PRELUDE		12
#define CRC		4
#define OVERHEAD	(PRELUDE + CRC)
#define HEADERS_MAX	(128 * 1024)		/* by the specification, */
#define PAYLOAD_MAX	(24 * 1024 * 1024)	/* and by its successor */
#define OUT_SIZE	1024

enum part {
	PART_PRELUDE,
	PART_HEADERS,
	PART_PAYLOAD,
	PART_CRC,
	PART_TEXT		/* no such stream, or not any more */
};

struct state {
	enum part	 part;
	uint32_t	 left;		/* bytes of it */
	uint32_t	 payload;	/* of the payload behind the headers */
	uint8_t		 prelude[PRELUDE];
	uint8_t		 nprelude;
	uint8_t		 key;		/* characters of bytes_key seen */
	uint8_t		 coded;		/* within its value */
	uint8_t		 escaped;	/* behind a backslash there */
	uint8_t		 some;		/* of this value was decoded */
	uint8_t		 nquad;
	uint32_t	 quad;
	struct view	*events;	/* what the values are */
	struct view	*headers;
};

static const char	 bytes_key[] = "\"bytes\":\"";

static uint32_t
be32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

int
looks_eventstream(const uint8_t *p, size_t len)
{
	uint32_t	 all, headers;

	if (len < 8)
		return (0);
	all = be32(p);
	headers = be32(p + 4);
	return (all >= OVERHEAD && all <= OVERHEAD + HEADERS_MAX +
	    PAYLOAD_MAX && headers <= HEADERS_MAX && headers <= all - OVERHEAD);
}

static void
out_feed(struct decoding *d, const uint8_t *p, size_t len)
{
	if (len > 0 && decoding_out(d, len) != NULL)
		view_feed(d->out, p, len, NULL);
}

/* Decoded bytes of an event. */
static void
events_feed(struct decoding *d, const uint8_t *p, size_t len)
{
	struct state	*s = d->state;

	if (len == 0)
		return;
	s->some = 1;
	if (s->events == NULL && (s->events = view_child(d, len)) == NULL)
		return;
	view_feed(s->events, p, len, NULL);
}

/* The value of a character of base64, or -1. */
static int
value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '+' || c == '-')
		return (62);
	return (c == '/' || c == '_' ? 63 : -1);
}

/* The value is over: what is left of it, and a line of its own. */
static void
coded_end(struct decoding *d)
{
	struct state	*s = d->state;
	uint8_t		 last[2];

	if (s->nquad > 1) {
		s->quad <<= 6 * (4 - s->nquad);
		last[0] = (uint8_t)(s->quad >> 16);
		last[1] = (uint8_t)(s->quad >> 8);
		events_feed(d, last, s->nquad - 1u);
	}
	if (s->some)
		events_feed(d, (const uint8_t *)"\n", 1);
	s->coded = s->escaped = s->some = s->nquad = 0;
	s->key = 0;
}

/*
 * Bytes of a coded value.  Returns how many; the next is its end, or what no
 * base64 has.
 */
static size_t
coded_bytes(struct decoding *d, const uint8_t *p, size_t len)
{
	struct state	*s = d->state;
	uint8_t		 out[OUT_SIZE];
	size_t		 i, n = 0, most = 0;
	int		 v;

	for (i = 0; i < len; i++) {
		if (p[i] == '=')
			continue;
		/* JSON may say "\/". */
		if (p[i] == '\\' && !s->escaped) {
			s->escaped = 1;
			continue;
		}
		s->escaped = 0;
		if ((v = value(p[i])) == -1)
			break;
		s->quad = s->quad << 6 | (uint32_t)v;
		if (++s->nquad < 4)
			continue;
		s->nquad = 0;
		if (n + 3 > sizeof(out)) {
			events_feed(d, out, n);
			most = n;
			n = 0;
		}
		out[n++] = (uint8_t)(s->quad >> 16);
		out[n++] = (uint8_t)(s->quad >> 8);
		out[n++] = (uint8_t)s->quad;
	}
	events_feed(d, out, n);
	OPENSSL_cleanse(out, n > most ? n : most);
	return (i);
}

/* How many bytes there are up to the end of the key, as far as it goes. */
static size_t
key_find(struct state *s, const uint8_t *p, size_t len)
{
	const size_t	 all = sizeof(bytes_key) - 1;
	size_t		 i;

	for (i = 0; i < len && s->key < all; i++) {
		if (s->key > 0 && (p[i] == ' ' || p[i] == '\t') &&
		    (bytes_key[s->key] == ':' || bytes_key[s->key - 1] == ':'))
			continue;
		if (p[i] == (uint8_t)bytes_key[s->key])
			s->key++;
		else
			s->key = p[i] == '"';
	}
	return (i);
}

static void
payload_bytes(struct decoding *d, const uint8_t *p, size_t len)
{
	struct state	*s = d->state;
	size_t		 n;

	while (len > 0) {
		if (s->coded) {
			n = coded_bytes(d, p, len);
			p += n;
			if ((len -= n) > 0)
				coded_end(d);
			continue;
		}
		n = key_find(s, p, len);
		s->coded = s->key == sizeof(bytes_key) - 1;
		out_feed(d, p, n);
		p += n;
		len -= n;
	}
}

/* A message is over, or what there was of it. */
static void
message_end(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->coded)
		coded_end(d);
	s->key = 0;
	out_feed(d, (const uint8_t *)"\n", 1);
}

static void
headers_bytes(struct decoding *d, const uint8_t *p, size_t len)
{
	struct state	*s = d->state;

	if (s->headers == NULL &&
	    (s->headers = view_child_plain(d, len)) == NULL)
		return;
	view_feed(s->headers, p, len, NULL);
}

/* The prelude is complete. */
static void
prelude_judge(struct decoding *d)
{
	struct state	*s = d->state;
	uint32_t	 all = be32(s->prelude), n = be32(s->prelude + 4);

	s->nprelude = 0;
	if (!looks_eventstream(s->prelude, PRELUDE) ||
	    crc32(0, s->prelude, 8) != be32(s->prelude + 8)) {
		s->part = PART_TEXT;
		if (d->out != NULL)
			view_end(d->out);
		out_feed(d, s->prelude, PRELUDE);
		return;
	}
	s->part = PART_HEADERS;
	s->left = n;
	s->payload = all - OVERHEAD - n;
}

/* A part is complete: the next that has any bytes. */
static void
part_next(struct decoding *d)
{
	struct state	*s = d->state;

	while (s->left == 0)
		switch (s->part) {
		case PART_HEADERS:
			if (s->headers != NULL)
				view_break(s->headers);
			s->part = PART_PAYLOAD;
			s->left = s->payload;
			break;
		case PART_PAYLOAD:
			message_end(d);
			s->part = PART_CRC;
			s->left = CRC;
			break;
		case PART_CRC:
			s->part = PART_PRELUDE;
			return;
		case PART_PRELUDE:
		case PART_TEXT:
			return;
		}
}

static void
eventstream_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct state	*s = d->state;
	size_t		 n;

	(void)fresh;
	while (len > 0) {
		n = s->part == PART_PRELUDE ? PRELUDE - (size_t)s->nprelude :
		    s->part == PART_TEXT ? len : s->left;
		if (n > len)
			n = len;
		switch (s->part) {
		case PART_PRELUDE:
			memcpy(s->prelude + s->nprelude, p, n);
			s->nprelude = (uint8_t)(s->nprelude + n);
			if (s->nprelude == PRELUDE)
				prelude_judge(d);
			break;
		case PART_HEADERS:
			headers_bytes(d, p, n);
			s->left -= (uint32_t)n;
			break;
		case PART_PAYLOAD:
			payload_bytes(d, p, n);
			s->left -= (uint32_t)n;
			break;
		case PART_CRC:
			s->left -= (uint32_t)n;
			break;
		case PART_TEXT:
			out_feed(d, p, n);
			break;
		}
		part_next(d);
		p += n;
		len -= n;
	}
}

static void
eventstream_end(struct decoding *d)
{
	struct state	*s = d->state;

	/* So short that it is none. */
	if (s->part == PART_PRELUDE)
		out_feed(d, s->prelude, s->nprelude);
	if (s->part == PART_PAYLOAD)
		message_end(d);
	if (d->out != NULL)
		view_end(d->out);
	if (s->events != NULL)
		view_end(s->events);
	if (s->headers != NULL)
		view_end(s->headers);
	s->part = PART_PRELUDE;
	s->left = 0;
	s->nprelude = 0;
}

/* What follows begins somewhere inside, and no prelude can be told from it. */
static void
eventstream_gap(struct decoding *d)
{
	struct state	*s = d->state;

	if (d->out != NULL)
		view_gap(d->out);
	if (s->events != NULL)
		view_gap(s->events);
	if (s->headers != NULL)
		view_gap(s->headers);
	s->part = PART_TEXT;
	s->left = 0;
	s->nprelude = s->key = s->coded = s->escaped = s->some = s->nquad = 0;
}

static void
eventstream_free(struct decoding *d)
{
	struct state	*s = d->state;

	view_free(s->events);
	view_free(s->headers);
}

const struct decoder decoder_eventstream = {
	.name = "eventstream", .kind = DECODER_SHAPE,
	.size = sizeof(struct state), .feed = eventstream_feed,
	.end = eventstream_end, .gap = eventstream_gap,
	.free = eventstream_free
};
