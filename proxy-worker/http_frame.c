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

#include "http_frame.h"
#include "http_target.h"

enum {
	S_DATA,			/* length or until close */
	S_SIZE,			/* first digit of a chunk size */
	S_SIZE_NEXT,
	S_EXT,			/* behind ';' */
	S_SIZE_LF,
	S_CHUNK,		/* chunk data */
	S_CHUNK_CR,
	S_CHUNK_LF,
	S_TRAILER_START,	/* first byte of a trailer line */
	S_TRAILER_NAME,
	S_TRAILER_VALUE,
	S_TRAILER_LF,
	S_END_LF,
	S_DONE
};

#define SIZE_DIGITS	16

enum {			/* within S_EXT (RFC 9112, 7.1.1) */
	X_NAME_START,	/* behind ';' */
	X_NAME,
	X_VALUE_START,	/* behind '=' */
	X_VALUE,
	X_QUOTED,
	X_ESCAPED,	/* behind a backslash in quotes */
	X_QUOTED_END
};

/*
 * Fields that say where a message goes or ends, or that belong to one
 * connection: a recipient that merges trailers into the head (RFC 9110, 6.5.1)
 * would read another message than one that does not.
 */
static const char *const not_in_trailers[] = {
	"Connection", "Content-Length", "Host", "Keep-Alive",
	"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE",
	"Trailer", "Transfer-Encoding", "Upgrade"
};

void
http_frame_init(struct http_frame *f, enum http_framing framing,
    uint64_t length)
{
	memset(f, 0, sizeof(*f));
	f->framing = framing;
	switch (framing) {
	case HTTP_BODY_NONE:
		f->state = S_DONE;
		break;
	case HTTP_BODY_LENGTH:
		f->left = length;
		f->state = length == 0 ? S_DONE : S_DATA;
		break;
	case HTTP_BODY_CHUNKED:
		f->state = S_SIZE;
		break;
	case HTTP_BODY_CLOSE:
		f->state = S_DATA;
		break;
	}
}

bool
http_frame_done(const struct http_frame *f)
{
	return (f->state == S_DONE);
}

bool
http_frame_at_eof(const struct http_frame *f)
{
	return (f->error == HTTP_BAD_NONE &&
	    (f->state == S_DONE || f->framing == HTTP_BODY_CLOSE));
}

/* Payload of a known or unknown length. */
static enum http_feed
data_feed(struct http_frame *f, size_t off, size_t len,
    struct http_piece *piece, size_t *used)
{
	size_t	 n = len - off;

	if (f->framing != HTTP_BODY_CLOSE && n > f->left)
		n = (size_t)f->left;
	if (n > 0) {
		piece->kind = HTTP_PIECE_BODY;
		piece->off = off;
		piece->len = n;
	}
	f->payload += n;
	*used = off + n;
	if (f->framing == HTTP_BODY_CLOSE)
		return (HTTP_FEED_MORE);
	f->left -= n;
	if (f->left > 0)
		return (HTTP_FEED_MORE);
	if (f->framing == HTTP_BODY_LENGTH) {
		f->state = S_DONE;
		return (HTTP_FEED_DONE);
	}
	f->state = S_CHUNK_CR;
	return (HTTP_FEED_MORE);
}

static enum http_reason
size_byte(struct http_frame *f, uint8_t c)
{
	int	 v;

	if ((v = http_hexval(c)) != -1) {
		if (++f->count > SIZE_DIGITS || f->left > INT64_MAX >> 4)
			return (HTTP_BAD_CHUNK_RANGE);
		f->left = f->left << 4 | (uint64_t)v;
		f->state = S_SIZE_NEXT;
		return (HTTP_BAD_NONE);
	}
	if (f->state == S_SIZE)
		return (HTTP_BAD_CHUNK_SIZE);
	f->count = 0;
	if (c == '\r')
		f->state = S_SIZE_LF;
	else if (c == ';') {
		f->count = 1;
		f->ext = X_NAME_START;
		f->state = S_EXT;
	} else
		return (HTTP_BAD_CHUNK_SIZE);
	return (HTTP_BAD_NONE);
}

/*
 * Names and values are complete, quotes closed and there are no blanks:
 * recipients differ in what they skip to find the end of the line.
 */
static enum http_reason
ext_byte(struct http_frame *f, uint8_t c)
{
	char	 ch = (char)c;
	bool	 token = http_is_token(&ch, 1);

	if (c != '\r' && ++f->count > HTTP_CHUNK_EXT_MAX)
		return (HTTP_BAD_CHUNK_EXT);
	switch (f->ext) {
	case X_NAME_START:
	case X_VALUE_START:
		if (token)
			f->ext++;
		else if (f->ext == X_VALUE_START && c == '"')
			f->ext = X_QUOTED;
		else
			return (HTTP_BAD_CHUNK_EXT);
		return (HTTP_BAD_NONE);
	case X_QUOTED:
		if (c == '"')
			f->ext = X_QUOTED_END;
		else if (c == '\\')
			f->ext = X_ESCAPED;
		else if (!http_is_text(c))
			return (HTTP_BAD_CHUNK_EXT);
		return (HTTP_BAD_NONE);
	case X_ESCAPED:
		f->ext = X_QUOTED;
		return (http_is_text(c) ? HTTP_BAD_NONE : HTTP_BAD_CHUNK_EXT);
	}
	/* A name, a value or quotes may end here. */
	if (c == '\r')
		f->state = S_SIZE_LF;
	else if (c == ';')
		f->ext = X_NAME_START;
	else if (c == '=' && f->ext == X_NAME)
		f->ext = X_VALUE_START;
	else if (!token || f->ext == X_QUOTED_END)
		return (HTTP_BAD_CHUNK_EXT);
	return (HTTP_BAD_NONE);
}

static bool
trailer_forbidden(const struct http_frame *f)
{
	size_t	 i;

	for (i = 0; i < sizeof(not_in_trailers) / sizeof(not_in_trailers[0]);
	    i++)
		if (http_equal(f->name, f->name_len, not_in_trailers[i]))
			return (true);
	return (false);
}

/* Trailer lines keep to the rules of header fields (RFC 9112, 7.1.2). */
static enum http_reason
trailer_byte(struct http_frame *f, uint8_t c)
{
	char	 ch = (char)c;

	if (++f->count > HTTP_TRAILER_MAX)
		return (HTTP_BAD_TRAILER_SIZE);
	switch (f->state) {
	case S_TRAILER_START:
		if (c == '\r') {
			f->state = S_END_LF;
			break;
		}
		if (!http_is_token(&ch, 1))
			return (HTTP_BAD_TRAILER);
		f->name[0] = ch;
		f->name_len = 1;
		f->state = S_TRAILER_NAME;
		break;
	case S_TRAILER_NAME:
		if (c == ':') {
			if (trailer_forbidden(f))
				return (HTTP_BAD_TRAILER);
			f->state = S_TRAILER_VALUE;
			break;
		}
		if (!http_is_token(&ch, 1))
			return (HTTP_BAD_TRAILER);
		/* One that does not fit is longer than any we look for. */
		if (f->name_len < sizeof(f->name))
			f->name[f->name_len++] = ch;
		break;
	case S_TRAILER_VALUE:
		if (c == '\r')
			f->state = S_TRAILER_LF;
		else if (!http_is_text(c))
			return (HTTP_BAD_TRAILER);
		break;
	case S_TRAILER_LF:
		if (c != '\n')
			return (HTTP_BAD_TRAILER);
		f->state = S_TRAILER_START;
		break;
	}
	return (HTTP_BAD_NONE);
}

/* One byte of framing; the state is none of S_DATA, S_CHUNK and S_DONE. */
static enum http_reason
frame_byte(struct http_frame *f, uint8_t c)
{
	switch (f->state) {
	case S_SIZE:
	case S_SIZE_NEXT:
		return (size_byte(f, c));
	case S_EXT:
		return (ext_byte(f, c));
	case S_SIZE_LF:
		if (c != '\n')
			return (HTTP_BAD_CHUNK_SIZE);
		f->count = 0;
		f->state = f->left > 0 ? S_CHUNK : S_TRAILER_START;
		break;
	case S_CHUNK_CR:
		if (c != '\r')
			return (HTTP_BAD_CHUNK_END);
		f->state = S_CHUNK_LF;
		break;
	case S_CHUNK_LF:
		if (c != '\n')
			return (HTTP_BAD_CHUNK_END);
		f->count = 0;
		f->state = S_SIZE;
		break;
	case S_END_LF:
		if (c != '\n')
			return (HTTP_BAD_TRAILER);
		f->state = S_DONE;
		break;
	default:
		return (trailer_byte(f, c));
	}
	return (HTTP_BAD_NONE);
}

static bool
in_trailer(int state)
{
	return (state >= S_TRAILER_START && state <= S_TRAILER_LF);
}

enum http_feed
http_frame_feed(struct http_frame *f, const void *data, size_t len,
    struct http_piece *piece, size_t *used)
{
	const uint8_t		*p = data;
	enum http_piece_kind	 kind;
	size_t			 i;
	int			 state;

	memset(piece, 0, sizeof(*piece));
	*used = 0;
	if (f->error != HTTP_BAD_NONE)
		return (HTTP_FEED_ERROR);
	for (i = 0; i < len && f->state != S_DONE; i++) {
		state = f->state;
		if (state == S_DATA || state == S_CHUNK) {
			if (piece->kind != HTTP_PIECE_NONE)
				break;
			return (data_feed(f, i, len, piece, used));
		}
		f->error = frame_byte(f, p[i]);
		if (f->error != HTTP_BAD_NONE) {
			*used = i;
			return (HTTP_FEED_ERROR);
		}
		/* What kind of byte was it?  One piece is one run of a kind. */
		if (in_trailer(state) && f->state != S_END_LF)
			kind = HTTP_PIECE_TRAILER;
		else if (f->state == S_EXT)
			kind = HTTP_PIECE_EXT;
		else
			kind = HTTP_PIECE_NONE;
		if (kind != HTTP_PIECE_NONE) {
			if (piece->kind == HTTP_PIECE_NONE) {
				piece->kind = kind;
				piece->off = i;
			}
			piece->len = i - piece->off + 1;
		} else if (piece->kind != HTTP_PIECE_NONE) {
			i++;
			break;
		}
	}
	*used = i;
	return (f->state == S_DONE ? HTTP_FEED_DONE : HTTP_FEED_MORE);
}
