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
 * The I/O layer of imsg.h on its own: with another framing, without a reader,
 * on pipes, and when the kernel is short of memory.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>

static int	 sendmsg_errno;		/* 0: the real one */

static ssize_t
test_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (sendmsg_errno != 0) {
		errno = sendmsg_errno;
		return (-1);
	}
	return (sendmsg(fd, msg, flags));
}

/* Compiled in here, so that it calls the one above. */
#define sendmsg	test_sendmsg
#include "../../lib/compat/imsg-msgbuf.c"
#undef sendmsg

#include <atf-c.h>
#include <fcntl.h>

/* Two bytes of length in network order; 0xffff is refused. */
static struct ibuf *
read_hdr(struct ibuf *window, void *arg, int *fd)
{
	struct ibuf	*buf;
	uint16_t	 len;

	(void)fd;
	(*(int *)arg)++;
	if (ibuf_size(window) != 2 || ibuf_get_n16(window, &len) == -1)
		abort();
	if (len == 0xffff) {
		errno = EPROTO;
		return (NULL);
	}
	buf = ibuf_open(len + 2U);
	/* A buffer without room is the callback's mistake. */
	if (len == 0xfffe)
		ibuf_add_zero(buf, len + 2U);
	return (buf);
}

static struct ibuf *
text(const char *s)
{
	struct ibuf	*buf;

	ATF_REQUIRE((buf = ibuf_dynamic(0, 64)) != NULL);
	ATF_REQUIRE_EQ(ibuf_add_n16(buf, strlen(s)), 0);
	ATF_REQUIRE_EQ(ibuf_add(buf, s, strlen(s)), 0);
	return (buf);
}

static void
expect(struct msgbuf *mb, const char *s)
{
	struct ibuf	*buf;

	ATF_REQUIRE((buf = msgbuf_get(mb)) != NULL);
	ATF_CHECK_EQ(ibuf_size(buf), strlen(s) + 2);
	ATF_CHECK_EQ(ibuf_skip(buf, 2), 0);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), s, strlen(s)), 0);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(framing);
ATF_TC_BODY(framing, tc)
{
	struct ibufqueue	*q;
	struct msgbuf		*mb;
	int			 fd[2], headers = 0;

	errno = 0;
	ATF_CHECK(msgbuf_new_reader(0, read_hdr, NULL) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);
	errno = 0;
	ATF_CHECK(msgbuf_new_reader(IBUF_READ_SIZE / 2 + 1, read_hdr,
	    NULL) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);

	/* Pipes: what has no descriptors needs no socket. */
	ATF_REQUIRE_EQ(pipe(fd), 0);
	ATF_REQUIRE((mb = msgbuf_new_reader(2, read_hdr, &headers)) != NULL);
	ATF_REQUIRE((q = ibufq_new()) != NULL);
	ibuf_close(mb, text("one"));
	ibufq_push(q, text(""));
	ibufq_push(q, text("three"));
	msgbuf_concat(mb, q);
	ATF_CHECK_EQ(ibufq_queuelen(q), 0);
	ATF_CHECK_EQ(msgbuf_queuelen(mb), 3);
	ibufq_free(q);
	ATF_CHECK_EQ(ibuf_write(fd[1], mb), 0);
	ATF_CHECK_EQ(msgbuf_queuelen(mb), 0);
	ATF_CHECK_EQ(ibuf_read(fd[0], mb), 1);
	ATF_CHECK_EQ(headers, 3);
	expect(mb, "one");
	expect(mb, "");
	expect(mb, "three");
	ATF_CHECK(msgbuf_get(mb) == NULL);

	/* The callback's errno is the reason given, now and later. */
	ATF_REQUIRE_EQ(write(fd[1], "\377\377", 2), 2);
	errno = 0;
	ATF_CHECK_EQ(ibuf_read(fd[0], mb), -1);
	ATF_CHECK_EQ(errno, EPROTO);
	errno = 0;
	ATF_CHECK_EQ(ibuf_read(fd[0], mb), -1);
	ATF_CHECK_EQ(errno, EPROTO);
	/* A new beginning. */
	msgbuf_clear(mb);
	ibuf_close(mb, text("again"));
	ATF_CHECK_EQ(ibuf_write(fd[1], mb), 0);
	ATF_CHECK_EQ(ibuf_read(fd[0], mb), 1);
	expect(mb, "again");
	/* No endless loop over a message that takes nothing. */
	ATF_REQUIRE_EQ(write(fd[1], "\377\376", 2), 2);
	errno = 0;
	ATF_CHECK_EQ(ibuf_read(fd[0], mb), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	msgbuf_free(mb);
	msgbuf_free(NULL);
	close(fd[0]);
	close(fd[1]);
}

ATF_TC_WITHOUT_HEAD(writer_only);
ATF_TC_BODY(writer_only, tc)
{
	struct msgbuf	*mb;
	struct ibuf	*buf;
	char		 b[8];
	int		 fd[2], null;

	ATF_REQUIRE((mb = msgbuf_new()) != NULL);
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	errno = 0;
	ATF_CHECK_EQ(ibuf_read(fd[0], mb), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	errno = 0;
	ATF_CHECK_EQ(msgbuf_read(fd[0], mb), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK(msgbuf_get(mb) == NULL);

	/* Nothing queued, nothing to do: not even on a bad descriptor. */
	ATF_CHECK_EQ(ibuf_write(-1, mb), 0);
	ATF_CHECK_EQ(msgbuf_write(-1, mb), 0);
	/* An empty buffer cannot carry a descriptor: it goes, with it. */
	ATF_REQUIRE((null = open("/dev/null", O_RDONLY)) != -1);
	ATF_REQUIRE((buf = ibuf_dynamic(0, 8)) != NULL);
	ibuf_fd_set(buf, null);
	ibuf_close(mb, buf);
	ATF_CHECK_EQ(msgbuf_write(-1, mb), 0);
	ATF_CHECK_EQ(msgbuf_queuelen(mb), 0);
	ATF_CHECK_EQ(fcntl(null, F_GETFD), -1);
	ATF_REQUIRE((buf = ibuf_dynamic(0, 8)) != NULL);
	ibuf_close(mb, buf);
	ATF_CHECK_EQ(ibuf_write(-1, mb), 0);
	ATF_CHECK_EQ(msgbuf_queuelen(mb), 0);

	ibuf_close(mb, text("abc"));
	errno = 0;
	ATF_CHECK_EQ(ibuf_write(-1, mb), -1);
	ATF_CHECK_EQ(errno, EBADF);
	ATF_CHECK_EQ(msgbuf_write(fd[0], mb), 0);
	ATF_CHECK_EQ(read(fd[1], b, sizeof(b)), 5);
	msgbuf_free(mb);
	close(fd[0]);
	close(fd[1]);
}

ATF_TC_WITHOUT_HEAD(out_of_buffers);
ATF_TC_BODY(out_of_buffers, tc)
{
	static const int	 later[] = { EAGAIN, EWOULDBLOCK, ENOBUFS };
	static const int	 never[] = { EPIPE, ECONNRESET, EMSGSIZE };
	struct msgbuf		*mb;
	struct ibuf		*buf;
	size_t			 i;
	int			 null;

	ATF_REQUIRE((null = open("/dev/null", O_RDONLY)) != -1);
	ATF_REQUIRE((mb = msgbuf_new()) != NULL);
	buf = text("abc");
	ibuf_fd_set(buf, null);
	ibuf_close(mb, buf);
	for (i = 0; i < nitems(later); i++) {
		sendmsg_errno = later[i];
		ATF_CHECK_EQ(msgbuf_write(-1, mb), 0);
		ATF_CHECK_EQ(ibuf_write(-1, mb), 0);
		sendmsg_errno = never[i];
		errno = 0;
		ATF_CHECK_EQ(msgbuf_write(-1, mb), -1);
		ATF_CHECK_EQ(errno, never[i]);
		errno = 0;
		ATF_CHECK_EQ(ibuf_write(-1, mb), -1);
		ATF_CHECK_EQ(errno, never[i]);
	}
	ATF_CHECK_EQ(msgbuf_queuelen(mb), 1);
	ATF_CHECK(fcntl(null, F_GETFD) != -1);
	msgbuf_free(mb);
	ATF_CHECK_EQ(fcntl(null, F_GETFD), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, framing);
	ATF_TP_ADD_TC(tp, writer_only);
	ATF_TP_ADD_TC(tp, out_of_buffers);
	return (atf_no_error());
}
