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

#include <stddef.h>

#include "http_reason.h"

static const struct {
	int		 status;
	const char	*word;
	const char	*text;
} reasons[] = {
#define X(name, status, word, text)	{ status, word, text },
	HTTP_REASONS(X)
#undef X
};

const char *
http_reason_word(enum http_reason r)
{
	return ((size_t)r < HTTP_BAD_MAX ? reasons[r].word : "unknown");
}

const char *
http_reason_text(enum http_reason r)
{
	return ((size_t)r < HTTP_BAD_MAX ? reasons[r].text : "unknown");
}

int
http_reason_status(enum http_reason r, enum http_kind kind)
{
	if ((size_t)r >= HTTP_BAD_MAX)
		return (500);
	/* Whatever a server does wrong is one thing to a client: 502. */
	if (kind == HTTP_RESPONSE_HEAD && r != HTTP_BAD_NONE &&
	    r != HTTP_BAD_MEMORY)
		return (502);
	return (reasons[r].status);
}
