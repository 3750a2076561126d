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

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "acceptor.h"
#include "compat.h"
#include "mcp.h"
#include "mcpd.h"
#include "unix.h"

#define LINE_MAX_BYTES	MCP_MESSAGE_MAX
/* Answers that may wait: above it nothing is read, far above it is the end. */
#define OUTPUT_HIGH	(256 * 1024)
#define OUTPUT_MAX	(4 * 1024 * 1024)
#define WAITING_MAX	16	/* requests without an answer yet */
#define WRITE_SEC	30	/* for a reader to take something */

struct line_request {
	LIST_ENTRY(line_request) entry;
	struct conn		*conn;
	struct mcp_request	*req;
};

struct conn {
	TAILQ_ENTRY(conn)	 entry;
	struct unix_front	*front;
	uint32_t		 client;
	struct bufferevent	*bev;
	LIST_HEAD(, line_request) waiting;
	unsigned int		 nwaiting;
	size_t			 held;		/* counted for the client */
	size_t			 scanned;	/* input without a newline */
	int			 skip;		/* the rest of a long line */
	int			 eof;		/* no more requests */
	int			 busy;		/* in conn_run() */
	int			 dead;
};

struct unix_front {
	struct mcpd		*m;
	TAILQ_HEAD(, conn)	 conns;
};

static void	conn_run(struct conn *);

struct unix_front *
unix_new(struct mcpd *m)
{
	struct unix_front	*f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->m = m;
	TAILQ_INIT(&f->conns);
	return f;
}

static void
conn_free(struct conn *c)
{
	struct line_request	*lr;
	struct client		*cl;

	if (c->busy) {
		c->dead = 1;
		return;
	}
	while ((lr = LIST_FIRST(&c->waiting)) != NULL) {
		LIST_REMOVE(lr, entry);
		mcp_cancel(lr->req);
		free(lr);
	}
	if ((cl = client_by_id(c->front->m, c->client)) != NULL) {
		cl->conns--;
		(void)client_hold(cl, &c->held, 0);
	}
	c->front->m->conns--;
	TAILQ_REMOVE(&c->front->conns, c, entry);
	bufferevent_free(c->bev);
	free(c);
}

void
unix_free(struct unix_front *f)
{
	struct conn	*c;

	if (f == NULL)
		return;
	while ((c = TAILQ_FIRST(&f->conns)) != NULL)
		conn_free(c);
	free(f);
}

/* What the connection holds counts for its client: 0 when it is too much. */
static int
conn_account(struct conn *c)
{
	struct client	*cl = client_by_id(c->front->m, c->client);

	return cl != NULL && client_hold(cl, &c->held,
	    evbuffer_get_length(bufferevent_get_input(c->bev)) +
	    evbuffer_get_length(bufferevent_get_output(c->bev)));
}

static void
conn_answer(struct conn *c, char *text, size_t len)
{
	struct evbuffer	*out = bufferevent_get_output(c->bev);

	if (text == NULL)
		return;
	if (evbuffer_add(out, text, len) == -1 ||
	    evbuffer_add(out, "\n", 1) == -1 ||
	    evbuffer_get_length(out) > OUTPUT_MAX || !conn_account(c))
		c->dead = 1;
	free(text);
}

static void
now_done(void *arg, int status, char *text, size_t len)
{
	struct conn	*c = arg;
	static const char overflow[] = "{\"jsonrpc\":\"2.0\",\"id\":null,"
	    "\"error\":{\"code\":-32603,\"message\":\"out of memory\"}}";

	if (status == 500 && (text = strdup(overflow)) != NULL)
		len = sizeof(overflow) - 1;
	conn_answer(c, text, len);
}

/* Of the request that is being handed over, or of one that waited. */
static void
line_done(void *arg, int status, char *text, size_t len)
{
	struct line_request	*lr = arg;
	struct conn		*c = lr->conn;

	if (lr->req == NULL) {
		now_done(c, status, text, len);
		return;
	}
	LIST_REMOVE(lr, entry);
	c->nwaiting--;
	free(lr);
	c->busy = 1;
	now_done(c, status, text, len);
	c->busy = 0;
	conn_run(c);
}

static void
conn_line(struct conn *c, const char *text, size_t len)
{
	struct line_request	*lr;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len == 0)
		return;
	if ((lr = calloc(1, sizeof(*lr))) == NULL) {
		c->dead = 1;
		return;
	}
	lr->conn = c;
	lr->req = mcp_handle(c->front->m, c->client, NULL, text, len,
	    line_done, lr);
	if (lr->req == NULL) {
		free(lr);
		return;
	}
	LIST_INSERT_HEAD(&c->waiting, lr, entry);
	c->nwaiting++;
}

static void
conn_too_long(struct conn *c)
{
	static const char	 text[] = "{\"jsonrpc\":\"2.0\",\"id\":null,"
				    "\"error\":{\"code\":-32700,\"message\":"
				    "\"the message is too long\"}}";

	c->skip = 1;
	conn_answer(c, strdup(text), sizeof(text) - 1);
}

/* Takes one line from the input; 0 when there is no whole one. */
static int
conn_take(struct conn *c)
{
	struct evbuffer		*in = bufferevent_get_input(c->bev);
	struct evbuffer_ptr	 at, nl;
	size_t			 n = evbuffer_get_length(in);
	const char		*text;

	if (evbuffer_ptr_set(in, &at, c->scanned, EVBUFFER_PTR_SET) == -1)
		return 0;
	nl = evbuffer_search(in, "\n", 1, &at);
	if (nl.pos == -1) {
		c->scanned = n;
		if (c->skip || n > LINE_MAX_BYTES) {
			if (!c->skip)
				conn_too_long(c);
			evbuffer_drain(in, n);
			c->scanned = 0;
		}
		return 0;
	}
	n = (size_t)nl.pos;
	c->scanned = 0;
	if (c->skip)
		c->skip = 0;
	else if (n > LINE_MAX_BYTES) {
		conn_too_long(c);
		c->skip = 0;
	} else if (n > 0) {
		if ((text = (const char *)evbuffer_pullup(in, nl.pos)) == NULL)
			c->dead = 1;
		else
			conn_line(c, text, n);
	}
	evbuffer_drain(in, n + 1);
	return 1;
}

/* As far as it goes now; may free the connection. */
static void
conn_run(struct conn *c)
{
	struct evbuffer	*out = bufferevent_get_output(c->bev);
	int		 full = 0;

	if (c->busy)
		return;
	c->busy = 1;
	while (!c->dead) {
		full = c->nwaiting >= WAITING_MAX ||
		    evbuffer_get_length(out) > OUTPUT_HIGH;
		if (full || !conn_take(c))
			break;
	}
	if (!c->dead && !conn_account(c))
		c->dead = 1;
	c->busy = 0;
	if (c->dead || (c->eof && !full && c->nwaiting == 0 &&
	    evbuffer_get_length(out) == 0)) {
		conn_free(c);
		return;
	}
	if (full || c->eof)
		bufferevent_disable(c->bev, EV_READ);
	else
		bufferevent_enable(c->bev, EV_READ);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_run(arg);
}

/* Written out: on with what was left lying, or done. */
static void
on_write(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_run(arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn	*c = arg;

	(void)bev;
	if ((what & BEV_EVENT_EOF) && (what & BEV_EVENT_READING)) {
		/* its last requests are answered */
		c->eof = 1;
		conn_run(c);
		return;
	}
	conn_free(c);
}

static void
conn_new(void *arg, int fd, const struct sockaddr_storage *ss)
{
	static const struct timeval	 patience = { WRITE_SEC, 0 };
	struct client			*cl = arg;
	struct unix_front		*f = cl->m->unix_front;
	struct conn			*c;

	(void)ss;
	if (cl->conns >= CLIENT_CONNS_MAX || f->m->conns >= CONNS_MAX ||
	    (c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return;
	}
	c->front = f;
	c->client = cl->id;
	LIST_INIT(&c->waiting);
	c->bev = bufferevent_socket_new(f->m->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL) {
		close(fd);
		free(c);
		return;
	}
	TAILQ_INSERT_TAIL(&f->conns, c, entry);
	cl->conns++;
	f->m->conns++;
	f->m->stats.v[STAT_ACCEPTED]++;
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_set_timeouts(c->bev, NULL, &patience);
	bufferevent_setwatermark(c->bev, EV_READ, 0, LINE_MAX_BYTES + 4096);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

int
unix_listen(struct unix_front *f, struct client *cl)
{
	cl->acceptor = acceptor_new(f->m->base, cl->fd, conn_new, cl);
	return cl->acceptor == NULL ? -1 : 0;
}

void
unix_sweep(struct unix_front *f)
{
	struct conn	*c, *next;
	struct client	*cl;

	for (c = TAILQ_FIRST(&f->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		cl = client_by_id(f->m, c->client);
		if (cl == NULL || !cl->current || cl->fd == -1)
			conn_free(c);
	}
}
