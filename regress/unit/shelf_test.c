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

/* What is to be packed, and what to go, in log directories of many kinds. */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "../../parent/shelf.h"
#include "compat.h"

/* Makes the directories of a path, and a file of that size. */
static void
put(const char *path, off_t size)
{
	char	 dir[256], *p;
	int	 fd;

	strlcpy(dir, path, sizeof(dir));
	for (p = dir; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		ATF_REQUIRE(mkdir(dir, 0700) == 0 || errno == EEXIST);
	}
	ATF_REQUIRE((fd = open(path, O_WRONLY | O_CREAT, 0600)) != -1);
	ATF_REQUIRE(ftruncate(fd, size) == 0);
	close(fd);
}

static void
look(struct shelf *s)
{
	int	 log, clients;

	ATF_REQUIRE(mkdir("log/clients", 0700) == 0 || errno == EEXIST);
	ATF_REQUIRE((log = open("log", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE((clients = open("log/clients", O_RDONLY | O_DIRECTORY)) !=
	    -1);
	ATF_REQUIRE(shelf_read(s, log, clients) == 0);
	close(log);
	close(clients);
}

/* "client/findings.jsonl.2.gz", or "-". */
static const char *
path(const struct shelf_file *f)
{
	static char	 buf[128];
	char		 name[SHELF_NAME_SIZE];

	if (f == NULL)
		return "-";
	shelf_name(f, name);
	snprintf(buf, sizeof(buf), "%s%s%s", f->client,
	    f->client[0] != '\0' ? "/" : "", name);
	return buf;
}

static int
not_these(void *arg, const struct shelf_file *f)
{
	return strstr(arg, path(f)) != NULL;
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const char	*const bad[] = { "", "findings",
		"findings.jsonl.", "findings.jsonl.0", "findings.jsonl.01",
		"findings.jsonl.1001",
		"findings.jsonl.99999999999", "findings.jsonl.1.gz.gz",
		"findings.jsonl.gz", "findings.jsonl.1gz", "findings.jsonl1",
		"findings.jsonl.-1", "findings.jsonl. 1", "events.jsonl.1.bz2",
		"findings.journal", "findings.journal.1", "journal.chain" };
	static const char	*const good[] = { "findings.jsonl",
		"findings.jsonl.1", "findings.jsonl.1000", "events.jsonl.2.gz",
		"findings.chain.3.gz", "events.chain", SHELF_TEMP };
	struct shelf_file	 f;
	char			 name[SHELF_NAME_SIZE];
	size_t			 i;

	(void)tc;
	memset(&f, 0, sizeof(f));
	for (i = 0; i < nitems(bad); i++)
		ATF_CHECK_MSG(!shelf_parse(bad[i], 0, &f), "%s", bad[i]);
	for (i = 0; i < nitems(good); i++) {
		ATF_CHECK_MSG(shelf_parse(good[i], 0, &f), "%s", good[i]);
		shelf_name(&f, name);
		ATF_CHECK_STREQ(good[i], name);
	}
	ATF_CHECK(shelf_parse("findings.jsonl.2", 1, &f));
	ATF_CHECK_EQ(FILE_CLIENT, f.kind);
	ATF_CHECK(!shelf_parse("events.jsonl.2", 1, &f));
	ATF_CHECK(!shelf_parse("findings.chain.2", 1, &f));
}

ATF_TC_WITHOUT_HEAD(packing);
ATF_TC_BODY(packing, tc)
{
	static char		 no[256];
	const struct shelf_file	*f;
	struct shelf		 s;

	(void)tc;
	put("log/findings.jsonl", 10);
	put("log/findings.jsonl.1", 10);
	put("log/findings.jsonl.3", 10);
	put("log/findings.jsonl.4.gz", 10);
	put("log/findings.jsonl.5", 0);
	put("log/findings.chain.4", 10);
	put("log/events.jsonl.2", 10);
	put("log/findings.journal.1", 10);
	put("log/clients/a/findings.jsonl.2", 10);
	put("log/clients/b/findings.jsonl.1", 10);
	put("log/clients/.hidden/findings.jsonl.2", 10);
	put("log/other", 5);
	/* where a container may write, only what is named like ours counts */
	put("log/clients/a/planted", 1000);
	look(&s);
	ATF_CHECK_EQ(95, s.total);
	/* the youngest first, copies last; each once, by the veto */
	while ((f = shelf_next_pack(&s, not_these, no)) != NULL) {
		strlcat(no, path(f), sizeof(no));
		strlcat(no, " ", sizeof(no));
		ATF_REQUIRE(strlen(no) < 200);
	}
	ATF_CHECK_STREQ("events.jsonl.2 findings.jsonl.3 findings.chain.4 "
	    "a/findings.jsonl.2 ", no);
	shelf_free(&s);
}

/* What goes, in this order, until there is no more than max. */
static void
goes(uint64_t max, const char *veto, const char *want)
{
	const struct shelf_file	*f;
	struct shelf		 s;
	char			 got[512] = "";
	size_t			 i;

	look(&s);
	while ((f = shelf_next_remove(&s, max, not_these,
	    (void *)(uintptr_t)veto)) != NULL) {
		struct shelf_file	 gone = *f;

		ATF_REQUIRE(gone.n > 0);
		strlcat(got, path(&gone), sizeof(got));
		strlcat(got, " ", sizeof(got));
		for (i = 0; i < s.n; )
			if (strcmp(s.v[i].client, gone.client) == 0 &&
			    shelf_log(s.v[i].kind) == shelf_log(gone.kind) &&
			    s.v[i].n == gone.n)
				shelf_drop(&s, &s.v[i]);
			else
				i++;
		ATF_REQUIRE(strlen(got) < 500);
	}
	ATF_CHECK_STREQ(want, got);
	shelf_free(&s);
}

ATF_TC_WITHOUT_HEAD(removing);
ATF_TC_BODY(removing, tc)
{
	(void)tc;
	put("log/findings.jsonl", 100);
	put("log/findings.chain", 100);
	put("log/findings.jsonl.1", 100);
	put("log/findings.chain.1", 50);
	put("log/findings.jsonl.2.gz", 100);
	put("log/findings.chain.2.gz", 50);
	put("log/events.jsonl", 10);
	put("log/events.jsonl.1", 300);
	put("log/events.chain.1", 10);
	put("log/events.jsonl.2", 300);
	put("log/clients/loud/findings.jsonl", 10);
	put("log/clients/loud/findings.jsonl.1", 50);
	put("log/clients/loud/findings.jsonl.2", 50);
	put("log/clients/loud/findings.jsonl.10.gz", 50);
	put("log/clients/quiet/findings.jsonl.1", 90);
	/* 1370 in all */
	goes(1370, "", "");
	goes(1369, "", "loud/findings.jsonl.10.gz ");
	goes(1250, "", "loud/findings.jsonl.10.gz loud/findings.jsonl.2 "
	    "quiet/findings.jsonl.1 ");
	/* who makes many events has events removed */
	goes(1000, "", "loud/findings.jsonl.10.gz loud/findings.jsonl.2 "
	    "quiet/findings.jsonl.1 loud/findings.jsonl.1 events.jsonl.2 ");
	goes(700, "", "loud/findings.jsonl.10.gz loud/findings.jsonl.2 "
	    "quiet/findings.jsonl.1 loud/findings.jsonl.1 events.jsonl.2 "
	    "findings.jsonl.2.gz ");
	/* what is written to, never; what may be, not while it is */
	goes(0, "", "loud/findings.jsonl.10.gz loud/findings.jsonl.2 "
	    "quiet/findings.jsonl.1 loud/findings.jsonl.1 events.jsonl.2 "
	    "findings.jsonl.2.gz findings.jsonl.1 events.jsonl.1 ");
	goes(0, "findings.jsonl.1 loud/findings.jsonl.2",
	    "loud/findings.jsonl.10.gz loud/findings.jsonl.2 "
	    "quiet/findings.jsonl.1 loud/findings.jsonl.1 events.jsonl.2 "
	    "findings.jsonl.2.gz events.jsonl.1 ");
	/* a chain that has lost its log */
	put("log/findings.chain.7", 50);
	goes(1380, "", "loud/findings.jsonl.10.gz ");
	unlink("log/events.jsonl.2");
	goes(870, "", "loud/findings.jsonl.10.gz loud/findings.jsonl.2 "
	    "quiet/findings.jsonl.1 loud/findings.jsonl.1 findings.chain.7 ");
}

ATF_TC_WITHOUT_HEAD(leftovers);
ATF_TC_BODY(leftovers, tc)
{
	const struct shelf_file	*f;
	struct shelf		 s;
	struct stat		 st;

	(void)tc;
	put("log/findings.jsonl.2", 10);
	put("log/findings.jsonl.3.gz", 10);
	put("log/findings.chain.3", 10);
	put("log/clients/a/findings.jsonl.3", 10);
	put("log/clients/a/" SHELF_TEMP, 10);
	look(&s);
	ATF_CHECK_STREQ("-", path(shelf_twin(&s)));
	ATF_CHECK_STREQ("findings.chain.3", path(shelf_next_pack(&s, not_these,
	    (void *)(uintptr_t)"findings.jsonl.2")));
	shelf_free(&s);
	put("log/clients/a/findings.jsonl.3.gz", 3);
	look(&s);
	ATF_CHECK_STREQ("a/findings.jsonl.3.gz", path(shelf_twin(&s)));
	ATF_REQUIRE(stat("log/findings.jsonl.2", &st) == 0);
	f = shelf_find(&s, st.st_dev, st.st_ino);
	ATF_CHECK_STREQ("findings.jsonl.2", path(f));
	ATF_CHECK_EQ(10, f->size);
	ATF_CHECK_EQ((int64_t)st.st_mtim.tv_sec, f->mtime);
	ATF_CHECK(shelf_find(&s, st.st_dev, 0) == NULL);
	shelf_free(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, packing);
	ATF_TP_ADD_TC(tp, removing);
	ATF_TP_ADD_TC(tp, leftovers);
	return atf_no_error();
}
