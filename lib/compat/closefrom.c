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


#include <dirent.h>
#include <errno.h>
#include <limits.h>

#include "compat.h"

#ifndef HAVE_CLOSEFROM
void
closefrom(int low)
{
	struct dirent	*d;
	DIR		*dir;
	const char	*errstr;
	long		 max;
	int		 saved_errno = errno, fd, again;

	if (low < 0)
		low = 0;
	/*
	 * Only what is open: the limit may be a billion.  Closing changes
	 * the directory under our feet, so go on until a pass finds nothing.
	 */
	if ((dir = opendir("/proc/self/fd")) != NULL) {
		do {
			again = 0;
			rewinddir(dir);
			while ((d = readdir(dir)) != NULL) {
				fd = (int)strtonum(d->d_name, low, INT_MAX,
				    &errstr);
				if (errstr != NULL || fd == dirfd(dir))
					continue;
				close(fd);
				again = 1;
			}
		} while (again);
		closedir(dir);
	} else {
		if ((max = sysconf(_SC_OPEN_MAX)) == -1 || max > INT_MAX)
			max = INT_MAX;
		for (fd = low; fd < (int)max; fd++)
			close(fd);
	}
	errno = saved_errno;
}
#endif
