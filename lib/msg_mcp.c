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
#include "msg_mcp.h"

int
msg_cursor_ok(const char *s)
{
	return strspn(s, "0123456789abcdef.") == strlen(s);
}

static int
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s >= 0x7f)
			return 0;
	return 1;
}

int
msg_about_send(struct channel *ch, const struct msg_about *a)
{
	struct ibuf	*m;
	size_t		 i;

	if ((m = channel_open(ch, IMSG_PARENT_ABOUT_SEND, 0, 512)) == NULL)
		return -1;
	if (msg_add_str(m, a->version) == -1 ||
	    ibuf_add_n64(m, (uint64_t)a->started_ms) == -1 ||
	    ibuf_add_n64(m, a->scan_limit) == -1 ||
	    ibuf_add_n8(m, a->inspects) == -1 ||
	    ibuf_add_n8(m, a->has_ca) == -1 ||
	    ibuf_add(m, a->fingerprint, sizeof(a->fingerprint)) == -1 ||
	    msg_add_str(m, a->proxy_url) == -1 ||
	    ibuf_add_n32(m, a->listeners) == -1)
		return msg_abandon(m);
	for (i = 0; i < nitems(a->listen); i++)
		if (msg_add_str(m, a->listen[i]) == -1)
			return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_about_recv(struct imsg *imsg, struct msg_about *a)
{
	struct ibuf	 b;
	uint64_t	 started;
	size_t		 i;

	memset(a, 0, sizeof(*a));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, a->version, sizeof(a->version)) == -1 ||
	    ibuf_get_n64(&b, &started) == -1 ||
	    ibuf_get_n64(&b, &a->scan_limit) == -1 ||
	    ibuf_get_n8(&b, &a->inspects) == -1 ||
	    ibuf_get_n8(&b, &a->has_ca) == -1 ||
	    ibuf_get(&b, a->fingerprint, sizeof(a->fingerprint)) == -1 ||
	    msg_get_str(&b, a->proxy_url, sizeof(a->proxy_url)) == -1 ||
	    ibuf_get_n32(&b, &a->listeners) == -1)
		return -1;
	for (i = 0; i < nitems(a->listen); i++) {
		if (msg_get_str(&b, a->listen[i], sizeof(a->listen[i])) == -1)
			return -1;
		if (!printable(a->listen[i]))
			return msg_malformed();
	}
	if (!msg_at_end(&b) || started > INT64_MAX || a->inspects > 1 ||
	    a->has_ca > 1 || !printable(a->version) ||
	    !printable(a->proxy_url))
		return msg_malformed();
	a->started_ms = (int64_t)started;
	return 0;
}

int
msg_asker_send(struct channel *ch, const struct msg_asker *a)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_ASKER_SEND, 0, 64)) == NULL)
		return -1;
	if (msg_add_str(m, a->client) == -1 ||
	    ibuf_add_n8(m, a->has_token) == -1 ||
	    ibuf_add(m, a->token, sizeof(a->token)) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_asker_recv(struct imsg *imsg, struct msg_asker *a)
{
	struct ibuf	 b;

	memset(a, 0, sizeof(*a));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, a->client, sizeof(a->client)) == -1 ||
	    ibuf_get_n8(&b, &a->has_token) == -1 ||
	    ibuf_get(&b, a->token, sizeof(a->token)) == -1)
		return -1;
	if (!msg_at_end(&b) || !msg_client_ok(a->client) || a->has_token > 1)
		return msg_malformed();
	return 0;
}

int
msg_asksocket_send(struct channel *ch, int fd, const char *client)
{
	struct ibuf	*m;

	m = channel_open(ch, IMSG_PARENT_ASKSOCKET_SEND, 0, 64);
	if (m == NULL) {
		close(fd);
		return -1;
	}
	if (msg_add_str(m, client) == -1) {
		close(fd);
		return msg_abandon(m);
	}
	channel_close(ch, m, fd);
	return 0;
}

int
msg_askdir_send(struct channel *ch, int fd, const struct msg_askdir *d)
{
	struct ibuf	*m;

	m = channel_open(ch, IMSG_PARENT_ASKDIR_SEND, 0, 64);
	if (m == NULL) {
		close(fd);
		return -1;
	}
	if (ibuf_add_n8(m, d->kind) == -1 ||
	    msg_add_str(m, d->client) == -1) {
		close(fd);
		return msg_abandon(m);
	}
	channel_close(ch, m, fd);
	return 0;
}

int
msg_askdir_recv(struct imsg *imsg, int *fd, struct msg_askdir *d)
{
	struct ibuf	 b;

	memset(d, 0, sizeof(*d));
	*fd = -1;
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &d->kind) == -1 ||
	    msg_get_str(&b, d->client, sizeof(d->client)) == -1)
		return -1;
	if (!msg_at_end(&b) || d->kind >= ASKDIR_MAX ||
	    !msg_client_ok(d->client))
		return msg_malformed();
	return (*fd = msg_get_fd(imsg)) == -1 ? msg_malformed() : 0;
}

/* The name of a client, alone. */
static int
client_recv(struct imsg *imsg, char client[MSG_CLIENT_SIZE])
{
	struct ibuf	 b;

	memset(client, 0, MSG_CLIENT_SIZE);
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, client, MSG_CLIENT_SIZE) == -1)
		return -1;
	return msg_at_end(&b) && msg_client_ok(client) ? 0 : msg_malformed();
}

int
msg_asksocket_recv(struct imsg *imsg, int *fd, char client[MSG_CLIENT_SIZE])
{
	*fd = -1;
	if (client_recv(imsg, client) == -1)
		return -1;
	return (*fd = msg_get_fd(imsg)) == -1 ? msg_malformed() : 0;
}

int
msg_ask_findings_send(struct channel *ch, uint32_t id,
    const struct ask_findings *a)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_MCPD_FINDINGS_GET, id, 160)) == NULL)
		return -1;
	if (msg_add_str(m, a->client) == -1 ||
	    ibuf_add_n32(m, a->limit) == -1 ||
	    ibuf_add_n64(m, (uint64_t)a->since_ms) == -1 ||
	    ibuf_add_n64(m, (uint64_t)a->until_ms) == -1 ||
	    ibuf_add_n8(m, a->threat) == -1 ||
	    ibuf_add_n8(m, a->direction) == -1 ||
	    ibuf_add_n8(m, a->min_severity) == -1 ||
	    msg_add_str(m, a->pattern) == -1 ||
	    msg_add_str(m, a->cursor) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ask_findings_recv(struct imsg *imsg, struct ask_findings *a)
{
	struct ibuf	 b;
	uint64_t	 since, until;

	memset(a, 0, sizeof(*a));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, a->client, sizeof(a->client)) == -1 ||
	    ibuf_get_n32(&b, &a->limit) == -1 ||
	    ibuf_get_n64(&b, &since) == -1 ||
	    ibuf_get_n64(&b, &until) == -1 ||
	    ibuf_get_n8(&b, &a->threat) == -1 ||
	    ibuf_get_n8(&b, &a->direction) == -1 ||
	    ibuf_get_n8(&b, &a->min_severity) == -1 ||
	    msg_get_str(&b, a->pattern, sizeof(a->pattern)) == -1 ||
	    msg_get_str(&b, a->cursor, sizeof(a->cursor)) == -1)
		return -1;
	if (!msg_at_end(&b) || !msg_client_ok(a->client) || a->limit == 0 ||
	    a->limit > ASK_LIMIT_MAX || since > INT64_MAX ||
	    until > INT64_MAX || (a->threat != ASK_ANY &&
	    finding_threat_name(a->threat) == NULL) ||
	    (a->direction != ASK_ANY &&
	    finding_direction_name(a->direction) == NULL) ||
	    finding_severity_name(a->min_severity) == NULL ||
	    (a->pattern[0] != '\0' && !finding_pattern_valid(a->pattern)) ||
	    !msg_cursor_ok(a->cursor))
		return msg_malformed();
	a->since_ms = (int64_t)since;
	a->until_ms = (int64_t)until;
	return 0;
}

int
msg_ask_totals_send(struct channel *ch, uint32_t id, const char *client)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_MCPD_TOTALS_GET, id, 64)) == NULL)
		return -1;
	if (msg_add_str(m, client) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ask_totals_recv(struct imsg *imsg, char client[MSG_CLIENT_SIZE])
{
	return client_recv(imsg, client);
}

int
msg_page_send(struct channel *ch, uint32_t id, const struct ask_page *p)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_LOGGER_FINDINGS_END, id, 64)) == NULL)
		return -1;
	if (ibuf_add_n8(m, p->status) == -1 ||
	    ibuf_add_n64(m, p->matched) == -1 ||
	    msg_add_str(m, p->next) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_page_recv(struct imsg *imsg, struct ask_page *p)
{
	struct ibuf	 b;

	memset(p, 0, sizeof(*p));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &p->status) == -1 ||
	    ibuf_get_n64(&b, &p->matched) == -1 ||
	    msg_get_str(&b, p->next, sizeof(p->next)) == -1)
		return -1;
	if (!msg_at_end(&b) || p->status >= ASK_STATUS_MAX ||
	    p->matched > INT64_MAX || !msg_cursor_ok(p->next))
		return msg_malformed();
	return 0;
}

size_t
msg_patterns_send(struct channel *ch, uint32_t id,
    const struct ask_pattern *v, size_t n)
{
	struct ibuf	*m;
	size_t		 i;

	m = channel_open(ch, IMSG_LOGGER_PATTERNS_DATA, id, 256);
	if (m == NULL)
		return 0;
	for (i = 0; i < n && i < MSG_PAYLOAD_MAX / (10 + FINDING_PATTERN_SIZE);
	    i++)
		if (msg_add_str(m, v[i].name) == -1 ||
		    ibuf_add_n64(m, v[i].findings) == -1) {
			(void)msg_abandon(m);
			return 0;
		}
	channel_close(ch, m, -1);
	return i;
}

static int
pattern_get(struct ibuf *b, struct ask_pattern *p)
{
	if (msg_get_str(b, p->name, sizeof(p->name)) == -1 ||
	    ibuf_get_n64(b, &p->findings) == -1)
		return -1;
	if (!finding_pattern_valid(p->name) || p->findings > INT64_MAX)
		return msg_malformed();
	return 0;
}

int
msg_patterns_recv(struct imsg *imsg,
    void (*each)(void *, const struct ask_pattern *), void *arg)
{
	struct ask_pattern	 p;
	struct ibuf		 b, again;

	if (imsg_get_ibuf(imsg, &b) == -1)
		return -1;
	again = b;
	while (!msg_at_end(&b))
		if (pattern_get(&b, &p) == -1)
			return -1;
	while (!msg_at_end(&again) && pattern_get(&again, &p) == 0)
		each(arg, &p);
	return 0;
}

/*
 * The most that the receiver takes: a count that one peer made absurd must not
 * end the channel to another.
 */
static uint64_t
bounded(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : n;
}

static int
counts_add(struct ibuf *m, const struct client_counts *c)
{
	if (ibuf_add_n64(m, bounded(c->messages)) == -1 ||
	    ibuf_add_n64(m, bounded(c->bytes)) == -1 ||
	    ibuf_add_n64(m, bounded(c->skipped_messages)) == -1 ||
	    ibuf_add_n64(m, bounded(c->skipped_bytes)) == -1 ||
	    ibuf_add_n64(m, (uint64_t)c->request_ms) == -1 ||
	    ibuf_add_n64(m, (uint64_t)c->tls_failed_ms) == -1 ||
	    msg_add_str(m, c->tls_reason) == -1)
		return -1;
	return 0;
}

static int
counts_get(struct ibuf *b, struct client_counts *c)
{
	uint64_t	 request, tls;

	if (ibuf_get_n64(b, &c->messages) == -1 ||
	    ibuf_get_n64(b, &c->bytes) == -1 ||
	    ibuf_get_n64(b, &c->skipped_messages) == -1 ||
	    ibuf_get_n64(b, &c->skipped_bytes) == -1 ||
	    ibuf_get_n64(b, &request) == -1 ||
	    ibuf_get_n64(b, &tls) == -1 ||
	    msg_get_str(b, c->tls_reason, sizeof(c->tls_reason)) == -1)
		return -1;
	/* all of them end as integers of JSON, which have a sign */
	if (c->messages > INT64_MAX || c->bytes > INT64_MAX ||
	    c->skipped_messages > INT64_MAX || c->skipped_bytes > INT64_MAX ||
	    request > INT64_MAX || tls > INT64_MAX ||
	    (tls != 0) != (c->tls_reason[0] != '\0') ||
	    (tls != 0 && !msg_token_ok(c->tls_reason)))
		return msg_malformed();
	c->request_ms = (int64_t)request;
	c->tls_failed_ms = (int64_t)tls;
	return 0;
}

int
msg_totals_send(struct channel *ch, uint32_t id, const struct ask_totals *t)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_LOGGER_TOTALS_END, id, 128)) == NULL)
		return -1;
	if (ibuf_add_n8(m, t->status) == -1 ||
	    ibuf_add_n64(m, t->findings) == -1 ||
	    ibuf_add_n64(m, (uint64_t)t->last_ms) == -1 ||
	    counts_add(m, &t->counts) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_totals_recv(struct imsg *imsg, struct ask_totals *t)
{
	struct ibuf	 b;
	uint64_t	 last;

	memset(t, 0, sizeof(*t));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &t->status) == -1 ||
	    ibuf_get_n64(&b, &t->findings) == -1 ||
	    ibuf_get_n64(&b, &last) == -1 ||
	    counts_get(&b, &t->counts) == -1)
		return -1;
	if (!msg_at_end(&b) || t->status >= ASK_STATUS_MAX ||
	    t->findings > INT64_MAX || last > INT64_MAX)
		return msg_malformed();
	t->last_ms = (int64_t)last;
	return 0;
}

int
msg_counts_send(struct channel *ch, const struct msg_counts *c)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_ANY_COUNTS_SEND, 0, 128)) == NULL)
		return -1;
	if (msg_add_str(m, c->client) == -1 || counts_add(m, &c->counts) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_counts_recv(struct imsg *imsg, struct msg_counts *c)
{
	struct ibuf	 b;

	memset(c, 0, sizeof(*c));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, c->client, sizeof(c->client)) == -1 ||
	    counts_get(&b, &c->counts) == -1)
		return -1;
	return msg_at_end(&b) && msg_client_ok(c->client) ? 0 :
	    msg_malformed();
}
