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

#define _GNU_SOURCE

#include <sys/types.h>
#include <sys/mman.h>

#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "turn.h"

static struct {
	uintptr_t		 from;		/* the program's own code */
	uintptr_t		 to;
	long			 at;
	atomic_long		 seen;
	pid_t			 pid;
	struct inject_page	*page;
} turn;

static void	turn_start(void) __attribute__((__constructor__));
static void	turn_end(void) __attribute__((__destructor__));

static int
find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t	 start;
	int		 i;

	(void)size;
	(void)arg;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD ||
		    (info->dlpi_phdr[i].p_flags & PF_X) == 0)
			continue;
		start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		turn.from = start;
		turn.to = start + info->dlpi_phdr[i].p_memsz;
	}
	return 1;		/* the first is the program */
}

/* While the process may still open a file; its sandbox minds no mapping. */
static void
turn_start(void)
{
	const char	*s = getenv("INJECT_AT"), *path;
	void		*p;
	int		 fd;

	turn.pid = getpid();
	dl_iterate_phdr(find_program, NULL);
	if ((path = getenv("INJECT_PAGE")) != NULL) {
		if ((fd = open(path, O_RDWR)) == -1)
			return;
		p = mmap(NULL, sizeof(*turn.page), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		close(fd);
		if (p == MAP_FAILED)
			_exit(126);
		turn.page = p;
		if (turn.page->dies > 0 &&
		    atomic_fetch_sub(&turn.page->dies, 1) > 0)
			kill(turn.pid, SIGKILL);
	}
	turn.at = s == NULL ? 0 : strtol(s, NULL, 10);
}

static void
turn_end(void)
{
	const char	*path = getenv("INJECT_COUNT");
	char		 buf[32];
	int		 fd, len;

	if (path == NULL || getpid() != turn.pid)
		return;
	turn.at = 0;
	len = snprintf(buf, sizeof(buf), "%ld\n", (long)turn.seen);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1)
		return;
	if (write(fd, buf, (size_t)len) != len)
		_exit(1);
	close(fd);
}

int
turn_is(const void *caller)
{
	uintptr_t	 p = (uintptr_t)caller;

	return p >= turn.from && p < turn.to &&
	    atomic_fetch_add(&turn.seen, 1) + 1 == turn.at;
}

uint64_t
turn_number(void)
{
	return (uint64_t)turn.at;
}

struct inject_page *
turn_page(void)
{
	return turn.page;
}
