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

#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_linux.h"

#ifndef SECCOMP_MODE_FILTER
#define SECCOMP_MODE_FILTER	2
#endif

static int	set_attributes(char *, size_t);
static int	set_limits(const struct sandbox_policy *, char *, size_t);
static int	set_landlock(const struct sandbox_policy *,
		    const struct sandbox_path *, size_t,
		    struct sandbox_report *);
static int	set_seccomp(const struct sandbox_policy *,
		    struct sandbox_report *);
static int	read_back(const struct sandbox_policy *, int,
		    struct sandbox_report *);
static int	enter(const struct sandbox_policy *,
		    const struct sandbox_path *, size_t, int,
		    struct sandbox_report *);

int
sandbox_enter(const struct sandbox_policy *sp, struct sandbox_report *report)
{
	return enter(sp, NULL, 0, 1, report);
}

int
sandbox_enter_paths(const struct sandbox_policy *sp,
    const struct sandbox_path *paths, size_t npaths,
    struct sandbox_report *report)
{
	return enter(sp, paths, npaths, 1, report);
}

int
sandbox_narrow(const struct sandbox_policy *sp, struct sandbox_report *report)
{
	return enter(sp, NULL, 0, 0, report);
}

/*
 * The order is fixed: Landlock and an unprivileged filter need no_new_privs,
 * and the filter comes last because it refuses all that precedes it.
 */
static int
enter(const struct sandbox_policy *sp, const struct sandbox_path *paths,
    size_t npaths, int first, struct sandbox_report *report)
{
	memset(report, 0, sizeof(*report));

	if (set_attributes(report->text, sizeof(report->text)) == -1)
		return -1;
	/* Narrowing leaves the limits: a filter may refuse to set them. */
	if (first && set_limits(sp, report->text, sizeof(report->text)) == -1)
		return -1;
	if (set_landlock(sp, paths, npaths, report) == -1)
		return -1;
	if (!(sp->flags & SANDBOX_PARENT) && set_seccomp(sp, report) == -1)
		return -1;
	return read_back(sp, first, report);
}

/*
 * no_new_privs: no exec gains anything by set-user-id or file capabilities.
 * Not dumpable: no core, and no other process of the same user may attach or
 * read our memory.  The parent's children lose the second by exec, and take
 * it on again here.
 */
static int
set_attributes(char *why, size_t len)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) != 1 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == -1) {
		snprintf(why, len, "cannot set no_new_privs: %s: "
		    "Linux 3.5 or later is needed", strerror(errno));
		return -1;
	}
	if (prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) != 0 &&
	    prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == -1) {
		snprintf(why, len, "cannot become undumpable: %s",
		    strerror(errno));
		return -1;
	}
	return 0;
}

/*
 * No core file, ever: it would hold what we must not write down.  No process
 * (this one cannot make any, the limit is the second lock).  There is no
 * RLIMIT_FSIZE: standard error may be a file, and none can be opened anyway.
 */
static int
set_limits(const struct sandbox_policy *sp, char *why, size_t len)
{
	struct rlimit	 rl = { 0, 0 };
	const char	*what;

	what = "RLIMIT_CORE";
	if (setrlimit(RLIMIT_CORE, &rl) == -1)
		goto fail;
	if (!(sp->flags & SANDBOX_PARENT) && !sandbox_has(sp, "fork")) {
		what = "RLIMIT_NPROC";
		if (setrlimit(RLIMIT_NPROC, &rl) == -1)
			goto fail;
	}
	if (sp->nofile != 0) {
		what = "RLIMIT_NOFILE";
		if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
			goto fail;
		if (rl.rlim_max == RLIM_INFINITY || rl.rlim_max > sp->nofile)
			rl.rlim_max = sp->nofile;
		rl.rlim_cur = rl.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
			goto fail;
	}
	return 0;
fail:
	snprintf(why, len, "cannot set %s: %s", what,
	    strerror(errno));
	return -1;
}

static int
set_landlock(const struct sandbox_policy *sp, const struct sandbox_path *paths,
    size_t npaths, struct sandbox_report *report)
{
	unsigned int	abi;
	int		fd;

	abi = sandbox_landlock_abi(sp);
	if (abi == 0) {
		report->degraded = 1;
		if (!(sp->flags & SANDBOX_NEEDS_LANDLOCK))
			return 0;
		snprintf(report->text, sizeof(report->text), "this "
		    "kernel has no Landlock, and the %s holds a directory "
		    "that only Landlock can fence: start Linux 5.13 or later "
		    "with \"landlock\" in the lsm= list", sp->name);
		return -1;
	}
	if (sandbox_landlock(sp, abi, paths, npaths, report->text,
	    sizeof(report->text)) == -1)
		return -1;

	/* The proof: with no rule at all, not even / can be listed. */
	if (npaths == 0) {
		fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd != -1 || errno != EACCES) {
			snprintf(report->text, sizeof(report->text),
			    "Landlock was entered but / can still "
			    "be opened");
			if (fd != -1)
				close(fd);
			return -1;
		}
	}
	report->landlock_abi = abi;
	return 0;
}

static int
set_seccomp(const struct sandbox_policy *sp, struct sandbox_report *report)
{
	int	fd;

	if (sandbox_seccomp(sp, report->text, sizeof(report->text)) == -1)
		return -1;

	/*
	 * The mode alone could be the filter of a container around us.  The
	 * proof that ours is in force: Landlock lets O_PATH through, our list
	 * does not.
	 */
	fd = open("/", O_PATH | O_CLOEXEC);
	if (fd != -1 || errno != EACCES ||
	    prctl(PR_GET_SECCOMP, 0L, 0L, 0L, 0L) != SECCOMP_MODE_FILTER) {
		snprintf(report->text, sizeof(report->text), "the "
		    "system call list was installed but is not in force");
		if (fd != -1)
			close(fd);
		return -1;
	}
	report->seccomp = 1;
	return 0;
}

static void
say(struct sandbox_report *report, const char *word)
{
	size_t	used = strlen(report->text);

	snprintf(report->text + used, sizeof(report->text) - used, "%s%s",
	    used == 0 ? "" : " ", word);
}

static int
read_back(const struct sandbox_policy *sp, int first,
    struct sandbox_report *report)
{
	char	landlock[32];

	if (prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) != 1 ||
	    prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) != 0) {
		snprintf(report->text, sizeof(report->text), "the "
		    "kernel does not keep no_new_privs or undumpable");
		return -1;
	}
	report->no_new_privs = 1;

	report->text[0] = '\0';
	if (report->seccomp)
		say(report, "seccomp");
	if (report->landlock_abi != 0) {
		snprintf(landlock, sizeof(landlock), "landlock/%u",
		    report->landlock_abi);
		say(report, landlock);
		if (sandbox_landlock_lacks(sp, report->landlock_abi,
		    report->text, sizeof(report->text)))
			report->degraded = 1;
	} else
		say(report, "no-landlock");
	say(report, "nnp undumpable");
	if (first)
		say(report, "rlimit");
	return 0;
}

#ifdef SANDBOX_SANITIZED
/*
 * LeakSanitizer starts a process at exit that attaches to this one, which a
 * confined process neither can nor may.  It asks here whether to; without
 * this a clean exit would end by SIGSYS.
 */
int	__lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0;
}
#endif
