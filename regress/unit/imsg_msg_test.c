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


/* The messages of imsg.h: composing them, and taking them apart. */

#include <sys/types.h>
#include <sys/uio.h>

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg_help.h"

/* Compose, carry over, get. */
static void
carry(struct channel *c, struct imsg *imsg)
{
	ATF_REQUIRE_EQ(imsgbuf_flush(&c->tx), 0);
	ATF_REQUIRE_EQ(imsgbuf_read(&c->rx), 1);
	ATF_REQUIRE_EQ(imsgbuf_get(&c->rx, imsg), 1);
}

ATF_TC_WITHOUT_HEAD(maxsize);
ATF_TC_BODY(maxsize, tc)
{
	struct channel	 c;
	struct ibuf	*msg;
	char		 b[16] = "";

	open_channel(&c, 0);
	errno = 0;
	ATF_CHECK_EQ(imsgbuf_set_maxsize(&c.tx, UINT32_MAX), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK_EQ(imsgbuf_set_maxsize(&c.tx, UINT32_MAX - 15), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK_EQ(imsgbuf_set_maxsize(&c.tx, UINT32_MAX - 16), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	errno = 0;
	ATF_CHECK_EQ(imsgbuf_set_maxsize(&c.tx, 0x7ffffff0), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(imsgbuf_set_maxsize(&c.tx, 0x7fffffef), 0);

	/* It is a bound of the payload, as the default is not. */
	ATF_CHECK_EQ(imsgbuf_set_maxsize(&c.tx, 8), 0);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 0, 0, 0, -1, b, 8), 1);
	errno = 0;
	ATF_CHECK_EQ(imsg_compose(&c.tx, 0, 0, 0, -1, b, 9), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK(imsg_create(&c.tx, 0, 0, 0, SIZE_MAX) == NULL);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_REQUIRE((msg = imsg_create(&c.tx, 0, 0, 0, 0)) != NULL);
	ATF_CHECK_EQ(ibuf_left(msg), 8);
	errno = 0;
	ATF_CHECK_EQ(imsg_set_maxsize(msg, 9), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK_EQ(imsg_set_maxsize(msg, SIZE_MAX), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(imsg_set_maxsize(msg, 4), 0);
	ATF_CHECK_EQ(imsg_add(msg, b, 4), 4);
	ATF_CHECK_EQ(imsg_add(msg, NULL, 0), 0);
	errno = 0;
	/* This one frees the message. */
	ATF_CHECK_EQ(imsg_add(msg, b, 1), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 1);
	close_channel(&c);

	open_channel(&c, 0);
	ATF_REQUIRE((msg = imsg_create(&c.tx, 0, 0, 0, 16368)) != NULL);
	ibuf_free(msg);
	ATF_CHECK(imsg_create(&c.tx, 0, 0, 0, 16369) == NULL);
	close_channel(&c);
}

ATF_TC_WITHOUT_HEAD(getters);
ATF_TC_BODY(getters, tc)
{
	struct channel	 c;
	struct imsg	 imsg;
	struct ibuf	*msg, rest;
	char		 str[8], b[32];
	uint32_t	 v;

	open_channel(&c, 0);
	ATF_REQUIRE((msg = imsg_create(&c.tx, 7, 8, 9, 2)) != NULL);
	ATF_CHECK_EQ(imsg_add(msg, "abcd", 4), 4);
	ATF_CHECK_EQ(ibuf_add_strbuf(msg, "hello", 8), 0);
	ATF_CHECK_EQ(ibuf_add(msg, "12345678", 8), 0);
	ATF_CHECK_EQ(ibuf_add_n32(msg, 77), 0);
	imsg_close(&c.tx, msg);
	carry(&c, &imsg);
	ATF_CHECK_EQ(imsg_get_type(&imsg), 7);
	ATF_CHECK_EQ(imsg_get_id(&imsg), 8);
	ATF_CHECK_EQ(imsg_get_pid(&imsg), 9);
	ATF_CHECK_EQ(imsg_get_len(&imsg), 24);

	/* All or nothing. */
	errno = 0;
	ATF_CHECK_EQ(imsg_get_data(&imsg, b, 0), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	errno = 0;
	ATF_CHECK_EQ(imsg_get_data(&imsg, b, 23), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	errno = 0;
	ATF_CHECK_EQ(imsg_get_data(&imsg, b, 25), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	ATF_CHECK_EQ(imsg_get_len(&imsg), 24);

	ATF_CHECK_EQ(imsg_get_buf(&imsg, b, 4), 0);
	ATF_CHECK_EQ(memcmp(b, "abcd", 4), 0);
	ATF_CHECK_EQ(imsg_get_len(&imsg), 20);
	errno = 0;
	ATF_CHECK_EQ(imsg_get_buf(&imsg, b, 21), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	ATF_CHECK_EQ(imsg_get_strbuf(&imsg, str, 8), 0);
	ATF_CHECK_STREQ(str, "hello");
	errno = 0;
	ATF_CHECK_EQ(imsg_get_strbuf(&imsg, str, 8), -1);
	ATF_CHECK_EQ(errno, EOVERFLOW);
	errno = 0;
	ATF_CHECK_EQ(imsg_get_strbuf(&imsg, str, 8), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	ATF_CHECK_EQ(imsg_get_ibuf(&imsg, &rest), 0);
	ATF_CHECK_EQ(imsg_get_len(&imsg), 0);
	ATF_CHECK(ibuf_get_n32(&rest, &v) == 0 && v == 77);
	errno = 0;
	ATF_CHECK_EQ(imsg_get_ibuf(&imsg, &rest), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	errno = 0;
	ATF_CHECK_EQ(imsg_get_data(&imsg, b, 1), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	imsg_free(&imsg);
	/* Harmless when there is nothing left to free. */
	imsg_free(&imsg);
	close_channel(&c);
}

ATF_TC_WITHOUT_HEAD(senders);
ATF_TC_BODY(senders, tc)
{
	struct channel	 c;
	struct imsg	 imsg;
	struct ibuf	*buf;
	struct iovec	 iov[3] = { { (void *)(intptr_t)"ab", 2 }, { NULL, 0 },
	    { (void *)(intptr_t)"cde", 3 } };
	char		 b[8];
	int		 i;

	open_channel(&c, 0);
	ATF_CHECK_EQ(imsg_composev(&c.tx, 1, 2, 3, -1, iov, 3), 1);
	carry(&c, &imsg);
	ATF_CHECK_EQ(imsg_get_data(&imsg, b, 5), 0);
	ATF_CHECK_EQ(memcmp(b, "abcde", 5), 0);

	/* Forwarding takes all of the payload, as often as wanted. */
	for (i = 0; i < 2; i++)
		ATF_CHECK_EQ(imsg_forward(&c.tx, &imsg), 1);
	imsg_free(&imsg);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 9, 0, 0, -1, NULL, 0), 1);
	carry(&c, &imsg);
	for (i = 0; i < 2; i++) {
		ATF_CHECK_EQ(imsg_get_type(&imsg), 1);
		ATF_CHECK_EQ(imsg_get_id(&imsg), 2);
		ATF_CHECK_EQ(imsg_get_pid(&imsg), 3);
		ATF_CHECK_EQ(imsg_get_data(&imsg, b, 5), 0);
		ATF_CHECK_EQ(memcmp(b, "abcde", 5), 0);
		imsg_free(&imsg);
		ATF_REQUIRE_EQ(imsgbuf_get(&c.rx, &imsg), 1);
	}
	ATF_CHECK_EQ(imsg_get_type(&imsg), 9);
	ATF_CHECK_EQ(imsg_forward(&c.tx, &imsg), 1);
	imsg_free(&imsg);
	carry(&c, &imsg);
	ATF_CHECK_EQ(imsg_get_len(&imsg), 0);
	imsg_free(&imsg);

	/* A payload in a buffer of its own counts as two entries. */
	ATF_REQUIRE((buf = ibuf_dynamic(0, 64)) != NULL);
	ATF_CHECK_EQ(ibuf_add(buf, "xabc", 4), 0);
	ATF_CHECK_EQ(ibuf_skip(buf, 1), 0);
	ATF_CHECK_EQ(imsg_compose_ibuf(&c.tx, 4, 5, 6, buf), 1);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 2);
	carry(&c, &imsg);
	ATF_CHECK_EQ(imsg_get_type(&imsg), 4);
	ATF_CHECK_EQ(imsg_get_data(&imsg, b, 3), 0);
	ATF_CHECK_EQ(memcmp(b, "abc", 3), 0);
	imsg_free(&imsg);
	/* An empty one must not stay behind in the queue. */
	ATF_REQUIRE((buf = ibuf_dynamic(0, 64)) != NULL);
	ATF_CHECK_EQ(imsg_compose_ibuf(&c.tx, 4, 5, 6, buf), 1);
	ATF_CHECK_EQ(imsgbuf_write(&c.tx), 0);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 0);
	carry(&c, &imsg);
	ATF_CHECK_EQ(imsg_get_len(&imsg), 0);
	imsg_free(&imsg);
	ATF_REQUIRE((buf = ibuf_open(16369)) != NULL);
	ATF_CHECK_EQ(ibuf_add_zero(buf, 16369), 0);
	errno = 0;
	ATF_CHECK_EQ(imsg_compose_ibuf(&c.tx, 4, 5, 6, buf), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(imsgbuf_queuelen(&c.tx), 0);
	close_channel(&c);
}

ATF_TC_WITHOUT_HEAD(parked);
ATF_TC_BODY(parked, tc)
{
	struct channel		 c;
	struct ibufqueue	*q;
	struct imsg		 imsg;
	char			 b[4];

	ATF_REQUIRE((q = ibufq_new()) != NULL);
	open_channel(&c, 0);
	ATF_CHECK_EQ(imsg_ibufq_pop(q, &imsg), 0);
	ATF_CHECK_EQ(imsg_compose(&c.tx, 5, 6, 7, -1, "abc", 3), 1);
	carry(&c, &imsg);
	ATF_CHECK_EQ(imsg_get_buf(&imsg, b, 2), 0);
	imsg_ibufq_push(q, &imsg);
	ATF_CHECK(imsg.buf == NULL);
	ATF_CHECK_EQ(imsg_ibufq_pop(q, &imsg), 1);
	ATF_CHECK_EQ(imsg_get_type(&imsg), 5);
	ATF_CHECK_EQ(imsg_get_id(&imsg), 6);
	ATF_CHECK_EQ(imsg_get_pid(&imsg), 7);
	ATF_CHECK_EQ(imsg_get_data(&imsg, b, 3), 0);
	imsg_free(&imsg);
	/* A buffer that is no message: an error, and gone. */
	ibufq_push(q, ibuf_open(4));
	errno = 0;
	ATF_CHECK_EQ(imsg_ibufq_pop(q, &imsg), -1);
	ATF_CHECK_EQ(errno, EBADMSG);
	ATF_CHECK_EQ(imsg_ibufq_pop(q, &imsg), 0);
	ibufq_free(q);

	ATF_CHECK_EQ(imsg_compose(&c.tx, 5, 6, 7, -1, "abc", 3), 1);
	ATF_CHECK_EQ(imsgbuf_flush(&c.tx), 0);
	ATF_CHECK_EQ(imsg_get(&c.rx, &imsg), 0);
	ATF_CHECK_EQ(imsgbuf_read(&c.rx), 1);
	ATF_CHECK_EQ(imsg_get(&c.rx, &imsg), 19);
	imsg_free(&imsg);
	close_channel(&c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, maxsize);
	ATF_TP_ADD_TC(tp, getters);
	ATF_TP_ADD_TC(tp, senders);
	ATF_TP_ADD_TC(tp, parked);
	return (atf_no_error());
}
