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

#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "flow.h"
#include "log.h"
#include "secure.h"
#include "tls_leg.h"

/* Is a host on a list?  A canonical name, or "". */
static bool
listed(const struct hostlist *list, const char *host)
{
	return (host[0] != '\0' && hostlist_match(list, host) == 1);
}

void
secure_begin(struct flow *f)
{
	struct secure	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		flow_destroy(f);
		return;
	}
	hello_init(&s->hello);
	f->sec = s;
	f->state = FLOW_ST_HELLO;
	flow_deadline(f, T_HELLO);
}

void
secure_free(struct flow *f)
{
	struct secure	*s = f->sec;

	if (s == NULL)
		return;
	leaf_cancel(s->request);
	leaf_unref(s->leaf);
	hello_free(&s->hello);
	freezero(s, sizeof(*s));
	f->sec = NULL;
}

/* Not ours to look at. */
static void
pass(struct flow *f, const char *reason)
{
	secure_free(f);
	tunnel_opaque(f, reason);
}

/*
 * A handshake that we cannot read to its end, on the way to a host that is to
 * be inspected, is refused as malformed HTTP is: what is lenient enough to
 * understand it would be reached unseen.
 */
static void
bad_hello(struct flow *f, const char *reason)
{
	char	 host[HOST_CANON_SIZE];

	if (host_canon(f->up_host, host, sizeof(host)) == -1)
		host[0] = '\0';
	if (!listed(&f->proxy->inspect.hosts, host) ||
	    listed(&f->proxy->inspect.passthrough, host)) {
		pass(f, "tls");
		return;
	}
	flow_report(f, EVENT_CLIENT_TLS_FAILED, -1, reason, 0);
	flow_destroy(f);
}

void
secure_hello_timeout(struct flow *f)
{
	bad_hello(f, "timeout");
	if (!f->dead)
		flow_resume(f);
}

/*
 * NULL: to be inspected, or why it is passed on.  The name the client asked
 * for decides, since the certificate has to be for that; the ca-keeper holds
 * it against the same lists.
 */
static const char *
judge(const struct proxy *p, const char *host, const char *name)
{
	const struct inspect	*in = &p->inspect;

	if (listed(&in->passthrough, name))
		return ("passthrough");
	if (listed(&in->hosts, name))
		return (NULL);
	return (listed(&in->hosts, host) ? "not_inspected" : "tls");
}

/* The leaf is there, or never will be. */
static void
leaf_ready(void *arg, struct leaf *l, const char *refused)
{
	struct flow	*f = arg;
	struct secure	*s = f->sec;

	s->request = NULL;
	s->leaf = l;
	if (refused == NULL)
		secure_upstream_ready(f);
	else {
		flow_report(f, EVENT_CLIENT_TLS_FAILED, -1, refused, 0);
		flow_destroy(f);
	}
	if (!f->dead)
		flow_arm(f);
}

static void
inspect(struct flow *f)
{
	struct secure	*s = f->sec;

	f->state = FLOW_ST_SECURE;
	flow_deadline(f, T_TLS);
	s->request = leaf_get(f->proxy->inspect.leaves, flow_client_name(f),
	    s->key.name, s->alpn, leaf_ready, f);
	if (s->request == NULL) {
		flow_destroy(f);
		return;
	}
	if (f->up == NULL) {
		s->upstream_done = true;	/* one waits in the pool */
		return;
	}
	f->up->key = s->key;
	upstream_tls_begin(f);
}

static void
hello_done(struct flow *f)
{
	struct secure	*s = f->sec;
	const char	*why;
	char		 host[HOST_CANON_SIZE], name[HOST_CANON_SIZE];

	if (host_canon(f->up_host, host, sizeof(host)) == -1)
		host[0] = '\0';
	/* A name that is no host can be on no list. */
	if (s->hello.name[0] == '\0')
		strlcpy(name, host, sizeof(name));
	else if (host_canon(s->hello.name, name, sizeof(name)) == -1)
		name[0] = '\0';
	if (s->hello.name[0] != '\0' && strcmp(name, host) != 0 &&
	    host_is_addr(host) != 1)
		flow_report(f, EVENT_SNI_MISMATCH, FLOW_OUTBOUND,
		    listed(&f->proxy->inspect.hosts, name) ? "inspected" :
		    "not_inspected", 0);
	why = f->proxy->inspect.leaves == NULL ? "tls" :
	    judge(f->proxy, host, name);
	if (why != NULL) {
		pass(f, why);
		return;
	}
	/* HTTP/2 only: a server's side that we do not have. */
	if (s->hello.alpn && !s->hello.alpn_http11) {
		pass(f, "alpn");
		return;
	}
	s->alpn = s->hello.alpn;
	hello_free(&s->hello);
	upstream_key_of(f, &s->key);
	s->key.scheme = HTTP_SCHEME_HTTPS;
	strlcpy(s->key.name, name, sizeof(s->key.name));
	inspect(f);
}

size_t
secure_hello_input(struct flow *f, const uint8_t *p, size_t len)
{
	struct secure	*s = f->sec;
	size_t		 n = s->fed;

	s->fed = len;
	switch (hello_feed(&s->hello, p + n, len - n)) {
	case HELLO_DONE:
		hello_done(f);
		break;
	case HELLO_BAD:
		bad_hello(f, "client_hello");
		break;
	case HELLO_MORE:
		if (len >= IO_SIZE)
			bad_hello(f, "client_hello");
		break;
	}
	return (0);
}

/* Both sides of what the client waits for are there: its turn. */
static void
accept_begin(struct flow *f)
{
	struct secure	*s = f->sec;

	f->state = FLOW_ST_ACCEPT;
	flow_deadline(f, T_TLS);
	if (io_tls_server(&f->cl, s->leaf->ctx, buf_data(&f->cin),
	    buf_len(&f->cin)) == -1) {
		flow_destroy(f);
		return;
	}
	buf_wipe(&f->cin);
	secure_client_readable(f);
}

void
secure_upstream_ready(struct flow *f)
{
	struct secure	*s = f->sec;

	if (f->up != NULL && !f->up->securing)
		s->upstream_done = true;
	if (f->state == FLOW_ST_SECURE && s->upstream_done && s->leaf != NULL)
		accept_begin(f);
}

void
secure_upstream_failed(struct flow *f, int status, const char *why,
    const char *cure)
{
	struct secure	*s = f->sec;

	s->status = status;
	s->why = why;
	s->cure = cure;
	s->upstream_done = true;
	upstream_close(f);
	secure_upstream_ready(f);
}

void
secure_client_readable(struct flow *f)
{
	switch (io_handshake(&f->cl)) {
	case 0:
		return;
	case 1:
		/* What is in it is told from its first bytes, once more. */
		f->state = FLOW_ST_START;
		flow_deadline(f, T_TUNNEL);
		/* Nobody has listened to the origin meanwhile. */
		upstream_look(f);
		return;
	}
	flow_report(f, EVENT_CLIENT_TLS_FAILED, -1,
	    tls_leg_reason(f->cl.tls), 0);
	flow_destroy(f);
}

void
secure_client_timeout(struct flow *f)
{
	flow_report(f, EVENT_CLIENT_TLS_FAILED, -1, "timeout", 0);
	flow_destroy(f);
}

void
secure_client_left(struct flow *f, const char *reason)
{
	flow_report(f, EVENT_CLIENT_TLS_FAILED, -1, reason, 0);
}

bool
secure_pooled(struct flow *f)
{
	const struct proxy	*p = f->proxy;
	struct upstream_key	 key;
	char			 host[HOST_CANON_SIZE];

	if (p->inspect.leaves == NULL ||
	    host_canon(f->req.host, host, sizeof(host)) == -1 ||
	    judge(p, host, host) != NULL)
		return (false);
	upstream_key_of(f, &key);
	key.scheme = HTTP_SCHEME_HTTPS;
	strlcpy(key.name, host, sizeof(key.name));
	return (upstream_pool_has(p->pool, &key));
}
