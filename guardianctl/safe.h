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

#ifndef SAFE_H
#define SAFE_H

#include <stddef.h>
#include <stdio.h>

/*
 * All that guardianctl prints goes through here.  What it prints was made from
 * what strangers sent; a terminal must get neither control bytes (ECMA-48 C0,
 * C1, DEL) nor characters that hide or reorder text (Unicode bidirectional
 * controls, zero-width and tag characters).  Each such character is shown as
 * \uXXXX, a byte that is not UTF-8 (RFC 3629) as \ufffd; inside a JSON string
 * that is the same string again, so one form serves people and programs.
 */

#define SAFE_GROWTH	6	/* output bytes for one input byte, at most */

/*
 * Copies len bytes to dst, at most size - 1 and a NUL, whole characters only.
 * size must not be 0.  Returns the length of what it wrote.
 */
size_t	safe_copy(char *dst, size_t size, const char *src, size_t len);

/* Formats one line, makes it safe, writes it and a newline. */
void	safe_line(FILE *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
/* The same for len bytes as they are. */
void	safe_write(FILE *, const char *, size_t len);
/* "guardianctl: ..." on standard error. */
void	safe_warnx(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));
/* Flushes standard output: 0, or -1 and a warning, for instance a full disk. */
int	safe_flush(void);

#endif /* SAFE_H */
