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

#ifndef HOSTLIST_H
#define HOSTLIST_H

#include <stddef.h>

/*
 * Host names and lists of them: which hosts are inspected and which are passed
 * through.  The configuration, the ca-keeper and the proxy-workers all use
 * these functions, so that they mean the same.
 *
 * A canonical host is an IPv4 literal, an IPv6 literal as inet_ntop(3) writes
 * it (no brackets, no scope), or a name of RFC 1123 section 2.1: labels of
 * a-z, 0-9 and hyphen, 1 to 63 bytes each, hyphen neither first nor last, 253
 * bytes in all, no dot at the end.  Two additions: underscores may stand
 * wherever letters may, since there are such hosts and clients connect to
 * them; and a name whose last label is all digits or begins with 0x is none,
 * because some resolvers take it for an address.
 */
#define HOST_CANON_SIZE	256	/* for every canonical host */
#define HOSTLIST_MAX	1024	/* patterns in one list */

/*
 * Writes the canonical form of a host (any case; one dot at the end of a name
 * is dropped) to out.  0, or -1 when it is no host or out is too small.
 */
int	 host_canon(const char *host, char *out, size_t size);
/* 1 when a canonical host is an address, not a name. */
int	 host_is_addr(const char *canon);

/*
 * A pattern is a host, which matches itself; "*.domain", which matches every
 * name that ends in ".domain", at any depth, but not the domain itself; or
 * "*", which matches every host.  Start from zeroes.
 */
struct hostlist {
	char	**v;		/* canonical, sorted, each once */
	size_t	  n;
	int	  all;		/* "*" is one of them */
};

/* Writes the canonical form of a pattern; 0 or -1, as host_canon(). */
int	 hostlist_canon(const char *pattern, char *out, size_t size);
/*
 * Adds a pattern, in any case; one that is there already is no error.  0, or
 * -1 with errno EINVAL (no pattern), ENOSPC (HOSTLIST_MAX) or ENOMEM.
 */
int	 hostlist_add(struct hostlist *, const char *pattern);
/* 1 when a canonical host matches one of the patterns. */
int	 hostlist_match(const struct hostlist *, const char *canon);
void	 hostlist_free(struct hostlist *);

#endif /* HOSTLIST_H */
