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

#ifndef WORK_H
#define WORK_H

#include <stddef.h>
#include <stdint.h>

#include "msg_archive.h"

/*
 * One piece of work, in steps, on descriptors that are read and written from
 * where they are to their end; blocking ones, so a pipe sets the pace.
 */
struct work;

#define WORK_STEP	(256 * 1024)	/* bytes of the original a step */

/*
 * files[] by enum archive_file, -1 where there is none; they stay the
 * caller's.  size is the original's, and a bound: nothing that would make
 * more of it is written.  NULL when out of memory, or a file is missing.
 */
struct work	*work_new(enum archive_work, const int files[ARCHIVE_FILES],
		    uint64_t size);
void		 work_free(struct work *);

/* 1 when there is more to do, 0 when it is done or, work_reason(), failed. */
int		 work_step(struct work *);
/*
 * "" or why it failed: no_space, too_large, io_error, changed (the original
 * has not that size), damaged (no gzip format), differs, no_memory.
 */
const char	*work_reason(const struct work *);
uint64_t	 work_in(const struct work *);	/* bytes read */
uint64_t	 work_out(const struct work *);	/* written, or found equal */

#endif /* WORK_H */
