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


#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>
#include <strings.h>

#include "compat.h"

#include "parse.h"

#define SCHEME	"http://"

size_t
parse_proxy_url(const char *url, char host[HOST_CANON_SIZE], uint16_t *port,
    const char **errstr)
{
	char		 buf[HOST_CANON_SIZE], canon[HOST_CANON_SIZE];
	const char	*p, *colon, *end, *unused;
	char		 digits[6];
	uint64_t	 n;
	size_t		 len;
	int		 brackets;

	if (strncasecmp(url, "https://", 8) == 0) {
		*errstr = "clients speak plain HTTP to the proxy, also for "
		    "HTTPS destinations; write http://host:port";
		return 0;
	}
	*errstr = "not of the form http://host:port";
	if (strncasecmp(url, SCHEME, strlen(SCHEME)) != 0)
		return 0;
	p = url + strlen(SCHEME);
	if (strchr(p, '@') != NULL) {
		*errstr = "a user or password does not belong here; each "
		    "client is given its own";
		return 0;
	}
	end = p + strlen(p);
	if (end > p && end[-1] == '/')
		end--;
	brackets = *p == '[';
	if (brackets)
		p++;
	len = strcspn(p, brackets ? "]" : ":");
	if (len == 0 || len >= sizeof(buf) || p[len - 1] == '.')
		return 0;
	memcpy(buf, p, len);
	buf[len] = '\0';
	/* a colon in it and brackets around it: both or none */
	if (host_canon(buf, canon, sizeof(canon)) == -1 ||
	    (strchr(canon, ':') != NULL) != brackets)
		return 0;
	colon = p + len + (brackets && p[len] == ']');
	if (*colon != ':' || end <= colon ||
	    (size_t)(end - colon) - 1 >= sizeof(digits))
		return 0;
	len = (size_t)(end - colon) - 1;
	memcpy(digits, colon + 1, len);
	digits[len] = '\0';
	if (parse_number(digits, 1, 65535, &n, &unused) == -1)
		return 0;
	if (host != NULL)
		strlcpy(host, canon, HOST_CANON_SIZE);
	if (port != NULL)
		*port = (uint16_t)n;
	return (size_t)(end - url);
}
