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

#include <string.h>

#include "jsonrpc.h"

#define DUMP	(JSON_COMPACT | JSON_ENSURE_ASCII)

int
jsonrpc_depth_ok(const char *s, size_t len, unsigned int max)
{
	unsigned int	 depth = 0;
	size_t		 i;
	int		 string = 0;

	for (i = 0; i < len; i++) {
		if (string) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				string = 0;
			continue;
		}
		switch (s[i]) {
		case '"':
			string = 1;
			break;
		case '{':
		case '[':
			if (++depth > max)
				return 0;
			break;
		case '}':
		case ']':
			if (depth > 0)
				depth--;
			break;
		}
	}
	return 1;
}

static void
bad(struct jsonrpc *r, int code, const char *why)
{
	r->kind = JSONRPC_BAD;
	r->error = code;
	r->why = why;
}

static int
id_ok(const json_t *id)
{
	return json_is_string(id) || json_is_integer(id);
}

const char *
jsonrpc_string(const json_t *v)
{
	const char	*s = json_string_value(v);

	return s != NULL && strlen(s) == json_string_length(v) ? s : NULL;
}

static void
parse_members(struct jsonrpc *r)
{
	const char	*version;
	json_t		*id, *method, *result, *error;

	id = json_object_get(r->msg, "id");
	if (id != NULL && id_ok(id))
		r->id = id;
	version = jsonrpc_string(json_object_get(r->msg, "jsonrpc"));
	if (version == NULL || strcmp(version, "2.0") != 0) {
		bad(r, JSONRPC_INVALID_REQUEST, "jsonrpc must be \"2.0\"");
		return;
	}
	method = json_object_get(r->msg, "method");
	result = json_object_get(r->msg, "result");
	error = json_object_get(r->msg, "error");
	if (method == NULL && (result != NULL || error != NULL)) {
		r->kind = JSONRPC_RESPONSE;
		return;
	}
	if ((r->method = jsonrpc_string(method)) == NULL) {
		bad(r, JSONRPC_INVALID_REQUEST, "method must be a string");
		return;
	}
	if (id != NULL && r->id == NULL) {
		bad(r, JSONRPC_INVALID_REQUEST,
		    "id must be a string or an integer");
		return;
	}
	r->kind = id == NULL ? JSONRPC_NOTIFICATION : JSONRPC_REQUEST;
	r->params = json_object_get(r->msg, "params");
	if (r->params != NULL && !json_is_object(r->params) &&
	    r->kind == JSONRPC_REQUEST)
		bad(r, JSONRPC_BAD_PARAMS, "params must be an object");
}

void
jsonrpc_parse(struct jsonrpc *r, const char *text, size_t len)
{
	memset(r, 0, sizeof(*r));
	if (!jsonrpc_depth_ok(text, len, JSONRPC_DEPTH_MAX)) {
		bad(r, JSONRPC_PARSE_ERROR, "nested too deeply");
		return;
	}
	r->msg = json_loadb(text, len, JSON_REJECT_DUPLICATES |
	    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (r->msg == NULL)
		bad(r, JSONRPC_PARSE_ERROR, "not valid JSON");
	else if (json_is_array(r->msg))
		bad(r, JSONRPC_INVALID_REQUEST,
		    "batches are not taken: send one message at a time");
	else if (!json_is_object(r->msg))
		bad(r, JSONRPC_INVALID_REQUEST, "not an object");
	else
		parse_members(r);
}

void
jsonrpc_free(struct jsonrpc *r)
{
	json_decref(r->msg);
	r->msg = NULL;
}

static char *
dump(json_t *answer, size_t *len)
{
	char	*s;

	if (answer == NULL)
		return NULL;
	s = json_dumps(answer, DUMP);
	json_decref(answer);
	if (s != NULL)
		*len = strlen(s);
	return s;
}

static json_t *
id_copy(const json_t *id)
{
	return id == NULL ? json_null() : json_deep_copy(id);
}

char *
jsonrpc_result(const json_t *id, json_t *result, size_t *len)
{
	return dump(json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", "id",
	    id_copy(id), "result", result), len);
}

char *
jsonrpc_error(const json_t *id, int code, const char *message, json_t *data,
    size_t *len)
{
	json_t	*e;

	e = json_pack("{s:i, s:s}", "code", code, "message", message);
	if (e != NULL && data != NULL)
		json_object_set_new(e, "data", data);
	return dump(json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", "id",
	    id_copy(id), "error", e), len);
}
