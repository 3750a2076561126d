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
 * Where do the requests of a stream end?  Asked of the proxy's own parser and
 * of llhttp, for differential_test.
 *
 * usage: boundaries ours|llhttp
 *
 * Standard input: streams, each a length in decimal, a line feed and so many
 * bytes.  Standard output, for each stream: one line for each whole request,
 * "METHOD TARGET PAYLOAD-BYTES", and a line "end" when the stream ends with a
 * request, else "bad".
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llhttp.h>

#include "../../proxy-worker/http_frame.h"
#include "../../proxy-worker/http_head.h"

#define STREAM_MAX	(1024 * 1024)

/* One request; -1 when it is none, else how many bytes it has. */
static long
one_request(const uint8_t *p, size_t len)
{
	struct http_head	 h;
	struct http_frame	 f;
	struct http_piece	 piece;
	enum http_feed		 e;
	size_t			 at, n;

	http_head_init(&h, HTTP_REQUEST_HEAD);
	if (http_head_feed(&h, p, len, &at) != HTTP_FEED_DONE) {
		http_head_reset(&h);
		return (-1);
	}
	http_frame_init(&f, h.framing, h.length);
	do {
		e = http_frame_feed(&f, p + at, len - at, &piece, &n);
		at += n;
	} while (e == HTTP_FEED_MORE && at < len);
	if (e == HTTP_FEED_DONE)
		printf("%.*s %.*s %llu\n", (int)h.method_name.len,
		    http_span(&h, h.method_name), (int)h.target.len,
		    http_span(&h, h.target), (unsigned long long)f.payload);
	http_head_reset(&h);
	return (e == HTTP_FEED_DONE ? (long)at : -1);
}

static bool
ours(const uint8_t *p, size_t len)
{
	long	 n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = one_request(p, len)) == -1)
			return (false);
	return (true);
}

struct request {
	char		 method[128];
	size_t		 method_len;
	char		 target[8192];
	size_t		 target_len;
	uint64_t	 payload;
	bool		 within;	/* begun and not complete */
};

static int
append(char *to, size_t *used, size_t size, const char *p, size_t len)
{
	if (len > size - *used)
		return (-1);
	memcpy(to + *used, p, len);
	*used += len;
	return (0);
}

static int
on_begin(llhttp_t *l)
{
	struct request	*r = l->data;

	memset(r, 0, sizeof(*r));
	r->within = true;
	return (0);
}

static int
on_method(llhttp_t *l, const char *p, size_t len)
{
	struct request	*r = l->data;

	return (append(r->method, &r->method_len, sizeof(r->method), p, len));
}

static int
on_url(llhttp_t *l, const char *p, size_t len)
{
	struct request	*r = l->data;

	return (append(r->target, &r->target_len, sizeof(r->target), p, len));
}

static int
on_body(llhttp_t *l, const char *p, size_t len)
{
	struct request	*r = l->data;

	(void)p;
	r->payload += len;
	return (0);
}

static int
on_complete(llhttp_t *l)
{
	struct request	*r = l->data;

	printf("%.*s %.*s %llu\n", (int)r->method_len, r->method,
	    (int)r->target_len, r->target, (unsigned long long)r->payload);
	r->within = false;
	return (0);
}

static bool
theirs(const char *p, size_t len)
{
	llhttp_settings_t	 settings;
	llhttp_t		 l;
	struct request		 r;

	memset(&r, 0, sizeof(r));
	llhttp_settings_init(&settings);
	settings.on_message_begin = on_begin;
	settings.on_method = on_method;
	settings.on_url = on_url;
	settings.on_body = on_body;
	settings.on_message_complete = on_complete;
	llhttp_init(&l, HTTP_REQUEST, &settings);
	l.data = &r;
	return (llhttp_execute(&l, p, len) == HPE_OK && !r.within);
}

int
main(int argc, char *argv[])
{
	uint8_t		*p;
	unsigned long	 len;
	bool		 whole;

	if (argc != 2 || (strcmp(argv[1], "ours") != 0 &&
	    strcmp(argv[1], "llhttp") != 0)) {
		fprintf(stderr, "usage: boundaries ours|llhttp\n");
		return (2);
	}
	while (scanf("%lu", &len) == 1) {
		/* As large as the stream: sanitizers see a read behind it. */
		if (getchar() != '\n' || len > STREAM_MAX ||
		    (p = malloc(len > 0 ? len : 1)) == NULL ||
		    fread(p, 1, len, stdin) != len) {
			fprintf(stderr, "boundaries: not a stream\n");
			return (1);
		}
		whole = argv[1][0] == 'o' ? ours(p, len) :
		    theirs((const char *)p, len);
		puts(whole ? "end" : "bad");
		free(p);
	}
	return (0);
}
