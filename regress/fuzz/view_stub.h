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


#ifndef VIEW_STUB_H
#define VIEW_STUB_H

/*
 * Views without rules, for the fuzzers of single decoders: a view only sums up
 * what it is fed, text by text.
 */

#include <stddef.h>
#include <stdint.h>

#include "../../detector-worker/scan_private.h"
#include "../../detector-worker/view.h"

#define STUB_VIEWS	64

struct stub {
	struct scan	 scan;
	struct rules	 rules;		/* none, but for what decoders share */
	/* Of all texts that were complete, and when they were gaps. */
	uint64_t	 sum;
	uint64_t	 fed;
	int		 nviews;
};

void	 stub_init(struct stub *);
/* One decoder, fed in steps of so many bytes (0: at once), then ended. */
void	 stub_run(struct stub *, const struct decoder *, const uint8_t *,
	    size_t, size_t step);
void	 stub_broken(const char *) __attribute__((__noreturn__));

#endif /* VIEW_STUB_H */
