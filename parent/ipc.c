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
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "log.h"
#include "msg_mcp.h"
#include "parent.h"

/*
 * The directories in which a container puts its tasks and finds the answers,
 * beneath the one that NanoClaw has made and mounts for it.  The container may
 * do there what it likes, so nothing is followed and nothing else is touched.
 *
 * They are to be written by two: by mcpd, and by the user of the container,
 * whoever that is on this host; NanoClaw's own directory beside them, messages,
 * belongs to that user.  So they become that user's, with mcpd's group, and
 * nobody else gets in, unless that one is open to everybody, too.
 *
 * The answers' directory is the container's as well, because whoever reads an
 * answer removes it (NanoClaw's programs treat a failure of that as one of the
 * answer).  That it can put anything there is mcpd's to cope with.
 */

static const char *const	 names[2] = {
	[ASKDIR_TASKS] = "clawsec_tasks",
	[ASKDIR_RESULTS] = "clawsec_results"
};

/* Who writes there: the owner of messages, if there is one, or of all of it. */
static int
writer(int dir, struct stat *st)
{
	if (fstatat(dir, "messages", st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st->st_mode))
		return 0;
	return fstat(dir, st);
}

static int
subdir(int dir, const char *name, const struct stat *who, uid_t uid, gid_t gid)
{
	struct stat	 st;
	mode_t		 mode = who->st_mode & S_IWOTH ? 0777 : 0770;
	int		 fd;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto fail;
	if (st.st_uid != geteuid() && st.st_uid != who->st_uid &&
	    st.st_uid != uid) {
		errno = EPERM;
		goto fail;
	}
	if ((geteuid() == 0 && fchown(fd, who->st_uid, gid) == -1) ||
	    fchmod(fd, mode) == -1)
		goto fail;
	return fd;
 fail:
	close(fd);
	return -1;
}

/*
 * Whatever the container put there takes the tasks from itself alone: the
 * start, and everybody else, must not depend on it.
 */
static void
spoilt(struct parent *p, struct asker *a, const char *path, const char *name)
{
	log_warn("client %s: %s/%s is not to be used, so this client has no "
	    "tasks: move it away, then reload", a->client, path, name);
	event_post_client(p, EVENT_TASK_REJECTED, a->client, "directory");
	ipc_abort(a);
}

int
ipc_open(struct parent *p, struct asker *a, const char *path)
{
	struct stat	 who;
	struct passwd	*pw;
	uid_t		 uid = geteuid();
	gid_t		 gid = getegid();
	int		 dir, i;

	if (uid == 0) {
		if ((pw = getpwnam(proc_user(PROC_MCPD))) == NULL) {
			log_warnx("user %s has gone", proc_user(PROC_MCPD));
			return -1;
		}
		uid = pw->pw_uid;
		gid = pw->pw_gid;
	}
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1) {
		log_warn("client %s: ipc directory %s", a->client, path);
		return -1;
	}
	if (writer(dir, &who) == -1) {
		log_warn("client %s: ipc directory %s", a->client, path);
		close(dir);
		return -1;
	}
	for (i = 0; i < ASKDIR_MAX; i++) {
		if (mkdirat(dir, names[i], 0700) == 0 || errno == EEXIST) {
			a->next_ipc[i] = subdir(dir, names[i], &who, uid, gid);
			if (a->next_ipc[i] != -1)
				continue;
			spoilt(p, a, path, names[i]);
			break;
		}
		if (errno == EACCES)
			log_warnx("client %s: cannot make %s/%s: make it "
			    "yourself, or restart guardiand, which may write "
			    "only to directories that were configured at its "
			    "start", a->client, path, names[i]);
		else
			log_warn("client %s: cannot make %s/%s", a->client,
			    path, names[i]);
		close(dir);
		return -1;
	}
	close(dir);
	return 0;
}

static int
same(int a, int b)
{
	struct stat	 sa, sb;

	if (a == -1 || b == -1)
		return a == b;
	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

int
ipc_commit(struct asker *a)
{
	int	 i, changed = 0;

	for (i = 0; i < ASKDIR_MAX; i++) {
		if (!same(a->ipc[i], a->next_ipc[i]))
			changed = 1;
		if (a->ipc[i] != -1)
			close(a->ipc[i]);
		a->ipc[i] = a->next_ipc[i];
		a->next_ipc[i] = -1;
	}
	return changed;
}

void
ipc_abort(struct asker *a)
{
	int	 i;

	for (i = 0; i < ASKDIR_MAX; i++) {
		if (a->next_ipc[i] != -1)
			close(a->next_ipc[i]);
		a->next_ipc[i] = -1;
	}
}

void
ipc_close(struct asker *a)
{
	int	 i;

	for (i = 0; i < ASKDIR_MAX; i++) {
		if (a->ipc[i] != -1)
			close(a->ipc[i]);
		a->ipc[i] = -1;
	}
}

void
ipc_wire(struct child_proc *c, const struct asker *a)
{
	struct msg_askdir	 d;
	int			 fd, i;

	if (a->ipc[ASKDIR_TASKS] == -1)
		return;
	memset(&d, 0, sizeof(d));
	memcpy(d.client, a->client, sizeof(d.client));
	for (i = 0; i < ASKDIR_MAX; i++) {
		d.kind = (uint8_t)i;
		if ((fd = wire_dup(c, a->ipc[i])) == -1)
			return;
		if (msg_askdir_send(c->ch, fd, &d) == -1)
			fatal("directory message");
	}
}
