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
 * Parts of mcpd by themselves: times, rates, depth of JSON, fields of HTTP,
 * and what is said of a container's variables.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include <jansson.h>

#include "compat.h"
#include "when.h"
#include "../../mcpd/call.h"
#include "../../mcpd/check.h"
#include "../../mcpd/http_parse.h"
#include "../../mcpd/jsonrpc.h"
#include "../../mcpd/rate.h"

/* In place of the one in tools.c. */
json_t *
must_json(json_t *v)
{
	ATF_REQUIRE(v != NULL);
	return v;
}

ATF_TC_WITHOUT_HEAD(when);
ATF_TC_BODY(when, tc)
{
	static const struct {
		const char	*s;
		int64_t		 ms;	/* -1: refused */
	} t[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01", 0 },
		{ "2026-04-26T00:00:00.000Z", 1777161600000LL },
		{ "2026-04-26T00:00:00.25Z", 1777161600250LL },
		{ "2026-04-26t02:00:00+02:00", 1777161600000LL },
		{ "2026-04-25 22:30:00-01:30", 1777161600000LL },
		{ "2024-02-29", 1709164800000LL },
		{ "2000-02-29T12:00:00.123456789Z", 951825600123LL },
		{ "9999-12-31T23:59:59.999Z", 253402300799999LL },
		{ "1970-01-01T00:00:00+00:01", -1 },
		{ "1969-12-31", -1 }, { "2026-02-29", -1 },
		{ "2100-02-29", -1 }, { "2026-13-01", -1 },
		{ "2026-00-01", -1 }, { "2026-01-00", -1 },
		{ "2026-1-1", -1 }, { "2026-04-26T", -1 },
		{ "2026-04-26T24:00:00Z", -1 },
		{ "2026-04-26T00:60:00Z", -1 },
		{ "2026-04-26T00:00:61Z", -1 },
		{ "2026-04-26T00:00:00", -1 },
		{ "2026-04-26T00:00:00.Z", -1 },
		{ "2026-04-26T00:00:00Zx", -1 },
		{ "2026-04-26T00:00:00+25:00", -1 },
		{ "10000-01-01", -1 }, { "", -1 }, { "now", -1 },
	};
	int64_t	 ms;
	size_t	 i;
	int	 r;

	(void)tc;
	for (i = 0; i < nitems(t); i++) {
		r = when_parse(t[i].s, &ms);
		ATF_CHECK_MSG(t[i].ms == -1 ? r == -1 : r == 0 &&
		    ms == t[i].ms, "%s: %d, %lld", t[i].s, r, (long long)ms);
	}
}

ATF_TC_WITHOUT_HEAD(rate);
ATF_TC_BODY(rate, tc)
{
	struct rate	 r = { 0, 0 };
	unsigned int	 i, n = 0;
	int64_t		 now = 1000000;

	(void)tc;
	for (i = 0; i < 2 * RATE_BURST; i++)
		n += (unsigned int)rate_take(&r, now, 1);
	ATF_CHECK_EQ(n, RATE_BURST);
	/* a second brings so many back, spread over it */
	for (n = 0, i = 0; i < 1000; i++, now++) {
		n += (unsigned int)rate_take(&r, now, 1);
		n += (unsigned int)rate_take(&r, now, 1);
	}
	ATF_CHECK_MSG(n >= RATE_PER_SEC - 2 && n <= RATE_PER_SEC + 2, "%u",
	    n);
	ATF_CHECK_EQ(rate_take(&r, now, 5), 0);
	/* never more than the burst; the clock may stand still or leap */
	now += 1000000000;
	for (n = 0, i = 0; i < RATE_BURST; i++)
		n += (unsigned int)rate_take(&r, now, 10);
	ATF_CHECK_EQ(n, RATE_BURST / 10);
	ATF_CHECK_EQ(rate_take(&r, now - 5000, 1), 0);
	ATF_CHECK_EQ(rate_take(&r, INT64_MAX, RATE_BURST + 1), 0);
	ATF_CHECK_EQ(rate_take(&r, INT64_MAX, RATE_BURST), 1);
}

ATF_TC_WITHOUT_HEAD(depth);
ATF_TC_BODY(depth, tc)
{
	static const char nul[] = "{\"jsonrpc\":\"2.0\",\"id\":5,"
			    "\"method\":\"a\\u0000\"}";
	struct jsonrpc	 rpc;
	char		 s[200];
	size_t		 n;

	(void)tc;
	for (n = 1; n < 64; n++) {
		memset(s, '[', n);
		memset(s + n, ']', n);
		ATF_CHECK_EQ(jsonrpc_depth_ok(s, 2 * n, 32), n <= 32);
	}
	/* a bracket in a string is none, and a quote can be in one */
	ATF_CHECK(jsonrpc_depth_ok("\"[[[[\"", 6, 1));
	ATF_CHECK(jsonrpc_depth_ok("\"\\\"[[[[\"", 8, 1));
	ATF_CHECK(!jsonrpc_depth_ok("\"\\\\\"[[", 6, 1));
	ATF_CHECK(jsonrpc_depth_ok("[][][][]", 8, 1));
	ATF_CHECK(jsonrpc_depth_ok("]]]][", 5, 1));
	jsonrpc_parse(&rpc, nul, strlen(nul));
	ATF_CHECK_EQ(rpc.kind, JSONRPC_BAD);
	ATF_CHECK_EQ(json_integer_value(rpc.id), 5);
	jsonrpc_free(&rpc);
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	static const struct {
		const char	*s;
		const char	*host;	/* NULL: refused */
	} hosts[] = {
		{ "a", "a" }, { "a:1", "a" }, { "a:", "a" },
		{ "[::1]", "::1" }, { "[::1]:8890", "::1" },
		{ "", NULL }, { ":1", NULL }, { "a:b", NULL },
		{ "a:1:2", NULL }, { "[::1", NULL }, { "[]", NULL },
		{ "[::1]x", NULL }, { "a@b:1", "a@b" }, { "a:1@b", NULL },
	};
	static const struct {
		const char	*s;
		const char	*out;
	} names[] = {
		{ "plain", "plain" }, { "=?base64?YWJj?=", "abc" },
		{ "=?base64?YWI=?=", "ab" }, { "=?base64?YQ==?=", "a" },
		{ "=?base64?" "?=", "" }, { "=?base64?YWJj", "=?base64?YWJj" },
		{ "=?base64?YWJ?=", NULL }, { "=?base64?YR==?=", NULL },
		{ "=?base64?YWJ=?=", NULL }, { "=?base64?Y=Jj?=", NULL },
		{ "=?base64?AAAA?=", NULL }, { "=?base64?YW J?=", NULL },
		{ "=?base64?====?=", NULL },
	};
	char	 buf[64];
	size_t	 i;
	int	 r;

	(void)tc;
	for (i = 0; i < nitems(hosts); i++) {
		r = http_host_of(hosts[i].s, buf, sizeof(buf));
		ATF_CHECK_MSG(hosts[i].host == NULL ? r == -1 : r == 0 &&
		    strcmp(buf, hosts[i].host) == 0, "%s", hosts[i].s);
	}
	for (i = 0; i < nitems(names); i++) {
		r = http_decode(names[i].s, buf, sizeof(buf));
		ATF_CHECK_MSG(names[i].out == NULL ? r == -1 : r == 0 &&
		    strcmp(buf, names[i].out) == 0, "%s", names[i].s);
	}
	ATF_CHECK(http_is_json("application/json"));
	ATF_CHECK(http_is_json("Application/JSON ; charset=utf-8"));
	ATF_CHECK(!http_is_json("application/jsonp"));
	ATF_CHECK(!http_is_json("text/json"));
	ATF_CHECK_EQ(http_origin_host("http://a:1", buf, sizeof(buf)), 0);
	ATF_CHECK_EQ(http_origin_host("null", buf, sizeof(buf)), -1);
	ATF_CHECK_EQ(http_origin_host("http://", buf, sizeof(buf)), -1);
}

static int
has(const json_t *problems, const char *code, const char *where)
{
	const json_t	*p;
	const char	*w;
	size_t		 i;

	for (i = 0; i < json_array_size(problems); i++) {
		p = json_array_get(problems, i);
		w = json_string_value(json_object_get(p, "where"));
		if (strcmp(json_string_value(json_object_get(p, "code")),
		    code) == 0 && (where == NULL || (w != NULL &&
		    strcmp(w, where) == 0)))
			return 1;
	}
	return 0;
}

static json_t *
judge(const struct msg_about *a, const char *env)
{
	json_t	*problems = json_array(), *o;

	ATF_REQUIRE((o = json_loads(env, 0, NULL)) != NULL);
	check_env(problems, o, a);
	json_decref(o);
	return problems;
}

#define GOOD	"\"HTTP_PROXY\":\"http://172.17.0.1:8888\","		\
		"\"HTTPS_PROXY\":\"http://x:y@172.17.0.1:8888/\","	\
		"\"http_proxy\":\"http://172.17.0.1:8888\","		\
		"\"NODE_USE_ENV_PROXY\":\"1\""

ATF_TC_WITHOUT_HEAD(env);
ATF_TC_BODY(env, tc)
{
	static const struct {
		const char	*env;
		const char	*code;
		const char	*where;
	} t[] = {
		{ "{}", "proxy_unset", "env.HTTPS_PROXY" },
		{ "{}", "proxy_unset", "env.HTTP_PROXY" },
		{ "{\"HTTPS_PROXY\":\"https://h:8888\"}", "proxy_scheme",
		    "env.HTTPS_PROXY" },
		{ "{\"http_proxy\":\"http://172.17.0.1:9\"}",
		    "proxy_elsewhere", "env.http_proxy" },
		{ "{\"http_proxy\":\"http://172.17.0.1\"}", "proxy_no_port",
		    "env.http_proxy" },
		{ "{\"HTTP_PROXY\":\"http://x:@h:8888\"}",
		    "proxy_no_password", "env.HTTP_PROXY" },
		{ "{\"HTTP_PROXY\":\"http://x@h:8888\"}",
		    "proxy_no_password", "env.HTTP_PROXY" },
		{ "{\"HTTP_PROXY\":\"http://h:8888\",\"http_proxy\":"
		    "\"http://i:8888\"}", "proxy_spellings_differ", NULL },
		{ "{\"HTTP_PROXY\":\"http://h:8888\"}", "proxy_lower_case",
		    "env.http_proxy" },
		{ "{\"no_proxy\":\"localhost, *\"}", "no_proxy_all",
		    "env.no_proxy" },
		{ "{\"NO_PROXY\":\"localhost,.anthropic.com\"}",
		    "no_proxy_hosts", "env.NO_PROXY" },
		{ "{\"NODE_TLS_REJECT_UNAUTHORIZED\":\"0\"}",
		    "tls_verification_off", NULL },
		{ "{\"GIT_SSL_NO_VERIFY\":\"true\"}", "tls_verification_off",
		    NULL },
		{ "{" GOOD "}", "node_ca_unset", "env.NODE_EXTRA_CA_CERTS" },
		{ "{" GOOD "}", "git_ca_unset", "env.GIT_SSL_CAINFO" },
		{ "{\"NANOCLAW_TRAFFIC_GUARDIAN_MODE\":\"block\"}",
		    "mode_unsupported", NULL },
		{ "{\"NANOCLAW_TRAFFIC_GUARDIAN_REDACT_SNIPPETS\":\"0\"}",
		    "redaction_required", NULL },
	};
	struct msg_about	 a = { .inspects = 1, .listeners = 1,
				    .listen = { "172.17.0.1:8888" } };
	json_t			*p;
	char			*text;
	size_t			 i;

	(void)tc;
	for (i = 0; i < nitems(t); i++) {
		p = judge(&a, t[i].env);
		ATF_CHECK_MSG(has(p, t[i].code, t[i].where), "%s: no %s",
		    t[i].env, t[i].code);
		json_decref(p);
	}
	/* nothing is wrong with this, and no value is repeated */
	a.inspects = 0;
	p = judge(&a, "{" GOOD ",\"NO_PROXY\":\"localhost,127.0.0.1,::1\"}");
	ATF_CHECK(!check_has_error(p));
	ATF_CHECK(!has(p, "proxy_elsewhere", NULL));
	ATF_CHECK(!has(p, "no_proxy_hosts", NULL));
	ATF_CHECK(!has(p, "node_ca_unset", NULL));
	json_decref(p);
	p = judge(&a, "{\"HTTPS_PROXY\":\"http://user:sesame@h:1\","
	    "\"NO_PROXY\":\"sesame.test\"}");
	ATF_REQUIRE((text = json_dumps(p, 0)) != NULL);
	ATF_CHECK(strstr(text, "sesame") == NULL);
	free(text);
	json_decref(p);
	/* what is advertised counts, whatever the listeners are */
	strlcpy(a.proxy_url, "http://gateway.internal:3128",
	    sizeof(a.proxy_url));
	p = judge(&a, "{\"HTTPS_PROXY\":\"http://Gateway.internal:3128\"}");
	ATF_CHECK(!has(p, "proxy_elsewhere", NULL));
	json_decref(p);
}

ATF_TC_WITHOUT_HEAD(seen);
ATF_TC_BODY(seen, tc)
{
	struct msg_about	 a = { .inspects = 1 };
	struct client_counts	 c = { .tls_failed_ms = 5,
				    .tls_reason = "unknown_ca" };
	json_t			*p = json_array();

	(void)tc;
	check_seen(p, &c, &a);
	ATF_CHECK(has(p, "never_seen", NULL));
	ATF_CHECK(has(p, "tls_failed", NULL));
	ATF_CHECK(check_has_error(p));
	json_decref(p);
	/* one that worked since is a lesser matter */
	c.request_ms = 6;
	p = json_array();
	check_seen(p, &c, &a);
	ATF_CHECK(!has(p, "never_seen", NULL));
	ATF_CHECK(has(p, "tls_failed", NULL));
	ATF_CHECK(!check_has_error(p));
	json_decref(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, when);
	ATF_TP_ADD_TC(tp, rate);
	ATF_TP_ADD_TC(tp, depth);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, env);
	ATF_TP_ADD_TC(tp, seen);
	return atf_no_error();
}
