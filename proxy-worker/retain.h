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

#ifndef RETAIN_H
#define RETAIN_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "block.h"
#include "buf.h"
#include "msg_flow.h"

/*
 * What a proxy-worker keeps of a message until its detector is done with it,
 * so that it can be shown to another one from the start (DESIGN 4.4).
 */

#define RETAIN_MESSAGE_MAX	(256 * 1024)		/* body bytes of one */
#define RETAIN_TOTAL_MAX	(64 * 1024 * 1024)	/* of a worker */

struct dlink;

struct scan {
	TAILQ_ENTRY(scan) entry;	/* in the link, oldest first */
	TAILQ_ENTRY(scan) hash;
	struct dlink	*link;
	uint32_t	 id;
	struct flow_open open;		/* head is in the first record */
	bool		 held;		/* a flow still feeds it */

	struct buf	 kept;		/* head, then records */
	unsigned int	 nblocks;	/* held by these */
	size_t		 in_blocks;	/* bytes of theirs in blocks */
	size_t		 sent;		/* of kept, to the living detector */
	bool		 opened;	/* so was the head */
	bool		 dropped;	/* body no longer kept: too long */
	uint64_t	 passed;	/* body bytes given to detectors */

	uint64_t	 skipped;	/* bytes no detector was given */
	char		 reason[MSG_TOKEN_SIZE];
	uint64_t	 body;		/* body bytes, for the scan limit */
	uint64_t	 length;	/* of the body; 0: no tail is shown */
	uint64_t	 at;		/* how much of that has come */
	uint64_t	 middle;	/* bytes left out since the head */
	bool		 shed;		/* goes on unscanned */
	bool		 ended;
	bool		 aborted;
	bool		 end_sent;

	bool		 aside;		/* shown to no detector */
	bool		 suspect;	/* was in a detector that died */
	unsigned int	 guilty;	/* detectors that died of it alone */
};

/* A scan with its head kept; NULL when memory is short. */
struct scan	*retain_new(const struct flow_open *);
void		 retain_free(struct scan *, struct blocks *);
/*
 * Keeps one piece of at most FLOW_DATA_MAX bytes, as a copy or in the block
 * that it was read into; -1 when it cannot.
 */
int		 retain_add(struct scan *, struct blocks *, enum flow_channel,
		    const void *, size_t);
/* Keeps the head only from now on; what went with it cannot be replayed. */
void		 retain_drop(struct scan *, struct blocks *);

/* A piece that is kept. */
struct piece {
	enum flow_channel channel;
	const uint8_t	*data;
	size_t		 len;
	struct block	*block;		/* it is in, or NULL */
};

/*
 * The piece at offset *off (0: the first): 1 and *off moved behind it, or 0
 * when there is none.  What is in a block stays where it is until the scan is
 * dropped or freed.
 */
int		 retain_next(const struct scan *, size_t *off,
		    struct piece *);
/* Bytes of the message that are kept, with what that takes. */
size_t		 retain_len(const struct scan *);
/* Memory it holds. */
size_t		 retain_size(const struct scan *);

#endif /* RETAIN_H */
