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
 * log-archiver: what it is told and tells, and its work: what was packed comes
 * out again, and anything else is noticed by one of the three.
 */

#include <sys/types.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>
#include <zlib.h>

#include "../../log-archiver/work.h"
#include "channel.h"
#include "compat.h"
#include "msg_help.h"

#define BIG	(3 * WORK_STEP + 17)

RECV(msg_work_recv, struct msg_work)
RECV(msg_done_recv, struct msg_done)

static int
r_workfile(struct imsg *imsg, void *out)
{
	int	 fd, r;

	if ((r = msg_workfile_recv(imsg, out, &fd)) == 0)
		close(fd);
	return r;
}

ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	struct msg_work	 work = { .work = ARCHIVE_COMPARE, .size = 1ULL << 40 };
	struct msg_done	 done = { .reason = "no_space", .in = 7, .out = 8 };
	struct msg_done	 got;
	struct imsg	 imsg;
	struct wire	 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_workfile_send(w.ch, ARCHIVE_PIPE, null_fd()) == 0);
	cut(&w, r_workfile, 0, 1);
	ATF_REQUIRE(msg_work_send(w.ch, &work) == 0);
	cut(&w, r_msg_work_recv, 0, 0);
	ATF_REQUIRE(msg_done_send(w.ch, &done) == 0);
	cut(&w, r_msg_done_recv, 0, 0);

	ATF_REQUIRE(msg_done_send(w.ch, &done) == 0);
	wire_get(&w, &imsg);
	ATF_REQUIRE(msg_done_recv(&imsg, &got) == 0);
	ATF_CHECK_STREQ(got.reason, "no_space");
	ATF_CHECK(got.in == 7 && got.out == 8);
	imsg_free(&imsg);
	strlcpy(done.reason, "Not a word", sizeof(done.reason));
	ATF_REQUIRE(msg_done_send(w.ch, &done) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_done_recv(&imsg, &got) == -1);
	imsg_free(&imsg);
	work.work = ARCHIVE_WORKS;
	ATF_REQUIRE(msg_work_send(w.ch, &work) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_work_recv(&imsg, &work) == -1);
	imsg_free(&imsg);
	wire_down(&w);
}

/* A file of these bytes, opened at its beginning; a new name each time. */
static int
file_of(const void *p, size_t len)
{
	char	 name[] = "file.XXXXXX";
	int	 fd;

	ATF_REQUIRE((fd = mkstemp(name)) != -1);
	ATF_REQUIRE(write(fd, p, len) == (ssize_t)len);
	ATF_REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Does all of it, and returns how it ended. */
static const char *
run(enum archive_work what, int original, int packed, int pipe, uint64_t size,
    uint64_t *in, uint64_t *out)
{
	int		 files[ARCHIVE_FILES] = { original, packed, pipe };
	static char	 reason[MSG_TOKEN_SIZE];
	struct work	*w;

	ATF_REQUIRE((w = work_new(what, files, size)) != NULL);
	while (work_step(w))
		;
	strlcpy(reason, work_reason(w), sizeof(reason));
	*in = work_in(w);
	*out = work_out(w);
	work_free(w);
	if (original != -1)
		(void)lseek(original, 0, SEEK_SET);
	if (packed != -1)
		(void)lseek(packed, 0, SEEK_SET);
	if (pipe != -1)
		(void)lseek(pipe, 0, SEEK_SET);
	return reason;
}

/* Lines as there are in logs, so that they get smaller. */
static void
fill(char *p, size_t len)
{
	size_t	 i, n;

	for (i = 0; i < len; i += n) {
		n = len - i < 100 ? len - i : 100;
		memset(p + i, 'a' + (int)(i / 100 % 26), n);
		p[i + n - 1] = '\n';
	}
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static const size_t	 sizes[] = { 1, 99, WORK_STEP - 1, WORK_STEP,
				    WORK_STEP + 1, 2 * WORK_STEP, BIG };
	static char		 text[BIG], got[BIG + 1];
	uint64_t		 in, out, packed_size;
	size_t			 i;
	gzFile			 gz;
	int			 original, packed, plain;

	(void)tc;
	fill(text, sizeof(text));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		original = file_of(text, sizes[i]);
		packed = file_of("", 0);
		plain = file_of("", 0);
		ATF_CHECK_STREQ("", run(ARCHIVE_PACK, original, packed, -1,
		    sizes[i], &in, &packed_size));
		ATF_CHECK_EQ(sizes[i], in);
		ATF_CHECK(sizes[i] < 1000 || packed_size < sizes[i] / 10);
		ATF_CHECK_STREQ("", run(ARCHIVE_UNPACK, -1, packed, plain,
		    sizes[i], &in, &out));
		ATF_CHECK_EQ(packed_size, in);
		ATF_CHECK_EQ(sizes[i], out);
		ATF_CHECK_STREQ("", run(ARCHIVE_COMPARE, original, -1, plain,
		    sizes[i], &in, &out));
		ATF_CHECK_EQ(sizes[i], in);
		ATF_CHECK_EQ(sizes[i], out);
		/* and another reader's opinion */
		ATF_REQUIRE((gz = gzdopen(packed, "rb")) != NULL);
		ATF_CHECK_EQ((int)sizes[i], gzread(gz, got, sizeof(got)));
		ATF_CHECK(memcmp(got, text, sizes[i]) == 0);
		ATF_CHECK_EQ(0, gzdirect(gz));
		gzclose(gz);
		close(original);
		close(plain);
	}
}

ATF_TC_WITHOUT_HEAD(damage);
ATF_TC_BODY(damage, tc)
{
	static char	 text[BIG], bytes[BIG];
	uint64_t	 in, out, n;
	size_t		 len;
	ssize_t		 got;
	int		 original, packed, plain, bad;

	(void)tc;
	fill(text, sizeof(text));
	original = file_of(text, sizeof(text));
	packed = file_of("", 0);
	ATF_REQUIRE_STREQ("", run(ARCHIVE_PACK, original, packed, -1,
	    sizeof(text), &in, &n));
	got = read(packed, bytes, sizeof(bytes));
	ATF_REQUIRE(got == (ssize_t)n && n > 100);
	len = (size_t)n;

	/* any byte changed, any end cut off, anything added */
	for (n = 0; n < len; n += 1 + len / 61) {
		bytes[n] ^= 0x10;
		bad = file_of(bytes, len);
		plain = file_of("", 0);
		if (run(ARCHIVE_UNPACK, -1, bad, plain, sizeof(text), &in,
		    &out)[0] == '\0')
			/* of the head, some say nothing about the content */
			ATF_CHECK_STREQ("", run(ARCHIVE_COMPARE, original, -1,
			    plain, sizeof(text), &in, &out));
		close(plain);
		close(bad);
		bytes[n] ^= 0x10;
		bad = file_of(bytes, n);
		plain = open("/dev/null", O_WRONLY);
		ATF_CHECK_STREQ("damaged", run(ARCHIVE_UNPACK, -1, bad, plain,
		    sizeof(text), &in, &out));
		close(plain);
		close(bad);
	}
	bytes[len] = 'x';
	bad = file_of(bytes, len + 1);
	plain = open("/dev/null", O_WRONLY);
	ATF_CHECK_STREQ("damaged", run(ARCHIVE_UNPACK, -1, bad, plain,
	    sizeof(text), &in, &out));
	/* more comes out of it than there was */
	lseek(packed, 0, SEEK_SET);
	ATF_CHECK_STREQ("too_large", run(ARCHIVE_UNPACK, -1, packed, plain,
	    sizeof(text) - 1, &in, &out));
}

ATF_TC_WITHOUT_HEAD(differs);
ATF_TC_BODY(differs, tc)
{
	static char	 text[BIG];
	uint64_t	 in, out;
	size_t		 i;
	int		 original, other;

	(void)tc;
	fill(text, sizeof(text));
	original = file_of(text, sizeof(text));
	for (i = 0; i < sizeof(text); i += sizeof(text) / 7) {
		text[i] ^= 1;
		other = file_of(text, sizeof(text));
		text[i] ^= 1;
		ATF_CHECK_STREQ("differs", run(ARCHIVE_COMPARE, original, -1,
		    other, sizeof(text), &in, &out));
		close(other);
	}
	other = file_of(text, sizeof(text) - 1);
	ATF_CHECK_STREQ("differs", run(ARCHIVE_COMPARE, original, -1, other,
	    sizeof(text), &in, &out));
	ATF_CHECK_STREQ("differs", run(ARCHIVE_COMPARE, other, -1, original,
	    sizeof(text), &in, &out));
	/* all that is there is equal, and it is not all */
	ATF_CHECK_STREQ("changed", run(ARCHIVE_COMPARE, original, -1,
	    file_of(text, sizeof(text)), sizeof(text) + 1, &in, &out));
	ATF_CHECK_STREQ("differs", run(ARCHIVE_COMPARE, original, -1,
	    file_of("", 0), sizeof(text), &in, &out));
}

ATF_TC_WITHOUT_HEAD(cannot);
ATF_TC_BODY(cannot, tc)
{
	static char	 text[BIG];
	struct rlimit	 rl = { 100, 100 };
	int		 none[ARCHIVE_FILES] = { -1, -1, -1 };
	int		 fd, sink, fds[2];
	uint64_t	 in, out;

	(void)tc;
	arc4random_buf(text, sizeof(text));
	fd = file_of(text, sizeof(text));
	ATF_REQUIRE((sink = open("/dev/null", O_WRONLY)) != -1);
	/* it grew, or shrank, since somebody looked */
	ATF_CHECK_STREQ("changed", run(ARCHIVE_PACK, fd, sink, -1,
	    sizeof(text) - 1, &in, &out));
	ATF_CHECK_STREQ("changed", run(ARCHIVE_PACK, fd, sink, -1,
	    sizeof(text) + 1, &in, &out));
	ATF_CHECK(work_new(ARCHIVE_PACK, none, 1) == NULL);
	/* nobody reads the pipe any more */
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE(pipe(fds) == 0);
	close(fds[0]);
	ATF_CHECK_STREQ("io_error", run(ARCHIVE_PACK, fd, fds[1], -1,
	    sizeof(text), &in, &out));
	if ((fds[0] = open("/dev/full", O_WRONLY)) != -1)
		ATF_CHECK_STREQ("no_space", run(ARCHIVE_PACK, fd, fds[0], -1,
		    sizeof(text), &in, &out));
	fds[0] = file_of("", 0);
	ATF_REQUIRE(setrlimit(RLIMIT_FSIZE, &rl) == 0);
	ATF_CHECK_STREQ("too_large", run(ARCHIVE_PACK, fd, fds[0], -1,
	    sizeof(text), &in, &out));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, damage);
	ATF_TP_ADD_TC(tp, differs);
	ATF_TP_ADD_TC(tp, cannot);
	return atf_no_error();
}
