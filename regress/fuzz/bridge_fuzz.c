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
 * What guardian-mcp reads.  Properties: lines and messages do not depend on
 * how the bytes were split; of a line that jansson reads, this finds the same
 * messages with the same ids; an id in print is valid and is the same id.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../../guardian-mcp/lines.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct trace {
	uint64_t	 sum;
	int		 compare;	/* with jansson */
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
check_print(const struct id *id)
{
	struct id	 again;
	char		 text[ID_TEXT_SIZE];

	if (id->len == 0)
		return;
	id_print(id, text);
	if (strlen(text) >= sizeof(text) ||
	    id_parse(&again, text, strlen(text)) == -1 ||
	    !id_equal(id, &again))
		broken("an id is another one in print");
}

static void
check_message(const struct message *m, const json_t *o)
{
	const json_t	*id = json_object_get(o, "id");
	char		 text[32];
	int		 n;

	if (m->has_id != (id != NULL) ||
	    m->has_method != (json_object_get(o, "method") != NULL))
		broken("members differ");
	if (json_is_string(id)) {
		if (json_string_length(id) > ID_MAX) {
			if (m->id.len != 0)
				broken("a long id");
		} else if (m->id.len != json_string_length(id) + 1 ||
		    m->id.v[0] != 's' || memcmp(m->id.v + 1,
		    json_string_value(id), m->id.len - 1) != 0)
			broken("another string");
	} else if (json_is_integer(id) && m->id.len != 0) {
		n = snprintf(text, sizeof(text), "n%" JSON_INTEGER_FORMAT,
		    json_integer_value(id));
		if ((m->id.len != (size_t)n ||
		    memcmp(text, m->id.v, m->id.len) != 0) &&
		    json_integer_value(id) != 0)	/* -0 */
			broken("another number");
	} else if (!json_is_number(id) && m->id.len != 0)
		broken("an id of nothing");
}

static void
check_line(const struct lines *l)
{
	const struct scanner	*s = &l->scanner;
	json_t			*root, *o;
	size_t			 i, n = 0;

	/* A key may be spelt with escapes; the bridge does not care. */
	if (memmem(l->line.v, l->line.len, "\\u006", 5) != NULL ||
	    memmem(l->line.v, l->line.len, "\\u007", 5) != NULL)
		return;
	root = json_loadb(l->line.v, l->line.len, JSON_ALLOW_NUL, NULL);
	if (root == NULL)
		return;
	if (!scanner_whole(s))
		broken("JSON is not whole");
	if (json_is_object(root)) {
		if (s->n != 1)
			broken("no message");
		check_message(&s->v[0], root);
	} else {
		json_array_foreach(root, i, o) {
			if (!json_is_object(o))
				continue;
			if (n < SCANNER_MESSAGES_MAX)
				check_message(&s->v[n], o);
			n++;
		}
		if (s->n != (n < SCANNER_MESSAGES_MAX ? n :
		    SCANNER_MESSAGES_MAX) || s->more != (n > s->n))
			broken("another number of messages");
	}
	json_decref(root);
}

static void
got(struct lines *l, void *arg)
{
	struct trace	*t = arg;
	size_t		 i;
	int		 whole = scanner_whole(&l->scanner);

	mix(&t->sum, l->line.v, l->line.len);
	mix(&t->sum, &whole, sizeof(whole));
	mix(&t->sum, &l->scanner.n, sizeof(l->scanner.n));
	for (i = 0; i < l->scanner.n; i++) {
		mix(&t->sum, l->scanner.v[i].id.v, l->scanner.v[i].id.len);
		check_print(&l->scanner.v[i].id);
	}
	if (t->compare)
		check_line(l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lines	 l;
	struct trace		 once = { .compare = 1 }, split = { 0 };
	size_t			 at = 0, n;

	lines_init(&l, got, &once);
	lines_feed(&l, (const char *)data, size);
	lines_end(&l);
	free(l.line.v);

	lines_init(&l, got, &split);
	for (; at < size; at += n) {
		n = 1 + data[at] % 7;
		if (n > size - at)
			n = size - at;
		lines_feed(&l, (const char *)data + at, n);
	}
	lines_end(&l);
	free(l.line.v);
	if (once.sum != split.sum)
		broken("it depends on the splits");
	return 0;
}
