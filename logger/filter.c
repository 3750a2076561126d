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

#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include "filter.h"
#include "finding.h"

static const char *
member(const json_t *obj, const char *name)
{
	const char	*s = json_string_value(json_object_get(obj, name));

	return s == NULL ? "" : s;
}

static int
match(const struct ctl_query *q, const json_t *obj)
{
	const char	*when = member(obj, "timestamp");
	char		 since[FINDING_TIMESTAMP_SIZE];
	int		 severity, event = q->what == CTL_EVENTS;

	if (strcmp(member(obj, "schema_version"), event ?
	    "clawsec-traffic-event/v1" : FINDING_SCHEMA) != 0)
		return 0;
	/* one fixed form: the order of the text is the order of time */
	if (strlen(when) != FINDING_TIMESTAMP_SIZE - 1)
		return 0;
	if (q->since_ms > 0 &&
	    (finding_timestamp(q->since_ms, since, sizeof(since)) == -1 ||
	    strcmp(when, since) < 0))
		return 0;
	if (q->pattern[0] != '\0' &&
	    strcmp(member(obj, event ? "event" : "pattern"), q->pattern) != 0)
		return 0;
	if (event)
		return q->client[0] == '\0' ||
		    strcmp(member(obj, "client"), q->client) == 0;
	severity = finding_severity_parse(member(obj, "severity"));
	return severity != -1 && severity >= q->min_severity;
}

int
filter_match(const struct ctl_query *q, const char *line, size_t len)
{
	json_t	*obj;
	int	 r;

	if (len == 0 || len > MSG_PAYLOAD_MAX ||
	    (obj = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL)) ==
	    NULL)
		return 0;
	r = json_is_object(obj) && match(q, obj);
	json_decref(obj);
	return r;
}
