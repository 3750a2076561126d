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
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "compat.h"
#include "jsonrpc.h"
#include "mcp.h"
#include "mcpd.h"
#include "tools.h"

#define META		"io.modelcontextprotocol/"
#define MODERN		"2026-07-28"
#define LEGACY		"2025-11-25"	/* the newest one */
#define SERVER		"clawsec-traffic-guardian"
#define TITLE		"NanoClaw Traffic Guardian"
#define TTL_MS		3600000		/* the tools are fixed */

#define MCP_BAD_HEADERS	(-32020)
#define MCP_BAD_VERSION	(-32022)

#define INSTRUCTIONS							\
	"The HTTP and HTTPS traffic of this container is watched by a "	\
	"guardian outside of it, which detects and logs leaking secrets " \
	"and incoming commands and never blocks. Ask "			\
	"clawsec_traffic_status for what is watched, "			\
	"clawsec_traffic_findings for what was found, "			\
	"clawsec_traffic_check_config when requests fail or findings are " \
	"missing."

struct mcp_request {
	struct mcpd		*m;
	uint32_t		 client;
	int			 modern;
	json_t			*id;
	struct tool_call	*call;
	mcp_done		 done;
	void			*arg;
};

/* One message on its way through the ladder. */
struct turn {
	struct mcpd			*m;
	uint32_t			 client;
	const struct mcp_headers	*h;
	struct jsonrpc			 rpc;
	int				 modern;
	mcp_done			 done;
	void				*arg;
	struct mcp_request		*later;
};

static void
answer(struct turn *t, int status, char *text, size_t len)
{
	if (text == NULL && status != 202)
		status = 500;
	t->done(t->arg, status, text, len);
}

static void
fail(struct turn *t, int status, int code, const char *why, json_t *data)
{
	char	*text;
	size_t	 len = 0;

	text = jsonrpc_error(t->rpc.id, code, why, data, &len);
	answer(t, status, text, len);
}

/* What a modern result has besides its own members. */
static json_t *
finish_result(struct mcpd *m, int modern, json_t *result)
{
	json_t	*info;

	if (result == NULL || !modern)
		return result;
	info = json_pack("{s:s, s:s}", "name", SERVER, "version",
	    m->about.version);
	if (json_object_set_new(result, "resultType",
	    json_string("complete")) == -1 ||
	    json_object_set_new(result, "_meta", json_pack("{s:o}",
	    META "serverInfo", info)) == -1) {
		json_decref(result);
		return NULL;
	}
	return result;
}

static void
succeed(struct turn *t, json_t *result)
{
	char	*text;
	size_t	 len = 0;

	result = finish_result(t->m, t->modern, result);
	text = result == NULL ? NULL : jsonrpc_result(t->rpc.id, result, &len);
	answer(t, 200, text, len);
}

static int
legacy_known(const char *version)
{
	static const char *const	 known[] = { "2024-11-05",
					    "2025-03-26", "2025-06-18",
					    LEGACY };
	size_t				 i;

	for (i = 0; i < nitems(known); i++)
		if (strcmp(version, known[i]) == 0)
			return 1;
	return 0;
}

static void
do_initialize(struct turn *t)
{
	const char	*version;

	version = jsonrpc_string(json_object_get(t->rpc.params,
	    "protocolVersion"));
	if (version == NULL) {
		fail(t, 200, JSONRPC_BAD_PARAMS,
		    "protocolVersion must be a string", NULL);
		return;
	}
	succeed(t, json_pack("{s:s, s:{s:{}}, s:{s:s, s:s, s:s}, s:s}",
	    "protocolVersion", legacy_known(version) ? version : LEGACY,
	    "capabilities", "tools", "serverInfo", "name", SERVER,
	    "title", TITLE, "version", t->m->about.version,
	    "instructions", INSTRUCTIONS));
}

static void
do_discover(struct turn *t)
{
	succeed(t, json_pack("{s:[s], s:{s:{}}, s:s, s:i, s:s}",
	    "supportedVersions", MODERN, "capabilities", "tools",
	    "instructions", INSTRUCTIONS, "ttlMs", TTL_MS,
	    "cacheScope", "public"));
}

static void
do_list(struct turn *t)
{
	json_t	*result;

	if (json_object_get(t->rpc.params, "cursor") != NULL) {
		fail(t, 200, JSONRPC_BAD_PARAMS,
		    "cursor: the list of tools has one page", NULL);
		return;
	}
	result = json_pack("{s:O}", "tools", t->m->tools);
	if (result != NULL && t->modern &&
	    (json_object_set_new(result, "ttlMs", json_integer(TTL_MS)) == -1
	    || json_object_set_new(result, "cacheScope",
	    json_string("public")) == -1)) {
		json_decref(result);
		result = NULL;
	}
	succeed(t, result);
}

/* The same object twice: for programs, and as text for models. */
static json_t *
tool_ok(json_t *data)
{
	json_t	*result;
	char	*text;

	text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text == NULL)
		return NULL;
	result = json_pack("{s:[{s:s, s:s}], s:O, s:b}", "content",
	    "type", "text", "text", text, "structuredContent", data,
	    "isError", 0);
	free(text);
	return result;
}

static json_t *
tool_error(const struct tool_result *r)
{
	char	 text[TOOL_TEXT_SIZE + TOOL_ARGUMENT_SIZE + 32];

	if (r->status == TOOL_BAD_PARAMS)
		snprintf(text, sizeof(text), "argument \"%s\": %s",
		    r->argument, r->text);
	else if (r->status == TOOL_TIMEOUT)
		snprintf(text, sizeof(text), "timeout: %s", r->text);
	else
		snprintf(text, sizeof(text), "%s", r->text);
	return json_pack("{s:[{s:s, s:s}], s:b}", "content", "type", "text",
	    "text", text, "isError", 1);
}

static void
request_free(struct mcp_request *q)
{
	json_decref(q->id);
	free(q);
}

static void
call_done(void *arg, const struct tool_result *r)
{
	struct mcp_request	*q = arg;
	json_t			*result;
	char			*text;
	size_t			 len = 0;

	q->call = NULL;
	if (r->status == TOOL_UNKNOWN)
		text = jsonrpc_error(q->id, JSONRPC_BAD_PARAMS,
		    "Unknown tool", NULL, &len);
	else {
		result = r->status == TOOL_OK ? tool_ok(r->data) :
		    tool_error(r);
		result = finish_result(q->m, q->modern, result);
		text = result == NULL ? NULL : jsonrpc_result(q->id, result,
		    &len);
	}
	q->done(q->arg, text == NULL ? 500 : 200, text, len);
	request_free(q);
}

static void
do_call(struct turn *t)
{
	struct mcp_request	*q;
	const char		*name;
	json_t			*args;

	name = jsonrpc_string(json_object_get(t->rpc.params, "name"));
	args = json_object_get(t->rpc.params, "arguments");
	if (name == NULL) {
		fail(t, 200, JSONRPC_BAD_PARAMS, "name must be a string",
		    NULL);
		return;
	}
	if (args != NULL && !json_is_object(args)) {
		fail(t, 200, JSONRPC_BAD_PARAMS, "arguments must be an object",
		    NULL);
		return;
	}
	if ((q = calloc(1, sizeof(*q))) == NULL) {
		answer(t, 500, NULL, 0);
		return;
	}
	q->m = t->m;
	q->client = t->client;
	q->modern = t->modern;
	q->id = json_incref(t->rpc.id);
	q->done = t->done;
	q->arg = t->arg;
	q->call = tools_call(t->m, t->client, name, args, call_done, q);
	if (q->call == NULL) {
		request_free(q);
		answer(t, 500, NULL, 0);
		return;
	}
	t->later = q;
}

static void
dispatch(struct turn *t)
{
	const char	*method = t->rpc.method;

	if (strcmp(method, "tools/call") == 0)
		do_call(t);
	else if (strcmp(method, "tools/list") == 0)
		do_list(t);
	else if (t->modern && strcmp(method, "server/discover") == 0)
		do_discover(t);
	else if (!t->modern && strcmp(method, "initialize") == 0)
		do_initialize(t);
	else if (!t->modern && strcmp(method, "ping") == 0)
		succeed(t, json_object());
	else
		fail(t, t->modern ? 404 : 200, JSONRPC_NO_METHOD,
		    "Method not found", NULL);
}

/* 2026-07-28: the headers say what the body says. */
static const char *
headers_wrong(const struct turn *t, const char *version)
{
	const struct mcp_headers	*h = t->h;
	const char			*name;

	if (h->broken)
		return "a header of this protocol is there twice, or cannot "
		    "be decoded";
	if (h->version == NULL || strcmp(h->version, version) != 0)
		return "MCP-Protocol-Version must be the version in _meta";
	if (h->method == NULL || strcmp(h->method, t->rpc.method) != 0)
		return "Mcp-Method must be the method";
	if (strcmp(t->rpc.method, "tools/call") != 0)
		return NULL;
	name = jsonrpc_string(json_object_get(t->rpc.params, "name"));
	if (h->name == NULL || (name != NULL && strcmp(h->name, name) != 0))
		return "Mcp-Name must be the name in params";
	return NULL;
}

static void
do_modern(struct turn *t, const json_t *meta)
{
	const json_t	*claim = json_object_get(meta, META "protocolVersion");
	const char	*version = jsonrpc_string(claim), *wrong;

	if (version == NULL) {
		fail(t, 400, JSONRPC_BAD_PARAMS, "_meta: " META
		    "protocolVersion must be a string", NULL);
		return;
	}
	if (t->h != NULL && (wrong = headers_wrong(t, version)) != NULL) {
		fail(t, 400, MCP_BAD_HEADERS, wrong, NULL);
		return;
	}
	if (strcmp(version, MODERN) != 0) {
		fail(t, 400, MCP_BAD_VERSION, "Unsupported protocol version",
		    json_pack("{s:[s], s:s}", "supported", MODERN,
		    "requested", version));
		return;
	}
	if (!json_is_object(json_object_get(meta,
	    META "clientCapabilities"))) {
		fail(t, 400, JSONRPC_BAD_PARAMS, "_meta: " META
		    "clientCapabilities must be an object", NULL);
		return;
	}
	dispatch(t);
}

/* No claim in the body: what does the header say? */
static void
do_unclaimed(struct turn *t)
{
	const char	*version = t->h == NULL ? NULL : t->h->version;
	int		 init = strcmp(t->rpc.method, "initialize") == 0;

	if (version != NULL && strcmp(version, MODERN) == 0) {
		t->modern = 1;
		if (init)
			fail(t, 400, MCP_BAD_HEADERS, "initialize is not of "
			    "the version that MCP-Protocol-Version names",
			    NULL);
		else
			fail(t, 400, JSONRPC_BAD_PARAMS, "_meta with " META
			    "protocolVersion is missing", NULL);
		return;
	}
	if (version != NULL && !init && !legacy_known(version)) {
		fail(t, 400, JSONRPC_INVALID_REQUEST,
		    "Unsupported protocol version", NULL);
		return;
	}
	dispatch(t);
}

struct mcp_request *
mcp_handle(struct mcpd *m, uint32_t client, const struct mcp_headers *h,
    const char *text, size_t len, mcp_done done, void *arg)
{
	struct turn	 t;
	const json_t	*meta;

	memset(&t, 0, sizeof(t));
	t.m = m;
	t.client = client;
	t.h = h;
	t.done = done;
	t.arg = arg;
	jsonrpc_parse(&t.rpc, text, len);
	switch (t.rpc.kind) {
	case JSONRPC_BAD:
		fail(&t, t.rpc.error == JSONRPC_BAD_PARAMS ? 200 : 400,
		    t.rpc.error, t.rpc.why, NULL);
		break;
	case JSONRPC_NOTIFICATION:
	case JSONRPC_RESPONSE:
		answer(&t, 202, NULL, 0);
		break;
	case JSONRPC_REQUEST:
		meta = json_object_get(t.rpc.params, "_meta");
		if (json_object_get(meta, META "protocolVersion") != NULL) {
			t.modern = 1;
			do_modern(&t, meta);
		} else
			do_unclaimed(&t);
		break;
	}
	jsonrpc_free(&t.rpc);
	return t.later;
}

void
mcp_cancel(struct mcp_request *q)
{
	if (q->call != NULL)
		tools_cancel(q->call);
	request_free(q);
}
