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


/* Text decoders: each at every split, nested, in every channel, bounded. */

#define HELP_PLAIN	0
#include "decoders.h"
#include "scan_help.h"
#include "view.h"

#define KEY_LEN		108
#define TEXT_MAX	20000

typedef size_t	(*encoder)(const char *, size_t, char *);

static size_t
each(const char *format, const char *s, size_t len, char *out)
{
	size_t	 i, n = 0;

	for (i = 0; i < len; i++)
		n += (size_t)sprintf(out + n, format, (unsigned char)s[i]);
	return (n);
}

#define EACH(name, format)						\
static size_t								\
name(const char *s, size_t len, char *out)				\
{									\
	return (each(format, s, len, out));				\
}

EACH(percent, "%%%02X")
EACH(percent_u, "%%u%04x")
EACH(decimal, "&#%u;")
EACH(hexadecimal, "&#x%x;")
EACH(json, "\\u%04x")
EACH(braces, "\\u{%x}")
EACH(hex_escape, "\\x%02x")
EACH(octal, "\\%03o")
EACH(quoted, "=%02X")
EACH(hex, "%02x")
EACH(hex_upper, "%02X")
EACH(hex_blanks, "%02x ")
EACH(hex_array, "0x%02X, ")
EACH(hex_colons, "%02x:")
EACH(decimals, "%u,")

/* Rows of xxd(1), hexdump(1) with -C and without, and od(1) with -tx1. */
static size_t
rows(const char *s, size_t len, char *out, const char *offset, int words,
    int letters)
{
	size_t	 i, j, n = 0;

	for (i = 0; i < len; i += 16) {
		n += (size_t)sprintf(out + n, offset, (unsigned int)i);
		for (j = 0; j < 16 && i + j < len; j++) {
			if (letters == '|' && j == 8)
				out[n++] = ' ';
			n += (size_t)sprintf(out + n, words && j % 2 == 1 ?
			    "%02x" : " %02x", (unsigned char)s[words == 2 &&
			    (i + j) / 2 * 2 + 1 < len ? (i + j) ^ 1 : i + j]);
		}
		if (letters != 0) {
			n += (size_t)sprintf(out + n, "  %c", letters);
			for (j = 0; j < 16 && i + j < len; j++)
				out[n++] = s[i + j] < ' ' ? '.' : s[i + j];
		}
		out[n++] = '\n';
	}
	return (n);
}

static size_t
xxd(const char *s, size_t len, char *out)
{
	return (rows(s, len, out, "%08x:", 1, ' '));
}

static size_t
hexdump(const char *s, size_t len, char *out)
{
	return (rows(s, len, out, "%07x", 2, 0));
}

static size_t
canonical(const char *s, size_t len, char *out)
{
	return (rows(s, len, out, "%08x ", 0, '|'));
}

static size_t
od(const char *s, size_t len, char *out)
{
	return (rows(s, len, out, "%07o", 0, 0));
}

static size_t
base64_any(const char *s, size_t len, char *out, const char *last, int pad,
    size_t wrap, const char *gap)
{
	static const char	 abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	uint32_t		 v;
	size_t			 i, j, k, n = 0, line = 0;

	for (i = 0; i < len; i += 3) {
		v = 0;
		for (j = 0; j < 3; j++)
			v = v << 8 | (i + j < len ? (unsigned char)s[i + j] :
			    0);
		for (j = 0; j < 4; j++) {
			if (i + j > len) {
				if (pad)
					out[n++] = '=';
				continue;
			}
			k = v >> (18 - 6 * j) & 63;
			out[n++] = k < 62 ? abc[k] : last[k - 62];
			if (wrap != 0 && ++line % wrap == 0) {
				memcpy(out + n, gap, strlen(gap));
				n += strlen(gap);
			}
		}
	}
	return (n);
}

static size_t
base64(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "+/", 1, 0, ""));
}

static size_t
base64_bare(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "+/", 0, 0, ""));
}

static size_t
base64_url(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "-_", 0, 0, ""));
}

static size_t
base64_mime(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "+/", 1, 76, "\r\n"));
}

static size_t
base64_narrow(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "+/", 1, 8, "\r\n"));
}

static size_t
base64_blanks(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "+/", 1, 76, " "));
}

static size_t
base64_answer(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "+/", 1, 64, "\r\n> > "));
}

static size_t
base64_fold(const char *s, size_t len, char *out)
{
	return (base64_any(s, len, out, "+/", 0, 21, "\n"));
}

/* Soft breaks, after every 20 bytes. */
static size_t
soft(const char *s, size_t len, char *out)
{
	size_t	 i, n = 0;

	for (i = 0; i < len; i++) {
		out[n++] = s[i];
		if (i % 20 == 19) {
			memcpy(out + n, "=\r\n", 3);
			n += 3;
		}
	}
	return (n);
}

static const struct encoding {
	const char	*name;		/* in the path */
	encoder		 fn;
} encodings[] = {
	{ "percent", percent }, { "percent", percent_u },
	{ "html", decimal }, { "html", hexadecimal }, { "escape", json },
	{ "escape", braces }, { "escape", hex_escape }, { "escape", octal },
	{ "quoted", quoted }, { "quoted", soft }, { "hex", hex },
	{ "hex", hex_upper }, { "base64", base64 },
	{ "base64", base64_bare }, { "base64", base64_url },
	{ "base64", base64_mime }, { "base64", base64_narrow },
	{ "base64", base64_blanks }, { "base64", base64_answer },
	{ "base64", base64_fold }, { "bytes", hex_blanks },
	{ "bytes", hex_array }, { "bytes", hex_colons },
	{ "bytes", decimals }, { "bytes", xxd }, { "bytes", hexdump },
	{ "bytes", canonical }, { "bytes", od }
};
#define NENCODINGS	(sizeof(encodings) / sizeof(encodings[0]))

static struct rules		*rules;
static struct scan_counters	 counters;
static char			 key[KEY_LEN + 1];

static void
setup(void)
{
	rules = help_rules();
	ATF_REQUIRE_EQ(KEY_LEN, rules_expand("sk-ant-api03-{{w93}}AA", 3,
	    key, sizeof(key)));
}

static void
body(const char *p, size_t len, size_t first, size_t step, uint64_t limit,
    struct hits *hits)
{
	struct scan	*scan;
	size_t		 n;

	scan = help_scan(rules, FINDING_OUTBOUND, "x.example", limit, hits);
	scan_body(scan, p, first);
	for (; first < len; first += n) {
		n = step == 0 || step > len - first ? len - first : step;
		scan_body(scan, p + first, n);
	}
	scan_end(scan);
	scan_counters(scan, &counters);
	scan_free(scan);
}

ATF_TC_WITHOUT_HEAD(splits);
ATF_TC_BODY(splits, tc)
{
	static struct hits	 hits;
	static char		 text[TEXT_MAX];
	char			 want[128];
	size_t			 i, n, at;

	(void)tc;
	setup();
	for (i = 0; i < NENCODINGS; i++) {
		n = 0;
		memcpy(text, "a: \"", 4);
		n = 4 + encodings[i].fn(key, KEY_LEN, text + 4);
		memcpy(text + n, "\" b\n", 4);
		n += 4;
		snprintf(want, sizeof(want), "body>%s: ai_api_key"
		    " sk-ant-api03-[REDACTED](108)", encodings[i].name);
		for (at = 0; at <= n; at++) {
			body(text, n, at, 0, 0, &hits);
			/* Cut at a soft break it may be reported so. */
			ATF_CHECK_MSG(help_count(&hits, "ai_api_key") == 1,
			    "%zu (%s) split at %zu: %zu", i,
			    encodings[i].name, at, hits.n);
			if (encodings[i].fn != soft)
				ATF_CHECK_STREQ(want, hits.hit[0].snippet);
		}
		body(text, n, 0, 1, 0, &hits);
		ATF_CHECK_EQ(1, help_count(&hits, "ai_api_key"));
	}
	rules_free(rules);
}

/* Two and three, in any order, far from the beginning and from the end. */
ATF_TC_WITHOUT_HEAD(nested);
ATF_TC_BODY(nested, tc)
{
	static struct hits	 hits;
	static char		 a[TEXT_MAX], b[16 * TEXT_MAX],
				 c[200 * TEXT_MAX];
	size_t			 i, j, k, n, m;

	(void)tc;
	setup();
	for (i = 0; i < NENCODINGS; i++)
		for (j = 0; j < NENCODINGS; j++) {
			n = encodings[i].fn(key, KEY_LEN, a);
			memset(b, ' ', 5000);
			m = 5000 + encodings[j].fn(a, n, b + 5000);
			memset(b + m, ' ', 5000);
			body(b, m + 5000, 0, (i + j) % 2 == 0 ? 0 : 1460, 0,
			    &hits);
			ATF_CHECK_EQ_MSG(1, help_count(&hits, "ai_api_key"),
			    "%zu in %zu", i, j);
			/* A few of those three deep. */
			k = (i * 7 + j * 3) % NENCODINGS;
			m = encodings[j].fn(a, n, b);
			m = encodings[k].fn(b, m, c);
			body(c, m, 0, 4096, 0, &hits);
			ATF_CHECK_EQ_MSG(1, help_count(&hits, "ai_api_key"),
			    "%zu in %zu in %zu", i, j, k);
		}
	/* One more is too much, and on record. */
	n = base64(key, KEY_LEN, a);
	n = percent(a, n, b);
	n = base64(b, n, c);
	n = hex(c, n, b);
	body(b, n, 0, 0, 0, &hits);
	ATF_CHECK_EQ(0, hits.n);
	ATF_CHECK(counters.gap[SCAN_GAP_DEPTH].count > 0);
	rules_free(rules);
}

/* Decoded pieces, exactly. */
ATF_TC_WITHOUT_HEAD(characters);
ATF_TC_BODY(characters, tc)
{
	static const struct {
		const char	*text;
		const char	*path;
	} cases[] = {
		{ "f=..%2F.ssh%2Fid_rsa", "percent" },
		{ "f=..&sol;.ssh&sol;id_rsa", "html" },
		{ "f=..&#47;.ssh&#x2F;id&lowbar;rsa", "html" },
		{ "f=..&#47.ssh/id_rsa", "html" },
		{ "{\"f\":\"..\\/.ssh\\/id_rsa\"}", "escape" },
		{ "f=../.ssh\\\n/id_rsa", "escape" },
		{ "f=../.ssh\\57id_rsa", "escape" },
		{ "f=../.ssh\\U0000002fid_rsa", "escape" },
		{ "f=../.ssh=2Fid_rsa", "quoted" },
		{ "f=../.ssh=2fid=\r\n_rsa", "quoted" }
	};
	static struct hits	 hits;
	char			 want[64];
	size_t			 i, at, n;

	(void)tc;
	setup();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = strlen(cases[i].text);
		snprintf(want, sizeof(want), "body>%s: ssh_key_path"
		    " .ssh/id_rsa", cases[i].path);
		for (at = 0; at <= n; at++) {
			body(cases[i].text, n, at, 0, 0, &hits);
			ATF_CHECK_EQ_MSG(1, hits.n, "%s", cases[i].text);
			ATF_CHECK_STREQ(want, hits.hit[0].snippet);
		}
	}
	/* Forms have a space as "+", unless they have it as "%20". */
	body("a=-----BEGIN+PRIVATE+KEY-----%0AMIIEvQIBADANBgkqhkiG9w0BAQ",
	    59, 0, 0, 0, &hits);
	ATF_CHECK_EQ(1, help_count(&hits, "private_key_pem"));
	body("a=%20-----BEGIN+PRIVATE+KEY-----%0AMIIEvQIBADANBgkqhkiG9",
	    57, 0, 0, 0, &hits);
	ATF_CHECK_EQ(0, help_count(&hits, "private_key_pem"));
	rules_free(rules);
}

/* A character in units of so many bytes. */
static size_t
unit(char *to, uint32_t c, size_t size, int big)
{
	size_t	 i;

	for (i = 0; i < size; i++)
		to[big ? size - 1 - i : i] = (char)(c >> 8 * i);
	return (size);
}

/* UTF-16 and UTF-32, by their mark and without. */
ATF_TC_WITHOUT_HEAD(utf16);
ATF_TC_BODY(utf16, tc)
{
	static struct hits	 hits;
	char			 text[4 * KEY_LEN + 64];
	size_t			 i, n, at, size;
	int			 big, mark;

	(void)tc;
	setup();
	for (size = 2; size <= 4; size += 2)
		for (big = 0; big < 2; big++)
			for (mark = 0; mark < 2; mark++) {
				n = mark ? unit(text, 0xfeff, size, big) : 0;
				for (i = 0; i < KEY_LEN; i++)
					n += unit(text + n, (uint8_t)key[i],
					    size, big);
				for (at = 0; at <= n; at++) {
					body(text, n, at, 0, 0, &hits);
					ATF_CHECK_EQ(1, hits.n);
				}
				ATF_CHECK_STREQ("body>utf16: ai_api_key"
				    " sk-ant-api03-[REDACTED](108)",
				    hits.hit[0].snippet);
			}
	rules_free(rules);
}

/* With first characters that tell nothing, but a head that does; or lies. */
ATF_TC_WITHOUT_HEAD(charset);
ATF_TC_BODY(charset, tc)
{
	static const struct {
		const char	*label;
		size_t		 size;	/* 1: no such text at all */
		int		 big;
		size_t		 hits;
	}			 cases[] = {
		{ "utf-16", 2, 0, 1 }, { "utf-16", 2, 1, 1 },
		{ "UTF-16BE", 2, 1, 1 }, { "\"utf-16le\"", 2, 0, 1 },
		{ "utf-16; x=y", 2, 0, 1 }, { "utf-32", 4, 1, 1 },
		{ "UTF-32LE", 4, 0, 1 }, { "utf-32be", 4, 0, 0 },
		{ "utf-8", 2, 0, 0 }, { "utf-16", 1, 0, 1 },
		{ "utf-32le", 1, 0, 1 }
	};
	static const uint32_t	 word[] = { 0x41a, 0x43b, 0x44e, 0x447, ' ' };
	static struct hits	 hits;
	struct scan		*scan;
	char			 text[4 * KEY_LEN + 64], lines[128];
	size_t			 i, k, n, at;

	(void)tc;
	setup();
	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		n = 0;
		for (i = 0; cases[k].size > 1 && i < 5; i++)
			n += unit(text + n, word[i], cases[k].size,
			    cases[k].big);
		for (i = 0; i < KEY_LEN; i++)
			n += unit(text + n, (uint8_t)key[i], cases[k].size,
			    cases[k].big);
		snprintf(lines, sizeof(lines), "POST / HTTP/1.1\r\n"
		    "Content-Type: text/plain; Charset=%s\r\n",
		    cases[k].label);
		for (at = 1; at < n; at += 5) {
			scan = help_scan(rules, FINDING_OUTBOUND, "h", 0,
			    &hits);
			scan_head(scan, lines, strlen(lines));
			scan_body(scan, text, at);
			scan_body(scan, text + at, n - at);
			scan_end(scan);
			scan_free(scan);
			ATF_CHECK_EQ_MSG(cases[k].hits, hits.n, "%zu hits,"
			    " %zu: %s", hits.n, k, cases[k].label);
		}
	}
	rules_free(rules);
}

static size_t
head(const char *host, const char *text, struct hits *hits)
{
	struct scan	*scan;

	scan = help_scan(rules, FINDING_OUTBOUND, host, 0, hits);
	scan_head(scan, text, strlen(text));
	scan_end(scan);
	scan_free(scan);
	return (hits->n);
}

/* Targets, fields, cookies, Basic, user information, trailers. */
ATF_TC_WITHOUT_HEAD(heads);
ATF_TC_BODY(heads, tc)
{
	static struct hits	 hits;
	struct scan		*scan;
	char			 pct[512], b64[512], pair[256], text[2048];

	(void)tc;
	setup();
	pct[percent(key, KEY_LEN, pct)] = '\0';
	snprintf(pair, sizeof(pair), "user:%s", key);
	b64[base64(pair, strlen(pair), b64)] = '\0';
#define HEAD(...)	snprintf(text, sizeof(text), __VA_ARGS__)
	HEAD("GET /a?b=c&d=%s HTTP/1.1\r\n\r\n", pct);
	ATF_CHECK_EQ(1, head("x.example", text, &hits));
	ATF_CHECK_STREQ("target>percent: ai_api_key"
	    " sk-ant-api03-[REDACTED](108)", hits.hit[0].snippet);
	HEAD("GET http://user:%s@x.example/ HTTP/1.1\r\n\r\n", pct);
	ATF_CHECK_EQ(1, head("x.example", text, &hits));
	HEAD("GET /a/%s HTTP/1.1\r\n\r\n", b64);
	ATF_CHECK_EQ(1, head("x.example", text, &hits));
	/* Paths count behind the question mark only, decoded too. */
	HEAD("GET /x%%2F.ssh%%2Fid_rsa HTTP/1.1\r\n\r\n");
	ATF_CHECK_EQ(0, head("x.example", text, &hits));
	HEAD("GET /?f=x%%2F.ssh%%2Fid_rsa HTTP/1.1\r\n\r\n");
	ATF_CHECK_EQ(1, head("x.example", text, &hits));
	HEAD("GET / HTTP/1.1\r\nA: b\r\nAuthorization: Basic %s\r\n"
	    "C: d\r\n\r\n", b64);
	ATF_CHECK_EQ(1, head("api.anthropic.com", text, &hits));
	ATF_CHECK_STREQ("header authorization>base64: ai_api_key"
	    " sk-ant-api03-[REDACTED](108)", hits.hit[0].snippet);
	HEAD("GET / HTTP/1.1\r\nCookie: a=b; s=%s; c=d\r\n\r\n", pct);
	ATF_CHECK_EQ(1, head("x.example", text, &hits));
	ATF_CHECK_STREQ("cookie", hits.hit[0].field);
	/* Two fields are two texts. */
	HEAD("GET / HTTP/1.1\r\nA: %.60s\r\nB: %s\r\n\r\n", pct,
	    pct + 60);
	ATF_CHECK_EQ(0, head("x.example", text, &hits));
#undef HEAD
	scan = help_scan(rules, FINDING_OUTBOUND, "x", 0, &hits);
	snprintf(text, sizeof(text), "X-Sum: %s\r\n", b64);
	scan_trailer(scan, text, strlen(text));
	scan_end(scan);
	scan_free(scan);
	ATF_REQUIRE_EQ(1, hits.n);
	ATF_CHECK_STREQ("trailer ?>base64: ai_api_key"
	    " sk-ant-api03-[REDACTED](108)", hits.hit[0].snippet);
	rules_free(rules);
}

/* Its own place is in clear; the same key from elsewhere is a finding. */
ATF_TC_WITHOUT_HEAD(own_credential);
ATF_TC_BODY(own_credential, tc)
{
	static struct hits	 hits;
	struct scan		*scan;
	char			 b64[512], text[1024];

	(void)tc;
	setup();
	b64[base64(key, KEY_LEN, b64)] = '\0';
	scan = help_scan(rules, FINDING_OUTBOUND, "api.anthropic.com", 0,
	    &hits);
	snprintf(text, sizeof(text), "POST /v1/messages?a=%%20b HTTP/1.1\r\n"
	    "X-Api-Key: %s\r\nX-Other: %%41\r\n\r\n", key);
	scan_head(scan, text, strlen(text));
	ATF_CHECK_EQ(0, hits.n);
	scan_body(scan, "{\"a\":\"\\n", 9);
	scan_body(scan, b64, strlen(b64));
	scan_body(scan, "\"}", 2);
	scan_end(scan);
	scan_free(scan);
	ATF_REQUIRE_EQ(1, hits.n);
	ATF_CHECK_STREQ("body>escape>base64: ai_api_key"
	    " sk-ant-api03-[REDACTED](108)", hits.hit[0].snippet);
	rules_free(rules);
}

/* The same secret in several forms has one fingerprint and is one hit. */
ATF_TC_WITHOUT_HEAD(once);
ATF_TC_BODY(once, tc)
{
	static struct hits	 hits;
	static char		 text[NENCODINGS * 1024], one[4096];
	uint8_t			 fp[SCAN_FP_SIZE];
	size_t			 i, n = 0, len;

	(void)tc;
	setup();
	body(key, KEY_LEN, 0, 0, 0, &hits);
	ATF_REQUIRE_EQ(1, hits.n);
	memcpy(fp, hits.hit[0].fingerprint, sizeof(fp));
	for (i = 0; i < NENCODINGS; i++) {
		len = encodings[i].fn(key, KEY_LEN, one);
		body(one, len, 0, 0, 0, &hits);
		ATF_CHECK(hits.n == 1 && memcmp(fp, hits.hit[0].fingerprint,
		    sizeof(fp)) == 0);
		memcpy(text + n, one, len);
		n += len;
		/* A whole line more would be one of the same text. */
		memcpy(text + n, "\n.\n", 3);
		n += 3;
	}
	body(text, n, 0, 0, 0, &hits);
	ATF_CHECK_EQ(1, help_count(&hits, "ai_api_key"));
	rules_free(rules);
}

ATF_TC_WITHOUT_HEAD(budget);
ATF_TC_BODY(budget, tc)
{
	static struct hits	 hits;
	static char		 text[100000];
	size_t			 i;

	(void)tc;
	setup();
	for (i = 0; i + 6 <= sizeof(text); i += 6)
		memcpy(text + i, "%2525 ", 6);
	body(text, i, 0, 0, i, &hits);
	ATF_CHECK_EQ(0, counters.gap[SCAN_GAP_BUDGET].count);
	ATF_CHECK(counters.decoded > i / 2);
	/* Every form of escape, in one another. */
	for (i = 0; i + 32 <= sizeof(text); i += 32)
		memcpy(text + i, "%26%2361;&#37;5cu0025 \\u0026amp; ", 32);
	body(text, i, 0, 0, i / 8, &hits);
	ATF_CHECK(counters.decoded <= SCAN_DECODE_TIMES * (i / 8));
	ATF_CHECK_EQ(i - i / 8, counters.skipped);
	rules_free(rules);
}

/* What is told from three bytes holds for whatever begins with them. */
ATF_TC_WITHOUT_HEAD(maybe);
ATF_TC_BODY(maybe, tc)
{
	/* Bytes that something known begins with, and those of text. */
	static const uint8_t	 often[] = "\0\0\0\x10\x1f\x8b\x08\x28\xb5"
	    "\x2f\xfd\x78\x9c\xda\x01\xff\xfe\xc3\xa9 az\n";
	uint8_t			 p[12];
	uint32_t		 seed = 1;
	size_t			 i;
	int			 k, looks = 0, not = 0;

	(void)tc;
	for (k = 0; k < 400000; k++) {
		for (i = 0; i < sizeof(p); i++) {
			seed = seed * 1664525 + 1013904223;
			p[i] = (seed >> 8) % 4 == 0 ? (uint8_t)(seed >> 24) :
			    often[(seed >> 16) % (sizeof(often) - 1)];
		}
		if (text_sniff(p, sizeof(p)) != NULL ||
		    looks_like_text(p, sizeof(p))) {
			looks++;
			ATF_REQUIRE(text_maybe(p));
		} else
			not += !text_maybe(p);
	}
	/* Both are there, or this says nothing. */
	ATF_CHECK(looks > 1000);
	ATF_CHECK(not > 1000);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, splits);
	ATF_TP_ADD_TC(tp, maybe);
	ATF_TP_ADD_TC(tp, nested);
	ATF_TP_ADD_TC(tp, characters);
	ATF_TP_ADD_TC(tp, utf16);
	ATF_TP_ADD_TC(tp, charset);
	ATF_TP_ADD_TC(tp, heads);
	ATF_TP_ADD_TC(tp, own_credential);
	ATF_TP_ADD_TC(tp, once);
	ATF_TP_ADD_TC(tp, budget);
	return (atf_no_error());
}
