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

#ifndef HTTP_REWRITE_H
#define HTTP_REWRITE_H

#include "http_head.h"

struct buf;

/*
 * The head for the next hop (RFC 9110, 7.6): fields keep their order, case,
 * spacing and duplicates; those that belong to one connection go, and nothing
 * comes in but what the next hop needs to frame or route the message.
 *
 * Gone: Connection and the fields it names (never Host, Content-Length or
 * Transfer-Encoding, which would change where the message goes or ends),
 * Keep-Alive, Proxy-Connection, Proxy-Authorization, Proxy-Authenticate,
 * Proxy-Authentication-Info, TE, Upgrade.  Transfer-Encoding stays, because
 * chunks are passed on as they are, and with it Trailer.
 */
#define HTTP_RW_UPGRADE		0x01	/* Upgrade and its Connection stay */
#define HTTP_RW_CLOSE		0x02	/* say that we close the connection */
#define HTTP_RW_TARGET		0x04	/* target and Host as received */
#define HTTP_RW_PROXY		0x08	/* the next hop is a proxy, or was:
					 * the target as received, and
					 * Proxy-Auth* stay */

/*
 * Appends the request for an origin server: origin form (OPTIONS without a
 * path becomes "*"), and Host as the target says it when the target is in
 * absolute form (RFC 9112, 3.2.2).  The version stays what the client speaks,
 * so that no answer has a framing it does not know.  0, or -1 when the buffer
 * has no room.
 */
int	http_rewrite_request(const struct http_head *, unsigned int flags,
	    struct buf *);

/* Appends the response for the client, always as HTTP/1.1.  0 or -1. */
int	http_rewrite_response(const struct http_head *, unsigned int flags,
	    struct buf *);

#endif /* HTTP_REWRITE_H */
