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
#include <unistd.h>

#include "compat.h"
#include "log.h"
#include "parent.h"

/*
 * The log directory, and what becomes of it while its descriptor is held.  The
 * parent's sandbox lets it make files below the directories that it had at its
 * start and nowhere else, so one that was removed cannot be made anew where it
 * was: logs go on in the state directory.  One that was moved is still written
 * to, under its new name.
 */

static int
clients_open(struct parent *p)
{
	int	 fd;

	if (mkdirat(p->log_dir, "clients", 0700) == -1 && errno != EEXIST) {
		log_warn("cannot make %s/clients", p->paths.logdir);
		return -1;
	}
	fd = openat(p->log_dir, "clients", O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		log_warn("cannot open %s/clients", p->paths.logdir);
		return -1;
	}
	if (p->clients_dir > 0)
		close(p->clients_dir);
	p->clients_dir = fd;
	return files_client_dirs(p, p->conf);
}

int
logdir_open(struct parent *p)
{
	gid_t	 gid = files_group(p);
	int	 fd;

	if ((fd = dir_open(p->paths.logdir, 0750)) == -1)
		return -1;
	if (dir_lock(fd, p->paths.logdir) == -1) {
		close(fd);
		return -1;
	}
	if (gid != (gid_t)-1 && fchown(fd, (uid_t)-1, gid) == -1)
		log_warn("chown %s", p->paths.logdir);
	if (p->log_dir > 0)
		close(p->log_dir);
	p->log_dir = fd;
	return clients_open(p);
}

static int
is_removed(int fd)
{
	struct stat	 st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

static int
has_moved(struct parent *p)
{
	struct stat	 here, there;

	return fstat(p->log_dir, &here) == 0 &&
	    (stat(p->paths.logdir, &there) == -1 ? errno == ENOENT :
	    here.st_dev != there.st_dev || here.st_ino != there.st_ino);
}

/* 0, or -1: it is tried again with the next tick. */
static int
replace(struct parent *p)
{
	char	*path, *old = p->paths.logdir;

	if (asprintf(&path, "%s/log", p->paths.statedir) == -1)
		fatal(NULL);
	p->paths.logdir = path;
	if (logdir_open(p) == -1) {
		p->paths.logdir = old;
		free(path);
		return -1;
	}
	log_warnx("somebody removed %s: logs go on in %s; move its files back "
	    "and restart", old, path);
	free(old);
	return 0;
}

void
logdir_check(struct parent *p)
{
	const char	*reason;

	if (is_removed(p->log_dir)) {
		if (replace(p) == -1)
			return;
		reason = "directory_removed";
	} else if (is_removed(p->clients_dir)) {
		if (clients_open(p) == -1)
			return;
		log_warnx("somebody removed %s/clients: it is made anew",
		    p->paths.logdir);
		reason = "clients_removed";
	} else {
		if (!has_moved(p)) {
			p->logdir_moved = 0;
			return;
		}
		if (p->logdir_moved++ == 0) {
			log_warnx("%s is another directory now: logs go on in "
			    "the one that was moved, until a restart",
			    p->paths.logdir);
			event_post_text(p, EVENT_LOG_FAILED,
			    "directory_moved", p->paths.logdir);
		}
		return;
	}
	event_post_text(p, EVENT_LOG_FAILED, reason, p->paths.logdir);
	p->reopen_due |= 1U << FILE_FINDINGS | 1U << FILE_EVENTS |
	    1U << FILE_CLIENT;
	rotate_retry(p);
}
