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
 * linebreak).  A longer one is taken in windows.  Only what changes and has
 * the name of a command that some rule is about is passed on, of a long line
 * with what stands around it.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "classes.h"
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
#define PRINTED_MAX	24	/* nor a word that is printed */
#define SKIP_MIN	64	/* bytes that lines are looked for in */
#define CUT_MAX		128	/* so far back may be a place to cut */
/*
 * This far behind the view above, whose own matches are decided by then: what
 * both find is reported of the text as it came, whatever the splits.
 */
#define DELAY		(RULE_WIDTH_MAX + RULE_LEFT)

#define RING_MIN	256	/* of many texts that is all */

#define LINE_MIN	256	/* room for a line, at first */

/* What takes room comes with the first byte that needs it. */
struct shell {
	uint8_t	*line;		/* the end of the last window, then the line */
	size_t	 size;		/* of that: at most TAIL + WINDOW */
	size_t	 tail;
	size_t	 len;
	int	 raw;		/* the tail is still to be made plain */
	int	 torn;		/* the last window may end within a word */
	int	 wants;		/* its operator wants the next line */
	int	 joined;	/* there is such a line in the window */
	int	 changed;	/* this window or the one before */
	int	 open;		/* the tail has been passed on */
	int	 more;		/* pass the next window on, too */
	size_t	 held;		/* bytes in the ring, */
	size_t	 oldest;	/* from here on */
	size_t	 ringsize;	/* RING_MIN, or DELAY */
	uint8_t	*ring;
};

/* The bytes of the line that are there. */
static uint8_t *
line_of(const struct shell *st)
{
	return (st->line + st->tail);
}

/* Whether the backtick at a place is the second of two. */
static int
closes(const uint8_t *s, size_t at)
{
	size_t	 from = at > PRINTED_MAX ? at - PRINTED_MAX : 0;

	return (memchr(s + from, '`', at - from) != NULL);
}

/* How much of a window may be looked at before the rest has come. */
static size_t
shell_whole(const struct shell *st)
{
	const uint8_t	*s = line_of(st);
	size_t		 at;

	for (at = st->len < ESCAPE_MAX ? 0 : st->len - ESCAPE_MAX;
	    at < st->len; at++)
		if (s[at] == '\\' || s[at] == '$' ||
		    (s[at] == '`' && !closes(s, at)))
			return (at);
	return (st->len);
}

/* The same, and between two words if possible. */
static size_t
shell_cut(const struct shell *st, int *torn)
{
	size_t	 n = shell_whole(st), i;

	for (i = n; i > 0 && n - i < CUT_MAX; i--)
		if (names_cut(line_of(st)[i - 1])) {
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
	size_t	 from = st->tail, keep = n < TAIL ? n : TAIL;

	memmove(st->line, st->line + (from + n - keep), keep + st->len - n);
	st->tail = keep;
	st->len -= n;
	st->raw = 1;
	st->changed = special || st->joined;
}

/* A line is over; the next is one of its own. */
static void
line_over(struct shell *st)
{
	st->len = st->tail = 0;
	st->raw = st->torn = st->wants = st->joined = 0;
	st->changed = st->more = 0;
	if (st->size > LINE_MIN) {
		freezero(st->line, st->size);
		st->line = NULL;
		st->size = 0;
	}
}

/* Pass on what a window has become, of which it has been decided. */
static void
shell_pass(struct decoding *d, const uint8_t *plain, size_t tail, size_t len,
    int end)
{
	struct shell	*st = d->state;
	size_t		 from = 0;

	if (d->out == NULL && (d->out = view_child_plain(d, len)) == NULL)
		return;
	/* No word that begins in the middle. */
	while (from < tail && plain[from] != ' ')
		from++;
	if (!st->open && from < tail)
		view_feed(d->out, plain + from, tail - from, NULL);
	view_feed(d->out, plain + tail, len, NULL);
	st->open = 1;
	if (end) {
		view_break(d->out);
		st->open = 0;
	}
}

/*
 * Look at the window that is there; it may be the last one of its line.  Maybe
 * says that there may be a command in it, which is found out if it does not.
 */
static void
shell_window(struct decoding *d, int last, int maybe)
{
	struct shell	*st = d->state;
	const struct names *names = &view_scan(d->in)->rules->names;
	uint8_t		 plain[TAIL + WINDOW], *line = line_of(st);
	size_t		 n, tail, len, name, keep, used;
	int		 changed, wanted, special, torn = 0;

	n = last ? st->len : shell_cut(st, &torn);
	if (!maybe && !st->more && !st->torn &&
	    !names_maybe(names, line, n, &special)) {
		if (last)
			line_over(st);
		else
			shell_skip(st, n, special);
		st->torn = torn;
		return;
	}
	tail = st->tail;
	if (st->raw)
		tail = shell_plain(st->line, tail, plain);
	else
		memcpy(plain, st->line, tail);
	len = shell_plain(line, n, plain + tail);
	used = tail + len;
	changed = st->joined || len != n ||
	    memcmp(plain + tail, line, len) != 0;
	name = tail < NAME_TAIL ? tail : NAME_TAIL;
	wanted = (changed || st->changed) &&
	    names_in(names, plain + tail - name, name + len);
	if (wanted || st->more)
		shell_pass(d, plain, tail, len, last || !wanted);
	if (last)
		line_over(st);
	else {
		/* What a window becomes is never longer. */
		len += tail;
		keep = len < TAIL ? len : TAIL;
		memmove(st->line + keep, line + n, st->len - n);
		memcpy(st->line, plain + (len - keep), keep);
		st->tail = keep;
		st->len -= n;
		st->raw = 0;
		st->changed = changed;
		st->more = wanted;
	}
	st->torn = torn;
	OPENSSL_cleanse(plain, used);
}

/* Whether the line wants the next; no row of a table does. */
static int
line_wants(struct shell *st)
{
	const uint8_t	*s = line_of(st);
	size_t		 n, i;

	if ((n = shell_wants(s, st->len)) == 0)
		return (0);
	for (i = 0; i < n && (s[i] == ' ' || s[i] == '\t'); i++)
		continue;
	if (st->tail == 0 && s[i] == '|')
		return (0);
	st->len = n;
	return (1);
}

/* A line feed: the line is over, or goes on with the next. */
static void
shell_newline(struct decoding *d, int maybe)
{
	struct shell	*st = d->state;
	uint8_t		*s = line_of(st);
	size_t		 n = st->len;

	if (n > 0 && s[n - 1] == '\r')
		n--;
	if (n > 0 && s[n - 1] == '\\')
		s[st->len++] = '\n';
	else if (line_wants(st))
		st->wants = 1;
	else
		shell_window(d, 1, maybe);
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
		shell_window(d, 1, 0);
		return (n);
	}
	st->joined = 1;
	line_of(st)[st->len++] = ' ';
	return (n);
}

/*
 * How many bytes there are of lines in which there is no command.  That is
 * not told of the line with the first that may be, but for those before it;
 * so if it is all here it is looked at by itself.  Maybe says that the next
 * line is such a one.
 */
static size_t
lines_skip(const struct names *names, const struct classes *c,
    const uint8_t *s, size_t len, int *maybe)
{
	const uint8_t	*nl;
	size_t		 at = 0, n, from;
	int		 special;

	*maybe = 0;
	for (;;) {
		from = at;
		n = from + names_next(names, c, s + from, len - from,
		    &special);
		for (at = n; at > from && s[at - 1] != '\n'; at--)
			continue;
		nl = n == len ? NULL : memchr(s + n, '\n', len - n);
		if (nl == NULL || (size_t)(nl - s) - at >= WINDOW)
			return (at);
		n = (size_t)(nl - s) - at;
		*maybe = names_next(names, c, s + at, n, &special) < n;
		if (*maybe || n == 0 || nl[-1] == '\\' ||
		    (n > 1 && nl[-1] == '\r' && nl[-2] == '\\'))
			return (at);
		at += n + 1;
	}
}

/*
 * Room for len more bytes of the line and a line feed behind it, or for a
 * window; 0, or -1 if memory is short.
 */
static int
line_room(struct decoding *d, size_t len)
{
	struct shell	*st = d->state;
	uint8_t		*p;
	size_t		 used = st->tail + st->len, size = LINE_MIN;

	while (size < used + len + 1)
		size *= 2;
	if (size > TAIL + WINDOW)
		size = TAIL + WINDOW;
	if (size <= st->size)
		return (0);
	if ((p = malloc(size)) == NULL) {
		scan_note_gap(view_scan(d->in), SCAN_GAP_MEMORY, len);
		return (-1);
	}
	if (used > 0)
		memcpy(p, st->line, used);
	freezero(st->line, st->size);
	st->line = p;
	st->size = size;
	return (0);
}

/* The classes are of what is fed, NULL if this is of the ring. */
static void
shell_take(struct decoding *d, const uint8_t *s, size_t len,
    const struct classes *c)
{
	struct shell	*st = d->state;
	const uint8_t	*nl;
	size_t		 i, n;
	int		 maybe;

	while (len > 0) {
		n = 0;
		maybe = 0;
		if (st->wants)
			n = shell_join(d, s, len);
		else if (st->len == 0 && st->tail == 0 && !st->more &&
		    len > SKIP_MIN && (n = lines_skip(
		    &view_scan(d->in)->rules->names, c, s, len, &maybe)) > 0)
			line_over(st);
		s += n;
		if ((len -= n) == 0)
			break;
		n = WINDOW - st->len;
		if (n > len)
			n = len;
		nl = memchr(s, '\n', n);
		i = nl == NULL ? n : (size_t)(nl - s);
		if (line_room(d, i) == -1)
			return;
		memcpy(line_of(st) + st->len, s, i);
		st->len += i;
		s += i;
		len -= i;
		if (i < n) {
			shell_newline(d, maybe);
			s++;
			len--;
		}
		if (st->len == WINDOW)
			shell_window(d, 0, 0);
	}
}

/* Take the oldest n bytes out of the ring. */
static void
shell_release(struct decoding *d, size_t n)
{
	struct shell	*st = d->state;
	size_t		 part;

	while (n > 0) {
		part = st->ringsize - st->oldest;
		if (part > n)
			part = n;
		shell_take(d, st->ring + st->oldest, part, NULL);
		st->oldest = (st->oldest + part) % st->ringsize;
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

	if (size <= st->ringsize)
		return (0);
	if ((ring = malloc(size)) == NULL)
		return (-1);
	for (i = 0; i < st->held; i++)
		ring[i] = st->ring[(st->oldest + i) % st->ringsize];
	freezero(st->ring, st->ringsize);
	st->ring = ring;
	st->ringsize = size;
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
		shell_take(d, s, len, view_classes(d->in));
		return;
	}
	if (st->held + len > DELAY) {
		n = st->held + len - DELAY;
		part = n < st->held ? n : st->held;
		shell_release(d, part);
		n -= part;
		shell_take(d, s, n, view_classes(d->in));
		s += n;
		len -= n;
	}
	while (len > 0) {
		at = (st->oldest + st->held) % st->ringsize;
		part = st->ringsize - at;
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
	if (st->len > 0 || st->open)
		shell_window(d, 1, 0);
	line_over(st);
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

	freezero(st->line, st->size);
	freezero(st->ring, st->ringsize);
}

const struct decoder decoder_shell = {
	.name = SHELL_VIEW,
	.kind = DECODER_SHAPE,
	.size = sizeof(struct shell),
	.classes = 1,
	.feed = shell_feed,
	.end = shell_end,
	.gap = shell_gap,
	.free = shell_free
};
