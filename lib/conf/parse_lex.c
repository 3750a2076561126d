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
 * Bytes to tokens.  Sources stack up: the value of a macro on top of the
 * file that uses it, an included file on top of the including one.
 */

#include <stdlib.h>
#include <string.h>

#include "compat.h"

#include "log.h"
#include "parse.h"

static int
is_blank(int c)
{
	return c == ' ' || c == '\t';
}

static int
is_control(int c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

static int
is_name(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

static int
is_word(int c)
{
	return !is_blank(c) && !is_control(c) && strchr("{},=#\"$\\", c) ==
	    NULL;
}

static int
peek(const struct source *s, size_t ahead)
{
	if ((size_t)(s->end - s->pos) <= ahead)
		return -1;
	return (u_char)s->pos[ahead];
}

/* The length of a line end here, LF or CRLF; 0 if there is none. */
static size_t
newline(const struct source *s, size_t ahead)
{
	if (peek(s, ahead) == '\n')
		return 1;
	if (peek(s, ahead) == '\r' && peek(s, ahead + 1) == '\n')
		return 2;
	return 0;
}

int
lex_macro_name_ok(const char *name, size_t len)
{
	size_t i;

	if (len == 0 || len > PARSE_MACRO_NAME_LEN ||
	    (name[0] >= '0' && name[0] <= '9'))
		return 0;
	for (i = 0; i < len; i++) {
		if (!is_name((u_char)name[i]))
			return 0;
	}
	return 1;
}

static struct macro *
macro_find(struct parser *ps, const char *name, size_t len)
{
	struct macro *m;

	for (m = ps->macros; m != NULL; m = m->next) {
		if (strlen(m->name) == len && memcmp(m->name, name, len) == 0)
			return m;
	}
	return NULL;
}

int
lex_macro_set(struct parser *ps, const char *name, size_t namelen,
    const char *value, int flags, const char **errstr)
{
	struct macro *m;

	if ((m = macro_find(ps, name, namelen)) != NULL) {
		/* The command line wins, and the last -D among several. */
		if ((flags & MACRO_FIXED) || !(m->flags & MACRO_FIXED)) {
			m->value = arena_strndup(&ps->arena, value,
			    strlen(value));
			m->flags = flags;
		}
		return 0;
	}
	if (ps->nmacros >= PARSE_MACROS_MAX) {
		*errstr = "more than 256 macros";
		return -1;
	}
	m = arena_alloc(&ps->arena, sizeof(*m));
	m->name = arena_strndup(&ps->arena, name, namelen);
	m->value = arena_strndup(&ps->arena, value, strlen(value));
	m->flags = flags;
	m->next = ps->macros;
	ps->macros = m;
	ps->nmacros++;
	return 0;
}

static int
take_bytes(struct parser *ps, size_t len)
{
	if (len > PARSE_TOTAL_MAX - ps->total)
		return -1;
	ps->total += len;
	return 0;
}

static struct token *
token(struct parser *ps, enum lexeme type, const char *text, size_t len)
{
	struct token *t;

	t = arena_alloc(&ps->arena, sizeof(*t));
	t->type = type;
	t->file = ps->src->file;
	t->line = ps->src->line;
	t->text = len == 0 ? "" : arena_strndup(&ps->arena, text, len);
	return t;
}

/* In the place of a string or a value that could not be had. */
static const struct token *
bad_token(struct parser *ps)
{
	struct token *t;

	t = token(ps, LEX_QUOTED, "", 0);
	t->bad = 1;
	return t;
}

int
lex_push_file(struct parser *ps, const char *file, const char *text,
    size_t len, const char **errstr)
{
	struct source *s;

	if (take_bytes(ps, len) == -1) {
		*errstr = "the configuration comes to more than 2 MiB";
		return -1;
	}
	s = arena_alloc(&ps->arena, sizeof(*s));
	s->file = file;
	s->pos = text;
	s->end = text + len;
	s->line = 1;
	s->macro = 0;
	s->base = ps->depth;
	s->up = ps->src;
	ps->src = s;
	/* The first line starts a statement; an include ends its own here. */
	ps->pushed = token(ps, LEX_NL, "", 0);
	return 0;
}

static void __attribute__((__format__(printf, 2, 3)))
lex_error(struct parser *ps, const char *fmt, ...)
{
	va_list	 ap;
	char	 buf[256];

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	parse_error_line(ps, ps->src->file, ps->src->line, "%s", buf);
}

/* To the end of the line, which stays. */
static void
drop_line(struct source *s)
{
	while (s->pos < s->end && *s->pos != '\n')
		s->pos++;
}

/* Past a byte that belongs nowhere and the word it stands in. */
static void
drop_word(struct source *s)
{
	do {
		s->pos++;
	} while (s->pos < s->end && *s->pos != '\n' &&
	    (is_word((u_char)*s->pos) || is_control((u_char)*s->pos)));
}

/*
 * Blanks, comments and continued lines.  A comment ends with its line: a
 * backslash at its end does not turn the next line into comment.
 */
static void
skip_blanks(struct parser *ps)
{
	struct source	*s = ps->src;
	size_t		 n;

	for (;;) {
		if (is_blank(peek(s, 0)))
			s->pos++;
		else if (peek(s, 0) == '\\' && (n = newline(s, 1)) != 0) {
			s->pos += 1 + n;
			s->line++;
		} else if (peek(s, 0) == '#')
			drop_line(s);
		else
			return;
	}
}

static const struct token *
lex_quoted(struct parser *ps)
{
	struct source	*s = ps->src;
	char		 buf[PARSE_TOKEN_MAX];
	size_t		 len = 0;
	int		 c;

	for (s->pos++; (c = peek(s, 0)) != '"'; s->pos++) {
		if (c == -1 || newline(s, 0) != 0) {
			lex_error(ps, "string without its closing quote");
			goto bad;
		}
		if (is_control(c)) {
			lex_error(ps, "control character in a string");
			goto bad;
		}
		if (c == '\\') {
			s->pos++;
			c = peek(s, 0);
			if (c != '"' && c != '\\') {
				lex_error(ps, "in a string \"\\\" stands only "
				    "before a quote or another \"\\\"");
				goto bad;
			}
		}
		if (len == sizeof(buf)) {
			lex_error(ps, "string longer than %zu bytes",
			    sizeof(buf));
			goto bad;
		}
		buf[len++] = (char)c;
	}
	s->pos++;
	return token(ps, LEX_QUOTED, buf, len);

 bad:
	drop_line(s);
	return bad_token(ps);
}

static const struct token *
lex_word(struct parser *ps)
{
	struct source	*s = ps->src;
	const char	*start = s->pos;
	size_t		 len, i = 0;
	int		 at_start;

	while (s->pos < s->end && is_word((u_char)*s->pos))
		s->pos++;
	len = (size_t)(s->pos - start);
	if (len > PARSE_TOKEN_MAX) {
		lex_error(ps, "word longer than %d bytes", PARSE_TOKEN_MAX);
		return bad_token(ps);
	}
	at_start = ps->last == NULL || ps->last->type == LEX_NL;
	while (is_blank(peek(s, i)))
		i++;
	if (ps->depth == 0 && at_start && !s->macro && peek(s, i) == '=')
		return token(ps, LEX_NAME, start, len);
	return token(ps, LEX_WORD, start, len);
}

/*
 * "$name": in the definition of another macro the value is one token, else
 * it is read as if it stood here.  NULL if there is nothing to return.
 */
static const struct token *
lex_expand(struct parser *ps)
{
	struct source	*s = ps->src, *top;
	struct macro	*m;
	const char	*name;
	size_t		 len;

	name = ++s->pos;
	while (is_name(peek(s, 0)))
		s->pos++;
	len = (size_t)(s->pos - name);
	if (s->macro) {
		lex_error(ps, "\"$\" in the value of a macro; macros in "
		    "strings are not expanded");
		return bad_token(ps);
	}
	if (!lex_macro_name_ok(name, len)) {
		lex_error(ps, "\"$\" without the name of a macro");
		return bad_token(ps);
	}
	if ((m = macro_find(ps, name, len)) == NULL) {
		lex_error(ps, "macro \"%.*s\" is not defined", (int)len, name);
		return bad_token(ps);
	}
	if (m->flags & MACRO_BAD)
		return bad_token(ps);
	if (take_bytes(ps, strlen(m->value)) == -1) {
		if (!ps->overflow) {
			lex_error(ps, "macros make the configuration come to "
			    "more than 2 MiB");
		}
		ps->overflow = 1;
		return NULL;
	}
	if (ps->value)
		return token(ps, LEX_QUOTED, m->value, strlen(m->value));
	top = arena_alloc(&ps->arena, sizeof(*top));
	top->file = s->file;
	top->line = s->line;
	top->pos = m->value;
	top->end = m->value + strlen(m->value);
	top->macro = 1;
	top->base = s->base;
	top->up = s;
	ps->src = top;
	return NULL;
}

static const struct token *
lex_open(struct parser *ps)
{
	const struct token *t;

	t = token(ps, LEX_OPEN, "", 0);
	if (ps->depth < PARSE_BRACE_DEPTH)
		ps->open[ps->depth] = t;
	ps->depth++;
	return t;
}

/* At the end of a file every brace opened in it must be closed. */
static void
check_closed(struct parser *ps, struct source *s)
{
	const struct token *t;

	if (ps->depth <= s->base)
		return;
	if (ps->depth <= PARSE_BRACE_DEPTH) {
		t = ps->open[ps->depth - 1];
		parse_error(ps, t, "\"{\" is not closed; a \"}\" is missing");
	} else
		lex_error(ps, "braces are not closed");
	ps->unclosed = 1;
	ps->depth = s->base;
}

static const struct token *
lex_end(struct parser *ps)
{
	struct source *s = ps->src;

	if (s->macro) {
		ps->src = s->up;
		return NULL;
	}
	/* A last line without its newline still ends the statement. */
	if (ps->last != NULL && ps->last->type != LEX_NL &&
	    ps->last->type != LEX_EOF)
		return token(ps, LEX_NL, "", 0);
	check_closed(ps, s);
	if (s->up == NULL)
		return token(ps, LEX_EOF, "", 0);
	ps->src = s->up;
	ps->includes--;
	return NULL;
}

static const struct token *
lex_one(struct parser *ps)
{
	const struct token	*t;
	struct source		*s;
	size_t			 n;
	int			 c;

	for (;;) {
		s = ps->src;
		skip_blanks(ps);
		if ((n = newline(s, 0)) != 0) {
			t = token(ps, LEX_NL, "", 0);
			s->pos += n;
			s->line++;
			return t;
		}
		switch (c = peek(s, 0)) {
		case -1:
			if ((t = lex_end(ps)) != NULL)
				return t;
			continue;
		case '"':
			return lex_quoted(ps);
		case '$':
			if ((t = lex_expand(ps)) != NULL)
				return t;
			continue;
		case '{':
			s->pos++;
			return lex_open(ps);
		case '}':
			s->pos++;
			if (ps->depth == s->base) {
				lex_error(ps, "\"}\" without its \"{\"");
				continue;
			}
			ps->depth--;
			return token(ps, LEX_CLOSE, "", 0);
		case ',':
			s->pos++;
			return token(ps, LEX_COMMA, "", 0);
		case '=':
			s->pos++;
			return token(ps, LEX_EQUALS, "", 0);
		case '\\':
			lex_error(ps, "\"\\\" is not the last character of "
			    "its line");
			drop_word(s);
			return bad_token(ps);
		default:
			if (!is_control(c))
				return lex_word(ps);
			lex_error(ps, "control character (byte %d)", c);
			drop_word(s);
			return bad_token(ps);
		}
	}
}

const struct token *
lex_next(struct parser *ps)
{
	const struct token *t;

	if ((t = ps->pushed) != NULL) {
		ps->pushed = NULL;
		ps->last = t;
		return t;
	}
	t = lex_one(ps);
	if (t->type == LEX_NL)
		ps->value = 0;
	else if (t->type == LEX_EQUALS && ps->last != NULL &&
	    ps->last->type == LEX_NAME)
		ps->value = 1;
	ps->last = t;
	return t;
}

void
lex_skip(struct parser *ps)
{
	const struct token	*t;
	size_t			 depth;

	if (ps->last->type == LEX_NL || ps->last->type == LEX_EOF)
		return;
	depth = ps->last->type == LEX_OPEN ? 1 : 0;
	ps->quiet = 1;
	for (;;) {
		t = lex_next(ps);
		if (t->type == LEX_EOF)
			break;
		if (t->type == LEX_OPEN)
			depth++;
		else if (t->type == LEX_CLOSE) {
			if (depth == 0)
				break;
			depth--;
		} else if (t->type == LEX_NL && depth == 0)
			break;
	}
	ps->pushed = t;
	ps->quiet = 0;
}
