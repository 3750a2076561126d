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

#include "http_auth.h"
#include "http_head.h"
#include "http_target.h"

static const char *const auth_fields[] = {
	"Authorization", "WWW-Authenticate", "Proxy-Authorization",
	"Proxy-Authenticate"
};

static bool
is_auth(const struct http_head *h, const struct http_field *f)
{
	size_t	 i;

	for (i = 0; i < sizeof(auth_fields) / sizeof(auth_fields[0]); i++)
		if (http_field_is(h, f, auth_fields[i]))
			return (true);
	return (false);
}

/*
 * The first word of each element of the list.  A comma inside of quotes makes
 * more elements than there are: at worst a connection is not shared.
 */
static bool
names_bound(const char *s, size_t len)
{
	size_t	 i = 0, start;

	while (i < len) {
		while (i < len && (s[i] == ' ' || s[i] == '\t' || s[i] == ','))
			i++;
		start = i;
		while (i < len && http_is_token(s + i, 1))
			i++;
		if (http_equal(s + start, i - start, "NTLM") ||
		    http_equal(s + start, i - start, "Negotiate"))
			return (true);
		while (i < len && s[i] != ',')
			i++;
	}
	return (false);
}

bool
http_auth_is_bound(const struct http_head *h)
{
	const struct http_field	*f;
	size_t			 i;

	for (i = 0; i < h->nfields; i++) {
		f = &h->fields[i];
		if (is_auth(h, f) ?
		    names_bound(http_span(h, f->value), f->value.len) :
		    /* Microsoft's servers say it of Kerberos. */
		    http_field_is(h, f, "Persistent-Auth"))
			return (true);
	}
	return (false);
}
