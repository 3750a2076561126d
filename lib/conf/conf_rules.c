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

#include <stddef.h>
#include <string.h>

#include "compat.h"
#include "conf.h"
#include "finding.h"
#include "msg_rule.h"

int
conf_rules_send(const struct conf *conf, struct channel *ch)
{
	const struct conf_rule	*r;
	struct msg_custom	 m;
	struct msg_ignore	 ig;
	size_t			 i;

	for (i = 0; i < conf->nrules; i++) {
		r = &conf->rules[i];
		memset(&m, 0, sizeof(m));
		strlcpy(m.name, r->name, sizeof(m.name));
		m.direction = r->inbound ? FINDING_INBOUND : FINDING_OUTBOUND;
		m.severity = (uint8_t)r->severity;
		m.width = (uint16_t)r->expr.width;
		m.lead = (uint16_t)r->expr.lead;
		strlcpy(m.literal, r->expr.literal, sizeof(m.literal));
		strlcpy(m.match, r->match, sizeof(m.match));
		if (msg_custom_send(ch, &m) == -1)
			return (-1);
	}
	for (i = 0; i < conf->nignores; i++) {
		memset(&ig, 0, sizeof(ig));
		strlcpy(ig.pattern, conf->ignores[i].pattern,
		    sizeof(ig.pattern));
		strlcpy(ig.dest, conf->ignores[i].dest, sizeof(ig.dest));
		if (msg_ignore_send(ch, &ig) == -1)
			return (-1);
	}
	if (conf->prompt_injection)
		return (msg_ruleset_send(ch, "prompt_injection"));
	return (0);
}
