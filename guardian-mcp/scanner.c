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

#include <string.h>

#include "scanner.h"

void
scanner_reset(struct scanner *s)
{
	s->n = 0;
	s->more = 0;
	s->depth = 0;
	s->base = 0;
	s->begun = 0;
	s->broken = 0;
	s->string = 0;
	s->value = 0;
}

static int
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
key_is(const struct scanner *s, const char *name)
{
	return s->keylen == strlen(name) &&
	    memcmp(s->key, name, s->keylen) == 0;
}

/* Inside a message, at the level of its own members. */
static int
at_member(const struct scanner *s)
{
	return s->depth == s->base + 1;
}

/* A byte of a key, or of a value that is an id. */
static void
collect(struct scanner *s, char c)
{
	if (!s->value) {
		if (s->keylen < sizeof(s->key))
			s->key[s->keylen] = c;
		s->keylen++;
	} else if (key_is(s, "id")) {
		if (s->rawlen < sizeof(s->raw))
			s->raw[s->rawlen] = c;
		s->rawlen++;
	}
}

static void
member_begin(struct scanner *s)
{
	s->value = 0;
	s->keylen = 0;
}

static void
value_begin(struct scanner *s)
{
	s->value = 1;
	s->rawlen = 0;
	if (key_is(s, "method"))
		s->now.has_method = 1;
}

/* Of two members of one name the last counts, as it does for the server. */
static void
member_end(struct scanner *s)
{
	if (!s->value || !key_is(s, "id"))
		return;
	s->now.has_id = 1;
	if (s->rawlen > sizeof(s->raw) ||
	    id_parse(&s->now.id, s->raw, s->rawlen) == -1)
		s->now.id.len = 0;
}

static void
open_one(struct scanner *s, char c)
{
	if (!s->begun)
		s->base = c == '[';
	if (s->depth == s->base && c == '{') {
		memset(&s->now, 0, sizeof(s->now));
		member_begin(s);
	} else if (at_member(s))
		collect(s, c);		/* no id begins like that */
	s->depth++;
}

static void
close_one(struct scanner *s, char c)
{
	if (s->depth == 0) {
		s->broken = 1;
		return;
	}
	if (at_member(s) && c == '}') {
		member_end(s);
		if (s->n < SCANNER_MESSAGES_MAX)
			s->v[s->n++] = s->now;
		else
			s->more = 1;
	}
	s->depth--;
}

static void
in_string(struct scanner *s, char c)
{
	if (at_member(s) && (s->value || c != '"' || s->string == 2))
		collect(s, c);
	if (s->string == 2)
		s->string = 1;
	else if (c == '\\')
		s->string = 2;
	else if (c == '"')
		s->string = 0;
}

static void
outside(struct scanner *s, char c)
{
	/* Nothing but one object or one batch. */
	if (s->depth == 0 && (s->begun || (c != '{' && c != '['))) {
		s->broken = 1;
		return;
	}
	switch (c) {
	case '{':
	case '[':
		open_one(s, c);
		break;
	case '}':
	case ']':
		close_one(s, c);
		break;
	case '"':
		s->string = 1;
		if (at_member(s) && s->value)
			collect(s, c);
		else if (at_member(s))
			s->keylen = 0;
		break;
	case ':':
		if (at_member(s) && !s->value)
			value_begin(s);
		break;
	case ',':
		if (at_member(s)) {
			member_end(s);
			member_begin(s);
		}
		break;
	default:
		if (at_member(s) && s->value)
			collect(s, c);
	}
	s->begun = 1;
}

void
scanner_feed(struct scanner *s, const char *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len && !s->broken; i++) {
		if (s->string)
			in_string(s, p[i]);
		else if (!is_space(p[i]))
			outside(s, p[i]);
	}
}

int
scanner_whole(const struct scanner *s)
{
	return s->begun && !s->broken && s->depth == 0 && !s->string;
}
