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

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <tls.h>

#include "compat.h"
#include "leaf.h"
#include "log.h"

/* One flow that waits, and for which certificate. */
struct leaf_request {
	struct leaf_request	*next, **prev;
	struct leaf_store	*store;
	uint32_t		 id;		/* 0: the answer is there */
	char			 client[MSG_CLIENT_SIZE];
	char			 host[MSG_HOST_SIZE];
	bool			 alpn;
	leaf_cb			 cb;
	void			*arg;
	struct event		*timer;
	struct leaf		*leaf;		/* the answer */
	const char		*refused;
	char			 reason[MSG_TOKEN_SIZE];
};

struct leaf_store {
	struct event_base	*base;
	int			(*send)(void *, uint32_t,
				    const struct leaf_sign *);
	void			*arg;
	uint32_t		 last_id;
	uint8_t			 spki[LEAF_KEY_SIZE];
	char			*key_pem;
	size_t			 key_len;
	struct leaf		*leaves;	/* most recently used first */
	size_t			 nleaves;
	struct leaf_request	*requests;
	size_t			 nrequests;
};

static int
key_make(struct leaf_store *s)
{
	unsigned char	*der = s->spki;
	EVP_PKEY	*key;
	char		*p;
	BIO		*bio;
	long		 n;
	int		 rv = -1;

	if ((key = EVP_EC_gen("P-256")) == NULL)
		return (-1);
	bio = BIO_new(BIO_s_secmem());
	if (bio != NULL && i2d_PUBKEY(key, NULL) == LEAF_KEY_SIZE &&
	    i2d_PUBKEY(key, &der) == LEAF_KEY_SIZE &&
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) ==
	    1 && (n = BIO_get_mem_data(bio, &p)) > 0 &&
	    (s->key_pem = malloc((size_t)n)) != NULL) {
		memcpy(s->key_pem, p, (size_t)n);
		s->key_len = (size_t)n;
		rv = 0;
	}
	BIO_free(bio);
	EVP_PKEY_free(key);
	return (rv);
}

struct leaf_store *
leaf_store_new(struct event_base *base,
    int (*send)(void *, uint32_t, const struct leaf_sign *), void *arg,
    const char **why)
{
	struct leaf_store	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		*why = "memory is short";
		return (NULL);
	}
	s->base = base;
	s->send = send;
	s->arg = arg;
	if (tls_init() == -1 || key_make(s) == -1) {
		*why = "the key for leaf certificates could not be made";
		leaf_store_free(s);
		return (NULL);
	}
	return (s);
}

/* --- contexts ------------------------------------------------------------ */

void
leaf_unref(struct leaf *l)
{
	if (l == NULL || --l->refs > 0)
		return;
	tls_free(l->ctx);
	free(l);
}

static void
leaf_unlink(struct leaf_store *s, struct leaf *l)
{
	*l->prev = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	s->nleaves--;
	l->stored = false;
	leaf_unref(l);
}

static void
leaf_front(struct leaf_store *s, struct leaf *l)
{
	l->prev = &s->leaves;
	if ((l->next = s->leaves) != NULL)
		s->leaves->prev = &l->next;
	s->leaves = l;
}

/*
 * Of TLS 1.2 what TLS 1.3 has kept: a fresh key each time, and no CBC.  Every
 * client of this decade has it; libtls alone would offer 18 kinds.
 */
#define CIPHERS		"ECDHE+AESGCM:ECDHE+CHACHA20"

static struct tls *
context_new(struct leaf_store *s, const struct leaf_result *r, bool alpn)
{
	struct tls_config	*c;
	struct tls		*ctx = NULL;

	if ((c = tls_config_new()) == NULL)
		return (NULL);
	if (tls_config_set_keypair_mem(c, (const uint8_t *)r->pem,
	    strlen(r->pem), (const uint8_t *)s->key_pem, s->key_len) == 0 &&
	    tls_config_set_ciphers(c, CIPHERS) == 0 &&
	    (!alpn || tls_config_set_alpn(c, "http/1.1") == 0) &&
	    (ctx = tls_server()) != NULL && tls_configure(ctx, c) == -1) {
		log_warnx("leaf certificate: %s", tls_error(ctx));
		tls_free(ctx);
		ctx = NULL;
	}
	tls_config_free(c);
	return (ctx);
}

static struct leaf *
leaf_new(struct leaf_store *s, const char *host, bool alpn,
    const struct leaf_result *r)
{
	struct leaf	*l, *last;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	if ((l->ctx = context_new(s, r, alpn)) == NULL) {
		free(l);
		return (NULL);
	}
	strlcpy(l->host, host, sizeof(l->host));
	l->alpn = alpn;
	l->made = (int64_t)time(NULL);
	l->not_after = r->not_after;
	l->refs = 1;
	l->stored = true;
	leaf_front(s, l);
	if (++s->nleaves > LEAF_CONTEXTS_MAX) {
		for (last = l; last->next != NULL; last = last->next)
			continue;
		leaf_unlink(s, last);
	}
	return (l);
}

static struct leaf *
leaf_find(struct leaf_store *s, const char *host, bool alpn)
{
	struct leaf	*l;
	int64_t		 now;

	for (l = s->leaves; l != NULL; l = l->next)
		if (l->alpn == alpn && strcmp(l->host, host) == 0)
			break;
	if (l == NULL)
		return (NULL);
	now = (int64_t)time(NULL);
	if (l->not_after <= now + LEAF_MARGIN || now < l->made - LEAF_BACK) {
		leaf_unlink(s, l);
		return (NULL);
	}
	if (l != s->leaves) {
		*l->prev = l->next;
		if (l->next != NULL)
			l->next->prev = l->prev;
		leaf_front(s, l);
	}
	return (l);
}

void
leaf_forget(struct leaf_store *s)
{
	while (s->leaves != NULL)
		leaf_unlink(s, s->leaves);
}

size_t
leaf_count(const struct leaf_store *s)
{
	return (s->nleaves);
}

/* --- requests ------------------------------------------------------------ */

static void
request_free(struct leaf_request *r)
{
	*r->prev = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	r->store->nrequests--;
	if (r->timer != NULL)
		event_free(r->timer);
	leaf_unref(r->leaf);
	free(r);
}

void
leaf_cancel(struct leaf_request *r)
{
	if (r != NULL)
		request_free(r);
}

static void
request_fire(evutil_socket_t fd, short what, void *arg)
{
	struct leaf_request	*r = arg;
	struct leaf		*l = r->leaf;
	leaf_cb			 cb = r->cb;
	void			*cbarg = r->arg;
	char			 reason[MSG_TOKEN_SIZE];

	(void)fd;
	(void)what;
	strlcpy(reason, r->refused == NULL ? "keeper_silent" : r->refused,
	    sizeof(reason));
	r->leaf = NULL;
	request_free(r);
	cb(cbarg, l, l == NULL ? reason : NULL);
}

/* The answer is there: told from the event loop. */
static void
request_done(struct leaf_request *r, struct leaf *l, const char *refused)
{
	struct timeval	 now = { 0, 0 };

	r->id = 0;
	if ((r->leaf = l) != NULL)
		l->refs++;
	r->refused = refused;
	if (event_add(r->timer, &now) == -1)
		fatalx("event_add");
}

static void
request_ask(struct leaf_request *r)
{
	struct leaf_store	*s = r->store;
	struct leaf_sign	 sign;

	memset(&sign, 0, sizeof(sign));
	strlcpy(sign.client, r->client, sizeof(sign.client));
	strlcpy(sign.host, r->host, sizeof(sign.host));
	memcpy(sign.key, s->spki, sizeof(sign.key));
	/* Without a keeper now: leaf_ask_again() when the next is there. */
	(void)s->send(s->arg, r->id, &sign);
}

/* The id under which the same is asked already, 0: none. */
static uint32_t
asked_before(const struct leaf_request *r)
{
	const struct leaf_request	*o;

	for (o = r->next; o != NULL; o = o->next)
		if (o->id != 0 && strcmp(o->host, r->host) == 0 &&
		    strcmp(o->client, r->client) == 0)
			return (o->id);
	return (0);
}

struct leaf_request *
leaf_get(struct leaf_store *s, const char *client, const char *host, bool alpn,
    leaf_cb cb, void *arg)
{
	struct timeval		 tv = { T_LEAF / 1000, 0 };
	struct leaf_request	*r;
	struct leaf		*l;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->store = s;
	r->cb = cb;
	r->arg = arg;
	r->alpn = alpn;
	strlcpy(r->client, client, sizeof(r->client));
	strlcpy(r->host, host, sizeof(r->host));
	if ((r->timer = evtimer_new(s->base, request_fire, r)) == NULL) {
		free(r);
		return (NULL);
	}
	r->prev = &s->requests;
	if ((r->next = s->requests) != NULL)
		s->requests->prev = &r->next;
	s->requests = r;
	s->nrequests++;

	if ((l = leaf_find(s, r->host, alpn)) != NULL) {
		request_done(r, l, NULL);
		return (r);
	}
	if (s->nrequests > LEAF_PENDING_MAX) {
		request_done(r, NULL, "keeper_busy");
		return (r);
	}
	if (event_add(r->timer, &tv) == -1)
		fatalx("event_add");
	/* Many connections to a new host begin at once: one question. */
	if ((r->id = asked_before(r)) == 0) {
		while (++s->last_id == 0)
			continue;
		r->id = s->last_id;
		request_ask(r);
	}
	return (r);
}

static void
request_answered(struct leaf_request *r, const struct leaf_result *res)
{
	struct leaf_store	*s = r->store;
	struct leaf		*l;

	if (!res->ok) {
		strlcpy(r->reason, res->reason, sizeof(r->reason));
		request_done(r, NULL, r->reason);
		return;
	}
	/* Another request for the same host may have been answered first. */
	if ((l = leaf_find(s, r->host, r->alpn)) == NULL)
		l = leaf_new(s, r->host, r->alpn, res);
	request_done(r, l, "failed");
}

int
leaf_answer(struct leaf_store *s, uint32_t id, const struct leaf_result *res)
{
	struct leaf_request	*r;

	/* One that was cancelled meanwhile is no breach; ids ahead are. */
	if (id == 0 || (int32_t)(s->last_id - id) < 0)
		return (-1);
	for (r = s->requests; r != NULL; r = r->next)
		if (r->id == id)
			request_answered(r, res);
	return (0);
}

void
leaf_ask_again(struct leaf_store *s)
{
	struct leaf_request	*r;

	for (r = s->requests; r != NULL; r = r->next)
		if (r->id != 0 && asked_before(r) != r->id)
			request_ask(r);
}

void
leaf_store_free(struct leaf_store *s)
{
	if (s == NULL)
		return;
	while (s->requests != NULL)
		request_free(s->requests);
	leaf_forget(s);
	freezero(s->key_pem, s->key_len);
	free(s);
}
