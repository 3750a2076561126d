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
#include "imsg.h"
#include "msg_ctl.h"

int
msg_ctl_send_plain(struct channel *ch, uint32_t type)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, type, 0, 4)) == NULL)
		return -1;
	if (ibuf_add_n32(m, MSG_VERSION) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ctl_recv_plain(struct imsg *imsg, uint32_t *version)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1 || ibuf_get_n32(&b, version) == -1)
		return -1;
	return msg_at_end(&b) ? 0 : msg_malformed();
}

static int
query_add(struct ibuf *m, const struct ctl_query *q)
{
	if (ibuf_add_n32(m, q->limit) == -1 ||
	    ibuf_add_n64(m, (uint64_t)q->since_ms) == -1 ||
	    msg_add_str(m, q->pattern) == -1 ||
	    ibuf_add_n8(m, q->min_severity) == -1 ||
	    msg_add_str(m, q->client) == -1 ||
	    ibuf_add_n8(m, q->what) == -1)
		return -1;
	return 0;
}

static int
query_get(struct ibuf *b, struct ctl_query *q)
{
	uint64_t	 since;

	memset(q, 0, sizeof(*q));
	if (ibuf_get_n32(b, &q->limit) == -1 ||
	    ibuf_get_n64(b, &since) == -1 ||
	    msg_get_str(b, q->pattern, sizeof(q->pattern)) == -1 ||
	    ibuf_get_n8(b, &q->min_severity) == -1 ||
	    msg_get_str(b, q->client, sizeof(q->client)) == -1 ||
	    ibuf_get_n8(b, &q->what) == -1)
		return -1;
	if (!msg_at_end(b) || since > INT64_MAX ||
	    q->what >= CTL_WHAT_MAX || q->min_severity > 3 ||
	    (q->pattern[0] != '\0' && !msg_token_ok(q->pattern)) ||
	    (q->client[0] != '\0' && !msg_client_ok(q->client)))
		return msg_malformed();
	q->since_ms = (int64_t)since;
	return 0;
}

int
msg_ctl_send_query(struct channel *ch, const struct ctl_query *q)
{
	static const uint32_t	 types[CTL_WHAT_MAX] = {
		[CTL_FINDINGS] = IMSG_CTL_FINDINGS_GET,
		[CTL_FOLLOW] = IMSG_CTL_FOLLOW_GET,
		[CTL_EVENTS] = IMSG_CTL_EVENTS_GET,
	};
	struct ibuf		*m;

	if (q->what >= CTL_WHAT_MAX) {
		errno = EINVAL;
		return -1;
	}
	if ((m = channel_open(ch, types[q->what], 0, 64)) == NULL)
		return -1;
	if (ibuf_add_n32(m, MSG_VERSION) == -1 || query_add(m, q) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ctl_recv_query(struct imsg *imsg, uint32_t *version, struct ctl_query *q)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1 || ibuf_get_n32(&b, version) == -1)
		return -1;
	return query_get(&b, q);
}

int
msg_control_send_client(struct channel *ch, int fd, const struct ctl_query *q)
{
	struct ibuf	*m;

	m = channel_open(ch, IMSG_CONTROL_CLIENT_PASS, 0, 64);
	if (m == NULL) {
		close(fd);
		return -1;
	}
	if (ibuf_add_n32(m, q->uid) == -1 || query_add(m, q) == -1) {
		close(fd);
		return msg_abandon(m);
	}
	channel_close(ch, m, fd);
	return 0;
}

int
msg_control_recv_client(struct imsg *imsg, int *fd, struct ctl_query *q)
{
	struct ibuf	 b;
	uint32_t	 uid;

	*fd = -1;
	if (imsg_get_ibuf(imsg, &b) == -1 || ibuf_get_n32(&b, &uid) == -1 ||
	    query_get(&b, q) == -1)
		return -1;
	q->uid = uid;
	return (*fd = msg_get_fd(imsg)) == -1 ? msg_malformed() : 0;
}

int
msg_control_send_verb(struct channel *ch, uint32_t id, enum ctl_verb verb)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_CONTROL_VERB_RUN, id, 1)) == NULL)
		return -1;
	if (ibuf_add_n8(m, verb) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_control_recv_verb(struct imsg *imsg, enum ctl_verb *verb)
{
	struct ibuf	 b;
	uint8_t		 v;

	if (imsg_get_ibuf(imsg, &b) == -1 || ibuf_get_n8(&b, &v) == -1)
		return -1;
	if (!msg_at_end(&b) || v >= CTL_VERB_MAX)
		return msg_malformed();
	*verb = (enum ctl_verb)v;
	return 0;
}

int
msg_proc_send(struct channel *ch, uint32_t type, uint32_t id,
    const struct ctl_proc *p)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, type, id, 512)) == NULL)
		return -1;
	if (ibuf_add_n8(m, p->role) == -1 ||
	    ibuf_add_n32(m, p->instance) == -1 ||
	    ibuf_add_n32(m, p->generation) == -1 ||
	    ibuf_add_n32(m, (uint32_t)p->pid) == -1 ||
	    ibuf_add_n32(m, p->uid) == -1 ||
	    ibuf_add_n8(m, p->state) == -1 ||
	    ibuf_add_n32(m, p->restarts) == -1 ||
	    ibuf_add_n64(m, (uint64_t)p->started_ms) == -1 ||
	    ibuf_add_n8(m, p->degraded) == -1 ||
	    msg_add_str(m, p->sandbox) == -1 ||
	    msg_add_str(m, p->promises) == -1 ||
	    stats_add(m, &p->stats) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_proc_recv(struct imsg *imsg, struct ctl_proc *p)
{
	struct ibuf	 b;
	uint64_t	 started;
	uint32_t	 pid;

	memset(p, 0, sizeof(*p));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &p->role) == -1 ||
	    ibuf_get_n32(&b, &p->instance) == -1 ||
	    ibuf_get_n32(&b, &p->generation) == -1 ||
	    ibuf_get_n32(&b, &pid) == -1 ||
	    ibuf_get_n32(&b, &p->uid) == -1 ||
	    ibuf_get_n8(&b, &p->state) == -1 ||
	    ibuf_get_n32(&b, &p->restarts) == -1 ||
	    ibuf_get_n64(&b, &started) == -1 ||
	    ibuf_get_n8(&b, &p->degraded) == -1 ||
	    msg_get_str(&b, p->sandbox, sizeof(p->sandbox)) == -1 ||
	    msg_get_str(&b, p->promises, sizeof(p->promises)) == -1 ||
	    stats_get(&b, &p->stats) == -1)
		return -1;
	if (!msg_at_end(&b) || p->role >= PROC_MAX ||
	    p->state >= PROC_STATE_MAX || pid > INT32_MAX ||
	    started > INT64_MAX)
		return msg_malformed();
	p->pid = (int32_t)pid;
	p->started_ms = (int64_t)started;
	return 0;
}

int
msg_status_send(struct channel *ch, uint32_t type, uint32_t id,
    const struct ctl_status *s)
{
	struct ibuf	*m;
	unsigned int	 i;

	if ((m = channel_open(ch, type, id, 512)) == NULL)
		return -1;
	if (msg_add_str(m, s->version) == -1 ||
	    ibuf_add_n64(m, (uint64_t)s->started_ms) == -1 ||
	    ibuf_add_n32(m, s->generation) == -1 ||
	    ibuf_add_n8(m, s->unprivileged) == -1 ||
	    ibuf_add_n64(m, s->scan_limit) == -1 ||
	    ibuf_add_n32(m, s->listeners) == -1)
		return msg_abandon(m);
	for (i = 0; i < nitems(s->listen); i++)
		if (msg_add_str(m, s->listen[i]) == -1)
			return msg_abandon(m);
	if (ibuf_add_n32(m, s->mcp_listeners) == -1 ||
	    ibuf_add_n32(m, s->mcp_clients) == -1)
		return msg_abandon(m);
	for (i = 0; i < nitems(s->mcp_listen); i++)
		if (msg_add_str(m, s->mcp_listen[i]) == -1)
			return msg_abandon(m);
	if (msg_add_str(m, s->proxy_url) == -1 ||
	    msg_add_str(m, s->config) == -1 ||
	    msg_add_str(m, s->logdir) == -1 ||
	    ibuf_add_n8(m, s->inspects) == -1 ||
	    ibuf_add(m, s->fingerprint, sizeof(s->fingerprint)) == -1 ||
	    ibuf_add_n64(m, (uint64_t)s->ca_not_after) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_status_recv(struct imsg *imsg, struct ctl_status *s)
{
	struct ibuf	 b;
	uint64_t	 started, until;
	unsigned int	 i;

	memset(s, 0, sizeof(*s));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, s->version, sizeof(s->version)) == -1 ||
	    ibuf_get_n64(&b, &started) == -1 ||
	    ibuf_get_n32(&b, &s->generation) == -1 ||
	    ibuf_get_n8(&b, &s->unprivileged) == -1 ||
	    ibuf_get_n64(&b, &s->scan_limit) == -1 ||
	    ibuf_get_n32(&b, &s->listeners) == -1)
		return -1;
	for (i = 0; i < nitems(s->listen); i++)
		if (msg_get_str(&b, s->listen[i], sizeof(s->listen[i])) == -1)
			return -1;
	if (ibuf_get_n32(&b, &s->mcp_listeners) == -1 ||
	    ibuf_get_n32(&b, &s->mcp_clients) == -1)
		return -1;
	for (i = 0; i < nitems(s->mcp_listen); i++)
		if (msg_get_str(&b, s->mcp_listen[i],
		    sizeof(s->mcp_listen[i])) == -1)
			return -1;
	if (msg_get_str(&b, s->proxy_url, sizeof(s->proxy_url)) == -1 ||
	    msg_get_str(&b, s->config, sizeof(s->config)) == -1 ||
	    msg_get_str(&b, s->logdir, sizeof(s->logdir)) == -1 ||
	    ibuf_get_n8(&b, &s->inspects) == -1 ||
	    ibuf_get(&b, s->fingerprint, sizeof(s->fingerprint)) == -1 ||
	    ibuf_get_n64(&b, &until) == -1)
		return -1;
	if (!msg_at_end(&b) || started > INT64_MAX || s->unprivileged > 1 ||
	    s->inspects > 1 || until > INT64_MAX)
		return msg_malformed();
	s->ca_not_after = (int64_t)until;
	s->started_ms = (int64_t)started;
	return 0;
}

int
msg_end_send(struct channel *ch, uint32_t type, uint32_t id, int ok,
    const char *text)
{
	struct ibuf	*m;
	char		 buf[MSG_DETAIL_SIZE];

	strlcpy(buf, text, sizeof(buf));	/* cut rather than refused */
	if ((m = channel_open(ch, type, id, 64)) == NULL)
		return -1;
	if (ibuf_add_n8(m, ok != 0) == -1 || msg_add_str(m, buf) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_end_recv(struct imsg *imsg, struct ctl_end *e)
{
	struct ibuf	 b;

	memset(e, 0, sizeof(*e));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &e->ok) == -1 ||
	    msg_get_str(&b, e->text, sizeof(e->text)) == -1)
		return -1;
	return msg_at_end(&b) && e->ok <= 1 ? 0 : msg_malformed();
}

int
msg_line_send(struct channel *ch, const char *line, size_t len)
{
	return channel_send(ch, IMSG_REPLY_LINE, 0, -1, line, len);
}

int
msg_line_recv(struct imsg *imsg, const char **line, size_t *len)
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1)
		return -1;
	*line = ibuf_data(&b);
	*len = ibuf_size(&b);
	return 0;
}
