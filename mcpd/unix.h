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

#ifndef UNIX_H
#define UNIX_H

struct client;
struct mcpd;
struct unix_front;

/*
 * MCP over a client's socket: one message a line, UTF-8, in both directions.
 * Whoever can connect is that client; what it sends is bounded, and one that
 * does not read its answers is let go.
 */
struct unix_front *
	 unix_new(struct mcpd *);
void	 unix_free(struct unix_front *);
/* Starts to accept on the client's listener; 0, or -1. */
int	 unix_listen(struct unix_front *, struct client *);
/* Closes the connections of clients that are no longer configured. */
void	 unix_sweep(struct unix_front *);

#endif /* UNIX_H */
