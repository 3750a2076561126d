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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "shelf.h"

#define NUMBER_MAX	1000	/* above the greatest "keep" */

static const struct {
	const char	*name;
	uint8_t		 kind;
	int		 client;
} names[] = {
	{ "findings.jsonl",	FILE_FINDINGS,		0 },
	{ "findings.chain",	FILE_FINDINGS_CHAIN,	0 },
	{ "events.jsonl",	FILE_EVENTS,		0 },
	{ "events.chain",	FILE_EVENTS_CHAIN,	0 },
	{ "findings.jsonl",	FILE_CLIENT,		1 },
	{ SHELF_TEMP,		FILE_JOURNAL,		0 },
	{ SHELF_TEMP,		FILE_JOURNAL,		1 },
};

uint8_t
shelf_log(uint8_t kind)
{
	return kind == FILE_FINDINGS_CHAIN ? FILE_FINDINGS :
	    kind == FILE_EVENTS_CHAIN ? FILE_EVENTS : kind;
}

void
shelf_name(const struct shelf_file *f, char name[SHELF_NAME_SIZE])
{
	size_t	 i;

	for (i = 0; i < nitems(names) - 1; i++)
		if (names[i].kind == f->kind)
			break;
	if (f->n == 0)
		strlcpy(name, names[i].name, SHELF_NAME_SIZE);
	else
		snprintf(name, SHELF_NAME_SIZE, "%s.%u%s", names[i].name,
		    f->n, f->packed ? ".gz" : "");
}

int
shelf_parse(const char *name, int client, struct shelf_file *f)
{
	const char	*p;
	size_t		 i, len;
	unsigned int	 n = 0;

	for (i = 0; i < nitems(names); i++) {
		len = strlen(names[i].name);
		if (names[i].client == client &&
		    strncmp(name, names[i].name, len) == 0)
			break;
	}
	if (i == nitems(names))
		return 0;
	f->kind = names[i].kind;
	f->n = 0;
	f->packed = 0;
	p = name + len;
	if (*p == '\0')
		return 1;
	/* as it is written: no zero first, no sign */
	if (*p++ != '.' || *p < '1' || *p > '9')
		return 0;
	for (; *p >= '0' && *p <= '9' && n <= NUMBER_MAX; p++)
		n = n * 10 + (unsigned int)(*p - '0');
	if (n > NUMBER_MAX)
		return 0;
	f->n = n;
	f->packed = strcmp(p, ".gz") == 0;
	return f->packed || *p == '\0';
}

static int
shelf_add(struct shelf *s, const struct shelf_file *f)
{
	struct shelf_file	*v;
	size_t			 size;

	if (s->n == s->size) {
		size = s->size == 0 ? 64 : 2 * s->size;
		if ((v = reallocarray(s->v, size, sizeof(*v))) == NULL)
			return -1;
		s->v = v;
		s->size = size;
	}
	s->v[s->n++] = *f;
	return 0;
}

/* One directory; a file that goes meanwhile is not there. */
static int
shelf_read_dir(struct shelf *s, int dir, const char *client)
{
	struct shelf_file	 f;
	struct dirent		*d;
	struct stat		 st;
	DIR			*dp;
	int			 fd, r = 0;

	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if ((dp = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, d = readdir(dp)) != NULL) {
		if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISREG(st.st_mode))
			continue;
		memset(&f, 0, sizeof(f));
		if (!shelf_parse(d->d_name, client[0] != '\0', &f)) {
			/*
			 * A client's directory that is mounted writable: what
			 * a container puts there, a file of holes, removes
			 * nobody's log for room.
			 */
			if (client[0] == '\0')
				s->total += (uint64_t)st.st_size;
			continue;
		}
		s->total += (uint64_t)st.st_size;
		strlcpy(f.client, client, sizeof(f.client));
		f.size = (uint64_t)st.st_size;
		f.mtime = (int64_t)st.st_mtim.tv_sec;
		f.dev = st.st_dev;
		f.ino = st.st_ino;
		r = shelf_add(s, &f);
	}
	if (r == 0 && errno != 0)
		r = -1;
	closedir(dp);
	return r;
}

/* By log, then from the youngest on, a log before its chain. */
static int
shelf_cmp(const void *x, const void *y)
{
	const struct shelf_file	*a = x, *b = y;
	int			 r;

	if ((r = strcmp(a->client, b->client)) != 0)
		return r;
	if (shelf_log(a->kind) != shelf_log(b->kind))
		return shelf_log(a->kind) < shelf_log(b->kind) ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind == shelf_log(a->kind) ? -1 : 1;
	return a->packed - b->packed;
}

int
shelf_read(struct shelf *s, int log_dir, int clients_dir)
{
	struct dirent	*d;
	DIR		*dp;
	int		 fd, sub, r;

	memset(s, 0, sizeof(*s));
	if (shelf_read_dir(s, log_dir, "") == -1)
		return -1;
	fd = openat(clients_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if ((dp = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	for (r = 0; r == 0 && (errno = 0, d = readdir(dp)) != NULL; ) {
		if (!msg_client_ok(d->d_name) ||
		    (sub = openat(fd, d->d_name, O_RDONLY | O_DIRECTORY |
		    O_NOFOLLOW | O_CLOEXEC)) == -1)
			continue;
		r = shelf_read_dir(s, sub, d->d_name);
		close(sub);
	}
	if (r == 0 && errno != 0)
		r = -1;
	closedir(dp);
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), shelf_cmp);
	return r;
}

void
shelf_free(struct shelf *s)
{
	free(s->v);
	memset(s, 0, sizeof(*s));
}

const struct shelf_file *
shelf_next_pack(const struct shelf *s, shelf_veto *veto, void *arg)
{
	const struct shelf_file	*f, *best = NULL;
	size_t			 i;
	int			 copy, best_copy = 0;

	for (i = 0; i < s->n; i++) {
		f = &s->v[i];
		if (f->packed || f->n < SHELF_PLAIN || f->size == 0)
			continue;
		copy = f->kind == FILE_CLIENT;
		if (best != NULL && (copy > best_copy ||
		    (copy == best_copy && f->n >= best->n)))
			continue;
		if (veto != NULL && veto(arg, f))
			continue;
		best = f;
		best_copy = copy;
	}
	return best;
}

/* One log's files are next to each other: from i, up to this one. */
static size_t
log_end(const struct shelf *s, size_t i, uint64_t *bytes)
{
	size_t	 j;

	*bytes = 0;
	for (j = i; j < s->n && shelf_log(s->v[j].kind) ==
	    shelf_log(s->v[i].kind) && strcmp(s->v[j].client,
	    s->v[i].client) == 0; j++)
		*bytes += s->v[j].size;
	return j;
}

const struct shelf_file *
shelf_next_remove(const struct shelf *s, uint64_t max, shelf_veto *veto,
    void *arg)
{
	const struct shelf_file	*f, *best = NULL;
	uint64_t		 bytes, best_bytes = 0;
	size_t			 i, next;
	int			 copy, best_copy = 0;

	if (s->total <= max)
		return NULL;
	for (i = 0; i < s->n; i = next) {
		next = log_end(s, i, &bytes);
		f = &s->v[next - 1];
		copy = f->kind == FILE_CLIENT;
		if (f->n == 0 || (best != NULL && (copy < best_copy ||
		    (copy == best_copy && bytes <= best_bytes))))
			continue;
		/* the log comes before its chain */
		while (f > &s->v[i] && f[-1].n == f->n)
			f--;
		if (f->n == 1 && !copy && veto != NULL && veto(arg, f))
			continue;
		best = f;
		best_copy = copy;
		best_bytes = bytes;
	}
	return best;
}

const struct shelf_file *
shelf_twin(const struct shelf *s)
{
	const struct shelf_file	*f;
	size_t			 i;

	for (i = 1; i < s->n; i++) {
		f = &s->v[i];
		if (f->packed && !f[-1].packed && f[-1].n == f->n &&
		    f[-1].kind == f->kind &&
		    strcmp(f[-1].client, f->client) == 0)
			return f;
	}
	return NULL;
}

const struct shelf_file *
shelf_find(const struct shelf *s, dev_t dev, ino_t ino)
{
	size_t	 i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].ino == ino && s->v[i].dev == dev)
			return &s->v[i];
	return NULL;
}

void
shelf_drop(struct shelf *s, const struct shelf_file *f)
{
	size_t	 i = (size_t)(f - s->v);

	s->total -= f->size < s->total ? f->size : s->total;
	memmove(&s->v[i], &s->v[i + 1], (s->n - i - 1) * sizeof(*s->v));
	s->n--;
}
