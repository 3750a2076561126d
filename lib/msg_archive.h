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

#ifndef MSG_ARCHIVE_H
#define MSG_ARCHIVE_H

#include <stdint.h>

#include "msg.h"

struct channel;
struct imsg;

/*
 * The parent gives a log-archiver the files of one piece of work (WORKFILE),
 * then the work; at its end that says how it went, and ends.
 */
enum archive_work {
	ARCHIVE_PACK,		/* original to packed */
	ARCHIVE_UNPACK,		/* packed to a pipe */
	ARCHIVE_COMPARE,	/* a pipe with the original */
	ARCHIVE_WORKS
};

enum archive_file {
	ARCHIVE_ORIGINAL,	/* for reading */
	ARCHIVE_PACKED,		/* for writing, or reading */
	ARCHIVE_PIPE,		/* either end */
	ARCHIVE_FILES
};

struct msg_work {
	uint8_t		 work;		/* enum archive_work */
	uint64_t	 size;		/* of the original, bytes */
};

struct msg_done {
	char		 reason[MSG_TOKEN_SIZE];	/* "": done */
	uint64_t	 in;		/* bytes read */
	uint64_t	 out;		/* bytes written, or found equal */
};

/* The fd is the channel's once sent; on failure it is closed. */
int	msg_workfile_send(struct channel *, uint8_t which, int fd);
int	msg_workfile_recv(struct imsg *, uint8_t *which, int *fd);
int	msg_work_send(struct channel *, const struct msg_work *);
int	msg_work_recv(struct imsg *, struct msg_work *);
int	msg_done_send(struct channel *, const struct msg_done *);
int	msg_done_recv(struct imsg *, struct msg_done *);

#endif /* MSG_ARCHIVE_H */
