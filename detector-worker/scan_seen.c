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
 * The hits of one message.  A message is looked at in many views, so the same
 * thing is often there several times: in clear and once more in what a decoder
 * made of its surroundings, cut off in one of them because the rest is encoded
 * there, or longer in one because what ended it has been decoded.  That is one
 * finding.  Two hits of a rule are one if
 *
 * - they are the same secret (the fingerprint says so);
 * - or, in different views of a channel, one is a part of the other once all
 *   encodings are undone, unless both were come to on the same way: what stands
 *   side by side in one view is two things, however alike; nor if the part is
 *   complete where it stands.
 *
 * Neither the order of views nor the split decides what is one.  What may be a
 * part of something worse waits for a while, since the rest may be yet to come.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "deltas.h"
#include "scan_private.h"
#include "shell.h"
#include "stream.h"
#include "subst.h"

#define SECRET_MIN	8	/* bytes that two forms have in common */
#define WORDS_MIN	4
#define ROUNDS		3	/* of encodings undone */
#define WAIT		4096	/* bytes of a message, see above */
#define COMPARED_MAX	16384	/* pairs, of one message */

/* Undo one encoding, in place: nothing stands for more than it takes. */
static size_t
undo(const struct subst_ops *ops, uint8_t *buf, size_t len)
{
	struct subst	 s;
	struct escape	 e;
	size_t		 i, n = 0;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < len; i += e.len) {
		memset(&e, 0, sizeof(e));
		if (buf[i] == ops->intro)
			ops->escape(&s, buf + i, len - i < SUBST_IN ?
			    len - i : SUBST_IN, 1, &e);
		if (e.len == 0 || e.outlen > e.len) {
			e.len = e.outlen = 1;
			e.out[0] = buf[i];
		}
		memcpy(buf + n, e.out, e.outlen);
		n += e.outlen;
	}
	return (n);
}

/*
 * How much more than the dollar at a place is not compared: the variable that
 * stands for white space, where only one view has seen that it does.
 */
static size_t
blank_len(const uint8_t *p, size_t len)
{
	if (len >= 4 && memcmp(p, "$IFS", 4) == 0)
		return (3);
	if (len >= 6 && memcmp(p, "${IFS}", 6) == 0)
		return (5);
	return (0);
}

/*
 * What is compared: a secret as it is, of a PEM key its letters and digits,
 * and of the rest what is left when all encodings, quotes and white space are
 * gone, with the plus that a form has in its place.  A command is cut off in
 * the middle: its end may be all of it that another view has.
 */
static size_t
seen_plain(const struct rule_match *m, uint8_t plain[SEEN_TEXT])
{
	uint8_t		 buf[RULE_WIDTH_MAX];
	const uint8_t	*p = m->text;
	size_t		 i, before, len = m->len, n = 0;
	int		 round, pem = m->pattern->kind == RULE_PEM;

	switch (m->pattern->kind) {
	case RULE_SECRET:
	case RULE_VALUE:
		if (m->pattern->kind == RULE_VALUE) {
			p = m->secret;
			len = m->secretlen;
		}
		n = len < SEEN_TEXT ? len : SEEN_TEXT;
		memcpy(plain, p, n);
		return (n);
	case RULE_COMMAND:
		len = shell_text_end(p, len);
		break;
	case RULE_PEM:
	case RULE_PATH:
	default:
		break;
	}
	memcpy(buf, p, len);
	for (round = 0; round < ROUNDS; round++) {
		before = len;
		len = undo(&subst_escape, buf, len);
		if (pem)
			break;
		len = undo(&subst_html, buf, len);
		len = undo(&subst_percent, buf, len);
		if (len == before)
			break;
	}
	for (i = 0; i < len; i++)
		if (m->pattern->kind == RULE_COMMAND && buf[i] == '$')
			i += blank_len(buf + i, len - i);
		else if (pem ? isalnum(buf[i]) : buf[i] > ' ' &&
		    buf[i] != '\\' &&
		    buf[i] != '"' && buf[i] != '\'' && buf[i] != '+')
			buf[n++] = buf[i];
	if (n > SEEN_TEXT) {
		if (m->pattern->kind == RULE_COMMAND)
			memmove(buf + SEEN_HALF, buf + n - SEEN_HALF,
			    SEEN_HALF);
		n = SEEN_TEXT;
	}
	memcpy(plain, buf, n);
	OPENSSL_cleanse(buf, sizeof(buf));
	return (n);
}

/*
 * Whether the first is in the second, as far as that is known: what follows the
 * first head bytes of a long text is not.
 */
static int
is_part(const struct seen *part, const struct seen *whole, size_t least,
    size_t head)
{
	size_t	 i, n, len;
	int	 more;

	len = part->plainlen < SEEN_TEXT ? part->plainlen : head;
	if (len < least)
		return (0);
	for (i = 0; i + least <= whole->plainlen; i++) {
		more = whole->plainlen == SEEN_TEXT && i < head;
		n = (more ? head : whole->plainlen) - i;
		if (n >= len)
			n = len;
		else if (!more || n < least)
			continue;
		if (whole->plain[i] == part->plain[0] &&
		    memcmp(whole->plain + i, part->plain, n) == 0)
			return (1);
	}
	return (0);
}

/*
 * Whether more than the match may belong to it in another view.  Of a path
 * only if its word ends at a byte of some encoding, or with a text or a string
 * that may be joined with others.
 */
static int
is_cut(const struct rule_match *m)
{
	static const char	 edges[] = "\\%=&+\"";
	const uint8_t		*next = m->text + m->len;
	const uint8_t		*end = next + m->right;

	if (m->pattern->kind != RULE_PATH)
		return (1);
	if (m->left == 0 || strchr(edges, m->text[-1]) != NULL)
		return (1);
	while (next < end && (isalnum(*next) || *next == '.' || *next == '-'))
		next++;
	return (next == end || strchr(edges, *next) != NULL ||
	    (*next == '\n' && end - next > 1 && next[1] == '\0'));
}

static int
is_same(struct scan *scan, const struct seen *s, const struct seen *new,
    enum rule_kind kind)
{
	size_t	 least, head;

	if (s->channel != new->channel || (s->ways & new->ways) != 0 ||
	    scan->compared == COMPARED_MAX)
		return (0);
	scan->compared++;
	least = kind == RULE_SECRET || kind == RULE_VALUE ? SECRET_MIN :
	    WORDS_MIN;
	head = kind == RULE_COMMAND ? SEEN_HALF : SEEN_TEXT;
	return ((new->cut && is_part(new, s, least, head)) ||
	    (s->cut && is_part(s, new, least, head)));
}

/* The bit of a way; 0 if memory is short. */
static uint64_t
way_of(struct scan *scan, const struct place *place)
{
	struct way	*w;
	unsigned int	 i;

	if (scan->ways == NULL &&
	    (scan->ways = calloc(SEEN_WAYS, sizeof(*scan->ways))) == NULL)
		return (0);
	for (i = 0; i < scan->nways; i++) {
		w = &scan->ways[i];
		if (w->channel == place->channel && w->npath == place->npath &&
		    memcmp(w->path, place->path,
		    w->npath * sizeof(w->path[0])) == 0)
			break;
	}
	if (i == scan->nways && i < SEEN_WAYS) {
		w = &scan->ways[scan->nways++];
		w->channel = place->channel;
		w->npath = place->npath;
		memcpy(w->path, place->path, sizeof(w->path));
	}
	return ((uint64_t)1 << (i < SEEN_WAYS ? i : SEEN_WAYS - 1));
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

int
seen_full(const struct scan *scan)
{
	return (scan->nhits == SCAN_HITS_MAX || scan->nseen == SEEN_MAX);
}

/* The copy that is kept, or NULL if memory is short. */
static struct seen *
seen_keep(struct scan *scan, const struct seen *s)
{
	if (scan->nseen == scan->seensize && seen_grow(scan) == -1)
		return (NULL);
	scan->seen[scan->nseen] = *s;
	return (&scan->seen[scan->nseen++]);
}

/* Whether it may be a part of something worse. */
static int
is_less(const struct rule *rule, enum finding_severity severity)
{
	const struct rule_pattern	*p;

	for (p = rule->patterns; p->id != NULL; p++)
		if (p->severity > severity)
			return (1);
	return (severity == FINDING_LOW);
}

/*
 * Whether an escape follows, or the end of a decoded text, so that the rest of
 * a secret may be in another: the whole is worth to be waited for, since a
 * part has another fingerprint.
 */
static int
is_broken_off(const struct place *place, const struct rule_match *m)
{
	const uint8_t	*next = m->text + m->len;

	if (m->pattern->kind == RULE_COMMAND)
		return (0);
	if (m->right == 0)
		return (place->npath > 0);
	if (*next == '\n')
		return (m->right > 1 && next[1] == '\0');
	return (*next != '\0' && strchr("\\%&=", *next) != NULL);
}

/* The hit with its snippet, as it will be reported. */
static void
hit_keep(struct scan *scan, struct seen *s, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m,
    const struct scan_hit *hit)
{
	*s->hit = *hit;
	snippet_build(scan->rules, rc->rule, m, place, s->hit->snippet,
	    sizeof(s->hit->snippet));
	s->due = scan->counters.seen;
	if (is_less(rc->rule, hit->severity) || is_broken_off(place, m))
		s->due += WAIT;
}

static void
hit_drop(struct scan *scan, struct seen *s)
{
	free(s->hit);
	s->hit = NULL;
	scan->waiting--;
}

/* The form of a thing that is or will be reported, or NULL. */
static struct seen *
thing_told(const struct scan *scan, unsigned int thing)
{
	size_t	 i;

	for (i = 0; i < scan->nseen; i++)
		if (scan->seen[i].thing == thing &&
		    (scan->seen[i].reported || scan->seen[i].hit != NULL))
			return (&scan->seen[i]);
	return (NULL);
}

/*
 * Whether a form says more than what has been reported of a thing: that it is
 * worse, or more of a secret.
 */
static int
is_more(const struct scan *scan, unsigned int thing, const struct seen *new,
    enum rule_kind kind)
{
	const struct seen	*s;

	for (s = scan->seen; s < scan->seen + scan->nseen; s++)
		if (s->thing == thing && s->reported &&
		    s->severity >= new->severity &&
		    ((kind != RULE_SECRET && kind != RULE_VALUE) ||
		    s->plainlen >= new->plainlen))
			return (0);
	return (1);
}

/* Another form of what was found: 1 if it is not a hit of its own. */
static int
seen_better(struct scan *scan, size_t i, struct seen *new,
    const struct place *place, const struct rule_code *rc,
    const struct rule_match *m, const struct scan_hit *hit)
{
	struct seen	*s = &scan->seen[i], *told, other;

	if (s->hit == NULL && (told = thing_told(scan, s->thing)) != NULL &&
	    told->hit != NULL)
		s = told;
	if (s->hit == NULL && is_more(scan, s->thing, new, m->pattern->kind))
		return (0);
	new->thing = s->thing;
	other = *new;
	/* The worse one, else the whole form; of commands as they came. */
	if (s->hit != NULL && (new->severity > s->severity ||
	    (new->severity == s->severity && new->plainlen > s->plainlen &&
	    m->pattern->kind != RULE_COMMAND))) {
		other = *s;
		other.hit = NULL;
		new->hit = s->hit;
		*s = *new;
		hit_keep(scan, s, place, rc, m, hit);
	}
	/* Whichever comes again is nothing new. */
	(void)seen_keep(scan, &other);
	OPENSSL_cleanse(&other, sizeof(other));
	return (1);
}

/* A stream often says at its end once more what it said in pieces. */
static int
is_joined(const struct place *place)
{
	unsigned int	 i;

	for (i = 0; i < place->npath; i++)
		if (place->path[i] == deltas_name)
			return (1);
	return (0);
}

/* What seemed to be two things is one: it has a form that is both. */
static void
seen_join(struct scan *scan, const struct seen *form, enum rule_kind kind)
{
	struct seen	*s, *told;
	unsigned int	 thing;
	size_t		 i, j;

	for (i = 0; i < scan->nseen; i++) {
		s = &scan->seen[i];
		if ((s->hit == NULL && !s->reported) ||
		    s->ruleno != form->ruleno || s->thing == form->thing ||
		    !is_same(scan, s, form, kind))
			continue;
		told = thing_told(scan, form->thing);
		if (told != NULL) {
			if (s->hit != NULL && s->severity <= told->severity)
				hit_drop(scan, s);
			else if (told->hit != NULL &&
			    (told->severity <= s->severity ||
			    s->severity >= FINDING_MEDIUM))
				hit_drop(scan, told);
			else
				continue;
		}
		thing = s->thing;
		for (j = 0; j < scan->nseen; j++)
			if (scan->seen[j].thing == thing)
				scan->seen[j].thing = form->thing;
	}
}

/* The same secret again: 1 if it is nothing new. */
static int
seen_again(struct scan *scan, size_t i, const struct seen *new,
    const struct place *place, enum rule_kind kind)
{
	struct seen	*s = &scan->seen[i], here;
	int		 joined;

	/*
	 * The own credential of the destination, in a view of the text in
	 * which it was in its place.
	 */
	if (s->own)
		return (new->own || (!place->opaque && place->npath > 0 &&
		    s->channel == place->channel));
	if (new->own)
		return (0);
	joined = (s->ways & new->ways) == 0 && is_joined(place);
	s->ways |= new->ways;
	if (joined) {
		here = *s;
		here.ways = new->ways;
		seen_join(scan, &here, kind);
		OPENSSL_cleanse(&here, sizeof(here));
	}
	return (1);
}

int
seen_add(struct scan *scan, const struct place *place,
    const struct rule_code *rc, const struct rule_match *m,
    struct scan_hit *hit, int own)
{
	struct seen	 new, *s;
	size_t		 i;
	int		 r = -1;

	memset(&new, 0, sizeof(new));
	new.ruleno = rc->ruleno;
	new.own = own;
	new.severity = hit->severity;
	new.channel = place->channel;
	memcpy(new.fp, hit->fingerprint, SCAN_FP_SIZE);
	new.ways = way_of(scan, place);
	for (i = 0; i < scan->nseen; i++)
		if (scan->seen[i].ruleno == new.ruleno &&
		    memcmp(scan->seen[i].fp, new.fp, SCAN_FP_SIZE) == 0 &&
		    seen_again(scan, i, &new, place, m->pattern->kind))
			return (0);
	if (seen_full(scan))
		return (-1);
	if (!own) {
		new.cut = is_cut(m);
		new.plainlen = seen_plain(m, new.plain);
		for (i = 0; i < scan->nseen; i++) {
			s = &scan->seen[i];
			if (s->ruleno == new.ruleno && !s->own &&
			    is_same(scan, s, &new, m->pattern->kind) &&
			    seen_better(scan, i, &new, place, rc, m, hit)) {
				if (is_joined(place))
					seen_join(scan, &new,
					    m->pattern->kind);
				r = 0;
				goto done;
			}
		}
	}
	new.thing = ++scan->nthings;
	if ((s = seen_keep(scan, &new)) == NULL)
		goto done;
	if (!own) {
		if ((s->hit = malloc(sizeof(*s->hit))) == NULL) {
			scan->nseen--;
			goto done;
		}
		hit_keep(scan, s, place, rc, m, hit);
		scan->waiting++;
	}
	scan->nhits++;
	r = 0;
done:
	OPENSSL_cleanse(&new, sizeof(new));
	return (r);
}

static void
report(struct scan *scan, int all)
{
	struct seen	*s;

	if (scan->waiting == 0)
		return;
	for (s = scan->seen; s < scan->seen + scan->nseen; s++) {
		if (s->hit == NULL || (!all && scan->counters.seen < s->due))
			continue;
		scan->counters.hits++;
		if (scan->cb != NULL && scan->cb->hit != NULL)
			scan->cb->hit(s->hit, scan->arg);
		free(s->hit);
		s->hit = NULL;
		s->reported = 1;
		scan->waiting--;
	}
}

void
seen_report(struct scan *scan)
{
	report(scan, scan->ended);
}

void
seen_flush(struct scan *scan)
{
	report(scan, 1);
}

void
seen_forget(struct scan *scan)
{
	report(scan, 1);
	scan->nseen = 0;
	scan->nhits = 0;
}

void
seen_free(struct scan *scan)
{
	size_t	 i;

	for (i = 0; i < scan->nseen; i++)
		free(scan->seen[i].hit);
	if (scan->seen != NULL)
		OPENSSL_cleanse(scan->seen,
		    scan->seensize * sizeof(*scan->seen));
	free(scan->seen);
	free(scan->ways);
	scan->seen = NULL;
	scan->ways = NULL;
	scan->nseen = 0;
}
