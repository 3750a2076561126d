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

#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

/*
 * One request of HTTP/1.1 (RFC 9112) after the other, from bytes as they come.
 * llhttp does the syntax; what is kept is bounded here, and only the fields
 * that matter are.
 */
#define HTTP_HEAD_MAX	(16 * 1024)	/* request line and all fields */

enum http_field {
	HTTP_HOST,
	HTTP_ORIGIN,
	HTTP_AUTHORIZATION,
	HTTP_CONTENT_TYPE,
	HTTP_CONTENT_ENCODING,
	HTTP_EXPECT,
	HTTP_MCP_VERSION,
	HTTP_MCP_METHOD,
	HTTP_MCP_NAME,
	HTTP_FIELD_MAX
};

enum http_step {
	HTTP_MORE,		/* all bytes are taken, more are needed */
	HTTP_HEADED,		/* the head is complete: look at it, go on */
	HTTP_DONE,		/* the body too; then http_next() */
	HTTP_BAD		/* status says how to refuse it */
};

struct http_req {
	llhttp_t	 parser;
	llhttp_settings_t settings;
	char		*head;		/* target, then values, with NULs */
	size_t		 head_len;
	size_t		 head_size;
	size_t		 head_seen;	/* bytes of the head so far */
	int		 targeted;	/* it ends with a NUL */
	struct {
		unsigned int	 n;	/* how often it was there */
		size_t		 at;	/* the last one's offset in head */
	}		 field[HTTP_FIELD_MAX];
	char		 name[32];	/* of the field being read */
	size_t		 name_len;
	int		 now;		/* which that is, or -1 */
	int		 in_value;
	char		*body;
	size_t		 body_len;
	size_t		 body_size;
	size_t		 body_max;
	int		 is_post;
	int		 has_body;	/* a length, or chunks */
	uint64_t	 length;	/* announced, 0 with chunks */
	int		 keep_alive;
	int		 started;	/* a byte of it has come */
	int		 headed;	/* HTTP_HEADED was given */
	int		 done;
	int		 status;
};

void		 http_init(struct http_req *, size_t body_max);
void		 http_free(struct http_req *);
/* Forgets the request; the next one may come on the same connection. */
void		 http_next(struct http_req *);
/* Takes bytes; *used says how many. */
enum http_step	 http_feed(struct http_req *, const char *, size_t,
		    size_t *used);
const char	*http_target(const struct http_req *);
/* The value without blanks around it, NULL when it was not there. */
const char	*http_value(const struct http_req *, enum http_field);

/*
 * The host of a Host field or of an origin, without its port and brackets; 0,
 * or -1 when it is none.
 */
int		 http_host_of(const char *authority, char *, size_t);
int		 http_origin_host(const char *origin, char *, size_t);
/* 1 for application/json, with any parameters (RFC 9110, 8.3.1). */
int		 http_is_json(const char *content_type);
/*
 * A value that is "=?base64?...?=" decoded, any other as it is; what is not
 * UTF-8 text inside is refused: -1.
 */
int		 http_decode(const char *value, char *, size_t);

#endif /* HTTP_PARSE_H */
