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

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "runs.h"

static const uint8_t classes[256] = {
	['\n'] = RUN_BASE64, ['\r'] = RUN_BASE64, ['+'] = RUN_BASE64,
	['-'] = RUN_BASE64, ['/'] = RUN_BASE64, ['_'] = RUN_BASE64,
#define BOTH	(RUN_BASE64 | RUN_HEX)
	['0'] = BOTH, ['1'] = BOTH, ['2'] = BOTH, ['3'] = BOTH, ['4'] = BOTH,
	['5'] = BOTH, ['6'] = BOTH, ['7'] = BOTH, ['8'] = BOTH, ['9'] = BOTH,
	['A'] = BOTH, ['B'] = BOTH, ['C'] = BOTH, ['D'] = BOTH, ['E'] = BOTH,
	['F'] = BOTH,
	['a'] = BOTH, ['b'] = BOTH, ['c'] = BOTH, ['d'] = BOTH, ['e'] = BOTH,
	['f'] = BOTH,
#undef BOTH
#define N4(c)	[c] = RUN_BASE64, [(c) + 1] = RUN_BASE64, \
		[(c) + 2] = RUN_BASE64, [(c) + 3] = RUN_BASE64
	N4('G'), N4('K'), N4('O'), N4('S'), N4('W'),
	N4('g'), N4('k'), N4('o'), N4('s'), N4('w')
#undef N4
};

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

/* A bit for each of 16 bytes that is of the class. */
static unsigned int
class_bits(enum run_class class, const uint8_t *p)
{
	__m128i	 v = _mm_loadu_si128((const __m128i *)(const void *)p), in;
	__m128i	 lower = _mm_or_si128(v, _mm_set1_epi8(0x20));

	if (class == RUN_HEX)
		in = _mm_or_si128(between(v, '0', 9), between(lower, 'a', 5));
	else {
		in = _mm_or_si128(between(v, '/', 10), between(lower, 'a', 25));
		in = _mm_or_si128(in, _mm_or_si128(is(v, '+'), is(v, '-')));
		in = _mm_or_si128(in, is(v, '_'));
		in = _mm_or_si128(in, _mm_or_si128(is(v, '\n'), is(v, '\r')));
	}
	return ((unsigned int)_mm_movemask_epi8(in));
}

/* Over whole blocks of 16 bytes; run says how many behind from are of it. */
static size_t
run_blocks(enum run_class class, const uint8_t *p, size_t from, size_t len,
    size_t *run)
{
	unsigned int	 bits;
	size_t		 n = 0;

	for (; len - from >= 16; from += 16) {
		bits = class_bits(class, p + from);
		/* How many at its beginning go on with the run before? */
		if (n + (size_t)__builtin_ctz(~bits) >= RUN_MIN)
			break;
		/* And at its end, where another begins. */
		n = (size_t)__builtin_clz(~bits << 16 | 0x8000);
	}
	*run = n;
	return (from);
}
#endif

size_t
run_next(enum run_class class, const uint8_t *p, size_t from, size_t len)
{
	size_t	 n = 0;

#ifdef __SSE2__
	from = run_blocks(class, p, from, len, &n);
#endif
	for (; from < len && n < RUN_MIN; from++)
		n = (classes[p[from]] & class) != 0 ? n + 1 : 0;
	return (from - n);
}
