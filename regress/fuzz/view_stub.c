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


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view_stub.h"

struct view {
	struct scan	*scan;
	uint64_t	 sum;		/* of the text so far */
	int		 some;
	int		 seen;
};

void
stub_broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static struct stub *
stub_of(struct scan *scan)
{
	/* It is the first member. */
	return ((struct stub *)scan);
}

static uint64_t
mix(uint64_t h, const void *data, size_t len)
{
	const uint8_t	*p = data;

	while (len-- > 0)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return (h);
}

void
view_feed(struct view *v, const void *data, size_t len, const uint8_t *fresh)
{
	const uint8_t	*p = data;
	size_t		 i;
	uint8_t		 both[2];

	for (i = 0; i < len; i++) {
		both[0] = p[i];
		both[1] = fresh == NULL || (fresh[i / 8] >> i % 8 & 1);
		v->sum = mix(v->sum, both, sizeof(both));
	}
	v->some |= len > 0;
	stub_of(v->scan)->fed += len;
}

/* The order of texts is not fixed across views, so it is not summed up. */
static void
text_over(struct view *v, int how)
{
	uint8_t	 kind[2] = { (uint8_t)how, (uint8_t)v->seen };

	if (v->some || how == 'g')
		stub_of(v->scan)->sum += mix(v->sum, kind, sizeof(kind));
	v->sum = 0;
	v->some = 0;
}

void
view_break(struct view *v)
{
	text_over(v, 'b');
}

void
view_end(struct view *v)
{
	text_over(v, 'b');
}

void
view_gap(struct view *v)
{
	text_over(v, 'g');
}

struct scan *
view_scan(const struct view *v)
{
	return (v->scan);
}

struct view *
view_child(struct decoding *d, uint64_t bytes)
{
	struct stub	*s = stub_of(d->in->scan);
	struct view	*v;

	(void)bytes;
	if (++s->nviews > STUB_VIEWS)
		stub_broken("views without end");
	if ((v = calloc(1, sizeof(*v))) == NULL)
		stub_broken("memory");
	v->scan = d->in->scan;
	return (v);
}

struct view *
view_child_plain(struct decoding *d, uint64_t bytes)
{
	return (view_child(d, bytes));
}

struct view *
view_child_seen(struct decoding *d, uint64_t bytes)
{
	struct view	*v = view_child(d, bytes);

	v->seen = 1;
	return (v);
}

struct decoding *
view_attach(struct view *v, const struct decoder *decoder)
{
	static struct decoding	 one;

	(void)v;
	(void)decoder;
	return (&one);
}

struct view *
decoding_out(struct decoding *d, uint64_t bytes)
{
	if (d->out == NULL)
		d->out = view_child(d, bytes);
	return (d->out);
}

void
view_free(struct view *v)
{
	if (v == NULL)
		return;
	stub_of(v->scan)->nviews--;
	free(v);
}

void
scan_note_gap(struct scan *scan, enum scan_gap gap, uint64_t bytes)
{
	(void)bytes;
	scan->counters.gap[gap].count++;
}

void
stub_init(struct stub *s)
{
	memset(s, 0, sizeof(*s));
	s->scan.rules = &s->rules;
}

void
stub_run(struct stub *s, const struct decoder *decoder, const uint8_t *p,
    size_t len, size_t step)
{
	struct decoding	 d;
	struct view	 root;
	size_t		 n;

	memset(&root, 0, sizeof(root));
	root.scan = &s->scan;
	memset(&d, 0, sizeof(d));
	d.decoder = decoder;
	d.in = &root;
	if ((d.state = calloc(1, decoder->size)) == NULL)
		stub_broken("memory");
	for (; len > 0; p += n, len -= n) {
		n = step == 0 || len < step ? len : step;
		decoder->feed(&d, p, n, NULL);
	}
	s->scan.ended = 1;
	decoder->end(&d);
	if (decoder->free != NULL)
		decoder->free(&d);
	view_free(d.out);
	free(d.state);
	free(s->rules.gather);
	s->rules.gather = NULL;
	if (s->nviews != 0)
		stub_broken("a view is left");
}
