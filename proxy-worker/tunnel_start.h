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

#ifndef TUNNEL_START_H
#define TUNNEL_START_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a client speaks inside a CONNECT, told from its first bytes.  They are
 * given whole, as many as there are; once there is a verdict, more bytes do
 * not change it.
 */
#define TUNNEL_START_MAX	128	/* so many bytes always decide */

enum tunnel_kind {
	TUNNEL_MORE,			/* could still be this or that */
	TUNNEL_TLS,			/* a TLS record (RFC 8446, 5.1) */
	TUNNEL_HTTP,			/* an HTTP/1 request line, or one that
					 * some reader may take for it */
	TUNNEL_HTTP2,			/* its preface (RFC 9113, 3.4) */
	TUNNEL_UNKNOWN
};

enum tunnel_kind tunnel_classify(const uint8_t *, size_t);

#endif /* TUNNEL_START_H */
