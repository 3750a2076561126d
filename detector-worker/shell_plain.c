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
 * What a line of a shell comes to: quotes, backslashes, continuations, $IFS,
 * unset parameters and lists in braces are undone, and a substitution that
 * does no more than print its words is those.  This is no parser of sh(1):
 * quotes go, whatever they quote, because what is left is read by rules that
 * want the words of a command in their order.
 */

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "shell.h"
#include "shell_names.h"

#define PRINTED_MAX	64	/* bytes of a substitution that prints */
#define COMMENT_MAX	128	/* bytes of one behind an operator */

/* Bytes that may have to go. */
static int
is_special(uint8_t c)
{
	return (c == '\'' || c == '"' || c == '\\' || c == '$' || c == '{' ||
	    c == '`');
}

static int
hex_value(uint8_t c)
{
	if (isdigit(c))
		return (c - '0');
	c = (uint8_t)tolower(c);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* A backslash and what it stands for; how many bytes that took. */
static size_t
unescape(const uint8_t *s, size_t len, uint8_t *out, size_t *outlen)
{
	int	 v;

	*outlen = 0;
	if (len < 2)
		return (1);
	if (s[1] == '\n')
		return (2);
	if (s[1] == '\r' && len > 2 && s[2] == '\n')
		return (3);
	*outlen = 1;
	if (s[1] == 'x' && len > 3 && hex_value(s[2]) != -1 &&
	    hex_value(s[3]) != -1) {
		v = hex_value(s[2]) << 4 | hex_value(s[3]);
		*out = (uint8_t)v;
		return (4);
	}
	if (s[1] >= '0' && s[1] <= '3' && len > 3 && s[2] >= '0' &&
	    s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
		*out = (uint8_t)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
		    (s[3] - '0'));
		return (4);
	}
	if (s[1] == 'u' && len > 5 && s[2] == '0' && s[3] == '0' &&
	    hex_value(s[4]) != -1 && hex_value(s[5]) != -1) {
		v = hex_value(s[4]) << 4 | hex_value(s[5]);
		*out = (uint8_t)v;
		return (6);
	}
	/* White space of a string that is not decoded. */
	if (s[1] == 'n' || s[1] == 't' || s[1] == 'r')
		*out = ' ';
	else if (s[1] == '"' || s[1] == '\'')
		*outlen = 0;
	else
		*out = s[1];
	return (2);
}

/* $IFS in its forms is a blank, an unset parameter nothing. */
static size_t
parameter(const uint8_t *s, size_t len, uint8_t *out, size_t *outlen)
{
	const uint8_t	*close;

	*outlen = 0;
	if (len >= 4 && memcmp(s, "$IFS", 4) == 0 &&
	    (len == 4 || !names_byte(s[4]))) {
		*out = ' ';
		*outlen = 1;
		return (4);
	}
	if (len >= 6 && memcmp(s, "${IFS", 5) == 0 &&
	    (close = memchr(s + 5, '}', len - 5)) != NULL &&
	    close - s < 16) {
		*out = ' ';
		*outlen = 1;
		return ((size_t)(close - s) + 1);
	}
	if (len >= 2 && (s[1] == '@' || s[1] == '*' || isdigit(s[1])))
		return (2);
	if (len >= 2 && (s[1] == '\'' || s[1] == '"'))
		return (1);
	*out = '$';
	*outlen = 1;
	return (1);
}

/* Past one of some words and the blanks behind it, or NULL. */
static const uint8_t *
past_word(const char *const *words, const uint8_t *p, const uint8_t *end)
{
	size_t	 n;

	for (; *words != NULL; words++) {
		n = strlen(*words);
		if ((size_t)(end - p) > n && memcmp(p, *words, n) == 0 &&
		    p[n] == ' ') {
			for (p += n; p < end && *p == ' '; p++)
				continue;
			return (p);
		}
	}
	return (NULL);
}

/* Whether what stands at a place is no more of a word than what is behind. */
static int
is_apart(const uint8_t *s, size_t at, size_t end, size_t len)
{
	while (at > 0 && is_special(s[at - 1]))
		at--;
	while (end < len && is_special(s[end]))
		end++;
	return ((at == 0 || !names_byte(s[at - 1])) &&
	    (end == len || !names_byte(s[end])));
}

/*
 * A command substitution that stands for its own words: $(echo rm), `which
 * sh`.  Returns its length and the words, or 0.
 */
static size_t
printed(const uint8_t *s, size_t len, const uint8_t **out, size_t *outlen)
{
	static const char *const	 printers[] = {
		"echo -n", "echo -e", "echo", "printf %s", "printf", "which",
		"command -v", "type -p", NULL
	};
	const uint8_t	*p = s, *end = s + len, *q;
	uint8_t		 close = s[0] == '$' ? ')' : '`';

	if (len < 4 || (s[0] == '$' && s[1] != '('))
		return (0);
	if (len > PRINTED_MAX)
		end = s + PRINTED_MAX;
	for (p += s[0] == '$' ? 2 : 1; p < end && *p == ' '; p++)
		continue;
	if ((p = past_word(printers, p, end)) == NULL)
		return (0);
	for (q = p; q < end && (names_byte(*q) || *q == ' ' || *q == '-' ||
	    *q == '.' || *q == '/'); q++)
		continue;
	if (q == p || q == end || *q != close)
		return (0);
	*out = p;
	*outlen = (size_t)(q - p);
	return ((size_t)(q - s) + 1);
}

/* Whether "{" begins a list of words that is a command: {curl,-s,url} */
static size_t
brace_end(const uint8_t *s, size_t len)
{
	size_t	 i;
	int	 comma = 0;

	for (i = 1; i < len && s[i] != '}'; i++) {
		if (s[i] == ' ' || s[i] == '{' || s[i] == '$' ||
		    (s[i] == ':' && !comma))
			return (0);
		if (s[i] == ',')
			comma = 1;
	}
	return (i < len && comma ? i : 0);
}

int
shell_string_ends(const uint8_t *p, size_t len)
{
	size_t	 i = 1, start;

	while (i < len && p[i] == ' ')
		i++;
	if (i < len && p[i] == '}')
		return (1);
	if (i == len || p[i] != ',')
		return (0);
	for (i++; i < len && (p[i] == ' ' || p[i] == '\\'); i++)
		continue;
	if (i == len || p[i] != '"')
		return (0);
	for (start = ++i; i < len && (names_byte(p[i]) || p[i] == '-');
	    i++)
		continue;
	if (i == start)
		return (0);
	while (i < len && p[i] == '\\')
		i++;
	return (i + 1 < len && p[i] == '"' && p[i + 1] == ':');
}

size_t
shell_text_end(const uint8_t *p, size_t len)
{
	const uint8_t	*q, *end = p + len;

	for (q = p; (q = memchr(q, '"', (size_t)(end - q))) != NULL; q++)
		if (shell_string_ends(q, (size_t)(end - q))) {
			while (q > p && q[-1] == '\\')
				q--;
			return ((size_t)(q - p));
		}
	return (len);
}

static size_t
less_blanks(const uint8_t *s, size_t n)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' ||
	    s[n - 1] == '\r'))
		n--;
	return (n);
}

static int
is_operator(const uint8_t *s, size_t n)
{
	return ((n > 0 && s[n - 1] == '|') ||
	    (n > 1 && s[n - 1] == '&' && s[n - 2] == '&'));
}

size_t
shell_wants(const uint8_t *s, size_t len)
{
	size_t	 n = less_blanks(s, len), i;

	if (is_operator(s, n))
		return (n);
	for (i = n; i > 0 && n - i < COMMENT_MAX; i--)
		if (s[i - 1] == '#')
			break;
	if (i == 0 || n - i == COMMENT_MAX ||
	    (n = less_blanks(s, i - 1)) == i - 1 || !is_operator(s, n))
		return (0);
	return (n);
}

/* Copy bytes up to a special one; how many that are. */
static size_t
copy_plain(const uint8_t *s, size_t len, uint8_t *out)
{
	size_t	 i = 0;

#ifdef __SSE2__
	static const char	 specials[] = "'\"\\${`";
	__m128i			 v, any;
	unsigned int		 bits, k;

	for (; len - i >= 16; i += 16) {
		v = _mm_loadu_si128((const void *)(s + i));
		any = _mm_cmpeq_epi8(v, _mm_set1_epi8(specials[0]));
		for (k = 1; k < sizeof(specials) - 1; k++)
			any = _mm_or_si128(any, _mm_cmpeq_epi8(v,
			    _mm_set1_epi8(specials[k])));
		_mm_storeu_si128((void *)(out + i), v);
		if ((bits = (unsigned int)_mm_movemask_epi8(any)) != 0)
			return (i + (size_t)__builtin_ctz(bits));
	}
#endif
	for (; i < len && !is_special(s[i]); i++)
		out[i] = s[i];
	return (i);
}

size_t
shell_plain(const uint8_t *s, size_t len, uint8_t *out)
{
	const uint8_t	*words;
	size_t		 i = 0, used = 0, n, brace = 0, took;

	while (i < len) {
		/* Outside of braces only special bytes are anything else. */
		if (i > brace || brace == 0) {
			n = copy_plain(s + i, len - i, out + used);
			i += n;
			used += n;
		}
		if (i == len)
			break;
		if ((s[i] == '$' || s[i] == '`') &&
		    (took = printed(s + i, len - i, &words, &n)) != 0 &&
		    /* Else it may be a name that names_maybe() denied. */
		    is_apart(s, i, i + took, len)) {
			memcpy(out + used, words, n);
			used += n;
			i += took;
			continue;
		}
		switch (s[i]) {
		case '"':
			if (shell_string_ends(s + i, len - i))
				out[used++] = '\n';
			i++;
			break;
		case '\'':
			i++;
			break;
		case '\\':
			/* A line feed of a string that is not decoded. */
			if (i + 1 < len && s[i + 1] == 'n' &&
			    (n = shell_wants(out, used)) != 0)
				used = n;
			i += unescape(s + i, len - i, out + used, &n);
			used += n;
			break;
		case '$':
			i += parameter(s + i, len - i, out + used, &n);
			used += n;
			break;
		case '{':
			if ((n = brace_end(s + i, len - i)) != 0)
				brace = i + n;
			out[used++] = n != 0 ? ' ' : '{';
			i++;
			break;
		default:
			if (i < brace && s[i] == ',')
				out[used++] = ' ';
			else if (i == brace && brace != 0)
				out[used++] = ' ';
			else
				out[used++] = s[i];
			i++;
			break;
		}
	}
	return (used);
}
