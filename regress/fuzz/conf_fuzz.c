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
 * Any bytes as a configuration.  Either there are errors or there is a
 * configuration, and what it prints as parses back to itself.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *
print(const struct conf *conf, size_t *len)
{
	FILE	*fp;
	char	*buf = NULL;

	if ((fp = open_memstream(&buf, len)) == NULL)
		abort();
	conf_print(conf, fp);
	if (fclose(fp) != 0)
		abort();
	return buf;
}

static void
check_errors(const struct conf_errors *errs)
{
	const char	*p;
	size_t		 i;

	for (i = 0; i < errs->n; i++) {
		for (p = errs->v[i].message; *p != '\0'; p++) {
			if (*p < 0x20 || *p > 0x7e)
				abort();
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_errors	 errs = { 0 };
	struct conf		*conf, *again;
	char			*first, *second;
	size_t			 flen, slen;

	conf = conf_parse_string("fuzz", (const char *)data, size, NULL,
	    &errs);
	if ((conf == NULL) != (errs.n != 0))
		abort();
	check_errors(&errs);
	conf_errors_free(&errs);
	if (conf == NULL)
		return 0;

	first = print(conf, &flen);
	again = conf_parse_string("printed", first, flen, NULL, &errs);
	if (again == NULL || errs.n != 0)
		abort();
	second = print(again, &slen);
	if (flen != slen || memcmp(first, second, flen) != 0)
		abort();
	free(first);
	free(second);
	conf_free(conf);
	conf_free(again);
	conf_errors_free(&errs);
	return 0;
}
