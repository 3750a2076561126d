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


/*
 * Messages of MCP: the first line gives the three headers, with tabs between
 * them, or is empty for a message over a socket.  Whatever comes, there is one
 * answer at the most, it is JSON-RPC, and its id is that of the request.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../../mcpd/jsonrpc.h"
#include "../../mcpd/mcp.h"
#include "../../mcpd/mcpd.h"
#include "../../mcpd/tools.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct tool_call {
	json_t		*args;
};

struct said {
	int	 times;
	int	 status;
	char	*text;
	size_t	 len;
};

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

/* In place of the tools, whose answers are not waited for. */
struct tool_call *
tools_call(struct mcpd *m, uint32_t client, const char *name, json_t *args,
    tool_done done, void *arg)
{
	struct tool_call	*c;

	(void)m;
	(void)name;
	(void)done;
	(void)arg;
	if (client != 7)
		broken("another client");
	if (args != NULL && !json_is_object(args))
		broken("arguments that are no object");
	if ((c = calloc(1, sizeof(*c))) == NULL)
		abort();
	c->args = args == NULL ? json_object() : json_incref(args);
	return c;
}

void
tools_cancel(struct tool_call *c)
{
	json_decref(c->args);
	free(c);
}

static void
on_done(void *arg, int status, char *text, size_t len)
{
	struct said	*s = arg;

	s->times++;
	s->status = status;
	s->text = text;
	s->len = len;
}

static void
check(const struct said *s, const char *body, size_t len)
{
	struct jsonrpc	 rpc;
	json_t		*a, *id;

	if (s->status != 200 && s->status != 202 && s->status != 400 &&
	    s->status != 404)
		broken("an answer of another status");
	if ((s->text == NULL) != (s->status == 202))
		broken("202 is without a text, and nothing else is");
	if (s->text == NULL)
		return;
	if (strlen(s->text) != s->len || strchr(s->text, '\n') != NULL)
		broken("an answer of more than one line");
	a = json_loads(s->text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (!json_is_object(a) || strcmp(json_string_value(json_object_get(a,
	    "jsonrpc")), "2.0") != 0 || (json_object_get(a, "result") ==
	    NULL) == (json_object_get(a, "error") == NULL))
		broken("no JSON-RPC");
	id = json_object_get(a, "id");
	jsonrpc_parse(&rpc, body, len);
	if (rpc.id == NULL ? !json_is_null(id) : !json_equal(rpc.id, id))
		broken("another id");
	jsonrpc_free(&rpc);
	json_decref(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mcpd	 m;
	struct mcp_headers	 h;
	struct mcp_request	*q;
	struct said		 s;
	const char		*body;
	char			*line, *next;
	size_t			 n;

	if (m.tools == NULL && (m.tools = json_array()) == NULL)
		abort();
	if (size == 0 || size > 65536 ||
	    (body = memchr(data, '\n', size)) == NULL)
		return 0;
	n = (size_t)(body - (const char *)data);
	if ((line = strndup((const char *)data, n)) == NULL)
		abort();
	body++;
	size -= n + 1;
	memset(&h, 0, sizeof(h));
	next = line;
	h.version = strsep(&next, "\t");
	h.method = strsep(&next, "\t");
	h.name = strsep(&next, "\t");
	h.broken = next != NULL;
	memset(&s, 0, sizeof(s));
	q = mcp_handle(&m, 7, n == 0 ? NULL : &h, body, size, on_done, &s);
	if (s.times > 1 || (q == NULL) != (s.times == 1))
		broken("not one answer");
	if (q == NULL)
		check(&s, body, size);
	else
		mcp_cancel(q);
	free(s.text);
	free(line);
	return 0;
}
