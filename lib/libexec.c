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

#include <sys/types.h>
#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "libexec.h"

/* A directory of programs that nobody else could have put there. */
static int
libexec_ok(const char *dir, enum proc_role role)
{
	struct stat	 st;
	char		 path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir,
	    proc_name(role)) >= sizeof(path))
		return 0;
	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & S_IXUSR) == 0 || (st.st_mode & S_IWOTH) != 0)
		return 0;
	return st.st_uid == 0 || st.st_uid == geteuid();
}

/* The program's own path, resolved; -1 when it is not to be had. */
static int
own_path(const char *argv0, char real[PATH_MAX])
{
	const char	*p, *end;
	char		 path[PATH_MAX];

	if (strchr(argv0, '/') != NULL)
		return realpath(argv0, real) == NULL ? -1 : 0;
	for (p = getenv("PATH"); p != NULL; p = end[0] == ':' ? end + 1 :
	    NULL) {
		end = p + strcspn(p, ":");
		if (end == p || (size_t)snprintf(path, sizeof(path),
		    "%.*s/%s", (int)(end - p), p, argv0) >= sizeof(path))
			continue;
		if (access(path, X_OK) == 0)
			return realpath(path, real) == NULL ? -1 : 0;
	}
	return -1;
}

int
libexec_find(char *dir, size_t size, const char *argv0, enum proc_role role)
{
	char	 real[PATH_MAX], *slash;
	int	 i;

	if (own_path(argv0, real) == 0) {
		for (i = 0; i < 2; i++)
			if ((slash = strrchr(real, '/')) != NULL)
				*slash = '\0';
		if (strlcat(real, "/libexec", sizeof(real)) < sizeof(real) &&
		    libexec_ok(real, role))
			return strlcpy(dir, real, size) < size ? 0 : -1;
	}
	if (!libexec_ok(GUARDIAN_LIBEXECDIR, role))
		return -1;
	return strlcpy(dir, GUARDIAN_LIBEXECDIR, size) < size ? 0 : -1;
}
