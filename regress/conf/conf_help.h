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

/*
 * What the tests of lib/conf have in common.
 */

#ifndef CONF_HELP_H
#define CONF_HELP_H

#include <stddef.h>

#include "conf.h"

/* The whole file, with a NUL behind it; the test ends if it cannot be read. */
char	*read_file(const char *, size_t *);
/* Write a file in the working directory, mode 0644. */
void	 write_file(const char *name, const char *text);
/* The printed form, and the errors as printed; free(3) them. */
char	*printed(const struct conf *);
char	*errors_printed(const struct conf_errors *);
/* Parse text that must be right. */
struct conf *
	 parse_good(const char *text);
/* Parse text, or a file, that must be wrong; the errors as printed. */
char	*parse_bad(const char *text);
char	*parse_bad_file(const char *path);

#endif
