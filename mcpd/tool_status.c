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

#include <stdio.h>
#include <string.h>

#include "args.h"
#include "backend.h"
#include "call.h"
#include "compat.h"
#include "log.h"
#include "mcpd.h"

static void
status_begin(void *arg)
{
	struct tool_call	*c = arg;

	json_object_clear(c->data);
}

static void
status_pattern(void *arg, const struct ask_pattern *p)
{
	struct tool_call	*c = arg;

	if (json_object_set_new(c->data, p->name,
	    json_integer((json_int_t)p->findings)) == -1)
		fatalx("out of memory");
}

json_t *
json_time(int64_t ms)
{
	char	 buf[FINDING_TIMESTAMP_SIZE];

	if (ms == 0 || finding_timestamp(ms, buf, sizeof(buf)) == -1)
		return json_null();
	return json_string(buf);
}

json_t *
json_fingerprint(const struct msg_about *a)
{
	char	 hex[2 * CA_FINGERPRINT_SIZE + 1];
	size_t	 i;

	if (!a->has_ca)
		return json_null();
	for (i = 0; i < sizeof(a->fingerprint); i++)
		snprintf(hex + 2 * i, 3, "%02x", a->fingerprint[i]);
	return json_string(hex);
}

static void
status_totals(void *arg, const struct ask_totals *t)
{
	struct tool_call	*c = arg;
	const struct msg_about	*a = &c->m->about;
	int64_t			 up = mcpd_now_ms() - a->started_ms;
	json_t			*https, *scan, *findings;

	c->req = NULL;
	if (t->status != ASK_OK) {
		call_fail(c, TOOL_INTERNAL, t->status == ASK_REFUSED ?
		    "the guardian's logger does not know this client" :
		    "the findings cannot be read now");
		return;
	}
	https = json_pack("{s:b, s:o}", "enabled", a->inspects,
	    "ca_fingerprint_sha256", json_fingerprint(a));
	scan = json_pack("{s:I, s:I, s:I, s:I, s:I}",
	    "max_bytes", (json_int_t)a->scan_limit,
	    "messages", (json_int_t)t->counts.messages,
	    "bytes", (json_int_t)t->counts.bytes,
	    "skipped_messages", (json_int_t)t->counts.skipped_messages,
	    "skipped_bytes", (json_int_t)t->counts.skipped_bytes);
	findings = json_pack("{s:I, s:o, s:O}",
	    "total", (json_int_t)t->findings,
	    "last_timestamp", json_time(t->last_ms), "by_pattern", c->data);
	call_ok(c, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o}",
	    "schema_version", "clawsec-traffic-status/v1",
	    "platform", FINDING_PLATFORM, "version", a->version,
	    "mode", "detect", "client", c->name,
	    "uptime_seconds", (json_int_t)(up > 0 ? up / 1000 : 0),
	    "https_inspection", must_json(https), "scan", must_json(scan),
	    "findings", must_json(findings)));
}

static const struct backend_ops	 ops = {
	.begin = status_begin,
	.pattern = status_pattern,
	.totals = status_totals
};

void
tool_status(struct tool_call *c)
{
	if (args_known(c, NULL, 0) == -1)
		return;
	c->data = must_json(json_object());
	if ((c->req = backend_totals(c->m->backend, c->name, &ops, c)) == NULL)
		call_fail(c, TOOL_INTERNAL, "out of memory");
}
