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

#ifndef SUBST_H
#define SUBST_H

/*
 * Encodings that replace a byte here and there and leave the rest as it is:
 * the part they have in common.  Inside of the detection core only.
 *
 * A text without an escape costs a search for its first byte.  Around escapes
 * there are islands: the text from VIEW_TAIL bytes before the first to as many
 * after the last, which is more than a match can reach, so that each match
 * with an escape in it is seen whole.  The text between islands has been
 * looked at where it came from.  There an island begins only with an escape
 * that decoding made or that has such a byte near it, for any other has been
 * seen above.
 */

#include <stddef.h>
#include <stdint.h>

struct decoding;

#define SUBST_IN	16	/* longest escape */
#define SUBST_OUT	4	/* bytes it can stand for */
#define SUBST_NEAR	192	/* bytes, as long as keys are */

struct subst;

/* What an escape at p is. */
struct escape {
	size_t		 len;	/* 0: none */
	int		 more;	/* cannot be told without more bytes */
	int		 weak;	/* too common to begin an island */
	uint8_t		 out[SUBST_OUT];
	size_t		 outlen;
};

struct subst_ops {
	/*
	 * The bytes an escape begins with; the second counts in a form or
	 * query only and may be NUL for none.
	 */
	uint8_t		 intro;
	uint8_t		 intro_form;
	unsigned int	 has;		/* their bits, classes.h */
	/* Looks at len bytes, of which the first begins an escape. */
	void		(*escape)(struct subst *, const uint8_t *, size_t len,
			    int final, struct escape *);
	/* What happens to the text between escapes; NULL: nothing. */
	void		(*plain)(const struct subst *, uint8_t *, size_t);
};

/* What those in entity.c, percent.c and escape.c do. */
extern const struct subst_ops	 subst_html;
extern const struct subst_ops	 subst_percent;
extern const struct subst_ops	 subst_escape;

/* The state of a decoder, zeroed at the start of a text. */
struct subst {
	int		 active;	/* on an island */
	int		 refused;	/* there is no view for it */
	int		 joint;		/* something was left out here */
	int		 flag;		/* the ops' own */
	uint32_t	 quiet;		/* bytes since the last escape */
	uint32_t	 near;		/* how many more are near a fresh one */
	uint32_t	 pending;	/* or near an escape without one */
	uint8_t		 carry[SUBST_IN];	/* an escape begun */
	uint16_t	 carryfresh;
	unsigned int	 ncarry;
};

void	 subst_feed(struct decoding *, const struct subst_ops *,
	    const uint8_t *, size_t, const uint8_t *fresh);
void	 subst_end(struct decoding *, const struct subst_ops *);
void	 subst_gap(struct decoding *);

/* UTF-8 of a code point, U+FFFD for what is none; returns the length. */
size_t	 utf8_put(uint32_t, uint8_t[SUBST_OUT]);
/* The value of a hexadecimal digit, or -1. */
int	 hex_value(uint8_t);

#endif /* SUBST_H */
