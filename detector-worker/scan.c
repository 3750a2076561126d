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
#include <strings.h>

#include "coding.h"
#include "deltas.h"
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
	size_t		 len;

	if ((scan = calloc(1, sizeof(*scan))) == NULL)
		return (NULL);
	scan->rules = rules;
	scan->cb = cb;
	scan->arg = arg;
	scan->direction = context->direction;
	scan->limit = context->scan_limit;
	scan->plain = context->plain;
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
	/* Who ends in the middle hides nothing by that. */
	seen_forget(scan);
	view_free(scan->body);
	scan_ws_free(scan->ws);
	seen_free(scan);
	free(scan);
}

void
scan_counters(const struct scan *scan, struct scan_counters *counters)
{
	*counters = scan->counters;
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

const char *
scan_gap_name(enum scan_gap gap)
{
	static const char *const	 names[SCAN_GAP_MAX] = {
		[SCAN_GAP_LIMIT] = "scan_limit",
		[SCAN_GAP_CODING] = "content_coding",
		[SCAN_GAP_ERROR] = "coding_error",
		[SCAN_GAP_OUTPUT] = "output_cap",
		[SCAN_GAP_RATIO] = "ratio_cap",
		[SCAN_GAP_WINDOW] = "coding_window",
		[SCAN_GAP_MEMORY] = "decode_memory",
		[SCAN_GAP_BUDGET] = "decode_budget",
		[SCAN_GAP_DEPTH] = "decode_depth",
		[SCAN_GAP_VIEWS] = "decode_views",
		[SCAN_GAP_BLOCKS] = "open_blocks",
		[SCAN_GAP_WEBSOCKET] = "websocket",
		[SCAN_GAP_DEFLATE] = "websocket_deflate"
	};

	return (names[gap]);
}

uint64_t
scan_times(const struct scan *scan, unsigned int times)
{
	if (scan->limit == 0 || scan->limit > UINT64_MAX / times)
		return (UINT64_MAX);
	return (scan->limit * times);
}

void
scan_note_gap(struct scan *scan, enum scan_gap gap, uint64_t bytes)
{
	scan->counters.gap[gap].count++;
	scan->counters.gap[gap].bytes += bytes;
}

void
scan_add_gap(struct scan *scan, enum scan_gap gap, uint64_t bytes)
{
	if (scan->counters.gap[gap].count == 0)
		scan->counters.gap[gap].count = 1;
	scan->counters.gap[gap].bytes += bytes;
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

	if (scan_describe(scan, place, rc, m, severity, offset, &hit) == -1 ||
	    seen_add(scan, place, rc, m, &hit, 0) == -1)
		scan->counters.hits_dropped++;
}

void
scan_own(struct scan *scan, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m, uint64_t offset)
{
	struct scan_hit	 hit;

	if (scan_describe(scan, place, rc, m, FINDING_LOW, offset,
	    &hit) == -1)
		return;
	(void)seen_add(scan, place, rc, m, &hit, 1);
	if (rc->pattern->fleeting || scan->cb == NULL || scan->cb->own == NULL)
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
	if (rules_limited(scan->rules, rc) && scan->cb != NULL &&
	    scan->cb->disabled != NULL)
		scan->cb->disabled(rc->rule->name, scan->arg);
}

static int
body_begin(struct scan *scan)
{
	struct place	 place;
	struct view	*v;
	int		 r;

	memset(&place, 0, sizeof(place));
	place.channel = SCAN_BODY;
	place.query = scan->form;
	if ((v = view_new(scan, &place)) == NULL)
		return (-1);
	if (scan->ncodings > 0)
		r = coding_attach(v, scan->codings, scan->ncodings);
	else
		r = view_decodes(v);
	if (r == -1) {
		view_free(v);
		return (-1);
	}
	scan->body = v;
	return (0);
}

void
scan_body(struct scan *scan, const void *data, size_t len)
{
	size_t	 n;

	if (scan->ws != NULL && !scan->ended) {
		scan_ws_feed(scan->ws, data, len);
		deltas_flush(scan);
		seen_report(scan);
		return;
	}
	n = scan_account(scan, len, scan->ended ? 0 : len);
	if (n < len)
		scan->body_skipped = 1;
	if (n == 0)
		return;
	if (scan->unknown)
		scan_add_gap(scan, SCAN_GAP_CODING, n);
	if (scan->body == NULL && body_begin(scan) == -1)
		scan_add_gap(scan, SCAN_GAP_MEMORY, n);
	else
		view_feed(scan->body, data, n, NULL);
	deltas_flush(scan);
	seen_report(scan);
}

void
scan_body_gap(struct scan *scan, uint64_t n)
{
	struct scan_counters	*c = &scan->counters;

	if (n > UINT64_MAX - c->seen)
		n = UINT64_MAX - c->seen;
	if (n == 0 || scan->ended)
		return;
	c->seen += n;
	c->skipped += n;
	scan_add_gap(scan, SCAN_GAP_LIMIT, n);
	/* A WebSocket has no length, so nothing of it is left out like that. */
	if (scan->body != NULL && scan->ws == NULL)
		view_gap(scan->body);
	seen_report(scan);
}

void
scan_end(struct scan *scan)
{
	if (scan->ended)
		return;
	scan->ended = 1;
	if (scan->ws != NULL)
		scan_ws_end(scan->ws);
	if (scan->body != NULL) {
		/* Nothing is known of what follows the last byte seen. */
		if (scan->body_skipped)
			view_gap(scan->body);
		view_end(scan->body);
		view_free(scan->body);
		scan->body = NULL;
	}
	seen_report(scan);
}

void
scan_abort(struct scan *scan)
{
	scan->aborted = 1;
}

/* The charset of a Content-Type, if it is one of several bytes a unit. */
static void
type_wide(struct scan *scan, const uint8_t *p, size_t len)
{
	static const char	 name[] = "charset=";
	static const struct {
		const char	*label;		/* of the Encoding Standard */
		struct wide	 wide;
	}			 labels[] = {
		{ "utf-16le", { 2, 0 } }, { "utf-16be", { 2, 1 } },
		{ "utf-16", { 2, WIDE_EITHER } }, { "ucs-2", { 2, 0 } },
		{ "unicode", { 2, 0 } }, { "utf-32le", { 4, 0 } },
		{ "utf-32be", { 4, 1 } }, { "utf-32", { 4, WIDE_EITHER } }
	};
	size_t			 i, n;

	memset(&scan->wide, 0, sizeof(scan->wide));
	for (; len >= sizeof(name) - 1; p++, len--)
		if (strncasecmp((const char *)p, name, sizeof(name) - 1) == 0)
			break;
	if (len < sizeof(name) - 1)
		return;
	p += sizeof(name) - 1;
	len -= sizeof(name) - 1;
	if (len > 0 && *p == '"') {
		p++;
		len--;
	}
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		n = strlen(labels[i].label);
		if (len >= n && strncasecmp((const char *)p, labels[i].label,
		    n) == 0) {
			scan->wide = labels[i].wide;
			return;
		}
	}
}

/* What the field lines say of the body; the last head counts. */
static void
body_fields(struct scan *scan, const uint8_t *p, size_t len)
{
	static const char	 type[] = "application/x-www-form-urlencoded";
	const uint8_t		*end = p + len, *nl, *colon, *v;
	const char		*field;
	size_t			 n;

	scan->ncodings = 0;
	scan->unknown = scan->form = 0;
	memset(&scan->wide, 0, sizeof(scan->wide));
	for (; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		colon = memchr(p, ':', (size_t)(nl - p));
		if (colon == NULL || (field = field_known(p,
		    (size_t)(colon - p))) == NULL)
			continue;
		for (v = colon + 1; v < nl && (*v == ' ' || *v == '\t'); v++)
			continue;
		n = (size_t)(nl - v);
		if (strcmp(field, "content-encoding") == 0 ||
		    strcmp(field, "transfer-encoding") == 0)
			coding_field(scan, v, n);
		else if (strcmp(field, "content-type") == 0) {
			type_wide(scan, v, n);
			scan->form = n >= sizeof(type) - 1 &&
			    strncasecmp((const char *)v, type,
			    sizeof(type) - 1) == 0;
		}
	}
}

/*
 * What a target or the value of a field decodes to.  The rules have had the
 * text itself.  A view serves all of a section until something came of it,
 * since what is below knows its place.
 */
static void
decode_text(struct scan *scan, struct view **v, const struct place *place,
    const uint8_t *p, size_t len)
{
	if (len == 0)
		return;
	if (*v != NULL && (view_open(*v) ||
	    view_place(*v)->query != place->query)) {
		view_free(*v);
		*v = NULL;
	}
	if (*v == NULL) {
		if ((*v = view_new(scan, place)) == NULL ||
		    view_decodes(*v) == -1) {
			view_free(*v);
			*v = NULL;
			scan_note_gap(scan, SCAN_GAP_MEMORY, len);
			return;
		}
		view_seen(*v);
	}
	view_move(*v, place);
	view_feed(*v, p, len, NULL);
	view_end(*v);
}

static void
decode_target(struct scan *scan, const uint8_t *p, size_t len)
{
	struct place	 place;
	struct view	*v = NULL;
	const uint8_t	*q;
	size_t		 n;

	memset(&place, 0, sizeof(place));
	place.channel = SCAN_TARGET;
	q = memchr(p, '?', len);
	n = q == NULL ? len : (size_t)(q - p);
	decode_text(scan, &v, &place, p, n);
	place.query = 1;
	decode_text(scan, &v, &place, p + n, len - n);
	view_free(v);
}

static void
decode_fields(struct scan *scan, enum scan_channel channel, const uint8_t *p,
    size_t len)
{
	const uint8_t	*end = p + len, *nl, *colon;
	struct place	 place;
	struct view	*v = NULL;

	memset(&place, 0, sizeof(place));
	place.channel = channel;
	for (; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		if ((colon = memchr(p, ':', (size_t)(nl - p))) == NULL)
			continue;
		place.field = field_known(p, (size_t)(colon - p));
		decode_text(scan, &v, &place, colon + 1,
		    (size_t)(nl - colon) - 1);
	}
	view_free(v);
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
		decode_target(scan, p, first);
	}
	body_fields(scan, p + first, n - first);
	if (n > first) {
		place.channel = SCAN_HEADER;
		stream_section(scan, &place, p + first, n - first, first, 1);
		decode_fields(scan, SCAN_HEADER, p + first, n - first);
	}
	seen_report(scan);
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
	decode_fields(scan, SCAN_TRAILER, data, n);
	seen_report(scan);
}
