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


#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "classes.h"
#include "rules.h"
#include "stream.h"
#include "subst.h"
#include "view.h"

#define OUT_SIZE	8192

/* What is on its way to the view below. */
struct out {
	struct decoding	*d;
	size_t		 n;
	uint8_t		 fresh[OUT_SIZE / 8];
	uint8_t		 buf[OUT_SIZE];
};

/* What is being fed; before it there is the tail of the view. */
struct feed {
	const struct subst_ops	*ops;
	struct out		*out;
	const uint8_t		*data;
	size_t			 len;
};

size_t
utf8_put(uint32_t c, uint8_t out[SUBST_OUT])
{
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c == 0)
		c = 0xfffd;
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return (1);
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return (2);
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return (3);
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return (4);
}

int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

static void
out_flush(struct out *o)
{
	if (o->n == 0)
		return;
	view_feed(o->d->out, o->buf, o->n, o->fresh);
	memset(o->fresh, 0, (o->n + 7) / 8);
	o->n = 0;
}

static void
out_plain(struct out *o, const struct subst_ops *ops, const uint8_t *p,
    size_t len)
{
	struct subst	*s = o->d->state;
	size_t		 n;

	for (; len > 0; p += n, len -= n) {
		if (o->n == OUT_SIZE)
			out_flush(o);
		n = OUT_SIZE - o->n < len ? OUT_SIZE - o->n : len;
		memcpy(o->buf + o->n, p, n);
		if (s->joint) {
			o->fresh[o->n / 8] |= (uint8_t)(1 << o->n % 8);
			s->joint = 0;
		}
		if (ops->plain != NULL)
			ops->plain(s, o->buf + o->n, n);
		o->n += n;
	}
}

static void
out_fresh(struct out *o, const uint8_t *p, size_t len)
{
	/* Of what stands for nothing, the next byte is a trace. */
	((struct subst *)o->d->state)->joint = len == 0;
	for (; len > 0; p++, len--) {
		if (o->n == OUT_SIZE)
			out_flush(o);
		o->fresh[o->n / 8] |= (uint8_t)(1 << o->n % 8);
		o->buf[o->n++] = *p;
	}
}

/* Bytes of a longer encoding, in which an island must not end. */
static int
in_run(uint8_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' ||
	    c == '_');
}

/* Text between two escapes of an island, which may end in it. */
static void
island_plain(struct feed *f, const uint8_t *p, size_t len)
{
	struct decoding	*d = f->out->d;
	struct subst	*s = d->state;
	size_t		 n = len;

	if (!s->active)
		return;
	if (s->quiet + len >= VIEW_TAIL) {
		n = s->quiet < VIEW_TAIL ? VIEW_TAIL - s->quiet : 0;
		while (n < len && in_run(p[n]))
			n++;
	}
	out_plain(f->out, f->ops, p, n);
	s->quiet = s->quiet + n < VIEW_TAIL ? s->quiet + (uint32_t)n :
	    VIEW_TAIL;
	if (n < len) {
		out_flush(f->out);
		view_gap(d->out);
		s->active = 0;
	}
}

/* The first fresh byte from one place to another, or where that ends. */
static size_t
first_fresh(const uint8_t *fresh, size_t from, size_t to)
{
	for (; from < to; from++) {
		if (from % 8 == 0 && fresh[from / 8] == 0) {
			from += 7;
			continue;
		}
		if (fresh[from / 8] >> from % 8 & 1)
			return (from);
	}
	return (to);
}

/* Whether an escape at a place of a buffer is, or is near, a fresh byte. */
static int
near_fresh(struct subst *s, const uint8_t *fresh, size_t at, size_t len,
    size_t end)
{
	size_t	 from = at > SUBST_NEAR ? at - SUBST_NEAR : 0;
	size_t	 to = at + len + SUBST_NEAR;

	if (fresh == NULL || s->near > at)
		return (1);
	if (to > end) {
		s->pending = (uint32_t)(to - end);
		to = end;
	}
	if (first_fresh(fresh, from, to) == to)
		return (0);
	s->pending = 0;
	return (1);
}

/* What is near for the bytes to come. */
static void
note_fresh(struct subst *s, const uint8_t *fresh, size_t len)
{
	size_t	 i, from = len > SUBST_NEAR ? len - SUBST_NEAR : 0, last = len;

	if (fresh == NULL)
		return;
	for (i = from; (i = first_fresh(fresh, i, len)) < len; i++)
		last = i;
	if (last < len)
		s->near = (uint32_t)(last + 1 + SUBST_NEAR - len);
	else
		s->near = s->near > len ? s->near - (uint32_t)len : 0;
}

static const uint8_t *
next_intro(const struct decoding *d, const struct subst_ops *ops,
    const uint8_t *p, size_t len)
{
	const uint8_t	*a, *b;

	a = memchr(p, ops->intro, len);
	if (ops->intro_form != '\0' && view_place(d->in)->query) {
		b = memchr(p, ops->intro_form,
		    a == NULL ? len : (size_t)(a - p));
		if (b != NULL)
			return (b);
	}
	return (a);
}

static int	 island_begin(struct feed *, ptrdiff_t);

/*
 * The bytes of a buffer from one place to another; its first byte is at an
 * offset of what is fed, negative in a carry.  Returns how far it got: to the
 * end of an escape that begins before stop, or to one that is not complete.
 */
static size_t
subst_bytes(struct feed *f, ptrdiff_t offset, const uint8_t *p, size_t from,
    size_t stop, size_t len, const uint8_t *fresh, int final)
{
	struct subst	*s = f->out->d->state;
	struct escape	 e;
	const uint8_t	*q;
	size_t		 at, look = from;

	while (look < stop &&
	    (q = next_intro(f->out->d, f->ops, p + look,
	    stop - look)) != NULL) {
		at = (size_t)(q - p);
		memset(&e, 0, sizeof(e));
		f->ops->escape(s, q, len - at < SUBST_IN ? len - at :
		    SUBST_IN, final || len - at >= SUBST_IN, &e);
		if (e.more) {
			island_plain(f, p + from, at - from);
			return (at);
		}
		look = at + 1;
		if (e.len == 0)
			continue;
		island_plain(f, p + from, at - from);
		/* What decoding just put together is not there by chance. */
		if (e.weak && fresh != NULL &&
		    first_fresh(fresh, at, at + e.len) < at + e.len)
			e.weak = 0;
		if (!s->active && (e.weak ||
		    !near_fresh(s, fresh, at, e.len, len) ||
		    island_begin(f, offset + (ptrdiff_t)at) == -1)) {
			from = at;
			continue;
		}
		out_fresh(f->out, e.out, e.outlen);
		s->quiet = 0;
		from = look = at + e.len;
	}
	if (from < stop) {
		island_plain(f, p + from, stop - from);
		from = stop;
	}
	return (from);
}

/*
 * An escape at an offset begins an island: what comes before it is part of it.
 * Returns -1 if there is no view for it.
 */
static int
island_begin(struct feed *f, ptrdiff_t offset)
{
	struct decoding	*d = f->out->d;
	struct subst	*s = d->state;
	struct feed	 before = *f;
	uint8_t		 buf[VIEW_TAIL];
	const uint8_t	*tail;
	size_t		 n, ntail, skip = 0;
	int		 more;

	if (s->refused)
		return (-1);
	if (decoding_out(d, f->len) == NULL || view_spent(d->out)) {
		s->refused = 1;
		return (-1);
	}
	tail = view_tail(d->in, &ntail, &more);
	if (offset < 0) {
		n = ntail - (size_t)-offset;
		memcpy(buf, tail, n);
	} else {
		n = (size_t)offset < VIEW_TAIL ? (size_t)offset : VIEW_TAIL;
		if (n < (size_t)offset)
			more = 1;
		if (ntail > VIEW_TAIL - n) {
			tail += ntail - (VIEW_TAIL - n);
			ntail = VIEW_TAIL - n;
			more = 1;
		}
		memcpy(buf, tail, ntail);
		memcpy(buf + ntail, f->data + offset - n, n);
		n += ntail;
	}
	if (more) {
		skip = n < RULE_LEFT ? n : RULE_LEFT;
		view_skip(d->out, buf, skip);
	}
	s->active = 1;
	s->quiet = 0;
	/* There are no escapes in it, but for weak ones and known ones. */
	before.data = buf;
	before.len = n;
	(void)subst_bytes(&before, 0, buf, skip, n, n, NULL, 1);
	OPENSSL_cleanse(buf, sizeof(buf));
	/* That may have been long enough to end it: not this one. */
	s->active = 1;
	return (0);
}

static uint16_t
bits_at(const uint8_t *fresh, size_t at, size_t len)
{
	uint16_t	 bits = 0;
	size_t		 i;

	for (i = 0; i < len; i++)
		if (fresh == NULL || (fresh[(at + i) / 8] >> (at + i) % 8 & 1))
			bits |= (uint16_t)(1 << i);
	return (bits);
}

static void
keep(struct subst *s, const uint8_t *p, size_t at, size_t len,
    const uint8_t *fresh)
{
	memcpy(s->carry, p + at, len - at);
	s->carryfresh = bits_at(fresh, at, len - at);
	s->ncarry = (unsigned int)(len - at);
}

static void
subst_all(struct decoding *d, const struct subst_ops *ops, const uint8_t *p,
    size_t len, const uint8_t *fresh, int final)
{
	struct subst	*s = d->state;
	struct out	 o;
	struct feed	 f = { ops, &o, p, len };
	uint8_t		 joint[2 * SUBST_IN], bits[4];
	uint32_t	 all;
	size_t		 n, at, carry = s->ncarry, done = 0;

	o.d = d;
	o.n = 0;
	memset(o.fresh, 0, sizeof(o.fresh));
	if (carry > 0) {
		n = len < SUBST_IN ? len : SUBST_IN;
		memcpy(joint, s->carry, carry);
		if (n > 0)
			memcpy(joint + carry, p, n);
		all = s->carryfresh | (uint32_t)bits_at(fresh, 0, n) << carry;
		bits[0] = (uint8_t)all;
		bits[1] = (uint8_t)(all >> 8);
		bits[2] = (uint8_t)(all >> 16);
		bits[3] = (uint8_t)(all >> 24);
		s->ncarry = 0;
		done = subst_bytes(&f, -(ptrdiff_t)carry, joint, 0, carry,
		    carry + n, bits, final);
		if (done < carry)
			/* Still not enough, with all there is. */
			keep(s, joint, done, carry + n, bits);
		else
			done -= carry;
	}
	if (s->pending > 0 && !s->active && len > 0) {
		n = s->pending < len ? s->pending : len;
		s->pending -= (uint32_t)n;
		at = fresh == NULL ? 0 : first_fresh(fresh, done, n);
		if (at < n && at >= done &&
		    island_begin(&f, (ptrdiff_t)at) == 0)
			done = at;
	}
	if (s->ncarry == 0 && done < len) {
		n = subst_bytes(&f, 0, p, done, len, len, fresh, final);
		if (n < len)
			keep(s, p, n, len, fresh);
	}
	n = o.n;
	out_flush(&o);
	OPENSSL_cleanse(o.buf, n);
}

void
subst_feed(struct decoding *d, const struct subst_ops *ops, const uint8_t *p,
    size_t len, const uint8_t *fresh)
{
	struct subst	*s = d->state;

	if (s->active || s->ncarry > 0 || s->pending > 0 ||
	    ((view_classes(d->in)->has & ops->has) != 0 &&
	    next_intro(d, ops, p, len) != NULL))
		subst_all(d, ops, p, len, fresh, 0);
	note_fresh(s, fresh, len);
}

void
subst_end(struct decoding *d, const struct subst_ops *ops)
{
	struct subst	*s = d->state;

	if (s->ncarry > 0)
		subst_all(d, ops, s->carry, 0, NULL, 1);
	if (d->out != NULL)
		view_end(d->out);
	OPENSSL_cleanse(s, sizeof(*s));
}

void
subst_gap(struct decoding *d)
{
	if (d->out != NULL)
		view_gap(d->out);
	OPENSSL_cleanse(d->state, sizeof(struct subst));
}
