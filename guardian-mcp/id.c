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

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "id.h"

/* Length of the UTF-8 sequence (RFC 3629) that starts here, 0: it is none. */
static size_t
utf8(const char *p, size_t len)
{
	const unsigned char	*s = (const unsigned char *)p;
	size_t			 n, i;
	uint32_t		 c;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] < 0xe0)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] < 0xf0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] < 0xf5)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	c = s[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) ||
	    (n == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	return n;
}

static int
hex4(const char *p, size_t len, uint32_t *value)
{
	const char	 digits[] = "0123456789abcdef", *d;
	size_t		 i;

	if (len < 4)
		return -1;
	*value = 0;
	for (i = 0; i < 4; i++) {
		d = strchr(digits, p[i] >= 'A' && p[i] <= 'F' ?
		    p[i] - 'A' + 'a' : p[i]);
		if (d == NULL || *d == '\0')
			return -1;
		*value = *value << 4 | (uint32_t)(d - digits);
	}
	return 0;
}

static int
put(struct id *id, char c)
{
	if (id->len == sizeof(id->v))
		return -1;
	id->v[id->len++] = c;
	return 0;
}

static int
put_utf8(struct id *id, uint32_t c)
{
	if (c < 0x80)
		return put(id, (char)c);
	if (c < 0x800)
		return put(id, (char)(0xc0 | c >> 6)) == -1 ||
		    put(id, (char)(0x80 | (c & 0x3f))) == -1 ? -1 : 0;
	if (c < 0x10000)
		return put(id, (char)(0xe0 | c >> 12)) == -1 ||
		    put(id, (char)(0x80 | (c >> 6 & 0x3f))) == -1 ||
		    put(id, (char)(0x80 | (c & 0x3f))) == -1 ? -1 : 0;
	return put(id, (char)(0xf0 | c >> 18)) == -1 ||
	    put(id, (char)(0x80 | (c >> 12 & 0x3f))) == -1 ||
	    put(id, (char)(0x80 | (c >> 6 & 0x3f))) == -1 ||
	    put(id, (char)(0x80 | (c & 0x3f))) == -1 ? -1 : 0;
}

/* Behind the backslash; returns how many bytes it took, 0: malformed. */
static size_t
unescape(struct id *id, const char *p, size_t len)
{
	static const char	 from[] = "\"\\/bfnrt";
	static const char	 to[] = "\"\\/\b\f\n\r\t";
	const char		*e;
	uint32_t		 c, low;
	size_t			 used = 5;

	if (len == 0)
		return 0;
	if (p[0] != 'u') {
		if (p[0] == '\0' || (e = strchr(from, p[0])) == NULL)
			return 0;
		return put(id, to[e - from]) == -1 ? 0 : 1;
	}
	if (hex4(p + 1, len - 1, &c) == -1)
		return 0;
	if (c >= 0xdc00 && c < 0xe000)
		return 0;
	if (c >= 0xd800 && c < 0xdc00) {
		if (len < 11 || p[5] != '\\' || p[6] != 'u' ||
		    hex4(p + 7, len - 7, &low) == -1 ||
		    low < 0xdc00 || low >= 0xe000)
			return 0;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		used = 11;
	}
	return put_utf8(id, c) == -1 ? 0 : used;
}

static int
parse_string(struct id *id, const char *p, size_t len)
{
	size_t	 i = 1, n;

	if (len < 2 || p[len - 1] != '"')
		return -1;
	for (len--; i < len; i += n) {
		if (p[i] == '\\') {
			n = unescape(id, p + i + 1, len - i - 1);
			if (n++ == 0)
				return -1;
			continue;
		}
		if ((unsigned char)p[i] < 0x20 || p[i] == '"' ||
		    (n = utf8(p + i, len - i)) == 0 ||
		    n > sizeof(id->v) - id->len)
			return -1;
		memcpy(id->v + id->len, p + i, n);
		id->len += n;
	}
	return 0;
}

static size_t
digits(const char *p, size_t len)
{
	size_t	 n = 0;

	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/* RFC 8259, 6. */
static int
parse_number(struct id *id, const char *p, size_t len)
{
	size_t	 i = 0, n;

	if (len > sizeof(id->v) - id->len)
		return -1;
	if (i < len && p[i] == '-')
		i++;
	if ((n = digits(p + i, len - i)) == 0 || (n > 1 && p[i] == '0'))
		return -1;
	i += n;
	if (i < len && p[i] == '.') {
		i++;
		if ((n = digits(p + i, len - i)) == 0)
			return -1;
		i += n;
	}
	if (i < len && (p[i] == 'e' || p[i] == 'E')) {
		i++;
		if (i < len && (p[i] == '+' || p[i] == '-'))
			i++;
		if ((n = digits(p + i, len - i)) == 0)
			return -1;
		i += n;
	}
	if (i != len)
		return -1;
	memcpy(id->v + id->len, p, len);
	id->len += len;
	return 0;
}

int
id_parse(struct id *id, const char *p, size_t len)
{
	int	 r;

	id->len = 0;
	if (len == 0)
		return -1;
	if (p[0] == '"')
		r = put(id, 's') == -1 ? -1 : parse_string(id, p, len);
	else
		r = put(id, 'n') == -1 ? -1 : parse_number(id, p, len);
	if (r == -1)
		id->len = 0;
	return r;
}

int
id_equal(const struct id *a, const struct id *b)
{
	return a->len == b->len && memcmp(a->v, b->v, a->len) == 0;
}

void
id_print(const struct id *id, char buf[ID_TEXT_SIZE])
{
	size_t	 i, n = 0;

	if (id->len == 0) {
		memcpy(buf, "null", sizeof("null"));
		return;
	}
	if (id->v[0] == 'n') {
		memcpy(buf, id->v + 1, id->len - 1);
		buf[id->len - 1] = '\0';
		return;
	}
	buf[n++] = '"';
	for (i = 1; i < id->len; i++) {
		if ((unsigned char)id->v[i] < 0x20) {
			snprintf(buf + n, 7, "\\u%04x",
			    (unsigned char)id->v[i]);
			n += 6;
			continue;
		}
		if (id->v[i] == '"' || id->v[i] == '\\')
			buf[n++] = '\\';
		buf[n++] = id->v[i];
	}
	buf[n++] = '"';
	buf[n] = '\0';
}
