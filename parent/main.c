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
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "log.h"
#include "parent.h"

extern char	**environ;

static __dead void
usage(void)
{
	fprintf(stderr, "usage: guardiand [-dnv] [-D macro=value] "
	    "[-f file]\n");
	exit(2);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct parent	*p = arg;

	(void)what;
	switch (sig) {
	case SIGCHLD:
		children_reap(p);
		break;
	case SIGHUP:
		reload_begin(p, 0, 0);
		break;
	case SIGINT:
	case SIGTERM:
		log_notice("stopping: signal %d", (int)sig);
		shutdown_begin(p, 0);
		break;
	}
}

/*
 * Timestamps of what is written now do not follow on those of before: that is
 * on record, by how much.  What must last for a time is measured otherwise, or
 * takes a time that is yet to come for now.
 */
static void
clock_check(struct parent *p)
{
	struct event_rec	 e;
	int64_t			 offset = wall_ms() - now_ms(), by;

	by = offset - p->clock_offset;
	p->clock_offset = offset;
	if (by > -CLOCK_STEP_MS && by < CLOCK_STEP_MS)
		return;
	log_warnx("the system's clock was put %s by %lld seconds",
	    by < 0 ? "back" : "forward",
	    (long long)(by < 0 ? -by : by) / 1000);
	event_init(&e, EVENT_CLOCK_MOVED);
	strlcpy(e.reason, by < 0 ? "back" : "forward", sizeof(e.reason));
	e.count = (uint64_t)(by < 0 ? -by : by) / 1000;
	event_post(p, &e);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;

	(void)fd;
	(void)what;
	notify_watchdog(p);
	if (p->phase == PHASE_STOPPING) {
		shutdown_step(p);
		return;
	}
	children_check(p);
	clock_check(p);
	logdir_check(p);
	rotate_retry(p);
	keep_tick(p);
	if (p->ticks++ % 5 == 0) {
		host_check(p);
		start_syslog_again(p);
	}
}

static void
events_open(struct parent *p)
{
	static const int	 sigs[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	struct timeval		 tv = { 1, 0 };
	size_t			 i;

	if ((p->base = event_base_new()) == NULL)
		fatalx("no event base");
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("signal");
	for (i = 0; i < nitems(sigs); i++) {
		p->signals[i] = evsignal_new(p->base, sigs[i], on_signal, p);
		if (p->signals[i] == NULL ||
		    event_add(p->signals[i], NULL) == -1)
			fatalx("signal events");
	}
	p->tick = event_new(p->base, -1, EV_PERSIST, on_tick, p);
	if (p->tick == NULL || event_add(p->tick, &tv) == -1)
		fatalx("timer event");
}

/* Connections need descriptors; children inherit what we may have. */
static void
limits_raise(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		log_warn("setrlimit");
}

static int
parent_config(struct parent *p)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	char			 line[MSG_DETAIL_SIZE];
	size_t			 i;
	int			 r;

	conf_env_read(&p->env);
	r = conf_paths(&p->paths, &p->env, p->file, &errors, &notes);
	for (i = 0; i < notes.n; i++)
		log_notice("%s", notes.v[i]);
	conf_notes_free(&notes);
	for (i = 0; i < errors.n; i++)
		log_warnx("%s", conf_error_format(&errors.v[i], line,
		    sizeof(line)));
	conf_errors_free(&errors);
	if (r == -1)
		return -1;
	p->conf = reload_parse(p, line, sizeof(line));
	return p->conf == NULL ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct parent	 parent, *p = &parent;
	const char	*errstr;
	int		 ch, check = 0;

	compat_init_setproctitle(argc, argv, environ);
	memset(p, 0, sizeof(*p));
	TAILQ_INIT(&p->children);
	TAILQ_INIT(&p->pending);
	p->detached_fd = p->notify_fd = -1;
	p->ca.fd = -1;
	p->generation = p->last_generation = 1;
	log_init("guardiand", LOG_SINK_STDERR, 0);
	while ((ch = getopt(argc, argv, "dD:f:nv")) != -1) {
		switch (ch) {
		case 'd':
			p->foreground = 1;
			break;
		case 'D':
			if (conf_macros_add(&p->macros, optarg, &errstr) ==
			    -1) {
				fprintf(stderr, "guardiand: -D: %s\n",
				    errstr);
				usage();
			}
			break;
		case 'f':
			p->file = optarg;
			break;
		case 'n':
			check = 1;
			break;
		case 'v':
			p->verbose++;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	if (parent_config(p) == -1)
		exit(1);
	if (check) {
		if (p->verbose > 0)
			conf_print(p->conf, stdout);
		else
			fprintf(stderr, "configuration OK\n");
		exit(fflush(stdout) == 0 ? 0 : 1);
	}

#ifndef GUARDIAN_SANITIZE		/* whose report file is open already */
	/* What the one who started us had open is not ours to keep. */
	closefrom(STDERR_FILENO + 1);
#endif
	/* Nothing of ours is for others before its mode says so. */
	umask(022);
	limits_raise();
	if ((p->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		fatal("/dev/null");
	if (start_users(p) == -1 || start_libexec(p, argv[0]) == -1 ||
	    files_open(p) == -1 || listeners_open(p, p->conf) == -1 ||
	    control_open(p) == -1 || mcp_open(p, p->conf) == -1)
		exit(1);
	if (p->unprivileged)
		log_notice("not root: all processes run as uid %u, without "
		    "chroot; the sandbox is the same", (unsigned)geteuid());
	if (!p->foreground && start_detach(p) == -1)
		exit(1);
	files_pid(p);
	notify_open(p);
	if (start_sandbox(p) == -1)
		exit(1);
	setproctitle("parent");
	log_init("parent", p->foreground ? LOG_SINK_STDERR : LOG_SINK_SYSLOG,
	    p->verbose);
	p->started_ms = wall_ms();
	p->clock_offset = p->started_ms - now_ms();
	mcp_commit(p);
	p->ipc_changed = 0;
	events_open(p);
	archive_init(p);
	p->phase = PHASE_STARTING;
	host_check(p);		/* what changes from here on is told */
	if (generation_start(p, p->conf, p->generation) == -1)
		fatalx("cannot start the processes");
	if (event_base_dispatch(p->base) == -1)
		fatalx("event loop failed");
	files_close(p);
	log_notice("stopped");
	return p->status;
}
