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

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "compat.h"
#include "events.h"
#include "jsonl.h"
#include "logfile.h"

struct line {
	TAILQ_ENTRY(line)	 entry;
	size_t			 len;
	char			 text[];
};

/* The latest of its kind stands for those held back. */
struct bucket {
	struct event_rec	 last;
	int			 used;		/* not a free place */
	unsigned int		 tokens;
	int64_t			 filled_ms;
	int64_t			 told_ms;
	uint64_t		 held;		/* events */
	uint64_t		 held_count;	/* sums of their numbers */
	uint64_t		 held_bytes;
};

struct eventlog {
	struct logfile		*file;
	struct logfile		*next;
	struct chain		*chain;
	TAILQ_HEAD(, line)	 lines;
	size_t			 waiting;
	size_t			 done;		/* of the first line */
	uint64_t		 offset;	/* where that is */
	uint64_t		 count;
	uint64_t		 lost;		/* no room to wait */
	uint32_t		 seed;
	struct bucket		 buckets[EVENTS_BUCKETS];
	/* for what finds no place among them */
	struct bucket		 rest[EVENT_TYPE_MAX];
};

struct eventlog *
events_new(void)
{
	struct eventlog	*el;

	if ((el = calloc(1, sizeof(*el))) == NULL)
		return NULL;
	TAILQ_INIT(&el->lines);
	el->seed = arc4random();
	return el;
}

void
events_free(struct eventlog *el)
{
	struct line	*l;

	if (el == NULL)
		return;
	while ((l = TAILQ_FIRST(&el->lines)) != NULL) {
		TAILQ_REMOVE(&el->lines, l, entry);
		free(l);
	}
	logfile_unref(el->file);
	logfile_unref(el->next);
	free(el);
}

static void
events_swap(struct eventlog *el)
{
	if (el->next == NULL || el->done > 0)
		return;
	logfile_unref(el->file);
	el->file = el->next;
	el->next = NULL;
}

void
events_set(struct eventlog *el, struct logfile *f)
{
	logfile_unref(el->next);
	el->next = f;
	events_swap(el);
}

void
events_set_chain(struct eventlog *el, struct chain *chain)
{
	el->chain = chain;
}

struct logfile *
events_file(struct eventlog *el)
{
	return el->file;
}

struct logfile *
events_latest(struct eventlog *el)
{
	return el->next != NULL ? el->next : el->file;
}

uint64_t
events_count(const struct eventlog *el)
{
	return el->count;
}

size_t
events_waiting(const struct eventlog *el)
{
	return el->waiting;
}

static void
events_write(struct eventlog *el, const struct event_rec *e)
{
	struct line	*l;
	char		 buf[EVENT_LINE_MAX];
	size_t		 len;

	if (el->waiting >= EVENTS_WAITING ||
	    (len = jsonl_event(e, buf)) == 0 ||
	    (l = malloc(sizeof(*l) + len)) == NULL) {
		el->lost++;
		return;
	}
	memcpy(l->text, buf, len);
	l->len = len;
	TAILQ_INSERT_TAIL(&el->lines, l, entry);
	el->waiting++;
}

/* One event for all that were held back. */
static void
bucket_tell(struct eventlog *el, struct bucket *b, int64_t mono_ms)
{
	struct event_rec	 e = b->last;

	if (b->held == 0)
		return;
	/* the others came from, and went to, who knows where */
	if (b->held > 1) {
		e.source[0] = '\0';
		e.dest[0] = '\0';
	}
	e.count = b->held_count;
	e.bytes = b->held_bytes;
	b->held = b->held_count = b->held_bytes = 0;
	b->told_ms = mono_ms;
	events_write(el, &e);
}

static void
bucket_fill(struct bucket *b, int64_t mono_ms)
{
	int64_t	 n = (mono_ms - b->filled_ms) / EVENTS_REFILL_MS;

	if (n <= 0)
		return;
	b->filled_ms += n * EVENTS_REFILL_MS;
	b->tokens = n > EVENTS_BURST - (int64_t)b->tokens ? EVENTS_BURST :
	    b->tokens + (unsigned int)n;
}

static int
bucket_is(const struct bucket *b, const struct event_rec *e)
{
	return b->used && b->last.type == e->type &&
	    b->last.direction == e->direction &&
	    strcmp(b->last.client, e->client) == 0 &&
	    strcmp(b->last.reason, e->reason) == 0;
}

static void
bucket_open(struct bucket *b, const struct event_rec *e, int64_t mono_ms)
{
	memset(b, 0, sizeof(*b));
	b->used = 1;
	b->tokens = EVENTS_BURST;
	b->filled_ms = b->told_ms = mono_ms;
	b->last = *e;
}

/*
 * The bucket of an event: its own, in one of a few places, or a place whose
 * bucket is full again and so remembers nothing; else what is left for all of
 * its type.
 */
static struct bucket *
bucket_find(struct eventlog *el, const struct event_rec *e, int64_t mono_ms)
{
	struct bucket	*b, *idle = NULL;
	const char	*p;
	uint32_t	 h = el->seed;
	unsigned int	 i;

	h = (h ^ e->type) * 16777619U;
	h = (h ^ e->direction) * 16777619U;
	for (p = e->client; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 16777619U;
	for (p = e->reason; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 16777619U;
	h ^= h >> 15;
	for (i = 0; i < 8; i++) {
		b = &el->buckets[(h + i) % EVENTS_BUCKETS];
		if (bucket_is(b, e))
			return b;
		if (b->used)
			bucket_fill(b, mono_ms);
		if (idle == NULL && (!b->used ||
		    (b->held == 0 && b->tokens == EVENTS_BURST)))
			idle = b;
	}
	if (idle != NULL) {
		bucket_open(idle, e, mono_ms);
		return idle;
	}
	b = &el->rest[e->type];
	if (!b->used)
		bucket_open(b, e, mono_ms);
	return b;
}

static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void
events_add(struct eventlog *el, const struct event_rec *e, int64_t mono_ms,
    int limited)
{
	struct bucket	*b;

	if (e->type >= EVENT_TYPE_MAX)
		return;
	el->count++;
	if (!limited) {
		events_write(el, e);
		return;
	}
	b = bucket_find(el, e, mono_ms);
	bucket_fill(b, mono_ms);
	if (b->tokens > 0) {
		b->tokens--;
		events_write(el, e);
		return;
	}
	if (!bucket_is(b, e)) {
		/* shared: name only what all of them have in common */
		b->last.client[0] = b->last.reason[0] = '\0';
		b->last.direction = EVENT_NO_DIRECTION;
		b->last.time_ms = e->time_ms;
	} else
		b->last = *e;
	b->held++;
	b->held_count = sum(b->held_count, e->count == 0 ? 1 : e->count);
	b->held_bytes = sum(b->held_bytes, e->bytes);
}

void
events_tick(struct eventlog *el, int64_t mono_ms, int force)
{
	struct bucket	*b;
	unsigned int	 i;

	for (i = 0; i < EVENTS_BUCKETS + EVENT_TYPE_MAX; i++) {
		b = i < EVENTS_BUCKETS ? &el->buckets[i] :
		    &el->rest[i - EVENTS_BUCKETS];
		if (b->held > 0 &&
		    (force || mono_ms - b->told_ms >= EVENTS_SUMMARY_MS))
			bucket_tell(el, b, mono_ms);
	}
}

/* Lines that found no room are told of as soon as there is some. */
static void
events_tell_lost(struct eventlog *el)
{
	struct event_rec	 e;

	if (el->lost == 0 || el->waiting >= EVENTS_WAITING)
		return;
	event_init(&e, EVENT_LOG_FAILED);
	strlcpy(e.reason, "events_lost", sizeof(e.reason));
	e.count = el->lost;
	el->lost = 0;
	events_write(el, &e);
}

int
events_run(struct eventlog *el)
{
	struct line	*l;
	off_t		 size;

	if (el->file == NULL)
		return 0;
	for (;;) {
		events_swap(el);
		events_tell_lost(el);
		if (el->done == 0) {
			if (logfile_fix(el->file) == -1 ||
			    chain_sync(el->chain, el->file) == -1 ||
			    (size = logfile_size(el->file)) == -1)
				return -1;
			el->offset = (uint64_t)size;
		}
		if ((l = TAILQ_FIRST(&el->lines)) == NULL)
			return 0;
		if (logfile_append(el->file, l->text, l->len, &el->done) ==
		    -1 || chain_add(el->chain, el->file, el->offset, l->text,
		    l->len) == -1)
			return -1;
		el->done = 0;
		TAILQ_REMOVE(&el->lines, l, entry);
		el->waiting--;
		free(l);
	}
}
