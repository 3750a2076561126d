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

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "http_head.h"
#include "http_target.h"
#include "tunnel_start.h"

static const char	preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/*
 * The first len bytes against a text: all of it is there, it cannot be it, or
 * it still can.
 */
static enum tunnel_kind
begins(const uint8_t *p, size_t len, const char *text)
{
	size_t	 want = strlen(text);

	if (strncasecmp((const char *)p, text, len < want ? len : want) != 0)
		return (TUNNEL_UNKNOWN);
	return (len < want ? TUNNEL_MORE : TUNNEL_HTTP);
}

/* RFC 9112, 3: what lenient readers take for the blank between words. */
static bool
is_blank(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r');
}

static bool
is_letter(uint8_t c)
{
	return ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
}

/*
 * The target, from its first byte.  "*" alone is not enough: RTSP has it too.
 */
static enum tunnel_kind
target(const uint8_t *p, size_t len)
{
	enum tunnel_kind	 kind;
	size_t			 i;

	if (p[0] == '/')
		return (TUNNEL_HTTP);
	if (p[0] == '*') {
		for (i = 1; i < len && is_blank(p[i]); i++)
			continue;
		if (i == len)
			return (TUNNEL_MORE);
		return (i == 1 ? TUNNEL_UNKNOWN :
		    begins(p + i, len - i, "HTTP/"));
	}
	if ((kind = begins(p, len, "http://")) == TUNNEL_UNKNOWN)
		kind = begins(p, len, "https://");
	return (kind);
}

/*
 * More is taken for a request line than the validator accepts: what a lenient
 * server would understand must get our 400, not pass unseen.  But a method
 * begins with a letter, as all of them do: the git protocol would look like
 * one otherwise ("0033git-upload-pack /path").
 */
static enum tunnel_kind
request_line(const uint8_t *p, size_t len)
{
	size_t	 i, start;

	for (i = 0; i < len && (is_blank(p[i]) || p[i] == '\n'); i++)
		continue;
	if (i == len)
		return (TUNNEL_MORE);
	if (!is_letter(p[i]))
		return (TUNNEL_UNKNOWN);
	for (start = i; i < len && http_is_token((const char *)p + i, 1); i++)
		continue;
	if (i - start > HTTP_METHOD_MAX)
		return (TUNNEL_UNKNOWN);
	if (i == len)
		return (TUNNEL_MORE);
	if (!is_blank(p[i]))
		return (TUNNEL_UNKNOWN);
	while (i < len && is_blank(p[i]))
		i++;
	return (i == len ? TUNNEL_MORE : target(p + i, len - i));
}

enum tunnel_kind
tunnel_classify(const uint8_t *p, size_t len)
{
	enum tunnel_kind	 kind;
	size_t			 n;

	if (len == 0)
		return (TUNNEL_MORE);
	if (p[0] == 0x16) {
		if (len == 1)
			return (TUNNEL_MORE);
		return (p[1] == 0x03 ? TUNNEL_TLS : TUNNEL_UNKNOWN);
	}
	/* A version we do not speak: in whole and exact, or it is HTTP/1. */
	n = len < sizeof(preface) - 1 ? len : sizeof(preface) - 1;
	if (memcmp(p, preface, n) == 0)
		return (n < sizeof(preface) - 1 ? TUNNEL_MORE : TUNNEL_HTTP2);

	if (len > TUNNEL_START_MAX)
		len = TUNNEL_START_MAX;
	kind = request_line(p, len);
	/* Still undecided, it is a request line stretched with blanks. */
	return (kind == TUNNEL_MORE && len == TUNNEL_START_MAX ? TUNNEL_HTTP :
	    kind);
}
