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

#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

#define PROBE_TIMEOUT	10	/* seconds, for each step */

/*
 * Connects to a listener as status shows it, "a.b.c.d:port" or "[v6]:port"; a
 * wildcard is reached over loopback.  The non-blocking socket, or -1 with a
 * reason in error.
 */
int	 probe_connect(const char *listener, char *error, size_t size);

/*
 * Sends a request and reads the answer's head.  Returns the status code (RFC
 * 9112 section 4), or -1 with a reason in error.  With a status other than 200
 * error has what the answer's body says, as far as it came with the head.
 */
int	 probe_exchange(int fd, const char *request, size_t len, char *error,
	    size_t size);

#endif /* PROBE_H */
