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

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "compat.h"
#include "log.h"
#include "proxy.h"
#include "upstream_pool.h"

#define BUCKETS		256

TAILQ_HEAD(upstream_list, upstream);

struct upstream_pool {
	struct proxy		*proxy;
	struct upstream_list	 list;
	struct upstream_list	 keys[BUCKETS];
	size_t			 n;
	struct event		*timer;
};

struct upstream *
upstream_new(struct event_base *base, int fd, const struct upstream_key *key,
    size_t out_max)
{
	struct upstream	*up;

	if ((up = calloc(1, sizeof(*up))) == NULL) {
		close(fd);
		return (NULL);
	}
	up->key = *key;
	io_open(&up->io, base, fd, out_max);
	return (up);
}

void
upstream_free(struct upstream *up)
{
	if (up == NULL)
		return;
	io_close(&up->io);
	freezero(up, sizeof(*up));
}

static struct upstream_list *
bucket(const struct upstream_pool *pool, const struct upstream_key *key)
{
	const char	*s;
	uint32_t	 h = 2166136261U;	/* FNV-1a */

	for (s = key->host; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 16777619U;
	h = (h ^ key->port) * 16777619U;
	return ((struct upstream_list *)&pool->keys[h % BUCKETS]);
}

static bool
same_key(const struct upstream_key *a, const struct upstream_key *b)
{
	return (a->client == b->client && a->port == b->port &&
	    a->scheme == b->scheme && a->has_credential == b->has_credential &&
	    memcmp(a->credential, b->credential, sizeof(a->credential)) == 0 &&
	    strcmp(a->host, b->host) == 0 && strcmp(a->name, b->name) == 0);
}

static void
take(struct upstream_pool *pool, struct upstream *up)
{
	TAILQ_REMOVE(&pool->list, up, entry);
	TAILQ_REMOVE(bucket(pool, &up->key), up, hash);
	up->pool = NULL;
	up->key.client->pooled--;
	pool->n--;
}

static void
drop(struct upstream_pool *pool, struct upstream *up)
{
	take(pool, up);
	upstream_free(up);
}

/*
 * Whatever comes now belongs to no request: nobody may get it.  It has memory
 * of its own, because a request may be just being read from the worker's.
 */
static bool
still_good(struct upstream *up)
{
	struct upstream_pool	*pool = up->pool;
	struct report		 r;
	uint8_t			 data[4096];
	ssize_t			 n;

	n = io_read(&up->io, data, sizeof(data));
	if (n == 0 && !up->io.eof)
		return (true);
	if (n > 0) {
		memset(&r, 0, sizeof(r));
		r.type = EVENT_PROTOCOL_ERROR;
		r.direction = FLOW_INBOUND;
		r.client = up->key.client->name;
		r.host = up->key.host;
		r.port = up->key.port;
		r.reason = "unasked";
		r.bytes = (uint64_t)n;
		report(pool->proxy, &r);
		explicit_bzero(data, (size_t)n);
	}
	return (false);
}

static void
readable(void *arg)
{
	struct upstream	*up = arg;

	if (still_good(up))
		io_arm(&up->io, true);
	else
		drop(up->pool, up);
}

/* Nothing is written on one that waits. */
static void
writable(void *arg)
{
	struct upstream	*up = arg;

	drop(up->pool, up);
}

static void
set_timer(struct upstream_pool *pool, int64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	if (event_add(pool->timer, &tv) == -1)
		fatalx("event_add");
}

static void
timeout(evutil_socket_t fd, short what, void *arg)
{
	struct upstream_pool	*pool = arg;
	int64_t			 ms;

	(void)fd;
	(void)what;
	if ((ms = upstream_pool_expire(pool)) != -1)
		set_timer(pool, ms);
}

struct upstream_pool *
upstream_pool_new(struct proxy *p)
{
	struct upstream_pool	*pool;
	size_t			 i;

	if ((pool = calloc(1, sizeof(*pool))) == NULL ||
	    (pool->timer = evtimer_new(p->base, timeout, pool)) == NULL)
		fatal("memory");
	pool->proxy = p;
	TAILQ_INIT(&pool->list);
	for (i = 0; i < BUCKETS; i++)
		TAILQ_INIT(&pool->keys[i]);
	return (pool);
}

/* Room for one more of that key; the oldest in the way goes. */
static void
make_room(struct upstream_pool *pool, const struct upstream_key *key)
{
	struct upstream	*up, *last = NULL;
	size_t		 n = 0;

	TAILQ_FOREACH(up, bucket(pool, key), hash)
		if (same_key(&up->key, key)) {
			last = up;
			n++;
		}
	if (n >= POOL_KEY_MAX)
		drop(pool, last);
	if (key->client->pooled >= POOL_CLIENT_MAX) {
		TAILQ_FOREACH(up, &pool->list, entry)
			if (up->key.client == key->client)
				break;
		drop(pool, up);
	}
	if (pool->n >= POOL_MAX)
		drop(pool, TAILQ_FIRST(&pool->list));
}

void
upstream_pool_put(struct upstream_pool *pool, struct upstream *up)
{
	if (pool->proxy->draining || up->bound || up->io.eof ||
	    io_queued(&up->io) > 0) {
		upstream_free(up);
		return;
	}
	make_room(pool, &up->key);
	if (TAILQ_EMPTY(&pool->list))
		set_timer(pool, T_UPSTREAM_IDLE);
	up->pool = pool;
	up->idle = proxy_now();
	TAILQ_INSERT_TAIL(&pool->list, up, entry);
	TAILQ_INSERT_HEAD(bucket(pool, &up->key), up, hash);
	up->key.client->pooled++;
	pool->n++;
	io_own(&up->io, readable, writable, up);
	io_arm(&up->io, true);
}

/* See upstream_pool_get(). */
static bool
is_safe(const struct upstream *up, const uint8_t user[FLOW_UID_SIZE])
{
	int64_t	 idle = proxy_now() - up->idle;

	if (idle >= T_REUSE_UNSAFE)
		return (false);
	return (up->served > 1 || idle >= T_REUSE_STAYS ||
	    memcmp(up->user, user, sizeof(up->user)) == 0);
}

struct upstream *
upstream_pool_get(struct upstream_pool *pool, const struct upstream_key *key,
    const uint8_t user[FLOW_UID_SIZE], bool careful)
{
	struct upstream	*up, *next;

	for (up = TAILQ_FIRST(bucket(pool, key)); up != NULL; up = next) {
		next = TAILQ_NEXT(up, hash);
		if (!same_key(&up->key, key) ||
		    (careful && !is_safe(up, user)))
			continue;
		/*
		 * The loop may not have come to tell us of its end yet, or of
		 * bytes that nobody asked for: however short it waited.
		 */
		if (!io_is_quiet(&up->io) && !still_good(up)) {
			drop(pool, up);
			continue;
		}
		take(pool, up);
		return (up);
	}
	return (NULL);
}

bool
upstream_pool_has(const struct upstream_pool *pool,
    const struct upstream_key *key)
{
	const struct upstream	*up;

	TAILQ_FOREACH(up, bucket(pool, key), hash)
		if (same_key(&up->key, key) && io_is_quiet(&up->io))
			return (true);
	return (false);
}

size_t
upstream_pool_shrink(struct upstream_pool *pool, size_t n)
{
	struct upstream	*up;
	size_t		 done;

	for (done = 0; done < n &&
	    (up = TAILQ_FIRST(&pool->list)) != NULL; done++)
		drop(pool, up);
	return (done);
}

int64_t
upstream_pool_expire(struct upstream_pool *pool)
{
	struct upstream	*up;
	int64_t		 left;

	while ((up = TAILQ_FIRST(&pool->list)) != NULL) {
		left = up->idle + T_UPSTREAM_IDLE - proxy_now();
		if (left > 0)
			return (left);
		drop(pool, up);
	}
	return (-1);
}

size_t
upstream_pool_count(const struct upstream_pool *pool)
{
	return (pool->n);
}
