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

#ifndef PENDING_H
#define PENDING_H

#include <stddef.h>
#include <stdint.h>

#include "id.h"

/* Requests that were taken from the client and have no answer yet. */

#define PENDING_MAX	256

struct pending {
	struct {
		struct id	 id;
		uint64_t	 at;	/* where its line begins, see add */
	}	 v[PENDING_MAX];
	size_t	 n;
};

/*
 * At is the number of bytes for the server that were queued before it.  The
 * caller has seen that there is room.
 */
void	 pending_add(struct pending *, const struct id *, uint64_t at);
/* An answer: one request of that id, the oldest, no longer waits. */
void	 pending_remove(struct pending *, const struct id *);
/*
 * Take out the oldest that was queued before that position.  0, or -1: there
 * is none.
 */
int	 pending_take(struct pending *, uint64_t before, struct id *);

#endif
