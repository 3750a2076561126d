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

#include <ctype.h>
#include <string.h>

#include "http_private.h"
#include "http_target.h"

static enum http_method
method_by_name(const char *s, size_t len)
{
	/* Methods are compared with case (RFC 9110, 9.1). */
	if (len == 3 && memcmp(s, "GET", 3) == 0)
		return (HTTP_METHOD_GET);
	if (len == 4 && memcmp(s, "HEAD", 4) == 0)
		return (HTTP_METHOD_HEAD);
	if (len == 7 && memcmp(s, "CONNECT", 7) == 0)
		return (HTTP_METHOD_CONNECT);
	if (len == 7 && memcmp(s, "OPTIONS", 7) == 0)
		return (HTTP_METHOD_OPTIONS);
	return (HTTP_METHOD_OTHER);
}

static enum http_reason
version_parse(struct http_head *h, const char *s, size_t len)
{
	if (len != 8 || memcmp(s, "HTTP/1.", 7) != 0 ||
	    (s[7] != '0' && s[7] != '1'))
		return (HTTP_BAD_VERSION);
	h->minor = s[7] - '0';
	return (HTTP_BAD_NONE);
}

static enum http_reason
authority_take(struct http_head *h, const char *s, size_t len)
{
	struct http_authority	 a;
	enum http_reason	 r;
	size_t			 i;

	if ((r = http_authority_parse(&a, s, len)) != HTTP_BAD_NONE)
		return (r);
	/* A final dot is the same name; one form for every comparison. */
	if (!a.literal6 && a.host_len > 1 && a.host[a.host_len - 1] == '.')
		a.host_len--;
	if (a.host_len >= sizeof(h->host))
		return (HTTP_BAD_HOST);
	for (i = 0; i < a.host_len; i++)
		h->host[i] = (char)tolower((unsigned char)a.host[i]);
	h->host[i] = '\0';
	h->host_literal6 = a.literal6;
	h->port = a.port;
	return (HTTP_BAD_NONE);
}

/* RFC 9112, 3.2: the four forms, told apart by their first bytes. */
static enum http_reason
target_parse(struct http_head *h)
{
	const char	*s = http_span(h, h->target), *p, *colon;
	size_t		 len = h->target.len, i, scheme;
	uint8_t		 c;

	for (i = 0; i < len; i++) {
		c = (uint8_t)s[i];
		if (c <= 0x20 || c == 0x7f)
			return (HTTP_BAD_TARGET);
	}
	if (h->method == HTTP_METHOD_CONNECT) {
		enum http_reason	 r;

		h->form = HTTP_FORM_AUTHORITY;
		if (s[0] == '/' || s[0] == '*')
			return (HTTP_BAD_TARGET_FORM);
		if ((r = authority_take(h, s, len)) != HTTP_BAD_NONE)
			return (r);
		return (h->port == 0 ? HTTP_BAD_PORT : HTTP_BAD_NONE);
	}
	if (len == 1 && s[0] == '*') {
		h->form = HTTP_FORM_ASTERISK;
		return (h->method == HTTP_METHOD_OPTIONS ? HTTP_BAD_NONE :
		    HTTP_BAD_TARGET_FORM);
	}
	if (s[0] == '/') {
		h->form = HTTP_FORM_ORIGIN;
		h->path = h->target;
		return (HTTP_BAD_NONE);
	}

	h->form = HTTP_FORM_ABSOLUTE;
	if ((colon = memchr(s, ':', len)) == NULL)
		return (HTTP_BAD_TARGET);
	scheme = (size_t)(colon - s);
	if (len - scheme < 3 || memcmp(colon, "://", 3) != 0)
		return (HTTP_BAD_TARGET);
	if (http_equal(s, scheme, "http"))
		h->scheme = HTTP_SCHEME_HTTP;
	else if (http_equal(s, scheme, "https"))
		h->scheme = HTTP_SCHEME_HTTPS;
	else
		return (http_is_token(s, scheme) ? HTTP_BAD_SCHEME :
		    HTTP_BAD_TARGET);
	p = colon + 3;
	for (i = scheme + 3; i < len && s[i] != '/' && s[i] != '?' &&
	    s[i] != '#'; i++)
		/* A backslash ends the authority for some readers only. */
		if (s[i] == '\\')
			return (HTTP_BAD_HOST);
	h->path.off = h->target.off + (uint32_t)i;
	h->path.len = h->target.len - (uint32_t)i;
	return (authority_take(h, p, i - scheme - 3));
}

static enum http_reason
request_line(struct http_head *h, uint32_t off, uint32_t len)
{
	const char	*s = (const char *)h->mem + off, *sp1, *sp2;

	if ((sp1 = memchr(s, ' ', len)) == NULL)
		return (HTTP_BAD_START_LINE);
	h->method_name.off = off;
	h->method_name.len = (uint32_t)(sp1 - s);
	if (h->method_name.len > HTTP_METHOD_MAX ||
	    !http_is_token(s, h->method_name.len))
		return (HTTP_BAD_METHOD);
	h->method = method_by_name(s, h->method_name.len);
	sp1++;
	len -= h->method_name.len + 1;
	if ((sp2 = memchr(sp1, ' ', len)) == NULL)
		return (len > 0 ? HTTP_BAD_HTTP09 : HTTP_BAD_START_LINE);
	h->target.off = (uint32_t)(sp1 - (const char *)h->mem);
	h->target.len = (uint32_t)(sp2 - sp1);
	if (h->target.len == 0)
		return (HTTP_BAD_START_LINE);
	sp2++;
	len -= h->target.len + 1;
	if (memchr(sp2, ' ', len) != NULL)
		return (HTTP_BAD_START_LINE);
	if (version_parse(h, sp2, len) != HTTP_BAD_NONE)
		return (HTTP_BAD_VERSION);
	return (target_parse(h));
}

static enum http_reason
status_line(struct http_head *h, uint32_t off, uint32_t len)
{
	const char	*s = (const char *)h->mem + off;
	uint32_t	 i;

	if (len < 5 || memcmp(s, "HTTP/", 5) != 0)
		return (HTTP_BAD_START_LINE);
	if (len < 9 || s[8] != ' ' ||
	    version_parse(h, s, 8) != HTTP_BAD_NONE)
		return (HTTP_BAD_VERSION);
	if (len < 12)
		return (HTTP_BAD_STATUS);
	for (i = 9; i < 12; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (HTTP_BAD_STATUS);
		h->status = h->status * 10 + (s[i] - '0');
	}
	if (h->status < 100)
		return (HTTP_BAD_STATUS);
	/* Servers leave out the blank before an empty reason phrase. */
	if (len > 12 && s[12] != ' ')
		return (HTTP_BAD_STATUS);
	for (i = 12; i < len; i++)
		if (!http_is_text((uint8_t)s[i]))
			return (HTTP_BAD_CONTROL);
	h->status_text.off = off + (len > 12 ? 13 : 12);
	h->status_text.len = len > 12 ? len - 13 : 0;
	return (HTTP_BAD_NONE);
}

enum http_reason
http_start_parse(struct http_head *h, uint32_t off, uint32_t len)
{
	if (h->kind == HTTP_REQUEST_HEAD)
		return (request_line(h, off, len));
	return (status_line(h, off, len));
}
