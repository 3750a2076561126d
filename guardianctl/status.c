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
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "finding.h"
#include "fingerprint.h"
#include "safe.h"
#include "stats.h"
#include "status.h"

#define PROCS_MAX	1024	/* more is no answer of ours */

static void	on_proc(void *, const struct ctl_proc *);
static void	on_suite(void *, const struct ctl_status *);

const struct link_ops status_ops = {
	.proc = on_proc,
	.status = on_suite,
};

static void
on_proc(void *arg, const struct ctl_proc *proc)
{
	struct status	*st = arg;
	struct ctl_proc	*procs;
	size_t		 cap;

	if (st->nprocs == PROCS_MAX)
		return;
	if (st->nprocs == st->cap) {
		cap = st->cap == 0 ? 16 : st->cap * 2;
		procs = recallocarray(st->procs, st->cap, cap,
		    sizeof(*procs));
		if (procs == NULL) {
			safe_warnx("out of memory");
			exit(1);
		}
		st->procs = procs;
		st->cap = cap;
	}
	st->procs[st->nprocs++] = *proc;
}

static void
on_suite(void *arg, const struct ctl_status *suite)
{
	struct status	*st = arg;

	st->suite = *suite;
	st->has_suite = 1;
}

void
status_free(struct status *st)
{
	free(st->procs);
	memset(st, 0, sizeof(*st));
}

const char *
status_proc_name(const struct ctl_proc *proc, char *buf, size_t size)
{
	if (proc->role == PROC_PROXY || proc->role == PROC_DETECTOR)
		snprintf(buf, size, "%s/%u", proc_name(proc->role),
		    proc->instance);
	else
		snprintf(buf, size, "%s", proc_name(proc->role));
	return buf;
}

const char *
status_state_name(unsigned int state)
{
	static const char *const names[PROC_STATE_MAX] = {
		[PROC_STARTING] = "starting",
		[PROC_READY] = "ready",
		[PROC_DRAINING] = "draining",
		[PROC_DEAD] = "dead",
		[PROC_SILENT] = "silent",
	};

	return state < PROC_STATE_MAX ? names[state] : "unknown";
}

/* "3d 4h", "4h 5m", "5m 6s", "6s": the two largest units. */
static const char *
span(int64_t ms, char *buf, size_t size)
{
	long long	 s = ms < 0 ? 0 : (long long)(ms / 1000);

	if (s >= 86400)
		snprintf(buf, size, "%lldd %lldh", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(buf, size, "%lldh %lldm", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(buf, size, "%lldm %llds", s / 60, s % 60);
	else
		snprintf(buf, size, "%llds", s);
	return buf;
}

/* As the configuration writes sizes: 4M, 64K. */
static const char *
bytes(uint64_t n, char *buf, size_t size)
{
	unsigned long long	 v = n;

	if (v != 0 && v % (1024 * 1024) == 0)
		snprintf(buf, size, "%lluM", v / (1024 * 1024));
	else if (v != 0 && v % 1024 == 0)
		snprintf(buf, size, "%lluK", v / 1024);
	else
		snprintf(buf, size, "%llu", v);
	return buf;
}

unsigned long long
status_total(const struct status *st, unsigned int id)
{
	unsigned long long	 sum = 0;
	size_t			 i;

	for (i = 0; i < st->nprocs; i++) {
		if (id == STAT_FINDINGS && st->procs[i].role != PROC_LOGGER)
			continue;
		sum += st->procs[i].stats.v[id];
	}
	return sum;
}

static void
print_suite(const struct status *st)
{
	const struct ctl_status	*s = &st->suite;
	char			 when[FINDING_TIMESTAMP_SIZE], buf[64];
	char			 groups[FINGERPRINT_GROUPS_SIZE];
	unsigned int		 i;

	if (finding_timestamp(s->started_ms, when, sizeof(when)) == -1)
		strlcpy(when, "unknown", sizeof(when));
	safe_line(stdout, "guardiand %s, mode detect, up %s since %s",
	    s->version, span(st->now_ms - s->started_ms, buf, sizeof(buf)),
	    when);
	safe_line(stdout, "configuration  %s, generation %u",
	    s->config[0] == '\0' ? "built-in defaults" : s->config,
	    s->generation);
	for (i = 0; i < s->listeners && i < nitems(s->listen); i++)
		safe_line(stdout, "%-13s  %s", i == 0 ? "listening on" : "",
		    s->listen[i]);
	if (s->listeners > nitems(s->listen))
		safe_line(stdout, "%-13s  and %u more", "",
		    s->listeners - (unsigned int)nitems(s->listen));
	if (s->mcp_clients > 0)
		safe_line(stdout, "MCP            %u client%s%s%s%s",
		    s->mcp_clients, s->mcp_clients == 1 ? "" : "s",
		    s->mcp_listeners > 0 ? ", HTTP on " : "",
		    s->mcp_listeners > 0 ? s->mcp_listen[0] : "",
		    s->mcp_listeners > 1 ? " and others" : "");
	safe_line(stdout, "scan limit     %s a message",
	    bytes(s->scan_limit, buf, sizeof(buf)));
	if (s->inspects)
		safe_line(stdout, "HTTPS          CA %s",
		    fingerprint_groups(s->fingerprint, groups));
	else
		safe_line(stdout, "HTTPS          not inspected");
	safe_line(stdout, "logs           %s", s->logdir);
	if (s->unprivileged)
		safe_line(stdout, "privileges     reduced: started without "
		    "root, so one user, no chroot; the sandboxes hold");
	else
		safe_line(stdout, "privileges     full: children have users "
		    "of their own and an empty root");
}

static void
print_procs(const struct status *st)
{
	const struct ctl_proc	*p;
	char			 name[64], up[32], pid[16];
	size_t			 i;
	int			 w, sandbox = (int)strlen("ENFORCED");
	int			 degraded = 0;

	safe_line(stdout, "%s", "");
	safe_line(stdout, "%-20s %3s %8s %10s  %-8s %8s %8s", "PROCESS", "GEN",
	    "PID", "UID", "STATE", "UPTIME", "RESTARTS");
	for (i = 0; i < st->nprocs; i++) {
		p = &st->procs[i];
		status_proc_name(p, name, sizeof(name));
		if (p->pid > 0)
			snprintf(pid, sizeof(pid), "%d", (int)p->pid);
		else
			strlcpy(pid, "-", sizeof(pid));
		safe_line(stdout, "%-20s %3u %8s %10u  %-8s %8s %8u", name,
		    p->generation, pid, p->uid, status_state_name(p->state),
		    p->state == PROC_DEAD ? "-" :
		    span(st->now_ms - p->started_ms, up, sizeof(up)),
		    p->restarts);
		w = (int)strlen(p->sandbox);
		if (w > sandbox)
			sandbox = w;
		degraded |= p->degraded;
	}
	safe_line(stdout, "%s", "");
	safe_line(stdout, "%-20s   %-*s  %s", "SANDBOX", sandbox, "ENFORCED",
	    "ALLOWED");
	for (i = 0; i < st->nprocs; i++) {
		p = &st->procs[i];
		safe_line(stdout, "%-20s %c %-*s  %s",
		    status_proc_name(p, name, sizeof(name)),
		    p->degraded ? '*' : ' ', sandbox,
		    p->sandbox[0] == '\0' ? "-" : p->sandbox,
		    p->promises[0] == '\0' ? "-" : p->promises);
	}
	if (degraded)
		safe_line(stdout, "* this kernel's Landlock enforces less "
		    "than the policy asks for; seccomp holds where it is "
		    "named");
}

/* What is found is the same either way; how long it takes is not. */
static void
print_matching(const struct status *st)
{
	unsigned int	 with = 0, all = 0;
	size_t		 i;

	for (i = 0; i < st->nprocs; i++) {
		if (st->procs[i].role != PROC_DETECTOR)
			continue;
		all++;
		if (st->procs[i].stats.v[STAT_PREFILTERED] != 0)
			with++;
	}
	if (with == all)
		safe_line(stdout, "matching       prefiltered");
	else
		safe_line(stdout, "matching       slow in %u of %u detectors: "
		    "no prefilter, see the events matching_degraded",
		    all - with, all);
}

static void
print_counters(const struct status *st)
{
	unsigned long long	 v[STAT_MAX];
	unsigned int		 i;

	for (i = 0; i < STAT_MAX; i++)
		v[i] = status_total(st, i);
	safe_line(stdout, "%s", "");
	safe_line(stdout, "connections    %llu open, %llu accepted",
	    v[STAT_CONNECTIONS], v[STAT_ACCEPTED]);
	safe_line(stdout, "requests       %llu, %llu refused, %llu responses",
	    v[STAT_REQUESTS], v[STAT_REFUSED], v[STAT_RESPONSES]);
	safe_line(stdout, "tunnels        %llu opaque, with %llu bytes that "
	    "cannot be scanned", v[STAT_TUNNELS], v[STAT_BYTES_OPAQUE]);
	safe_line(stdout, "bytes          %llu seen, %llu scanned, %llu "
	    "skipped in %llu messages", v[STAT_SEEN], v[STAT_SCANNED],
	    v[STAT_SKIPPED], v[STAT_SKIPPED_MESSAGES]);
	safe_line(stdout, "decoded        %llu bytes of text, scanned as well",
	    v[STAT_DECODED]);
	if (st->suite.inspects)
		safe_line(stdout, "certificates   %llu issued, %llu refused",
		    v[STAT_LEAVES], v[STAT_LEAVES_REFUSED]);
	print_matching(st);
	safe_line(stdout, "findings       %llu written, %llu duplicates, %llu "
	    "over quota", v[STAT_FINDINGS], v[STAT_DUPLICATES],
	    v[STAT_SUPPRESSED]);
	if (v[STAT_IGNORED] > 0)
		safe_line(stdout, "ignored        %llu matches, by the "
		    "configuration", v[STAT_IGNORED]);
	if (v[STAT_RULE_LIMITS] > 0)
		safe_line(stdout, "rules          %llu times at a limit of "
		    "matching, %llu disabled", v[STAT_RULE_LIMITS],
		    v[STAT_RULES_DISABLED]);
}

void
status_print(const struct status *st)
{
	print_suite(st);
	print_procs(st);
	print_counters(st);
}
