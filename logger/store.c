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
#include "dedup.h"
#include "log.h"
#include "logfile.h"
#include "store.h"

enum phase {
	PHASE_BEGIN,		/* nothing of the first item is written */
	PHASE_JOURNAL,
	PHASE_FINDINGS,
	PHASE_CHAIN,
	PHASE_CLIENT
};

struct item {
	TAILQ_ENTRY(item)	 entry;
	struct journal_rec	 rec;
	uint64_t		 tag;
};

struct store {
	const struct store_ops	*ops;
	void			*arg;
	struct dedup		*dedup;
	struct book		*book;
	struct chain		*chain;
	struct logfile		*findings;
	struct logfile		*journal;
	struct logfile		*next_findings;
	struct logfile		*next_journal;
	int			 live;		/* recovered */
	int64_t			 keep_ms;
	int64_t			 now_ms;

	TAILQ_HEAD(, item)	 items;
	size_t			 queued;

	/* of the first item */
	enum phase		 phase;
	struct logfile		*client;
	uint8_t			 rec[2 * JOURNAL_REC_MAX];
	size_t			 rec_len;
	size_t			 rec_done;
	size_t			 findings_done;
	size_t			 client_done;
};

struct store *
store_new(const struct store_ops *ops, void *arg, struct dedup *dedup)
{
	struct store	*st;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return NULL;
	st->ops = ops;
	st->arg = arg;
	st->dedup = dedup;
	TAILQ_INIT(&st->items);
	return st;
}

void
store_free(struct store *st)
{
	struct item	*it;

	if (st == NULL)
		return;
	while ((it = TAILQ_FIRST(&st->items)) != NULL) {
		TAILQ_REMOVE(&st->items, it, entry);
		free(it);
	}
	logfile_unref(st->client);
	logfile_unref(st->findings);
	logfile_unref(st->journal);
	logfile_unref(st->next_findings);
	logfile_unref(st->next_journal);
	free(st);
}

void
store_set_book(struct store *st, struct book *book)
{
	st->book = book;
}

void
store_set_chain(struct store *st, struct chain *chain)
{
	st->chain = chain;
}

void
store_set_keep(struct store *st, int64_t keep_ms)
{
	st->keep_ms = keep_ms;
}

size_t
store_queued(const struct store *st)
{
	return st->queued;
}

/*
 * What a new journal must know of the one before.  It is written in one go:
 * few entries are young enough as a rule, and at the most it is some
 * megabytes.  Failure leaves the journal short of old ids, not wrong.
 */
struct carry {
	struct store	*st;
	struct logfile	*to;
	uint8_t		 buf[64 * 1024];
	size_t		 len;
	int		 failed;
};

static void
carry_flush(struct carry *c)
{
	size_t	 done = 0;

	if (!c->failed && c->len > 0 &&
	    logfile_append(c->to, c->buf, c->len, &done) == -1) {
		log_warn("journal: cannot carry over what was written before; "
		    "a finding may be repeated after a restart");
		c->failed = 1;
	}
	c->len = 0;
}

static void
carry_rec(struct carry *c, const struct journal_rec *r)
{
	if (sizeof(c->buf) - c->len < JOURNAL_REC_MAX)
		carry_flush(c);
	c->len += journal_encode(r, c->buf + c->len);
}

static int
carry_entry(const struct dedup_entry *e, void *arg)
{
	struct carry		*c = arg;
	struct journal_rec	 r;

	/* one that is not on disk must not look as if it were */
	if (e->pending || c->st->now_ms - e->time_ms > c->st->keep_ms)
		return 0;
	memset(&r, 0, sizeof(r));
	r.kind = JOURNAL_CARRY;
	r.entry = *e;
	r.coffset = JOURNAL_NO_OFFSET;
	carry_rec(c, &r);
	return c->failed;
}

static void
carry_quota(void *arg, const char *client, uint64_t bytes)
{
	struct carry		*c = arg;
	struct journal_rec	 r;

	memset(&r, 0, sizeof(r));
	r.kind = JOURNAL_QUOTA;
	r.entry.time_ms = c->st->now_ms;
	r.bytes = bytes;
	r.coffset = JOURNAL_NO_OFFSET;
	strlcpy(r.client, client, sizeof(r.client));
	carry_rec(c, &r);
}

/* The record of a pair of the key book. */
static void
key_rec(struct journal_rec *r, const uint8_t fp[BOOK_FP_SIZE],
    const char *host, int64_t now_ms)
{
	memset(r, 0, sizeof(*r));
	r->kind = JOURNAL_KEY;
	r->entry.time_ms = now_ms;
	memcpy(r->entry.key, fp, sizeof(r->entry.key));
	r->coffset = JOURNAL_NO_OFFSET;
	r->line_len = strlcpy(r->line, host, sizeof(r->line));
}

static void
carry_pair(const uint8_t fp[BOOK_FP_SIZE], const char *host, void *arg)
{
	struct carry		*c = arg;
	struct journal_rec	 r;

	key_rec(&r, fp, host, c->st->now_ms);
	carry_rec(c, &r);
}

static void
store_carry(struct store *st, struct logfile *to)
{
	struct carry	*c;

	if (logfile_same(st->journal, to))
		return;		/* the one we have, opened again */
	if ((c = malloc(sizeof(*c))) == NULL) {
		log_warn("journal: cannot carry over what was written before");
		return;
	}
	c->st = st;
	c->to = to;
	c->len = 0;
	c->failed = 0;
	if (logfile_fix(to) == -1)
		c->failed = 1;
	st->ops->quotas(st->arg, carry_quota, c);
	dedup_each(st->dedup, carry_entry, c);
	if (st->book != NULL)
		book_each(st->book, carry_pair, c);
	carry_flush(c);
	if (c->failed)
		logfile_suspect(to);
	free(c);
}

/*
 * Between two findings: puts waiting files in their places.  Both go at once,
 * since a record in the new journal must speak of the new findings.jsonl.
 */
static void
store_swap(struct store *st)
{
	if (st->live &&
	    (st->next_findings == NULL || st->next_journal == NULL))
		return;
	if (st->next_findings != NULL) {
		logfile_unref(st->findings);
		st->findings = st->next_findings;
		st->next_findings = NULL;
	}
	if (st->next_journal != NULL) {
		if (st->live)
			store_carry(st, st->next_journal);
		logfile_unref(st->journal);
		st->journal = st->next_journal;
		st->next_journal = NULL;
	}
}

void
store_set(struct store *st, enum file_kind kind, struct logfile *f)
{
	struct logfile	**next;

	next = kind == FILE_JOURNAL ? &st->next_journal : &st->next_findings;
	logfile_unref(*next);
	*next = f;
	if (st->phase == PHASE_BEGIN)
		store_swap(st);
}

struct logfile *
store_findings(struct store *st)
{
	return st->findings;
}

struct logfile *
store_latest(struct store *st, enum file_kind kind)
{
	if (kind == FILE_JOURNAL)
		return st->next_journal != NULL ? st->next_journal :
		    st->journal;
	return st->next_findings != NULL ? st->next_findings : st->findings;
}

int
store_add(struct store *st, const struct journal_rec *rec, uint64_t tag)
{
	struct item	*it;

	if ((it = malloc(sizeof(*it))) == NULL)
		return -1;
	it->rec = *rec;
	it->tag = tag;
	TAILQ_INSERT_TAIL(&st->items, it, entry);
	st->queued++;
	return 0;
}

void
store_retag(struct store *st, const uint8_t id[FINDING_ID_SIZE], uint64_t tag)
{
	struct item	*it;

	TAILQ_FOREACH(it, &st->items, entry)
		if (memcmp(it->rec.entry.id, id, FINDING_ID_SIZE) == 0)
			it->tag = tag;
}

/*
 * Nothing goes into files that nobody will ever read: findings wait for those
 * that take their place.  A client's own file is not waited for, since the
 * others must not depend on what can be done to one client's directory.
 */
static int
store_gone(struct store *st, const char *client)
{
	if (st->client != NULL && logfile_gone(st->client)) {
		st->ops->gone(st->arg, FILE_CLIENT, client, st->client);
		logfile_unref(st->client);
		st->client = NULL;
	}
	if (!logfile_gone(st->findings) && !logfile_gone(st->journal))
		return 0;
	st->ops->gone(st->arg, FILE_FINDINGS, "", st->findings);
	errno = ENOENT;
	return -1;
}

/* Everything the record of the first item has to say is known now. */
static int
store_begin(struct store *st, struct item *it)
{
	struct journal_rec	*r = &it->rec, pair;
	off_t			 size;

	store_swap(st);
	logfile_unref(st->client);
	st->client = st->ops->file(st->arg, r->client);
	if (st->client != NULL)
		logfile_ref(st->client);
	if (store_gone(st, r->client) == -1 ||
	    logfile_fix(st->journal) == -1 ||
	    logfile_fix(st->findings) == -1 ||
	    (st->client != NULL && logfile_fix(st->client) == -1) ||
	    chain_sync(st->chain, st->findings) == -1)
		return -1;

	if ((size = logfile_size(st->findings)) == -1)
		return -1;
	r->kind = JOURNAL_FINDING;
	r->offset = (uint64_t)size;
	r->coffset = JOURNAL_NO_OFFSET;
	st->ops->growing(st->arg, FILE_FINDINGS, "", st->findings,
	    r->offset + r->line_len);
	if (st->client != NULL) {
		if ((size = logfile_size(st->client)) == -1)
			return -1;
		r->coffset = (uint64_t)size;
		st->ops->growing(st->arg, FILE_CLIENT, r->client, st->client,
		    r->coffset + r->line_len);
	}
	st->rec_len = 0;
	if (r->pair) {
		key_rec(&pair, r->fp, r->host, r->entry.time_ms);
		st->rec_len = journal_encode(&pair, st->rec);
	}
	st->rec_len += journal_encode(r, st->rec + st->rec_len);
	st->rec_done = st->findings_done = st->client_done = 0;
	return 0;
}

int
store_run(struct store *st, int64_t now_ms)
{
	struct item		*it;
	struct journal_rec	*r;

	st->now_ms = now_ms;
	while ((it = TAILQ_FIRST(&st->items)) != NULL) {
		r = &it->rec;
		switch (st->phase) {
		case PHASE_BEGIN:
			if (store_begin(st, it) == -1)
				return -1;
			st->phase = PHASE_JOURNAL;
			/* FALLTHROUGH */
		case PHASE_JOURNAL:
			if (logfile_append(st->journal, st->rec, st->rec_len,
			    &st->rec_done) == -1)
				return -1;
			st->phase = PHASE_FINDINGS;
			/* FALLTHROUGH */
		case PHASE_FINDINGS:
			if (logfile_append(st->findings, r->line, r->line_len,
			    &st->findings_done) == -1)
				return -1;
			st->phase = PHASE_CHAIN;
			/* FALLTHROUGH */
		case PHASE_CHAIN:
			if (chain_add(st->chain, st->findings, r->offset,
			    r->line, r->line_len) == -1)
				return -1;
			st->phase = PHASE_CLIENT;
			/* FALLTHROUGH */
		case PHASE_CLIENT:
			if (st->client != NULL &&
			    logfile_append(st->client, r->line, r->line_len,
			    &st->client_done) == -1)
				return -1;
			break;
		}
		logfile_unref(st->client);
		st->client = NULL;
		st->phase = PHASE_BEGIN;
		TAILQ_REMOVE(&st->items, it, entry);
		st->queued--;
		dedup_written(st->dedup, r->entry.id);
		st->ops->written(st->arg, r, it->tag);
		free(it);
	}
	store_swap(st);
	return logfile_fix(st->findings) == -1 ||
	    logfile_fix(st->journal) == -1 ||
	    chain_sync(st->chain, st->findings) == -1 ? -1 : 0;
}

struct load {
	struct store		*st;
	int64_t			 now_ms;
	struct journal_rec	 last;
	int			 any;
};

static void
load_rec(const struct journal_rec *r, void *arg)
{
	struct load		*l = arg;
	struct dedup_entry	 e = r->entry;
	unsigned int		 others;

	switch (r->kind) {
	case JOURNAL_FINDING:
		l->last = *r;
		l->any = 1;
		l->st->ops->restored(l->st->arg, r->client, e.time_ms,
		    r->line_len, 0);
		dedup_add(l->st->dedup, &e);
		break;
	case JOURNAL_CARRY:
		l->any = 0;	/* all before it had landed */
		dedup_add(l->st->dedup, &e);
		break;
	case JOURNAL_QUOTA:
		l->any = 0;
		l->st->ops->restored(l->st->arg, r->client, e.time_ms,
		    r->bytes, 1);
		break;
	case JOURNAL_KEY:
		if (l->st->book != NULL)
			book_add(l->st->book, e.key, r->line, &others);
		break;
	}
}

static int
store_load(struct store *st, const struct logfile *f, struct load *l,
    struct store_report *rep)
{
	ssize_t	 n;

	memset(l, 0, sizeof(*l));
	memset(rep, 0, sizeof(*rep));
	l->st = st;
	n = journal_load(f, JOURNAL_TAIL, load_rec, l, &rep->damaged);
	if (n == -1)
		return -1;
	rep->records = (size_t)n;
	return 0;
}

int
store_recall(struct store *st, const struct logfile *journal,
    const struct logfile *findings, int64_t now_ms, struct store_report *rep)
{
	struct load	*l;
	size_t		 have;
	int		 r;

	st->now_ms = now_ms;
	if ((l = malloc(sizeof(*l))) == NULL)
		return -1;
	r = store_load(st, journal, l, rep);
	rep->last = LANDING_FULL;
	if (r == 0 && l->any) {
		rep->last = findings == NULL ? LANDING_UNKNOWN :
		    journal_landing(findings, l->last.offset, l->last.line,
		    l->last.line_len, &have);
		/* better twice than never */
		if (rep->last != LANDING_FULL)
			dedup_forget(st->dedup, l->last.entry.id);
	}
	free(l);
	return r;
}

/* The last finding of the journal: is it where the record says? */
static int
recover_last(struct store *st, const struct journal_rec *last,
    struct store_report *rep)
{
	struct item	*it;
	size_t		 have, chave = last->line_len;

	rep->last = journal_landing(st->findings, last->offset, last->line,
	    last->line_len, &have);
	if (rep->last == LANDING_UNKNOWN) {
		/*
		 * Somebody replaced the file.  If the detector was told, it
		 * will not send the finding again; if not, it is welcome.
		 */
		dedup_forget(st->dedup, last->entry.id);
		return 0;
	}
	st->client = last->coffset == JOURNAL_NO_OFFSET ? NULL :
	    st->ops->file(st->arg, last->client);
	if (st->client != NULL) {
		logfile_ref(st->client);
		/* one that is not the file it was is left as it is */
		if (journal_landing(st->client, last->coffset, last->line,
		    last->line_len, &chave) == LANDING_UNKNOWN)
			chave = last->line_len;
	}
	if (have == last->line_len && chave == last->line_len) {
		logfile_unref(st->client);
		st->client = NULL;
		return 0;
	}
	if ((it = calloc(1, sizeof(*it))) == NULL)
		return -1;
	it->rec = *last;
	st->findings_done = have;
	st->client_done = chave;
	st->phase = PHASE_FINDINGS;
	TAILQ_INSERT_HEAD(&st->items, it, entry);
	st->queued++;
	return 0;
}

int
store_recover(struct store *st, int64_t now_ms, struct store_report *rep)
{
	struct load	*l;
	int		 r;

	st->now_ms = now_ms;
	st->live = 1;
	if ((l = malloc(sizeof(*l))) == NULL)
		return -1;
	r = store_load(st, st->journal, l, rep);
	rep->last = LANDING_FULL;
	if (r == 0 && l->any)
		r = recover_last(st, &l->last, rep);
	free(l);
	return r;
}
