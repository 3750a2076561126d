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

#ifndef LINES_H
#define LINES_H

#include <stddef.h>

#include "scanner.h"

/*
 * A stream of bytes cut into lines, each ended by LF or CRLF, and what they
 * hold.  Of a line that is too long only the messages found in it are kept.
 */

#define LINES_MAX	(1024 * 1024)	/* bytes of a line, without its end */

struct bytes {
	char	*v;
	size_t	 len;
	size_t	 size;
};

/* Ends the program when there is no memory: it has nothing else to do. */
void	 bytes_add(struct bytes *, const char *, size_t);
void	 bytes_drop(struct bytes *, size_t);	/* from the front */

struct lines {
	struct bytes	 line;
	struct scanner	 scanner;
	int		 too_long;
	/* One whole line, its messages in ->scanner; empty ones do not come. */
	void		(*got)(struct lines *, void *);
	void		*arg;
};

void	 lines_init(struct lines *, void (*)(struct lines *, void *), void *);
void	 lines_feed(struct lines *, const char *, size_t);
/* The stream has ended; a last line need not have its newline. */
void	 lines_end(struct lines *);
/* What was read of a line that will not be completed is forgotten. */
void	 lines_reset(struct lines *);

#endif
