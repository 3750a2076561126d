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
#include <sys/uio.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "custom.h"
#include "hostlist.h"
#include "imsg.h"
#include "rules.h"

#define MATCH_SIZE	(CUSTOM_MATCH_SIZE + 2)	/* in parentheses */

struct custom {
	struct msg_custom	 msg[CUSTOM_RULES_MAX];
	char			 regex[CUSTOM_RULES_MAX][MATCH_SIZE];
	struct rule_pattern	 patterns[CUSTOM_RULES_MAX][2];
	struct rule		 rules[CUSTOM_RULES_MAX + 1];
	size_t			 nrules;
	struct msg_ignore	 ignores[CUSTOM_IGNORES_MAX];
	struct hostlist		 hosts[CUSTOM_IGNORES_MAX];
	size_t			 nignores;
	const struct rule	*tables[3];
	int			 prompts;
};

struct custom *
custom_new(void)
{
	return (calloc(1, sizeof(struct custom)));
}

void
custom_free(struct custom *c)
{
	size_t	 i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nignores; i++)
		hostlist_free(&c->hosts[i]);
	free(c);
}

int
custom_add(struct custom *c, const struct msg_custom *m)
{
	static const char *const	 none[] = { NULL };
	struct rule_pattern		*p;
	struct rule			*r;
	char				*regex;
	size_t				 len = strlen(m->match);

	if (c->nrules == CUSTOM_RULES_MAX)
		return (-1);
	c->msg[c->nrules] = *m;
	/* All of it is the part that must not be shown. */
	regex = c->regex[c->nrules];
	regex[0] = '(';
	memcpy(regex + 1, m->match, len);
	regex[len + 1] = ')';
	m = &c->msg[c->nrules];
	p = &c->patterns[c->nrules][0];
	p->id = m->name;
	p->regex = regex;
	p->literals[0] = m->literal;
	p->width = m->width;
	p->lead = m->lead;
	p->severity = (enum finding_severity)m->severity;
	p->kind = RULE_VALUE;
	p->source = "the configuration";
	p->examples = p->counters = none;
	r = &c->rules[c->nrules++];
	r->name = m->name;
	r->direction = (enum finding_direction)m->direction;
	r->threat = r->direction == FINDING_INBOUND ? FINDING_INJECTION :
	    FINDING_EXFIL;
	r->channels = RULE_IN_ALL;
	r->patterns = p;
	p->custom = 1;
	return (0);
}

int
custom_ignore(struct custom *c, const struct msg_ignore *m)
{
	if (c->nignores == CUSTOM_IGNORES_MAX)
		return (-1);
	if (m->dest[0] != '\0' &&
	    hostlist_add(&c->hosts[c->nignores], m->dest) == -1)
		return (-1);
	c->ignores[c->nignores++] = *m;
	return (0);
}

void
custom_enable(struct custom *c)
{
	c->prompts = 1;
}

int
custom_recv(struct custom *c, struct imsg *imsg)
{
	struct msg_custom	 custom;
	struct msg_ignore	 ignore;
	char			 name[FINDING_PATTERN_SIZE];

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_CUSTOM_SEND:
		return (msg_custom_recv(imsg, &custom) == -1 ? -1 :
		    custom_add(c, &custom));
	case IMSG_PARENT_IGNORE_SEND:
		return (msg_ignore_recv(imsg, &ignore) == -1 ? -1 :
		    custom_ignore(c, &ignore));
	case IMSG_PARENT_RULESET_SEND:
		if (msg_ruleset_recv(imsg, name) == -1)
			return (-1);
		custom_enable(c);	/* there is one set */
		return (0);
	}
	return (-1);
}

const struct rule *const *
custom_tables(struct custom *c)
{
	size_t	 n = 0;

	c->tables[n++] = c->rules;
	if (c->prompts)
		c->tables[n++] = rules_prompts;
	c->tables[n] = NULL;
	return (c->tables);
}

uint64_t
custom_ignores(const struct custom *c, const char *host)
{
	char		 canon[HOST_CANON_SIZE];
	uint64_t	 bits = 0;
	size_t		 i;
	int		 known;

	if (c->nignores == 0)
		return (0);
	known = hostlist_canon(host, canon, sizeof(canon)) == 0;
	for (i = 0; i < c->nignores; i++)
		if (c->ignores[i].dest[0] == '\0' ||
		    (known && hostlist_match(&c->hosts[i], canon)))
			bits |= UINT64_C(1) << i;
	return (bits);
}

int
custom_ignored(const struct custom *c, uint64_t bits, const char *pattern)
{
	size_t	 i;

	for (i = 0; i < c->nignores; i++)
		if ((bits >> i & 1) != 0 && (c->ignores[i].pattern[0] == '\0' ||
		    strcmp(c->ignores[i].pattern, pattern) == 0))
			return (1);
	return (0);
}
