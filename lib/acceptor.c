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

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/util.h>

#include "acceptor.h"
#include "log.h"

#define AT_ONCE	16

struct acceptor {
	struct event	*readable;
	struct event	*again;		/* after a pause */
	acceptor_cb	 cb;
	void		*arg;
};

static const struct timeval	 acceptor_pause = { 1, 0 };

static void
acceptor_ready(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor			*a = arg;
	struct sockaddr_storage		 ss;
	socklen_t			 len;
	int				 n, i;

	(void)what;
	for (i = 0; i < AT_ONCE; i++) {
		len = sizeof(ss);
		memset(&ss, 0, sizeof(ss));
		n = accept4(fd, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC |
		    SOCK_NONBLOCK);
		if (n != -1) {
			a->cb(a->arg, n, &ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			log_warn("accept: waiting until there is room");
			event_del(a->readable);
			event_add(a->again, &acceptor_pause);
		} else if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED)
			log_warn("accept");
		return;
	}
}

static void
acceptor_again(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor	*a = arg;

	(void)fd;
	(void)what;
	if (event_add(a->readable, NULL) == -1)
		event_add(a->again, &acceptor_pause);
}

struct acceptor *
acceptor_new(struct event_base *base, int fd, acceptor_cb cb, void *arg)
{
	struct acceptor	*a;

	if (evutil_make_socket_nonblocking(fd) == -1 ||
	    (a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->cb = cb;
	a->arg = arg;
	a->readable = event_new(base, fd, EV_READ | EV_PERSIST,
	    acceptor_ready, a);
	a->again = event_new(base, -1, 0, acceptor_again, a);
	if (a->readable == NULL || a->again == NULL ||
	    event_add(a->readable, NULL) == -1) {
		acceptor_free(a);
		errno = ENOMEM;
		return NULL;
	}
	return a;
}

void
acceptor_free(struct acceptor *a)
{
	if (a == NULL)
		return;
	if (a->readable != NULL)
		event_free(a->readable);
	if (a->again != NULL)
		event_free(a->again);
	free(a);
}
