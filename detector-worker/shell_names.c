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
 * The shell's view costs as much as all others together if every line is
 * rewritten to see whether there is a command in it.  There is none unless a
 * word is one as it stands, or the rewriting joins two pieces of a word, cuts
 * one in two, or makes letters from numbers.  That is told from a bit for each
 * byte, 64 of them at once.
 */

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "shell_names.h"

#define BLOCK	64

/* In order. */
static const char *const commands[] = {
	"aria2c", "ash", "authorized_keys", "authorized_keys2", "awk",
	"base64", "bash", "busybox", "csh", "curl", "dash", "dd", "eval",
	"fetch", "find", "fish", "gawk", "iex", "ksh", "mkfifo", "mkfs", "nc",
	"ncat", "netcat", "node", "openssl", "perl", "php", "python",
	"python2", "python3", "rm", "ruby", "sh", "shred", "socat", "source",
	"tcsh", "telnet", "wget", "xxd", "zsh"
};
#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

#define B_NAME		1
#define B_SPECIAL	2		/* may have to go */
static const uint8_t classes[256] = {
	['\''] = B_SPECIAL, ['"'] = B_SPECIAL, ['\\'] = B_SPECIAL,
	['$'] = B_SPECIAL, ['{'] = B_SPECIAL,
#define N8(c)	[c] = B_NAME, [(c) + 1] = B_NAME, [(c) + 2] = B_NAME, \
		[(c) + 3] = B_NAME, [(c) + 4] = B_NAME, [(c) + 5] = B_NAME, \
		[(c) + 6] = B_NAME, [(c) + 7] = B_NAME
	N8('0'), ['8'] = B_NAME, ['9'] = B_NAME, ['_'] = B_NAME,
	N8('A'), N8('I'), N8('Q'), ['Y'] = B_NAME, ['Z'] = B_NAME,
	N8('a'), N8('i'), N8('q'), ['y'] = B_NAME, ['z'] = B_NAME
#undef N8
};

void
names_learn(struct names *nm)
{
	unsigned int	 letter;
	size_t		 i;

	memset(nm, 0, sizeof(*nm));
	for (i = NCOMMANDS; i-- > 0;) {
		letter = (unsigned int)commands[i][0] - 'a';
		nm->first[letter] = (uint8_t)i;
		nm->lengths[letter] |= (uint32_t)1 << strlen(commands[i]);
		nm->second[letter] |= (uint32_t)1 << (commands[i][1] - 'a');
	}
}

int
names_byte(uint8_t c)
{
	return ((classes[c] & B_NAME) != 0);
}

int
names_cut(uint8_t c)
{
	return (classes[c] == 0 && c != '\r' && c != '\n');
}

/* Nearly every word is told apart by its first letters and its length. */
static int
is_command(const struct names *nm, const uint8_t *s, size_t len)
{
	unsigned int	 letter = (unsigned int)s[0] - 'a';
	size_t		 i;

	if (letter >= 26 || len >= 32 || (nm->lengths[letter] >> len & 1) == 0)
		return (0);
	for (i = nm->first[letter]; i < NCOMMANDS &&
	    commands[i][0] == (char)s[0]; i++)
		if (commands[i][1] == (char)s[1] &&
		    strncmp(commands[i], (const char *)s, len) == 0 &&
		    commands[i][len] == '\0')
			return (1);
	return (0);
}

/* Whether the word that begins at a place is a command. */
static int
command_at(const struct names *nm, const uint8_t *s, size_t at, size_t len)
{
	unsigned int	 a, b;
	size_t		 end;

	if (len < 2 || at > len - 2)
		return (0);
	a = (unsigned int)s[at] - 'a';
	b = (unsigned int)s[at + 1] - 'a';
	if (a >= 26 || b >= 26 || (nm->second[a] >> b & 1) == 0)
		return (0);
	for (end = at + 2; end < len && names_byte(s[end]); end++)
		continue;
	return (is_command(nm, s + at, end - at));
}

int
names_in(const struct names *nm, const uint8_t *s, size_t len)
{
	size_t	 i = 0;

	while (i < len) {
		if (!names_byte(s[i])) {
			i++;
			continue;
		}
		if (command_at(nm, s, i, len))
			return (1);
		while (i < len && names_byte(s[i]))
			i++;
	}
	return (0);
}

/* Bits of the bytes of a block. */
struct bits {
	uint64_t	 name;
	uint64_t	 special;
	uint64_t	 escape;	/* of these, backslashes and dollars */
};

#ifdef __SSE2__
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

static void
block_bits(const uint8_t *p, struct bits *b)
{
	__m128i		 v, name, escape, special;
	unsigned int	 i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < BLOCK; i += 16) {
		v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		name = _mm_or_si128(between(v, '0', 9), is(v, '_'));
		name = _mm_or_si128(name, between(_mm_or_si128(v,
		    _mm_set1_epi8(0x20)), 'a', 25));
		escape = _mm_or_si128(is(v, '\\'), is(v, '$'));
		special = _mm_or_si128(escape, is(v, '{'));
		special = _mm_or_si128(special, _mm_or_si128(is(v, '\''),
		    is(v, '"')));
		b->name |= (uint64_t)(uint32_t)_mm_movemask_epi8(name) << i;
		b->escape |= (uint64_t)(uint32_t)_mm_movemask_epi8(escape) <<
		    i;
		b->special |= (uint64_t)(uint32_t)_mm_movemask_epi8(special) <<
		    i;
	}
}
#else
static void
block_bits(const uint8_t *p, struct bits *b)
{
	unsigned int	 i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < BLOCK; i++) {
		b->name |= (uint64_t)(classes[p[i]] & B_NAME) << i;
		b->special |= (uint64_t)(classes[p[i]] >> 1) << i;
		b->escape |= (uint64_t)(p[i] == '\\' || p[i] == '$') << i;
	}
}
#endif

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c |= 0x20;
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* A number of hexadecimal digits, -1 if they are not all there. */
static int
number_at(const uint8_t *s, size_t at, size_t len, size_t n)
{
	int	 v = 0, x;

	for (; n > 0; n--, at++) {
		if (at >= len || (x = hex_value(s[at])) == -1)
			return (-1);
		v = v << 4 | x;
	}
	return (v);
}

/*
 * What a backslash or dollar at a place may do to a word: 1 if it is worth a
 * look, -1 if it stands for what no name has, and the word behind it is none.
 */
static int
escape_at(const struct names *nm, const uint8_t *s, size_t at, size_t len)
{
	uint8_t	 c = at + 1 < len ? s[at + 1] : '\0';
	size_t	 behind;
	int	 v = ' ';

	if (s[at] == '$')
		return (c == '@' || c == '*' || (c >= '0' && c <= '9'));
	behind = at + 2;
	switch (c) {
	case 'n':
	case 'r':
	case 't':
		break;
	case 'u':
		if ((v = number_at(s, at + 2, len, 4)) == -1)
			return (0);
		/* Others are left as they are: no name has a "u2019". */
		if (v > 0xff)
			return (-1);
		behind = at + 6;
		break;
	case 'x':
		if ((v = number_at(s, at + 2, len, 2)) == -1)
			return (0);
		behind = at + 4;
		break;
	case '0':
	case '1':
	case '2':
	case '3':
	case '\r':
	case '\n':
		return (1);
	default:
		return (0);
	}
	return (names_byte((uint8_t)v) || command_at(nm, s, behind, len) ? 1 :
	    -1);
}

/* Whether a word of a block, by its first letters and its length. */
static int
may_begin(const struct names *nm, const uint8_t *p, uint64_t word, size_t bit)
{
	unsigned int	 letter = (unsigned int)p[bit] - 'a', next, len;

	if (letter >= 26)
		return (0);
	if (bit < BLOCK - 1 && ((next = (unsigned int)p[bit + 1] - 'a') >= 26 ||
	    (nm->second[letter] >> next & 1) == 0))
		return (0);
	len = ~word == 0 ? BLOCK : (unsigned int)__builtin_ctzll(~word);
	return (bit + len >= BLOCK ||
	    (len < 32 && (nm->lengths[letter] >> len & 1) != 0));
}

size_t
names_next(const struct names *nm, const uint8_t *s, size_t len, int *special)
{
	struct bits	 b;
	uint64_t	 w, start, sum, any = 0;
	uint8_t		 last[BLOCK];
	const uint8_t	*p;
	size_t		 at, bit;
	int		 name = 0, run = 0, e;

	for (at = 0; at < len; at += BLOCK) {
		p = s + at;
		if (len - at < BLOCK) {
			memset(last, 0, sizeof(last));
			memcpy(last, p, len - at);
			p = last;
		}
		block_bits(p, &b);
		any |= b.special;
		/* Words as they stand. */
		for (w = b.name & ~(b.name << 1 | (uint64_t)name); w != 0;
		    w &= w - 1) {
			bit = (size_t)__builtin_ctzll(w);
			if (may_begin(nm, p, b.name >> bit, bit) &&
			    command_at(nm, s, at + bit, len))
				return (at);
		}
		for (w = b.escape; w != 0; w &= w - 1) {
			bit = (size_t)__builtin_ctzll(w);
			if ((e = escape_at(nm, s, at + bit, len)) == 1)
				return (at);
			if (e == -1)
				b.special &= ~(UINT64_C(1) << bit);
		}
		/*
		 * Runs of what may go, with a name's byte before and behind:
		 * the sum carries from the first bit of a run to behind it.
		 */
		start = b.special & (b.name << 1 | (uint64_t)name);
		if (run)
			start |= 1;
		sum = start + b.special;
		if (run && (b.special & 1) == 0)
			sum |= 1;
		if ((sum & ~b.special & b.name) != 0)
			return (at);
		run = sum < b.special;
		name = (int)(b.name >> (BLOCK - 1));
	}
	*special = any != 0;
	return (len);
}

int
names_maybe(const struct names *nm, const uint8_t *s, size_t len, int *special)
{
	return (names_next(nm, s, len, special) < len);
}
