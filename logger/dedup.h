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

#ifndef DEDUP_H
#define DEDUP_H

#include <stddef.h>
#include <stdint.h>

#include "msg_finding.h"

#define DEDUP_KEY_SIZE	32		/* SHA-256 */

/*
 * What was written lately: each finding's id, to know a repetition after a
 * crash, and its key, to know the same finding made again.  Bounded; the
 * entry unused for longest makes room.
 */
struct dedup;

struct dedup_entry {
	uint8_t		 id[FINDING_ID_SIZE];
	uint8_t		 key[DEDUP_KEY_SIZE];
	int64_t		 time_ms;	/* when it was accepted */
	int		 pending;	/* not on disk yet */
};

/*
 * Room for n entries; NULL when out of memory.  Makes libcrypto ready, which
 * wants files: call it before the sandbox closes.
 */
struct dedup	*dedup_new(size_t n);
void		 dedup_free(struct dedup *);
size_t		 dedup_count(const struct dedup *);

/* The key: direction, pattern, destination, client and fingerprint. */
void		 dedup_key(const struct finding_rec *, uint8_t[DEDUP_KEY_SIZE]);

/* The entry of an id, or NULL; good until the next call. */
const struct dedup_entry *
		 dedup_find_id(const struct dedup *,
		    const uint8_t[FINDING_ID_SIZE]);
/* The finding of that id is on disk now. */
void		 dedup_written(struct dedup *,
		    const uint8_t[FINDING_ID_SIZE]);
/*
 * 1 when one of that key was written less than window seconds before now_ms;
 * never with window 0.  A clock set back counts as no time passed.
 */
int		 dedup_has_key(struct dedup *, const uint8_t[DEDUP_KEY_SIZE],
		    int64_t now_ms, uint32_t window);
/* An id that is there already is moved to the new key and time. */
void		 dedup_add(struct dedup *, const struct dedup_entry *);
/* Forgets the entry of an id, if there is one. */
void		 dedup_forget(struct dedup *, const uint8_t[FINDING_ID_SIZE]);
/* Calls cb for each, least recently used first, until cb returns not 0. */
int		 dedup_each(const struct dedup *,
		    int (*cb)(const struct dedup_entry *, void *), void *);

#endif /* DEDUP_H */
