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
 * Names of commands are words of prose, and in a text about commands they are
 * everywhere.  What has to stand beside such a word in a match is told by a
 * look at a few bytes, before PCRE2 is tried.
 *
 * Each of these says MAY_NOT only if it is certain, whatever comes behind the
 * bytes that are there, and MAY_LATER if no match ends among them.
 */

#include <ctype.h>
#include <string.h>

#include "rules.h"

#define RANDOM		16	/* bytes that follow the prefix of any key */
#define FILE_NAME	80	/* longest of fetch_run */
#define SOCKET_CALL	424	/* from a socket to the end of a call's name */

/* Between two words of a command: white space, or an escape that is some. */
static const uint8_t *
skip_blanks(const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		if (*p == '\\') {
			p++;
			if (p < end && (*p == 'n' || *p == 't'))
				p++;
		} else if (*p == ' ' || *p == '\t' || *p == '\r' ||
		    *p == '\n')
			p++;
		else
			break;
	}
	return (p);
}

/* Whether one word of a command ends here and another may follow. */
static int
is_blank(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\\');
}

/* Whether the next word begins with one of some bytes: "-" of options. */
static enum rule_may
may_begin(const uint8_t *p, const uint8_t *end, const char *bytes)
{
	if (p < end && !is_blank(*p))
		return (MAY_NOT);
	p = skip_blanks(p, end);
	if (p == end)
		return (MAY_LATER);
	return (strchr(bytes, *p) != NULL ? MAY_MATCH : MAY_NOT);
}

/* Whether a word may begin with the literal: L in rules_commands.h. */
static int
is_begin(const struct rule_near *n)
{
	const uint8_t	*p = n->literal;

	if (n->left == 0 || (!isalnum(p[-1]) && p[-1] != '_' &&
	    p[-1] != '.' && p[-1] != '-'))
		return (1);
	return (n->left > 1 && p[-2] == '\\');
}

/* A line feed that ends a command: none with a backslash before it. */
static int
is_end(const uint8_t *p)
{
	return (*p == '\n' && p[-1] != '\\' &&
	    (p[-1] != '\r' || p[-2] != '\\'));
}

/* A byte that ends the words of a command, in this rule and in others. */
static int
is_stop(uint8_t c)
{
	return (c == ';' || c == '|' || c == '&' || c == '`');
}

/* Things that are looked for behind a literal. */
enum clear {
	CLEAR_URL = 0,
	CLEAR_OUTPUT = 1,
	CLEAR_TARGET = 0,
	CLEAR_CALL = 0
};

/* Where the look for one of them goes on, and where it may end. */
static const uint8_t *
look_from(const struct rule_near *n, enum clear what, const uint8_t **end)
{
	*end = n->literal + n->len + (n->right < n->most ? n->right : n->most);
	return (n->literal + n->len + n->clear[what]);
}

/* How far it went without finding any, whatever comes behind that. */
static void
look_to(struct rule_near *n, enum clear what, const uint8_t *p)
{
	n->clear[what] = (size_t)(p - n->literal) - n->len;
}

/* It went to the end of what may be of a match, or of what there is. */
static enum rule_may
may_follow(const struct rule_near *n)
{
	return (n->right < n->most ? MAY_LATER : MAY_NOT);
}

/* Whether there may be something to get it from: URL in rules_commands.h. */
static enum rule_may
may_have_url(struct rule_near *n)
{
	const uint8_t	*end, *p = look_from(n, CLEAR_URL, &end);

	for (; p < end && *p != '|' && *p != '`' && !is_end(p); p++) {
		if (*p == '$')
			break;
		if (*p != ':' && *p != '.')
			continue;
		if (p + 1 == end || (*p == ':' ? p[1] == '/' || isdigit(p[1]) :
		    isalnum(p[1]) && (isalnum(p[-1]) || p[-1] == '-')))
			break;
	}
	look_to(n, CLEAR_URL, p);
	if (p >= end || p + 1 == end)
		return (may_follow(n));
	return (*p == '$' || *p == ':' || *p == '.' ? MAY_MATCH : MAY_NOT);
}

/* A byte of the name of a file, in a match of fetch_run. */
static int
is_name(const uint8_t *p, const uint8_t *end)
{
	if (*p == '.')
		return (p + 1 == end || isalnum(p[1]) || p[1] == '/');
	return (isalnum(*p) || strchr("_~$-/", *p) != NULL);
}

/* Whether a file that is named here is named once more. */
static enum rule_may
may_repeat(const uint8_t *p, const uint8_t *end)
{
	const uint8_t	*name, *last = end;
	int		 n;

	if (end - p > RULE_WIDTH_MAX)
		last = p + RULE_WIDTH_MAX;
	for (n = 0; n < 2 && p < end && (*p == ' ' || *p == '='); n++)
		p++;
	if (p < end && *p == '\\')
		p++;
	if (p < end && (*p == '"' || *p == '\''))
		p++;
	for (name = p; p < end && p - name < FILE_NAME && is_name(p, end);)
		p++;
	if (p == end)
		return (MAY_LATER);
	if (p - name < 2)
		return (MAY_NOT);
	if (p < last && memmem(p, (size_t)(last - p), name,
	    (size_t)(p - name)) != NULL)
		return (MAY_MATCH);
	return (last == end ? MAY_LATER : MAY_NOT);
}

/* Whether an option that names a file for the output begins here. */
static enum rule_may
may_be_output(const uint8_t *p, const uint8_t *end)
{
	static const char	 option[] = "--output", more[] = "-document";
	const size_t		 n = sizeof(option) - 1, m = sizeof(more) - 1;
	enum rule_may		 may = MAY_NOT, r;
	size_t			 i, len = (size_t)(end - p);

	if (*p == '>')
		return (may_repeat(p + 1, end));
	if (len > n && memcmp(p, option, n) == 0) {
		r = may_repeat(p + n, end);
		if (r != MAY_MATCH && len > n + m &&
		    memcmp(p + n, more, m) == 0)
			r = may_repeat(p + n + m, end);
		if (r == MAY_MATCH)
			return (r);
		may = r;
	}
	for (i = 1; i < len && i <= 7 && isalpha(p[i]); i++) {
		if (p[i] != 'o' && p[i] != 'O')
			continue;
		if ((r = may_repeat(p + i + 1, end)) == MAY_MATCH)
			return (r);
		if (r == MAY_LATER)
			may = r;
	}
	return (i == len ? MAY_LATER : may);
}

/* Whether the output may go into a file that is named again. */
static enum rule_may
may_have_output(struct rule_near *n)
{
	const uint8_t	*end, *p = look_from(n, CLEAR_OUTPUT, &end);
	const uint8_t	*all = n->literal + n->len + n->right, *first = NULL;
	enum rule_may	 may = MAY_NOT, r;

	for (; p < end && !is_stop(*p) && !is_end(p); p++) {
		if (*p != '-' && *p != '>')
			continue;
		r = may_be_output(p, all);
		if (r != MAY_NOT && first == NULL)
			first = p;
		if (r != MAY_NOT)
			may = r;
		if (r == MAY_MATCH)
			break;
	}
	look_to(n, CLEAR_OUTPUT, first != NULL ? first : p);
	if (may == MAY_NOT && p >= end)
		may = may_follow(n);
	return (may);
}

/* Whether a substitution may have been opened right before. */
static int
is_opened(const struct rule_near *n)
{
	const uint8_t	*p = n->literal, *first = p - n->left;

	while (p > first && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	if (p - first < 2)
		return (1);
	switch (p[-1]) {
	case '(':
	case '`':
		return (1);
	case '\n':		/* a line that goes on, */
		return (p[-2] == '\\' || p[-2] == '\r');
	case 'n':		/* or an escape for it */
	case 't':
		return (p[-2] == '\\');
	case 'o':		/* sudo */
		return (p[-2] == 'd');
	}
	return (0);
}

enum rule_may
near_fetch(struct rule_near *n)
{
	const uint8_t	*p = n->literal + n->len, *end = p + n->right;

	if (!is_begin(n) || (p < end && !is_blank(*p) && *p != '.'))
		return (MAY_NOT);
	return (may_have_url(n));
}

enum rule_may
near_fetch_run(struct rule_near *n)
{
	enum rule_may	 may;

	if ((may = near_fetch(n)) == MAY_MATCH)
		may = may_have_output(n);
	return (may);
}

enum rule_may
near_substitution(struct rule_near *n)
{
	return (is_opened(n) ? near_fetch(n) : MAY_NOT);
}

enum rule_may
near_decode(struct rule_near *n)
{
	const uint8_t	*p = n->literal + n->len;

	/* openssl has a word there. */
	return (may_begin(p, p + n->right,
	    n->literal[0] == 'o' ? "be" : "-"));
}

enum rule_may
near_shell(struct rule_near *n)
{
	const uint8_t	*p = n->literal + n->len;

	/* The literal has the blank in it. */
	return (may_begin(p - 1, p + n->right, "-"));
}

enum rule_may
near_interpreter(struct rule_near *n)
{
	const uint8_t	*p = n->literal + n->len, *end = p + n->right;

	while (p < end && (isdigit(*p) || *p == '.'))
		p++;
	return (may_begin(p, end, "-"));
}

/* Whether a target of a remove begins here that valid_rm() may care for. */
static int
is_target(const uint8_t *p, const uint8_t *end)
{
	if (*p == '/' || *p == '~' || *p == '$')
		return (1);
	if (*p == '-')
		return (end - p < 3 || (p[1] == '-' && p[2] == 'n'));
	/* "*" and "." are all of where it is, or none. */
	return (p + 1 == end ||
	    strchr(" \t\r\n\"'\\;|&<>`()", p[1]) != NULL);
}

static int
may_be_target(uint8_t c)
{
	return (c == '/' || c == '~' || c == '$' || c == '-' || c == '*' ||
	    c == '.');
}

/* Whether a word of it may begin here. */
static int
is_word(const uint8_t *p)
{
	return (strchr(" \t\r\n\"'\\", p[-1]) != NULL ||
	    (p[-1] == 't' && p[-2] == '\\'));
}

enum rule_may
near_rm(struct rule_near *n)
{
	const uint8_t	*end, *p = look_from(n, CLEAR_TARGET, &end);

	if (!is_begin(n))
		return (MAY_NOT);
	for (; p < end && !is_stop(*p) && *p != '<' && *p != '>' &&
	    !is_end(p); p++)
		if (may_be_target(*p) && is_word(p) && is_target(p, end))
			break;
	look_to(n, CLEAR_TARGET, p);
	if (p >= end)
		return (may_follow(n));
	return (may_be_target(*p) ? MAY_MATCH : MAY_NOT);
}

enum rule_may
near_find(struct rule_near *n)
{
	const uint8_t	*p = n->literal + n->len;

	if (!is_begin(n))
		return (MAY_NOT);
	return (may_begin(p, p + n->right, "-/~$\"'"));
}

enum rule_may
near_random(struct rule_near *n)
{
	const uint8_t	*p = n->literal;
	size_t		 i;

	/* L in rules_shapes.h: an escape may end there. */
	if (n->left > 5 && isalnum(p[-1]) && p[-2] != '\\' && p[-3] != '%' &&
	    p[-6] != '\\')
		return (MAY_NOT);
	p += n->len;
	for (i = 0; i < RANDOM && i < n->right; i++)
		if (!isalnum(p[i]))
			return (MAY_NOT);
	return (i < RANDOM ? MAY_LATER : MAY_MATCH);
}

/* Whether the name of a call that may start a shell ends before p. */
static int
is_call(const uint8_t *p)
{
	switch (p[-1]) {
	case '2':
		return (memcmp(p - 4, "dup2", 4) == 0);
	case 'c':
		return (memcmp(p - 4, "exec", 4) == 0);
	case 'e':
		return (memcmp(p - 4, "cute", 4) == 0);
	case 'l':
		return (memcmp(p - 4, "call", 4) == 0);
	case 'm':
		return (memcmp(p - 4, "stem", 4) == 0);
	case 'n':
		return (memcmp(p - 4, "pawn", 4) == 0 ||
		    memcmp(p - 4, "open", 4) == 0 ||
		    memcmp(p - 4, ".run", 4) == 0);
	case 'u':
		return (memcmp(p - 4, "thru", 4) == 0);
	}
	return (0);
}

/* Whether bytes are those of a string, as far as they are there. */
static enum rule_may
may_be(const uint8_t *p, const uint8_t *end, const char *s)
{
	size_t	 len = (size_t)(end - p), n = strlen(s);

	if (memcmp(p, s, n < len ? n : len) != 0)
		return (MAY_NOT);
	return (n <= len ? MAY_MATCH : MAY_LATER);
}

/* Whether the name of a shell begins at p: SHELL in rules_commands.h. */
static enum rule_may
may_be_shell(const uint8_t *p, const uint8_t *end)
{
	const uint8_t	*name = p;

	while (p < end && (islower(*p) || *p == '/'))
		p++;
	if (p - name < 2 || p[-1] != 'h' || p[-2] != 's')
		return (p == end ? MAY_LATER : MAY_NOT);
	return (p == end || (!isalnum(*p) && *p != '_' && *p != '.') ?
	    MAY_MATCH : MAY_NOT);
}

/* What such a call is given: a shell, or a socket. */
static enum rule_may
may_be_given(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' ||
	    *p == '\n' || *p == '(' || *p == '{' || *p == '['))
		p++;
	if (p == end)
		return (MAY_LATER);
	switch (*p) {
	case '"':
	case '\'':
		return (may_be_shell(p + 1, end));
	case 's':
		if (end - p > 1 && p[1] == 'p')
			return (may_be(p, end, "sprintf("));
		return (may_be(p, end, end - p > 1 && p[1] == '.' ?
		    "s.fileno" : "sock"));
	}
	/* Other white space, or a blank or a quote that is escaped. */
	return (isspace(*p) || *p == '\\' ? MAY_MATCH : MAY_NOT);
}

enum rule_may
near_socket(struct rule_near *n)
{
	const uint8_t	*end, *all = n->literal + n->len + n->right, *p;
	enum rule_may	 may = MAY_NOT;

	if (n->most > SOCKET_CALL)
		n->most = SOCKET_CALL;
	for (p = look_from(n, CLEAR_CALL, &end); p < end; p++) {
		if (*p == '>')
			may = may_be(p, all, ">fdopen");
		else if ((is_blank(*p) || *p == '(' || *p == '{' ||
		    isspace(*p)) && is_call(p))
			may = may_be_given(p, all);
		if (may != MAY_NOT)
			break;
	}
	look_to(n, CLEAR_CALL, p);
	return (may == MAY_NOT ? may_follow(n) : may);
}
