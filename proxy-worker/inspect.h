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

#ifndef INSPECT_H
#define INSPECT_H

#include <stdbool.h>

#include "buf.h"
#include "hostlist.h"
#include "msg_leaf.h"

struct channel;
struct leaf_store;
struct tls_config;
struct tls_trust;
struct imsg;
struct proxy;

#define TRUST_MAX	(4 * 1024 * 1024)	/* bytes of one file of CAs */

/*
 * What this worker was told about HTTPS: which hosts to inspect, whom to trust
 * upstream, and with which CA its clients are answered.
 */
struct inspect {
	struct hostlist	 hosts;		/* none: nothing is inspected */
	struct hostlist	 passthrough;
	struct buf	 trust;		/* PEM: CAs of servers */
	struct buf	 gateway_trust;	/* PEM: CAs of the gateway's hop */
	struct msg_gateway gateway;	/* no host: there is none */
	struct channel	*keeper;	/* NULL while there is none */
	bool		 has_ca;
	struct msg_ca	 ca;
	/* Made of it by inspect_start(), NULL while nothing is inspected. */
	struct tls_trust *anchors;
	struct tls_config *tls_http;	/* to servers, with ALPN http/1.1 */
	struct tls_config *tls_plain;	/* and without */
	struct leaf_store *leaves;
};

void	 inspect_init(struct inspect *);
/* The parent's messages about it: 0, or -1 when malformed or not one. */
int	 inspect_config(struct proxy *, struct imsg *);
/*
 * The configuration is complete: what needs files or memory that is closed
 * later is made now.
 */
void	 inspect_start(struct proxy *);
/* A (new) ca-keeper; takes the descriptor over. */
void	 inspect_keeper(struct proxy *, int fd);

#endif /* INSPECT_H */
