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

#ifndef STATS_H
#define STATS_H

#include <stdint.h>

/*
 * Counters that every child reports in its PONG.  A child fills those it has;
 * status and metrics add them up by role.  Gauges say so; all others only grow.
 */
enum stat_id {
	STAT_CONNECTIONS,	/* gauge: client connections open now */
	STAT_ACCEPTED,		/* client connections ever */
	STAT_REQUESTS,
	STAT_RESPONSES,
	STAT_TUNNELS,		/* opaque tunnels ever */
	STAT_BYTES_IN,		/* bytes read from clients */
	STAT_BYTES_OUT,		/* bytes read from origins */
	STAT_BYTES_OPAQUE,	/* tunnel bytes that could not be scanned */
	STAT_REFUSED,		/* requests refused by policy or syntax */
	STAT_RETAINED,		/* gauge: bytes kept for replay */
	STAT_QUEUED,		/* gauge: bytes waiting for detectors */
	STAT_REPLAYED,		/* messages replayed after a crash */
	STAT_MESSAGES,		/* messages that ended, scanned or not */
	STAT_SEEN,		/* bytes of messages seen */
	STAT_SCANNED,
	STAT_SKIPPED,		/* of those seen, not scanned */
	STAT_SKIPPED_MESSAGES,	/* messages with skipped bytes */
	STAT_FINDINGS,		/* found (detector) or written (logger) */
	STAT_DUPLICATES,	/* findings dropped by the dedup window */
	STAT_REPEATED,		/* findings dropped by their id */
	STAT_SUPPRESSED,	/* findings over a client's quota */
	STAT_EVENTS,
	STAT_RULE_LIMITS,	/* rule stopped by a match limit */
	STAT_LEAVES,		/* certificates issued */
	STAT_LEAVES_REFUSED,
	STAT_PREFILTERED,	/* gauge: 1 with the literal prefilter */
	STAT_IGNORED,		/* matches that the configuration ignores */
	STAT_RULES_DISABLED,	/* rules that reached limits too often */
	STAT_DECODED,		/* bytes of decoded texts, scanned as well */
	STAT_ORPHANS,		/* gauge: of dead proxy-workers, unfinished */
	STAT_MAX
};

struct child_stats {
	uint64_t	 v[STAT_MAX];
};

struct ibuf;

const char	*stat_name(unsigned int id);	/* "bytes_scanned" ... */

/* The counters as part of a message's payload; 0, or -1 with errno set. */
int		 stats_add(struct ibuf *, const struct child_stats *);
int		 stats_get(struct ibuf *, struct child_stats *);

#endif /* STATS_H */
