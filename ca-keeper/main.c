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
 * ca-keeper: the only holder of the CA's key.  It reads requests of the
 * proxy-workers, which are exposed, and decides for itself what it signs.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "keeper.h"
#include "log.h"

static void
keeper_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	request_tell(arg);
}

static void
keeper_add_client(struct keeper *k, const char *name)
{
	struct keeper_client	*v;

	if (k->nclients == CLIENTS_MAX)
		fatalx("more clients than there can be");
	v = recallocarray(k->clients, k->nclients, k->nclients + 1,
	    sizeof(*v));
	if (v == NULL)
		fatal(NULL);
	strlcpy(v[k->nclients].name, name, sizeof(v[k->nclients].name));
	k->clients = v;
	k->nclients++;
}

static void
keeper_init(void *ctx, struct child *child)
{
	struct keeper	*k = ctx;

	k->child = child;
	k->timer = evtimer_new(child_base(child), keeper_timer, k);
	if (k->timer == NULL)
		fatalx("no timer");
	keeper_add_client(k, "default");	/* loopback, of no block */
	/* Before any key is there. */
	switch (ca_memory()) {
	case -1:
		fatalx("no memory for keys");
	case 1:
		log_warnx("the memory for keys is not locked, or could be "
		    "written to a core file: raise RLIMIT_MEMLOCK");
		break;
	}
}

static void
keeper_tell(struct keeper *k, struct channel *ch, int made)
{
	struct msg_ca	 m;

	memset(&m, 0, sizeof(m));
	m.made = made != 0;
	m.not_after = k->ca->not_after;
	memcpy(m.fingerprint, k->ca->fingerprint, sizeof(m.fingerprint));
	strlcpy(m.pem, k->ca->pem, sizeof(m.pem));
	if (msg_ca_send(ch, &m) == -1)
		log_warn("CA message");
}

/* From now on this one signs, and everybody is told. */
static void
keeper_use(struct keeper *k, struct ca *ca, int made)
{
	struct worker	*w;

	ca_free(k->ca);
	k->ca = ca;
	keeper_tell(k, child_parent(k->child), made);
	TAILQ_FOREACH(w, &k->workers, entry)
		keeper_tell(k, w->ch, made);
}

/*
 * Whatever goes wrong ends the process: the parent then knows that there is
 * no new key, and the next process reads the old one.
 */
static int
keeper_make(struct keeper *k, struct imsg *imsg)
{
	struct ca	*ca;
	char		 name[MSG_HOST_SIZE];
	int		 fd;

	if (msg_ca_recv_make(imsg, &fd, name) == -1)
		return -1;
	if ((ca = ca_new(name, keeper_time())) == NULL)
		fatalx("no new CA could be made");
	if (ca_write(ca, fd) == -1)
		fatal("the new CA could not be written");
	close(fd);
	keeper_use(k, ca, 1);
	return 0;
}

static int
keeper_load(struct keeper *k, struct imsg *imsg)
{
	const char	*errstr;
	struct ca	*ca;
	int		 fd;

	if (msg_ca_recv_load(imsg, &fd) == -1)
		return -1;
	if ((ca = ca_read(fd, &errstr)) == NULL)
		fatalx("ca.key in the state directory: %s; restore it, or "
		    "remove it to have a new CA made, which clients then have "
		    "to be told to trust", errstr);
	close(fd);
	keeper_use(k, ca, 0);
	return 0;
}

/* At run time: after a rotation. */
static int
keeper_message(void *ctx, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_CA_MAKE:
		return keeper_make(ctx, imsg);
	case IMSG_PARENT_CA_LOAD:
		return keeper_load(ctx, imsg);
	}
	return -1;
}

static int
keeper_config(void *ctx, struct imsg *imsg)
{
	struct keeper		*k = ctx;
	struct msg_client	 client;
	struct msg_host		 host;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_CLIENT_SEND:
		if (msg_client_recv(imsg, &client) == -1)
			return -1;
		keeper_add_client(k, client.name);
		return 0;
	case IMSG_PARENT_HOST_SEND:
		if (msg_host_recv(imsg, &host) == -1)
			return -1;
		if (hostlist_add(host.list == HOSTS_INSPECT ? &k->inspect :
		    &k->passthrough, host.pattern) == -1)
			fatal("list of hosts");
		return 0;
	}
	return keeper_message(ctx, imsg);
}

static int
worker_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	if (imsg_get_type(imsg) == IMSG_PROXY_LEAF_SIGN)
		return request_take(arg, imsg);
	return -1;
}

static void
worker_free(struct worker *w)
{
	TAILQ_REMOVE(&w->keeper->workers, w, entry);
	channel_free(w->ch);
	free(w);
}

static void
worker_dead(struct channel *ch, const char *why, void *arg)
{
	struct worker		*w = arg;
	struct keeper		*k = w->keeper;
	struct event_rec	 e;

	(void)ch;
	if (why != NULL) {
		event_init(&e, EVENT_PEER_MALFORMED);
		e.role = w->id.role;
		e.instance = w->id.instance;
		keeper_event(k, &e);
		child_peer_breach(k->child, (enum proc_role)w->id.role,
		    w->id.instance, w->id.generation);
	}
	worker_free(w);
}

static int
worker_new(struct keeper *k, int fd, const struct msg_peer *id)
{
	struct worker	*w, *old;

	TAILQ_FOREACH(old, &k->workers, entry)
		if (old->id.instance == id->instance)
			break;
	if (old != NULL)
		worker_free(old);
	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal(NULL);
	w->keeper = k;
	w->id = *id;
	w->ch = channel_new(child_base(k->child), fd, PROC_KEEPER, PROC_PROXY,
	    MSG_PAYLOAD_MAX, 0, worker_dispatch, worker_dead, w);
	if (w->ch == NULL)
		fatal("channel to proxy-worker");
	channel_set_limit(w->ch, ANSWERS_MAX);
	TAILQ_INSERT_TAIL(&k->workers, w, entry);
	if (k->ca != NULL)
		keeper_tell(k, w->ch, 0);
	return 0;
}

/* The logger has nothing to say to us. */
static int
logger_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	(void)imsg;
	(void)arg;
	return -1;
}

static void
logger_dead(struct channel *ch, const char *why, void *arg)
{
	struct keeper	*k = arg;

	if (why != NULL)
		child_peer_breach(k->child, PROC_LOGGER, 0, 0);
	channel_free(ch);
	k->logger = NULL;
}

void
keeper_event(struct keeper *k, const struct event_rec *e)
{
	if (k->logger != NULL) {
		if (msg_event_send(k->logger, e) == -1)
			log_warn("event %s", event_name(e->type));
		return;
	}
	if (k->held == NULL &&
	    (k->held = calloc(EVENTS_HELD_MAX, sizeof(*k->held))) == NULL)
		fatal(NULL);
	if (k->nheld == EVENTS_HELD_MAX)
		log_warnx("event %s lost: no logger", event_name(e->type));
	else
		k->held[k->nheld++] = *e;
}

static int
logger_new(struct keeper *k, int fd)
{
	size_t	 i;

	channel_free(k->logger);
	k->logger = channel_new(child_base(k->child), fd, PROC_KEEPER,
	    PROC_LOGGER, MSG_PAYLOAD_MAX, 0, logger_dispatch, logger_dead, k);
	if (k->logger == NULL)
		fatal("channel to logger");
	for (i = 0; i < k->nheld; i++)
		keeper_event(k, &k->held[i]);
	k->nheld = 0;
	return 0;
}

static int
keeper_peer(void *ctx, int fd, const struct msg_peer *peer)
{
	switch (peer->role) {
	case PROC_PROXY:
		return worker_new(ctx, fd, peer);
	case PROC_LOGGER:
		return logger_new(ctx, fd);
	}
	close(fd);
	return -1;
}

/*
 * Everything once, with a key nobody will see again: the library then has
 * loaded what it needs, and a CA that cannot sign is found out now.
 */
static void
keeper_start(void *ctx)
{
	struct keeper		*k = ctx;
	struct ca		*trial;
	struct leaf_result	 r;
	const char		*why;

	if (k->ca == NULL || k->inspect.n == 0)
		fatalx("no key, or nothing to inspect");
	if ((trial = ca_new("", keeper_time())) == NULL)
		fatalx("no trial key could be made");
	why = leaf_make(k->ca, "guardian.invalid", trial->public,
	    keeper_time(), &r);
	if (why != NULL && strcmp(why, "ca_expired") != 0)
		fatalx("no trial certificate could be made: %s", why);
	ca_free(trial);
}

static void
keeper_stats(void *ctx, struct child_stats *stats)
{
	struct keeper	*k = ctx;

	*stats = k->stats;
}

int
main(int argc, char **argv)
{
	static const struct child_ops	 ops = {
		.role = PROC_KEEPER,
		.init = keeper_init,
		.config = keeper_config,
		.peer = keeper_peer,
		.start = keeper_start,
		.message = keeper_message,
		.stats = keeper_stats,
	};
	struct keeper	 k;

	memset(&k, 0, sizeof(k));
	TAILQ_INIT(&k.workers);
	return child_main(&ops, argc, argv, &k);
}
