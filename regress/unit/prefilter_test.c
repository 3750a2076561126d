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

/* With and without a database the rules find the same. */

#include "prefilter_help.h"
#include "scan_help.h"

static struct rules *
help_database(void)
{
	struct rules	*rules = help_rules();
	char		 err[256] = "";

	ATF_REQUIRE_MSG(prefilter_load(rules, err, sizeof(err)) == 0, "%s",
	    err);
	return (rules);
}

/* Call fn for every pattern with every example and counter-example. */
static void
each_text(void (*fn)(const struct rule *, const struct rule_pattern *,
    const char *, size_t, void *), void *arg)
{
	const struct rule		*rule;
	const struct rule_pattern	*p;
	const char *const		*e;
	char				 text[2048];
	size_t				 i;
	int				 len, counter;

	for (i = 0; rules_registries[i] != NULL; i++)
		for (rule = rules_registries[i]; rule->name != NULL; rule++)
			for (p = rule->patterns; p->id != NULL; p++)
				for (counter = 0; counter < 2; counter++)
					for (e = counter ? p->counters :
					    p->examples; *e != NULL; e++) {
						len = rules_expand(*e, 7, text,
						    sizeof(text));
						ATF_REQUIRE(len > 0);
						fn(rule, p, text, (size_t)len,
						    arg);
					}
}

struct pair {
	struct rules	*with;
	struct rules	*without;
};

static void
compare(const struct pair *pair, enum finding_direction direction,
    const char *text, size_t len, size_t first, size_t step)
{
	static struct hits	 a, b;

	help_body(pair->with, direction, text, len, first, step, &a);
	help_body(pair->without, direction, text, len, 0, 0, &b);
	ATF_CHECK_EQ(0, a.limited);
	ATF_CHECK_MSG(help_same(&a, &b), "%zu hits with the database, %zu "
	    "without, split %zu then %zu: %.*s", a.n, b.n, first, step,
	    len > 1000 ? 0 : (int)len, text);
}

static void
text_compare(const struct rule *rule, const struct rule_pattern *p,
    const char *text, size_t len, void *arg)
{
	static const size_t	 steps[] = { 0, 1, 2, 7, 16, 200 };
	char			 buf[4200];
	size_t			 i, n;

	(void)p;
	n = (size_t)snprintf(buf, sizeof(buf), "x %s y\n%s", text, text);
	ATF_REQUIRE_EQ(2 * len + 5, n);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		compare(arg, rule->direction, buf, n, 0, steps[i]);
	for (i = 1; i < n; i += 3)
		compare(arg, rule->direction, buf, n, i, 0);
}

ATF_TC_WITHOUT_HEAD(examples);
ATF_TC_BODY(examples, tc)
{
	struct pair	 pair = { help_database(), help_rules() };

	(void)tc;
	ATF_CHECK_MSG(strncmp(rules_engine(pair.with), "vectorscan, ", 12) ==
	    0, "%s", rules_engine(pair.with));
	each_text(text_compare, &pair);
	rules_free(pair.with);
	rules_free(pair.without);
}

ATF_TC_WITHOUT_HEAD(selftest);
ATF_TC_BODY(selftest, tc)
{
	struct rules	*rules = help_database();
	char		 err[256] = "";

	(void)tc;
	ATF_CHECK_MSG(rules_selftest(rules, err, sizeof(err)) == 0, "%s", err);
	rules_free(rules);
}

/* A text of everything: all examples in a random order, with filling. */
struct jumble {
	char		*buf;
	size_t		 len;
	size_t		 size;
	unsigned int	 seed;
	int		 direction;
};

static unsigned int
jumble_random(struct jumble *j)
{
	j->seed = j->seed * 1664525U + 1013904223U;
	return (j->seed >> 16);
}

static void
jumble_add(const struct rule *rule, const struct rule_pattern *p,
    const char *text, size_t len, void *arg)
{
	static const char	 fill[] = "the quick shell of node; push rm sh"
	    " -x\tcurl 'since' .env\\n\"authorized_keys\" https://x.example/a";
	struct jumble		*j = arg;
	size_t			 n;

	(void)p;
	if ((int)rule->direction != j->direction ||
	    jumble_random(j) % 3 != 0)
		return;
	n = jumble_random(j) % (sizeof(fill) - 1);
	if (j->len + n + len > j->size)
		return;
	memcpy(j->buf + j->len, fill, n);
	j->len += n;
	/* Often only a part of it: near misses. */
	n = jumble_random(j) % 4 == 0 ? jumble_random(j) % len : len;
	memcpy(j->buf + j->len, text, n);
	j->len += n;
}

ATF_TC_WITHOUT_HEAD(jumbles);
ATF_TC_BODY(jumbles, tc)
{
	struct pair	 pair = { help_database(), help_rules() };
	struct jumble	 j;
	unsigned int	 i;

	(void)tc;
	memset(&j, 0, sizeof(j));
	j.size = 32768;
	ATF_REQUIRE((j.buf = malloc(j.size)) != NULL);
	for (i = 0; i < 60; i++) {
		j.seed = i;
		j.direction = (int)(i % 2);
		j.len = 0;
		each_text(jumble_add, &j);
		compare(&pair, (enum finding_direction)j.direction, j.buf,
		    j.len, 0, 0);
		compare(&pair, (enum finding_direction)j.direction, j.buf,
		    j.len, jumble_random(&j) % 300,
		    jumble_random(&j) % (i % 5 == 0 ? 4000 : 60) + 1);
	}
	free(j.buf);
	rules_free(pair.with);
	rules_free(pair.without);
}

/*
 * What the engine relies on: a literal begins in every match, at most `lead'
 * bytes into it; and no match is wider than it says.
 */
static void
literals_of(const struct rule *rule, const struct rule_pattern *p,
    const char *text, size_t len, void *arg)
{
	struct rules		*rules = arg;
	struct rule_code	*rc = NULL;
	size_t			 span[2], secret[2], from = 0, i, at;

	for (i = 0; i < rules->ncodes[rule->direction]; i++)
		if (rules->codes[rule->direction][i].pattern == p)
			rc = &rules->codes[rule->direction][i];
	ATF_REQUIRE(rc != NULL);
	while (rules_match(rules, rc, (const uint8_t *)text, len, from,
	    SIZE_MAX, 0, span, secret) == 1) {
		ATF_CHECK_MSG(span[1] - span[0] <= p->width, "%s/%s is %zu "
		    "wide: %s", rule->name, p->id, span[1] - span[0], text);
		for (i = 0; p->literals[i] != NULL; i++) {
			at = rules_find(rules, rc, i, (const uint8_t *)text,
			    span[1], span[0]);
			if (at != SIZE_MAX && at - span[0] <= p->lead)
				break;
		}
		ATF_CHECK_MSG(p->literals[i] != NULL, "%s/%s: no literal "
		    "where it should be: %s", rule->name, p->id,
		    text + span[0]);
		from = span[0] + 1;
	}
}

ATF_TC_WITHOUT_HEAD(literals);
ATF_TC_BODY(literals, tc)
{
	struct rules	*rules = help_rules();

	(void)tc;
	each_text(literals_of, rules);
	rules_free(rules);
}

/* What is no database, or a broken one, is refused, and nothing changes. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct rules	*rules = help_rules();
	struct hits	 hits;
	char		*data, err[256];
	size_t		 len;

	(void)tc;
	ATF_REQUIRE(prefilter_compile(rules, FINDING_OUTBOUND, &data, &len,
	    err, sizeof(err)) == 0);
	ATF_CHECK(rules_database(rules, FINDING_OUTBOUND, "", 0, err,
	    sizeof(err)) == -1);
	ATF_CHECK(rules_database(rules, FINDING_OUTBOUND, data, len / 2, err,
	    sizeof(err)) == -1);
	data[len / 2] ^= 1;
	ATF_CHECK(rules_database(rules, FINDING_OUTBOUND, data, len, err,
	    sizeof(err)) == -1);
	data[len / 2] ^= 1;
	data[0] ^= 1;
	ATF_CHECK(rules_database(rules, FINDING_OUTBOUND, data, len, err,
	    sizeof(err)) == -1);
	ATF_CHECK(strstr(rules_engine(rules), "vectorscan") == NULL);
	help_body(rules, FINDING_OUTBOUND, "cat /etc/shadow", 15, 0, 0, &hits);
	ATF_CHECK_EQ(1, hits.n);
	free(data);
	rules_free(rules);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, examples);
	ATF_TP_ADD_TC(tp, selftest);
	ATF_TP_ADD_TC(tp, jumbles);
	ATF_TP_ADD_TC(tp, literals);
	ATF_TP_ADD_TC(tp, refused);
	return (atf_no_error());
}
