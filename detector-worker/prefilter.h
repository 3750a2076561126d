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

#ifndef PREFILTER_H
#define PREFILTER_H

/*
 * The literal prefilter: a database of literals, compiled by another process
 * (rule-compiler), that finds where in a stream they are.  Built on
 * Vectorscan's run time, which has no compiler in it; without Vectorscan
 * prefilter_none.c takes the place of prefilter.c.  Inside of the detection
 * core only.
 */

#include <stddef.h>
#include <stdint.h>

struct prefilter;
struct prefilter_stream;

/* A literal, by its number in the database, ends before this stream offset. */
typedef void	(*prefilter_hit)(unsigned int id, uint64_t end, void *);

/*
 * Take a serialised database into use.  The bytes are copied.  NULL, with the
 * cause in errbuf, if they are none, or made for another machine or version.
 */
struct prefilter	*prefilter_new(const void *, size_t, char *errbuf,
			    size_t errlen);
void			 prefilter_free(struct prefilter *);

/* One stream; NULL if memory is short.  prefilter_close() takes NULL too. */
struct prefilter_stream	*prefilter_open(struct prefilter *);
void			 prefilter_close(struct prefilter_stream *);

/* As if it had just been opened; 0, or -1: it is of no more use. */
int			 prefilter_reset(struct prefilter_stream *);

/*
 * The next bytes of a stream.  Every literal that ends in them is told, in
 * the order of the ends; the callback must not scan with the same prefilter.
 * 0, or -1 if the stream is of no more use.
 */
int			 prefilter_scan(struct prefilter *,
			    struct prefilter_stream *, const void *, size_t,
			    prefilter_hit, void *);

/* Bytes of memory that a stream takes. */
size_t			 prefilter_stream_size(const struct prefilter *);

#endif /* PREFILTER_H */
