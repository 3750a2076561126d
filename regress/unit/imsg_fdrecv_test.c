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
 * Descriptors on the channels of imsg.h, receiving side, against the running
 * kernel.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg_help.h"

/* Rule 3: the first marked header gets it, surplus and unclaimed go. */
ATF_TC_WITHOUT_HEAD(rule3_first_marked);
ATF_TC_BODY(rule3_first_marked, tc)
{
	struct channel	 c;
	struct gauge	 g[2];
	unsigned char	 b[256];
	size_t		 len;
	int		 fd, fds[2], before;

	open_channel(&c, 1);
	before = open_fds();
	gauge_open(&g[0]);
	len = raw_msg(b, 0, 1, 0, 5);
	len = raw_msg(b, len, 2, FD_MARK, 5);
	len = raw_msg(b, len, 3, FD_MARK, 5);
	raw_send(c.fd[0], b, len, &g[0].wr, 1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(get_fd(&c.rx, 1), -1);
	fd = get_fd(&c.rx, 2);
	ATF_CHECK(gauge_is(&g[0], fd));
	ATF_CHECK_EQ(get_fd(&c.rx, 3), -1);
	close(fd);
	close(g[0].rd);

	/* Two where one was announced: Linux has room for both. */
	gauge_open(&g[0]);
	gauge_open(&g[1]);
	fds[0] = g[0].wr;
	fds[1] = g[1].wr;
	raw_send(c.fd[0], b, raw_msg(b, 0, 4, FD_MARK, 0), fds, 2);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(!gauge_alive(&g[1]));
	fd = get_fd(&c.rx, 4);
	ATF_CHECK(gauge_is(&g[0], fd));
	close(fd);
	close(g[0].rd);
	close(g[1].rd);

	/* One where none was announced. */
	gauge_open(&g[0]);
	raw_send(c.fd[0], b, raw_msg(b, 0, 5, 0, 0), &g[0].wr, 1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(!gauge_alive(&g[0]));
	ATF_CHECK_EQ(get_fd(&c.rx, 5), -1);
	close(g[0].rd);

	/* One that comes inside a payload, with a marked header before it. */
	gauge_open(&g[0]);
	len = raw_msg(b, 0, 6, FD_MARK, 8);
	raw_send(c.fd[0], b, len - 4, NULL, 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	raw_send(c.fd[0], b + len - 4, 2, &g[0].wr, 1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(!gauge_alive(&g[0]));
	raw_send(c.fd[0], b + len - 2, 2, NULL, 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(get_fd(&c.rx, 6), -1);
	close(g[0].rd);
	ATF_CHECK_EQ(open_fds(), before);

	/* A bad header takes it with it. */
	gauge_open(&g[0]);
	len = raw_msg(b, 0, 7, FD_MARK, 0);
	memset(b + 4, 0xff, 4);
	raw_send(c.fd[0], b, len, &g[0].wr, 1);
	errno = 0;
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK(!gauge_alive(&g[0]));
	close_channel(&c);
}

/* Rule 4: it comes with the first byte of the header and is held. */
ATF_TC_WITHOUT_HEAD(rule4_held);
ATF_TC_BODY(rule4_held, tc)
{
	struct channel	 c;
	struct gauge	 g;
	unsigned char	 b[64];
	size_t		 first, i, len;
	int		 fd;

	len = raw_msg(b, 0, 1, FD_MARK, 3);
	for (first = 1; first <= len; first++) {
		open_channel(&c, 1);
		gauge_open(&g);
		raw_send(c.fd[0], b, first, &g.wr, 1);
		for (i = first; i < len; i++) {
			ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
			/* Nothing there: no reason to let go. */
			ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
			no_message(&c.rx);
			ATF_CHECK(gauge_alive(&g));
			raw_send(c.fd[0], b + i, 1, NULL, 0);
		}
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
		fd = get_fd(&c.rx, 1);
		ATF_CHECK(gauge_is(&g, fd));
		close(fd);
		ATF_CHECK(!gauge_alive(&g));
		close_channel(&c);
		close(g.rd);
	}
}

/* Rule 4: earlier plain bytes join the read that brings a descriptor. */
ATF_TC_WITHOUT_HEAD(rule4_joined);
ATF_TC_BODY(rule4_joined, tc)
{
	struct channel	 c;
	struct gauge	 g, h;
	unsigned char	 b[256];
	size_t		 len, at, second;
	int		 fd;

	/* Every cut of: plain, marked with g; then marked with h. */
	second = raw_msg(b, 0, 1, 0, 10);
	len = raw_msg(b, second, 2, FD_MARK, 10);
	raw_msg(b, len, 3, FD_MARK, 1);
	for (at = second + 1; at <= len; at++) {
		open_channel(&c, 1);
		gauge_open(&g);
		gauge_open(&h);
		raw_send(c.fd[0], b, second, NULL, 0);
		raw_send(c.fd[0], b + second, at - second, &g.wr, 1);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
		ATF_CHECK_EQ(get_fd(&c.rx, 1), -1);
		/* The rest of it joins the next descriptor. */
		if (at < len)
			raw_send(c.fd[0], b + at, len - at, NULL, 0);
		raw_send(c.fd[0], b + len, 17, &h.wr, 1);
		raw_send(c.fd[0], b, second, NULL, 0);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
		fd = get_fd(&c.rx, 2);
		ATF_CHECK(gauge_is(&g, fd));
		close(fd);
		fd = get_fd(&c.rx, 3);
		ATF_CHECK(gauge_is(&h, fd));
		close(fd);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
		ATF_CHECK_EQ(get_fd(&c.rx, 1), -1);
		close_channel(&c);
		ATF_CHECK(!gauge_alive(&g));
		ATF_CHECK(!gauge_alive(&h));
		close(g.rd);
		close(h.rd);
	}
}

/* Rule 4: held for that header only, and never more than one. */
ATF_TC_WITHOUT_HEAD(rule4_hostile);
ATF_TC_BODY(rule4_hostile, tc)
{
	struct channel	 c;
	struct gauge	 g[3];
	unsigned char	 b[64];
	size_t		 i, len;
	int		 fd, before;

	/* The header turns out unmarked; the next one is marked. */
	open_channel(&c, 1);
	before = open_fds();
	gauge_open(&g[0]);
	len = raw_msg(b, 0, 1, 0, 0);
	len = raw_msg(b, len, 2, FD_MARK, 0);
	raw_send(c.fd[0], b, 4, &g[0].wr, 1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(gauge_alive(&g[0]));
	raw_send(c.fd[0], b + 4, len - 4, NULL, 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(!gauge_alive(&g[0]));
	ATF_CHECK_EQ(get_fd(&c.rx, 1), -1);
	ATF_CHECK_EQ(get_fd(&c.rx, 2), -1);
	close(g[0].rd);

	/* A descriptor with every byte of one header. */
	len = raw_msg(b, 0, 3, FD_MARK, 0);
	for (i = 0; i < nitems(g); i++) {
		gauge_open(&g[i]);
		raw_send(c.fd[0], b + i, 1, &g[i].wr, 1);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
		ATF_CHECK_EQ(gauge_alive(&g[i]), i == 0);
	}
	raw_send(c.fd[0], b + i, len - i, NULL, 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	fd = get_fd(&c.rx, 3);
	ATF_CHECK(gauge_is(&g[0], fd));
	close(fd);
	for (i = 0; i < nitems(g); i++)
		close(g[i].rd);
	ATF_CHECK_EQ(open_fds(), before);

	/* Held when the header turns out bad. */
	gauge_open(&g[0]);
	memset(b + 4, 0xff, 4);
	raw_send(c.fd[0], b, 4, &g[0].wr, 1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(gauge_alive(&g[0]));
	raw_send(c.fd[0], b + 4, 12, NULL, 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
	ATF_CHECK(!gauge_alive(&g[0]));
	close(g[0].rd);
	close_channel(&c);

	/* Held at the end of the file, and freed with the channel. */
	open_channel(&c, 1);
	gauge_open(&g[0]);
	raw_send(c.fd[0], b, 4, &g[0].wr, 1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_REQUIRE_EQ(shutdown(c.fd[0], SHUT_WR), 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 0);
	ATF_CHECK(gauge_alive(&g[0]));
	imsgbuf_clear(&c.rx);
	ATF_CHECK(!gauge_alive(&g[0]));
	close(g[0].rd);
	close_channel(&c);
}

/* In a process of its own.  Returns the first step that failed. */
static int
full_table(struct channel *c, struct gauge *g)
{
	struct rlimit	 rl = { FD_TABLE / 2, FD_TABLE / 2 };
	struct imsg	 imsg;
	int		 n;

	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		return (1);
	while (dup(0) != -1)
		;
	if (errno != EMFILE)
		return (2);
	n = open_fds();
	errno = 0;
	if (imsgbuf_read(&c->rx) != -1 || errno != EBADMSG)
		return (3);
	if (imsgbuf_get(&c->rx, &imsg) != 0 || open_fds() != n)
		return (4);
	/* Room again, but the stream has lost its way for good. */
	close(FD_TABLE / 2 - 1);
	errno = 0;
	if (imsgbuf_read(&c->rx) != -1 || errno != EBADMSG)
		return (5);
	imsgbuf_clear(&c->rx);
	if (gauge_alive(g))
		return (6);
	return (0);
}

/* Rule 5: a descriptor that was lost on the way ends the channel. */
ATF_TC_WITHOUT_HEAD(rule5_full_table);
ATF_TC_BODY(rule5_full_table, tc)
{
	struct channel	 c;
	struct gauge	 g;
	pid_t		 pid;
	int		 status;

	open_channel(&c, 1);
	gauge_open(&g);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 1, 0, 0, g.wr, NULL, 0), 1);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 2, 0, 0, -1, NULL, 0), 1);
	ATF_CHECK_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		_exit(full_table(&c, &g));
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_REQUIRE(WIFEXITED(status));
	ATF_CHECK_EQ_MSG(WEXITSTATUS(status), 0, "failed in step %d",
	    WEXITSTATUS(status));
	close_channel(&c);
}

/* Rule 5: more than fit are lost the same way, and none stays behind. */
ATF_TC_WITHOUT_HEAD(rule5_too_many);
ATF_TC_BODY(rule5_too_many, tc)
{
	struct channel	 c;
	struct gauge	 g[3];
	unsigned char	 b[64];
	size_t		 i;
	int		 fds[3], before;

	open_channel(&c, 1);
	for (i = 0; i < nitems(g); i++) {
		gauge_open(&g[i]);
		fds[i] = g[i].wr;
	}
	raw_send(c.fd[0], b, raw_msg(b, 0, 1, FD_MARK, 0), fds, nitems(g));
	before = open_fds();
	errno = 0;
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	no_message(&c.rx);
	ATF_CHECK_EQ(open_fds(), before);
	for (i = 0; i < nitems(g); i++) {
		ATF_CHECK(!gauge_alive(&g[i]));
		close(g[i].rd);
	}
	close_channel(&c);

	/* One held already goes too, and only once. */
	open_channel(&c, 1);
	gauge_open(&g[0]);
	raw_send(c.fd[0], b, 1, &g[0].wr, 1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(gauge_alive(&g[0]));
	for (i = 0; i < nitems(fds); i++)
		ATF_REQUIRE((fds[i] = dup(c.fd[1])) != -1);
	raw_send(c.fd[0], b, 1, fds, nitems(fds));
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
	ATF_CHECK(!gauge_alive(&g[0]));
	gauge_open(&g[1]);
	gauge_open(&g[2]);
	imsgbuf_clear(&c.rx);
	ATF_CHECK(gauge_alive(&g[1]));
	ATF_CHECK(gauge_alive(&g[2]));
	close_channel(&c);
}

/* Rule 6: none survives exec.  That of SIGPIPE is in imsg_test. */
ATF_TC_WITHOUT_HEAD(rule6_close_on_exec);
ATF_TC_BODY(rule6_close_on_exec, tc)
{
	struct channel	 c;
	struct gauge	 g;
	int		 fd;

	open_channel(&c, 1);
	gauge_open(&g);
	ATF_CHECK_EQ(fcntl(g.wr, F_GETFD), 0);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 1, 0, 0, g.wr, NULL, 0), 1);
	ATF_CHECK_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	fd = get_fd(&c.rx, 1);
	ATF_CHECK(gauge_is(&g, fd));
	ATF_CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	close_channel(&c);
}

/* Rules 6 and 7: off until allowed; what comes is dropped by the kernel. */
ATF_TC_WITHOUT_HEAD(rule7_off_by_default);
ATF_TC_BODY(rule7_off_by_default, tc)
{
	struct channel	 c;
	struct gauge	 g;
	unsigned char	 b[64];
	int		 before;

	open_channel(&c, 0);
	gauge_open(&g);
	raw_send(c.fd[0], b, raw_msg(b, 0, 1, FD_MARK, 4), &g.wr, 1);
	before = open_fds();
	ATF_CHECK(gauge_alive(&g));
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(get_fd(&c.rx, 1), -1);
	ATF_CHECK_EQ(open_fds(), before);
	ATF_CHECK(!gauge_alive(&g));
	close_channel(&c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rule3_first_marked);
	ATF_TP_ADD_TC(tp, rule4_held);
	ATF_TP_ADD_TC(tp, rule4_joined);
	ATF_TP_ADD_TC(tp, rule4_hostile);
	ATF_TP_ADD_TC(tp, rule5_full_table);
	ATF_TP_ADD_TC(tp, rule5_too_many);
	ATF_TP_ADD_TC(tp, rule6_close_on_exec);
	ATF_TP_ADD_TC(tp, rule7_off_by_default);
	return (atf_no_error());
}
