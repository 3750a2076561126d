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
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "compat.h"
#include "conf.h"
#include "ctl.h"
#include "finding.h"
#include "json.h"
#include "libexec.h"
#include "log.h"
#include "safe.h"

#define SCAN_SCHEMA	"clawsec-traffic-guardian-scan/v1"
#define EXIT_FOUND	3
#define LINE_SIZE	2048	/* a line of the detector is shorter */
#define GAPS_MAX	64	/* kept apart; the rest is one sum */

/*
 * Scanning without the daemon.  The bytes go from the file to a detector of
 * its own, which is confined before it reads; this process never sees them.
 * What the detector says of them is not trusted either: each field is checked.
 */
struct ctl_run {
	const struct args	*args;
	const char		*name;		/* of what is scanned */
	uint64_t		 findings;
	uint64_t		 bytes;
	uint64_t		 ignored;	/* findings */
	json_t			*gaps;
	int			 ended;
};

/* In the new process: standard descriptors, rules if any, then exec. */
static void
run_detector(const struct args *args, const char *dir, int in, int out,
    int rules)
{
	const struct ctl_scan	*s = &args->scan;
	const struct {
		const char	*flag;
		const char	*value;
	} opts[] = {
		{ "-d", s->direction }, { "-e", s->coding },
		{ "-h", s->host }, { "-l", s->limit }, { "-t", s->type },
	};
	const char	*argv[16], *v;
	char		*path, *envp[3];
	size_t		 i, n = 0;

	if (asprintf(&path, "%s/%s", dir, proc_name(PROC_DETECTOR)) == -1)
		_exit(127);
	if (dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1)
		_exit(127);
	/* Rules come on the next one. */
	if (rules != -1 && dup2(rules, STDERR_FILENO + 1) == -1)
		_exit(127);
	closefrom(STDERR_FILENO + (rules == -1 ? 1 : 2));
	argv[n++] = path;
	argv[n++] = "-s";
	if (rules != -1)
		argv[n++] = "-C";
	if (s->message)
		argv[n++] = "-H";
	for (i = 0; i < nitems(opts); i++)
		if (opts[i].value != NULL) {
			argv[n++] = opts[i].flag;
			argv[n++] = opts[i].value;
		}
	argv[n] = NULL;
	n = 0;
	if ((v = getenv("ASAN_OPTIONS")) != NULL &&
	    asprintf(&envp[n], "ASAN_OPTIONS=%s", v) != -1)
		n++;
	if ((v = getenv("UBSAN_OPTIONS")) != NULL &&
	    asprintf(&envp[n], "UBSAN_OPTIONS=%s", v) != -1)
		n++;
	envp[n] = NULL;
	/* execve(2) does not write to them. */
	execve(path, (char *const *)(uintptr_t)argv, envp);
	safe_warnx("cannot execute %s: %s", path, strerror(errno));
	_exit(127);
}

/* What is to be scanned, or -1 and a message. */
static int
input_open(const struct ctl_run *r)
{
	struct stat	 st;
	int		 fd = STDIN_FILENO;

	if (r->args->file != NULL && strcmp(r->args->file, "-") != 0)
		fd = open(r->args->file, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		safe_warnx("%s: %s", r->name, strerror(errno));
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		safe_warnx("%s: is a directory", r->name);
		return -1;
	}
	return fd;
}

static const char *
text(const json_t *o, const char *key)
{
	const char	*s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static int
number(const json_t *o, const char *key, uint64_t *v)
{
	const json_t	*n = json_object_get(o, key);

	if (!json_is_integer(n) || json_integer_value(n) < 0)
		return -1;
	*v = (uint64_t)json_integer_value(n);
	return 0;
}

static int
on_finding(struct ctl_run *r, const json_t *in)
{
	static const char *const	 copied[] = {
		"direction", "threat_type", "pattern", "severity", "channel",
		"snippet"
	};
	json_t		*o;
	uint64_t	 offset;
	size_t		 i;

	if (number(in, "offset", &offset) == -1 ||
	    finding_direction_parse(text(in, "direction")) == -1 ||
	    finding_threat_parse(text(in, "threat_type")) == -1 ||
	    finding_severity_parse(text(in, "severity")) == -1 ||
	    !finding_pattern_valid(text(in, "pattern")))
		return -1;
	r->findings++;
	if (!r->args->json) {
		safe_line(stdout, "%s:%llu: %s %s %s  %s", r->name,
		    (unsigned long long)offset, text(in, "severity"),
		    text(in, "pattern"), text(in, "direction"),
		    text(in, "snippet"));
		return 0;
	}
	o = json_must(json_object());
	json_set_text(o, "schema_version", SCAN_SCHEMA);
	json_set_text(o, "type", "finding");
	json_set_text(o, "file", r->name);
	for (i = 0; i < nitems(copied); i++)
		json_set_text(o, copied[i], text(in, copied[i]));
	json_set_int(o, "offset", offset);
	json_print(o);
	return 0;
}

static int
on_gap(struct ctl_run *r, const json_t *in)
{
	const char	*reason = text(in, "reason");
	uint64_t	 bytes, sum = 0;

	if (number(in, "bytes", &bytes) == -1 ||
	    !finding_pattern_valid(reason))
		return -1;
	if (json_object_get(r->gaps, reason) == NULL &&
	    json_object_size(r->gaps) >= GAPS_MAX)
		reason = "others";
	(void)number(r->gaps, reason, &sum);
	json_set_int(r->gaps, reason, sum > UINT64_MAX - bytes ? UINT64_MAX :
	    sum + bytes);
	return 0;
}

static int
on_line(struct ctl_run *r, const char *line, size_t len)
{
	const char	*type;
	json_t		*o;
	int		 result = -1;

	o = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	type = text(o, "type");
	if (r->ended)
		result = -1;
	else if (strcmp(type, "finding") == 0)
		result = on_finding(r, o);
	else if (strcmp(type, "gap") == 0)
		result = on_gap(r, o);
	else if (strcmp(type, "ignored") == 0)
		result = number(o, "count", &r->ignored);
	else if (strcmp(type, "end") == 0 &&
	    number(o, "bytes", &r->bytes) == 0) {
		r->ended = 1;
		result = 0;
	}
	json_decref(o);
	return result;
}

/* 0 when everything the detector said was read and understood. */
static int
run_read(struct ctl_run *r, FILE *fp)
{
	char	 line[LINE_SIZE];
	size_t	 len;

	while (fgets(line, (int)sizeof(line), fp) != NULL) {
		len = strlen(line);
		if (len == 0 || line[len - 1] != '\n' ||
		    on_line(r, line, len - 1) == -1) {
			safe_warnx("the detector said something that is not "
			    "in its protocol; nothing after it is believed");
			return -1;
		}
		if (safe_flush() == -1)
			return -1;
	}
	if (ferror(fp) || !r->ended) {
		safe_warnx("%s: the detector ended before the bytes did",
		    r->name);
		return -1;
	}
	return 0;
}

static void
run_summary(const struct ctl_run *r)
{
	const char	*reason;
	json_t		*o, *v;

	if (r->args->json) {
		o = json_must(json_object());
		json_set_text(o, "schema_version", SCAN_SCHEMA);
		json_set_text(o, "type", "summary");
		json_set_text(o, "file", r->name);
		json_set_int(o, "bytes", r->bytes);
		json_set_int(o, "findings", r->findings);
		json_set_int(o, "ignored", r->ignored);
		json_must_0(json_object_set(o, "not_scanned", r->gaps));
		json_print(o);
		return;
	}
	json_object_foreach(r->gaps, reason, v)
		safe_warnx("%s: not scanned: %lld bytes (%s)", r->name,
		    (long long)json_integer_value(v), reason);
	if (r->ignored > 0)
		safe_warnx("%s: ignored by the configuration: %llu finding%s",
		    r->name, (unsigned long long)r->ignored,
		    r->ignored == 1 ? "" : "s");
	safe_line(stdout, "%s: %llu finding%s in %llu bytes", r->name,
	    (unsigned long long)r->findings, r->findings == 1 ? "" : "s",
	    (unsigned long long)r->bytes);
}

int
ctl_scan(const struct args *args, const char *argv0)
{
	struct ctl_run	 r = { .args = args };
	char		 dir[PATH_MAX];
	FILE		*fp;
	struct conf	*conf;
	int		 in, fd[2], rules[2] = { -1, -1 }, status;

	r.name = args->file == NULL || strcmp(args->file, "-") == 0 ?
	    "standard input" : args->file;
	if (libexec_find(dir, sizeof(dir), argv0, PROC_DETECTOR) == -1) {
		safe_warnx("%s is not in %s, nor beside this program",
		    proc_name(PROC_DETECTOR), GUARDIAN_LIBEXECDIR);
		return 1;
	}
	if ((in = input_open(&r)) == -1 ||
	    scan_rules_load(args->scan.config, &conf) == -1)
		return 1;
	if (pipe(fd) == -1)
		fatal("pipe");
	if (conf != NULL && socketpair(AF_UNIX, SOCK_STREAM, PF_UNSPEC,
	    rules) == -1)
		fatal("socketpair");
	/* Nobody waits: what counts is the last line of its output. */
	if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
		fatal("signal");
	switch (fork()) {
	case -1:
		fatal("fork");
	case 0:
		run_detector(args, dir, in, fd[1], rules[1]);
	}
	close(fd[1]);
	if (in != STDIN_FILENO)
		close(in);
	if (conf != NULL) {
		close(rules[1]);
		scan_rules_send(conf, rules[0]);
		conf_free(conf);
	}
	if ((fp = fdopen(fd[0], "r")) == NULL)
		fatal("fdopen");
	ctl_confine();
	r.gaps = json_must(json_object());
	status = run_read(&r, fp);
	if (status == 0)
		run_summary(&r);
	json_decref(r.gaps);
	fclose(fp);
	if (status == -1 || safe_flush() == -1)
		return 1;
	return r.findings > 0 ? EXIT_FOUND : 0;
}
