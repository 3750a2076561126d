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

#ifndef EXPR_H
#define EXPR_H

/*
 * The regular expressions of rule statements.  They are a part of PCRE2's
 * language small enough to be judged without it, so that the parent, which is
 * root, need not have it: characters, classes, groups, alternatives and
 * bounded repetition.  What is accepted here compiles there.
 */

#define EXPR_LEN_MAX	512	/* of the text */
#define EXPR_WIDTH_MAX	1024	/* of what it matches */
#define EXPR_LITERAL_MIN 3
#define EXPR_LITERAL_MAX 24
#define EXPR_DEPTH_MAX	16	/* of groups */

struct expr {
	unsigned int	 width;		/* longest match */
	unsigned int	 lead;		/* the literal begins no later */
	char		 literal[EXPR_LITERAL_MAX + 1];
};

/*
 * Judge an expression.  The literal has to be in each of its matches; NULL
 * chooses the longest that is.  Returns 0, or -1 with *errstr set to the end
 * of a sentence that begins with what the expression is.
 */
int	 expr_check(const char *, const char *literal, struct expr *,
	    const char **errstr);

#endif /* EXPR_H */
