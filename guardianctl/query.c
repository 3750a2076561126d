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

#include "ctl.h"
#include "json.h"
#include "lines.h"
#include "link.h"
#include "safe.h"

/* findings, follow and events: one query, lines as they come. */
struct query {
	const struct args	*args;
	int			 failed;	/* nobody reads our output */
};

static int
on_line(void *arg, const char *line, size_t len)
{
	struct query	*q = arg;

	if (q->args->json)
		safe_write(stdout, line, len);
	else if (q->args->command == CMD_EVENTS)
		lines_event(line, len);
	else
		lines_finding(line, len);
	/* Who follows wants each line when it happens. */
	if (q->args->command == CMD_FOLLOW && safe_flush() == -1)
		q->failed = 1;
	return q->failed;
}

int
ctl_query(const struct args *args, const char *path)
{
	static const struct link_ops	 ops = { .line = on_line };
	struct query			 q = { args, 0 };
	struct link			*l;
	enum link_result		 result;
	int				 follow = args->command == CMD_FOLLOW;

	if ((l = link_open(path, 1)) == NULL)
		return 1;
	ctl_confine();
	if (link_request(l, 0, &args->query) == -1) {
		link_close(l);
		return 1;
	}
	result = link_run(l, &ops, &q, follow ? 0 : LINK_TIMEOUT, 0);
	if (safe_flush() == -1)
		q.failed = 1;
	/* Following has no end of its own. */
	if (follow && (result == LINK_CLOSED || result == LINK_OK)) {
		safe_warnx("guardiand went away: no findings will follow; "
		    "guardianctl status tells whether it is back");
		q.failed = 1;
	} else
		link_explain(l, result);
	link_close(l);
	return result == LINK_OK && !q.failed ? 0 : 1;
}

static void
print_result(const struct link *l, enum link_result result)
{
	json_t	*o = json_must(json_object());

	json_must_0(json_object_set_new(o, "ok",
	    json_boolean(result == LINK_OK)));
	json_set_text(o, "text", link_text(l));
	json_print(o);
}

int
ctl_verb(const struct args *args, const char *path, uint32_t type)
{
	static const char *const	 done[CMD_MAX] = {
		[CMD_RELOAD] = "configuration loaded",
		[CMD_UPGRADE] = "the installed programs are in use; "
		    "guardiand itself is what it was until a restart",
		[CMD_STOP] = "stopping",
		[CMD_LOG_ROTATE] = "new log files begun",
		[CMD_CA_ROTATE] = "a new CA is in force: clients have to "
		    "trust it (ca fingerprint, wiring); take the old one, "
		    "ca.pem.old in the state directory, out of every store",
	};
	static const struct link_ops	 ops = { 0 };
	struct link			*l;
	enum link_result		 result;

	if ((l = link_open(path, 0)) == NULL)
		return 1;
	ctl_confine();
	if (link_request(l, type, NULL) == -1) {
		link_close(l);
		return 1;
	}
	result = link_run(l, &ops, NULL, LINK_VERB, 0);
	if (args->json)
		print_result(l, result);
	else if (result == LINK_OK)
		safe_line(stdout, "%s", link_text(l)[0] != '\0' ?
		    link_text(l) : done[args->command]);
	if (result != LINK_OK)
		link_explain(l, result);
	link_close(l);
	return result == LINK_OK && safe_flush() == 0 ? 0 : 1;
}
