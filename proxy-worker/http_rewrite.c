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

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "http_rewrite.h"
#include "http_target.h"

static const char *const hop_fields[] = {
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
	"Proxy-Authenticate", "Proxy-Authentication-Info", "TE", "Upgrade"
};

/* These decide where a message goes and ends; naming them is no reason. */
static const char *const kept_fields[] = {
	"Host", "Content-Length", "Transfer-Encoding"
};

static bool
in_list(const struct http_head *h, const struct http_field *f,
    const char *const *list, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (http_field_is(h, f, list[i]))
			return (true);
	return (false);
}

/* Between client and proxies: for the next of them, if there is one. */
static bool
is_proxy_auth(const struct http_head *h, const struct http_field *f)
{
	return (http_field_is(h, f, "Proxy-Authorization") ||
	    http_field_is(h, f, "Proxy-Authenticate") ||
	    http_field_is(h, f, "Proxy-Authentication-Info"));
}

/* What the Connection fields of a head name. */
struct options {
	size_t		 n;
	struct http_span v[HTTP_FIELDS_MAX];
};

static bool
named_by_connection(const struct http_head *h, const struct http_field *f,
    const struct options *o)
{
	size_t	 i;

	for (i = 0; i < o->n; i++)
		if (o->v[i].len == f->name.len && strncasecmp(http_span(h,
		    o->v[i]), http_span(h, f->name), f->name.len) == 0)
			return (true);
	return (false);
}

static int
add_span(struct buf *b, const struct http_head *h, struct http_span s)
{
	return (buf_add(b, http_span(h, s), s.len));
}

/* Connection goes out once, where the first one came in, as we mean it. */
static int
add_connection(struct buf *b, const struct http_head *h,
    const struct http_field *f, unsigned int flags)
{
	const char	*value;

	if (flags & HTTP_RW_UPGRADE)
		value = ": Upgrade\r\n";
	else if (flags & HTTP_RW_CLOSE)
		value = ": close\r\n";
	else
		return (0);
	if (f != NULL ? add_span(b, h, f->name) == -1 :
	    buf_addstr(b, "Connection") == -1)
		return (-1);
	return (buf_addstr(b, value));
}

/* host[:port] of the target. */
static int
add_authority(struct buf *b, const struct http_head *h)
{
	if (buf_addstr(b, h->host_literal6 ? "[" : "") == -1 ||
	    buf_addstr(b, h->host) == -1 ||
	    buf_addstr(b, h->host_literal6 ? "]" : "") == -1)
		return (-1);
	return (h->port == 0 ? 0 : buf_printf(b, ":%u", h->port));
}

/* Host with the target's value: same place and spelling, or at the top. */
static int
add_host(struct buf *b, const struct http_head *h, const struct http_field *f)
{
	if (f != NULL ? add_span(b, h, f->name) == -1 :
	    buf_addstr(b, "Host") == -1)
		return (-1);
	if (buf_addstr(b, ": ") == -1 || add_authority(b, h) == -1)
		return (-1);
	return (buf_addstr(b, "\r\n"));
}

/* Is the Host field already what the target says? */
static bool
host_agrees(const struct http_head *h, const struct http_field *f)
{
	struct http_authority	 a;
	size_t			 len;

	if (http_authority_parse(&a, http_span(h, f->value), f->value.len) !=
	    HTTP_BAD_NONE)
		return (false);
	len = a.host_len;
	if (!a.literal6 && len > 1 && a.host[len - 1] == '.')
		return (false);
	return (a.literal6 == h->host_literal6 && a.port == h->port &&
	    http_equal(a.host, len, h->host));
}

static int
add_fields(const struct http_head *h, unsigned int flags, struct buf *b)
{
	const struct http_field	*f;
	struct options		 o;
	size_t			 i;
	bool			 connection = false, absolute;

	if ((o.n = http_head_options(h, o.v)) > HTTP_FIELDS_MAX)
		return (-1);
	absolute = h->kind == HTTP_REQUEST_HEAD &&
	    h->form == HTTP_FORM_ABSOLUTE && (flags & HTTP_RW_TARGET) == 0;
	if (absolute && h->hostfield == -1 && add_host(b, h, NULL) == -1)
		return (-1);
	for (i = 0; i < h->nfields; i++) {
		f = &h->fields[i];
		if (http_field_is(h, f, "Connection")) {
			if (!connection && add_connection(b, h, f, flags) == -1)
				return (-1);
			connection = true;
			continue;
		}
		if ((flags & HTTP_RW_UPGRADE) && http_field_is(h, f, "Upgrade"))
			/* stays */;
		else if ((flags & HTTP_RW_PROXY) && is_proxy_auth(h, f))
			/* stays */;
		else if (in_list(h, f, kept_fields, sizeof(kept_fields) /
		    sizeof(kept_fields[0])))
			/* stays */;
		else if (in_list(h, f, hop_fields, sizeof(hop_fields) /
		    sizeof(hop_fields[0])) || named_by_connection(h, f, &o))
			continue;
		if (absolute && (int)i == h->hostfield && !host_agrees(h, f)) {
			if (add_host(b, h, f) == -1)
				return (-1);
			continue;
		}
		if (add_span(b, h, f->line) == -1)
			return (-1);
	}
	if (!connection && add_connection(b, h, NULL, flags) == -1)
		return (-1);
	return (buf_addstr(b, "\r\n"));
}

static int
add_target(const struct http_head *h, unsigned int flags, struct buf *b)
{
	if (h->form != HTTP_FORM_ABSOLUTE ||
	    (flags & (HTTP_RW_TARGET | HTTP_RW_PROXY)))
		return (add_span(b, h, h->target));
	if (h->path.len == 0)
		/* RFC 9112, 3.2.4 */
		return (buf_addstr(b, h->method == HTTP_METHOD_OPTIONS ? "*" :
		    "/"));
	if (http_span(h, h->path)[0] != '/' && buf_addstr(b, "/") == -1)
		return (-1);
	return (add_span(b, h, h->path));
}

int
http_rewrite_request(const struct http_head *h, unsigned int flags,
    struct buf *b)
{
	if (add_span(b, h, h->method_name) == -1 ||
	    buf_addstr(b, " ") == -1 || add_target(h, flags, b) == -1 ||
	    buf_printf(b, " HTTP/1.%d\r\n", h->minor) == -1)
		return (-1);
	return (add_fields(h, flags, b));
}

int
http_rewrite_response(const struct http_head *h, unsigned int flags,
    struct buf *b)
{
	if (buf_printf(b, "HTTP/1.1 %03d ", h->status) == -1 ||
	    add_span(b, h, h->status_text) == -1 ||
	    buf_addstr(b, "\r\n") == -1)
		return (-1);
	return (add_fields(h, flags, b));
}
