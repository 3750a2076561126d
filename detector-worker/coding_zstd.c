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


#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "coding.h"
#include "rules.h"

struct zstd {
	struct rules	*rules;
	ZSTD_DCtx	*ctx;
	size_t		 held;		/* counted as its memory */
};

/*
 * The library's own allocators are not part of its stable interface; what it
 * has taken is, so that is what is counted.
 */
static int
zstd_count(struct zstd *z)
{
	size_t	 size = ZSTD_sizeof_DCtx(z->ctx);

	z->rules->coding_memory += size;
	z->rules->coding_memory -= z->held;
	z->held = size;
	return (z->rules->coding_memory <= CODING_MEMORY_MAX);
}

static void
zstd_free(void *state)
{
	struct zstd	*z = state;

	if (z == NULL)
		return;
	z->rules->coding_memory -= z->held;
	(void)ZSTD_freeDCtx(z->ctx);
	free(z);
}

static void *
zstd_new(struct rules *rules, int raw)
{
	struct zstd	*z;

	(void)raw;
	if ((z = calloc(1, sizeof(*z))) == NULL)
		return (NULL);
	z->rules = rules;
	if ((z->ctx = ZSTD_createDCtx()) == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(z->ctx, ZSTD_d_windowLogMax,
	    CODING_WINDOW_LOG)) || !zstd_count(z)) {
		zstd_free(z);
		return (NULL);
	}
	return (z);
}

static enum coding_result
zstd_run(void *state, const uint8_t **in, size_t *inlen, uint8_t *out,
    size_t *outlen)
{
	struct zstd	*z = state;
	ZSTD_inBuffer	 ib = { *in, *inlen, 0 };
	ZSTD_outBuffer	 ob = { out, *outlen, 0 };
	size_t		 r;

	r = ZSTD_decompressStream(z->ctx, &ob, &ib);
	*in += ib.pos;
	*inlen -= ib.pos;
	*outlen = ob.pos;
	if (ZSTD_isError(r)) {
		switch (ZSTD_getErrorCode(r)) {
		case ZSTD_error_frameParameter_windowTooLarge:
			return (CODING_WINDOW);
		case ZSTD_error_memory_allocation:
			return (CODING_NOMEM);
		default:
			return (CODING_DAMAGED);
		}
	}
	if (!zstd_count(z))
		return (CODING_NOMEM);
	return (r == 0 ? CODING_END : CODING_MORE);
}

/* After a frame the library goes on with the next by itself. */
static void
zstd_reset(void *state)
{
	(void)state;
}

const struct codec codec_zstd = {
	zstd_new, zstd_run, zstd_reset, zstd_free
};
