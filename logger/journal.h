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

#ifndef JOURNAL_H
#define JOURNAL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "book.h"
#include "dedup.h"
#include "jsonl.h"
#include "msg.h"

struct logfile;

/*
 * The sidecar of findings.jsonl: what happened to which finding, so that a
 * logger that is killed between any two writes neither loses nor repeats one.
 * A record is written before the line it describes, and holds the whole line,
 * so a restart can finish a write that was cut off.
 *
 * Records start at multiples of 64 bytes and are filled up with zeroes to the
 * next.  Integers are in network order:
 *
 *	 0	magic	   0xce 'G' 'J' 0x01
 *	 4	kind	   16 bits, enum journal_kind
 *	 6	name	   16 bits, length of the client's name
 *	 8	line	   32 bits, length of the line
 *	12	crc	   32 bits, of the record with this field zero
 *	16	time	   64 bits, milliseconds since 1970
 *	24	offset	   64 bits, where the line goes in findings.jsonl
 *	32	coffset	   64 bits, in the client's; or all ones
 *	40	bytes	   64 bits, of the client's quota used that day
 *	48	id	   16 bytes
 *	64	key	   32 bytes
 *	96		   the client's name, then the line with its newline,
 *			   or, for JOURNAL_KEY, a host
 *
 * No line or name holds the magic's first byte, so nothing in a record passes
 * for the start of another.  A record that a crash or a full disk cut off is
 * filled up with zeroes and skipped.
 */
#define JOURNAL_ALIGN		64
#define JOURNAL_HEAD		96
#define JOURNAL_REC_MAX		(JOURNAL_HEAD + MSG_CLIENT_SIZE +	\
				    FINDING_LINE_MAX + JOURNAL_ALIGN)
#define JOURNAL_NO_OFFSET	UINT64_MAX

/* How much of the end is read at start: bytes. */
#define JOURNAL_TAIL		(32 * 1024 * 1024)

enum journal_kind {
	JOURNAL_FINDING = 1,	/* the line is about to be written */
	JOURNAL_CARRY,		/* from the journal before: id and key only */
	JOURNAL_QUOTA,		/* likewise: client and bytes */
	JOURNAL_KEY		/* the key book: a fingerprint as key, a host */
};

struct journal_rec {
	enum journal_kind	 kind;
	struct dedup_entry	 entry;
	char			 client[MSG_CLIENT_SIZE];
	uint64_t		 offset;
	uint64_t		 coffset;
	uint64_t		 bytes;
	char			 line[FINDING_LINE_MAX];
	size_t			 line_len;
	/* Not of the record: the pair for the key book, written before it. */
	int			 pair;
	uint8_t			 fp[BOOK_FP_SIZE];
	char			 host[MSG_DEST_SIZE];
};

/* Writes the record's bytes; their number, a multiple of JOURNAL_ALIGN. */
size_t	journal_encode(const struct journal_rec *,
	    uint8_t[JOURNAL_REC_MAX]);
/*
 * Reads a record at the start of a buffer: the bytes it takes, 0 when there
 * is none (or only part of one).
 */
size_t	journal_decode(const uint8_t *, size_t, struct journal_rec *);

/*
 * Reads the last tail bytes of a journal and calls cb for each good record,
 * oldest first.  Returns the number of them, or -1 and errno when reading
 * fails.  Damage is skipped; *damaged counts places of it.
 */
ssize_t	journal_load(const struct logfile *, size_t tail,
	    void (*cb)(const struct journal_rec *, void *), void *,
	    size_t *damaged);

/* Whether a line has reached the place its record names. */
enum landing {
	LANDING_FULL,		/* it is there */
	LANDING_NONE,		/* the file ends where it should start */
	LANDING_PART,		/* its first *have bytes are there */
	LANDING_UNKNOWN		/* this is not the file the record spoke of */
};
enum landing	journal_landing(const struct logfile *, uint64_t offset,
		    const char *line, size_t len, size_t *have);

#endif /* JOURNAL_H */
