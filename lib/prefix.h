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

#ifndef PREFIX_H
#define PREFIX_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>

/*
 * A set of addresses: a network, or one host when the length is full, and
 * optionally one port.  Bits beyond the length are always zero, so equal
 * sets compare equal byte by byte.
 */
struct prefix {
	sa_family_t	 family;	/* AF_INET or AF_INET6 */
	uint8_t		 len;		/* bits: 0..32, 0..128 */
	uint16_t	 port;		/* host order, 0 is any port */
	uint8_t		 addr[16];	/* network order, IPv4 in the first 4 */
};

/* Enough for any prefix_format() answer and its NUL. */
#define PREFIX_STRLEN	64

/*
 * Read "10.0.0.0/8", "192.0.2.1", "fc00::/7" or "::1"; the port is set to
 * any.  No names and no zones.  Refused, because each hides a mistake: bits
 * set beyond the length, and IPv6 notation for an IPv4 address (RFC 4291,
 * 2.5.5.2), which the IPv4 form says better.  Returns 0, or -1 with *errstr
 * set to a constant string that finishes the sentence "TEXT ...".
 */
int	 prefix_parse(struct prefix *, const char *text, const char **errstr);

/*
 * Fill in from a socket address: the host alone, full length, any port.  An
 * IPv4-mapped IPv6 address becomes the IPv4 address.  Returns 0, or -1 for
 * another family.
 */
int	 prefix_from_sockaddr(struct prefix *, const struct sockaddr *);

/*
 * Is the address, and the port if the prefix names one, in the prefix?  An
 * IPv4-mapped IPv6 address counts as the IPv4 address.  Returns 1 or 0; 0 for
 * a family other than the two.
 */
int	 prefix_match(const struct prefix *, const struct sockaddr *);

/* The first of n prefixes that matches, or NULL. */
const struct prefix *
	 prefix_match_any(const struct prefix *, size_t n,
	    const struct sockaddr *);

/* Does the first hold every address of the second?  Ports do not count. */
int	 prefix_contains(const struct prefix *, const struct prefix *);

/* Have the two an address in common?  Ports do not count. */
int	 prefix_overlap(const struct prefix *, const struct prefix *);

/*
 * Order by family, address, length, port: a network comes directly before
 * what it contains.  For qsort(3), through a wrapper.
 */
int	 prefix_cmp(const struct prefix *, const struct prefix *);

/*
 * Write the form prefix_parse() reads, the length left out for a host, and
 * " port N" if there is one.  Returns buf, which is empty if size is below
 * PREFIX_STRLEN.
 */
const char *
	 prefix_format(const struct prefix *, char *buf, size_t size);

#endif
