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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "compat.h"
#include "dedup.h"
#include "log.h"

#define NONE	UINT32_MAX

/*
 * Entries live in one array and refer to each other by index: in two hash
 * chains, and in a list from the least to the most recently used.
 */
struct slot {
	struct dedup_entry	 e;
	uint32_t		 id_next;
	uint32_t		 key_next;
	uint32_t		 prev;
	uint32_t		 next;
	int			 keyed;		/* is in its key's chain */
};

struct dedup {
	struct slot	*slots;
	uint32_t	*ids;
	uint32_t	*keys;
	uint32_t	 mask;
	uint32_t	 size;
	uint32_t	 count;
	uint32_t	 free;		/* freed slots, chained by next */
	uint32_t	 fresh;		/* first slot never used */
	uint32_t	 oldest;
	uint32_t	 newest;
	uint64_t	 seed[1 + DEDUP_KEY_SIZE / 4];
};

/*
 * Peers choose what is in it, so it is a hash that nobody can make collide.
 */
static void
digest(const void *buf, size_t len, uint8_t key[DEDUP_KEY_SIZE])
{
	uint8_t		 md[EVP_MAX_MD_SIZE];
	unsigned int	 n;

	if (EVP_Digest(buf, len, md, &n, EVP_sha256(), NULL) != 1 ||
	    n != DEDUP_KEY_SIZE)
		fatalx("no SHA-256");
	memcpy(key, md, DEDUP_KEY_SIZE);
}

struct dedup *
dedup_new(size_t n)
{
	struct dedup	*d;
	uint8_t		 unused[DEDUP_KEY_SIZE];
	uint32_t	 buckets = 1;

	if (n == 0 || n > 1U << 24 || (d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	while (buckets < n)
		buckets *= 2;
	d->size = (uint32_t)n;
	d->mask = buckets - 1;
	d->free = d->oldest = d->newest = NONE;
	d->slots = calloc(n, sizeof(*d->slots));
	d->ids = calloc(buckets, sizeof(*d->ids));
	d->keys = calloc(buckets, sizeof(*d->keys));
	if (d->slots == NULL || d->ids == NULL || d->keys == NULL) {
		dedup_free(d);
		return NULL;
	}
	arc4random_buf(d->seed, sizeof(d->seed));
	digest("", 0, unused);
	return d;
}

void
dedup_free(struct dedup *d)
{
	if (d == NULL)
		return;
	free(d->slots);
	free(d->ids);
	free(d->keys);
	free(d);
}

size_t
dedup_count(const struct dedup *d)
{
	return d->count;
}

static size_t
add_str(uint8_t *buf, size_t len, const char *str)
{
	size_t	 n = strlen(str) + 1;

	/* with the NUL: no two lists of strings run together alike */
	memcpy(buf + len, str, n);
	return len + n;
}

void
dedup_key(const struct finding_rec *r, uint8_t key[DEDUP_KEY_SIZE])
{
	uint8_t	 buf[1 + sizeof(r->finding.pattern) +
		    sizeof(r->finding.dest) + sizeof(r->client) +
		    sizeof(r->fp)];
	size_t	 len = 0;

	buf[len++] = (uint8_t)r->finding.direction;
	len = add_str(buf, len, r->finding.pattern);
	len = add_str(buf, len, r->finding.dest);
	len = add_str(buf, len, r->client);
	memcpy(buf + len, r->fp, sizeof(r->fp));
	digest(buf, len + sizeof(r->fp), key);
}

/*
 * Peers choose ids; without a secret one of them could put them all into the
 * same chain.  This family of functions (sums of 32-bit words, each times a
 * random 64-bit number, upper half taken) is strongly universal, whatever the
 * input.
 */
static uint32_t
bucket(const struct dedup *d, const uint8_t *p, size_t len)
{
	uint64_t	 h = d->seed[0];
	uint32_t	 w;
	size_t		 i;

	for (i = 0; i < len / sizeof(w); i++) {
		memcpy(&w, p + i * sizeof(w), sizeof(w));
		h += d->seed[i + 1] * w;
	}
	return (uint32_t)(h >> 32) & d->mask;
}

/* Buckets hold index + 1, so that zeroed memory is an empty table. */
static uint32_t
find_id(const struct dedup *d, const uint8_t *id)
{
	uint32_t	 i;

	for (i = d->ids[bucket(d, id, FINDING_ID_SIZE)]; i != 0;
	    i = d->slots[i - 1].id_next)
		if (memcmp(d->slots[i - 1].e.id, id, FINDING_ID_SIZE) == 0)
			return i - 1;
	return NONE;
}

static uint32_t
find_key(const struct dedup *d, const uint8_t *key)
{
	uint32_t	 i;

	for (i = d->keys[bucket(d, key, DEDUP_KEY_SIZE)]; i != 0;
	    i = d->slots[i - 1].key_next)
		if (memcmp(d->slots[i - 1].e.key, key, DEDUP_KEY_SIZE) == 0)
			return i - 1;
	return NONE;
}

static void
list_remove(struct dedup *d, uint32_t i)
{
	struct slot	*s = &d->slots[i];

	if (s->prev == NONE)
		d->oldest = s->next;
	else
		d->slots[s->prev].next = s->next;
	if (s->next == NONE)
		d->newest = s->prev;
	else
		d->slots[s->next].prev = s->prev;
}

static void
list_append(struct dedup *d, uint32_t i)
{
	struct slot	*s = &d->slots[i];

	s->next = NONE;
	s->prev = d->newest;
	if (d->newest == NONE)
		d->oldest = i;
	else
		d->slots[d->newest].next = i;
	d->newest = i;
}

static void
unkey(struct dedup *d, uint32_t i)
{
	struct slot	*s = &d->slots[i];
	uint32_t	*p;

	if (!s->keyed)
		return;
	for (p = &d->keys[bucket(d, s->e.key, sizeof(s->e.key))];
	    *p != i + 1; p = &d->slots[*p - 1].key_next)
		;
	*p = s->key_next;
	s->keyed = 0;
}

static void
drop(struct dedup *d, uint32_t i)
{
	struct slot	*s = &d->slots[i];
	uint32_t	*p;

	for (p = &d->ids[bucket(d, s->e.id, sizeof(s->e.id))]; *p != i + 1;
	    p = &d->slots[*p - 1].id_next)
		;
	*p = s->id_next;
	unkey(d, i);
	list_remove(d, i);
	s->next = d->free;
	d->free = i;
	d->count--;
}

const struct dedup_entry *
dedup_find_id(const struct dedup *d, const uint8_t id[FINDING_ID_SIZE])
{
	uint32_t	 i = find_id(d, id);

	return i == NONE ? NULL : &d->slots[i].e;
}

void
dedup_written(struct dedup *d, const uint8_t id[FINDING_ID_SIZE])
{
	uint32_t	 i;

	if ((i = find_id(d, id)) != NONE)
		d->slots[i].e.pending = 0;
}

int
dedup_has_key(struct dedup *d, const uint8_t key[DEDUP_KEY_SIZE],
    int64_t now_ms, uint32_t window)
{
	struct slot	*s;
	uint32_t	 i;

	if (window == 0 || (i = find_key(d, key)) == NONE)
		return 0;
	s = &d->slots[i];
	if (s->e.time_ms > now_ms)
		s->e.time_ms = now_ms;
	if (now_ms - s->e.time_ms >= (int64_t)window * 1000)
		return 0;
	/* what comes again and again stays; its time does not move */
	list_remove(d, i);
	list_append(d, i);
	return 1;
}

void
dedup_add(struct dedup *d, const struct dedup_entry *e)
{
	struct slot	*s;
	uint32_t	 i, b;

	if ((i = find_id(d, e->id)) != NONE)
		drop(d, i);
	/* one entry speaks for a key, so chains hold no row of equal ones */
	if ((i = find_key(d, e->key)) != NONE)
		unkey(d, i);
	if (d->count == d->size)
		drop(d, d->oldest);
	if (d->free != NONE) {
		i = d->free;
		d->free = d->slots[i].next;
	} else
		i = d->fresh++;
	s = &d->slots[i];
	s->e = *e;
	b = bucket(d, e->id, sizeof(e->id));
	s->id_next = d->ids[b];
	d->ids[b] = i + 1;
	b = bucket(d, e->key, sizeof(e->key));
	s->key_next = d->keys[b];
	d->keys[b] = i + 1;
	s->keyed = 1;
	list_append(d, i);
	d->count++;
}

void
dedup_forget(struct dedup *d, const uint8_t id[FINDING_ID_SIZE])
{
	uint32_t	 i;

	if ((i = find_id(d, id)) != NONE)
		drop(d, i);
}

int
dedup_each(const struct dedup *d,
    int (*cb)(const struct dedup_entry *, void *), void *arg)
{
	uint32_t	 i;
	int		 r;

	for (i = d->oldest; i != NONE; i = d->slots[i].next)
		if ((r = cb(&d->slots[i].e, arg)) != 0)
			return r;
	return 0;
}
