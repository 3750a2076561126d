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

#include <llhttp.h>

#include "http_private.h"

/*
 * llhttp's opinion.  It is asked where the head ends and how the body is
 * framed; an answer other than ours refuses the message.
 */
struct opinion {
	bool		 complete;
	uint64_t	 flags;
	uint64_t	 length;
};

/* Methods llhttp takes in HTTP; any other is shown to it as POST. */
static const char *const known_methods[] = {
	"DELETE", "GET", "HEAD", "POST", "PUT", "CONNECT", "OPTIONS", "TRACE",
	"COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH",
	"UNLOCK", "BIND", "REBIND", "UNBIND", "ACL", "REPORT", "MKACTIVITY",
	"CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE",
	"PATCH", "PURGE", "MKCALENDAR", "LINK", "UNLINK"
};

static int
headers_complete(llhttp_t *p)
{
	struct opinion	*o = p->data;

	o->complete = true;
	o->flags = p->flags;
	o->length = p->content_length;
	return (HPE_PAUSED);
}

static bool
method_known(const struct http_head *h)
{
	const char	*s = http_span(h, h->method_name);
	size_t		 i;

	for (i = 0; i < sizeof(known_methods) / sizeof(known_methods[0]); i++)
		if (strlen(known_methods[i]) == h->method_name.len &&
		    memcmp(known_methods[i], s, h->method_name.len) == 0)
			return (true);
	return (false);
}

/* Feeds one piece; -1 when llhttp refuses it or is done before its end. */
static int
feed(llhttp_t *p, struct opinion *o, const char *s, size_t len)
{
	llhttp_errno_t	 e;

	if (len == 0)
		return (0);
	if (o->complete)
		return (-1);
	e = llhttp_execute(p, s, len);
	if (e == HPE_OK)
		return (0);
	if (e != HPE_PAUSED || !o->complete)
		return (-1);
	/* It stops on the last byte of the empty line or just behind. */
	return (llhttp_get_error_pos(p) >= s + len - 1 ? 0 : -1);
}

/*
 * The target with what strict llhttp does not take but people send (UTF-8 as
 * it is) made harmless: it has no part in the framing.
 */
static int
feed_target(llhttp_t *p, struct opinion *o, const struct http_head *h)
{
	const char	*s = http_span(h, h->target);
	size_t		 len = h->target.len, i, n;

	for (i = 0; i < len; i += n) {
		for (n = 0; i + n < len && (uint8_t)s[i + n] < 0x80; n++)
			continue;
		if (feed(p, o, s + i, n) == -1)
			return (-1);
		if (i + n < len) {
			if (feed(p, o, "x", 1) == -1)
				return (-1);
			n++;
		}
	}
	return (0);
}

static int
feed_request(llhttp_t *p, struct opinion *o, const struct http_head *h)
{
	const char	*all = (const char *)h->mem;
	uint32_t	 end = h->target.off + h->target.len;

	if (!method_known(h)) {
		if (feed(p, o, "POST ", 5) == -1)
			return (-1);
	} else if (feed(p, o, http_span(h, h->method_name),
	    h->method_name.len + 1) == -1)
		return (-1);
	if (feed_target(p, o, h) == -1)
		return (-1);
	return (feed(p, o, all + end, h->len - end));
}

enum http_reason
http_oracle_check(const struct http_head *h)
{
	llhttp_settings_t	 settings;
	llhttp_t		 p;
	struct opinion		 o = { 0 };
	bool			 chunked, length;
	int			 rv;

	llhttp_settings_init(&settings);
	settings.on_headers_complete = headers_complete;
	llhttp_init(&p, h->kind == HTTP_REQUEST_HEAD ? HTTP_REQUEST :
	    HTTP_RESPONSE, &settings);
	p.data = &o;
	if (h->kind == HTTP_REQUEST_HEAD)
		rv = feed_request(&p, &o, h);
	else
		rv = feed(&p, &o, (const char *)h->mem, h->len);
	if (rv == -1 || !o.complete)
		return (HTTP_BAD_DISAGREE);

	/*
	 * The fields as both read them; what status and request method make
	 * of them (HEAD, 304) is for the caller of either parser to say.
	 */
	chunked = (o.flags & F_CHUNKED) != 0;
	length = (o.flags & F_CONTENT_LENGTH) != 0;
	if (chunked != (h->codingfield != -1) ||
	    length != (h->lengthfield != -1) ||
	    (length && o.length != h->length))
		return (HTTP_BAD_DISAGREE);
	return (HTTP_BAD_NONE);
}
