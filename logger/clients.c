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

#include "clients.h"
#include "compat.h"
#include "logfile.h"

static struct client *
client_get(struct clients *cs, const char *name)
{
	struct client	*c;

	if ((c = clients_find(cs, name)) == NULL) {
		if ((c = calloc(1, sizeof(*c))) == NULL)
			return NULL;
		strlcpy(c->name, name, sizeof(c->name));
		TAILQ_INSERT_TAIL(cs, c, entry);
	}
	c->current = 1;
	return c;
}

static void
client_free(struct clients *cs, struct client *c)
{
	TAILQ_REMOVE(cs, c, entry);
	logfile_unref(c->file);
	while (c->nold > 0)
		logfile_unref(c->old[--c->nold]);
	index_free(c->index);
	free(c);
}

int
clients_init(struct clients *cs)
{
	TAILQ_INIT(cs);
	return client_get(cs, CLIENT_DEFAULT) == NULL ? -1 : 0;
}

void
clients_free(struct clients *cs)
{
	struct client	*c;

	while ((c = TAILQ_FIRST(cs)) != NULL)
		client_free(cs, c);
}

struct client *
clients_find(struct clients *cs, const char *name)
{
	struct client	*c;

	TAILQ_FOREACH(c, cs, entry)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

void
clients_begin(struct clients *cs)
{
	struct client	*c;

	TAILQ_FOREACH(c, cs, entry) {
		c->current = strcmp(c->name, CLIENT_DEFAULT) == 0;
		c->asks = 0;
		/* a quota that the new configuration does not set */
		if (c->current)
			c->quota.limit = 0;
	}
}

int
clients_add(struct clients *cs, const struct msg_client *m)
{
	struct client	*c;

	if ((c = client_get(cs, m->name)) == NULL)
		return -1;
	c->quota.limit = m->quota;
	c->asks = m->asks;
	return 0;
}

void
clients_old(struct client *c, struct logfile *f, size_t keep)
{
	size_t	 i;

	for (i = 0; i < c->nold; i++)
		if (logfile_same(c->old[i], f))
			return;
	if (keep > nitems(c->old))
		keep = nitems(c->old);
	while (c->nold > 0 && c->nold + 1 > keep) {
		logfile_unref(c->old[0]);
		memmove(&c->old[0], &c->old[1],
		    --c->nold * sizeof(c->old[0]));
	}
	if (keep > 0)
		c->old[c->nold++] = logfile_ref(f);
}

void
clients_drop(struct clients *cs)
{
	struct client	*c;
	size_t		 i;

	TAILQ_FOREACH(c, cs, entry)
		for (i = 0; i < c->nold; ) {
			if (!logfile_gone(c->old[i])) {
				i++;
				continue;
			}
			logfile_unref(c->old[i]);
			memmove(&c->old[i], &c->old[i + 1],
			    (--c->nold - i) * sizeof(c->old[0]));
			/* it has them too, until it is asked */
			index_free(c->index);
			c->index = NULL;
		}
}

void
clients_sweep(struct clients *cs)
{
	struct client	*c, *next;

	for (c = TAILQ_FIRST(cs); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		/* one with something left to tell waits for the next time */
		if (!c->current && c->quota.excess == 0)
			client_free(cs, c);
	}
}
