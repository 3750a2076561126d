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
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "compat.h"
#include "finding.h"
#include "fingerprint.h"
#include "json.h"
#include "safe.h"
#include "stats.h"
#include "status.h"

/* Counters of one process: those that are not 0. */
static json_t *
proc_stats(const struct ctl_proc *p)
{
	json_t		*o = json_must(json_object());
	unsigned int	 i;

	for (i = 0; i < STAT_MAX; i++)
		if (p->stats.v[i] != 0)
			json_set_int(o, stat_name(i), p->stats.v[i]);
	return o;
}

static json_t *
words(const char *s)
{
	json_t	*a = json_must(json_array());
	char	 word[64];
	size_t	 n;

	for (; *s != '\0'; s += n, s += strspn(s, " ")) {
		n = strcspn(s, " ");
		safe_copy(word, sizeof(word), s, n);
		if (n > 0)
			json_must_0(json_array_append_new(a,
			    json_must(json_string(word))));
	}
	return a;
}

static void
set_uptime(json_t *o, int64_t started_ms, int64_t now_ms)
{
	json_set_time(o, "started", started_ms);
	/* the clock may have been set back since */
	json_set_int(o, "uptime_seconds", started_ms > now_ms ? 0 :
	    (uint64_t)(now_ms - started_ms) / 1000);
}

static json_t *
proc_json(const struct ctl_proc *p, int64_t now_ms)
{
	json_t	*o = json_must(json_object()), *sandbox;

	json_set_text(o, "process", proc_name(p->role));
	json_set_int(o, "instance", p->instance);
	json_set_int(o, "generation", p->generation);
	json_must_0(json_object_set_new(o, "pid", p->pid <= 0 ? json_null() :
	    json_must(json_integer(p->pid))));
	json_set_int(o, "uid", p->uid);
	json_set_text(o, "state", status_state_name(p->state));
	if (p->state == PROC_DEAD) {
		json_must_0(json_object_set_new(o, "started", json_null()));
		json_must_0(json_object_set_new(o, "uptime_seconds",
		    json_null()));
	} else
		set_uptime(o, p->started_ms, now_ms);
	json_set_int(o, "restarts", p->restarts);
	sandbox = json_must(json_object());
	json_must_0(json_object_set_new(sandbox, "enforced",
	    words(p->sandbox)));
	json_must_0(json_object_set_new(sandbox, "allowed",
	    words(p->promises)));
	json_must_0(json_object_set_new(sandbox, "degraded",
	    json_boolean(p->degraded)));
	json_must_0(json_object_set_new(o, "sandbox", sandbox));
	json_must_0(json_object_set_new(o, "counters", proc_stats(p)));
	return o;
}

static json_t *
https_json(const struct ctl_status *s)
{
	json_t	*o = json_must(json_object());
	char	 hex[FINGERPRINT_HEX_SIZE];

	json_must_0(json_object_set_new(o, "enabled",
	    json_boolean(s->inspects)));
	if (s->inspects) {
		json_set_text(o, "ca_fingerprint_sha256",
		    fingerprint_hex(s->fingerprint, hex));
		json_set_time(o, "ca_not_after", s->ca_not_after * 1000);
	} else {
		json_must_0(json_object_set_new(o, "ca_fingerprint_sha256",
		    json_null()));
		json_must_0(json_object_set_new(o, "ca_not_after",
		    json_null()));
	}
	return o;
}

void
status_print_json(const struct status *st)
{
	const struct ctl_status	*s = &st->suite;
	json_t			*o = json_must(json_object()), *a, *totals;
	uint64_t		 sum;
	unsigned int		 i;
	size_t			 k;

	json_set_text(o, "schema_version",
	    "clawsec-traffic-guardian-status/v1");
	json_set_text(o, "platform", FINDING_PLATFORM);
	json_set_text(o, "version", s->version);
	json_set_text(o, "mode", "detect");
	set_uptime(o, s->started_ms, st->now_ms);
	json_set_int(o, "generation", s->generation);
	if (s->config[0] == '\0')
		json_must_0(json_object_set_new(o, "config", json_null()));
	else
		json_set_text(o, "config", s->config);
	a = json_must(json_array());
	for (i = 0; i < s->listeners && i < nitems(s->listen); i++)
		json_append_text(a, s->listen[i]);
	json_must_0(json_object_set_new(o, "listen", a));
	json_set_int(o, "listeners", s->listeners);
	a = json_must(json_array());
	for (i = 0; i < s->mcp_listeners && i < nitems(s->mcp_listen); i++)
		json_append_text(a, s->mcp_listen[i]);
	json_must_0(json_object_set_new(o, "mcp_listen", a));
	json_set_int(o, "mcp_clients", s->mcp_clients);
	json_set_int(o, "scan_limit_bytes", s->scan_limit);
	json_must_0(json_object_set_new(o, "https_inspection", https_json(s)));
	json_set_text(o, "log_directory", s->logdir);
	json_set_text(o, "privileges", s->unprivileged ? "reduced" : "full");
	a = json_must(json_array());
	for (k = 0; k < st->nprocs; k++)
		json_must_0(json_array_append_new(a,
		    proc_json(&st->procs[k], st->now_ms)));
	json_must_0(json_object_set_new(o, "processes", a));
	totals = json_must(json_object());
	for (i = 0; i < STAT_MAX; i++) {
		sum = status_total(st, i);
		json_set_int(totals, stat_name(i), sum);
	}
	json_must_0(json_object_set_new(o, "counters", totals));
	json_print(o);
}
