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

#ifndef SHELF_H
#define SHELF_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "msg_start.h"

/*
 * What is in the log directory: which files, how large, and which of those
 * that rotation put aside are next to be packed, or to be removed for room.
 * It works on directory descriptors alone and changes nothing.
 */

/* The name, in each directory, of a file that is being packed. */
#define SHELF_TEMP	"archive.tmp"
#define SHELF_NAME_SIZE	48		/* findings.jsonl.1000.gz */
#define SHELF_PLAIN	2		/* numbers below stay as they are */

struct shelf_file {
	char		 client[MSG_CLIENT_SIZE];	/* "": of all */
	uint8_t		 kind;		/* file_kind; FILE_JOURNAL: temp */
	unsigned int	 n;		/* 0: written to; 1: the youngest */
	int		 packed;
	uint64_t	 size;
	int64_t		 mtime;		/* seconds since 1970 */
	dev_t		 dev;
	ino_t		 ino;
};

struct shelf {
	struct shelf_file	*v;
	size_t			 n;
	size_t			 size;
	uint64_t		 total;	/* of everything that is there */
};

/*
 * Reads both directories; clients has one directory for each client there
 * ever was.  0, or -1 with errno.  shelf_free() in either case.
 */
int	 shelf_read(struct shelf *, int log_dir, int clients_dir);
void	 shelf_free(struct shelf *);

/* "findings.jsonl.3.gz". */
void	 shelf_name(const struct shelf_file *, char[SHELF_NAME_SIZE]);
/* 1, or 0 when it is no name of such a file. */
int	 shelf_parse(const char *name, int client, struct shelf_file *);

/* For which files the answer is no: a failure not long ago, somebody's lock. */
typedef int	 shelf_veto(void *, const struct shelf_file *);

/*
 * The next to be packed: the youngest that the logger has no part in any more,
 * evidence before copies.  NULL when there is none.
 */
const struct shelf_file
	*shelf_next_pack(const struct shelf *, shelf_veto *, void *);

/*
 * The next to be removed, when there is more than max: a copy, while there is
 * one, of the client that has most, else of the larger log of the two; there
 * the oldest.  So nobody who makes much of one kind has others removed.  It
 * may be the log or, where that is missing, its chain; they go together.  The
 * veto is for the youngest of a log, which the logger may still write to.
 * NULL when there is room, or nothing to remove.
 */
const struct shelf_file
	*shelf_next_remove(const struct shelf *, uint64_t max, shelf_veto *,
	    void *);

/* A packed file whose original is still there: a kill came between. */
const struct shelf_file
	*shelf_twin(const struct shelf *);
/* The file that has this inode, or NULL: it may have moved up. */
const struct shelf_file
	*shelf_find(const struct shelf *, dev_t, ino_t);
/* Forgets it, and its bytes. */
void	 shelf_drop(struct shelf *, const struct shelf_file *);
/* The kind of the log that a chain belongs to; of any other, itself. */
uint8_t	 shelf_log(uint8_t kind);

#endif /* SHELF_H */
