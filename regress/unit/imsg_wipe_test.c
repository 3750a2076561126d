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
 * What a message held must not stay in memory: not in the read buffer, not
 * in freed buffers, not in the old place of one that grew.
 *
 * The I/O layer is compiled into this program, so that the test sees its
 * read buffer, and freezero(3) is this program's own, so that it sees what
 * is wiped.
 */

#include "../../lib/compat/imsg-msgbuf.c"

#include <atf-c.h>

static size_t	 wiped;		/* bytes given to freezero(3) */

void
freezero(void *ptr, size_t size)
{
	if (ptr == NULL)
		return;
	explicit_bzero(ptr, size);
	wiped += size;
	free(ptr);
}

static const char	 secret[] = "sk-not-a-real-key-but-long-enough";

static int
holds_secret(const unsigned char *p, size_t len)
{
	/* Any part of it will do. */
	return (memmem(p, len, secret + 8, 8) != NULL);
}

static void
start(struct imsgbuf *tx, struct imsgbuf *rx, int *fd, int fdpass)
{
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fd), 0);
	ATF_REQUIRE_EQ(imsgbuf_init(tx, fd[0]), 0);
	ATF_REQUIRE_EQ(imsgbuf_init(rx, fd[1]), 0);
	/* No recognisable bytes from earlier uses of the memory. */
	memset(rx->w->rbuf, 0, IBUF_READ_SIZE);
	if (fdpass)
		imsgbuf_allow_fdpass(rx);
}

ATF_TC_WITHOUT_HEAD(read_buffer);
ATF_TC_BODY(read_buffer, tc)
{
	struct imsgbuf	 tx, rx;
	struct imsg	 imsg;
	int		 fd[2], fdpass, i;

	for (fdpass = 0; fdpass <= 1; fdpass++) {
		start(&tx, &rx, fd, fdpass);
		for (i = 0; i < 100; i++)
			ATF_REQUIRE_EQ(imsg_compose(&tx, 0, 0, 0, -1, secret,
			    sizeof(secret)), 1);
		ATF_REQUIRE_EQ(imsgbuf_flush(&tx), 0);
		/* The beginning of a header stays, and only that. */
		ATF_REQUIRE_EQ(write(fd[0], "abc", 3), 3);
		ATF_REQUIRE_EQ(imsgbuf_read(&rx), 1);
		ATF_CHECK_EQ(rx.w->roff, 3);
		ATF_CHECK_EQ(memcmp(rx.w->rbuf, "abc", 4), 0);
		ATF_CHECK(!holds_secret(rx.w->rbuf, IBUF_READ_SIZE));
		wiped = 0;
		for (i = 0; i < 100; i++) {
			ATF_REQUIRE_EQ(imsgbuf_get(&rx, &imsg), 1);
			ATF_CHECK_EQ(memcmp(imsg.data, secret, sizeof(secret)),
			    0);
			imsg_free(&imsg);
		}
		ATF_CHECK(wiped >= 100 * (sizeof(secret) + IMSG_HEADER_SIZE));
		imsgbuf_clear(&tx);
		imsgbuf_clear(&rx);
		close(fd[0]);
		close(fd[1]);
	}
}

/* A stream that fails leaves nothing either. */
ATF_TC_WITHOUT_HEAD(read_failure);
ATF_TC_BODY(read_failure, tc)
{
	struct imsgbuf	 tx, rx;
	struct imsg_hdr	 bad = { .len = 1 };
	int		 fd[2], fdpass;

	for (fdpass = 0; fdpass <= 1; fdpass++) {
		start(&tx, &rx, fd, fdpass);
		ATF_REQUIRE_EQ(write(fd[0], &bad, sizeof(bad)), sizeof(bad));
		ATF_REQUIRE_EQ(write(fd[0], secret, sizeof(secret)),
		    sizeof(secret));
		ATF_REQUIRE_EQ(imsgbuf_read(&rx), -1);
		ATF_CHECK(!holds_secret(rx.w->rbuf, IBUF_READ_SIZE));
		imsgbuf_clear(&tx);
		imsgbuf_clear(&rx);
		close(fd[0]);
		close(fd[1]);
	}
}

/* The bytes of descriptors lost on the way: too many in one message. */
ATF_TC_WITHOUT_HEAD(lost_descriptor);
ATF_TC_BODY(lost_descriptor, tc)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(3 * sizeof(int))];
	} cmsgbuf;
	struct imsgbuf	 tx, rx;
	struct iovec	 iov = { (void *)(uintptr_t)secret, sizeof(secret) };
	struct msghdr	 msg;
	struct cmsghdr	*cmsg;
	int		 fd[2], three[3] = { 0, 1, 2 };

	start(&tx, &rx, fd, 1);
	memset(&msg, 0, sizeof(msg));
	memset(&cmsgbuf, 0, sizeof(cmsgbuf));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &cmsgbuf;
	msg.msg_controllen = sizeof(cmsgbuf);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(three));
	memcpy(CMSG_DATA(cmsg), three, sizeof(three));
	ATF_REQUIRE_EQ(sendmsg(fd[0], &msg, 0), sizeof(secret));
	errno = 0;
	ATF_REQUIRE_EQ(imsgbuf_read(&rx), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	ATF_CHECK(!holds_secret(rx.w->rbuf, IBUF_READ_SIZE));
	imsgbuf_clear(&tx);
	imsgbuf_clear(&rx);
	close(fd[0]);
	close(fd[1]);
}

/* Sent, dropped unsent, dropped half received, and moved. */
ATF_TC_WITHOUT_HEAD(buffers);
ATF_TC_BODY(buffers, tc)
{
	struct imsgbuf	 tx, rx;
	struct imsg_hdr	 hdr = { .len = 1000 };
	struct ibuf	*buf;
	int		 fd[2];

	start(&tx, &rx, fd, 0);
	wiped = 0;
	ATF_REQUIRE_EQ(imsg_compose(&tx, 0, 0, 0, -1, secret, sizeof(secret)),
	    1);
	ATF_REQUIRE_EQ(imsgbuf_flush(&tx), 0);
	ATF_CHECK(wiped >= sizeof(secret) + IMSG_HEADER_SIZE);
	ATF_REQUIRE_EQ(imsg_compose(&tx, 0, 0, 0, -1, secret, sizeof(secret)),
	    1);
	wiped = 0;
	imsgbuf_clear(&tx);
	ATF_CHECK(wiped >= sizeof(secret) + IMSG_HEADER_SIZE);

	ATF_REQUIRE_EQ(write(fd[0], &hdr, sizeof(hdr)), sizeof(hdr));
	ATF_REQUIRE_EQ(write(fd[0], secret, sizeof(secret)), sizeof(secret));
	ATF_REQUIRE_EQ(imsgbuf_read(&rx), 1);
	wiped = 0;
	imsgbuf_clear(&rx);
	ATF_CHECK(wiped >= 1000);
	close(fd[0]);
	close(fd[1]);

	ATF_REQUIRE((buf = ibuf_dynamic(sizeof(secret), 1000)) != NULL);
	ATF_CHECK_EQ(ibuf_add(buf, secret, sizeof(secret)), 0);
	wiped = 0;
	ATF_CHECK_EQ(ibuf_add(buf, secret, sizeof(secret)), 0);
	ATF_CHECK_EQ(wiped, sizeof(secret));
	/* Also what was cut off. */
	ATF_CHECK_EQ(ibuf_truncate(buf, 0), 0);
	wiped = 0;
	ibuf_free(buf);
	ATF_CHECK(wiped >= 2 * sizeof(secret));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, read_buffer);
	ATF_TP_ADD_TC(tp, read_failure);
	ATF_TP_ADD_TC(tp, lost_descriptor);
	ATF_TP_ADD_TC(tp, buffers);
	return (atf_no_error());
}
