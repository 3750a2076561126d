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
 * log-archiver: packs one rotated log, or unpacks it, or compares, and ends.
 * It keeps a compressor, and the time that it takes, out of the process that
 * writes findings and events.  It has the two descriptors of its work.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "msg_archive.h"
#include "work.h"

#define MEMORY_MAX	(128UL * 1024 * 1024)
/* Processor time: packing takes 30 ms a megabyte where it is slow. */
#define CPU_SEC(size)	(10 + (rlim_t)((size) / (2 * 1024 * 1024)))
/* What cannot be packed grows by 5 bytes in 16 KiB. */
#define PACKED_MAX(size) ((size) + (size) / 1024 + 4096)

struct archiver {
	struct child	*child;
	struct event	*next;
	struct work	*work;
	struct msg_work	 m;
	int		 asked;
	int		 files[ARCHIVE_FILES];
};

static void
finish(struct archiver *ar)
{
	struct channel	*ch = child_parent(ar->child);
	struct msg_done	 d;

	memset(&d, 0, sizeof(d));
	strlcpy(d.reason, work_reason(ar->work), sizeof(d.reason));
	d.in = work_in(ar->work);
	d.out = work_out(ar->work);
	if (msg_done_send(ch, &d) == -1)
		fatal("done message");
	channel_push(ch);
	event_base_loopbreak(child_base(ar->child));
}

static int64_t
mono_us(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* In the meantime the parent's pings get their turn. */
static void
again(struct archiver *ar, int64_t us)
{
	struct timeval	 tv;

	tv.tv_sec = us / 1000000;
	tv.tv_usec = us % 1000000;
	if (event_add(ar->next, &tv) == -1)
		fatalx("timer");
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	struct archiver	*ar = arg;
	int64_t		 since = mono_us();

	(void)fd;
	(void)what;
	/* nothing waits for it: it rests for as long as it has worked */
	if (work_step(ar->work))
		again(ar, mono_us() - since);
	else
		finish(ar);
}

static void
archiver_init(void *ctx, struct child *child)
{
	struct archiver	*ar = ctx;

	ar->child = child;
	/* a file at its limit is an error to report, not an end */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		fatal("signal");
}

static int
archiver_config(void *ctx, struct imsg *imsg)
{
	struct archiver	*ar = ctx;
	uint8_t		 which;
	int		 fd;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_WORKFILE_SEND:
		if (msg_workfile_recv(imsg, &which, &fd) == -1)
			return -1;
		if (ar->files[which] != -1) {
			close(fd);
			return -1;
		}
		ar->files[which] = fd;
		return 0;
	case IMSG_PARENT_WORK_SEND:
		if (ar->asked)
			return -1;
		ar->asked = 1;
		return msg_work_recv(imsg, &ar->m);
	}
	return -1;
}

static void
limit(int what, rlim_t value)
{
	struct rlimit	 rl = { value, value };

	if (setrlimit(what, &rl) == -1)
		fatal("setrlimit");
}

static void
archiver_start(void *ctx)
{
	struct archiver	*ar = ctx;

	if (!ar->asked)
		fatalx("started with nothing to do");
	ar->work = work_new((enum archive_work)ar->m.work, ar->files,
	    ar->m.size);
	ar->next = evtimer_new(child_base(ar->child), on_next, ar);
	if (ar->work == NULL || ar->next == NULL)
		fatalx("out of memory, or a file is missing");
	/*
	 * Before a byte is read: what the work may cost at most.  Standard
	 * error may be a file, so only who writes one has a limit on that.
	 */
	limit(RLIMIT_CPU, CPU_SEC(ar->m.size));
	if (ar->m.work == ARCHIVE_PACK)
		limit(RLIMIT_FSIZE, (rlim_t)PACKED_MAX(ar->m.size));
#ifndef GUARDIAN_SANITIZE	/* which reserves terabytes */
	limit(RLIMIT_AS, MEMORY_MAX);
#endif
}

/* Nothing is read before the sandbox has closed. */
static void
archiver_confined(void *ctx)
{
	again(ctx, 0);
}

static void
archiver_stop(void *ctx)
{
	struct archiver	*ar = ctx;

	if (ar->next != NULL)
		event_free(ar->next);
	ar->next = NULL;
}

int
main(int argc, char **argv)
{
	static const struct child_ops	 ops = {
		.role = PROC_ARCHIVER,
		.init = archiver_init,
		.config = archiver_config,
		.start = archiver_start,
		.confined = archiver_confined,
		.stop = archiver_stop,
	};
	struct archiver	 ar;
	size_t		 i;
	int		 r;

	memset(&ar, 0, sizeof(ar));
	for (i = 0; i < ARCHIVE_FILES; i++)
		ar.files[i] = -1;
	r = child_main(&ops, argc, argv, &ar);
	work_free(ar.work);
	return r;
}
