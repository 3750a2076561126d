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


#ifndef TRANSFER_H
#define TRANSFER_H

/* Content-Transfer-Encoding (RFC 2045, 6): undone in any split. */

#include <stddef.h>
#include <stdint.h>

struct view;

enum transfer_coding {
	TRANSFER_IDENTITY = 0,
	TRANSFER_BASE64,
	TRANSFER_QUOTED
};

/* Zeroed: identity, nothing seen. */
struct transfer {
	enum transfer_coding	 coding;
	uint8_t			 state;		/* inside of an escape */
	uint8_t			 digit;		/* its first, as written */
	uint8_t			 joint;		/* a line was continued */
	uint8_t			 nbits;
	uint32_t		 bits;
};

/* Takes the coding from a field line, if it is that field. */
void	 transfer_field(struct transfer *, const uint8_t *, size_t);
/* Decodes what follows into the view; not for identity. */
void	 transfer_feed(struct transfer *, struct view *, const uint8_t *,
	    size_t);
/* No more comes: an escape that was cut off is text. */
void	 transfer_end(struct transfer *, struct view *);

#endif /* TRANSFER_H */
