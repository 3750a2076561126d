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


/*
 * Requests of MCP over HTTP, several on one connection: what comes of them
 * does not depend on how the bytes are cut.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../mcpd/http_parse.h"

#define BODY_MAX	4096
#define OUT_MAX		65536

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

struct out {
	char	 s[OUT_MAX];
	size_t	 n;
};

static void
say(struct out *o, const char *what, const char *s, size_t len)
{
	int	 n;

	n = snprintf(o->s + o->n, sizeof(o->s) - o->n, "%s %zu:", what, len);
	if (n > 0 && (size_t)n < sizeof(o->s) - o->n)
		o->n += (size_t)n;
	if (len < sizeof(o->s) - o->n) {
		memcpy(o->s + o->n, s, len);
		o->n += len;
	}
}

static void
say_head(struct out *o, const struct http_req *r)
{
	char		 buf[256];
	const char	*v;
	int		 i;

	v = http_target(r);
	if (strlen(v) > HTTP_HEAD_MAX)
		broken("a target longer than the head may be");
	say(o, r->is_post ? "post" : "other", v, strlen(v));
	for (i = 0; i < HTTP_FIELD_MAX; i++) {
		if ((v = http_value(r, (enum http_field)i)) == NULL)
			continue;
		if (*v == ' ' || *v == '\t')
			broken("blanks before a value");
		say(o, "field", v, strlen(v));
		(void)http_is_json(v);
		if (http_host_of(v, buf, sizeof(buf)) == 0)
			say(o, "host", buf, strlen(buf));
		if (http_origin_host(v, buf, sizeof(buf)) == 0)
			say(o, "origin", buf, strlen(buf));
		if (http_decode(v, buf, sizeof(buf)) == 0)
			say(o, "decoded", buf, strlen(buf));
	}
}

static void
drive(struct out *o, const char *p, size_t len, size_t step)
{
	struct http_req	 r;
	enum http_step	 e;
	size_t		 at = 0, n, used;
	unsigned int	 turns = 0;

	o->n = 0;
	http_init(&r, BODY_MAX);
	for (;;) {
		n = len - at < step ? len - at : step;
		e = http_feed(&r, p + at, n, &used);
		if (used > n)
			broken("more taken than there was");
		at += used;
		if (r.body_len > BODY_MAX)
			broken("a body longer than it may be");
		if (++turns > 4 * len + 16)
			broken("no progress");
		if (e == HTTP_HEADED)
			say_head(o, &r);
		else if (e == HTTP_DONE) {
			say(o, "body", r.body == NULL ? "" : r.body,
			    r.body_len);
			if (!r.keep_alive)
				break;
			http_next(&r);
		} else if (e == HTTP_BAD) {
			if (r.status < 400 || r.status > 599)
				broken("refused without a status");
			say(o, "bad", "", 0);
			break;
		} else if (at == len)
			break;
	}
	http_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct out	 whole, cut;

	if (size < 1 || size > 8192)
		return 0;
	drive(&whole, (const char *)data + 1, size - 1, size);
	drive(&cut, (const char *)data + 1, size - 1, (size_t)data[0] % 64 +
	    1);
	if (whole.n != cut.n || memcmp(whole.s, cut.s, cut.n) != 0)
		broken("it depends on how it is cut");
	return 0;
}
