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
 * The logger's index of a client's findings: what is found in it, by which
 * filters, and that a cursor points to the same place whatever happens to the
 * files in between.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "compat.h"
#include "../../logger/index.h"
#include "../../logger/logfile.h"

struct got {
	char		 text[512 * 1024];
	size_t		 len;
	size_t		 lines;
	uint64_t	 patterns;
};

static void
take_line(void *arg, const char *s, size_t len)
{
	struct got	*g = arg;

	ATF_REQUIRE(g->len + len < sizeof(g->text));
	memcpy(g->text + g->len, s, len);
	g->len += len;
	g->text[g->len] = '\0';
	g->lines++;
}

static void
take_pattern(void *arg, const struct ask_pattern *p)
{
	struct got	*g = arg;

	g->patterns += p->findings;
}

static int
make_line(char *buf, size_t size, unsigned int n, const char *pattern,
    const char *severity)
{
	return snprintf(buf, size, "{\"schema_version\":"
	    "\"clawsec-traffic-finding/v1\",\"platform\":\"nanoclaw\","
	    "\"direction\":\"%s\",\"protocol\":\"http\",\"threat_type\":\"%s\""
	    ",\"pattern\":\"%s\",\"severity\":\"%s\",\"source\":\"192.0.2.1\","
	    "\"dest\":\"h:1\",\"snippet\":\"n%u\",\"timestamp\":"
	    "\"2026-04-26T%02u:%02u:%02u.000Z\"}\n", n % 2 ? "inbound" :
	    "outbound", n % 2 ? "INJECTION" : "EXFIL", pattern, severity, n,
	    n / 3600 % 24, n / 60 % 60, n % 60);
}

/* Appends to a file and tells the index; NULL: it is not told. */
static void
append(struct logfile *f, struct index *ix, unsigned int n,
    const char *pattern, const char *severity)
{
	char	 buf[1024];
	off_t	 size;
	size_t	 done = 0;
	int	 len;

	len = make_line(buf, sizeof(buf), n, pattern, severity);
	ATF_REQUIRE((size = logfile_size(f)) != -1);
	ATF_REQUIRE(logfile_append(f, buf, (size_t)len, &done) == 0);
	if (ix != NULL)
		index_added(ix, (uint64_t)size, buf, (size_t)len);
}

static struct logfile *
file(const char *name)
{
	struct logfile	*f;
	int		 fd;

	fd = open(name, O_RDWR | O_APPEND | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE((f = logfile_new(fd, 0, NULL)) != NULL);
	return f;
}

static unsigned int
load(struct index *ix)
{
	unsigned int	 n = 1;
	int		 r;

	while ((r = index_load(ix)) == 0)
		n++;
	ATF_REQUIRE_EQ(r, 1);
	return n;
}

static const struct ask_findings	 all = { .client = "a", .limit = 200,
					    .threat = ASK_ANY,
					    .direction = ASK_ANY };

static struct ask_page
find(struct index *ix, const struct ask_findings *a, struct got *g)
{
	struct ask_page	 page;

	g->len = g->lines = 0;
	g->text[0] = '\0';
	index_find(ix, a, &page, take_line, g);
	return page;
}

ATF_TC_WITHOUT_HEAD(filters);
ATF_TC_BODY(filters, tc)
{
	static struct got	 g;
	struct ask_findings	 a = all;
	struct ask_page		 p;
	struct ask_totals	 t;
	struct index		*ix;
	struct logfile		*f = file("f");
	unsigned int		 n;

	(void)tc;
	ATF_REQUIRE((ix = index_new()) != NULL);
	for (n = 0; n < 10; n++)
		append(f, NULL, n, n < 4 ? "ai_api_key" : "dotenv_path",
		    n < 8 ? "low" : "critical");
	/* no findings: another schema, no JSON, a line that is not complete */
	ATF_REQUIRE(write(f->fd, "{}\n\nx\n{\"schema_version\":\"y\"}\n{\"a\"",
	    33) > 0);
	index_files(ix, &f, 1);
	load(ix);
	p = find(ix, &a, &g);
	ATF_CHECK_EQ(p.status, ASK_OK);
	ATF_CHECK_EQ(p.matched, 10);
	ATF_CHECK_EQ(g.lines, 10);
	ATF_CHECK_STREQ(p.next, "");
	/* the newest first */
	ATF_CHECK(strstr(g.text, "\"n9\"") < strstr(g.text, "\"n0\""));
	a.direction = FINDING_INBOUND;
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 5);
	a.threat = FINDING_EXFIL;
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 0);
	a = all;
	a.min_severity = FINDING_HIGH;
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 2);
	a = all;
	strlcpy(a.pattern, "ai_api_key", sizeof(a.pattern));
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 4);
	strlcpy(a.pattern, "ai_api", sizeof(a.pattern));
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 0);
	a = all;
	a.since_ms = 1777161600000LL + 3000;	/* 2026-04-26 */
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 7);
	a.until_ms = a.since_ms;
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 1);
	ATF_CHECK(strstr(g.text, "\"n3\"") != NULL);
	memset(&t, 0, sizeof(t));
	g.patterns = 0;
	index_totals(ix, &t, take_pattern, &g);
	ATF_CHECK_EQ(t.findings, 10);
	ATF_CHECK_EQ(g.patterns, 10);
	ATF_CHECK_EQ(t.last_ms, 1777161600000LL + 9000);
	index_free(ix);
	logfile_unref(f);
}

/* Pages of every size together are the whole. */
ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	static struct got	 whole, page;
	static char		 sum[sizeof(page.text)];
	struct ask_findings	 a = all;
	struct ask_page		 p;
	struct index		*ix;
	struct logfile		*f = file("f");
	unsigned int		 n, limit, turns;

	(void)tc;
	ATF_REQUIRE((ix = index_new()) != NULL);
	/* some are equal to the byte */
	for (n = 0; n < 60; n++)
		append(f, NULL, n / 3 * 3 % 21, "ai_api_key", "low");
	index_files(ix, &f, 1);
	load(ix);
	(void)find(ix, &a, &whole);
	ATF_REQUIRE_EQ(whole.lines, 60);
	for (limit = 1; limit < 62; limit++) {
		a = all;
		a.limit = limit;
		sum[0] = '\0';
		turns = 0;
		do {
			p = find(ix, &a, &page);
			ATF_REQUIRE_EQ(p.status, ASK_OK);
			ATF_REQUIRE_EQ(p.matched, 60);
			strlcat(sum, page.text, sizeof(sum));
			strlcpy(a.cursor, p.next, sizeof(a.cursor));
			ATF_REQUIRE(++turns <= 61);
		} while (p.next[0] != '\0');
		ATF_REQUIRE_STREQ(sum, whole.text);
	}
	/* cursors that are none */
	a = all;
	strlcpy(a.cursor, "0000000000000000.0", sizeof(a.cursor));
	ATF_CHECK_EQ(find(ix, &a, &page).status, ASK_NO_CURSOR);
	strlcpy(a.cursor, "0", sizeof(a.cursor));
	ATF_CHECK_EQ(find(ix, &a, &page).status, ASK_NO_CURSOR);
	strlcpy(a.cursor, "................0", sizeof(a.cursor));
	ATF_CHECK_EQ(find(ix, &a, &page).status, ASK_NO_CURSOR);
	index_free(ix);
	logfile_unref(f);
}

/* Rotation under a cursor, files that go, and an index made anew. */
ATF_TC_WITHOUT_HEAD(rotation);
ATF_TC_BODY(rotation, tc)
{
	static struct got	 before, after;
	struct ask_findings	 a = all;
	struct ask_page		 p;
	struct index		*ix, *again;
	struct logfile		*f[4];
	unsigned int		 n;

	(void)tc;
	ATF_REQUIRE((ix = index_new()) != NULL);
	f[0] = file("0");
	index_files(ix, f, 1);
	load(ix);
	for (n = 0; n < 10; n++)
		append(f[0], ix, n, "ai_api_key", "low");
	a.limit = 4;
	p = find(ix, &a, &before);
	strlcpy(a.cursor, p.next, sizeof(a.cursor));
	a.limit = 200;
	(void)find(ix, &a, &before);
	ATF_REQUIRE_EQ(before.lines, 6);
	for (n = 1; n < 4; n++) {
		char	 name[2] = { (char)('0' + n), '\0' };

		f[n] = file(name);
		index_files(ix, f, n + 1);
		ATF_CHECK_EQ(load(ix), 1);
		append(f[n], ix, 100 + n, "dotenv_path", "low");
		(void)find(ix, &a, &after);
		ATF_CHECK_STREQ(after.text, before.text);
	}
	ATF_CHECK_EQ(find(ix, &all, &after).matched, 13);
	/* another index, of the same files, knows the cursor */
	ATF_REQUIRE((again = index_new()) != NULL);
	index_files(again, f, 4);
	load(again);
	(void)find(again, &a, &after);
	ATF_CHECK_STREQ(after.text, before.text);
	/* one that was written to unseen */
	append(f[3], NULL, 200, "dotenv_path", "low");
	append(f[3], again, 201, "dotenv_path", "low");
	load(again);
	ATF_CHECK_EQ(find(again, &all, &after).matched, 15);
	index_free(again);
	/* the oldest file goes: so do its findings, and cursors to them */
	index_files(ix, f + 1, 3);
	load(ix);
	p = find(ix, &all, &after);
	ATF_CHECK_EQ(p.matched, 5);
	ATF_CHECK_EQ(find(ix, &a, &after).status, ASK_NO_CURSOR);
	/* other files: all begins again */
	index_files(ix, f, 1);
	load(ix);
	ATF_CHECK_EQ(find(ix, &all, &after).matched, 10);
	index_files(ix, NULL, 0);
	load(ix);
	ATF_CHECK_EQ(find(ix, &all, &after).matched, 0);
	index_free(ix);
	for (n = 0; n < 4; n++)
		logfile_unref(f[n]);
}

/* More than it holds: the newest stay, and the sums are theirs. */
ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	static struct got	 g;
	struct ask_findings	 a = all;
	struct ask_page		 p;
	struct ask_totals	 t;
	struct index		*ix;
	struct logfile		*f = file("f");
	char			*buf;
	size_t			 len = 0, done = 0;
	unsigned int		 n;
	const unsigned int	 many = INDEX_MAX + 1000;

	(void)tc;
	ATF_REQUIRE((buf = malloc(many * 400UL)) != NULL);
	for (n = 0; n < many; n++)
		len += (size_t)make_line(buf + len, 400, n,
		    n < 1000 ? "old_one" : "ai_api_key", "low");
	ATF_REQUIRE(logfile_append(f, buf, len, &done) == 0);
	free(buf);
	ATF_REQUIRE((ix = index_new()) != NULL);
	index_files(ix, &f, 1);
	/* in slices, so that others get their turn */
	ATF_CHECK(load(ix) > 100);
	a.limit = 1;
	p = find(ix, &a, &g);
	ATF_CHECK_EQ(p.matched, INDEX_MAX);
	ATF_CHECK(strstr(g.text, "\"n66535\"") != NULL);
	strlcpy(a.pattern, "old_one", sizeof(a.pattern));
	ATF_CHECK_EQ(find(ix, &a, &g).matched, 0);
	memset(&t, 0, sizeof(t));
	g.patterns = 0;
	index_totals(ix, &t, take_pattern, &g);
	ATF_CHECK_EQ(t.findings, INDEX_MAX);
	ATF_CHECK_EQ(g.patterns, INDEX_MAX);
	ATF_CHECK(index_size(ix) < 4 * 1024 * 1024);
	index_free(ix);
	logfile_unref(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, filters);
	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, rotation);
	ATF_TP_ADD_TC(tp, bound);
	return atf_no_error();
}
