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

#include <string.h>

#include "args.h"
#include "backend.h"
#include "call.h"
#include "compat.h"
#include "log.h"
#include "mcpd.h"

#define LIMIT_DEFAULT	20
/* So many findings more are as much work as a call. */
#define LIMIT_COST	10

/* Strings of a finding; the first two have one value. */
static const char *const fields[] = {
	"schema_version", "platform", "direction", "protocol", "threat_type",
	"pattern", "severity", "source", "dest", "snippet", "timestamp"
};

/*
 * What the logger sends is what it wrote; but what a container reads must be
 * a finding whatever has happened to the disk.
 */
static int
is_finding(const json_t *f)
{
	const json_t	*v;
	const char	*s;
	size_t		 i, j;

	if (!json_is_object(f) || json_object_size(f) != nitems(fields))
		return 0;
	for (i = 0; i < nitems(fields); i++) {
		v = json_object_get(f, fields[i]);
		if ((s = json_string_value(v)) == NULL ||
		    json_string_length(v) >= FINDING_DEST_SIZE)
			return 0;
		for (j = 0; j < json_string_length(v); j++)
			if (s[j] < 0x20 || s[j] >= 0x7f)
				return 0;
	}
#define STR(n)	json_string_value(json_object_get(f, (n)))
	return strcmp(STR("schema_version"), FINDING_SCHEMA) == 0 &&
	    strcmp(STR("platform"), FINDING_PLATFORM) == 0 &&
	    finding_direction_parse(STR("direction")) != -1 &&
	    finding_protocol_parse(STR("protocol")) != -1 &&
	    finding_threat_parse(STR("threat_type")) != -1 &&
	    finding_severity_parse(STR("severity")) != -1 &&
	    finding_pattern_valid(STR("pattern")) &&
	    strlen(STR("snippet")) < FINDING_SNIPPET_SIZE &&
	    strlen(STR("timestamp")) == FINDING_TIMESTAMP_SIZE - 1;
#undef STR
}

static void
findings_begin(void *arg)
{
	struct tool_call	*c = arg;

	json_array_clear(c->data);
}

static void
findings_lines(void *arg, const char *text, size_t len)
{
	struct tool_call	*c = arg;
	const char		*nl;
	json_t			*f;
	size_t			 n;

	for (; len > 0; text += n + 1, len -= n + 1) {
		if ((nl = memchr(text, '\n', len)) == NULL)
			return;
		n = (size_t)(nl - text);
		f = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
		if (f == NULL || !is_finding(f) ||
		    json_array_size(c->data) == ASK_LIMIT_MAX) {
			json_decref(f);
			continue;
		}
		if (json_array_append_new(c->data, f) == -1)
			fatalx("out of memory");
	}
}

static void
findings_page(void *arg, const struct ask_page *p)
{
	struct tool_call	*c = arg;

	c->req = NULL;
	switch (p->status) {
	case ASK_OK:
		call_ok(c, json_pack("{s:O, s:o, s:I}", "findings", c->data,
		    "next_cursor", p->next[0] == '\0' ? json_null() :
		    json_string(p->next), "total_matched",
		    (json_int_t)p->matched));
		break;
	case ASK_NO_CURSOR:
		call_bad(c, "cursor", "is unknown, or so old that what it "
		    "points to is no longer kept: begin again without it");
		break;
	case ASK_REFUSED:
		call_fail(c, TOOL_INTERNAL, "the guardian's logger does not "
		    "know this client");
		break;
	default:
		call_fail(c, TOOL_INTERNAL, "the findings cannot be read now");
		break;
	}
}

static const struct backend_ops	 ops = {
	.begin = findings_begin,
	.lines = findings_lines,
	.page = findings_page
};

void
tool_findings(struct tool_call *c)
{
	static const char *const names[] = { "limit", "cursor", "since",
	    "until", "threat_type", "pattern", "direction", "min_severity" };
	static const char *const threats[] = { "EXFIL", "INJECTION", NULL };
	static const char *const directions[] = { "outbound", "inbound",
	    NULL };
	static const char *const severities[] = { "low", "medium", "high",
	    "critical", NULL };
	struct ask_findings	 ask;
	struct client		*cl;
	int64_t			 limit = LIMIT_DEFAULT;
	int			 threat = ASK_ANY, direction = ASK_ANY, sev = 0;

	memset(&ask, 0, sizeof(ask));
	if (args_known(c, names, nitems(names)) == -1 ||
	    args_int(c, "limit", 1, ASK_LIMIT_MAX, &limit) == -1 ||
	    args_string(c, "cursor", ask.cursor, sizeof(ask.cursor)) == -1 ||
	    args_time(c, "since", &ask.since_ms) == -1 ||
	    args_time(c, "until", &ask.until_ms) == -1 ||
	    args_word(c, "threat_type", threats, &threat) == -1 ||
	    args_string(c, "pattern", ask.pattern, sizeof(ask.pattern)) == -1 ||
	    args_word(c, "direction", directions, &direction) == -1 ||
	    args_word(c, "min_severity", severities, &sev) == -1)
		return;
	if (!msg_cursor_ok(ask.cursor)) {
		call_bad(c, "cursor", "is not one that this tool gave");
		return;
	}
	if (json_object_get(c->args, "pattern") != NULL &&
	    !finding_pattern_valid(ask.pattern)) {
		call_bad(c, "pattern", "must be the name of a pattern, like "
		    "ai_api_key");
		return;
	}
	if (limit > LIMIT_DEFAULT && (cl = client_by_id(c->m, c->client)) !=
	    NULL && !rate_take(&cl->rate, mcpd_mono_ms(),
	    (unsigned int)(limit - LIMIT_DEFAULT) / LIMIT_COST)) {
		call_fail(c, TOOL_RATE_LIMITED, "too many calls for so many "
		    "findings: wait a second");
		return;
	}
	strlcpy(ask.client, c->name, sizeof(ask.client));
	ask.limit = (uint32_t)limit;
	ask.threat = (uint8_t)threat;
	ask.direction = (uint8_t)direction;
	ask.min_severity = (uint8_t)sev;
	c->data = must_json(json_array());
	if ((c->req = backend_findings(c->m->backend, &ask, &ops, c)) == NULL)
		call_fail(c, TOOL_INTERNAL, "out of memory");
}
