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
 * A search for slow messages: hill climbing over what a scan takes for each
 * byte, also of those that a content coding makes.  A mutation that makes a
 * message slower is kept; many are kept at once, so that the climb does not
 * end on the first hill.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sample.h"
#include "../detector-worker/rules.h"

#define POPULATION	48
#define WORST		8	/* written at the end */
#define BODY_MIN	8192	/* less would measure what a message costs */
#define BODY_MAX	65536
#define EXAMPLE_MAX	2048

struct climber {
	struct sample	 s;
	double		 cost;	/* nanoseconds a byte */
};

struct climb {
	struct rules	*rules;
	struct climber	 v[POPULATION];
	size_t		 n;
	uint64_t	 random;
	unsigned long	 tried;
	unsigned long	 better;
};

static uint64_t
rnd(struct climb *c, uint64_t below)
{
	c->random ^= c->random << 13;	/* xorshift64 */
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (c->random % below);
}

/* A piece of what rules look for, which is what makes them work. */
static size_t
bait(struct climb *c, uint8_t *buf, size_t size)
{
	static const struct rule *const	 registries[] = {
		rules_keys, rules_paths, rules_injection
	};
	static const char *const	 others[] = {
		"%25", "\\u005c", "&#38;", "{\"", "[[[[", "data: {", "\r\n\r\n",
		"QUFB", "4141", "=3D\r\n", "\\\\\\\"", "&amp;", "eyJh"
	};
	const struct rule		*rule = registries[rnd(c, 3)];
	const struct rule_pattern	*p;
	char				 text[EXAMPLE_MAX];
	size_t				 n, i, at, len;
	int				 r;

	if (rnd(c, 4) == 0) {
		i = rnd(c, sizeof(others) / sizeof(others[0]));
		len = strlen(others[i]);
		memcpy(buf, others[i], len);
		return (len);
	}
	for (n = 0; rule[n].name != NULL; n++)
		continue;
	p = rule[rnd(c, n)].patterns;
	for (n = 0; p[n].id != NULL; n++)
		continue;
	p += rnd(c, n);
	for (n = 0; p->examples[n] != NULL; n++)
		continue;
	if (n == 0 || (r = rules_expand(p->examples[rnd(c, n)],
	    (unsigned int)rnd(c, 1000), text, sizeof(text))) <= 0)
		return (0);
	/* half of a match is what a rule has to give up on */
	at = rnd(c, 3) == 0 ? rnd(c, (uint64_t)r) : 0;
	len = 1 + rnd(c, (uint64_t)r - at);
	if (len > size)
		len = size;
	memcpy(buf, text + at, len);
	return (len);
}

static void
insert(struct sample *s, size_t at, const uint8_t *p, size_t len)
{
	size_t	 room = s->head + BODY_MAX - s->len;

	if (len > room)
		len = room;
	memmove(s->data + at + len, s->data + at, s->len - at);
	memcpy(s->data + at, p, len);
	s->len += len;
}

/* Write over, or insert. */
static void
place(struct climb *c, struct sample *s, const uint8_t *p, size_t len)
{
	size_t	 at = s->head + rnd(c, s->len - s->head);

	if (rnd(c, 2) == 0 || s->len - at < len)
		insert(s, at, p, len);
	else
		memcpy(s->data + at, p, len);
}

static void
mutate(struct climb *c, struct sample *s)
{
	uint8_t			 buf[EXAMPLE_MAX];
	const struct sample	*other;
	size_t			 at, len, n, times, body = s->len - s->head;

	switch (rnd(c, 7)) {
	case 0:		/* bait */
		place(c, s, buf, bait(c, buf, sizeof(buf)));
		break;
	case 1:		/* the same bait many times */
		n = bait(c, buf, 200);
		for (times = 1 + rnd(c, 64); times > 0; times--)
			insert(s, s->head + rnd(c, s->len - s->head), buf, n);
		break;
	case 2:		/* a piece again and again, side by side */
		at = s->head + rnd(c, body);
		len = 1 + rnd(c, 300);
		if (len > s->len - at)
			len = s->len - at;
		memcpy(buf, s->data + at, len);
		for (times = 1 + rnd(c, 200); times > 0; times--)
			insert(s, at, buf, len);
		break;
	case 3:		/* bytes */
		for (times = 1 + rnd(c, 16); times > 0; times--)
			s->data[s->head + rnd(c, body)] =
			    (uint8_t)rnd(c, 256);
		break;
	case 4:		/* of another */
		other = &c->v[rnd(c, c->n)].s;
		at = other->head + rnd(c, other->len - other->head);
		len = 1 + rnd(c, sizeof(buf));
		if (len > other->len - at)
			len = other->len - at;
		memcpy(buf, other->data + at, len);
		place(c, s, buf, len);
		break;
	case 5:		/* less */
		at = s->head + rnd(c, body);
		len = 1 + rnd(c, 1000);
		if (len > s->len - at)
			len = s->len - at;
		memmove(s->data + at, s->data + at + len, s->len - at - len);
		s->len -= len;
		break;
	default:	/* a line end or none where one was */
		at = s->head + rnd(c, body);
		s->data[at] = s->data[at] == '\n' ? ' ' : '\n';
		break;
	}
	/* Too short: what is there, again. */
	while ((body = s->len - s->head) < BODY_MIN && body > 0) {
		n = BODY_MIN - body < body ? BODY_MIN - body : body;
		memcpy(s->data + s->len, s->data + s->head, n);
		s->len += n;
	}
}

static void
copy(struct sample *to, const struct sample *from)
{
	*to = *from;
	if (to->len > to->head + BODY_MAX)
		to->len = to->head + BODY_MAX;
	if ((to->data = malloc(to->head + BODY_MAX)) == NULL)
		err(1, NULL);
	memcpy(to->data, from->data, to->len);
}

static double
cost(struct climb *c, const struct sample *s)
{
	uint64_t	 start = cpu_ns();
	double		 bytes, ns, again;

	/* A bomb is not slow for what it is inside: that is bounded. */
	bytes = (double)sample_scan(c->rules, s, 0);
	ns = (double)(cpu_ns() - start);
	/* The least of three, if the first is worth it. */
	if (c->n == 0 || ns / bytes >= c->v[c->n - 1].cost) {
		again = sample_time(c->rules, s, 0, 2 * ns / 1e9);
		if (again < ns)
			ns = again;
	}
	return (ns / bytes);
}

/* Into its place by cost, most first; the least goes when there are many. */
static void
rank(struct climb *c, const struct climber *new)
{
	size_t	 i, j;

	for (i = 0; i < c->n && c->v[i].cost >= new->cost; i++)
		continue;
	if (i == POPULATION) {
		free(new->s.data);
		return;
	}
	if (c->n == POPULATION)
		free(c->v[--c->n].s.data);
	for (j = c->n; j > i; j--)
		c->v[j] = c->v[j - 1];
	c->v[i] = *new;
	c->n++;
	c->better++;
}

static void
keep(const struct climber *m, size_t i, const char *dir)
{
	char	 path[512];
	FILE	*fp;

	snprintf(path, sizeof(path), "%s/slow-%zu.msg", dir, i);
	if ((fp = fopen(path, "w")) == NULL ||
	    fwrite(m->s.data, 1, m->s.len, fp) != m->s.len ||
	    fclose(fp) == EOF)
		err(1, "%s", path);
	printf("%s: %.1f ns a byte, %.1f MB/s, %zu bytes, from %s\n", path,
	    m->cost, 1e3 / m->cost, m->s.len - m->s.head, m->s.name);
}

void
maximise(struct rules *rules, const struct sample *samples, size_t n,
    double seconds, uint64_t seed, const char *dir)
{
	struct climb	*c;
	struct climber	 m;
	time_t		 end = time(NULL) + (time_t)seconds, told = 0, now;
	size_t		 i, from;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		err(1, NULL);
	c->rules = rules;
	c->random = seed * 2654435761U + 88172645463325252ULL;
	for (i = 0; i < n; i++) {
		if (samples[i].len == samples[i].head)
			continue;
		copy(&m.s, &samples[i]);
		m.cost = cost(c, &m.s);
		rank(c, &m);
	}
	if (c->n == 0)
		errx(1, "nothing to begin with");
	while ((now = time(NULL)) < end) {
		/* the slower, the more often */
		from = rnd(c, 1 + rnd(c, c->n));
		copy(&m.s, &c->v[from].s);
		for (i = 1 + rnd(c, 3); i > 0; i--)
			mutate(c, &m.s);
		if (m.s.len == m.s.head) {
			free(m.s.data);
			continue;
		}
		m.cost = cost(c, &m.s);
		c->tried++;
		if (m.cost > c->v[from].cost || c->n < POPULATION)
			rank(c, &m);
		else
			free(m.s.data);
		if (now >= told + 30) {
			told = now;
			printf("%6ld s left: %lu tried, %lu kept, the worst "
			    "%.1f ns a byte\n", (long)(end - now), c->tried,
			    c->better, c->v[0].cost);
			fflush(stdout);
		}
	}
	for (i = 0; i < c->n && i < WORST; i++)
		keep(&c->v[i], i, dir);
	for (i = 0; i < c->n; i++)
		free(c->v[i].s.data);
	free(c);
}
