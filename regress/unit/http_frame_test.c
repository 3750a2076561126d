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

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "../../proxy-worker/http_frame.h"

/* What came out of the decoder, by kind. */
struct got {
	char		 body[4096];
	size_t		 blen;
	char		 trailer[4096];
	size_t		 tlen;
	char		 ext[4096];
	size_t		 elen;
	size_t		 used;
	enum http_feed	 last;
};

static void
take(struct got *g, const char *s, const struct http_piece *p)
{
	char	*to;
	size_t	*len;

	switch (p->kind) {
	case HTTP_PIECE_NONE:
		ATF_REQUIRE_EQ(p->len, 0);
		return;
	case HTTP_PIECE_BODY:
		to = g->body;
		len = &g->blen;
		break;
	case HTTP_PIECE_TRAILER:
		to = g->trailer;
		len = &g->tlen;
		break;
	default:
		to = g->ext;
		len = &g->elen;
		break;
	}
	ATF_REQUIRE(p->len > 0);
	ATF_REQUIRE(*len + p->len < sizeof(g->body));
	memcpy(to + *len, s + p->off, p->len);
	*len += p->len;
	to[*len] = '\0';
}

/* Feeds a span until it is used up or the body is done. */
static enum http_feed
span(struct http_frame *f, struct got *g, const char *s, size_t len)
{
	struct http_piece	 piece;
	enum http_feed		 e;
	size_t			 n;

	do {
		e = http_frame_feed(f, s, len, &piece, &n);
		ATF_REQUIRE(n <= len);
		ATF_REQUIRE(piece.off + piece.len <= n);
		ATF_REQUIRE(n > 0 || len == 0 || e != HTTP_FEED_MORE);
		take(g, s, &piece);
		s += n;
		len -= n;
		g->used += n;
	} while (e == HTTP_FEED_MORE && len > 0);
	g->last = e;
	return (e);
}

/* All at once, every split in two, and byte by byte: the same outcome. */
static void
decode(enum http_framing framing, uint64_t length, const char *s, size_t len,
    struct got *out, enum http_reason *why)
{
	struct http_frame	 f;
	struct got		 g;
	size_t			 at, i;

	for (at = 0; at <= len + 1; at++) {
		memset(&g, 0, sizeof(g));
		http_frame_init(&f, framing, length);
		if (at == len + 1) {
			span(&f, &g, s, 0);
			for (i = 0; i < len && g.last == HTTP_FEED_MORE; i++)
				span(&f, &g, s + i, 1);
		} else if (span(&f, &g, s, at) == HTTP_FEED_MORE)
			span(&f, &g, s + at, len - at);
		if (at == 0) {
			*out = g;
			*why = f.error;
			continue;
		}
		ATF_REQUIRE_EQ(g.last, out->last);
		ATF_REQUIRE_EQ(g.used, out->used);
		ATF_REQUIRE_EQ(f.error, *why);
		ATF_REQUIRE_STREQ(g.body, out->body);
		ATF_REQUIRE_STREQ(g.trailer, out->trailer);
		ATF_REQUIRE_STREQ(g.ext, out->ext);
	}
}

static void
chunked(const char *s, const char *body, const char *trailer, const char *ext)
{
	enum http_reason	 why;
	struct got		 g;
	char			 text[4096];

	snprintf(text, sizeof(text), "%sGET", s);
	decode(HTTP_BODY_CHUNKED, 0, text, strlen(text), &g, &why);
	ATF_CHECK_EQ_MSG(g.last, HTTP_FEED_DONE, "%s", s);
	ATF_CHECK_EQ_MSG(g.used, strlen(s), "%s", s);
	ATF_CHECK_STREQ(g.body, body);
	ATF_CHECK_STREQ(g.trailer, trailer);
	ATF_CHECK_STREQ(g.ext, ext);
}

static void
refused(const char *s, size_t len, enum http_reason want)
{
	enum http_reason	 why;
	struct got		 g;

	decode(HTTP_BODY_CHUNKED, 0, s, len, &g, &why);
	ATF_CHECK_EQ_MSG(g.last, HTTP_FEED_ERROR, "accepted: %s", s);
	ATF_CHECK_EQ_MSG(why, want, "%s: %s", s, http_reason_word(why));
}
#define REFUSED(s, r)	refused(s, sizeof(s) - 1, HTTP_BAD_##r)

ATF_TC_WITHOUT_HEAD(chunks);
ATF_TC_BODY(chunks, tc)
{
	chunked("0\r\n\r\n", "", "", "");
	chunked("3\r\nabc\r\n0\r\n\r\n", "abc", "", "");
	chunked("00003\r\nabc\r\n1\r\n\n\r\n000\r\n\r\n", "abc\n", "", "");
	chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
	    "01234567890123456789", "", "");
	chunked("3;a=b;c=\"d;e\"\r\n\r\n\r\r\n0;z\r\n\r\n", "\r\n\r", "",
	    ";a=b;c=\"d;e\";z");
	chunked("1;a\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x", "A: b\r\nC:\r\n",
	    ";a");
	chunked("1;a=\"\\\"\\\\;\t\"\r\nx\r\n0\r\n\r\n", "x", "",
	    ";a=\"\\\"\\\\;\t\"");
	/* Names that only look like those that may not be here. */
	chunked("0\r\nHos: a\r\nHosts: a\r\nT: b\r\nTransfer-Encodings: c\r\n"
	    "X-Transfer-Encoding-And-More: d\r\n\r\n", "",
	    "Hos: a\r\nHosts: a\r\nT: b\r\nTransfer-Encodings: c\r\n"
	    "X-Transfer-Encoding-And-More: d\r\n", "");
}

ATF_TC_WITHOUT_HEAD(chunks_refused);
ATF_TC_BODY(chunks_refused, tc)
{
	REFUSED("\r\n", CHUNK_SIZE);
	REFUSED("x\r\n", CHUNK_SIZE);
	REFUSED("-1\r\n", CHUNK_SIZE);
	REFUSED("+1\r\n", CHUNK_SIZE);
	REFUSED(" 1\r\n", CHUNK_SIZE);
	REFUSED("1 \r\n", CHUNK_SIZE);
	REFUSED("1\t;a\r\n", CHUNK_SIZE);
	REFUSED("0x1\r\n", CHUNK_SIZE);
	REFUSED("1\n", CHUNK_SIZE);
	REFUSED("1\rx", CHUNK_SIZE);
	REFUSED("1_0\r\n", CHUNK_SIZE);
	REFUSED(";a\r\n", CHUNK_SIZE);
	REFUSED("8000000000000000\r\n", CHUNK_RANGE);
	REFUSED("ffffffffffffffff\r\n", CHUNK_RANGE);
	REFUSED("10000000000000000\r\n", CHUNK_RANGE);
	REFUSED("00000000000000001\r\n", CHUNK_RANGE);
	REFUSED("1;a\nb", CHUNK_EXT);
	REFUSED("1;a\0", CHUNK_EXT);
	REFUSED("1;a\x7f", CHUNK_EXT);
	REFUSED("1;a\rb", CHUNK_SIZE);
	REFUSED("1;\r\n", CHUNK_EXT);
	REFUSED("1;;a\r\n", CHUNK_EXT);
	REFUSED("1; a\r\n", CHUNK_EXT);
	REFUSED("1;a \r\n", CHUNK_EXT);
	REFUSED("1;a =b\r\n", CHUNK_EXT);
	REFUSED("1;=b\r\n", CHUNK_EXT);
	REFUSED("1;a=\r\n", CHUNK_EXT);
	REFUSED("1;a=b=c\r\n", CHUNK_EXT);
	REFUSED("1;a=\"b\r\n", CHUNK_EXT);
	REFUSED("1;a=\"b\\\r\n", CHUNK_EXT);
	REFUSED("1;a=\"b\"c\r\n", CHUNK_EXT);
	REFUSED("1;a\xff\r\n", CHUNK_EXT);
	REFUSED("1\r\nab", CHUNK_END);
	REFUSED("1\r\na\n", CHUNK_END);
	REFUSED("1\r\na\rx", CHUNK_END);
	REFUSED("0\r\n\n", TRAILER);
	REFUSED("0\r\n\rx", TRAILER);
	REFUSED("0\r\nA\r\n", TRAILER);
	REFUSED("0\r\n: a\r\n", TRAILER);
	REFUSED("0\r\nA : b\r\n", TRAILER);
	REFUSED("0\r\n A: b\r\n", TRAILER);
	REFUSED("0\r\nA: b\r\n c\r\n", TRAILER);
	REFUSED("0\r\nA: b\nC: d\r\n", TRAILER);
	REFUSED("0\r\nA: b\rC\r\n", TRAILER);
	REFUSED("0\r\nA: b\0\r\n", TRAILER);
	REFUSED("0\r\nContent-Length: 1\r\n", TRAILER);
	REFUSED("0\r\nA: b\r\nTRANSFER-encoding: chunked\r\n", TRAILER);
	REFUSED("0\r\nhost:\r\n", TRAILER);
	REFUSED("0\r\nTE: trailers\r\n", TRAILER);
	REFUSED("0\r\nProxy-Authorization: Basic eDp5\r\n", TRAILER);
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	struct http_frame	 f;
	struct http_piece	 piece;
	size_t			 i, used;

	http_frame_init(&f, HTTP_BODY_CHUNKED, 0);
	ATF_REQUIRE_EQ(http_frame_feed(&f, "1;", 2, &piece, &used),
	    HTTP_FEED_MORE);
	for (i = 1; i < HTTP_CHUNK_EXT_MAX; i++)
		ATF_REQUIRE_EQ(http_frame_feed(&f, "x", 1, &piece, &used),
		    HTTP_FEED_MORE);
	ATF_CHECK_EQ(http_frame_feed(&f, "x", 1, &piece, &used),
	    HTTP_FEED_ERROR);
	ATF_CHECK_EQ(f.error, HTTP_BAD_CHUNK_EXT);

	http_frame_init(&f, HTTP_BODY_CHUNKED, 0);
	ATF_REQUIRE_EQ(http_frame_feed(&f, "0\r\nA:", 5, &piece, &used),
	    HTTP_FEED_MORE);
	for (i = 2; i < HTTP_TRAILER_MAX; i++)
		ATF_REQUIRE_EQ(http_frame_feed(&f, "x", 1, &piece, &used),
		    HTTP_FEED_MORE);
	ATF_CHECK_EQ(http_frame_feed(&f, "x", 1, &piece, &used),
	    HTTP_FEED_ERROR);
	ATF_CHECK_EQ(f.error, HTTP_BAD_TRAILER_SIZE);
}

ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	struct http_frame	 f;
	enum http_reason	 why;
	struct got		 g;

	decode(HTTP_BODY_LENGTH, 5, "helloGET", 8, &g, &why);
	ATF_CHECK_EQ(g.last, HTTP_FEED_DONE);
	ATF_CHECK_EQ(g.used, 5);
	ATF_CHECK_STREQ(g.body, "hello");
	decode(HTTP_BODY_LENGTH, 9, "helloGET", 8, &g, &why);
	ATF_CHECK_EQ(g.last, HTTP_FEED_MORE);
	ATF_CHECK_STREQ(g.body, "helloGET");
	decode(HTTP_BODY_CLOSE, 0, "hello", 5, &g, &why);
	ATF_CHECK_EQ(g.last, HTTP_FEED_MORE);
	ATF_CHECK_STREQ(g.body, "hello");
	decode(HTTP_BODY_NONE, 0, "GET", 3, &g, &why);
	ATF_CHECK_EQ(g.last, HTTP_FEED_DONE);
	ATF_CHECK_EQ(g.used, 0);
	decode(HTTP_BODY_LENGTH, 0, "GET", 3, &g, &why);
	ATF_CHECK_EQ(g.last, HTTP_FEED_DONE);

	http_frame_init(&f, HTTP_BODY_CLOSE, 0);
	ATF_CHECK(http_frame_at_eof(&f));
	http_frame_init(&f, HTTP_BODY_LENGTH, 1);
	ATF_CHECK(!http_frame_at_eof(&f));
	http_frame_init(&f, HTTP_BODY_CHUNKED, 0);
	ATF_CHECK(!http_frame_at_eof(&f));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, chunks);
	ATF_TP_ADD_TC(tp, chunks_refused);
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, others);
	return (atf_no_error());
}
