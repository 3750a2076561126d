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

#ifndef BUDGET_H
#define BUDGET_H

/*
 * What looking around literals may cost in one stream.  Text that is made to
 * be slow has a near-match at every literal; its patterns are turned off for
 * the rest of the stream, which is reported, so that a byte costs no more than
 * it must.  Inside of the detection core only.
 *
 * Plenty is left of the budget of nearly every text, and then few attempts are
 * timed, each for all.  When it gets scarce every one is.  What is timed is
 * the clock on the wall, which is cheap; before a pattern is turned off, and
 * at the end of each piece, the time in which somebody else had the processor
 * is given back.  So on a busy machine nothing is turned off that would not
 * be on a quiet one.
 */

#include <stddef.h>
#include <stdint.h>

#define BUDGET_BURST_NS		4000000		/* at once */
#define BUDGET_BYTE_NS		60		/* and for each byte */
#define BUDGET_RESERVE_NS	500000		/* each pattern's own */
#define BUDGET_SAMPLE		8		/* one of so many is timed */

struct budget_code {
	uint32_t	 spent;		/* ns, counted when it gets scarce */
	int		 off;
	uint64_t	 from;		/* the offset at which it went off */
};

struct budget {
	int64_t			 credit;	/* ns */
	unsigned int		 attempts;
	size_t			 ncodes;
	struct budget_code	*codes;		/* NULL: plenty is left */
	/* Since when the time of this piece counts, 0: it does not yet. */
	uint64_t		 wall;
	uint64_t		 cpu;
};

void	 budget_begin(struct budget *);
void	 budget_end(struct budget *);

/* So many bytes more have come; what is timed from now on is theirs. */
void	 budget_bytes(struct budget *, size_t);

/* An attempt begins; 0 if it is not timed, or what budget_took() wants. */
uint64_t budget_start(struct budget *);
/* The ns to be spent on it. */
uint64_t budget_took(const struct budget *, uint64_t start);

/* Give back what somebody else had of the processor since budget_bytes(). */
void	 budget_settle(struct budget *);

/*
 * One of ncodes patterns was tried at an offset, for so long.  May turn it
 * off.
 */
void	 budget_spend(struct budget *, size_t ncodes, size_t code,
	    uint64_t ns, uint64_t offset);

int	 budget_is_off(const struct budget *, size_t code);

#endif /* BUDGET_H */
