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

#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_reason.h"

/* host and port of RFC 3986 3.2.2 and 3.2.3, without userinfo. */
struct http_authority {
	const char	*host;		/* as received, without brackets */
	size_t		 host_len;
	bool		 literal6;	/* was an IPv6 literal in brackets */
	uint16_t	 port;		/* 0: none given */
};

/*
 * Splits and checks an authority.  Host names are letters, digits, '-', '.'
 * and '_'; a '%' is refused, so that no two readers can see two names.  An
 * IPv6 literal has no zone.  Ports are 1 to 65535 without leading zeros.
 */
enum http_reason http_authority_parse(struct http_authority *, const char *,
		    size_t);

/* RFC 9110 5.6.2: is every one of len bytes a tchar, and len not 0? */
bool	 http_is_token(const char *, size_t);
/* Is it a byte of a field value or reason phrase (RFC 9110 5.5)? */
bool	 http_is_text(uint8_t);
/* Compares len bytes with a string without case. */
bool	 http_equal(const char *, size_t, const char *);
/* Value of one hexadecimal digit, -1 when it is none. */
int	 http_hexval(uint8_t);

#endif /* HTTP_TARGET_H */
