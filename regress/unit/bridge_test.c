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

/* What guardian-mcp reads of the messages it carries. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "compat.h"
#include "lines.h"
#include "pending.h"

static void
scan(struct scanner *s, const char *text)
{
	scanner_reset(s);
	scanner_feed(s, text, strlen(text));
}

ATF_TC_WITHOUT_HEAD(ids);
ATF_TC_BODY(ids, tc)
{
	static const struct {
		const char	*in;
		const char	*out;	/* NULL: none */
	} t[] = {
		{ "0",			"0" },
		{ "-1",			"-1" },
		{ "9007199254740991",	"9007199254740991" },
		{ "1.5e3",		"1.5e3" },
		{ "\"\"",		"\"\"" },
		{ "\"a\"",		"\"a\"" },
		{ "\"\\u0061\\/\"",	"\"a/\"" },
		{ "\"\\u00e9\\uD83D\\ude00\"",
		    "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "\"\xc3\xa9\"",	"\"\xc3\xa9\"" },
		{ "\"\\\"\\\\\\n\"",	"\"\\\"\\\\\\u000a\"" },
		{ "\"\\u0000\"",	"\"\\u0000\"" },
		{ "",			NULL },
		{ "01",			NULL },
		{ "1.",			NULL },
		{ "-",			NULL },
		{ "1e",			NULL },
		{ "1 2",		NULL },
		{ "null",		NULL },
		{ "true",		NULL },
		{ "{}",			NULL },
		{ "\"",			NULL },
		{ "\"a",		NULL },
		{ "\"a\"b\"",		NULL },
		{ "\"\\x\"",		NULL },
		{ "\"\\\"",		NULL },
		{ "\"\\u12\"",		NULL },
		{ "\"\\ud83d\"",	NULL },
		{ "\"\\ud83d\\u0061\"",	NULL },
		{ "\"\\ude00\"",	NULL },
		{ "\"\x01\"",		NULL },
		{ "\"\xc0\xaf\"",	NULL },
		{ "\"\xed\xa0\x80\"",	NULL },
		{ "\"\xf4\x90\x80\x80\"", NULL },
		{ "\"\xc3\"",		NULL },
	};
	struct id	 id, again;
	char		 text[ID_TEXT_SIZE];
	size_t		 i;
	int		 r;

	for (i = 0; i < nitems(t); i++) {
		r = id_parse(&id, t[i].in, strlen(t[i].in));
		ATF_CHECK_MSG((r == 0) == (t[i].out != NULL), "%s", t[i].in);
		id_print(&id, text);
		ATF_CHECK_STREQ(t[i].out == NULL ? "null" : t[i].out, text);
		if (r == -1)
			continue;
		ATF_CHECK_EQ(0, id_parse(&again, text, strlen(text)));
		ATF_CHECK(id_equal(&id, &again));
	}
}

ATF_TC_WITHOUT_HEAD(id_length);
ATF_TC_BODY(id_length, tc)
{
	struct id	 id;
	char		 raw[ID_RAW_MAX + 16], text[ID_TEXT_SIZE];
	size_t		 i, n;

	/* The longest, of the bytes that take the most space in print. */
	raw[0] = '"';
	for (i = 0, n = 1; i < ID_MAX; i++, n += 6)
		memcpy(raw + n, "\\u0001", 6);
	raw[n] = '"';
	ATF_REQUIRE_EQ(0, id_parse(&id, raw, n + 1));
	ATF_CHECK_EQ(ID_MAX + 1, id.len);
	id_print(&id, text);
	ATF_CHECK_EQ(n + 1, strlen(text));

	memset(raw, '1', sizeof(raw));
	ATF_CHECK_EQ(0, id_parse(&id, raw, ID_MAX));
	ATF_CHECK_EQ(-1, id_parse(&id, raw, ID_MAX + 1));
	raw[0] = raw[ID_MAX + 2] = '"';
	ATF_CHECK_EQ(-1, id_parse(&id, raw, ID_MAX + 3));
	/* multibyte, across the end */
	for (i = 1; i < ID_MAX + 2; i += 2)
		memcpy(raw + i, "\xc3\xa9", 2);
	raw[ID_MAX + 1] = '"';
	ATF_CHECK_EQ(0, id_parse(&id, raw, ID_MAX + 2));
	raw[1] = 'x';
	raw[2] = 'x';
	raw[3] = 'x';
	for (i = 4; i < ID_MAX + 3; i += 2)
		memcpy(raw + i, "\xc3\xa9", 2);
	raw[ID_MAX + 2] = '"';
	ATF_CHECK_EQ(-1, id_parse(&id, raw, ID_MAX + 3));
}

ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	static const struct {
		const char	*text;
		size_t		 n;
		int		 whole;
		const char	*id;	/* of the last */
		int		 has_id;
		int		 has_method;
	} t[] = {
		{ "{\"id\":7,\"method\":\"ping\"}", 1, 1, "7", 1, 1 },
		{ " { \"method\" : \"ping\" , \"id\" : \"a b\" } ",
		    1, 1, "\"a b\"", 1, 1 },
		{ "{\"method\":\"x\",\"params\":{\"id\":1,\"a\":[{\"id\":2}]},"
		    "\"jsonrpc\":\"2.0\",\"id\":3}", 1, 1, "3", 1, 1 },
		{ "{\"result\":{\"method\":\"x\"},\"id\":1}",
		    1, 1, "1", 1, 0 },
		{ "{\"method\":\"note\"}", 1, 1, "null", 0, 1 },
		{ "{\"id\":null,\"error\":{\"code\":-32700}}",
		    1, 1, "null", 1, 0 },
		{ "{\"id\":{\"a\":1},\"method\":\"x\"}",
		    1, 1, "null", 1, 1 },
		{ "{\"id\":[1],\"method\":\"x\"}", 1, 1, "null", 1, 1 },
		{ "{\"id\":1,\"id\":2}", 1, 1, "2", 1, 0 },
		{ "{\"a\":\"{\\\"id\\\":9}\",\"id\":4}", 1, 1, "4", 1, 0 },
		{ "{\"a\":\"\\\\\",\"id\":5}", 1, 1, "5", 1, 0 },
		{ "{\"id\\\"\":1,\"xid\":2,\"id2\":3}",
		    1, 1, "null", 0, 0 },
		{ "[{\"id\":1,\"method\":\"a\"},{\"id\":2,"
		    "\"method\":\"b\"}]", 2, 1, "2", 1, 1 },
		{ "[{\"x\":[1,{\"id\":3}]},{\"id\":9}]",
		    2, 1, "9", 1, 0 },
		{ "[]", 0, 1, NULL, 0, 0 },
		{ "[1,\"id\",[{}]]", 0, 1, NULL, 0, 0 },
		{ "{}", 1, 1, "null", 0, 0 },
		{ "{\"id\":1", 0, 0, NULL, 0, 0 },
		{ "{\"id\":1}}", 1, 0, "1", 1, 0 },
		{ "{\"id\":1}{\"id\":2}", 1, 0, "1", 1, 0 },
		{ "hello", 0, 0, NULL, 0, 0 },
		{ "\"{\"", 0, 0, NULL, 0, 0 },
		{ "x{\"id\":1}", 0, 0, NULL, 0, 0 },
		{ "}", 0, 0, NULL, 0, 0 },
	};
	static struct scanner	 s;
	char			 text[ID_TEXT_SIZE];
	size_t			 i;

	for (i = 0; i < nitems(t); i++) {
		scan(&s, t[i].text);
		ATF_CHECK_EQ_MSG(t[i].n, s.n, "%s", t[i].text);
		ATF_CHECK_EQ_MSG(t[i].whole, scanner_whole(&s), "%s",
		    t[i].text);
		if (s.n == 0 || s.n != t[i].n)
			continue;
		id_print(&s.v[s.n - 1].id, text);
		ATF_CHECK_STREQ(t[i].id, text);
		ATF_CHECK_EQ(t[i].has_id, s.v[s.n - 1].has_id);
		ATF_CHECK_EQ(t[i].has_method, s.v[s.n - 1].has_method);
	}
}

struct seen {
	char	 text[8][16];
	size_t	 len[8];
	int	 too_long[8];
	size_t	 n;
};

static void
note(struct lines *l, void *arg)
{
	struct seen	*seen = arg;

	ATF_REQUIRE(seen->n < 8);
	seen->len[seen->n] = l->line.len;
	seen->too_long[seen->n] = l->too_long;
	if (l->line.len > 0)
		memcpy(seen->text[seen->n], l->line.v,
		    l->line.len < 16 ? l->line.len : 16);
	seen->n++;
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	static const char	 text[] =
	    "{\"id\":1}\n\r\n\n{}\r\n\r{\r}\nlast";
	static struct lines	 l;
	struct seen		 seen;
	size_t			 cut;

	/* However it is split. */
	for (cut = 0; cut < sizeof(text); cut++) {
		memset(&seen, 0, sizeof(seen));
		lines_init(&l, note, &seen);
		lines_feed(&l, text, cut);
		lines_feed(&l, text + cut, sizeof(text) - 1 - cut);
		ATF_CHECK_EQ(3, seen.n);
		lines_end(&l);
		ATF_REQUIRE_EQ(4, seen.n);
		ATF_CHECK(memcmp(seen.text[0], "{\"id\":1}", 8) == 0);
		ATF_CHECK_EQ(2, seen.len[1]);
		ATF_CHECK(memcmp(seen.text[2], "\r{\r}", 4) == 0);
		ATF_CHECK(memcmp(seen.text[3], "last", 4) == 0);
		free(l.line.v);
	}
}

ATF_TC_WITHOUT_HEAD(too_long);
ATF_TC_BODY(too_long, tc)
{
	static const char	 head[] = "{\"params\":\"";
	static const char	 tail[] = "\",\"method\":\"x\",\"id\":\"me\"}";
	static struct lines	 l;
	struct seen		 seen;
	char			*fill;
	size_t			 extra, n;

	fill = malloc(LINES_MAX);
	ATF_REQUIRE(fill != NULL);
	memset(fill, 'a', LINES_MAX);
	for (extra = 0; extra < 2; extra++) {
		memset(&seen, 0, sizeof(seen));
		lines_init(&l, note, &seen);
		n = LINES_MAX - strlen(head) - strlen(tail) + extra;
		lines_feed(&l, head, strlen(head));
		lines_feed(&l, fill, n);
		lines_feed(&l, tail, strlen(tail));
		ATF_CHECK_EQ(1, l.scanner.n);
		ATF_CHECK_EQ(3, l.scanner.v[0].id.len);
		lines_feed(&l, "\r\n{}\n", 5);
		ATF_CHECK_EQ(2, seen.n);
		ATF_CHECK_EQ((int)extra, seen.too_long[0]);
		ATF_CHECK_EQ(0, seen.too_long[1]);
		ATF_CHECK_EQ(2, seen.len[1]);
		free(l.line.v);
	}
	free(fill);
}

ATF_TC_WITHOUT_HEAD(pending);
ATF_TC_BODY(pending, tc)
{
	static struct pending	 p;
	struct id		 one, two, id;

	ATF_REQUIRE_EQ(0, id_parse(&one, "1", 1));
	ATF_REQUIRE_EQ(0, id_parse(&two, "\"1\"", 3));
	ATF_CHECK(!id_equal(&one, &two));
	pending_add(&p, &one, 0);
	pending_add(&p, &two, 10);
	pending_add(&p, &one, 20);
	pending_remove(&p, &one);
	ATF_CHECK_EQ(2, p.n);
	/* sent so far: the first of the two only */
	ATF_CHECK_EQ(0, pending_take(&p, 20, &id));
	ATF_CHECK(id_equal(&two, &id));
	ATF_CHECK_EQ(-1, pending_take(&p, 20, &id));
	pending_remove(&p, &two);
	ATF_CHECK_EQ(1, p.n);
	ATF_CHECK_EQ(0, pending_take(&p, UINT64_MAX, &id));
	ATF_CHECK_EQ(0, p.n);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ids);
	ATF_TP_ADD_TC(tp, id_length);
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, too_long);
	ATF_TP_ADD_TC(tp, pending);
	return (atf_no_error());
}
