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
#include "../../proxy-worker/client_match.h"
#include "../../proxy-worker/http_frame.h"
#include "../../proxy-worker/http_head.h"
#include "../../proxy-worker/http_rewrite.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

/*
 * Properties of a head: the outcome does not depend on how it is split; what
 * was accepted is accepted again after rewriting, with the same framing, and
 * rewriting that again changes nothing.
 */
static enum http_feed
parse(struct http_head *h, const uint8_t *p, size_t len, size_t step,
    size_t *used)
{
	enum http_feed	 e = HTTP_FEED_MORE;
	size_t		 n;

	*used = 0;
	while (e == HTTP_FEED_MORE && *used < len) {
		n = len - *used < step ? len - *used : step;
		e = http_head_feed(h, p + *used, n, &n);
		*used += n;
	}
	return (e);
}

static int
rewrite(const struct http_head *h, unsigned int flags, struct buf *b)
{
	if (h->kind == HTTP_REQUEST_HEAD)
		return (http_rewrite_request(h, flags, b));
	return (http_rewrite_response(h, flags, b));
}

static void
rewritten(const struct http_head *h, unsigned int flags)
{
	struct http_head	 h2;
	struct buf		 b, b2;
	size_t			 used;

	buf_init(&b, 2 * HTTP_HEAD_MAX);
	buf_init(&b2, 2 * HTTP_HEAD_MAX);
	http_head_init(&h2, h->kind);
	h2.answers = h->answers;
	if (rewrite(h, flags, &b) == -1)
		broken("no room to rewrite");
	if (buf_len(&b) <= HTTP_HEAD_MAX && h->nfields < HTTP_FIELDS_MAX) {
		if (http_head_feed(&h2, buf_data(&b), buf_len(&b), &used) !=
		    HTTP_FEED_DONE || used != buf_len(&b))
			broken("our own head refused");
		if (h2.framing != h->framing || h2.length != h->length)
			broken("framing changed");
		if (rewrite(&h2, flags, &b2) == -1 ||
		    buf_len(&b) != buf_len(&b2) ||
		    memcmp(buf_data(&b), buf_data(&b2), buf_len(&b)) != 0)
			broken("rewriting is not stable");
	}
	buf_free(&b);
	buf_free(&b2);
	http_head_reset(&h2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct http_head	 a, b;
	enum http_feed		 ea, eb;
	const struct http_field	*f;
	uint8_t			 mode, hash[CLIENT_HASH_SIZE];
	size_t			 ua, ub;

	if (len == 0)
		return (0);
	mode = *p++;
	len--;
	http_head_init(&a, mode & 1 ? HTTP_RESPONSE_HEAD : HTTP_REQUEST_HEAD);
	http_head_init(&b, a.kind);
	if (mode & 2)
		a.answers = b.answers = HTTP_METHOD_HEAD;
	ea = parse(&a, p, len, SIZE_MAX, &ua);
	eb = parse(&b, p, len, 1 + (mode >> 3), &ub);
	if (ea != eb || ua != ub || http_head_error(&a) != http_head_error(&b))
		broken("a split changed the outcome");
	if (ea == HTTP_FEED_DONE) {
		rewritten(&a, mode & 4 ? HTTP_RW_CLOSE : 0);
		if (a.upgrade)
			rewritten(&a, HTTP_RW_UPGRADE);
		if ((f = http_head_field(&a, "proxy-authorization", 0)) != NULL)
			client_credential_hash(http_span(&a, f->value),
			    f->value.len, hash);
	}
	http_head_reset(&a);
	http_head_reset(&b);
	return (0);
}
