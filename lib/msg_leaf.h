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

#ifndef MSG_LEAF_H
#define MSG_LEAF_H

#include <stdint.h>

#include "msg.h"

struct channel;

/*
 * The ca-keeper and whoever talks to it.  The CA's key is in no message: it
 * travels in a file of which the parent hands over the descriptor.
 *
 * A proxy-worker asks for a certificate for one host with LEAF_SIGN; id is
 * the number of the request, chosen by the worker, and comes back with the
 * answer.  Answers come in any order, and all requests of a channel that has
 * ended are lost: the worker sends them again to the next ca-keeper.
 */

/*
 * A P-256 key as SubjectPublicKeyInfo in DER (RFC 5480, uncompressed point):
 * a fixed beginning, then 64 bytes.
 */
#define LEAF_KEY_SIZE		91
#define LEAF_PEM_SIZE		2048	/* of a certificate, with the NUL */
#define CA_FINGERPRINT_SIZE	32	/* SHA-256 of the certificate in DER */

struct leaf_sign {
	char		 client[MSG_CLIENT_SIZE];
	char		 host[MSG_HOST_SIZE];	/* canonical: host_canon() */
	uint8_t		 key[LEAF_KEY_SIZE];
};

/*
 * reason, when refused: bad_host (not canonical), not_inspected, passthrough,
 * bad_key, unknown_client, rate_limited, ca_expired, failed.  A
 * certificate is of use until not_after.
 */
struct leaf_result {
	uint8_t		 ok;
	char		 reason[MSG_TOKEN_SIZE];
	int64_t		 not_after;	/* seconds since 1970, UTC */
	char		 pem[LEAF_PEM_SIZE]; /* the leaf alone; "" if refused */
};

/*
 * IMSG_KEEPER_CA_SEND: the CA in force, to the parent and to every
 * proxy-worker, at first and again when it has changed.  A worker then drops
 * the leaves it has: they were signed by the one before.
 */
struct msg_ca {
	uint8_t		 made;		/* new, not read from its file */
	uint8_t		 fingerprint[CA_FINGERPRINT_SIZE];
	int64_t		 not_after;
	char		 pem[LEAF_PEM_SIZE];
};

/* IMSG_PARENT_HOST_SEND: one pattern of one list, see hostlist.h. */
enum host_list {
	HOSTS_INSPECT,
	HOSTS_PASSTHROUGH,
	HOSTS_MCP,		/* how mcpd is called, for its Host check */
	HOSTS_MAX
};

struct msg_host {
	uint8_t		 list;		/* enum host_list */
	char		 pattern[MSG_HOST_SIZE];
};

/*
 * IMSG_PARENT_GATEWAY_SEND: the proxy behind this one.  The certificates that
 * its hop trusts, and no other, come as IMSG_PARENT_GATEWAYTRUST_SEND, those of
 * all other hops as IMSG_PARENT_TRUST_SEND: PEM, by msg_text_send().
 */
struct msg_gateway {
	char		 host[MSG_HOST_SIZE];	/* canonical */
	uint16_t	 port;
};

/* 0, or -1; recv when the payload is malformed.  id: imsg_get_id(). */
int	msg_leaf_send_sign(struct channel *, uint32_t id,
	    const struct leaf_sign *);
int	msg_leaf_recv_sign(struct imsg *, struct leaf_sign *);
int	msg_leaf_send_result(struct channel *, uint32_t id,
	    const struct leaf_result *);
int	msg_leaf_recv_result(struct imsg *, struct leaf_result *);
int	msg_ca_send(struct channel *, const struct msg_ca *);
int	msg_ca_recv(struct imsg *, struct msg_ca *);
int	msg_host_send(struct channel *, const struct msg_host *);
int	msg_host_recv(struct imsg *, struct msg_host *);
int	msg_gateway_send(struct channel *, const struct msg_gateway *);
int	msg_gateway_recv(struct imsg *, struct msg_gateway *);
/*
 * CA_MAKE: fd is an empty file for a new key, name the host machine's, for the
 * certificate's subject (cut and made printable by the receiver).  CA_LOAD: fd
 * is the file to read.  fd is sent and closed.
 */
int	msg_ca_send_make(struct channel *, int fd, const char *name);
int	msg_ca_recv_make(struct imsg *, int *fd, char name[MSG_HOST_SIZE]);
int	msg_ca_send_load(struct channel *, int fd);
int	msg_ca_recv_load(struct imsg *, int *fd);

#endif /* MSG_LEAF_H */
