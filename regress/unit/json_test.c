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


/* The JSON reader: splits, escapes, paths, bounds, and jansson's opinion. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>
#include <jansson.h>

#include "../../detector-worker/json.h"

#define TRACE_MAX	(256 * 1024)

enum known {
	K_A = 1,
	K_CONTENT,
	K_DELTA,
	K_LONGEST
};

#define LONGEST	"a_key_that_is_just_forty_characters_long"

static const struct json_key	 keys[] = {
	{ "a", K_A },
	{ LONGEST, K_LONGEST },
	{ "content", K_CONTENT },
	{ "delta", K_DELTA }
};

/* All that happened, as text. */
struct trace {
	char	 buf[TRACE_MAX];
	size_t	 len;
	int	 in_string;
};

static void
put(struct trace *t, const void *data, size_t len)
{
	ATF_REQUIRE(len < sizeof(t->buf) - t->len);
	memcpy(t->buf + t->len, data, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

static void
puts_(struct trace *t, const char *s)
{
	put(t, s, strlen(s));
}

/* "[2.content" for element 2 of an array, then a known key. */
static void
put_path(struct trace *t, struct json *j)
{
	char		 item[32];
	unsigned int	 i;

	for (i = 0; i < json_depth(j); i++) {
		if (json_in_array(j, i))
			(void)snprintf(item, sizeof(item), "[%u",
			    json_index(j, i));
		else
			(void)snprintf(item, sizeof(item), ".%u",
			    json_key(j, i));
		puts_(t, item);
	}
	puts_(t, "=");
}

static void
on_begin(struct json *j, int array, void *arg)
{
	put_path(arg, j);
	puts_(arg, array ? "BEGIN[\n" : "BEGIN{\n");
}

static void
on_end(struct json *j, int array, void *arg)
{
	put_path(arg, j);
	puts_(arg, array ? "END]\n" : "END}\n");
}

static void
on_piece(struct trace *t, struct json *j, const char *what, const uint8_t *p,
    size_t len, int part)
{
	ATF_CHECK_EQ(t->in_string, (part & JSON_FIRST) == 0);
	if (part & JSON_FIRST) {
		if (what[0] == 's')
			put_path(t, j);
		puts_(t, what);
	}
	put(t, p, len);
	if (part & JSON_LAST)
		puts_(t, ">\n");
	t->in_string = (part & JSON_LAST) == 0;
}

static void
on_key(struct json *j, const uint8_t *p, size_t len, int part, void *arg)
{
	on_piece(arg, j, "key<", p, len, part);
}

static void
on_string(struct json *j, const uint8_t *p, size_t len, int part, void *arg)
{
	on_piece(arg, j, "str<", p, len, part);
}

static void
on_scalar(struct json *j, const char *p, size_t len, void *arg)
{
	ATF_CHECK_EQ(strlen(p), len);
	put_path(arg, j);
	puts_(arg, p);
	puts_(arg, "\n");
}

static void
on_done(struct json *j, void *arg)
{
	ATF_CHECK_EQ(0, json_depth(j));
	puts_(arg, "DONE\n");
}

static const struct json_ops	 ops = {
	.begin = on_begin,
	.end = on_end,
	.key = on_key,
	.string = on_string,
	.scalar = on_scalar,
	.done = on_done,
};

/* Reads a text in two pieces, or in steps; 0 or -1 as json_end(). */
static int
read_split(const char *text, size_t len, size_t at, size_t step,
    struct trace *t)
{
	struct json	 j;
	uint8_t		*copy;
	size_t		 n;

	t->len = 0;
	t->buf[0] = '\0';
	t->in_string = 0;
	json_init(&j, &ops, t, keys, sizeof(keys) / sizeof(keys[0]));
	for (n = at; len > 0; n = step) {
		if (n > len)
			n = len;
		/* Of that size only: a sanitizer sees what is read behind. */
		ATF_REQUIRE((copy = malloc(n + (n == 0))) != NULL);
		if (n > 0)
			memcpy(copy, text, n);
		(void)json_feed(&j, copy, n);
		free(copy);
		text += n;
		len -= n;
		if (n == 0 && step == 0)
			break;
	}
	return (json_end(&j));
}

static struct trace	 whole, split;

static int
read_everyhow(const char *text, size_t len)
{
	size_t	 at;
	int	 r;

	r = read_split(text, len, len, 1, &whole);
	for (at = 0; at <= len; at++) {
		ATF_CHECK_EQ(r, read_split(text, len, at, len, &split));
		ATF_CHECK_STREQ(whole.buf, split.buf);
	}
	ATF_CHECK_EQ(r, read_split(text, len, 1, 1, &split));
	ATF_CHECK_STREQ(whole.buf, split.buf);
	ATF_CHECK_EQ(r, read_split(text, len, 3, 3, &split));
	ATF_CHECK_STREQ(whole.buf, split.buf);
	return (r);
}

static void
same(const char *text, const char *want)
{
	ATF_CHECK_EQ_MSG(0, read_everyhow(text, strlen(text)), "%s", text);
	ATF_CHECK_STREQ(want, whole.buf);
}

ATF_TC_WITHOUT_HEAD(texts);
ATF_TC_BODY(texts, tc)
{
	(void)tc;
	same("", "");
	same(" \n\t\r", "");
	same("{}", "=BEGIN{\n=END}\nDONE\n");
	same(" [ ] ", "=BEGIN[\n=END]\nDONE\n");
	same("\"x\"", "=str<x>\nDONE\n");
	same("\"\"", "=str<>\nDONE\n");
	same("-12.5e+3", "=-12.5e+3\nDONE\n");
	same("{\"a\":\"b\"}",
	    "=BEGIN{\nkey<a>\n.1=str<b>\n=END}\nDONE\n");
	same("[1,true,[null,\"z\"],{\"delta\":{\"content\":\"hi\"}}]",
	    "=BEGIN[\n[0=1\n[1=true\n[2=BEGIN[\n[2[0=null\n[2[1=str<z>\n"
	    "[2=END]\n[3=BEGIN{\nkey<delta>\n[3.3=BEGIN{\nkey<content>\n"
	    "[3.3.2=str<hi>\n[3.3=END}\n[3=END}\n=END]\nDONE\n");
	/* A key is known however it is written; others are not. */
	same("{\"c\\u006fntent\":1,\"contents\":2,\"conten\":3,\"\":4}",
	    "=BEGIN{\nkey<content>\n.2=1\nkey<contents>\n.0=2\n"
	    "key<conten>\n.0=3\nkey<>\n.0=4\n=END}\nDONE\n");
	same("{\"" LONGEST "\":1,\"" LONGEST "r\":2}",
	    "=BEGIN{\nkey<" LONGEST ">\n.4=1\nkey<" LONGEST "r>\n.0=2\n"
	    "=END}\nDONE\n");
	/* A NUL is a byte like others: "a" is another key. */
	ATF_CHECK_EQ(0, read_everyhow("{\"a\\u0000\":3}", 13));
	ATF_CHECK_EQ(0, memcmp(whole.buf, "=BEGIN{\nkey<a\0>\n.0=3\n", 21));
}

ATF_TC_WITHOUT_HEAD(several);
ATF_TC_BODY(several, tc)
{
	(void)tc;
	same("{}\n{}\r\n[]", "=BEGIN{\n=END}\nDONE\n=BEGIN{\n=END}\nDONE\n"
	    "=BEGIN[\n=END]\nDONE\n");
	same("{}{}1 2\"x\"\"y\"null", "=BEGIN{\n=END}\nDONE\n=BEGIN{\n=END}\n"
	    "DONE\n=1\nDONE\n=2\nDONE\n=str<x>\nDONE\n=str<y>\nDONE\n"
	    "=null\nDONE\n");
	same("\x1e{}\n\x1e{}\n", "=BEGIN{\n=END}\nDONE\n=BEGIN{\n=END}\n"
	    "DONE\n");
	same("\xef\xbb\xbf{}", "=BEGIN{\n=END}\nDONE\n");
}

ATF_TC_WITHOUT_HEAD(escapes);
ATF_TC_BODY(escapes, tc)
{
	(void)tc;
	same("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	    "=str<\"\\/\b\f\n\r\t>\nDONE\n");
	same("\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"",
	    "=str<A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80>\nDONE\n");
	/* Half a pair. */
	same("\"\\ud83d\"", "=str<\xef\xbf\xbd>\nDONE\n");
	same("\"\\ude00x\"", "=str<\xef\xbf\xbdx>\nDONE\n");
	same("\"\\ud83dx\\ude00\"",
	    "=str<\xef\xbf\xbdx\xef\xbf\xbd>\nDONE\n");
	same("\"\\ud83d\\n\"", "=str<\xef\xbf\xbd\n>\nDONE\n");
	same("\"\\ud83d\\u0041\"", "=str<\xef\xbf\xbd""A>\nDONE\n");
	same("\"\\ud83d\\ud83d\\ude00\"",
	    "=str<\xef\xbf\xbd\xf0\x9f\x98\x80>\nDONE\n");
	same("\"\\ud800\\udc00\\udbff\\udfff\"",
	    "=str<\xf0\x90\x80\x80\xf4\x8f\xbf\xbf>\nDONE\n");
}

/* What peers that are lenient would understand. */
ATF_TC_WITHOUT_HEAD(lenient);
ATF_TC_BODY(lenient, tc)
{
	(void)tc;
	same("[1,]", "=BEGIN[\n[0=1\n=END]\nDONE\n");
	same("{\"a\":1,}", "=BEGIN{\nkey<a>\n.1=1\n=END}\nDONE\n");
	same("[NaN,-Infinity]",
	    "=BEGIN[\n[0=NaN\n[1=-Infinity\n=END]\nDONE\n");
	same("\"\\'\\x41\"", "=str<'x41>\nDONE\n");
	same("\"a\nb\tc\x01\"", "=str<a\nb\tc\x01>\nDONE\n");
	same("\"\xff\xc0\"", "=str<\xff\xc0>\nDONE\n");
}

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const char *const	 bad[] = {
		"{", "[", "[1", "\"x", "{\"a\"", "{\"a\":", "{\"a\":1",
		"]", "}", "[}", "{]", "[1}", "{\"a\":1]", "{a:1}", "{1:1}",
		"{\"a\",1}", "{\"a\" 1}", "[1 2]", "[,1]", "[1,,2]", ",", ":",
		"hello", "tru", "truee", "-", "+1", ".5", "1x", "<html>",
		"[\"a\"\"b\"]", "{\"a\":}", "{\"a\":1 \"b\":2}", "'a'",
		"\"\\u12g4\"", "\"\\u\"", "\xef\xbb{}", "[\xef\xbb\xbf]",
		"[\x1e]", "nul\0l", "{} x", "[1] // comment"
	};
	struct json			 j;
	size_t				 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, read_everyhow(bad[i], strlen(bad[i])),
		    "%s", bad[i]);
	/* Nothing comes after: not even what would be sound again. */
	whole.len = 0;
	json_init(&j, &ops, &whole, NULL, 0);
	ATF_CHECK_EQ(-1, json_feed(&j, "[1] ?more", 9));
	ATF_CHECK_EQ(5, json_read(&j));
	ATF_CHECK_STREQ("=BEGIN[\n[0=1\n=END]\nDONE\n", whole.buf);
	ATF_CHECK_EQ(-1, json_feed(&j, "\"y\"", 3));
	ATF_CHECK_EQ(-1, json_end(&j));
	ATF_CHECK_STREQ("=BEGIN[\n[0=1\n=END]\nDONE\n", whole.buf);
	ATF_CHECK_EQ(1, json_texts(&j));
}

/* Strings of all lengths around the size of the reader's own buffer. */
ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	static char	 text[2048], want[2048];
	size_t		 len, lead, n, w;

	(void)tc;
	for (lead = 0; lead < 3; lead++)
		for (len = 0; len < 500; len++) {
			n = (size_t)snprintf(text, sizeof(text), "\"%.*s",
			    (int)(2 * lead), "\\t\\t");
			w = (size_t)snprintf(want, sizeof(want), "=str<%.*s",
			    (int)lead, "\t\t");
			memset(text + n, 'x', len);
			memset(want + w, 'x', len);
			(void)strcpy(text + n + len, "\\\\y\"");
			(void)strcpy(want + w + len, "\\y>\nDONE\n");
			ATF_CHECK_EQ(0, read_split(text, strlen(text),
			    strlen(text), 1, &whole));
			ATF_CHECK_STREQ(want, whole.buf);
		}
}

/* Beyond the bound there are strings, and no path. */
ATF_TC_WITHOUT_HEAD(depth);
ATF_TC_BODY(depth, tc)
{
	static const char	 in[] = "\"k\":[\"v]\",{\"w\\n\":1}],";
	static char		 text[4096];
	struct json		 j;
	unsigned int		 levels, i;
	size_t			 n;

	(void)tc;
	for (levels = 61; levels < 66; levels++) {
		n = 0;
		for (i = 0; i < levels; i++)
			text[n++] = '[';
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "{%s\"end\":0}", in);
		for (i = 0; i < levels; i++)
			text[n++] = ']';
		text[n++] = '1';
		text[n] = '\0';
		ATF_CHECK_EQ(0, read_everyhow(text, n));
		ATF_CHECK(strstr(whole.buf, "<k>") != NULL);
		ATF_CHECK(strstr(whole.buf, "<v]>") != NULL);
		ATF_CHECK(strstr(whole.buf, "<w\n>") != NULL);
		ATF_CHECK(strstr(whole.buf, "=END]\nDONE\n=1\nDONE\n") !=
		    NULL);
		json_init(&j, &ops, &split, NULL, 0);
		split.len = 0;
		ATF_CHECK_EQ(0, json_feed(&j, text, n));
		ATF_CHECK_EQ(levels <= 61 ? 0 : levels <= 62 ? 1 :
		    levels <= 63 ? 2 : 4, json_deep(&j));
		/* No way out of what is only counted. */
		ATF_CHECK_EQ(-1, read_everyhow(text, n - levels));
	}
}

/* --- jansson ------------------------------------------------------------- */

static unsigned int	 seed;

static unsigned int
below(unsigned int limit)
{
	seed = seed * 1103515245u + 12345u;
	return ((seed >> 16) % limit);
}

static json_t *
random_string(void)
{
	static const char *const	 parts[] = {
		"a", "content", "\"", "\\", "\n", "\x01", "\x7f", "/", "{",
		"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbd",
		" ", "0123456789abcdefghijklmnopqrstuvwxyz", "delta", "]"
	};
	char				 buf[1024] = "";
	unsigned int			 n;

	for (n = below(4) == 0 ? below(20) : below(3); n > 0; n--)
		(void)strcat(buf, parts[below(sizeof(parts) /
		    sizeof(parts[0]))]);
	return (json_string(buf));
}

static json_t *
random_value(unsigned int level)
{
	json_t		*v, *k;
	unsigned int	 n;

	switch (below(level > 6 ? 5 : 9)) {
	case 0:
		return (json_null());
	case 1:
		return (json_boolean((int)below(2)));
	case 2:
		return (json_integer((json_int_t)below(30000) - 10000));
	case 3:
	case 4:
		return (random_string());
	case 5:
	case 6:
		v = json_array();
		for (n = below(5); n > 0; n--)
			(void)json_array_append_new(v,
			    random_value(level + 1));
		return (v);
	default:
		v = json_object();
		for (n = below(5); n > 0; n--) {
			k = random_string();
			(void)json_object_set_new(v, json_string_value(k),
			    random_value(level + 1));
			json_decref(k);
		}
		return (v);
	}
}

/* What our reader has to say of the value, by jansson's account of it. */
static void
walk(struct trace *t, const char *path, json_t *v)
{
	char		 below_path[1024], word[64];
	const char	*k;
	json_t		*e;
	size_t		 i;

	puts_(t, path);
	switch (json_typeof(v)) {
	case JSON_NULL:
		puts_(t, "=null\n");
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		puts_(t, json_is_true(v) ? "=true\n" : "=false\n");
		return;
	case JSON_INTEGER:
		(void)snprintf(word, sizeof(word), "=%" JSON_INTEGER_FORMAT
		    "\n", json_integer_value(v));
		puts_(t, word);
		return;
	case JSON_REAL:
		atf_tc_fail("no reals are made");
	case JSON_STRING:
		puts_(t, "=str<");
		put(t, json_string_value(v), json_string_length(v));
		puts_(t, ">\n");
		return;
	case JSON_ARRAY:
		puts_(t, "=BEGIN[\n");
		json_array_foreach(v, i, e) {
			(void)snprintf(below_path, sizeof(below_path),
			    "%s[%zu", path, i);
			walk(t, below_path, e);
		}
		puts_(t, path);
		puts_(t, "=END]\n");
		return;
	case JSON_OBJECT:
		puts_(t, "=BEGIN{\n");
		json_object_foreach(v, k, e) {
			unsigned int	 id = 0;

			for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
				if (strcmp(keys[i].name, k) == 0)
					id = keys[i].id;
			puts_(t, "key<");
			puts_(t, k);
			puts_(t, ">\n");
			(void)snprintf(below_path, sizeof(below_path),
			    "%s.%u", path, id);
			walk(t, below_path, e);
		}
		puts_(t, path);
		puts_(t, "=END}\n");
		return;
	}
}

ATF_TC_WITHOUT_HEAD(jansson);
ATF_TC_BODY(jansson, tc)
{
	static const size_t	 flags[] = {
		JSON_COMPACT, JSON_INDENT(2), JSON_ENSURE_ASCII,
		JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH | JSON_INDENT(1), 0
	};
	static struct trace	 want;
	json_t			*v;
	char			*text;
	unsigned int		 i, strings = 0;

	(void)tc;
	for (i = 0; i < 4000; i++) {
		seed = i * 2654435761u + 1;
		v = random_value(0);
		text = json_dumps(v, JSON_ENCODE_ANY | flags[i % 5]);
		ATF_REQUIRE(text != NULL);
		want.len = 0;
		walk(&want, "", v);
		puts_(&want, "DONE\n");
		ATF_CHECK_EQ(0, read_split(text, strlen(text),
		    below((unsigned int)strlen(text) + 1), 1 + below(9),
		    &whole));
		ATF_REQUIRE_STREQ(want.buf, whole.buf);
		strings += strstr(want.buf, "str<") != NULL;
		free(text);
		json_decref(v);
	}
	ATF_CHECK_MSG(strings > 1000, "only %u have strings", strings);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, texts);
	ATF_TP_ADD_TC(tp, several);
	ATF_TP_ADD_TC(tp, escapes);
	ATF_TP_ADD_TC(tp, lenient);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, depth);
	ATF_TP_ADD_TC(tp, jansson);
	return (atf_no_error());
}
