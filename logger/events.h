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

#ifndef EVENTS_H
#define EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "msg_event.h"

struct chain;
struct eventlog;
struct logfile;

/*
 * events.jsonl.  A container can cause events at will (a malformed request
 * is one), so those that a child reports are limited by a token bucket for
 * each type, client, direction and reason; what goes over it is added up and
 * written as one event with its count and bytes.  Lines that cannot be
 * written wait; those the waiting room does not hold are counted.
 */
#define EVENTS_BURST		30
#define EVENTS_REFILL_MS	10000	/* one token */
#define EVENTS_SUMMARY_MS	30000
#define EVENTS_BUCKETS		1024
#define EVENTS_WAITING		512	/* lines */

struct eventlog	*events_new(void);
void		 events_free(struct eventlog *);

/*
 * Takes over a file; the one before is left once a line cut off in it is
 * complete.
 */
void		 events_set(struct eventlog *, struct logfile *);
/* Its hash chain; the caller's. */
void		 events_set_chain(struct eventlog *, struct chain *);
/* The file written to, and the last one given; NULL before the first. */
struct logfile	*events_file(struct eventlog *);
struct logfile	*events_latest(struct eventlog *);

/*
 * Adds an event.  mono_ms is a clock that is never set; limited is 0 for the
 * parent's and our own.
 */
void		 events_add(struct eventlog *, const struct event_rec *,
		    int64_t mono_ms, int limited);
/* Writes summaries that are due; all of them with force. */
void		 events_tick(struct eventlog *, int64_t mono_ms, int force);
/* Writes all it can: 0 when nothing is left, or -1 with errno. */
int		 events_run(struct eventlog *);

uint64_t	 events_count(const struct eventlog *);	/* taken, ever */
size_t		 events_waiting(const struct eventlog *);

#endif /* EVENTS_H */
