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
#include <sys/statvfs.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "msg_archive.h"
#include "parent.h"
#include "shelf.h"

/*
 * Rotated logs are packed, one at a time, by processes that do nothing else.
 * An original is removed when its bytes have come out of the packed file
 * again, which no process is believed that it packed or unpacked: one packs, a
 * second has the packed file alone and writes to a pipe what is in it, and a
 * third, which unpacks nothing, holds that against the original.
 */

#define MISS_MS		1000		/* after a failure, then twice that */
#define MISS_MAX_MS	(60 * 60 * 1000)
#define MISSES		32
#define ROOM		(1024 * 1024)	/* to be left by packing */
#define NUMBER_MAX	1000		/* above the greatest "keep" */

enum stage {
	STAGE_IDLE,
	STAGE_PACK,
	STAGE_CHECK
};

/* A file that could not be packed. */
struct miss {
	dev_t		 dev;
	ino_t		 ino;
	unsigned int	 times;
	int64_t		 until;
};

struct archive {
	struct event		*soon;
	int			 room_said;	/* that there is none */
	struct miss		 misses[MISSES];
	size_t			 next_miss;
	/* the work at hand */
	enum stage		 stage;
	struct shelf_file	 file;		/* as it was then */
	struct stat		 st;		/* likewise */
	int			 dir;
	int			 original;	/* locked */
	int			 packed;
	uint64_t		 packed_size;
	struct child_proc	*procs[ARCHIVE_WORKS];
	int			 told[ARCHIVE_WORKS];
	struct msg_done		 done[ARCHIVE_WORKS];
	char			 reason[MSG_TOKEN_SIZE];
};

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	keep_tick(arg);
}

void
archive_init(struct parent *p)
{
	struct archive	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal(NULL);
	if ((a->soon = evtimer_new(p->base, on_soon, p)) == NULL)
		fatalx("timer event");
	a->dir = a->original = a->packed = -1;
	p->archive = a;
}

static struct miss *
miss_find(struct archive *a, dev_t dev, ino_t ino)
{
	size_t	 i;

	for (i = 0; i < MISSES; i++)
		if (a->misses[i].times > 0 && a->misses[i].ino == ino &&
		    a->misses[i].dev == dev)
			return &a->misses[i];
	return NULL;
}

static void
miss_note(struct archive *a)
{
	struct miss	*m;
	int64_t		 wait;

	if ((m = miss_find(a, a->file.dev, a->file.ino)) == NULL) {
		m = &a->misses[a->next_miss++ % MISSES];
		m->dev = a->file.dev;
		m->ino = a->file.ino;
		m->times = 0;
	}
	wait = m->times < 10 ? (int64_t)MISS_MS << m->times : MISS_MAX_MS;
	m->times++;
	m->until = now_ms() + (wait < MISS_MAX_MS ? wait : MISS_MAX_MS);
}

/* Does this one have to stay as it is, for now? */
static int
not_now(void *arg, const struct shelf_file *f)
{
	struct parent		*p = arg;
	const struct miss	*m;
	size_t			 i;

	m = miss_find(p->archive, f->dev, f->ino);
	if (m != NULL && now_ms() < m->until) {
		if (m->until < p->keep_due)
			p->keep_due = m->until;
		return 1;
	}
	/* the logger answers its client from these */
	if (f->kind == FILE_CLIENT && f->n <= wire_client_old_keep(p->conf))
		for (i = 0; i < p->conf->nclients; i++)
			if (conf_client_asks(&p->conf->clients[i]) &&
			    strcmp(p->conf->clients[i].name, f->client) == 0)
				return 1;
	return keep_in_use(p, f);
}

static void
work_end(struct parent *p)
{
	struct archive	*a = p->archive;

	if (a->dir != -1) {
		(void)unlinkat(a->dir, SHELF_TEMP, 0);
		close(a->dir);
	}
	if (a->original != -1)
		close(a->original);
	if (a->packed != -1)
		close(a->packed);
	a->dir = a->original = a->packed = -1;
	a->stage = STAGE_IDLE;
	p->keep_due = 0;
}

static void
work_fail(struct parent *p, const char *reason)
{
	struct archive	*a = p->archive;
	char		 name[SHELF_NAME_SIZE];

	if (p->phase != PHASE_STOPPING) {
		shelf_name(&a->file, name);
		log_warnx("%s%s%s was not packed: %s; it stays as it is",
		    a->file.client, a->file.client[0] != '\0' ? "/" : "",
		    name, reason);
		keep_post(p, EVENT_LOG_PACK_FAILED, &a->file, reason, 0, 0);
		miss_note(a);
	}
	work_end(p);
}

/* Takes over the descriptors, in any case. */
static int
work_start(struct parent *p, enum archive_work what, uint8_t which_a,
    int a_fd, uint8_t which_b, int b_fd)
{
	struct archive		*a = p->archive;
	struct child_proc	*c;
	struct msg_work		 w;

	c = child_add(p, PROC_ARCHIVER, (unsigned int)what, 1, 0);
	c->limit_ms = 60 * 1000 + (int64_t)(a->file.size / 512);
	if (child_spawn(c) == -1) {
		child_remove(c);
		close(a_fd);
		close(b_fd);
		return -1;
	}
	wire_child(c, p->conf);
	memset(&w, 0, sizeof(w));
	w.work = (uint8_t)what;
	w.size = a->file.size;
	if (msg_workfile_send(c->ch, which_a, a_fd) == -1 ||
	    msg_workfile_send(c->ch, which_b, b_fd) == -1 ||
	    msg_work_send(c->ch, &w) == -1)
		fatal("work message");
	wire_start(c);
	a->procs[what] = c;
	a->told[what] = 0;
	memset(&a->done[what], 0, sizeof(a->done[what]));
	return 0;
}

static int
enough_room(struct parent *p, uint64_t size)
{
	struct statvfs	 v;

	return fstatvfs(p->log_dir, &v) == -1 ||
	    (uint64_t)v.f_bavail * v.f_frsize >= size + ROOM;
}

int
archive_busy(struct parent *p, const char *client)
{
	return p->archive->stage != STAGE_IDLE &&
	    strcmp(p->archive->file.client, client) == 0;
}

void
archive_next(struct parent *p, const struct shelf *s)
{
	const struct shelf_file	*f;
	struct archive		*a = p->archive;
	struct stat		 st;
	int			 fd = -1;

	if (a->stage != STAGE_IDLE ||
	    (f = shelf_next_pack(s, not_now, p)) == NULL)
		return;
	if (!enough_room(p, f->size)) {
		if (!a->room_said)
			keep_post(p, EVENT_LOG_PACK_FAILED, f, "no_space", 0,
			    0);
		a->room_said = 1;
		return;
	}
	a->file = *f;
	a->reason[0] = '\0';
	if ((a->dir = keep_dir(p, f)) == -1 ||
	    (a->original = keep_open(a->dir, f, &a->st)) == -1 ||
	    flock(a->original, LOCK_EX | LOCK_NB) == -1 ||
	    (fd = keep_open(a->dir, f, &st)) == -1) {
		work_end(p);		/* it is another one meanwhile */
		return;
	}
	a->file.size = (uint64_t)a->st.st_size;
	/* what is written is on the disk: nobody has to wait for it later */
	(void)unlinkat(a->dir, SHELF_TEMP, 0);
	a->packed = openat(a->dir, SHELF_TEMP, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC | O_DSYNC, 0600);
	if (a->packed == -1) {
		log_warn("%s", SHELF_TEMP);
		close(fd);
		work_fail(p, "no_file");
		return;
	}
	a->stage = STAGE_PACK;
	if (work_start(p, ARCHIVE_PACK, ARCHIVE_ORIGINAL, fd, ARCHIVE_PACKED,
	    fcntl(a->packed, F_DUPFD_CLOEXEC, 0)) == -1)
		work_fail(p, "no_process");
}

/* What was packed: does it come out again? */
static void
check(struct parent *p)
{
	struct archive	*a = p->archive;
	struct stat	 st, again;
	int		 fd, fds[2];

	if (fstat(a->packed, &st) == -1 ||
	    a->done[ARCHIVE_PACK].in != a->file.size ||
	    a->done[ARCHIVE_PACK].out != (uint64_t)st.st_size) {
		work_fail(p, "size_differs");
		return;
	}
	a->packed_size = (uint64_t)st.st_size;
	fd = openat(a->dir, SHELF_TEMP, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &again) == -1 ||
	    again.st_ino != st.st_ino || pipe2(fds, O_CLOEXEC) == -1) {
		if (fd != -1)
			close(fd);
		work_fail(p, "no_file");
		return;
	}
	a->stage = STAGE_CHECK;
	if (work_start(p, ARCHIVE_UNPACK, ARCHIVE_PACKED, fd, ARCHIVE_PIPE,
	    fds[1]) == -1) {
		close(fds[0]);
		work_fail(p, "no_process");
		return;
	}
	/* without the third, the second finds nobody at the pipe, and ends */
	if (work_start(p, ARCHIVE_COMPARE, ARCHIVE_PIPE, fds[0],
	    ARCHIVE_ORIGINAL, fcntl(a->original, F_DUPFD_CLOEXEC, 0)) == -1)
		strlcpy(a->reason, "no_process", sizeof(a->reason));
}

/* Rotation may have moved it on: which number has it now?  0: none. */
static unsigned int
present_number(const struct archive *a)
{
	struct shelf_file	 f = a->file;
	struct stat		 st;
	char			 name[SHELF_NAME_SIZE];

	for (; f.n <= NUMBER_MAX; f.n++) {
		shelf_name(&f, name);
		if (fstatat(a->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_ino == f.ino && st.st_dev == f.dev)
			return f.n;
	}
	return 0;
}

/* The packed file takes the place of the original, as far as that is that. */
static void
replace(struct parent *p)
{
	struct archive		*a = p->archive;
	struct timespec		 times[2];
	struct shelf_file	 f = a->file;
	struct stat		 st;
	char			 from[SHELF_NAME_SIZE], to[SHELF_NAME_SIZE];

	if ((f.n = present_number(a)) == 0) {
		work_end(p);		/* removed meanwhile */
		return;
	}
	if (fstat(a->original, &st) == -1 ||
	    st.st_size != a->st.st_size ||
	    st.st_mtim.tv_sec != a->st.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != a->st.st_mtim.tv_nsec) {
		work_fail(p, "changed");
		return;
	}
	shelf_name(&f, from);
	f.packed = 1;
	shelf_name(&f, to);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	/* its age counts, and who may read it; its owner last */
	if (futimens(a->packed, times) == -1 ||
	    fchmod(a->packed, st.st_mode & 0777) == -1 ||
	    (!p->unprivileged &&
	    fchown(a->packed, st.st_uid, st.st_gid) == -1) ||
	    renameat(a->dir, SHELF_TEMP, a->dir, to) == -1) {
		log_warn("%s", to);
		work_fail(p, "io_error");
		return;
	}
	/* the new name is on the disk before the old one goes */
	if (fsync(a->dir) == -1 && errno != EINVAL)
		log_warn("%s: its directory", to);
	if (unlinkat(a->dir, from, 0) == -1)
		log_warn("%s", from);
	a->room_said = 0;
	log_info("%s: packed, %" PRIu64 " of %" PRIu64 " bytes", to,
	    a->packed_size, a->file.size);
	keep_post(p, EVENT_LOG_PACKED, &f, "", a->file.size, a->packed_size);
	work_end(p);
}

int
archive_told(struct child_proc *c, struct imsg *imsg)
{
	struct archive	*a = c->parent->archive;
	unsigned int	 i = c->instance;

	if (i >= ARCHIVE_WORKS || a->procs[i] != c || a->told[i])
		return -1;
	a->told[i] = 1;
	return msg_done_recv(imsg, &a->done[i]);
}

void
archive_ended(struct child_proc *c, int ok)
{
	struct parent	*p = c->parent;
	struct archive	*a = p->archive;
	unsigned int	 i = c->instance;
	const char	*why = "";
	struct timeval	 now = { 0, 0 };

	if (i >= ARCHIVE_WORKS || a->procs[i] != c)
		return;
	a->procs[i] = NULL;
	if (!ok || !a->told[i])
		why = "died";
	else if (a->done[i].reason[0] != '\0')
		why = a->done[i].reason;
	/* an end of the pipe that is gone says little of its own */
	if (why[0] != '\0' && (a->reason[0] == '\0' ||
	    strcmp(a->reason, "io_error") == 0))
		strlcpy(a->reason, why, sizeof(a->reason));
	if (a->procs[ARCHIVE_PACK] != NULL ||
	    a->procs[ARCHIVE_UNPACK] != NULL ||
	    a->procs[ARCHIVE_COMPARE] != NULL)
		return;
	/* what is next need not wait for a second */
	if (event_add(a->soon, &now) == -1)
		fatalx("timer");
	if (p->phase == PHASE_STOPPING)
		work_end(p);
	else if (a->reason[0] != '\0')
		work_fail(p, a->reason);
	else if (a->stage == STAGE_PACK)
		check(p);
	else if (a->done[ARCHIVE_UNPACK].in != a->packed_size ||
	    a->done[ARCHIVE_COMPARE].in != a->file.size ||
	    a->done[ARCHIVE_COMPARE].out != a->file.size)
		work_fail(p, "size_differs");
	else
		replace(p);
}
