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

/* The expressions of rules: what is taken compiles, and is as wide as said. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "expr.h"

static const struct {
	const char	*text;
	const char	*literal;	/* asked for, or NULL */
	unsigned int	 width;
	unsigned int	 lead;
	const char	*chosen;
} good[] = {
	{ "acme_[a-z0-9]{32}", NULL, 37, 0, "acme_" },
	{ "acme_[a-z0-9]{32}", "acme_", 37, 0, "acme_" },
	{ "acme_[a-z0-9]{32}", "cme", 37, 1, "cme" },
	{ "[0-9]{1,8}-token-[0-9]{2}", NULL, 17, 8, "-token-" },
	{ "(?:a|bb|ccc)key=\\d{4,6}", NULL, 13, 3, "key=" },
	{ "x?abc\\.def", NULL, 8, 1, "abc.def" },
	{ "\\bkey\\s{0,3}=\\s{0,3}[^\\]\\r ]{8}", NULL, -1U, 0, "key" },
	{ "abc[]-z]{2}", NULL, -1U, 0, "" },
	{ "ab(c){0,2}def", NULL, 7, 4, "def" },
	{ "abc{2}defg", NULL, 8, 4, "defg" },
	{ "a{1024}", NULL, -1U, 0, "" },
	{ "abc[.]def", NULL, 7, 0, "abc" },
	{ "abc.{1,100}?xyz{1,2}+", NULL, 107, 0, "abc" },
	{ "((((abc))))[a-]def", NULL, 7, 4, "def" },
	{ "abcdefghijklmnopqrstuvwxyz", NULL, 26, 0,
	    "abcdefghijklmnopqrstuvwx" },
	{ "a,b;c'd\"e/f%g&h~", NULL, 16, 0, "a,b;c'd\"e/f%g&h~" }
};

static const char *const bad[] = {
	"", "a", "ab", "abc*", "abc+", "abc{1,}", "abc{0}", "abc{2,1}",
	"abc{1025}", "abc.{1000}x{100}", "(abc){500}", "abc{", "abc{a}",
	"abc{1", "(abc", "abc)", "((abc)", "[abc", "abc[]", "abc[z-a]",
	"abc[[:digit:]]", "^abc", "abc$", "abc\\", "abc\\1", "abc\\p",
	"abc\\Q", "abc\\C", "abc\\K", "(?=abc)", "(?i)abc", "(?<!a)abc",
	"(*LIMIT_MATCH=1)abc", "(?R)abc", "(?>abc)def", "abc|def", "*abc",
	"?abc", "{2}abc", "abc{2}{3}", "abc??x?", "abc]", "abc}", "abc\x01",
	"abc\xc3\xa9", "[abc]{3}", "(?:abc|abd)", "a?b?c?", "abc\\b{2}",
	"(((((((((((((((((abc)))))))))))))))))", "abc{99999999999}"
};

ATF_TC_WITHOUT_HEAD(taken);
ATF_TC_BODY(taken, tc)
{
	struct expr	 e;
	const char	*errstr;
	pcre2_code	*code;
	char		 text[EXPR_LEN_MAX + 2];
	PCRE2_SIZE	 where;
	uint32_t	 min;
	size_t		 i;
	int		 error, r;

	(void)tc;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		errstr = "";
		r = expr_check(good[i].text, good[i].literal, &e, &errstr);
		if (good[i].width == -1U) {
			/* whichever way: never taken and wrong */
			if (r == -1)
				continue;
		} else {
			ATF_REQUIRE_MSG(r == 0, "%s %s", good[i].text,
			    errstr);
			ATF_CHECK_EQ_MSG(good[i].width, e.width, "%s: %u",
			    good[i].text, e.width);
			ATF_CHECK_EQ_MSG(good[i].lead, e.lead, "%s: %u",
			    good[i].text, e.lead);
			ATF_CHECK_STREQ(good[i].chosen, e.literal);
		}
		snprintf(text, sizeof(text), "(%s)", good[i].text);
		code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
		    PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
		    PCRE2_NEVER_BACKSLASH_C, &error, &where, NULL);
		ATF_REQUIRE_MSG(code != NULL, "%s at %zu", text,
		    (size_t)where);
		ATF_REQUIRE(pcre2_pattern_info(code, PCRE2_INFO_MINLENGTH,
		    &min) == 0);
		ATF_CHECK(min <= e.width);
		pcre2_code_free(code);
	}
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct expr	 e;
	const char	*errstr;
	size_t		 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errstr = NULL;
		ATF_CHECK_MSG(expr_check(bad[i], NULL, &e, &errstr) == -1,
		    "taken: %s", bad[i]);
		ATF_CHECK_MSG(errstr != NULL, "%s", bad[i]);
	}
	/* literals that are not in each match */
	ATF_CHECK_EQ(-1, expr_check("abcdef", "xyz", &e, &errstr));
	ATF_CHECK_EQ(-1, expr_check("abc?def", "abc", &e, &errstr));
	ATF_CHECK_EQ(-1, expr_check("(abc)def", "abc", &e, &errstr));
	ATF_CHECK_EQ(-1, expr_check("abcdef", "ab", &e, &errstr));
	ATF_CHECK_EQ(-1, expr_check("abcdef", "", &e, &errstr));
}

/* Whatever is taken of all short texts compiles, and is not too wide. */
ATF_TC_WITHOUT_HEAD(generated);
ATF_TC_BODY(generated, tc)
{
	static const char	 bytes[] = "abc()[]{}|?*+.\\^$-,:12d";
	struct expr		 e;
	const char		*errstr;
	pcre2_code		*code;
	char			 text[32], whole[40];
	PCRE2_SIZE		 where;
	uint32_t		 x = 1;
	unsigned int		 n, taken = 0;
	size_t			 i, len;
	int			 error;

	(void)tc;
	for (n = 0; n < 400000; n++) {
		len = 3;
		memcpy(text, "key", 3);
		for (i = 0; i < n % 12; i++) {
			x = x * 1664525U + 1013904223U;
			text[len++] = bytes[(x >> 16) % (sizeof(bytes) - 1)];
		}
		text[len] = '\0';
		if (expr_check(text, NULL, &e, &errstr) == -1)
			continue;
		taken++;
		ATF_REQUIRE(e.width >= 3 && e.width <= EXPR_WIDTH_MAX);
		ATF_REQUIRE(e.lead < e.width);
		snprintf(whole, sizeof(whole), "(%s)", text);
		code = pcre2_compile((PCRE2_SPTR)whole,
		    PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
		    PCRE2_NEVER_BACKSLASH_C, &error, &where, NULL);
		ATF_REQUIRE_MSG(code != NULL, "%s", whole);
		pcre2_code_free(code);
	}
	ATF_CHECK_MSG(taken > 1000, "%u", taken);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, taken);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, generated);
	return (atf_no_error());
}
