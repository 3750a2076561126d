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

#ifndef CHAINREC_H
#define CHAINREC_H

#include <stddef.h>
#include <stdint.h>

/*
 * A record of the hash chain beside a log: findings.chain beside
 * findings.jsonl, events.chain beside events.jsonl.  The logger writes it,
 * "guardianctl verify" reads it, and so can anybody with sha256sum(1), for all
 * of it is text, one record a line, one space between the fields:
 *
 *	kind	one letter, enum chain_kind
 *	seq	16 hex digits: one more than the record before, over
 *		rotations and restarts
 *	offset	16 hex digits: where in the log the bytes begin
 *	length	16 hex digits: how many there are
 *	hash	64 hex digits: SHA-256 of those bytes; zeroes when the record
 *		covers none
 *	head	64 hex digits: SHA-256 of the text "PREVIOUS RECORD", which is
 *		the head of the record before, a space, and this record up to
 *		and with its hash; the first record of all has 64 zeroes
 *		before it
 *
 * There is no key.  A key that the logger holds is an attacker's who owns the
 * logger, and one on the same disk an attacker's who has the disk, so it would
 * stop neither; and everybody who may read a log can check it without one,
 * copies too.  What makes rewriting show is that heads are also sent to the
 * system's log, and from there to wherever that goes.
 */
#define CHAIN_HASH_SIZE	32
#define CHAIN_REC_SIZE	183	/* with its newline */

enum chain_kind {
	/* Written by a logger right after the line. */
	CHAIN_LINE = 'l',
	/*
	 * The first of a file.  Offset is the size that the log had already;
	 * length and hash are of the end of the log before, where a kill came
	 * between a line and its record, and a rotation right after.
	 */
	CHAIN_ANCHOR = 'a',
	/* One line without a record at a start: a kill came between. */
	CHAIN_RECOVERED = 'r',
	/* Bytes in the log that are not the logger's. */
	CHAIN_FOREIGN = 'x',
	/* The log was found cut off at offset, length bytes were gone. */
	CHAIN_CUT = 't'
};

struct chain_rec {
	char		 kind;
	uint64_t	 seq;
	uint64_t	 offset;
	uint64_t	 len;
	uint8_t		 hash[CHAIN_HASH_SIZE];
	uint8_t		 head[CHAIN_HASH_SIZE];
};

/* Fills in the head.  0, or -1 when the library fails. */
int	chain_rec_link(struct chain_rec *, const uint8_t prev[CHAIN_HASH_SIZE]);
/* Writes the record as text, with its newline and without a NUL. */
void	chain_rec_text(const struct chain_rec *, char[CHAIN_REC_SIZE]);
/*
 * Reads one line without its newline.  0, or -1 when it is not a record; the
 * head is as it stands there, not checked.
 */
int	chain_rec_parse(const char *, size_t, struct chain_rec *);

/* SHA-256 of some bytes.  0, or -1 when the library fails. */
int	chain_hash(const void *, size_t, uint8_t[CHAIN_HASH_SIZE]);
/* As 64 hex digits and a NUL. */
void	chain_hex(const uint8_t[CHAIN_HASH_SIZE],
	    char[2 * CHAIN_HASH_SIZE + 1]);
/* 0, or -1 when the text does not begin with 64 hex digits. */
int	chain_unhex(const char *, uint8_t[CHAIN_HASH_SIZE]);

#endif /* CHAINREC_H */
