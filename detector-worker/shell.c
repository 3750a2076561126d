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
 * of them is looked at once more without, see shell_plain().
 *
 * The unit is a line, with those that continue it: behind a backslash, or a
 * pipe or list operator that wants a command (POSIX.1-2017, XCU 2.10.2:
 * linebreak).  A longer one is taken in windows.  Only what changes and has the name of a command that some rule is
 * about is passed on, of a long line with what stands around it.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "compat.h"
#include "rules.h"
#include "scan_private.h"
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

#define RING_MIN	256	/* of many texts that is all */
#define COMMENT_MAX	128	/* bytes of one behind an operator */

/* The line at work. */
struct line {
	uint8_t	 buf[WINDOW];
	size_t	 len;
	uint8_t	 plain[TAIL + WINDOW];	/* the tail, then the window */
	size_t	 tail;
};

/* What takes room comes with the first byte that needs it. */
struct shell {
	struct line *line;	/* NULL: nothing is in it */
	int	 raw;		/* the tail is still to be made plain */
	int	 torn;		/* the last window may end within a word */
	int	 wants;		/* its operator wants the next line */
	int	 joined;	/* there is such a line in the window */
	int	 changed;	/* this window or the one before */
	int	 open;		/* the tail has been passed on */
	int	 more;		/* pass the next window on, too */
	size_t	 held;		/* bytes in the ring, */
	size_t	 oldest;	/* from here on */
	size_t	 size;		/* of it: RING_MIN, or DELAY */
	uint8_t	*ring;
};

/* How much of a window may be looked at before the rest has come. */
static size_t
shell_whole(const struct line *l)
{
	size_t	 i;

	for (i = 1; i <= ESCAPE_MAX && i <= l->len; i++)
		if (l->buf[l->len - i] == '\\' || l->buf[l->len - i] == '$')
			return (l->len - i);
	return (l->len);
}

/* The same, and between two words if possible. */
static size_t
shell_cut(const struct line *l, int *torn)
{
	size_t	 n = shell_whole(l), i;

	for (i = n; i > 0 && n - i < CUT_MAX; i--)
		if (names_cut(l->buf[i - 1])) {
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
	struct line	*l = st->line;

	l->tail = n < TAIL ? n : TAIL;
	memcpy(l->plain, l->buf + (n - l->tail), l->tail);
	st->raw = 1;
	st->changed = special || st->joined;
	memmove(l->buf, l->buf + n, l->len - n);
	l->len -= n;
}

static void
tail_plain(struct shell *st)
{
	struct line	*l = st->line;
	uint8_t		 tail[TAIL];

	memcpy(tail, l->plain, l->tail);
	l->tail = shell_plain(tail, l->tail, l->plain);
	st->raw = 0;
	OPENSSL_cleanse(tail, sizeof(tail));
}

/* A line is over; the next is one of its own. */
static void
line_over(struct shell *st)
{
	if (st->line != NULL)
		st->line->len = st->line->tail = 0;
	st->raw = st->torn = st->wants = st->joined = 0;
	st->changed = st->more = 0;
}

/* Look at the window that is there; it may be the last one of its line. */
static void
shell_window(struct decoding *d, int last)
{
	struct shell	*st = d->state;
	struct line	*l = st->line;
	struct view	*out;
	const struct names *names = &view_scan(d->in)->rules->names;
	uint8_t		*plain;
	size_t		 n, len, name, from = 0;
	int		 changed, wanted, special, torn = 0;

	n = last ? l->len : shell_cut(l, &torn);
	if (!st->more && !st->torn &&
	    !names_maybe(names, l->buf, n, &special)) {
		if (last)
			line_over(st);
		else
			shell_skip(st, n, special);
		st->torn = torn;
		return;
	}
	if (st->raw)
		tail_plain(st);
	plain = l->plain + l->tail;
	len = shell_plain(l->buf, n, plain);
	changed = st->joined || len != n || memcmp(plain, l->buf, len) != 0;
	name = l->tail < NAME_TAIL ? l->tail : NAME_TAIL;
	wanted = (changed || st->changed) &&
	    names_in(names, plain - name, name + len);
	st->changed = changed;
	if ((wanted || st->more) && (d->out != NULL ||
	    (d->out = view_child_plain(d, len)) != NULL)) {
		out = d->out;
		/* No word that begins in the middle. */
		while (from < l->tail && l->plain[from] != ' ')
			from++;
		if (!st->open && from < l->tail)
			view_feed(out, l->plain + from, l->tail - from, NULL);
		view_feed(out, plain, len, NULL);
		st->open = 1;
		if (last || !wanted) {
			view_break(out);
			st->open = 0;
		}
	}
	st->more = wanted;
	len += l->tail;
	l->tail = len < TAIL ? len : TAIL;
	memmove(l->plain, l->plain + len - l->tail, l->tail);
	memmove(l->buf, l->buf + n, l->len - n);
	l->len -= n;
	st->torn = torn;
	if (last)
		line_over(st);
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

/*
 * Whether the line ends with an operator that wants a command, before a
 * comment or none, which goes.  No row of a table does.
 */
static int
line_wants(struct line *l)
{
	size_t	 n = less_blanks(l->buf, l->len), i = 0;

	if (!is_operator(l->buf, n)) {
		for (i = n; i > 0 && n - i < COMMENT_MAX; i--)
			if (l->buf[i - 1] == '#')
				break;
		if (i == 0 || n - i == COMMENT_MAX ||
		    (n = less_blanks(l->buf, i - 1)) == i - 1 ||
		    !is_operator(l->buf, n))
			return (0);
	}
	for (i = 0; i < n && (l->buf[i] == ' ' || l->buf[i] == '\t'); i++)
		continue;
	if (l->tail == 0 && l->buf[i] == '|')
		return (0);
	l->len = n;
	return (1);
}

/* A line feed: the line is over, or goes on with the next. */
static void
shell_newline(struct decoding *d)
{
	struct shell	*st = d->state;
	struct line	*l = st->line;
	size_t		 n = l->len;

	if (n > 0 && l->buf[n - 1] == '\r')
		n--;
	if (n > 0 && l->buf[n - 1] == '\\')
		l->buf[l->len++] = '\n';
	else if (line_wants(l))
		st->wants = 1;
	else
		shell_window(d, 1);
}

/*
 * What follows a line that wants one, after white space.  Another operator is
 * an error, so it was no command.  Returns how many bytes that took.
 */
static size_t
shell_join(struct decoding *d, const uint8_t *s, size_t len)
{
	struct shell	*st = d->state;
	size_t		 n = 0;

	while (n < len && (s[n] == ' ' || s[n] == '\t' || s[n] == '\r' ||
	    s[n] == '\n'))
		n++;
	if (n == len)
		return (n);
	st->wants = 0;
	if (s[n] == '|' || s[n] == '&') {
		shell_window(d, 1);
		return (n);
	}
	st->joined = 1;
	st->line->buf[st->line->len++] = ' ';
	return (n);
}

/* How many bytes there are of lines in which there is no command. */
static size_t
lines_skip(const struct names *names, const uint8_t *s, size_t len)
{
	size_t	 n;
	int	 special;

	n = names_next(names, s, len, &special);
	while (n > 0 && s[n - 1] != '\n')
		n--;
	return (n);
}

/* Whether a line begins. */
static int
line_begins(const struct shell *st)
{
	const struct line	*l = st->line;

	return (l == NULL || (l->len == 0 && l->tail == 0 && !st->more));
}

/* Room for a line; 0, or -1 if memory is short. */
static int
line_room(struct decoding *d, size_t len)
{
	struct shell	*st = d->state;

	if (st->line == NULL &&
	    (st->line = calloc(1, sizeof(*st->line))) == NULL)
		scan_note_gap(view_scan(d->in), SCAN_GAP_MEMORY, len);
	return (st->line == NULL ? -1 : 0);
}

static void
shell_take(struct decoding *d, const uint8_t *s, size_t len)
{
	struct shell	*st = d->state;
	struct line	*l;
	const uint8_t	*nl;
	size_t		 i, n;

	while (len > 0) {
		if (line_begins(st) && len > SKIP_MIN) {
			n = lines_skip(&view_scan(d->in)->rules->names, s,
			    len);
			if (n > 0)
				line_over(st);
		} else
			n = st->wants ? shell_join(d, s, len) : 0;
		s += n;
		if ((len -= n) == 0)
			break;
		if (line_room(d, len) == -1)
			return;
		l = st->line;
		n = WINDOW - l->len;
		if (n > len)
			n = len;
		nl = memchr(s, '\n', n);
		i = nl == NULL ? n : (size_t)(nl - s);
		memcpy(l->buf + l->len, s, i);
		l->len += i;
		s += i;
		len -= i;
		if (i < n) {
			shell_newline(d);
			s++;
			len--;
		}
		if (l->len == WINDOW)
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
		part = st->size - st->oldest;
		if (part > n)
			part = n;
		shell_take(d, st->ring + st->oldest, part);
		st->oldest = (st->oldest + part) % st->size;
		st->held -= part;
		n -= part;
	}
}

/* Room for so many bytes in the ring; 0, or -1 if memory is short. */
static int
ring_room(struct shell *st, size_t len)
{
	uint8_t	*ring;
	size_t	 size = len > RING_MIN ? DELAY : RING_MIN, i;

	if (size <= st->size)
		return (0);
	if ((ring = malloc(size)) == NULL)
		return (-1);
	for (i = 0; i < st->held; i++)
		ring[i] = st->ring[(st->oldest + i) % st->size];
	freezero(st->ring, st->size);
	st->ring = ring;
	st->size = size;
	st->oldest = 0;
	return (0);
}

static void
shell_feed(struct decoding *d, const uint8_t *s, size_t len,
    const uint8_t *fresh)
{
	struct shell	*st = d->state;
	size_t		 n, at, part;

	(void)fresh;
	if (ring_room(st, st->held + len) == -1) {
		/* What both find may be told of this form. */
		shell_release(d, st->held);
		shell_take(d, s, len);
		return;
	}
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
		at = (st->oldest + st->held) % st->size;
		part = st->size - at;
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
	struct shell	*st = d->state;

	shell_release(d, st->held);
	if (st->line != NULL)
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
	struct shell	*st = d->state;

	freezero(st->line, sizeof(*st->line));
	freezero(st->ring, st->size);
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
