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

#include <openssl/crypto.h>

#include "compat.h"
#include "pass.h"
#include "prefilter.h"
#include "rules.h"
#include "scan_private.h"
#include "shell.h"
#include "stream.h"

#define NOT_SEARCHED	(SIZE_MAX - 1)

/* A watch that waits is tried with every piece this often, then less. */
#define TRIES_EAGER	16

struct stream {
	struct scan		*scan;
	const struct place	*place;
	struct budget		 budget;
	struct prefilter_stream	*ps;		/* of the text since floor */
	uint64_t		 floor;		/* no match starts before it */
	uint64_t		 end;		/* of what came so far */
	uint8_t			*carry;		/* the last bytes of it */
	size_t			 carrylen;
	size_t			 carrysize;
	struct watch		*watches;
	size_t			 nwatches;
	size_t			 watchsize;
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
	case SCAN_WEBSOCKET:
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

	memset(&w, 0, sizeof(w));
	w.channel = v->place->channel;
	/* Basic credentials: the only place that is decoded, RFC 7617 */
	w.base64 = v->place->npath == 1 && v->place->field != NULL &&
	    strcmp(v->place->path[0], "base64") == 0;
	if (m->pattern->provider == PROVIDER_NONE ||
	    (v->place->opaque && !w.base64))
		return (0);
	if (w.base64) {
		w.field = v->place->field;
		w.before = m->text - m->left;
		w.beforelen = m->left;
	} else if (line->field != NULL) {
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

size_t
stream_match(struct scan *scan, const struct window *v,
    const struct rule_code *rc, size_t span[2], size_t secret[2])
{
	const struct rule_pattern	*p = rc->pattern;
	struct rule_match		 m;
	struct place			 place;
	struct line			 line;
	size_t				 s = span[0], left, end;
	int				 severity;

	line_find(v, s, &line);
	if (span[1] > line.end) {
		/* It runs into the next field, which is another stream. */
		if (rules_match(scan->rules, rc, v->buf, line.end, s,
		    SIZE_MAX, PCRE2_ANCHORED, span, secret) != 1)
			return (s + 1);
	}
	if (p->kind == RULE_COMMAND && !p->across) {
		end = s + shell_text_end(v->buf + s, span[1] - s);
		if (end < span[1] && rules_match(scan->rules, rc, v->buf, end,
		    s, SIZE_MAX, PCRE2_ANCHORED, span, secret) != 1)
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
	m.right = line.end > span[1] ? line.end - span[1] : 0;
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

/* A watch that waits is tried again when it is likely to be decided. */
static void
watch_wait(struct watch *w, uint64_t end, size_t width)
{
	if (w->tries < UINT8_MAX)
		w->tries++;
	w->next = end;
	if (w->tries > TRIES_EAGER) {
		w->next += (end - w->pos) / 4;
		if (w->next > w->pos + width)
			w->next = w->pos + width;
	}
}

/* 0, or -1 if there is no memory for it. */
static int
stream_keep_watch(struct stream *st, const struct watch *w)
{
	struct watch	*p;
	size_t		 size;

	if (st->nwatches == st->watchsize) {
		size = st->watchsize == 0 ? 2 : st->watchsize * 2;
		p = reallocarray(st->watches, size, sizeof(*p));
		if (p == NULL)
			return (-1);
		st->watches = p;
		st->watchsize = size;
	}
	st->watches[st->nwatches++] = *w;
	return (0);
}

/* Room for so many bytes of carry; 0, or -1 if there is no memory. */
static int
stream_room(struct stream *st, size_t len)
{
	uint8_t	*p;

	if (len <= st->carrysize)
		return (0);
	len = len <= 512 ? (len + 255) & ~(size_t)255 :
	    (len + 63) & ~(size_t)63;
	if ((p = malloc(len)) == NULL)
		return (-1);
	if (st->carrylen > 0)
		memcpy(p, st->carry, st->carrylen);
	freezero(st->carry, st->carrysize);
	st->carry = p;
	st->carrysize = len;
	return (0);
}

/* The bytes from this offset on are carried over. */
static void
stream_carry(struct stream *st, const struct window *piece, uint64_t keep)
{
	size_t	 old;

	if (keep >= piece->base) {
		old = (size_t)(keep - piece->base);
		st->carrylen = piece->len - old;
		memcpy(st->carry, piece->buf + old, st->carrylen);
		return;
	}
	old = (size_t)(piece->base - keep);
	memmove(st->carry, st->carry + (st->carrylen - old), old);
	if (piece->len > 0)
		memcpy(st->carry + old, piece->buf, piece->len);
	st->carrylen = old + piece->len;
}

/* What the next piece will need: watches, and bytes before it. */
static void
stream_keep(struct stream *st, struct pass *p)
{
	const struct rule_code	*rc;
	struct rules		*rules = p->rules;
	struct watch		*w;
	uint64_t		 end, keep, oldest, start;
	size_t			 i, back = rules->back[p->scan->direction];

	end = p->piece.base + p->piece.len;
	start = p->piece.base - p->carrylen;
	oldest = keep = end - start > back ? end - back : start;
	st->nwatches = 0;
	for (i = 0; (w = pass_watched(p, i)) != NULL; i++) {
		if (!w->waits && w->pos <= keep)
			continue;
		rc = &rules->codes[p->scan->direction][w->code];
		if (w->waits)
			watch_wait(w, end, rc->pattern->width);
		if ((w->waits && stream_room(st, (size_t)(end - w->pos) +
		    RULE_LEFT) == -1) || stream_keep_watch(st, w) == -1) {
			scan_limited(p->scan, st->place, rc, w->pos,
			    end - w->pos);
			continue;
		}
		if (w->waits && w->pos < oldest)
			oldest = w->pos;
	}
	oldest = oldest - start > RULE_LEFT ? oldest - RULE_LEFT : start;
	if (stream_room(st, (size_t)(end - oldest)) == -1) {
		/* What begins before that and ends behind is not seen. */
		scan_note_gap(p->scan, SCAN_GAP_MEMORY,
		    end - oldest - st->carrysize);
		oldest = end - st->carrysize;
	}
	stream_carry(st, &p->piece, oldest);
	st->end = end;
}

/* The next bytes; none when the stream has ended. */
static void
stream_pass(struct stream *st, const void *data, size_t len, int final)
{
	struct pass	 p;
	struct watch	*w;
	size_t		 i;

	pass_begin(&p, st->scan, st->place, &st->budget, data, len, final);
	p.piece.base = st->end;
	p.carry = st->carry;
	p.carrylen = st->carrylen;
	p.floor = st->floor;
	p.ps_base = st->floor;
	for (i = 0; i < st->nwatches; i++) {
		w = pass_restore(&p, &st->watches[i]);
		if (w->waits && (final || st->end + len > w->next))
			pass_again(&p, w);
	}
	if (len > 0 && pass_scan(&p, st->ps) == -1) {
		prefilter_close(st->ps);
		st->ps = NULL;
	}
	stream_keep(st, &p);
	pass_end(&p);
}

struct stream *
stream_new(struct scan *scan, const struct place *place)
{
	struct stream	*st;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return (NULL);
	st->scan = scan;
	st->place = place;
	budget_begin(&st->budget);
	return (st);
}

void
stream_free(struct stream *st)
{
	if (st == NULL)
		return;
	pass_report(st->scan, st->place, &st->budget, st->end);
	budget_end(&st->budget);
	prefilter_close(st->ps);
	freezero(st->carry, st->carrysize);
	free(st->watches);
	free(st);
}

void
stream_feed(struct stream *st, const void *data, size_t len)
{
	struct prefilter	*pf;

	pf = st->scan->rules->prefilter[st->scan->direction];
	if (len == 0)
		return;
	/* Later it would not know how a literal began. */
	if (st->ps == NULL && pf != NULL && st->end == st->floor)
		st->ps = prefilter_open(pf);
	stream_pass(st, data, len, 0);
}

void
stream_gap(struct stream *st, const void *left, size_t len)
{
	if (len > RULE_LEFT) {
		left = (const uint8_t *)left + (len - RULE_LEFT);
		len = RULE_LEFT;
	}
	if (st->carrylen > 0)
		OPENSSL_cleanse(st->carry, st->carrylen);
	st->carrylen = 0;
	if (stream_room(st, len) == -1)
		len = 0;	/* as if a text began */
	if (len > 0)
		memcpy(st->carry, left, len);
	st->carrylen = len;
	st->nwatches = 0;
	st->end += len;
	st->floor = st->end;
	if (st->ps != NULL && prefilter_reset(st->ps) == -1) {
		prefilter_close(st->ps);
		st->ps = NULL;
	}
}

void
stream_end(struct stream *st)
{
	if (st->nwatches > 0)
		stream_pass(st, NULL, 0, 1);
	stream_gap(st, NULL, 0);
}

void
stream_section(struct scan *scan, const struct place *place,
    const void *data, size_t len, uint64_t base, int lines)
{
	struct prefilter_stream	*ps = scan->rules->section[scan->direction];
	const uint8_t		*q;
	struct budget		 budget;
	struct pass		 p;

	budget_begin(&budget);
	pass_begin(&p, scan, place, &budget, data, len, 1);
	p.piece.base = p.floor = p.ps_base = base;
	p.piece.lines = lines;
	if (place->channel == SCAN_TARGET && len > 0 &&
	    (q = memchr(data, '?', len)) != NULL)
		p.query_floor = base + (size_t)(q - p.piece.buf) + 1;
	if (ps != NULL && prefilter_reset(ps) == -1)
		ps = NULL;
	(void)pass_scan(&p, ps);
	pass_end(&p);
	pass_report(scan, place, &budget, base + len);
	budget_end(&budget);
}
