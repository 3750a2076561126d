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

#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stddef.h>

struct connect_result;
struct flow;

/*
 * The proxy behind this one ("upstream proxy"): every connection goes to it.
 * For plain HTTP it gets the request as the client meant it for a proxy, for
 * all else it is asked for a tunnel first, with the client's own credential.
 * Its refusals are the client's to read: 407 asks for what only that has.
 */

/* Is there one? */
bool	 gateway_is_on(const struct flow *);
/*
 * Behind it only literal addresses can be judged, in any form that some reader
 * takes for one, and localhost.  false, with the refusal in *r, when the
 * destination is one that the client may not reach.
 */
bool	 gateway_allows(const struct flow *, const char *host,
	    unsigned int port, struct connect_result *r);
/*
 * Keeps the credential of a CONNECT, for connections that requests inside of
 * it will need.  0, or -1 when memory is short.
 */
int	 gateway_keep(struct flow *);
/* It is connected: asks for the tunnel. */
void	 gateway_begin(struct flow *);
void	 gateway_readable(struct flow *);
void	 gateway_timeout(struct flow *);

#endif /* GATEWAY_H */
