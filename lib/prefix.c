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
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "prefix.h"

#define V4_BITS		32
#define V6_BITS		128
#define V4MAPPED_BITS	96

static const uint8_t v4mapped[12] =
    { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static unsigned int
family_bits(sa_family_t family)
{
	return family == AF_INET ? V4_BITS : V6_BITS;
}

/* Do the first bits of both agree? */
static int
bits_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int	 bytes = bits / 8, rest = bits % 8;
	uint8_t		 mask;

	if (bytes != 0 && memcmp(a, b, bytes) != 0)
		return 0;
	if (rest == 0)
		return 1;
	mask = (uint8_t)(0xff << (8 - rest));
	return ((a[bytes] ^ b[bytes]) & mask) == 0;
}

/* Is every bit from the given one to the end of the address zero? */
static int
bits_clear(const uint8_t *addr, unsigned int from, unsigned int bits)
{
	unsigned int i;

	for (i = from; i < bits; i++) {
		if (addr[i / 8] & (0x80 >> (i % 8)))
			return 0;
	}
	return 1;
}

int
prefix_parse(struct prefix *p, const char *text, const char **errstr)
{
	char		 host[INET6_ADDRSTRLEN];
	const char	*slash, *s;
	size_t		 hostlen;
	unsigned int	 bits, len;

	memset(p, 0, sizeof(*p));
	slash = strchr(text, '/');
	hostlen = slash == NULL ? strlen(text) : (size_t)(slash - text);
	if (hostlen == 0 || hostlen >= sizeof(host)) {
		*errstr = "is not an IP address";
		return -1;
	}
	memcpy(host, text, hostlen);
	host[hostlen] = '\0';

	if (inet_pton(AF_INET, host, p->addr) == 1)
		p->family = AF_INET;
	else if (inet_pton(AF_INET6, host, p->addr) == 1)
		p->family = AF_INET6;
	else {
		*errstr = strchr(host, '%') != NULL ?
		    "names an interface; write the address without it" :
		    "is not an IP address; names are not looked up";
		return -1;
	}

	bits = family_bits(p->family);
	len = bits;
	if (slash != NULL) {
		/* At most three digits, so no overflow; no leading zero. */
		len = 0;
		for (s = slash + 1; *s >= '0' && *s <= '9' && s - slash < 4;
		    s++)
			len = len * 10 + (unsigned int)(*s - '0');
		if (s == slash + 1 || *s != '\0' || len > bits ||
		    (slash[1] == '0' && s != slash + 2)) {
			*errstr = p->family == AF_INET ?
			    "has a bad prefix length; write 0 to 32" :
			    "has a bad prefix length; write 0 to 128";
			return -1;
		}
	}
	if (!bits_clear(p->addr, len, bits)) {
		*errstr = "has bits set beyond its prefix length; write "
		    "the first address of the network, or the host alone";
		return -1;
	}
	if (p->family == AF_INET6 && len >= V4MAPPED_BITS &&
	    bits_equal(p->addr, v4mapped, V4MAPPED_BITS)) {
		*errstr = "is an IPv4 address in IPv6 form; write it as IPv4";
		return -1;
	}
	p->len = (uint8_t)len;
	return 0;
}

int
prefix_from_sockaddr(struct prefix *p, const struct sockaddr *sa)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	memset(p, 0, sizeof(*p));
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&sin, sa, sizeof(sin));
		p->family = AF_INET;
		p->len = V4_BITS;
		memcpy(p->addr, &sin.sin_addr, 4);
		return 0;
	case AF_INET6:
		memcpy(&sin6, sa, sizeof(sin6));
		if (IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr)) {
			p->family = AF_INET;
			p->len = V4_BITS;
			memcpy(p->addr, &sin6.sin6_addr.s6_addr[12], 4);
		} else {
			p->family = AF_INET6;
			p->len = V6_BITS;
			memcpy(p->addr, &sin6.sin6_addr, 16);
		}
		return 0;
	default:
		return -1;
	}
}

static uint16_t
sockaddr_port(const struct sockaddr *sa)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		return ntohs(sin.sin_port);
	}
	memcpy(&sin6, sa, sizeof(sin6));
	return ntohs(sin6.sin6_port);
}

int
prefix_match(const struct prefix *p, const struct sockaddr *sa)
{
	struct prefix host;

	if (prefix_from_sockaddr(&host, sa) == -1)
		return 0;
	if (!prefix_contains(p, &host))
		return 0;
	return p->port == 0 || p->port == sockaddr_port(sa);
}

const struct prefix *
prefix_match_any(const struct prefix *p, size_t n, const struct sockaddr *sa)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (prefix_match(&p[i], sa))
			return &p[i];
	}
	return NULL;
}

int
prefix_contains(const struct prefix *a, const struct prefix *b)
{
	return a->family == b->family && a->len <= b->len &&
	    bits_equal(a->addr, b->addr, a->len);
}

int
prefix_overlap(const struct prefix *a, const struct prefix *b)
{
	/* Two networks are nested or disjoint, nothing in between. */
	return prefix_contains(a, b) || prefix_contains(b, a);
}

int
prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int r;

	if (a->family != b->family)
		return a->family == AF_INET ? -1 : 1;
	if ((r = memcmp(a->addr, b->addr, sizeof(a->addr))) != 0)
		return r;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return 0;
}

const char *
prefix_format(const struct prefix *p, char *buf, size_t size)
{
	size_t	 used;

	if (size == 0)
		return buf;
	buf[0] = '\0';
	if (size < PREFIX_STRLEN ||
	    inet_ntop(p->family, p->addr, buf, (socklen_t)size) == NULL) {
		buf[0] = '\0';
		return buf;
	}
	if (p->len != family_bits(p->family)) {
		used = strlen(buf);
		snprintf(buf + used, size - used, "/%u", p->len);
	}
	if (p->port != 0) {
		used = strlen(buf);
		snprintf(buf + used, size - used, " port %u", p->port);
	}
	return buf;
}
