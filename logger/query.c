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
#include <sys/queue.h>
#include <sys/time.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "filter.h"
#include "log.h"
#include "logfile.h"
#include "query.h"

enum query_state {
	QUERY_SEEK,		/* backwards, for where the newest N begin */
	QUERY_SEND,
	QUERY_FOLLOW,		/* at the end, waiting for more */
	QUERY_END		/* the last message is on its way */
};

struct query {
	TAILQ_ENTRY(query)	 entry;
	struct queries		*all;
	struct ctl_query	 q;
	struct channel		*ch;
	struct event		*work;
	struct event		*tick;
	enum query_state	 state;
	struct logfile		*file;
	off_t			 pos;	/* next byte to send, or seek's edge */
	off_t			 end;	/* size at the start */
	uint32_t		 found;	/* by seek */
	int			 skip;	/* inside of an overlong line */
	uint64_t		 sent;	/* bytes given to the channel */
	uint64_t		 gone;	/* of these, taken by the socket */
	unsigned int		 stalled;
	char			 buf[QUERY_SLICE];
};

struct queries {
	struct event_base	*base;
	const struct query_ops	*ops;
	void			*arg;
	TAILQ_HEAD(, query)	 list;
	size_t			 count;
	size_t			 followers;
};

static void	query_work(evutil_socket_t, short, void *);

struct queries *
queries_new(struct event_base *base, const struct query_ops *ops, void *arg)
{
	struct queries	*qs;

	if ((qs = calloc(1, sizeof(*qs))) == NULL)
		return NULL;
	qs->base = base;
	qs->ops = ops;
	qs->arg = arg;
	TAILQ_INIT(&qs->list);
	return qs;
}

static void
query_free(struct query *q)
{
	TAILQ_REMOVE(&q->all->list, q, entry);
	q->all->count--;
	if (q->q.what == CTL_FOLLOW)
		q->all->followers--;
	if (q->work != NULL)
		event_free(q->work);
	if (q->tick != NULL)
		event_free(q->tick);
	logfile_unref(q->file);
	channel_free(q->ch);
	free(q);
}

void
queries_free(struct queries *qs)
{
	struct query	*q;

	if (qs == NULL)
		return;
	while ((q = TAILQ_FIRST(&qs->list)) != NULL)
		query_free(q);
	free(qs);
}

size_t
queries_count(const struct queries *qs)
{
	return qs->count;
}

static void
query_schedule(struct query *q)
{
	struct timeval	 now = { 0, 0 };

	/* a timer, not event_active(): others get their turn in between */
	if (!event_pending(q->work, EV_TIMEOUT, NULL))
		event_add(q->work, &now);
}

/* The last word; the connection closes when it is sent. */
static void
query_end(struct query *q, int ok, const char *text)
{
	q->state = QUERY_END;
	if (msg_end_send(q->ch, IMSG_REPLY_END, 0, ok, text) == -1)
		log_warnx("query: no memory for the answer's end");
	channel_push(q->ch);
	query_schedule(q);
}

/* The first byte of the line that runs up to edge; buf holds it all, or not. */
static size_t
line_start(const char *buf, size_t edge)
{
	while (edge > 0 && buf[edge - 1] != '\n')
		edge--;
	return edge;
}

/* One slice towards the beginning: counts the lines that match. */
static int
query_seek(struct query *q)
{
	off_t	 from;
	size_t	 edge, start, n;

	n = q->pos < (off_t)sizeof(q->buf) ? (size_t)q->pos : sizeof(q->buf);
	from = q->pos - (off_t)n;
	if (logfile_read(q->file, from, q->buf, n) != (ssize_t)n)
		return -1;
	/* a line without its newline is not one yet */
	edge = q->pos == q->end ? line_start(q->buf, n) : n;
	while (edge > 0) {
		start = line_start(q->buf, edge - 1);
		if (start == 0 && from > 0)
			break;		/* it may begin before the slice */
		if (filter_match(&q->q, q->buf + start, edge - 1 - start) &&
		    ++q->found == q->q.limit) {
			q->pos = from + (off_t)start;
			return 1;
		}
		edge = start;
	}
	if (edge == n)
		edge = 0;	/* no line is that long: leave it out */
	q->pos = from + (off_t)edge;
	return q->pos == 0;
}

/* Sends the lines of one slice; 1 when nothing is left, -1 on failure. */
static int
query_send(struct query *q)
{
	off_t	 stop = q->end;
	size_t	 n, at, len, queued;
	char	*nl;

	if (q->q.what == CTL_FOLLOW &&
	    (stop = logfile_size(q->file)) == -1)
		return -1;
	if (q->pos >= stop)
		return 1;
	n = stop - q->pos < (off_t)sizeof(q->buf) ?
	    (size_t)(stop - q->pos) : sizeof(q->buf);
	if (logfile_read(q->file, q->pos, q->buf, n) != (ssize_t)n)
		return -1;
	for (at = 0; at < n; at += len + 1) {
		if ((nl = memchr(q->buf + at, '\n', n - at)) == NULL)
			break;
		len = (size_t)(nl - (q->buf + at));
		if (q->skip) {
			q->skip = 0;
			continue;
		}
		if (!filter_match(&q->q, q->buf + at, len))
			continue;
		queued = channel_queued(q->ch);
		if (msg_line_send(q->ch, q->buf + at, len) == -1)
			return -1;
		q->sent += channel_queued(q->ch) - queued;
	}
	if (at == 0) {
		if (n < sizeof(q->buf))
			return 1;	/* a line that is not complete */
		q->skip = 1;
		at = n;
	}
	q->pos += (off_t)at;
	return 0;
}

/* At the end of a file: on to the one that took its place, if any. */
static int
query_turn(struct query *q)
{
	struct logfile	*f = q->all->ops->file(q->all->arg, &q->q);

	if (f == NULL || f == q->file)
		return 0;
	if (logfile_same(f, q->file)) {
		logfile_unref(q->file);
		q->file = logfile_ref(f);
		return 0;
	}
	if (f->serial > q->file->serial + 1) {
		query_end(q, 0, "fell behind: the log was rotated twice "
		    "since; start again");
		return -1;
	}
	logfile_unref(q->file);
	q->file = logfile_ref(f);
	q->pos = 0;
	q->skip = 0;
	return 1;
}

static void
query_step(struct query *q)
{
	int	 r;

	switch (q->state) {
	case QUERY_SEEK:
		if ((r = query_seek(q)) == 1)
			q->state = QUERY_SEND;
		break;
	case QUERY_SEND:
	case QUERY_FOLLOW:
		if (channel_queued(q->ch) > QUERY_HIGH)
			return;		/* query_drained() goes on */
		q->state = QUERY_SEND;
		if ((r = query_send(q)) != 1)
			break;
		if (q->q.what != CTL_FOLLOW) {
			query_end(q, 1, "");
			return;
		}
		if ((r = query_turn(q)) == -1)
			return;
		if (r == 0) {
			q->state = QUERY_FOLLOW;
			return;
		}
		break;
	case QUERY_END:
	default:
		r = 0;
		break;
	}
	if (r == -1) {
		log_warn("query: cannot read the log");
		query_end(q, 0, "the log cannot be read: see the logger's "
		    "messages");
		return;
	}
	query_schedule(q);
}

static void
query_work(evutil_socket_t fd, short what, void *arg)
{
	struct query	*q = arg;

	(void)fd;
	(void)what;
	if (q->state == QUERY_END) {
		channel_push(q->ch);
		if (channel_queued(q->ch) == 0)
			query_free(q);
		return;			/* else query_drained() */
	}
	query_step(q);
	channel_push(q->ch);
	/* if the push made room, nobody else will say so */
	if (q->state == QUERY_SEND && channel_queued(q->ch) <= QUERY_HIGH)
		query_schedule(q);
}

static void
query_drained(struct channel *ch, void *arg)
{
	struct query	*q = arg;

	if (q->state == QUERY_END && channel_queued(ch) > 0)
		return;
	query_schedule(q);
}

/* Lets go of a reader that has stopped to read. */
static void
query_tick(evutil_socket_t fd, short what, void *arg)
{
	struct query	*q = arg;
	uint64_t	 gone;
	size_t		 queued = channel_queued(q->ch);

	(void)fd;
	(void)what;
	gone = q->sent > queued ? q->sent - queued : 0;
	if (queued == 0 || gone != q->gone)
		q->stalled = 0;
	else if (++q->stalled >= QUERY_TICKS_STALLED) {
		log_info("query: guardianctl does not read its answer: "
		    "connection closed");
		query_free(q);
		return;
	}
	q->gone = gone;
}

static int
query_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	(void)imsg;
	(void)arg;
	return -1;		/* there is nothing more to ask */
}

static void
query_dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	query_free(arg);
}

static int
too_many(const struct queries *qs, const struct ctl_query *ask)
{
	const struct query	*q;
	unsigned int		 same = 0;

	TAILQ_FOREACH(q, &qs->list, entry)
		same += q->q.uid == ask->uid;
	return qs->count > QUERIES_MAX ||
	    (ask->what == CTL_FOLLOW && qs->followers > FOLLOWERS_MAX) ||
	    (ask->uid != 0 && same > QUERIES_UID_MAX);
}

void
queries_add(struct queries *qs, int fd, const struct ctl_query *ask)
{
	struct query	*q;
	struct timeval	 tick = { QUERY_TICK, 0 };
	const char	*refuse = NULL;

	/* a few more than are answered are told so */
	if (qs->count >= QUERIES_MAX + 16 ||
	    (q = calloc(1, sizeof(*q))) == NULL) {
		log_info("query: too many at once: connection closed");
		close(fd);
		return;
	}
	q->all = qs;
	q->q = *ask;
	q->ch = channel_new(qs->base, fd, PROC_LOGGER, PROC_CTL,
	    MSG_PAYLOAD_MAX, 0, query_dispatch, query_dead, q);
	if (q->ch == NULL) {
		log_warn("query: connection");
		close(fd);
		free(q);
		return;
	}
	TAILQ_INSERT_TAIL(&qs->list, q, entry);
	qs->count++;
	if (ask->what == CTL_FOLLOW)
		qs->followers++;
	q->work = evtimer_new(qs->base, query_work, q);
	q->tick = event_new(qs->base, -1, EV_PERSIST, query_tick, q);
	if (q->work == NULL || q->tick == NULL ||
	    event_add(q->tick, &tick) == -1) {
		log_warnx("query: out of memory: connection closed");
		query_free(q);
		return;
	}
	channel_set_drained(q->ch, QUERY_LOW, query_drained, q);

	if (too_many(qs, ask))
		refuse = "too many queries at once: try again later";
	else if ((q->file = qs->ops->file(qs->arg, &q->q)) == NULL)
		refuse = "no log of a client by that name: see the client "
		    "blocks of guardian.conf";
	else {
		logfile_ref(q->file);
		if ((q->end = logfile_size(q->file)) == -1)
			refuse = "the log cannot be read: see the logger's "
			    "messages";
	}
	if (refuse != NULL) {
		query_end(q, 0, refuse);
		return;
	}
	if (ask->limit > 0) {
		q->state = QUERY_SEEK;
		q->pos = q->end;
	} else
		q->state = QUERY_SEND;
	query_schedule(q);
}

void
queries_wake(struct queries *qs)
{
	struct query	*q;

	TAILQ_FOREACH(q, &qs->list, entry)
		if (q->state == QUERY_FOLLOW)
			query_schedule(q);
}
