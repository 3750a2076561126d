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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "compat.h"
#include "conf.h"
#include "ctl.h"
#include "link.h"
#include "log.h"
#include "metrics.h"
#include "msg.h"
#include "safe.h"
#include "sandbox.h"
#include "status.h"

int64_t
ctl_now(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
ctl_confine(void)
{
	struct sandbox_report	 report;

	/* jansson would open a random device for its hash seed. */
	json_object_seed((size_t)arc4random() | 1);
	if (sandbox_enter(sandbox_policy(PROC_CTL), &report) == -1) {
		safe_warnx("cannot confine itself: %s", report.text);
		exit(1);
	}
}

int
ctl_status(const struct args *args, const char *path)
{
	struct status		 st = { 0 };
	struct link		*l;
	enum link_result	 result;

	if ((l = link_open(path, 0)) == NULL)
		return 1;
	ctl_confine();
	if (link_request(l, IMSG_CTL_STATUS_GET, NULL) == -1) {
		link_close(l);
		return 1;
	}
	result = link_run(l, &status_ops, &st, LINK_TIMEOUT, 0);
	st.now_ms = ctl_now();
	if (result == LINK_OK && !st.has_suite)
		result = LINK_MALFORMED;
	if (result != LINK_OK)
		link_explain(l, result);
	else if (args->command == CMD_METRICS)
		metrics_print(&st);
	else if (args->json)
		status_print_json(&st);
	else
		status_print(&st);
	status_free(&st);
	link_close(l);
	return result == LINK_OK && safe_flush() == 0 ? 0 : 1;
}

/* The control socket of the daemon that the environment describes. */
static char *
default_socket(void)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	struct paths		 paths = { 0 };
	struct conf_env		 env;
	char			*path = NULL;

	conf_env_read(&env);
	if (conf_paths(&paths, &env, NULL, &errors, &notes) == -1)
		ctl_print_errors(&errors);
	else if (asprintf(&path, "%s/guardian.sock", paths.rundir) == -1) {
		safe_warnx("out of memory");
		path = NULL;
	}
	conf_notes_free(&notes);
	conf_errors_free(&errors);
	paths_free(&paths);
	return path;
}

static int
run(const struct args *args, const char *path, const char *argv0)
{
	switch (args->command) {
	case CMD_STATUS:
	case CMD_METRICS:
		return ctl_status(args, path);
	case CMD_FINDINGS:
	case CMD_FOLLOW:
	case CMD_EVENTS:
		return ctl_query(args, path);
	case CMD_RELOAD:
		return ctl_verb(args, path, IMSG_CTL_RELOAD_RUN);
	case CMD_UPGRADE:
		return ctl_verb(args, path, IMSG_CTL_UPGRADE_RUN);
	case CMD_STOP:
		return ctl_verb(args, path, IMSG_CTL_STOP_RUN);
	case CMD_LOG_ROTATE:
		return ctl_verb(args, path, IMSG_CTL_ROTATE_RUN);
	case CMD_SELFTEST:
		return ctl_selftest(args, path);
	case CMD_CHECK:
		return ctl_check(args);
	case CMD_SCAN:
		return ctl_scan(args, argv0);
	case CMD_WIRING_SHELL:
	case CMD_WIRING_DOCKER:
	case CMD_WIRING_V1:
	case CMD_WIRING_V2:
		return ctl_wiring(args);
	case CMD_VERIFY:
		return ctl_verify(args);
	case CMD_CA_FINGERPRINT:
		return ctl_ca_fingerprint(args);
	case CMD_CA_EXPORT:
		return ctl_ca_export(args);
	case CMD_CA_ROTATE:
		return ctl_verb(args, path, IMSG_CTL_CAROTATE_RUN);
	case CMD_TRUST:
		return ctl_trust(args);
	case CMD_MAX:
		break;
	}
	fatalx("command %d has no function", (int)args->command);
}

int
main(int argc, char *argv[])
{
	struct args	 args;
	char		 error[ARGS_ERROR_SIZE];
	char		*path = NULL;
	int		 status;

	log_init("guardianctl", LOG_SINK_STDERR, 0);
	if (args_parse(&args, argc, argv, ctl_now(), error) == -1) {
		safe_warnx("%s", error);
		args_usage(stderr, args.command);
		return 2;
	}
	switch (args.command) {
	case CMD_CHECK:
	case CMD_SCAN:
	case CMD_VERIFY:
	case CMD_WIRING_SHELL:
	case CMD_WIRING_DOCKER:
	case CMD_WIRING_V1:
	case CMD_WIRING_V2:
	case CMD_CA_FINGERPRINT:
	case CMD_CA_EXPORT:
	case CMD_TRUST:
		break;
	default:
		if (args.socket == NULL &&
		    (path = default_socket()) == NULL)
			return 1;
		break;
	}
	status = run(&args, args.socket != NULL ? args.socket : path,
	    argv[0]);
	free(path);
	return status;
}
