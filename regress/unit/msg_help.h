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

#ifndef MSG_HELP_H
#define MSG_HELP_H

#include "imsg.h"

/* A channel, and the bare other end of its socket. */
struct wire {
	struct event_base	*base;
	struct channel		*ch;	/* our sending side */
	struct imsgbuf		 in;
	int			 fd;
};

void	 wire_up(struct wire *);
void	 wire_down(struct wire *);
/* The next message, which must come; imsg_free(3) it. */
void	 wire_get(struct wire *, struct imsg *);
/*
 * What was just sent, then every shorter form and one that is longer: recv
 * must refuse them all.  tail: bytes at the end that may be fewer or more.
 */
void	 cut(struct wire *, int (*recv)(struct imsg *, void *), size_t tail,
	    int fd);
int	 null_fd(void);

/* r_FN: the receiver of a payload, for cut(). */
#define RECV(fn, type)							\
static int								\
r_##fn(struct imsg *imsg, void *out)					\
{									\
	return fn(imsg, (type *)out);					\
}

#endif
