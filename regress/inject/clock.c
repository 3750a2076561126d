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
 * Preloaded with calls.c: clocks that the page puts forward or back.  What the
 * kernel notes by itself, times of files among it, and how long it waits stay
 * as they are.
 */

#define _GNU_SOURCE

#include <sys/time.h>

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "turn.h"

#define NS_S	1000000000LL

static int
real_clock(clockid_t id, struct timespec *ts)
{
	static int	(*real)(clockid_t, struct timespec *);
	void		*p;

	if (real == NULL) {
		p = dlsym(RTLD_NEXT, "clock_gettime");
		memcpy(&real, &p, sizeof(real));
	}
	return real(id, ts);
}

static void
shift(struct timespec *ts, int64_t by)
{
	int64_t	 ns = (int64_t)ts->tv_nsec + by % NS_S;

	ts->tv_sec += by / NS_S;
	if (ns < 0) {
		ns += NS_S;
		ts->tv_sec--;
	} else if (ns >= NS_S) {
		ns -= NS_S;
		ts->tv_sec++;
	}
	ts->tv_nsec = (long)ns;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	const struct inject_page	*p = turn_page();

	if (real_clock(id, ts) == -1)
		return -1;
	if (p == NULL)
		return 0;
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		shift(ts, p->real_ns);
	else if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE ||
	    id == CLOCK_BOOTTIME)
		shift(ts, p->mono_ns);
	return 0;
}

time_t
time(time_t *to)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return -1;
	if (to != NULL)
		*to = ts.tv_sec;
	return ts.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec	 ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}
