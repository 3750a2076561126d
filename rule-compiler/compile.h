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

#ifndef COMPILE_H
#define COMPILE_H

#include <stddef.h>
#include <stdint.h>

/* Literals for Vectorscan; hits carry their index in the list. */
struct compile_list {
	char		**text;
	size_t		 *len;
	unsigned int	 *id;
	unsigned int	 *flags;
	unsigned int	  n;
	unsigned int	  size;
};

/*
 * The next literal, of 1 to COMPILE_LITERAL_MAX bytes that may be any; its
 * number is the count of those before it.  0, or -1: out of memory, or it is
 * too long, or there are COMPILE_LITERALS_MAX already.
 */
#define COMPILE_LITERAL_MAX	64
#define COMPILE_LITERALS_MAX	8192
int	 compile_add(struct compile_list *, const void *, size_t,
	    int caseless);
void	 compile_clear(struct compile_list *);

/*
 * A serialised streaming database of the list, for this very machine.  The
 * caller frees it.  0, or -1 with the cause in errbuf.
 */
int	 compile_database(const struct compile_list *, char **, size_t *,
	    char *errbuf, size_t errlen);

#endif /* COMPILE_H */
