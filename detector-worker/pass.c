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
 * Every match contains a literal of its pattern, so only the surroundings of
 * literals are looked at.  The database (prefilter.h) finds them in the piece
 * as it came, without a copy; where there is none each is searched for by
 * itself.  A literal makes its pattern a watch: from the earliest byte at
 * which a match with it may start to the literal itself.  PCRE2 is tried on
 * that range, in the piece, or, when it begins before the piece, in a joint of
 * the bytes carried over and the first of the piece.
 *
 * Where a match has all the room it can need, PCRE2 matches normally; in the
 * rest, a hard partial match tells a decided result from one that hangs on
 * bytes not there yet, and the watch waits at the latter.  Further literals of
 * its pattern then only extend the range: a start that is none of a literal's
 * cannot match.  So the hits are those of the whole stream, whatever the
 * splits.
 */

#include <string.h>

#include "pass.h"
#include "prefilter.h"
#include "scan_private.h"
#include "stream.h"

/* The watch of a code in this pass. */
static struct watch *
pass_watch(struct pass *p, size_t code)
{
	struct watch	*w = &p->rules->watch[code];

	if (w->tries == 0) {
		w->code = (uint16_t)code;
		w->tries = 1;
		w->pos = p->floor;
		p->touched[p->ntouched++] = (uint16_t)code;
	}
	return (w);
}

/* The window in which a match may start at pos, with what is left of it. */
static const struct window *
pass_window(struct pass *p, uint64_t pos)
{
	size_t	 more;

	if (p->carrylen == 0 || pos >= p->piece.base + RULE_LEFT)
		return (&p->piece);
	if (p->joint.len == 0) {
		more = p->piece.len < SCAN_JOINT ? p->piece.len : SCAN_JOINT;
		memcpy(p->rules->window, p->carry, p->carrylen);
		if (more > 0)
			memcpy(p->rules->window + p->carrylen, p->piece.buf,
			    more);
		p->joint = p->piece;
		p->joint.buf = p->rules->window;
		p->joint.len = p->carrylen + more;
		p->joint.base = p->piece.base - p->carrylen;
		if (more < p->piece.len)
			p->joint.final = 0;
	}
	return (&p->joint);
}

/* How much of what comes at an offset is in a range, but for its end. */
static size_t
range_skip(const struct range *r, uint64_t at, size_t end)
{
	if (at < r->from || at >= r->to)
		return (0);
	return (r->to - at > end ? (size_t)(r->to - at) - end : 0);
}

/* It reaches from one offset to another, and what it had if that touches. */
static void
range_add(struct range *r, uint64_t from, uint64_t to)
{
	if (from < r->from || from > r->to)
		r->from = from;
	r->to = to;
}

/* The end of the line that a place is in, or len. */
static size_t
line_end(struct watch *w, const struct window *v, size_t at, size_t len)
{
	const uint8_t	*buf = v->buf, *nl;
	size_t		 i, from = at;

	/* A return may be the last thing that was looked at. */
	at += range_skip(&w->goes_on, v->base + at, 2);
	for (; at < len && (nl = memchr(buf + at, '\n', len - at)) != NULL;
	    at = i + 1) {
		i = (size_t)(nl - buf);
		if (i > 0 && buf[i - 1] == '\\')
			continue;
		if (i > 1 && buf[i - 1] == '\r' && buf[i - 2] == '\\')
			continue;
		return (i);
	}
	range_add(&w->goes_on, v->base + from, v->base + len);
	return (len);
}

/* Whether one of some strings is in a part of a window. */
static int
has_one(const char *const *s, const uint8_t *buf, size_t len)
{
	for (; *s != NULL; s++)
		if (memmem(buf, len, *s, strlen(*s)) != NULL)
			return (1);
	return (0);
}

/*
 * Whether a match that starts from one place to another may be, by what it
 * needs: struct rule_pattern.  More may come if it is cut off by the end.
 * The watch keeps what was found out, for the next literal a few bytes on.
 */
static enum rule_may
pass_may_match(const struct rule_pattern *r, struct watch *w,
    const struct window *v, size_t len, size_t from, size_t last, int cut)
{
	size_t	 i, at, end = len;

	if (r->needs[0] == NULL)
		return (MAY_MATCH);
	if (r->line && (end = line_end(w, v, last, len)) < len)
		cut = 0;
	for (i = 0; i < RULE_NEEDS_MAX && r->needs[i] != NULL; i++) {
		at = from;
		if (w->lackno == i)
			at += range_skip(&w->lacks, v->base + from,
			    RULE_NEED_LEN);
		if (at < end && has_one(r->needs[i], v->buf + at, end - at))
			continue;
		if (w->lackno != i) {
			memset(&w->lacks, 0, sizeof(w->lacks));
			w->lackno = (uint8_t)i;
		}
		if (v->base + end > w->lacks.to)
			range_add(&w->lacks, v->base + from, v->base + end);
		return (cut ? MAY_LATER : MAY_NOT);
	}
	return (MAY_MATCH);
}

void
pass_run(struct pass *p, struct watch *w)
{
	const struct rule_code	*rc;
	const struct window	*v;
	size_t			 span[2], secret[2], from, last, room, len;
	size_t			 width;
	uint64_t		 began;
	enum rule_may		 may;
	int			 n, partial;

	rc = &p->rules->codes[p->scan->direction][w->code];
	width = rc->pattern->width;
	w->waits = 0;
	while (w->pos <= w->upto) {
		if (budget_is_off(p->budget, w->code)) {
			w->pos = w->upto + 1;
			return;
		}
		v = pass_window(p, w->pos);
		from = (size_t)(w->pos - v->base);
		last = (size_t)(w->upto - v->base);
		/* Matches that start before room are not cut off by the end. */
		if (v->final)
			room = v->len;
		else
			room = v->len > width ? v->len - width : 0;
		partial = from >= room;
		len = v->len;
		if (!partial) {
			if (last >= room)
				last = room - 1;
			if (len - last > width + 1)
				len = last + width + 1;
		} else if (last >= len)
			last = len - 1;
		may = pass_may_match(rc->pattern, w, v, len, from, last,
		    partial);
		if (may == MAY_LATER) {
			w->waits = 1;
			return;
		}
		if (may == MAY_NOT) {
			w->pos = v->base + last + 1;
			continue;
		}
		began = budget_start(p->budget);
		n = rules_match(p->rules, rc, v->buf, len, from, last,
		    partial ? PCRE2_PARTIAL_HARD : 0, span, secret);
		switch (n) {
		case 0:
			w->pos = v->base + last + 1;
			break;
		case 1:
			w->pos = v->base + stream_match(p->scan, v, rc, span,
			    secret);
			break;
		case 2:
			w->pos = v->base + span[0];
			if (len - span[0] <= width)
				w->waits = 1;
			else	/* longer than a match may be: it is none */
				w->pos++;
			break;
		default:
			scan_limited(p->scan, v->place, rc, w->pos,
			    last + 1 - from);
			w->pos = v->base + last + 1;
			break;
		}
		if (began != 0)
			budget_spend(p->budget,
			    p->rules->ncodes[p->scan->direction], w->code,
			    budget_took(p->budget, began), w->pos);
		if (w->waits)
			return;
	}
}

/*
 * Whether a literal that begins at an offset may be one of a match, which does
 * not start before another.
 */
static enum rule_may
pass_near(struct pass *p, struct watch *w, const struct rule_pattern *r,
    uint64_t from, uint64_t at, size_t len)
{
	const struct window	*v;
	struct rule_near	 n;
	enum rule_may		 may;
	size_t			 i;

	if (r->near == NULL)
		return (MAY_MATCH);
	v = pass_window(p, at - p->floor > RULE_NEAR ? at - RULE_NEAR :
	    p->floor);
	if (at < v->base)
		return (MAY_MATCH);
	n.left = (size_t)(at - v->base);
	if ((n.left < RULE_NEAR && v->base > p->floor) ||
	    v->len - n.left < len)
		return (MAY_MATCH);
	n.literal = v->buf + n.left;
	n.len = len;
	n.right = v->len - n.left - len;
	n.most = r->width;
	for (i = 0; i < RULE_CLEAR; i++)
		n.clear[i] = range_skip(&w->clear[i], at + len, 0);
	may = r->near(&n);
	for (i = 0; i < RULE_CLEAR; i++)
		range_add(&w->clear[i], at + len, at + len + n.clear[i]);
	if (may != MAY_LATER)
		return (may);
	if (v->final)
		return (MAY_NOT);
	/* No more is kept than a match may take. */
	return (v->base + v->len == p->piece.base + p->piece.len &&
	    v->base + v->len - from <= r->width ? MAY_LATER : MAY_MATCH);
}

void
pass_again(struct pass *p, struct watch *w)
{
	const struct rule_code	*rc;
	enum rule_may		 may = MAY_MATCH;

	rc = &p->rules->codes[p->scan->direction][w->code];
	if (w->literal != 0)
		may = pass_near(p, w, rc->pattern, w->pos, w->upto,
		    w->literal);
	if (may == MAY_MATCH)
		pass_run(p, w);
	else if (may == MAY_NOT) {
		w->waits = 0;
		w->pos = w->upto + 1;
	}
}

/* A literal of a code begins at an offset. */
static void
pass_literal(struct pass *p, size_t code, uint64_t at, size_t len,
    size_t slack)
{
	const struct rule_code	*rc;
	struct place		 query;
	struct watch		*w;
	uint64_t		 from, floor = p->floor;
	enum rule_may		 may;

	if (budget_is_off(p->budget, code))
		return;
	rc = &p->rules->codes[p->scan->direction][code];
	if (!place_allows(p->piece.place, rc->rule)) {
		if (at < p->query_floor)
			return;
		query = *p->piece.place;
		query.query = 1;
		if (!place_allows(&query, rc->rule))
			return;
		floor = p->query_floor;
	}
	/* Literals of other lengths may have begun before this one. */
	slack += rc->pattern->lead;
	from = at - p->floor > slack ? at - slack : p->floor;
	if (from < floor)
		from = floor;
	w = pass_watch(p, code);
	may = pass_near(p, w, rc->pattern, from, at, len);
	if (may == MAY_NOT)
		return;
	if (w->waits) {
		if (at > w->upto)
			w->upto = at;
		/* It may wait for the first of them only. */
		if (w->literal != 0 && may == MAY_MATCH)
			pass_run(p, w);
		w->literal = 0;
		return;
	}
	if (w->pos < from)
		w->pos = from;
	if (w->pos > at)
		return;
	w->upto = at;
	w->literal = (uint8_t)len;
	if (may == MAY_LATER)
		w->waits = 1;
	else
		pass_run(p, w);
}

static void
pass_hit(unsigned int id, uint64_t end, void *arg)
{
	struct pass			*p = arg;
	const struct rule_literal	*l;
	const struct rule_code		*codes;
	const uint16_t			*c;
	int				 dir = (int)p->scan->direction;
	size_t				 i;

	if (id >= p->rules->nliterals[dir])
		return;
	l = &p->rules->literals[dir][id];
	codes = p->rules->codes[dir];
	c = p->rules->sharing[dir] + l->first;
	for (i = 0; i < l->n; i++)
		pass_literal(p, c[i], p->ps_base + end - l->len, l->len,
		    (size_t)codes[c[i]].longest - l->len);
}

/* Where literal n of a code begins next, UINT64_MAX if nowhere. */
static uint64_t
pass_next(struct pass *p, const struct rule_code *rc, size_t n, uint64_t from)
{
	const struct window	*v;
	size_t			 at, len;

	if (from < p->piece.base) {
		v = pass_window(p, from);
		len = (size_t)(p->piece.base - v->base) +
		    strlen(rc->pattern->literals[n]) - 1;
		at = rules_find(p->rules, rc, n, v->buf, len < v->len ? len :
		    v->len, (size_t)(from - v->base));
		if (at != SIZE_MAX)
			return (v->base + at);
		from = p->piece.base;
	}
	at = rules_find(p->rules, rc, n, p->piece.buf, p->piece.len,
	    (size_t)(from - p->piece.base));
	return (at == SIZE_MAX ? UINT64_MAX : p->piece.base + at);
}

/* Without a database: the literals of a code by themselves. */
static void
pass_search(struct pass *p, size_t code)
{
	const struct rule_code	*rc;
	uint64_t		 next[RULE_LITERALS_MAX], at, from;
	size_t			 n;

	rc = &p->rules->codes[p->scan->direction][code];
	for (n = 0; rc->pattern->literals[n] != NULL; n++) {
		from = strlen(rc->pattern->literals[n]) - 1;
		from = p->piece.base - p->floor > from ?
		    p->piece.base - from : p->floor;
		next[n] = pass_next(p, rc, n, from);
	}
	for (;;) {
		at = UINT64_MAX;
		for (n = 0; rc->pattern->literals[n] != NULL; n++)
			if (next[n] < at)
				at = next[n];
		if (at == UINT64_MAX)
			break;
		for (n = 0; rc->pattern->literals[n] != NULL; n++) {
			if (next[n] != at)
				continue;
			pass_literal(p, code, at,
			    strlen(rc->pattern->literals[n]), 0);
			next[n] = pass_next(p, rc, n, at + 1);
		}
	}
}

void
pass_begin(struct pass *p, struct scan *scan, const struct place *place,
    struct budget *budget, const void *data, size_t len, int final)
{
	memset(&p->piece, 0, sizeof(p->piece));
	p->piece.buf = data;
	p->piece.len = len;
	p->piece.place = place;
	p->piece.final = final;
	p->scan = scan;
	p->rules = scan->rules;
	p->budget = budget;
	budget_bytes(budget, len);
	p->carrylen = 0;
	p->joint.len = 0;
	p->floor = 0;
	p->query_floor = UINT64_MAX;
	p->ps_base = 0;
	p->ntouched = 0;
}

struct watch *
pass_restore(struct pass *p, const struct watch *saved)
{
	struct watch	*w = pass_watch(p, saved->code);

	*w = *saved;
	return (w);
}

int
pass_scan(struct pass *p, struct prefilter_stream *ps)
{
	struct rules	*rules = p->rules;
	int		 dir = (int)p->scan->direction;
	size_t		 i;

	if (ps != NULL && prefilter_scan(rules->prefilter[dir], ps,
	    p->piece.buf, p->piece.len, pass_hit, p) == 0)
		return (0);
	for (i = 0; i < rules->ncodes[dir]; i++)
		pass_search(p, i);
	return (ps == NULL ? 0 : -1);
}

void
pass_report(struct scan *scan, const struct place *place,
    const struct budget *budget, uint64_t end)
{
	const struct rules	*rules = scan->rules;
	size_t			 i;

	if (budget->codes == NULL)
		return;
	for (i = 0; i < rules->ncodes[scan->direction]; i++)
		if (budget_is_off(budget, i) && budget->codes[i].from < end)
			scan_limited(scan, place,
			    &rules->codes[scan->direction][i],
			    budget->codes[i].from,
			    end - budget->codes[i].from);
}

struct watch *
pass_watched(struct pass *p, size_t n)
{
	return (n < p->ntouched ? &p->rules->watch[p->touched[n]] : NULL);
}

void
pass_end(struct pass *p)
{
	size_t	 i;

	budget_settle(p->budget);
	for (i = 0; i < p->ntouched; i++)
		memset(&p->rules->watch[p->touched[i]], 0,
		    sizeof(struct watch));
	p->ntouched = 0;
}
