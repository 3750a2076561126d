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


/*
 * Own credentials: a key in its provider's own place, on its way to that
 * provider, is what the key is for.  Only that one match is exempt; the same
 * key in the body of the same request is a finding.
 */

#include <string.h>
#include <strings.h>

#include "rules.h"

struct own_place {
	enum rule_provider	 provider;
	const char		*host;		/* it, or any name under it */
	const char		*field;		/* canonical name */
	const char		*prefix;	/* the value before the key */
	int			 whole;		/* nothing may come after */
};

static const struct own_place own_places[] = {
	{ PROVIDER_ANTHROPIC, "anthropic.com", "x-api-key", "", 1 },
	{ PROVIDER_ANTHROPIC, "anthropic.com", "authorization", "Bearer ", 1 },
	{ PROVIDER_OPENAI, "openai.com", "authorization", "Bearer ", 1 },
	{ PROVIDER_GOOGLE, "googleapis.com", "x-goog-api-key", "", 1 },
	{ PROVIDER_GROQ, "groq.com", "authorization", "Bearer ", 1 },
	{ PROVIDER_HUGGINGFACE, "huggingface.co", "authorization", "Bearer ",
	    1 },
	{ PROVIDER_XAI, "x.ai", "authorization", "Bearer ", 1 },
	{ PROVIDER_REPLICATE, "replicate.com", "authorization", "Bearer ", 1 },
	{ PROVIDER_REPLICATE, "replicate.com", "authorization", "Token ", 1 },
	{ PROVIDER_OPENROUTER, "openrouter.ai", "authorization", "Bearer ",
	    1 },
	{ PROVIDER_PERPLEXITY, "perplexity.ai", "authorization", "Bearer ",
	    1 },
	{ PROVIDER_NVIDIA, "nvidia.com", "authorization", "Bearer ", 1 },
	/* SigV4 names the key id; the secret key is never sent. */
	{ PROVIDER_AWS, "amazonaws.com", "authorization",
	    "AWS4-HMAC-SHA256 Credential=", 0 }
};

/* Whether host is domain or a name under it, on a label boundary. */
static int
host_within(const char *host, const char *domain)
{
	size_t	 hlen = strlen(host), dlen = strlen(domain);

	if (hlen > 0 && host[hlen - 1] == '.')
		hlen--;
	if (hlen < dlen ||
	    strncasecmp(host + hlen - dlen, domain, dlen) != 0)
		return (0);
	return (hlen == dlen || host[hlen - dlen - 1] == '.');
}

int
owncred_exempt(enum rule_provider provider, const char *host,
    const char *field, const uint8_t *before, size_t beforelen,
    size_t afterlen)
{
	const struct own_place	*o;
	size_t			 i, plen;

	if (provider == PROVIDER_NONE || field == NULL)
		return (0);
	for (i = 0; i < sizeof(own_places) / sizeof(own_places[0]); i++) {
		o = &own_places[i];
		if (o->provider != provider || strcmp(o->field, field) != 0 ||
		    !host_within(host, o->host))
			continue;
		plen = strlen(o->prefix);
		if (beforelen != plen || (o->whole && afterlen != 0))
			continue;
		/* Authentication schemes are case-insensitive, RFC 9110 11.1 */
		if (strncasecmp((const char *)before, o->prefix, plen) == 0)
			return (1);
	}
	return (0);
}

/*
 * Field names that may be shown: common ones, so that none can be a message
 * in itself.  All others are "?".
 */
static const char *const known_fields[] = {
	"accept", "accept-encoding", "accept-language", "api-key",
	"authorization", "cache-control", "connection", "content-disposition",
	"content-encoding", "content-length", "content-location",
	"content-type", "cookie", "date", "etag", "expect", "forwarded",
	"from", "host", "if-match", "if-none-match", "link", "location",
	"origin", "pragma", "private-token", "range", "referer", "refresh",
	"sec-websocket-protocol", "server", "set-cookie", "te", "trailer",
	"transfer-encoding", "upgrade", "user-agent", "via", "warning",
	"www-authenticate", "x-amz-security-token", "x-api-key", "x-auth-token",
	"x-forwarded-for", "x-forwarded-host", "x-goog-api-key",
	"x-request-id", "x-requested-with"
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
