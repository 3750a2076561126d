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

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "chain.h"
#include "compat.h"
#include "logfile.h"

/* Where the last record is looked for: after some that kills cut off. */
#define TAIL_SIZE	(32 * CHAIN_REC_SIZE)

struct chain {
	chain_found_cb		*found;
	void			*arg;
	struct logfile		*log;
	struct logfile		*file;
	unsigned int		 files;
	int			 live;		/* this log was compared */
	int			 anchored;	/* the file has its first */
	struct chain_rec	 last;		/* seq 0: none yet */
	uint64_t		 end;		/* of the log, as covered */
	/* the end of the log put aside, if it has no record */
	uint64_t		 tail_len;
	uint8_t			 tail[CHAIN_HASH_SIZE];
	/* a record on its way into the file */
	char			 out[CHAIN_REC_SIZE];
	size_t			 out_done;
};

struct chain *
chain_new(chain_found_cb *found, void *arg)
{
	struct chain	*ch;

	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		return NULL;
	ch->found = found;
	ch->arg = arg;
	ch->out_done = sizeof(ch->out);
	return ch;
}

void
chain_free(struct chain *ch)
{
	if (ch == NULL)
		return;
	logfile_unref(ch->log);
	logfile_unref(ch->file);
	free(ch);
}

uint64_t
chain_head(const struct chain *ch, uint8_t head[CHAIN_HASH_SIZE])
{
	memcpy(head, ch->last.head, CHAIN_HASH_SIZE);
	return ch->last.seq;
}

unsigned int
chain_files(const struct chain *ch)
{
	return ch->files;
}

/* 1 and the last record of a file, 0 when there is none, -1 and errno. */
static int
last_record(const struct logfile *f, struct chain_rec *r, int *damaged)
{
	char	 buf[TAIL_SIZE];
	off_t	 size, from;
	ssize_t	 n;
	size_t	 i, end;

	*damaged = 0;
	if ((size = logfile_size(f)) == -1)
		return -1;
	from = size > (off_t)sizeof(buf) ? size - (off_t)sizeof(buf) : 0;
	if ((n = logfile_read(f, from, buf, sizeof(buf))) == -1)
		return -1;
	for (i = end = (size_t)n; i-- > 0; ) {
		if (buf[i] != '\n')
			continue;
		end = i;
		if (end >= CHAIN_REC_SIZE - 1 &&
		    (end == CHAIN_REC_SIZE - 1 ? from == 0 :
		    buf[end - CHAIN_REC_SIZE] == '\n') &&
		    chain_rec_parse(buf + end - (CHAIN_REC_SIZE - 1),
		    CHAIN_REC_SIZE - 1, r) == 0)
			return 1;
	}
	*damaged = size > 0;
	return 0;
}

/* Hashes bytes of a log and counts the newlines among them; 0, or -1. */
static int
hash_range(const struct logfile *f, uint64_t off, uint64_t len,
    uint8_t hash[CHAIN_HASH_SIZE], uint64_t *lines)
{
	EVP_MD_CTX	*ctx;
	unsigned char	 buf[16 * 1024];
	unsigned int	 mdlen;
	const void	*p;
	size_t		 want;
	ssize_t		 n = 0;

	*lines = 0;
	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		goto fail;
	while (len > 0) {
		want = len < sizeof(buf) ? (size_t)len : sizeof(buf);
		if ((n = logfile_read(f, (off_t)off, buf, want)) !=
		    (ssize_t)want || EVP_DigestUpdate(ctx, buf, want) != 1)
			goto fail;
		for (p = buf; (p = memchr(p, '\n', want -
		    (size_t)((const unsigned char *)p - buf))) != NULL;
		    p = (const unsigned char *)p + 1)
			++*lines;
		off += want;
		len -= want;
	}
	if (EVP_DigestFinal_ex(ctx, hash, &mdlen) != 1)
		goto fail;
	EVP_MD_CTX_free(ctx);
	return 0;
fail:
	EVP_MD_CTX_free(ctx);
	if (n != -1)
		errno = EIO;
	return -1;
}

/* Where a chain's last record leaves the log. */
static uint64_t
record_end(const struct chain_rec *r)
{
	switch (r->kind) {
	case CHAIN_ANCHOR:
	case CHAIN_CUT:
		return r->offset;
	default:
		return r->offset + r->len;
	}
}

void
chain_recall(struct chain *ch, struct logfile *log)
{
	struct chain_rec	 r;
	uint64_t		 end, lines;
	off_t			 size;
	int			 damaged;

	if (log->chain == NULL || last_record(log->chain, &r, &damaged) != 1)
		return;
	ch->last = r;
	end = record_end(&r);
	if ((size = logfile_size(log)) == -1 || (uint64_t)size == end)
		return;
	if ((uint64_t)size < end) {
		ch->found(ch->arg, CHAIN_FOUND_CUT, end - (uint64_t)size);
		return;
	}
	if (hash_range(log, end, (uint64_t)size - end, ch->tail, &lines) == -1)
		return;
	ch->tail_len = (uint64_t)size - end;
	ch->found(ch->arg, lines > 1 ? CHAIN_FOUND_FOREIGN :
	    CHAIN_FOUND_RECOVERED, ch->tail_len);
}

static int
chain_flush(struct chain *ch)
{
	if (ch->out_done == sizeof(ch->out))
		return 0;
	if (ch->out_done == 0 && logfile_fix(ch->file) == -1)
		return -1;
	return logfile_append(ch->file, ch->out, sizeof(ch->out),
	    &ch->out_done);
}

/* One more record; it counts from here on, written at once or not. */
static int
chain_put(struct chain *ch, enum chain_kind kind, uint64_t offset,
    uint64_t len, const uint8_t hash[CHAIN_HASH_SIZE])
{
	struct chain_rec	 r;

	memset(&r, 0, sizeof(r));
	r.kind = (char)kind;
	r.seq = ch->last.seq + 1;
	r.offset = offset;
	r.len = len;
	if (hash != NULL)
		memcpy(r.hash, hash, sizeof(r.hash));
	if (chain_rec_link(&r, ch->last.head) == -1) {
		errno = ENOMEM;
		return -1;
	}
	chain_rec_text(&r, ch->out);
	ch->out_done = 0;
	ch->last = r;
	ch->end = record_end(&r);
	return chain_flush(ch);
}

/* Makes the records end where the log does, or at limit, if that is before. */
static int
chain_cover(struct chain *ch, uint64_t limit)
{
	uint8_t		 hash[CHAIN_HASH_SIZE];
	uint64_t	 size, len, lines;
	off_t		 n;
	int		 ours;

	if (chain_flush(ch) == -1 || (n = logfile_size(ch->log)) == -1)
		return -1;
	size = (uint64_t)n < limit ? (uint64_t)n : limit;
	if (!ch->anchored) {
		if (chain_put(ch, CHAIN_ANCHOR, size, ch->tail_len,
		    ch->tail_len > 0 ? ch->tail : NULL) == -1 &&
		    ch->out_done == sizeof(ch->out))
			return -1;
		ch->anchored = 1;
		ch->tail_len = 0;
		ch->live = 1;
		if (size > 0)
			ch->found(ch->arg, CHAIN_FOUND_NONE, size);
		return chain_flush(ch);
	}
	ours = !ch->live;
	ch->live = 1;
	if (size == ch->end)
		return 0;
	if (size < ch->end) {
		len = ch->end - size;
		ch->found(ch->arg, CHAIN_FOUND_CUT, len);
		return chain_put(ch, CHAIN_CUT, size, len, NULL);
	}
	len = size - ch->end;
	if (hash_range(ch->log, ch->end, len, hash, &lines) == -1)
		return -1;
	ours = ours && lines <= 1;
	ch->found(ch->arg, ours ? CHAIN_FOUND_RECOVERED : CHAIN_FOUND_FOREIGN,
	    len);
	return chain_put(ch, ours ? CHAIN_RECOVERED : CHAIN_FOREIGN, ch->end,
	    len, hash);
}

static void
chain_adopt(struct chain *ch, struct logfile *log)
{
	logfile_unref(ch->log);
	logfile_unref(ch->file);
	ch->log = logfile_ref(log);
	ch->file = logfile_ref(log->chain);
}

/* This log from now on.  0, or -1: then it is still the one of before. */
static int
chain_enter(struct chain *ch, struct logfile *log)
{
	struct chain_rec	 r;
	int			 damaged, n;

	if (ch->log == log)
		return 0;
	if (ch->log != NULL && logfile_same(ch->file, log->chain)) {
		/* opened once more */
		if (chain_flush(ch) == -1)
			return -1;
		chain_adopt(ch, log);
		return 0;
	}
	if (ch->log != NULL) {
		if (chain_cover(ch, UINT64_MAX) == -1)
			return -1;
		ch->anchored = 0;
	} else {
		/* first, since a newline can make a record of what is there */
		if (logfile_fix(log->chain) == -1 ||
		    (n = last_record(log->chain, &r, &damaged)) == -1)
			return -1;
		if (n == 1) {
			/* it has more to say than the one put aside */
			ch->last = r;
			ch->end = record_end(&r);
			ch->tail_len = 0;
			ch->anchored = 1;
		} else if (damaged)
			ch->found(ch->arg, CHAIN_FOUND_DAMAGED, 0);
	}
	chain_adopt(ch, log);
	ch->files++;
	return 0;
}

int
chain_sync(struct chain *ch, struct logfile *log)
{
	if (ch == NULL || log->chain == NULL)
		return 0;
	if (chain_enter(ch, log) == -1)
		return -1;
	return chain_cover(ch, UINT64_MAX);
}

int
chain_add(struct chain *ch, struct logfile *log, uint64_t offset,
    const void *line, size_t len)
{
	uint8_t	 hash[CHAIN_HASH_SIZE];

	if (ch == NULL || log->chain == NULL)
		return 0;
	if (chain_enter(ch, log) == -1)
		return -1;
	/* at a start, it may be a line that was written before */
	if (!ch->anchored || (ch->end != offset && ch->end != offset + len))
		if (chain_cover(ch, offset) == -1)
			return -1;
	if (chain_flush(ch) == -1)
		return -1;
	if (ch->end == offset + len)
		return 0;
	if (chain_hash(line, len, hash) == -1) {
		errno = ENOMEM;
		return -1;
	}
	ch->live = 1;
	return chain_put(ch, CHAIN_LINE, offset, len, hash);
}
