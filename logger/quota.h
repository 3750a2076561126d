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

#ifndef QUOTA_H
#define QUOTA_H

#include <stdint.h>

#define QUOTA_DEFAULT	(16ULL * 1024 * 1024)

/*
 * How many bytes of findings a client may write on one day (UTC), so that
 * distinct made-up keys cannot rotate the evidence of real ones away.  Zeroed
 * memory is a fresh quota of the default size.
 */
struct quota {
	uint64_t	 limit;		/* bytes; 0: QUOTA_DEFAULT */
	uint64_t	 used;
	int64_t		 day;		/* since 1970; of used */
	uint64_t	 excess;	/* findings not yet told in a summary */
	int64_t		 told_ms;	/* when the last summary was made */
};

/* 1 and counts the bytes when they fit, else 0 and counts the finding. */
int		 quota_take(struct quota *, int64_t now_ms, uint64_t bytes);
/*
 * Counts bytes written before a restart; with total set they were all of that
 * day until then.
 */
void		 quota_restore(struct quota *, int64_t then_ms, int64_t now_ms,
		    uint64_t bytes, int total);
/* Bytes used today. */
uint64_t	 quota_used(struct quota *, int64_t now_ms);
/*
 * How many findings to tell about now: all that were held back since the last
 * summary, if that is interval_ms old or force is set; else 0.
 */
uint64_t	 quota_summary(struct quota *, int64_t now_ms,
		    int64_t interval_ms, int force);

#endif /* QUOTA_H */
