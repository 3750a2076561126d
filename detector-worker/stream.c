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
 * Looking at one stream.
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
#include "scan_private.h"
#include "stream.h"

#define NOT_SEARCHED	(SIZE_MAX - 1)

struct stream {
	struct scan	*scan;
	struct place	 place;
	uint64_t	 base;			/* offset of carry[0] */
	size_t		 carrylen;
	uint16_t	 pos[RULE_CODES_MAX];	/* in carry */
	uint8_t		 carry[SCAN_CARRY];
};

/* What a pass looks at. */
struct window {
	const uint8_t		*buf;
	size_t			 len;
	uint64_t		 base;		/* offset of buf[0] */
	const struct place	*place;
	int			 final;		/* nothing comes after */
	int			 lines;		/* every line a stream */
};

int
place_allows(const struct place *place, const struct rule *rule)
{
	switch (place->channel) {
	case SCAN_TARGET:
		return ((rule->channels & RULE_IN_TARGET) != 0 ||
		    (place->query && (rule->channels & RULE_IN_QUERY) != 0));
	case SCAN_HEADER:
	case SCAN_TRAILER:
		return ((rule->channels & RULE_IN_HEADER) != 0);
	case SCAN_BODY:
		return ((rule->channels & RULE_IN_BODY) != 0);
	}
	return (0);
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
line_find(const struct window *v, size_t at, struct line *line)
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

/* Whether the match is the destination's own credential in its own place. */
static int
stream_own(struct scan *scan, const struct window *v,
    const struct rule_match *m, const struct line *line)
{
	struct rule_where	 w;
	size_t			 s = (size_t)(m->text - v->buf);

	if (m->pattern->provider == PROVIDER_NONE)
		return (0);
	memset(&w, 0, sizeof(w));
	w.channel = v->place->channel;
	if (line->field != NULL) {
		w.field = line->field;
		w.before = v->buf + line->value;
		w.beforelen = s - line->value;
		if (line->valueend > s + m->len)
			w.afterlen = line->valueend - s - m->len;
	} else if (v->place->channel == SCAN_TARGET) {
		w.before = v->buf;
		w.beforelen = s;
		w.afterlen = v->len - s - m->len;
	} else if (v->place->channel == SCAN_BODY) {
		w.before = m->text - m->left;
		w.beforelen = m->left;
		w.from_start = m->left < RULE_LEFT;
	} else
		return (0);
	return (provider_owns(m->pattern->provider, scan->host, &w));
}

/* Judge one match; returns where the next one may start. */
static size_t
stream_match(struct scan *scan, const struct window *v,
    const struct rule_code *rc, size_t span[2], size_t secret[2])
{
	const struct rule_pattern	*p = rc->pattern;
	struct rule_match		 m;
	struct place			 place;
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
	place = *v->place;
	if (line.field != NULL)
		place.field = line.field;
	if (stream_own(scan, v, &m, &line)) {
		scan_own(scan, &place, rc, &m, v->base + s);
		return (span[1]);
	}
	scan_found(scan, &place, rc, &m, severity, v->base + s);
	return (span[1]);
}

/* Where to look for one pattern in a window. */
struct search {
	const struct window	*v;
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
	const struct window		*v = f->v;
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
stream_code(struct scan *scan, const struct window *v,
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
			f.pos = stream_match(scan, v, rc, f.span, f.secret);
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
			scan_limited(scan, v->place, rc, v->base + f.pos,
			    v->len - f.pos);
			return (v->len);
		}
	}
}


/* One pass over the carry and the new bytes in the rules' window. */
static void
stream_pass(struct stream *st, const void *data, size_t len, int final)
{
	struct scan		*scan = st->scan;
	struct rules		*rules = scan->rules;
	const struct rule_code	*rc;
	struct window		 v;
	size_t			 pos[RULE_CODES_MAX], i, least, keep;
	size_t			 ncodes = rules->ncodes[scan->direction];

	memcpy(rules->window, st->carry, st->carrylen);
	if (len > 0)
		memcpy(rules->window + st->carrylen, data, len);
	memset(&v, 0, sizeof(v));
	v.buf = rules->window;
	v.len = st->carrylen + len;
	v.base = st->base;
	v.place = &st->place;
	v.final = final;
	least = v.len;
	for (i = 0; i < ncodes; i++) {
		rc = &rules->codes[scan->direction][i];
		pos[i] = place_allows(&st->place, rc->rule) ?
		    stream_code(scan, &v, rc, st->pos[i]) : v.len;
		if (pos[i] < least)
			least = pos[i];
	}
	/* What waits, and what lookbehind and validators want before it. */
	keep = least > RULE_LEFT ? least - RULE_LEFT : 0;
	st->carrylen = v.len - keep;
	memcpy(st->carry, v.buf + keep, st->carrylen);
	for (i = 0; i < ncodes; i++)
		st->pos[i] = (uint16_t)(pos[i] - keep);
	st->base += keep;
}

struct stream *
stream_new(struct scan *scan, const struct place *place)
{
	struct stream	*st;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return (NULL);
	st->scan = scan;
	st->place = *place;
	return (st);
}

void
stream_free(struct stream *st)
{
	if (st == NULL)
		return;
	OPENSSL_cleanse(st->carry, sizeof(st->carry));
	free(st);
}

void
stream_feed(struct stream *st, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 chunk;

	while (len > 0) {
		chunk = len < SCAN_CHUNK ? len : SCAN_CHUNK;
		stream_pass(st, p, chunk, 0);
		p += chunk;
		len -= chunk;
	}
}

void
stream_gap(struct stream *st, const void *left, size_t len)
{
	size_t	 i;

	if (len > RULE_LEFT) {
		left = (const uint8_t *)left + (len - RULE_LEFT);
		len = RULE_LEFT;
	}
	st->base += st->carrylen;
	OPENSSL_cleanse(st->carry, st->carrylen);
	if (len > 0)
		memcpy(st->carry, left, len);
	st->carrylen = len;
	for (i = 0; i < RULE_CODES_MAX; i++)
		st->pos[i] = (uint16_t)len;
}

void
stream_end(struct stream *st)
{
	if (st->carrylen > 0)
		stream_pass(st, NULL, 0, 1);
	stream_gap(st, NULL, 0);
}

void
stream_section(struct scan *scan, const struct place *place,
    const void *data, size_t len, uint64_t base, int lines)
{
	const struct rule_code	*rc;
	const uint8_t		*q;
	struct window		 v;
	struct place		 query = *place;
	size_t			 i, from = len;

	memset(&v, 0, sizeof(v));
	v.buf = data;
	v.len = len;
	v.base = base;
	v.place = place;
	v.final = 1;
	v.lines = lines;
	query.query = 1;
	if (place->channel == SCAN_TARGET && len > 0 &&
	    (q = memchr(data, '?', len)) != NULL)
		from = (size_t)(q - v.buf) + 1;
	for (i = 0; i < scan->rules->ncodes[scan->direction]; i++) {
		rc = &scan->rules->codes[scan->direction][i];
		if (place_allows(place, rc->rule))
			(void)stream_code(scan, &v, rc, 0);
		else if (from < len && place_allows(&query, rc->rule))
			(void)stream_code(scan, &v, rc, from);
	}
}
