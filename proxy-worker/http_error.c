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
#include <string.h>

#include "buf.h"
#include "http_error.h"

#define HOST_SHOWN	272
#define BODY_MAX	2048

static const struct {
	int		 status;
	const char	*text;
} status_texts[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" }
};

const char *
http_status_text(int status)
{
	size_t	 i;

	for (i = 0; i < sizeof(status_texts) / sizeof(status_texts[0]); i++)
		if (status_texts[i].status == status)
			return (status_texts[i].text);
	return ("Error");
}

/* A masked name has only these; anything else is not shown. */
static void
host_copy(char *to, size_t size, const char *from)
{
	static const char	 ok[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]*<>= ";
	size_t			 i;

	for (i = 0; from[i] != '\0' && i < size - 1; i++)
		to[i] = strchr(ok, from[i]) != NULL ? from[i] : '?';
	to[i] = '\0';
}

static int
body_write(struct buf *b, const struct http_error *e)
{
	char	 host[HOST_SHOWN];

	if (buf_printf(b, "%d %s\n\nThe traffic guardian: %s", e->status,
	    http_status_text(e->status), e->why) == -1)
		return (-1);
	if (e->host != NULL) {
		host_copy(host, sizeof(host), e->host);
		if (buf_printf(b, " (%s)", host) == -1)
			return (-1);
	}
	if (buf_addstr(b, ".\n") == -1)
		return (-1);
	if (e->cure != NULL && buf_printf(b, "%s\n", e->cure) == -1)
		return (-1);
	return (0);
}

static int
whole_write(struct buf *b, int status, const char *extra,
    const struct buf *body, bool head)
{
	if (buf_printf(b, "HTTP/1.1 %d %s\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "Cache-Control: no-store\r\n%s\r\n", status,
	    http_status_text(status), buf_len(body), extra) == -1)
		return (-1);
	return (head ? 0 : buf_add(b, buf_data(body), buf_len(body)));
}

int
http_error_write(struct buf *b, const struct http_error *e)
{
	struct buf	 body;
	int		 rv;

	buf_init(&body, BODY_MAX);
	if ((rv = body_write(&body, e)) == 0)
		rv = whole_write(b, e->status, e->status == 407 ?
		    "Proxy-Authenticate: Basic realm=\"traffic guardian\"\r\n"
		    "Connection: close\r\n" : "Connection: close\r\n", &body,
		    e->head);
	buf_free(&body);
	return (rv);
}

int
http_text_write(struct buf *b, const char *text, bool head, bool close)
{
	struct buf	 body;
	int		 rv;

	buf_init(&body, 64 * 1024);
	if ((rv = buf_addstr(&body, text)) == 0)
		rv = whole_write(b, 200, close ? "Connection: close\r\n" : "",
		    &body, head);
	buf_free(&body);
	return (rv);
}
