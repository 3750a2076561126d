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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "../../detector-worker/runs.h"

/* The same, by its definition. */
static int
is_in(enum run_class class, uint8_t c)
{
	static const char	 hex[] = "0123456789abcdefABCDEF";
	static const char	 more[] = "ghijklmnopqrstuvwxyz"
	    "GHIJKLMNOPQRSTUVWXYZ+/-_\r\n";

	if (c == '\0')
		return (0);
	return (strchr(hex, c) != NULL ||
	    (class == RUN_BASE64 && strchr(more, c) != NULL));
}

static size_t
by_definition(enum run_class class, const uint8_t *p, size_t from, size_t len)
{
	size_t	 i, n;

	for (i = from; i < len; i++) {
		for (n = 0; i + n < len && n < RUN_MIN &&
		    is_in(class, p[i + n]); n++)
			continue;
		if (n == RUN_MIN || i + n == len)
			return (i);
	}
	return (len);
}

ATF_TC_WITHOUT_HEAD(each_byte);
ATF_TC_BODY(each_byte, tc)
{
	uint8_t	 text[2 * RUN_MIN];
	int	 c;

	(void)tc;
	for (c = 0; c < 256; c++) {
		memset(text, '!', sizeof(text));
		memset(text + 3, c, RUN_MIN);
		ATF_CHECK_EQ(is_in(RUN_BASE64, (uint8_t)c) ? 3 :
		    sizeof(text), run_next(RUN_BASE64, text, 0, sizeof(text)));
		ATF_CHECK_EQ(is_in(RUN_HEX, (uint8_t)c) ? 3 : sizeof(text),
		    run_next(RUN_HEX, text, 0, sizeof(text)));
	}
}

ATF_TC_WITHOUT_HEAD(each_place);
ATF_TC_BODY(each_place, tc)
{
	uint8_t	*text;
	size_t	 at, len, run;

	(void)tc;
	/* Of its very length, so that a byte too many is noticed. */
	for (len = 1; len < 80; len++)
		for (at = 0; at < len; at++)
			for (run = 1; run <= 18 && at + run <= len; run++) {
				text = malloc(len);
				ATF_REQUIRE(text != NULL);
				memset(text, ' ', len);
				memset(text + at, 'a', run);
				ATF_CHECK_EQ(by_definition(RUN_HEX, text, 0,
				    len), run_next(RUN_HEX, text, 0, len));
				free(text);
			}
}

ATF_TC_WITHOUT_HEAD(any_text);
ATF_TC_BODY(any_text, tc)
{
	static const char	 alphabet[] = "abcdef0123456789xyz+ ";
	uint8_t			 text[300];
	uint32_t		 seed = 1;
	size_t			 i, from, len, dense;
	int			 k;

	(void)tc;
	for (k = 0; k < 20000; k++) {
		seed = seed * 1664525 + 1013904223;
		len = seed >> 8 & 0xff;
		dense = 8 + (seed >> 20 & 0x1f);
		for (i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (seed >> 16) % dense == 0 ? ' ' :
			    (uint8_t)alphabet[(seed >> 24) %
			    (sizeof(alphabet) - 1)];
		}
		from = len == 0 ? 0 : seed % len;
		ATF_CHECK_EQ(by_definition(RUN_BASE64, text, from, len),
		    run_next(RUN_BASE64, text, from, len));
		ATF_CHECK_EQ(by_definition(RUN_HEX, text, from, len),
		    run_next(RUN_HEX, text, from, len));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_byte);
	ATF_TP_ADD_TC(tp, each_place);
	ATF_TP_ADD_TC(tp, any_text);
	return (atf_no_error());
}
