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
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "log.h"
#include "parent.h"

#define ROTATED_MAX	1000	/* above the greatest "keep" */
#define LOCK_FILE	".lock"	/* mode 0600, empty */
#define KEY_SIZE	32	/* of the fingerprint key, dedup.key */

/* The log's readers and its writer; no change of owner without root. */
static void
file_owner(struct parent *p, uid_t *uid, gid_t *gid)
{
	struct passwd	*pw;
	struct group	*gr;

	*uid = (uid_t)-1;
	*gid = (gid_t)-1;
	if (p->unprivileged)
		return;
	if ((pw = getpwnam(proc_user(PROC_LOGGER))) != NULL)
		*uid = pw->pw_uid;
	if ((gr = getgrnam(PROC_GROUP)) != NULL)
		*gid = gr->gr_gid;
}

gid_t
files_group(struct parent *p)
{
	uid_t	 uid;
	gid_t	 gid;

	file_owner(p, &uid, &gid);
	return gid;
}

/*
 * Makes a directory if need be and opens it.  Others must not be able to
 * write to it: who can, could put a link where we are about to create.
 */
int
dir_open(const char *path, mode_t mode)
{
	struct stat	 st;
	char		*copy, *s;
	int		 fd;

	/* missing parents, for a fresh home directory */
	if ((copy = strdup(path)) == NULL)
		fatal(NULL);
	for (s = copy + 1; (s = strchr(s, '/')) != NULL; s++) {
		*s = '\0';
		if (mkdir(copy, 0755) == -1 && errno != EEXIST) {
			log_warn("cannot make directory %s", copy);
			free(copy);
			return -1;
		}
		*s = '/';
	}
	free(copy);
	if (mkdir(path, mode) == -1 && errno != EEXIST) {
		log_warn("cannot make directory %s", path);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("cannot open directory %s", path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (st.st_uid != geteuid() || (st.st_mode & S_IWOTH) != 0) {
		log_warnx("directory %s must belong to uid %u and not be "
		    "writable by others: chown and chmod it, or name another",
		    path, (unsigned int)geteuid());
		close(fd);
		return -1;
	}
	/* An open directory may still refuse new files: say so at start-up. */
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == -1) {
		log_warn("cannot write to directory %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * One instance a directory; the lock goes with the process, which keeps its
 * descriptor.  Not of the directory itself: whoever may look into that may lock
 * it, too, and would keep us from starting.
 */
int
dir_lock(int dir, const char *path)
{
	int	 fd;

	fd = openat(dir, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (fd != -1 && errno == EWOULDBLOCK)
		log_warnx("another guardiand uses %s: stop it with "
		    "\"guardianctl stop\", or give this one a home of its own "
		    "(NANOCLAW_TRAFFIC_GUARDIAN_HOME)", path);
	else
		log_warn("cannot lock %s/" LOCK_FILE, path);
	if (fd != -1)
		close(fd);
	return -1;
}

static int
key_open(struct parent *p)
{
	struct stat	 st;
	uint8_t		 key[KEY_SIZE];
	int		 fd, r = -1;

	fd = openat(p->state_dir, "dedup.key", O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("cannot open %s/dedup.key", p->paths.statedir);
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		log_warnx("%s/dedup.key must be a file of uid %u, mode 0600",
		    p->paths.statedir, (unsigned int)geteuid());
		close(fd);
		return -1;
	}
	if (st.st_size == KEY_SIZE)
		r = 0;
	else if (st.st_size != 0)
		log_warnx("%s/dedup.key is damaged: remove it, a new one will "
		    "be made (findings of before count as new then)",
		    p->paths.statedir);
	else {
		arc4random_buf(key, sizeof(key));
		if (pwrite(fd, key, sizeof(key), 0) != (ssize_t)sizeof(key) ||
		    fsync(fd) == -1)
			log_warn("cannot write %s/dedup.key",
			    p->paths.statedir);
		else
			r = 0;
		explicit_bzero(key, sizeof(key));
	}
	close(fd);
	if (r == -1)
		return -1;
	/* children get it for reading only */
	p->key_fd = openat(p->state_dir, "dedup.key", O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC);
	return p->key_fd == -1 ? -1 : 0;
}

static int
empty_dir(struct parent *p)
{
	/* what the children are shut into: nobody may write there */
	if (mkdirat(p->state_dir, "empty", 0555) == -1 && errno != EEXIST) {
		log_warn("cannot make %s/empty", p->paths.statedir);
		return -1;
	}
	return 0;
}

void
files_pid(struct parent *p)
{
	char	 buf[32];
	int	 fd, len;

	fd = openat(p->run_dir, "guardiand.pid", O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0644);
	len = snprintf(buf, sizeof(buf), "%ld\n", (long)getpid());
	if (fd == -1 || write(fd, buf, (size_t)len) != len)
		log_warn("cannot write %s/guardiand.pid", p->paths.rundir);
	if (fd != -1)
		close(fd);
}

int
files_client_dirs(struct parent *p, const struct conf *conf)
{
	const char	*name;
	size_t		 i;

	for (i = 0; i <= conf->nclients; i++) {
		name = i == conf->nclients ? CONF_CLIENT_DEFAULT :
		    conf->clients[i].name;
		if (mkdirat(p->clients_dir, name, 0755) == -1 &&
		    errno != EEXIST) {
			log_warn("cannot make %s/clients/%s",
			    p->paths.logdir, name);
			return -1;
		}
	}
	return 0;
}

int
files_open(struct parent *p)
{
	if ((p->state_dir = dir_open(p->paths.statedir, 0711)) == -1 ||
	    (p->run_dir = dir_open(p->paths.rundir, 0755)) == -1 ||
	    dir_lock(p->state_dir, p->paths.statedir) == -1 ||
	    dir_lock(p->run_dir, p->paths.rundir) == -1 ||
	    logdir_open(p) == -1 || empty_dir(p) == -1 || key_open(p) == -1)
		return -1;
	return 0;
}

void
files_close(struct parent *p)
{
	mcp_close(p);
	(void)unlinkat(p->run_dir, "guardian.sock", 0);
	(void)unlinkat(p->run_dir, "guardiand.pid", 0);
}

/* Name and directory of a logger's file; the caller closes *dir. */
static int
file_place(struct parent *p, const struct msg_file *f, int *dir,
    const char **name, mode_t *mode)
{
	*mode = 0640;
	switch (f->kind) {
	case FILE_FINDINGS:
		*name = "findings.jsonl";
		break;
	case FILE_EVENTS:
		*name = "events.jsonl";
		break;
	case FILE_JOURNAL:
		*name = "findings.journal";
		*mode = 0600;
		break;
	case FILE_FINDINGS_CHAIN:
		*name = "findings.chain";
		break;
	case FILE_EVENTS_CHAIN:
		*name = "events.chain";
		break;
	case FILE_CLIENT:
	case FILE_CLIENT_OLD:
		/* f->client passed msg_client_ok: it is one path component */
		*name = "findings.jsonl";
		*mode = 0644;
		*dir = openat(p->clients_dir, f->client, O_RDONLY |
		    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (*dir == -1)
			log_warn("cannot open %s/clients/%s",
			    p->paths.logdir, f->client);
		return *dir == -1 ? -1 : 0;
	default:
		return -1;
	}
	*dir = fcntl(p->log_dir, F_DUPFD_CLOEXEC, 0);
	return *dir == -1 ? -1 : 0;
}

/*
 * The lock goes with the descriptor to the logger, and ends when it has closed
 * it, or has ended itself.  Where somebody else has locked the file we do
 * without: it only says what is in use, and what the logger writes to is not
 * touched anyway.
 */
static void
file_lock(int fd)
{
	(void)flock(fd, LOCK_SH | LOCK_NB);
}

int
file_open(struct parent *p, const struct msg_file *f, int *fdp)
{
	const char	*name;
	struct stat	 st;
	mode_t		 mode;
	uid_t		 uid;
	gid_t		 gid;
	int		 dir, fd;

	if (file_place(p, f, &dir, &name, &mode) == -1)
		return -1;
	fd = openat(dir, name, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK, mode);
	close(dir);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("cannot open %s of %s", name,
		    f->client[0] != '\0' ? f->client : p->paths.logdir);
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		log_warnx("%s is not a regular file: move it away", name);
		close(fd);
		return -1;
	}
	file_owner(p, &uid, &gid);
	if (fchmod(fd, mode) == -1 || (uid != (uid_t)-1 &&
	    fchown(fd, uid, gid) == -1))
		log_warn("owner and mode of %s", name);
	file_lock(fd);
	*fdp = fd;
	return 0;
}

/*
 * What rotation put aside, for reading.  Without the last of it a logger that
 * is killed in the middle of a rotation would start with an empty memory.
 */
int
file_open_old(struct parent *p, const struct msg_file *f, unsigned int n)
{
	const char	*name;
	char		 old[64];
	struct stat	 st;
	mode_t		 mode;
	int		 dir, fd;

	if (file_place(p, f, &dir, &name, &mode) == -1)
		return -1;
	snprintf(old, sizeof(old), "%s.%u", name, n);
	fd = openat(dir, old, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	close(dir);
	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	if (fd != -1)
		file_lock(fd);
	return fd;
}

/* The nth file of that name, packed or not: 1 and which, 0 if there is none. */
static int
file_nth(int dir, const char *name, unsigned int n, char *buf, size_t size,
    struct stat *st)
{
	snprintf(buf, size, "%s.%u", name, n);
	if (fstatat(dir, buf, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	snprintf(buf, size, "%s.%u.gz", name, n);
	return fstatat(dir, buf, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Both forms; 1 if there was one. */
static int
file_drop(struct parent *p, int dir, const char *client, const char *name,
    unsigned int n)
{
	struct stat	 st;
	char		 buf[64];
	int		 any = 0;

	while (file_nth(dir, name, n, buf, sizeof(buf), &st)) {
		if (unlinkat(dir, buf, 0) == -1)
			break;
		keep_removed(p, client, buf, (uint64_t)st.st_size);
		any = 1;
	}
	return any;
}

/* findings.jsonl.1 is the youngest; what is older than keep goes. */
static int
file_shift(struct parent *p, int dir, const char *client, const char *name,
    unsigned int keep)
{
	static const char	*const forms[] = { "", ".gz" };
	struct stat		 st;
	char			 from[64], to[64];
	unsigned int		 i;
	size_t			 j;

	/* what a smaller keep has left over */
	for (i = keep + 1; i <= ROTATED_MAX; i++)
		if (!file_drop(p, dir, client, name, i))
			break;
	/* the one whose place is taken */
	if (keep == 1 || file_nth(dir, name, keep - 1, from, sizeof(from),
	    &st))
		(void)file_drop(p, dir, client, name, keep);
	for (i = keep; i > 1; i--)
		for (j = 0; j < nitems(forms); j++) {
			snprintf(from, sizeof(from), "%s.%u%s", name, i - 1,
			    forms[j]);
			snprintf(to, sizeof(to), "%s.%u%s", name, i,
			    forms[j]);
			if (renameat(dir, from, dir, to) == -1 &&
			    errno != ENOENT)
				return -1;
		}
	snprintf(to, sizeof(to), "%s.1", name);
	return renameat(dir, name, dir, to) == -1 && errno != ENOENT ? -1 : 0;
}

/* Is there a file in the oldest place, and one that is not old? */
static int
file_last_is_young(int dir, const char *name, unsigned int keep)
{
	struct stat	 st;
	char		 last[64];

	return file_nth(dir, name, keep, last, sizeof(last), &st) &&
	    wall_ms() / 1000 - (int64_t)st.st_mtim.tv_sec < ROTATE_KEEP_SEC;
}

/*
 * Who took over the logger, or control, could ask for rotation until the
 * evidence is gone.  The logger's file must have reached its size; what control
 * asks for passes over empty files and removes none of the last day.
 */
int
file_rotate(struct parent *p, const struct msg_file *f, int forced)
{
	const char	*name;
	struct stat	 st;
	mode_t		 mode;
	unsigned int	 keep = p->conf->log_keep;
	int		 dir, follows, r = -1;

	/* these go with their log, whatever is in them */
	follows = f->kind == FILE_JOURNAL ||
	    f->kind == FILE_FINDINGS_CHAIN || f->kind == FILE_EVENTS_CHAIN;
	if (f->kind == FILE_JOURNAL)
		keep = 1;

	if (file_place(p, f, &dir, &name, &mode) == -1)
		return -1;
	if (follows) {
		if ((r = file_shift(p, dir, f->client, name, keep)) == -1)
			log_warn("rotating %s", name);
	} else if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		log_warn("rotating %s", name);
	else if (forced && st.st_size == 0)
		r = 1;
	else if (!forced && (uint64_t)st.st_size + 16 * 1024 <
	    p->conf->log_rotate)
		;			/* the caller says so, not too often */
	else if (forced && file_last_is_young(dir, name, keep))
		log_warnx("rotation of %s refused: it would remove number %u, "
		    "which is not a day old: raise \"keep\" in "
		    "guardian.conf(5), or move that file away", name, keep);
	else if (file_shift(p, dir, f->client, name, keep) == -1)
		log_warn("rotating %s", name);
	else
		r = 0;
	close(dir);
	return r;
}
