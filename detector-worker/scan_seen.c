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
 * The hits of one message.  The same secret is often there in several views:
 * in clear and once more in what a decoder made of its surroundings.  It can
 * also be cut off in one of them, where the rest is encoded and so is no part
 * of the match.  All of these are one finding.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "scan_private.h"
#include "stream.h"

#define CUT_MIN		8	/* bytes that two forms have in common */

/*
 * What is compared: a secret's first bytes; of a command the words without
 * quotes, escapes and white space.
 */
static size_t
seen_text(const struct rule_match *m, uint8_t text[SEEN_TEXT])
{
	const uint8_t	*p = m->text;
	size_t		 i, len = m->len, n = 0;

	switch (m->pattern->kind) {
	case RULE_VALUE:
	case RULE_PEM:
		p = m->secret;
		len = m->secretlen;
		break;
	case RULE_PATH:
		return (0);
	case RULE_SECRET:
	case RULE_COMMAND:
	default:
		break;
	}
	for (i = 0; i < len && n < SEEN_TEXT; i++) {
		if (m->pattern->kind == RULE_COMMAND ||
		    m->pattern->kind == RULE_PEM) {
			if (p[i] == '\\' && i + 1 < len && (p[i + 1] == 'n' ||
			    p[i + 1] == 'r' || p[i + 1] == 't')) {
				i++;
				continue;
			}
			if (p[i] <= ' ' || p[i] == '\\' || p[i] == '"' ||
			    p[i] == '\'')
				continue;
		}
		text[n++] = p[i];
	}
	return (n);
}

/* Whether one is the other, cut off. */
static int
is_cut(const struct seen *s, const uint8_t *text, size_t len)
{
	size_t	 n = s->textlen < len ? s->textlen : len;

	return (n >= CUT_MIN && memcmp(s->text, text, n) == 0);
}

static int
seen_grow(struct scan *scan)
{
	struct seen	*s;
	size_t		 size = scan->seensize == 0 ? 4 : scan->seensize * 2;

	if ((s = reallocarray(NULL, size, sizeof(*s))) == NULL)
		return (-1);
	if (scan->nseen > 0)
		memcpy(s, scan->seen, scan->nseen * sizeof(*s));
	if (scan->seen != NULL)
		OPENSSL_cleanse(scan->seen,
		    scan->seensize * sizeof(*scan->seen));
	free(scan->seen);
	scan->seen = s;
	scan->seensize = size;
	return (0);
}

/* Keeps a hit until the end of the call; -1 if memory is short. */
static int
hit_keep(struct scan *scan, size_t i, const struct scan_hit *hit)
{
	struct scan_hit	*h;
	size_t		 size;

	if (i == scan->hitsize) {
		size = scan->hitsize == 0 ? 4 : scan->hitsize * 2;
		if ((h = reallocarray(scan->hits, size, sizeof(*h))) == NULL)
			return (-1);
		scan->hits = h;
		scan->hitsize = size;
	}
	scan->hits[i] = *hit;
	return (0);
}

static void
hit_show(struct scan *scan, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m,
    struct scan_hit *hit)
{
	snippet_build(scan->rules, rc->rule, m, place, hit->snippet,
	    sizeof(hit->snippet));
}

/* A match like one before: 1 if it is nothing new. */
static int
seen_again(struct scan *scan, struct seen *s, const struct place *place,
    const struct seen *new, const struct rule_code *rc,
    const struct rule_match *m, struct scan_hit *hit)
{
	size_t	 i = (size_t)(s - scan->seen);
	int	 same = memcmp(s->fp, new->fp, SCAN_FP_SIZE) == 0;

	/*
	 * The own credential of the destination, in a view of the text in
	 * which it was in its place.
	 */
	if (s->own)
		return (same && (new->own || (!place->opaque &&
		    place->npath > 0 && s->channel == place->channel)));
	if (new->own)
		return (0);
	if (same)
		return (1);
	if ((s->npath == new->npath && memcmp(s->path, new->path,
	    new->npath * sizeof(new->path[0])) == 0) ||
	    !is_cut(s, new->text, new->textlen))
		return (0);
	if (i < scan->nseen - scan->nhits)
		return (s->severity >= new->severity ||
		    s->severity >= FINDING_MEDIUM);
	/* Both are of this call: the whole form is the better one. */
	if (new->len > s->len && m->pattern->kind != RULE_COMMAND) {
		hit_show(scan, place, rc, m, hit);
		scan->hits[i - (scan->nseen - scan->nhits)] = *hit;
		*s = *new;
	}
	return (1);
}

int
seen_add(struct scan *scan, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m,
    struct scan_hit *hit, int own)
{
	struct seen	 new;
	size_t		 i;

	memset(&new, 0, sizeof(new));
	new.ruleno = rc->ruleno;
	new.own = own;
	new.severity = hit->severity;
	new.channel = place->channel;
	new.npath = place->npath;
	memcpy(new.path, place->path, sizeof(new.path));
	memcpy(new.fp, hit->fingerprint, SCAN_FP_SIZE);
	new.len = m->len;
	new.textlen = seen_text(m, new.text);
	for (i = 0; i < scan->nseen; i++)
		if (scan->seen[i].ruleno == new.ruleno &&
		    seen_again(scan, &scan->seen[i], place, &new, rc, m,
		    hit))
			return (0);
	/* Hits that wait are the last ones: an own credential goes before. */
	if (scan->nseen == SCAN_HITS_MAX ||
	    (scan->nseen == scan->seensize && seen_grow(scan) == -1))
		return (-1);
	if (!own) {
		hit_show(scan, place, rc, m, hit);
		if (hit_keep(scan, scan->nhits, hit) == -1)
			return (-1);
	}
	i = own ? scan->nseen - scan->nhits : scan->nseen;
	memmove(&scan->seen[i + 1], &scan->seen[i],
	    (scan->nseen - i) * sizeof(scan->seen[0]));
	scan->seen[i] = new;
	scan->nseen++;
	if (!own)
		scan->nhits++;
	OPENSSL_cleanse(&new, sizeof(new));
	return (0);
}

void
seen_report(struct scan *scan)
{
	size_t	 i;

	for (i = 0; i < scan->nhits; i++) {
		scan->counters.hits++;
		if (scan->cb != NULL && scan->cb->hit != NULL)
			scan->cb->hit(&scan->hits[i], scan->arg);
	}
	scan->nhits = 0;
}

void
seen_free(struct scan *scan)
{
	if (scan->seen != NULL)
		OPENSSL_cleanse(scan->seen,
		    scan->seensize * sizeof(*scan->seen));
	free(scan->seen);
	free(scan->hits);
	scan->seen = NULL;
	scan->hits = NULL;
}
