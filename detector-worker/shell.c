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
 * Commands as a shell reads them.  Quotes within words, backslashes, $IFS and
 * continued lines do not change what a command does, so a text that has any
 * of them is looked at once more without.  This is no parser of sh(1): quotes
 * go, whatever they quote, because what is left is read by rules that want
 * the words of a command in their order.
 *
 * The unit is a line, with those that continue it; a longer one is taken in
 * windows.  Only what changes and has the name of a command that some rule is
 * about is passed on, of a long line with what stands around it.
 */

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "rules.h"
#include "shell.h"
#include "shell_names.h"
#include "view.h"

#define WINDOW		1024
#define TAIL		512	/* of a window, to the left of the next one */
#define NAME_TAIL	32	/* of that, for a name that is cut in two */
#define ESCAPE_MAX	16	/* longest sequence that is not to be cut */
#define SKIP_MIN	64	/* bytes that lines are looked for in */
#define CUT_MAX		128	/* so far back may be a place to cut */
/*
 * This far behind the view above, whose own matches are decided by then: what
 * both find is reported of the text as it came, whatever the splits.
 */
#define DELAY		(RULE_WIDTH_MAX + RULE_LEFT)

struct shell {
	uint8_t	 line[WINDOW];
	size_t	 len;
	uint8_t	 plain[TAIL + WINDOW];	/* the tail, then the window */
	size_t	 tail;
	int	 raw;		/* the tail is still to be made plain */
	int	 torn;		/* the last window may end within a word */
	struct names names;
	int	 ready;		/* once these are filled in */
	int	 changed;	/* this window or the one before */
	int	 open;		/* the tail has been passed on */
	int	 more;		/* pass the next window on, too */
	size_t	 held;		/* bytes in the ring, */
	size_t	 oldest;	/* from here on */
	uint8_t	 ring[DELAY];
};

/* Bytes that may have to go. */
static int
is_special(uint8_t c)
{
	return (c == '\'' || c == '"' || c == '\\' || c == '$' || c == '{');
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

size_t
shell_plain(const uint8_t *s, size_t len, uint8_t *out)
{
	size_t	 i = 0, used = 0, n, brace = 0;

	while (i < len) {
		/* Outside of braces only special bytes are anything else. */
		if (i > brace || brace == 0)
			while (i < len && !is_special(s[i]))
				out[used++] = s[i++];
		if (i == len)
			break;
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

/* How much of a window may be looked at before the rest has come. */
static size_t
shell_whole(const struct shell *st)
{
	size_t	 i;

	for (i = 1; i <= ESCAPE_MAX && i <= st->len; i++)
		if (st->line[st->len - i] == '\\' ||
		    st->line[st->len - i] == '$')
			return (st->len - i);
	return (st->len);
}

/* The same, and between two words if possible. */
static size_t
shell_cut(const struct shell *st, int *torn)
{
	size_t	 n = shell_whole(st), i;

	for (i = n; i > 0 && n - i < CUT_MAX; i--)
		if (names_cut(st->line[i - 1])) {
			*torn = 0;
			return (i);
		}
	*torn = 1;
	return (n);
}

/* There is no command in the first n bytes, whatever is done to them. */
static void
shell_skip(struct shell *st, size_t n, int special)
{
	st->tail = n < TAIL ? n : TAIL;
	memcpy(st->plain, st->line + (n - st->tail), st->tail);
	st->raw = 1;
	st->changed = special;
	memmove(st->line, st->line + n, st->len - n);
	st->len -= n;
}

static void
tail_plain(struct shell *st)
{
	uint8_t	 tail[TAIL];

	memcpy(tail, st->plain, st->tail);
	st->tail = shell_plain(tail, st->tail, st->plain);
	st->raw = 0;
	OPENSSL_cleanse(tail, sizeof(tail));
}

/* A line is over; the next is one of its own. */
static void
line_over(struct shell *st)
{
	st->len = st->tail = 0;
	st->raw = st->torn = st->changed = st->more = 0;
}

/* Look at the window that is there; it may be the last one of its line. */
static void
shell_window(struct decoding *d, int last)
{
	struct shell	*st = d->state;
	struct view	*out;
	uint8_t		*plain;
	size_t		 n, len, name, from = 0;
	int		 changed, wanted, special, torn = 0;

	n = last ? st->len : shell_cut(st, &torn);
	if (!st->more && !st->torn &&
	    !names_maybe(&st->names, st->line, n, &special)) {
		if (last)
			line_over(st);
		else
			shell_skip(st, n, special);
		st->torn = torn;
		return;
	}
	if (st->raw)
		tail_plain(st);
	plain = st->plain + st->tail;
	len = shell_plain(st->line, n, plain);
	changed = len != n || memcmp(plain, st->line, len) != 0;
	name = st->tail < NAME_TAIL ? st->tail : NAME_TAIL;
	wanted = (changed || st->changed) &&
	    names_in(&st->names, plain - name, name + len);
	st->changed = changed;
	if ((wanted || st->more) && (d->out != NULL ||
	    (d->out = view_child_plain(d, len)) != NULL)) {
		out = d->out;
		/* No word that begins in the middle. */
		while (from < st->tail && st->plain[from] != ' ')
			from++;
		if (!st->open && from < st->tail)
			view_feed(out, st->plain + from, st->tail - from,
			    NULL);
		view_feed(out, plain, len, NULL);
		st->open = 1;
		if (last || !wanted) {
			view_break(out);
			st->open = 0;
		}
	}
	st->more = wanted;
	len += st->tail;
	st->tail = len < TAIL ? len : TAIL;
	memmove(st->plain, st->plain + len - st->tail, st->tail);
	memmove(st->line, st->line + n, st->len - n);
	st->len -= n;
	st->torn = torn;
	if (last)
		line_over(st);
}

/* Whether the line feed to come continues the line. */
static int
is_continued(const struct shell *st)
{
	size_t	 n = st->len;

	if (n > 0 && st->line[n - 1] == '\r')
		n--;
	return (n > 0 && st->line[n - 1] == '\\');
}

/* How many bytes there are of lines in which there is no command. */
static size_t
lines_skip(const struct shell *st, const uint8_t *s, size_t len)
{
	size_t	 n;
	int	 special;

	n = names_next(&st->names, s, len, &special);
	while (n > 0 && s[n - 1] != '\n')
		n--;
	return (n);
}

static void
shell_take(struct decoding *d, const uint8_t *s, size_t len)
{
	struct shell	*st = d->state;
	const uint8_t	*nl;
	size_t		 i, n;
	int		 begins;

	if (!st->ready) {
		names_learn(&st->names);
		st->ready = 1;
	}
	for (;;) {
		begins = st->len == 0 && st->tail == 0 && !st->more;
		if (begins && len > SKIP_MIN) {
			if ((n = lines_skip(st, s, len)) > 0)
				line_over(st);
			s += n;
			len -= n;
		}
		if (len == 0)
			break;
		n = WINDOW - st->len;
		if (n > len)
			n = len;
		nl = memchr(s, '\n', n);
		i = nl == NULL ? n : (size_t)(nl - s);
		memcpy(st->line + st->len, s, i);
		st->len += i;
		s += i;
		len -= i;
		if (i < n) {
			if (is_continued(st))
				st->line[st->len++] = '\n';
			else
				shell_window(d, 1);
			s++;
			len--;
		}
		if (st->len == WINDOW)
			shell_window(d, 0);
	}
}

/* Take the oldest n bytes out of the ring. */
static void
shell_release(struct decoding *d, size_t n)
{
	struct shell	*st = d->state;
	size_t		 part;

	while (n > 0) {
		part = DELAY - st->oldest;
		if (part > n)
			part = n;
		shell_take(d, st->ring + st->oldest, part);
		st->oldest = (st->oldest + part) % DELAY;
		st->held -= part;
		n -= part;
	}
}

static void
shell_feed(struct decoding *d, const uint8_t *s, size_t len,
    const uint8_t *fresh)
{
	struct shell	*st = d->state;
	size_t		 n, at, part;

	(void)fresh;
	if (st->held + len > DELAY) {
		n = st->held + len - DELAY;
		part = n < st->held ? n : st->held;
		shell_release(d, part);
		n -= part;
		shell_take(d, s, n);
		s += n;
		len -= n;
	}
	while (len > 0) {
		at = (st->oldest + st->held) % DELAY;
		part = DELAY - at;
		if (part > len)
			part = len;
		memcpy(st->ring + at, s, part);
		st->held += part;
		s += part;
		len -= part;
	}
}

static void
shell_end(struct decoding *d)
{
	shell_release(d, ((struct shell *)d->state)->held);
	shell_window(d, 1);
	if (d->out != NULL)
		view_end(d->out);
}

static void
shell_gap(struct decoding *d)
{
	struct shell	*st = d->state;

	shell_release(d, st->held);
	line_over(st);
	st->open = 0;
	if (d->out != NULL)
		view_gap(d->out);
}

static void
shell_free(struct decoding *d)
{
	OPENSSL_cleanse(d->state, sizeof(struct shell));
}

const struct decoder decoder_shell = {
	.name = SHELL_VIEW,
	.kind = DECODER_SHAPE,
	.size = sizeof(struct shell),
	.feed = shell_feed,
	.end = shell_end,
	.gap = shell_gap,
	.free = shell_free
};
