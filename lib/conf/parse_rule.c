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
 * Rules of the configuration: rule, ignore and enable.
 */

#include <errno.h>
#include <string.h>

#include "compat.h"

#include "finding.h"
#include "hostlist.h"
#include "pattern.h"
#include "parse.h"

/* The words between braces, one after the other. */
struct words {
	struct parser		*ps;
	size_t			 next;
};

static const struct token *
word(struct words *w)
{
	if (w->next == w->ps->nitems)
		return NULL;
	return w->ps->items[w->next++].addr;
}

/* The word behind another one; NULL after an error. */
static const struct token *
word_after(struct words *w, const struct token *t)
{
	const struct token	*v = word(w);

	if (v == NULL)
		parse_error(w->ps, t, "nothing behind \"%s\"", t->text);
	return v;
}

static int
is_word(const struct token *t, const char *what)
{
	return t->type == LEX_WORD && strcmp(t->text, what) == 0;
}

static int
set_severity(struct parser *ps, const struct token *t, unsigned int *severity)
{
	static const char *const	 words[] = {
		[FINDING_LOW] = "low", [FINDING_MEDIUM] = "medium",
		[FINDING_HIGH] = "high", [FINDING_CRITICAL] = "critical"
	};
	unsigned int			 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], t->text) == 0) {
			*severity = i;
			return 0;
		}
	parse_error(ps, t, "severity \"%s\": write low, medium, high or "
	    "critical", t->text);
	return -1;
}

static int
name_ok(struct parser *ps, const struct token *name)
{
	size_t	 i;

	if (!finding_pattern_valid(name->text)) {
		parse_error(ps, name, "rule \"%s\": use 1 to %d lower-case "
		    "letters, digits and \"_\", the first a letter",
		    name->text, CONF_PATTERN_LEN);
		return 0;
	}
	if (pattern_known(name->text)) {
		parse_error(ps, name, "rule \"%s\" is built in; choose another "
		    "name", name->text);
		return 0;
	}
	for (i = 0; i < ps->conf->nrules; i++)
		if (strcmp(ps->conf->rules[i].name, name->text) == 0) {
			parse_error(ps, name, "rule \"%s\" exists already, at "
			    "%s:%d", name->text, ps->rule_at[i]->file,
			    ps->rule_at[i]->line);
			return 0;
		}
	return 1;
}

/* What a rule's block says; -1 after an error. */
struct rule_words {
	const struct token	*direction;
	const struct token	*threat;
	const struct token	*severity;
	const struct token	*match;
	const struct token	*literal;
};

static int
rule_words(struct parser *ps, struct rule_words *r)
{
	struct words		 w = { ps, 0 };
	const struct token	*t, **slot, *v;
	int			 bad = 0;

	memset(r, 0, sizeof(*r));
	while ((t = word(&w)) != NULL) {
		v = t;
		if (is_word(t, "outbound") || is_word(t, "inbound"))
			slot = &r->direction;
		else if (is_word(t, "exfil") || is_word(t, "injection"))
			slot = &r->threat;
		else if (is_word(t, "severity"))
			slot = &r->severity;
		else if (is_word(t, "match"))
			slot = &r->match;
		else if (is_word(t, "literal"))
			slot = &r->literal;
		else {
			parse_error(ps, t, "\"%s\" does not belong in a rule; "
			    "there are outbound or inbound, exfil or "
			    "injection, severity, match and literal",
			    t->type == LEX_QUOTED ? "..." : t->text);
			return -1;
		}
		if (slot != &r->direction && slot != &r->threat &&
		    (v = word_after(&w, t)) == NULL)
			return -1;
		if (*slot != NULL) {
			parse_error(ps, t, "\"%s\" is said twice", t->text);
			bad = -1;
		}
		*slot = v;
	}
	return bad;
}

void
set_rule(struct parser *ps, const struct token *name)
{
	struct conf		*conf = ps->conf;
	struct conf_rule	*rule;
	struct rule_words	 r;
	struct expr		 expr;
	const char		*errstr;
	unsigned int		 severity = FINDING_MEDIUM;
	int			 ok;

	ok = name_ok(ps, name);
	if (rule_words(ps, &r) == -1)
		return;
	if (r.direction == NULL) {
		parse_error(ps, name, "rule \"%s\": outbound or inbound?",
		    name->text);
		ok = 0;
	} else if (r.threat != NULL && is_word(r.threat, "exfil") !=
	    is_word(r.direction, "outbound")) {
		parse_error(ps, r.threat, "rule \"%s\": %s is %s", name->text,
		    r.direction->text, is_word(r.direction, "outbound") ?
		    "exfil" : "injection");
		ok = 0;
	}
	if (r.severity != NULL && set_severity(ps, r.severity,
	    &severity) == -1)
		ok = 0;
	if (r.match == NULL) {
		parse_error(ps, name, "rule \"%s\" has no match", name->text);
		ok = 0;
	} else if (expr_check(r.match->text,
	    r.literal == NULL ? NULL : r.literal->text, &expr,
	    &errstr) == -1) {
		parse_error(ps, r.match, "the expression of rule \"%s\" %s",
		    name->text, errstr);
		ok = 0;
	}
	if (!ok)
		return;
	if (conf->nrules == CONF_RULES_MAX) {
		parse_error(ps, name, "more than %d rules", CONF_RULES_MAX);
		return;
	}
	conf->rules = conf_append(conf->rules, conf->nrules,
	    sizeof(*conf->rules));
	ps->rule_at = conf_append(ps->rule_at, conf->nrules,
	    sizeof(*ps->rule_at));
	ps->rule_at[conf->nrules] = name;
	rule = &conf->rules[conf->nrules++];
	strlcpy(rule->name, name->text, sizeof(rule->name));
	rule->inbound = is_word(r.direction, "inbound");
	rule->severity = severity;
	rule->match = conf_strdup(r.match->text);
	rule->expr = expr;
}

void
set_ignore(struct parser *ps, const struct token *at)
{
	struct conf		*conf = ps->conf;
	struct conf_ignore	*ig;
	struct words		 w = { ps, 0 };
	const struct token	*t, *v, *pattern = NULL, *dest = NULL;
	char			 canon[HOST_CANON_SIZE] = "";

	while ((t = word(&w)) != NULL) {
		if (!is_word(t, "pattern") && !is_word(t, "dest")) {
			parse_error(ps, t, "\"%s\" does not belong in ignore; "
			    "there are pattern and dest",
			    t->type == LEX_QUOTED ? "..." : t->text);
			return;
		}
		if ((v = word_after(&w, t)) == NULL)
			return;
		if ((is_word(t, "pattern") ? pattern : dest) != NULL) {
			parse_error(ps, t, "\"%s\" is said twice; write an "
			    "ignore for each", t->text);
			return;
		}
		if (is_word(t, "pattern"))
			pattern = v;
		else
			dest = v;
	}
	if (pattern == NULL && dest == NULL) {
		parse_error(ps, at, "ignore: name a pattern, a dest or both");
		return;
	}
	if (pattern != NULL && !finding_pattern_valid(pattern->text)) {
		parse_error(ps, pattern, "ignore: \"%s\" is no name of a "
		    "pattern", pattern->text);
		return;
	}
	if (dest != NULL && (strcmp(dest->text, "*") == 0 ||
	    hostlist_canon(dest->text, canon, sizeof(canon)) == -1)) {
		parse_error(ps, dest, "ignore: \"%s\" is no host; write "
		    "\"docs.example.com\", an address, or \"*.example.com\" "
		    "for all names below that one", dest->text);
		return;
	}
	if (conf->nignores == CONF_IGNORES_MAX) {
		parse_error(ps, at, "more than %d ignores", CONF_IGNORES_MAX);
		return;
	}
	conf->ignores = conf_append(conf->ignores, conf->nignores,
	    sizeof(*conf->ignores));
	ps->ignore_at = conf_append(ps->ignore_at, conf->nignores,
	    sizeof(*ps->ignore_at));
	ps->ignore_at[conf->nignores] = pattern;
	ig = &conf->ignores[conf->nignores++];
	if (pattern != NULL)
		strlcpy(ig->pattern, pattern->text, sizeof(ig->pattern));
	strlcpy(ig->dest, canon, sizeof(ig->dest));
}

void
set_enable(struct parser *ps)
{
	struct words		 w = { ps, 0 };
	const struct token	*t;

	while ((t = word(&w)) != NULL)
		if (pattern_set_known(t->text))
			ps->conf->prompt_injection = 1;
		else
			parse_error(ps, t, "enable: \"%s\" is no set of rules; "
			    "there is prompt_injection", t->text);
}

/* A rule may come behind the ignore that names it. */
void
check_ignores(struct parser *ps)
{
	const struct conf	*conf = ps->conf;
	size_t			 i, j;

	for (i = 0; i < conf->nignores; i++) {
		if (ps->ignore_at[i] == NULL ||
		    pattern_known(conf->ignores[i].pattern))
			continue;
		for (j = 0; j < conf->nrules; j++)
			if (strcmp(conf->rules[j].name,
			    conf->ignores[i].pattern) == 0)
				break;
		if (j == conf->nrules)
			parse_error(ps, ps->ignore_at[i], "ignore: there is no "
			    "pattern \"%s\"; guardiand(8) has them all",
			    conf->ignores[i].pattern);
	}
}
