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

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "finding.h"
#include "json.h"
#include "safe.h"

json_t *
json_must(json_t *j)
{
	if (j == NULL) {
		safe_warnx("out of memory");
		exit(1);
	}
	return j;
}

void
json_must_0(int error)
{
	if (error != 0) {
		safe_warnx("out of memory");
		exit(1);
	}
}

static json_t *
text(const char *s)
{
	size_t	 len = strlen(s), size;
	char	*buf;
	json_t	*j;

	if (len > (SIZE_MAX - 1) / SAFE_GROWTH ||
	    (buf = malloc(size = len * SAFE_GROWTH + 1)) == NULL) {
		safe_warnx("out of memory");
		exit(1);
	}
	safe_copy(buf, size, s, len);
	j = json_must(json_string(buf));
	free(buf);
	return j;
}

void
json_set_text(json_t *o, const char *key, const char *s)
{
	json_must_0(json_object_set_new(o, key, text(s)));
}

void
json_append_text(json_t *a, const char *s)
{
	json_must_0(json_array_append_new(a, text(s)));
}

void
json_set_int(json_t *o, const char *key, uint64_t v)
{
	/* JSON has no bound, jansson has */
	if (v > INT64_MAX)
		v = INT64_MAX;
	json_must_0(json_object_set_new(o, key,
	    json_must(json_integer((json_int_t)v))));
}

void
json_set_time(json_t *o, const char *key, int64_t ms)
{
	char	 when[FINDING_TIMESTAMP_SIZE];

	if (finding_timestamp(ms, when, sizeof(when)) == -1)
		json_must_0(json_object_set_new(o, key, json_null()));
	else
		json_set_text(o, key, when);
}

void
json_print(json_t *o)
{
	char	*s;

	if ((s = json_dumps(o, JSON_COMPACT)) == NULL) {
		safe_warnx("out of memory");
		exit(1);
	}
	safe_write(stdout, s, strlen(s));
	free(s);
	json_decref(o);
}
