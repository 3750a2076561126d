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

/*
 * Any bytes as a task.  What is good has an id that is a file's name and no
 * more; what is bad says why; whatever becomes of it, its answer is JSON.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../mcpd/task.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static void
check_answer(char *text, size_t len)
{
	json_t	*o;
	size_t	 i;

	if (text == NULL)
		broken("no answer");
	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80 ||
		    (text[i] < 0x20 && text[i] != '\n'))
			broken("an answer is not ASCII");
	if ((o = json_loadb(text, len, 0, NULL)) == NULL ||
	    !json_is_boolean(json_object_get(o, "success")))
		broken("an answer is not JSON");
	json_decref(o);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task		 t;
	enum task_verdict	 v;
	const char		*text;
	size_t			 len = 0;
	char			*out;

	v = task_parse((const char *)data, size, &t, &text);
	if (t.id[0] != '\0' && (!task_id_ok(t.id) || t.id[0] == '.' ||
	    strchr(t.id, '/') != NULL))
		broken("an id leads out");
	if ((v == TASK_BAD) != (text != NULL))
		broken("no reason");
	if (v != TASK_GOOD && t.params != NULL)
		broken("params of nothing");
	if (v == TASK_GOOD) {
		if (t.id[0] == '\0' || t.timeout_ms < 1 ||
		    t.timeout_ms > TASK_TIMEOUT_MAX_MS)
			broken("not good");
		if (t.params != NULL && !json_is_object(t.params))
			broken("params");
		out = task_answer_ok(t.type, t.params == NULL ? json_null() :
		    t.params, &len);
		/* a type is any text; what is not UTF-8 is not here */
		check_answer(out, len);
	} else if (t.id[0] != '\0') {
		out = task_answer_fail("MALFORMED", text, "", &len);
		check_answer(out, len);
	}
	json_decref(t.params);
	return 0;
}
