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

/*
 * rule-compiler: makes the databases of the detector-workers' prefilter, and
 * ends.  It keeps a compiler of some megabytes, and all the code that can only
 * go wrong while compiling, out of the processes that read traffic.  It reads
 * none itself: literals come in, bytes go out, nothing else is to be had.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "compat.h"
#include "compile.h"
#include "imsg.h"
#include "log.h"
#include "msg_compile.h"

struct compiler;

/* A detector-worker. */
struct client {
	LIST_ENTRY(client)	 entry;
	struct compiler		*compiler;
	struct channel		*ch;
	struct compile_list	 lists[2];	/* by direction */
	int			 answered;
};
LIST_HEAD(client_list, client);

struct compiler {
	struct child		*child;
	struct client_list	 clients;
	int			 open;		/* confined: may serve */
};

static void
compiler_init(void *ctx, struct child *child)
{
	struct compiler	*rc = ctx;

	rc->child = child;
}

/* 0, or -1: the answer has to say so. */
static int
client_compile(struct client *c, uint8_t direction)
{
	char	 err[256], *data;
	size_t	 len;
	int	 r;

	if (c->lists[direction].n == 0)
		return 0;
	if (compile_database(&c->lists[direction], &data, &len, err,
	    sizeof(err)) == -1) {
		log_warnx("no database of %u literals: %s",
		    c->lists[direction].n, err);
		return -1;
	}
	log_debug("%u literals make a database of %zu bytes",
	    c->lists[direction].n, len);
	r = len > MSG_DATABASE_MAX ? -1 : msg_database_send(c->ch, direction,
	    data, len);
	free(data);
	return r;
}

static int
client_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct client		*c = arg;
	struct msg_literal	 l;
	int			 ok;

	switch (imsg_get_type(imsg)) {
	case IMSG_DETECTOR_LITERAL_ADD:
		if (c->answered || msg_literal_recv(imsg, &l) == -1)
			return -1;
		return compile_add(&c->lists[l.direction], l.text, l.len,
		    l.caseless);
	case IMSG_DETECTOR_LITERAL_END:
		if (c->answered)
			return -1;
		c->answered = 1;
		ok = client_compile(c, 0) == 0 && client_compile(c, 1) == 0;
		if (msg_database_send_end(ch, ok) == -1)
			fatal("database message");
		return 0;
	}
	return -1;
}

/* With the last detector there is nothing left to do. */
static void
client_dead(struct channel *ch, const char *why, void *arg)
{
	struct client	*c = arg;
	struct compiler	*rc = c->compiler;

	if (why != NULL)
		log_warnx("a detector-worker broke the protocol: %s", why);
	channel_free(ch);
	compile_clear(&c->lists[0]);
	compile_clear(&c->lists[1]);
	LIST_REMOVE(c, entry);
	free(c);
	if (rc->open && LIST_EMPTY(&rc->clients))
		event_base_loopbreak(child_base(rc->child));
}

static int
compiler_peer(void *ctx, int fd, const struct msg_peer *peer)
{
	struct compiler	*rc = ctx;
	struct client	*c;

	if (peer->role != PROC_DETECTOR) {
		close(fd);
		return -1;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal(NULL);
	c->compiler = rc;
	c->ch = channel_new(child_base(rc->child), fd, PROC_COMPILER,
	    PROC_DETECTOR, MSG_PAYLOAD_MAX, 0, client_dispatch, client_dead,
	    c);
	if (c->ch == NULL)
		fatal("channel to a detector-worker");
	LIST_INSERT_HEAD(&rc->clients, c, entry);
	if (!rc->open)
		channel_read_pause(c->ch, 1);
	return 0;
}

/* Nobody is served before the sandbox has closed. */
static void
compiler_confined(void *ctx)
{
	struct compiler	*rc = ctx;
	struct client	*c;

	rc->open = 1;
	LIST_FOREACH(c, &rc->clients, entry)
		channel_read_pause(c->ch, 0);
	if (LIST_EMPTY(&rc->clients))
		event_base_loopbreak(child_base(rc->child));
}

int
main(int argc, char **argv)
{
	static const struct child_ops	 ops = {
		.role = PROC_COMPILER,
		.init = compiler_init,
		.peer = compiler_peer,
		.confined = compiler_confined,
	};
	struct compiler	 rc;

	memset(&rc, 0, sizeof(rc));
	LIST_INIT(&rc.clients);
	return child_main(&ops, argc, argv, &rc);
}
