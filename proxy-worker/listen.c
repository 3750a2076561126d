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
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "compat.h"
#include "flow.h"
#include "log.h"
#include "proxy.h"
#include "upstream_pool.h"

/* Connections taken at one wake-up: the other workers want some too. */
#define ACCEPT_BATCH	8

struct listener {
	TAILQ_ENTRY(listener)	 entry;
	int			 fd;
	struct event		*ev;
};

/* Out of descriptors: leave the queue alone until some are back. */
static void
accept_pause(struct proxy *p)
{
	struct timeval	 tv = { 0, T_ACCEPT_PAUSE * 1000 };
	struct listener	*l;

	log_warnx("accept: waiting until descriptors or memory are free");
	TAILQ_FOREACH(l, &p->listeners, entry)
		event_del(l->ev);
	event_add(p->accept_timer, &tv);
}

void
listen_resume(struct proxy *p)
{
	struct listener	*l;

	if (!p->running || p->draining)
		return;
	event_del(p->accept_timer);
	TAILQ_FOREACH(l, &p->listeners, entry)
		if (event_add(l->ev, NULL) == -1) {
			accept_pause(p);
			return;
		}
}

static void
accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listen_resume(arg);
}

static void
accept_ready(evutil_socket_t fd, short what, void *arg)
{
	struct proxy		*p = arg;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 i, s, on = 1;

	(void)what;
	for (i = 0; i < ACCEPT_BATCH; i++) {
		len = sizeof(ss);
		s = accept4(fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (s == -1) {
			switch (errno) {
			case EMFILE:
			case ENFILE:
				if (upstream_pool_shrink(p->pool,
				    POOL_SPARE) > 0)
					continue;
				accept_pause(p);
				return;
			case ENOBUFS:
			case ENOMEM:
				accept_pause(p);
				return;
			case EINTR:
			case ECONNABORTED:
				continue;
			case EAGAIN:
				return;
			default:
				log_warn("accept");
				return;
			}
		}
		(void)setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		flow_new(p, s, (struct sockaddr *)&ss, len);
	}
}

int
listen_add(struct proxy *p, int fd, const struct sockaddr *sa)
{
	struct listener	*l;
	struct prefix	 prefix;

	if (prefix_from_sockaddr(&prefix, sa) == -1)
		return (-1);
	prefix.port = ntohs(sa->sa_family == AF_INET ?
	    ((const struct sockaddr_in *)(const void *)sa)->sin_port :
	    ((const struct sockaddr_in6 *)(const void *)sa)->sin6_port);
	if (addr_list_add(&p->policy.listeners, &prefix) == -1 ||
	    (l = calloc(1, sizeof(*l))) == NULL)
		fatal("memory");
	if (evutil_make_socket_nonblocking(fd) == -1)
		fatal("listener");
	l->fd = fd;
	if ((l->ev = event_new(p->base, fd, EV_READ | EV_PERSIST, accept_ready,
	    p)) == NULL)
		fatalx("event_new");
	TAILQ_INSERT_TAIL(&p->listeners, l, entry);
	return (0);
}

void
listen_run(struct proxy *p)
{
	if ((p->accept_timer = evtimer_new(p->base, accept_again, p)) == NULL)
		fatalx("evtimer_new");
	p->running = true;
	listen_resume(p);
}

void
listen_stop(struct proxy *p)
{
	struct listener	*l;

	while ((l = TAILQ_FIRST(&p->listeners)) != NULL) {
		TAILQ_REMOVE(&p->listeners, l, entry);
		event_free(l->ev);
		close(l->fd);
		free(l);
	}
	if (p->accept_timer != NULL)
		event_del(p->accept_timer);
}
