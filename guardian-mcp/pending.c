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

#include <string.h>

#include "pending.h"

static void
take_out(struct pending *p, size_t i)
{
	p->n--;
	memmove(&p->v[i], &p->v[i + 1], (p->n - i) * sizeof(p->v[0]));
}

void
pending_add(struct pending *p, const struct id *id, uint64_t at)
{
	p->v[p->n].id = *id;
	p->v[p->n].at = at;
	p->n++;
}

void
pending_remove(struct pending *p, const struct id *id)
{
	size_t	 i;

	for (i = 0; i < p->n; i++) {
		if (id_equal(&p->v[i].id, id)) {
			take_out(p, i);
			return;
		}
	}
}

int
pending_take(struct pending *p, uint64_t before, struct id *id)
{
	/* They are in order. */
	if (p->n == 0 || p->v[0].at >= before)
		return -1;
	*id = p->v[0].id;
	take_out(p, 0);
	return 0;
}
