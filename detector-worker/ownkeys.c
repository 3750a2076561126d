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

#include "compat.h"
#include "ownkeys.h"

#define NAME_SIZE	72	/* client names are shorter, CONTRACTS 1 */

struct row {
	char		 client[NAME_SIZE];
	char		 provider[24];
	uint64_t	 used;		/* when, in calls; 0: never */
	unsigned int	 nkeys;
	uint64_t	 keyused[OWNKEYS_KEYS];
	uint8_t		 keys[OWNKEYS_KEYS][OWNKEYS_FP];
};

struct ownkeys {
	uint64_t	 now;
	struct row	 rows[OWNKEYS_ROWS];
};

struct ownkeys *
ownkeys_new(void)
{
	return (calloc(1, sizeof(struct ownkeys)));
}

/* The row of a client and provider; the one unused for longest if none. */
static struct row *
row_get(struct ownkeys *o, const char *client, const char *provider)
{
	struct row	*r, *oldest = &o->rows[0];
	size_t		 i;

	for (i = 0; i < OWNKEYS_ROWS; i++) {
		r = &o->rows[i];
		if (r->used != 0 && strcmp(r->client, client) == 0 &&
		    strcmp(r->provider, provider) == 0)
			return (r);
		if (r->used < oldest->used)
			oldest = r;
	}
	memset(oldest, 0, sizeof(*oldest));
	strlcpy(oldest->client, client, sizeof(oldest->client));
	strlcpy(oldest->provider, provider, sizeof(oldest->provider));
	return (oldest);
}

int
ownkeys_further(struct ownkeys *o, const char *client, const char *provider,
    const uint8_t fp[OWNKEYS_FP])
{
	struct row	*r = row_get(o, client, provider);
	unsigned int	 i, oldest = 0;

	r->used = ++o->now;
	for (i = 0; i < r->nkeys; i++) {
		if (memcmp(r->keys[i], fp, OWNKEYS_FP) == 0) {
			r->keyused[i] = o->now;
			return (0);
		}
		if (r->keyused[i] < r->keyused[oldest])
			oldest = i;
	}
	if (r->nkeys < OWNKEYS_KEYS)
		oldest = r->nkeys++;
	memcpy(r->keys[oldest], fp, OWNKEYS_FP);
	r->keyused[oldest] = o->now;
	return (r->nkeys > 1);
}
