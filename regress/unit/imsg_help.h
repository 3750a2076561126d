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


/* What the tests of imsg.h share.  Every failure fails the test case. */
#ifndef IMSG_HELP_H
#define IMSG_HELP_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "imsg.h"

#define FD_MARK		0x80000000U	/* in a header's length */
#define FD_TABLE	256		/* no test opens as many */

/* Two ends of one pair of non-blocking sockets. */
struct channel {
	struct imsgbuf	 tx, rx;
	int		 fd[2];
};

/*
 * The descriptors that are sent are write ends of pipes: a pipe is known by
 * its inode, and reads end of file exactly when no copy of its write end is
 * left anywhere, in this process or in flight.
 */
struct gauge {
	int	 rd, wr;	/* wr is given away */
	ino_t	 ino;
};

/* The second argument allows descriptors, on both ends. */
void	 open_channel(struct channel *, int);
void	 close_channel(struct channel *);

void	 gauge_open(struct gauge *);
/* Is any copy of the write end left? */
int	 gauge_alive(const struct gauge *);
int	 gauge_is(const struct gauge *, int);
/* How many descriptors this process has. */
int	 open_fds(void);

/* One sendmsg(2) with any bytes and any descriptors, which are closed. */
void	 raw_send(int, const void *, size_t, const int *, size_t);
/*
 * Append a message of that type, mark and payload length to raw bytes at
 * the offset; returns the new length.
 */
size_t	 raw_msg(unsigned char *, size_t, uint32_t, uint32_t, size_t);

/* Get the message of that type and return its descriptor. */
int	 get_fd(struct imsgbuf *, uint32_t);
void	 no_message(struct imsgbuf *);

#endif /* IMSG_HELP_H */
