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

#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "msg_leaf.h"

/* A fingerprint as people compare it. */
#define FINGERPRINT_GROUPS_SIZE	96
#define FINGERPRINT_HEX_SIZE	(2 * CA_FINGERPRINT_SIZE + 1)

/*
 * Eight groups of eight digits; the last, which people compare, in brackets.
 * Returns buf.
 */
const char *fingerprint_groups(const uint8_t fp[CA_FINGERPRINT_SIZE],
	    char buf[FINGERPRINT_GROUPS_SIZE]);
/* All 64 digits, and the last eight of them, in lower case. */
const char *fingerprint_hex(const uint8_t fp[CA_FINGERPRINT_SIZE],
	    char buf[FINGERPRINT_HEX_SIZE]);
#define FINGERPRINT_LAST(hex)	((hex) + 2 * CA_FINGERPRINT_SIZE - 8)
/*
 * Is text the last n digits of the fingerprint, n 8 or 64?  Any case; colons,
 * blanks and brackets between them do not count.
 */
int	 fingerprint_matches(const uint8_t fp[CA_FINGERPRINT_SIZE],
	    const char *text, size_t n);

#endif /* FINGERPRINT_H */
