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
 * detector-worker: scans copies of the traffic.  It has no files and no
 * network; what it finds leaves as a redacted record and a keyed fingerprint.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "counts.h"
#include "detector.h"
#include "imsg.h"
#include "input.h"
#include "log.h"

static void
detector_init(void *ctx, struct child *child)
{
	struct detector	*d = ctx;

	d->child = child;
	d->paused = 1;
	if ((d->custom = custom_new()) == NULL ||
	    (d->counts = counts_new(child_base(child))) == NULL)
		fatal(NULL);
}

static int
detector_key(struct detector *d, struct imsg *imsg)
{
	ssize_t	 n;
	int	 fd;

	if (d->has_key || (fd = msg_get_fd(imsg)) == -1)
		return -1;
	/* pread: the descriptor's position is shared by all detectors */
	n = pread(fd, d->key, sizeof(d->key), 0);
	close(fd);
	if (n != (ssize_t)sizeof(d->key))
		return -1;
	d->has_key = 1;
	return 0;
}

static int
detector_config(void *ctx, struct imsg *imsg)
{
	struct detector		*d = ctx;
	struct msg_client	 client;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_SETTINGS_SEND:
		d->has_settings = 1;
		return msg_settings_recv(imsg, &d->settings);
	case IMSG_PARENT_CLIENT_SEND:
		return msg_client_recv(imsg, &client);	/* names travel along */
	case IMSG_PARENT_KEY_SEND:
		return detector_key(d, imsg);
	}
	return custom_recv(d->custom, imsg);
}

static int
detector_peer(void *ctx, int fd, const struct msg_peer *peer)
{
	struct detector	*d = ctx;

	switch (peer->role) {
	case PROC_PROXY:
		return link_new(d, fd, peer);
	case PROC_LOGGER:
		return logger_new(d, fd);
	case PROC_COMPILER:
		return database_peer(d, fd);
	}
	close(fd);
	return -1;
}

/* Rules are compiled while executable memory may still be had. */
static void
detector_start(void *ctx)
{
	struct detector	*d = ctx;
	char		 err[256];

	if (!d->has_settings || !d->has_key)
		fatalx("settings or key missing");
	if ((d->rules = rules_new_with(custom_tables(d->custom), err,
	    sizeof(err))) == NULL)
		fatalx("rules: %s", err);
	if (rules_selftest(d->rules, err, sizeof(err)) == -1)
		fatalx("rules do not find their own examples: %s", err);
	if ((d->ownkeys = ownkeys_new()) == NULL)
		fatal(NULL);
	rules_set_key(d->rules, d->key);
	explicit_bzero(d->key, sizeof(d->key));
	database_ask(d);
}

static int
detector_waits(void *ctx)
{
	struct detector	*d = ctx;

	return d->database != NULL;
}

static void
detector_confined(void *ctx)
{
	struct detector	*d = ctx;

	log_info("rules compiled, engine %s", rules_engine(d->rules));
	d->ready = 1;
	links_pause(d, 0);
}

static void
detector_stats(void *ctx, struct child_stats *stats)
{
	struct detector	*d = ctx;
	struct link	*l;
	struct unacked	*u;

	*stats = d->stats;
	/* What nobody else has any more: see parent/heir.c. */
	TAILQ_FOREACH(l, &d->links, entry)
		if (l->replaced)
			stats->v[STAT_ORPHANS]++;
	TAILQ_FOREACH(u, &d->unacked, entry)
		if (u->message == NULL)
			stats->v[STAT_ORPHANS]++;
}

void
detector_idle(struct detector *d)
{
	if (d->draining && TAILQ_EMPTY(&d->links) && d->nunacked == 0) {
		d->draining = 0;
		counts_flush(d->counts);
		child_drained(d->child);
	}
}

static void
detector_drain(void *ctx)
{
	struct detector	*d = ctx;

	d->draining = 1;
	detector_idle(d);
}

int
main(int argc, char **argv)
{
	static const struct child_ops	 ops = {
		.role = PROC_DETECTOR,
		.init = detector_init,
		.config = detector_config,
		.peer = detector_peer,
		.start = detector_start,
		.waits = detector_waits,
		.confined = detector_confined,
		.stats = detector_stats,
		.drain = detector_drain,
	};
	struct detector	 d;

	if (argc > 1 && strcmp(argv[1], "-s") == 0)
		return input_main(argc, argv);
	memset(&d, 0, sizeof(d));
	TAILQ_INIT(&d.links);
	TAILQ_INIT(&d.unacked);
	TAILQ_INIT(&d.held);
	return child_main(&ops, argc, argv, &d);
}
