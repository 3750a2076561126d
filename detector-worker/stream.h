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

#ifndef STREAM_H
#define STREAM_H

/*
 * One stream of bytes, looked at by the rules that are bound to its place.
 * The matches found are those of the whole stream, whatever the pieces it
 * comes in.  Each is reported as soon as it is decided; one that still hangs
 * on bytes to come after many pieces is not tried anew with every further one.
 * Inside of the detection core only.
 */

#include <stddef.h>
#include <stdint.h>

#include "scan.h"

struct rule;
struct scan;
struct stream;

#define PLACE_PATH_MAX	8	/* decoders on the way to a text */

/* Where a text is in its message. */
struct place {
	enum scan_channel	 channel;
	int			 query;	/* a form, or behind a "?" */
	int			 opaque;	/* no place for a credential */
	const char		*field;	/* known field name, or NULL */
	/* Names of the decoders, outermost first; they live for ever. */
	unsigned int		 npath;
	const char		*path[PLACE_PATH_MAX];
};

/* Whether a rule is bound to a place. */
int	 place_allows(const struct place *, const struct rule *);

/*
 * A stream of its own at a place; that and the scan are borrowed.  Returns
 * NULL if memory is short.
 */
struct stream	*stream_new(struct scan *, const struct place *);
/* Reports rules that were turned off for being slow. */
void		 stream_free(struct stream *);

/* The next bytes, split anywhere. */
void		 stream_feed(struct stream *, const void *, size_t);

/*
 * The text is complete: what waited for a byte more is decided.  The next
 * bytes, if any, begin a text of its own.
 */
void		 stream_end(struct stream *);

/*
 * Bytes were left out here, and what waited for them is dropped.  The last
 * bytes before what comes next may be given, for those who look to the left
 * of a match; none starts in them.  Without them a text begins.
 */
void		 stream_gap(struct stream *, const void *left, size_t);

/*
 * A section in one piece, at once: a target, or with lines set field lines,
 * each of them a stream whose known field name completes the place.  The
 * offsets of hits count from base.
 */
void		 stream_section(struct scan *, const struct place *,
		    const void *, size_t, uint64_t base, int lines);

#endif /* STREAM_H */
