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


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "coding.h"
#include "rules.h"
#include "scan_private.h"
#include "stream.h"
#include "view.h"

/*
 * The first bytes are tried on their own: what fails there, before anything
 * came out, is not what it was said to be, and is looked at as it is.
 */
#define TRIAL_LEN	64
#define OUT_SIZE	32768

enum coding_mode {
	MODE_TRIAL,		/* collecting, or between two members */
	MODE_RUN,
	MODE_PLAIN,		/* not coded, or not any more */
	MODE_DEAD
};

struct coding {
	const struct codec	*codec;
	void			*z;
	enum coding_mode	 mode;
	enum scan_gap		 why;		/* MODE_DEAD */
	int			 members;	/* one at least was complete */
	uint64_t		 in;
	uint64_t		 out;
	uint8_t			 trial[TRIAL_LEN];
	size_t			 ntrial;
	uint8_t			 inner[CODINGS_MAX];
	unsigned int		 ninner;
};

static void	 coding_feed(struct decoding *, const uint8_t *, size_t,
		    const uint8_t *);
static void	 coding_end(struct decoding *);
static void	 coding_gap(struct decoding *);
static void	 coding_drop(struct decoding *);

#define CODING(n)	{ .name = (n), .kind = DECODER_CODING,		\
	.size = sizeof(struct coding), .feed = coding_feed,		\
	.end = coding_end, .gap = coding_gap, .free = coding_drop }
static const struct decoder decoders[CODING_MAX] = {
	[CODING_GZIP] = CODING("gzip"),
	[CODING_DEFLATE] = CODING("deflate"),
	[CODING_BR] = CODING("br"),
	[CODING_ZSTD] = CODING("zstd")
};
#undef CODING

static const struct codec *const codecs[CODING_MAX] = {
	[CODING_GZIP] = &codec_zlib_gzip,
	[CODING_DEFLATE] = &codec_zlib_deflate,
	[CODING_BR] = &codec_brotli,
	[CODING_ZSTD] = &codec_zstd
};

/* In front of each piece of memory: its size. */
#define ALLOC_HEAD	16

void *
coding_alloc(void *opaque, size_t size)
{
	struct rules	*rules = opaque;
	uint8_t		*p;

	if (size > CODING_MEMORY_MAX - ALLOC_HEAD ||
	    rules->coding_memory > CODING_MEMORY_MAX - ALLOC_HEAD - size ||
	    (p = malloc(size + ALLOC_HEAD)) == NULL)
		return (NULL);
	memcpy(p, &size, sizeof(size));
	rules->coding_memory += size + ALLOC_HEAD;
	return (p + ALLOC_HEAD);
}

void
coding_free(void *opaque, void *ptr)
{
	struct rules	*rules = opaque;
	uint8_t		*p = ptr;
	size_t		 size;

	if (p == NULL)
		return;
	p -= ALLOC_HEAD;
	memcpy(&size, p, sizeof(size));
	rules->coding_memory -= size + ALLOC_HEAD;
	OPENSSL_cleanse(p, size + ALLOC_HEAD);
	free(p);
}

int
coding_find(const uint8_t *name, size_t len)
{
	static const struct {
		const char	*name;
		int		 id;
	} names[] = {
		{ "gzip", CODING_GZIP }, { "x-gzip", CODING_GZIP },
		{ "deflate", CODING_DEFLATE }, { "br", CODING_BR },
		{ "zstd", CODING_ZSTD }
	};
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len && strncasecmp(names[i].name,
		    (const char *)name, len) == 0)
			return (names[i].id);
	return (-1);
}

static int
is_name(const uint8_t *p, size_t len, const char *name)
{
	return (strlen(name) == len &&
	    strncasecmp(name, (const char *)p, len) == 0);
}

void
coding_field(struct scan *scan, const uint8_t *p, size_t len)
{
	const uint8_t	*end = p + len, *comma, *e;
	int		 id;

	for (; p < end; p = comma + 1) {
		if ((comma = memchr(p, ',', (size_t)(end - p))) == NULL)
			comma = end;
		while (p < comma && (*p == ' ' || *p == '\t'))
			p++;
		e = comma;
		while (e > p && (e[-1] == ' ' || e[-1] == '\t' ||
		    e[-1] == '\r'))
			e--;
		len = (size_t)(e - p);
		if (len == 0 || is_name(p, len, "identity") ||
		    is_name(p, len, "chunked"))
			continue;
		id = coding_find(p, len);
		if (id == -1 || scan->ncodings == CODINGS_MAX) {
			/* What was inside of it cannot be reached. */
			scan->unknown = 1;
			scan->ncodings = 0;
			continue;
		}
		scan->codings[scan->ncodings++] = (uint8_t)id;
	}
}

int
coding_attach(struct view *v, const uint8_t *codings, unsigned int n)
{
	struct decoding	*d;
	struct coding	*c;

	if ((d = view_coded(v, &decoders[codings[n - 1]])) == NULL)
		return (-1);
	c = d->state;
	c->ninner = n - 1;
	memcpy(c->inner, codings, n - 1);
	return (0);
}

static int
looks_gzip(const uint8_t *p, size_t len)
{
	return (len >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8);
}

static int
looks_zlib(const uint8_t *p, size_t len)
{
	return (len >= 2 && (p[0] & 0x0f) == 8 && p[0] >> 4 <= 7 &&
	    (p[1] & 0x20) == 0 && ((p[0] << 8) | p[1]) % 31 == 0);
}

/* A frame, or one to be skipped (RFC 8878 3.1). */
static int
looks_zstd(const uint8_t *p, size_t len)
{
	return (len >= 4 && ((p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f &&
	    p[3] == 0xfd) || ((p[0] & 0xf0) == 0x50 && p[1] == 0x2a &&
	    p[2] == 0x4d && p[3] == 0x18)));
}

static int
looks_text(const uint8_t *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (p[i] >= 0x7f || (p[i] < ' ' && p[i] != '\n' &&
		    p[i] != '\r' && p[i] != '\t'))
			return (0);
	return (1);
}

const struct decoder *
coding_sniff(const uint8_t *p, size_t len)
{
	if (looks_gzip(p, len))
		return (&decoders[CODING_GZIP]);
	if (looks_zstd(p, len))
		return (&decoders[CODING_ZSTD]);
	/* The usual header of zlib, also that of a text about "x^2". */
	if (len >= 8 && p[0] == 0x78 && looks_zlib(p, len) &&
	    !looks_text(p, len))
		return (&decoders[CODING_DEFLATE]);
	return (NULL);
}

static enum coding_id
coding_id(const struct decoding *d)
{
	return ((enum coding_id)(d->decoder - decoders));
}

/* The text, or the coded view of what is inside. */
static struct view *
coding_out(struct decoding *d, uint64_t bytes)
{
	struct coding	*c = d->state;

	if (d->out != NULL)
		return (d->out);
	if (c->ninner == 0)
		return (decoding_out(d, bytes));
	if ((d->out = view_child_plain(d, bytes)) != NULL &&
	    coding_attach(d->out, c->inner, c->ninner) == -1) {
		view_free(d->out);
		d->out = NULL;
	}
	return (d->out);
}

static void
coding_die(struct decoding *d, enum scan_gap why, size_t rest)
{
	struct coding	*c = d->state;

	c->codec->free(c->z);
	c->z = NULL;
	c->mode = MODE_DEAD;
	c->why = why;
	scan_note_gap(view_scan(d->in), why, rest);
	if (d->out != NULL)
		view_gap(d->out);
}

static void
coding_plain(struct decoding *d, const uint8_t *p, size_t len)
{
	struct coding	*c = d->state;
	struct view	*out;

	c->mode = MODE_PLAIN;
	if (len > 0 && (out = coding_out(d, len)) != NULL)
		view_feed(out, p, len, NULL);
}

static int
coding_start(struct decoding *d, int raw)
{
	struct coding	*c = d->state;

	c->codec = codecs[coding_id(d)];
	if (c->z != NULL && c->members) {
		c->codec->reset(c->z);
		return (0);
	}
	c->codec->free(c->z);
	c->z = c->codec->new(view_scan(d->in)->rules, raw);
	return (c->z == NULL ? -1 : 0);
}

/*
 * Decode until nothing is left or it is over.  Returns what it was that ended
 * it; *pp and *lenp say what is left.
 */
static enum coding_result
coding_run(struct decoding *d, const uint8_t **pp, size_t *lenp)
{
	struct coding		*c = d->state;
	struct view		*out;
	enum coding_result	 r;
	uint8_t			 buf[OUT_SIZE];
	size_t			 before, n, most = 0;

	do {
		before = *lenp;
		n = sizeof(buf);
		r = c->codec->run(c->z, pp, lenp, buf, &n);
		c->in += before - *lenp;
		c->out += n;
		if (n > most)
			most = n;
		if (n > 0) {
			if ((out = coding_out(d, *lenp)) == NULL ||
			    view_spent(out)) {
				coding_die(d, SCAN_GAP_OUTPUT, *lenp);
				break;
			}
			view_feed(out, buf, n, NULL);
		}
		if (c->out > CODING_RATIO_FREE &&
		    c->out / CODING_RATIO_MAX > c->in) {
			coding_die(d, SCAN_GAP_RATIO, *lenp);
			break;
		}
		/* No progress means that it wants more. */
	} while (r == CODING_MORE && (n > 0 || *lenp < before) &&
	    (*lenp > 0 || n == sizeof(buf)));
	OPENSSL_cleanse(buf, most);
	return (r);
}

/* What ended a run, and the bytes it left. */
static void
coding_ended(struct decoding *d, enum coding_result r, const uint8_t *p,
    size_t len)
{
	struct coding	*c = d->state;

	c->mode = MODE_RUN;
	switch (r) {
	case CODING_MORE:
		break;
	case CODING_END:
		c->members = 1;
		c->mode = MODE_TRIAL;
		/* From the trial or from what is fed, hence the move. */
		c->ntrial = len < TRIAL_LEN ? len : TRIAL_LEN;
		memmove(c->trial, p, c->ntrial);
		break;
	case CODING_DAMAGED:
		scan_note_gap(view_scan(d->in), SCAN_GAP_ERROR, len);
		if (d->out != NULL)
			view_gap(d->out);
		coding_plain(d, p, len);
		break;
	case CODING_WINDOW:
		coding_die(d, SCAN_GAP_WINDOW, len);
		break;
	case CODING_NOMEM:
		coding_die(d, SCAN_GAP_MEMORY, len);
		break;
	}
}

/* It is not what it was said to be, or goes on after its end. */
static void
trial_failed(struct decoding *d)
{
	struct coding	*c = d->state;
	size_t		 n = c->ntrial;

	if (c->members) {
		if (d->out != NULL)
			view_break(d->out);
	} else if (view_declared(d->in))
		scan_note_gap(view_scan(d->in), SCAN_GAP_ERROR, 0);
	c->ntrial = 0;
	coding_plain(d, c->trial, n);
}

/* Is it worth trying? */
static int
trial_looks(const struct decoding *d, int *raw)
{
	const struct coding	*c = d->state;

	*raw = 0;
	switch (coding_id(d)) {
	case CODING_GZIP:
		return (looks_gzip(c->trial, c->ntrial));
	case CODING_ZSTD:
		return (looks_zstd(c->trial, c->ntrial));
	case CODING_DEFLATE:
		*raw = !looks_zlib(c->trial, c->ntrial);
		break;
	case CODING_BR:
	case CODING_MAX:
		break;
	}
	return (!c->members && !looks_text(c->trial, c->ntrial));
}

/* The first bytes of a member are there, or all there will be. */
static void
coding_trial(struct decoding *d)
{
	struct coding		*c = d->state;
	const uint8_t		*p = c->trial;
	size_t			 len = c->ntrial;
	uint64_t		 out = c->out;
	enum coding_result	 r;
	int			 raw;

	if (!trial_looks(d, &raw)) {
		trial_failed(d);
		return;
	}
	for (;;) {
		if (coding_start(d, raw) == -1) {
			coding_die(d, SCAN_GAP_MEMORY, len);
			return;
		}
		r = coding_run(d, &p, &len);
		if (c->mode == MODE_DEAD)
			return;
		if (r != CODING_DAMAGED || c->out != out)
			break;
		if (coding_id(d) != CODING_DEFLATE || raw) {
			trial_failed(d);
			return;
		}
		/* The header was none. */
		raw = 1;
		p = c->trial;
		len = c->ntrial;
	}
	c->ntrial = 0;
	coding_ended(d, r, p, len);
}

static void
coding_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct coding		*c = d->state;
	enum coding_result	 r;
	size_t			 n;

	(void)fresh;
	while (len > 0)
		switch (c->mode) {
		case MODE_TRIAL:
			n = TRIAL_LEN - c->ntrial;
			if (n > len)
				n = len;
			memcpy(c->trial + c->ntrial, p, n);
			c->ntrial += n;
			p += n;
			len -= n;
			while (c->mode == MODE_TRIAL &&
			    c->ntrial == TRIAL_LEN)
				coding_trial(d);
			break;
		case MODE_RUN:
			r = coding_run(d, &p, &len);
			if (c->mode != MODE_DEAD)
				coding_ended(d, r, p, len);
			if (c->mode == MODE_DEAD || c->mode == MODE_PLAIN)
				return;
			p += c->ntrial;
			len -= c->ntrial;
			while (c->mode == MODE_TRIAL &&
			    c->ntrial == TRIAL_LEN)
				coding_trial(d);
			break;
		case MODE_PLAIN:
			coding_plain(d, p, len);
			return;
		case MODE_DEAD:
			scan_add_gap(view_scan(d->in), c->why, len);
			return;
		}
}

static void
coding_reset(struct decoding *d)
{
	struct coding	*c = d->state;

	if (c->z != NULL)
		c->codec->free(c->z);
	c->z = NULL;
	c->mode = MODE_TRIAL;
	c->ntrial = 0;
	c->members = 0;
	c->in = c->out = 0;
}

static void
coding_end(struct decoding *d)
{
	struct coding	*c = d->state;
	size_t		 before;

	/* Members shorter than a trial may follow one another. */
	while (c->mode == MODE_TRIAL && c->ntrial > 0) {
		before = c->ntrial;
		coding_trial(d);
		if (c->ntrial == before)
			break;
	}
	if (c->mode == MODE_RUN && !view_scan(d->in)->aborted)
		scan_note_gap(view_scan(d->in), SCAN_GAP_ERROR, 0);
	if (d->out != NULL)
		view_end(d->out);
	coding_reset(d);
}

/* What comes after a hole in coded data cannot be read. */
static void
coding_gap(struct decoding *d)
{
	struct coding	*c = d->state;

	coding_reset(d);
	c->mode = MODE_DEAD;
	c->why = SCAN_GAP_ERROR;
	if (d->out != NULL)
		view_gap(d->out);
}

static void
coding_drop(struct decoding *d)
{
	coding_reset(d);
}
