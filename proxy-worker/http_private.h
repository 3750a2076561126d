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

#ifndef HTTP_PRIVATE_H
#define HTTP_PRIVATE_H

#include "http_head.h"

/* Between the parts of the head parser only. */

/* http_start.c: the start line, without its CRLF. */
enum http_reason	 http_start_parse(struct http_head *, uint32_t off,
			    uint32_t len);
/* http_fields.c: one field line; then what the whole section means. */
enum http_reason	 http_field_add(struct http_head *, uint32_t off,
			    uint32_t len);
enum http_reason	 http_fields_check(struct http_head *);
/* http_oracle.c: does llhttp frame the complete head as we do? */
enum http_reason	 http_oracle_check(const struct http_head *);

#endif /* HTTP_PRIVATE_H */
