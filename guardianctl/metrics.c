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
#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "metrics.h"
#include "safe.h"
#include "stats.h"
#include "status.h"

static const struct {
	enum metrics_kind	 kind;
	const char		*help;
} counters[STAT_MAX] = {
	[STAT_CONNECTIONS] = { METRICS_GAUGE, "Connections open now." },
	[STAT_ACCEPTED] = { METRICS_COUNTER, "Client connections." },
	[STAT_REQUESTS] = { METRICS_COUNTER, "Requests." },
	[STAT_RESPONSES] = { METRICS_COUNTER, "Responses." },
	[STAT_TUNNELS] = { METRICS_COUNTER, "Opaque tunnels." },
	[STAT_BYTES_IN] = { METRICS_COUNTER, "Bytes read from clients." },
	[STAT_BYTES_OUT] = { METRICS_COUNTER, "Bytes read from origins." },
	[STAT_BYTES_OPAQUE] = { METRICS_COUNTER,
	    "Bytes of tunnels, which cannot be scanned." },
	[STAT_REFUSED] = { METRICS_COUNTER,
	    "Requests refused by policy or syntax." },
	[STAT_RETAINED] = { METRICS_GAUGE, "Bytes kept for replay." },
	[STAT_QUEUED] = { METRICS_GAUGE, "Bytes waiting for detectors." },
	[STAT_REPLAYED] = { METRICS_COUNTER,
	    "Messages replayed after a crash." },
	[STAT_MESSAGES] = { METRICS_COUNTER, "Messages that were scanned." },
	[STAT_SEEN] = { METRICS_COUNTER, "Bytes of messages." },
	[STAT_SCANNED] = { METRICS_COUNTER, "Bytes of messages scanned." },
	[STAT_SKIPPED] = { METRICS_COUNTER,
	    "Bytes of messages not scanned; the events have the reasons." },
	[STAT_SKIPPED_MESSAGES] = { METRICS_COUNTER,
	    "Messages with bytes that were not scanned." },
	[STAT_FINDINGS] = { METRICS_COUNTER, "Findings written." },
	[STAT_DUPLICATES] = { METRICS_COUNTER,
	    "Findings dropped by the dedup window." },
	[STAT_REPEATED] = { METRICS_COUNTER,
	    "Findings dropped because a replay told them again." },
	[STAT_SUPPRESSED] = { METRICS_COUNTER,
	    "Findings over the quota of a client." },
	[STAT_EVENTS] = { METRICS_COUNTER, "Events." },
	[STAT_RULE_LIMITS] = { METRICS_COUNTER,
	    "Times a rule was stopped at a limit of matching." },
	[STAT_LEAVES] = { METRICS_COUNTER, "Certificates issued." },
	[STAT_LEAVES_REFUSED] = { METRICS_COUNTER, "Certificates refused." },
	[STAT_ORPHANS] = { METRICS_GAUGE,
	    "Unfinished work of proxy-workers that have died." },
	[STAT_PREFILTERED] = { METRICS_GAUGE,
	    "Detectors that have the literal prefilter." },
	[STAT_IGNORED] = { METRICS_COUNTER,
	    "Matches that the configuration ignores." },
	[STAT_RULES_DISABLED] = { METRICS_COUNTER,
	    "Rules that reached limits of matching too often." },
	[STAT_DECODED] = { METRICS_COUNTER,
	    "Bytes of decoded texts, scanned as well." },
};

enum metrics_kind
metrics_kind(unsigned int id)
{
	return id < STAT_MAX ? counters[id].kind : METRICS_NONE;
}

const char *
metrics_help(unsigned int id)
{
	return id < STAT_MAX ? counters[id].help : NULL;
}

static void
family(const char *name, enum metrics_kind kind, const char *help)
{
	const char	*suffix = kind == METRICS_COUNTER ? "_total" : "";

	safe_line(stdout, "# HELP guardian_%s%s %s", name, suffix, help);
	safe_line(stdout, "# TYPE guardian_%s%s %s", name, suffix,
	    kind == METRICS_COUNTER ? "counter" : "gauge");
}

/* Made safe before it is quoted, since safe_line() adds backslashes too. */
static void
label_value(char *dst, size_t size, const char *src)
{
	char	 safe[256];
	size_t	 i, n = 0;

	safe_copy(safe, sizeof(safe), src, strlen(src));
	for (i = 0; safe[i] != '\0' && n + 2 < size; i++) {
		if (safe[i] == '\\' || safe[i] == '"')
			dst[n++] = '\\';
		dst[n++] = safe[i];
	}
	dst[n] = '\0';
}

static uint64_t
seconds(int64_t since_ms, int64_t now_ms)
{
	return since_ms > now_ms ? 0 : (uint64_t)(now_ms - since_ms) / 1000;
}

/* Two generations run side by side while the old one drains. */
static void
process(const struct ctl_proc *p, const char *name, unsigned long long v)
{
	safe_line(stdout, "guardian_process_%s{process=\"%s\","
	    "instance=\"%u\",generation=\"%u\"} %llu", name,
	    proc_name(p->role), p->instance, p->generation, v);
}

static void
print_processes(const struct status *st)
{
	const struct ctl_proc	*p;
	size_t			 i;

	family("process_up", METRICS_GAUGE,
	    "1 if the process does its work, 0 if it starts, is silent or "
	    "dead.");
	for (i = 0; i < st->nprocs; i++) {
		p = &st->procs[i];
		process(p, "up", p->state == PROC_READY ||
		    p->state == PROC_DRAINING);
	}
	family("process_restarts", METRICS_COUNTER,
	    "Times the process was started again.");
	for (i = 0; i < st->nprocs; i++)
		process(&st->procs[i], "restarts_total",
		    st->procs[i].restarts);
	family("process_uptime_seconds", METRICS_GAUGE,
	    "Since the process was started.");
	for (i = 0; i < st->nprocs; i++) {
		p = &st->procs[i];
		if (p->state != PROC_DEAD)
			process(p, "uptime_seconds",
			    seconds(p->started_ms, st->now_ms));
	}
}

void
metrics_print(const struct status *st)
{
	char		 version[512];
	unsigned int	 i;

	label_value(version, sizeof(version), st->suite.version);
	family("build_info", METRICS_GAUGE, "The daemon's version.");
	safe_line(stdout, "guardian_build_info{version=\"%s\"} 1", version);
	family("uptime_seconds", METRICS_GAUGE,
	    "Since the daemon was started.");
	safe_line(stdout, "guardian_uptime_seconds %llu", (unsigned long long)
	    seconds(st->suite.started_ms, st->now_ms));
	print_processes(st);
	for (i = 0; i < STAT_MAX; i++) {
		family(stat_name(i), counters[i].kind, counters[i].help);
		safe_line(stdout, "guardian_%s%s %llu", stat_name(i),
		    counters[i].kind == METRICS_COUNTER ? "_total" : "",
		    status_total(st, i));
	}
}
