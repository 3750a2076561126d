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

#include "../../proxy-worker/http_head.h"

struct bad {
	const char		*text;
	size_t			 len;	/* 0: strlen */
	enum http_reason	 reason;
};
#define B(t, r)		{ t, sizeof(t) - 1, HTTP_BAD_##r }

/* Every known way to frame a request differently from the server behind. */
static const struct bad bad_requests[] = {
	B("GET /\r\n", HTTP09),
	B("GET http://a/\r\n", HTTP09),
	B("GET\r\n", START_LINE),
	B("GET  http://a/ HTTP/1.1\r\n", START_LINE),
	B("GET http://a/  HTTP/1.1\r\n", START_LINE),
	B("GET http://a/ HTTP/1.1 \r\n", START_LINE),
	B("GET http://a/ x HTTP/1.1\r\n", START_LINE),
	B(" GET http://a/ HTTP/1.1\r\n", METHOD),
	B("G(T http://a/ HTTP/1.1\r\n", METHOD),
	B("GET http://a/ HTTP/2.0\r\n", VERSION),
	B("GET http://a/ HTTP/1.2\r\n", VERSION),
	B("GET http://a/ HTTP/0.9\r\n", VERSION),
	B("GET http://a/ HTTP/01.1\r\n", VERSION),
	B("GET http://a/ http/1.1\r\n", VERSION),
	B("GET http://a/ HTTP/1.1\n", BARE_LF),
	B("GET http://a/ HTTP/1.1\rX", BARE_CR),
	B("GET http://a/ HTTP/1.1\r\r\n", BARE_CR),
	B("GET http://a/\0 HTTP/1.1\r\n", NUL),
	B("GET http://a/\x01 HTTP/1.1\r\n", CONTROL),
	B("GET http://a/\t HTTP/1.1\r\n", TARGET),
	B("GET http://a/\x7f HTTP/1.1\r\n", CONTROL),
	B("GET a HTTP/1.1\r\n", TARGET),
	B("GET * HTTP/1.1\r\n", TARGET_FORM),
	B("GET ftp://a/ HTTP/1.1\r\n", SCHEME),
	B("GET http:/a HTTP/1.1\r\n", TARGET),
	B("GET http:///a HTTP/1.1\r\n", HOST),
	B("GET http://u@a/ HTTP/1.1\r\n", USERINFO),
	B("GET http://u:p@a/ HTTP/1.1\r\n", USERINFO),
	B("GET http://a%2eb/ HTTP/1.1\r\n", HOST),
	B("GET http://a\\b/ HTTP/1.1\r\n", HOST),
	B("GET http://a:/ HTTP/1.1\r\n", PORT),
	B("GET http://a:0/ HTTP/1.1\r\n", PORT),
	B("GET http://a:080/ HTTP/1.1\r\n", PORT),
	B("GET http://a:65536/ HTTP/1.1\r\n", PORT),
	B("GET http://a:99999999999/ HTTP/1.1\r\n", PORT),
	B("GET http://a:+80/ HTTP/1.1\r\n", PORT),
	B("GET http://[::1/ HTTP/1.1\r\n", HOST),
	B("GET http://[::1]x/ HTTP/1.1\r\n", HOST),
	B("GET http://[fe80::1%25eth0]/ HTTP/1.1\r\n", HOST),
	B("GET http://[v1.x]/ HTTP/1.1\r\n", HOST),
	B("GET http://a\xc3\xa4/ HTTP/1.1\r\n", HOST),
	B("CONNECT a HTTP/1.1\r\n", PORT),
	B("CONNECT / HTTP/1.1\r\n", TARGET_FORM),
	B("CONNECT http://a:1/ HTTP/1.1\r\n", PORT),
	B("CONNECT a:443/x HTTP/1.1\r\n", PORT),
	B("CONNECT u@a:443 HTTP/1.1\r\n", USERINFO),
	B("\r\n\r\n", EMPTY_LINE),
	B("GET http://a/ HTTP/1.1\r\n\r\n", HOST_MISSING),
	B("GET http://a/ HTTP/1.1\r\n Host: a\r\n", OBS_FOLD),
	B("GET http://a/ HTTP/1.1\r\nHost: a\r\n b\r\n", OBS_FOLD),
	B("GET http://a/ HTTP/1.1\r\nHost: a\r\n\tb\r\n", OBS_FOLD),
	B("GET http://a/ HTTP/1.1\r\nHost : a\r\n", SPACE_COLON),
	B("GET http://a/ HTTP/1.1\r\nHost\t: a\r\n", SPACE_COLON),
	B("GET http://a/ HTTP/1.1\r\n: a\r\n", FIELD_NAME),
	B("GET http://a/ HTTP/1.1\r\nHost\r\n", FIELD_NAME),
	B("GET http://a/ HTTP/1.1\r\nHo st: a\r\n", FIELD_NAME),
	B("GET http://a/ HTTP/1.1\r\nHo\xc3st: a\r\n", FIELD_NAME),
	B("GET http://a/ HTTP/1.1\r\nX: a\rb\r\n", BARE_CR),
	B("GET http://a/ HTTP/1.1\r\nX: a\nb\r\n", BARE_LF),
	B("GET http://a/ HTTP/1.1\r\nX: a\0b\r\n", NUL),
	B("GET http://a/ HTTP/1.1\r\nX: a\x0b\r\n", CONTROL),
	B("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n", HOST_TWICE),
	B("GET http://a/ HTTP/1.1\r\nHost: a\r\nhOST: b\r\n", HOST_TWICE),
	B("GET http://a/ HTTP/1.1\r\nHost: a, b\r\n\r\n", HOST),
	B("GET http://a/ HTTP/1.1\r\nHost: u@a\r\n\r\n", HOST),
	B("GET http://a/ HTTP/1.1\r\nHost: a/b\r\n\r\n", HOST),
#define H	"POST http://a/ HTTP/1.1\r\nHost: a\r\n"
	B(H "Content-Length: 1\r\nContent-Length: 1\r\n", LENGTH_TWICE),
	B(H "Content-Length: 1\r\nContent-length: 2\r\n", LENGTH_TWICE),
	B(H "Content-Length: 1, 1\r\n\r\n", LENGTH),
	B(H "Content-Length: +1\r\n\r\n", LENGTH),
	B(H "Content-Length: -1\r\n\r\n", LENGTH),
	B(H "Content-Length: 0x1\r\n\r\n", LENGTH),
	B(H "Content-Length: 1 1\r\n\r\n", LENGTH),
	B(H "Content-Length: 1.0\r\n\r\n", LENGTH),
	B(H "Content-Length:\r\n\r\n", LENGTH),
	B(H "Content-Length: 01\r\n\r\n", LENGTH),
	B(H "Content-Length: 00\r\n\r\n", LENGTH),
	B(H "Content-Length:\t1\r\n\r\n", LENGTH),
	B(H "Content-Length: 1\t\r\n\r\n", LENGTH),
	B(H "Content-Length: a\r\n\r\n", LENGTH),
	B(H "Content-Length: 9223372036854775808\r\n\r\n", LENGTH_RANGE),
	B(H "Content-Length: 18446744073709551617\r\n\r\n", LENGTH_RANGE),
	B(H "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	    LENGTH_CODING),
	B(H "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
	    LENGTH_CODING),
	B(H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
	    CODING_TWICE),
	B(H "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
	    CODING_TWICE),
	B(H "Transfer-Encoding: identity\r\n\r\n", CODING),
	B(H "Transfer-Encoding: gzip, chunked\r\n\r\n", CODING),
	B(H "Transfer-Encoding: chunked, gzip\r\n\r\n", CODING),
	B(H "Transfer-Encoding: chunked, chunked\r\n\r\n", CODING),
	B(H "Transfer-Encoding: xchunked\r\n\r\n", CODING),
	B(H "Transfer-Encoding:\tchunked\r\n\r\n", CODING),
	B(H "Transfer-Encoding: chunked\t\r\n\r\n", CODING),
	B(H "Transfer-Encoding: chunked;q=1\r\n\r\n", CODING),
	B(H "Transfer-Encoding: \"chunked\"\r\n\r\n", CODING),
	B(H "Transfer-Encoding: \x0b" "chunked\r\n\r\n", CONTROL),
	B(H "Transfer-Encoding: ,chunked\r\n\r\n", CODING),
	B(H "Transfer-Encoding:\r\n\r\n", CODING),
	B(H "Transfer-Encoding : chunked\r\n\r\n", SPACE_COLON),
	B("POST http://a/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
	    CODING_HTTP10),
	B("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\n\r\n",
	    BODY_FORBIDDEN)
#undef H
};

static const struct bad bad_responses[] = {
	B("HTTP/1.1\r\n", VERSION),
	B("HTTP/2.0 200 OK\r\n", VERSION),
	B("HTTP/1.1 20 OK\r\n", STATUS),
	B("HTTP/1.1 2000 OK\r\n", STATUS),
	B("HTTP/1.1 099 OK\r\n", STATUS),
	B("HTTP/1.1  200 OK\r\n", STATUS),
	B("ICY 200 OK\r\n", START_LINE),
	B("<html>\r\n", START_LINE),
	B("\r\nHTTP/1.1 200 OK\r\n", EMPTY_LINE),
	B("HTTP/1.1 200 OK\n", BARE_LF),
	B("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
	    LENGTH_TWICE),
	B("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n", LENGTH_CODING),
	B("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	    CODING_HTTP10),
	B("HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n", BODY_FORBIDDEN),
	B("HTTP/1.1 100 C\r\nTransfer-Encoding: chunked\r\n\r\n",
	    BODY_FORBIDDEN),
	B("HTTP/1.1 200 OK\r\nX : y\r\n", SPACE_COLON),
	B("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n", OBS_FOLD)
};

static enum http_feed
feed_split(struct http_head *h, const char *s, size_t len, size_t at,
    size_t *used)
{
	enum http_feed	 e;
	size_t		 n;

	*used = 0;
	e = http_head_feed(h, s, at, &n);
	*used += n;
	if (e != HTTP_FEED_MORE)
		return (e);
	ATF_REQUIRE_EQ(n, at);
	e = http_head_feed(h, s + at, len - at, &n);
	*used += n;
	return (e);
}

static void
check_bad(enum http_kind kind, const struct bad *t, size_t n)
{
	struct http_head	 h;
	size_t			 i, at, used;

	for (i = 0; i < n; i++)
		for (at = 0; at <= t[i].len; at++) {
			http_head_init(&h, kind);
			if (feed_split(&h, t[i].text, t[i].len, at, &used) !=
			    HTTP_FEED_ERROR)
				atf_tc_fail("accepted: %s", t[i].text);
			if (http_head_error(&h) != t[i].reason)
				atf_tc_fail("%s: %s, not %s", t[i].text,
				    http_reason_word(http_head_error(&h)),
				    http_reason_word(t[i].reason));
			http_head_reset(&h);
		}
}

/* Accepts it at every split, with bytes behind it that are not taken. */
static void
good(struct http_head *h, enum http_kind kind, const char *text)
{
	char	 tail[4096];
	size_t	 len = strlen(text), at, used;

	ATF_REQUIRE((size_t)snprintf(tail, sizeof(tail), "%sGET", text) <
	    sizeof(tail));
	for (at = 0; at <= len; at++) {
		enum http_method	 answers = h->answers;

		http_head_reset(h);
		http_head_init(h, kind);
		h->answers = answers;
		if (feed_split(h, tail, len + 3, at, &used) != HTTP_FEED_DONE)
			atf_tc_fail("%s: %s", text,
			    http_reason_word(http_head_error(h)));
		ATF_REQUIRE_EQ(used, len);
	}
}

ATF_TC_WITHOUT_HEAD(requests_refused);
ATF_TC_BODY(requests_refused, tc)
{
	check_bad(HTTP_REQUEST_HEAD, bad_requests,
	    sizeof(bad_requests) / sizeof(bad_requests[0]));
}

ATF_TC_WITHOUT_HEAD(responses_refused);
ATF_TC_BODY(responses_refused, tc)
{
	check_bad(HTTP_RESPONSE_HEAD, bad_responses,
	    sizeof(bad_responses) / sizeof(bad_responses[0]));
}

ATF_TC_WITHOUT_HEAD(requests_read);
ATF_TC_BODY(requests_read, tc)
{
	struct http_head	 h;

	http_head_init(&h, HTTP_REQUEST_HEAD);
	good(&h, HTTP_REQUEST_HEAD, "\r\nGET http://Ex_a-1.ORG.:8080/p?q#f "
	    "HTTP/1.1\r\nhOst: x\r\nX-Empty:\r\nA: \t b c \t\r\n\r\n");
	ATF_CHECK_EQ(h.form, HTTP_FORM_ABSOLUTE);
	ATF_CHECK_EQ(h.scheme, HTTP_SCHEME_HTTP);
	ATF_CHECK_STREQ(h.host, "ex_a-1.org");
	ATF_CHECK_EQ(h.port, 8080);
	ATF_CHECK_EQ(h.nfields, 3);
	ATF_CHECK_EQ(h.fields[2].value.len, 3);
	ATF_CHECK(memcmp(http_span(&h, h.path), "/p?q#f", 6) == 0);
	ATF_CHECK_EQ(h.framing, HTTP_BODY_NONE);
	ATF_CHECK(h.persistent);

	good(&h, HTTP_REQUEST_HEAD, "CONNECT [2001:DB8::1]:443 HTTP/1.1\r\n"
	    "Host: [2001:db8::1]:443\r\nContent-Length: 0\r\n\r\n");
	ATF_CHECK_EQ(h.form, HTTP_FORM_AUTHORITY);
	ATF_CHECK_EQ(h.method, HTTP_METHOD_CONNECT);
	ATF_CHECK_STREQ(h.host, "2001:db8::1");
	ATF_CHECK(h.host_literal6);
	ATF_CHECK_EQ(h.port, 443);

	good(&h, HTTP_REQUEST_HEAD, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
	ATF_CHECK_EQ(h.form, HTTP_FORM_ASTERISK);

	/* A method nobody knows, UTF-8 as it is, and every framing. */
	good(&h, HTTP_REQUEST_HEAD, "FROB /\xc3\xa4?\xff HTTP/1.1\r\nHost:\r\n"
	    "Transfer-Encoding: Chunked\r\nConnection: x , Close\r\n\r\n");
	ATF_CHECK_EQ(h.form, HTTP_FORM_ORIGIN);
	ATF_CHECK_EQ(h.framing, HTTP_BODY_CHUNKED);
	ATF_CHECK(!h.persistent);
	good(&h, HTTP_REQUEST_HEAD, "get https://a HTTP/1.0\r\n"
	    "Content-Length: 9223372036854775807\r\n\r\n");
	ATF_CHECK_EQ(h.method, HTTP_METHOD_OTHER);
	ATF_CHECK_EQ(h.scheme, HTTP_SCHEME_HTTPS);
	ATF_CHECK_EQ(h.framing, HTTP_BODY_LENGTH);
	ATF_CHECK_EQ(h.length, INT64_MAX);
	ATF_CHECK(!h.persistent);

	good(&h, HTTP_REQUEST_HEAD, "GET http://a/ HTTP/1.1\r\nHost: a\r\n"
	    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
	    "Expect: 100-Continue\r\nSource: x\r\n\r\n");
	ATF_CHECK(h.upgrade);
	ATF_CHECK(h.expect_continue);
	http_head_reset(&h);
}

ATF_TC_WITHOUT_HEAD(responses_read);
ATF_TC_BODY(responses_read, tc)
{
	struct http_head	 h;

	http_head_init(&h, HTTP_RESPONSE_HEAD);
	good(&h, HTTP_RESPONSE_HEAD, "HTTP/1.1 200\r\n\r\n");
	ATF_CHECK_EQ(h.framing, HTTP_BODY_CLOSE);
	ATF_CHECK(!h.persistent);
	good(&h, HTTP_RESPONSE_HEAD,
	    "HTTP/1.1 999 \r\nContent-Length: 7\r\n\r\n");
	ATF_CHECK_EQ(h.status, 999);
	ATF_CHECK_EQ(h.framing, HTTP_BODY_LENGTH);
	ATF_CHECK_EQ(h.length, 7);
	good(&h, HTTP_RESPONSE_HEAD, "HTTP/1.1 304 Not Modified\r\n"
	    "Content-Length: 7\r\nHost: a\r\nHost: b\r\n\r\n");
	ATF_CHECK_EQ(h.framing, HTTP_BODY_NONE);
	good(&h, HTTP_RESPONSE_HEAD, "HTTP/1.1 103 Early Hints\r\n"
	    "Link: </x>; rel=preload\r\n\r\n");
	ATF_CHECK_EQ(h.framing, HTTP_BODY_NONE);
	good(&h, HTTP_RESPONSE_HEAD, "HTTP/1.0 200 OK\r\n"
	    "Connection: keep-alive\r\nContent-Length: 1\r\n\r\n");
	ATF_CHECK(h.persistent);
	h.answers = HTTP_METHOD_HEAD;
	good(&h, HTTP_RESPONSE_HEAD, "HTTP/1.1 200 \xc3\xa4\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n");
	ATF_CHECK_EQ(h.framing, HTTP_BODY_NONE);
	ATF_CHECK(h.persistent);
	http_head_reset(&h);
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	static const char	 line[] = "GET / HTTP/1.1\r\nHost: a\r\n";
	struct http_head	 h;
	char			*big;
	size_t			 i, n, used;
	int			 kind;

	http_head_init(&h, HTTP_REQUEST_HEAD);
	ATF_REQUIRE_EQ(http_head_feed(&h, line, strlen(line), &used),
	    HTTP_FEED_MORE);
	for (i = 1; i < HTTP_FIELDS_MAX; i++)
		ATF_REQUIRE_EQ(http_head_feed(&h, "A: b\r\n", 6, &used),
		    HTTP_FEED_MORE);
	ATF_REQUIRE_EQ(http_head_feed(&h, "A: b\r\n", 6, &used),
	    HTTP_FEED_ERROR);
	ATF_CHECK_EQ(http_head_error(&h), HTTP_BAD_HEAD_FIELDS);
	ATF_CHECK_EQ(http_reason_status(http_head_error(&h),
	    HTTP_REQUEST_HEAD), 431);
	ATF_CHECK_EQ(http_reason_status(http_head_error(&h),
	    HTTP_RESPONSE_HEAD), 502);
	/* An error stays. */
	ATF_REQUIRE_EQ(http_head_feed(&h, "\r\n", 2, &used), HTTP_FEED_ERROR);
	ATF_CHECK_EQ(used, 0);

	/* Options are held against fields, so they are bounded as those are. */
	for (kind = 0; kind < 4; kind++) {
		http_head_reset(&h);
		http_head_init(&h, kind / 2 ? HTTP_RESPONSE_HEAD :
		    HTTP_REQUEST_HEAD);
		ATF_REQUIRE_EQ(http_head_feed(&h, kind / 2 ?
		    "HTTP/1.1 200 OK\r\n" : line, kind / 2 ? 17 : strlen(line),
		    &used), HTTP_FEED_MORE);
		for (i = 0; i < 2; i++) {
			ATF_REQUIRE_EQ(http_head_feed(&h, "Connection: ,", 13,
			    &used), HTTP_FEED_MORE);
			for (n = kind % 2 == 0 ? 0 : 1 - i;
			    n <= HTTP_FIELDS_MAX / 2 - (kind % 2 == 0); n++)
				ATF_REQUIRE_EQ(http_head_feed(&h, " a,", 3,
				    &used), HTTP_FEED_MORE);
			ATF_REQUIRE_EQ(http_head_feed(&h, "\r\n", 2, &used),
			    HTTP_FEED_MORE);
		}
		ATF_CHECK_EQ(kind % 2 == 0 ? HTTP_FEED_DONE : HTTP_FEED_ERROR,
		    http_head_feed(&h, "\r\n", 2, &used));
		ATF_CHECK_EQ(kind % 2 == 0 ? HTTP_BAD_NONE :
		    HTTP_BAD_HEAD_FIELDS, http_head_error(&h));
	}

	http_head_reset(&h);
	http_head_init(&h, HTTP_REQUEST_HEAD);
	ATF_REQUIRE((big = malloc(HTTP_HEAD_MAX)) != NULL);
	memset(big, 'a', HTTP_HEAD_MAX);
	ATF_REQUIRE_EQ(http_head_feed(&h, big, HTTP_HEAD_MAX, &used),
	    HTTP_FEED_MORE);
	ATF_REQUIRE_EQ(http_head_feed(&h, "a", 1, &used), HTTP_FEED_ERROR);
	ATF_CHECK_EQ(http_head_error(&h), HTTP_BAD_HEAD_SIZE);
	http_head_reset(&h);
	free(big);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests_refused);
	ATF_TP_ADD_TC(tp, responses_refused);
	ATF_TP_ADD_TC(tp, requests_read);
	ATF_TP_ADD_TC(tp, responses_read);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}
