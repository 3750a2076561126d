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
 * Stands in the place of each process of the suite, which guardiand starts
 * with an empty environment, and starts the real one with the library for
 * tests preloaded: real/NAME, real/calls.so and real/pages/NAME below its own
 * directory.  A program and no script, since the parent may execute only what
 * is there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE	4096

static void
below(char path[PATH_SIZE], const char *self, const char *mid,
    const char *name)
{
	const char	*slash = strrchr(self, '/');

	if (slash == NULL || snprintf(path, PATH_SIZE, "%.*s/real/%s%s",
	    (int)(slash - self), self, mid, name) >= PATH_SIZE)
		_exit(127);
}

int
main(int argc, char **argv)
{
	char		 path[PATH_SIZE];
	const char	*name;

	if (argc < 1 || (name = strrchr(argv[0], '/')) == NULL)
		return 127;
	name++;
	below(path, argv[0], "pages/", name);
	if (setenv("INJECT_PAGE", path, 1) == -1)
		return 127;
	below(path, argv[0], "", "calls.so");
	if (setenv("LD_PRELOAD", path, 1) == -1)
		return 127;
	below(path, argv[0], "", name);
	execv(path, argv);
	return 127;
}
