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

#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

#include "journal.h"
#include "msg_start.h"

struct book;
struct chain;
struct dedup;
struct logfile;
struct store;

/*
 * Puts findings on disk, one after the other: the journal's record, the line
 * in findings.jsonl, the line in the client's file.  Nothing of the next
 * finding is written before the last byte of this one, so after a crash only
 * the last record can be unfinished.  When a write fails the finding stays
 * where it is and store_run() is called again later.
 */
struct store_ops {
	/* the client's file, not referenced; NULL when it has none */
	struct logfile	*(*file)(void *, const char *client);
	/* it is on disk in every place; tag is store_add()'s */
	void		(*written)(void *, const struct journal_rec *,
			    uint64_t tag);
	/* the file will have that size; to ask for its rotation */
	void		(*growing)(void *, enum file_kind, const char *client,
			    struct logfile *, uint64_t size);
	/* somebody removed it: to ask for another */
	void		(*gone)(void *, enum file_kind, const char *client,
			    struct logfile *);
	/*
	 * A record of an earlier run: its client wrote these bytes then, or,
	 * with total set, these were all of that day.
	 */
	void		(*restored)(void *, const char *client,
			    int64_t time_ms, uint64_t bytes, int total);
	/* calls emit for each client: what a new journal must know */
	void		(*quotas)(void *, void (*emit)(void *,
			    const char *client, uint64_t bytes), void *);
};

/* What a journal had to say, for the log. */
struct store_report {
	size_t		 records;
	size_t		 damaged;
	enum landing	 last;		/* of the last finding in it */
};

/* dedup stays the caller's.  NULL when out of memory. */
struct store	*store_new(const struct store_ops *, void *, struct dedup *);
void		 store_free(struct store *);
/* The key book to fill from the journal, and to keep there; the caller's. */
void		 store_set_book(struct store *, struct book *);
/* The hash chain of findings.jsonl; the caller's. */
void		 store_set_chain(struct store *, struct chain *);

/*
 * Takes over a file: FILE_FINDINGS or FILE_JOURNAL.  Once recovered, they are
 * replaced as a pair, when both have come and the finding being written is
 * complete; the new journal then gets what a restart has to know, as far back
 * as keep_ms.
 */
void		 store_set(struct store *, enum file_kind, struct logfile *);
/* The file findings go to now; NULL before the first. */
struct logfile	*store_findings(struct store *);
/* The last one given, which may still wait for its turn. */
struct logfile	*store_latest(struct store *, enum file_kind);
void		 store_set_keep(struct store *, int64_t keep_ms);

/*
 * At start, with both files and the clients' set: reads the journal, finishes
 * what a crash cut off (written by store_run).  0, or -1 with errno.
 */
int		 store_recover(struct store *, int64_t now_ms,
		    struct store_report *);
/*
 * The journal of before the last rotation, and its findings.jsonl or NULL: a
 * logger killed between the renaming and the news of it left nothing in the
 * new one.  Same result.
 */
int		 store_recall(struct store *, const struct logfile *journal,
		    const struct logfile *findings, int64_t now_ms,
		    struct store_report *);

/*
 * Queues a finding; entry, client and line of the record are set.  0, or -1
 * when out of memory.
 */
int		 store_add(struct store *, const struct journal_rec *,
		    uint64_t tag);
/* A queued finding came again by another way: its new tag. */
void		 store_retag(struct store *, const uint8_t[FINDING_ID_SIZE],
		    uint64_t tag);
size_t		 store_queued(const struct store *);

/* Writes all it can: 0 when nothing is left, or -1 with errno. */
int		 store_run(struct store *, int64_t now_ms);

#endif /* STORE_H */
