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

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "compat.h"
#include "counts.h"
#include "detector_link.h"
#include "flow.h"
#include "log.h"
#include "proxy.h"
#include "resolve.h"
#include "upstream_pool.h"

/*
 * proxy-worker: takes connections from clients, speaks HTTP with them and with
 * origin servers, and shows every message to a detector-worker before it
 * passes it on.
 */

static void
proxy_init(void *ctx, struct child *child)
{
	struct proxy	*p = ctx;

	p->child = child;
	p->base = child_base(child);
	p->instance = child_init(child)->instance;
	TAILQ_INIT(&p->listeners);
	TAILQ_INIT(&p->flows);
	TAILQ_INIT(&p->dead);
	TAILQ_INIT(&p->corked);
	p->resolver = resolver_new(p->base);
	p->pool = upstream_pool_new(p);
	inspect_init(&p->inspect);
	if (blocks_init(&p->blocks) == -1 ||
	    (p->counts = counts_new(p->base)) == NULL ||
	    (p->reaper = evtimer_new(p->base, flow_reap, p)) == NULL ||
	    (p->flusher = evtimer_new(p->base, flow_flush, p)) == NULL)
		fatal("memory");
}

static int
proxy_config(void *ctx, struct imsg *imsg)
{
	return (config_dispatch(ctx, imsg));
}

/* It has nothing to say to us. */
static int
logger_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	(void)imsg;
	(void)arg;
	return (-1);
}

static void
logger_dead(struct channel *ch, const char *why, void *arg)
{
	struct proxy	*p = arg;

	if (why != NULL)
		child_peer_breach(p->child, PROC_LOGGER, 0, 0);
	channel_free(ch);
	p->logger = NULL;
	counts_logger(p->counts, NULL);
}

static int
proxy_peer(void *ctx, int fd, const struct msg_peer *peer)
{
	struct proxy	*p = ctx;

	if (peer->role == PROC_DETECTOR &&
	    peer->instance < PROC_INSTANCES_MAX) {
		if (p->links[peer->instance] == NULL)
			p->links[peer->instance] = dlink_new(p,
			    peer->instance);
		dlink_attach(p->links[peer->instance], fd);
		return (0);
	}
	if (peer->role == PROC_LOGGER) {
		channel_free(p->logger);
		if ((p->logger = channel_new(p->base, fd, PROC_PROXY,
		    PROC_LOGGER, MSG_PAYLOAD_MAX, 0, logger_dispatch,
		    logger_dead, p)) == NULL)
			fatal("channel to logger");
		report_flush(p);
		counts_logger(p->counts, p->logger);
		return (0);
	}
	if (peer->role == PROC_KEEPER) {
		inspect_keeper(p, fd);
		return (0);
	}
	close(fd);
	return (-1);
}

static void
proxy_start(void *ctx)
{
	static const char	 any[] = "Basic Ojo=";
	struct proxy		*p = ctx;
	uint8_t			 hash[CLIENT_HASH_SIZE];
	uint32_t		 i;

	config_check(p);
	inspect_start(p);
	for (i = 0; i < p->settings.detectors; i++)
		if (p->links[i] == NULL)
			p->links[i] = dlink_new(p, i);
	/* OpenSSL reads its configuration at the first digest: now. */
	if (client_credential_hash(any, sizeof(any) - 1, hash) == -1)
		fatalx("SHA-256 does not work");
}

static void
proxy_run(void *ctx)
{
	listen_run(ctx);
}

static void
proxy_stats(void *ctx, struct child_stats *stats)
{
	struct proxy	*p = ctx;
	size_t		 i;

	*stats = p->stats;
	stats->v[STAT_CONNECTIONS] = p->nflows;
	stats->v[STAT_RETAINED] = p->retained;
	stats->v[STAT_QUEUED] = 0;
	for (i = 0; i < PROC_INSTANCES_MAX; i++)
		if (p->links[i] != NULL)
			stats->v[STAT_QUEUED] += dlink_queued(p->links[i]);
}

/* The detectors have had their time: the rest is on record as not scanned. */
static void
proxy_finish_late(evutil_socket_t fd, short what, void *arg)
{
	struct proxy	*p = arg;
	size_t		 i;

	(void)fd;
	(void)what;
	if (p->drained)
		return;
	for (i = 0; i < PROC_INSTANCES_MAX; i++)
		if (p->links[i] != NULL)
			dlink_give_up(p->links[i], "stopped");
	event_active(p->reaper, EV_TIMEOUT, 0);
}

/* No new connections; those there are may end as they like. */
static void
proxy_drain(void *ctx)
{
	struct proxy	*p = ctx;

	p->draining = true;
	listen_stop(p);
	flow_drain(p);
	upstream_pool_shrink(p->pool, SIZE_MAX);
	/* Ends the process when the last message is done too. */
	event_active(p->reaper, EV_TIMEOUT, 0);
}

/*
 * The end of it all: no connection stays, but what they showed the detectors
 * is worth waiting for.
 */
static void
proxy_finish(void *ctx)
{
	struct proxy	*p = ctx;
	struct timeval	 tv = { T_FINISH / 1000, T_FINISH % 1000 * 1000 };

	p->draining = true;
	listen_stop(p);
	flow_finish(p);
	upstream_pool_shrink(p->pool, SIZE_MAX);
	if (event_base_once(p->base, -1, EV_TIMEOUT, proxy_finish_late, p,
	    &tv) == -1)
		fatalx("event_base_once");
	event_active(p->reaper, EV_TIMEOUT, 0);
}

int
main(int argc, char *argv[])
{
	static const struct child_ops	 ops = {
		.role = PROC_PROXY,
		.init = proxy_init,
		.config = proxy_config,
		.peer = proxy_peer,
		.start = proxy_start,
		.run = proxy_run,
		.message = proxy_config,
		.stats = proxy_stats,
		.drain = proxy_drain,
		.finish = proxy_finish
	};
	struct proxy			*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("memory");
	return (child_main(&ops, argc, argv, p));
}
