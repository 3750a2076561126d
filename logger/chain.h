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

#ifndef CHAIN_H
#define CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "chainrec.h"

struct chain;
struct logfile;

/*
 * The hash chain of one log, which goes on over rotations and restarts; see
 * chainrec.h for its records.  Its file comes with the log's, as the member
 * chain of struct logfile; a log without one has no chain, and all of this
 * does nothing.
 *
 * Order on disk: first the line, then its record.  So a kill between the two
 * leaves one line without a record, never a record without its line.  The
 * next start writes a record of another kind for that line.  More than one
 * line is nothing a kill leaves, and is recorded, and told, as foreign: who
 * adds lines while nobody writes has at most one that looks like ours.
 */
enum chain_found {
	CHAIN_FOUND_RECOVERED,	/* a line without a record, at a start */
	CHAIN_FOUND_FOREIGN,	/* bytes somebody else wrote */
	CHAIN_FOUND_CUT,	/* bytes have gone */
	CHAIN_FOUND_NONE,	/* a log with lines, and no chain at all */
	CHAIN_FOUND_DAMAGED	/* a chain without a record at its end */
};

/* Called from within the functions below, once for each occurrence. */
typedef void	 chain_found_cb(void *, enum chain_found, uint64_t bytes);

/* NULL when out of memory. */
struct chain	*chain_new(chain_found_cb *, void *);
void		 chain_free(struct chain *);

/*
 * At start, before the first sync: the log, with its chain, that the last
 * rotation put aside.  A chain that has nothing in it yet goes on from there.
 */
void		 chain_recall(struct chain *, struct logfile *);

/*
 * Before a line is written to the log, and when nothing is left to write:
 * completes what is owed to the log of before, if this is another, then makes
 * the records cover every byte of this one.  0, or -1 with errno when
 * something could not be written; then the line has to wait.
 */
int		 chain_sync(struct chain *, struct logfile *);
/*
 * After a line was written at that offset, once or, after -1, again and
 * again: its record.  0, or -1 with errno.
 */
int		 chain_add(struct chain *, struct logfile *, uint64_t offset,
		    const void *line, size_t len);

/* The last record: its number, 0 before the first, and head. */
uint64_t	 chain_head(const struct chain *, uint8_t[CHAIN_HASH_SIZE]);
/* How many files have been begun since the start, this one included. */
unsigned int	 chain_files(const struct chain *);

#endif /* CHAIN_H */
