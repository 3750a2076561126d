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

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "compat.h"
#include "client_match.h"

#define CREDENTIAL_MAX	4096		/* base64 characters */

struct client *
client_find(const struct client_table *t, const char *name)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->v[i]->name, name) == 0)
			return (t->v[i]);
	return (NULL);
}

struct client *
client_add(struct client_table *t, const char *name)
{
	struct client	*c, **v;

	if ((c = client_find(t, name)) != NULL)
		return (c);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	if (strlcpy(c->name, name, sizeof(c->name)) >= sizeof(c->name) ||
	    (v = reallocarray(t->v, t->n + 1, sizeof(*v))) == NULL) {
		free(c);
		return (NULL);
	}
	t->v = v;
	t->v[t->n++] = c;
	return (c);
}

void
client_table_free(struct client_table *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++) {
		addr_list_free(&t->v[i]->addrs);
		addr_list_free(&t->v[i]->allow);
		freezero(t->v[i], sizeof(*t->v[i]));
	}
	free(t->v);
	memset(t, 0, sizeof(*t));
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '+')
		return (62);
	return (c == '/' ? 63 : -1);
}

/* RFC 4648 4, padding optional; returns the length or -1. */
static int
base64_decode(const char *s, size_t len, uint8_t *out)
{
	uint32_t	 bits = 0;
	size_t		 i;
	int		 v, n = 0, have = 0;

	while (len > 0 && s[len - 1] == '=')
		len--;
	if (len % 4 == 1)
		return (-1);
	for (i = 0; i < len; i++) {
		if ((v = base64_value(s[i])) == -1)
			return (-1);
		bits = bits << 6 | (uint32_t)v;
		if ((have += 6) >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return (n);
}

int
client_credential_hash(const char *s, size_t len,
    uint8_t hash[CLIENT_HASH_SIZE])
{
	uint8_t		*text, *colon;
	size_t		 size;
	unsigned int	 hlen = 0;
	int		 n, rv = -1;

	if (len < 6 || strncasecmp(s, "Basic ", 6) != 0)
		return (-1);
	for (s += 6, len -= 6; len > 0 && *s == ' '; s++, len--)
		continue;
	if (len == 0 || len > CREDENTIAL_MAX)
		return (-1);
	size = len;
	if ((text = malloc(size)) == NULL)
		return (-1);
	if ((n = base64_decode(s, len, text)) > 0 &&
	    (colon = memchr(text, ':', (size_t)n)) != NULL) {
		colon++;
		if (EVP_Digest(colon, (size_t)(text + n - colon), hash, &hlen,
		    EVP_sha256(), NULL) == 1 && hlen == CLIENT_HASH_SIZE)
			rv = 0;
	}
	freezero(text, size);
	return (rv);
}

/* Length of the longest source prefix that matches, -1 when none does. */
static int
source_fit(const struct client *c, const struct sockaddr *src)
{
	const struct prefix	*p;
	int			 best = -1, len;
	size_t			 i;

	for (i = 0; i < c->addrs.n; i++) {
		p = &c->addrs.v[i];
		if (!prefix_match(p, src))
			continue;
		len = p->len;
		if (len > best)
			best = len;
	}
	return (best);
}

static struct client *
by_source(const struct client_table *t, const struct sockaddr *src)
{
	struct client	*found = NULL;
	int		 best = -1, fit;
	size_t		 i;

	for (i = 0; i < t->n; i++)
		if ((fit = source_fit(t->v[i], src)) > best) {
			best = fit;
			found = t->v[i];
		}
	return (found);
}

/* Every hash is compared, in constant time, whatever fits first. */
static struct client *
by_credential(const struct client_table *t, const struct sockaddr *src,
    const char *cred, size_t len)
{
	struct client	*c, *found = NULL;
	uint8_t		 hash[CLIENT_HASH_SIZE];
	int		 best = -2, fit;
	size_t		 i;

	if (client_credential_hash(cred, len, hash) == -1)
		return (NULL);
	for (i = 0; i < t->n; i++) {
		c = t->v[i];
		if (!c->has_credential ||
		    CRYPTO_memcmp(c->credential, hash, sizeof(hash)) != 0)
			continue;
		fit = source_fit(c, src);
		if (fit == -1 && c->addrs.n > 0)
			continue;	/* right password, wrong place */
		if (fit > best) {
			best = fit;
			found = c;
		}
	}
	OPENSSL_cleanse(hash, sizeof(hash));
	return (found);
}

/* Is there a client that only its credential names? */
static bool
credential_only(const struct client_table *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (t->v[i]->has_credential && t->v[i]->addrs.n == 0)
			return (true);
	return (false);
}

static bool
is_loopback(const struct sockaddr *src)
{
	return (addr_classify(src) == ADDR_LOOPBACK);
}

enum client_verdict
client_admit(const struct client_table *t, const struct sockaddr *src)
{
	if (is_loopback(src) || by_source(t, src) != NULL ||
	    credential_only(t))
		return (CLIENT_OK);
	return (CLIENT_UNKNOWN);
}

enum client_verdict
client_match(const struct client_table *t, const struct sockaddr *src,
    const char *cred, size_t len, struct client **cp)
{
	struct client	*c;

	*cp = NULL;
	if (cred != NULL && (c = by_credential(t, src, cred, len)) != NULL) {
		*cp = c;
		return (CLIENT_OK);
	}
	if ((c = by_source(t, src)) != NULL) {
		if (c->has_credential)
			return (CLIENT_CREDENTIAL);
		*cp = c;
		return (CLIENT_OK);
	}
	/* A mistyped credential must not pass for somebody else. */
	if (credential_only(t) && (cred != NULL || !is_loopback(src)))
		return (CLIENT_CREDENTIAL);
	if (!is_loopback(src))
		return (CLIENT_UNKNOWN);
	*cp = client_find(t, CLIENT_DEFAULT);
	return (*cp == NULL ? CLIENT_UNKNOWN : CLIENT_OK);
}
