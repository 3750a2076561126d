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

#ifndef JSONRPC_H
#define JSONRPC_H

#include <stddef.h>

#include <jansson.h>

/*
 * JSON-RPC 2.0 messages, whatever their methods mean.  Bytes are a stranger's:
 * the depth is bounded before they are parsed, names may not repeat.
 */
#define JSONRPC_DEPTH_MAX	32

#define JSONRPC_PARSE_ERROR	(-32700)
#define JSONRPC_INVALID_REQUEST	(-32600)
#define JSONRPC_NO_METHOD	(-32601)
#define JSONRPC_BAD_PARAMS	(-32602)
#define JSONRPC_INTERNAL	(-32603)

enum jsonrpc_kind {
	JSONRPC_REQUEST,
	JSONRPC_NOTIFICATION,
	JSONRPC_RESPONSE,	/* to a request that we never send */
	JSONRPC_BAD		/* error says why */
};

struct jsonrpc {
	enum jsonrpc_kind	 kind;
	json_t			*msg;		/* the whole, or NULL */
	json_t			*id;		/* in msg; NULL: to be null */
	const char		*method;	/* in msg */
	json_t			*params;	/* in msg, an object or NULL */
	int			 error;		/* one of the codes above */
	const char		*why;		/* constant text of the error */
};

/* Is no bracket or brace deeper than that?  Strings are minded. */
int	 jsonrpc_depth_ok(const char *, size_t len, unsigned int max);

/* A string without NUL in it, borrowed; or NULL. */
const char *jsonrpc_string(const json_t *);

/* Reads one message; jsonrpc_free() is due whatever came. */
void	 jsonrpc_parse(struct jsonrpc *, const char *, size_t len);
void	 jsonrpc_free(struct jsonrpc *);

/*
 * An answer, as ASCII text without a line's end; free(3) it.  result and data
 * are stolen; id and data may be NULL.  NULL when out of memory.
 */
char	*jsonrpc_result(const json_t *id, json_t *result, size_t *len);
char	*jsonrpc_error(const json_t *id, int code, const char *message,
	    json_t *data, size_t *len);

#endif /* JSONRPC_H */
