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

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "compat.h"
#include "ctl.h"
#include "finding.h"
#include "json.h"
#include "lines.h"
#include "link.h"
#include "msg.h"
#include "probe.h"
#include "safe.h"
#include "status.h"

/*
 * Sends a made-up key through the running proxy and waits for its finding.
 * Each hop on the way is a line; the first that fails says what to do.
 */

#define SINK_HOST	"guardian.invalid"
#define SINK_PATTERN	"ai_api_key"
#define KEY_PREFIX	"sk-ant-api03-"
#define KEY_RANDOM	93
#define KEY_SUFFIX	"AA"
#define KEY_LEN		(sizeof(KEY_PREFIX) - 1 + KEY_RANDOM +	\
			    sizeof(KEY_SUFFIX) - 1)
#define LEAK_LEN	8	/* so much of the key in a row is no accident */

struct selftest {
	const struct args	*args;
	const char		*path;
	struct status		 status;
	struct link		*follow;	/* findings since the start */
	struct link		*after;		/* a second look at status */
	int			 proxy;
	int64_t			 start_ms;
	char			 key[KEY_LEN + 1];
	char			*line;		/* the finding */
	size_t			 line_len;
	json_t			*hops;
};

static void	hop(struct selftest *, int, const char *, const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));

static void
hop(struct selftest *t, int ok, const char *name, const char *fmt, ...)
{
	char	 text[1024];
	va_list	 ap;
	json_t	*o;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!t->args->json) {
		safe_line(stdout, "%-4s  %-15s  %s", ok ? "ok" : "FAIL", name,
		    text);
		return;
	}
	o = json_must(json_object());
	json_set_text(o, "hop", name);
	json_must_0(json_object_set_new(o, "ok", json_boolean(ok)));
	json_set_text(o, "text", text);
	json_must_0(json_array_append_new(t->hops, o));
}

static void
make_key(char *key)
{
	static const char	 set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-";
	unsigned char		 noise[KEY_RANDOM];
	char			*p = key + sizeof(KEY_PREFIX) - 1;
	size_t			 i;

	memcpy(key, KEY_PREFIX, sizeof(KEY_PREFIX) - 1);
	arc4random_buf(noise, sizeof(noise));
	/* 64 characters: 6 bits choose without bias */
	for (i = 0; i < KEY_RANDOM; i++)
		*p++ = set[noise[i] & 63];
	explicit_bzero(noise, sizeof(noise));
	memcpy(p, KEY_SUFFIX, sizeof(KEY_SUFFIX));
}

static int
get_status(struct link *l, struct status *st)
{
	enum link_result	 result;

	if (link_request(l, IMSG_CTL_STATUS_GET, NULL) == -1)
		return -1;
	result = link_run(l, &status_ops, st, LINK_TIMEOUT, 1);
	st->now_ms = ctl_now();
	if (result == LINK_OK && st->has_suite)
		return 0;
	link_explain(l, result == LINK_OK ? LINK_MALFORMED : result);
	return -1;
}

static int
hop_control(struct selftest *t)
{
	struct link	*l;
	int		 error;

	if ((l = link_open(t->path, 0)) == NULL) {
		hop(t, 0, "control socket", "no answer at %s", t->path);
		return -1;
	}
	error = get_status(l, &t->status);
	link_close(l);
	if (error == -1)
		hop(t, 0, "control socket", "%s accepts connections but gives "
		    "no status: see the daemon's log", t->path);
	else
		hop(t, 1, "control socket", "guardiand %s, up",
		    t->status.suite.version);
	return error;
}

/* A listener that is loopback, or a wildcard, if there is one. */
static const char *
pick_listener(const struct ctl_status *s)
{
	static const char *const near[] = { "127.", "[::1]:", "0.0.0.0:",
	    "[::]:" };
	unsigned int		 i, j;

	for (j = 0; j < nitems(near); j++)
		for (i = 0; i < s->listeners && i < nitems(s->listen); i++)
			if (strncmp(s->listen[i], near[j],
			    strlen(near[j])) == 0)
				return s->listen[i];
	return s->listeners > 0 ? s->listen[0] : NULL;
}

static int
hop_connect(struct selftest *t)
{
	const char	*listener = pick_listener(&t->status.suite);
	char		 error[256];

	if (listener == NULL || *listener == '\0') {
		hop(t, 0, "listener", "status names none; see the daemon's "
		    "log for why it does not listen");
		return -1;
	}
	t->proxy = probe_connect(listener, error, sizeof(error));
	if (t->proxy == -1) {
		hop(t, 0, "listener", "%s: %s; look at the proxy-workers in "
		    "guardianctl status, and for a packet filter", listener,
		    error);
		return -1;
	}
	hop(t, 1, "listener", "connected to %s", listener);
	return 0;
}

/* Everything that needs the system is open after this. */
static int
open_queries(struct selftest *t)
{
	struct ctl_query	 q = { 0 };

	q.what = CTL_FOLLOW;
	q.since_ms = t->start_ms;
	strlcpy(q.pattern, SINK_PATTERN, sizeof(q.pattern));
	if ((t->follow = link_open(t->path, 1)) == NULL ||
	    (t->after = link_open(t->path, 0)) == NULL)
		return -1;
	ctl_confine();
	return link_request(t->follow, 0, &q);
}

static int
hop_proxy(struct selftest *t)
{
	char	 request[512], error[512];
	int	 n, code;

	n = snprintf(request, sizeof(request),
	    "POST http://" SINK_HOST "/selftest HTTP/1.1\r\n"
	    "Host: " SINK_HOST "\r\n"
	    "User-Agent: guardianctl\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\n"
	    "Content-Length: %zu\r\n"
	    "Connection: close\r\n"
	    "\r\n"
	    "k=%s", KEY_LEN + 2, t->key);
	if (n < 0 || (size_t)n >= sizeof(request))
		abort();
	code = probe_exchange(t->proxy, request, (size_t)n, error,
	    sizeof(error));
	explicit_bzero(request, sizeof(request));
	close(t->proxy);
	t->proxy = -1;
	switch (code) {
	case 200:
		hop(t, 1, "proxy", "took the planted key, answered 200");
		return 0;
	case -1:
		hop(t, 0, "proxy", "%s; look at the proxy-workers in "
		    "guardianctl status and the daemon's log", error);
		return -1;
	case 403:
		hop(t, 0, "proxy", "answered 403: %s; this host's address "
		    "needs a client block, or a listener on loopback", error);
		return -1;
	case 407:
		hop(t, 0, "proxy", "answered 407: the client block of this "
		    "host's address wants a credential; listen on loopback "
		    "for the self-test");
		return -1;
	default:
		hop(t, 0, "proxy", "answered %d: %s; is it guardiand that "
		    "listens there?", code, error);
		return -1;
	}
}

static int
on_line(void *arg, const char *line, size_t len)
{
	struct selftest	*t = arg;
	const char	*dest;
	json_t		*o;
	int		 ours;

	if ((o = json_loadb(line, len, 0, NULL)) == NULL)
		return 0;
	dest = json_string_value(json_object_get(o, "dest"));
	ours = dest != NULL && strncmp(dest, SINK_HOST ":",
	    sizeof(SINK_HOST)) == 0;
	json_decref(o);
	if (!ours)
		return 0;
	if ((t->line = malloc(len + 1)) == NULL) {
		safe_warnx("out of memory");
		exit(1);
	}
	memcpy(t->line, line, len);
	t->line[len] = '\0';
	t->line_len = len;
	return 1;
}

static void
explain_missing(struct selftest *t)
{
	struct status	 now = { 0 };
	char		 name[64];
	size_t		 i;

	if (get_status(t->after, &now) == -1) {
		hop(t, 0, "finding", "none in %d seconds, and the daemon went "
		    "silent: see its log", LINK_TIMEOUT);
		return;
	}
	for (i = 0; i < now.nprocs; i++)
		if (now.procs[i].state != PROC_READY) {
			hop(t, 0, "finding", "none in %d seconds; %s is %s: "
			    "see the daemon's log for why", LINK_TIMEOUT,
			    status_proc_name(&now.procs[i], name,
			    sizeof(name)),
			    status_state_name(now.procs[i].state));
			status_free(&now);
			return;
		}
	if (status_total(&now, STAT_SUPPRESSED) >
	    status_total(&t->status, STAT_SUPPRESSED))
		hop(t, 0, "finding", "written to no file: the client's quota "
		    "for today is used up; raise it in its client block");
	else if (status_total(&now, STAT_SKIPPED_MESSAGES) >
	    status_total(&t->status, STAT_SKIPPED_MESSAGES))
		hop(t, 0, "finding", "none in %d seconds; the message was not "
		    "scanned in full: guardianctl events has a scan_gap with "
		    "the reason", LINK_TIMEOUT);
	else if (status_total(&now, STAT_MESSAGES) ==
	    status_total(&t->status, STAT_MESSAGES))
		hop(t, 0, "finding", "none in %d seconds; no detector has "
		    "ended a message since: they may be overloaded, see "
		    "guardianctl events", LINK_TIMEOUT);
	else
		hop(t, 0, "finding", "none in %d seconds though all processes "
		    "are ready: see guardianctl events and whether the log "
		    "directory %s can be written", LINK_TIMEOUT,
		    now.suite.logdir);
	status_free(&now);
}

static int
hop_finding(struct selftest *t)
{
	static const struct link_ops	 ops = { .line = on_line };
	enum link_result		 result;

	result = link_run(t->follow, &ops, t, LINK_TIMEOUT, 1);
	if (result == LINK_STOPPED) {
		hop(t, 1, "finding", "written and found again");
		return 0;
	}
	if (result == LINK_TIMED_OUT)
		explain_missing(t);
	else {
		link_explain(t->follow, result);
		hop(t, 0, "finding", "the logger ended the query: see the "
		    "daemon's log");
	}
	return -1;
}

/* Whether any LEAK_LEN characters of the key's secret part are in the line. */
static int
leaks(const struct selftest *t)
{
	char	 part[LEAK_LEN + 1];
	size_t	 i;
	int	 found = 0;

	part[LEAK_LEN] = '\0';
	for (i = sizeof(KEY_PREFIX) - 1; i + LEAK_LEN <= KEY_LEN; i++) {
		memcpy(part, t->key + i, LEAK_LEN);
		if (strstr(t->line, part) != NULL)
			found = 1;
	}
	explicit_bzero(part, sizeof(part));
	return found;
}

static int
hop_schema(struct selftest *t)
{
	static const char *const	 fields[] = { "schema_version",
	    "platform", "direction", "protocol", "threat_type", "pattern",
	    "severity", "source", "dest", "snippet", "timestamp" };
	json_t				*o;
	size_t				 i;
	const char			*missing = NULL;
	size_t				 n;

	o = json_loadb(t->line, t->line_len, JSON_REJECT_DUPLICATES, NULL);
	for (i = 0; i < nitems(fields); i++)
		if (!json_is_string(json_object_get(o, fields[i])))
			missing = fields[i];
	n = json_object_size(o);
	json_decref(o);
	if (missing != NULL || n != nitems(fields)) {
		hop(t, 0, "schema", "%zu fields%s%s, not the %zu of "
		    FINDING_SCHEMA "; report this as a bug", n,
		    missing == NULL ? "" : " without ",
		    missing == NULL ? "" : missing, nitems(fields));
		return -1;
	}
	hop(t, 1, "schema", "exactly %zu fields", n);
	return 0;
}

static int
hop_redaction(struct selftest *t)
{
	if (leaks(t)) {
		/* Not the line: it holds what must not be shown. */
		hop(t, 0, "redaction", "the finding has a part of the key in "
		    "it; stop the daemon and report this as a bug");
		return -1;
	}
	hop(t, 1, "redaction", "nothing of the key but its public prefix");
	return 0;
}

static int
run(struct selftest *t)
{
	if (hop_control(t) == -1 || hop_connect(t) == -1)
		return -1;
	if (open_queries(t) == -1) {
		hop(t, 0, "query", "the control socket refused another "
		    "connection; is somebody else using it up?");
		return -1;
	}
	if (hop_proxy(t) == -1 || hop_finding(t) == -1)
		return -1;
	/* Redaction first: a line that leaks must not be shown. */
	if (hop_redaction(t) == -1 || hop_schema(t) == -1)
		return -1;
	return 0;
}

static void
report_json(struct selftest *t, int ok)
{
	json_t	*o = json_must(json_object()), *f = NULL;

	json_set_text(o, "schema_version",
	    "clawsec-traffic-guardian-selftest/v1");
	json_must_0(json_object_set_new(o, "ok", json_boolean(ok)));
	json_must_0(json_object_set(o, "hops", t->hops));
	if (ok)
		f = json_loadb(t->line, t->line_len, 0, NULL);
	json_must_0(json_object_set_new(o, "finding",
	    f == NULL ? json_null() : f));
	json_print(o);
}

int
ctl_selftest(const struct args *args, const char *path)
{
	struct selftest	 t = { .args = args, .path = path, .proxy = -1 };
	int		 ok;

	json_object_seed((size_t)arc4random() | 1);
	t.hops = json_must(json_array());
	t.start_ms = ctl_now();
	make_key(t.key);
	ok = run(&t) == 0;
	explicit_bzero(t.key, sizeof(t.key));
	if (args->json)
		report_json(&t, ok);
	else if (ok)
		lines_finding(t.line, t.line_len);
	if (t.proxy != -1)
		close(t.proxy);
	link_close(t.follow);
	link_close(t.after);
	status_free(&t.status);
	json_decref(t.hops);
	free(t.line);
	return ok && safe_flush() == 0 ? 0 : 1;
}
