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


#include <sys/types.h>
#include <sys/uio.h>
#include <stdint.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "hostlist.h"
#include "imsg.h"
#include "msg_leaf.h"

int
msg_leaf_send_sign(struct channel *ch, uint32_t id, const struct leaf_sign *s)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PROXY_LEAF_SIGN, id, 192)) == NULL)
		return -1;
	if (msg_add_str(m, s->client) == -1 ||
	    msg_add_str(m, s->host) == -1 ||
	    ibuf_add(m, s->key, sizeof(s->key)) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

/*
 * What the fields mean is for the ca-keeper to judge: a request that it
 * refuses has an answer, one that is no request ends the channel.
 */
int
msg_leaf_recv_sign(struct imsg *imsg, struct leaf_sign *s)
{
	struct ibuf	 b;

	memset(s, 0, sizeof(*s));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, s->client, sizeof(s->client)) == -1 ||
	    msg_get_str(&b, s->host, sizeof(s->host)) == -1 ||
	    ibuf_get(&b, s->key, sizeof(s->key)) == -1)
		return -1;
	return msg_at_end(&b) ? 0 : msg_malformed();
}

/* PEM: printable lines, so that it can stand in a file and on a page. */
static int
pem_ok(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s != '\n' && (*s < 0x20 || *s >= 0x7f))
			return 0;
	return 1;
}

int
msg_leaf_send_result(struct channel *ch, uint32_t id,
    const struct leaf_result *r)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_KEEPER_LEAF_RESULT, id, 1024)) == NULL)
		return -1;
	if (ibuf_add_n8(m, r->ok) == -1 ||
	    msg_add_str(m, r->reason) == -1 ||
	    ibuf_add_n64(m, (uint64_t)r->not_after) == -1 ||
	    msg_add_str(m, r->pem) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_leaf_recv_result(struct imsg *imsg, struct leaf_result *r)
{
	struct ibuf	 b;
	uint64_t	 t;

	memset(r, 0, sizeof(*r));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &r->ok) == -1 ||
	    msg_get_str(&b, r->reason, sizeof(r->reason)) == -1 ||
	    ibuf_get_n64(&b, &t) == -1 ||
	    msg_get_str(&b, r->pem, sizeof(r->pem)) == -1)
		return -1;
	if (!msg_at_end(&b) || r->ok > 1 || t > INT64_MAX ||
	    !pem_ok(r->pem) || r->ok != (r->pem[0] != '\0') ||
	    (r->ok ? r->reason[0] != '\0' : !msg_token_ok(r->reason)))
		return msg_malformed();
	r->not_after = (int64_t)t;
	return 0;
}

int
msg_ca_send(struct channel *ch, const struct msg_ca *ca)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_KEEPER_CA_SEND, 0, 1024)) == NULL)
		return -1;
	if (ibuf_add_n8(m, ca->made) == -1 ||
	    ibuf_add(m, ca->fingerprint, sizeof(ca->fingerprint)) == -1 ||
	    ibuf_add_n64(m, (uint64_t)ca->not_after) == -1 ||
	    msg_add_str(m, ca->pem) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ca_recv(struct imsg *imsg, struct msg_ca *ca)
{
	struct ibuf	 b;
	uint64_t	 t;

	memset(ca, 0, sizeof(*ca));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &ca->made) == -1 ||
	    ibuf_get(&b, ca->fingerprint, sizeof(ca->fingerprint)) == -1 ||
	    ibuf_get_n64(&b, &t) == -1 ||
	    msg_get_str(&b, ca->pem, sizeof(ca->pem)) == -1)
		return -1;
	if (!msg_at_end(&b) || ca->made > 1 || t > INT64_MAX ||
	    ca->pem[0] == '\0' || !pem_ok(ca->pem))
		return msg_malformed();
	ca->not_after = (int64_t)t;
	return 0;
}

int
msg_host_send(struct channel *ch, const struct msg_host *h)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_HOST_SEND, 0, 64)) == NULL)
		return -1;
	if (ibuf_add_n8(m, h->list) == -1 ||
	    msg_add_str(m, h->pattern) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_host_recv(struct imsg *imsg, struct msg_host *h)
{
	struct ibuf	 b;
	char		 canon[HOST_CANON_SIZE];

	memset(h, 0, sizeof(*h));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &h->list) == -1 ||
	    msg_get_str(&b, h->pattern, sizeof(h->pattern)) == -1)
		return -1;
	if (!msg_at_end(&b) || h->list >= HOSTS_MAX ||
	    hostlist_canon(h->pattern, canon, sizeof(canon)) == -1)
		return msg_malformed();
	return 0;
}

int
msg_gateway_send(struct channel *ch, const struct msg_gateway *g)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_GATEWAY_SEND, 0, 64)) == NULL)
		return -1;
	if (msg_add_str(m, g->host) == -1 || ibuf_add_n16(m, g->port) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_gateway_recv(struct imsg *imsg, struct msg_gateway *g)
{
	struct ibuf	 b;
	char		 canon[HOST_CANON_SIZE];

	memset(g, 0, sizeof(*g));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, g->host, sizeof(g->host)) == -1 ||
	    ibuf_get_n16(&b, &g->port) == -1)
		return -1;
	if (!msg_at_end(&b) || g->port == 0 ||
	    host_canon(g->host, canon, sizeof(canon)) == -1 ||
	    strcmp(canon, g->host) != 0)
		return msg_malformed();
	return 0;
}

int
msg_ca_send_make(struct channel *ch, int fd, const char *name)
{
	struct ibuf	*m;
	char		 buf[MSG_HOST_SIZE];

	strlcpy(buf, name, sizeof(buf));
	if ((m = channel_open(ch, IMSG_PARENT_CA_MAKE, 0, 64)) == NULL) {
		close(fd);
		return -1;
	}
	if (msg_add_str(m, buf) == -1) {
		close(fd);
		return msg_abandon(m);
	}
	channel_close(ch, m, fd);
	return 0;
}

int
msg_ca_recv_make(struct imsg *imsg, int *fd, char name[MSG_HOST_SIZE])
{
	struct ibuf	 b;

	*fd = -1;
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, name, MSG_HOST_SIZE) == -1)
		return -1;
	if (!msg_at_end(&b) || (*fd = msg_get_fd(imsg)) == -1)
		return msg_malformed();
	return 0;
}

int
msg_ca_send_load(struct channel *ch, int fd)
{
	return channel_send(ch, IMSG_PARENT_CA_LOAD, 0, fd, NULL, 0);
}

int
msg_ca_recv_load(struct imsg *imsg, int *fd)
{
	if (imsg_get_len(imsg) != 0 || (*fd = msg_get_fd(imsg)) == -1)
		return msg_malformed();
	return 0;
}
