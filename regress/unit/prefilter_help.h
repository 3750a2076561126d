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

#ifndef PREFILTER_HELP_H
#define PREFILTER_HELP_H

/* Rules with a database, compiled on the spot. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rule-compiler/compile.h"
#include "scan.h"

/* A serialised database of a direction; the caller frees it.  0, or -1. */
static inline int
prefilter_compile(const struct rules *rules, enum finding_direction direction,
    char **data, size_t *len, char *err, size_t errlen)
{
	struct compile_list	 list;
	const char		*text;
	size_t			 n, tlen;
	int			 caseless, r = 0;

	memset(&list, 0, sizeof(list));
	for (n = 0; r == 0 && rules_literal(rules, direction, n, &text, &tlen,
	    &caseless) == 0; n++)
		r = compile_add(&list, text, tlen, caseless);
	if (r == -1)
		snprintf(err, errlen, "a literal was refused");
	else
		r = compile_database(&list, data, len, err, errlen);
	compile_clear(&list);
	return (r);
}

/* Both directions; 0, or -1 with the cause in err. */
static inline int
prefilter_load(struct rules *rules, char *err, size_t errlen)
{
	char	*data;
	size_t	 len;
	int	 dir, r = 0;

	for (dir = 0; r == 0 && dir < 2; dir++) {
		r = prefilter_compile(rules, (enum finding_direction)dir,
		    &data, &len, err, errlen);
		if (r == -1)
			break;
		r = rules_database(rules, (enum finding_direction)dir, data,
		    len, err, errlen);
		free(data);
	}
	return (r);
}

#endif /* PREFILTER_HELP_H */
