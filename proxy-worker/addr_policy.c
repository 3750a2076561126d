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

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "addr_policy.h"

struct block {
	uint8_t		 addr[16];
	uint8_t		 bits;
	uint8_t		 class;
};

/* First match wins.  IANA special-purpose registries, RFC 6890. */
static const struct block blocks4[] = {
	{ { 0 },		 8,  ADDR_UNSPECIFIED }, /* this network */
	{ { 127 },		 8,  ADDR_LOOPBACK },
	{ { 10 },		 8,  ADDR_PRIVATE },
	{ { 172, 16 },		 12, ADDR_PRIVATE },
	{ { 192, 168 },		 16, ADDR_PRIVATE },
	{ { 169, 254 },		 16, ADDR_LINK_LOCAL },	/* and cloud metadata */
	{ { 100, 64 },		 10, ADDR_CGNAT },
	{ { 192, 0, 0 },	 24, ADDR_RESERVED },	/* protocols */
	{ { 224 },		 4,  ADDR_MULTICAST },
	{ { 240 },		 4,  ADDR_RESERVED }	/* with the broadcast */
};

static const struct block blocks6[] = {
	/* ::1 and ::, then the rest of the old IPv4-compatible block */
	{ { [15] = 1 },			128, ADDR_LOOPBACK },
	{ { 0 },			128, ADDR_UNSPECIFIED },
	{ { 0 },			96,  ADDR_TRANSLATED },
	/* IPv4-translated (SIIT, RFC 7915) and local NAT64 (RFC 8215) */
	{ { [8] = 0xff, 0xff },		96,  ADDR_TRANSLATED },
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, ADDR_TRANSLATED },
	{ { 0x20, 0x01, 0x00, 0x00 },	32,  ADDR_TRANSLATED },	/* Teredo */
	{ { 0x01, 0x00 },		64,  ADDR_RESERVED },	/* discard */
	{ { 0xfe, 0x80 },		10,  ADDR_LINK_LOCAL },
	{ { 0xfe, 0xc0 },		10,  ADDR_ULA },	/* site-local */
	{ { 0xfc, 0x00 },		7,   ADDR_ULA },
	{ { 0xff, 0x00 },		8,   ADDR_MULTICAST }
};

static bool
in_block(const uint8_t *a, const struct block *b)
{
	size_t	 whole = b->bits / 8;
	uint8_t	 mask;

	if (memcmp(a, b->addr, whole) != 0)
		return (false);
	if (b->bits % 8 == 0)
		return (true);
	mask = (uint8_t)(0xff << (8 - b->bits % 8));
	return ((a[whole] & mask) == (b->addr[whole] & mask));
}

static enum addr_class
classify4(const uint8_t *a)
{
	size_t	 i;

	for (i = 0; i < nitems(blocks4); i++)
		if (in_block(a, &blocks4[i]))
			return (blocks4[i].class);
	return (ADDR_PUBLIC);
}

/*
 * Where a translator or tunnel finds the IPv4 address in an IPv6 one: NAT64
 * (RFC 6052), 6to4 (RFC 3056), ISATAP in any prefix (RFC 5214, universal bit
 * set or not).  NULL when there is none.
 */
static const uint8_t *
embedded4(const uint8_t *a)
{
	static const uint8_t	 nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const uint8_t	 isatap[3] = { 0x00, 0x5e, 0xfe };

	if (memcmp(a, nat64, 12) == 0)
		return (a + 12);
	if (a[0] == 0x20 && a[1] == 0x02)
		return (a + 2);
	if ((a[8] & ~0x02) == 0 && memcmp(a + 9, isatap, 3) == 0)
		return (a + 12);
	return (NULL);
}

/* An IPv6 address that carries an IPv4 one is as good as what it carries. */
static enum addr_class
classify6(const uint8_t *a)
{
	static const uint8_t	 mapped[12] = { [10] = 0xff, 0xff };
	const uint8_t		*in4;
	size_t			 i;

	if (memcmp(a, mapped, 12) == 0)
		return (classify4(a + 12));
	for (i = 0; i < nitems(blocks6); i++)
		if (in_block(a, &blocks6[i]))
			return (blocks6[i].class);
	if ((in4 = embedded4(a)) != NULL && classify4(in4) != ADDR_PUBLIC)
		return (ADDR_TRANSLATED);
	return (ADDR_PUBLIC);
}

enum addr_class
addr_classify(const struct sockaddr *sa)
{
	const struct sockaddr_in	*sin;
	const struct sockaddr_in6	*sin6;

	switch (sa->sa_family) {
	case AF_INET:
		sin = (const struct sockaddr_in *)(const void *)sa;
		return (classify4((const uint8_t *)&sin->sin_addr));
	case AF_INET6:
		sin6 = (const struct sockaddr_in6 *)(const void *)sa;
		return (classify6((const uint8_t *)&sin6->sin6_addr));
	default:
		return (ADDR_RESERVED);
	}
}

void
addr_list_free(struct addr_list *l)
{
	free(l->v);
	memset(l, 0, sizeof(*l));
}

int
addr_list_add(struct addr_list *l, const struct prefix *p)
{
	struct prefix	*v;

	if ((v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL)
		return (-1);
	l->v = v;
	l->v[l->n++] = *p;
	return (0);
}

void
addr_policy_free(struct addr_policy *p)
{
	addr_list_free(&p->allow);
	addr_list_free(&p->own);
	addr_list_free(&p->listeners);
}

static uint16_t
port_of(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (ntohs(((const struct sockaddr_in *)
		    (const void *)sa)->sin_port));
	return (ntohs(((const struct sockaddr_in6 *)
	    (const void *)sa)->sin6_port));
}

/* Is it this host's address, as it is or carried in an IPv6 one? */
static bool
is_own(const struct addr_policy *p, const struct sockaddr *sa)
{
	const struct sockaddr_in6	*sin6;
	const uint8_t			*in4;
	struct sockaddr_in		 sin;

	if (prefix_match_any(p->own.v, p->own.n, sa) != NULL)
		return (true);
	if (sa->sa_family != AF_INET6)
		return (false);
	sin6 = (const struct sockaddr_in6 *)(const void *)sa;
	if ((in4 = embedded4((const uint8_t *)&sin6->sin6_addr)) == NULL)
		return (false);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, in4, 4);
	return (prefix_match_any(p->own.v, p->own.n,
	    (struct sockaddr *)&sin) != NULL);
}

static bool
is_wildcard(const struct prefix *p)
{
	static const uint8_t	 zero[16];

	return (memcmp(p->addr, zero, sizeof(zero)) == 0);
}

static bool
is_listener(const struct addr_policy *p, enum addr_class class, bool own,
    const struct sockaddr *sa)
{
	const struct prefix	*l;
	size_t			 i;

	for (i = 0; i < p->listeners.n; i++) {
		l = &p->listeners.v[i];
		if (prefix_match(l, sa))
			return (true);
		/* On the wildcard every address of this host is ours. */
		if (is_wildcard(l) && l->port == port_of(sa) && (own ||
		    class == ADDR_LOOPBACK || class == ADDR_UNSPECIFIED))
			return (true);
		/*
		 * Connecting to the wildcard reaches the loopback address,
		 * and a listener on any loopback address is reached so only
		 * by its own; the port alone is suspicion enough.
		 */
		if (l->port == port_of(sa) && class == ADDR_UNSPECIFIED)
			return (true);
	}
	return (false);
}

enum addr_class
addr_policy_check(const struct addr_policy *p, const struct addr_list *client,
    const struct sockaddr *sa)
{
	enum addr_class	 class;
	bool		 own;

	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return (ADDR_RESERVED);
	class = addr_classify(sa);
	own = is_own(p, sa);
	/* No configuration lets us talk to ourselves without end. */
	if (is_listener(p, class, own, sa))
		return (ADDR_LISTENER);
	if (prefix_match_any(p->allow.v, p->allow.n, sa) != NULL)
		return (ADDR_PUBLIC);
	if (client != NULL &&
	    prefix_match_any(client->v, client->n, sa) != NULL)
		return (ADDR_PUBLIC);
	if (class == ADDR_PUBLIC && own)
		return (ADDR_OWN);
	return (class);
}

static const struct {
	const char	*word;
	const char	*text;
} classes[] = {
	[ADDR_PUBLIC] =		{ "public", "a public address" },
	[ADDR_LOOPBACK] =	{ "loopback", "a loopback address" },
	[ADDR_UNSPECIFIED] =	{ "unspecified", "the unspecified address" },
	[ADDR_LINK_LOCAL] =	{ "link_local", "a link-local address" },
	[ADDR_MULTICAST] =	{ "multicast", "a multicast address" },
	[ADDR_RESERVED] =	{ "reserved", "a reserved address" },
	[ADDR_PRIVATE] =	{ "private", "a private address (RFC 1918)" },
	[ADDR_CGNAT] =		{ "cgnat", "a shared address (RFC 6598)" },
	[ADDR_ULA] =		{ "ula", "a unique local IPv6 address" },
	[ADDR_TRANSLATED] =	{ "translated",
	    "an IPv6 form that leads to a refused IPv4 address" },
	[ADDR_OWN] =		{ "own_address",
	    "an address of the host the proxy runs on" },
	[ADDR_LISTENER] =	{ "own_listener", "this proxy itself" }
};

const char *
addr_class_word(enum addr_class c)
{
	return ((size_t)c < ADDR_CLASS_MAX ? classes[c].word : "unknown");
}

const char *
addr_class_text(enum addr_class c)
{
	return ((size_t)c < ADDR_CLASS_MAX ? classes[c].text :
	    "an unknown address");
}

const char *
addr_policy_cure(enum addr_class c, const struct sockaddr *sa, char *buf,
    size_t size)
{
	struct prefix	 p;
	char		 text[PREFIX_STRLEN];

	buf[0] = '\0';
	if (c == ADDR_PUBLIC || c == ADDR_LISTENER ||
	    prefix_from_sockaddr(&p, sa) == -1)
		return (buf);
	p.port = port_of(sa);
	prefix_format(&p, text, sizeof(text));
	if (snprintf(buf, size, "allow destination { %s }", text) >= (int)size)
		buf[0] = '\0';
	return (buf);
}
