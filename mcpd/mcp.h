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

#ifndef MCP_H
#define MCP_H

#include <stddef.h>
#include <stdint.h>

struct mcpd;
struct mcp_request;

/*
 * The Model Context Protocol, for any transport: one message in, one answer or
 * none out.  Both eras are served, without sessions: the legacy one up to
 * 2025-11-25 (initialize, then requests) and 2026-07-28 (every request says of
 * itself what it is).  Which one it is, each message decides.
 */
#define MCP_MESSAGE_MAX		(512 * 1024)	/* bytes of one message */

/*
 * Of a request over HTTP; over a socket there are none.  NULL: not sent;
 * broken: sent twice, or not to be decoded.
 */
struct mcp_headers {
	const char	*version;	/* MCP-Protocol-Version */
	const char	*method;	/* Mcp-Method */
	const char	*name;		/* Mcp-Name, decoded */
	int		 broken;
};

/*
 * The answer: a status of HTTP, and text without a line's end, the callee's to
 * free(3); NULL when there is nothing to say (202).
 */
typedef void	(*mcp_done)(void *arg, int status, char *text, size_t len);

/*
 * Takes one message of a client.  headers is NULL over a socket.  done is
 * called once: from within, then NULL is returned, or later, unless
 * mcp_cancel() comes before.
 */
struct mcp_request *
	 mcp_handle(struct mcpd *, uint32_t client,
	    const struct mcp_headers *, const char *text, size_t len,
	    mcp_done, void *arg);
void	 mcp_cancel(struct mcp_request *);

#endif /* MCP_H */
