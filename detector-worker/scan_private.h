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

#ifndef SCAN_PRIVATE_H
#define SCAN_PRIVATE_H

/*
 * The state of one scan, for the parts of the detection core: scan.c keeps
 * the message, stream.c looks at one stream of bytes, view.c at the tree of
 * what they decode to.
 */

#include <stddef.h>
#include <stdint.h>

#include "finding.h"
#include "rules.h"
#include "scan.h"

struct place;
struct scan_ws;
struct view;

struct seen {
	unsigned int	 ruleno;
	uint8_t		 fp[SCAN_FP_SIZE];
};

struct scan {
	struct rules			*rules;
	const struct scan_callbacks	*cb;
	void				*arg;
	enum finding_direction		 direction;
	char				 host[256];
	uint64_t			 limit;
	struct scan_counters		 counters;
	struct seen			*seen;
	size_t				 nseen;
	size_t				 seensize;
	struct view			*body;
	int				 ended;
	int				 body_skipped;
	struct scan_ws			*ws;	/* or NULL */
};

/*
 * A match that passed its validator, at an offset of the text of a place.
 * Reported unless the message has had this secret under this rule before.
 */
void	 scan_found(struct scan *, const struct place *,
	    const struct rule_code *, const struct rule_match *, int severity,
	    uint64_t offset);

/* A match that is the destination's own credential in its own place. */
void	 scan_own(struct scan *, const struct place *,
	    const struct rule_code *, const struct rule_match *,
	    uint64_t offset);

/* A rule gave up on bytes of a place from offset on. */
void	 scan_limited(struct scan *, const struct place *,
	    const struct rule_code *, uint64_t offset, uint64_t bytes);

/* So many more bytes were not looked at; the whole of a reason is one gap. */
void	 scan_add_gap(struct scan *, enum scan_gap, uint64_t bytes);

/* scan_ws.c: see scan_websocket(). */
void	 scan_ws_feed(struct scan_ws *, const void *, size_t);
void	 scan_ws_end(struct scan_ws *);
void	 scan_ws_free(struct scan_ws *);

#endif /* SCAN_PRIVATE_H */
