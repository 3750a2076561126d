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

/* The index of the literals, and the database made from it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prefilter.h"
#include "rules.h"

static struct rule_literal *
literal_find(struct rules *rules, int dir, const char *text, int caseless)
{
	struct rule_literal	*l = rules->literals[dir];
	size_t			 i;

	for (i = 0; i < rules->nliterals[dir]; i++)
		if (l[i].caseless == caseless && strcmp(l[i].text, text) == 0)
			return (&l[i]);
	return (NULL);
}

/* Enter the literals of one pattern; 0, or -1 if they are not as they must. */
static int
code_literals(struct rules *rules, int dir, struct rule_code *rc)
{
	const struct rule_pattern	*p = rc->pattern;
	struct rule_literal		*l;
	size_t				 i, len;

	for (i = 0; i < RULE_LITERALS_MAX && p->literals[i] != NULL; i++) {
		len = strlen(p->literals[i]);
		if (len == 0 || len > RULE_LITERAL_LEN)
			return (-1);
		if (len > rc->longest)
			rc->longest = (uint8_t)len;
		l = literal_find(rules, dir, p->literals[i], p->caseless);
		if (l == NULL) {
			l = &rules->literals[dir][rules->nliterals[dir]++];
			l->text = p->literals[i];
			l->len = (uint8_t)len;
			l->caseless = p->caseless;
		}
		l->n++;
	}
	/* The start of a match must still be there when the literal ends. */
	if (i == 0 || i == RULE_LITERALS_MAX ||
	    p->lead + rc->longest > RULE_WIDTH_MAX)
		return (-1);
	if (p->lead + (size_t)rc->longest > rules->back[dir])
		rules->back[dir] = p->lead + (size_t)rc->longest;
	return (0);
}

/* Which patterns have which literal. */
static void
codes_share(struct rules *rules, int dir)
{
	struct rule_literal	*l;
	const char *const	*text;
	size_t			 i, first = 0;

	for (i = 0; i < rules->nliterals[dir]; i++) {
		l = &rules->literals[dir][i];
		l->first = first;
		first += l->n;
		l->n = 0;
	}
	for (i = 0; i < rules->ncodes[dir]; i++)
		for (text = rules->codes[dir][i].pattern->literals;
		    *text != NULL; text++) {
			l = literal_find(rules, dir, *text,
			    rules->codes[dir][i].pattern->caseless);
			rules->sharing[dir][l->first + l->n++] = (uint16_t)i;
		}
}

int
literals_index(struct rules *rules, enum finding_direction direction,
    char *errbuf, size_t errlen)
{
	struct rule_code	*rc;
	size_t			 i, most;
	int			 dir = (int)direction;

	most = rules->ncodes[dir] * RULE_LITERALS_MAX + 1;
	rules->literals[dir] = calloc(most, sizeof(*rules->literals[dir]));
	rules->sharing[dir] = calloc(most, sizeof(*rules->sharing[dir]));
	if (rules->literals[dir] == NULL || rules->sharing[dir] == NULL) {
		snprintf(errbuf, errlen, "out of memory");
		return (-1);
	}
	for (i = 0; i < rules->ncodes[dir]; i++) {
		rc = &rules->codes[dir][i];
		if (code_literals(rules, dir, rc) == -1) {
			snprintf(errbuf, errlen, "%s/%s: its literals: none, "
			    "too many, too long or too far in",
			    rc->rule->name, rc->pattern->id);
			return (-1);
		}
	}
	codes_share(rules, dir);
	return (0);
}

static void
database_drop(struct rules *rules, int dir)
{
	prefilter_close(rules->section[dir]);
	prefilter_free(rules->prefilter[dir]);
	rules->section[dir] = NULL;
	rules->prefilter[dir] = NULL;
}

void
literals_free(struct rules *rules)
{
	int	 dir;

	for (dir = 0; dir < 2; dir++) {
		database_drop(rules, dir);
		free(rules->literals[dir]);
		free(rules->sharing[dir]);
	}
}

void
rules_forget(struct rules *rules)
{
	database_drop(rules, 0);
	database_drop(rules, 1);
}

int
rules_literal(const struct rules *rules, enum finding_direction direction,
    size_t n, const char **text, size_t *len, int *caseless)
{
	const struct rule_literal	*l;

	if (n >= rules->nliterals[direction])
		return (-1);
	l = &rules->literals[direction][n];
	*text = l->text;
	*len = l->len;
	*caseless = l->caseless;
	return (0);
}

int
rules_database(struct rules *rules, enum finding_direction direction,
    const void *data, size_t len, char *errbuf, size_t errlen)
{
	struct prefilter	*pf;
	int			 dir = (int)direction;

	if ((pf = prefilter_new(data, len, errbuf, errlen)) == NULL)
		return (-1);
	database_drop(rules, dir);
	rules->prefilter[dir] = pf;
	if ((rules->section[dir] = prefilter_open(pf)) == NULL) {
		database_drop(rules, dir);
		snprintf(errbuf, errlen, "out of memory");
		return (-1);
	}
	return (0);
}
