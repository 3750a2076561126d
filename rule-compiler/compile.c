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

#include <hs_compile.h>
#include <hs_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "compile.h"

static int
compile_grow(struct compile_list *l)
{
	unsigned int	 size = l->size == 0 ? 64 : l->size * 2;
	void		*p;

	if ((p = reallocarray(l->text, size, sizeof(*l->text))) == NULL)
		return (-1);
	l->text = p;
	if ((p = reallocarray(l->len, size, sizeof(*l->len))) == NULL)
		return (-1);
	l->len = p;
	if ((p = reallocarray(l->id, size, sizeof(*l->id))) == NULL)
		return (-1);
	l->id = p;
	if ((p = reallocarray(l->flags, size, sizeof(*l->flags))) == NULL)
		return (-1);
	l->flags = p;
	l->size = size;
	return (0);
}

int
compile_add(struct compile_list *l, const void *text, size_t len, int caseless)
{
	if (len == 0 || len > COMPILE_LITERAL_MAX ||
	    l->n >= COMPILE_LITERALS_MAX)
		return (-1);
	if (l->n == l->size && compile_grow(l) == -1)
		return (-1);
	if ((l->text[l->n] = malloc(len)) == NULL)
		return (-1);
	memcpy(l->text[l->n], text, len);
	l->len[l->n] = len;
	l->id[l->n] = l->n;
	l->flags[l->n] = caseless ? HS_FLAG_CASELESS : 0;
	l->n++;
	return (0);
}

void
compile_clear(struct compile_list *l)
{
	unsigned int	 i;

	for (i = 0; i < l->n; i++)
		free(l->text[i]);
	free(l->text);
	free(l->len);
	free(l->id);
	free(l->flags);
	memset(l, 0, sizeof(*l));
}

int
compile_database(const struct compile_list *l, char **data, size_t *len,
    char *errbuf, size_t errlen)
{
	hs_compile_error_t	*ce;
	hs_database_t		*db;
	hs_error_t		 e;

	if (l->n == 0) {
		snprintf(errbuf, errlen, "no literals");
		return (-1);
	}
	if (hs_compile_lit_multi((const char *const *)l->text, l->flags,
	    l->id, l->len, l->n, HS_MODE_STREAM, NULL, &db, &ce) !=
	    HS_SUCCESS) {
		snprintf(errbuf, errlen, "%s", ce->message);
		hs_free_compile_error(ce);
		return (-1);
	}
	e = hs_serialize_database(db, data, len);
	hs_free_database(db);
	if (e != HS_SUCCESS) {
		snprintf(errbuf, errlen, "serialising: error %d", (int)e);
		return (-1);
	}
	return (0);
}
