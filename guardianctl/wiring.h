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

#ifndef WIRING_H
#define WIRING_H

#include <stddef.h>

#include "cacert.h"

#define WIRING_URL_SIZE	512

/* What a process or container has to be told. */
struct wiring {
	char		 url[WIRING_URL_SIZE];
	int		 loopback_only;	/* no container can reach it */
	unsigned int	 port;		/* of the listener; 0: URL was given */
	int		 inspects;	/* HTTPS, by the configuration */
	int		 gateway;	/* behind it is another proxy, ... */
	int		 gateway_ca;	/* ... which has a CA of its own */
	int		 mcp_clients;	/* with a socket of their own, ... */
	char		 mcp_client[64]; /* ... of which this is the first */
	char		 mcp_dir[1200];	/* and its directory */
	char		 bridge[1200];	/* guardian-mcp, as installed */
	int		 has_ca;	/* and it can be pointed at */
	struct cacert	 ca;
};

/* The i-th variable and its value, NULL after the last. */
const char *wiring_variable(const struct wiring *, size_t i,
	    const char **value);

/*
 * Text for an operator.  It is only printed; nothing here changes or starts
 * anything.
 */
void	 wiring_shell(const struct wiring *);
void	 wiring_docker(const struct wiring *);
void	 wiring_v1(const struct wiring *);
void	 wiring_v2(const struct wiring *);

/* wiring_mcp.c: how an agent in the container comes to ask the guardian */
#define WIRING_MCP_DIR		"/run/guardian-mcp"
#define WIRING_MCP_BRIDGE	"/usr/local/bin/guardian-mcp"

/* The client's block of guardian.conf(5), as a comment. */
void	 wiring_mcp_client(int v1);
void	 wiring_mcp_docker(const struct wiring *);	/* options */
void	 wiring_mcp_v1(const struct wiring *);		/* arguments */
/* Comments: what the agent has to start, or what the file is missing. */
void	 wiring_mcp_say(const struct wiring *, int v2);

#endif /* WIRING_H */
