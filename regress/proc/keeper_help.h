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

#ifndef KEEPER_HELP_H
#define KEEPER_HELP_H

#include <sys/types.h>

#include <stdint.h>

#include "msg_event.h"
#include "msg_leaf.h"
#include "msg_start.h"

/*
 * A parent, a logger and a proxy-worker for the real ca-keeper, all in one
 * event loop in the test.  It inspects *.example.com and 192.0.2.1 but not
 * private.example.com, for the clients main and default; its key is ca.key.
 */
struct suite {
	struct event_base	*base;
	struct channel		*parent;
	struct channel		*worker;
	struct channel		*logger;
	pid_t			 pid;

	/* what the keeper said */
	int			 ready;
	int			 pongs;
	int			 closed;
	int			 breaches;
	int			 cut;		/* the worker's channel ended */
	int			 answers;
	int			 cas;		/* told to the parent */
	int			 worker_cas;
	struct msg_ca		 ca;
	struct msg_ca		 worker_ca;
	struct leaf_result	 last;
	uint32_t		 last_id;
	uint64_t		 issued;
	uint64_t		 refused;
	uint64_t		 refused_events;
	char			 reason[MSG_TOKEN_SIZE];
	char			 dest[MSG_DEST_SIZE];
};

/* Starts a keeper and its configuration; up to its READY and RUN. */
void	 spawn(struct suite *);
void	 configure(struct suite *);
void	 start(struct suite *);		/* both, and waits for the CA */
/* Its end, which must be clean. */
void	 stop(struct suite *);
/* Another proxy-worker in the place of the one there was. */
void	 new_worker(struct suite *);
/* Runs the loop until the integer is at least n, or fails the test. */
void	 until(struct suite *, const int *, int n);
void	 alive(struct suite *);		/* asks, and waits for the answer */
int	 key_file(const char *name, int flags);
void	 key_make(uint8_t spki[LEAF_KEY_SIZE]);
/* One request, and its answer. */
const struct leaf_result *
	 ask(struct suite *, const char *client, const char *name,
	    const uint8_t key[LEAF_KEY_SIZE]);

#endif /* KEEPER_HELP_H */
