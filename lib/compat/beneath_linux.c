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
 * Names in a directory that somebody else writes to.  openat2(2) is older than
 * its function in glibc, and than the headers of some systems.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

#ifndef __NR_openat2
#define __NR_openat2		437
#endif
#define HOW_NO_XDEV		0x01
#define HOW_NO_MAGICLINKS	0x02
#define HOW_NO_SYMLINKS		0x04
#define HOW_BENEATH		0x08

struct how {
	uint64_t	 flags;
	uint64_t	 mode;
	uint64_t	 resolve;
};

int
compat_open_beneath(int dir, const char *name, int flags, mode_t mode)
{
	struct how	 how;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)(unsigned int)(flags | O_NOFOLLOW);
	how.mode = mode;
	how.resolve = HOW_NO_XDEV | HOW_NO_MAGICLINKS | HOW_NO_SYMLINKS |
	    HOW_BENEATH;
	return (int)syscall(__NR_openat2, dir, name, &how, sizeof(how));
}

int
compat_stat_beneath(int dir, const char *name, struct stat *st)
{
	int	 fd, r;

	fd = compat_open_beneath(dir, name, O_PATH | O_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	r = fstat(fd, st);
	close(fd);
	return (r);
}

/* Some file systems cannot; links have the same effect, in two steps. */
int
compat_rename_new(int dir, const char *from, const char *to)
{
	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return (0);
	if (errno != EINVAL || linkat(dir, from, dir, to, 0) == -1)
		return (-1);
	(void)unlinkat(dir, from, 0);
	return (0);
}
