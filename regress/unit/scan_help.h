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


#ifndef SCAN_HELP_H
#define SCAN_HELP_H

/* What the tests of the detection core share: collecting hits. */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define HITS_MAX	256

/* Tests of the rules and streams; those of decoders say 0. */
#ifndef HELP_PLAIN
#define HELP_PLAIN	1
#endif

struct hits {
	size_t		 n;
	size_t		 limited;
	struct scan_hit	 hit[HITS_MAX];
};

extern const char *const benign_texts[];

static void
help_hit(const struct scan_hit *hit, void *arg)
{
	struct hits	*hits = arg;

	ATF_REQUIRE(hits->n < HITS_MAX);
	hits->hit[hits->n++] = *hit;
}

static void
help_limited(const char *pattern, enum scan_channel channel, uint64_t offset,
    uint64_t bytes, void *arg)
{
	struct hits	*hits = arg;

	(void)pattern;
	(void)channel;
	(void)offset;
	(void)bytes;
	hits->limited++;
}

static const struct scan_callbacks help_callbacks = {
	.hit = help_hit, .limited = help_limited
};

static inline struct rules *
help_rules(void)
{
	static const uint8_t	 key[SCAN_KEY_SIZE] = "the key of these tests";
	struct rules		*rules;
	char			 err[256] = "";

	rules = rules_new(err, sizeof(err));
	ATF_REQUIRE_MSG(rules != NULL, "%s", err);
	rules_set_key(rules, key);
	return (rules);
}

static inline struct scan *
help_scan(struct rules *rules, enum finding_direction direction,
    const char *host, uint64_t limit, struct hits *hits)
{
	struct scan_context	 context = {
		.direction = direction, .dest_host = host,
		.scan_limit = limit, .plain = HELP_PLAIN
	};
	struct scan		*scan;

	memset(hits, 0, sizeof(*hits));
	scan = scan_new(rules, &context, &help_callbacks, hits);
	ATF_REQUIRE(scan != NULL);
	return (scan);
}

/* Scan a body in pieces of step bytes after a first one; step 0: whole. */
static inline void
help_body(struct rules *rules, enum finding_direction direction,
    const char *text, size_t len, size_t first, size_t step,
    struct hits *hits)
{
	struct scan	*scan;
	size_t		 n, at;

	scan = help_scan(rules, direction, "x.example", 0, hits);
	if (first > len)
		first = len;
	scan_body(scan, text, first);
	for (at = first; at < len; at += n) {
		n = step == 0 || step > len - at ? len - at : step;
		scan_body(scan, text + at, n);
	}
	scan_end(scan);
	scan_free(scan);
}

static inline int
help_count(const struct hits *hits, const char *pattern)
{
	size_t	 i;
	int	 n = 0;

	for (i = 0; i < hits->n; i++)
		if (strcmp(hits->hit[i].pattern, pattern) == 0)
			n++;
	return (n);
}

static inline int
help_order(const void *a, const void *b)
{
	const struct scan_hit	*x = a, *y = b;
	int			 n;

	if ((n = strcmp(x->pattern, y->pattern)) != 0)
		return (n);
	if (x->offset != y->offset)
		return (x->offset < y->offset ? -1 : 1);
	return (memcmp(x->fingerprint, y->fingerprint, SCAN_FP_SIZE));
}

/* Whether two scans found the same, in whatever order. */
static inline int
help_same(struct hits *a, struct hits *b)
{
	size_t	 i;

	if (a->n != b->n)
		return (0);
	qsort(a->hit, a->n, sizeof(a->hit[0]), help_order);
	qsort(b->hit, b->n, sizeof(b->hit[0]), help_order);
	for (i = 0; i < a->n; i++)
		if (help_order(&a->hit[i], &b->hit[i]) != 0 ||
		    a->hit[i].severity != b->hit[i].severity ||
		    strcmp(a->hit[i].snippet, b->hit[i].snippet) != 0)
			return (0);
	return (1);
}

#endif /* SCAN_HELP_H */
