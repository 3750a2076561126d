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

#include "../../proxy-worker/tunnel_start.h"

struct first {
	const char		*text;
	size_t			 len;
	enum tunnel_kind	 kind;
	size_t			 decided;	/* by this many bytes */
};
#define F(t, k, n)	{ t, sizeof(t) - 1, TUNNEL_##k, n }

#define BLANKS8		"\r\n\r\n\r\n\r\n"
#define BLANKS32	BLANKS8 BLANKS8 BLANKS8 BLANKS8
#define TOKEN32		"abcdefghijklmnopqrstuvwxyzABCDEF"

static const struct first firsts[] = {
	/* TLS, and what only begins like it */
	F("\x16\x03\x01\x02\x00\x01", TLS, 2),
	F("\x16\x03\x03", TLS, 2),
	F("\x16\x02\x01", UNKNOWN, 2),
	F("\x16GET / HTTP/1.1\r\n", UNKNOWN, 2),
	F("\x80\x2e\x01\x03\x01", UNKNOWN, 1),

	F("GET / HTTP/1.1\r\n", HTTP, 5),
	F("POST /a HTTP/1.0\r\n", HTTP, 6),
	F("BREW /pot HTTP/1.1\r\n", HTTP, 6),
	F("M-SEARCH / HTTP/1.1\r\n", HTTP, 10),
	F("patch /a HTTP/1.1\r\n", HTTP, 7),
	F("OPTIONS * HTTP/1.1\r\n", HTTP, 15),
	F("GET http://a/ HTTP/1.1\r\n", HTTP, 11),
	F("GET HTTPS://a/ HTTP/1.1\r\n", HTTP, 12),
	F("\r\nGET / HTTP/1.1\r\n", HTTP, 7),
	F(TOKEN32 TOKEN32 " / HTTP/1.1\r\n", HTTP, 66),

	/* refused later, so that it does not pass unseen */
	F("\n\n\r\n  GET / HTTP/1.1\r\n", HTTP, 11),
	F("GET  / HTTP/1.1\r\n", HTTP, 6),
	F("GET\t/ HTTP/1.1\r\n", HTTP, 5),
	F("GET\v\f\r/ HTTP/1.1\r\n", HTTP, 7),
	F("GET /\r\n", HTTP, 5),
	F(BLANKS32 BLANKS32 BLANKS32 BLANKS32 "GET /", HTTP, 128),
	F(BLANKS32 BLANKS32 BLANKS32 "x" BLANKS32, UNKNOWN, 99),
	F("GET        " "                                        "
	    "                                        "
	    "                                        /", HTTP, 128),

	/* HTTP/2 in the clear, and what nearly is */
	F("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0", HTTP2, 24),
	F("PRI * HTTP/2.0\r\n\r\nSM\r\nX", HTTP, 23),
	F("PRI * HTTP/1.1\r\n", HTTP, 12),
	F("PRI /", HTTP, 5),

	/* other protocols whose client speaks first */
	F("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", UNKNOWN, 23),
	F("SSH-2.0-OpenSSH_9.2\r\n", UNKNOWN, 21),
	F("0033git-upload-pack /a.git\0host=b\0", UNKNOWN, 1),
	F("*1\r\n$4\r\nPING\r\n", UNKNOWN, 1),
	F("PING\r\n", UNKNOWN, 6),
	F("get key\r\n", UNKNOWN, 5),
	F("GET k\r\n", UNKNOWN, 5),
	F("\0\0\0\x08\x04\xd2\x16\x2f", UNKNOWN, 1),
	F("\x10\x0d\0\x04MQTT", UNKNOWN, 1),
	F("AMQP\0\0\x09\x01", UNKNOWN, 5),
	F("OPTIONS * RTSP/1.0\r\n", UNKNOWN, 11),
	F("OPTIONS *x", UNKNOWN, 10),
	F("OPTIONS rtsp://a/ RTSP/1.0\r\n", UNKNOWN, 9),
	F("REGISTER sip:a SIP/2.0\r\n", UNKNOWN, 10),
	F("CONNECT a:443 HTTP/1.1\r\n", UNKNOWN, 9),
	F("GET httq://a/", UNKNOWN, 8),
	F("GET http:/a", UNKNOWN, 11),
	F("GET https:/a", UNKNOWN, 12),
	F("G(T / HTTP/1.1\r\n", UNKNOWN, 2),
	F("HTTP/1.1 200 OK\r\n", UNKNOWN, 5),
	F("<stream:stream", UNKNOWN, 1),
	F("{\"a\":1}", UNKNOWN, 1),
	F(TOKEN32 TOKEN32 "x / HTTP/1.1\r\n", UNKNOWN, 65)
};

/* At every split: undecided to a certain byte, and the same ever after. */
ATF_TC_WITHOUT_HEAD(splits);
ATF_TC_BODY(splits, tc)
{
	const struct first	*f;
	enum tunnel_kind	 kind;
	uint8_t			*copy;
	size_t			 i, n;

	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		f = &firsts[i];
		ATF_REQUIRE(f->decided <= f->len);
		for (n = 0; n <= f->len; n++) {
			/* memory of just that size, for the sanitizer */
			ATF_REQUIRE((copy = malloc(n + (n == 0))) != NULL);
			memcpy(copy, f->text, n);
			kind = tunnel_classify(copy, n);
			free(copy);
			ATF_CHECK_MSG(kind == (n < f->decided ? TUNNEL_MORE :
			    f->kind), "case %zu \"%s\": %d after %zu bytes", i,
			    f->text, kind, n);
		}
	}
}

/* Whatever comes, so many bytes are enough. */
ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	static const char	 starts[][8] = { "", "A", "A ", "\r\n", "A *",
	    "A * " };
	uint8_t			 p[TUNNEL_START_MAX];
	size_t			 i, n;
	unsigned int		 c;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		for (c = 0; c < 256; c++) {
			n = strlen(starts[i]);
			memcpy(p, starts[i], n);
			memset(p + n, (int)c, sizeof(p) - n);
			ATF_CHECK_MSG(tunnel_classify(p, sizeof(p)) !=
			    TUNNEL_MORE, "start %zu, then %u", i, c);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, splits);
	ATF_TP_ADD_TC(tp, bound);
	return (atf_no_error());
}
