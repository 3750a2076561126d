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
 * The files in data/: NAME.in is a configuration, NAME.ok what it prints as,
 * NAME.err the errors it gives.  What is printed must parse back to itself.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_help.h"

#define DATA	GUARDIAN_SRCDIR "/regress/conf/data"

static int
has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s && strcmp(name + n - s, suffix) == 0;
}

/* Calls back with the name up to the suffix, for each file that has it. */
static int
each(const char *suffix, void (*fn)(const char *))
{
	struct dirent	*de;
	DIR		*dir;
	char		 base[256];
	int		 n = 0;

	ATF_REQUIRE_MSG((dir = opendir(DATA)) != NULL, "%s", DATA);
	while ((de = readdir(dir)) != NULL) {
		if (!has_suffix(de->d_name, suffix))
			continue;
		snprintf(base, sizeof(base), "%.*s",
		    (int)(strlen(de->d_name) - strlen(suffix)), de->d_name);
		fn(base);
		n++;
	}
	closedir(dir);
	return n;
}

static char *
data(const char *base, const char *suffix, size_t *len)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s%s", DATA, base, suffix);
	return read_file(path, len);
}

static void
round_trip(const char *base)
{
	struct conf_errors	 errs = { 0 };
	struct conf		*conf;
	char			*in, *ok, *first, *second, *said, name[300];
	size_t			 len;

	in = data(base, ".in", &len);
	ok = data(base, ".ok", NULL);
	snprintf(name, sizeof(name), "%s.in", base);
	conf = conf_parse_string(name, in, len, NULL, &errs);
	said = errors_printed(&errs);
	ATF_REQUIRE_MSG(conf != NULL, "%s", said);
	first = printed(conf);
	ATF_CHECK_STREQ_MSG(first, ok, "%s prints differently", name);
	conf_free(conf);
	free(said);

	conf = conf_parse_string("printed", first, strlen(first), NULL,
	    &errs);
	said = errors_printed(&errs);
	ATF_REQUIRE_MSG(conf != NULL, "%s: %s", name, said);
	second = printed(conf);
	ATF_CHECK_STREQ_MSG(second, first, "%s does not parse back", name);
	conf_free(conf);
	conf_errors_free(&errs);
	free(said);
	free(in);
	free(ok);
	free(first);
	free(second);
}

static void
all_errors(const char *base)
{
	struct conf_errors	 errs = { 0 };
	char			*in, *err, *said, name[300];
	size_t			 len;

	in = data(base, ".in", &len);
	err = data(base, ".err", NULL);
	snprintf(name, sizeof(name), "%s.in", base);
	ATF_CHECK_MSG(conf_parse_string(name, in, len, NULL, &errs) == NULL,
	    "%s is taken", name);
	said = errors_printed(&errs);
	ATF_CHECK_STREQ(said, err);
	conf_errors_free(&errs);
	free(said);
	free(in);
	free(err);
}

/* A credential, right or wrong, must not get into a log through an error. */
static void
no_secret(const char *base)
{
	char *err;

	err = data(base, ".err", NULL);
	ATF_CHECK_MSG(strstr(err, "hunter2") == NULL, "%s", base);
	ATF_CHECK_MSG(strstr(err, "9f86d0") == NULL, "%s", base);
	free(err);
}

/*
 * Cut anywhere, a file gives errors or a configuration, never both and never
 * neither.
 */
static void
cut_anywhere(const char *base)
{
	struct conf_errors	 errs;
	struct conf		*conf;
	char			*in;
	size_t			 len, n;

	in = data(base, ".in", &len);
	for (n = 0; n <= len; n++) {
		memset(&errs, 0, sizeof(errs));
		conf = conf_parse_string("cut", in, n, NULL, &errs);
		ATF_CHECK_MSG((conf == NULL) == (errs.n != 0),
		    "%s, %zu bytes", base, n);
		conf_free(conf);
		conf_errors_free(&errs);
	}
	free(in);
}

ATF_TC_WITHOUT_HEAD(prints_and_parses_back);
ATF_TC_BODY(prints_and_parses_back, tc)
{
	ATF_CHECK(each(".ok", round_trip) >= 9);
}

ATF_TC_WITHOUT_HEAD(reports_all_errors);
ATF_TC_BODY(reports_all_errors, tc)
{
	ATF_CHECK(each(".err", all_errors) >= 15);
	ATF_CHECK(each(".err", no_secret) >= 15);
}

ATF_TC_WITHOUT_HEAD(cut_at_every_byte);
ATF_TC_BODY(cut_at_every_byte, tc)
{
	ATF_CHECK(each(".in", cut_anywhere) >= 24);
}

ATF_TC_WITHOUT_HEAD(every_file_is_used);
ATF_TC_BODY(every_file_is_used, tc)
{
	struct dirent	*de;
	DIR		*dir;
	int		 in = 0, answers = 0;

	ATF_REQUIRE((dir = opendir(DATA)) != NULL);
	while ((de = readdir(dir)) != NULL) {
		in += has_suffix(de->d_name, ".in");
		answers += has_suffix(de->d_name, ".ok") ||
		    has_suffix(de->d_name, ".err");
	}
	closedir(dir);
	ATF_CHECK_EQ(in, answers);
}

/* Parse a file of ours that people are told to start from. */
static struct conf *
parse_example(const char *text, const char *what)
{
	struct conf_errors	 errs = { 0 };
	struct conf		*conf;
	char			*said;

	write_file("example.conf", text);
	conf = conf_parse_file("example.conf", NULL, 0, &errs);
	said = errors_printed(&errs);
	ATF_REQUIRE_MSG(conf != NULL, "%s: %s", what, said);
	conf_errors_free(&errs);
	free(said);
	return conf;
}

/* Printed but for the log directory, which depends on the build. */
static char *
printed_elsewhere(struct conf *conf)
{
	free(conf->log_dir);
	ATF_REQUIRE((conf->log_dir = strdup("/l")) != NULL);
	return printed(conf);
}

ATF_TC_WITHOUT_HEAD(installed_example);
ATF_TC_BODY(installed_example, tc)
{
	struct conf	*conf;
	char		*text, *as_is, *defaults, *from, *to;
	int		 start = 1;

	text = read_file(GUARDIAN_SRCDIR "/etc/guardian.conf", NULL);
	conf = parse_example(text, "etc/guardian.conf");
	as_is = printed_elsewhere(conf);
	conf_free(conf);
	conf = parse_good("");
	defaults = printed_elsewhere(conf);
	conf_free(conf);
	ATF_CHECK_STREQ_MSG(as_is, defaults, "it does not show the defaults");

	/* Every setting to try: a "#" with no blank behind it goes. */
	for (from = to = text; *from != '\0'; from++) {
		if (!start || *from != '#' || from[1] == ' ')
			*to++ = *from;
		start = *from == '\n';
	}
	*to = '\0';
	conf = parse_example(text, "etc/guardian.conf, all settings on");
	ATF_CHECK(conf->nclients > 0);
	ATF_CHECK(conf->allow.n > 0);
	conf_free(conf);
	free(as_is);
	free(defaults);
	free(text);
}

/* What mdoc(7) makes of a literal block: "\e" is a backslash. */
static char *
literal(const char *start, const char *end)
{
	char	*out, *to;

	ATF_REQUIRE((out = malloc((size_t)(end - start) + 1)) != NULL);
	for (to = out; start < end; start++) {
		*to++ = *start;
		if (start[0] == '\\') {
			ATF_REQUIRE_EQ(start[1], 'e');
			start++;
		}
	}
	*to = '\0';
	return out;
}

ATF_TC_WITHOUT_HEAD(manual_examples);
ATF_TC_BODY(manual_examples, tc)
{
	static const char	 begin[] = ".Bd -literal -offset indent\n";
	struct conf		*conf;
	char			*page, *p, *end, *text;
	int			 n = 0;

	page = read_file(GUARDIAN_SRCDIR "/parent/guardian.conf.5", NULL);
	write_file("guardian.clients.conf", "");
	ATF_REQUIRE((p = strstr(page, ".Sh EXAMPLES\n")) != NULL);
	while ((p = strstr(p, begin)) != NULL) {
		p += strlen(begin);
		ATF_REQUIRE((end = strstr(p, ".Ed\n")) != NULL);
		text = literal(p, end);
		conf = parse_example(text, text);
		conf_free(conf);
		free(text);
		n++;
	}
	ATF_CHECK(n >= 6);
	free(page);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, prints_and_parses_back);
	ATF_TP_ADD_TC(tp, reports_all_errors);
	ATF_TP_ADD_TC(tp, cut_at_every_byte);
	ATF_TP_ADD_TC(tp, every_file_is_used);
	ATF_TP_ADD_TC(tp, installed_example);
	ATF_TP_ADD_TC(tp, manual_examples);
	return atf_no_error();
}
