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

#ifndef CODING_H
#define CODING_H

/*
 * Content codings (RFC 9110 8.4.1) undone while they arrive: everything the
 * bytes so far can tell is handed on at every read.  Inside of the detection
 * core only.
 */

#include <stddef.h>
#include <stdint.h>

struct decoder;
struct rules;
struct scan;
struct view;

enum coding_id {
	CODING_GZIP,		/* RFC 1952 */
	CODING_DEFLATE,		/* RFC 1950, or wrongly RFC 1951 */
	CODING_BR,		/* RFC 7932 */
	CODING_ZSTD,		/* RFC 8878 */
	CODING_MAX
};

/* History a zstd frame may ask for, RFC 9659 3: 8 MiB. */
#define CODING_WINDOW_LOG	23
/* Memory of all decoders of a process. */
#define CODING_MEMORY_MAX	((size_t)256 << 20)
/*
 * A compressed byte may become this many, once there are as many bytes as are
 * free: text shrinks to a tenth, a bomb to a thousandth.
 */
#define CODING_RATIO_MAX	100
#define CODING_RATIO_FREE	(1 << 20)

enum coding_result {
	CODING_MORE,		/* give it more, or take what it made */
	CODING_END,		/* of a member or frame */
	CODING_DAMAGED,
	CODING_WINDOW,		/* wants too long a history */
	CODING_NOMEM
};

/* One format, on top of its library. */
struct codec {
	/* A stream of it; raw: without a frame.  NULL if memory is short. */
	void			*(*new)(struct rules *, int raw);
	/*
	 * Decode from in to out.  Moves in on and takes from inlen; outlen is
	 * the room, then what was made of it.
	 */
	enum coding_result	 (*run)(void *, const uint8_t **in,
				    size_t *inlen, uint8_t *out,
				    size_t *outlen);
	/* Another member begins. */
	void			 (*reset)(void *);
	void			 (*free)(void *);
};

extern const struct codec codec_zlib_gzip;
extern const struct codec codec_zlib_deflate;
extern const struct codec codec_brotli;
extern const struct codec codec_zstd;

/* Memory of a library's, within CODING_MEMORY_MAX; the opaque is rules. */
void	*coding_alloc(void *rules, size_t);
void	 coding_free(void *rules, void *);

/* The coding of a name, without regard to case; -1 if it is not known. */
int	 coding_find(const uint8_t *, size_t);

/*
 * The value of a Content-Encoding or Transfer-Encoding field: adds its codings
 * to those the scan has.
 */
void	 coding_field(struct scan *, const uint8_t *, size_t);

/*
 * Make a view a coded one: codings are undone from the last to the first, then
 * there is a text.  Returns -1 if memory is short.
 */
int	 coding_attach(struct view *, const uint8_t *codings, unsigned int n);

/* The decoder of a coding whose signature is there, NULL if none is. */
const struct decoder *coding_sniff(const uint8_t *, size_t);

#endif /* CODING_H */
