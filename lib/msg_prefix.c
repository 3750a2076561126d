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
#include <sys/socket.h>
#include <sys/uio.h>
#include <stdint.h>

#include <errno.h>
#include <string.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_start.h"

int
msg_prefix_send(struct channel *ch, uint32_t type, uint32_t id,
    const struct msg_prefix *p)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, type, id, 128)) == NULL)
		return -1;
	if (msg_add_str(m, p->client) == -1 ||
	    ibuf_add_n8(m, p->prefix.family == AF_INET ? 4 : 6) == -1 ||
	    ibuf_add(m, p->prefix.addr, sizeof(p->prefix.addr)) == -1 ||
	    ibuf_add_n8(m, p->prefix.len) == -1 ||
	    ibuf_add_n16(m, p->prefix.port) == -1) {
		channel_abandon(m);
		return -1;
	}
	channel_close(ch, m, -1);
	return 0;
}

int
msg_prefix_recv(struct imsg *imsg, struct msg_prefix *p)
{
	struct ibuf	 b;
	uint8_t		 family;

	memset(p, 0, sizeof(*p));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, p->client, sizeof(p->client)) == -1 ||
	    ibuf_get_n8(&b, &family) == -1 ||
	    ibuf_get(&b, p->prefix.addr, sizeof(p->prefix.addr)) == -1 ||
	    ibuf_get_n8(&b, &p->prefix.len) == -1 ||
	    ibuf_get_n16(&b, &p->prefix.port) == -1)
		return -1;
	if (!msg_at_end(&b) || (family != 4 && family != 6) ||
	    p->prefix.len > (family == 4 ? 32 : 128) ||
	    (p->client[0] != '\0' && !msg_client_ok(p->client))) {
		errno = EBADMSG;
		return -1;
	}
	p->prefix.family = family == 4 ? AF_INET : AF_INET6;
	return 0;
}
