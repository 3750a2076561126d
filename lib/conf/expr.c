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

#include "compat.h"
#include "expr.h"

#define RUNS_MAX	64

/* Characters that follow one another in every match. */
struct run {
	unsigned int	 lead;		/* most that comes before */
	unsigned int	 len;
	char		 text[EXPR_LEN_MAX];
};

struct reader {
	const char	*p;
	const char	*errstr;
	unsigned int	 depth;
	int		 branched;	/* at the outside */
	struct run	 run;		/* growing */
	struct run	 best;		/* the longest, or with the literal */
	const char	*literal;
	unsigned int	 at;		/* of the literal in best */
};

/* What a part matches, in bytes. */
struct span {
	unsigned int	 min;
	unsigned int	 max;
};

static int	read_branches(struct reader *, struct span *);

static int
fail(struct reader *r, const char *errstr)
{
	if (r->errstr == NULL)
		r->errstr = errstr;
	return -1;
}

static void
run_end(struct reader *r)
{
	const char	*found;

	if (r->run.len > 0) {
		r->run.text[r->run.len] = '\0';
		if (r->literal != NULL) {
			found = strstr(r->run.text, r->literal);
			if (found != NULL && r->best.len == 0) {
				r->best = r->run;
				r->at = (unsigned int)(found - r->run.text);
			}
		} else if (r->run.len > r->best.len)
			r->best = r->run;
	}
	r->run.len = 0;
}

static int
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* Behind a backslash: 1 a class of characters, 0 one, -1 neither. */
static int
read_escape(struct reader *r, char *literal)
{
	char	 c = *r->p++;

	if (c == '\0') {
		r->p--;
		return fail(r, "ends in a backslash");
	}
	*literal = c;
	if (strchr("dDwWsShH", c) != NULL)
		return 1;
	if (!is_word(c))
		return 0;
	return fail(r, "has an escape other than \\d \\w \\s \\h, their "
	    "opposites, \\b, and a backslash before punctuation");
}

static int
read_class(struct reader *r)
{
	const char	*end;
	char		 c;
	int		 first = 1;

	/* "[.]" is a class, "[:x:]" PCRE2 takes for one inside of a class */
	if ((*r->p == ':' || *r->p == '.' || *r->p == '=') && r->p[1] != ']')
		return fail(r, "has a class that begins like a POSIX class; "
		    "put another of its characters first");
	if (*r->p == '^')
		r->p++;
	for (;; first = 0) {
		switch (*r->p) {
		case '\0':
			return fail(r, "has a \"[\" without its \"]\"");
		case ']':
			if (first)
				return fail(r, "has an empty class; write "
				    "\"\\]\" for the bracket itself");
			r->p++;
			return 0;
		case '\\':
			r->p++;
			if (read_escape(r, &c) == -1)
				return -1;
			if (r->p[0] == '-' && r->p[1] != ']')
				return fail(r, "has a range that is none");
			break;
		case '[':
			/* [:digit:] and the like would be read otherwise */
			if (r->p[1] == ':' || r->p[1] == '.' ||
			    r->p[1] == '=')
				return fail(r, "has a POSIX class; write the "
				    "characters, such as a-z");
			r->p++;
			break;
		default:
			/* a range goes upwards */
			end = r->p + 2;
			if (r->p[1] == '-' && *end != ']' && *end != '\0' &&
			    (*end == '\\' || *end == '[' ||
			    (unsigned char)*end < (unsigned char)*r->p))
				return fail(r, "has a range that is none");
			r->p += r->p[1] == '-' && *end != ']' &&
			    *end != '\0' ? 3 : 1;
			break;
		}
	}
}

static int
read_number(struct reader *r, unsigned int *n)
{
	unsigned int	 v = 0;

	if (*r->p < '0' || *r->p > '9')
		return -1;
	while (*r->p >= '0' && *r->p <= '9') {
		v = v * 10 + (unsigned int)(*r->p++ - '0');
		if (v > EXPR_WIDTH_MAX)
			return -1;
	}
	*n = v;
	return 0;
}

/* How often the part before is repeated; 1 if that was said, 0 if not. */
static int
read_repeat(struct reader *r, unsigned int *min, unsigned int *max)
{
	static const char	 bad[] = "has a \"{\" that is no repetition "
	    "within 1024; write \"\\{\" for the brace itself";

	*min = *max = 1;
	switch (*r->p) {
	case '*':
	case '+':
		return fail(r, "has no bound on its width; write {1,64} "
		    "instead of + and {0,64} instead of *");
	case '?':
		r->p++;
		*min = 0;
		break;
	case '{':
		r->p++;
		if (read_number(r, min) == -1)
			return fail(r, bad);
		*max = *min;
		if (*r->p == ',') {
			r->p++;
			if (*r->p == '}')
				return fail(r, "has no bound on its width; "
				    "write {1,64} instead of {1,}");
			if (read_number(r, max) == -1)
				return fail(r, bad);
		}
		if (*r->p != '}' || *max < *min || *max == 0)
			return fail(r, bad);
		r->p++;
		break;
	default:
		return 0;
	}
	if (*r->p == '?' || *r->p == '+')	/* lazy, possessive */
		r->p++;
	if (*r->p == '?' || *r->p == '*' || *r->p == '+' || *r->p == '{')
		return fail(r, "repeats a repetition; put it into (?:...)");
	return 1;
}

static int
read_group(struct reader *r, struct span *s)
{
	if (*r->p == '?') {
		if (r->p[1] != ':')
			return fail(r, "has a group other than (...) and "
			    "(?:...)");
		r->p += 2;
	} else if (*r->p == '*')
		return fail(r, "has a group other than (...) and (?:...)");
	if (++r->depth > EXPR_DEPTH_MAX)
		return fail(r, "has groups nested too deep");
	if (read_branches(r, s) == -1)
		return -1;
	r->depth--;
	if (*r->p != ')')
		return fail(r, "has a \"(\" without its \")\"");
	r->p++;
	return 0;
}

/* One part and its repetition; before is what came until now. */
static int
read_part(struct reader *r, struct span *s, const struct span *before)
{
	unsigned int	 min, max;
	char		 c = '\0';
	int		 plain = 0, repeated;

	s->min = s->max = 1;
	switch (*r->p) {
	case '(':
		r->p++;
		run_end(r);
		if (read_group(r, s) == -1)
			return -1;
		break;
	case '[':
		r->p++;
		if (read_class(r) == -1)
			return -1;
		break;
	case '\\':
		r->p++;
		if (*r->p == 'b') {
			r->p++;
			s->min = s->max = 0;
			if (*r->p == '?' || *r->p == '{')
				return fail(r, "repeats a boundary");
			return 0;
		}
		switch (read_escape(r, &c)) {
		case -1:
			return -1;
		case 0:
			plain = 1;
		}
		break;
	case '.':
		r->p++;
		break;
	case '^':
	case '$':
		return fail(r, "has an anchor; a text may begin and end "
		    "anywhere, so there is none");
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(r, "repeats nothing");
	case ']':
	case '}':
		return fail(r, "has a closing bracket too many; write a "
		    "backslash before one that is meant");
	default:
		c = *r->p++;
		if (c < ' ' || c > '~')
			return fail(r, "has a character that is not printable "
			    "ASCII");
		plain = 1;
		break;
	}
	if ((repeated = read_repeat(r, &min, &max)) == -1)
		return -1;
	if (r->depth == 0) {
		if (!plain || repeated)
			run_end(r);
		if (plain && !repeated) {
			if (r->run.len == 0)
				r->run.lead = before->max;
			r->run.text[r->run.len++] = c;
		}
	}
	/* both are at most 1024 here, so neither product overflows */
	s->min *= min;
	s->max *= max;
	if (s->max > EXPR_WIDTH_MAX)
		return fail(r, "matches more than 1024 bytes");
	return 0;
}

static int
read_sequence(struct reader *r, struct span *s)
{
	struct span	 part;

	s->min = s->max = 0;
	while (*r->p != '\0' && *r->p != '|' && *r->p != ')') {
		if (read_part(r, &part, s) == -1)
			return -1;
		s->min += part.min;
		s->max += part.max;
		if (s->max > EXPR_WIDTH_MAX)
			return fail(r, "matches more than 1024 bytes");
	}
	return 0;
}

static int
read_branches(struct reader *r, struct span *s)
{
	struct span	 other;

	if (read_sequence(r, s) == -1)
		return -1;
	while (*r->p == '|') {
		r->p++;
		if (r->depth == 0)
			r->branched = 1;
		if (read_sequence(r, &other) == -1)
			return -1;
		if (other.min < s->min)
			s->min = other.min;
		if (other.max > s->max)
			s->max = other.max;
	}
	return 0;
}

int
expr_check(const char *text, const char *literal, struct expr *e,
    const char **errstr)
{
	struct reader	 r;
	struct span	 s;

	memset(&r, 0, sizeof(r));
	memset(e, 0, sizeof(*e));
	r.p = text;
	r.literal = literal;
	if (strlen(text) > EXPR_LEN_MAX - 1)
		fail(&r, "is longer than 511 bytes");
	else if (literal != NULL && (strlen(literal) < EXPR_LITERAL_MIN ||
	    strlen(literal) > EXPR_LITERAL_MAX))
		fail(&r, "has a literal that is not of 3 to 24 bytes");
	else if (read_branches(&r, &s) == 0) {
		run_end(&r);
		if (*r.p == ')')
			fail(&r, "has a \")\" too many");
		else if (s.min == 0)
			fail(&r, "matches nothing at all");
		else if (r.branched)
			fail(&r, "has alternatives at its outside; put them "
			    "into (?:...), or write one rule for each");
		else if (literal != NULL && r.best.len == 0)
			fail(&r, "can match without the literal");
		else if (r.best.len < EXPR_LITERAL_MIN)
			fail(&r, "has no three characters in a row that each "
			    "match contains");
	}
	if (r.errstr != NULL) {
		*errstr = r.errstr;
		return -1;
	}
	e->width = s.max;
	e->lead = r.best.lead + r.at;
	strlcpy(e->literal, literal != NULL ? literal : r.best.text,
	    sizeof(e->literal));
	return 0;
}
