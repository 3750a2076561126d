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
#include <event2/event_struct.h>

#include "compat.h"
#include "connect.h"
#include "log.h"
#include "proxy.h"
#include "upstream_pool.h"

struct attempt {
	struct connector	*connector;
	int			 fd;		/* -1: not under way */
	int64_t			 deadline;
	struct sockaddr_storage	 addr;
	struct event		 writable;
};

/* RFC 8305: the addresses are tried one after the other, not waiting long. */
struct connector {
	struct proxy		*proxy;
	struct client		*client;
	connect_cb		 cb;
	void			*arg;
	uint16_t		 port;
	bool			 configured;	/* no policy */
	struct lookup		*lookup;
	struct event		*timer;
	int64_t			 deadline;	/* of all addresses */
	int64_t			 next_at;	/* when the next one starts */
	size_t			 next;
	size_t			 nattempts;
	struct attempt		 attempts[RESOLVE_ADDRS_MAX];
	struct connect_result	 result;	/* the failure to tell */
};

static void	go_on(struct connector *);

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
attempt_end(struct attempt *a)
{
	if (a->fd == -1)
		return;
	event_del(&a->writable);
	close(a->fd);
	a->fd = -1;
}

void
connector_cancel(struct connector *c)
{
	size_t	 i;

	if (c == NULL)
		return;
	resolve_cancel(c->lookup);
	for (i = 0; i < c->nattempts; i++)
		attempt_end(&c->attempts[i]);
	event_free(c->timer);
	free(c);
}

/* winner is NULL or the attempt that has a connection. */
static void
done(struct connector *c, struct attempt *winner)
{
	struct connect_result	 result = c->result;
	connect_cb		 cb = c->cb;
	void			*arg = c->arg;

	result.fd = -1;
	if (winner != NULL) {
		event_del(&winner->writable);
		result.error = CONNECT_OK;
		result.addr = winner->addr;
		result.fd = winner->fd;
		winner->fd = -1;
	}
	connector_cancel(c);
	cb(arg, &result);
}

/* A family that this host does not speak is the least of the reasons. */
static bool
no_route(int errnum)
{
	return (errnum == ENETUNREACH || errnum == EHOSTUNREACH ||
	    errnum == EADDRNOTAVAIL || errnum == EAFNOSUPPORT);
}

static void
attempt_failed(struct attempt *a, int errnum)
{
	struct connect_result	*r = &a->connector->result;

	attempt_end(a);
	if (no_route(errnum) && (r->error == CONNECT_FAILED ||
	    r->error == CONNECT_TIMEOUT))
		return;
	r->error = errnum == ETIMEDOUT ? CONNECT_TIMEOUT : CONNECT_FAILED;
	r->errnum = errnum;
	r->addr = a->addr;
}

static void
writable(evutil_socket_t fd, short what, void *arg)
{
	struct attempt		*a = arg;
	struct connector	*c = a->connector;
	socklen_t		 len = sizeof(int);
	int			 errnum = 0;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == -1)
		errnum = errno;
	if (errnum == 0) {
		done(c, a);
		return;
	}
	attempt_failed(a, errnum);
	c->next_at = 0;
	go_on(c);
}

static void
timeout(evutil_socket_t fd, short what, void *arg)
{
	struct connector	*c = arg;
	int64_t			 now = proxy_now();
	size_t			 i;

	(void)fd;
	(void)what;
	if (c->lookup != NULL) {
		resolve_cancel(c->lookup);
		c->lookup = NULL;
		c->result.error = CONNECT_RESOLVE;
		c->result.resolve = RESOLVE_TIMEOUT;
		done(c, NULL);
		return;
	}
	for (i = 0; i < c->next; i++)
		if (c->attempts[i].fd != -1 && c->attempts[i].deadline <= now)
			attempt_failed(&c->attempts[i], ETIMEDOUT);
	go_on(c);
}

/*
 * Non-blocking, closed on exec, small writes sent at once; -1 and errno.  When
 * descriptors are short, those that only wait for a request go first.
 */
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

/* 0 when it is under way, else the error number. */
static int
attempt_start(struct attempt *a)
{
	struct proxy	*p = a->connector->proxy;
	int		 errnum;

	if ((a->fd = new_socket(p, a->addr.ss_family)) == -1)
		return (errno);
	if (connect(a->fd, (const struct sockaddr *)&a->addr,
	    addr_len(&a->addr)) == -1 && errno != EINPROGRESS &&
	    errno != EINTR) {
		errnum = errno;
		close(a->fd);
		a->fd = -1;
		return (errnum);
	}
	if (event_assign(&a->writable, p->base, a->fd, EV_WRITE, writable,
	    a) == -1)
		fatalx("event_assign");
	/* the kernel's room for what is waited for ends, too */
	if (event_add(&a->writable, NULL) == -1) {
		close(a->fd);
		a->fd = -1;
		return (ENOMEM);
	}
	a->deadline = proxy_now() + T_CONNECT;
	return (0);
}

/* Starts what is due, and waits for what comes first; or ends. */
static void
go_on(struct connector *c)
{
	int64_t		 now = proxy_now(), at;
	struct attempt	*a;
	size_t		 i, pending = 0;
	int		 errnum;

	while (c->next < c->nattempts && c->next_at <= now &&
	    now < c->deadline) {
		a = &c->attempts[c->next++];
		if ((errnum = attempt_start(a)) == 0)
			c->next_at = now + T_CONNECT_NEXT;
		else
			attempt_failed(a, errnum);
	}
	at = c->next < c->nattempts && c->next_at < c->deadline ? c->next_at :
	    c->deadline;
	for (i = 0; i < c->next; i++) {
		a = &c->attempts[i];
		if (a->fd == -1)
			continue;
		pending++;
		if (a->deadline < at)
			at = a->deadline;
	}
	if (now >= c->deadline || (pending == 0 && c->next == c->nattempts))
		done(c, NULL);
	else
		set_timer(c, at - now);
}

void
connect_interleave(struct sockaddr_storage *addrs, size_t n)
{
	struct sockaddr_storage	 ss;
	size_t			 i, j;

	for (i = 1; i < n; i++) {
		for (j = i; j < n; j++)
			if (addrs[j].ss_family != addrs[i - 1].ss_family)
				break;
		if (j == n)
			return;
		ss = addrs[j];
		memmove(&addrs[i + 1], &addrs[i], (j - i) * sizeof(*addrs));
		addrs[i] = ss;
	}
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
	struct sockaddr_storage	 list[RESOLVE_ADDRS_MAX], ss;
	struct attempt		*a;
	enum addr_class		 class;
	size_t			 i;

	c->lookup = NULL;
	event_del(c->timer);
	if (error != RESOLVE_OK) {
		c->result.error = CONNECT_RESOLVE;
		c->result.resolve = error;
		done(c, NULL);
		return;
	}
	if (n > RESOLVE_ADDRS_MAX)
		n = RESOLVE_ADDRS_MAX;
	memcpy(list, addrs, n * sizeof(list[0]));
	connect_interleave(list, n);
	/* The address connected to is the one that was judged: no rebinding. */
	for (i = 0; i < n; i++) {
		ss = list[i];
		set_port(&ss, c->port);
		class = c->configured ? ADDR_PUBLIC :
		    addr_policy_check(&c->proxy->policy, c->client == NULL ?
		    NULL : &c->client->allow, (struct sockaddr *)&ss);
		if (class == ADDR_PUBLIC) {
			a = &c->attempts[c->nattempts++];
			a->connector = c;
			a->fd = -1;
			a->addr = ss;
			continue;
		}
		if (c->result.error == CONNECT_REFUSED)
			continue;	/* the first is told */
		c->result.error = CONNECT_REFUSED;
		c->result.class = class;
		c->result.addr = ss;
	}
	c->deadline = proxy_now() + T_CONNECT_ALL;
	go_on(c);
}

struct connector *
connector_start(struct proxy *p, struct client *client, const char *host,
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
	if ((c->timer = evtimer_new(p->base, timeout, c)) == NULL) {
		free(c);
		return (NULL);
	}
	if ((c->lookup = resolve(p->resolver, client == NULL ? NULL :
	    &client->names, host, resolved, c)) == NULL) {
		connector_cancel(c);
		return (NULL);
	}
	set_timer(c, T_RESOLVE);
	return (c);
}

struct connector *
connector_start_configured(struct proxy *p, const char *host, uint16_t port,
    connect_cb cb, void *arg)
{
	struct connector	*c;

	if ((c = connector_start(p, NULL, host, port, cb, arg)) != NULL)
		c->configured = true;	/* the answer comes later */
	return (c);
}
