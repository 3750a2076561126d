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

#include "body_scan.h"
#include "rules.h"

static void
hit(const struct scan_hit *h, void *arg)
{
	const char	*p;

	(void)arg;
	for (p = h->snippet; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			abort();
	if (p == h->snippet)
		abort();
}

static const struct scan_callbacks callbacks = { .hit = hit };

static struct rules *
the_rules(void)
{
	static struct rules	*rules;
	char			 err[128];

	if (rules == NULL && (rules = rules_new(err, sizeof(err))) == NULL)
		abort();
	return (rules);
}

void
body_scan(enum finding_direction direction, const char *head, const uint8_t *p,
    size_t len, uint32_t seed, struct scan_counters *c)
{
	struct scan_context	 context = {
		.direction = direction, .dest_host = "api.anthropic.com",
		.scan_limit = BODY_LIMIT
	};
	struct rules		*rules = the_rules();
	struct scan		*s;
	size_t			 n, at, most;

	if ((s = scan_new(rules, &context, &callbacks, NULL)) == NULL)
		abort();
	scan_head(s, head, strlen(head));
	most = seed == 0 ? len : (size_t)1 << (seed >> 28);
	for (at = 0; at < len; at += n) {
		seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
		n = seed == 0 ? len : 1 + (seed >> 8) % most;
		if (n > len - at)
			n = len - at;
		scan_body(s, p + at, n);
	}
	scan_end(s);
	scan_counters(s, c);
	scan_free(s);
	if (c->seen != len + strlen(head) || c->scanned + c->skipped !=
	    c->seen || c->decoded > (SCAN_OUTPUT_TIMES + SCAN_DECODE_TIMES) *
	    (uint64_t)BODY_LIMIT || rules->coding_memory != 0)
		abort();
}
