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
 * Content codings on hostile bytes in hostile pieces: the first byte chooses
 * the codings, the next four the pieces.  What comes out does not depend on
 * these as long as it is sound, and is bounded anyway.
 */

#include <stdlib.h>
#include <string.h>

#include "rules.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define LIMIT	65536

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

/* Scan a body in pieces; what comes out of it is within its bounds. */
static void
scan(enum finding_direction direction, const char *head, const uint8_t *p,
    size_t len, uint32_t seed, struct scan_counters *c)
{
	struct scan_context	 context = {
		.direction = direction, .dest_host = "api.anthropic.com",
		.scan_limit = LIMIT
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
	    (uint64_t)LIMIT || rules->coding_memory != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const	 heads[] = {
		"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: deflate\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: br\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: zstd\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: gzip, br\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Encoding: x, zstd\r\n\r\n",
		"POST / HTTP/1.1\r\n\r\n"
	};
	struct scan_counters		 whole, pieces;
	const char			*head;
	uint32_t			 seed;
	int				 i, gaps = 0;

	if (size < 5)
		return (0);
	head = heads[data[0] % (sizeof(heads) / sizeof(heads[0]))];
	memcpy(&seed, data + 1, sizeof(seed));
	scan(FINDING_OUTBOUND, head, data + 5, size - 5, 0, &whole);
	scan(FINDING_OUTBOUND, head, data + 5, size - 5, seed | 1, &pieces);
	for (i = 0; i < SCAN_GAP_MAX; i++)
		gaps += i != SCAN_GAP_CODING && whole.gap[i].count > 0;
	if (gaps == 0 && (whole.decoded != pieces.decoded ||
	    whole.hits != pieces.hits))
		abort();
	return (0);
}
