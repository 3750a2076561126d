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
 * UTF-16 (RFC 2781) and UTF-32 (Unicode 3.10): a text that begins with a byte
 * order mark, or whose first characters are ASCII, or that is declared to be
 * one.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "decoders.h"
#include "scan_private.h"
#include "subst.h"
#include "view.h"

#define OUT_SIZE	4096

struct utf16 {
	int		 known;		/* how it is written */
	struct wide	 wide;
	uint8_t		 nunit;		/* bytes of a unit that are there */
	uint8_t		 unit[4];
	uint32_t	 high;		/* surrogate that waits, or 0 */
};

static int
is_letter(uint8_t c)
{
	return ((c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' ||
	    c == '\t');
}

/* A unit of a character of ASCII, in an order of bytes. */
static int
is_plain(const uint8_t *p, unsigned int size, int big)
{
	unsigned int	 i;

	for (i = 0; i < size; i++)
		if (i == (big ? size - 1 : 0) ? !is_letter(p[i]) : p[i] != 0)
			return (0);
	return (1);
}

/* What first bytes say of a text: 2 with a mark, 1 by themselves, or 0. */
static int
wide_sniff(const uint8_t *p, size_t len, struct wide *w)
{
	static const struct {
		struct wide	 wide;
		uint8_t		 mark[4];
	}		 marks[] = {
		/* The longer one first: the other begins like it. */
		{ { 4, 0 }, { 0xff, 0xfe, 0, 0 } },
		{ { 4, 1 }, { 0, 0, 0xfe, 0xff } },
		{ { 2, 0 }, { 0xff, 0xfe } },
		{ { 2, 1 }, { 0xfe, 0xff } }
	};
	unsigned int	 size, i, n;
	int		 big;

	/* In most texts there is no such byte. */
	if (len == 0 || (p[0] < 0xfe && memchr(p, 0, len < SNIFF_LEN ? len :
	    SNIFF_LEN) == NULL))
		return (0);
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (len >= marks[i].wide.size &&
		    memcmp(p, marks[i].mark, marks[i].wide.size) == 0) {
			*w = marks[i].wide;
			return (2);
		}
	for (size = 2; len >= SNIFF_LEN && size <= 4; size += 2)
		for (big = 0; big < 2; big++) {
			for (n = i = 0; i < SNIFF_LEN; i += size)
				n += (unsigned)is_plain(p + i, size, big);
			if (n < SNIFF_LEN / size)
				continue;
			w->size = size;
			w->big = big;
			return (1);
		}
	return (0);
}

int
looks_utf16(const uint8_t *p, size_t len)
{
	struct wide	 w;
	int		 how = wide_sniff(p, len, &w);

	/* A prelude may be two units by chance. */
	return (how == 2 || (how == 1 &&
	    (w.size == 2 || !looks_eventstream(p, len))));
}

/*
 * As it is declared.  Without an order the one in which the bytes that are
 * worth most differ least, else the usual one.
 */
static void
wide_declared(const struct scan *scan, const uint8_t *p, size_t len,
    struct wide *w)
{
	size_t	 i, first = 0, last = 0;

	*w = scan->wide;
	if (w->size == 0)
		w->size = 2;
	if (w->big != WIDE_EITHER)
		return;
	for (i = 0; i + w->size <= len; i += w->size) {
		first += p[i] == p[0];
		last += p[i + w->size - 1] == p[w->size - 1];
	}
	w->big = first > last;
}

/* One unit of UTF-16; returns the bytes it gave. */
static size_t
utf16_unit(struct utf16 *u, uint32_t c, uint8_t *out)
{
	uint32_t	 high = u->high;
	size_t		 n = 0;

	u->high = 0;
	if (high != 0 && c >= 0xdc00 && c <= 0xdfff)
		return (utf8_put(0x10000 + ((high - 0xd800) << 10) +
		    (c - 0xdc00), out));
	if (high != 0)
		n = utf8_put(high, out);
	if (c >= 0xd800 && c <= 0xdbff) {
		u->high = c;
		return (n);
	}
	return (n + utf8_put(c, out + n));
}

/* The unit that is complete; returns the bytes it gave. */
static size_t
unit_put(struct utf16 *u, uint8_t *out)
{
	uint32_t	 c = 0;
	unsigned int	 i, size = u->wide.size;

	for (i = 0; i < size; i++)
		c = c << 8 | u->unit[u->wide.big ? i : size - 1 - i];
	u->nunit = 0;
	if (c == 0xfeff)
		return (0);	/* a mark, which is nothing else */
	return (size == 2 ? utf16_unit(u, c, out) : utf8_put(c, out));
}

static void
utf16_feed(struct decoding *d, const uint8_t *p, size_t len,
    const uint8_t *fresh)
{
	struct utf16	*u = d->state;
	struct view	*out;
	uint8_t		 buf[OUT_SIZE];
	size_t		 i, n = 0, most = 0;

	(void)fresh;
	if ((out = decoding_out(d, len)) == NULL)
		return;
	/* SNIFF_LEN bytes come at once, or all there are. */
	if (!u->known && wide_sniff(p, len, &u->wide) == 0)
		wide_declared(view_scan(d->in), p, len < SNIFF_LEN ? len :
		    SNIFF_LEN, &u->wide);
	u->known = 1;
	for (i = 0; i < len; i++) {
		u->unit[u->nunit++] = p[i];
		if (u->nunit < u->wide.size)
			continue;
		n += unit_put(u, buf + n);
		if (n + 2 * SUBST_OUT > sizeof(buf)) {
			view_feed(out, buf, n, NULL);
			most = n;
			n = 0;
		}
	}
	view_feed(out, buf, n, NULL);
	OPENSSL_cleanse(buf, n > most ? n : most);
}

static void
utf16_end(struct decoding *d)
{
	if (d->out != NULL)
		view_end(d->out);
	OPENSSL_cleanse(d->state, sizeof(struct utf16));
}

static void
utf16_gap(struct decoding *d)
{
	struct utf16	*u = d->state;

	if (d->out != NULL)
		view_gap(d->out);
	u->nunit = 0;
	u->high = 0;
}

const struct decoder decoder_utf16 = {
	.name = "utf16", .kind = DECODER_NEST, .size = sizeof(struct utf16),
	.feed = utf16_feed, .end = utf16_end, .gap = utf16_gap
};
