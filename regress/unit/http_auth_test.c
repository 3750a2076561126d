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

#include "../../proxy-worker/http_auth.h"
#include "../../proxy-worker/http_head.h"

static bool
bound(const char *field)
{
	struct http_head	 h;
	char			 text[512];
	size_t			 used;
	bool			 b;

	http_head_init(&h, HTTP_RESPONSE_HEAD);
	snprintf(text, sizeof(text), "HTTP/1.1 401 No\r\nX-A: NTLM\r\n%s\r\n"
	    "Content-Length: 0\r\n\r\n", field);
	ATF_REQUIRE_EQ(http_head_feed(&h, text, strlen(text), &used),
	    HTTP_FEED_DONE);
	b = http_auth_is_bound(&h);
	http_head_reset(&h);
	return (b);
}

ATF_TC_WITHOUT_HEAD(schemes);
ATF_TC_BODY(schemes, tc)
{
	(void)tc;
	ATF_CHECK(bound("WWW-Authenticate: NTLM"));
	ATF_CHECK(bound("www-authenticate: ntlm TlRMTVNTUAAB=="));
	ATF_CHECK(bound("Authorization: Negotiate YIIJvwYGKwYB"));
	ATF_CHECK(bound("Proxy-Authorization: NEGOTIATE x"));
	ATF_CHECK(bound("Proxy-Authenticate: Basic realm=\"a\",\tNegotiate"));
	ATF_CHECK(bound("WWW-Authenticate: Digest a=b, NTLM"));
	ATF_CHECK(bound("WWW-Authenticate: Basic realm=\"x\"\r\n"
	    "WWW-Authenticate: Negotiate"));
	ATF_CHECK(bound("Persistent-Auth: true"));

	ATF_CHECK(!bound("WWW-Authenticate: Basic realm=\"NTLM\""));
	ATF_CHECK(!bound("Authorization: Bearer NTLM"));
	ATF_CHECK(!bound("Authorization: NTLMv2 x"));
	ATF_CHECK(!bound("WWW-Authenticate: Digest Negotiate=1"));
	ATF_CHECK(!bound("WWW-Authenticate:"));
	ATF_CHECK(!bound("WWW-Authenticate: , ,"));
	ATF_CHECK(!bound("Authentication-Info: NTLM"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, schemes);
	return (atf_no_error());
}
