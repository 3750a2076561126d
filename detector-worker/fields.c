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

/* Field names that may be shown. */

#include <string.h>
#include <strings.h>

#include "rules.h"

/*
 * Common ones and those that carry a provider's own credential, so that none
 * can be a message in itself.  All others are "?".
 */
static const char *const known_fields[] = {
	"accept", "accept-encoding", "accept-language", "api-key",
	"authorization", "cache-control", "chunk-extension", "connection",
	"content-disposition",
	"content-encoding", "content-length", "content-location",
	"content-type", "cookie", "date", "etag", "expect", "forwarded",
	"from", "host", "if-match", "if-none-match", "job-token", "link",
	"location", "ocp-apim-subscription-key", "origin", "pragma",
	"private-token", "proxy-authorization", "range", "referer", "refresh",
	"sec-websocket-protocol", "server", "set-cookie", "te", "trailer",
	"transfer-encoding", "upgrade", "user-agent", "via", "warning",
	"www-authenticate", "x-amz-security-token", "x-api-key",
	"x-auth-token", "x-forwarded-for", "x-forwarded-host",
	"x-goog-api-key",
	"x-nuget-apikey", "x-request-id", "x-requested-with",
	"x-shopify-access-token", "x-vault-token"
};

const char *
field_known(const uint8_t *name, size_t len)
{
	size_t	 i;

	for (i = 0; i < sizeof(known_fields) / sizeof(known_fields[0]); i++)
		if (strlen(known_fields[i]) == len &&
		    strncasecmp(known_fields[i], (const char *)name, len) == 0)
			return (known_fields[i]);
	return (NULL);
}
