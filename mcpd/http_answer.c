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

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>

#include "compat.h"
#include "http_answer.h"

static const struct {
	int		 status;
	const char	*phrase;
} phrases[] = {
	{ 200, "OK" }, { 202, "Accepted" }, { 400, "Bad Request" },
	{ 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" }, { 417, "Expectation Failed" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" }, { 503, "Service Unavailable" },
};

static const char *
phrase_of(int status)
{
	size_t	 i;

	for (i = 0; i < nitems(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Error";
}

/* RFC 9110, 5.6.7: a server with a clock says what time it is. */
static const char *
date_now(char *buf, size_t size)
{
	static const char	 days[] = "SunMonTueWedThuFriSat";
	static const char	 months[] = "JanFebMarAprMayJunJulAugSep"
				    "OctNovDec";
	time_t			 now = time(NULL);
	struct tm		 tm;

	if (gmtime_r(&now, &tm) == NULL)
		return "Thu, 01 Jan 1970 00:00:00 GMT";
	snprintf(buf, size, "%.3s, %02d %.3s %d %02d:%02d:%02d GMT",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return buf;
}

int
http_answer_write(struct evbuffer *out, const struct http_answer *a,
    int closing)
{
	const char	*text = a->text;
	size_t		 len = a->len;
	char		 made[96], date[64];

	if (text == NULL && a->status != 202) {
		snprintf(made, sizeof(made), "{\"error\":\"%s\"}",
		    phrase_of(a->status));
		text = made;
		len = strlen(made);
	}
	if (evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\n"
	    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	    "%s%s%sContent-Length: %zu\r\n\r\n", a->status,
	    phrase_of(a->status), date_now(date, sizeof(date)),
	    a->extra == NULL ? "" : a->extra,
	    closing ? "Connection: close\r\n" : "",
	    text == NULL ? "" : "Content-Type: application/json\r\n",
	    len) == -1)
		return -1;
	return text == NULL ? 0 : evbuffer_add(out, text, len);
}
