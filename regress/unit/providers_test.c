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

/* Whose key may go where, and what a further key is. */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ownkeys.h"
#include "rules.h"

static const struct {
	enum rule_provider	 provider;
	const char		*host;
	const char		*field;		/* NULL: the request line */
	const char		*before;
	size_t			 after;
	int			 owns;
} cases[] = {
	{ PROVIDER_ANTHROPIC, "api.anthropic.com", "x-api-key", "", 0, 1 },
	{ PROVIDER_ANTHROPIC, "api.anthropic.com.", "x-api-key", "", 0, 1 },
	{ PROVIDER_ANTHROPIC, "API.Anthropic.COM", "authorization", "bearer ",
	    0, 1 },
	{ PROVIDER_ANTHROPIC, "xanthropic.com", "x-api-key", "", 0, 0 },
	{ PROVIDER_ANTHROPIC, "anthropic.com.evil.example", "x-api-key", "",
	    0, 0 },
	{ PROVIDER_ANTHROPIC, "api.anthropic.com", "x-api-key", "a", 0, 0 },
	{ PROVIDER_ANTHROPIC, "api.anthropic.com", "x-api-key", "", 1, 0 },
	{ PROVIDER_ANTHROPIC, "api.anthropic.com", "cookie", "", 0, 0 },
	{ PROVIDER_ANTHROPIC, "api.openai.com", "x-api-key", "", 0, 0 },
	{ PROVIDER_ANTHROPIC, "api.anthropic.com", NULL, "GET /?key=", 9, 0 },
	{ PROVIDER_ANTHROPIC, "", "x-api-key", "", 0, 0 },
	{ PROVIDER_NONE, "api.anthropic.com", "x-api-key", "", 0, 0 },
	{ PROVIDER_OPENAI, "api.openai.com", "authorization", "Bearer ", 0, 1 },
	{ PROVIDER_OPENAI, "api.openai.com", "authorization", "Basic ", 0, 0 },
	{ PROVIDER_OPENAI, "api.openai.com", "sec-websocket-protocol",
	    "realtime, openai-insecure-api-key.", 20, 1 },
	{ PROVIDER_GOOGLE, "generativelanguage.googleapis.com", NULL,
	    "POST /v1beta/models/m:generateContent?key=", 9, 1 },
	{ PROVIDER_GOOGLE, "generativelanguage.googleapis.com", NULL,
	    "POST /v1beta/models/m:generateContent?alt=sse&key=", 9, 1 },
	{ PROVIDER_GOOGLE, "generativelanguage.googleapis.com", NULL,
	    "GET /v1/&key=", 9, 0 },
	{ PROVIDER_GOOGLE, "generativelanguage.googleapis.com", NULL,
	    "GET /v1/?monkey=", 9, 0 },
	{ PROVIDER_GOOGLE, "generativelanguage.googleapis.com", NULL,
	    "GET /v1/?q=", 9, 0 },
	{ PROVIDER_GOOGLE, "evil.example", NULL, "GET /?key=", 9, 0 },
	{ PROVIDER_GOOGLE, "maps.googleapis.com", "x-goog-api-key", "", 0, 1 },
	{ PROVIDER_AZURE, "me.openai.azure.com", "api-key", "", 0, 1 },
	{ PROVIDER_AZURE, "me.blob.core.windows.net", "api-key", "", 0, 0 },
	{ PROVIDER_AWS, "s3.eu-west-1.amazonaws.com", "authorization",
	    "AWS4-HMAC-SHA256 Credential=", 200, 1 },
	{ PROVIDER_AWS, "b.s3.amazonaws.com", NULL,
	    "GET /o?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=", 99,
	    1 },
	{ PROVIDER_AWS, "evil.example", NULL, "GET /o?X-Amz-Credential=", 9,
	    0 },
	{ PROVIDER_AWS, "s3.amazonaws.com", NULL, "GET /", 9, 0 },
	{ PROVIDER_GROQ, "api.groq.com", "authorization", "Bearer ", 0, 1 },
	{ PROVIDER_HUGGINGFACE, "huggingface.co", "authorization", "Bearer ",
	    0, 1 },
	{ PROVIDER_HUGGINGFACE, "me.hf.space", "authorization", "Bearer ", 0,
	    0 },
	{ PROVIDER_XAI, "api.x.ai", "authorization", "Bearer ", 0, 1 },
	{ PROVIDER_XAI, "notx.ai", "authorization", "Bearer ", 0, 0 },
	{ PROVIDER_REPLICATE, "api.replicate.com", "authorization", "Token ",
	    0, 1 },
	{ PROVIDER_DEEPSEEK, "api.deepseek.com", "authorization", "Bearer ",
	    0, 1 },
	{ PROVIDER_DEEPSEEK, "api.openai.com", "authorization", "Bearer ", 0,
	    0 },
	{ PROVIDER_OPENROUTER, "openrouter.ai", "authorization", "Bearer ", 0,
	    1 },
	{ PROVIDER_PERPLEXITY, "api.perplexity.ai", "authorization",
	    "Bearer ", 0, 1 },
	{ PROVIDER_TOGETHER, "api.together.xyz", "authorization", "Bearer ",
	    0, 1 },
	{ PROVIDER_FIREWORKS, "api.fireworks.ai", "authorization", "Bearer ",
	    0, 1 },
	{ PROVIDER_MISTRAL, "api.mistral.ai", "authorization", "Bearer ", 0,
	    1 },
	{ PROVIDER_COHERE, "api.cohere.com", "authorization", "Bearer ", 0,
	    1 },
	{ PROVIDER_BEDROCK, "bedrock-runtime.us-east-1.amazonaws.com",
	    "authorization", "Bearer ", 0, 1 },
	{ PROVIDER_NVIDIA, "integrate.api.nvidia.com", "authorization",
	    "Bearer ", 0, 1 }
};

ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	struct rule_where	 w;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&w, 0, sizeof(w));
		w.channel = cases[i].field == NULL ? SCAN_TARGET : SCAN_HEADER;
		w.field = cases[i].field;
		w.before = (const uint8_t *)cases[i].before;
		w.beforelen = strlen(cases[i].before);
		w.afterlen = cases[i].after;
		ATF_CHECK_MSG(provider_owns(cases[i].provider, cases[i].host,
		    &w) == cases[i].owns, "case %zu: %s %s", i, cases[i].host,
		    cases[i].before);
	}
}

static int
in_body(enum rule_provider provider, const char *host, const char *before,
    int from_start)
{
	struct rule_where	 w = { .channel = SCAN_BODY };

	w.before = (const uint8_t *)before;
	w.beforelen = strlen(before);
	w.from_start = from_start;
	return (provider_owns(provider, host, &w));
}

ATF_TC_WITHOUT_HEAD(bodies);
ATF_TC_BODY(bodies, tc)
{
	static const char	 host[] = "console.anthropic.com";

	(void)tc;
	ATF_CHECK(in_body(PROVIDER_ANTHROPIC, host,
	    "{\"refresh_token\":\"", 1));
	ATF_CHECK(in_body(PROVIDER_ANTHROPIC, host,
	    ",\n \"refresh_token\" : \"", 0));
	ATF_CHECK(!in_body(PROVIDER_ANTHROPIC, host, "refresh_token\":\"", 1));
	ATF_CHECK(!in_body(PROVIDER_ANTHROPIC, host, "\"text\":\"", 0));
	ATF_CHECK(!in_body(PROVIDER_ANTHROPIC, host, "\"", 1));
	ATF_CHECK(!in_body(PROVIDER_ANTHROPIC, host, "", 1));
	ATF_CHECK(in_body(PROVIDER_AWS, "s3.amazonaws.com",
	    "AWSAccessKeyId=", 1));
	ATF_CHECK(in_body(PROVIDER_AWS, "s3.amazonaws.com",
	    "a=b&AWSAccessKeyId=", 0));
	ATF_CHECK(!in_body(PROVIDER_AWS, "s3.amazonaws.com",
	    "AWSAccessKeyId=", 0));
	ATF_CHECK(!in_body(PROVIDER_GOOGLE, "www.googleapis.com", "?key=", 1));
}

/* What the base64 of Basic credentials holds, by what is before the key. */
ATF_TC_WITHOUT_HEAD(basic);
ATF_TC_BODY(basic, tc)
{
	static const struct {
		enum rule_provider	 provider;
		const char		*host, *field, *before;
		int			 owns;
	} c[] = {
		{ PROVIDER_GITHUB, "github.com", "authorization",
		    "x-access-token:", 1 },
		{ PROVIDER_GITHUB, "github.com", "authorization", "", 1 },
		{ PROVIDER_GITHUB, "github.com", "cookie", "u:", 0 },
		{ PROVIDER_GITHUB, "evil.example", "authorization", "u:", 0 },
		{ PROVIDER_GITHUB, "github.com", "authorization", "u", 0 },
		{ PROVIDER_PYPI, "upload.pypi.org", "authorization",
		    "__token__:", 1 },
		{ PROVIDER_PYPI, "upload.pypi.org", "authorization", "", 0 },
		{ PROVIDER_STRIPE, "api.stripe.com", "authorization", "\n", 1 },
		{ PROVIDER_ONECLI, "any.example", "proxy-authorization", "x:",
		    1 },
		{ PROVIDER_ONECLI, "any.example", "authorization", "x:", 0 },
		{ PROVIDER_ANTHROPIC, "api.anthropic.com", "x-api-key", "", 0 }
	};
	struct rule_where	 w;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		memset(&w, 0, sizeof(w));
		w.channel = SCAN_HEADER;
		w.base64 = 1;
		w.field = c[i].field;
		w.before = (const uint8_t *)c[i].before;
		w.beforelen = strlen(c[i].before);
		ATF_CHECK_EQ_MSG(c[i].owns, provider_owns(c[i].provider,
		    c[i].host, &w), "case %zu", i);
	}
}

/* Every provider has a name of its own, and only they have. */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	int	 id;

	(void)tc;
	ATF_CHECK(provider_name(PROVIDER_NONE) == NULL);
	for (id = PROVIDER_NONE + 1; id < PROVIDER_COUNT; id++)
		ATF_CHECK(provider_name((enum rule_provider)id) != NULL);
	ATF_CHECK(provider_name(PROVIDER_COUNT) == NULL);
}

static const uint8_t *
fp(unsigned int n)
{
	static uint8_t	 buf[OWNKEYS_FP];

	memset(buf, 0, sizeof(buf));
	memcpy(buf, &n, sizeof(n));
	return (buf);
}

ATF_TC_WITHOUT_HEAD(further_keys);
ATF_TC_BODY(further_keys, tc)
{
	struct ownkeys	*o = ownkeys_new();
	unsigned int	 i;
	char		 name[16];

	(void)tc;
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(0, ownkeys_further(o, "a", "openai", fp(1)));
	ATF_CHECK_EQ(0, ownkeys_further(o, "a", "openai", fp(1)));
	ATF_CHECK_EQ(0, ownkeys_further(o, "b", "openai", fp(2)));
	ATF_CHECK_EQ(0, ownkeys_further(o, "a", "groq", fp(3)));
	ATF_CHECK_EQ(1, ownkeys_further(o, "a", "openai", fp(2)));
	ATF_CHECK_EQ(0, ownkeys_further(o, "a", "openai", fp(2)));
	ATF_CHECK_EQ(0, ownkeys_further(o, "a", "openai", fp(1)));
	/* More than are remembered: the one in use is not forgotten. */
	for (i = 0; i < 3 * OWNKEYS_KEYS; i++) {
		ATF_CHECK_EQ(1, ownkeys_further(o, "a", "openai", fp(10 + i)));
		ATF_CHECK_EQ(0, ownkeys_further(o, "a", "openai", fp(1)));
	}
	/* More rows than there are, one of them in use. */
	for (i = 0; i < 3 * OWNKEYS_ROWS; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		ATF_CHECK_EQ(0, ownkeys_further(o, name, "x", fp(i)));
		ATF_CHECK_EQ(0, ownkeys_further(o, "a", "openai", fp(1)));
	}
	ATF_CHECK_EQ(0, ownkeys_further(o, "b", "openai", fp(9)));
	free(o);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, bodies);
	ATF_TP_ADD_TC(tp, basic);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, further_keys);
	return (atf_no_error());
}
