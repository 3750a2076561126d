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
#include <sys/resource.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"

/*
 * pledge(2) and unveil(2) do here what several mechanisms do on Linux.  The
 * words are passed on, less those that are our own.
 */
static int
promises(const struct sandbox_policy *sp, char *buf, size_t len)
{
	const char	*p = sp->words, *word;
	size_t		 n, used = 0;
	int		 ret;

	buf[0] = '\0';
	for (; *p != '\0'; p += n, p += strspn(p, " ")) {
		n = strcspn(p, " ");
		/* A part of stdio, which allows ftruncate(2) too. */
		if (n == strlen("append") && strncmp(p, "append", n) == 0)
			continue;
		word = p;
		if (n == strlen("tasks") && strncmp(p, "tasks", n) == 0)
			word = "rpath wpath cpath";
		else if (n == strlen("fork") && strncmp(p, "fork", n) == 0)
			word = "proc";
		ret = snprintf(buf + used, len - used, "%s%.*s",
		    used == 0 ? "" : " ", word == p ? (int)n :
		    (int)strlen(word), word);
		if (ret < 0 || (size_t)ret >= len - used)
			return -1;
		used += (size_t)ret;
	}
	return 0;
}

static int
limits(const struct sandbox_policy *sp)
{
	struct rlimit	 rl = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &rl) == -1)
		return -1;
	if (!(sp->flags & SANDBOX_PARENT) && !sandbox_has(sp, "fork") &&
	    setrlimit(RLIMIT_NPROC, &rl) == -1)
		return -1;
	if (sp->nofile != 0) {
		if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
			return -1;
		if (rl.rlim_max == RLIM_INFINITY || rl.rlim_max > sp->nofile)
			rl.rlim_max = sp->nofile;
		rl.rlim_cur = rl.rlim_max;
		return setrlimit(RLIMIT_NOFILE, &rl);
	}
	return 0;
}

int
sandbox_enter_paths(const struct sandbox_policy *sp,
    const struct sandbox_path *paths, size_t npaths,
    struct sandbox_report *report)
{
	char	 perms[8];
	size_t	 i;

	memset(report, 0, sizeof(*report));
	if (limits(sp) == -1) {
		snprintf(report->text, sizeof(report->text),
		    "cannot set limits: %s", strerror(errno));
		return -1;
	}
	for (i = 0; i < npaths; i++) {
		/*
		 * unveil(2) knows no descriptors: where there is one, the
		 * empty root directory has to do.
		 */
		if (paths[i].path == NULL)
			return sandbox_narrow(sp, report);
		snprintf(perms, sizeof(perms), "%s%s%s",
		    paths[i].rights & SANDBOX_READ ? "r" : "",
		    paths[i].rights & SANDBOX_WRITE ? "wc" : "",
		    paths[i].rights & SANDBOX_EXEC ? "x" : "");
		if (unveil(paths[i].path, perms) == -1) {
			snprintf(report->text, sizeof(report->text),
			    "unveil %s: %s", paths[i].path,
			    strerror(errno));
			return -1;
		}
	}
	/*
	 * Without paths this hides everything, twice over: no word of a child
	 * lets it open anything.
	 */
	if (npaths == 0 && unveil("/", "") == -1) {
		snprintf(report->text, sizeof(report->text),
		    "unveil: %s", strerror(errno));
		return -1;
	}
	/* Closed for good, also to a parent that is not pledged. */
	if (unveil(NULL, NULL) == -1) {
		snprintf(report->text, sizeof(report->text),
		    "unveil: %s", strerror(errno));
		return -1;
	}
	return sandbox_narrow(sp, report);
}

int
sandbox_enter(const struct sandbox_policy *sp, struct sandbox_report *report)
{
	return sandbox_enter_paths(sp, NULL, 0, report);
}

/* pledge(2) only ever takes away, so a second one narrows. */
int
sandbox_narrow(const struct sandbox_policy *sp, struct sandbox_report *report)
{
	char	buf[128];

	memset(report, 0, sizeof(*report));
	if (promises(sp, buf, sizeof(buf)) == -1) {
		snprintf(report->text, sizeof(report->text),
		    "the policy \"%s\" has too many words", sp->name);
		return -1;
	}
	if (pledge(buf, NULL) == -1) {
		snprintf(report->text, sizeof(report->text),
		    "pledge \"%s\": %s", buf, strerror(errno));
		return -1;
	}
	snprintf(report->text, sizeof(report->text), "pledge unveil rlimit");
	return 0;
}
