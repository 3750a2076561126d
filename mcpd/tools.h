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

#ifndef TOOLS_H
#define TOOLS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct mcpd;
struct tool_call;

/*
 * The tools, whatever the way a question comes: MCP over a socket, MCP over
 * HTTP, or a task in a directory.  Whoever calls has made sure which client it
 * is that asks; the answer is about that client and no other, has no path of
 * the host in it and nothing that is not redacted.
 */
#define TOOLS_MAX		3
#define TOOL_TIMEOUT_MS		5000	/* the longest wait for an answer */
#define TOOL_ARGUMENT_SIZE	64
#define TOOL_TEXT_SIZE		256

enum tool_status {
	TOOL_OK,
	TOOL_UNKNOWN,		/* there is no tool of that name */
	TOOL_BAD_PARAMS,	/* argument says which, text what is wrong */
	TOOL_RATE_LIMITED,	/* too many calls: later it will be answered */
	TOOL_TIMEOUT,		/* the logger did not answer in time */
	TOOL_INTERNAL		/* text says what, in general words */
};

/*
 * What came of a call.  data is an object that conforms to the tool's
 * outputSchema when status is TOOL_OK, else NULL; it stays the callee's: take
 * a reference to keep it.  argument ("" if it is not one of them) and text are
 * printable ASCII; text is a sentence for people without a full stop.
 */
struct tool_result {
	enum tool_status	 status;
	json_t			*data;
	char			 argument[TOOL_ARGUMENT_SIZE];
	char			 text[TOOL_TEXT_SIZE];
};

typedef void	(*tool_done)(void *arg, const struct tool_result *);

/*
 * Calls a tool for a client (its id, of struct client).  arguments is an
 * object, or NULL for none; a reference is taken.  done is called exactly
 * once, never from within this function, within TOOL_TIMEOUT_MS or a little
 * more; unless tools_cancel() comes before.  A client that a reload removes
 * gets TOOL_INTERNAL.  NULL only when out of memory: then done is not called.
 *
 * Every call counts for the client's rate, by whatever way it came.
 */
struct tool_call *
	 tools_call(struct mcpd *, uint32_t client, const char *name,
	    json_t *arguments, tool_done done, void *arg);
/* Forgets a call whose answer nobody waits for any more. */
void	 tools_cancel(struct tool_call *);

/* "TIMEOUT" ... as CONTRACTS 5 names the codes of failures; NULL for OK. */
const char *
	 tool_status_code(enum tool_status);

/*
 * Name, title, description, schemas and annotations of all tools, an array in
 * fixed order as tools/list has it; the caller's.  NULL when out of memory.
 */
json_t	*tools_load(void);

#endif /* TOOLS_H */
