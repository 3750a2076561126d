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

#ifndef SHELL_NAMES_H
#define SHELL_NAMES_H

/*
 * Names of the commands that rules are about, in a text as a shell reads it,
 * and whether a text as it stands may become one that has any.  Inside of the
 * shell's view only.
 */

#include <stddef.h>
#include <stdint.h>

struct classes;

/* What is looked up for each word; filled in by names_learn(). */
struct names {
	uint8_t		 first[26];	/* name by its first letter */
	uint32_t	 lengths[26];	/* bit n: one of n bytes */
	uint32_t	 second[26];	/* bit n: with this second letter */
};

void	 names_learn(struct names *);

/* Letters, digits and "_": what names are made of. */
int	 names_byte(uint8_t);

/* Whether one of the words of a text is such a name. */
int	 names_in(const struct names *, const uint8_t *, size_t);

/*
 * Whether names_in() may say yes to what shell_plain() makes of this text: 0
 * is certain, 1 is not.  The text begins and ends between words.  Special says
 * whether there is a byte that shell_plain() may change, if the answer is 0.
 */
int	 names_maybe(const struct names *, const uint8_t *, size_t,
	    int *special);

/*
 * The same of a text of many lines: a place up to which the answer is 0 for
 * all lines that end before it, or len.  The classes are those of a text that
 * this one is in, or NULL if they are not known.
 */
size_t	 names_next(const struct names *, const struct classes *,
	    const uint8_t *, size_t, int *special);

/* Whether a text may be cut behind this byte, see names_maybe(). */
int	 names_cut(uint8_t);

#endif /* SHELL_NAMES_H */
