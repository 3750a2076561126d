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

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec	 ts;

	if (clock_gettime(id, &ts) == -1)
		return (0);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static int
is_scarce(const struct budget *b)
{
	return (b->credit <= BUDGET_BURST_NS / 2);
}

void
budget_begin(struct budget *b)
{
	memset(b, 0, sizeof(*b));
	b->credit = BUDGET_BURST_NS;
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

	b->wall = 0;
	if (len > (uint64_t)most / BUDGET_BYTE_NS)
		b->credit = BUDGET_BURST_NS;
	else
		b->credit += (int64_t)len * BUDGET_BYTE_NS;
}

uint64_t
budget_start(struct budget *b)
{
	uint64_t	 now;

	if (!is_scarce(b) && b->attempts++ % BUDGET_SAMPLE != 0)
		return (0);
	now = clock_ns(CLOCK_MONOTONIC);
	if (is_scarce(b) && b->wall == 0) {
		b->cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		b->wall = now;
	}
	return (now);
}

uint64_t
budget_took(const struct budget *b, uint64_t start)
{
	uint64_t	 ns = clock_ns(CLOCK_MONOTONIC) - start, most;

	if (is_scarce(b))
		return (ns);
	/* A guess, which may make it scarce and no more. */
	most = (uint64_t)(b->credit - BUDGET_BURST_NS / 2);
	ns *= BUDGET_SAMPLE;
	return (ns < most ? ns : most);
}

void
budget_settle(struct budget *b)
{
	uint64_t	 wall, cpu, lost;
	size_t		 i;

	if (b->wall == 0)
		return;
	wall = clock_ns(CLOCK_MONOTONIC);
	cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	lost = wall - b->wall;
	lost = cpu - b->cpu < lost ? lost - (cpu - b->cpu) : 0;
	b->wall = wall;
	b->cpu = cpu;
	if (lost > BUDGET_BURST_NS)
		lost = BUDGET_BURST_NS;
	b->credit += (int64_t)lost;
	if (b->credit > BUDGET_BURST_NS)
		b->credit = BUDGET_BURST_NS;
	/* Nobody knows whose attempt it was that took so long. */
	for (i = 0; b->codes != NULL && i < b->ncodes; i++)
		b->codes[i].spent -= lost < b->codes[i].spent ?
		    (uint32_t)lost : b->codes[i].spent;
}

static int
is_over(const struct budget *b, const struct budget_code *c)
{
	/* Another pattern's bait does not turn off one that is modest. */
	return (b->credit <= 0 && c->spent > BUDGET_RESERVE_NS && !c->off);
}

void
budget_spend(struct budget *b, size_t ncodes, size_t code, uint64_t ns,
    uint64_t offset)
{
	struct budget_code	*c;
	int			 scarce = is_scarce(b);

	/* It cannot get worse than off. */
	if (ns > BUDGET_BURST_NS)
		ns = BUDGET_BURST_NS;
	b->credit -= (int64_t)ns;
	if (b->credit < -BUDGET_BURST_NS)
		b->credit = -BUDGET_BURST_NS;
	if (!scarce)
		return;
	/* Without memory nothing is turned off; it is slow, not wrong. */
	if (b->codes == NULL && (b->codes = calloc(ncodes,
	    sizeof(*b->codes))) == NULL)
		return;
	b->ncodes = ncodes;
	c = &b->codes[code];
	c->spent = ns > UINT32_MAX - c->spent ? UINT32_MAX :
	    c->spent + (uint32_t)ns;
	if (is_over(b, c))
		budget_settle(b);
	if (is_over(b, c)) {
		c->off = 1;
		c->from = offset;
	}
}

int
budget_is_off(const struct budget *b, size_t code)
{
	return (b->codes != NULL && b->codes[code].off);
}
