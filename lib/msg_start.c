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
#include <stdint.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_start.h"

int
msg_init_send(struct channel *ch, const struct msg_init *i)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_INIT_SEND, 0, 128)) == NULL)
		return -1;
	if (ibuf_add_n32(m, i->version) == -1 ||
	    ibuf_add_n8(m, i->role) == -1 ||
	    ibuf_add_n8(m, i->flags) == -1 ||
	    ibuf_add_n8(m, i->verbose) == -1 ||
	    ibuf_add_n32(m, i->instance) == -1 ||
	    ibuf_add_n32(m, i->generation) == -1 ||
	    ibuf_add_n32(m, i->uid) == -1 ||
	    ibuf_add_n32(m, i->gid) == -1 ||
	    msg_add_str(m, i->chroot) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_init_recv(struct imsg *imsg, struct msg_init *i)
{
	struct ibuf	 b;

	memset(i, 0, sizeof(*i));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n32(&b, &i->version) == -1 ||
	    ibuf_get_n8(&b, &i->role) == -1 ||
	    ibuf_get_n8(&b, &i->flags) == -1 ||
	    ibuf_get_n8(&b, &i->verbose) == -1 ||
	    ibuf_get_n32(&b, &i->instance) == -1 ||
	    ibuf_get_n32(&b, &i->generation) == -1 ||
	    ibuf_get_n32(&b, &i->uid) == -1 ||
	    ibuf_get_n32(&b, &i->gid) == -1 ||
	    msg_get_str(&b, i->chroot, sizeof(i->chroot)) == -1)
		return -1;
	return msg_at_end(&b) ? 0 : msg_malformed();
}

int
msg_settings_send(struct channel *ch, const struct msg_settings *s)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_SETTINGS_SEND, 0, 64)) == NULL)
		return -1;
	if (ibuf_add_n64(m, s->scan_limit) == -1 ||
	    ibuf_add_n32(m, s->dedup_window) == -1 ||
	    ibuf_add_n8(m, s->overload) == -1 ||
	    ibuf_add_n64(m, s->rotate) == -1 ||
	    ibuf_add_n32(m, s->keep) == -1 ||
	    ibuf_add_n32(m, s->detectors) == -1 ||
	    ibuf_add_n32(m, s->proxies) == -1 ||
	    ibuf_add_n32(m, s->generation) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_settings_recv(struct imsg *imsg, struct msg_settings *s)
{
	struct ibuf	 b;

	memset(s, 0, sizeof(*s));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n64(&b, &s->scan_limit) == -1 ||
	    ibuf_get_n32(&b, &s->dedup_window) == -1 ||
	    ibuf_get_n8(&b, &s->overload) == -1 ||
	    ibuf_get_n64(&b, &s->rotate) == -1 ||
	    ibuf_get_n32(&b, &s->keep) == -1 ||
	    ibuf_get_n32(&b, &s->detectors) == -1 ||
	    ibuf_get_n32(&b, &s->proxies) == -1 ||
	    ibuf_get_n32(&b, &s->generation) == -1)
		return -1;
	if (!msg_at_end(&b) || s->overload > OVERLOAD_SHED ||
	    s->detectors == 0 || s->detectors > PROC_INSTANCES_MAX ||
	    s->proxies == 0 || s->proxies > PROC_INSTANCES_MAX)
		return msg_malformed();
	return 0;
}

int
msg_listener_send(struct channel *ch, int fd, const struct sockaddr *sa,
    socklen_t len)
{
	const struct sockaddr_in	*in4;
	const struct sockaddr_in6	*in6;
	struct ibuf			*m;
	int				 r;

	(void)len;
	m = channel_open(ch, IMSG_PARENT_LISTENER_SEND, 0, 32);
	if (m == NULL) {
		close(fd);
		return -1;
	}
	if (sa->sa_family == AF_INET) {
		in4 = (const struct sockaddr_in *)sa;
		r = ibuf_add_n8(m, 4) == -1 ||
		    ibuf_add_n16(m, ntohs(in4->sin_port)) == -1 ||
		    ibuf_add(m, &in4->sin_addr, 4) == -1;
	} else {
		in6 = (const struct sockaddr_in6 *)sa;
		r = sa->sa_family != AF_INET6 ||
		    ibuf_add_n8(m, 6) == -1 ||
		    ibuf_add_n16(m, ntohs(in6->sin6_port)) == -1 ||
		    ibuf_add(m, &in6->sin6_addr, 16) == -1;
	}
	if (r) {
		close(fd);
		return msg_abandon(m);
	}
	channel_close(ch, m, fd);
	return 0;
}

int
msg_listener_recv(struct imsg *imsg, int *fd, struct sockaddr_storage *ss,
    socklen_t *len)
{
	struct sockaddr_in	*in4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)ss;
	struct ibuf		 b;
	uint16_t		 port;
	uint8_t			 family;

	*fd = -1;
	memset(ss, 0, sizeof(*ss));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &family) == -1 ||
	    ibuf_get_n16(&b, &port) == -1)
		return -1;
	if (family == 4) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		*len = sizeof(*in4);
		if (ibuf_get(&b, &in4->sin_addr, 4) == -1)
			return -1;
	} else if (family == 6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		*len = sizeof(*in6);
		if (ibuf_get(&b, &in6->sin6_addr, 16) == -1)
			return -1;
	} else
		return msg_malformed();
	if (!msg_at_end(&b) || (*fd = msg_get_fd(imsg)) == -1)
		return msg_malformed();
	return 0;
}

int
msg_client_send(struct channel *ch, const struct msg_client *c)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_CLIENT_SEND, 0, 128)) == NULL)
		return -1;
	if (msg_add_str(m, c->name) == -1 ||
	    ibuf_add_n8(m, c->has_credential) == -1 ||
	    ibuf_add(m, c->credential, sizeof(c->credential)) == -1 ||
	    ibuf_add_n64(m, c->quota) == -1 ||
	    ibuf_add_n8(m, c->asks) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_client_recv(struct imsg *imsg, struct msg_client *c)
{
	struct ibuf	 b;

	memset(c, 0, sizeof(*c));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, c->name, sizeof(c->name)) == -1 ||
	    ibuf_get_n8(&b, &c->has_credential) == -1 ||
	    ibuf_get(&b, c->credential, sizeof(c->credential)) == -1 ||
	    ibuf_get_n64(&b, &c->quota) == -1 ||
	    ibuf_get_n8(&b, &c->asks) == -1)
		return -1;
	if (!msg_at_end(&b) || !msg_client_ok(c->name) ||
	    c->has_credential > 1 || c->asks > 1)
		return msg_malformed();
	return 0;
}

int
msg_text_send(struct channel *ch, uint32_t type, const char *s, size_t len)
{
	uint32_t	 first = 1;
	size_t		 n;

	for (; len > 0; s += n, len -= n, first = 0) {
		n = len < MSG_PAYLOAD_MAX ? len : MSG_PAYLOAD_MAX;
		if (channel_send(ch, type, first, -1, s, n) == -1)
			return -1;
	}
	return 0;
}

int
msg_text_recv(struct imsg *imsg, const char **s, size_t *len)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1)
		return -1;
	*s = ibuf_data(&b);
	*len = ibuf_size(&b);
	return 0;
}

static int
file_send(struct channel *ch, uint32_t type, int fd, const struct msg_file *f)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, type, 0, 64)) == NULL) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (ibuf_add_n8(m, f->kind) == -1 || msg_add_str(m, f->client) == -1) {
		if (fd != -1)
			close(fd);
		return msg_abandon(m);
	}
	channel_close(ch, m, fd);
	return 0;
}

static int
file_recv(struct imsg *imsg, struct msg_file *f)
{
	struct ibuf	 b;

	memset(f, 0, sizeof(*f));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &f->kind) == -1 ||
	    msg_get_str(&b, f->client, sizeof(f->client)) == -1)
		return -1;
	if (!msg_at_end(&b) || f->kind >= FILE_KIND_MAX ||
	    (f->kind == FILE_CLIENT || f->kind == FILE_CLIENT_OLD) !=
	    (f->client[0] != '\0') ||
	    (f->client[0] != '\0' && !msg_client_ok(f->client)))
		return msg_malformed();
	return 0;
}

int
msg_file_send(struct channel *ch, int fd, const struct msg_file *f)
{
	return file_send(ch, IMSG_PARENT_FILE_SEND, fd, f);
}

int
msg_file_recv(struct imsg *imsg, int *fd, struct msg_file *f)
{
	*fd = -1;
	if (file_recv(imsg, f) == -1)
		return -1;
	if ((*fd = msg_get_fd(imsg)) == -1)
		return msg_malformed();
	return 0;
}

int
msg_rotate_send(struct channel *ch, const struct msg_file *f)
{
	return file_send(ch, IMSG_LOGGER_FILE_ROTATE, -1, f);
}

int
msg_rotate_recv(struct imsg *imsg, struct msg_file *f)
{
	return file_recv(imsg, f);
}

int
msg_peer_send(struct channel *ch, int fd, const struct msg_peer *p)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_PEER_SEND, 0, 16)) == NULL) {
		close(fd);
		return -1;
	}
	if (ibuf_add_n8(m, p->role) == -1 ||
	    ibuf_add_n32(m, p->instance) == -1 ||
	    ibuf_add_n32(m, p->generation) == -1 ||
	    ibuf_add_n32(m, p->total) == -1 ||
	    ibuf_add_n32(m, p->serial) == -1) {
		close(fd);
		return msg_abandon(m);
	}
	channel_close(ch, m, fd);
	return 0;
}

int
msg_peer_recv(struct imsg *imsg, int *fd, struct msg_peer *p)
{
	struct ibuf	 b;

	*fd = -1;
	memset(p, 0, sizeof(*p));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &p->role) == -1 ||
	    ibuf_get_n32(&b, &p->instance) == -1 ||
	    ibuf_get_n32(&b, &p->generation) == -1 ||
	    ibuf_get_n32(&b, &p->total) == -1 ||
	    ibuf_get_n32(&b, &p->serial) == -1)
		return -1;
	if (!msg_at_end(&b) || p->role >= PROC_MAX || p->total == 0 ||
	    p->total > PROC_INSTANCES_MAX || p->instance >= p->total ||
	    (*fd = msg_get_fd(imsg)) == -1)
		return msg_malformed();
	return 0;
}

int
msg_breach_send(struct channel *ch, const struct msg_breach *b)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_CHILD_PEER_BREACH, 0, 16)) == NULL)
		return -1;
	if (ibuf_add_n8(m, b->role) == -1 ||
	    ibuf_add_n32(m, b->instance) == -1 ||
	    ibuf_add_n32(m, b->generation) == -1 ||
	    ibuf_add_n32(m, b->serial) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_breach_recv(struct imsg *imsg, struct msg_breach *b)
{
	struct ibuf	 buf;

	memset(b, 0, sizeof(*b));
	if (imsg_get_ibuf(imsg, &buf) == -1 ||
	    ibuf_get_n8(&buf, &b->role) == -1 ||
	    ibuf_get_n32(&buf, &b->instance) == -1 ||
	    ibuf_get_n32(&buf, &b->generation) == -1 ||
	    ibuf_get_n32(&buf, &b->serial) == -1)
		return -1;
	return msg_at_end(&buf) && b->role < PROC_MAX ? 0 : msg_malformed();
}

int
msg_ready_send(struct channel *ch, const struct msg_ready *r)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_CHILD_READY, 0, 256)) == NULL)
		return -1;
	if (ibuf_add_n8(m, r->degraded) == -1 ||
	    msg_add_str(m, r->sandbox) == -1 ||
	    msg_add_str(m, r->promises) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ready_recv(struct imsg *imsg, struct msg_ready *r)
{
	struct ibuf	 b;

	memset(r, 0, sizeof(*r));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &r->degraded) == -1 ||
	    msg_get_str(&b, r->sandbox, sizeof(r->sandbox)) == -1 ||
	    msg_get_str(&b, r->promises, sizeof(r->promises)) == -1)
		return -1;
	return msg_at_end(&b) && r->degraded <= 1 ? 0 : msg_malformed();
}
