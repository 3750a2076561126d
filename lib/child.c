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
#include <sys/uio.h>

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "sandbox.h"

enum child_state {
	CHILD_WAITING,		/* for INIT */
	CHILD_CONFIG,
	CHILD_WAITS,		/* for a peer, everything else is here */
	CHILD_STARTED,		/* confined, READY sent */
	CHILD_RUNNING
};

/* Who the parent said is at the other end of a peer's socket. */
struct child_peer {
	LIST_ENTRY(child_peer)	 entry;
	struct msg_peer		 m;
};
LIST_HEAD(child_peers, child_peer);

struct child {
	const struct child_ops	*ops;
	void			*ctx;
	struct event_base	*base;
	struct channel		*parent;
	struct msg_init		 init;
	enum child_state	 state;
	struct child_peers	 peers;
};

extern char	**environ;

struct event_base *
child_base(struct child *c)
{
	return c->base;
}

struct channel *
child_parent(struct child *c)
{
	return c->parent;
}

const struct msg_init *
child_init(struct child *c)
{
	return &c->init;
}

/* Gives root away for good, before any byte of a stranger is read. */
static void
child_drop(const struct msg_init *init)
{
	gid_t	 gid = init->gid;
	uid_t	 uid = init->uid;

	if (init->flags & INIT_UNPRIVILEGED)
		return;
	if (uid == 0 || gid == 0)
		fatalx("asked to run as root");
	if (chroot(init->chroot) == -1)
		fatal("chroot %s", init->chroot);
	if (chdir("/") == -1)
		fatal("chdir");
	if (setgroups(1, &gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		fatal("cannot drop privileges");
	if (setuid(0) != -1 || getuid() != uid || geteuid() != uid)
		fatalx("privileges could be regained");
}

/*
 * What "guardianctl upgrade" looks for in a program before it is run, and
 * what(1) shows.
 */
#define STRING_OF(x)	#x
#define STRING(x)	STRING_OF(x)
static const char	child_what[]
	    __attribute__((__used__)) = CHILD_WHAT STRING(MSG_VERSION);

static int
child_take_init(struct child *c, struct imsg *imsg)
{
	char	 name[48];

	if (c->state != CHILD_WAITING ||
	    msg_init_recv(imsg, &c->init) == -1)
		return -1;
	if (c->init.version != MSG_VERSION)
		fatalx("parent speaks message version %u, not %u: install all "
		    "programs from one build", c->init.version, MSG_VERSION);
	if (c->init.role != c->ops->role)
		fatalx("started as the wrong process");
	if (c->ops->role == PROC_PROXY || c->ops->role == PROC_DETECTOR)
		snprintf(name, sizeof(name), "%s-%u",
		    proc_name(c->ops->role), c->init.instance);
	else
		snprintf(name, sizeof(name), "%s", proc_name(c->ops->role));
	log_init(name, (c->init.flags & INIT_SYSLOG) ? LOG_SINK_SYSLOG :
	    LOG_SINK_STDERR, c->init.verbose);
	setproctitle("%s", name);
	child_drop(&c->init);
	c->state = CHILD_CONFIG;
	if (c->ops->init != NULL)
		c->ops->init(c->ctx, c);
	return 0;
}

static struct child_peer *
child_find_peer(struct child *c, uint8_t role, uint32_t instance,
    uint32_t generation)
{
	struct child_peer	*p;

	LIST_FOREACH(p, &c->peers, entry)
		if (p->m.role == role && p->m.instance == instance &&
		    p->m.generation == generation)
			return p;
	return NULL;
}

/*
 * A new peer takes the place of the one of that name; those of generations
 * that are gone stay, which is a few bytes a reload.
 */
static void
child_note_peer(struct child *c, const struct msg_peer *m)
{
	struct child_peer	*p;

	p = child_find_peer(c, m->role, m->instance, m->generation);
	if (p == NULL) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			fatal(NULL);
		LIST_INSERT_HEAD(&c->peers, p, entry);
	}
	p->m = *m;
}

static int
child_take_peer(struct child *c, struct imsg *imsg)
{
	struct msg_peer	 peer;
	int		 fd;

	if (c->ops->peer == NULL || msg_peer_recv(imsg, &fd, &peer) == -1)
		return -1;
	child_note_peer(c, &peer);
	return c->ops->peer(c->ctx, fd, &peer);
}

/* Close the sandbox, say what it enforces. */
void
child_confine(struct child *c)
{
	const struct sandbox_policy	*policy;
	const struct sandbox_path	*paths = NULL;
	struct sandbox_policy		 fenced;
	struct sandbox_report		 report;
	struct msg_ready		 ready;
	size_t				 n = 0;

	if (c->state != CHILD_CONFIG && c->state != CHILD_WAITS)
		fatalx("confined twice");
	policy = sandbox_policy(c->ops->role);
	if (c->ops->reach != NULL)
		paths = c->ops->reach(c->ctx, &n);
	fenced = *policy;
	if (n > 0)
		fenced.flags |= SANDBOX_NEEDS_LANDLOCK;
	if (sandbox_enter_paths(&fenced, paths, n, &report) == -1)
		fatalx("sandbox: %s", report.text);
	memset(&ready, 0, sizeof(ready));
	ready.degraded = report.degraded != 0;
	strlcpy(ready.sandbox, report.text, sizeof(ready.sandbox));
	strlcpy(ready.promises, sandbox_words(policy),
	    sizeof(ready.promises));
	if (msg_ready_send(c->parent, &ready) == -1)
		fatal("ready message");
	c->state = CHILD_STARTED;
	if (c->ops->confined != NULL)
		c->ops->confined(c->ctx);
}

/* Everything is here: prepare, and go on unless a peer is waited for. */
static int
child_start(struct child *c)
{
	if (c->ops->start != NULL)
		c->ops->start(c->ctx);
	if (c->ops->waits != NULL && c->ops->waits(c->ctx))
		c->state = CHILD_WAITS;
	else
		child_confine(c);
	return 0;
}

static int
child_pong(struct child *c)
{
	struct child_stats	 stats;

	memset(&stats, 0, sizeof(stats));
	if (c->ops->stats != NULL)
		c->ops->stats(c->ctx, &stats);
	if (msg_stats_send(c->parent, &stats) == -1)
		fatal("pong message");
	return 0;
}

static int
child_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct child	*c = arg;

	(void)ch;
	if (c->state == CHILD_WAITING &&
	    imsg_get_type(imsg) != IMSG_PARENT_INIT_SEND)
		return -1;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_INIT_SEND:
		return child_take_init(c, imsg);
	case IMSG_PARENT_PEER_SEND:
		return child_take_peer(c, imsg);
	case IMSG_PARENT_CHILD_PING:
		return child_pong(c);
	case IMSG_PARENT_CONFIG_END:
		if (c->state == CHILD_CONFIG)
			return child_start(c);
		break;
	case IMSG_PARENT_CHILD_RUN:
		if (c->state != CHILD_STARTED)
			return -1;
		c->state = CHILD_RUNNING;
		if (c->ops->run != NULL)
			c->ops->run(c->ctx);
		return 0;
	case IMSG_PARENT_CHILD_DRAIN:
		if (c->ops->drain == NULL)
			child_drained(c);
		else
			c->ops->drain(c->ctx);
		return 0;
	case IMSG_PARENT_CHILD_FINISH:
		if (c->ops->finish == NULL)
			return -1;
		c->ops->finish(c->ctx);
		return 0;
	}
	if (c->state == CHILD_CONFIG)
		return c->ops->config == NULL ? -1 :
		    c->ops->config(c->ctx, imsg);
	return c->ops->message == NULL ? -1 : c->ops->message(c->ctx, imsg);
}

/* The parent is gone, or not to be believed any more: so is this process. */
static void
child_dead(struct channel *ch, const char *why, void *arg)
{
	struct child	*c = arg;

	(void)ch;
	if (why != NULL)
		fatalx("parent: %s", why);
	if (c->ops->stop != NULL)
		c->ops->stop(c->ctx);
	event_base_loopbreak(c->base);
}

void
child_peer_breach(struct child *c, enum proc_role role, uint32_t instance,
    uint32_t generation)
{
	struct child_peer	*p;
	struct msg_breach	 b;

	p = child_find_peer(c, (uint8_t)role, instance, generation);
	if (p == NULL)
		return;
	b.role = p->m.role;
	b.instance = p->m.instance;
	b.generation = p->m.generation;
	b.serial = p->m.serial;
	if (msg_breach_send(c->parent, &b) == -1)
		log_warn("breach message");
}

void
child_drained(struct child *c)
{
	if (channel_send(c->parent, IMSG_CHILD_DRAINED, 0, -1, NULL, 0) == -1)
		fatal("drained message");
	channel_push(c->parent);
}

int
child_main(const struct child_ops *ops, int argc, char **argv, void *ctx)
{
	struct child	 c;

	compat_init_setproctitle(argc, argv, environ);
	log_init(proc_name(ops->role), LOG_SINK_STDERR, 0);
	if (argc != 1)
		fatalx("started by guardiand(8), not by hand");

	/*
	 * A terminal's interrupt reaches the whole group; children end when
	 * their parent does, in its order.
	 */
	if (signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("signal");

	memset(&c, 0, sizeof(c));
	c.ops = ops;
	c.ctx = ctx;
	if ((c.base = event_base_new()) == NULL)
		fatalx("no event base");
	c.parent = channel_new(c.base, PROC_FD, ops->role, PROC_PARENT,
	    MSG_PAYLOAD_MAX, 1, child_dispatch, child_dead, &c);
	if (c.parent == NULL)
		fatal("descriptor %d is not the parent's socket: started by "
		    "guardiand(8), not by hand", PROC_FD);
	if (event_base_dispatch(c.base) == -1)
		fatalx("event loop failed");
	channel_free(c.parent);
	event_base_free(c.base);
	return 0;
}
