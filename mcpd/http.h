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

#ifndef HTTP_H
#define HTTP_H

#include <sys/types.h>
#include <sys/socket.h>

struct http_front;
struct mcpd;

/*
 * MCP over HTTP, at /mcp: Streamable HTTP without sessions and without streams.
 * Whose request it is, its bearer token says, on every request; everything
 * that can be refused is refused before the body is read.
 */
struct http_front *
	 http_new(struct mcpd *);
void	 http_front_free(struct http_front *);
/* Takes over a listener; http_begin() closes those of before. */
int	 http_listen(struct http_front *, int fd);
void	 http_begin(struct http_front *);
/* Starts to accept on all of them; 0, or -1. */
int	 http_run(struct http_front *);

#endif /* HTTP_H */
