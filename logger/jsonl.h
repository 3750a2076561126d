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

#ifndef JSONL_H
#define JSONL_H

#include <stddef.h>

#include "finding.h"

struct event_rec;

/* The longest line with its newline, every field full and escaped. */
#define FINDING_LINE_MAX	1280
#define EVENT_LINE_MAX		2048

/*
 * Lines of findings.jsonl and events.jsonl: one JSON object (RFC 8259) and a
 * newline, ASCII only.  They return the length, or 0 when a field is not of
 * the schema or memory is short.
 */
size_t	jsonl_finding(const struct finding *, char[FINDING_LINE_MAX]);
size_t	jsonl_event(const struct event_rec *, char[EVENT_LINE_MAX]);

/*
 * A destination, "host:port" or "[v6]:port", or the host alone, once more
 * through the masking of host labels, in place.  Labels that are masked already
 * stay.
 */
void	jsonl_mask_dest(char *, size_t size);

#endif /* JSONL_H */
