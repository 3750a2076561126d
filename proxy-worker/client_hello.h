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

#ifndef CLIENT_HELLO_H
#define CLIENT_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * What a TLS client asks for, read from its first flight before anybody
 * answers it (RFC 8446, 4.1.2 and 5.1; RFC 6066, 3; RFC 7301).  The handshake
 * message may be spread over any number of records and reads: a ClientHello
 * with a post-quantum key share does not fit into one segment.
 */

#define HELLO_MAX	(64 * 1024)	/* of the handshake message */
#define HELLO_NAME_SIZE	256

enum hello_result {
	HELLO_MORE,		/* not whole yet */
	HELLO_DONE,
	HELLO_BAD		/* no ClientHello, or beyond HELLO_MAX */
};

struct hello_reader {
	uint8_t		 record[5];	/* header of the record being read */
	size_t		 have;		/* bytes of it */
	size_t		 left;		/* of the record's payload */
	struct buf	 msg;		/* the handshake message so far */
	/* Valid after HELLO_DONE; the name in lower case. */
	char		 name[HELLO_NAME_SIZE];	/* server_name, or "" */
	bool		 alpn;		/* the client offers protocols */
	bool		 alpn_http11;	/* and http/1.1 is one of them */
};

void		  hello_init(struct hello_reader *);
void		  hello_free(struct hello_reader *);
/*
 * The next bytes of the connection, none twice.  Everything behind the
 * ClientHello is ignored.  After HELLO_DONE or HELLO_BAD it must not be called
 * again.
 */
enum hello_result hello_feed(struct hello_reader *, const uint8_t *, size_t);

#endif /* CLIENT_HELLO_H */
