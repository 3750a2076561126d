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


/* The channels of imsg.h as a stream: framing, bounds and I/O. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atf-c.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg_help.h"

#define PID	4242

static void
raw_header(int fd, uint32_t len)
{
	struct imsg_hdr	 hdr = { .type = 1, .len = len };

	raw_send(fd, &hdr, sizeof(hdr), NULL, 0);
}

/* The payload that message n of the sequence below has. */
static size_t
fill(unsigned char *p, unsigned int n)
{
	static const size_t	 lens[] = { 0, 1, 16, 0, 3, 300, 15, 17 };
	size_t			 i, len = lens[n % nitems(lens)];

	for (i = 0; i < len; i++)
		p[i] = (unsigned char)(n * 31 + i * 7);
	return (len);
}

#define NSEQ	8

/* Put the bytes of a sequence of messages into a buffer. */
static size_t
sequence(unsigned char *out, size_t size)
{
	struct channel	 c;
	unsigned char	 p[512];
	unsigned int	 n;
	ssize_t		 len;

	open_channel(&c, 0);
	for (n = 0; n < NSEQ; n++)
		ATF_REQUIRE_EQ(imsg_compose(&c.tx, n, 100 + n, PID, -1, p,
		    fill(p, n)), 1);
	ATF_REQUIRE_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_REQUIRE((len = read(c.fd[1], out, size)) > 0);
	ATF_REQUIRE((size_t)len < size);
	close_channel(&c);
	return ((size_t)len);
}

/* Get what is complete and compare; returns the next number expected. */
static unsigned int
check_sequence(struct imsgbuf *rx, unsigned int n)
{
	struct imsg	 imsg;
	unsigned char	 p[512], got[512];
	size_t		 len;
	int		 r;

	while ((r = imsgbuf_get(rx, &imsg)) == 1) {
		len = fill(p, n);
		ATF_REQUIRE_EQ(imsg_get_type(&imsg), n);
		ATF_REQUIRE_EQ(imsg_get_id(&imsg), 100 + n);
		ATF_REQUIRE_EQ(imsg_get_pid(&imsg), PID);
		ATF_REQUIRE_EQ(imsg_get_len(&imsg), len);
		ATF_REQUIRE_EQ(imsg_get_fd(&imsg), -1);
		ATF_REQUIRE_EQ(imsg.hdr.len, len + IMSG_HEADER_SIZE);
		if (len > 0) {
			ATF_REQUIRE(imsg.data != NULL);
			ATF_REQUIRE_EQ(imsg_get_data(&imsg, got, len), 0);
			ATF_REQUIRE_EQ(memcmp(got, p, len), 0);
		} else
			ATF_REQUIRE(imsg.data == NULL);
		imsg_free(&imsg);
		n++;
	}
	ATF_REQUIRE_EQ(r, 0);
	return (n);
}

ATF_TC_WITHOUT_HEAD(wire_format);
ATF_TC_BODY(wire_format, tc)
{
	struct channel	 c;
	uint32_t	 hdr[4];
	unsigned char	 b[64];

	ATF_CHECK_EQ(IMSG_HEADER_SIZE, 16);
	ATF_CHECK_EQ(MAX_IMSGSIZE, 16384);
	open_channel(&c, 0);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 0x01020304, 0x05060708, 0, -1, "abc",
	    3), 1);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 1);
	ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 0);
	ATF_REQUIRE_EQ(read(c.fd[1], b, sizeof(b)), 19);
	memcpy(hdr, b, sizeof(hdr));
	ATF_CHECK_EQ(hdr[0], 0x01020304);
	ATF_CHECK_EQ(hdr[1], 19);
	ATF_CHECK_EQ(hdr[2], 0x05060708);
	ATF_CHECK_EQ(hdr[3], (uint32_t)getpid());
	ATF_CHECK_EQ(memcmp(b + 16, "abc", 3), 0);
	close_channel(&c);
}

ATF_TC_WITHOUT_HEAD(split_anywhere);
ATF_TC_BODY(split_anywhere, tc)
{
	struct channel	 c;
	unsigned char	 b[2048];
	size_t		 at, len;
	unsigned int	 n;
	int		 fdpass;

	len = sequence(b, sizeof(b));
	for (fdpass = 0; fdpass <= 1; fdpass++) {
		for (at = 1; at < len; at++) {
			open_channel(&c, fdpass);
			raw_send(c.fd[0], b, at, NULL, 0);
			ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
			n = check_sequence(&c.rx, 0);
			ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
			ATF_REQUIRE_EQ(check_sequence(&c.rx, n), n);
			raw_send(c.fd[0], b + at, len - at, NULL, 0);
			ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
			ATF_REQUIRE_EQ(check_sequence(&c.rx, n), NSEQ);
			close_channel(&c);
		}
		/* Byte by byte, twice over. */
		open_channel(&c, fdpass);
		for (n = 0, at = 0; at < 2 * len; at++) {
			raw_send(c.fd[0], b + at % len, 1, NULL, 0);
			ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
			n = check_sequence(&c.rx, n == NSEQ ? 0 : n);
		}
		ATF_REQUIRE_EQ(n, NSEQ);
		close_channel(&c);
	}
}

/* Messages far above the read buffer and the default bound. */
ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	struct channel	 c;
	struct imsg	 imsg;
	unsigned char	*p, *got;
	size_t		 i, len;
	uint32_t	 sent = 0, seen = 0;
	const size_t	 max = 128 * 1024;
	int		 fdpass;

	ATF_REQUIRE((p = malloc(max + 1)) != NULL);
	ATF_REQUIRE((got = malloc(max)) != NULL);
	for (i = 0; i <= max; i++)
		p[i] = (unsigned char)(i % 251);
	for (fdpass = 0; fdpass <= 1; fdpass++) {
		open_channel(&c, fdpass);
		ATF_REQUIRE_EQ(imsgbuf_set_maxsize(&c.tx, max), 0);
		ATF_REQUIRE_EQ(imsgbuf_set_maxsize(&c.rx, max), 0);
		errno = 0;
		ATF_CHECK_EQ(imsg_compose(&c.tx, 0, 0, 0, -1, p, max + 1),
		    -1);
		ATF_CHECK_EQ(errno, ERANGE);
		for (sent = seen = 0; seen < 64;) {
			if (sent < 64) {
				len = sent % 3 == 0 ? max : sent * 997;
				ATF_REQUIRE_EQ(imsg_compose(&c.tx, sent++, 0,
				    0, -1, p, len), 1);
			}
			ATF_REQUIRE_EQ(imsgbuf_write(&c.tx), 0);
			ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
			while (imsgbuf_get(&c.rx, &imsg) == 1) {
				ATF_REQUIRE_EQ(imsg_get_type(&imsg), seen);
				len = seen % 3 == 0 ? max : seen * 997;
				seen++;
				ATF_REQUIRE_EQ(imsg_get_data(&imsg, got, len),
				    0);
				ATF_REQUIRE_EQ(memcmp(p, got, len), 0);
				imsg_free(&imsg);
			}
		}
		/* One byte over on the wire. */
		raw_header(c.fd[0], (uint32_t)(max + 17));
		errno = 0;
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
		ATF_CHECK_EQ(errno, ERANGE);
		close_channel(&c);
	}
	free(p);
	free(got);
}

ATF_TC_WITHOUT_HEAD(bad_length);
ATF_TC_BODY(bad_length, tc)
{
	static const uint32_t	 lens[] = { 0, 1, 15, 16385, 0x7fffffff,
	    0x80000000, 0x8000000f, 0x80004001, 0xffffffff };
	struct channel	 c;
	struct imsg	 imsg;
	size_t		 i;

	for (i = 0; i < 2 * nitems(lens); i++) {
		open_channel(&c, i & 1);
		/* Good, bad, good: only the first one is believed. */
		raw_header(c.fd[0], 16);
		raw_header(c.fd[0], lens[i / 2]);
		raw_header(c.fd[0], 16);
		errno = 0;
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
		ATF_CHECK_EQ(errno, ERANGE);
		ATF_REQUIRE_EQ(imsgbuf_get(&c.rx, &imsg), 1);
		imsg_free(&imsg);
		ATF_CHECK_EQ(imsgbuf_get(&c.rx, &imsg), 0);
		/* For good. */
		raw_header(c.fd[0], 16);
		errno = 0;
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
		ATF_CHECK_EQ(errno, ERANGE);
		ATF_CHECK_EQ(imsgbuf_get(&c.rx, &imsg), 0);
		close_channel(&c);
	}
	/* Both bounds themselves are fine. */
	open_channel(&c, 0);
	raw_header(c.fd[0], 16);
	raw_header(c.fd[0], 16384);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_REQUIRE_EQ(imsgbuf_get(&c.rx, &imsg), 1);
	imsg_free(&imsg);
	ATF_CHECK_EQ(imsgbuf_get(&c.rx, &imsg), 0);
	close_channel(&c);
}

ATF_TC_WITHOUT_HEAD(nothing_and_end);
ATF_TC_BODY(nothing_and_end, tc)
{
	struct channel	 c;
	struct imsg	 imsg;
	int		 fdpass;

	for (fdpass = 0; fdpass <= 1; fdpass++) {
		open_channel(&c, fdpass);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
		ATF_CHECK_EQ(imsgbuf_get(&c.rx, &imsg), 0);
		/* In the middle of a message: the end all the same. */
		raw_header(c.fd[0], 20);
		raw_send(c.fd[0], "a", 1, NULL, 0);
		ATF_REQUIRE_EQ(shutdown(c.fd[0], SHUT_WR), 0);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 0);
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), 0);
		ATF_CHECK_EQ(imsgbuf_get(&c.rx, &imsg), 0);

		/* The reader is gone: an error, not a signal. */
		imsgbuf_clear(&c.rx);
		imsgbuf_clear(&c.rx);
		ATF_CHECK_EQ(imsgbuf_queuelen(&c.rx), 0);
		close_channel(&c);
		open_channel(&c, fdpass);
		close(c.fd[1]);
		ATF_CHECK_EQ(imsg_compose(&c.tx, 0, 0, 0, -1, NULL, 0), 1);
		errno = 0;
		ATF_CHECK_EQ(imsgbuf_write(&c.tx), -1);
		ATF_CHECK_EQ(errno, EPIPE);
		errno = 0;
		ATF_CHECK_EQ(imsgbuf_flush(&c.tx), -1);
		ATF_CHECK_EQ(errno, EPIPE);
		ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 1);
		c.fd[1] = -1;
		close_channel(&c);

		ATF_REQUIRE_EQ(imsgbuf_init(&c.rx, -1), 0);
		if (fdpass)
			imsgbuf_allow_fdpass(&c.rx);
		errno = 0;
		ATF_CHECK_EQ(imsgbuf_read(&c.rx), -1);
		ATF_CHECK_EQ(errno, EBADF);
		imsgbuf_clear(&c.rx);
	}
}

/* A full socket is no failure, and more than IOV_MAX entries take turns. */
ATF_TC_WITHOUT_HEAD(backlog);
ATF_TC_BODY(backlog, tc)
{
	struct channel	 c;
	struct imsg	 imsg;
	uint32_t	 n = 0, sent = 0;
	static char	 b[1000];
	int		 fdpass;

	for (fdpass = 0; fdpass <= 1; fdpass++) {
		open_channel(&c, fdpass);
		for (sent = 0; sent < 3 * IOV_MAX; sent++)
			ATF_REQUIRE_EQ(imsg_compose(&c.tx, sent, 0, 0, -1, b,
			    sent % sizeof(b)), 1);
		ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), sent);
		do {
			n = imsgbuf_queuelen(&c.tx);
			ATF_REQUIRE_EQ(imsgbuf_write(&c.tx), 0);
		} while (imsgbuf_queuelen(&c.tx) < n);
		ATF_REQUIRE(n > 0);
		for (n = 0; n < sent;) {
			ATF_REQUIRE_EQ(imsgbuf_write(&c.tx), 0);
			ATF_REQUIRE_EQ(imsgbuf_read(&c.rx), 1);
			while (imsgbuf_get(&c.rx, &imsg) == 1) {
				ATF_REQUIRE_EQ(imsg_get_type(&imsg), n);
				ATF_REQUIRE_EQ(imsg_get_len(&imsg),
				    n % sizeof(b));
				imsg_free(&imsg);
				n++;
			}
		}
		ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 0);
		close_channel(&c);
	}
}

static volatile sig_atomic_t	 alarms;
static int			 alarm_fd;

/* The third signal brings the message that the read is waiting for. */
static void
on_alarm(int sig)
{
	struct imsg_hdr	 hdr = { .type = 1, .len = sizeof(hdr) };

	(void)sig;
	if (++alarms == 3 &&
	    write(alarm_fd, &hdr, sizeof(hdr)) != sizeof(hdr))
		_exit(1);
}

ATF_TC_WITHOUT_HEAD(interrupted_read);
ATF_TC_BODY(interrupted_read, tc)
{
	struct sigaction	 sa = { .sa_handler = on_alarm };
	struct itimerval	 often = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval	 off = { { 0, 0 }, { 0, 0 } };
	struct imsgbuf		 rx;
	struct imsg		 imsg;
	int			 fd[2], fdpass;

	ATF_REQUIRE_EQ(sigaction(SIGALRM, &sa, NULL), 0);
	for (fdpass = 0; fdpass <= 1; fdpass++) {
		ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		ATF_REQUIRE_EQ(imsgbuf_init(&rx, fd[1]), 0);
		if (fdpass)
			imsgbuf_allow_fdpass(&rx);
		alarms = 0;
		alarm_fd = fd[0];
		ATF_REQUIRE_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
		ATF_CHECK_EQ(imsgbuf_read(&rx), 1);
		ATF_REQUIRE_EQ(setitimer(ITIMER_REAL, &off, NULL), 0);
		ATF_CHECK(alarms >= 3);
		ATF_REQUIRE_EQ(imsgbuf_get(&rx, &imsg), 1);
		imsg_free(&imsg);
		imsgbuf_clear(&rx);
		close(fd[0]);
		close(fd[1]);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wire_format);
	ATF_TP_ADD_TC(tp, split_anywhere);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, bad_length);
	ATF_TP_ADD_TC(tp, nothing_and_end);
	ATF_TP_ADD_TC(tp, backlog);
	ATF_TP_ADD_TC(tp, interrupted_read);
	return (atf_no_error());
}
