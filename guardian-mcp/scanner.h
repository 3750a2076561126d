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

#ifndef SCANNER_H
#define SCANNER_H

#include <stddef.h>

#include "id.h"

/*
 * What the bridge has to know of a JSON-RPC message: whom it answers, or who
 * waits for an answer.  Reads bytes as they come and keeps none but those, so
 * a message may be longer than anything that would hold it.  Judges nothing:
 * what is no JSON is the server's to refuse, and gives no messages here, or
 * some that are of no use.
 */

#define SCANNER_MESSAGES_MAX	100	/* of a batch (MCP 2025-03-26) */

/* One JSON-RPC object: a line of its own, or an element of a batch. */
struct message {
	struct id	 id;		/* len 0: none, null, or no id */
	int		 has_id;	/* there is one, of whatever kind */
	int		 has_method;	/* else it is an answer */
};

struct scanner {
	struct message	 v[SCANNER_MESSAGES_MAX];
	size_t		 n;
	int		 more;		/* than fit in v */

	/* private */
	size_t		 depth;
	size_t		 base;		/* depth of a message: 0, batch: 1 */
	int		 begun;		/* past the first byte */
	int		 broken;
	int		 string;	/* inside of one, 2: behind "\" */
	int		 value;		/* behind the ":" of a member */
	size_t		 keylen;
	char		 key[8];
	size_t		 rawlen;
	char		 raw[ID_RAW_MAX];
	struct message	 now;		/* the one being read */
};

/* Begin a line. */
void	 scanner_reset(struct scanner *);
/* Some bytes of the line, without its end. */
void	 scanner_feed(struct scanner *, const char *, size_t);
/* What was fed is an object or an array and nothing else, by its brackets. */
int	 scanner_whole(const struct scanner *);

#endif
