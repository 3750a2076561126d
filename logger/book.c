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

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "compat.h"

struct pair {
	TAILQ_ENTRY(pair)	 used;		/* most recently used last */
	LIST_ENTRY(pair)	 chain;		/* same bucket */
	uint8_t			 fp[BOOK_FP_SIZE];
	char			 host[MSG_DEST_SIZE];
};

struct book {
	size_t			 max;
	size_t			 n;
	TAILQ_HEAD(, pair)	 pairs;
	size_t			 nbuckets;	/* a power of two */
	LIST_HEAD(bucket, pair)	*buckets;
};

struct book *
book_new(size_t n)
{
	struct book	*b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	b->max = n;
	TAILQ_INIT(&b->pairs);
	for (b->nbuckets = 1; b->nbuckets < n; )
		b->nbuckets *= 2;
	b->buckets = calloc(b->nbuckets, sizeof(*b->buckets));
	if (b->buckets == NULL) {
		free(b);
		return NULL;
	}
	return b;
}

static void
pair_remove(struct book *b, struct pair *p)
{
	TAILQ_REMOVE(&b->pairs, p, used);
	LIST_REMOVE(p, chain);
	free(p);
	b->n--;
}

void
book_free(struct book *b)
{
	if (b == NULL)
		return;
	while (!TAILQ_EMPTY(&b->pairs))
		pair_remove(b, TAILQ_FIRST(&b->pairs));
	free(b->buckets);
	free(b);
}

char *
book_host(const char *dest, char host[MSG_DEST_SIZE])
{
	char	*colon;

	strlcpy(host, dest, MSG_DEST_SIZE);
	/* an address of IPv6 is in brackets */
	if ((colon = strrchr(host, ':')) != NULL)
		*colon = '\0';
	return host;
}

int
book_add(struct book *b, const uint8_t fp[BOOK_FP_SIZE], const char *host,
    unsigned int *others)
{
	struct bucket	*bucket;
	struct pair	*p, *found = NULL;
	size_t		 slot;

	/* a fingerprint is as good as random: its bytes are the hash */
	memcpy(&slot, fp, sizeof(slot));
	bucket = &b->buckets[slot & (b->nbuckets - 1)];
	*others = 0;
	LIST_FOREACH(p, bucket, chain) {
		if (memcmp(p->fp, fp, BOOK_FP_SIZE) != 0)
			continue;
		if (strcmp(p->host, host) == 0)
			found = p;
		else
			(*others)++;
	}
	if (found != NULL) {
		TAILQ_REMOVE(&b->pairs, found, used);
		TAILQ_INSERT_TAIL(&b->pairs, found, used);
		return 0;
	}
	if (b->n == b->max)
		pair_remove(b, TAILQ_FIRST(&b->pairs));
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return 1;	/* said again next time */
	memcpy(p->fp, fp, BOOK_FP_SIZE);
	strlcpy(p->host, host, sizeof(p->host));
	TAILQ_INSERT_TAIL(&b->pairs, p, used);
	LIST_INSERT_HEAD(bucket, p, chain);
	b->n++;
	return 1;
}

void
book_each(const struct book *b, void (*cb)(const uint8_t[BOOK_FP_SIZE],
    const char *, void *), void *arg)
{
	const struct pair	*p;

	TAILQ_FOREACH(p, &b->pairs, used)
		cb(p->fp, p->host, arg);
}
