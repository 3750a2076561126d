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
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <stdint.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "msg.h"

struct channel {
	struct imsgbuf		 ibuf;
	struct event		*readable;
	struct event		*writable;
	int			 fd;
	enum proc_role		 self;
	enum proc_role		 peer;
	size_t			 max;
	int			 inert;		/* dead has been called */
	int			 broken;	/* the peer no longer reads */
	int			 paused;
	int			 overrun;	/* limit passed, to die */
	int			 delivering;	/* writes at the end of it */
	int			 full;		/* the socket took not all */
	size_t			 limit;
	channel_dispatch	 dispatch;
	channel_dead		 dead;
	void			*arg;

	/* sizes of the queued messages, oldest at head: for channel_queued */
	uint32_t		*lens;
	size_t			 lens_cap;	/* power of two */
	size_t			 lens_head;
	size_t			 lens_n;
	size_t			 queued;

	unsigned int		 reads;		/* in a row */
	size_t			 low;
	void			(*drained)(struct channel *, void *);
	void			*drained_arg;
};

/* What a queued message costs beside its bytes, roughly. */
#define CHANNEL_OVERHEAD	64

static void	channel_on_read(evutil_socket_t, short, void *);
static void	channel_on_write(evutil_socket_t, short, void *);

struct channel *
channel_new(struct event_base *base, int fd, enum proc_role self,
    enum proc_role peer, size_t max, int fdpass, channel_dispatch dispatch,
    channel_dead dead, void *arg)
{
	struct channel	*ch;
	int		 on = 1;

	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		return NULL;
	ch->fd = fd;
	ch->self = self;
	ch->peer = peer;
	ch->max = max;
	ch->dispatch = dispatch;
	ch->dead = dead;
	ch->arg = arg;
	ch->lens_cap = 16;
	ch->limit = CHANNEL_LIMIT;
	ch->reads = 1;
	/* Not F_SETFL: the logger's sandbox refuses it, to keep O_APPEND. */
	if (ioctl(fd, FIONBIO, &on) == -1)
		goto fail;
	ch->lens = calloc(ch->lens_cap, sizeof(*ch->lens));
	if (ch->lens == NULL)
		goto fail;
	if (imsgbuf_init(&ch->ibuf, fd) == -1)
		goto fail;
	if (imsgbuf_set_maxsize(&ch->ibuf, (uint32_t)max) == -1) {
		imsgbuf_clear(&ch->ibuf);
		goto fail;
	}
	if (fdpass)
		imsgbuf_allow_fdpass(&ch->ibuf);
	ch->readable = event_new(base, fd, EV_READ | EV_PERSIST,
	    channel_on_read, ch);
	ch->writable = event_new(base, fd, EV_WRITE, channel_on_write, ch);
	if (ch->readable == NULL || ch->writable == NULL ||
	    event_add(ch->readable, NULL) == -1) {
		if (ch->readable != NULL)
			event_free(ch->readable);
		if (ch->writable != NULL)
			event_free(ch->writable);
		imsgbuf_clear(&ch->ibuf);
		errno = ENOMEM;
		goto fail;
	}
	return ch;

fail:
	free(ch->lens);
	free(ch);
	return NULL;
}

void
channel_free(struct channel *ch)
{
	if (ch == NULL)
		return;
	event_free(ch->readable);
	event_free(ch->writable);
	imsgbuf_clear(&ch->ibuf);
	close(ch->fd);
	free(ch->lens);
	free(ch);
}

static void
channel_die(struct channel *ch, const char *why)
{
	if (ch->inert)
		return;
	ch->inert = 1;
	ch->broken = 1;
	event_del(ch->readable);
	event_del(ch->writable);
	/* whoever may connect must not be able to fill the system's log */
	if (why != NULL && ch->peer != PROC_CTL)
		log_warnx("channel to %s: %s", proc_name(ch->peer), why);
	ch->dead(ch, why, ch->arg);
}

/* Notes a message that was queued. */
static int
channel_note(struct channel *ch, size_t len)
{
	uint32_t	*lens;
	size_t		 i;

	if (ch->lens_n == ch->lens_cap) {
		lens = calloc(ch->lens_cap * 2, sizeof(*lens));
		if (lens == NULL)
			return -1;
		for (i = 0; i < ch->lens_n; i++)
			lens[i] = ch->lens[(ch->lens_head + i) &
			    (ch->lens_cap - 1)];
		free(ch->lens);
		ch->lens = lens;
		ch->lens_head = 0;
		ch->lens_cap *= 2;
	}
	ch->lens[(ch->lens_head + ch->lens_n) & (ch->lens_cap - 1)] =
	    (uint32_t)len;
	ch->lens_n++;
	ch->queued += len;
	/*
	 * A peer that does not read must not cost us our memory.  It ends, but
	 * from the loop: whoever sends now does not expect to lose it.
	 */
	if (channel_cost(ch) > ch->limit && !ch->overrun) {
		ch->overrun = 1;
		event_active(ch->readable, EV_READ, 1);
	}
	return 0;
}

/* Takes the messages that the socket took off the account. */
static void
channel_settle(struct channel *ch)
{
	size_t	 left = imsgbuf_queuelen(&ch->ibuf);

	while (ch->lens_n > left) {
		ch->queued -= ch->lens[ch->lens_head];
		ch->lens_head = (ch->lens_head + 1) & (ch->lens_cap - 1);
		ch->lens_n--;
	}
}

/*
 * The kernel has no room to wait for the socket (epoll_ctl(2), ENOMEM, ENOSPC)
 * or takes no message for a reason that is not the peer's end: a child that
 * went on would be deaf or dumb to its peer for good.  It starts afresh; the
 * parent ends the channel, and the child with it.
 */
static void
channel_lost(struct channel *ch)
{
	if (ch->self != PROC_PARENT && ch->peer != PROC_CTL)
		fatal("channel to %s", proc_name(ch->peer));
	log_warn("channel to %s", proc_name(ch->peer));
	ch->broken = 1;
	ch->overrun = 1;
	event_active(ch->readable, EV_READ, 1);
}

static void
channel_wait(struct channel *ch, struct event *ev)
{
	if (event_add(ev, NULL) == 0)
		return;
	errno = ENOMEM;
	channel_lost(ch);
}

/*
 * Most sockets have room: to wait for it would be two system calls more.  The
 * write comes when all that is ready now was served.
 */
static void
channel_arm(struct channel *ch)
{
	if (ch->broken || ch->delivering ||
	    imsgbuf_queuelen(&ch->ibuf) == 0)
		return;
	if (ch->full)
		channel_wait(ch, ch->writable);
	else
		event_active(ch->writable, EV_WRITE, 1);
}

int
channel_send(struct channel *ch, uint32_t type, uint32_t id, int fd,
    const void *data, size_t len)
{
	int	 saved;

	/*
	 * A peer that is gone swallows messages without a sign here: its end
	 * of file is on the way, and that is where its owner reacts.
	 */
	if (ch->broken || ch->overrun) {
		if (fd != -1)
			close(fd);
		return 0;
	}
	len += IMSG_HEADER_SIZE;
	if (channel_note(ch, len) == -1)
		goto fail;
	if (imsg_compose(&ch->ibuf, type, id, 0, fd, data,
	    len - IMSG_HEADER_SIZE) == -1) {
		ch->lens_n--;
		ch->queued -= len;
		goto fail;
	}
	channel_arm(ch);
	return 0;

fail:
	saved = errno;
	if (fd != -1)
		close(fd);
	errno = saved;
	return -1;
}

struct ibuf *
channel_open(struct channel *ch, uint32_t type, uint32_t id, size_t hint)
{
	return imsg_create(&ch->ibuf, type, id, 0,
	    hint < ch->max ? hint : ch->max);
}

void
channel_close(struct channel *ch, struct ibuf *m, int fd)
{
	/* A message must not be missing among those before and behind it. */
	if (!ch->broken && !ch->overrun &&
	    channel_note(ch, ibuf_size(m)) == -1)
		channel_lost(ch);
	if (ch->broken || ch->overrun) {
		if (fd != -1)
			close(fd);
		ibuf_free(m);
		return;
	}
	if (fd != -1)
		ibuf_fd_set(m, fd);
	imsg_close(&ch->ibuf, m);
	channel_arm(ch);
}

int
channel_lend(struct channel *ch, struct ibuf *m, const void *data, size_t len)
{
	uint32_t	 before = imsgbuf_queuelen(&ch->ibuf);
	size_t		 head = ibuf_size(m);

	/* Who waits behind others does so longer than memory may be lent. */
	if (ch->full || ch->broken || ch->overrun) {
		if (ibuf_add(m, data, len) == -1)
			return -1;
		channel_close(ch, m, -1);
		return 0;
	}
	if (channel_note(ch, head) == -1)
		return -1;
	if (channel_note(ch, len) == -1)
		goto fail;
	if (compat_imsg_lend(&ch->ibuf, m, data, len) == -1) {
		ch->lens_n--;
		ch->queued -= len;
		goto fail;
	}
	if (imsgbuf_queuelen(&ch->ibuf) - before == 1) {
		/* It was copied after all. */
		ch->lens_n--;
		ch->lens[(ch->lens_head + ch->lens_n - 1) &
		    (ch->lens_cap - 1)] += (uint32_t)len;
	}
	channel_arm(ch);
	return 0;

fail:
	ch->lens_n--;
	ch->queued -= head;
	return -1;
}

void
channel_keep(struct channel *ch)
{
	if (compat_imsg_keep(&ch->ibuf) == -1)
		fatal("channel to %s", proc_name(ch->peer));
}

void
channel_abandon(struct ibuf *m)
{
	ibuf_free(m);
}

static int
channel_write(struct channel *ch)
{
	if (ch->broken)
		return 0;
	if (imsgbuf_write(&ch->ibuf) == -1 && errno != ENOMEM) {
		if (errno != EPIPE && errno != ECONNRESET)
			channel_lost(ch);
		/* What it sent before it went is still to be read. */
		ch->broken = 1;
		ch->queued = 0;
		ch->lens_n = 0;
		event_del(ch->writable);
		/* Who waits for that to drain need not wait any more. */
		if (ch->drained != NULL)
			event_active(ch->writable, EV_WRITE, 1);
		return -1;
	}
	channel_settle(ch);
	ch->full = imsgbuf_queuelen(&ch->ibuf) > 0;
	return 0;
}

void
channel_push(struct channel *ch)
{
	size_t	 queued = ch->queued;

	if (ch->broken)
		return;
	/*
	 * To try again would walk the whole queue for nothing: the event will
	 * tell when there is room.
	 */
	if (!ch->full && channel_write(ch) == -1)
		return;
	/* Who waits for the queue to drain is told from the loop. */
	if (ch->full || (ch->drained != NULL && queued > ch->low))
		channel_wait(ch, ch->writable);
	else
		event_del(ch->writable);
}

int
channel_flush(struct channel *ch)
{
	struct pollfd	 pfd;

	while (!ch->broken && imsgbuf_queuelen(&ch->ibuf) > 0) {
		pfd.fd = ch->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return -1;
		if (channel_write(ch) == -1)
			return -1;
	}
	return ch->broken ? -1 : 0;
}

size_t
channel_queued(const struct channel *ch)
{
	return ch->queued;
}

size_t
channel_cost(const struct channel *ch)
{
	return ch->queued + ch->lens_n * CHANNEL_OVERHEAD;
}

void
channel_set_limit(struct channel *ch, size_t limit)
{
	ch->limit = limit;
}

void
channel_set_drained(struct channel *ch, size_t low,
    void (*cb)(struct channel *, void *), void *arg)
{
	ch->low = low;
	ch->drained = cb;
	ch->drained_arg = arg;
}

void
channel_read_pause(struct channel *ch, int pause)
{
	if (ch->inert || ch->paused == pause)
		return;
	ch->paused = pause;
	if (ch->overrun)
		return;		/* its end is on the way */
	if (pause)
		event_del(ch->readable);
	else {
		channel_wait(ch, ch->readable);
		/* messages already split off do not make the socket readable */
		event_active(ch->readable, EV_READ, 1);
	}
}

void
channel_set_reads(struct channel *ch, unsigned int reads)
{
	ch->reads = reads;
}

int
channel_fd(const struct channel *ch)
{
	return ch->fd;
}

/*
 * Out of memory is no breach of the peer's, which must not be ended for it: it
 * is this process that has to start afresh.  All depend on the parent, which
 * goes on without that child.
 */
static void
channel_memory(const struct channel *ch, int error)
{
	if (error == ENOMEM && ch->self != PROC_PARENT) {
		errno = error;
		fatal("channel to %s", proc_name(ch->peer));
	}
}

/*
 * Hands out the messages that are complete: their number, or -1 when the
 * channel died.
 */
static int
channel_deliver(struct channel *ch)
{
	struct imsg	 imsg;
	const char	*why;
	char		 text[128];
	int		 n, count = 0;

	while (!ch->paused && (n = imsgbuf_get(&ch->ibuf, &imsg)) != 0) {
		if (n == -1) {
			channel_memory(ch, errno);
			channel_die(ch, "unreadable message");
			return -1;
		}
		why = msg_check(&imsg, ch->peer, ch->self);
		if (why == NULL && ch->dispatch(ch, &imsg, ch->arg) == -1)
			why = "malformed payload";
		if (why != NULL) {
			snprintf(text, sizeof(text), "%s: %s",
			    msg_name(imsg_get_type(&imsg)), why);
			imsg_free(&imsg);
			channel_die(ch, text);
			return -1;
		}
		imsg_free(&imsg);
		count++;
	}
	return count;
}

static void
channel_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct channel	*ch = arg;
	unsigned int	 reads = 0;
	int		 n, count, saved;

	(void)fd;
	(void)what;
	if (ch->overrun) {
		channel_die(ch, ch->broken ? "cannot be written to" :
		    "does not read what it is sent");
		return;
	}
	/* The answers to all that came leave together. */
	ch->delivering = 1;
	do {
		n = imsgbuf_read(&ch->ibuf);
		saved = errno;
		if ((count = channel_deliver(ch)) == -1)
			return;		/* it may be freed already */
	} while (n == 1 && count > 0 && ++reads < ch->reads && !ch->paused &&
	    !ch->inert && !ch->overrun);
	ch->delivering = 0;
	if (ch->inert)
		return;
	if (imsgbuf_queuelen(&ch->ibuf) > 0)
		channel_push(ch);
	if (n == 1)
		return;
	if (ch->paused) {
		/* Not before the messages that wait: look again later. */
		return;
	}
	if (n == 0 || saved == ECONNRESET)
		channel_die(ch, NULL);
	else {
		channel_memory(ch, saved);
		channel_die(ch, strerror(saved));
	}
}

static void
channel_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct channel	*ch = arg;

	(void)fd;
	(void)what;
	if (channel_write(ch) == -1)
		return;
	channel_arm(ch);
	if (ch->drained != NULL && ch->queued <= ch->low)
		ch->drained(ch, ch->drained_arg);
}
