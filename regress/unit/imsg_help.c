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


#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "imsg_help.h"

static void
nonblock(int fd)
{
	ATF_REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) != -1);
}

void
open_channel(struct channel *c, int fdpass)
{
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, c->fd), 0);
	nonblock(c->fd[0]);
	nonblock(c->fd[1]);
	ATF_REQUIRE_EQ(imsgbuf_init(&c->tx, c->fd[0]), 0);
	ATF_REQUIRE_EQ(imsgbuf_init(&c->rx, c->fd[1]), 0);
	if (fdpass) {
		imsgbuf_allow_fdpass(&c->tx);
		imsgbuf_allow_fdpass(&c->rx);
	}
}

void
close_channel(struct channel *c)
{
	imsgbuf_clear(&c->tx);
	imsgbuf_clear(&c->rx);
	close(c->fd[0]);
	close(c->fd[1]);
}

void
gauge_open(struct gauge *g)
{
	struct stat	 st;
	int		 fd[2];

	ATF_REQUIRE_EQ(pipe(fd), 0);
	nonblock(fd[0]);
	g->rd = fd[0];
	g->wr = fd[1];
	ATF_REQUIRE_EQ(fstat(fd[0], &st), 0);
	g->ino = st.st_ino;
}

int
gauge_alive(const struct gauge *g)
{
	char	 c;
	ssize_t	 n = read(g->rd, &c, 1);

	ATF_REQUIRE(n == 0 || (n == -1 && errno == EAGAIN));
	return (n == -1);
}

int
gauge_is(const struct gauge *g, int fd)
{
	struct stat	 st;

	return (fd != -1 && fstat(fd, &st) == 0 && st.st_ino == g->ino);
}

int
open_fds(void)
{
	int	 fd, n = 0;

	for (fd = 0; fd < FD_TABLE; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	return (n);
}

void
raw_send(int s, const void *data, size_t len, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(8 * sizeof(int))];
	} cmsgbuf;
	struct cmsghdr	*cmsg;
	struct iovec	 iov = { (void *)(uintptr_t)data, len };
	struct msghdr	 msg;
	size_t		 i;

	memset(&msg, 0, sizeof(msg));
	memset(&cmsgbuf, 0, sizeof(cmsgbuf));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = &cmsgbuf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	ATF_REQUIRE_EQ(sendmsg(s, &msg, MSG_NOSIGNAL), (ssize_t)len);
	for (i = 0; i < nfds; i++)
		close(fds[i]);
}

size_t
raw_msg(unsigned char *b, size_t off, uint32_t type, uint32_t mark, size_t len)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)(sizeof(hdr) + len) | mark;
	memcpy(b + off, &hdr, sizeof(hdr));
	memset(b + off + sizeof(hdr), 'p', len);
	return (off + sizeof(hdr) + len);
}

int
get_fd(struct imsgbuf *rx, uint32_t type)
{
	struct imsg	 imsg;
	int		 fd;

	ATF_REQUIRE_EQ(imsgbuf_get(rx, &imsg), 1);
	ATF_REQUIRE_EQ(imsg_get_type(&imsg), type);
	ATF_REQUIRE_EQ(imsg.hdr.len, imsg_get_len(&imsg) + IMSG_HEADER_SIZE);
	fd = imsg_get_fd(&imsg);
	ATF_CHECK_EQ(imsg_get_fd(&imsg), -1);
	imsg_free(&imsg);
	return (fd);
}

void
no_message(struct imsgbuf *rx)
{
	struct imsg	 imsg;

	ATF_REQUIRE_EQ(imsgbuf_get(rx, &imsg), 0);
}
