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

/* Names in a directory that somebody else writes to. */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

/* One component, so that there is nothing but the last that could be a link. */
static int
is_component(const char *name)
{
	if (strchr(name, '/') == NULL && strcmp(name, "..") != 0)
		return (1);
	errno = EXDEV;
	return (0);
}

int
compat_open_beneath(int dir, const char *name, int flags, mode_t mode)
{
	if (!is_component(name))
		return (-1);
	return (openat(dir, name, flags | O_NOFOLLOW, mode));
}

int
compat_stat_beneath(int dir, const char *name, struct stat *st)
{
	if (!is_component(name))
		return (-1);
	return (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW));
}

int
compat_rename_new(int dir, const char *from, const char *to)
{
	if (linkat(dir, from, dir, to, 0) == -1)
		return (-1);
	(void)unlinkat(dir, from, 0);
	return (0);
}
