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


/*
 * The detection core on hostile bytes in hostile pieces.
 *
 * The input is a script: bytes below 0x80 stand for themselves, a byte above
 * puts one of the registry's own examples there, so that the fuzzer gets to
 * whole keys and commands and to their neighbours.  The text is scanned whole
 * and in pieces chosen by the first bytes; the hits must be the same, unless a
 * rule was stopped for being slow, and every snippet must be printable.  In
 * prefilter_fuzz one of the two scans has a database.  And what a look around
 * a literal says must hold for every match that PCRE2 finds.
 */

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#ifdef FUZZ_DATABASE
#include "../unit/prefilter_help.h"
#endif

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define TEXT_MAX	40000
#define HITS		512

struct hits {
	size_t		 n;
	int		 limited;
	struct scan_hit	 hit[HITS];
};

static void
hit(const struct scan_hit *h, void *arg)
{
	struct hits	*hits = arg;
	const char	*p;

	if (hits->n == HITS)
		abort();
	for (p = h->snippet; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			abort();
	if (p == h->snippet)
		abort();
	hits->hit[hits->n++] = *h;
}

/* Too slow, or against a limit of PCRE2: what is found is no longer all. */
static void
limited(const char *pattern, enum scan_channel channel, uint64_t offset,
    uint64_t bytes, void *arg)
{
	struct hits	*hits = arg;

	(void)pattern;
	(void)channel;
	(void)offset;
	if (bytes == 0)
		abort();
	hits->limited = 1;
}

static const struct scan_callbacks callbacks = {
	.hit = hit, .limited = limited
};

/* The example number n of the registry, expanded. */
static size_t
example(unsigned int n, char *buf, size_t size)
{
	const struct rule		*rule;
	const struct rule_pattern	*p;
	const char *const		*e;
	size_t				 i;
	int				 len;

	for (;;)
		for (i = 0; rules_registries[i] != NULL; i++)
			for (rule = rules_registries[i]; rule->name != NULL;
			    rule++)
				for (p = rule->patterns; p->id != NULL; p++)
					for (e = p->examples; *e != NULL; e++)
						if (n-- == 0) {
							len = rules_expand(*e,
							    1, buf, size);
							return (len < 0 ? 0 :
							    (size_t)len);
						}
}

static size_t
build(const uint8_t *data, size_t size, char *text)
{
	size_t	 used = 0, i;

	for (i = 0; i < size && used + 2048 < TEXT_MAX; i++) {
		if (data[i] < 0x80)
			text[used++] = (char)data[i];
		else if (data[i] < 0xf0 && i + 1 < size) {
			/* two bytes name an example */
			used += example((data[i] & 0x7fU) * 4U +
			    (data[i + 1] & 3U), text + used, 2048);
			i++;
		} else if (i + 1 < size) {
			/* or a run of one byte, to get to the widths */
			memset(text + used, data[i + 1], 64U * (data[i] & 15U));
			used += 64U * (data[i] & 15U);
			i++;
		}
	}
	return (used);
}

static int
order(const void *a, const void *b)
{
	const struct scan_hit	*x = a, *y = b;
	int			 n;

	if ((n = strcmp(x->pattern, y->pattern)) != 0)
		return (n);
	if (x->offset != y->offset)
		return (x->offset < y->offset ? -1 : 1);
	return (memcmp(x->fingerprint, y->fingerprint, SCAN_FP_SIZE));
}

static void
scan(struct rules *rules, enum finding_direction direction, const char *text,
    size_t len, uint32_t seed, struct hits *hits)
{
	struct scan_context	 context = {
		.direction = direction, .dest_host = "api.anthropic.com",
		.plain = 1
	};
	struct scan_counters	 c;
	struct scan		*s;
	size_t			 n, at, most;

	hits->n = 0;
	hits->limited = 0;
	if ((s = scan_new(rules, &context, &callbacks, hits)) == NULL)
		abort();
	most = seed == 0 ? len : (size_t)1 << (seed >> 28);
	for (at = 0; at < len; at += n) {
		seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
		n = seed == 0 ? len : 1 + (seed >> 8) % most;
		if (n > len - at)
			n = len - at;
		scan_body(s, text + at, n);
	}
	scan_end(s);
	scan_counters(s, &c);
	if (c.seen != len || c.scanned != len || c.skipped != 0 ||
	    c.hits != hits->n)
		abort();
	/* Past this many, which ones are reported depends on the order. */
	if (c.hits_dropped > 0)
		hits->n = 0;
	scan_free(s);
	qsort(hits->hit, hits->n, sizeof(hits->hit[0]), order);
}

static struct rules *
make_rules(int database)
{
	static const uint8_t	 key[SCAN_KEY_SIZE] = "a key";
	struct rules		*rules;
	char			 err[128];

	if ((rules = rules_new(err, sizeof(err))) == NULL)
		abort();
	rules_set_key(rules, key);
#ifdef FUZZ_DATABASE
	if (database && prefilter_load(rules, err, sizeof(err)) == -1)
		abort();
#else
	(void)database;
#endif
	return (rules);
}

static void
head(struct rules *rules, enum finding_direction direction, const char *text,
    size_t len, struct hits *hits)
{
	struct scan_context	 context = { .dest_host = "api.anthropic.com",
	    .plain = 1 };
	struct scan		*s;

	context.direction = direction;
	hits->n = 0;
	hits->limited = 0;
	if ((s = scan_new(rules, &context, &callbacks, hits)) == NULL)
		abort();
	scan_head(s, text, len);
	scan_trailer(s, text, len);
	scan_free(s);
	qsort(hits->hit, hits->n, sizeof(hits->hit[0]), order);
}

static void
same(const struct hits *a, const struct hits *b)
{
	size_t	 i;

	if (a->limited || b->limited)
		return;
	if (a->n != b->n)
		abort();
	for (i = 0; i < a->n; i++)
		if (order(&a->hit[i], &b->hit[i]) != 0 ||
		    strcmp(a->hit[i].snippet, b->hit[i].snippet) != 0)
			abort();
}

/* What is said of a literal if the text ends at a place. */
static enum rule_may
near_at(const struct rule_pattern *p, const uint8_t *text, size_t at,
    size_t len, size_t end)
{
	struct rule_near	 n = { text + at, len, at, end - at - len,
	    p->width, { 0 } };

	return (p->near(&n));
}

/* A match has a literal that is told to be of one, and of a whole one. */
static void
near_match(const struct rule_pattern *p, const uint8_t *text, size_t len,
    const size_t span[2], const size_t secret[2])
{
	struct rule_match	 m = { p, text + span[0], span[1] - span[0],
	    NULL, 0, span[0], len - span[1] };
	const char *const	*l;
	size_t			 at, n;

	if (secret[0] != SIZE_MAX) {
		m.secret = text + secret[0];
		m.secretlen = secret[1] - secret[0];
	}
	if (m.left > RULE_LEFT)
		m.left = RULE_LEFT;
	if (m.len > p->width ||
	    (p->validate != NULL && p->validate(&m) == RULE_REJECT))
		return;
	for (at = span[0]; at <= span[0] + p->lead; at++)
		for (l = p->literals; *l != NULL; l++) {
			n = strlen(*l);
			if (at + n <= span[1] &&
			    memcmp(text + at, *l, n) == 0 &&
			    near_at(p, text, at, n, len) == MAY_MATCH &&
			    near_at(p, text, at, n, span[1]) == MAY_MATCH)
				return;
		}
	abort();
}

static void
near(struct rules *rules, enum finding_direction direction, const char *text,
    size_t len)
{
	const struct rule_code	*rc;
	size_t			 span[2], secret[2], at, i;

	for (i = 0; i < rules->ncodes[direction]; i++) {
		rc = &rules->codes[direction][i];
		if (rc->pattern->near == NULL)
			continue;
		for (at = 0; at < len && rules_match(rules, rc,
		    (const uint8_t *)text, len, at, SIZE_MAX, 0, span,
		    secret) == 1; at = span[0] + 1)
			near_match(rc->pattern, (const uint8_t *)text, len,
			    span, secret);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules	*rules, *other;
	static struct hits	 whole, pieces;
	static char		 text[TEXT_MAX];
	enum finding_direction	 direction;
	size_t			 len;
	uint32_t		 seed;
	int			 i;

	if (rules == NULL) {
		rules = make_rules(0);
		other = make_rules(1);
	}
	if (size < 4)
		return (0);
	memcpy(&seed, data, sizeof(seed));
	len = build(data + 4, size - 4, text);
	for (i = 0; i < 2; i++) {
		direction = (enum finding_direction)i;
		near(rules, direction, text, len);
		scan(rules, direction, text, len, 0, &whole);
		scan(other, direction, text, len, seed | 1, &pieces);
		same(&whole, &pieces);
		/* And as a head, where every line is a stream. */
		head(rules, direction, text, len, &whole);
		head(other, direction, text, len, &pieces);
		same(&whole, &pieces);
	}
	return (0);
}
