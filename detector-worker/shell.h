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

#ifndef SHELL_H
#define SHELL_H

/* Commands as a shell reads them, see shell.c. */

#include <stddef.h>
#include <stdint.h>

#define SHELL_VIEW	"shell"

/* The decoder for what clients receive. */
extern const struct decoder decoder_shell;

/*
 * Remove what does not change a command: quotes, backslashes, continuations,
 * $IFS, substitutions of words.  Out has room for len bytes.  Returns how many
 * there are.
 */
size_t	 shell_plain(const uint8_t *, size_t len, uint8_t *out);

/*
 * How much of a line there is if it ends with an operator that wants a
 * command, without the white space and the comment behind that; else 0.
 */
size_t	 shell_wants(const uint8_t *, size_t len);

/* Where a string of JSON ends that a command ran out of, or len. */
size_t	 shell_text_end(const uint8_t *, size_t len);

/*
 * Whether the quote at p ends a string of JSON: an object ends with it, or its
 * next key follows.  A command does not go on behind it.
 */
int	 shell_string_ends(const uint8_t *p, size_t len);

#endif /* SHELL_H */
