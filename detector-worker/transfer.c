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


#include <string.h>
#include <strings.h>

#include "transfer.h"
#include "view.h"

#define OUT_MAX		256

enum state {
	ST_TEXT,
	ST_EQUALS,		/* behind an equals sign */
	ST_DIGIT,		/* and a digit */
	ST_BREAK		/* a soft line break: blanks, return, feed */
};

/* What came out, and which of it was made here. */
struct out {
	struct view	*view;
	size_t		 len;
	uint8_t		 buf[OUT_MAX];
	uint8_t		 fresh[OUT_MAX / 8];
};

static void
out_flush(struct out *o)
{
	if (o->len > 0)
		view_feed(o->view, o->buf, o->len, o->fresh);
	o->len = 0;
	memset(o->fresh, 0, sizeof(o->fresh));
}

static void
out_put(struct out *o, uint8_t c, int fresh)
{
	if (o->len == sizeof(o->buf))
		out_flush(o);
	if (fresh)
		o->fresh[o->len / 8] |= (uint8_t)(1 << o->len % 8);
	o->buf[o->len++] = c;
}

void
transfer_field(struct transfer *t, const uint8_t *line, size_t len)
{
	static const char	 name[] = "content-transfer-encoding:";
	static const char	 base64[] = "base64";
	static const char	 quoted[] = "quoted-printable";

	if (len < sizeof(name) - 1 ||
	    strncasecmp((const char *)line, name, sizeof(name) - 1) != 0)
		return;
	line += sizeof(name) - 1;
	len -= sizeof(name) - 1;
	for (; len > 0 && (*line == ' ' || *line == '\t'); len--)
		line++;
	if (len >= sizeof(base64) - 1 && strncasecmp((const char *)line,
	    base64, sizeof(base64) - 1) == 0)
		t->coding = TRANSFER_BASE64;
	else if (len >= sizeof(quoted) - 1 && strncasecmp((const char *)line,
	    quoted, sizeof(quoted) - 1) == 0)
		t->coding = TRANSFER_QUOTED;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (-1);
}

static void
plain(struct transfer *t, struct out *o, uint8_t c)
{
	out_put(o, c, t->joint);
	t->joint = 0;
}

/* RFC 2045, 6.7.  What is no escape is text, as readers take it. */
static void
quoted_byte(struct transfer *t, struct out *o, uint8_t c)
{
	switch (t->state) {
	case ST_EQUALS:
		t->state = ST_TEXT;
		if (hex(c) != -1) {
			t->state = ST_DIGIT;
			t->digit = c;
			return;
		}
		if (c == '\n') {
			t->joint = 1;
			return;
		}
		if (c == ' ' || c == '\t' || c == '\r') {
			t->state = ST_BREAK;
			return;
		}
		plain(t, o, '=');
		break;
	case ST_DIGIT:
		t->state = ST_TEXT;
		if (hex(c) != -1) {
			out_put(o, (uint8_t)(hex(t->digit) << 4 | hex(c)), 1);
			t->joint = 0;
			return;
		}
		plain(t, o, '=');
		plain(t, o, t->digit);
		break;
	case ST_BREAK:
		if (c == ' ' || c == '\t' || c == '\r')
			return;
		t->state = ST_TEXT;
		t->joint = 1;
		if (c == '\n')
			return;
		break;
	}
	if (c == '=')
		t->state = ST_EQUALS;
	else
		plain(t, o, c);
}

static int
sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '+' || c == '-')
		return (62);
	if (c == '/' || c == '_')
		return (63);
	return (-1);
}

/* RFC 2045, 6.8: what is not of the alphabet is passed over. */
static void
base64_byte(struct transfer *t, struct out *o, uint8_t c)
{
	int	 v = sextet(c);

	if (c == '=')
		t->nbits = 0;
	if (v == -1)
		return;
	t->bits = t->bits << 6 | (uint32_t)v;
	t->nbits += 6;
	if (t->nbits >= 8) {
		t->nbits -= 8;
		out_put(o, (uint8_t)(t->bits >> t->nbits), 1);
	}
}

void
transfer_feed(struct transfer *t, struct view *view, const uint8_t *p,
    size_t len)
{
	struct out	 o;

	memset(&o, 0, sizeof(o));
	o.view = view;
	for (; len > 0; p++, len--) {
		if (t->coding == TRANSFER_BASE64)
			base64_byte(t, &o, *p);
		else
			quoted_byte(t, &o, *p);
	}
	out_flush(&o);
}

void
transfer_end(struct transfer *t, struct view *view)
{
	struct out	 o;

	memset(&o, 0, sizeof(o));
	o.view = view;
	if (t->coding == TRANSFER_QUOTED && t->state >= ST_EQUALS &&
	    t->state <= ST_DIGIT) {
		plain(t, &o, '=');
		if (t->state == ST_DIGIT)
			plain(t, &o, t->digit);
	}
	out_flush(&o);
}
