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

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat.h"
#include "http_parse.h"

static const char *const	 names[HTTP_FIELD_MAX] = {
	[HTTP_HOST]		= "host",
	[HTTP_ORIGIN]		= "origin",
	[HTTP_AUTHORIZATION]	= "authorization",
	[HTTP_CONTENT_TYPE]	= "content-type",
	[HTTP_CONTENT_ENCODING]	= "content-encoding",
	[HTTP_EXPECT]		= "expect",
	[HTTP_MCP_VERSION]	= "mcp-protocol-version",
	[HTTP_MCP_METHOD]	= "mcp-method",
	[HTTP_MCP_NAME]		= "mcp-name",
};

/* Refuses the request; llhttp is not called again for it. */
static int
bad(struct http_req *r, int status)
{
	if (r->status == 0)
		r->status = status;
	return HPE_USER;
}

static int
grow(char **buf, size_t *size, size_t need, size_t max)
{
	char	*p;
	size_t	 n = *size;

	if (need <= n)
		return 0;
	if (need > max)
		return -1;
	for (n = n == 0 ? 512 : n; n < need; n *= 2)
		;
	if (n > max)
		n = max;
	if ((p = realloc(*buf, n)) == NULL)
		return -1;
	*buf = p;
	*size = n;
	return 0;
}

static int
head_add(struct http_req *r, const char *s, size_t len)
{
	if (memchr(s, '\0', len) != NULL)
		return bad(r, 400);
	/* a NUL behind each of the few that are kept */
	if (grow(&r->head, &r->head_size, r->head_len + len + 1,
	    2 * HTTP_HEAD_MAX) == -1)
		return bad(r, 431);
	memcpy(r->head + r->head_len, s, len);
	r->head_len += len;
	r->head[r->head_len] = '\0';
	return 0;
}

static int
on_url(llhttp_t *p, const char *s, size_t len)
{
	struct http_req	*r = p->data;

	return head_add(r, s, len);
}

/* The target ends where the first field begins; its NUL is there already. */
static int
target_end(struct http_req *r)
{
	if (r->targeted)
		return 0;
	if (r->head == NULL || r->head_len == 0)
		return bad(r, 400);
	r->targeted = 1;
	r->head_len++;
	return 0;
}

/* The end of the value before, if there was one. */
static void
value_end(struct http_req *r)
{
	size_t	 at;

	if (r->in_value && r->now != -1) {
		at = r->field[r->now].at;
		while (r->head_len > at && (r->head[r->head_len - 1] == ' ' ||
		    r->head[r->head_len - 1] == '\t'))
			r->head_len--;
		r->head[r->head_len++] = '\0';
	}
	r->in_value = 0;
}

static int
on_field(llhttp_t *p, const char *s, size_t len)
{
	struct http_req	*r = p->data;
	size_t		 n = sizeof(r->name) - r->name_len;

	if (r->headed)
		return 0;		/* a trailer */
	if (target_end(r) != 0)
		return HPE_USER;
	if (r->in_value) {
		value_end(r);
		r->name_len = 0;
		n = sizeof(r->name);
	}
	/* a longer name is none of ours; nor is it when it is cut */
	if (len > n)
		len = n;
	memcpy(r->name + r->name_len, s, len);
	r->name_len += len;
	return 0;
}

static int
on_value(llhttp_t *p, const char *s, size_t len)
{
	struct http_req	*r = p->data;
	int		 i;

	if (r->headed)
		return 0;
	if (!r->in_value) {
		r->in_value = 1;
		r->now = -1;
		for (i = 0; i < HTTP_FIELD_MAX; i++)
			if (strlen(names[i]) == r->name_len &&
			    strncasecmp(names[i], r->name, r->name_len) == 0)
				r->now = i;
		if (r->now != -1) {
			r->field[r->now].n++;
			r->field[r->now].at = r->head_len;
			if (head_add(r, "", 0) != 0)
				return HPE_USER;
		}
	}
	return r->now == -1 ? 0 : head_add(r, s, len);
}

static int
on_headers_complete(llhttp_t *p)
{
	struct http_req	*r = p->data;

	if (target_end(r) != 0)
		return -1;
	value_end(r);
	r->headed = 1;
	r->is_post = p->method == HTTP_POST;
	r->keep_alive = llhttp_should_keep_alive(p) != 0;
	r->has_body = (p->flags & F_CHUNKED) != 0 || p->content_length > 0;
	r->length = (p->flags & F_CHUNKED) != 0 ? 0 : p->content_length;
	return HPE_PAUSED;
}

static int
on_body(llhttp_t *p, const char *s, size_t len)
{
	struct http_req	*r = p->data;

	if (len > r->body_max - r->body_len)
		return bad(r, 413);
	if (grow(&r->body, &r->body_size, r->body_len + len, r->body_max) ==
	    -1)
		return bad(r, 503);
	memcpy(r->body + r->body_len, s, len);
	r->body_len += len;
	return 0;
}

static int
on_message_complete(llhttp_t *p)
{
	struct http_req	*r = p->data;

	r->done = 1;
	return HPE_PAUSED;
}

void
http_init(struct http_req *r, size_t body_max)
{
	memset(r, 0, sizeof(*r));
	r->body_max = body_max;
	llhttp_settings_init(&r->settings);
	r->settings.on_url = on_url;
	r->settings.on_header_field = on_field;
	r->settings.on_header_value = on_value;
	r->settings.on_headers_complete = on_headers_complete;
	r->settings.on_body = on_body;
	r->settings.on_message_complete = on_message_complete;
	llhttp_init(&r->parser, HTTP_REQUEST, &r->settings);
	r->parser.data = r;
}

void
http_free(struct http_req *r)
{
	/* there was a token in it */
	freezero(r->head, r->head_size);
	free(r->body);
	r->head = r->body = NULL;
}

void
http_next(struct http_req *r)
{
	size_t	 body_max = r->body_max;

	http_free(r);
	http_init(r, body_max);
}

/* Blank lines before a request are ignored (RFC 9112, 2.2), a few. */
static size_t
skip_blank(const struct http_req *r, const char *s, size_t len)
{
	size_t	 i = 0;

	if (!r->started)
		while (i < len && i < 4 && (s[i] == '\r' || s[i] == '\n'))
			i++;
	return i;
}

enum http_step
http_feed(struct http_req *r, const char *s, size_t len, size_t *used)
{
	const char	*end;
	llhttp_errno_t	 e;
	size_t		 n, skip;

	*used = 0;
	if (r->status != 0)
		return HTTP_BAD;
	if (r->done)
		return HTTP_DONE;
	if (r->headed && !r->has_body) {
		r->done = 1;
		return HTTP_DONE;
	}
	skip = skip_blank(r, s, len);
	s += skip;
	len -= skip;
	*used = skip;
	n = len;
	if (!r->headed && n > HTTP_HEAD_MAX - r->head_seen)
		n = HTTP_HEAD_MAX - r->head_seen;
	if (n == 0 && len > 0) {
		r->status = 431;
		return HTTP_BAD;
	}
	if (n == 0)
		return HTTP_MORE;
	r->started = 1;
	e = llhttp_execute(&r->parser, s, n);
	if (e == HPE_OK) {
		if (!r->headed)
			r->head_seen += n;
		*used += n;
		return HTTP_MORE;
	}
	end = llhttp_get_error_pos(&r->parser);
	if (e == HPE_PAUSED && r->status == 0 && end != NULL) {
		*used += (size_t)(end - s);
		llhttp_resume(&r->parser);
		return r->done ? HTTP_DONE : HTTP_HEADED;
	}
	if (e == HPE_PAUSED_UPGRADE && r->done) {
		/* what follows is no HTTP, or no business of ours */
		r->keep_alive = 0;
		*used += len;
		return HTTP_DONE;
	}
	if (r->status == 0)
		r->status = 400;
	return HTTP_BAD;
}

const char *
http_target(const struct http_req *r)
{
	return r->head;
}

const char *
http_value(const struct http_req *r, enum http_field f)
{
	return r->field[f].n == 0 ? NULL : r->head + r->field[f].at;
}

int
http_host_of(const char *s, char *buf, size_t size)
{
	const char	*port;
	size_t		 n;

	if (*s == '[') {
		s++;
		n = strcspn(s, "]");
		if (s[n] != ']')
			return -1;
		port = s + n + 1;
	} else {
		n = strcspn(s, ":");
		port = s + n;
	}
	if (n == 0 || n >= size || (*port != '\0' && (*port != ':' ||
	    strspn(port + 1, "0123456789") != strlen(port + 1))))
		return -1;
	memcpy(buf, s, n);
	buf[n] = '\0';
	return 0;
}

int
http_origin_host(const char *origin, char *buf, size_t size)
{
	size_t	 n;

	if (strncasecmp(origin, "http://", 7) == 0)
		n = 7;
	else if (strncasecmp(origin, "https://", 8) == 0)
		n = 8;
	else
		return -1;
	return http_host_of(origin + n, buf, size);
}

int
http_is_json(const char *s)
{
	static const char	 json[] = "application/json";

	if (strncasecmp(s, json, sizeof(json) - 1) != 0)
		return 0;
	s += sizeof(json) - 1;
	s += strspn(s, " \t");
	return *s == '\0' || *s == ';';
}

static int
base64_digit(char c)
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char		*p;

	return c == '\0' || (p = strchr(digits, c)) == NULL ? -1 :
	    (int)(p - digits);
}

/* Strict: whole groups, padding where it belongs, no bits left over. */
static int
base64_decode(const char *s, size_t len, char *buf, size_t size)
{
	size_t		 i, n = 0, pad = 0;
	uint32_t	 bits = 0;
	int		 d;

	if (len % 4 != 0)
		return -1;
	while (pad < 2 && pad < len && s[len - 1 - pad] == '=')
		pad++;
	for (i = 0; i < len - pad; i++) {
		if ((d = base64_digit(s[i])) == -1)
			return -1;
		bits = bits << 6 | (uint32_t)d;
		if (i % 4 == 0)
			continue;
		if (n + 1 >= size)
			return -1;
		buf[n++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	if (pad > 0 && (bits & (pad == 1 ? 3U : 15U)) != 0)
		return -1;
	buf[n] = '\0';
	return memchr(buf, '\0', n) == NULL ? 0 : -1;
}

int
http_decode(const char *s, char *buf, size_t size)
{
	static const char	 begin[] = "=?base64?";
	size_t			 len = strlen(s), n = sizeof(begin) - 1;

	if (strncmp(s, begin, n) != 0 || len < n + 2 ||
	    strcmp(s + len - 2, "?=") != 0)
		return strlcpy(buf, s, size) < size ? 0 : -1;
	return base64_decode(s + n, len - n - 2, buf, size);
}
