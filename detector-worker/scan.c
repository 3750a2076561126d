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
 * Scanning one message.
 *
 * Every pattern keeps its own position in the stream: the next byte at which
 * a match of it may start.  A pass looks at the bytes carried over and the new
 * ones in two steps.  Where a match has all the room it can need, PCRE2
 * matches normally; in the rest, a hard partial match tells a decided result
 * from one that hangs on bytes not there yet, and the position waits at the
 * latter.  So the hits are those of the whole stream, whatever the splits,
 * and nothing decided is held back.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "rules.h"

#define NOT_SEARCHED	(SIZE_MAX - 1)

struct seen {
	unsigned int	 ruleno;
	uint8_t		 fp[SCAN_FP_SIZE];
};

struct scan {
	struct rules			*rules;
	const struct scan_callbacks	*cb;
	void				*arg;
	enum finding_direction		 direction;
	char				 host[256];
	uint64_t			 limit;
	struct scan_counters		 counters;
	struct seen			*seen;
	size_t				 nseen;
	size_t				 seensize;
	int				 ended;
	int				 body_skipped;

	/* The body's stream. */
	uint64_t			 base;	/* offset of carry[0] */
	size_t				 carrylen;
	uint16_t			 pos[RULE_CODES_MAX];	/* in carry */
	uint8_t				 carry[SCAN_CARRY];
};

/* What a pass looks at. */
struct view {
	const uint8_t		*buf;
	size_t			 len;
	uint64_t		 base;		/* channel offset of buf[0] */
	enum scan_channel	 channel;
	int			 final;		/* nothing comes after */
	int			 lines;		/* every line a stream */
};

const char *
scan_channel_name(enum scan_channel channel)
{
	static const char *const	 names[] = {
		"target", "header", "trailer", "body"
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
	OPENSSL_cleanse(scan->carry, sizeof(scan->carry));
	free(scan->seen);
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

static int
is_space(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\r');
}

/* The line around a match and, in a field line, what it says. */
struct line {
	size_t		 start;
	size_t		 end;
	const char	*field;		/* known name, match in its value */
	size_t		 value;		/* trimmed value */
	size_t		 valueend;
};

static void
line_find(const struct view *v, size_t at, struct line *line)
{
	const uint8_t	*colon, *nl;
	size_t		 i = at;

	memset(line, 0, sizeof(*line));
	line->end = v->len;
	if (!v->lines)
		return;
	while (i > 0 && v->buf[i - 1] != '\n')
		i--;
	line->start = i;
	nl = memchr(v->buf + at, '\n', v->len - at);
	if (nl != NULL)
		line->end = (size_t)(nl - v->buf);
	if (line->end > at && v->buf[line->end - 1] == '\r')
		line->end--;
	colon = memchr(v->buf + line->start, ':', line->end - line->start);
	if (colon == NULL || (size_t)(colon - v->buf) >= at)
		return;
	line->field = field_known(v->buf + line->start,
	    (size_t)(colon - v->buf) - line->start);
	line->value = (size_t)(colon - v->buf) + 1;
	while (line->value < at && is_space(v->buf[line->value]))
		line->value++;
	line->valueend = line->end;
	while (line->valueend > at && is_space(v->buf[line->valueend - 1]))
		line->valueend--;
}

static void
scan_report(struct scan *scan, const struct view *v,
    const struct rule_code *rc, const struct rule_match *m, int severity,
    const char *field)
{
	struct scan_hit	 hit;

	memset(&hit, 0, sizeof(hit));
	if (fingerprint_make(scan->rules->key, rc->rule, m,
	    hit.fingerprint) == -1) {
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
	hit.pattern = rc->rule->name;
	hit.threat = rc->rule->threat;
	hit.severity = (enum finding_severity)severity;
	hit.channel = v->channel;
	hit.field = field;
	hit.offset = v->base + (size_t)(m->text - v->buf);
	snippet_build(scan->rules, rc->rule, m, v->channel, field,
	    hit.snippet, sizeof(hit.snippet));
	scan->counters.hits++;
	if (scan->cb != NULL && scan->cb->hit != NULL)
		scan->cb->hit(&hit, scan->arg);
}

/* Judge one match; returns where the next one may start. */
static size_t
scan_match(struct scan *scan, const struct view *v,
    const struct rule_code *rc, size_t span[2], size_t secret[2])
{
	const struct rule_pattern	*p = rc->pattern;
	struct rule_match		 m;
	struct line			 line;
	size_t				 s = span[0], left;
	int				 severity;

	line_find(v, s, &line);
	if (span[1] > line.end) {
		/* It runs into the next field, which is another stream. */
		if (rules_match(scan->rules, rc, v->buf, line.end, s,
		    SIZE_MAX, PCRE2_ANCHORED, span, secret) != 1)
			return (s + 1);
	}
	if (span[1] <= s || span[1] - s > p->width)
		return (s + 1);
	memset(&m, 0, sizeof(m));
	m.pattern = p;
	m.text = v->buf + s;
	m.len = span[1] - s;
	if (secret[0] != SIZE_MAX) {
		m.secret = v->buf + secret[0];
		m.secretlen = secret[1] - secret[0];
	}
	left = s - line.start;
	m.left = left < RULE_LEFT ? left : RULE_LEFT;
	severity = (int)p->severity;
	if (p->validate != NULL)
		severity = p->validate(&m);
	if (severity == RULE_REJECT)
		return (s + 1);
	if (line.field != NULL && owncred_exempt(p->provider, scan->host,
	    line.field, v->buf + line.value, s - line.value,
	    line.valueend > span[1] ? line.valueend - span[1] : 0))
		return (span[1]);
	scan_report(scan, v, rc, &m, severity, line.field);
	return (span[1]);
}

static void
scan_limited(struct scan *scan, const struct view *v,
    const struct rule_code *rc, size_t pos)
{
	scan->counters.limited++;
	if (scan->cb != NULL && scan->cb->limited != NULL)
		scan->cb->limited(rc->rule->name, v->channel, v->base + pos,
		    v->len - pos, scan->arg);
}

/* Where to look for one pattern in a view. */
struct search {
	const struct view	*v;
	const struct rule_code	*rc;
	size_t			 pos;	/* matches start here or later, */
	size_t			 room;	/* and before this */
	uint32_t		 options;
	size_t			 next[RULE_LITERALS_MAX];
	size_t			 span[2];
	size_t			 secret[2];
};

/*
 * The next match, as rules_match() returns it; 0 also says that none starts
 * before room.  A pattern with lead is tried around its literals only, and, if
 * partial matches count, where a literal may still be cut off by the end.
 */
static int
search_next(struct rules *rules, struct search *f)
{
	const struct rule_pattern	*p = f->rc->pattern;
	const struct view		*v = f->v;
	size_t				 i, at, from, pos = f->pos, tail;
	int				 n;

	if (p->lead == 0) {
		n = rules_match(rules, f->rc, v->buf, v->len, pos, SIZE_MAX,
		    f->options, f->span, f->secret);
		return (n > 0 && f->span[0] >= f->room ? 0 : n);
	}
	while (pos < f->room) {
		at = SIZE_MAX;
		for (i = 0; p->literals[i] != NULL; i++) {
			if (f->next[i] == NOT_SEARCHED || f->next[i] < pos)
				f->next[i] = rules_find(rules, f->rc, i,
				    v->buf, v->len, pos);
			if (f->next[i] < at)
				at = f->next[i];
		}
		if (at == SIZE_MAX)
			break;
		from = at - pos > p->lead ? at - p->lead : pos;
		if (from >= f->room)
			return (0);
		n = rules_match(rules, f->rc, v->buf, v->len, from,
		    at < f->room ? at : f->room - 1, f->options, f->span,
		    f->secret);
		if (n != 0)
			return (n);
		pos = at + 1;
	}
	if (pos >= f->room || (f->options & PCRE2_PARTIAL_HARD) == 0)
		return (0);
	tail = (size_t)p->lead + RULE_LITERAL_LEN;
	if (v->len > tail && v->len - tail > pos)
		pos = v->len - tail;
	return (rules_match(rules, f->rc, v->buf, v->len, pos, SIZE_MAX,
	    f->options, f->span, f->secret));
}

/*
 * Look for one pattern from pos on.  Returns the position from which it has
 * still to be looked for when more bytes have come.
 */
static size_t
scan_code(struct scan *scan, const struct view *v,
    const struct rule_code *rc, size_t pos)
{
	struct search	 f;
	size_t		 i, width = rc->pattern->width;
	int		 n;

	f.v = v;
	f.rc = rc;
	f.pos = pos;
	f.options = 0;
	for (i = 0; i < RULE_LITERALS_MAX; i++)
		f.next[i] = NOT_SEARCHED;
	/* Matches that start before room are not cut off by the end. */
	if (v->final)
		f.room = v->len;
	else
		f.room = v->len > width ? v->len - width : 0;

	for (;;) {
		if (f.pos >= f.room)
			n = 0;
		else
			n = search_next(scan->rules, &f);
		switch (n) {
		case 1:
			f.pos = scan_match(scan, v, rc, f.span, f.secret);
			break;
		case 2:
			if (v->len - f.span[0] <= width)
				return (f.span[0]);
			/* Longer than a match may be: it is none. */
			f.pos = f.span[0] + 1;
			break;
		case 0:
			if (v->final || f.options != 0)
				return (v->len);
			if (f.pos < f.room)
				f.pos = f.room;
			f.room = v->len;
			f.options = PCRE2_PARTIAL_HARD;
			break;
		default:
			scan_limited(scan, v, rc, f.pos);
			return (v->len);
		}
	}
}

/* One pass over the carry and the new bytes in the rules' window. */
static void
scan_pass(struct scan *scan, const void *data, size_t len, int final)
{
	struct rules	*rules = scan->rules;
	struct view	 v;
	size_t		 pos[RULE_CODES_MAX], i, least, keep;
	size_t		 ncodes = rules->ncodes[scan->direction];

	memcpy(rules->window, scan->carry, scan->carrylen);
	if (len > 0)
		memcpy(rules->window + scan->carrylen, data, len);
	memset(&v, 0, sizeof(v));
	v.buf = rules->window;
	v.len = scan->carrylen + len;
	v.base = scan->base;
	v.channel = SCAN_BODY;
	v.final = final;
	least = v.len;
	for (i = 0; i < ncodes; i++) {
		pos[i] = scan_code(scan, &v, &rules->codes[scan->direction][i],
		    scan->pos[i]);
		if (pos[i] < least)
			least = pos[i];
	}
	/* What waits, and what lookbehind and validators want before it. */
	keep = least > RULE_LEFT ? least - RULE_LEFT : 0;
	scan->carrylen = v.len - keep;
	memcpy(scan->carry, v.buf + keep, scan->carrylen);
	for (i = 0; i < ncodes; i++)
		scan->pos[i] = (uint16_t)(pos[i] - keep);
	scan->base += keep;
}

void
scan_body(struct scan *scan, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 n, chunk;

	n = scan_account(scan, len, scan->ended ? 0 : len);
	if (n < len)
		scan->body_skipped = 1;
	while (n > 0) {
		chunk = n < SCAN_CHUNK ? n : SCAN_CHUNK;
		scan_pass(scan, p, chunk, 0);
		p += chunk;
		n -= chunk;
	}
}

void
scan_end(struct scan *scan)
{
	if (scan->ended)
		return;
	scan->ended = 1;
	/* After a gap nothing is known of what follows the last byte seen. */
	if (!scan->body_skipped && scan->carrylen > 0)
		scan_pass(scan, NULL, 0, 1);
	OPENSSL_cleanse(scan->carry, sizeof(scan->carry));
	scan->carrylen = 0;
}

/* A whole section at once; from is where to look for query-only rules. */
static void
scan_section(struct scan *scan, const struct view *v, unsigned int channels,
    size_t query)
{
	const struct rule_code	*rc;
	size_t			 i, from;

	for (i = 0; i < scan->rules->ncodes[scan->direction]; i++) {
		rc = &scan->rules->codes[scan->direction][i];
		if (rc->rule->channels & channels)
			from = 0;
		else if (v->channel == SCAN_TARGET &&
		    (rc->rule->channels & RULE_IN_QUERY))
			from = query;
		else
			continue;
		if (from < v->len)
			(void)scan_code(scan, v, rc, from);
	}
}

void
scan_head(struct scan *scan, const void *data, size_t len)
{
	const uint8_t	*p = data, *nl, *q;
	struct view	 v;
	size_t		 n, first = 0;

	n = scan_account(scan, len, SCAN_HEAD_MAX);
	if (n == 0)
		return;
	memset(&v, 0, sizeof(v));
	v.final = 1;
	if (scan->direction == FINDING_OUTBOUND) {
		nl = memchr(p, '\n', n);
		first = nl == NULL ? n : (size_t)(nl - p) + 1;
		v.buf = p;
		v.len = first;
		v.channel = SCAN_TARGET;
		q = memchr(p, '?', first);
		scan_section(scan, &v, RULE_IN_TARGET,
		    q == NULL ? first : (size_t)(q - p) + 1);
	}
	if (n == first)
		return;
	v.buf = p + first;
	v.len = n - first;
	v.base = first;
	v.channel = SCAN_HEADER;
	v.lines = 1;
	scan_section(scan, &v, RULE_IN_HEADER, 0);
}

void
scan_trailer(struct scan *scan, const void *data, size_t len)
{
	struct view	 v;
	size_t		 n;

	n = scan_account(scan, len, SCAN_HEAD_MAX);
	if (n == 0)
		return;
	memset(&v, 0, sizeof(v));
	v.buf = data;
	v.len = n;
	v.channel = SCAN_TRAILER;
	v.final = 1;
	v.lines = 1;
	scan_section(scan, &v, RULE_IN_HEADER, 0);
}
