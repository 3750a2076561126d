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
#include <sys/time.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "backend.h"
#include "call.h"
#include "compat.h"
#include "log.h"
#include "mcpd.h"

/* Calls of one client that may wait for the logger at once. */
#define CALLS_MAX	64

static const struct {
	const char	*name;
	void		(*run)(struct tool_call *);
} tools[TOOLS_MAX] = {
	{ "clawsec_traffic_status",		tool_status },
	{ "clawsec_traffic_findings",		tool_findings },
	{ "clawsec_traffic_check_config",	tool_check },
};

json_t *
must_json(json_t *v)
{
	if (v == NULL)
		fatalx("out of memory, or a bug in an answer");
	return v;
}

const char *
tool_status_code(enum tool_status status)
{
	switch (status) {
	case TOOL_OK:
		return NULL;
	case TOOL_UNKNOWN:
		return "UNKNOWN_TYPE";
	case TOOL_BAD_PARAMS:
		return "BAD_PARAMS";
	case TOOL_RATE_LIMITED:
		return "RATE_LIMITED";
	case TOOL_TIMEOUT:
		return "TIMEOUT";
	case TOOL_INTERNAL:
		break;
	}
	return "INTERNAL";
}

static void
call_free(struct tool_call *c)
{
	struct client	*cl;

	if (c->req != NULL)
		backend_cancel(c->m->backend, c->req);
	tool_check_cancel(c);
	if ((cl = client_by_id(c->m, c->client)) != NULL)
		cl->calls--;
	event_free(c->timer);
	json_decref(c->args);
	json_decref(c->data);
	json_decref(c->problems);
	json_decref(c->result.data);
	free(c);
}

/* The answer is there: it is delivered from the event loop. */
static void
call_finish(struct tool_call *c, enum tool_status status)
{
	static const struct timeval	 now = { 0, 0 };

	if (c->finished)
		fatalx("a call was finished twice");
	c->finished = 1;
	c->result.status = status;
	if (event_add(c->timer, &now) == -1)
		fatalx("timer");
}

/* Names of arguments and texts may be a stranger's. */
static void
clean(char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s >= 0x7f)
			*s = '?';
}

/*
 * An argument that does not exist has a name of the caller's making, which can
 * be anything, a key too: it is shown when it looks like a name.
 */
static void
name_argument(char *buf, size_t size, const char *name)
{
	size_t	 i, len = strlen(name);
	int	 lower = 0, upper = 0, other = 0;

	for (i = 0; i < len; i++) {
		if (name[i] == '.')
			lower = upper = 0;	/* env.NAME */
		else if (name[i] >= 'a' && name[i] <= 'z')
			lower = 1;
		else if (name[i] >= 'A' && name[i] <= 'Z')
			upper = 1;
		else if (name[i] != '_')
			other = 1;
		if (lower && upper && len > 16)
			other = 1;
	}
	if (other || len >= size)
		snprintf(buf, size, "[REDACTED:%zu]", len);
	else
		strlcpy(buf, name, size);
}

void
call_ok(struct tool_call *c, json_t *data)
{
	c->result.data = must_json(data);
	call_finish(c, TOOL_OK);
}

void
call_bad(struct tool_call *c, const char *argument, const char *fmt, ...)
{
	va_list	 ap;

	name_argument(c->result.argument, sizeof(c->result.argument),
	    argument);
	va_start(ap, fmt);
	vsnprintf(c->result.text, sizeof(c->result.text), fmt, ap);
	va_end(ap);
	clean(c->result.text);
	call_finish(c, TOOL_BAD_PARAMS);
}

void
call_fail(struct tool_call *c, enum tool_status status, const char *text)
{
	strlcpy(c->result.text, text, sizeof(c->result.text));
	call_finish(c, status);
}

/* The deadline of one that is not finished, the delivery of one that is. */
static void
call_timer(evutil_socket_t fd, short what, void *arg)
{
	struct tool_call	*c = arg;

	(void)fd;
	(void)what;
	if (!c->finished) {
		c->finished = 1;
		c->result.status = TOOL_TIMEOUT;
		strlcpy(c->result.text, "the guardian's logger did not answer "
		    "within 5 seconds: try again later",
		    sizeof(c->result.text));
	}
	/* its client may have gone in the meantime */
	if (client_by_id(c->m, c->client) == NULL) {
		c->result.status = TOOL_INTERNAL;
		json_decref(c->result.data);
		c->result.data = NULL;
		strlcpy(c->result.text, "this client was removed from the "
		    "configuration", sizeof(c->result.text));
	}
	c->done(c->arg, &c->result);
	call_free(c);
}

struct tool_call *
tools_call(struct mcpd *m, uint32_t client, const char *name,
    json_t *arguments, tool_done done, void *arg)
{
	static const struct timeval	 deadline = { TOOL_TIMEOUT_MS / 1000,
					    TOOL_TIMEOUT_MS % 1000 * 1000 };
	struct client			*cl = client_by_id(m, client);
	struct tool_call		*c;
	size_t				 i;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->m = m;
	c->client = client;
	c->done = done;
	c->arg = arg;
	c->args = arguments == NULL ? json_object() : json_incref(arguments);
	c->timer = evtimer_new(m->base, call_timer, c);
	if (c->timer == NULL || c->args == NULL ||
	    event_add(c->timer, &deadline) == -1) {
		if (c->timer != NULL)
			event_free(c->timer);
		json_decref(c->args);
		free(c);
		return NULL;
	}
	m->stats.v[STAT_REQUESTS]++;
	if (cl == NULL) {
		call_fail(c, TOOL_INTERNAL, "no such client");
		return c;
	}
	cl->calls++;
	strlcpy(c->name, cl->name, sizeof(c->name));
	for (i = 0; i < nitems(tools); i++)
		if (strcmp(tools[i].name, name) == 0)
			break;
	if (!rate_take(&cl->rate, mcpd_mono_ms(), 1) || cl->calls > CALLS_MAX)
		call_fail(c, TOOL_RATE_LIMITED, "too many calls: wait a "
		    "second");
	else if (i == nitems(tools))
		call_fail(c, TOOL_UNKNOWN, "there is no tool of that name");
	else if (!json_is_object(c->args))
		call_bad(c, "arguments", "must be an object");
	else
		tools[i].run(c);
	return c;
}

void
tools_cancel(struct tool_call *c)
{
	call_free(c);
}
