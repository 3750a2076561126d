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

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <jansson.h>

#include "ask.h"
#include "book.h"
#include "channel.h"
#include "compat.h"
#include "dedup.h"
#include "events.h"
#include "imsg.h"
#include "log.h"
#include "logfile.h"
#include "logger.h"
#include "query.h"
#include "store.h"

/*
 * logger: the only process that writes findings and events, and the only one
 * that reads them.  It opens nothing: files come from the parent, connections
 * of guardianctl from control.
 */

static int64_t
clock_ms(clockid_t id)
{
	struct timespec	 ts;

	if (clock_gettime(id, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
logger_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t
logger_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static void
arm(struct event *ev, int sec)
{
	struct timeval	 tv = { sec, 0 };

	if (event_add(ev, &tv) == -1)
		fatalx("timer");
}

static const char *
failure_word(int error)
{
	switch (error) {
	case ENOSPC:
		return "no_space";
	case EDQUOT:
		return "disk_quota";
	case EFBIG:
		return "file_too_large";
	case ENOENT:
		return "file_removed";
	default:
		return "io_error";
	}
}

/* 0, or -1 with errno. */
static int
run_events(struct logger *lg)
{
	struct logfile	*f = events_file(lg->events);

	/* one that waits to take its place is another one */
	if (f != NULL && f == events_latest(lg->events) && logfile_gone(f)) {
		files_gone(lg, FILE_EVENTS, "", f);
		errno = ENOENT;
		return -1;
	}
	return events_run(lg->events);
}

static void
write_events(struct logger *lg)
{
	struct logfile	*f;
	off_t		 size;

	if (run_events(lg) == -1) {
		if (!lg->events_failing)
			log_warn("events.jsonl cannot be written; events wait "
			    "in memory: make room or check the disk");
		lg->events_failing = 1;
		if (!event_pending(lg->retry, EV_TIMEOUT, NULL))
			arm(lg->retry, RETRY_SEC);
		return;
	}
	if (lg->events_failing) {
		lg->events_failing = 0;
		log_notice("events.jsonl is written again");
	}
	if ((f = events_file(lg->events)) != NULL &&
	    (size = logfile_size(f)) != -1)
		files_growing(lg, FILE_EVENTS, "", f, (uint64_t)size);
}

void
logger_event(struct logger *lg, const struct event_rec *e, int limited)
{
	events_add(lg->events, e, logger_mono_ms(), limited);
	if (lg->started && !lg->events_failing)
		write_events(lg);
}

void
logger_write(struct logger *lg)
{
	struct event_rec	 e;
	uint64_t		 before = lg->stats.v[STAT_FINDINGS], last;
	int			 error, n = 0;

	/* A disk that fails now and then is not one that takes nothing. */
	do {
		last = lg->stats.v[STAT_FINDINGS];
		error = store_run(lg->store, logger_now_ms()) == -1 ? errno :
		    0;
	} while (error != 0 && lg->stats.v[STAT_FINDINGS] != last &&
	    ++n < WRITES_MAX);
	if (lg->stats.v[STAT_FINDINGS] != before)
		queries_wake(lg->queries);
	if (events_waiting(lg->events) > 0 && !lg->events_failing)
		write_events(lg);	/* what the chain had to say */
	if (store_queued(lg->store) <= QUEUE_LOW)
		peers_pause(lg, 0);

	if (error != 0) {
		if (!event_pending(lg->retry, EV_TIMEOUT, NULL))
			arm(lg->retry, RETRY_SEC);
		if (!lg->failing) {
			lg->failing = error;
			errno = error;
			log_warn("findings cannot be written; they wait, "
			    "nothing is lost: make room or check the disk");
			event_init(&e, EVENT_LOG_FAILED);
			strlcpy(e.reason, failure_word(error),
			    sizeof(e.reason));
			logger_event(lg, &e, 0);
		}
	} else if (lg->failing) {
		lg->failing = 0;
		log_notice("findings are written again");
	}
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct logger	*lg = arg;

	(void)fd;
	(void)what;
	if (lg->failing || store_queued(lg->store) > 0)
		logger_write(lg);
	write_events(lg);
	logger_check_idle(lg);
}

static void
summaries(struct logger *lg, int force)
{
	struct client		*c;
	struct event_rec	 e;
	uint64_t		 n;

	TAILQ_FOREACH(c, &lg->clients, entry) {
		n = quota_summary(&c->quota, logger_now_ms(), SUMMARY_MS,
		    force);
		if (n == 0)
			continue;
		event_init(&e, EVENT_FINDING_SUPPRESSED_SUMMARY);
		strlcpy(e.client, c->name, sizeof(e.client));
		strlcpy(e.reason, "quota", sizeof(e.reason));
		e.count = n;
		logger_event(lg, &e, 0);
	}
	events_tick(lg->events, logger_mono_ms(), force);
	if (!lg->events_failing)
		write_events(lg);
}

static void
on_round(evutil_socket_t fd, short what, void *arg)
{
	struct logger	*lg = arg;

	(void)fd;
	(void)what;
	summaries(lg, 0);
	heads_tell(lg, 0);
	clients_drop(&lg->clients);
	peers_sweep(lg);
}

static void
restored(void *arg, const char *client, int64_t time_ms, uint64_t bytes,
    int total)
{
	struct logger	*lg = arg;
	struct client	*c = clients_find(&lg->clients, client);

	if (c != NULL)
		quota_restore(&c->quota, time_ms, logger_now_ms(), bytes,
		    total);
}

static void
quotas(void *arg, void (*emit)(void *, const char *, uint64_t), void *to)
{
	struct logger	*lg = arg;
	struct client	*c;
	uint64_t	 used;

	TAILQ_FOREACH(c, &lg->clients, entry)
		if ((used = quota_used(&c->quota, logger_now_ms())) > 0)
			emit(to, c->name, used);
}

static const struct store_ops	store_ops = {
	.file = files_client,
	.written = intake_written,
	.growing = files_growing,
	.gone = files_gone,
	.restored = restored,
	.quotas = quotas
};

static const struct query_ops	query_ops = {
	.file = files_query
};

static void
on_drain(evutil_socket_t fd, short what, void *arg)
{
	struct logger	*lg = arg;

	(void)fd;
	(void)what;
	if (lg->drained)
		return;
	if (store_queued(lg->store) > 0)
		log_warnx("%zu findings could not be written; their detectors "
		    "were not told they are", store_queued(lg->store));
	lg->drained = 1;
	child_drained(lg->child);
}

void
logger_check_idle(struct logger *lg)
{
	if (!lg->draining || lg->drained || peers_reporting(lg) ||
	    store_queued(lg->store) > 0 || events_waiting(lg->events) > 0)
		return;
	lg->drained = 1;
	event_del(lg->drain);
	child_drained(lg->child);
}

static void
op_init(void *arg, struct child *child)
{
	struct logger		*lg = arg;
	struct event_base	*base = child_base(child);

	lg->child = child;
	/* a file at its size limit is a full disk, not an end */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		fatal("signal");
	TAILQ_INIT(&lg->peers);
	if (clients_init(&lg->clients) == -1 ||
	    (lg->dedup = dedup_new(DEDUP_ENTRIES)) == NULL ||
	    (lg->book = book_new(BOOK_PAIRS)) == NULL ||
	    (lg->store = store_new(&store_ops, lg, lg->dedup)) == NULL ||
	    (lg->events = events_new()) == NULL ||
	    (lg->queries = queries_new(base, &query_ops, lg)) == NULL ||
	    (lg->asks = asks_new(lg)) == NULL ||
	    (lg->retry = evtimer_new(base, on_retry, lg)) == NULL ||
	    (lg->drain = evtimer_new(base, on_drain, lg)) == NULL ||
	    (lg->round = event_new(base, -1, EV_PERSIST, on_round, lg)) ==
	    NULL)
		fatalx("out of memory");
	store_set_book(lg->store, lg->book);
	if (heads_init(lg) == -1)
		fatalx("out of memory");
}

static int
take_settings(struct logger *lg, struct imsg *imsg)
{
	int64_t	 keep;

	if (msg_settings_recv(imsg, &lg->settings) == -1)
		return -1;
	/* ids matter for a while even when equal findings do not */
	keep = lg->settings.dedup_window < 3600 ? 3600 :
	    lg->settings.dedup_window;
	store_set_keep(lg->store, keep * 1000);
	return 0;
}

/* What comes at start comes again, one by one or all, at run time. */
static int
op_config(void *arg, struct imsg *imsg)
{
	struct logger		*lg = arg;
	struct msg_client	 client;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_SETTINGS_SEND:
		return take_settings(lg, imsg);
	case IMSG_PARENT_CLIENT_SEND:
		if (msg_client_recv(imsg, &client) == -1)
			return -1;
		if (clients_add(&lg->clients, &client) == -1)
			fatal("client");
		explicit_bzero(&client, sizeof(client));
		return 0;
	case IMSG_PARENT_FILE_SEND:
		return files_take(lg, imsg);
	case IMSG_ANY_EVENT_ADD:
		return intake_event(lg, NULL, imsg);
	}
	return -1;
}

static int
op_message(void *arg, struct imsg *imsg)
{
	struct logger	*lg = arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_RECONF_BEGIN:
		clients_begin(&lg->clients);
		return 0;
	case IMSG_PARENT_CONFIG_END:
		peers_run(lg);
		peers_sweep(lg);
		return 0;
	}
	return op_config(lg, imsg);
}

static int
op_peer(void *arg, int fd, const struct msg_peer *peer)
{
	return peers_add(arg, fd, peer);
}

static void
op_start(void *arg)
{
	struct logger	*lg = arg;

	/* or jansson would try to open a file for it in the sandbox */
	json_object_seed((size_t)arc4random() | 1);
	files_recover(lg);
	lg->started = 1;
	logger_write(lg);
	write_events(lg);
	arm(lg->round, ROUND_SEC);
}

static void
op_run(void *arg)
{
	peers_run(arg);
}

static void
op_stats(void *arg, struct child_stats *stats)
{
	struct logger	*lg = arg;

	*stats = lg->stats;
	stats->v[STAT_EVENTS] = events_count(lg->events);
}

static void
op_drain(void *arg)
{
	struct logger	*lg = arg;

	if (lg->draining)
		return;
	lg->draining = 1;
	summaries(lg, 1);
	heads_tell(lg, 1);
	arm(lg->drain, DRAIN_SEC);
	logger_check_idle(lg);
}

static void
logger_free(struct logger *lg)
{
	peers_free(lg);
	asks_free(lg->asks);
	queries_free(lg->queries);
	if (lg->retry != NULL)
		event_free(lg->retry);
	if (lg->round != NULL)
		event_free(lg->round);
	if (lg->drain != NULL)
		event_free(lg->drain);
	logfile_unref(lg->old_journal);
	logfile_unref(lg->old_findings);
	logfile_unref(lg->old_events);
	store_free(lg->store);
	events_free(lg->events);
	heads_free(lg);
	dedup_free(lg->dedup);
	clients_free(&lg->clients);
}

static void
op_stop(void *arg)
{
	struct logger	*lg = arg;

	if (lg->child == NULL)
		return;
	if (lg->started) {
		summaries(lg, 1);
		logger_write(lg);
		heads_tell(lg, 1);
		write_events(lg);
		if (store_queued(lg->store) > 0 ||
		    events_waiting(lg->events) > 0)
			log_warnx("stopped with %zu findings and %zu events "
			    "unwritten", store_queued(lg->store),
			    events_waiting(lg->events));
	}
	/* all that hangs on the event base, before it goes */
	logger_free(lg);
}

int
main(int argc, char **argv)
{
	static const struct child_ops	 ops = {
		.role = PROC_LOGGER,
		.init = op_init,
		.config = op_config,
		.peer = op_peer,
		.start = op_start,
		.run = op_run,
		.message = op_message,
		.stats = op_stats,
		.drain = op_drain,
		.stop = op_stop
	};
	struct logger	 lg;

	memset(&lg, 0, sizeof(lg));
	return child_main(&ops, argc, argv, &lg);
}
