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

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "http_private.h"
#include "http_target.h"

#define FIELDS_MIN	16

static enum http_reason
known_field(struct http_head *h, const char *name, size_t len)
{
	int	 idx = (int)h->nfields - 1;

	if (http_equal(name, len, "host")) {
		if (h->hostfield != -1 && h->kind == HTTP_REQUEST_HEAD)
			return (HTTP_BAD_HOST_TWICE);
		h->hostfield = idx;
	} else if (http_equal(name, len, "content-length")) {
		if (h->lengthfield != -1)
			return (HTTP_BAD_LENGTH_TWICE);
		h->lengthfield = idx;
	} else if (http_equal(name, len, "transfer-encoding")) {
		if (h->codingfield != -1)
			return (HTTP_BAD_CODING_TWICE);
		h->codingfield = idx;
	}
	return (HTTP_BAD_NONE);
}

enum http_reason
http_field_add(struct http_head *h, uint32_t off, uint32_t len)
{
	const char		*s = (const char *)h->mem + off, *colon;
	struct http_field	*f, *fields;
	uint32_t		 name, i, end;
	size_t			 size;

	if (s[0] == ' ' || s[0] == '\t')
		return (HTTP_BAD_OBS_FOLD);
	if ((colon = memchr(s, ':', len)) == NULL)
		return (HTTP_BAD_FIELD_NAME);
	name = (uint32_t)(colon - s);
	if (name > 0 && (s[name - 1] == ' ' || s[name - 1] == '\t'))
		return (HTTP_BAD_SPACE_COLON);
	if (!http_is_token(s, name))
		return (HTTP_BAD_FIELD_NAME);
	for (i = name + 1; i < len; i++)
		if (!http_is_text((uint8_t)s[i]))
			return (HTTP_BAD_FIELD_VALUE);

	if (h->nfields >= HTTP_FIELDS_MAX)
		return (HTTP_BAD_HEAD_FIELDS);
	if (h->nfields == h->fieldsize) {
		size = h->fieldsize == 0 ? FIELDS_MIN : h->fieldsize * 2;
		if ((fields = reallocarray(h->fields, size,
		    sizeof(*fields))) == NULL)
			return (HTTP_BAD_MEMORY);
		h->fields = fields;
		h->fieldsize = size;
	}
	f = &h->fields[h->nfields++];
	f->line.off = off;
	f->line.len = len + 2;
	f->name.off = off;
	f->name.len = name;
	for (i = name + 1; i < len && (s[i] == ' ' || s[i] == '\t'); i++)
		continue;
	for (end = len; end > i && (s[end - 1] == ' ' || s[end - 1] == '\t');
	    end--)
		continue;
	f->value.off = off + i;
	f->value.len = end - i;
	return (known_field(h, s, name));
}

bool
http_field_is(const struct http_head *h, const struct http_field *f,
    const char *name)
{
	return (http_equal(http_span(h, f->name), f->name.len, name));
}

const struct http_field *
http_head_field(const struct http_head *h, const char *name, size_t n)
{
	size_t	 i;

	for (i = 0; i < h->nfields; i++)
		if (http_field_is(h, &h->fields[i], name) && n-- == 0)
			return (&h->fields[i]);
	return (NULL);
}

/* The next element of a list, without the blanks around it; false: no more. */
static bool
list_next(const char *s, size_t len, size_t *at, size_t *start, size_t *end)
{
	if (*at >= len)
		return (false);
	for (*start = *at; *at < len && s[*at] != ','; (*at)++)
		continue;
	for (*end = (*at)++; *start < *end && (s[*start] == ' ' ||
	    s[*start] == '\t'); (*start)++)
		continue;
	for (; *end > *start && (s[*end - 1] == ' ' || s[*end - 1] == '\t');
	    (*end)--)
		continue;
	return (true);
}

static bool
list_has(const char *s, size_t len, const char *token)
{
	size_t	 at = 0, start, end;

	while (list_next(s, len, &at, &start, &end))
		if (http_equal(s + start, end - start, token))
			return (true);
	return (false);
}

size_t
http_head_options(const struct http_head *h,
    struct http_span v[HTTP_FIELDS_MAX])
{
	const struct http_field	*f;
	size_t			 i, n = 0, at, start, end;

	for (i = 0; i < h->nfields; i++) {
		f = &h->fields[i];
		if (!http_field_is(h, f, "connection"))
			continue;
		for (at = 0; list_next(http_span(h, f->value), f->value.len,
		    &at, &start, &end);) {
			if (start == end)
				continue;
			if (n == HTTP_FIELDS_MAX)
				return (n + 1);
			v[n].off = f->value.off + (uint32_t)start;
			v[n++].len = (uint32_t)(end - start);
		}
	}
	return (n);
}

bool
http_head_has_token(const struct http_head *h, const char *name,
    const char *token)
{
	const struct http_field	*f;
	size_t			 n;

	for (n = 0; (f = http_head_field(h, name, n)) != NULL; n++)
		if (list_has(http_span(h, f->value), f->value.len, token))
			return (true);
	return (false);
}

/*
 * Some recipients take a tab behind the colon or at the end for a part of the
 * value, and then do not know a coding or a length that others know.
 */
static bool
has_tab(const struct http_head *h, const struct http_field *f)
{
	return (memchr(http_span(h, f->line), '\t', f->line.len) != NULL);
}

/* RFC 9110, 8.6: digits and nothing else; no list, no sign, no blank. */
static enum http_reason
length_parse(struct http_head *h)
{
	const struct http_field	*f = &h->fields[h->lengthfield];
	const char		*s = http_span(h, f->value);
	uint64_t		 v = 0;
	uint32_t		 i;

	if (f->value.len == 0 || has_tab(h, f))
		return (HTTP_BAD_LENGTH);
	/*
	 * Octal for a server that lets strtol(3) find the base; no client
	 * sends it.  Servers do, for clients that read it as RFC 9110 says.
	 */
	if (h->kind == HTTP_REQUEST_HEAD && f->value.len > 1 && s[0] == '0')
		return (HTTP_BAD_LENGTH);
	for (i = 0; i < f->value.len; i++)
		if (s[i] < '0' || s[i] > '9')
			return (HTTP_BAD_LENGTH);
	for (i = 0; i < f->value.len; i++) {
		if (v > (INT64_MAX - (uint64_t)(s[i] - '0')) / 10)
			return (HTTP_BAD_LENGTH_RANGE);
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	h->length = v;
	return (HTTP_BAD_NONE);
}

/*
 * Only the one coding that every HTTP/1.1 recipient knows.  A list that ends
 * with it is legal, but what is inside could not be scanned, and recipients
 * differ in what they make of it.
 */
static enum http_reason
coding_check(struct http_head *h)
{
	const struct http_field	*f = &h->fields[h->codingfield];

	if (h->minor == 0)
		return (HTTP_BAD_CODING_HTTP10);
	if (h->lengthfield != -1)
		return (HTTP_BAD_LENGTH_CODING);
	if (has_tab(h, f) ||
	    !http_equal(http_span(h, f->value), f->value.len, "chunked"))
		return (HTTP_BAD_CODING);
	return (HTTP_BAD_NONE);
}

static bool
status_without_body(const struct http_head *h)
{
	return (h->status / 100 == 1 || h->status == 204 || h->status == 304);
}

/* RFC 9112, 6.3, with every ambiguity refused. */
static enum http_reason
framing_decide(struct http_head *h)
{
	enum http_reason	 r;

	if (h->codingfield != -1) {
		if ((r = coding_check(h)) != HTTP_BAD_NONE)
			return (r);
		h->framing = HTTP_BODY_CHUNKED;
	} else if (h->lengthfield != -1) {
		if ((r = length_parse(h)) != HTTP_BAD_NONE)
			return (r);
		h->framing = HTTP_BODY_LENGTH;
	} else
		h->framing = h->kind == HTTP_REQUEST_HEAD ? HTTP_BODY_NONE :
		    HTTP_BODY_CLOSE;

	if (h->kind == HTTP_REQUEST_HEAD) {
		/*
		 * What follows a CONNECT is the tunnel (RFC 9110, 9.3.6);
		 * a recipient that takes it for a body sees other bytes.
		 */
		if (h->method == HTTP_METHOD_CONNECT &&
		    (h->framing == HTTP_BODY_CHUNKED || h->length > 0))
			return (HTTP_BAD_BODY_FORBIDDEN);
		if (h->framing == HTTP_BODY_LENGTH && h->length == 0)
			h->framing = HTTP_BODY_NONE;
		return (HTTP_BAD_NONE);
	}
	if (status_without_body(h)) {
		/* RFC 9110 8.6, RFC 9112 6.1; a 304 may tell a length. */
		if (h->status != 304 && (h->framing == HTTP_BODY_CHUNKED ||
		    (h->framing == HTTP_BODY_LENGTH && h->length > 0)))
			return (HTTP_BAD_BODY_FORBIDDEN);
		h->framing = HTTP_BODY_NONE;
	} else if (h->answers == HTTP_METHOD_HEAD)
		h->framing = HTTP_BODY_NONE;
	else if (h->answers == HTTP_METHOD_CONNECT && h->status / 100 == 2)
		h->framing = HTTP_BODY_NONE;
	else if (h->framing == HTTP_BODY_LENGTH && h->length == 0)
		h->framing = HTTP_BODY_NONE;
	return (HTTP_BAD_NONE);
}

static enum http_reason
host_check(struct http_head *h)
{
	const struct http_field	*f;
	struct http_authority	 a;
	enum http_reason	 r;

	if (h->kind != HTTP_REQUEST_HEAD)
		return (HTTP_BAD_NONE);
	if (h->hostfield == -1)
		return (h->minor == 0 ? HTTP_BAD_NONE : HTTP_BAD_HOST_MISSING);
	f = &h->fields[h->hostfield];
	/* Empty is right when the target has no authority (RFC 9112, 3.2). */
	if (f->value.len == 0)
		return (HTTP_BAD_NONE);
	if (has_tab(h, f))
		return (HTTP_BAD_HOST);
	r = http_authority_parse(&a, http_span(h, f->value), f->value.len);
	return (r == HTTP_BAD_USERINFO ? HTTP_BAD_HOST : r);
}

enum http_reason
http_fields_check(struct http_head *h)
{
	struct http_span	 options[HTTP_FIELDS_MAX];
	enum http_reason	 r;

	/* Each is held against each field: see http_rewrite.c. */
	if (http_head_options(h, options) > HTTP_FIELDS_MAX)
		return (HTTP_BAD_HEAD_FIELDS);
	if ((r = host_check(h)) != HTTP_BAD_NONE)
		return (r);
	if ((r = framing_decide(h)) != HTTP_BAD_NONE)
		return (r);
	if (h->minor == 0)
		h->persistent = http_head_has_token(h, "connection",
		    "keep-alive") &&
		    !http_head_has_token(h, "connection", "close");
	else
		h->persistent = !http_head_has_token(h, "connection", "close");
	if (h->framing == HTTP_BODY_CLOSE)
		h->persistent = false;
	h->upgrade = h->minor > 0 &&
	    http_head_has_token(h, "connection", "upgrade") &&
	    http_head_field(h, "upgrade", 0) != NULL;
	/* RFC 9110 10.1.1: means nothing in HTTP/1.0. */
	h->expect_continue = h->kind == HTTP_REQUEST_HEAD && h->minor > 0 &&
	    http_head_has_token(h, "expect", "100-continue");
	return (HTTP_BAD_NONE);
}
