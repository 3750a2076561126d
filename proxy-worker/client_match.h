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

#ifndef CLIENT_MATCH_H
#define CLIENT_MATCH_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr_policy.h"
#include "prefix.h"
#include "resolve.h"

/*
 * Whose request is it?  The source address and the proxy credential name a
 * client block of the configuration.  On no listener is there an answer for
 * strangers: an address nobody configured is refused, but for the loopback
 * ones, which are client "default".
 */

#define CLIENT_NAME_SIZE	64
#define CLIENT_HASH_SIZE	32	/* SHA-256 */
#define CLIENT_DEFAULT		"default"

struct client {
	char		 name[CLIENT_NAME_SIZE];
	bool		 has_credential;
	uint8_t		 credential[CLIENT_HASH_SIZE];
	struct addr_list addrs;		/* sources; none: any, by credential */
	struct addr_list allow;		/* destinations */
	unsigned int	 connections;	/* open now: for the cap */
	unsigned int	 pooled;	/* idle ones to origins */
	struct resolve_share names;
};

struct client_table {
	struct client	**v;		/* pointers stay valid */
	size_t		 n;
};

enum client_verdict {
	CLIENT_OK,
	CLIENT_UNKNOWN,			/* 403: nobody configured */
	CLIENT_CREDENTIAL		/* 407: credential missing or wrong */
};

/* The client of that name, made when new; NULL when memory is short. */
struct client	*client_add(struct client_table *, const char *name);
struct client	*client_find(const struct client_table *, const char *name);
void		 client_table_free(struct client_table *);

/*
 * May that source talk to us at all?  Asked at accept, before a byte is read:
 * CLIENT_OK or CLIENT_UNKNOWN.
 */
enum client_verdict client_admit(const struct client_table *,
		    const struct sockaddr *src);

/*
 * Names the client.  cred is the value of Proxy-Authorization (not
 * terminated), NULL when there is none.  A credential that fits is the
 * stronger identity, then the longest matching source prefix; a client with a
 * credential is never assumed without it.
 */
enum client_verdict client_match(const struct client_table *,
		    const struct sockaddr *src, const char *cred, size_t len,
		    struct client **);

/*
 * SHA-256 of the password in a Basic credential (RFC 7617); -1 when it is not
 * one.  The decoded text is wiped.
 */
int		 client_credential_hash(const char *, size_t,
		    uint8_t [CLIENT_HASH_SIZE]);

#endif /* CLIENT_MATCH_H */
