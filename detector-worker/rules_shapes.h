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

#ifndef RULES_SHAPES_H
#define RULES_SHAPES_H

/* What the tables of credentials share. */

#include "rules.h"

/*
 * Left boundary: not within a word.  The second half of an escape ("\n" in
 * JSON, "%3D" in a form) is a boundary too, although it ends in a letter.
 */
#define L	"(?:(?<![A-Za-z0-9])|(?<=\\\\[bfnrt])|(?<=%[0-9A-Fa-f]{2})" \
		"|(?<=\\\\u00[0-9A-Fa-f]{2}))"
#define R	"(?![A-Za-z0-9])"
#define RW	"(?![A-Za-z0-9_-])"
#define AN	"[A-Za-z0-9]"
#define WORD	"[A-Za-z0-9_-]"
/* Between a name and its value: NAME=v, "name": "v", \"name\":\"v\" */
#define IS	"\\\\?[\"']?\\s{0,4}[:=]\\s{0,4}\\\\?[\"']?"

#define LIST(...)	(const char *const []){ __VA_ARGS__, NULL }

/* A prefix, then the secret: what most of these are. */
#define KEY(name, prefix, expr, most, whose, check, where, good, bad) \
	{							\
		.id = name,					\
		.regex = L expr,				\
		.literals = { prefix },				\
		.width = most,					\
		.lead = 1,					\
		.severity = FINDING_HIGH,			\
		.provider = whose,				\
		.validate = check,				\
		.source = where,				\
		.examples = good,				\
		.counters = bad					\
	}
/* A name, then the secret. */
#define NAMED(name, expr, most, where, good, bad, ...)		\
	{							\
		.id = name,					\
		.regex = L expr,				\
		.literals = { __VA_ARGS__ },			\
		.width = most,					\
		.lead = 1,					\
		.severity = FINDING_HIGH,			\
		.kind = RULE_VALUE,				\
		.validate = valid_random,			\
		.source = where,				\
		.examples = good,				\
		.counters = bad					\
	}

#endif /* RULES_SHAPES_H */
