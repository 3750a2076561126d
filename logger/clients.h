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

#ifndef CLIENTS_H
#define CLIENTS_H

#include <sys/queue.h>

#include <stdint.h>

#include "msg_start.h"
#include "index.h"
#include "quota.h"

struct logfile;

/*
 * The client blocks the logger knows.  One that a reload removed stays
 * until no process of an older generation is left that may speak of it.
 */
#define CLIENT_DEFAULT	"default"

struct client {
	TAILQ_ENTRY(client)	 entry;
	char			 name[MSG_CLIENT_SIZE];
	struct quota		 quota;
	struct logfile		*file;		/* NULL: none was given */
	int			 current;	/* in the configuration */
	/* of those that ask mcpd */
	int			 asks;
	struct logfile		*old[INDEX_FILES - 1];	/* oldest first */
	size_t			 nold;
	struct index		*index;		/* NULL: nobody has asked */
	int64_t			 asked_ms;
	struct client_counts	 gone;		/* of processes that ended */
};
TAILQ_HEAD(clients, client);

/* An empty list with the client every configuration has. */
int		 clients_init(struct clients *);
void		 clients_free(struct clients *);
/* NULL when it is not known. */
struct client	*clients_find(struct clients *, const char *name);

/* A new configuration: begin, add each, end (retires all others). */
void		 clients_begin(struct clients *);
/* Takes the name and the quota; what was counted so far stays. -1: ENOMEM. */
int		 clients_add(struct clients *, const struct msg_client *);
/*
 * A file that rotation put aside; a reference is taken.  At most keep of them
 * stay.
 */
void		 clients_old(struct client *, struct logfile *, size_t keep);
/* Lets go of rotated files that have been removed: they take room yet. */
void		 clients_drop(struct clients *);
/* Forgets those no longer configured. */
void		 clients_sweep(struct clients *);

#endif /* CLIENTS_H */
