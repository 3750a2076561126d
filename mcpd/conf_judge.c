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

#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "conf.h"
#include "conf_check.h"

/* A message quotes the text, and a key can be anywhere in a text. */
#define WORD_MAX	12	/* of whatever characters */
#define PLAIN_MAX	32	/* of small letters alone */

static int
is_plain(const char *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if ((p[i] < 'a' || p[i] > 'z') &&
		    strchr("_-./:\"'(),;{}", p[i]) == NULL)
			return 0;
	return 1;
}

/* An address, a network, a port or a size; an account number is none. */
static int
is_number(const char *p, size_t len)
{
	size_t	 i, digits = 0;

	for (i = 0; i < len; i++) {
		if (strchr("0123456789./:\",", p[i]) == NULL)
			return 0;
		digits = p[i] >= '0' && p[i] <= '9' ? digits + 1 : 0;
		if (digits > 9)
			return 0;
	}
	return 1;
}

static void
mask_words(const char *in, char *out, size_t size)
{
	size_t	 len, n = 0;

	out[0] = '\0';
	while (*in != '\0') {
		len = strcspn(in, " ");
		if (len <= WORD_MAX || (len <= PLAIN_MAX &&
		    (is_plain(in, len) || is_number(in, len))))
			snprintf(out + n, size - n, "%.*s", (int)len, in);
		else
			snprintf(out + n, size - n, "[REDACTED:%zu]", len);
		n = strlen(out);
		in += len;
		if (*in == ' ') {
			strlcat(out, " ", size);
			n = strlen(out);
			in++;
		}
	}
}

json_t *
conf_check_text(const char *text, size_t len)
{
	struct conf_errors	 errors = { 0 };
	struct conf		*conf;
	json_t			*out = json_array();
	char			 message[1024];
	size_t			 i;

	conf = conf_parse_string("config", text, len, NULL, &errors);
	for (i = 0; i < errors.n; i++) {
		mask_words(errors.v[i].message, message, sizeof(message));
		json_array_append_new(out, json_pack("{s:i, s:s}", "line",
		    errors.v[i].line, "message", message));
	}
	if (errors.dropped != 0)
		json_array_append_new(out, json_pack("{s:i, s:s}", "line", 0,
		    "message", "there are more errors than these"));
	if (conf == NULL && errors.n == 0) {
		json_decref(out);
		out = NULL;
	}
	conf_free(conf);
	conf_errors_free(&errors);
	return out;
}
