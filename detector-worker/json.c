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
#include <stdlib.h>
#include <string.h>

#include "json.h"

enum state {
	ST_VALUE,		/* a value, or the end of an array */
	ST_KEY,			/* a key, or the end of an object */
	ST_COLON,
	ST_AFTER,		/* a value is complete */
	ST_STRING,
	ST_ESCAPE,		/* behind a backslash */
	ST_HEX,			/* behind \u */
	ST_SCALAR,
	ST_BOM,			/* inside of a byte order mark */
	ST_MALFORMED
};

#define REPLACEMENT	0xfffd

/* A bit that few words share. */
static uint64_t
word_bit(const char *s, size_t len)
{
	return (UINT64_C(1) << ((uint8_t)s[0] * 5 + len) % 64);
}

void
json_init(struct json *j, const struct json_ops *ops, void *arg,
    const struct json_key *keys, size_t nkeys)
{
	memset(j, 0, sizeof(*j));
	j->ops = ops;
	j->arg = arg;
	j->keys = keys;
	j->nkeys = nkeys;
	while (nkeys-- > 0)
		j->keybits |= word_bit(keys[nkeys].name,
		    strlen(keys[nkeys].name));
	j->state = ST_VALUE;
}

void
json_again(struct json *j)
{
	/* What is set once comes first. */
	memset(&j->arrays, 0, sizeof(*j) - offsetof(struct json, arrays));
	j->state = ST_VALUE;
}

void
json_stop(struct json *j)
{
	j->stop = 1;
}

int
json_between(const struct json *j)
{
	return (j->state == ST_VALUE && j->depth == 0 && j->below == 0);
}

uint64_t
json_texts(const struct json *j)
{
	return (j->texts);
}

size_t
json_read(const struct json *j)
{
	return (j->nread);
}

uint64_t
json_deep(const struct json *j)
{
	return (j->deep);
}

unsigned int
json_depth(const struct json *j)
{
	return (j->depth);
}

int
json_in_array(const struct json *j, unsigned int level)
{
	return (level < j->depth && (j->arrays >> level & 1) != 0);
}

unsigned int
json_key(const struct json *j, unsigned int level)
{
	if (level >= j->depth || level >= JSON_PATH_MAX || j->below > 0)
		return (0);
	return (j->path[level].key);
}

uint32_t
json_index(const struct json *j, unsigned int level)
{
	if (level >= j->depth || level >= JSON_PATH_MAX || j->below > 0)
		return (0);
	return (j->path[level].index);
}

unsigned int
json_name(const struct json *j)
{
	return (j->depth == 0 ? 0 : json_key(j, j->depth - 1u));
}

/* --- where we are -------------------------------------------------------- */

static int
in_array(const struct json *j)
{
	return (json_in_array(j, j->depth - 1u));
}

/* A value is complete. */
static void
value_done(struct json *j)
{
	j->state = ST_AFTER;
	if (j->depth > 0)
		return;
	j->state = ST_VALUE;
	j->texts++;
	if (j->ops->done != NULL)
		j->ops->done(j, j->arg);
}

static void
container_begin(struct json *j, int array)
{
	if (j->depth == JSON_DEPTH_MAX) {
		j->below = 1;
		j->state = ST_VALUE;
		return;
	}
	if (j->ops->begin != NULL)
		j->ops->begin(j, array, j->arg);
	j->arrays &= ~(UINT64_C(1) << j->depth);
	j->arrays |= (uint64_t)array << j->depth;
	if (j->depth < JSON_PATH_MAX)
		memset(&j->path[j->depth], 0, sizeof(j->path[0]));
	j->depth++;
	j->state = array ? ST_VALUE : ST_KEY;
}

static int
container_end(struct json *j, int array)
{
	if (j->depth == 0 || in_array(j) != array)
		return (-1);
	j->depth--;
	if (j->ops->end != NULL)
		j->ops->end(j, array, j->arg);
	value_done(j);
	return (0);
}

/* A comma behind a value. */
static void
next_element(struct json *j)
{
	struct json_level	*l;

	if (!in_array(j)) {
		j->state = ST_KEY;
		return;
	}
	j->state = ST_VALUE;
	if (j->depth > JSON_PATH_MAX)
		return;
	l = &j->path[j->depth - 1];
	if (l->index < UINT32_MAX)
		l->index++;
}

static int
key_compare(const void *a, const void *b)
{
	const struct json_key	*k = b;

	return (strcmp(a, k->name));
}

/* The key is complete: what do we know it as? */
static void
key_done(struct json *j)
{
	const struct json_key	*k = NULL;

	if (j->depth <= JSON_PATH_MAX) {
		/* Most are told from all that we know by one bit. */
		if (j->textlen <= JSON_TEXT_MAX && j->textlen > 0 &&
		    (j->keybits & word_bit(j->text, j->textlen)) != 0) {
			j->text[j->textlen] = '\0';
			if (memchr(j->text, '\0', j->textlen) == NULL)
				k = bsearch(j->text, j->keys, j->nkeys,
				    sizeof(*k), key_compare);
		}
		j->path[j->depth - 1].key = k == NULL ? 0 : k->id;
	}
	j->state = ST_COLON;
}

/* --- strings ------------------------------------------------------------- */

static void
string_hand(struct json *j, const uint8_t *p, size_t len, int last)
{
	void	(*fn)(struct json *, const uint8_t *, size_t, int, void *);
	size_t	 n = len;
	int	 part = last;

	if (len == 0 && !last)
		return;
	if (j->first)
		part |= JSON_FIRST;
	j->first = 0;
	if (j->iskey && j->textlen <= JSON_TEXT_MAX) {
		if (n > (size_t)JSON_TEXT_MAX - j->textlen) {
			/* None that we know. */
			j->textlen = JSON_TEXT_MAX + 1;
		} else {
			memcpy(j->text + j->textlen, p, n);
			j->textlen += (uint8_t)n;
		}
	}
	fn = j->iskey ? j->ops->key : j->ops->string;
	if (fn != NULL)
		fn(j, p, len, part, j->arg);
}

static void
string_flush(struct json *j, int last)
{
	string_hand(j, j->out, j->outlen, last);
	j->outlen = 0;
}

/* Short pieces are gathered, long ones handed on where they are. */
static void
string_put(struct json *j, const uint8_t *p, size_t len)
{
	if (len > sizeof(j->out) - j->outlen) {
		string_flush(j, 0);
		if (len >= sizeof(j->out) / 2) {
			string_hand(j, p, len, 0);
			return;
		}
	}
	memcpy(j->out + j->outlen, p, len);
	j->outlen += (uint8_t)len;
}

static void
string_code(struct json *j, uint32_t c)
{
	uint8_t	 b[4];
	size_t	 n;

	if (c < 0x80) {
		b[0] = (uint8_t)c;
		n = 1;
	} else if (c < 0x800) {
		b[0] = (uint8_t)(0xc0 | c >> 6);
		b[1] = (uint8_t)(0x80 | (c & 0x3f));
		n = 2;
	} else if (c < 0x10000) {
		b[0] = (uint8_t)(0xe0 | c >> 12);
		b[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		b[2] = (uint8_t)(0x80 | (c & 0x3f));
		n = 3;
	} else {
		b[0] = (uint8_t)(0xf0 | c >> 18);
		b[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		b[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		b[3] = (uint8_t)(0x80 | (c & 0x3f));
		n = 4;
	}
	string_put(j, b, n);
}

/* Whatever follows is not the other half of it. */
static void
string_lone(struct json *j)
{
	if (j->high != 0) {
		j->high = 0;
		string_code(j, REPLACEMENT);
	}
}

/* RFC 8259, 7: twelve hexadecimal digits for what is beyond U+FFFF. */
static void
string_unit(struct json *j, uint32_t unit)
{
	if (unit >= 0xdc00 && unit <= 0xdfff && j->high != 0) {
		unit = 0x10000 + ((j->high - 0xd800) << 10) + (unit - 0xdc00);
		j->high = 0;
		string_code(j, unit);
		return;
	}
	string_lone(j);
	if (unit >= 0xd800 && unit <= 0xdbff)
		j->high = unit;
	else if (unit >= 0xdc00 && unit <= 0xdfff)
		string_code(j, REPLACEMENT);
	else
		string_code(j, unit);
}

static void
string_begin(struct json *j, int iskey)
{
	j->state = ST_STRING;
	j->iskey = (uint8_t)iskey;
	j->first = 1;
	j->textlen = 0;
	if (j->below > 0)
		j->deep++;
}

static void
string_done(struct json *j)
{
	if (j->iskey)
		key_done(j);
	else if (j->below > 0)
		j->state = ST_VALUE;
	else
		value_done(j);
}

static void
string_end(struct json *j)
{
	string_lone(j);
	string_flush(j, JSON_LAST);
	string_done(j);
}

#define ONES	UINT64_C(0x0101010101010101)
#define HIGHS	UINT64_C(0x8080808080808080)

static uint64_t
has_byte(uint64_t w, uint8_t c)
{
	w ^= ONES * c;
	return ((w - ONES) & ~w & HIGHS);
}

size_t
json_plain(const uint8_t *p, size_t len)
{
	uint64_t	 w;
	size_t		 i = 0;

	for (; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if ((w = has_byte(w, '"') | has_byte(w, '\\')) == 0)
			continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		/* The lowest one is true; those above it may not be. */
		return (i + (size_t)__builtin_ctzll(w) / 8);
#else
		break;
#endif
	}
	while (i < len && p[i] != '"' && p[i] != '\\')
		i++;
	return (i);
}

static void
escape(struct json *j, uint8_t c)
{
	j->state = ST_STRING;
	switch (c) {
	case 'u':
		j->state = ST_HEX;
		j->digits = 0;
		j->code = 0;
		return;
	case 'b':
		c = '\b';
		break;
	case 'f':
		c = '\f';
		break;
	case 'n':
		c = '\n';
		break;
	case 'r':
		c = '\r';
		break;
	case 't':
		c = '\t';
		break;
	}
	string_lone(j);
	string_put(j, &c, 1);
}

static int
hex(struct json *j, uint8_t c)
{
	uint32_t	 digit;

	if (c >= '0' && c <= '9')
		digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		digit = c - 'a' + 10u;
	else if (c >= 'A' && c <= 'F')
		digit = c - 'A' + 10u;
	else
		return (-1);
	j->code = j->code << 4 | digit;
	if (++j->digits == 4) {
		j->state = ST_STRING;
		string_unit(j, j->code);
	}
	return (0);
}

/* --- numbers and words --------------------------------------------------- */

static int
scalar_byte(uint8_t c)
{
	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.');
}

/* Too long a number is one all the same; its text is cut. */
static void
scalar_put(struct json *j, uint8_t c)
{
	if (j->textlen < JSON_TEXT_MAX)
		j->text[j->textlen++] = (char)c;
}

static int
scalar_known(const struct json *j)
{
	static const char *const	 words[] = {
		"true", "false", "null", "NaN", "Infinity", "-Infinity"
	};
	size_t				 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(j->text, words[i]) == 0)
			return (1);
	i = j->text[0] == '-' ? 1 : 0;
	if (j->text[i] < '0' || j->text[i] > '9')
		return (0);
	return (j->text[strspn(j->text, "0123456789+-.eE")] == '\0');
}

static int
scalar_end(struct json *j)
{
	j->text[j->textlen] = '\0';
	if (!scalar_known(j))
		return (-1);
	if (j->ops->scalar != NULL)
		j->ops->scalar(j, j->text, j->textlen, j->arg);
	value_done(j);
	return (0);
}

/* --- the text ------------------------------------------------------------ */

static int
blank(uint8_t c)
{
	return (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/* Below the bound: strings, and where it ends. */
static int
below_byte(struct json *j, uint8_t c)
{
	switch (c) {
	case '"':
		string_begin(j, 0);
		break;
	case '[':
	case '{':
		if (j->below == UINT32_MAX)
			return (-1);
		j->below++;
		break;
	case ']':
	case '}':
		if (--j->below == 0)
			value_done(j);
		break;
	}
	return (0);
}

static int
value_byte(struct json *j, uint8_t c)
{
	switch (c) {
	case '"':
		string_begin(j, 0);
		return (0);
	case '{':
	case '[':
		container_begin(j, c == '[');
		return (0);
	case ']':
		/* The array is empty, or ends with a comma. */
		return (j->depth > 0 && in_array(j) ? container_end(j, 1) :
		    -1);
	case 0x1e:
		return (j->depth == 0 ? 0 : -1);
	case 0xef:
		if (j->depth > 0)
			return (-1);
		j->state = ST_BOM;
		j->digits = 0;
		return (0);
	}
	if (!scalar_byte(c))
		return (-1);
	j->state = ST_SCALAR;
	j->textlen = 0;
	scalar_put(j, c);
	return (0);
}

static int
bom_byte(struct json *j, uint8_t c)
{
	static const uint8_t	 rest[] = { 0xbb, 0xbf };

	if (c != rest[j->digits])
		return (-1);
	if (++j->digits == sizeof(rest))
		j->state = ST_VALUE;
	return (0);
}

/* One byte outside of the plain part of a string. */
static int
byte(struct json *j, uint8_t c)
{
	switch (j->state) {
	case ST_STRING:
		if (c == '"')
			string_end(j);
		else
			j->state = ST_ESCAPE;
		return (0);
	case ST_ESCAPE:
		escape(j, c);
		return (0);
	case ST_HEX:
		return (hex(j, c));
	case ST_BOM:
		return (bom_byte(j, c));
	case ST_SCALAR:
		if (scalar_byte(c)) {
			scalar_put(j, c);
			return (0);
		}
		if (scalar_end(j) == -1)
			return (-1);
		break;
	}
	if (blank(c))
		return (0);
	switch (j->state) {
	case ST_VALUE:
		return (j->below > 0 ? below_byte(j, c) : value_byte(j, c));
	case ST_KEY:
		if (c == '"') {
			string_begin(j, 1);
			return (0);
		}
		return (c == '}' ? container_end(j, 0) : -1);
	case ST_COLON:
		j->state = ST_VALUE;
		return (c == ':' ? 0 : -1);
	case ST_AFTER:
		if (c == ',') {
			next_element(j);
			return (0);
		}
		return (c == ']' || c == '}' ? container_end(j, c == ']') :
		    -1);
	}
	return (-1);
}

int
json_feed(struct json *j, const void *data, size_t len)
{
	const uint8_t	*p = data, *end = p + len;
	size_t		 n;

	j->stop = 0;
	while (p < end && j->state != ST_MALFORMED && !j->stop) {
		if (j->state == ST_STRING &&
		    (n = json_plain(p, (size_t)(end - p))) > 0) {
			string_lone(j);
			if (j->outlen == 0 && n < (size_t)(end - p) &&
			    p[n] == '"') {
				/* What is left of it is all here. */
				string_hand(j, p, n, JSON_LAST);
				string_done(j);
				p += n + 1;
				continue;
			}
			string_put(j, p, n);
			p += n;
			continue;
		}
		if (byte(j, *p++) == -1)
			j->state = ST_MALFORMED;
	}
	j->nread = len - (size_t)(end - p);
	string_flush(j, 0);
	return (j->state == ST_MALFORMED ? -1 : 0);
}

int
json_end(struct json *j)
{
	if (j->state == ST_SCALAR && scalar_end(j) == -1)
		j->state = ST_MALFORMED;
	return (j->state == ST_VALUE && j->depth == 0 ? 0 : -1);
}
