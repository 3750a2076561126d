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

#include <zlib.h>

#include "coding.h"

static voidpf
zlib_alloc(voidpf opaque, uInt items, uInt size)
{
	return (coding_alloc(opaque, (size_t)items * size));
}

static void
zlib_free(voidpf opaque, voidpf p)
{
	coding_free(opaque, p);
}

static void *
zlib_new(struct rules *rules, int bits)
{
	z_stream	*z;

	if ((z = calloc(1, sizeof(*z))) == NULL)
		return (NULL);
	z->zalloc = zlib_alloc;
	z->zfree = zlib_free;
	z->opaque = rules;
	if (inflateInit2(z, bits) != Z_OK) {
		free(z);
		return (NULL);
	}
	return (z);
}

static void *
gzip_new(struct rules *rules, int raw)
{
	return (zlib_new(rules, raw ? -MAX_WBITS : MAX_WBITS + 16));
}

static void *
deflate_new(struct rules *rules, int raw)
{
	return (zlib_new(rules, raw ? -MAX_WBITS : MAX_WBITS));
}

static enum coding_result
zlib_run(void *state, const uint8_t **in, size_t *inlen, uint8_t *out,
    size_t *outlen)
{
	z_stream	*z = state;
	uInt		 given = *inlen > UINT32_MAX ? UINT32_MAX :
			    (uInt)*inlen;
	int		 r;

	/* The library does not write to its input. */
	z->next_in = (Bytef *)(uintptr_t)*in;
	z->avail_in = given;
	z->next_out = out;
	z->avail_out = (uInt)*outlen;
	r = inflate(z, Z_SYNC_FLUSH);
	*in += given - z->avail_in;
	*inlen -= given - z->avail_in;
	*outlen -= z->avail_out;
	switch (r) {
	case Z_OK:
	case Z_BUF_ERROR:	/* nothing to be done for now */
		return (CODING_MORE);
	case Z_STREAM_END:
		return (CODING_END);
	case Z_MEM_ERROR:
		return (CODING_NOMEM);
	default:
		return (CODING_DAMAGED);
	}
}

static void
zlib_reset(void *state)
{
	(void)inflateReset(state);
}

static void
zlib_end(void *state)
{
	z_stream	*z = state;

	if (z == NULL)
		return;
	(void)inflateEnd(z);
	free(z);
}

const struct codec codec_zlib_gzip = {
	gzip_new, zlib_run, zlib_reset, zlib_end
};
const struct codec codec_zlib_deflate = {
	deflate_new, zlib_run, zlib_reset, zlib_end
};
