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

#include <string.h>

#include "compat.h"
#include "task.h"

int
task_id_ok(const char *s)
{
	size_t	 i;

	for (i = 0; s[i] != '\0'; i++) {
		if ((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9'))
			continue;
		if (i == 0 || (s[i] != '.' && s[i] != '_' && s[i] != '-'))
			return 0;
	}
	return i >= 1 && i < TASK_ID_SIZE;
}

/* Before a parser that calls itself sees it. */
static int
depth_ok(const char *p, size_t len)
{
	size_t	 i;
	int	 depth = 0, string = 0;

	for (i = 0; i < len; i++) {
		if (string) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				string = 0;
		} else if (p[i] == '"')
			string = 1;
		else if (p[i] == '{' || p[i] == '[') {
			if (++depth > TASK_DEPTH_MAX)
				return 0;
		} else if (p[i] == '}' || p[i] == ']')
			depth--;
	}
	return 1;
}

static const char *
members(const json_t *o, struct task *t)
{
	const json_t	*v;
	const char	*s;

	if ((s = json_string_value(json_object_get(o, "type"))) == NULL)
		return "type is no string";
	/* A longer one is no tool's name, and is not cut to one. */
	if (strlcpy(t->type, s, sizeof(t->type)) >= sizeof(t->type))
		strlcpy(t->type, "-", sizeof(t->type));
	v = json_object_get(o, "params");
	if (v != NULL && !json_is_object(v))
		return "params is no object";
	if ((v = json_object_get(o, "timeoutMs")) == NULL)
		t->timeout_ms = TASK_TIMEOUT_MS;
	else if (!json_is_integer(v) || json_integer_value(v) < 1 ||
	    json_integer_value(v) > TASK_TIMEOUT_MAX_MS)
		return "timeoutMs is no number from 1 to 600000";
	else
		t->timeout_ms = json_integer_value(v);
	return NULL;
}

enum task_verdict
task_parse(const char *buf, size_t len, struct task *t, const char **text)
{
	const json_t	*v;
	json_t		*o;

	memset(t, 0, sizeof(*t));
	*text = NULL;
	if (!depth_ok(buf, len)) {
		*text = "nested too deeply";
		return TASK_BAD;
	}
	if ((o = json_loadb(buf, len, 0, NULL)) == NULL)
		return TASK_INCOMPLETE;
	v = json_object_get(o, "requestId");
	if (!json_is_object(o))
		*text = "no object";
	else if (!json_is_string(v) || !task_id_ok(json_string_value(v))) {
		*text = "requestId is not 1 to 128 letters, digits, dots, "
		    "underscores and hyphens";
		t->no_id = 1;
	} else {
		strlcpy(t->id, json_string_value(v), sizeof(t->id));
		if (len > TASK_FILE_MAX)
			*text = "the task is larger than 64 KiB";
		else
			*text = members(o, t);
	}
	if (*text == NULL && (t->params = json_object_get(o, "params")) !=
	    NULL)
		json_incref(t->params);
	json_decref(o);
	return *text == NULL ? TASK_GOOD : TASK_BAD;
}
