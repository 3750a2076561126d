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
 * imsg: typed messages and file descriptors over AF_UNIX stream sockets.
 *
 * An independent implementation of the interface that OpenBSD has in
 * libutil, for systems without it.  Where configure finds the system's
 * own (HAVE_IMSG) this header only forwards to it, so nothing here may
 * exceed that interface.
 *
 * Return values, unless a comment says otherwise: pointers are NULL and
 * ints are -1 on failure with errno set; ints are 0 on success.
 */
#ifdef HAVE_IMSG
#include_next <imsg.h>
#else

#ifndef IMSG_H
#define IMSG_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#define IBUF_READ_SIZE		65535	/* bytes buffered by one read */
#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384	/* default bound, header included */

/*
 * A byte buffer with a write position, a read position and room for one
 * file descriptor.  Treat the members as private.
 */
struct ibuf {
	struct ibuf	*next;		/* in the queue it is on */
	unsigned char	*buf;
	size_t		 size;		/* bytes allocated */
	size_t		 max;		/* bytes it may ever hold */
	size_t		 wpos;
	size_t		 rpos;
	int		 fd;		/* owned, or negative */
};

struct ibufqueue;
struct msgbuf;

/*
 * One end of a channel.  It must not move in memory while in use: the
 * reader keeps its address.
 */
struct imsgbuf {
	struct msgbuf	*w;
	pid_t		 pid;
	uint32_t	 maxsize;	/* of a message, header included */
	int		 fd;		/* borrowed: never closed here */
	int		 flags;
};

/* On the wire in host byte order.  Bit 31 of len: "an fd belongs to me". */
struct imsg_hdr {
	uint32_t	 type;
	uint32_t	 len;		/* header included */
	uint32_t	 peerid;
	uint32_t	 pid;
};

/* A received message.  Use the imsg_get_*() functions, not the members. */
struct imsg {
	struct imsg_hdr	 hdr;
	void		*data;
	struct ibuf	*buf;
};

/*
 * Buffers.  Failing calls leave the buffer as it was.
 *
 * ibuf_open: exactly len bytes of room; EINVAL if len is 0.
 * ibuf_dynamic: starts with room for len bytes and grows up to max;
 * EINVAL if max is 0 or less than len.
 * ibuf_free: wipes the contents, closes the descriptor, keeps errno; NULL
 * is fine.
 */
struct ibuf	*ibuf_open(size_t);
struct ibuf	*ibuf_dynamic(size_t, size_t);
void		 ibuf_free(struct ibuf *);

/*
 * Borrowed windows on memory of others, which must outlive them.  Reading
 * and overwriting work; adding fails with ERANGE; ibuf_free, ibuf_close,
 * ibufq_push and ibuf_fd_set abort the program.
 * ibuf_from_ibuf: window on the unread part; does not consume it.
 * ibuf_get_ibuf: window on the next len unread bytes, which are consumed.
 */
void		 ibuf_from_buffer(struct ibuf *, void *, size_t);
void		 ibuf_from_ibuf(struct ibuf *, const struct ibuf *);
int		 ibuf_get_ibuf(struct ibuf *, size_t, struct ibuf *);

/*
 * Append.  ERANGE: would exceed the maximum.  EINVAL: the number does not
 * fit the width.  n is network byte order, h is host byte order.
 * ibuf_add_ibuf: the unread part of the other buffer.
 * ibuf_add_strbuf: a string in a field of len bytes, padded with NUL;
 * EOVERFLOW if it does not fit with its NUL, EINVAL if len is 0.
 * ibuf_reserve: len zeroed bytes to fill in; valid until the next append.
 */
int		 ibuf_add(struct ibuf *, const void *, size_t);
int		 ibuf_add_ibuf(struct ibuf *, const struct ibuf *);
int		 ibuf_add_zero(struct ibuf *, size_t);
int		 ibuf_add_n8(struct ibuf *, uint64_t);
int		 ibuf_add_n16(struct ibuf *, uint64_t);
int		 ibuf_add_n32(struct ibuf *, uint64_t);
int		 ibuf_add_n64(struct ibuf *, uint64_t);
int		 ibuf_add_h16(struct ibuf *, uint64_t);
int		 ibuf_add_h32(struct ibuf *, uint64_t);
int		 ibuf_add_h64(struct ibuf *, uint64_t);
int		 ibuf_add_strbuf(struct ibuf *, const char *, size_t);
void		*ibuf_reserve(struct ibuf *, size_t);

/*
 * Overwrite what is there.  Positions count from the read position;
 * ERANGE if the field does not lie within the unread part.
 */
void		*ibuf_seek(struct ibuf *, size_t, size_t);
int		 ibuf_set(struct ibuf *, size_t, const void *, size_t);
int		 ibuf_set_n8(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_n16(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_n32(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_n64(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_h16(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_h32(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_h64(struct ibuf *, size_t, uint64_t);

/*
 * Shape.
 * ibuf_data: the first unread byte.  ibuf_size: unread bytes.
 * ibuf_left: bytes that may still be appended.
 * ibuf_truncate: make the unread part len bytes long, zero-extending it if
 * needed (ERANGE as for an append).
 * ibuf_rewind: everything is unread again.
 * ibuf_set_maxsize: lower the maximum; ERANGE if it is above the present
 * one or below what is in use, EINVAL for a borrowed window.
 */
void		*ibuf_data(const struct ibuf *);
size_t		 ibuf_size(const struct ibuf *);
size_t		 ibuf_left(const struct ibuf *);
int		 ibuf_truncate(struct ibuf *, size_t);
void		 ibuf_rewind(struct ibuf *);
int		 ibuf_set_maxsize(struct ibuf *, size_t);

/*
 * Consume.  EBADMSG if fewer bytes are unread; the value is then undefined.
 * ibuf_get_string: a malloc'ed string made of the next len bytes, which may
 * hold a NUL early; consumes len in any case.
 * ibuf_get_strbuf: a field of len bytes; EOVERFLOW if its last byte is not
 * NUL (the copy is terminated all the same), EINVAL if len is 0.
 */
int		 ibuf_get(struct ibuf *, void *, size_t);
int		 ibuf_get_n8(struct ibuf *, uint8_t *);
int		 ibuf_get_n16(struct ibuf *, uint16_t *);
int		 ibuf_get_n32(struct ibuf *, uint32_t *);
int		 ibuf_get_n64(struct ibuf *, uint64_t *);
int		 ibuf_get_h16(struct ibuf *, uint16_t *);
int		 ibuf_get_h32(struct ibuf *, uint32_t *);
int		 ibuf_get_h64(struct ibuf *, uint64_t *);
char		*ibuf_get_string(struct ibuf *, size_t);
int		 ibuf_get_strbuf(struct ibuf *, char *, size_t);
int		 ibuf_skip(struct ibuf *, size_t);

/*
 * The descriptor of a buffer.
 * ibuf_fd_avail: true if there is one.
 * ibuf_fd_get: hands it over to the caller, once; -1 if none.
 * ibuf_fd_set: gives it to the buffer, closing one already there; negative
 * means none.
 */
int		 ibuf_fd_avail(struct ibuf *);
int		 ibuf_fd_get(struct ibuf *);
void		 ibuf_fd_set(struct ibuf *, int);

/*
 * Plain queues of buffers, first in first out.  Pushing hands the buffer
 * over, popping (NULL if empty) hands it back.  ibufq_concat moves all of
 * the second queue to the end of the first.
 */
struct ibufqueue *ibufq_new(void);
void		 ibufq_free(struct ibufqueue *);
struct ibuf	*ibufq_pop(struct ibufqueue *);
void		 ibufq_push(struct ibufqueue *, struct ibuf *);
uint32_t	 ibufq_queuelen(struct ibufqueue *);
void		 ibufq_concat(struct ibufqueue *, struct ibufqueue *);
void		 ibufq_flush(struct ibufqueue *);

/*
 * A pair of queues with their socket I/O: the layer under imsgbuf, for
 * other framings.
 *
 * msgbuf_new_reader: the callback is given the first hdrsz bytes of a
 * message and the descriptor that came with it, or -1.  It returns an empty
 * buffer whose maximum is the whole message, header included, or NULL with
 * errno set, which makes the stream unusable.  If it takes the descriptor
 * it sets it to -1.  EINVAL if hdrsz is 0 or over half of IBUF_READ_SIZE.
 *
 * ibuf_close: queues the buffer for writing; it belongs to the queue then.
 * msgbuf_concat: the same for all buffers of a queue.
 *
 * msgbuf_read, msgbuf_write pass descriptors, ibuf_read and ibuf_write do
 * not; otherwise they are as imsgbuf_read and imsgbuf_write.
 * msgbuf_get: the next message read, or NULL; the caller's to free.
 */
struct msgbuf	*msgbuf_new(void);
struct msgbuf	*msgbuf_new_reader(size_t,
		    struct ibuf *(*)(struct ibuf *, void *, int *), void *);
void		 msgbuf_free(struct msgbuf *);
void		 msgbuf_clear(struct msgbuf *);
void		 msgbuf_concat(struct msgbuf *, struct ibufqueue *);
uint32_t	 msgbuf_queuelen(struct msgbuf *);
void		 ibuf_close(struct msgbuf *, struct ibuf *);
int		 ibuf_write(int, struct msgbuf *);
int		 msgbuf_write(int, struct msgbuf *);
int		 ibuf_read(int, struct msgbuf *);
int		 msgbuf_read(int, struct msgbuf *);
struct ibuf	*msgbuf_get(struct msgbuf *);

/*
 * Channel.
 *
 * imsgbuf_init: starts with descriptor passing off and messages bounded by
 * MAX_IMSGSIZE.  The socket stays the caller's: never closed or made
 * non-blocking here.  ENOMEM.
 * imsgbuf_allow_fdpass: on both ends.  Never on a socket that untrusted
 * clients connect to.  Without it descriptors are neither sent (they are
 * closed instead) nor received.
 * imsgbuf_set_maxsize: bound of the payload in bytes, for both directions;
 * may be above MAX_IMSGSIZE and above IBUF_READ_SIZE.  ERANGE or EINVAL if
 * the length field could not hold it.
 *
 * imsgbuf_read: one read of the socket, split into messages that wait for
 * imsgbuf_get.  Returns 1 if the channel is in order, also if there was
 * nothing to read (EAGAIN) or only a part of a message came; 0 on end of
 * file; -1 on failure.  After ERANGE (a header's length is under
 * IMSG_HEADER_SIZE or over the bound), EBADMSG (descriptors were lost on the
 * way: descriptor table full, or too many in one message) or ENOMEM the
 * stream is out of step: every later read fails the same way.  Messages that
 * were complete before can still be got.
 * Because 1 does not say that anything came, call it once for each
 * readiness event and then imsgbuf_get until that returns 0; if more is
 * there, a level-triggered event comes back.  To empty a non-blocking socket
 * at once, repeat the pair until imsgbuf_get returns 0 at its first call and
 * accept that a part of a large message looks the same as nothing.
 *
 * imsgbuf_write: one write of what is queued, up to IOV_MAX buffers.  0 also
 * on EAGAIN and ENOBUFS, so ask for writability while imsgbuf_queuelen is
 * not 0.  A vanished peer is EPIPE; SIGPIPE is not raised on a socket.
 * imsgbuf_flush: writes until the queue is empty.  It spins on a
 * non-blocking socket.
 * imsgbuf_queuelen: buffers waiting to be written.
 * imsgbuf_clear: frees all that is queued in both directions, wiped, with
 * its descriptors.  imsgbuf_init makes the channel usable again.
 */
int		 imsgbuf_init(struct imsgbuf *, int);
void		 imsgbuf_allow_fdpass(struct imsgbuf *);
int		 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t);
int		 imsgbuf_read(struct imsgbuf *);
int		 imsgbuf_write(struct imsgbuf *);
int		 imsgbuf_flush(struct imsgbuf *);
void		 imsgbuf_clear(struct imsgbuf *);
uint32_t	 imsgbuf_queuelen(struct imsgbuf *);

/*
 * Receive.
 *
 * imsgbuf_get: 1 and a message that needs imsg_free, 0 if none is
 * complete, -1 on failure.
 * imsg_get: older form of it; returns the length with header instead of 1.
 * imsg_free: wipes the payload and closes a descriptor nobody claimed.
 *
 * imsg_get_fd: hands the descriptor over, once; -1 if there is none, which a
 * peer can bring about at will.
 * imsg_get_len: unread bytes of payload.
 * imsg_get_data: the whole rest, which must be exactly len bytes (EBADMSG;
 * EINVAL if len is 0).  imsg_get_buf: the next len bytes.
 * imsg_get_strbuf: as ibuf_get_strbuf.
 * imsg_get_ibuf: a window on the rest, valid until imsg_free; EBADMSG if
 * nothing is left.
 *
 * imsg_ibufq_push: parks a message in a queue; its payload is unread again.
 * The imsg is empty afterwards.  imsg_ibufq_pop: as imsgbuf_get, from there.
 */
int		 imsgbuf_get(struct imsgbuf *, struct imsg *);
ssize_t		 imsg_get(struct imsgbuf *, struct imsg *);
void		 imsg_free(struct imsg *);
int		 imsg_get_fd(struct imsg *);
uint32_t	 imsg_get_id(struct imsg *);
size_t		 imsg_get_len(struct imsg *);
pid_t		 imsg_get_pid(struct imsg *);
uint32_t	 imsg_get_type(struct imsg *);
int		 imsg_get_data(struct imsg *, void *, size_t);
int		 imsg_get_buf(struct imsg *, void *, size_t);
int		 imsg_get_strbuf(struct imsg *, char *, size_t);
int		 imsg_get_ibuf(struct imsg *, struct ibuf *);
int		 imsg_ibufq_pop(struct ibufqueue *, struct imsg *);
void		 imsg_ibufq_push(struct ibufqueue *, struct imsg *);

/*
 * Send.  All of these only queue.  pid 0 stands for the pid of the process
 * that called imsgbuf_init.  ERANGE: over the channel's bound.
 *
 * imsg_compose, imsg_composev: 1 or -1.  On success the queue owns fd (-1
 * for none) and closes it once it is sent; on failure it stays the caller's.
 * imsg_compose_ibuf: 1 or -1; the buffer is consumed either way.  It counts
 * as two in imsgbuf_queuelen and cannot carry a descriptor (EINVAL).
 * imsg_forward: 1 or -1; queues type, id, pid and payload of a received
 * message again, without its descriptor.  Its payload is unread afterwards.
 *
 * imsg_create: starts a message with room for len bytes of payload; it may
 * grow to the bound.  Fill with imsg_add (which returns len, or frees the
 * message and returns -1) or with ibuf_add_*() (on whose failure the caller
 * frees it), give it a descriptor with ibuf_fd_set, finish with imsg_close,
 * which cannot fail.
 * imsg_set_maxsize: lowers the bound of the payload of that message.
 */
int		 imsg_compose(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
		    const void *, size_t);
int		 imsg_composev(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
		    const struct iovec *, int);
int		 imsg_compose_ibuf(struct imsgbuf *, uint32_t, uint32_t, pid_t,
		    struct ibuf *);
int		 imsg_forward(struct imsgbuf *, struct imsg *);
struct ibuf	*imsg_create(struct imsgbuf *, uint32_t, uint32_t, pid_t,
		    size_t);
int		 imsg_add(struct ibuf *, const void *, size_t);
void		 imsg_close(struct imsgbuf *, struct ibuf *);
int		 imsg_set_maxsize(struct ibuf *, size_t);

#endif /* IMSG_H */
#endif /* HAVE_IMSG */
