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
#include "check.h"
#include "compat.h"
#include "conf_check.h"
#include "jsonrpc.h"
#include "mcpd.h"

/* The caller's variables: names that are known, strings of a sane length. */
static int
env_ok(struct tool_call *c, const json_t *env)
{
	const char	*key;
	json_t		*v;
	char		 where[TOOL_ARGUMENT_SIZE];
	size_t		 i;

	if (!json_is_object(env)) {
		call_bad(c, "env", "must be an object of strings");
		return 0;
	}
	json_object_foreach((json_t *)(uintptr_t)env, key, v) {
		snprintf(where, sizeof(where), "env.%s", key);
		for (i = 0; check_env_names[i] != NULL; i++)
			if (strcmp(check_env_names[i], key) == 0)
				break;
		if (check_env_names[i] == NULL) {
			call_bad(c, where, "is no variable that this tool "
			    "knows: leave it out");
			return 0;
		}
		if (jsonrpc_string(v) == NULL ||
		    json_string_length(v) > CHECK_VALUE_MAX) {
			call_bad(c, where, "must be a string of at most %d "
			    "bytes", CHECK_VALUE_MAX);
			return 0;
		}
	}
	return 1;
}

static json_t *
check_effective(const struct msg_about *a)
{
	char	 url[256];

	check_proxy_url(a, url, sizeof(url));
	return must_json(json_pack("{s:s, s:b, s:I, s:o, s:o}",
	    "mode", "detect", "https_inspection", a->inspects,
	    "max_scan_bytes", (json_int_t)a->scan_limit,
	    "ca_fingerprint_sha256", json_fingerprint(a),
	    "proxy_url", url[0] == '\0' ? json_null() : json_string(url)));
}

static json_t *
check_saw(const struct client_counts *n)
{
	json_t	*tls;

	tls = n->tls_failed_ms == 0 ? json_null() : json_pack("{s:o, s:s}",
	    "timestamp", json_time(n->tls_failed_ms),
	    "reason", n->tls_reason);
	return must_json(json_pack("{s:o, s:o}", "last_request_at",
	    json_time(n->request_ms), "last_tls_failure", must_json(tls)));
}

/* The last to come is what the logger has seen of the client. */
static void
check_totals(void *arg, const struct ask_totals *t)
{
	struct tool_call	*c = arg;
	const struct msg_about	*a = &c->m->about;
	const json_t		*env = json_object_get(c->args, "env");

	c->req = NULL;
	if (t->status == ASK_REFUSED) {
		call_fail(c, TOOL_INTERNAL, "the guardian's logger does not "
		    "know this client");
		return;
	}
	if (env != NULL)
		check_env(c->problems, env, a);
	check_seen(c->problems, &t->counts, a);
	call_ok(c, json_pack("{s:b, s:O, s:o, s:o}",
	    "ok", !check_has_error(c->problems), "problems", c->problems,
	    "effective", check_effective(a), "seen", check_saw(&t->counts)));
}

static const struct backend_ops	 ops = {
	.totals = check_totals
};

static void
check_ask(struct tool_call *c)
{
	if ((c->req = backend_totals(c->m->backend, c->name, &ops, c)) == NULL)
		call_fail(c, TOOL_INTERNAL, "out of memory");
}

/* Of one client at once: the rest of CONF_CHECK_MAX is for others. */
#define CHECKS_MAX	2

void
tool_check_cancel(struct tool_call *c)
{
	struct client	*cl;

	if (c->check == NULL)
		return;
	conf_check_cancel(c->check);
	c->check = NULL;
	if ((cl = client_by_id(c->m, c->client)) != NULL)
		cl->checks--;
}

static void
check_judged(void *arg, const json_t *errors)
{
	struct tool_call	*c = arg;
	struct client		*cl;
	const json_t		*e;
	char			 where[32];
	size_t			 i;

	c->check = NULL;
	if ((cl = client_by_id(c->m, c->client)) != NULL)
		cl->checks--;
	if (errors == NULL) {
		check_problem(c->problems, "config_unreadable", "error",
		    "config", "the configuration could not be judged: its "
		    "parser came to no end, or to a bad one");
	} else for (i = 0; i < json_array_size(errors); i++) {
		e = json_array_get(errors, i);
		snprintf(where, sizeof(where), "config:%lld", (long long)
		    json_integer_value(json_object_get(e, "line")));
		check_problem(c->problems, "config_error", "error", where,
		    json_string_value(json_object_get(e, "message")));
	}
	check_ask(c);
}

static void
check_config(struct tool_call *c, const json_t *config)
{
	struct client	*cl = client_by_id(c->m, c->client);

	if (!json_is_string(config) ||
	    json_string_length(config) > CONF_CHECK_TEXT_MAX) {
		call_bad(c, "config", "must be a string of at most %d bytes",
		    CONF_CHECK_TEXT_MAX);
		return;
	}
	if (cl != NULL && cl->checks < CHECKS_MAX)
		c->check = conf_check(c->m->checker, json_string_value(config),
		    json_string_length(config), check_judged, c);
	if (c->check == NULL)
		call_fail(c, TOOL_RATE_LIMITED, "too many configurations are "
		    "being judged: try again in a second");
	else
		cl->checks++;
}

void
tool_check(struct tool_call *c)
{
	static const char *const	 names[] = { "config", "env" };
	const json_t			*env, *config;

	if (args_known(c, names, nitems(names)) == -1)
		return;
	env = json_object_get(c->args, "env");
	config = json_object_get(c->args, "config");
	if (env != NULL && !env_ok(c, env))
		return;
	c->problems = must_json(json_array());
	if (config != NULL)
		check_config(c, config);
	else
		check_ask(c);
}
