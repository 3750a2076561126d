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

#ifndef STATUS_H
#define STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "link.h"

/* The daemon's answer to a status request, put together. */
struct status {
	struct ctl_status	 suite;
	int			 has_suite;
	struct ctl_proc		*procs;		/* owned */
	size_t			 nprocs;
	size_t			 cap;
	int64_t			 now_ms;	/* when it was asked */
};

/* Collects into a struct status of zeroes; free with status_free(). */
extern const struct link_ops	status_ops;
void		 status_free(struct status *);

/* "proxy-worker/0"; processes of which there is one have no number. */
const char	*status_proc_name(const struct ctl_proc *, char *, size_t);
const char	*status_state_name(unsigned int);

/*
 * A counter of all processes; findings are those that the logger wrote, since
 * what a detector found may be a duplicate.
 */
unsigned long long
		 status_total(const struct status *, unsigned int stat);

void		 status_print(const struct status *);
/* One line of JSON, clawsec-traffic-guardian-status/v1. */
void		 status_print_json(const struct status *);

#endif /* STATUS_H */
