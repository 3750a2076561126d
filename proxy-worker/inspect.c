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

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "inspect.h"
#include "log.h"
#include "proxy.h"

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
keeper_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct proxy	*p = arg;
	struct msg_ca	 m;

	(void)ch;
	if (imsg_get_type(imsg) != IMSG_KEEPER_CA_SEND ||
	    msg_ca_recv(imsg, &m) == -1)
		return (-1);
	p->inspect.ca = m;
	p->inspect.has_ca = true;
	return (0);
}

static void
keeper_dead(struct channel *ch, const char *why, void *arg)
{
	struct proxy	*p = arg;

	if (why != NULL)
		child_peer_breach(p->child, PROC_KEEPER, 0,
		    child_init(p->child)->generation);
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
}

bool
inspect_wants(const struct inspect *in, const char *host)
{
	return (hostlist_match(&in->hosts, host) &&
	    !hostlist_match(&in->passthrough, host));
}
