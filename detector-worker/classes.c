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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "classes.h"

#define CHUNK	64	/* bytes of a word */

/* The bits of one chunk. */
struct words {
	uint64_t	 alnum;
	uint64_t	 base64;
	uint64_t	 hex;
	uint64_t	 name;
	uint64_t	 special;
	uint64_t	 escape;
	uint64_t	 command;
};

/* Chunks of a text in a row, with at least one byte behind the last. */
typedef unsigned int	(*find_fn)(struct classes *, const uint8_t *, size_t n,
			    size_t word);

static void
words_put(struct classes *c, size_t i, const struct words *w)
{
	c->alnum[i] = w->alnum;
	c->base64[i] = w->base64;
	c->hex[i] = w->hex;
	c->name[i] = w->name;
	c->special[i] = w->special;
	c->escape[i] = w->escape;
	c->command[i] = w->command;
}

#define C_ALNUM		0x01
#define C_BASE64	0x02
#define C_HEX		0x04
#define C_NAME		0x08
#define C_SPECIAL	0x10
#define C_ESCAPE	0x20

static unsigned int
class_of(uint8_t c)
{
	unsigned int	 class = 0;

	if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
		class = C_ALNUM | C_BASE64 | C_NAME;
	if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))
		class |= C_HEX;
	switch (c) {
	case '_':
		return (C_BASE64 | C_NAME);
	case '+':
	case '-':
	case '/':
	case '\n':
	case '\r':
		return (C_BASE64);
	case '\\':
	case '$':
		return (C_SPECIAL | C_ESCAPE);
	case '\'':
	case '"':
	case '{':
		return (C_SPECIAL);
	}
	return (class);
}

static unsigned int
has_of(uint8_t c)
{
	switch (c) {
	case '%':
		return (HAS_PERCENT);
	case '+':
		return (HAS_PLUS);
	case '&':
		return (HAS_AMPERSAND);
	case '\\':
		return (HAS_BACKSLASH);
	case '=':
		return (HAS_EQUALS);
	}
	return (0);
}

static unsigned int
find_bytes(struct classes *c, const uint8_t *p, size_t n, size_t word)
{
	struct words	 w;
	unsigned int	 class, has = 0;
	size_t		 i;

	for (; n > 0; n--, word++, p += CHUNK) {
		memset(&w, 0, sizeof(w));
		for (i = 0; i < CHUNK; i++) {
			class = class_of(p[i]);
			has |= has_of(p[i]);
			w.alnum |= (uint64_t)((class & C_ALNUM) != 0) << i;
			w.base64 |= (uint64_t)((class & C_BASE64) != 0) << i;
			w.hex |= (uint64_t)((class & C_HEX) != 0) << i;
			w.name |= (uint64_t)((class & C_NAME) != 0) << i;
			w.special |= (uint64_t)((class & C_SPECIAL) != 0) << i;
			w.escape |= (uint64_t)((class & C_ESCAPE) != 0) << i;
		}
		w.command = w.name;
		words_put(c, word, &w);
	}
	return (has);
}

#ifdef __SSE2__
/* Bytes from a first one on, so many. */
static __m128i
between(__m128i v, char first, char n)
{
	v = _mm_sub_epi8(v, _mm_set1_epi8(first));
	return (_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(n)), v));
}

static __m128i
is(__m128i v, char c)
{
	return (_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

static __m128i
or3(__m128i a, __m128i b, __m128i c)
{
	return (_mm_or_si128(a, _mm_or_si128(b, c)));
}

static uint64_t
mask(__m128i v)
{
	return ((uint64_t)(uint32_t)_mm_movemask_epi8(v));
}

static unsigned int
find_sse2(struct classes *c, const uint8_t *p, size_t n, size_t word)
{
	__m128i		 v, lower, digit, alnum, under, escape, slash;
	__m128i		 percent, plus, amp, back, equals;
	struct words	 w;
	unsigned int	 i;

	percent = plus = amp = back = equals = _mm_setzero_si128();
	for (; n > 0; n--, word++, p += CHUNK) {
		memset(&w, 0, sizeof(w));
		for (i = 0; i < CHUNK; i += 16) {
			v = _mm_loadu_si128((const void *)(p + i));
			lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
			digit = between(v, '0', 9);
			alnum = _mm_or_si128(digit, between(lower, 'a', 25));
			under = is(v, '_');
			w.alnum |= mask(alnum) << i;
			w.name |= mask(_mm_or_si128(alnum, under)) << i;
			w.hex |= mask(_mm_or_si128(digit,
			    between(lower, 'a', 5))) << i;
			plus = _mm_or_si128(plus, is(v, '+'));
			w.base64 |= mask(or3(alnum,
			    or3(under, is(v, '+'), is(v, '-')),
			    or3(is(v, '/'), is(v, '\n'), is(v, '\r')))) << i;
			slash = is(v, '\\');
			back = _mm_or_si128(back, slash);
			escape = _mm_or_si128(slash, is(v, '$'));
			w.escape |= mask(escape) << i;
			w.special |= mask(or3(escape, is(v, '{'),
			    _mm_or_si128(is(v, '\''), is(v, '"')))) << i;
			percent = _mm_or_si128(percent, is(v, '%'));
			amp = _mm_or_si128(amp, is(v, '&'));
			equals = _mm_or_si128(equals, is(v, '='));
		}
		w.command = w.name;
		words_put(c, word, &w);
	}
	return ((mask(percent) != 0 ? HAS_PERCENT : 0) |
	    (mask(plus) != 0 ? HAS_PLUS : 0) |
	    (mask(amp) != 0 ? HAS_AMPERSAND : 0) |
	    (mask(back) != 0 ? HAS_BACKSLASH : 0) |
	    (mask(equals) != 0 ? HAS_EQUALS : 0));
}

/*
 * With a table look-up for each half of a byte, a bit of what both say is a
 * class: the bytes of some columns and some rows of the ASCII table.
 */
#define K_DIGIT		0x01	/* 0 to 9 */
#define K_EARLY		0x02	/* A to O, a to o */
#define K_LATE		0x04	/* P to Z, p to z */
#define K_DIGITS	0x08	/* A to F, a to f */
#define K_MARK		0x10	/* + - / */
#define K_LINE		0x20	/* ends of lines */
#define K_UNDER		0x80	/* which a mask tells at once */

#define S_ESCAPE	0x01	/* "$" */
#define S_BACK		0x02	/* "\\" */
#define S_QUOTE		0x04	/* quotes */
#define S_BRACE		0x08	/* "{" */
#define S_PERCENT	0x10
#define S_AMP		0x20
#define S_PLUS		0x40
#define S_EQUALS	0x80

struct table {
	uint8_t	 low[16];
	uint8_t	 high[16];
};

static const struct table kinds = {
	{
		K_DIGIT | K_LATE,
		K_DIGIT | K_EARLY | K_LATE | K_DIGITS,
		K_DIGIT | K_EARLY | K_LATE | K_DIGITS,
		K_DIGIT | K_EARLY | K_LATE | K_DIGITS,
		K_DIGIT | K_EARLY | K_LATE | K_DIGITS,
		K_DIGIT | K_EARLY | K_LATE | K_DIGITS,
		K_DIGIT | K_EARLY | K_LATE | K_DIGITS,
		K_DIGIT | K_EARLY | K_LATE,
		K_DIGIT | K_EARLY | K_LATE,
		K_DIGIT | K_EARLY | K_LATE,
		K_EARLY | K_LATE | K_LINE,
		K_EARLY | K_MARK,
		K_EARLY,
		K_EARLY | K_MARK | K_LINE,
		K_EARLY,
		K_EARLY | K_MARK | K_UNDER
	}, {
		[0] = K_LINE, [2] = K_MARK, [3] = K_DIGIT,
		[4] = K_EARLY | K_DIGITS, [5] = K_LATE | K_UNDER,
		[6] = K_EARLY | K_DIGITS, [7] = K_LATE
	}
};

static const struct table specials = {
	{
		[2] = S_QUOTE, [4] = S_ESCAPE, [5] = S_PERCENT, [6] = S_AMP,
		[7] = S_QUOTE, [0xb] = S_PLUS | S_BRACE, [0xc] = S_BACK,
		[0xd] = S_EQUALS
	}, {
		[2] = S_QUOTE | S_ESCAPE | S_PERCENT | S_AMP | S_PLUS,
		[3] = S_EQUALS, [5] = S_BACK, [7] = S_BRACE
	}
};

/*
 * The first two letters of the names in shell_names.c, in eight groups: a bit
 * of what the tables say of the first letter and of the second.
 */
#define G_AK	0x01	/* ar as au aw ks */
#define G_BCDG	0x02	/* ba bu cs cu da dd ga */
#define G_EFIN	0x04	/* ev fe fi ie nc ne no */
#define G_MO	0x08	/* mk op */
#define G_PT	0x10	/* pe ph py tc te */
#define G_R	0x20	/* rm ru */
#define G_S	0x40	/* sh so */
#define G_WXZ	0x80	/* wg xx zs */

static const struct table firsts = {
	{
		[0x0] = G_PT, [0x1] = G_AK, [0x2] = G_BCDG | G_R,
		[0x3] = G_BCDG | G_S, [0x4] = G_BCDG | G_PT,
		[0x5] = G_EFIN, [0x6] = G_EFIN, [0x7] = G_BCDG | G_WXZ,
		[0x8] = G_WXZ, [0x9] = G_EFIN, [0xa] = G_WXZ, [0xb] = G_AK,
		[0xd] = G_MO, [0xe] = G_EFIN, [0xf] = G_MO
	}, {
		[6] = G_AK | G_BCDG | G_EFIN | G_MO,
		[7] = G_PT | G_R | G_S | G_WXZ
	}
};

static const struct table seconds = {
	{
		[0x0] = G_MO, [0x1] = G_BCDG, [0x2] = G_AK,
		[0x3] = G_AK | G_BCDG | G_EFIN | G_PT | G_WXZ,
		[0x4] = G_BCDG, [0x5] = G_AK | G_BCDG | G_EFIN | G_PT | G_R,
		[0x6] = G_EFIN, [0x7] = G_AK | G_WXZ,
		[0x8] = G_PT | G_S | G_WXZ, [0x9] = G_EFIN | G_PT,
		[0xb] = G_MO, [0xd] = G_R,
		[0xf] = G_EFIN | G_S
	}, {
		[6] = G_BCDG | G_EFIN | G_MO | G_PT | G_R | G_S | G_WXZ,
		[7] = G_AK | G_BCDG | G_EFIN | G_MO | G_PT | G_R | G_WXZ
	}
};

#define AVX2	__attribute__((__target__("avx2")))

AVX2 static __m256i
wide(const uint8_t *p)
{
	return (_mm256_broadcastsi128_si256(_mm_loadu_si128(
	    (const void *)p)));
}

AVX2 static __m256i
look_up(const struct table *t, __m256i low, __m256i high)
{
	return (_mm256_and_si256(_mm256_shuffle_epi8(wide(t->low), low),
	    _mm256_shuffle_epi8(wide(t->high), high)));
}

/* Classes without the highest bit. */
AVX2 static uint64_t
wide_mask(__m256i v, int classes)
{
	v = _mm256_and_si256(v, _mm256_set1_epi8((char)classes));
	return ((uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(v,
	    _mm256_setzero_si256())));
}

AVX2 static __m256i
high_half(__m256i v)
{
	return (_mm256_and_si256(_mm256_srli_epi16(v, 4),
	    _mm256_set1_epi8(0x0f)));
}

AVX2 static unsigned int
find_avx2(struct classes *c, const uint8_t *p, size_t n, size_t word)
{
	__m256i		 v, low, high, kind, special, all, next, pair;
	struct words	 w;
	uint8_t		 seen[32];
	unsigned int	 i, has = 0;

	all = _mm256_setzero_si256();
	for (; n > 0; n--, word++, p += CHUNK) {
		memset(&w, 0, sizeof(w));
		for (i = 0; i < CHUNK; i += 32) {
			v = _mm256_loadu_si256((const void *)(p + i));
			/* Of a byte with its high bit the table says zero. */
			low = _mm256_and_si256(v,
			    _mm256_set1_epi8((char)0x8f));
			high = high_half(v);
			kind = look_up(&kinds, low, high);
			special = look_up(&specials, low, high);
			all = _mm256_or_si256(all, special);
			pair = look_up(&firsts, low, high);
			next = _mm256_loadu_si256((const void *)(p + i + 1));
			pair = _mm256_and_si256(pair, look_up(&seconds,
			    _mm256_and_si256(next,
			    _mm256_set1_epi8((char)0x8f)), high_half(next)));
			w.alnum |= wide_mask(kind, K_DIGIT | K_EARLY |
			    K_LATE) << i;
			w.hex |= wide_mask(kind, K_DIGIT | K_DIGITS) << i;
			w.name |= (uint64_t)(uint32_t)_mm256_movemask_epi8(
			    kind) << i;
			w.base64 |= wide_mask(kind, K_MARK | K_LINE) << i;
			w.escape |= wide_mask(special, S_ESCAPE | S_BACK) << i;
			w.special |= wide_mask(special, S_QUOTE | S_BRACE) <<
			    i;
			w.command |= (uint64_t)(uint32_t)
			    _mm256_movemask_epi8(_mm256_cmpeq_epi8(pair,
			    _mm256_setzero_si256())) << i;
		}
		w.name |= w.alnum;
		w.base64 |= w.name;
		w.special |= w.escape;
		w.command = ~w.command;
		words_put(c, word, &w);
	}
	_mm256_storeu_si256((void *)seen, all);
	for (i = 0; i < sizeof(seen); i++)
		has |= seen[i];
	return (((has & S_PERCENT) != 0 ? HAS_PERCENT : 0) |
	    ((has & S_PLUS) != 0 ? HAS_PLUS : 0) |
	    ((has & S_AMP) != 0 ? HAS_AMPERSAND : 0) |
	    ((has & S_BACK) != 0 ? HAS_BACKSLASH : 0) |
	    ((has & S_EQUALS) != 0 ? HAS_EQUALS : 0));
}
#endif

static void
find_with(find_fn find, struct classes *c, const uint8_t *p, size_t len)
{
	static const struct words	 none;
	uint8_t				 last[CHUNK + 1];
	size_t				 n;

	c->text = p;
	c->len = len;
	c->has = 0;
	if (len > 0) {
		n = (len - 1) / CHUNK;
		c->has = find(c, p, n, 0);
		memset(last, 0, sizeof(last));
		memcpy(last, p + n * CHUNK, len - n * CHUNK);
		c->has |= find(c, last, 1, n);
		/* What comes next is not known. */
		c->command[n] |= UINT64_C(1) << (len - 1) % CHUNK;
		n++;
	} else
		n = 0;
	words_put(c, n, &none);
}

int
classes_find_way(struct classes *c, const uint8_t *p, size_t len,
    unsigned int way)
{
	static const find_fn	 ways[] = {
		find_bytes,
#ifdef __SSE2__
		find_sse2, find_avx2
#endif
	};

	if (way >= sizeof(ways) / sizeof(ways[0]))
		return (0);
#ifdef __SSE2__
	if (ways[way] == find_avx2 && !__builtin_cpu_supports("avx2"))
		return (0);
#endif
	find_with(ways[way], c, p, len);
	return (1);
}

void
classes_find(struct classes *c, const uint8_t *p, size_t len)
{
#ifdef __SSE2__
	find_with(__builtin_cpu_supports("avx2") ? find_avx2 : find_sse2, c, p,
	    len);
#else
	find_with(find_bytes, c, p, len);
#endif
}

size_t
classes_run(const class_bits bits, size_t from, size_t len)
{
	uint64_t	 w, r;
	size_t		 i, n = 0, before;

	if (from >= len)
		return (len);
	w = bits[from / 64] & ~UINT64_C(0) << from % 64;
	for (i = from / 64; i * 64 < len; w = bits[++i]) {
		/* Does the one go on that the last word ended with? */
		if (n > 0 && (w == ~UINT64_C(0) ||
		    n + (size_t)__builtin_ctzll(~w) >= RUN_MIN))
			return (i * 64 - n);
		r = w & w >> 1;
		r &= r >> 2;
		r &= r >> 4;
		r &= r >> 8;
		if (r != 0)
			return (i * 64 + (size_t)__builtin_ctzll(r));
		before = n;
		n = (size_t)__builtin_clzll(~w);
		/* The last word may have room behind the last byte. */
		if (len - i * 64 < 64) {
			n = (size_t)__builtin_clzll(~(w <<
			    (64 - (len - i * 64))));
			if (n == len - i * 64)
				n += before;
		}
	}
	return (len - n);
}

size_t
classes_run_end(const class_bits bits, size_t from, size_t len)
{
	uint64_t	 w, first = ~UINT64_C(0) << from % 64;
	size_t		 i;

	for (i = from / 64; i * 64 < len; i++, first = ~UINT64_C(0)) {
		if ((w = ~bits[i] & first) == 0)
			continue;
		i = i * 64 + (size_t)__builtin_ctzll(w);
		return (i < len ? i : len);
	}
	return (len);
}
