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
 * Scanning one message: what is known of it, what has been found in it, and
 * its parts.  Its target and its fields are looked at in one piece; its body
 * is the root of the tree of views.
 */

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "scan_private.h"
#include "stream.h"
#include "view.h"

const char *
scan_channel_name(enum scan_channel channel)
{
	static const char *const	 names[] = {
		"target", "header", "trailer", "body", "websocket"
	};

	return (names[channel]);
}

struct scan *
scan_new(struct rules *rules, const struct scan_context *context,
    const struct scan_callbacks *cb, void *arg)
{
	struct scan	*scan;
	struct place	 place;
	size_t		 len;

	if ((scan = calloc(1, sizeof(*scan))) == NULL)
		return (NULL);
	scan->rules = rules;
	scan->cb = cb;
	scan->arg = arg;
	scan->direction = context->direction;
	scan->limit = context->scan_limit;
	memset(&place, 0, sizeof(place));
	place.channel = SCAN_BODY;
	if ((scan->body = view_new(scan, &place)) == NULL) {
		free(scan);
		return (NULL);
	}
	/* A name that does not fit is nobody's own. */
	len = context->dest_host == NULL ? 0 :
	    strnlen(context->dest_host, sizeof(scan->host));
	if (len < sizeof(scan->host))
		memcpy(scan->host, context->dest_host == NULL ? "" :
		    context->dest_host, len);
	return (scan);
}

void
scan_free(struct scan *scan)
{
	if (scan == NULL)
		return;
	view_free(scan->body);
	scan_ws_free(scan->ws);
	free(scan->seen);
	free(scan);
}

void
scan_counters(const struct scan *scan, struct scan_counters *counters)
{
	*counters = scan->counters;
}

const char *
scan_gap_name(enum scan_gap gap)
{
	static const char *const	 names[SCAN_GAP_MAX] = {
		[SCAN_GAP_LIMIT] = "scan_limit",
		[SCAN_GAP_WEBSOCKET] = "websocket",
		[SCAN_GAP_DEFLATE] = "websocket_deflate"
	};

	return (names[gap]);
}

void
scan_add_gap(struct scan *scan, enum scan_gap gap, uint64_t bytes)
{
	if (scan->counters.gap[gap].count == 0)
		scan->counters.gap[gap].count = 1;
	scan->counters.gap[gap].bytes += bytes;
}

/* Count len more bytes; returns how many of them are to be scanned. */
static size_t
scan_account(struct scan *scan, size_t len, size_t most)
{
	struct scan_counters	*c = &scan->counters;
	size_t			 n = len;

	if (n > most)
		n = most;
	if (scan->limit != 0) {
		if (c->scanned >= scan->limit)
			n = 0;
		else if (n > scan->limit - c->scanned)
			n = (size_t)(scan->limit - c->scanned);
	}
	c->seen += len;
	c->scanned += n;
	c->skipped += len - n;
	if (n < len)
		scan_add_gap(scan, SCAN_GAP_LIMIT, len - n);
	return (n);
}

/* 1 if this is the first such hit of the message, 0 if not, -1 if full. */
static int
scan_remember(struct scan *scan, unsigned int ruleno,
    const uint8_t fp[SCAN_FP_SIZE])
{
	struct seen	*seen;
	size_t		 i, size;

	for (i = 0; i < scan->nseen; i++)
		if (scan->seen[i].ruleno == ruleno &&
		    memcmp(scan->seen[i].fp, fp, SCAN_FP_SIZE) == 0)
			return (0);
	if (scan->nseen == SCAN_HITS_MAX)
		return (-1);
	if (scan->nseen == scan->seensize) {
		size = scan->seensize == 0 ? 4 : scan->seensize * 2;
		seen = reallocarray(scan->seen, size, sizeof(*seen));
		if (seen == NULL)
			return (-1);
		scan->seen = seen;
		scan->seensize = size;
	}
	scan->seen[scan->nseen].ruleno = ruleno;
	memcpy(scan->seen[scan->nseen].fp, fp, SCAN_FP_SIZE);
	scan->nseen++;
	return (1);
}

/* A match without its snippet; 0, or -1 if there is no fingerprint. */
static int
scan_describe(struct scan *scan, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m, int severity,
    uint64_t offset, struct scan_hit *hit)
{
	memset(hit, 0, sizeof(*hit));
	if (fingerprint_make(scan->rules->key, rc->rule, m,
	    hit->fingerprint) == -1)
		return (-1);
	hit->pattern = rc->rule->name;
	hit->threat = rc->rule->threat;
	hit->severity = (enum finding_severity)severity;
	hit->channel = place->channel;
	hit->field = place->field;
	hit->offset = offset;
	return (0);
}

void
scan_found(struct scan *scan, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m, int severity,
    uint64_t offset)
{
	struct scan_hit	 hit;

	if (scan_describe(scan, place, rc, m, severity, offset, &hit) == -1) {
		scan->counters.hits_dropped++;
		return;
	}
	switch (scan_remember(scan, rc->ruleno, hit.fingerprint)) {
	case 0:
		return;
	case -1:
		scan->counters.hits_dropped++;
		return;
	}
	snippet_build(scan->rules, rc->rule, m, place, hit.snippet,
	    sizeof(hit.snippet));
	scan->counters.hits++;
	if (scan->cb != NULL && scan->cb->hit != NULL)
		scan->cb->hit(&hit, scan->arg);
}

void
scan_own(struct scan *scan, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m, uint64_t offset)
{
	struct scan_hit	 hit;

	if (rc->pattern->fleeting || scan->cb == NULL ||
	    scan->cb->own == NULL || scan_describe(scan, place, rc, m,
	    FINDING_LOW, offset, &hit) == -1)
		return;
	snippet_build(scan->rules, rc->rule, m, place, hit.snippet,
	    sizeof(hit.snippet));
	scan->cb->own(&hit, provider_name(rc->pattern->provider), scan->arg);
}

void
scan_limited(struct scan *scan, const struct place *place,
    const struct rule_code *rc, uint64_t offset, uint64_t bytes)
{
	scan->counters.limited++;
	if (scan->cb != NULL && scan->cb->limited != NULL)
		scan->cb->limited(rc->rule->name, place->channel, offset,
		    bytes, scan->arg);
}

void
scan_body(struct scan *scan, const void *data, size_t len)
{
	size_t	 n;

	if (scan->ws != NULL && !scan->ended) {
		scan_ws_feed(scan->ws, data, len);
		return;
	}
	n = scan_account(scan, len, scan->ended ? 0 : len);
	if (n < len)
		scan->body_skipped = 1;
	if (n > 0)
		view_feed(scan->body, data, n, NULL);
}

void
scan_end(struct scan *scan)
{
	if (scan->ended)
		return;
	scan->ended = 1;
	if (scan->ws != NULL)
		scan_ws_end(scan->ws);
	/* After a gap nothing is known of what follows the last byte seen. */
	if (scan->body_skipped)
		view_gap(scan->body);
	view_end(scan->body);
}

void
scan_head(struct scan *scan, const void *data, size_t len)
{
	const uint8_t	*p = data, *nl;
	struct place	 place;
	size_t		 n, first = 0;

	n = scan_account(scan, len, SCAN_HEAD_MAX);
	if (n == 0)
		return;
	memset(&place, 0, sizeof(place));
	if (scan->direction == FINDING_OUTBOUND) {
		nl = memchr(p, '\n', n);
		first = nl == NULL ? n : (size_t)(nl - p) + 1;
		place.channel = SCAN_TARGET;
		stream_section(scan, &place, p, first, 0, 0);
	}
	if (n == first)
		return;
	place.channel = SCAN_HEADER;
	stream_section(scan, &place, p + first, n - first, first, 1);
}

void
scan_trailer(struct scan *scan, const void *data, size_t len)
{
	struct place	 place;
	size_t		 n;

	n = scan_account(scan, len, SCAN_HEAD_MAX);
	if (n == 0)
		return;
	memset(&place, 0, sizeof(place));
	place.channel = SCAN_TRAILER;
	stream_section(scan, &place, data, n, 0, 1);
}
