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
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "link.h"
#include "msg.h"
#include "safe.h"

struct link {
	struct event_base	*base;
	struct channel		*channel;
	struct event		*timer;
	const struct link_ops	*ops;
	void			*arg;
	struct timeval		 timeout;
	int			 total;
	int			 done;
	enum link_result	 result;
	struct ctl_end		 end;
	char			*path;
};

static void
finish(struct link *l, enum link_result result)
{
	if (l->done)
		return;
	l->done = 1;
	l->result = result;
	event_base_loopbreak(l->base);
}

static int
dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct link		*l = arg;
	struct ctl_proc		 proc;
	struct ctl_status	 status;
	const char		*line;
	size_t			 len;

	(void)ch;
	if (l->done)
		return 0;
	if (!l->total && timerisset(&l->timeout))
		evtimer_add(l->timer, &l->timeout);
	switch (imsg_get_type(imsg)) {
	case IMSG_REPLY_PROC:
		if (msg_proc_recv(imsg, &proc) == -1)
			return -1;
		if (l->ops->proc != NULL)
			l->ops->proc(l->arg, &proc);
		return 0;
	case IMSG_REPLY_STATUS:
		if (msg_status_recv(imsg, &status) == -1)
			return -1;
		if (l->ops->status != NULL)
			l->ops->status(l->arg, &status);
		return 0;
	case IMSG_REPLY_LINE:
		if (msg_line_recv(imsg, &line, &len) == -1)
			return -1;
		if (l->ops->line != NULL && l->ops->line(l->arg, line, len))
			finish(l, LINK_STOPPED);
		return 0;
	case IMSG_REPLY_END:
		if (msg_end_recv(imsg, &l->end) == -1)
			return -1;
		finish(l, l->end.ok ? LINK_OK : LINK_REFUSED);
		return 0;
	}
	return -1;
}

static void
dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	finish(arg, why == NULL ? LINK_CLOSED : LINK_MALFORMED);
}

static void
expired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, LINK_TIMED_OUT);
}

static void
explain_connect(const char *path, int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
	case ENOTDIR:
		safe_warnx("guardiand is not running: nothing answers at %s; "
		    "start it with guardiand(8), or name its socket with -s or "
		    "its home with NANOCLAW_TRAFFIC_GUARDIAN_HOME", path);
		break;
	case EACCES:
	case EPERM:
		safe_warnx("%s: permission denied; add yourself to group "
		    PROC_GROUP ", or run guardianctl as root", path);
		break;
	case EAGAIN:
		safe_warnx("%s: guardiand accepts no connection now; its "
		    "control process may be stopped or overloaded, see its "
		    "log", path);
		break;
	case ENAMETOOLONG:
		safe_warnx("%s: too long for the name of a socket; reach it "
		    "from its directory, or by a shorter link", path);
		break;
	case EPROTOTYPE:
	case ENOTSOCK:
		safe_warnx("%s: not the control socket of guardiand; name "
		    "that with -s", path);
		break;
	default:
		safe_warnx("%s: cannot connect: %s", path, strerror(error));
		break;
	}
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd, flags, saved;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return -1;
	/* A full backlog is an answer too: do not wait in it. */
	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

struct link *
link_open(const char *path, int is_query)
{
	struct link	*l;
	int		 fd;

	if ((fd = connect_unix(path)) == -1) {
		explain_connect(path, errno);
		return NULL;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->path = strdup(path)) == NULL ||
	    (l->base = event_base_new()) == NULL ||
	    (l->timer = evtimer_new(l->base, expired, l)) == NULL ||
	    /* The message matrix knows a reply by who sends it. */
	    (l->channel = channel_new(l->base, fd, PROC_CTL,
	    is_query ? PROC_LOGGER : PROC_CONTROL, MSG_PAYLOAD_MAX, 0,
	    dispatch, dead, l)) == NULL) {
		safe_warnx("%s: %s", path, strerror(errno));
		close(fd);
		link_close(l);
		return NULL;
	}
	return l;
}

int
link_request(struct link *l, uint32_t type, const struct ctl_query *query)
{
	if ((query != NULL ? msg_ctl_send_query(l->channel, query) :
	    msg_ctl_send_plain(l->channel, type)) == -1) {
		safe_warnx("%s: cannot send the request: %s", l->path,
		    strerror(errno));
		return -1;
	}
	channel_push(l->channel);
	return 0;
}

enum link_result
link_run(struct link *l, const struct link_ops *ops, void *arg,
    unsigned int timeout, int total)
{
	l->ops = ops;
	l->arg = arg;
	l->total = total;
	l->timeout.tv_sec = (time_t)timeout;
	l->timeout.tv_usec = 0;
	if (timerisset(&l->timeout))
		evtimer_add(l->timer, &l->timeout);
	if (!l->done && event_base_dispatch(l->base) == -1)
		finish(l, LINK_CLOSED);
	evtimer_del(l->timer);
	return l->done ? l->result : LINK_CLOSED;
}

const char *
link_text(const struct link *l)
{
	return l->end.text;
}

void
link_explain(const struct link *l, enum link_result result)
{
	switch (result) {
	case LINK_OK:
	case LINK_STOPPED:
		break;
	case LINK_REFUSED:
		safe_warnx("%s", l->end.text[0] != '\0' ? l->end.text :
		    "refused by guardiand, which gave no reason");
		break;
	case LINK_TIMED_OUT:
		safe_warnx("guardiand accepted the request at %s but did not "
		    "answer in %lld seconds; look for a silent or dead process "
		    "in its log, or start it again", l->path,
		    (long long)l->timeout.tv_sec);
		break;
	case LINK_CLOSED:
		safe_warnx("guardiand closed the connection at %s before its "
		    "answer was complete; it stopped or restarts a process: "
		    "ask again, and if that fails see its log", l->path);
		break;
	case LINK_MALFORMED:
		safe_warnx("the answer at %s is none of this version's "
		    "protocol; use the guardianctl that came with this "
		    "guardiand", l->path);
		break;
	}
}

void
link_close(struct link *l)
{
	if (l == NULL)
		return;
	channel_free(l->channel);
	if (l->timer != NULL)
		event_free(l->timer);
	if (l->base != NULL)
		event_base_free(l->base);
	free(l->path);
	free(l);
}
