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
#include <sys/socket.h>
#include <sys/time.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "acceptor.h"
#include "compat.h"
#include "http.h"
#include "http_answer.h"
#include "http_parse.h"
#include "log.h"
#include "mcp.h"
#include "mcpd.h"

#define HTTP_CONNS_MAX	512	/* in all, nobody of whom has a name yet */
#define SOURCE_CONNS_MAX 64	/* from one address */
#define READ_SIZE	(16 * 1024)

/* Seconds. */
#define T_IDLE		60	/* between two requests */
#define T_REQUEST	30	/* from its first byte to its last */
#define T_WRITE		30	/* for the answer to be taken */
#define T_LINGER	5	/* for what comes behind a refusal */
#define LINGER_MAX	(1024 * 1024)

enum http_state {
	HTTP_READING,
	HTTP_WAITING,		/* the answer is being made */
	HTTP_WRITING,
	HTTP_LINGERING		/* refused: the rest is thrown away */
};

struct http_listener {
	TAILQ_ENTRY(http_listener) entry;
	int			 fd;
	struct acceptor		*acceptor;
};

struct http_conn {
	TAILQ_ENTRY(http_conn)	 entry;
	struct http_front	*front;
	struct bufferevent	*bev;
	struct event		*timer;
	struct http_req		 req;
	struct sockaddr_storage	 peer;
	char			 local[INET6_ADDRSTRLEN];
	enum http_state		 state;
	uint32_t		 client;	/* of this request; 0: none */
	size_t			 held;		/* counted for it */
	struct mcp_request	*mcp;
	int			 calling;	/* in mcp_handle() */
	int			 close;		/* after this answer */
	size_t			 lingered;
};

struct http_front {
	struct mcpd		*m;
	TAILQ_HEAD(, http_listener) listeners;
	TAILQ_HEAD(, http_conn)	 conns;
	size_t			 nconns;
};

static void	conn_read(struct http_conn *);

struct http_front *
http_new(struct mcpd *m)
{
	struct http_front	*f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->m = m;
	TAILQ_INIT(&f->listeners);
	TAILQ_INIT(&f->conns);
	return f;
}

static void
conn_forget_client(struct http_conn *c)
{
	struct client	*cl = client_by_id(c->front->m, c->client);

	if (cl != NULL) {
		(void)client_hold(cl, &c->held, 0);
		cl->conns--;
	}
	c->held = 0;
	c->client = 0;
}

static void
conn_free(struct http_conn *c)
{
	if (c->mcp != NULL)
		mcp_cancel(c->mcp);
	conn_forget_client(c);
	c->front->nconns--;
	c->front->m->conns--;
	TAILQ_REMOVE(&c->front->conns, c, entry);
	event_free(c->timer);
	bufferevent_free(c->bev);
	http_free(&c->req);
	free(c);
}

void
http_begin(struct http_front *f)
{
	struct http_listener	*l;

	while ((l = TAILQ_FIRST(&f->listeners)) != NULL) {
		TAILQ_REMOVE(&f->listeners, l, entry);
		acceptor_free(l->acceptor);
		close(l->fd);
		free(l);
	}
}

void
http_front_free(struct http_front *f)
{
	struct http_conn	*c;

	if (f == NULL)
		return;
	http_begin(f);
	while ((c = TAILQ_FIRST(&f->conns)) != NULL)
		conn_free(c);
	free(f);
}

static void
conn_timer(struct http_conn *c, int sec)
{
	struct timeval	 tv = { sec, 0 };

	if (event_add(c->timer, &tv) == -1)
		fatalx("timer");
}

/* What takes too long is over, whatever it was. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_free(arg);
}

static void
conn_answer(struct http_conn *c, const struct http_answer *a)
{
	struct evbuffer	*out = bufferevent_get_output(c->bev);

	if (http_answer_write(out, a, c->close) == -1) {
		c->close = 1;
		c->lingered = LINGER_MAX;
	}
	c->state = HTTP_WRITING;
	bufferevent_disable(c->bev, EV_READ);
	bufferevent_enable(c->bev, EV_WRITE);
	conn_timer(c, T_WRITE);
}

/*
 * Refused before it was read: the client may still be sending, and a reset
 * would destroy the answer before it is read.
 */
static void
conn_refuse(struct http_conn *c, int status, const char *extra)
{
	struct http_answer	 a = { .status = status, .extra = extra };

	if (c->req.status != 0 || c->req.has_body || !c->req.headed)
		c->close = 1;
	conn_answer(c, &a);
}

static void
on_done(void *arg, int status, char *text, size_t len)
{
	struct http_conn	*c = arg;
	struct http_answer	 a = { .status = status, .text = text,
				    .len = len };

	c->mcp = NULL;
	c->close |= !c->req.keep_alive;
	conn_answer(c, &a);
	free(text);
}

static int
is_loopback(const char *host)
{
	struct in_addr	 in;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
		return 1;
	return inet_pton(AF_INET, host, &in) == 1 &&
	    (ntohl(in.s_addr) >> 24) == 127;
}

/* A name or address that this server is called by. */
static int
host_ok(const struct http_conn *c, const char *host)
{
	char	 canon[HOST_CANON_SIZE];

	if (host_canon(host, canon, sizeof(canon)) == -1)
		return 0;
	return is_loopback(canon) || strcmp(canon, c->local) == 0 ||
	    strcmp(canon, "host.docker.internal") == 0 ||
	    hostlist_match(&c->front->m->hosts, canon);
}

/* 0, or the status to refuse with. */
static int
check_caller(struct http_conn *c)
{
	const struct http_req	*r = &c->req;
	const char		*host = http_value(r, HTTP_HOST);
	const char		*origin = http_value(r, HTTP_ORIGIN);
	char			 name[HOST_CANON_SIZE];

	if (host == NULL || r->field[HTTP_HOST].n != 1)
		return 400;
	if (http_host_of(host, name, sizeof(name)) == -1 ||
	    !host_ok(c, name))
		return 403;
	if (origin != NULL && (r->field[HTTP_ORIGIN].n != 1 ||
	    http_origin_host(origin, name, sizeof(name)) == -1 ||
	    !host_ok(c, name)))
		return 403;
	return 0;
}

/* The path of the target, in whichever form (RFC 9112, 3.2). */
static int
path_ok(const char *target)
{
	if (strncasecmp(target, "http://", 7) == 0) {
		target += 7;
		target += strcspn(target, "/?#");
	}
	return strcspn(target, "?#") == 4 && strncmp(target, "/mcp", 4) == 0;
}

static struct client *
check_token(struct http_conn *c)
{
	const char	*s = http_value(&c->req, HTTP_AUTHORIZATION);
	size_t		 n;

	if (s == NULL || c->req.field[HTTP_AUTHORIZATION].n != 1 ||
	    strncasecmp(s, "Bearer", 6) != 0)
		return NULL;
	n = strspn(s + 6, " ");
	if (n == 0)
		return NULL;
	s += 6 + n;
	return client_by_token(c->front->m, s, strlen(s));
}

/* The head is there: everything that can be refused by it is, in order. */
static int
check_head(struct http_conn *c, const char **extra)
{
	const struct http_req	*r = &c->req;
	const char		*s;
	struct client		*cl;
	int			 status;

	*extra = "";
	if ((status = check_caller(c)) != 0)
		return status;
	if (!path_ok(http_target(r)))
		return 404;
	if ((cl = check_token(c)) == NULL) {
		*extra = r->field[HTTP_AUTHORIZATION].n == 0 ?
		    "WWW-Authenticate: Bearer realm=\"clawsec\"\r\n" :
		    "WWW-Authenticate: Bearer realm=\"clawsec\", "
		    "error=\"invalid_token\"\r\n";
		return 401;
	}
	if (!r->is_post) {
		*extra = "Allow: POST\r\n";
		return 405;
	}
	s = http_value(r, HTTP_CONTENT_TYPE);
	if (s == NULL || r->field[HTTP_CONTENT_TYPE].n != 1 ||
	    !http_is_json(s))
		return 415;
	s = http_value(r, HTTP_CONTENT_ENCODING);
	if (s != NULL && strcasecmp(s, "identity") != 0)
		return 415;
	if (r->length > MCP_MESSAGE_MAX)
		return 413;
	s = http_value(r, HTTP_EXPECT);
	if (s != NULL && strcasecmp(s, "100-continue") != 0)
		return 417;
	if (cl->conns >= CLIENT_CONNS_MAX)
		return 429;
	cl->conns++;
	c->client = cl->id;
	return 0;
}

/* Of the three headers of MCP; decoded names live in name. */
static void
mcp_fields(const struct http_req *r, struct mcp_headers *h, char *name,
    size_t size)
{
	memset(h, 0, sizeof(*h));
	h->version = http_value(r, HTTP_MCP_VERSION);
	h->method = http_value(r, HTTP_MCP_METHOD);
	h->broken = r->field[HTTP_MCP_VERSION].n > 1 ||
	    r->field[HTTP_MCP_METHOD].n > 1 || r->field[HTTP_MCP_NAME].n > 1;
	if (http_value(r, HTTP_MCP_NAME) == NULL)
		return;
	if (http_decode(http_value(r, HTTP_MCP_NAME), name, size) == -1)
		h->broken = 1;
	else
		h->name = name;
}

static void
conn_handle(struct http_conn *c)
{
	struct mcp_headers	 h;
	struct mcp_request	*q;
	char			 name[256];

	mcp_fields(&c->req, &h, name, sizeof(name));
	c->state = HTTP_WAITING;
	bufferevent_disable(c->bev, EV_READ);
	event_del(c->timer);		/* tools have a limit of their own */
	q = mcp_handle(c->front->m, c->client, &h, c->req.body == NULL ? "" :
	    c->req.body, c->req.body_len, on_done, c);
	if (c->state == HTTP_WAITING)
		c->mcp = q;
}

/* The head was taken: maybe the client waits for leave to go on. */
static int
conn_head(struct http_conn *c)
{
	const char	*extra;
	int		 status;

	if ((status = check_head(c, &extra)) != 0) {
		conn_refuse(c, status, extra);
		return -1;
	}
	if (http_value(&c->req, HTTP_EXPECT) != NULL && c->req.has_body)
		evbuffer_add_printf(bufferevent_get_output(c->bev),
		    "HTTP/1.1 100 Continue\r\n\r\n");
	return 0;
}

/* The body counts for the client it is of. */
static int
conn_account(struct http_conn *c)
{
	struct client	*cl = client_by_id(c->front->m, c->client);

	return cl == NULL ? c->client == 0 :
	    client_hold(cl, &c->held, c->req.body_size);
}

/* As much of the input as this request takes. */
static void
conn_read(struct http_conn *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->bev);
	char		 buf[READ_SIZE];
	ssize_t		 n;
	size_t		 used;
	enum http_step	 step;

	while (c->state == HTTP_READING) {
		n = evbuffer_copyout(in, buf, sizeof(buf));
		/* a request without a body is complete with its head */
		if (n <= 0 && !(n == 0 && c->req.headed && !c->req.has_body))
			break;
		if (!c->req.started)
			conn_timer(c, T_REQUEST);
		step = http_feed(&c->req, buf, (size_t)n, &used);
		evbuffer_drain(in, used);
		if (step == HTTP_HEADED && conn_head(c) == -1)
			return;
		if (step == HTTP_BAD) {
			conn_refuse(c, c->req.status, "");
			return;
		}
		if (!conn_account(c)) {
			c->req.status = 503;
			conn_refuse(c, 503, "Retry-After: 1\r\n");
			return;
		}
		if (step == HTTP_DONE)
			conn_handle(c);
	}
	explicit_bzero(buf, sizeof(buf));
}

static void
conn_linger(struct http_conn *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->bev);

	c->lingered += evbuffer_get_length(in);
	evbuffer_drain(in, evbuffer_get_length(in));
	if (c->lingered > LINGER_MAX)
		conn_free(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct http_conn	*c = arg;

	(void)bev;
	if (c->state == HTTP_READING)
		conn_read(c);
	else if (c->state == HTTP_LINGERING)
		conn_linger(c);
}

/* The answer is out. */
static void
on_write(struct bufferevent *bev, void *arg)
{
	struct http_conn	*c = arg;

	if (c->state != HTTP_WRITING)
		return;			/* a 100 (Continue) */
	conn_forget_client(c);
	if (!c->close) {
		http_next(&c->req);
		c->state = HTTP_READING;
		conn_timer(c, T_IDLE);
		bufferevent_enable(bev, EV_READ);
		conn_read(c);
		return;
	}
	if (shutdown(bufferevent_getfd(bev), SHUT_WR) == -1 ||
	    c->lingered >= LINGER_MAX) {
		conn_free(c);
		return;
	}
	c->state = HTTP_LINGERING;
	conn_timer(c, T_LINGER);
	bufferevent_enable(bev, EV_READ);
	conn_linger(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_conn	*c = arg;

	(void)bev;
	(void)what;
	/* while an answer is being made nothing is read: this is an error */
	conn_free(c);
}

static size_t
same_source(const struct http_front *f, const struct sockaddr_storage *ss)
{
	const struct http_conn	*c;
	struct prefix		 a, b;
	size_t			 n = 0;

	if (prefix_from_sockaddr(&a, (const struct sockaddr *)ss) == -1)
		return SOURCE_CONNS_MAX;
	TAILQ_FOREACH(c, &f->conns, entry)
		if (prefix_from_sockaddr(&b, (const struct sockaddr *)
		    &c->peer) == 0 && a.family == b.family &&
		    memcmp(a.addr, b.addr, sizeof(a.addr)) == 0)
			n++;
	return n;
}

static void
local_text(int fd, char *buf, size_t size)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof(ss);

	buf[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return;
	if (ss.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&ss)->sin_addr,
		    buf, (socklen_t)size);
	else if (ss.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&ss)->sin6_addr,
		    buf, (socklen_t)size);
}

static void
conn_new(void *arg, int fd, const struct sockaddr_storage *peer)
{
	struct http_front	*f = arg;
	struct http_conn	*c;

	if (f->nconns >= HTTP_CONNS_MAX || f->m->conns >= CONNS_MAX ||
	    same_source(f, peer) >= SOURCE_CONNS_MAX ||
	    (c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return;
	}
	c->front = f;
	c->peer = *peer;
	local_text(fd, c->local, sizeof(c->local));
	http_init(&c->req, MCP_MESSAGE_MAX);
	c->timer = evtimer_new(f->m->base, on_timer, c);
	c->bev = bufferevent_socket_new(f->m->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (c->timer == NULL || c->bev == NULL)
		fatalx("out of memory");
	TAILQ_INSERT_TAIL(&f->conns, c, entry);
	f->nconns++;
	f->m->conns++;
	f->m->stats.v[STAT_ACCEPTED]++;
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, READ_SIZE * 4);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	conn_timer(c, T_IDLE);
}

int
http_listen(struct http_front *f, int fd)
{
	struct http_listener	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return -1;
	l->fd = fd;
	TAILQ_INSERT_TAIL(&f->listeners, l, entry);
	return 0;
}

int
http_run(struct http_front *f)
{
	struct http_listener	*l;

	TAILQ_FOREACH(l, &f->listeners, entry) {
		if (l->acceptor == NULL && (l->acceptor = acceptor_new(
		    f->m->base, l->fd, conn_new, f)) == NULL)
			return -1;
	}
	return 0;
}
