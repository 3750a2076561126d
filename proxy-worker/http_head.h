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

#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_reason.h"

/*
 * The head of an HTTP/1 message (RFC 9112): start line and header section.
 * Bytes are fed as they come; every line is validated when it is complete, so
 * that a bad one is refused at once and a split anywhere changes nothing.
 * When the head is whole, llhttp reads it too, and it is accepted only if both
 * frame the body the same way.
 */

#define HTTP_HEAD_MAX		(64 * 1024)	/* bytes, start line included */
#define HTTP_FIELDS_MAX		256
#define HTTP_METHOD_MAX		64
#define HTTP_HOST_MAX		253

enum http_framing {
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CHUNKED,
	HTTP_BODY_CLOSE			/* until the peer closes */
};

enum http_form {			/* RFC 9112, 3.2 */
	HTTP_FORM_ORIGIN,
	HTTP_FORM_ABSOLUTE,
	HTTP_FORM_AUTHORITY,
	HTTP_FORM_ASTERISK
};

enum http_scheme {
	HTTP_SCHEME_NONE,		/* the target names none */
	HTTP_SCHEME_HTTP,
	HTTP_SCHEME_HTTPS
};

enum http_method {			/* those whose meaning we need */
	HTTP_METHOD_OTHER,
	HTTP_METHOD_GET,
	HTTP_METHOD_HEAD,
	HTTP_METHOD_CONNECT,
	HTTP_METHOD_OPTIONS
};

struct http_span {			/* a part of the head's own bytes */
	uint32_t	 off;
	uint32_t	 len;
};

struct http_field {
	struct http_span line;		/* as received, CRLF included */
	struct http_span name;
	struct http_span value;		/* without surrounding white space */
};

struct http_head {
	enum http_kind	 kind;
	enum http_method answers;	/* response: the request's method */

	/* Valid once the head is complete. */
	enum http_method method;
	struct http_span method_name;
	struct http_span target;	/* as received */
	enum http_form	 form;
	enum http_scheme scheme;
	char		 host[HTTP_HOST_MAX + 3];  /* lower case, no brackets */
	bool		 host_literal6;	/* host is an IPv6 literal */
	uint16_t	 port;		/* 0: the target names none */
	struct http_span path;		/* origin part of the target or empty */
	int		 minor;		/* HTTP/1.minor */
	int		 status;
	struct http_span status_text;
	enum http_framing framing;
	uint64_t	 length;	/* with HTTP_BODY_LENGTH */
	bool		 persistent;	/* the sender keeps the connection */
	bool		 expect_continue;
	bool		 upgrade;	/* Upgrade, and Connection names it */

	struct http_field *fields;
	size_t		 nfields;
	size_t		 fieldsize;

	/* Private to http_head.c. */
	uint8_t		*mem;
	size_t		 len;
	size_t		 size;
	size_t		 linestart;
	bool		 startseen;
	bool		 blankseen;	/* one empty line before a request */
	bool		 done;
	int		 hostfield;	/* index, -1 none */
	int		 lengthfield;
	int		 codingfield;
	enum http_reason error;
};

enum http_feed {
	HTTP_FEED_MORE,			/* all was taken, the head goes on */
	HTTP_FEED_DONE,			/* the head is complete */
	HTTP_FEED_ERROR			/* refused: see http_head_error */
};

/* Prepares an empty head; no memory is taken before the first byte. */
void	 http_head_init(struct http_head *, enum http_kind);
/*
 * Gives the memory back, wiped (credentials travel in heads), and prepares for
 * the next head of the same kind.
 */
void	 http_head_reset(struct http_head *);

/*
 * Feeds bytes; *used says how many belonged to the head.  What follows them is
 * body or the next message.  Errors stay until the head is reset.
 */
enum http_feed	 http_head_feed(struct http_head *, const void *, size_t,
		    size_t *used);
enum http_reason http_head_error(const struct http_head *);
/* Whether any byte of a message has come. */
bool	 http_head_started(const struct http_head *);

/* The bytes of a span; the pointer dies when the head is reset. */
const char	*http_span(const struct http_head *, struct http_span);
/* All bytes of the head as received. */
const uint8_t	*http_head_bytes(const struct http_head *, size_t *);

/*
 * The nth field of that name, counted from 0 and compared without case, NULL
 * when there are not so many.
 */
const struct http_field	*http_head_field(const struct http_head *,
			    const char *name, size_t n);
/* Does a field have that name? */
bool	 http_field_is(const struct http_head *, const struct http_field *,
	    const char *name);
/*
 * What all Connection fields name: how many there are, or HTTP_FIELDS_MAX + 1
 * for more, which no complete head has.
 */
size_t		 http_head_options(const struct http_head *,
		    struct http_span[HTTP_FIELDS_MAX]);
/* Is the token an element of a comma separated field of that name? */
bool	 http_head_has_token(const struct http_head *, const char *name,
	    const char *token);

#endif /* HTTP_HEAD_H */
