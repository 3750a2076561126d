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

#ifndef RUNS_H
#define RUNS_H

/*
 * Runs of bytes of one alphabet, where an encoding without a mark may be.  A
 * search for them is what every text pays for, so it takes 16 bytes at once
 * where the machine has that.  Inside of the detection core only.
 */

#include <stddef.h>
#include <stdint.h>

#define RUN_MIN		16	/* shorter ones are of no interest */

enum run_class {
	RUN_BASE64 = 1,		/* both alphabets, and ends of lines */
	RUN_HEX = 2		/* digits of either case */
};

/*
 * Where the next run of RUN_MIN bytes begins, from a place on, or the one that
 * the text ends with, however short; the text's length if it ends with none.
 */
size_t	 run_next(enum run_class, const uint8_t *, size_t from, size_t len);

#endif /* RUNS_H */
