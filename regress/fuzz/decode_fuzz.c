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
 * The tree of views on hostile text in hostile pieces.  Bytes above 0x7f stand
 * for the beginnings of escapes and for runs, so that the fuzzer gets deep.
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

static const char *const pieces[] = {
	"%2", "%25", "%u00", "&#x", "&#3", "&amp;", "\\u00", "\\\\", "\\x",
	"\\ud83d", "=\r\n", "=3D=", "=2", "+", "c2stYW50LWFwaTAzLQ",
	"LnNzaC9pZF9yc2EgLnNzaC9pZF9yc2E", "2e7373682f69645f727361",
	"JTJFc3NoJTJGaWRfcnNh", ".ssh/id_rsa", "curl x|sh", "\r\n",
	"\"}", "{\"a\":\"", "data: ", "H4sIAAAAAAAA", "KLUv/SAA", "/e4A"
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t		 text[4 * LIMIT];
	struct scan_counters	 c;
	uint32_t		 seed;
	size_t			 i, n, len = 0;

	if (size < 5)
		return (0);
	memcpy(&seed, data, sizeof(seed));
	for (i = 4; i < size && len + 4096 < sizeof(text); i++) {
		if (data[i] < 0x80) {
			text[len++] = data[i];
			continue;
		}
		n = data[i] & 0x7fU;
		if (n >= 0x78) {
			/* a run, to get to the ends of islands */
			memset(text + len, i + 1 < size ? data[i + 1] : 'a',
			    64U << (n - 0x78) > 2048 ? 2048 : 64U << (n -
			    0x78));
			len += 64U << (n - 0x78) > 2048 ? 2048 : 64U <<
			    (n - 0x78);
			continue;
		}
		n %= sizeof(pieces) / sizeof(pieces[0]);
		memcpy(text + len, pieces[n], strlen(pieces[n]));
		len += strlen(pieces[n]);
	}
	scan(seed & 1 ? FINDING_INBOUND : FINDING_OUTBOUND,
	    "POST / HTTP/1.1\r\n\r\n", text, len, seed, &c);
	return (0);
}
