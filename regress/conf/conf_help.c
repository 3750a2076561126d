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
#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_help.h"

char *
read_file(const char *path, size_t *len)
{
	FILE	*fp;
	char	*buf;
	long	 size;

	ATF_REQUIRE_MSG((fp = fopen(path, "r")) != NULL, "%s", path);
	ATF_REQUIRE_EQ(fseek(fp, 0, SEEK_END), 0);
	ATF_REQUIRE((size = ftell(fp)) >= 0);
	rewind(fp);
	ATF_REQUIRE((buf = malloc((size_t)size + 1)) != NULL);
	ATF_REQUIRE_EQ(fread(buf, 1, (size_t)size, fp), (size_t)size);
	buf[size] = '\0';
	fclose(fp);
	if (len != NULL)
		*len = (size_t)size;
	return buf;
}

void
write_file(const char *name, const char *text)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen(name, "w")) != NULL);
	ATF_REQUIRE(fputs(text, fp) >= 0);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	ATF_REQUIRE_EQ(chmod(name, 0644), 0);
}

char *
printed(const struct conf *conf)
{
	FILE	*fp;
	char	*buf = NULL;
	size_t	 len = 0;

	ATF_REQUIRE((fp = open_memstream(&buf, &len)) != NULL);
	conf_print(conf, fp);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	return buf;
}

char *
errors_printed(const struct conf_errors *errs)
{
	FILE	*fp;
	char	*buf = NULL;
	size_t	 len = 0;

	ATF_REQUIRE((fp = open_memstream(&buf, &len)) != NULL);
	conf_errors_print(errs, fp);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	return buf;
}

struct conf *
parse_good(const char *text)
{
	struct conf_errors	 errs = { 0 };
	struct conf		*conf;
	char			*said;

	conf = conf_parse_string("t", text, strlen(text), NULL, &errs);
	said = errors_printed(&errs);
	ATF_REQUIRE_MSG(conf != NULL, "%s", said);
	ATF_REQUIRE_STREQ(said, "");
	free(said);
	conf_errors_free(&errs);
	return conf;
}

char *
parse_bad(const char *text)
{
	struct conf_errors	 errs = { 0 };
	char			*said;

	ATF_REQUIRE(conf_parse_string("t", text, strlen(text), NULL, &errs) ==
	    NULL);
	said = errors_printed(&errs);
	conf_errors_free(&errs);
	return said;
}

char *
parse_bad_file(const char *path)
{
	struct conf_errors	 errs = { 0 };
	char			*said;

	ATF_REQUIRE(conf_parse_file(path, NULL, 0, &errs) == NULL);
	said = errors_printed(&errs);
	conf_errors_free(&errs);
	return said;
}
