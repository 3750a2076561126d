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

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "filter.h"
#include "journal.h"
#include "jsonl.h"
#include "mask.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int ok)
{
	if (!ok)
		abort();
}

/* A record that is taken for one survives being written again. */
static void
fuzz_journal(const uint8_t *p, size_t len)
{
	struct journal_rec	 a, b;
	uint8_t			 buf[JOURNAL_REC_MAX];
	size_t			 n;

	if ((n = journal_decode(p, len, &a)) == 0)
		return;
	require(n <= len && n % JOURNAL_ALIGN == 0 && n <= sizeof(buf));
	n = journal_encode(&a, buf);
	require(journal_decode(buf, n, &b) == n);
	require(strcmp(a.client, b.client) == 0);
	require(a.line_len == b.line_len &&
	    memcmp(a.line, b.line, a.line_len) == 0);
}

/* The checksum would keep all others out: made good here. */
static void
fuzz_record(const uint8_t *p, size_t len)
{
	struct journal_rec	 a, b;
	uint8_t			 buf[JOURNAL_REC_MAX];
	size_t			 n;

	memset(&a, 0, sizeof(a));
	a.kind = len > 0 ? (enum journal_kind)(p[0] % 5) : JOURNAL_CARRY;
	n = len < sizeof(a.entry.id) ? len : sizeof(a.entry.id);
	memcpy(a.entry.id, p, n);
	n = len < sizeof(a.client) - 1 ? len : sizeof(a.client) - 1;
	memcpy(a.client, p, n);
	a.line_len = len < sizeof(a.line) ? len : sizeof(a.line);
	memcpy(a.line, p, a.line_len);
	n = journal_encode(&a, buf);
	require(n <= sizeof(buf));
	(void)journal_decode(buf, n, &b);
}

/* Masking twice is masking once, and never grows beyond the buffer. */
static void
fuzz_dest(const uint8_t *p, size_t len)
{
	char	 dest[FINDING_DEST_SIZE], once[FINDING_DEST_SIZE];

	if (len >= sizeof(dest))
		len = sizeof(dest) - 1;
	memcpy(dest, p, len);
	dest[len] = '\0';
	jsonl_mask_dest(dest, sizeof(dest));
	require(strlen(dest) < sizeof(dest));
	memcpy(once, dest, sizeof(once));
	jsonl_mask_dest(dest, sizeof(dest));
	require(strcmp(once, dest) == 0);
}

/* What mask_dest() wrote stays as it is. */
static void
fuzz_masked(const uint8_t *p, size_t len)
{
	char	 host[256], dest[FINDING_DEST_SIZE], again[sizeof(dest)];

	if (len >= sizeof(host))
		len = sizeof(host) - 1;
	memcpy(host, p, len);
	host[len] = '\0';
	if (host[0] == '\0' || mask_dest(host, 443, dest, sizeof(dest)) == -1)
		return;
	memcpy(again, dest, sizeof(again));
	jsonl_mask_dest(again, sizeof(again));
	require(strcmp(again, dest) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct ctl_query	 q;

	memset(&q, 0, sizeof(q));
	q.what = len > 0 && p[0] & 1 ? CTL_EVENTS : CTL_FINDINGS;
	q.since_ms = 1;
	q.min_severity = FINDING_HIGH;
	(void)filter_match(&q, (const char *)p, len);
	fuzz_journal(p, len);
	fuzz_record(p, len);
	fuzz_dest(p, len);
	fuzz_masked(p, len);
	return 0;
}
