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

#include "args.h"
#include "call.h"
#include "compat.h"
#include "jsonrpc.h"
#include "when.h"

int
args_known(struct tool_call *c, const char *const names[], size_t n)
{
	const char	*key;
	json_t		*v;
	size_t		 i;

	json_object_foreach(c->args, key, v) {
		for (i = 0; i < n; i++)
			if (strcmp(key, names[i]) == 0)
				break;
		if (i == n) {
			call_bad(c, key, "there is no such argument");
			return -1;
		}
	}
	return 1;
}

int
args_int(struct tool_call *c, const char *name, int64_t min, int64_t max,
    int64_t *out)
{
	json_t		*v = json_object_get(c->args, name);
	json_int_t	 n;

	if (v == NULL)
		return 0;
	/* 20.0 is an integer to JSON Schema */
	if (json_is_integer(v))
		n = json_integer_value(v);
	else if (json_is_real(v) && json_real_value(v) >= (double)min &&
	    json_real_value(v) <= (double)max &&
	    json_real_value(v) == (double)(int64_t)json_real_value(v))
		n = (json_int_t)json_real_value(v);
	else
		n = min - 1;
	if (n < min || n > max) {
		call_bad(c, name, "must be an integer from %lld to %lld",
		    (long long)min, (long long)max);
		return -1;
	}
	*out = n;
	return 1;
}

int
args_string(struct tool_call *c, const char *name, char *buf, size_t size)
{
	json_t	*v = json_object_get(c->args, name);

	if (v == NULL)
		return 0;
	if (!json_is_string(v)) {
		call_bad(c, name, "must be a string");
		return -1;
	}
	if (json_string_length(v) >= size || jsonrpc_string(v) == NULL) {
		call_bad(c, name, "must be a string of at most %zu bytes",
		    size - 1);
		return -1;
	}
	strlcpy(buf, json_string_value(v), size);
	return 1;
}

int
args_word(struct tool_call *c, const char *name, const char *const words[],
    int *which)
{
	json_t		*v = json_object_get(c->args, name);
	const char	*s;
	char		 list[128];
	int		 i;

	if (v == NULL)
		return 0;
	if ((s = jsonrpc_string(v)) != NULL)
		for (i = 0; words[i] != NULL; i++)
			if (strcmp(s, words[i]) == 0) {
				*which = i;
				return 1;
			}
	list[0] = '\0';
	for (i = 0; words[i] != NULL; i++) {
		if (i > 0)
			strlcat(list, words[i + 1] == NULL ? " or " : ", ",
			    sizeof(list));
		strlcat(list, words[i], sizeof(list));
	}
	call_bad(c, name, "must be %s", list);
	return -1;
}

int
args_time(struct tool_call *c, const char *name, int64_t *ms)
{
	json_t		*v = json_object_get(c->args, name);
	const char	*s;

	if (v == NULL)
		return 0;
	if ((s = jsonrpc_string(v)) == NULL || when_parse(s, ms) == -1) {
		call_bad(c, name, "must be a time like 2026-04-26T13:00:00Z, "
		    "from 1970 on");
		return -1;
	}
	return 1;
}
