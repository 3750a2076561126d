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

#ifndef ID_H
#define ID_H

#include <stddef.h>

/*
 * The id of a JSON-RPC request, a string or a number, in a form in which two
 * spellings of one string are the same bytes: the server need not escape as
 * the client does.
 */

#define ID_MAX		256		/* bytes, decoded */
#define ID_RAW_MAX	(ID_MAX * 6)	/* each of them as a \u escape */
#define ID_TEXT_SIZE	(ID_RAW_MAX + 3)

struct id {
	char	 v[ID_MAX + 1];	/* "s" and a string, or "n" and a number */
	size_t	 len;		/* 0: no id */
};

/*
 * From JSON without blanks around it.  0, or -1 if it is neither string nor
 * number, no valid JSON, or too long.
 */
int	 id_parse(struct id *, const char *, size_t);
int	 id_equal(const struct id *, const struct id *);
/* As JSON, in ASCII where it is not UTF-8 in itself; "null" if it is none. */
void	 id_print(const struct id *, char buf[ID_TEXT_SIZE]);

#endif
