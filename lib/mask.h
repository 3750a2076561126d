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

#ifndef MASK_H
#define MASK_H

/*
 * Masking of what may hold a secret before it is written anywhere.
 *
 * A host name can carry a secret in a label (DNS exfiltration), so names are
 * shown by allow-list: a label stays if it reads like a name somebody chose
 * (words, short numbers, a few short mixed parts); anything else becomes
 * "[REDACTED:n]", n its length.
 */

#include <stddef.h>
#include <stdint.h>

/* Enough for every masked host; with a port it fits MSG_DEST_SIZE. */
#define MASK_HOST_SIZE		266

/*
 * Mask a host name or IP literal (without brackets).  IP literals and
 * ordinary names come out unchanged, but in lower case.  Names that are not
 * names at all (bad characters, too long) become one "[REDACTED:n]".
 * Returns 0, or -1 if the buffer is too small, which MASK_HOST_SIZE never is.
 */
int	 mask_host(const char *host, char *buf, size_t len);

/*
 * The dest field of a finding: masked host, colon, port; IPv6 literals in
 * brackets.  Same return value; MASK_HOST_SIZE and 6 more are always enough.
 */
int	 mask_dest(const char *host, uint16_t port, char *buf, size_t len);

/*
 * The masked form of a secret: its public prefix, "[REDACTED]" and the length
 * of the whole secret, as in "sk-ant-api03-[REDACTED](108)".  Prefix bytes
 * that are not printable ASCII become "?".  Returns 0, or -1 if too small.
 */
int	 mask_secret(const char *prefix, size_t prefixlen, size_t len,
	    char *buf, size_t buflen);

#endif /* MASK_H */
