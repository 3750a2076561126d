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

#ifndef BODY_SCAN_H
#define BODY_SCAN_H

/* What fuzz targets share that scan bodies. */

#include <stddef.h>
#include <stdint.h>

#include "scan.h"

#define BODY_LIMIT	65536	/* the scan limit */

/*
 * Scans a body behind a head, in pieces of random sizes, with seed 0 in one.
 * Aborts if a bound of the core is broken or a snippet cannot be shown.
 */
void	 body_scan(enum finding_direction, const char *head, const uint8_t *,
	    size_t, uint32_t seed, struct scan_counters *);

#endif /* BODY_SCAN_H */
