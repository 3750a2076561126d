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
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "compat.h"
#include "connect.h"
#include "log.h"
#include "proxy.h"
#include "upstream_pool.h"

struct connector {
	struct proxy		*proxy;
	const struct client	*client;
	connect_cb		 cb;
	void			*arg;
	uint16_t		 port;
	struct lookup		*lookup;
	struct event		*timer;
	struct event		*writable;
	int			 fd;
	int64_t			 deadline;	/* of all addresses */
	size_t			 next;
	size_t			 naddrs;
	struct sockaddr_storage	 addrs[RESOLVE_ADDRS_MAX];
	struct connect_result	 result;	/* the last failure */
};

static void	next_address(struct connector *);

static void
set_timer(struct connector *c, int64_t ms)
{
	struct timeval	 tv;

	if (ms < 1)
		ms = 1;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	if (event_add(c->timer, &tv) == -1)
		fatalx("event_add");
}

static void
drop_socket(struct connector *c)
{
	if (c->writable != NULL)
		event_free(c->writable);
	c->writable = NULL;
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

void
connector_cancel(struct connector *c)
{
	if (c == NULL)
		return;
	resolve_cancel(c->lookup);
	drop_socket(c);
	event_free(c->timer);
	free(c);
}

static void
done(struct connector *c)
{
	struct connect_result	 result = c->result;
	connect_cb		 cb = c->cb;
	void			*arg = c->arg;

	result.fd = -1;
	if (result.error == CONNECT_OK) {
		result.fd = c->fd;
		c->fd = -1;
	}
	connector_cancel(c);
	cb(arg, &result);
}

static void
attempt_over(struct connector *c, int errnum)
{
	drop_socket(c);
	c->result.error = errnum == ETIMEDOUT ? CONNECT_TIMEOUT :
	    CONNECT_FAILED;
	c->result.errnum = errnum;
	next_address(c);
}

static void
connected(evutil_socket_t fd, short what, void *arg)
{
	struct connector	*c = arg;
	socklen_t		 len = sizeof(int);
	int			 errnum = 0;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == -1)
		errnum = errno;
	if (errnum != 0) {
		attempt_over(c, errnum);
		return;
	}
	c->result.error = CONNECT_OK;
	done(c);
}

static void
timeout(evutil_socket_t fd, short what, void *arg)
{
	struct connector	*c = arg;

	(void)fd;
	(void)what;
	if (c->lookup != NULL) {
		resolve_cancel(c->lookup);
		c->lookup = NULL;
		c->result.error = CONNECT_RESOLVE;
		c->result.resolve = RESOLVE_TIMEOUT;
		done(c);
	} else
		attempt_over(c, ETIMEDOUT);
}

/* Non-blocking, closed on exec, small writes sent at once; -1 and errno. */
static int
new_socket(struct proxy *p, int family)
{
	int	 fd, on = 1;

	while ((fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0)) == -1)
		if ((errno != EMFILE && errno != ENFILE) ||
		    upstream_pool_shrink(p->pool, POOL_SPARE) == 0)
			return (-1);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return (fd);
}

static socklen_t
addr_len(const struct sockaddr_storage *ss)
{
	return (ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6));
}

static void
next_address(struct connector *c)
{
	const struct sockaddr_storage	*ss;
	int64_t				 left;

	for (;;) {
		left = c->deadline - proxy_now();
		if (c->next >= c->naddrs || left <= 0) {
			done(c);
			return;
		}
		ss = &c->addrs[c->next++];
		c->result.addr = *ss;
		if ((c->fd = new_socket(c->proxy,
		    ss->ss_family)) == -1) {
			c->result.error = CONNECT_FAILED;
			c->result.errnum = errno;
			continue;
		}
		if (connect(c->fd, (const struct sockaddr *)ss,
		    addr_len(ss)) == 0 || errno == EINPROGRESS ||
		    errno == EINTR)
			break;
		c->result.error = CONNECT_FAILED;
		c->result.errnum = errno;
		drop_socket(c);
	}
	if ((c->writable = event_new(c->proxy->base, c->fd, EV_WRITE, connected,
	    c)) == NULL || event_add(c->writable, NULL) == -1)
		fatalx("event_new");
	set_timer(c, left < T_CONNECT ? left : T_CONNECT);
}

static void
set_port(struct sockaddr_storage *ss, uint16_t port)
{
	if (ss->ss_family == AF_INET)
		((struct sockaddr_in *)ss)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)ss)->sin6_port = htons(port);
}

static void
resolved(void *arg, enum resolve_error error,
    const struct sockaddr_storage *addrs, size_t n)
{
	struct connector	*c = arg;
	struct sockaddr_storage	 ss;
	enum addr_class		 class;
	size_t			 i;

	c->lookup = NULL;
	event_del(c->timer);
	if (error != RESOLVE_OK) {
		c->result.error = CONNECT_RESOLVE;
		c->result.resolve = error;
		done(c);
		return;
	}
	/* The address connected to is the one that was judged: no rebinding. */
	for (i = 0; i < n && c->naddrs < RESOLVE_ADDRS_MAX; i++) {
		ss = addrs[i];
		set_port(&ss, c->port);
		class = addr_policy_check(&c->proxy->policy, c->client == NULL ?
		    NULL : &c->client->allow, (struct sockaddr *)&ss);
		if (class == ADDR_PUBLIC) {
			c->addrs[c->naddrs++] = ss;
			continue;
		}
		if (c->result.error == CONNECT_REFUSED)
			continue;	/* the first is told */
		c->result.error = CONNECT_REFUSED;
		c->result.class = class;
		c->result.addr = ss;
	}
	c->deadline = proxy_now() + T_CONNECT_ALL;
	next_address(c);
}

struct connector *
connector_start(struct proxy *p, const struct client *client, const char *host,
    uint16_t port, connect_cb cb, void *arg)
{
	struct connector	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->proxy = p;
	c->client = client;
	c->cb = cb;
	c->arg = arg;
	c->port = port;
	c->fd = -1;
	if ((c->timer = evtimer_new(p->base, timeout, c)) == NULL) {
		free(c);
		return (NULL);
	}
	if ((c->lookup = resolve(p->resolver, host, resolved, c)) == NULL) {
		connector_cancel(c);
		return (NULL);
	}
	set_timer(c, T_RESOLVE);
	return (c);
}
