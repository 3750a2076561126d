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
#include "stream.h"

struct place;
struct scan_ws;
struct view;

#define CODINGS_MAX	4	/* content codings of one body */

#define SEEN_TEXT	128
#define SEEN_HALF	(SEEN_TEXT / 2)
#define SEEN_MAX	(2 * SCAN_HITS_MAX)	/* forms of hits */
#define SEEN_WAYS	64	/* a bit each, the last for all further ones */

/* How characters are written that take several bytes each. */
struct wide {
	unsigned int	 size;		/* bytes of a unit, 0: no such text */
	int		 big;		/* the first is worth most */
#define WIDE_EITHER	2
};

/* A place without its field: on which ways a hit was come to. */
struct way {
	enum scan_channel	 channel;
	unsigned int		 npath;
	const char		*path[PLACE_PATH_MAX];
};

/* What has been found, or is the destination's own in its own place. */
struct seen {
	unsigned int		 ruleno;
	int			 own;
	int			 cut;	/* more may belong to it */
	int			 reported;
	unsigned int		 thing;	/* that it is a form of */
	enum finding_severity	 severity;
	enum scan_channel	 channel;
	uint8_t			 fp[SCAN_FP_SIZE];
	uint64_t		 ways;		/* it was found on */
	struct scan_hit		*hit;		/* to be reported, or NULL */
	uint64_t		 due;		/* when so much was seen */
	size_t			 plainlen;	/* 0: not compared */
	uint8_t			 plain[SEEN_TEXT];
};

struct scan {
	struct rules			*rules;
	const struct scan_callbacks	*cb;
	void				*arg;
	enum finding_direction		 direction;
	char				 host[256];
	uint64_t			 limit;
	struct scan_counters		 counters;
	struct seen			*seen;		/* scan_seen.c */
	struct way			*ways;		/* of those */
	unsigned int			 nways;
	unsigned int			 waiting;	/* not yet reported */
	unsigned int			 compared;
	unsigned int			 nthings;
	unsigned int			 nhits;		/* of seen */
	size_t				 nseen;
	size_t				 seensize;
	struct view			*body;	/* NULL until it begins */
	uint64_t			 output;	/* of content codings */
	uint64_t			 decoded;	/* of other decoders */
	unsigned int			 nviews;
	/* What the head says of the body; the innermost coding first. */
	uint8_t				 codings[CODINGS_MAX];
	unsigned int			 ncodings;
	int				 unknown;	/* one is not known */
	int				 form;		/* URL-encoded */
	struct wide			 wide;		/* of its charset */
	int				 plain;		/* no decoders */
	int				 aborted;
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

/* scan_seen.c: what of a message has been found already */
/*
 * A hit waits until seen_report(), unless the message had it; then of several
 * forms of one the best is reported.  Own says that it is none.  Returns -1 if
 * there is no more room.
 */
int	 seen_add(struct scan *, const struct place *,
	    const struct rule_code *, const struct rule_match *,
	    struct scan_hit *, int own);
/* At the end of each call that scans. */
void	 seen_report(struct scan *);
/* Whether there is no room any more. */
int	 seen_full(const struct scan *);
/* Reports what waits: a part of the message that stands for itself is over. */
void	 seen_flush(struct scan *);
/* Reports what waits, and begins anew. */
void	 seen_forget(struct scan *);
void	 seen_free(struct scan *);

/* That many times the scan limit, without overflow. */
uint64_t scan_times(const struct scan *, unsigned int);

/* So many bytes were not looked at. */
void	 scan_note_gap(struct scan *, enum scan_gap, uint64_t bytes);
/* And more of the same, counted once. */
void	 scan_add_gap(struct scan *, enum scan_gap, uint64_t bytes);

/* A rule gave up on bytes of a place from offset on. */
void	 scan_limited(struct scan *, const struct place *,
	    const struct rule_code *, uint64_t offset, uint64_t bytes);

/* scan_ws.c: see scan_websocket(). */
void	 scan_ws_feed(struct scan_ws *, const void *, size_t);
void	 scan_ws_end(struct scan_ws *);
void	 scan_ws_free(struct scan_ws *);

#endif /* SCAN_PRIVATE_H */
