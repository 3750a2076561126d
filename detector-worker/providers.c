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
 * The provider table: whose key a pattern matches, which authorities are the
 * provider's own, and where it expects the key.  A key in one of these places
 * on its way to one of these authorities is what the key is for.  The
 * authority is the one connected to, never what a Host field says, and only
 * that one match is exempt: the same key in the body of the same request is
 * a finding.
 */

#include <string.h>
#include <strings.h>

#include "rules.h"

#define LIST(...)	(const char *const []){ __VA_ARGS__, NULL }
#define PLACES(...)	(const struct place []){ __VA_ARGS__, END }
#define END		{ .name = NULL }

enum place_kind {
	/* A field whose value is `text', then the key. */
	PLACE_FIELD = 0,
	/* The same, and something may come after: SigV4. */
	PLACE_FIELD_FIRST,
	/* The password, or the user's name, of Basic credentials. */
	PLACE_BASIC,
	PLACE_BASIC_USER,
	/* The key follows `text' anywhere in the value of the field. */
	PLACE_FIELD_ITEM,
	/* The value of a parameter of the query, or of a form as the body. */
	PLACE_QUERY,
	PLACE_FORM,
	/* The path begins with `name', then the key. */
	PLACE_PATH,
	/* The string that is the value of a member of a JSON body. */
	PLACE_JSON
};

struct place {
	const char	*name;	/* canonical field name, parameter, member */
	enum place_kind	 kind;
	const char	*text;
};

#define BEARER		{ "authorization", PLACE_FIELD, "Bearer " }
#define BASIC		{ "authorization", PLACE_BASIC, NULL }
#define BASIC_USER	{ "authorization", PLACE_BASIC_USER, NULL }
#define FIELD(f)	{ f, PLACE_FIELD, "" }

struct provider {
	enum rule_provider	 id;
	const char		*name;
	const char *const	*domains;	/* and names under them */
	const struct place	*places;
};

static const struct provider providers[] = {
	/* docs.anthropic.com: authentication; OAuth of Claude Code */
	{ PROVIDER_ANTHROPIC, "anthropic",
	    LIST("anthropic.com", "claude.ai", "claude.com"),
	    PLACES(FIELD("x-api-key"), BEARER,
		{ "refresh_token", PLACE_JSON, NULL }) },
	/* platform.openai.com: authentication, realtime over WebSocket */
	{ PROVIDER_OPENAI, "openai", LIST("openai.com"),
	    PLACES(BEARER, { "sec-websocket-protocol", PLACE_FIELD_ITEM,
		"openai-insecure-api-key." }) },
	/* ai.google.dev, cloud.google.com: API keys, also OpenAI's form */
	{ PROVIDER_GOOGLE, "google", LIST("googleapis.com"),
	    PLACES(FIELD("x-goog-api-key"), BEARER,
		{ "key", PLACE_QUERY, NULL },
		{ "access_token", PLACE_QUERY, NULL }) },
	/* learn.microsoft.com: Azure OpenAI and AI services, REST reference */
	{ PROVIDER_AZURE, "azure",
	    LIST("openai.azure.com", "cognitiveservices.azure.com",
		"services.ai.azure.com", "inference.ai.azure.com",
		"models.ai.azure.com", "openai.azure.us", "openai.azure.cn",
		"api.cognitive.microsoft.com"),
	    PLACES(FIELD("api-key"), FIELD("ocp-apim-subscription-key"),
		BEARER, { "api-key", PLACE_QUERY, NULL }) },
	/*
	 * docs.aws.amazon.com: Signature Version 4 and 4A name the key id in a
	 * field, a presigned URL or a POST policy; version 2 likewise.  The
	 * secret key is never sent.
	 */
	{ PROVIDER_AWS, "aws",
	    LIST("amazonaws.com", "amazonaws.com.cn", "api.aws"),
	    PLACES(
		{ "authorization", PLACE_FIELD_FIRST,
		    "AWS4-HMAC-SHA256 Credential=" },
		{ "authorization", PLACE_FIELD_FIRST,
		    "AWS4-ECDSA-P256-SHA256 Credential=" },
		{ "authorization", PLACE_FIELD_FIRST, "AWS " },
		{ "X-Amz-Credential", PLACE_QUERY, NULL },
		{ "AWSAccessKeyId", PLACE_QUERY, NULL },
		{ "AWSAccessKeyId", PLACE_FORM, NULL }) },
	/* docs.aws.amazon.com: Amazon Bedrock API keys */
	{ PROVIDER_BEDROCK, "bedrock",
	    LIST("amazonaws.com", "amazonaws.com.cn", "api.aws"),
	    PLACES(BEARER) },
	{ PROVIDER_GROQ, "groq", LIST("groq.com"), PLACES(BEARER) },
	{ PROVIDER_HUGGINGFACE, "huggingface",
	    /* not hf.space: that is everybody's */
	    LIST("huggingface.co", "hf.co", "endpoints.huggingface.cloud"),
	    PLACES(BEARER) },
	{ PROVIDER_XAI, "xai", LIST("x.ai"), PLACES(BEARER) },
	{ PROVIDER_REPLICATE, "replicate", LIST("replicate.com"),
	    PLACES(BEARER, { "authorization", PLACE_FIELD, "Token " }) },
	{ PROVIDER_MISTRAL, "mistral", LIST("mistral.ai"),
	    PLACES(BEARER, FIELD("x-api-key")) },
	{ PROVIDER_OPENROUTER, "openrouter", LIST("openrouter.ai"),
	    PLACES(BEARER) },
	{ PROVIDER_COHERE, "cohere", LIST("cohere.com", "cohere.ai"),
	    PLACES(BEARER) },
	{ PROVIDER_PERPLEXITY, "perplexity", LIST("perplexity.ai"),
	    PLACES(BEARER) },
	/* DeepSeek and others that give out sk- and 32 hex digits */
	{ PROVIDER_DEEPSEEK, "deepseek",
	    LIST("deepseek.com", "dashscope.aliyuncs.com",
		"dashscope-intl.aliyuncs.com"),
	    PLACES(BEARER, FIELD("x-api-key")) },
	/* Moonshot, Stability and old keys of OpenAI: sk- and 48 */
	{ PROVIDER_SK, "sk", LIST("openai.com", "moonshot.ai", "moonshot.cn",
		"stability.ai"),
	    PLACES(BEARER, FIELD("x-api-key")) },
	{ PROVIDER_TOGETHER, "together", LIST("together.xyz", "together.ai"),
	    PLACES(BEARER) },
	{ PROVIDER_FIREWORKS, "fireworks", LIST("fireworks.ai"),
	    PLACES(BEARER, FIELD("x-api-key")) },
	{ PROVIDER_NVIDIA, "nvidia", LIST("nvidia.com"), PLACES(BEARER) },
	/* docs.github.com: REST authentication; git over HTTPS uses Basic */
	{ PROVIDER_GITHUB, "github",
	    LIST("github.com", "githubusercontent.com", "ghcr.io"),
	    PLACES(BEARER, { "authorization", PLACE_FIELD, "Token " }, BASIC,
		BASIC_USER) },
	{ PROVIDER_GITLAB, "gitlab", LIST("gitlab.com"),
	    PLACES(FIELD("private-token"), FIELD("job-token"), BEARER, BASIC,
		{ "private_token", PLACE_QUERY, NULL }) },
	{ PROVIDER_SLACK, "slack", LIST("slack.com"),
	    PLACES(BEARER, { "token", PLACE_FORM, NULL }) },
	/* the rule takes "Bot " in */
	{ PROVIDER_DISCORD, "discord", LIST("discord.com", "discordapp.com"),
	    PLACES(FIELD("authorization")) },
	{ PROVIDER_TELEGRAM, "telegram", LIST("api.telegram.org"),
	    PLACES({ "/bot", PLACE_PATH, NULL },
		{ "/file/bot", PLACE_PATH, NULL }) },
	{ PROVIDER_DIGITALOCEAN, "digitalocean", LIST("digitalocean.com"),
	    PLACES(BEARER, BASIC) },
	{ PROVIDER_STRIPE, "stripe", LIST("stripe.com"),
	    PLACES(BEARER, BASIC_USER) },
	{ PROVIDER_SHOPIFY, "shopify", LIST("myshopify.com", "shopify.com"),
	    PLACES(FIELD("x-shopify-access-token")) },
	{ PROVIDER_NPM, "npm", LIST("npmjs.org", "npmjs.com"),
	    PLACES(BEARER) },
	{ PROVIDER_PYPI, "pypi", LIST("pypi.org"), PLACES(BASIC) },
	{ PROVIDER_DOCKER, "docker", LIST("docker.com", "docker.io"),
	    PLACES(BASIC, { "password", PLACE_JSON, NULL },
		{ "secret", PLACE_JSON, NULL }) },
	{ PROVIDER_RUBYGEMS, "rubygems", LIST("rubygems.org"),
	    PLACES(FIELD("authorization")) },
	{ PROVIDER_NUGET, "nuget", LIST("nuget.org"),
	    PLACES(FIELD("x-nuget-apikey")) },
	{ PROVIDER_LINEAR, "linear", LIST("linear.app"),
	    PLACES(FIELD("authorization"), BEARER) },
	{ PROVIDER_NOTION, "notion", LIST("notion.com"), PLACES(BEARER) },
	{ PROVIDER_SENDGRID, "sendgrid", LIST("sendgrid.com"),
	    PLACES(BEARER) },
	/* An agent's password for the gateway, which is any proxy. */
	{ PROVIDER_ONECLI, "onecli", LIST(""),
	    PLACES({ "proxy-authorization", PLACE_BASIC, NULL }) }
};

static const struct provider *
provider_find(enum rule_provider id)
{
	size_t	 i;

	for (i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (providers[i].id == id)
			return (&providers[i]);
	return (NULL);
}

const char *
provider_name(enum rule_provider id)
{
	const struct provider	*p = provider_find(id);

	return (p == NULL ? NULL : p->name);
}

/* Whether host is domain or a name under it; "": it is whatever it is. */
static int
host_within(const char *host, const char *domain)
{
	size_t	 hlen = strlen(host), dlen = strlen(domain);

	if (dlen == 0)
		return (1);
	if (hlen > 0 && host[hlen - 1] == '.')
		hlen--;
	if (hlen < dlen ||
	    strncasecmp(host + hlen - dlen, domain, dlen) != 0)
		return (0);
	return (hlen == dlen || host[hlen - dlen - 1] == '.');
}

static int
ends(const uint8_t *s, size_t len, const char *text)
{
	size_t	 n = strlen(text);

	/* Authentication schemes are case-insensitive, RFC 9110 11.1 */
	return (len >= n &&
	    strncasecmp((const char *)s + len - n, text, n) == 0);
}

static int
in_field(const struct place *p, const struct rule_where *w)
{
	if (w->field == NULL || strcmp(w->field, p->name) != 0)
		return (0);
	/* RFC 7617: base64 of name, colon, password; a text begins a line */
	if (p->kind == PLACE_BASIC)
		return (w->base64 && w->beforelen > 0 &&
		    w->before[w->beforelen - 1] == ':');
	if (p->kind == PLACE_BASIC_USER)
		return (w->base64 && (w->beforelen == 0 ||
		    w->before[w->beforelen - 1] == '\n'));
	if (w->base64)
		return (0);
	if (p->kind == PLACE_FIELD_ITEM)
		return (ends(w->before, w->beforelen, p->text));
	if (p->kind == PLACE_FIELD && w->afterlen != 0)
		return (0);
	return (w->beforelen == strlen(p->text) &&
	    ends(w->before, w->beforelen, p->text));
}

/* "?name=" or "&name=" just before the key. */
static int
in_parameter(const struct place *p, const struct rule_where *w)
{
	const uint8_t	*s = w->before;
	size_t		 len = w->beforelen, n = strlen(p->name);

	if (len < n + 1 || s[len - 1] != '=' ||
	    memcmp(s + len - 1 - n, p->name, n) != 0)
		return (0);
	len -= n + 1;
	if (p->kind == PLACE_FORM)
		return (len == 0 ? w->from_start : s[len - 1] == '&');
	if (len == 0 || (s[len - 1] != '?' && s[len - 1] != '&'))
		return (0);
	return (memchr(s, '?', len) != NULL);
}

/* "METHOD /name" or "METHOD scheme://authority/name" just before the key. */
static int
in_path(const struct place *p, const struct rule_where *w)
{
	const uint8_t	*s, *end = w->before + w->beforelen;

	if ((s = memchr(w->before, ' ', w->beforelen)) == NULL)
		return (0);
	s++;
	if (s < end && *s != '/') {
		if ((s = memchr(s, '/', (size_t)(end - s))) == NULL ||
		    end - s < 2 || s[1] != '/')
			return (0);
		s += 2;
		if ((s = memchr(s, '/', (size_t)(end - s))) == NULL)
			return (0);
	}
	return ((size_t)(end - s) == strlen(p->name) &&
	    memcmp(s, p->name, (size_t)(end - s)) == 0);
}

/* The member's name, a colon and a quote just before the key. */
static int
in_member(const struct place *p, const struct rule_where *w)
{
	const uint8_t	*s = w->before;
	size_t		 len = w->beforelen, n = strlen(p->name);

	if (len == 0 || s[--len] != '"')
		return (0);
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t' ||
	    s[len - 1] == '\r' || s[len - 1] == '\n'))
		len--;
	if (len == 0 || s[--len] != ':')
		return (0);
	while (len > 0 && s[len - 1] == ' ')
		len--;
	return (len >= n + 2 && s[len - 1] == '"' && s[len - n - 2] == '"' &&
	    memcmp(s + len - 1 - n, p->name, n) == 0);
}

static int
in_place(const struct place *p, const struct rule_where *w)
{
	switch (p->kind) {
	case PLACE_FIELD:
	case PLACE_FIELD_FIRST:
	case PLACE_FIELD_ITEM:
	case PLACE_BASIC:
	case PLACE_BASIC_USER:
		return (in_field(p, w));
	case PLACE_QUERY:
		return (w->channel == SCAN_TARGET && in_parameter(p, w));
	case PLACE_FORM:
		return (w->channel == SCAN_BODY && in_parameter(p, w));
	case PLACE_PATH:
		return (w->channel == SCAN_TARGET && in_path(p, w));
	case PLACE_JSON:
		return (w->channel == SCAN_BODY && in_member(p, w));
	}
	return (0);
}

int
provider_owns(enum rule_provider id, const char *host,
    const struct rule_where *where)
{
	const struct provider	*p = provider_find(id);
	const struct place	*place;
	const char *const	*domain;

	if (p == NULL)
		return (0);
	for (domain = p->domains; *domain != NULL; domain++)
		if (host_within(host, *domain))
			break;
	if (*domain == NULL)
		return (0);
	for (place = p->places; place->name != NULL; place++)
		if (in_place(place, where))
			return (1);
	return (0);
}
