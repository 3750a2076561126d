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

#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stddef.h>

struct evbuffer;

/* An answer of the HTTP front. */
struct http_answer {
	int		 status;
	const char	*extra;		/* whole field lines, or NULL */
	const char	*text;		/* JSON; NULL: one is made up */
	size_t		 len;
};

/* Writes it, with "Connection: close" if that is so; 0, or -1. */
int	http_answer_write(struct evbuffer *, const struct http_answer *,
	    int closing);

#endif /* HTTP_ANSWER_H */
