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

#ifndef METRICS_H
#define METRICS_H

struct status;

/*
 * The status of the suite in Prometheus' text exposition format, version
 * 0.0.4.
 */
enum metrics_kind {
	METRICS_NONE,
	METRICS_COUNTER,	/* only grows, until its process starts again */
	METRICS_GAUGE
};

/* Of a counter of stats.h; METRICS_NONE and NULL when there is none. */
enum metrics_kind	 metrics_kind(unsigned int id);
const char		*metrics_help(unsigned int id);

/* To standard output. */
void			 metrics_print(const struct status *);

#endif /* METRICS_H */
