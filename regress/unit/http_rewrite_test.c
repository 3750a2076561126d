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
#include <stdlib.h>
#include <string.h>

#include "../../proxy-worker/buf.h"
#include "../../proxy-worker/http_error.h"
#include "../../proxy-worker/http_head.h"
#include "../../proxy-worker/http_rewrite.h"

static void
check(enum http_kind kind, unsigned int flags, const char *in,
    const char *want)
{
	struct http_head	 h;
	struct buf		 b;
	size_t			 used;
	int			 rv;

	http_head_init(&h, kind);
	if (http_head_feed(&h, in, strlen(in), &used) != HTTP_FEED_DONE)
		atf_tc_fail("%s: %s", in,
		    http_reason_word(http_head_error(&h)));
	buf_init(&b, 64 * 1024);
	rv = kind == HTTP_REQUEST_HEAD ? http_rewrite_request(&h, flags, &b) :
	    http_rewrite_response(&h, flags, &b);
	ATF_REQUIRE_EQ(rv, 0);
	if (buf_len(&b) != strlen(want) ||
	    memcmp(buf_data(&b), want, buf_len(&b)) != 0)
		atf_tc_fail("%.*s is not %s", (int)buf_len(&b),
		    (const char *)buf_data(&b), want);
	buf_free(&b);
	http_head_reset(&h);
}

ATF_TC_WITHOUT_HEAD(requests);
ATF_TC_BODY(requests, tc)
{
	check(HTTP_REQUEST_HEAD, 0,
	    "GET http://ex.org/a?b HTTP/1.1\r\nHost: ex.org\r\n"
	    "aCCept:  x \r\nProxy-Authorization: Basic eDp5\r\nB: 1\r\n"
	    "Proxy-Connection: keep-alive\r\nB: 2\r\nTE: trailers\r\n"
	    "Keep-Alive: 5\r\nB:\r\n\r\n",
	    "GET /a?b HTTP/1.1\r\nHost: ex.org\r\naCCept:  x \r\nB: 1\r\n"
	    "B: 2\r\nB:\r\n\r\n");
	/* What Connection names goes, but never what frames or routes. */
	check(HTTP_REQUEST_HEAD, 0,
	    "POST http://a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
	    "Connection: x-a, host,content-length\r\nX-A: 1\r\nX-AB: 2\r\n"
	    "Connection: X-AB\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
	check(HTTP_REQUEST_HEAD, 0,
	    "GET http://a/ HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: 2\r\n"
	    "X: 3\r\nConnection: ,\t X-b ,, x-\r\nX-A-: 4\r\n"
	    "CONNECTION:\r\nConnection: y,x-a\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: a\r\nX: 3\r\nX-A-: 4\r\n\r\n");
	check(HTTP_REQUEST_HEAD, 0,
	    "POST http://a/ HTTP/1.1\r\nHost: a\r\n"
	    "Transfer-Encoding: chunked\r\nTrailer: x\r\n"
	    "Connection: transfer-encoding\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	    "Trailer: x\r\n\r\n");
	/* Host says what the target says, where it was. */
	check(HTTP_REQUEST_HEAD, 0,
	    "GET http://[2001:db8::1]:81?q HTTP/1.1\r\nA: b\r\nhOST: evil\r\n"
	    "C: d\r\n\r\n",
	    "GET /?q HTTP/1.1\r\nA: b\r\n"
	    "hOST: [2001:db8::1]:81\r\nC: d\r\n\r\n");
	check(HTTP_REQUEST_HEAD, 0,
	    "GET http://EX.org/ HTTP/1.1\r\nHost:   Ex.Org\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost:   Ex.Org\r\n\r\n");
	check(HTTP_REQUEST_HEAD, 0, "GET http://a/ HTTP/1.0\r\nB: c\r\n\r\n",
	    "GET / HTTP/1.0\r\nHost: a\r\nB: c\r\n\r\n");
	check(HTTP_REQUEST_HEAD, 0,
	    "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n",
	    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
	check(HTTP_REQUEST_HEAD, 0,
	    "OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
	    "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n");
	/* Upgrade only when asked to. */
#define WS	"GET http://a/ HTTP/1.1\r\nHost: a\r\n"			\
	"connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"
	check(HTTP_REQUEST_HEAD, 0, WS, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	check(HTTP_REQUEST_HEAD, HTTP_RW_UPGRADE, WS, "GET / HTTP/1.1\r\n"
	    "Host: a\r\nconnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
	check(HTTP_REQUEST_HEAD, HTTP_RW_CLOSE,
	    "GET /x HTTP/1.1\r\nHost: b\r\n\r\n",
	    "GET /x HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
}

ATF_TC_WITHOUT_HEAD(responses);
ATF_TC_BODY(responses, tc)
{
	check(HTTP_RESPONSE_HEAD, 0,
	    "HTTP/1.0 200 All right\r\nSet-Cookie: a\r\nset-cookie: b\r\n"
	    "Connection: close\r\nProxy-Authenticate: Basic\r\n"
	    "Content-Length: 3\r\n\r\n",
	    "HTTP/1.1 200 All right\r\nSet-Cookie: a\r\nset-cookie: b\r\n"
	    "Content-Length: 3\r\n\r\n");
	check(HTTP_RESPONSE_HEAD, HTTP_RW_CLOSE, "HTTP/1.1 200\r\n"
	    "CONNECTION: x\r\nX: y\r\nConnection: z\r\n\r\n",
	    "HTTP/1.1 200 \r\nCONNECTION: close\r\n\r\n");
	check(HTTP_RESPONSE_HEAD, 0, "HTTP/1.1 100 Continue\r\n\r\n",
	    "HTTP/1.1 100 Continue\r\n\r\n");
}

ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	static const char	 in[] =
	    "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
	struct http_head	 h;
	struct buf		 b;
	size_t			 used, n;

	http_head_init(&h, HTTP_REQUEST_HEAD);
	ATF_REQUIRE_EQ(http_head_feed(&h, in, strlen(in), &used),
	    HTTP_FEED_DONE);
	for (n = 0; n < strlen("GET / HTTP/1.1\r\nHost: a\r\n\r\n"); n++) {
		buf_init(&b, n);
		ATF_CHECK_EQ(http_rewrite_request(&h, 0, &b), -1);
		buf_free(&b);
	}
	http_head_reset(&h);
}

/* One complete response, and nothing of the peer's but harmless bytes. */
ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{
	static const int	 status[] = { 400, 403, 407, 408, 431, 501, 502,
				    503, 504 };
	struct http_error	 e = { 0 };
	struct http_head	 h;
	struct buf		 b;
	char			*text;
	size_t			 i, used, len;

	for (i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		e.status = status[i];
		e.why = "because";
		e.cure = "Do something.";
		e.host = "a\r\nX: <script>:80";
		buf_init(&b, 8192);
		ATF_REQUIRE_EQ(http_error_write(&b, &e), 0);
		http_head_init(&h, HTTP_RESPONSE_HEAD);
		ATF_REQUIRE_EQ(http_head_feed(&h, buf_data(&b), buf_len(&b),
		    &used), HTTP_FEED_DONE);
		ATF_CHECK_EQ(h.status, status[i]);
		ATF_CHECK(!h.persistent);
		ATF_CHECK_EQ(h.framing, HTTP_BODY_LENGTH);
		ATF_CHECK_EQ(h.length, buf_len(&b) - used);
		ATF_CHECK_EQ(
		    http_head_field(&h, "proxy-authenticate", 0) != NULL,
		    status[i] == 407);
		len = buf_len(&b) - used;
		ATF_REQUIRE((text = strndup((const char *)buf_data(&b) + used,
		    len)) != NULL);
		ATF_CHECK(strstr(text, "because") != NULL);
		ATF_CHECK(strstr(text, "Do something.") != NULL);
		ATF_CHECK(strstr(text, "\r\nX") == NULL);
		ATF_CHECK(strcmp(http_status_text(status[i]), "Error") != 0);
		free(text);
		buf_free(&b);

		e.head = true;
		ATF_REQUIRE_EQ(http_error_write(&b, &e), 0);
		ATF_CHECK_EQ(buf_len(&b), used);
		e.head = false;
		buf_free(&b);
		http_head_reset(&h);
	}
}

ATF_TC_WITHOUT_HEAD(buffers);
ATF_TC_BODY(buffers, tc)
{
	struct buf	 b;
	uint8_t		*p;
	unsigned int	 i, n = 0, seen = 0;

	buf_init(&b, 3000);
	/* A queue in and out at different paces keeps every byte in order. */
	for (i = 0; i < 20000; i++) {
		while (buf_room(&b) >= 7) {
			ATF_REQUIRE((p = buf_reserve(&b, 7)) != NULL);
			memset(p, (int)(n++ & 0xff), 7);
			buf_commit(&b, 7);
		}
		ATF_REQUIRE_EQ(buf_data(&b)[0], seen / 7 & 0xff);
		seen += i % 13;
		buf_drain(&b, i % 13);
	}
	ATF_CHECK(buf_reserve(&b, buf_room(&b) + 1) == NULL);
	ATF_CHECK_EQ(buf_add(&b, "12345678901234567890", 20), -1);
	buf_drain(&b, buf_len(&b));
	ATF_CHECK(buf_data(&b) == NULL);
	ATF_CHECK_EQ(buf_printf(&b, "%d", 42), 0);
	ATF_CHECK_EQ(buf_len(&b), 2);
	buf_wipe(&b);
	ATF_CHECK_EQ(buf_len(&b), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, responses);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, errors);
	ATF_TP_ADD_TC(tp, buffers);
	return (atf_no_error());
}
