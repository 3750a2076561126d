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

#include <string.h>

#include "compat.h"
#include "log.h"
#include "parent.h"

/*
 * What a proxy-worker has forwarded and a detector has not finished has two
 * copies, one in each.  When the worker dies the detector has the only one,
 * until it says that it has nothing of that worker any more; a detector that is
 * not there, hangs, or has just been started may have none, and one that lags
 * has not been sent what the worker had queued.  Who dies then takes messages
 * with it that nobody has looked at.  Which, nobody knows: that there may be
 * some is on record.
 */

#define HEIR_RECENT_MS	3000	/* a new one is shown what the last one had */
#define HEIR_SILENT_MS	2000	/* it may hang */
#define HEIR_SETTLE_MS	1000	/* what is in its sockets has been read */

static void
copies_lost(struct child_proc *c)
{
	char	 label[64];

	log_warnx("%s died with what no other process has: messages may have "
	    "gone unscanned", child_label(c, label, sizeof(label)));
	event_post_child(c, EVENT_SCAN_GAP, "copies_lost");
}

static int
has_copies(const struct child_proc *d, int64_t now)
{
	return d->state == PROC_READY && d->ch != NULL &&
	    now - d->spawned_ms > HEIR_RECENT_MS &&
	    (d->pinged_ms == 0 || now - d->pinged_ms < HEIR_SILENT_MS);
}

void
heir_died(struct child_proc *c)
{
	struct child_proc	*d;
	int64_t			 now = now_ms();
	int			 lost = 0;

	if (c->role == PROC_DETECTOR && c->heir_ms != 0) {
		c->heir_ms = 0;
		copies_lost(c);
	}
	if (c->role != PROC_PROXY)
		return;
	TAILQ_FOREACH(d, &c->parent->children, entry) {
		if (d->role != PROC_DETECTOR || d->generation != c->generation)
			continue;
		if (has_copies(d, now))
			d->heir_ms = now;
		else if (c->ran)
			lost = 1;
	}
	/* as of when it was last asked */
	if (lost || c->stats.v[STAT_QUEUED] > 0)
		copies_lost(c);
}

void
heir_pong(struct child_proc *c, int64_t asked_ms)
{
	if (c->heir_ms != 0 && asked_ms - c->heir_ms > HEIR_SETTLE_MS &&
	    c->stats.v[STAT_ORPHANS] == 0)
		c->heir_ms = 0;
}
