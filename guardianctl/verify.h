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

#ifndef VERIFY_H
#define VERIFY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include "chainrec.h"

/*
 * Checks logs against their hash chains (chainrec.h).  All of it works on what
 * is open already (gzdopen asks for the place in a file, the sandbox refuses
 * that), and closes what it has read.
 */

/* What is wrong, or worth a word. */
enum verify_what {
	VERIFY_CHANGED,		/* a line is not what was written */
	VERIFY_REMOVED,		/* lines that were written have gone */
	VERIFY_INSERTED,	/* lines that the logger did not write */
	VERIFY_MOVED,		/* lines that stood elsewhere */
	VERIFY_CUT,		/* the last lines have gone */
	VERIFY_NO_CHAIN,	/* lines that should have a chain */
	VERIFY_NO_LOG,		/* the chain of a log that is not there */
	VERIFY_CHAIN_BROKEN,	/* a record does not follow the one before */
	VERIFY_CHAIN_GONE,	/* records that were written have gone */
	VERIFY_HEAD,		/* a head told before is another now */
	VERIFY_UNREADABLE,
	/* lines of before the first record of all: nothing speaks for them */
	VERIFY_UNPROVEN,
	/* these are no faults */
	VERIFY_NOTE_UNFINISHED,	/* the last line has no record yet */
	VERIFY_NOTE_TORN,	/* a record that a kill cut off */
	VERIFY_NOTE_RECOVERED	/* a line whose record a kill prevented */
};

struct verify_problem {
	enum verify_what	 what;
	const char		*file;
	uint64_t		 first;	/* line or, of a chain, record */
	uint64_t		 last;
};

typedef void	 verify_cb(void *, const struct verify_problem *);

/* A head that somebody kept. */
struct verify_head {
	uint64_t	 seq;
	uint8_t		 head[CHAIN_HASH_SIZE];
};

struct verify_heads {
	struct verify_head	*v;
	size_t			 n;
	size_t			 size;
};

/* A log and its rotated files; oldest first, the one being written last. */
struct verify_file {
	char		*name;		/* findings.jsonl.2, or with .gz */
	char		*chain_name;
	gzFile		 gz;		/* plain or packed; NULL: not there */
	gzFile		 chain_gz;
	dev_t		 dev;
	ino_t		 ino;
	uint64_t	 limit;		/* its size before its chain was read */
	/* results */
	uint64_t	 lines;
	uint64_t	 bare;		/* lines at its start without record */
	uint64_t	 first_seq;	/* 0: no record */
	uint64_t	 last_seq;
};

struct verify_log {
	const char		*name;		/* "findings" */
	struct verify_file	*files;
	size_t			 nfiles;
	/* results */
	uint64_t		 seq;
	uint8_t			 head[CHAIN_HASH_SIZE];
	size_t			 problems;
	uint64_t		 unproven;	/* lines */
	size_t			 heads_checked;
};

/*
 * Checks one log; told heads of it are compared, and heads of another log in
 * the lines of this one are added to found (NULL: not looked for).  Calls cb
 * for each problem and note.  0, or -1 when out of memory.
 */
int	 verify_run(struct verify_log *, const struct verify_heads *told,
	    struct verify_heads *found, verify_cb *, void *);

/*
 * Reads the heads of these logs out of the system's log: every "chain head:
 * NAME NUMBER HEX" anywhere in a line.  0, or -1 when out of memory or
 * unreadable.
 */
int	 verify_heads_read(gzFile *, struct verify_heads *,
	    const struct verify_log *, size_t nlogs);
int	 verify_heads_add(struct verify_heads *, uint64_t seq,
	    const uint8_t head[CHAIN_HASH_SIZE]);
void	 verify_heads_free(struct verify_heads *);

/* diff.c */
struct verify_line {
	uint8_t		 hash[CHAIN_HASH_SIZE];
};
/*
 * Compares the lines that are there with those that were written, and calls
 * tell with numbers from 1 (of lines; for removed ones, where they were).  0,
 * or -1 when out of memory.
 */
int	 verify_diff(const struct verify_line *is, size_t nis,
	    const struct verify_line *was, size_t nwas,
	    void (*tell)(void *, enum verify_what, uint64_t first,
	    uint64_t last), void *);

#endif /* VERIFY_H */
