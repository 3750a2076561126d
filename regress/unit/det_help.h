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

/*
 * What the tests of the proxy-worker's link to a detector share: the rest of
 * the proxy-worker, and a detector that does what each test wants.  It writes
 * down what it is shown, as letters, ids and sizes.
 */
#ifndef DET_HELP_H
#define DET_HELP_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "../../proxy-worker/detector_link.h"
#include "../../proxy-worker/proxy.h"

struct det {
	struct channel	*ch;
	char		 log[4096];
	uint64_t	 bytes;		/* of DATA */
	uint64_t	 sum;		/* of these bytes' values */
	uint64_t	 gap;		/* in it */
	uint64_t	 skipped;	/* of the last END */
	uint64_t	 unseen;	/* of all of them */
	char		 reason[MSG_TOKEN_SIZE];
	bool		 done;		/* answer END with DONE */
	bool		 passes;	/* answer probes */
	bool		 gone;
};

extern struct det	 det;
extern char		 events[512];	/* what the link reported */
extern unsigned int	 woken;		/* calls of wake() */

void	 wake(void *);
/* A proxy-worker with a link whose detector is not there yet. */
struct dlink	*setup(struct proxy *);
void	 det_start(struct proxy *, struct dlink *);
void	 det_kill(struct proxy *);
/* Until nothing more happens: both ends are in this process. */
void	 settle(struct proxy *);
/* A message with its head, of the letters HEAD, and so many bytes of it. */
struct scan	*begin(struct dlink *);
void	 feed(struct scan *, size_t);

#endif /* DET_HELP_H */
