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

#ifndef ADDR_POLICY_H
#define ADDR_POLICY_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>

#include "prefix.h"

/*
 * Which addresses the proxy does not connect to, so that it gives a client no
 * reach it would not have itself: this host, its networks, and every address
 * form that leads there.  Judged on the address connected to, after the name
 * was resolved.
 */

enum addr_class {
	ADDR_PUBLIC,
	ADDR_LOOPBACK,
	ADDR_UNSPECIFIED,	/* 0/8, :: */
	ADDR_LINK_LOCAL,
	ADDR_MULTICAST,
	ADDR_RESERVED,		/* 240/4 and blocks that are never a host */
	ADDR_PRIVATE,		/* RFC 1918 */
	ADDR_CGNAT,		/* RFC 6598 */
	ADDR_ULA,		/* RFC 4193, and the site-local of before */
	ADDR_TRANSLATED,	/* NAT64, 6to4, Teredo ... of one refused */
	ADDR_OWN,		/* an address of this host */
	ADDR_LISTENER,		/* we would talk to ourselves */
	ADDR_CLASS_MAX
};

struct addr_list {
	struct prefix	*v;
	size_t		 n;
};

struct addr_policy {
	struct addr_list allow;		/* for every client */
	struct addr_list own;		/* this host's addresses */
	struct addr_list listeners;	/* ours, with port; a wildcard
					 * address stands for all of own */
};

void	 addr_list_free(struct addr_list *);
/* 0, or -1 when memory is short. */
int	 addr_list_add(struct addr_list *, const struct prefix *);

void	 addr_policy_free(struct addr_policy *);

/* What an address is by its number alone. */
enum addr_class	 addr_classify(const struct sockaddr *);

/*
 * ADDR_PUBLIC when the proxy may connect there for a client whose own allow
 * list is given (or NULL), else why not.
 */
enum addr_class	 addr_policy_check(const struct addr_policy *,
		    const struct addr_list *client, const struct sockaddr *);

/* "loopback" ...: for events. */
const char	*addr_class_word(enum addr_class);
/* "a loopback address" ...: for people. */
const char	*addr_class_text(enum addr_class);

/*
 * The configuration line that would allow this address and port, or "" when
 * nothing does.  Returns buf.
 */
const char	*addr_policy_cure(enum addr_class, const struct sockaddr *,
		    char *buf, size_t size);
#define ADDR_CURE_SIZE	128

#endif /* ADDR_POLICY_H */
