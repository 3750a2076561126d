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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../proxy-worker/buf.h"
#include "../../proxy-worker/http_auth.h"
#include "../../proxy-worker/http_head.h"
#include "../../proxy-worker/http_rewrite.h"
#include "../../proxy-worker/http_target.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Properties of a rewritten head, whatever fields there are.  The first byte
 * chooses a start line and flags, the rest are the fields, with the line ends
 * made right, so that mutations find fields and not syntax errors: every field
 * that comes out came in, with the same bytes and in the same order, none is
 * missing that does not belong to the connection, and the next hop frames and
 * routes the message as we do.
 */
static const char *const	 starts[] = {
	"GET http://ex.org:81/a?b HTTP/1.1", "GET /a HTTP/1.1",
	"POST http://[2001:db8::1]/ HTTP/1.1", "OPTIONS http://ex.org HTTP/1.0",
	"HTTP/1.1 200 OK", "HTTP/1.0 304", "HTTP/1.1 101 Go", "HTTP/1.1 502 "
};

static const char *const	 hop[] = {
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
	"Proxy-Authenticate", "Proxy-Authentication-Info", "TE", "Upgrade"
};

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static bool
belongs_to_connection(const struct http_head *h, const struct http_field *f)
{
	char	 name[256];
	size_t	 i;

	for (i = 0; i < sizeof(hop) / sizeof(hop[0]); i++)
		if (http_field_is(h, f, hop[i]))
			return (true);
	if (http_field_is(h, f, "Host") || f->name.len >= sizeof(name) ||
	    http_field_is(h, f, "Content-Length") ||
	    http_field_is(h, f, "Transfer-Encoding"))
		return (false);
	memcpy(name, http_span(h, f->name), f->name.len);
	name[f->name.len] = '\0';
	return (http_head_has_token(h, "connection", name));
}

static bool
same_line(const struct http_head *a, const struct http_field *fa,
    const struct http_head *b, const struct http_field *fb)
{
	return (fa->line.len == fb->line.len && memcmp(http_span(a, fa->line),
	    http_span(b, fb->line), fa->line.len) == 0);
}

/* Host may have the target's value, and be new when there was none. */
static void
check_fields(const struct http_head *in, const struct http_head *out,
    unsigned int flags)
{
	const struct http_field	*f;
	size_t			 i, o = 0;
	bool			 told = false;

	if (in->hostfield == -1 && out->hostfield == 0)
		o++;
	for (i = 0; i < in->nfields; i++) {
		f = &in->fields[i];
		if (http_field_is(in, f, "Connection") && !told && flags != 0) {
			told = true;
			if (o == out->nfields || !http_field_is(out,
			    &out->fields[o++], "Connection"))
				broken("Connection is not where it was");
			continue;
		}
		if (belongs_to_connection(in, f) && !((flags &
		    HTTP_RW_UPGRADE) && http_field_is(in, f, "Upgrade")))
			continue;
		if (o == out->nfields)
			broken("a field is lost");
		if (!same_line(in, f, out, &out->fields[o]) &&
		    (in->form != HTTP_FORM_ABSOLUTE ||
		    (int)i != in->hostfield || (int)o != out->hostfield))
			broken("a field has changed");
		o++;
	}
	if (flags != 0 && !told && o < out->nfields &&
	    http_field_is(out, &out->fields[o], "Connection"))
		o++;
	if (o != out->nfields)
		broken("a field came in");
}

static void
check_route(const struct http_head *in, const struct http_head *out)
{
	struct http_authority	 a;
	const struct http_field	*f;

	if (out->method != in->method || out->minor != in->minor)
		broken("another request line");
	if (in->form != HTTP_FORM_ABSOLUTE)
		return;
	if (out->form == HTTP_FORM_ABSOLUTE || out->hostfield == -1)
		broken("no origin form");
	f = &out->fields[out->hostfield];
	if (http_authority_parse(&a, http_span(out, f->value), f->value.len) !=
	    HTTP_BAD_NONE || a.port != in->port ||
	    !http_equal(a.host, a.host_len, in->host))
		broken("Host is not the target's");
}

static void
rewritten(const struct http_head *h, unsigned int flags)
{
	struct http_head	 out;
	struct buf		 b;
	size_t			 used;
	int			 rv;

	buf_init(&b, 2 * HTTP_HEAD_MAX);
	http_head_init(&out, h->kind);
	out.answers = h->answers;
	rv = h->kind == HTTP_REQUEST_HEAD ? http_rewrite_request(h, flags,
	    &b) : http_rewrite_response(h, flags, &b);
	if (rv == -1)
		broken("no room");
	if (buf_len(&b) <= HTTP_HEAD_MAX && h->nfields < HTTP_FIELDS_MAX) {
		if (http_head_feed(&out, buf_data(&b), buf_len(&b), &used) !=
		    HTTP_FEED_DONE || used != buf_len(&b))
			broken("our own head refused");
		if (out.framing != h->framing || out.length != h->length ||
		    out.expect_continue != h->expect_continue)
			broken("another framing");
		if (out.upgrade && !(flags & HTTP_RW_UPGRADE))
			broken("an upgrade that we do not serve");
		check_fields(h, &out, flags);
		if (h->kind == HTTP_REQUEST_HEAD)
			check_route(h, &out);
		else if (out.status != h->status || out.minor != 1)
			broken("another status line");
		if (http_auth_is_bound(&out) && !http_auth_is_bound(h))
			broken("authentication out of nothing");
	}
	buf_free(&b);
	http_head_reset(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct http_head	 h;
	struct buf		 b;
	const uint8_t		*end;
	const char		*start;
	uint8_t			 mode;
	size_t			 used, n;

	if (len == 0 || len > HTTP_HEAD_MAX / 4)
		return (0);
	mode = *p++;
	len--;
	start = starts[mode & 7];
	buf_init(&b, HTTP_HEAD_MAX);
	buf_addstr(&b, start);
	buf_addstr(&b, "\r\n");
	for (; len > 0; p += n, len -= n) {
		end = memchr(p, '\n', len);
		n = end == NULL ? len : (size_t)(end - p);
		if (n > 0) {
			buf_add(&b, p, n);
			buf_addstr(&b, "\r\n");
		}
		n += end != NULL;
	}
	buf_addstr(&b, "\r\n");
	http_head_init(&h, mode & 4 ? HTTP_RESPONSE_HEAD : HTTP_REQUEST_HEAD);
	if (mode & 8)
		h.answers = HTTP_METHOD_HEAD;
	if (http_head_feed(&h, buf_data(&b), buf_len(&b), &used) ==
	    HTTP_FEED_DONE) {
		rewritten(&h, mode & 16 ? HTTP_RW_CLOSE : 0);
		if (h.upgrade)
			rewritten(&h, HTTP_RW_UPGRADE);
	}
	buf_free(&b);
	http_head_reset(&h);
	return (0);
}
