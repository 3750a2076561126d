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

#include "../../detector-worker/classes.h"

#define WAYS	8	/* more than there are */

static int
is_one_of(const char *set, uint8_t c)
{
	return (c != '\0' && strchr(set, c) != NULL);
}

/* The classes of a byte, by their definition. */
#define DIGITS	"0123456789"
#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
static const char	 alnum[] = DIGITS LETTERS;
static const char	 base64[] = DIGITS LETTERS "+/-_\r\n";
static const char	 hex[] = DIGITS "abcdefABCDEF";
static const char	 name[] = DIGITS LETTERS "_";
static const char	 special[] = "'\"\\${";
static const char	 escape[] = "\\$";

static void
check_bits(const class_bits bits, const char *set, const uint8_t *p,
    size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		ATF_REQUIRE_EQ(is_one_of(set, p[i]),
		    (int)(classes_at(bits, i) & 1));
	if (len > 0)
		ATF_REQUIRE_EQ(is_one_of(set, p[len - 1]),
		    classes_at(bits, len - 1));
}

static void
check_has(const struct classes *c, const uint8_t *p, size_t len)
{
	static const struct {
		unsigned int	 bit;
		int		 byte;
	} has[] = {
		{ HAS_PERCENT, '%' }, { HAS_PLUS, '+' },
		{ HAS_AMPERSAND, '&' }, { HAS_BACKSLASH, '\\' },
		{ HAS_EQUALS, '=' }
	};
	size_t	 i;

	for (i = 0; i < sizeof(has) / sizeof(has[0]); i++)
		ATF_REQUIRE_EQ((c->has & has[i].bit) != 0,
		    len > 0 && memchr(p, has[i].byte, len) != NULL);
}

static size_t
run_by_definition(const char *set, const uint8_t *p, size_t from, size_t len)
{
	size_t	 i, n;

	for (i = from; i < len; i++) {
		for (n = 0; i + n < len && n < RUN_MIN &&
		    is_one_of(set, p[i + n]); n++)
			continue;
		if (n == RUN_MIN || i + n == len)
			return (i);
	}
	return (len);
}

static size_t
end_by_definition(const char *set, const uint8_t *p, size_t from, size_t len)
{
	while (from < len && is_one_of(set, p[from]))
		from++;
	return (from);
}

static void
check_text(const uint8_t *p, size_t len, size_t from)
{
	struct classes	*c = malloc(sizeof(*c));
	unsigned int	 way;

	ATF_REQUIRE(c != NULL);
	for (way = 0; way < WAYS; way++) {
		memset(c, 0xa5, sizeof(*c));
		if (!classes_find_way(c, p, len, way)) {
			classes_find(c, p, len);
			way = WAYS;
		}
		check_bits(c->alnum, alnum, p, len);
		check_bits(c->base64, base64, p, len);
		check_bits(c->hex, hex, p, len);
		check_bits(c->name, name, p, len);
		check_bits(c->special, special, p, len);
		check_bits(c->escape, escape, p, len);
		check_has(c, p, len);
		ATF_REQUIRE_EQ(run_by_definition(base64, p, from, len),
		    classes_run(c->base64, from, len));
		ATF_REQUIRE_EQ(run_by_definition(hex, p, from, len),
		    classes_run(c->hex, from, len));
		ATF_REQUIRE_EQ(end_by_definition(alnum, p, from, len),
		    classes_run_end(c->alnum, from, len));
	}
	free(c);
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
		check_text(text, sizeof(text), 0);
	}
}

ATF_TC_WITHOUT_HEAD(each_place);
ATF_TC_BODY(each_place, tc)
{
	uint8_t	*text;
	size_t	 at, len, run;

	(void)tc;
	/* Of its very length, so that a byte too many is noticed. */
	for (len = 1; len < 140; len += len < 50 ? 7 : 1)
		for (at = 0; at < len; at++)
			for (run = 1; run <= 18 && at + run <= len; run += 4) {
				text = malloc(len);
				ATF_REQUIRE(text != NULL);
				memset(text, ' ', len);
				memset(text + at, 'a', run);
				check_text(text, len, 0);
				free(text);
			}
}

static void
any_text(const char *alphabet, size_t most, int times)
{
	uint8_t		*text;
	uint32_t	 seed = 1;
	size_t		 i, len, dense;

	for (; times > 0; times--) {
		seed = seed * 1664525 + 1013904223;
		len = (seed >> 8) % (most + 1);
		dense = 8 + (seed >> 20 & 0x1f);
		text = malloc(len + 1);
		ATF_REQUIRE(text != NULL);
		for (i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (seed >> 16) % dense == 0 ? ' ' :
			    alphabet == NULL ? (uint8_t)(seed >> 24) :
			    (uint8_t)alphabet[(seed >> 24) %
			    strlen(alphabet)];
		}
		check_text(text, len, len == 0 ? 0 : seed % len);
		free(text);
	}
}

ATF_TC_WITHOUT_HEAD(texts);
ATF_TC_BODY(texts, tc)
{
	(void)tc;
	any_text("abcdef0123456789xyz+ ", 300, 500);
	any_text("abcdef0123456789", 300, 500);
	any_text(NULL, 300, 500);
	any_text("abcdef0123456789_/", CLASSES_MAX, 20);
	check_text((const uint8_t *)"", 0, 0);
}

ATF_TC_WITHOUT_HEAD(whole_block);
ATF_TC_BODY(whole_block, tc)
{
	uint8_t	*text = malloc(CLASSES_MAX);

	(void)tc;
	ATF_REQUIRE(text != NULL);
	memset(text, 'a', CLASSES_MAX);
	check_text(text, CLASSES_MAX, CLASSES_MAX - 1);
	memset(text, ' ', CLASSES_MAX - 3);
	check_text(text, CLASSES_MAX, 0);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_byte);
	ATF_TP_ADD_TC(tp, each_place);
	ATF_TP_ADD_TC(tp, texts);
	ATF_TP_ADD_TC(tp, whole_block);
	return (atf_no_error());
}
