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

#ifndef CALL_H
#define CALL_H

#include <sys/queue.h>

#include <stdint.h>

#include <jansson.h>

#include "msg_mcp.h"
#include "tools.h"

struct client;
struct conf_check;
struct event;
struct request;

/*
 * A call while it is under way, for the files that implement the tools.  Each
 * tool has a function that checks the arguments and either finishes the call
 * or asks the backend and finishes it later.
 */
struct tool_call {
	struct mcpd		*m;
	uint32_t		 client;
	char			 name[MSG_CLIENT_SIZE];	/* of the client */
	json_t			*args;		/* an object */
	tool_done		 done;
	void			*arg;
	struct event		*timer;		/* deadline, then delivery */
	struct request		*req;		/* at the backend, or NULL */
	int			 finished;
	struct tool_result	 result;
	json_t			*data;		/* in the making */
	/* check_config */
	json_t			*problems;
	struct conf_check	*check;		/* under way, or NULL */
};

/*
 * Delivers: data is stolen, and delivery is never from within the function
 * that was called.
 */
void	 call_ok(struct tool_call *, json_t *data);
void	 call_bad(struct tool_call *, const char *argument, const char *fmt,
	    ...) __attribute__((__format__(printf, 3, 4)));
void	 call_fail(struct tool_call *, enum tool_status, const char *text);

void	 tool_status(struct tool_call *);
void	 tool_findings(struct tool_call *);
void	 tool_check(struct tool_call *);
void	 tool_check_cancel(struct tool_call *);

/* A time, null if it is 0; and the CA's fingerprint, null if there is none. */
json_t	*json_time(int64_t ms);
json_t	*json_fingerprint(const struct msg_about *);

/* An object or array from json_pack(3) with what must not fail, or fatal. */
json_t	*must_json(json_t *);

#endif /* CALL_H */
