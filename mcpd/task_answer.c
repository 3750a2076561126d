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

#include "task.h"

static char *
dump(json_t *o, size_t *len)
{
	char	*text;

	if (o == NULL)
		return NULL;
	text = json_dumps(o, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(o);
	if (text != NULL)
		*len = strlen(text);
	return text;
}

/* In a few words, for those who show only these. */
static void
summary(char *buf, size_t size, const json_t *data)
{
	const json_t	*v;

	if ((v = json_object_get(data, "total_matched")) != NULL)
		snprintf(buf, size, "%zu of %lld findings",
		    json_array_size(json_object_get(data, "findings")),
		    (long long)json_integer_value(v));
	else if ((v = json_object_get(data, "problems")) != NULL)
		snprintf(buf, size, "%zu problems", json_array_size(v));
	else
		snprintf(buf, size, "the traffic guardian answers");
}

char *
task_answer_ok(const char *type, json_t *data, size_t *len)
{
	char	 text[64], message[160];

	summary(text, sizeof(text), data);
	snprintf(message, sizeof(message), "%s: %s", type, text);
	return dump(json_pack("{s:b, s:s, s:O}", "success", 1, "message",
	    message, "data", data), len);
}

char *
task_answer_fail(const char *code, const char *message, const char *details,
    size_t *len)
{
	return dump(json_pack("{s:b, s:s, s:{s:s, s:s}}", "success", 0,
	    "message", message, "error", "code", code, "details", details),
	    len);
}
