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

#include <jansson.h>

#include "../../detector-worker/json.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Properties: what is read does not depend on the splits; what jansson reads,
 * this reads too, with the same strings in the same order; pieces begin and
 * end as they should, and levels balance.
 */

struct trace {
	uint64_t	 sum;		/* of all that happened */
	uint64_t	 strings;	/* of what is in string values */
	uint64_t	 nstrings;
	unsigned int	 depth;
	int		 in_string;
};

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static void
mix(uint64_t *sum, const void *data, size_t len)
{
	const uint8_t	*p = data;

	while (len-- > 0)
		*sum = (*sum ^ *p++) * UINT64_C(1099511628211);
}

static void
note(struct trace *t, struct json *j, char what)
{
	uint32_t	 where[3];

	if (json_depth(j) != t->depth)
		broken("levels do not balance");
	where[0] = (uint32_t)what;
	where[1] = json_name(j);
	where[2] = json_depth(j) == 0 ? 0 : json_index(j, json_depth(j) - 1);
	mix(&t->sum, where, sizeof(where));
}

static void
on_begin(struct json *j, int array, void *arg)
{
	struct trace	*t = arg;

	note(t, j, array ? '[' : '{');
	t->depth++;
}

static void
on_end(struct json *j, int array, void *arg)
{
	struct trace	*t = arg;

	t->depth--;
	note(t, j, array ? ']' : '}');
}

static void
on_piece(struct trace *t, struct json *j, char what, const uint8_t *p,
    size_t len, int part)
{
	if (((part & JSON_FIRST) == 0) != t->in_string)
		broken("a string within a string");
	if (part & JSON_FIRST)
		note(t, j, what);
	mix(&t->sum, p, len);
	t->in_string = (part & JSON_LAST) == 0;
	if (what == 's') {
		mix(&t->strings, p, len);
		if (part & JSON_LAST) {
			mix(&t->strings, "|", 1);
			t->nstrings++;
		}
	}
}

static void
on_key(struct json *j, const uint8_t *p, size_t len, int part, void *arg)
{
	on_piece(arg, j, 'k', p, len, part);
}

static void
on_string(struct json *j, const uint8_t *p, size_t len, int part, void *arg)
{
	on_piece(arg, j, 's', p, len, part);
}

static void
on_scalar(struct json *j, const char *p, size_t len, void *arg)
{
	note(arg, j, 'n');
	mix(&((struct trace *)arg)->sum, p, len);
}

static void
on_done(struct json *j, void *arg)
{
	note(arg, j, 'd');
}

static const struct json_ops	 ops = {
	.begin = on_begin,
	.end = on_end,
	.key = on_key,
	.string = on_string,
	.scalar = on_scalar,
	.done = on_done,
};

static const struct json_key	 keys[] = {
	{ "content", 1 }, { "delta", 2 }, { "text", 3 }
};

static int
read_in(const uint8_t *p, size_t len, size_t step, struct trace *t)
{
	struct json	 j;
	size_t		 n;

	memset(t, 0, sizeof(*t));
	json_init(&j, &ops, t, keys, sizeof(keys) / sizeof(keys[0]));
	for (; len > 0; p += n, len -= n) {
		n = len < step ? len : step;
		(void)json_feed(&j, p, n);
	}
	return (json_end(&j));
}

static void
walk(json_t *v, struct trace *t)
{
	const char	*k;
	json_t		*e;
	size_t		 i;

	if (json_is_string(v)) {
		mix(&t->strings, json_string_value(v), json_string_length(v));
		mix(&t->strings, "|", 1);
		t->nstrings++;
	}
	json_array_foreach(v, i, e)
		walk(e, t);
	json_object_foreach(v, k, e)
		walk(e, t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct trace	 a, b, want;
	json_error_t	 error;
	json_t		*v;
	int		 r;

	r = read_in(p, len, len + 1, &a);
	if (read_in(p, len, 1, &b) != r || a.sum != b.sum)
		broken("bytes one by one");
	if (read_in(p, len, 7, &b) != r || a.sum != b.sum)
		broken("seven bytes at a time");
	/* jansson takes a NUL outside of a string for the end. */
	if (memchr(p, '\0', len) != NULL)
		return (0);
	v = json_loadb((const char *)p, len, JSON_DECODE_ANY |
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (v == NULL)
		return (0);
	if (r == -1)
		broken("jansson reads it");
	memset(&want, 0, sizeof(want));
	walk(v, &want);
	if (want.nstrings != a.nstrings)
		broken("another number of strings");
	if (want.strings != a.strings)
		broken("other strings");
	json_decref(v);
	return (0);
}
