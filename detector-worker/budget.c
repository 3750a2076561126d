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

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "budget.h"

uint64_t
budget_clock(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		return (0);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

void
budget_begin(struct budget *b)
{
	b->credit = BUDGET_BURST_NS;
	b->codes = NULL;
}

void
budget_end(struct budget *b)
{
	free(b->codes);
	b->codes = NULL;
}

void
budget_bytes(struct budget *b, size_t len)
{
	int64_t	 most = BUDGET_BURST_NS - b->credit;

	if (len > (uint64_t)most / BUDGET_BYTE_NS)
		b->credit = BUDGET_BURST_NS;
	else
		b->credit += (int64_t)len * BUDGET_BYTE_NS;
}

void
budget_spend(struct budget *b, size_t ncodes, size_t code, uint64_t ns,
    uint64_t offset)
{
	struct budget_code	*c;

	/* It cannot get worse than off. */
	if (ns > BUDGET_BURST_NS)
		ns = BUDGET_BURST_NS;
	b->credit -= (int64_t)ns;
	if (b->credit < -BUDGET_BURST_NS)
		b->credit = -BUDGET_BURST_NS;
	if (b->credit > BUDGET_BURST_NS / 2)
		return;
	/* Without memory nothing is turned off; it is slow, not wrong. */
	if (b->codes == NULL && (b->codes = calloc(ncodes,
	    sizeof(*b->codes))) == NULL)
		return;
	c = &b->codes[code];
	c->spent = ns > UINT32_MAX - c->spent ? UINT32_MAX :
	    c->spent + (uint32_t)ns;
	/* Another pattern's bait does not turn off one that is modest. */
	if (b->credit <= 0 && c->spent > BUDGET_RESERVE_NS && !c->off) {
		c->off = 1;
		c->from = offset;
	}
}

int
budget_is_off(const struct budget *b, size_t code)
{
	return (b->codes != NULL && b->codes[code].off);
}
