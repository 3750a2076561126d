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

#ifndef COUNTS_H
#define COUNTS_H

#include "msg_mcp.h"

struct channel;
struct counts;
struct event_base;

/*
 * What a process counts for each client and tells the logger: cumulative
 * numbers since it started, at most once a second, all of them again to a new
 * logger.  So nothing is lost when the logger is started again, and nothing
 * waits for it.
 */

/* NULL when out of memory. */
struct counts	*counts_new(struct event_base *);
/* The logger's channel, or NULL while there is none. */
void		 counts_logger(struct counts *, struct channel *);
/*
 * The numbers of a client, to be changed now and told soon; never NULL: what
 * cannot be kept for lack of memory is forgotten.
 */
struct client_counts *counts_of(struct counts *, const char *client);
/* Tells what is not told yet; before the end of the process. */
void		 counts_flush(struct counts *);

#endif /* COUNTS_H */
