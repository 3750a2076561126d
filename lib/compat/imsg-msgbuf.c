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
 * Queues of buffers and their socket I/O: see imsg.h for the contract of
 * each function.
 *
 * What Linux does with descriptors on AF_UNIX streams, and what follows:
 * - Ancillary data sticks to the first byte of the sendmsg(2) it came with.
 *   So a message with a descriptor is always the first of its sendmsg, and
 *   the descriptor arrives with the first byte of the message's header.
 * - A recvmsg(2) may join earlier bytes to that, but ends with the bytes of
 *   that sendmsg.  So one read brings one descriptor at most, and it belongs
 *   to the first marked header that begins in it.  If that header is
 *   not complete yet the descriptor is held until it is.
 * - A full descriptor table, or more descriptors than there is room for, is
 *   no error but MSG_CTRUNC.  The stream would go on with a message that
 *   lacks its descriptor; here that ends it.
 */

#ifndef HAVE_IMSG

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg.h"
#include "imsg-private.h"

#ifndef IOV_MAX
#define IOV_MAX		1024
#endif

struct ibufqueue {
	struct ibuf	 *head;
	struct ibuf	**tail;
	uint32_t	  len;
};

struct msgbuf {
	struct ibufqueue  wq;		/* to be written */
	uint32_t	  nlent;	/* of wq: not its memory */
	struct ibufqueue  rq;		/* read, complete */
	struct ibuf	 *partial;	/* read, header complete only */
	struct ibuf	 *(*readhdr)(struct ibuf *, void *, int *);
	void		 *arg;
	unsigned char	 *rbuf;		/* IBUF_READ_SIZE; NULL: no reader */
	size_t		  hdrsz;
	size_t		  roff;		/* bytes of a header in rbuf */
	int		  heldfd;	/* came with that header */
	int		  error;	/* errno that ended the stream */
};

union fdcmsg {
	struct cmsghdr	 hdr;
	unsigned char	 buf[CMSG_SPACE(sizeof(int))];
};

static void
ibufq_init(struct ibufqueue *q)
{
	q->head = NULL;
	q->tail = &q->head;
	q->len = 0;
}

struct ibufqueue *
ibufq_new(void)
{
	struct ibufqueue	*q;

	if ((q = malloc(sizeof(*q))) != NULL)
		ibufq_init(q);
	return (q);
}

void
ibufq_free(struct ibufqueue *q)
{
	if (q == NULL)
		return;
	ibufq_flush(q);
	free(q);
}

struct ibuf *
ibufq_pop(struct ibufqueue *q)
{
	struct ibuf	*buf;

	if ((buf = q->head) == NULL)
		return (NULL);
	if ((q->head = buf->next) == NULL)
		q->tail = &q->head;
	q->len--;
	buf->next = NULL;
	return (buf);
}

void
ibufq_push(struct ibufqueue *q, struct ibuf *buf)
{
	ibuf_assert_owned(buf);
	buf->next = NULL;
	*q->tail = buf;
	q->tail = &buf->next;
	q->len++;
}

uint32_t
ibufq_queuelen(struct ibufqueue *q)
{
	return (q->len);
}

void
ibufq_concat(struct ibufqueue *to, struct ibufqueue *from)
{
	if (from->head == NULL)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	to->len += from->len;
	ibufq_init(from);
}

void
ibufq_flush(struct ibufqueue *q)
{
	struct ibuf	*buf;

	while ((buf = ibufq_pop(q)) != NULL)
		ibuf_free(buf);
}

struct msgbuf *
msgbuf_new(void)
{
	struct msgbuf	*mb;

	if ((mb = calloc(1, sizeof(*mb))) == NULL)
		return (NULL);
	ibufq_init(&mb->wq);
	ibufq_init(&mb->rq);
	mb->heldfd = -1;
	return (mb);
}

struct msgbuf *
msgbuf_new_reader(size_t hdrsz,
    struct ibuf *(*readhdr)(struct ibuf *, void *, int *), void *arg)
{
	struct msgbuf	*mb;

	if (hdrsz == 0 || hdrsz > IBUF_READ_SIZE / 2) {
		errno = EINVAL;
		return (NULL);
	}
	if ((mb = msgbuf_new()) == NULL)
		return (NULL);
	if ((mb->rbuf = malloc(IBUF_READ_SIZE)) == NULL) {
		free(mb);
		return (NULL);
	}
	mb->hdrsz = hdrsz;
	mb->readhdr = readhdr;
	mb->arg = arg;
	return (mb);
}

void
msgbuf_free(struct msgbuf *mb)
{
	if (mb == NULL)
		return;
	msgbuf_clear(mb);
	free(mb->rbuf);
	free(mb);
}

void
msgbuf_clear(struct msgbuf *mb)
{
	ibufq_flush(&mb->wq);
	mb->nlent = 0;
	ibufq_flush(&mb->rq);
	ibuf_free(mb->partial);
	mb->partial = NULL;
	if (mb->heldfd != -1)
		close(mb->heldfd);
	mb->heldfd = -1;
	/* The rest of rbuf was wiped when it was consumed. */
	if (mb->roff > 0)
		explicit_bzero(mb->rbuf, mb->roff);
	mb->roff = 0;
	mb->error = 0;
}

void
msgbuf_concat(struct msgbuf *mb, struct ibufqueue *from)
{
	ibufq_concat(&mb->wq, from);
}

uint32_t
msgbuf_queuelen(struct msgbuf *mb)
{
	return (mb->wq.len);
}

void
ibuf_close(struct msgbuf *mb, struct ibuf *buf)
{
	ibufq_push(&mb->wq, buf);
}

void
msgbuf_lend(struct msgbuf *mb, struct ibuf *buf)
{
	ibufq_push(&mb->wq, buf);
	mb->nlent++;
}

/* What was sent of it already is not copied. */
int
msgbuf_keep(struct msgbuf *mb)
{
	struct ibuf	*buf;
	unsigned char	*p;
	size_t		 len;

	for (buf = mb->wq.head; mb->nlent > 0; buf = buf->next) {
		if (buf->fd != IBUF_FD_LENT)
			continue;
		len = ibuf_size(buf);
		if ((p = malloc(len)) == NULL)
			return (-1);
		memcpy(p, ibuf_data(buf), len);
		buf->buf = p;
		buf->size = buf->max = buf->wpos = len;
		buf->rpos = 0;
		buf->fd = -1;
		mb->nlent--;
	}
	return (0);
}

struct ibuf *
msgbuf_get(struct msgbuf *mb)
{
	return (ibufq_pop(&mb->rq));
}

/*
 * Collect what one sendmsg(2) may carry: up to the next buffer with a
 * descriptor, since that one must be first.  Without fdpass descriptors do
 * not matter.  Returns the number of vectors.
 */
static size_t
msgbuf_gather(struct msgbuf *mb, struct iovec *iov, int fdpass)
{
	struct ibuf	*buf;
	size_t		 n = 0;

	for (buf = mb->wq.head; buf != NULL && n < IOV_MAX; buf = buf->next) {
		if (n > 0 && fdpass && buf->fd >= 0)
			break;
		iov[n].iov_base = ibuf_data(buf);
		iov[n].iov_len = ibuf_size(buf);
		n++;
	}
	return (n);
}

/* Take what was written off the queue, and empty buffers with it. */
static void
msgbuf_drain(struct msgbuf *mb, size_t written)
{
	struct ibuf	*buf;

	while ((buf = mb->wq.head) != NULL) {
		if (written < ibuf_size(buf)) {
			buf->rpos += written;
			return;
		}
		written -= ibuf_size(buf);
		if (buf->fd == IBUF_FD_LENT)
			mb->nlent--;
		ibuf_free(ibufq_pop(&mb->wq));
	}
}

static int
msgbuf_write_error(int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS)
		return (0);
	errno = error;
	return (-1);
}

int
ibuf_write(int fd, struct msgbuf *mb)
{
	struct iovec	 iov[IOV_MAX];
	struct msghdr	 msg;
	ssize_t		 n;

	msgbuf_drain(mb, 0);
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	if ((msg.msg_iovlen = msgbuf_gather(mb, iov, 0)) == 0)
		return (0);

	/* Only sendmsg(2) can be told not to raise SIGPIPE. */
	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
		if (n == -1 && errno == ENOTSOCK)
			n = writev(fd, iov, (int)msg.msg_iovlen);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (msgbuf_write_error(errno));
	msgbuf_drain(mb, (size_t)n);
	return (0);
}

int
msgbuf_write(int fd, struct msgbuf *mb)
{
	struct iovec	 iov[IOV_MAX];
	struct msghdr	 msg;
	struct ibuf	*first;
	union fdcmsg	 cmsgbuf;
	struct cmsghdr	*cmsg;
	ssize_t		 n;

	msgbuf_drain(mb, 0);
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	if ((msg.msg_iovlen = msgbuf_gather(mb, iov, 1)) == 0)
		return (0);

	first = mb->wq.head;
	if (first->fd >= 0) {
		memset(&cmsgbuf, 0, sizeof(cmsgbuf));
		msg.msg_control = &cmsgbuf;
		msg.msg_controllen = sizeof(cmsgbuf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(cmsg), &first->fd, sizeof(int));
	}

	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (msgbuf_write_error(errno));

	/* It went with the first byte; a second sending would duplicate it. */
	if (n > 0 && first->fd >= 0) {
		close(first->fd);
		first->fd = -1;
	}
	msgbuf_drain(mb, (size_t)n);
	return (0);
}

/* End the stream for good; nothing that it brought stays in rbuf. */
static int
msgbuf_read_fail(struct msgbuf *mb, int error)
{
	explicit_bzero(mb->rbuf, IBUF_READ_SIZE);
	mb->roff = 0;
	if (mb->heldfd != -1)
		close(mb->heldfd);
	mb->heldfd = -1;
	mb->error = error;
	errno = error;
	return (-1);
}

/* The header of the next message is complete: make its buffer. */
static int
msgbuf_start(struct msgbuf *mb, unsigned char *hdr, int *fd)
{
	struct ibuf	 window;

	ibuf_from_buffer(&window, hdr, mb->hdrsz);
	/*
	 * A held descriptor came with the first bytes of this very header,
	 * so it is this message's or nobody's.
	 */
	if (mb->heldfd != -1) {
		mb->partial = mb->readhdr(&window, mb->arg, &mb->heldfd);
		if (mb->heldfd != -1)
			close(mb->heldfd);
		mb->heldfd = -1;
	} else
		mb->partial = mb->readhdr(&window, mb->arg, fd);
	if (mb->partial == NULL)
		return (-1);
	if (ibuf_left(mb->partial) == 0) {
		errno = EINVAL;
		return (-1);
	}
	/* All of its room at once: later bytes are read straight into it. */
	return (ibuf_grow(mb->partial, ibuf_left(mb->partial)));
}

static void
msgbuf_enqueue_complete(struct msgbuf *mb)
{
	if (mb->partial != NULL && ibuf_left(mb->partial) == 0) {
		ibufq_push(&mb->rq, mb->partial);
		mb->partial = NULL;
	}
}

/*
 * Split the first len bytes of rbuf into messages.  The start of an
 * incomplete header stays there, everything else is wiped.  fd is what came
 * with this read, or -1.
 */
static int
msgbuf_split(struct msgbuf *mb, size_t len, int fd)
{
	size_t	 off = 0, n;
	int	 error = 0;

	for (;;) {
		if (mb->partial == NULL) {
			if (len - off < mb->hdrsz)
				break;
			if (msgbuf_start(mb, mb->rbuf + off, &fd) == -1) {
				error = errno;
				off = len;
				break;
			}
		}
		if ((n = ibuf_left(mb->partial)) > len - off)
			n = len - off;
		if (n == 0)
			break;
		/* Cannot fail: the room is there. */
		ibuf_add(mb->partial, mb->rbuf + off, n);
		off += n;
		msgbuf_enqueue_complete(mb);
	}

	mb->roff = len - off;
	memmove(mb->rbuf, mb->rbuf + off, mb->roff);
	explicit_bzero(mb->rbuf + mb->roff, len - mb->roff);

	if (fd != -1) {
		if (mb->roff > 0 && mb->heldfd == -1)
			mb->heldfd = fd;
		else
			close(fd);
	}
	return (error == 0 ? 0 : msgbuf_read_fail(mb, error));
}

/*
 * Where the next read goes: the rest of the message begun, if any, and then
 * rbuf.
 */
static size_t
msgbuf_read_vec(struct msgbuf *mb, struct iovec *iov)
{
	size_t	 n = 0;

	if (mb->partial != NULL) {
		iov[n].iov_base = mb->partial->buf + mb->partial->wpos;
		iov[n++].iov_len = ibuf_left(mb->partial);
	}
	iov[n].iov_base = mb->rbuf + mb->roff;
	iov[n++].iov_len = IBUF_READ_SIZE - mb->roff;
	return (n);
}

/* len bytes have arrived where msgbuf_read_vec said, and maybe fd. */
static int
msgbuf_received(struct msgbuf *mb, size_t len, int fd)
{
	size_t	 n;

	if (mb->partial != NULL) {
		if ((n = ibuf_left(mb->partial)) > len)
			n = len;
		mb->partial->wpos += n;
		len -= n;
		msgbuf_enqueue_complete(mb);
	}
	return (msgbuf_split(mb, mb->roff + len, fd) == -1 ? -1 : 1);
}

/* What the kernel has no memory for now is still there the next time. */
static int
msgbuf_read_error(int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK || error == ENOMEM)
		return (1);
	errno = error;
	return (-1);
}

static int
msgbuf_read_ready(struct msgbuf *mb)
{
	if (mb->rbuf == NULL) {
		errno = EINVAL;
		return (0);
	}
	if (mb->error != 0) {
		errno = mb->error;
		return (0);
	}
	return (1);
}

int
ibuf_read(int fd, struct msgbuf *mb)
{
	struct iovec	 iov[2];
	ssize_t		 n;
	int		 iovcnt;

	if (!msgbuf_read_ready(mb))
		return (-1);
	iovcnt = (int)msgbuf_read_vec(mb, iov);
	do {
		n = readv(fd, iov, iovcnt);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (msgbuf_read_error(errno));
	if (n == 0)
		return (0);
	return (msgbuf_received(mb, (size_t)n, -1));
}

/* The first descriptor received, or -1; there may be more, for padding. */
static int
msgbuf_recv_fd(struct msghdr *msg)
{
	struct cmsghdr	*cmsg;
	size_t		 i, n;
	int		 fd, first = -1;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int),
			    sizeof(fd));
			if (first == -1)
				first = fd;
			else
				close(fd);
		}
	}
	return (first);
}

int
msgbuf_read(int fd, struct msgbuf *mb)
{
	struct iovec	 iov[2];
	struct msghdr	 msg;
	union fdcmsg	 cmsgbuf;
	ssize_t		 n;
	int		 newfd;

	if (!msgbuf_read_ready(mb))
		return (-1);
	do {
		memset(&msg, 0, sizeof(msg));
		memset(&cmsgbuf, 0, sizeof(cmsgbuf));
		msg.msg_iov = iov;
		msg.msg_iovlen = msgbuf_read_vec(mb, iov);
		msg.msg_control = &cmsgbuf;
		msg.msg_controllen = sizeof(cmsgbuf);
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (msgbuf_read_error(errno));
	newfd = msgbuf_recv_fd(&msg);
	if (n == 0 || msg.msg_flags & MSG_CTRUNC) {
		if (newfd != -1)
			close(newfd);
		return (n == 0 ? 0 : msgbuf_read_fail(mb, EBADMSG));
	}
	return (msgbuf_received(mb, (size_t)n, newfd));
}

#endif /* HAVE_IMSG */
