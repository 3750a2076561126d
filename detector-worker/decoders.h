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

#ifndef DECODERS_H
#define DECODERS_H

/* The decoders that texts get.  Inside of the detection core only. */

#include <stddef.h>
#include <stdint.h>

struct decoder;

extern const struct decoder decoder_percent;	/* %2D, + */
extern const struct decoder decoder_html;	/* &#45; &amp; */
extern const struct decoder decoder_escape;	/* \u002d \x2d \n */
extern const struct decoder decoder_quoted;	/* =2D */
extern const struct decoder decoder_base64;
extern const struct decoder decoder_hex;
extern const struct decoder decoder_bytes;	/* 73 6b 2d */
extern const struct decoder decoder_utf16;	/* by its first bytes, */
extern const struct decoder decoder_eventstream;	/* and this */
/* And those for bodies and messages: structured texts. */
extern const struct decoder decoder_json;	/* what comes in deltas */
extern const struct decoder decoder_sse;	/* the data of events */
extern const struct decoder decoder_parts;	/* lines of pieces */
extern const struct decoder decoder_multipart;	/* transfer encodings */

/*
 * Whether bytes look like text: printable, or UTF-8 that may be cut off at the
 * end.
 */
int	 looks_like_text(const uint8_t *, size_t);

/* Whether first bytes are those of UTF-16 or UTF-32. */
int	 looks_utf16(const uint8_t *, size_t);
/* Whether first bytes may be those of Amazon's event stream. */
int	 looks_eventstream(const uint8_t *, size_t);

#endif /* DECODERS_H */
