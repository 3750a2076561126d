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
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdint.h>

#include <errno.h>
#include <string.h>

#include "compat.h"
#include "imsg.h"
#include "msg.h"

const char *
msg_name(uint32_t type)
{
	const struct msg_rule	*rule = msg_rule(type);

	return rule == NULL ? "unknown" : rule->name;
}

const char *
msg_check(struct imsg *imsg, enum proc_role from, enum proc_role to)
{
	const struct msg_rule	*rule;
	size_t			 len;

	if ((rule = msg_rule(imsg_get_type(imsg))) == NULL)
		return "unknown message type";
	if ((rule->from & MSG_ROLE(from)) == 0)
		return "message this peer may not send";
	if ((rule->to & MSG_ROLE(to)) == 0)
		return "message for another process";
	len = imsg_get_len(imsg);
	if (len < rule->min)
		return "message too short";
	if (len > rule->max)
		return "message too long";
	if (!rule->fd && ibuf_fd_avail(imsg->buf))
		return "descriptor that nobody asked for";
	return NULL;
}

int
msg_get_fd(struct imsg *imsg)
{
	return imsg_get_fd(imsg);
}

int
msg_add_str(struct ibuf *buf, const char *s)
{
	size_t	 len = strlen(s);

	if (len > UINT16_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (ibuf_add_n16(buf, len) == -1)
		return -1;
	return len == 0 ? 0 : ibuf_add(buf, s, len);
}

int
msg_get_str(struct ibuf *buf, char *s, size_t size)
{
	uint16_t	 len;

	if (ibuf_get_n16(buf, &len) == -1)
		return -1;
	if (len >= size) {
		errno = EBADMSG;
		return -1;
	}
	if (len > 0 && ibuf_get(buf, s, len) == -1)
		return -1;
	s[len] = '\0';
	if (memchr(s, '\0', len) != NULL) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}

int
msg_at_end(const struct ibuf *buf)
{
	return ibuf_size(buf) == 0;
}

int
msg_malformed(void)
{
	errno = EBADMSG;
	return -1;
}

int
msg_abandon(struct ibuf *m)
{
	ibuf_free(m);
	return -1;
}

int
msg_token_ok(const char *s)
{
	size_t	 n;

	n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return n > 0 && n < MSG_TOKEN_SIZE && s[n] == '\0';
}

int
msg_client_ok(const char *s)
{
	static const char	 set[] = "_-"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t			 n;

	if (*s == '_' || *s == '-')
		return 0;
	n = strspn(s, set);
	return n > 0 && n < MSG_CLIENT_SIZE && s[n] == '\0';
}

int
msg_addr_ok(const char *s)
{
	unsigned char	 a[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, s, a) == 1 || inet_pton(AF_INET6, s, a) == 1;
}
