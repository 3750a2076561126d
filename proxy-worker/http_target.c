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

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <string.h>
#include <strings.h>

#include "http_target.h"

static bool
is_alnum(uint8_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

bool
http_is_token(const char *s, size_t len)
{
	size_t	 i;
	uint8_t	 c;

	for (i = 0; i < len; i++) {
		c = (uint8_t)s[i];
		if (!is_alnum(c) &&
		    (c == 0 || strchr("!#$%&'*+-.^_`|~", c) == NULL))
			return (false);
	}
	return (len > 0);
}

bool
http_is_text(uint8_t c)
{
	return (c == '\t' || (c >= 0x20 && c != 0x7f));
}

bool
http_equal(const char *s, size_t len, const char *with)
{
	return (strlen(with) == len && strncasecmp(s, with, len) == 0);
}

int
http_hexval(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

static enum http_reason
port_parse(uint16_t *port, const char *s, size_t len)
{
	unsigned long	 v = 0;
	size_t		 i;

	if (len == 0 || len > 5 || s[0] == '0')
		return (HTTP_BAD_PORT);
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (HTTP_BAD_PORT);
		v = v * 10 + (unsigned long)(s[i] - '0');
	}
	if (v > 65535)
		return (HTTP_BAD_PORT);
	*port = (uint16_t)v;
	return (HTTP_BAD_NONE);
}

static enum http_reason
literal6_parse(struct http_authority *a, const char *s, size_t len,
    size_t *used)
{
	struct in6_addr	 in6;
	char		 text[INET6_ADDRSTRLEN];
	const char	*end;

	if ((end = memchr(s, ']', len)) == NULL)
		return (HTTP_BAD_HOST);
	a->host = s + 1;
	a->host_len = (size_t)(end - s) - 1;
	if (a->host_len == 0 || a->host_len >= sizeof(text))
		return (HTTP_BAD_HOST);
	memcpy(text, a->host, a->host_len);
	text[a->host_len] = '\0';
	if (strlen(text) != a->host_len ||
	    inet_pton(AF_INET6, text, &in6) != 1)
		return (HTTP_BAD_HOST);
	a->literal6 = true;
	*used = (size_t)(end - s) + 1;
	return (HTTP_BAD_NONE);
}

enum http_reason
http_authority_parse(struct http_authority *a, const char *s, size_t len)
{
	enum http_reason	 r;
	size_t			 i;

	memset(a, 0, sizeof(*a));
	if (len == 0)
		return (HTTP_BAD_HOST);
	if (memchr(s, '@', len) != NULL)
		return (HTTP_BAD_USERINFO);
	if (s[0] == '[') {
		if ((r = literal6_parse(a, s, len, &i)) != HTTP_BAD_NONE)
			return (r);
	} else {
		for (i = 0; i < len && s[i] != ':'; i++)
			if (!is_alnum((uint8_t)s[i]) && s[i] != '-' &&
			    s[i] != '.' && s[i] != '_')
				return (HTTP_BAD_HOST);
		/* 253: RFC 1035 2.3.4, with room for a final dot. */
		if (i == 0 || i > 254 || (i == 254 && s[i - 1] != '.') ||
		    s[0] == '.')
			return (HTTP_BAD_HOST);
		a->host = s;
		a->host_len = i;
	}
	if (i == len)
		return (HTTP_BAD_NONE);
	if (s[i] != ':')
		return (HTTP_BAD_HOST);
	return (port_parse(&a->port, s + i + 1, len - i - 1));
}
