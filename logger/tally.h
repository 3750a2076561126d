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

#ifndef TALLY_H
#define TALLY_H

struct client;
struct client_counts;
struct imsg;
struct logger;
struct peer;

/*
 * What proxy- and detector-workers count for each client: the last numbers of
 * those that live, and the sum of those that have ended.
 */

/* Takes a peer's numbers of one client; 0, or -1 when malformed. */
int	 tally_take(struct peer *, struct imsg *);
/* The process has ended: its numbers become its clients'. */
void	 tally_end(struct peer *);
/* The sum for a client. */
void	 tally_sum(struct logger *, const struct client *,
	    struct client_counts *);

#endif /* TALLY_H */
