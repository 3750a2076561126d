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
 * guardian-mcp: standard input and output to the MCP socket of a client.  It
 * runs inside the container, with whatever C library there is or none, so it
 * is linked statically and needs nothing else.
 */

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"

int
main(int argc, char **argv)
{
	const char	*why;
	int		 fd;

	if (argc == 2 && argv[1][0] == '-' && argv[1][1] != '\0')
		argc = 0;
	if (argc != 2) {
		fprintf(stderr, "usage: guardian-mcp socket\n");
		return 2;
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(1, "signal");
	if ((fd = bridge_connect(argv[1], &why)) == -1)
		errx(1, "%s: %s", argv[1], why);
	return bridge_run(argv[1], fd);
}
