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

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "compat.h"
#include "verify.h"

#define HEAD_LINE_MAX	4096	/* longer ones name no head */

/* Lines of a file, packed or not, one after the other. */
struct reader {
	gzFile		 gz;
	EVP_MD_CTX	*ctx;
	uint64_t	 left;		/* of the limit */
	char		 buf[64 * 1024];
	size_t		 have;
	size_t		 at;
	int		 failed;
	/* of the line that reader_next() gave */
	char		 text[HEAD_LINE_MAX];
	size_t		 len;		/* with its newline; text may be less */
	uint8_t		 hash[CHAIN_HASH_SIZE];
};

struct lines {
	struct verify_line	*v;
	size_t			 n;
	size_t			 size;
};

struct run {
	struct verify_log		*log;
	const struct verify_heads	*told;
	struct verify_heads		*found;
	verify_cb			*cb;
	void				*arg;
	struct verify_file		*file;		/* at it now */
	size_t				 skipped;	/* lines before it */
	size_t				 foreign;	/* the chain tells of */
	int				 any;		/* a record was read */
	struct chain_rec		 last;
	/* bytes at the end of the file before that have no record there */
	uint64_t			 tail_lines;
	uint8_t				 tail[CHAIN_HASH_SIZE];
	const struct verify_file	*tail_file;
};

static void
tell(struct run *r, enum verify_what what, const char *file, uint64_t first,
    uint64_t last)
{
	struct verify_problem	 p = { what, file, first, last };

	if (what < VERIFY_UNPROVEN)
		r->log->problems++;
	r->cb(r->arg, &p);
}

/* Takes the file over. */
static struct reader *
reader_open(gzFile *gz, uint64_t limit)
{
	struct reader	*rd;

	if ((rd = calloc(1, sizeof(*rd))) == NULL)
		return NULL;
	rd->left = limit;
	if ((rd->ctx = EVP_MD_CTX_new()) == NULL) {
		free(rd);
		return NULL;
	}
	rd->gz = *gz;
	*gz = NULL;
	return rd;
}

static void
reader_close(struct reader *rd)
{
	EVP_MD_CTX_free(rd->ctx);
	gzclose(rd->gz);
	free(rd);
}

static int
reader_fill(struct reader *rd)
{
	int	 n, error, want = (int)sizeof(rd->buf);

	if (rd->left < (uint64_t)want)
		want = (int)rd->left;
	rd->at = rd->have = 0;
	if (want == 0)
		return 0;
	if ((n = gzread(rd->gz, rd->buf, (unsigned int)want)) < 0) {
		rd->failed = 1;
		return 0;
	}
	/* a packed file that was cut off ends like any other, but for this */
	if (n == 0 && (gzerror(rd->gz, &error), error != Z_OK))
		rd->failed = 1;
	rd->left -= (uint64_t)n;
	rd->have = (size_t)n;
	return n > 0;
}

/* 1, or 0 at the end; rd->failed says whether that is one. */
static int
reader_next(struct reader *rd)
{
	unsigned int	 mdlen;
	const char	*p, *nl;
	size_t		 n, room;

	rd->len = 0;
	if (EVP_DigestInit_ex(rd->ctx, EVP_sha256(), NULL) != 1) {
		rd->failed = 1;
		return 0;
	}
	do {
		if (rd->at == rd->have && !reader_fill(rd))
			break;
		p = rd->buf + rd->at;
		nl = memchr(p, '\n', rd->have - rd->at);
		n = nl != NULL ? (size_t)(nl - p) + 1 : rd->have - rd->at;
		if (rd->len < sizeof(rd->text)) {
			room = sizeof(rd->text) - rd->len;
			memcpy(rd->text + rd->len, p, n < room ? n : room);
		}
		if (EVP_DigestUpdate(rd->ctx, p, n) != 1)
			rd->failed = 1;
		rd->at += n;
		rd->len += n;
	} while (nl == NULL);
	if (rd->len == 0)
		return 0;
	if (EVP_DigestFinal_ex(rd->ctx, rd->hash, &mdlen) != 1)
		rd->failed = 1;
	return 1;
}

static int
lines_add(struct lines *l, const uint8_t hash[CHAIN_HASH_SIZE])
{
	struct verify_line	*v;
	size_t			 size;

	if (l->n == l->size) {
		size = l->size == 0 ? 1024 : 2 * l->size;
		if ((v = reallocarray(l->v, size, sizeof(*v))) == NULL)
			return -1;
		l->v = v;
		l->size = size;
	}
	memcpy(l->v[l->n++].hash, hash, CHAIN_HASH_SIZE);
	return 0;
}

int
verify_heads_add(struct verify_heads *h, uint64_t seq,
    const uint8_t head[CHAIN_HASH_SIZE])
{
	struct verify_head	*v;
	size_t			 size;

	if (h->n == h->size) {
		size = h->size == 0 ? 64 : 2 * h->size;
		if ((v = reallocarray(h->v, size, sizeof(*v))) == NULL)
			return -1;
		h->v = v;
		h->size = size;
	}
	h->v[h->n].seq = seq;
	memcpy(h->v[h->n++].head, head, CHAIN_HASH_SIZE);
	return 0;
}

void
verify_heads_free(struct verify_heads *h)
{
	free(h->v);
	memset(h, 0, sizeof(*h));
}

/* "NAME NUMBER HEX" of one of the logs.  0, or -1 when out of memory. */
static int
head_parse(char *p, struct verify_heads *h, const struct verify_log *logs,
    size_t nlogs)
{
	uint8_t		 head[CHAIN_HASH_SIZE];
	uint64_t	 seq;
	size_t		 i, n = strcspn(p, " ");

	for (i = 0; i < nlogs; i++)
		if (strlen(logs[i].name) == n &&
		    strncmp(logs[i].name, p, n) == 0)
			break;
	if (i == nlogs || p[n] != ' ')
		return 0;
	seq = strtoull(p + n + 1, &p, 10);
	if (seq == 0 || *p != ' ' || chain_unhex(p + 1, head) == -1)
		return 0;
	return verify_heads_add(&h[i], seq, head);
}

int
verify_heads_read(gzFile *gz, struct verify_heads *h,
    const struct verify_log *logs, size_t nlogs)
{
	static const char	 mark[] = "chain head: ";
	struct reader		*rd;
	char			*p;
	size_t			 n;
	int			 r = 0;

	if ((rd = reader_open(gz, UINT64_MAX)) == NULL)
		return -1;
	while (r == 0 && reader_next(rd)) {
		n = rd->len < sizeof(rd->text) ? rd->len :
		    sizeof(rd->text) - 1;
		rd->text[n] = '\0';
		if ((p = strstr(rd->text, mark)) != NULL)
			r = head_parse(p + sizeof(mark) - 1, h, logs, nlogs);
	}
	if (rd->failed)
		r = -1;
	reader_close(rd);
	return r;
}

/* A line of events.jsonl: is it a head of the findings? */
static int
find_head(struct run *r, const struct reader *rd)
{
	json_t		*o;
	const char	*event, *reason, *text;
	uint8_t		 head[CHAIN_HASH_SIZE];
	json_int_t	 seq;
	int		 ok = 0;

	if (r->found == NULL || rd->len >= sizeof(rd->text) ||
	    memmem(rd->text, rd->len, "\"log_head\"", 10) == NULL ||
	    (o = json_loadb(rd->text, rd->len, 0, NULL)) == NULL)
		return 0;
	if (json_unpack(o, "{s:s, s:s, s:s, s:I}", "event", &event, "reason",
	    &reason, "detail", &text, "count", &seq) == 0 &&
	    strcmp(event, "log_head") == 0 && strcmp(reason, "findings") == 0
	    && seq > 0 && strlen(text) == 2 * CHAIN_HASH_SIZE &&
	    chain_unhex(text, head) == 0)
		ok = verify_heads_add(r->found, (uint64_t)seq, head);
	json_decref(o);
	return ok;
}

static void
check_told(struct run *r, const struct chain_rec *rec)
{
	size_t	 i;

	for (i = 0; i < r->told->n; i++) {
		if (r->told->v[i].seq != rec->seq)
			continue;
		r->log->heads_checked++;
		if (memcmp(r->told->v[i].head, rec->head,
		    CHAIN_HASH_SIZE) != 0)
			tell(r, VERIFY_HEAD, r->file->chain_name, rec->seq,
			    rec->seq);
	}
}

/* Does the record continue the chain?  Then it is what comes next. */
static void
check_link(struct run *r, const struct chain_rec *rec)
{
	static const uint8_t	 zero[CHAIN_HASH_SIZE];
	struct chain_rec	 copy = *rec;
	const uint8_t		*prev = r->any ? r->last.head : zero;

	check_told(r, rec);
	/* of the oldest file there is, the one before may have been removed */
	if (r->any || rec->seq == 1) {
		if (r->any && rec->seq > r->last.seq + 1)
			tell(r, VERIFY_CHAIN_GONE, r->file->chain_name,
			    r->last.seq + 1, rec->seq - 1);
		else if (chain_rec_link(&copy, prev) == -1 ||
		    (r->any && rec->seq != r->last.seq + 1) ||
		    memcmp(copy.head, rec->head, CHAIN_HASH_SIZE) != 0)
			tell(r, VERIFY_CHAIN_BROKEN, r->file->chain_name,
			    rec->seq, rec->seq);
	}
	r->any = 1;
	r->last = *rec;
}

/* The end of the file before had no record: is that what the anchor says? */
static void
check_tail(struct run *r, const struct chain_rec *rec)
{
	const struct verify_file	*f = r->tail_file;

	if (f == NULL)
		return;
	r->tail_file = NULL;
	if (rec != NULL && rec->kind == CHAIN_ANCHOR && rec->len > 0 &&
	    r->tail_lines == 1 &&
	    memcmp(rec->hash, r->tail, CHAIN_HASH_SIZE) == 0)
		tell(r, VERIFY_NOTE_RECOVERED, f->name, f->lines, f->lines);
	else
		tell(r, VERIFY_INSERTED, f->name, f->lines - r->tail_lines +
		    1, f->lines);
}

/* Reads a chain: what the log beside it has to hold. */
static int
read_chain(struct run *r, struct lines *was, uint64_t *covered,
    uint64_t *before)
{
	struct verify_file	*f = r->file;
	struct reader		*rd;
	struct chain_rec	 rec;
	int			 ok = 0, first = 1;

	*covered = *before = 0;
	if (f->chain_gz == NULL)
		return 0;
	if ((rd = reader_open(&f->chain_gz, UINT64_MAX)) == NULL)
		return -1;
	while (ok == 0 && reader_next(rd)) {
		if (rd->len != CHAIN_REC_SIZE || chain_rec_parse(rd->text,
		    CHAIN_REC_SIZE - 1, &rec) == -1) {
			tell(r, VERIFY_NOTE_TORN, f->chain_name,
			    r->last.seq + 1, r->last.seq + 1);
			continue;
		}
		check_link(r, &rec);
		if (first) {
			f->first_seq = rec.seq;
			check_tail(r, &rec);
			if (rec.kind == CHAIN_ANCHOR)
				*before = rec.offset;
		}
		first = 0;
		f->last_seq = rec.seq;
		*covered = rec.kind == CHAIN_LINE ||
		    rec.kind == CHAIN_RECOVERED || rec.kind == CHAIN_FOREIGN ?
		    rec.offset + rec.len : rec.offset;
		if (rec.kind == CHAIN_RECOVERED)
			tell(r, VERIFY_NOTE_RECOVERED, f->name, was->n + 1,
			    was->n + 1);
		if (rec.kind == CHAIN_LINE || rec.kind == CHAIN_RECOVERED)
			ok = lines_add(was, rec.hash);
		if (rec.kind == CHAIN_FOREIGN)
			r->foreign++;
	}
	if (rd->failed)
		tell(r, VERIFY_UNREADABLE, f->chain_name, 0, 0);
	reader_close(rd);
	return ok;
}

static int
read_log(struct run *r, struct lines *is, uint64_t before)
{
	struct verify_file	*f = r->file;
	struct reader		*rd;
	uint64_t		 at = 0;
	int			 ok = 0;

	if (f->gz == NULL)
		return 0;
	if ((rd = reader_open(&f->gz, f->limit)) == NULL)
		return -1;
	while (ok == 0 && reader_next(rd)) {
		f->lines++;
		if (at < before)
			r->skipped++;
		else
			ok = lines_add(is, rd->hash);
		at += rd->len;
		if (ok == 0)
			ok = find_head(r, rd);
	}
	if (rd->failed)
		tell(r, VERIFY_UNREADABLE, f->name, 0, 0);
	reader_close(rd);
	return ok;
}

static void
on_diff(void *arg, enum verify_what what, uint64_t first, uint64_t last)
{
	struct run	*r = arg;

	tell(r, what, r->file->name, r->skipped + first, r->skipped + last);
}

/*
 * One line more than records at the very end is what a kill leaves, or a
 * logger that is just writing.
 */
static void
hold_tail(struct run *r, const struct lines *was, struct lines *is)
{
	if (is->n != was->n + 1 || r->foreign > 0 || r->file->first_seq == 0 ||
	    (was->n > 0 && memcmp(is->v[was->n - 1].hash,
	    was->v[was->n - 1].hash, CHAIN_HASH_SIZE) != 0))
		return;
	memcpy(r->tail, is->v[is->n - 1].hash, CHAIN_HASH_SIZE);
	r->tail_lines = 1;
	r->tail_file = r->file;
	is->n--;
}

static int
verify_one(struct run *r, struct verify_file *f)
{
	struct lines	 is = { 0 }, was = { 0 };
	uint64_t	 covered, before;
	int		 ok, there = f->gz != NULL;

	r->file = f;
	r->skipped = r->foreign = 0;
	if ((ok = read_chain(r, &was, &covered, &before)) == 0) {
		if (f->limit < covered)
			f->limit = covered;
		ok = read_log(r, &is, f->first_seq == 0 ? UINT64_MAX : before);
	}
	f->bare = r->skipped;
	if (ok == 0 && !there && was.n > 0)
		tell(r, VERIFY_NO_LOG, f->name, 0, 0);
	else if (ok == 0) {
		hold_tail(r, &was, &is);
		ok = verify_diff(is.v, is.n, was.v, was.n, on_diff, r);
	}
	free(is.v);
	free(was.v);
	return ok;
}

/*
 * Lines without record are older than the chain if it begins behind them: with
 * the first record there ever was.  Any others have lost theirs.
 */
static void
tell_bare(struct run *r)
{
	struct verify_file	*f;
	size_t			 i;
	int			 older = 0;

	for (i = 0; i < r->log->nfiles; i++)
		if (r->log->files[i].first_seq != 0) {
			older = r->log->files[i].first_seq == 1;
			break;
		}
	for (i = 0; i < r->log->nfiles; i++) {
		f = &r->log->files[i];
		if (f->bare > 0)
			tell(r, older ? VERIFY_UNPROVEN : VERIFY_NO_CHAIN,
			    f->name, 1, f->bare);
		if (older)
			r->log->unproven += f->bare;
		if (f->first_seq != 0)
			older = 0;
	}
}

int
verify_run(struct verify_log *log, const struct verify_heads *told,
    struct verify_heads *found, verify_cb *cb, void *arg)
{
	struct run	*r;
	size_t		 i;
	uint64_t	 last;
	int		 ok = 0;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return -1;
	r->log = log;
	r->told = told;
	r->found = found;
	r->cb = cb;
	r->arg = arg;
	for (i = 0; i < log->nfiles && ok == 0; i++)
		ok = verify_one(r, &log->files[i]);
	tell_bare(r);
	if (r->tail_file != NULL)
		tell(r, VERIFY_NOTE_UNFINISHED, r->tail_file->name,
		    r->tail_file->lines, r->tail_file->lines);
	for (i = 0, last = r->last.seq; i < told->n; i++)
		if (told->v[i].seq > last)
			last = told->v[i].seq;
	if (last > r->last.seq && log->nfiles > 0)
		tell(r, VERIFY_CHAIN_GONE,
		    log->files[log->nfiles - 1].chain_name, r->last.seq + 1,
		    last);
	log->seq = r->last.seq;
	memcpy(log->head, r->last.head, sizeof(log->head));
	free(r);
	return ok;
}
