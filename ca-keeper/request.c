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
#include <sys/time.h>
#include <sys/uio.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "keeper.h"
#include "log.h"
#include "mask.h"

int64_t
keeper_mono(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
keeper_time(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec;
}

static struct keeper_client *
find_client(struct keeper *k, const char *name)
{
	size_t	 i;

	for (i = 0; i < k->nclients; i++)
		if (strcmp(k->clients[i].name, name) == 0)
			return &k->clients[i];
	return NULL;
}

static const char *
judge(struct keeper *k, struct worker *w, const struct leaf_sign *s,
    int64_t now, int64_t now_ms, struct leaf_result *r)
{
	struct keeper_client	*c;
	char			 canon[HOST_CANON_SIZE];

	if ((c = find_client(k, s->client)) == NULL)
		return "unknown_client";
	if (host_canon(s->host, canon, sizeof(canon)) == -1 ||
	    strcmp(canon, s->host) != 0)
		return "bad_host";
	if (!hostlist_match(&k->inspect, s->host))
		return "not_inspected";
	if (hostlist_match(&k->passthrough, s->host))
		return "passthrough";
	if (!rate_has(&c->rate, CLIENT_BURST, CLIENT_PER_SECOND, now_ms) ||
	    !rate_has(&w->rate, WORKER_BURST, WORKER_PER_SECOND, now_ms) ||
	    !rate_has(&k->total, TOTAL_BURST, TOTAL_PER_SECOND, now_ms))
		return "rate_limited";
	/* from here on it costs something, whatever comes of it */
	rate_take(&c->rate);
	rate_take(&w->rate);
	rate_take(&k->total);
	return leaf_make(k->ca, s->host, s->key, now, r);
}

void
request_judge(struct keeper *k, struct worker *w, const struct leaf_sign *s,
    int64_t now, int64_t now_ms, struct leaf_result *r)
{
	const char	*why;

	memset(r, 0, sizeof(*r));
	if ((why = judge(k, w, s, now, now_ms, r)) != NULL)
		strlcpy(r->reason, why, sizeof(r->reason));
}

static void
event_fill(struct event_rec *e, enum event_type type,
    const struct leaf_sign *s)
{
	char	 host[MASK_HOST_SIZE];

	event_init(e, type);
	if (msg_client_ok(s->client))
		strlcpy(e->client, s->client, sizeof(e->client));
	if (mask_host(s->host, host, sizeof(host)) == -1)
		host[0] = '\0';
	/* no port: the certificate is for all of them */
	snprintf(e->dest, sizeof(e->dest), strchr(host, ':') != NULL &&
	    host_is_addr(host) ? "[%s]" : "%s", host);
	e->role = PROC_KEEPER;
}

/* Reasons are our own words, and there are fewer of them than places. */
static struct refusal *
find_refusal(struct keeper *k, const char *reason)
{
	struct refusal	*f = k->refusals;
	size_t		 i;

	for (i = 0; i < nitems(k->refusals) - 1; i++, f++) {
		if (f->reason[0] == '\0')
			strlcpy(f->reason, reason, sizeof(f->reason));
		if (strcmp(f->reason, reason) == 0)
			break;
	}
	return f;
}

/* Who asks for nonsense as fast as it can must not fill the event log. */
static void
tell_refusal(struct keeper *k, const struct leaf_sign *s, const char *reason,
    int64_t now_ms)
{
	static const struct timeval	 later = { REFUSAL_MS / 1000, 0 };
	struct refusal			*f;
	struct event_rec		 e;

	event_fill(&e, EVENT_LEAF_REFUSED, s);
	strlcpy(e.reason, reason, sizeof(e.reason));
	f = find_refusal(k, e.reason);
	if (f->told_ms == 0 || now_ms - f->told_ms >= REFUSAL_MS) {
		f->told_ms = now_ms;
		e.count = f->held + 1;
		f->held = 0;
		keeper_event(k, &e);
		return;
	}
	f->held++;
	f->last = e;
	if (!evtimer_pending(k->timer, NULL))
		evtimer_add(k->timer, &later);
}

void
request_tell(struct keeper *k)
{
	struct refusal	*f;
	int64_t		 now_ms = keeper_mono();
	size_t		 i;

	for (i = 0; i < nitems(k->refusals); i++) {
		f = &k->refusals[i];
		if (f->held == 0)
			continue;
		f->last.count = f->held;
		f->held = 0;
		f->told_ms = now_ms;
		keeper_event(k, &f->last);
	}
}

int
request_take(struct worker *w, struct imsg *imsg)
{
	struct keeper		*k = w->keeper;
	struct leaf_sign	 s;
	struct leaf_result	 r;
	struct event_rec	 e;
	int64_t			 now_ms = keeper_mono();

	if (msg_leaf_recv_sign(imsg, &s) == -1)
		return -1;
	request_judge(k, w, &s, keeper_time(), now_ms, &r);
	if (r.ok) {
		k->stats.v[STAT_LEAVES]++;
		event_fill(&e, EVENT_LEAF_ISSUED, &s);
		keeper_event(k, &e);
	} else {
		k->stats.v[STAT_LEAVES_REFUSED]++;
		tell_refusal(k, &s, r.reason, now_ms);
	}
	if (msg_leaf_send_result(w->ch, imsg_get_id(imsg), &r) == -1)
		log_warn("answer to a worker");
	return 0;
}
