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


#include <brotli/decode.h>

#include "coding.h"

/*
 * The format itself bounds the history to 16 MiB; "large window", which does
 * not, is off in the library unless asked for.
 */

static void *
brotli_new(struct rules *rules, int raw)
{
	(void)raw;
	return (BrotliDecoderCreateInstance(coding_alloc, coding_free, rules));
}

static enum coding_result
brotli_run(void *state, const uint8_t **in, size_t *inlen, uint8_t *out,
    size_t *outlen)
{
	BrotliDecoderResult	 r;
	BrotliDecoderErrorCode	 e;
	size_t			 room = *outlen;

	r = BrotliDecoderDecompressStream(state, inlen, in, &room, &out, NULL);
	*outlen -= room;
	switch (r) {
	case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
	case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
		return (CODING_MORE);
	case BROTLI_DECODER_RESULT_SUCCESS:
		return (CODING_END);
	case BROTLI_DECODER_RESULT_ERROR:
	default:
		e = BrotliDecoderGetErrorCode(state);
		return (e <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
		    e >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES ?
		    CODING_NOMEM : CODING_DAMAGED);
	}
}

/* The format has no members. */
static void
brotli_reset(void *state)
{
	(void)state;
}

static void
brotli_free(void *state)
{
	BrotliDecoderDestroyInstance(state);
}

const struct codec codec_brotli = {
	brotli_new, brotli_run, brotli_reset, brotli_free
};
