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
 * The log-archiver's work.  With an odd first byte the rest is a packed file as
 * somebody may have left it: what comes out has the bound that was given, and
 * only all of it is a success.  Else it is a log: what was packed comes out.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../log-archiver/work.h"

#define PIPE_MAX	65536		/* what one holds, unread */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A descriptor at whose end these bytes are all there is. */
static int
source(const uint8_t *p, size_t len)
{
	int	 fds[2];

	if (pipe(fds) == -1 || write(fds[1], p, len) != (ssize_t)len)
		abort();
	close(fds[1]);
	return fds[0];
}

/* Does all of it, closes its files; 1 if it succeeded. */
static int
run(enum archive_work what, int original, int packed, int pipe_fd,
    uint64_t size, uint64_t *in, uint64_t *out)
{
	int		 files[ARCHIVE_FILES] = { original, packed, pipe_fd };
	struct work	*w;
	size_t		 i;
	int		 ok;

	if ((w = work_new(what, files, size)) == NULL)
		abort();
	while (work_step(w))
		;
	ok = work_reason(w)[0] == '\0';
	*in = work_in(w);
	*out = work_out(w);
	work_free(w);
	for (i = 0; i < ARCHIVE_FILES; i++)
		if (files[i] != -1)
			close(files[i]);
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t	 in, out, bound;
	int		 packed[2], pipe_fds[2], null;

	if (size < 3 || size > PIPE_MAX / 2)
		return 0;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		abort();
	if (data[0] & 1) {
		bound = (uint64_t)data[1] << (data[2] & 15);
		if ((null = open("/dev/null", O_WRONLY)) == -1)
			abort();
		if (run(ARCHIVE_UNPACK, -1, source(data + 3, size - 3), null,
		    bound, &in, &out) && in != size - 3)
			abort();
		if (out > bound)
			abort();
		return 0;
	}
	data += 1;
	size -= 1;
	if (pipe(packed) == -1 || pipe(pipe_fds) == -1)
		abort();
	if (!run(ARCHIVE_PACK, source(data, size), packed[1], -1, size, &in,
	    &out) || in != size)
		abort();
	if (!run(ARCHIVE_UNPACK, -1, packed[0], pipe_fds[1], size, &in, &out)
	    || out != size)
		abort();
	if (!run(ARCHIVE_COMPARE, source(data, size), -1, pipe_fds[0], size,
	    &in, &out) || out != size)
		abort();
	return 0;
}
