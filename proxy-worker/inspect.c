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
#include <string.h>

#include <tls.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "inspect.h"
#include "leaf.h"
#include "log.h"
#include "proxy.h"
#include "tls_trust.h"

void
inspect_init(struct inspect *in)
{
	memset(in, 0, sizeof(*in));
	buf_init(&in->trust, TRUST_MAX);
	buf_init(&in->gateway_trust, TRUST_MAX);
}

static int
take_host(struct inspect *in, struct imsg *imsg)
{
	struct msg_host	 m;

	if (msg_host_recv(imsg, &m) == -1)
		return (-1);
	if (hostlist_add(m.list == HOSTS_INSPECT ? &in->hosts :
	    &in->passthrough, m.pattern) == -1)
		fatal("list of hosts");
	return (0);
}

static int
take_trust(struct buf *b, struct imsg *imsg)
{
	const char	*s;
	size_t		 len;

	if (msg_text_recv(imsg, &s, &len) == -1)
		return (-1);
	if (imsg_get_id(imsg) == 1) {
		buf_free(b);
		buf_init(b, TRUST_MAX);
	}
	return (buf_add(b, s, len));
}

int
inspect_config(struct proxy *p, struct imsg *imsg)
{
	struct inspect	*in = &p->inspect;

	if (p->running)
		return (-1);
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_HOST_SEND:
		return (take_host(in, imsg));
	case IMSG_PARENT_TRUST_SEND:
		return (take_trust(&in->trust, imsg));
	case IMSG_PARENT_GATEWAYTRUST_SEND:
		return (take_trust(&in->gateway_trust, imsg));
	case IMSG_PARENT_GATEWAY_SEND:
		return (msg_gateway_recv(imsg, &in->gateway));
	}
	return (-1);
}

static int
take_ca(struct inspect *in, struct imsg *imsg)
{
	struct msg_ca	 m;

	if (msg_ca_recv(imsg, &m) == -1)
		return (-1);
	/* What an older CA has signed its clients may not trust any more. */
	if (in->has_ca && in->leaves != NULL &&
	    memcmp(in->ca.fingerprint, m.fingerprint,
	    sizeof(m.fingerprint)) != 0)
		leaf_forget(in->leaves);
	in->ca = m;
	in->has_ca = true;
	return (0);
}

static int
keeper_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct proxy		*p = arg;
	struct leaf_result	 r;

	(void)ch;
	switch (imsg_get_type(imsg)) {
	case IMSG_KEEPER_CA_SEND:
		return (take_ca(&p->inspect, imsg));
	case IMSG_KEEPER_LEAF_RESULT:
		if (p->inspect.leaves == NULL ||
		    msg_leaf_recv_result(imsg, &r) == -1)
			return (-1);
		return (leaf_answer(p->inspect.leaves, imsg_get_id(imsg),
		    &r));
	}
	return (-1);
}

/* A question for it; asked again when there is none now. */
static int
keeper_ask(void *arg, uint32_t id, const struct leaf_sign *sign)
{
	struct proxy	*p = arg;

	if (p->inspect.keeper == NULL)
		return (-1);
	return (msg_leaf_send_sign(p->inspect.keeper, id, sign));
}

static void
keeper_dead(struct channel *ch, const char *why, void *arg)
{
	struct proxy	*p = arg;
	struct report	 r;

	if (why != NULL) {
		memset(&r, 0, sizeof(r));
		r.type = EVENT_PEER_MALFORMED;
		r.direction = -1;
		r.reason = "ca_keeper";
		report(p, &r);
		child_peer_breach(p->child, PROC_KEEPER, 0,
		    child_init(p->child)->generation);
	}
	channel_free(ch);
	p->inspect.keeper = NULL;	/* the parent will send another */
}

void
inspect_keeper(struct proxy *p, int fd)
{
	struct inspect	*in = &p->inspect;

	channel_free(in->keeper);
	in->keeper = channel_new(p->base, fd, PROC_PROXY, PROC_KEEPER,
	    MSG_PAYLOAD_MAX, 0, keeper_dispatch, keeper_dead, p);
	if (in->keeper == NULL)
		fatal("channel to ca-keeper");
	if (in->leaves != NULL)
		leaf_ask_again(in->leaves);
}

/*
 * Nothing is verified by libtls, which would parse all anchors for every
 * connection: tls_trust.c does it, once the handshake is over.
 */
static struct tls_config *
client_config(const char *alpn)
{
	struct tls_config	*c;

	if ((c = tls_config_new()) == NULL ||
	    (alpn != NULL && tls_config_set_alpn(c, alpn) == -1))
		fatalx("TLS configuration");
	tls_config_insecure_noverifycert(c);
	tls_config_insecure_noverifyname(c);
	return (c);
}

void
inspect_start(struct proxy *p)
{
	struct inspect	*in = &p->inspect;
	const char	*why;
	int		 n;

	if (in->hosts.n == 0 && !in->hosts.all)
		return;
	if ((in->leaves = leaf_store_new(p->base, keeper_ask, p, &why)) == NULL)
		fatalx("%s", why);
	if ((in->anchors = tls_trust_new()) == NULL ||
	    (n = tls_trust_add(in->anchors, buf_data(&in->trust),
	    buf_len(&in->trust))) == -1)
		fatal("trust anchors");
	if (n == 0)
		log_warnx("no certificate in 'upstream ca file': no server "
		    "will be trusted");
	/* Whoever is reached through a gateway is reached by that hop alone. */
	if (in->gateway.host[0] != '\0' && tls_trust_add(in->anchors,
	    buf_data(&in->gateway_trust), buf_len(&in->gateway_trust)) == -1)
		fatal("trust anchors");
	buf_free(&in->trust);
	buf_free(&in->gateway_trust);
	in->tls_http = client_config("http/1.1");
	in->tls_plain = client_config(NULL);
}
