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

#include "../../proxy-worker/http_head.h"
#include "../../proxy-worker/tunnel_start.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Properties of the first bytes of a tunnel: a verdict stays, whatever comes
 * behind it; there is one after so many bytes; and a request that we could
 * have read never passes as something else, but for CONNECT and for methods
 * that begin with no letter.
 */
static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static void
against_head(const uint8_t *p, size_t len, enum tunnel_kind kind)
{
	struct http_head	 h;
	size_t			 used;
	char			 c;

	http_head_init(&h, HTTP_REQUEST_HEAD);
	if (http_head_feed(&h, p, len, &used) == HTTP_FEED_DONE &&
	    h.method != HTTP_METHOD_CONNECT) {
		c = http_span(&h, h.method_name)[0];
		if (((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) &&
		    kind != TUNNEL_HTTP)
			broken("a sound request passes unseen");
	}
	http_head_reset(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	enum tunnel_kind	 kind, last = TUNNEL_MORE;
	uint8_t			*copy;
	size_t			 n, max;

	max = len < TUNNEL_START_MAX + 8 ? len : TUNNEL_START_MAX + 8;
	for (n = 0; n <= max; n++) {
		/* Memory of just that size: nothing behind it is read. */
		if ((copy = malloc(n + (n == 0))) == NULL)
			return (0);
		if (n > 0)
			memcpy(copy, p, n);
		kind = tunnel_classify(copy, n);
		free(copy);
		if (last != TUNNEL_MORE && kind != last)
			broken("a verdict changed");
		if (n >= TUNNEL_START_MAX && kind == TUNNEL_MORE)
			broken("no verdict");
		last = kind;
	}
	if (tunnel_classify(p, len) != last)
		broken("bytes beyond the bound matter");
	against_head(p, len, last);
	return (0);
}
