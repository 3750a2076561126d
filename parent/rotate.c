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

#include <string.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "parent.h"

/* What goes with its log: renamed, opened anew, handed over before it. */
static int
rotate_with(struct child_proc *logger, uint8_t kind)
{
	struct msg_file	 f;
	int		 fd;

	memset(&f, 0, sizeof(f));
	f.kind = kind;
	return file_rotate(logger->parent, &f, 1) == -1 ||
	    file_open(logger->parent, &f, &fd) == -1 ||
	    msg_file_send(logger->ch, fd, &f) == -1 ? -1 : 0;
}

static int
open_again(struct child_proc *logger, const char *client, uint8_t kind)
{
	struct msg_file	 f;
	int		 fd;

	memset(&f, 0, sizeof(f));
	f.kind = kind;
	strlcpy(f.client, client, sizeof(f.client));
	return file_open(logger->parent, &f, &fd) == -1 ||
	    msg_file_send(logger->ch, fd, &f) == -1 ? -1 : 0;
}

/*
 * What has these names now, made if it is not there: somebody took away what
 * the logger has.  It does no harm when nobody did.
 */
static int
reopen(struct child_proc *logger, const struct msg_file *f)
{
	struct parent	*p = logger->parent;

	if (channel_queued(logger->ch) > FILES_QUEUE_MAX)
		return -1;
	switch (f->kind) {
	case FILE_FINDINGS:
		if (open_again(logger, "", FILE_JOURNAL) == -1 ||
		    open_again(logger, "", FILE_FINDINGS_CHAIN) == -1)
			return -1;
		break;
	case FILE_EVENTS:
		if (open_again(logger, "", FILE_EVENTS_CHAIN) == -1)
			return -1;
		break;
	default:
		if (files_client_dirs(p, p->conf) == -1)
			return -1;
	}
	return open_again(logger, f->client, f->kind);
}

/* Renames, opens anew, hands over. */
static int
rotate(struct child_proc *logger, const struct msg_file *f, int forced)
{
	struct parent	*p = logger->parent;
	int		 fd, r;

	if ((r = file_rotate(p, f, forced)) != 0)
		return r == 1 ? 0 : -1;
	p->keep_due = 0;
	if (f->kind == FILE_FINDINGS &&
	    (rotate_with(logger, FILE_JOURNAL) == -1 ||
	    rotate_with(logger, FILE_FINDINGS_CHAIN) == -1))
		return -1;
	if (f->kind == FILE_EVENTS &&
	    rotate_with(logger, FILE_EVENTS_CHAIN) == -1)
		return -1;
	if (file_open(p, f, &fd) == -1 ||
	    msg_file_send(logger->ch, fd, f) == -1)
		return -1;
	return 0;
}

/* The logger says that a file is full, or gone.  -1 when that is malformed. */
int
rotate_asked(struct child_proc *c, struct imsg *imsg)
{
	struct msg_file	 f;
	int64_t		 now = now_ms();
	int		 i;

	/* what goes with a log is not its to push out */
	if (msg_rotate_recv(imsg, &f) == -1 || (f.kind != FILE_FINDINGS &&
	    f.kind != FILE_EVENTS && f.kind != FILE_CLIENT))
		return -1;
	/* nor is there anything to say of who is no client, or not any more */
	if (f.kind == FILE_CLIENT &&
	    strcmp(f.client, CONF_CLIENT_DEFAULT) != 0 &&
	    conf_client_find(c->parent->conf, f.client) == NULL)
		return 0;
	i = f.kind == FILE_FINDINGS ? 0 : f.kind == FILE_EVENTS ? 1 : 2;
	if (rotate(c, &f, 0) == 0)
		return 0;
	/* it may ask as often as it likes; the system's log is not its own */
	if (c->refused_ms[i] != 0 && now - c->refused_ms[i] < REFUSED_MS)
		return 0;
	c->refused_ms[i] = now;
	if (reopen(c, &f) == -1) {
		c->parent->reopen_due |= 1U << f.kind;
		log_warnx("log rotation failed: the logger goes on with the "
		    "file it has");
		event_post_text(c->parent, EVENT_LOG_FAILED, "rotation", "");
	}
	return 0;
}

/*
 * One that failed halfway leaves the logger with a file of another name: the
 * right one, now or as soon as it can be made.
 */
static int
rotate_one(struct child_proc *logger, const struct msg_file *f)
{
	if (rotate(logger, f, 1) == 0)
		return 0;
	if (reopen(logger, f) == -1)
		logger->parent->reopen_due |= 1U << f->kind;
	return -1;
}

/* For the default client and each of the configuration. */
static int
each_client(struct child_proc *logger,
    int (*call)(struct child_proc *, const struct msg_file *))
{
	const struct conf	*conf = logger->parent->conf;
	struct msg_file		 f;
	size_t			 i;
	int			 r = 0;

	memset(&f, 0, sizeof(f));
	f.kind = FILE_CLIENT;
	for (i = 0; i <= conf->nclients; i++) {
		strlcpy(f.client, i == conf->nclients ? CONF_CLIENT_DEFAULT :
		    conf->clients[i].name, sizeof(f.client));
		if (call(logger, &f) == -1)
			r = -1;
	}
	return r;
}

void
rotate_retry(struct parent *p)
{
	struct child_proc	*logger = child_find(p, PROC_LOGGER, 0, 0);
	struct msg_file		 f;
	unsigned int		 kind, due = p->reopen_due;

	if (due == 0 || logger == NULL || logger->state != PROC_READY ||
	    logger->ch == NULL)
		return;
	p->reopen_due = 0;
	memset(&f, 0, sizeof(f));
	for (kind = 0; kind < FILE_KIND_MAX; kind++) {
		if ((due & 1U << kind) == 0)
			continue;
		f.kind = (uint8_t)kind;
		if ((kind == FILE_CLIENT ? each_client(logger, reopen) :
		    reopen(logger, &f)) == -1)
			p->reopen_due |= 1U << kind;
	}
}

/* The operator asks for it. */
int
rotate_all(struct parent *p, const char **text)
{
	struct child_proc	*logger;
	struct msg_file		 f;
	int			 r;

	logger = child_find(p, PROC_LOGGER, 0, 0);
	if (logger == NULL || logger->ch == NULL ||
	    channel_queued(logger->ch) > FILES_QUEUE_MAX) {
		*text = "the logger is busy, or just starting: try once more";
		return -1;
	}
	/* else what is written to now would be next to be removed */
	if (keep_over(p)) {
		*text = "the log directory holds more than \"total\": raise it "
		    "in guardian.conf(5), or move files away";
		return -1;
	}
	memset(&f, 0, sizeof(f));
	f.kind = FILE_FINDINGS;
	r = rotate_one(logger, &f);
	f.kind = FILE_EVENTS;
	if (rotate_one(logger, &f) == -1)
		r = -1;
	if (each_client(logger, rotate_one) == -1)
		r = -1;
	*text = r == 0 ? "" : "a file could not be rotated: guardiand's log "
	    "says why";
	if (r == -1)
		event_post_text(p, EVENT_LOG_FAILED, "rotation", "");
	return r;
}
