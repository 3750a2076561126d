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
 * Descriptors on the channels of imsg.h, sending side, against the running
 * kernel.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "compat.h"
#include "imsg_help.h"

/* Who owns it when. */
ATF_TC_WITHOUT_HEAD(ownership);
ATF_TC_BODY(ownership, tc)
{
	struct channel	 c;
	struct gauge	 g, h;
	struct imsg	 imsg;
	struct ibuf	*msg;
	static char	 big[MAX_IMSGSIZE];
	int		 fd, before;

	open_channel(&c, 1);
	gauge_open(&g);
	/* A failure leaves it with the caller. */
	ATF_CHECK_EQ(imsg_compose(&c.tx, 0, 0, 0, g.wr, big, sizeof(big)), -1);
	ATF_CHECK(fcntl(g.wr, F_GETFD) != -1);
	/* Success gives it to the queue, which closes it after sending. */
	ATF_CHECK_EQ(imsg_compose(&c.tx, 1, 0, 0, g.wr, "a", 1), 1);
	ATF_CHECK(fcntl(g.wr, F_GETFD) != -1);
	ATF_CHECK_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_CHECK_EQ(fcntl(g.wr, F_GETFD), -1);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_REQUIRE_EQ(imsgbuf_get(&c.rx, &imsg), 1);
	fd = imsg_get_fd(&imsg);
	ATF_CHECK(gauge_is(&g, fd));
	ATF_CHECK_EQ(imsg_get_fd(&imsg), -1);
	imsg_free(&imsg);
	ATF_CHECK(gauge_is(&g, fd));

	/* Nobody claims it: imsg_free closes it. */
	ATF_REQUIRE((msg = imsg_create(&c.tx, 2, 0, 0, 0)) != NULL);
	ibuf_fd_set(msg, fd);
	imsg_close(&c.tx, msg);
	ATF_CHECK_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_REQUIRE_EQ(imsgbuf_get(&c.rx, &imsg), 1);
	/* Forwarding goes without it. */
	ATF_CHECK_EQ(imsg_forward(&c.tx, &imsg), 1);
	ATF_CHECK(gauge_alive(&g));
	imsg_free(&imsg);
	ATF_CHECK(!gauge_alive(&g));
	ATF_CHECK_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(get_fd(&c.rx, 2), -1);

	/* A buffer with one cannot be the payload of a message. */
	gauge_open(&h);
	ATF_REQUIRE((msg = ibuf_dynamic(0, 8)) != NULL);
	ibuf_fd_set(msg, h.wr);
	errno = 0;
	ATF_CHECK_EQ(imsg_compose_ibuf(&c.tx, 0, 0, 0, msg), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK(!gauge_alive(&h));
	close(h.rd);

	/* imsgbuf_clear closes what waits in either direction. */
	close(g.rd);
	before = open_fds();
	gauge_open(&g);
	gauge_open(&h);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 3, 0, 0, g.wr, NULL, 0), 1);
	ATF_CHECK_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 4, 0, 0, h.wr, NULL, 0), 1);
	close_channel(&c);
	ATF_CHECK(!gauge_alive(&g));
	ATF_CHECK(!gauge_alive(&h));
	close(g.rd);
	close(h.rd);
	ATF_CHECK_EQ(open_fds(), before - 2);
}

/* Rule 1: one per sendmsg, and its message first. */
ATF_TC_WITHOUT_HEAD(rule1_one_per_send);
ATF_TC_BODY(rule1_one_per_send, tc)
{
	static const uint32_t	 left[] = { 4, 2, 1, 0 };
	struct channel		 c;
	struct gauge		 g[3];
	size_t			 i;
	int			 fd;

	open_channel(&c, 1);
	for (i = 0; i < nitems(g); i++)
		gauge_open(&g[i]);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 0, 0, 0, -1, "a", 1), 1);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 1, 0, 0, g[0].wr, "b", 1), 1);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 2, 0, 0, -1, "c", 1), 1);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 3, 0, 0, g[1].wr, NULL, 0), 1);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 4, 0, 0, g[2].wr, "d", 1), 1);
	for (i = 0; i < nitems(left); i++) {
		ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
		ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), left[i]);
	}
	/* However the reads cut it, each comes with its own. */
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(get_fd(&c.rx, 0), -1);
	fd = get_fd(&c.rx, 1);
	ATF_CHECK(gauge_is(&g[0], fd));
	close(fd);
	ATF_CHECK_EQ(get_fd(&c.rx, 2), -1);
	fd = get_fd(&c.rx, 3);
	ATF_CHECK(gauge_is(&g[1], fd));
	close(fd);
	fd = get_fd(&c.rx, 4);
	ATF_CHECK(gauge_is(&g[2], fd));
	close(fd);
	no_message(&c.rx);
	for (i = 0; i < nitems(g); i++)
		ATF_CHECK(!gauge_alive(&g[i]));
	close_channel(&c);
}

/* Rule 2: it goes with the first byte, once. */
ATF_TC_WITHOUT_HEAD(rule2_partial_send);
ATF_TC_BODY(rule2_partial_send, tc)
{
	struct channel	 c;
	struct gauge	 g, full;
	static char	 big[4 << 20];
	int		 fd, size = 4096, rounds = 0, before;

	open_channel(&c, 1);
	ATF_REQUIRE_EQ(setsockopt(c.fd[0], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)), 0);
	ATF_REQUIRE_EQ(imsgbuf_set_maxsize(&c.tx, sizeof(big)), 0);
	ATF_REQUIRE_EQ(imsgbuf_set_maxsize(&c.rx, sizeof(big)), 0);
	gauge_open(&g);
	gauge_open(&full);
	before = open_fds();
	ATF_CHECK_EQ(imsg_compose(&c.tx, 1, 0, 0, g.wr, big, sizeof(big)), 1);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 2, 0, 0, full.wr, NULL, 0), 1);
	ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 2);
	ATF_CHECK_EQ(fcntl(g.wr, F_GETFD), -1);
	/* Nothing was sent of the second: it keeps its own. */
	ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
	ATF_CHECK(fcntl(full.wr, F_GETFD) != -1);

	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK(gauge_alive(&g));
	/* The sender's copy is gone, this one has taken its place. */
	ATF_CHECK_EQ(open_fds(), before);
	while (imsgbuf_queuelen(&c.tx) > 0) {
		ATF_REQUIRE_EQ(imsgbuf_write(&c.tx), 0);
		ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
		rounds++;
	}
	ATF_CHECK(rounds > 2);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	fd = get_fd(&c.rx, 1);
	ATF_CHECK(gauge_is(&g, fd));
	close(fd);
	ATF_CHECK(!gauge_alive(&g));
	fd = get_fd(&c.rx, 2);
	ATF_CHECK(gauge_is(&full, fd));
	close(fd);
	ATF_CHECK(!gauge_alive(&full));
	close_channel(&c);
}

/* Rule 2, the other half: EAGAIN sends nothing and loses nothing. */
ATF_TC_WITHOUT_HEAD(rule2_full_socket);
ATF_TC_BODY(rule2_full_socket, tc)
{
	struct channel	 c;
	struct gauge	 g;
	struct imsg	 imsg;
	char		 b[1000] = "";
	uint32_t	 sent = 0, seen = 0;
	int		 fd = -1;

	open_channel(&c, 1);
	gauge_open(&g);
	do {
		ATF_REQUIRE_EQ(imsg_compose(&c.tx, sent++, 0, 0, -1, b,
		    sizeof(b)), 1);
		ATF_REQUIRE_EQ(imsgbuf_write(&c.tx), 0);
	} while (imsgbuf_queuelen(&c.tx) == 0);
	ATF_CHECK_EQ(imsg_compose(&c.tx, sent++, 0, 0, g.wr, NULL, 0), 1);
	ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
	ATF_CHECK(fcntl(g.wr, F_GETFD) != -1);
	while (seen < sent) {
		ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
		while (imsgbuf_get(&c.rx, &imsg) == 1) {
			ATF_REQUIRE_EQ(imsg_get_type(&imsg), seen);
			seen++;
			ATF_CHECK_EQ(fd, -1);
			fd = imsg_get_fd(&imsg);
			imsg_free(&imsg);
		}
		ATF_REQUIRE_EQ(imsgbuf_write(&c.tx), 0);
	}
	ATF_CHECK(gauge_is(&g, fd));
	close(fd);
	ATF_CHECK(!gauge_alive(&g));
	close_channel(&c);
}

/* Rule 7: off until allowed; sending without closes it instead. */
ATF_TC_WITHOUT_HEAD(rule7_off_by_default);
ATF_TC_BODY(rule7_off_by_default, tc)
{
	struct channel	 c;
	struct gauge	 g;

	open_channel(&c, 1);
	imsgbuf_clear(&c.tx);
	ATF_REQUIRE_EQ(imsgbuf_init(&c.tx, c.fd[0]), 0);
	gauge_open(&g);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 1, 0, 0, g.wr, NULL, 0), 1);
	ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 0);
	ATF_CHECK(!gauge_alive(&g));
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(get_fd(&c.rx, 1), -1);
	close_channel(&c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ownership);
	ATF_TP_ADD_TC(tp, rule1_one_per_send);
	ATF_TP_ADD_TC(tp, rule2_partial_send);
	ATF_TP_ADD_TC(tp, rule2_full_socket);
	ATF_TP_ADD_TC(tp, rule7_off_by_default);
	return (atf_no_error());
}
