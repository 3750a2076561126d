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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "compat.h"
#include "log.h"
#include "parent.h"

/*
 * An upgrade is a reload, for a new generation is executed from the installed
 * programs anyway; then the processes that outlive reloads are ended and
 * started again, as if they had died, which loses no finding.  The parent
 * stays, and its protocol with it, so each program must speak the same
 * version: one that does not would only be found out once its predecessor has
 * gone.
 */

#define PROGRAM_MAX	(64 * 1024 * 1024)

/*
 * The message version that a program carries; 0 when it carries none, -1 and
 * errno.
 */
static long
program_version(int fd)
{
	static const char	 what[] = CHILD_WHAT;
	char			 buf[64 * 1024], *p;
	const size_t		 len = sizeof(what) - 1, tail = len + 16;
	size_t			 have = 0, total = 0;
	ssize_t			 n;

	while (total < PROGRAM_MAX) {
		if ((n = read(fd, buf + have, sizeof(buf) - 1 - have)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0)
			return 0;
		total += (size_t)n;
		have += (size_t)n;
		buf[have] = '\0';
		p = memmem(buf, have, what, len);
		/* all of its number, too */
		if (p != NULL && memchr(p, '\0', have - (size_t)(p - buf)) !=
		    NULL)
			return strtol(p + len, NULL, 10);
		if (have > tail) {
			memmove(buf, buf + have - tail, tail);
			have = tail;
		}
	}
	return 0;
}

/* 1 when a process of that role could be run; else 0, and text says why. */
static int
program_fits(struct parent *p, enum proc_role role, char *text, size_t size)
{
	struct stat	 st;
	char		*path;
	long		 version = 0;
	int		 fd, ok = 0;

	if (asprintf(&path, "%s/%s", p->libexec, proc_name(role)) == -1)
		fatal(NULL);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1 || (S_ISREG(st.st_mode) &&
	    (version = program_version(fd)) == -1))
		snprintf(text, size, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || (st.st_mode & S_IXUSR) == 0 ||
	    (st.st_mode & S_IWOTH) != 0 ||
	    (st.st_uid != 0 && st.st_uid != geteuid()))
		snprintf(text, size, "%s: not a program that only root, or "
		    "this user, can have installed", path);
	else if (version == 0)
		snprintf(text, size, "%s: not a program of the suite, or not "
		    "whole: install it again", path);
	else if (version != MSG_VERSION)
		snprintf(text, size, "%s speaks message version %ld, this "
		    "guardiand %d: restart it instead", path, version,
		    MSG_VERSION);
	else
		ok = 1;
	if (fd != -1)
		close(fd);
	free(path);
	return ok;
}

void
upgrade_begin(struct parent *p, uint32_t id)
{
	static const enum proc_role	 roles[] = {
		PROC_CONTROL, PROC_PROXY, PROC_DETECTOR, PROC_LOGGER,
		PROC_KEEPER, PROC_COMPILER, PROC_MCPD, PROC_ARCHIVER
	};
	char				 text[MSG_DETAIL_SIZE];
	size_t				 i;

	for (i = 0; i < nitems(roles); i++) {
		if (roles[i] == PROC_COMPILER && !p->has_compiler)
			continue;
		if (program_fits(p, roles[i], text, sizeof(text)))
			continue;
		log_warnx("no upgrade: %s", text);
		event_post_text(p, EVENT_CONFIG_REJECTED, "upgrade", text);
		status_verb_result(p, id, 0, text);
		return;
	}
	log_notice("upgrade: going on with the programs in %s", p->libexec);
	if (p->phase == PHASE_RUNNING)
		p->upgrade = 1;
	reload_begin(p, id, 1);
	if (p->phase == PHASE_RUNNING)
		p->upgrade = 0;		/* refused; it has said so */
}

void
upgrade_done(struct parent *p)
{
	struct child_proc	*c;

	p->upgrade = 0;
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->generation == 0 && c->role != PROC_ARCHIVER)
			child_replace(c);
}
