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

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "../rule-compiler/compile.h"
#include "sample.h"

int
database_load(struct rules *rules)
{
	struct compile_list	 list;
	const char		*text;
	char			*data, buf[256] = "a literal was refused";
	size_t			 n, len;
	int			 dir, caseless, r;

	for (dir = FINDING_OUTBOUND; dir <= FINDING_INBOUND; dir++) {
		memset(&list, 0, sizeof(list));
		r = 0;
		for (n = 0; r == 0 && rules_literal(rules,
		    (enum finding_direction)dir, n, &text, &len,
		    &caseless) == 0; n++)
			r = compile_add(&list, text, len, caseless);
		if (r == -1 || compile_database(&list, &data, &len, buf,
		    sizeof(buf)) == -1 || rules_database(rules,
		    (enum finding_direction)dir, data, len, buf,
		    sizeof(buf)) == -1)
			errx(1, "database: %s", buf);
		compile_clear(&list);
		free(data);
	}
	return (1);
}
