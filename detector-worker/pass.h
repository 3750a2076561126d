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

#ifndef PASS_H
#define PASS_H

/*
 * One piece of a stream, or a text in one piece, while it is looked at.
 * Inside of the detection core, for stream.c.
 */

#include <stddef.h>
#include <stdint.h>

#include "budget.h"
#include "rules.h"

struct place;
struct prefilter_stream;
struct scan;

/* Bytes that PCRE2 is shown at once. */
struct window {
	const uint8_t		*buf;
	size_t			 len;
	uint64_t		 base;		/* offset of buf[0] */
	const struct place	*place;
	int			 final;		/* nothing comes after */
	int			 lines;		/* every line a stream */
};

/* One piece of a stream, while it is looked at. */
struct pass {
	struct scan		*scan;
	struct rules		*rules;
	struct budget		*budget;
	struct window		 piece;		/* base is its offset */
	const uint8_t		*carry;		/* what came before it */
	size_t			 carrylen;
	struct window		 joint;		/* len 0: not made yet */
	uint64_t		 floor;
	uint64_t		 query_floor;	/* for rules of queries only */
	uint64_t		 ps_base;
	uint16_t		 touched[RULE_CODES_MAX];
	size_t			 ntouched;
};

/* The piece begins at offset 0 until it is said otherwise. */
void	 pass_begin(struct pass *, struct scan *, const struct place *,
	    struct budget *, const void *, size_t, int final);

/* Report the patterns that were turned off, now that the text is over. */
void	 pass_report(struct scan *, const struct place *,
	    const struct budget *, uint64_t end);

/* A watch of an earlier piece comes back. */
struct watch *pass_restore(struct pass *, const struct watch *);

/*
 * Bring a watch as far as the bytes that are there allow.  It waits
 * afterwards if a match that starts at its position hangs on more of them.
 */
void	 pass_run(struct pass *, struct watch *);

/* The same for one that waits, now that more bytes are there. */
void	 pass_again(struct pass *, struct watch *);

/*
 * Find the literals of the piece and look around them; without a prefilter's
 * stream (NULL) they are searched for one by one.  0, or -1: the prefilter's
 * stream is of no more use, and the piece was searched without it.
 */
int	 pass_scan(struct pass *, struct prefilter_stream *);

/* The n-th watch of the pass, NULL when there are no more. */
struct watch *pass_watched(struct pass *, size_t n);

/* Forget the watches. */
void	 pass_end(struct pass *);

/* stream.c: judge one match; returns where the next one may start. */
size_t	 stream_match(struct scan *, const struct window *,
	    const struct rule_code *, size_t span[2], size_t secret[2]);

#endif /* PASS_H */
