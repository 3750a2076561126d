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


/*
 * Multipart bodies (RFC 2046, 5.1; form-data is RFC 7578), for the parts that
 * have a Content-Transfer-Encoding: it is undone.  Everything else, names and
 * file names and plain parts, was seen where it stood.
 *
 * The boundary is not taken from Content-Type, which may be wrong: it is a
 * line that begins like one and has a field behind it.  So a part within a
 * part needs nothing of its own.
 */

#include <stdlib.h>
#include <string.h>

#include "decoders.h"
#include "transfer.h"
#include "view.h"

#define BOUNDARY_MAX	70		/* RFC 2046, 5.1.1 */
#define LINE_SEEN	80		/* of a line that is looked at */
#define PREAMBLE_MAX	(64 * 1024)	/* before the first boundary */

enum mode {
	MODE_SEEK,		/* a boundary */
	MODE_HEAD,		/* behind one: fields, and an empty line */
	MODE_BODY,		/* of a part that is decoded */
	MODE_OFF
};

struct state {
	enum mode	 mode;
	size_t		 sought;	/* bytes without any boundary */
	uint8_t		 line[LINE_SEEN];
	size_t		 nline;		/* LINE_SEEN: it is longer */
	int		 fields;	/* since the boundary */
	uint8_t		 delim[2 + BOUNDARY_MAX];	/* with its dashes */
	size_t		 ndelim;

	/* In a body: what may be a delimiter, and the end of line before. */
	int		 bol;
	size_t		 match;
	uint8_t		 nl[2];
	size_t		 nnl;
	struct transfer	 transfer;
};

static void
part_feed(struct decoding *d, const uint8_t *p, size_t len)
{
	struct state	*s = d->state;

	if (len > 0 && decoding_out(d, len) != NULL)
		transfer_feed(&s->transfer, d->out, p, len);
}

static void
part_end(struct decoding *d)
{
	struct state	*s = d->state;

	if (d->out != NULL) {
		transfer_end(&s->transfer, d->out);
		view_break(d->out);
	}
	memset(&s->transfer, 0, sizeof(s->transfer));
}

/* RFC 9110, 5.6.2: what a field name is made of, and its colon. */
static int
is_field(const struct state *s)
{
	size_t	 i;

	for (i = 0; i < s->nline && s->line[i] != ':'; i++)
		if (s->line[i] <= ' ' || s->line[i] >= 0x7f)
			return (0);
	return (i > 0 && i < s->nline);
}

static int
is_boundary(struct state *s)
{
	size_t	 n = s->nline;

	while (n > 0 && (s->line[n - 1] == ' ' || s->line[n - 1] == '\t'))
		n--;
	if (n <= 2 || n > sizeof(s->delim) || s->nline == LINE_SEEN ||
	    s->line[0] != '-' || s->line[1] != '-')
		return (0);
	memcpy(s->delim, s->line, n);
	s->ndelim = n;
	return (1);
}

static void
line_done(struct state *s)
{
	if (is_boundary(s)) {
		s->mode = MODE_HEAD;
		s->fields = 0;
		memset(&s->transfer, 0, sizeof(s->transfer));
		return;
	}
	if (s->mode == MODE_SEEK)
		return;
	if (s->nline > 0 && (is_field(s) || (s->fields > 0 &&
	    (s->line[0] == ' ' || s->line[0] == '\t')))) {
		s->fields = 1;
		s->sought = 0;
		transfer_field(&s->transfer, s->line, s->nline);
		return;
	}
	s->mode = MODE_SEEK;
	if (s->nline == 0 && s->transfer.coding != TRANSFER_IDENTITY) {
		s->mode = MODE_BODY;
		s->bol = 1;
		s->match = s->nnl = 0;
	}
}

/* Lines that cannot be a boundary, from the beginning of one on. */
static size_t
lines_pass(struct state *s, const uint8_t *p, size_t len)
{
	const uint8_t	*nl;
	size_t		 i = 0;

	while (i < len && p[i] != '-' &&
	    (nl = memchr(p + i, '\n', len - i)) != NULL) {
		s->sought += (size_t)(nl - p) - i;
		i = (size_t)(nl - p) + 1;
		if (s->sought > PREAMBLE_MAX)
			break;
	}
	return (i);
}

/* Takes bytes up to the end of a line, and what it says. */
static size_t
line_feed(struct state *s, const uint8_t *p, size_t len)
{
	const uint8_t	*nl = memchr(p, '\n', len);
	size_t		 n = nl == NULL ? len : (size_t)(nl - p), keep;

	keep = n < LINE_SEEN - s->nline ? n : LINE_SEEN - s->nline;
	memcpy(s->line + s->nline, p, keep);
	s->nline += keep;
	s->sought += n;
	if (nl == NULL)
		return (n);
	if (s->nline > 0 && s->nline < LINE_SEEN &&
	    s->line[s->nline - 1] == '\r')
		s->nline--;
	line_done(s);
	s->nline = 0;
	return (n + 1);
}

/*
 * The body ends where a line begins with the delimiter.  What is behind that
 * is for line_done(): the same boundary, its end, or another.
 */
static size_t
body_feed(struct decoding *d, const uint8_t *p, size_t len)
{
	struct state	*s = d->state;
	const uint8_t	*nl;
	size_t		 n;

	if (s->bol) {
		if (*p == s->delim[s->match]) {
			if (++s->match < s->ndelim)
				return (1);
			part_end(d);
			s->mode = MODE_SEEK;
			memcpy(s->line, s->delim, s->ndelim);
			s->nline = s->ndelim;
			return (1);
		}
		part_feed(d, s->nl, s->nnl);
		part_feed(d, s->delim, s->match);
		s->nnl = s->match = 0;
		s->bol = 0;
		return (0);
	}
	nl = memchr(p, '\n', len);
	n = nl == NULL ? len : (size_t)(nl - p);
	/* A return at the end may belong to the line feed behind it. */
	if (n > 0 && s->nnl > 0) {
		part_feed(d, s->nl, s->nnl);
		s->nnl = 0;
	}
	if (n > 0 && p[n - 1] == '\r') {
		s->nl[s->nnl++] = '\r';
		part_feed(d, p, n - 1);
	} else
		part_feed(d, p, n);
	if (nl == NULL)
		return (n);
	s->nl[s->nnl++] = '\n';
	s->bol = 1;
	return (n + 1);
}

static void
multipart_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct state	*s = d->state;
	size_t		 n;

	(void)fresh;
	for (; len > 0; p += n, len -= n) {
		switch (s->mode) {
		case MODE_SEEK:
			if (s->nline > 0 || (n = lines_pass(s, p, len)) == 0)
				n = line_feed(s, p, len);
			if (s->sought > PREAMBLE_MAX && s->ndelim == 0)
				s->mode = MODE_OFF;
			break;
		case MODE_HEAD:
			n = line_feed(s, p, len);
			break;
		case MODE_BODY:
			n = body_feed(d, p, len);
			break;
		default:
			return;
		}
	}
}

static void
multipart_end(struct decoding *d)
{
	struct state	*s = d->state;

	if (s->mode == MODE_BODY) {
		part_feed(d, s->nl, s->nnl);
		part_feed(d, s->delim, s->match);
		part_end(d);
	}
	if (d->out != NULL)
		view_end(d->out);
	memset(s, 0, sizeof(*s));
}

const struct decoder	 decoder_multipart = {
	.name = "multipart",
	.kind = DECODER_SHAPE,
	.size = sizeof(struct state),
	.feed = multipart_feed,
	.end = multipart_end,
};
