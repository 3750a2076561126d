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
#include <stdlib.h>
#include <string.h>

#include "verify.h"

/*
 * The two sequences are the same as a rule.  Where they part, it is asked of
 * both sides whether what stands here comes later on the other.
 */

#define NOWHERE	SIZE_MAX

struct place {
	const struct verify_line	*line;
	size_t				 at;
};

struct side {
	const struct verify_line	*v;
	size_t				 n;
	struct place			*index;	/* by hash, then by place */
	unsigned char			*used;	/* found its like elsewhere */
	size_t				 at;
};

struct diff {
	void		 (*tell)(void *, enum verify_what, uint64_t, uint64_t);
	void		*arg;
	/* what is being told, while it goes on */
	int		 open;
	enum verify_what what;
	uint64_t	 first;
	uint64_t	 last;
};

static int
place_cmp(const void *a, const void *b)
{
	const struct place	*x = a, *y = b;
	int			 r;

	if ((r = memcmp(x->line->hash, y->line->hash, CHAIN_HASH_SIZE)) != 0)
		return r;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int
side_open(struct side *s, const struct verify_line *v, size_t n)
{
	size_t	 i;

	s->v = v;
	s->n = n;
	s->at = 0;
	s->index = calloc(n + 1, sizeof(*s->index));
	s->used = calloc(n + 1, 1);
	if (s->index == NULL || s->used == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		s->index[i].line = &v[i];
		s->index[i].at = i;
	}
	qsort(s->index, n, sizeof(*s->index), place_cmp);
	return 0;
}

static void
side_close(struct side *s)
{
	free(s->index);
	free(s->used);
}

/* The first unused place after the present one that has this line. */
static size_t
side_next(const struct side *s, const struct verify_line *line)
{
	struct place	 key = { line, s->at + 1 };
	size_t		 lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (place_cmp(&s->index[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->n && memcmp(s->index[lo].line->hash, line->hash,
	    CHAIN_HASH_SIZE) == 0; lo++)
		if (!s->used[s->index[lo].at])
			return s->index[lo].at;
	return NOWHERE;
}

static void
diff_flush(struct diff *d)
{
	if (d->open)
		d->tell(d->arg, d->what, d->first, d->last);
	d->open = 0;
}

/* Neighbours with the same fault are told of as one. */
static void
diff_tell(struct diff *d, enum verify_what what, uint64_t first, uint64_t last)
{
	if (d->open && d->what == what && (first == d->last + 1 ||
	    (what == VERIFY_REMOVED && first == d->first))) {
		d->last = what == VERIFY_REMOVED ?
		    d->last + (last - first + 1) : last;
		return;
	}
	diff_flush(d);
	d->open = 1;
	d->what = what;
	d->first = first;
	d->last = last;
}

static void
diff_step(struct diff *d, struct side *is, struct side *was)
{
	size_t	 later_is, later_was;

	later_is = side_next(is, &was->v[was->at]);
	later_was = side_next(was, &is->v[is->at]);
	if (later_is == NOWHERE && later_was == NOWHERE) {
		diff_tell(d, VERIFY_CHANGED, is->at + 1, is->at + 1);
		is->at++;
		was->at++;
	} else if (later_is == NOWHERE) {
		diff_tell(d, VERIFY_REMOVED, is->at + 1, is->at + 1);
		was->at++;
	} else if (later_was == NOWHERE) {
		diff_tell(d, VERIFY_INSERTED, is->at + 1, is->at + 1);
		is->at++;
	} else if (later_was - was->at <= later_is - is->at) {
		diff_tell(d, VERIFY_MOVED, is->at + 1, is->at + 1);
		was->used[later_was] = 1;
		is->at++;
	} else {
		diff_tell(d, VERIFY_MOVED, later_is + 1, later_is + 1);
		is->used[later_is] = 1;
		was->at++;
	}
}

int
verify_diff(const struct verify_line *lines, size_t nlines,
    const struct verify_line *records, size_t nrecords,
    void (*tell)(void *, enum verify_what, uint64_t, uint64_t), void *arg)
{
	struct diff	 d = { .tell = tell, .arg = arg };
	struct side	 is = { 0 }, was = { 0 };
	size_t		 same = 0;
	int		 r = -1;

	/* the rule: nothing to look for */
	while (same < nlines && same < nrecords &&
	    memcmp(lines[same].hash, records[same].hash, CHAIN_HASH_SIZE) == 0)
		same++;
	if (same == nlines && same == nrecords)
		return 0;
	if (side_open(&is, lines, nlines) == -1 ||
	    side_open(&was, records, nrecords) == -1)
		goto done;
	is.at = was.at = same;
	for (;;) {
		if (is.at < is.n && is.used[is.at])
			is.at++;
		else if (was.at < was.n && was.used[was.at])
			was.at++;
		else if (is.at == is.n || was.at == was.n)
			break;
		else if (memcmp(is.v[is.at].hash, was.v[was.at].hash,
		    CHAIN_HASH_SIZE) == 0) {
			is.at++;
			was.at++;
		} else
			diff_step(&d, &is, &was);
	}
	diff_flush(&d);
	for (; is.at < is.n; is.at++)
		if (!is.used[is.at])
			diff_tell(&d, VERIFY_INSERTED, is.at + 1, is.at + 1);
	for (; was.at < was.n; was.at++)
		if (!was.used[was.at])
			diff_tell(&d, VERIFY_CUT, was.at + 1, was.at + 1);
	diff_flush(&d);
	r = 0;
done:
	side_close(&is);
	side_close(&was);
	return r;
}
