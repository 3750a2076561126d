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

#ifndef CHANNEL_H
#define CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "proc.h"

/* Bytes that may wait for a peer, unless channel_set_limit() says else. */
#define CHANNEL_LIMIT	(16 * 1024 * 1024)

struct channel;
struct event_base;
struct ibuf;
struct imsg;

/*
 * One socket to another process: imsg framing, libevent readiness, and the
 * message matrix held against everything that arrives.
 *
 * dispatch gets each message that passed msg_check() and returns 0, or -1 when
 * the payload is malformed; it must not free the channel.  dead is called
 * once, when the peer closed (why is NULL) or broke the protocol (why names
 * the breach); the channel is inert by then and dead may free it.
 */
typedef int	(*channel_dispatch)(struct channel *, struct imsg *, void *);
typedef void	(*channel_dead)(struct channel *, const char *why, void *);

/*
 * Takes over fd (closed by channel_free), makes it non-blocking.  max is the
 * largest payload either side sends.  With fdpass 0 descriptors are neither
 * sent nor received: for guardianctl's socket.  NULL and errno on failure, fd
 * is then still the caller's.
 */
struct channel	*channel_new(struct event_base *, int fd,
		    enum proc_role self, enum proc_role peer, size_t max,
		    int fdpass, channel_dispatch, channel_dead, void *);
void		 channel_free(struct channel *);

/*
 * Queues a message.  fd is -1 or a descriptor that the channel owns from then
 * on, also when this fails.  0 on success, -1 with errno.
 */
int		 channel_send(struct channel *, uint32_t type, uint32_t id,
		    int fd, const void *, size_t);
/* In two steps: open, ibuf_add_*, then close (cannot fail) or abandon. */
struct ibuf	*channel_open(struct channel *, uint32_t type, uint32_t id,
		    size_t hint);
void		 channel_close(struct channel *, struct ibuf *, int fd);
void		 channel_abandon(struct ibuf *);
/*
 * As channel_close, with len (not 0) more bytes of payload that stay the
 * caller's: unchanged until channel_keep, or until the channel is freed.  0,
 * or -1 with errno; the message is then still the caller's.
 */
int		 channel_lend(struct channel *, struct ibuf *, const void *,
		    size_t len);
/* Copies what was lent and is not written yet. */
void		 channel_keep(struct channel *);

/* Writes what the socket takes now; the rest follows by itself. */
void		 channel_push(struct channel *);
/* Blocks until all is written: before exec of the loop only.  0 or -1. */
int		 channel_flush(struct channel *);
/* Bytes accepted by channel_send/close that the socket has not taken. */
size_t		 channel_queued(const struct channel *);
/* What they cost: each message with some overhead. */
size_t		 channel_cost(const struct channel *);
/*
 * A peer for which what waits costs more than this does not read: its channel
 * ends as for a breach of the protocol.
 */
void		 channel_set_limit(struct channel *, size_t);
/* Called whenever queued bytes fall to or under low; NULL cb to stop. */
void		 channel_set_drained(struct channel *, size_t low,
		    void (*cb)(struct channel *, void *), void *);
/* Stops and resumes reading, for a receiver that cannot take more. */
void		 channel_read_pause(struct channel *, int pause);

/*
 * Reads at most so many times in a row (1 unless told) while messages come, and
 * answers them together: for a receiver that has much to read.
 */
void		 channel_set_reads(struct channel *, unsigned int);
int		 channel_fd(const struct channel *);

#endif /* CHANNEL_H */
