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

#ifndef JSON_H
#define JSON_H

#include <stdint.h>

#include <jansson.h>

/*
 * Building JSON where the only failure is memory, which ends the tool.  Text
 * is made safe first, so it is always UTF-8.
 */
json_t	*json_must(json_t *);
void	 json_must_0(int);
void	 json_set_text(json_t *, const char *key, const char *);
void	 json_set_int(json_t *, const char *key, uint64_t);
/* Milliseconds since 1970 as YYYY-MM-DDTHH:MM:SS.mmmZ, or null. */
void	 json_set_time(json_t *, const char *key, int64_t);
void	 json_append_text(json_t *, const char *);
/* Prints one line on standard output and drops the reference. */
void	 json_print(json_t *);

#endif /* JSON_H */
