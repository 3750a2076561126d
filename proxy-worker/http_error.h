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

#ifndef HTTP_ERROR_H
#define HTTP_ERROR_H

#include <stdbool.h>

struct buf;

/*
 * Answers of our own: a short text that names the reason and the cure.  They
 * close the connection, and no byte of the peer comes back in them but a
 * host:port that the caller has masked.
 */
struct http_error {
	int		 status;
	const char	*why;		/* "the connection was refused" */
	const char	*cure;		/* a sentence, or NULL */
	const char	*host;		/* masked host:port, or NULL */
	bool		 head;		/* answers HEAD: no body */
};

/* Appends the whole response, to be written at once; 0 or -1. */
int		 http_error_write(struct buf *, const struct http_error *);
/* As above for a good answer: 200 with a text of our own. */
int		 http_text_write(struct buf *, const char *text, bool head,
		    bool close);
/* "Bad Request" ...; "Error" for a status we do not send. */
const char	*http_status_text(int status);

#endif /* HTTP_ERROR_H */
