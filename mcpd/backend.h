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

#ifndef BACKEND_H
#define BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "msg_event.h"
#include "msg_mcp.h"

struct backend;
struct child;
struct request;

/*
 * The logger, as mcpd sees it: questions with a number, answers as they come.
 * What was asked of a logger that died is asked of the next one.  There is no
 * clock here: who asks knows how long to wait, and cancels.
 */
struct backend_ops {
	/* lines of JSON, each with its newline; begin: what came is void */
	void	(*begin)(void *);
	void	(*lines)(void *, const char *, size_t);
	void	(*pattern)(void *, const struct ask_pattern *);
	void	(*page)(void *, const struct ask_page *);
	void	(*totals)(void *, const struct ask_totals *);
};

struct backend	*backend_new(struct child *);
void		 backend_free(struct backend *);
/* The logger's socket; fd is the callee's. */
void		 backend_connect(struct backend *, int fd);

/*
 * Asks.  After page or totals, which end the answer, the request is gone.  NULL
 * when out of memory.
 */
struct request	*backend_findings(struct backend *,
		    const struct ask_findings *, const struct backend_ops *,
		    void *);
struct request	*backend_totals(struct backend *, const char *client,
		    const struct backend_ops *, void *);
/* Dropped when there is no logger now, or it does not read. */
void		 backend_event(struct backend *, const struct event_rec *);
void		 backend_cancel(struct backend *, struct request *);

#endif /* BACKEND_H */
