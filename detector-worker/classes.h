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

#ifndef CLASSES_H
#define CLASSES_H

/*
 * What the bytes of a text are: a bit for each of them and for each class that
 * somebody looks for, found in one pass for all of them and read 64 at once.
 * Inside of the detection core only.
 */

#include <stddef.h>
#include <stdint.h>

#define CLASSES_MAX	16384	/* bytes of one block */
#define CLASSES_WORDS	(CLASSES_MAX / 64 + 1)

#define RUN_MIN		16	/* a shorter run may be no encoding */

/*
 * The lowest bit of a word is the first byte of 64; none is set behind the
 * last byte.
 */
typedef uint64_t	class_bits[CLASSES_WORDS];

/* Bytes that one look finds missing in most blocks. */
#define HAS_PERCENT	0x01
#define HAS_PLUS	0x02
#define HAS_AMPERSAND	0x04
#define HAS_BACKSLASH	0x08
#define HAS_EQUALS	0x10

struct classes {
	const uint8_t	*text;
	size_t		 len;
	unsigned int	 has;		/* of the HAS bytes */
	class_bits	 alnum;
	class_bits	 base64;	/* both alphabets, and ends of lines */
	class_bits	 hex;		/* digits of either case */
	/* For the shell's view: bytes of names, bytes that may have to go, */
	class_bits	 name;
	class_bits	 special;
	class_bits	 escape;	/* of these, backslashes and dollars */
	class_bits	 command;	/* and where a name may begin */
};

/* Fill it in for at most CLASSES_MAX bytes, which are borrowed. */
void	 classes_find(struct classes *, const uint8_t *, size_t);
/* The same in one of this machine's ways, for tests; 0 if it has not. */
int	 classes_find_way(struct classes *, const uint8_t *, size_t,
	    unsigned int way);

/* 64 bits from a place on. */
static inline uint64_t
classes_at(const class_bits bits, size_t at)
{
	size_t	 i = at / 64, n = at % 64;

	if (n == 0)
		return (bits[i]);
	return (bits[i] >> n |
	    (i + 1 < CLASSES_WORDS ? bits[i + 1] << (64 - n) : 0));
}

/*
 * Where the next run of RUN_MIN bits begins, from a place on, or the one that
 * the text ends with, however short; len if it ends with none.
 */
size_t	 classes_run(const class_bits, size_t from, size_t len);

/* Where the bits end that are set from a place on. */
size_t	 classes_run_end(const class_bits, size_t from, size_t len);

#endif /* CLASSES_H */
