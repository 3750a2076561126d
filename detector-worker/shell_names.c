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
 * one in two, or makes letters from numbers.  That is told from the bits in
 * classes.h.
 */

#include <string.h>

#include "classes.h"
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
		    (len == 2 || commands[i][2] == (char)s[2]) &&
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
	uint64_t	 command;	/* where a name may begin */
};

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

/* The bits of the bytes of a block, which may be shorter at the end. */
static void
block_bits(const struct classes *c, size_t at, size_t len, struct bits *b)
{
	uint64_t	 all = ~UINT64_C(0);

	if (len < BLOCK)
		all >>= BLOCK - len;
	b->name = classes_at(c->name, at) & all;
	b->special = classes_at(c->special, at) & all;
	b->escape = classes_at(c->escape, at) & all;
	b->command = classes_at(c->command, at) & all;
}

/* Whether a word of a block is a command. */
static int
is_name(const struct names *nm, const uint8_t *s, size_t at, size_t len,
    uint64_t word, size_t bit)
{
	const uint8_t	*p = s + at + bit;
	unsigned int	 letter = (unsigned int)p[0] - 'a', next;
	size_t		 n;

	if (letter >= 26 || at + bit + 1 == len)
		return (0);
	if ((next = (unsigned int)p[1] - 'a') >= 26 ||
	    (nm->second[letter] >> next & 1) == 0)
		return (0);
	n = ~word == 0 ? BLOCK : (size_t)__builtin_ctzll(~word);
	if (bit + n >= BLOCK)
		return (command_at(nm, s, at + bit, len));
	return (is_command(nm, p, n));
}

size_t
names_next(const struct names *nm, const struct classes *c, const uint8_t *s,
    size_t len, int *special)
{
	struct classes	 own;
	struct bits	 b;
	uint64_t	 w, start, sum, any = 0;
	size_t		 at, bit, n;
	int		 name = 0, run = 0, e;

	for (at = 0; at < len; at += BLOCK) {
		if (c == NULL && at % CLASSES_MAX == 0) {
			n = len - at < CLASSES_MAX ? len - at : CLASSES_MAX;
			classes_find(&own, s + at, n);
		}
		if (c == NULL)
			block_bits(&own, at % CLASSES_MAX, len - at, &b);
		else
			block_bits(c, (size_t)(s - c->text) + at, len - at,
			    &b);
		any |= b.special;
		/* Words as they stand. */
		for (w = b.command & b.name & ~(b.name << 1 | (uint64_t)name);
		    w != 0; w &= w - 1) {
			bit = (size_t)__builtin_ctzll(w);
			if (is_name(nm, s, at, len, b.name >> bit, bit))
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
	return (names_next(nm, NULL, s, len, special) < len);
}
