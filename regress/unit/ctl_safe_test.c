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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../guardianctl/safe.h"

static void
check(const char *in, size_t len, const char *want)
{
	char	 out[512];
	size_t	 n;

	n = safe_copy(out, sizeof(out), in, len);
	ATF_CHECK_STREQ(want, out);
	ATF_CHECK_EQ(strlen(want), n);
}
#define CHECK(in, want)	check(in, sizeof(in) - 1, want)

ATF_TC_WITHOUT_HEAD(plain_text);
ATF_TC_BODY(plain_text, tc)
{
	CHECK("", "");
	CHECK("high ai_api_key 127.0.0.1 -> a:80 ~!@#", "high ai_api_key "
	    "127.0.0.1 -> a:80 ~!@#");
	/* letters of other scripts, and an astral character, stay */
	CHECK("\xc3\xa9\xe6\x97\xa5\xf0\x9f\x94\x91",
	    "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x94\x91");
	/* U+00A0 is the first after C1 */
	CHECK("\xc2\xa0", "\xc2\xa0");
}

ATF_TC_WITHOUT_HEAD(control_bytes);
ATF_TC_BODY(control_bytes, tc)
{
	char	 in[2], want[8];
	int	 c;

	for (c = 0; c < 0x20; c++) {
		in[0] = (char)c;
		snprintf(want, sizeof(want), "\\u%04x", (unsigned int)c);
		check(in, 1, want);
	}
	CHECK("\x7f", "\\u007f");
	/* clear screen, set title, hyperlink */
	CHECK("a\033[2Jb", "a\\u001b[2Jb");
	CHECK("\033]0;x\007", "\\u001b]0;x\\u0007");
	/* a forged second line */
	CHECK("x\r\nok  redaction", "x\\u000d\\u000aok  redaction");
}

ATF_TC_WITHOUT_HEAD(c1_controls);
ATF_TC_BODY(c1_controls, tc)
{
	char	 in[2], want[8];
	int	 c;

	/* as UTF-8 */
	for (c = 0x80; c < 0xa0; c++) {
		in[0] = '\xc2';
		in[1] = (char)c;
		snprintf(want, sizeof(want), "\\u%04x", (unsigned int)c);
		check(in, 2, want);
	}
	/* as the single bytes that an 8-bit terminal heeds: CSI, OSC */
	CHECK("\x9b" "2J", "\\ufffd2J");
	CHECK("\x9d" "0;x\x9c", "\\ufffd0;x\\ufffd");
}

ATF_TC_WITHOUT_HEAD(invisible_characters);
ATF_TC_BODY(invisible_characters, tc)
{
	CHECK("a\xe2\x80\xae" "b", "a\\u202eb");	/* RLO */
	CHECK("\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069");
	CHECK("\xe2\x80\x8b\xe2\x80\x8d", "\\u200b\\u200d");
	CHECK("\xd8\x9c", "\\u061c");
	CHECK("\xe2\x80\xa8", "\\u2028");
	CHECK("\xef\xbb\xbf", "\\ufeff");
	CHECK("\xef\xb8\x8f", "\\ufe0f");
	CHECK("\xc2\xad", "\\u00ad");
	/* a tag character: as JSON's surrogate pair */
	CHECK("\xf3\xa0\x81\x81", "\\udb40\\udc41");
}

ATF_TC_WITHOUT_HEAD(not_utf8);
ATF_TC_BODY(not_utf8, tc)
{
	CHECK("\xff", "\\ufffd");
	CHECK("a\xc3", "a\\ufffd");			/* cut short */
	CHECK("\xe2\x80" "x", "\\ufffd\\ufffdx");
	CHECK("\xf0\x9f\x94", "\\ufffd\\ufffd\\ufffd");
	CHECK("\xc0\x9b", "\\ufffd\\ufffd");		/* overlong ESC */
	CHECK("\xe0\x80\x9b", "\\ufffd\\ufffd\\ufffd");
	CHECK("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd");	/* surrogate */
	CHECK("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd");
	/* U+FFFD itself is a character like another */
	CHECK("\xef\xbf\xbd", "\xef\xbf\xbd");
}

/* No output is cut inside a character or an escape, whatever the size. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	static const char	 in[] = "a\033\xc3\xa9\xff";
	static const char	 whole[] = "a\\u001b\xc3\xa9\\ufffd";
	char			*out;
	size_t			 size, n;

	for (size = 1; size <= sizeof(whole) + 1; size++) {
		/* of its own, so that a sanitizer sees one byte too many */
		ATF_REQUIRE((out = malloc(size)) != NULL);
		n = safe_copy(out, size, in, sizeof(in) - 1);
		ATF_CHECK(n < size);
		ATF_CHECK_EQ('\0', out[n]);
		ATF_CHECK_EQ(0, memcmp(whole, out, n));
		ATF_CHECK(n == 0 || n == 1 || n == 7 || n == 9 || n == 15);
		free(out);
	}
}

ATF_TC_WITHOUT_HEAD(random_bytes);
ATF_TC_BODY(random_bytes, tc)
{
	unsigned char	 in[64];
	char		 out[sizeof(in) * SAFE_GROWTH + 1], again[sizeof(out)];
	uint32_t	 x = 2463534242U;	/* xorshift, fixed seed */
	size_t		 i, n;
	int		 round;

	for (round = 0; round < 20000; round++) {
		for (i = 0; i < sizeof(in); i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			in[i] = (unsigned char)(x >> 11);
		}
		n = safe_copy(out, sizeof(out), (char *)in, sizeof(in));
		for (i = 0; i < n; i++)
			ATF_REQUIRE((unsigned char)out[i] >= 0x20 &&
			    out[i] != 0x7f);
		/* what came out is safe: it passes unchanged */
		ATF_REQUIRE_EQ(n, safe_copy(again, sizeof(again), out, n));
		ATF_REQUIRE_STREQ(out, again);
	}
}

/* A whole line through the formatted way: one newline, and that at its end. */
ATF_TC_WITHOUT_HEAD(line);
ATF_TC_BODY(line, tc)
{
	char	 buf[256];
	FILE	*fp;
	size_t	 n;

	ATF_REQUIRE((fp = tmpfile()) != NULL);
	safe_line(fp, "%s %d", "one\ntwo\033[0m", 3);
	rewind(fp);
	n = fread(buf, 1, sizeof(buf) - 1, fp);
	buf[n] = '\0';
	ATF_CHECK_STREQ("one\\u000atwo\\u001b[0m 3\n", buf);
	fclose(fp);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain_text);
	ATF_TP_ADD_TC(tp, control_bytes);
	ATF_TP_ADD_TC(tp, c1_controls);
	ATF_TP_ADD_TC(tp, invisible_characters);
	ATF_TP_ADD_TC(tp, not_utf8);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, random_bytes);
	ATF_TP_ADD_TC(tp, line);
	return atf_no_error();
}
