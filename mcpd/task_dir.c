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
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "task.h"

#define OPEN_FLAGS	(O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Of a directory already held, with a position of its own. */
static DIR *
stream(int dir)
{
	DIR	*dp;
	int	 fd;

	fd = compat_open_beneath(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	    0);
	if (fd == -1)
		return NULL;
	if ((dp = fdopendir(fd)) == NULL)
		close(fd);
	return dp;
}

int
task_dir_open(struct task_dir *d, int tasks, int results)
{
	d->tasks = tasks;
	d->results = results;
	d->dp = stream(tasks);
	d->old = stream(results);
	if (d->dp != NULL && d->old != NULL)
		return 0;
	task_dir_close(d);
	return -1;
}

void
task_dir_close(struct task_dir *d)
{
	if (d->dp != NULL)
		closedir(d->dp);
	if (d->old != NULL)
		closedir(d->old);
	close(d->tasks);
	close(d->results);
}

static int
is_json(const char *name)
{
	size_t	 len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".json") == 0;
}

const char *
task_dir_next(struct task_dir *d, unsigned int *left)
{
	struct dirent	*de;

	while (*left > 0) {
		(*left)--;
		if ((de = readdir(d->dp)) == NULL) {
			rewinddir(d->dp);
			*left = 0;
			return NULL;
		}
		/* Others are being written, or are no tasks. */
		if (is_json(de->d_name))
			return de->d_name;
	}
	return NULL;
}

static enum task_file
refused(enum task_reason *reason, enum task_reason why)
{
	*reason = why;
	return TASK_REFUSED;
}

static enum task_file
failed(enum task_reason *reason)
{
	if (errno == ENOENT)
		return TASK_GONE;
	return refused(reason, errno == ELOOP ? TASK_LINK : TASK_UNREADABLE);
}

/* What it is counts again when it is open: it may be another one by now. */
static int
acceptable(const struct stat *st, enum task_reason *reason)
{
	if (S_ISLNK(st->st_mode))
		*reason = TASK_LINK;
	else if (!S_ISREG(st->st_mode))
		*reason = TASK_TYPE;
	else if (st->st_nlink > 1)
		*reason = TASK_LINK;
	else if (st->st_size > TASK_READ_MAX)
		*reason = TASK_TOO_LARGE;
	else
		return 1;
	return 0;
}

/* The file may grow or shrink meanwhile: what was read counts. */
static int
read_all(int fd, char *buf, size_t *len)
{
	ssize_t	 n;

	for (*len = 0; *len < TASK_READ_MAX; *len += (size_t)n) {
		n = read(fd, buf + *len, TASK_READ_MAX - *len);
		if (n == -1)
			return -1;
		if (n == 0)
			break;
	}
	return 0;
}

enum task_file
task_dir_read(struct task_dir *d, const char *name, char *buf, size_t *len,
    int64_t *age_ms, enum task_reason *reason)
{
	struct stat	 st;
	struct timespec	 now;
	int		 fd, r;

	/* Not opened before it is known what it is: devices act on that. */
	if (compat_stat_beneath(d->tasks, name, &st) == -1)
		return failed(reason);
	if (!acceptable(&st, reason))
		return TASK_REFUSED;
	if ((fd = compat_open_beneath(d->tasks, name, OPEN_FLAGS, 0)) == -1)
		return failed(reason);
	if (fstat(fd, &st) == -1) {
		close(fd);
		return refused(reason, TASK_UNREADABLE);
	}
	if (!acceptable(&st, reason)) {
		close(fd);
		return TASK_REFUSED;
	}
	r = read_all(fd, buf, len);
	close(fd);
	if (r == -1)
		return refused(reason, TASK_UNREADABLE);
	if (clock_gettime(CLOCK_REALTIME, &now) == -1)
		now.tv_sec = 0;
	/* A time ahead of ours is as good as now; one far back is very old. */
	if (st.st_mtim.tv_sec > now.tv_sec)
		*age_ms = 0;
	else if (now.tv_sec - st.st_mtim.tv_sec > 86400)
		*age_ms = INT64_C(86400000);
	else
		*age_ms = (int64_t)(now.tv_sec - st.st_mtim.tv_sec) * 1000 +
		    (now.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
	if (*age_ms < 0)
		*age_ms = 0;
	return TASK_READ;
}

int
task_dir_remove(struct task_dir *d, const char *name)
{
	return unlinkat(d->tasks, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) == -1)
			return -1;
	return 0;
}

int
task_dir_answer(struct task_dir *d, const char *id, const char *text,
    size_t len, enum task_reason *reason)
{
	char	 tmp[32], name[TASK_ID_SIZE + 5];
	int	 fd, r;

	/* No requestId begins with a dot. */
	snprintf(tmp, sizeof(tmp), ".%08x%08x.tmp", arc4random(),
	    arc4random());
	snprintf(name, sizeof(name), "%s.json", id);
	*reason = TASK_ANSWER;
	fd = compat_open_beneath(d->results, tmp, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	r = write_all(fd, text, len);
	if (close(fd) == -1 || r == -1)
		goto fail;
	if (compat_rename_new(d->results, tmp, name) == 0)
		return 0;
	if (errno == EEXIST)
		*reason = TASK_PLANTED;
 fail:
	(void)unlinkat(d->results, tmp, 0);
	return -1;
}

void
task_dir_forget(struct task_dir *d, const char *id)
{
	char	 name[TASK_ID_SIZE + 5];

	snprintf(name, sizeof(name), "%s.json", id);
	(void)unlinkat(d->results, name, 0);
}

/* Ours, and older than an answer is kept; temporary ones are, too. */
static int
is_old(struct task_dir *d, const char *name)
{
	struct stat	 st;

	return compat_stat_beneath(d->results, name, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    time(NULL) - st.st_mtim.tv_sec > TASK_KEEP_MS / 1000;
}

void
task_dir_expire(struct task_dir *d, unsigned int entries)
{
	struct dirent	*de;

	for (; entries > 0; entries--) {
		if ((de = readdir(d->old)) == NULL) {
			rewinddir(d->old);
			return;
		}
		if (is_old(d, de->d_name))
			(void)unlinkat(d->results, de->d_name, 0);
	}
}
