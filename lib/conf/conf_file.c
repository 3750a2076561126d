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

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "parse.h"

static int
read_all(int fd, char *buf, size_t size, size_t *len)
{
	ssize_t n;

	*len = 0;
	while (*len < size) {
		n = read(fd, buf + *len, size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	return 0;
}

int
conf_file_read(const char *path, char **text, size_t *len,
    const char **errstr)
{
	struct stat	 st;
	char		*buf;
	int		 fd;

	/* Not blocking: the name may turn out to be a FIFO. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		*errstr = strerror(errno);
		return errno == ENOENT ? 1 : -1;
	}
	if (fstat(fd, &st) == -1) {
		*errstr = strerror(errno);
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		*errstr = "not a regular file";
		goto fail;
	}
	if (st.st_mode & S_IWOTH) {
		*errstr = "everyone may write to it; chmod o-w it, after "
		    "a look at what it says";
		goto fail;
	}
	/* The size found by reading counts: the file may be growing. */
	if ((buf = malloc(PARSE_FILE_MAX + 1)) == NULL)
		fatal("conf: %s", path);
	if (read_all(fd, buf, PARSE_FILE_MAX + 1, len) == -1) {
		*errstr = strerror(errno);
		free(buf);
		goto fail;
	}
	if (*len > PARSE_FILE_MAX) {
		*errstr = "larger than 1 MiB";
		free(buf);
		goto fail;
	}
	close(fd);
	*text = buf;
	return 0;

 fail:
	close(fd);
	return -1;
}
