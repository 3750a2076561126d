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
 * What a test and the processes of a running suite share: a mapped file for
 * each role, written by regress/tools/inject.py.
 */

#ifndef PAGE_H
#define PAGE_H

#include <stdatomic.h>
#include <stdint.h>

#define PAGE_CALLS	64

struct inject_page {
	_Atomic uint32_t	 rate;		/* one of so many; 0: none */
	_Atomic uint32_t	 seed;
	_Atomic int64_t		 real_ns;	/* added to CLOCK_REALTIME */
	_Atomic int64_t		 mono_ns;	/* ... to CLOCK_MONOTONIC */
	_Atomic uint64_t	 starts;	/* processes so far */
	_Atomic uint64_t	 calls;
	_Atomic uint64_t	 failed;
	_Atomic int32_t		 dies;	/* so many processes, as they begin */
	uint32_t		 unused;
	_Atomic uint32_t	 failed_of[PAGE_CALLS];	/* enum call_id */
};

#endif /* PAGE_H */
