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

#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

/* What the parts of bench_detector share. */

#include <stddef.h>
#include <stdint.h>

#include "../detector-worker/scan.h"

/* An HTTP message as a file has it: a head, an empty line, a body. */
struct sample {
	char				 name[64];
	uint8_t				*data;
	size_t				 head;	/* length of the head */
	size_t				 len;	/* of both */
	enum finding_direction		 direction;
};

#define READ_SIZE	16384	/* a body comes in pieces of this */

/* Fills in head and direction; -1 if there is no head. */
int		 sample_split(struct sample *);
int		 sample_read(struct sample *, const char *path);
void		 sample_free(struct sample *);

/*
 * One scan of a message; raw: the bytes alone, without decoders.  Returns how
 * many bytes that were: the body, and what its content codings made of it.
 */
uint64_t	 sample_scan(struct rules *, const struct sample *, int raw);

/* Give them a database of their literals; 0 where there is no Vectorscan. */
int		 database_load(struct rules *);

/* CPU time of this process in nanoseconds. */
uint64_t	 cpu_ns(void);

/* Nanoseconds a scan takes, the least of some; at least seconds in all. */
double		 sample_time(struct rules *, const struct sample *, int raw,
		    double seconds);

/*
 * Search for messages that take long for their bytes, from these on, for so
 * many seconds; the worst are written to the directory.
 */
void		 maximise(struct rules *, const struct sample *, size_t,
		    double seconds, uint64_t seed, const char *dir);

#endif /* BENCH_SAMPLE_H */
