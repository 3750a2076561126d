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
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "log.h"
#include "parent.h"
#include "shelf.h"

/*
 * Looks after the log directory: what a kill has left over goes, the oldest
 * goes when it holds more than it may, and what can be is packed.
 *
 * Files that the logger has carry a shared lock, which ends with its last
 * descriptor of them; what cannot be locked alone is in use.
 */

#define PASS_MS		(60 * 1000)	/* it is looked at this often */

void
keep_post(struct parent *p, enum event_type type, const struct shelf_file *f,
    const char *reason, uint64_t bytes, uint64_t count)
{
	struct event_rec	 e;

	event_init(&e, type);
	strlcpy(e.client, f->client, sizeof(e.client));
	strlcpy(e.reason, reason, sizeof(e.reason));
	shelf_name(f, e.detail);
	e.bytes = bytes;
	e.count = count;
	event_post(p, &e);
}

void
keep_removed(struct parent *p, const char *client, const char *name,
    uint64_t size)
{
	struct shelf_file	 f;

	memset(&f, 0, sizeof(f));
	if (!shelf_parse(name, client[0] != '\0', &f) ||
	    f.kind != shelf_log(f.kind))
		return;
	strlcpy(f.client, client, sizeof(f.client));
	keep_post(p, EVENT_LOG_REMOVED, &f, "keep", size, 0);
}

int
keep_dir(struct parent *p, const struct shelf_file *f)
{
	if (f->client[0] == '\0')
		return fcntl(p->log_dir, F_DUPFD_CLOEXEC, 0);
	return openat(p->clients_dir, f->client, O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
}

int
keep_open(int dir, const struct shelf_file *f, struct stat *st)
{
	char	 name[SHELF_NAME_SIZE];
	int	 fd;

	shelf_name(f, name);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	if (fd != -1 && (fstat(fd, st) == -1 || !S_ISREG(st->st_mode) ||
	    st->st_ino != f->ino || st->st_dev != f->dev)) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	return fd;
}

int
keep_in_use(void *arg, const struct shelf_file *f)
{
	struct stat	 st;
	int		 dir, fd, r = 1;

	if ((dir = keep_dir(arg, f)) == -1)
		return 1;
	if ((fd = keep_open(dir, f, &st)) != -1) {
		r = flock(fd, LOCK_EX | LOCK_NB) == -1;
		close(fd);
	}
	close(dir);
	return r;
}

static int
remove_one(struct parent *p, const struct shelf_file *f)
{
	char	 name[SHELF_NAME_SIZE];
	int	 dir, r;

	shelf_name(f, name);
	if ((dir = keep_dir(p, f)) == -1)
		return -1;
	if ((r = unlinkat(dir, name, 0)) == -1)
		log_warn("cannot remove %s", name);
	close(dir);
	return r;
}

/* A rotated log, and its chain. */
static int
remove_number(struct parent *p, struct shelf *s, struct shelf_file f)
{
	const struct shelf_file	*o;
	uint64_t		 bytes = 0;
	size_t			 i;

	for (i = 0; i < s->n; ) {
		o = &s->v[i];
		if (shelf_log(o->kind) != shelf_log(f.kind) || o->n != f.n ||
		    strcmp(o->client, f.client) != 0) {
			i++;
			continue;
		}
		if (remove_one(p, o) == -1)
			return -1;
		bytes += o->size;
		shelf_drop(s, o);
	}
	log_notice("the log directory holds more than %" PRIu64 " bytes: "
	    "%s%s number %u is removed", p->conf->log_total, f.client,
	    f.kind == FILE_CLIENT ? "'s findings" : shelf_log(f.kind) ==
	    FILE_EVENTS ? "events" : "findings", f.n);
	keep_post(p, EVENT_LOG_REMOVED, &f, "total", bytes, 0);
	return 0;
}

/* What a kill has left over. */
static void
tidy(struct parent *p, struct shelf *s)
{
	const struct shelf_file	*f;
	size_t			 i;

	while ((f = shelf_twin(s)) != NULL && remove_one(p, f) == 0)
		shelf_drop(s, f);
	for (i = 0; i < s->n; ) {
		f = &s->v[i];
		if (f->kind == FILE_JOURNAL && !archive_busy(p, f->client) &&
		    remove_one(p, f) == 0)
			shelf_drop(s, f);
		else
			i++;
	}
}

static void
make_room(struct parent *p, struct shelf *s)
{
	const struct shelf_file	*f;

	while ((f = shelf_next_remove(s, p->conf->log_total, keep_in_use, p)) !=
	    NULL)
		if (remove_number(p, s, *f) == -1)
			break;
	if (s->total <= p->conf->log_total) {
		p->over_said = 0;
		return;
	}
	if (p->over_said)
		return;
	p->over_said = 1;
	log_warnx("the log directory holds %" PRIu64 " bytes, more than "
	    "\"total\", and nothing that could be removed", s->total);
	event_post_text(p, EVENT_LOG_FAILED, "over_total", "");
}

void
keep_tick(struct parent *p)
{
	struct shelf	 s;
	int64_t		 now = now_ms();

	if (now < p->keep_due ||
	    (p->phase != PHASE_RUNNING && p->phase != PHASE_RELOADING))
		return;
	p->keep_due = now + PASS_MS;
	if (shelf_read(&s, p->log_dir, p->clients_dir) == -1)
		log_warn("cannot read the log directory");
	else {
		tidy(p, &s);
		make_room(p, &s);
		if (p->conf->log_compress)
			archive_next(p, &s);
	}
	shelf_free(&s);
}

int
keep_over(struct parent *p)
{
	struct shelf	 s;
	int		 r;

	r = shelf_read(&s, p->log_dir, p->clients_dir) == 0 &&
	    s.total > p->conf->log_total;
	shelf_free(&s);
	return r;
}
