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
 * A channel and a peer that does not behave: it does not read, it brings what
 * nobody asked for, it goes away.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <atf-c.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg.h"

struct side {
	struct event_base	*base;
	struct channel		*ch;
	int			 other;
	int			 got;		/* messages */
	int			 dead;
	char			 why[128];
};

static int
take(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct side	*s = arg;

	(void)ch;
	(void)imsg;
	s->got++;
	return 0;
}

static void
died(struct channel *ch, const char *why, void *arg)
{
	struct side	*s = arg;

	s->dead++;
	strlcpy(s->why, why == NULL ? "closed" : why, sizeof(s->why));
	channel_free(ch);
	s->ch = NULL;
}

static void
up(struct side *s)
{
	int	 sv[2];

	memset(s, 0, sizeof(*s));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((s->base = event_base_new()) != NULL);
	s->ch = channel_new(s->base, sv[0], PROC_PARENT, PROC_LOGGER,
	    MSG_PAYLOAD_MAX, 1, take, died, s);
	ATF_REQUIRE(s->ch != NULL);
	s->other = sv[1];
}

static void
down(struct side *s)
{
	channel_free(s->ch);
	if (s->other != -1)
		close(s->other);
	event_base_free(s->base);
}

static void
turn(struct side *s)
{
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

/* Sends until the bound has to be passed; returns what it took. */
static size_t
fill(struct side *s, size_t limit)
{
	static const char	 data[1024];
	size_t			 n, sent = 0;

	channel_set_limit(s->ch, limit);
	for (n = 0; n < 4 * limit / sizeof(data); n++) {
		ATF_REQUIRE_EQ(0, channel_send(s->ch,
		    IMSG_PARENT_CHILD_PING, 0, -1, data, sizeof(data)));
		if (channel_queued(s->ch) > sent)
			sent = channel_queued(s->ch);
	}
	return sent;
}

ATF_TC_WITHOUT_HEAD(deaf);
ATF_TC_BODY(deaf, tc)
{
	struct side	 s;
	size_t		 limit = 1024 * 1024;

	(void)tc;
	up(&s);
	ATF_CHECK(fill(&s, limit) <= limit + 2048);
	/* not from under whoever is sending */
	ATF_CHECK_EQ(0, s.dead);
	turn(&s);
	ATF_CHECK_EQ(1, s.dead);
	ATF_CHECK_STREQ("does not read what it is sent", s.why);
	down(&s);
}

ATF_TC_WITHOUT_HEAD(deaf_and_paused);
ATF_TC_BODY(deaf_and_paused, tc)
{
	struct side	 s;

	(void)tc;
	up(&s);
	channel_read_pause(s.ch, 1);
	(void)fill(&s, 65536);
	channel_read_pause(s.ch, 0);
	channel_read_pause(s.ch, 1);
	turn(&s);
	ATF_CHECK_EQ(1, s.dead);
	down(&s);
}

/* Many small messages cost more than their bytes. */
ATF_TC_WITHOUT_HEAD(small);
ATF_TC_BODY(small, tc)
{
	struct side	 s;
	int		 n;

	(void)tc;
	up(&s);
	channel_set_limit(s.ch, 65536);
	for (n = 0; n < 2000; n++)
		ATF_REQUIRE_EQ(0, channel_send(s.ch, IMSG_PARENT_CHILD_PING,
		    0, -1, NULL, 0));
	ATF_CHECK(channel_queued(s.ch) < 32768);
	turn(&s);
	ATF_CHECK_EQ(1, s.dead);
	down(&s);
}

/* Somebody who reads is never near the bound, however much he gets. */
ATF_TC_WITHOUT_HEAD(reader);
ATF_TC_BODY(reader, tc)
{
	static const char	 data[1024];
	struct side		 s;
	char			 buf[65536];
	int			 n;

	(void)tc;
	up(&s);
	channel_set_limit(s.ch, 65536);
	for (n = 0; n < 2000; n++) {
		ATF_REQUIRE_EQ(0, channel_send(s.ch, IMSG_PARENT_CHILD_PING,
		    0, -1, data, sizeof(data)));
		channel_push(s.ch);
		while (recv(s.other, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
	}
	turn(&s);
	ATF_CHECK_EQ(0, s.dead);
	down(&s);
}

/* An answer that the socket takes at once, as a whole: that is told, too. */
static int
reply(struct channel *ch, struct imsg *imsg, void *arg)
{
	static const char	 data[1024];
	int			 n;

	(void)imsg;
	(void)arg;
	for (n = 0; n < 32; n++)
		ATF_REQUIRE_EQ(0, channel_send(ch, IMSG_PARENT_CHILD_PING, 0,
		    -1, data, sizeof(data)));
	return 0;
}

static void
is_drained(struct channel *ch, void *arg)
{
	ATF_CHECK(channel_queued(ch) <= 1024);
	++*(int *)arg;
}

ATF_TC_WITHOUT_HEAD(drained);
ATF_TC_BODY(drained, tc)
{
	struct side	 s;
	struct imsgbuf	 out;
	int		 sv[2], drained = 0, size = 1024 * 1024;

	(void)tc;
	up(&s);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE_EQ(0, setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)));
	channel_free(s.ch);
	s.ch = channel_new(s.base, sv[0], PROC_PARENT, PROC_LOGGER,
	    MSG_PAYLOAD_MAX, 0, reply, died, &s);
	ATF_REQUIRE(s.ch != NULL);
	channel_set_drained(s.ch, 1024, is_drained, &drained);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&out, sv[1]));
	ATF_REQUIRE(imsg_compose(&out, IMSG_CHILD_DRAINED, 0, 0, -1, NULL,
	    0) == 1);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&out));
	turn(&s);
	ATF_CHECK_EQ(0, channel_queued(s.ch));
	turn(&s);
	ATF_CHECK(drained > 0);
	imsgbuf_clear(&out);
	close(sv[1]);
	down(&s);
}

static void
listen_again(struct channel *ch, void *arg)
{
	++*(int *)arg;
	channel_read_pause(ch, 0);
}

/*
 * Who does not read a peer before its answers have left must hear of the end
 * of a peer that will never take them.
 */
/* More than one read brings, taken in one turn and answered in one piece. */
static int
answer(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct side	*s = arg;

	(void)imsg;
	if (s->got++ % 1000 == 0)
		ATF_REQUIRE_EQ(0, channel_send(ch, IMSG_PARENT_CHILD_PING, 0,
		    -1, NULL, 0));
	ATF_CHECK_EQ((size_t)(s->got + 999) / 1000 * IMSG_HEADER_SIZE,
	    channel_queued(ch));
	return 0;
}

ATF_TC_WITHOUT_HEAD(reads);
ATF_TC_BODY(reads, tc)
{
	struct side	 s;
	struct imsgbuf	 out;
	int		 sv[2], n;

	(void)tc;
	up(&s);
	channel_free(s.ch);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	s.ch = channel_new(s.base, sv[0], PROC_PARENT, PROC_LOGGER,
	    MSG_PAYLOAD_MAX, 0, answer, died, &s);
	ATF_REQUIRE(s.ch != NULL);
	channel_set_reads(s.ch, 2);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&out, sv[1]));
	for (n = 0; n < 6000; n++)
		ATF_REQUIRE_EQ(1, imsg_compose(&out, IMSG_CHILD_DRAINED, 0, 0,
		    -1, NULL, 0));
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&out));
	turn(&s);
	ATF_CHECK_EQ(6000, s.got);
	ATF_CHECK_EQ(0, channel_queued(s.ch));
	imsgbuf_clear(&out);
	close(sv[1]);
	down(&s);
}

/* One message of lent bytes. */
static void
lend(struct side *s, const void *data, size_t len)
{
	struct ibuf	*m;

	m = channel_open(s->ch, IMSG_PARENT_CHILD_PING, 7, 4);
	ATF_REQUIRE(m != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add(m, "head", 4));
	ATF_REQUIRE_EQ(0, channel_lend(s->ch, m, data, len));
}

ATF_TC_WITHOUT_HEAD(lent);
ATF_TC_BODY(lent, tc)
{
	static const char	 fixed[10000] = "memory that cannot be wiped";
	static char		 ours[10000];
	struct imsgbuf		 in;
	struct imsg		 m;
	struct side		 s;
	struct ibuf		*b;
	char			 buf[10004];
	size_t			 n, lends = 0, got = 0;

	(void)tc;
	up(&s);
	ATF_REQUIRE((b = channel_open(s.ch, IMSG_PARENT_CHILD_PING, 7, 4)) !=
	    NULL);
	ATF_CHECK_EQ(-1, channel_lend(s.ch, b, fixed, 0));
	ATF_CHECK_EQ(-1, channel_lend(s.ch, b, fixed, MSG_PAYLOAD_MAX + 1));
	ATF_CHECK_EQ(0, channel_queued(s.ch));
	channel_abandon(b);
	/* written from where it is */
	memset(ours, 'o', sizeof(ours));
	lend(&s, fixed, sizeof(fixed));
	lend(&s, ours, sizeof(ours));
	ATF_CHECK_EQ(2 * (IMSG_HEADER_SIZE + 4 + 10000),
	    channel_queued(s.ch));
	channel_push(s.ch);
	ATF_CHECK_EQ(0, channel_queued(s.ch));
	memset(ours, 'x', sizeof(ours));
	/* more than the socket takes, some of it in the middle of a message */
	memset(ours, 'o', sizeof(ours));
	do {
		lend(&s, ours, sizeof(ours));
		channel_push(s.ch);
		lends++;
	} while (channel_queued(s.ch) == 0);
	lend(&s, ours, sizeof(ours));
	channel_keep(s.ch);
	memset(ours, 'x', sizeof(ours));
	lends++;

	ATF_REQUIRE_EQ(0, imsgbuf_init(&in, s.other));
	while (got < lends + 2) {
		ATF_REQUIRE_EQ(1, imsgbuf_read(&in));
		while (imsgbuf_get(&in, &m) == 1) {
			ATF_CHECK_EQ(7, imsg_get_id(&m));
			ATF_REQUIRE_EQ(0, imsg_get_data(&m, buf,
			    sizeof(buf)));
			ATF_CHECK_EQ(0, memcmp(buf, "head", 4));
			for (n = 0; n < 10000; n++)
				if (buf[4 + n] != (got == 0 ? fixed[n] : 'o'))
					break;
			ATF_CHECK_EQ(10000, n);
			imsg_free(&m);
			got++;
		}
		turn(&s);
	}
	ATF_CHECK_EQ(0, channel_queued(s.ch));
	imsgbuf_clear(&in);
	down(&s);
}

ATF_TC_WITHOUT_HEAD(gone_with_answers);
ATF_TC_BODY(gone_with_answers, tc)
{
	struct side	 s;
	char		 data[1024] = { 0 };
	int		 i, drained = 0;

	(void)tc;
	up(&s);
	channel_set_drained(s.ch, 1024, listen_again, &drained);
	for (i = 0; i < 4096 && channel_queued(s.ch) < 512 * 1024; i++)
		ATF_REQUIRE_EQ(0, channel_send(s.ch, IMSG_PARENT_CHILD_PING,
		    0, -1, data, sizeof(data)));
	turn(&s);
	ATF_REQUIRE(channel_queued(s.ch) > 1024);
	channel_read_pause(s.ch, 1);
	close(s.other);
	s.other = -1;
	for (i = 0; i < 4; i++)
		turn(&s);
	ATF_CHECK_EQ(1, drained);
	ATF_CHECK_EQ(1, s.dead);
	down(&s);
}

/* A descriptor with a message that promises none, and one that is right. */
ATF_TC_WITHOUT_HEAD(unasked);
ATF_TC_BODY(unasked, tc)
{
	struct side	 s;
	struct imsgbuf	 out;
	int		 fd, first, last;

	(void)tc;
	up(&s);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&out, s.other));
	imsgbuf_allow_fdpass(&out);
	ATF_REQUIRE(imsg_compose(&out, IMSG_CHILD_DRAINED, 0, 0, -1, NULL,
	    0) == 1);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&out));
	turn(&s);
	ATF_CHECK_EQ(1, s.got);

	ATF_REQUIRE((first = dup(s.other)) != -1);
	close(first);
	ATF_REQUIRE((fd = dup(s.other)) != -1);
	ATF_REQUIRE(imsg_compose(&out, IMSG_CHILD_DRAINED, 0, 0, fd, NULL,
	    0) == 1);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&out));
	turn(&s);
	ATF_CHECK_EQ(1, s.got);
	ATF_CHECK_EQ(1, s.dead);
	ATF_CHECK(strstr(s.why, "nobody asked for") != NULL);
	/* and it is closed again: the channel's own place is free */
	ATF_REQUIRE((last = dup(s.other)) != -1);
	ATF_CHECK(last <= first);
	close(last);
	imsgbuf_clear(&out);
	down(&s);
}

/* What was sent before the end is taken before the end is told. */
ATF_TC_WITHOUT_HEAD(last_words);
ATF_TC_BODY(last_words, tc)
{
	struct side	 s;
	struct imsgbuf	 out;

	(void)tc;
	up(&s);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&out, s.other));
	ATF_REQUIRE(imsg_compose(&out, IMSG_CHILD_DRAINED, 0, 0, -1, NULL,
	    0) == 1);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&out));
	imsgbuf_clear(&out);
	close(s.other);
	s.other = -1;
	/* to a peer that is gone: swallowed, the end is on its way */
	ATF_CHECK_EQ(0, channel_send(s.ch, IMSG_PARENT_CHILD_PING, 0, -1,
	    NULL, 0));
	channel_push(s.ch);
	turn(&s);
	turn(&s);
	ATF_CHECK_EQ(1, s.got);
	ATF_CHECK_EQ(1, s.dead);
	ATF_CHECK_STREQ("closed", s.why);
	down(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, deaf);
	ATF_TP_ADD_TC(tp, deaf_and_paused);
	ATF_TP_ADD_TC(tp, small);
	ATF_TP_ADD_TC(tp, reader);
	ATF_TP_ADD_TC(tp, drained);
	ATF_TP_ADD_TC(tp, reads);
	ATF_TP_ADD_TC(tp, lent);
	ATF_TP_ADD_TC(tp, gone_with_answers);
	ATF_TP_ADD_TC(tp, unasked);
	ATF_TP_ADD_TC(tp, last_words);
	return atf_no_error();
}
