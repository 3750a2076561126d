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

#include "compat.h"
#include "client_hello.h"

#define RECORD_HANDSHAKE	22
#define RECORD_MAX		(16384 + 256)	/* TLSPlaintext, with slack */
#define CLIENT_HELLO		1
#define EXT_SERVER_NAME		0
#define EXT_ALPN		16
#define NAME_HOST		0

/* A window on bytes that are still to be read. */
struct cursor {
	const uint8_t	*p;
	size_t		 len;
};

void
hello_init(struct hello_reader *h)
{
	memset(h, 0, sizeof(*h));
	buf_init(&h->msg, HELLO_MAX + 4);
}

void
hello_free(struct hello_reader *h)
{
	buf_free(&h->msg);
	hello_init(h);
}

/* A big-endian number of n bytes, at most three. */
static bool
get_number(struct cursor *c, size_t n, size_t *v)
{
	*v = 0;
	if (c->len < n)
		return (false);
	for (; n > 0; n--, c->len--)
		*v = *v << 8 | *c->p++;
	return (true);
}

/* A vector whose length comes first, in n bytes. */
static bool
get_vector(struct cursor *c, size_t n, struct cursor *v)
{
	if (!get_number(c, n, &v->len) || v->len > c->len)
		return (false);
	v->p = c->p;
	c->p += v->len;
	c->len -= v->len;
	return (true);
}

static bool
skip(struct cursor *c, size_t n)
{
	if (c->len < n)
		return (false);
	c->p += n;
	c->len -= n;
	return (true);
}

/*
 * RFC 6066, 3: a DNS host name in ASCII, without a trailing dot, and no
 * literal address.  Others' habits are wider; what is no name at all would only
 * confuse whoever compares it.
 */
static bool
name_set(struct hello_reader *h, const struct cursor *host)
{
	size_t	 i, len = host->len;
	uint8_t	 c;

	if (len > 0 && host->p[len - 1] == '.')
		len--;
	if (len == 0 || len >= sizeof(h->name))
		return (false);
	for (i = 0; i < len; i++) {
		c = host->p[i];
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_' || (c == '.' && i > 0 &&
		    h->name[i - 1] != '.')))
			return (false);
		h->name[i] = (char)c;
	}
	h->name[len] = '\0';
	return (true);
}

static bool
server_name(struct hello_reader *h, struct cursor ext)
{
	struct cursor	 list, host;
	size_t		 type;

	if (!get_vector(&ext, 2, &list) || ext.len > 0)
		return (false);
	while (list.len > 0) {
		if (!get_number(&list, 1, &type) ||
		    !get_vector(&list, 2, &host))
			return (false);
		if (type != NAME_HOST)
			continue;
		/* "MUST NOT contain more than one name of the same type" */
		if (h->name[0] != '\0' || !name_set(h, &host))
			return (false);
	}
	return (true);
}

static bool
protocols(struct hello_reader *h, struct cursor ext)
{
	struct cursor	 list, name;

	if (!get_vector(&ext, 2, &list) || ext.len > 0)
		return (false);
	h->alpn = true;
	while (list.len > 0) {
		if (!get_vector(&list, 1, &name) || name.len == 0)
			return (false);
		if (name.len == 8 && memcmp(name.p, "http/1.1", 8) == 0)
			h->alpn_http11 = true;
	}
	return (true);
}

static bool
parse(struct hello_reader *h, struct cursor c)
{
	struct cursor	 v, exts, ext;
	size_t		 version, type;
	bool		 seen_name = false, seen_alpn = false;

	if (!get_number(&c, 2, &version) || version >> 8 != 3 ||
	    !skip(&c, 32) ||			/* random */
	    !get_vector(&c, 1, &v) ||		/* legacy_session_id */
	    !get_vector(&c, 2, &v) ||		/* cipher_suites */
	    !get_vector(&c, 1, &v))		/* compression methods */
		return (false);
	if (c.len == 0)
		return (true);		/* a hello without extensions */
	if (!get_vector(&c, 2, &exts) || c.len > 0)
		return (false);
	while (exts.len > 0) {
		if (!get_number(&exts, 2, &type) ||
		    !get_vector(&exts, 2, &ext))
			return (false);
		switch (type) {
		case EXT_SERVER_NAME:
			if (seen_name || !server_name(h, ext))
				return (false);
			seen_name = true;
			break;
		case EXT_ALPN:
			if (seen_alpn || !protocols(h, ext))
				return (false);
			seen_alpn = true;
			break;
		}
	}
	return (true);
}

/* Is the handshake message whole? */
static enum hello_result
assembled(struct hello_reader *h)
{
	struct cursor	 c;
	size_t		 type, len;

	c.p = buf_data(&h->msg);
	c.len = buf_len(&h->msg);
	if (c.len > 0 && c.p[0] != CLIENT_HELLO)
		return (HELLO_BAD);
	if (c.len < 4)
		return (HELLO_MORE);
	(void)get_number(&c, 1, &type);
	(void)get_number(&c, 3, &len);
	if (len > HELLO_MAX)
		return (HELLO_BAD);
	if (c.len < len)
		return (HELLO_MORE);
	c.len = len;
	return (parse(h, c) ? HELLO_DONE : HELLO_BAD);
}

enum hello_result
hello_feed(struct hello_reader *h, const uint8_t *p, size_t len)
{
	enum hello_result	 r;
	size_t			 n;

	while (len > 0) {
		if (h->left == 0) {
			h->record[h->have++] = *p++;
			len--;
			if (h->have < sizeof(h->record))
				continue;
			h->left = (size_t)h->record[3] << 8 | h->record[4];
			h->have = 0;
			/* RFC 8446, 5.1: no empty fragments of a handshake */
			if (h->record[0] != RECORD_HANDSHAKE ||
			    h->record[1] != 3 || h->left == 0 ||
			    h->left > RECORD_MAX)
				return (HELLO_BAD);
			continue;
		}
		n = len < h->left ? len : h->left;
		if (n > buf_room(&h->msg))
			n = buf_room(&h->msg);
		if (n == 0 || buf_add(&h->msg, p, n) == -1)
			return (HELLO_BAD);
		p += n;
		len -= n;
		h->left -= n;
		if ((r = assembled(h)) != HELLO_MORE)
			return (r);
	}
	return (HELLO_MORE);
}
