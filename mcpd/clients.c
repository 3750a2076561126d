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
#include <unistd.h>

#include <openssl/evp.h>

#include "acceptor.h"
#include "compat.h"
#include "mcpd.h"

struct client *
client_by_id(struct mcpd *m, uint32_t id)
{
	struct client	*c;

	TAILQ_FOREACH(c, &m->clients, entry)
		if (c->id == id)
			return c;
	return NULL;
}

struct client *
client_by_name(struct mcpd *m, const char *name)
{
	struct client	*c;

	TAILQ_FOREACH(c, &m->clients, entry)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

struct client *
client_by_token(struct mcpd *m, const char *token, size_t len)
{
	struct client	*c, *found = NULL;
	uint8_t		 hash[32];

	if (EVP_Digest(token, len, hash, NULL, EVP_sha256(), NULL) != 1)
		return NULL;
	TAILQ_FOREACH(c, &m->clients, entry)
		if (timingsafe_bcmp(hash, c->token, sizeof(hash)) == 0 &&
		    c->has_token)
			found = c;
	explicit_bzero(hash, sizeof(hash));
	return found;
}

void
clients_begin(struct mcpd *m)
{
	struct client	*c;

	TAILQ_FOREACH(c, &m->clients, entry)
		c->current = 0;
}

/* The listener comes again with the configuration, if there is to be one. */
static void
client_deafen(struct client *c)
{
	acceptor_free(c->acceptor);
	c->acceptor = NULL;
	if (c->fd != -1) {
		close(c->fd);
		c->fd = -1;
	}
}

struct client *
clients_add(struct mcpd *m, const struct msg_asker *a)
{
	struct client	*c;

	if ((c = client_by_name(m, a->client)) == NULL) {
		if ((c = calloc(1, sizeof(*c))) == NULL)
			return NULL;
		c->m = m;
		c->id = ++m->last_id;
		c->fd = -1;
		c->tasks_fd = -1;
		strlcpy(c->name, a->client, sizeof(c->name));
		TAILQ_INSERT_TAIL(&m->clients, c, entry);
	}
	c->current = 1;
	client_deafen(c);
	c->has_token = a->has_token;
	memcpy(c->token, a->token, sizeof(c->token));
	return c;
}

void
clients_end(struct mcpd *m)
{
	struct client	*c, *next;

	for (c = TAILQ_FIRST(&m->clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->current)
			continue;
		client_deafen(c);
		TAILQ_REMOVE(&m->clients, c, entry);
		freezero(c, sizeof(*c));
	}
}

int
client_hold(struct client *c, size_t *held, size_t bytes)
{
	c->buffered -= *held;
	*held = 0;
	if (bytes > CLIENT_BUFFERED_MAX - c->buffered)
		return 0;
	c->buffered += bytes;
	*held = bytes;
	return 1;
}
