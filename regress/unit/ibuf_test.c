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


/* The byte buffers of imsg.h and their plain queues. */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg.h"

static struct ibuf *
dynamic(size_t len, size_t max)
{
	struct ibuf	*buf;

	ATF_REQUIRE((buf = ibuf_dynamic(len, max)) != NULL);
	return (buf);
}

/* Does this end in abort(3)? */
static int
aborts(void (*fn)(struct ibuf *))
{
	struct rlimit	 none = { 0, 0 };
	struct ibuf	 window;
	char		 mem[8] = "";
	pid_t		 pid;
	int		 status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		ibuf_from_buffer(&window, mem, sizeof(mem));
		fn(&window);
		_exit(0);
	}
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

ATF_TC_WITHOUT_HEAD(open_is_fixed);
ATF_TC_BODY(open_is_fixed, tc)
{
	struct ibuf	*buf;

	errno = 0;
	ATF_CHECK(ibuf_open(0) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);

	ATF_REQUIRE((buf = ibuf_open(4)) != NULL);
	ATF_CHECK_EQ(ibuf_size(buf), 0);
	ATF_CHECK_EQ(ibuf_left(buf), 4);
	ATF_CHECK_EQ(ibuf_add(buf, "abc", 3), 0);
	ATF_CHECK_EQ(ibuf_size(buf), 3);
	ATF_CHECK_EQ(ibuf_left(buf), 1);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add(buf, "de", 2), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(ibuf_size(buf), 3);
	ATF_CHECK_EQ(ibuf_add(buf, "d", 1), 0);
	ATF_CHECK_EQ(ibuf_add(buf, NULL, 0), 0);
	ATF_CHECK_EQ(ibuf_left(buf), 0);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "abcd", 4), 0);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(dynamic_grows_to_max);
ATF_TC_BODY(dynamic_grows_to_max, tc)
{
	struct ibuf	*buf;
	unsigned char	*p;
	size_t		 i;

	errno = 0;
	ATF_CHECK(ibuf_dynamic(0, 0) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);
	errno = 0;
	ATF_CHECK(ibuf_dynamic(2, 1) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);

	buf = dynamic(0, 1000);
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ(ibuf_add_n8(buf, i & 0xff), 0);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add_n8(buf, 0), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(ibuf_size(buf), 1000);
	p = ibuf_data(buf);
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ(p[i], i & 0xff);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add(buf, p, SIZE_MAX), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ibuf_free(buf);

	/* A bound near the end of the address space must not wrap. */
	buf = dynamic(1, SIZE_MAX);
	ATF_CHECK_EQ(ibuf_add(buf, "abc", 3), 0);
	errno = 0;
	ATF_CHECK(ibuf_reserve(buf, SIZE_MAX - 2) == NULL);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(ibuf_size(buf), 3);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static const unsigned char	 be[] = { 0xfe, 0x01, 0x02, 0x11, 0x12,
	    0x13, 0x14, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28 };
	struct ibuf	*buf = dynamic(0, 64);
	uint8_t		 v8;
	uint16_t	 v16;
	uint32_t	 v32;
	uint64_t	 v64;

	ATF_CHECK_EQ(ibuf_add_n8(buf, 0xfe), 0);
	ATF_CHECK_EQ(ibuf_add_n16(buf, 0x0102), 0);
	ATF_CHECK_EQ(ibuf_add_n32(buf, 0x11121314), 0);
	ATF_CHECK_EQ(ibuf_add_n64(buf, 0x2122232425262728), 0);
	ATF_CHECK_EQ(ibuf_size(buf), sizeof(be));
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), be, sizeof(be)), 0);
	ATF_CHECK_EQ(ibuf_add_h16(buf, 0xfedc), 0);
	ATF_CHECK_EQ(ibuf_add_h32(buf, 0xfedcba98), 0);
	ATF_CHECK_EQ(ibuf_add_h64(buf, UINT64_MAX), 0);
	v16 = 0xfedc;
	ATF_CHECK_EQ(memcmp(ibuf_seek(buf, sizeof(be), 2), &v16, 2), 0);

	ATF_CHECK_EQ(ibuf_get_n8(buf, &v8), 0);
	ATF_CHECK_EQ(v8, 0xfe);
	ATF_CHECK_EQ(ibuf_get_n16(buf, &v16), 0);
	ATF_CHECK_EQ(v16, 0x0102);
	ATF_CHECK_EQ(ibuf_get_n32(buf, &v32), 0);
	ATF_CHECK_EQ(v32, 0x11121314);
	ATF_CHECK_EQ(ibuf_get_n64(buf, &v64), 0);
	ATF_CHECK_EQ(v64, 0x2122232425262728);
	ATF_CHECK_EQ(ibuf_get_h16(buf, &v16), 0);
	ATF_CHECK_EQ(v16, 0xfedc);
	ATF_CHECK_EQ(ibuf_get_h32(buf, &v32), 0);
	ATF_CHECK_EQ(v32, 0xfedcba98);
	ATF_CHECK_EQ(ibuf_get_h64(buf, &v64), 0);
	ATF_CHECK_EQ(v64, UINT64_MAX);
	ATF_CHECK_EQ(ibuf_size(buf), 0);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(numbers_too_wide);
ATF_TC_BODY(numbers_too_wide, tc)
{
	struct ibuf	*buf = dynamic(0, 64);

#define WIDE(call) do {							\
	errno = 0;							\
	ATF_CHECK_EQ(call, -1);						\
	ATF_CHECK_EQ(errno, EINVAL);					\
} while (0)
	WIDE(ibuf_add_n8(buf, 0x100));
	WIDE(ibuf_add_n16(buf, 0x10000));
	WIDE(ibuf_add_n32(buf, 0x100000000));
	WIDE(ibuf_add_h16(buf, 0x10000));
	WIDE(ibuf_add_h32(buf, 0x100000000));
	WIDE(ibuf_add_n8(buf, (uint64_t)-1));
	ATF_CHECK_EQ(ibuf_size(buf), 0);
	ATF_CHECK_EQ(ibuf_add_zero(buf, 8), 0);
	WIDE(ibuf_set_n8(buf, 0, 0x100));
	WIDE(ibuf_set_n16(buf, 0, 0x10000));
	WIDE(ibuf_set_n32(buf, 0, 0x100000000));
	WIDE(ibuf_set_h16(buf, 0, 0x10000));
	WIDE(ibuf_set_h32(buf, 0, 0x100000000));
#undef WIDE
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "\0\0\0\0\0\0\0\0", 8), 0);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(short_reads);
ATF_TC_BODY(short_reads, tc)
{
	struct ibuf	*buf = dynamic(0, 64), window;
	char		 str[8];
	uint8_t		 v8;
	uint16_t	 v16;
	uint32_t	 v32;
	uint64_t	 v64;

#define SHORT(call) do {						\
	size_t _size = ibuf_size(buf);					\
	errno = 0;							\
	ATF_CHECK_EQ(call, -1);						\
	ATF_CHECK_EQ(errno, EBADMSG);					\
	ATF_CHECK_EQ(ibuf_size(buf), _size);				\
} while (0)
	SHORT(ibuf_get_n8(buf, &v8));
	ibuf_add_n8(buf, 1);
	SHORT(ibuf_get_n16(buf, &v16));
	SHORT(ibuf_get_h16(buf, &v16));
	ibuf_add_n16(buf, 1);
	SHORT(ibuf_get_n32(buf, &v32));
	SHORT(ibuf_get_h32(buf, &v32));
	ibuf_add_n32(buf, 1);
	SHORT(ibuf_get_n64(buf, &v64));
	SHORT(ibuf_get_h64(buf, &v64));
	SHORT(ibuf_get(buf, str, sizeof(str)));
	SHORT(ibuf_get_strbuf(buf, str, sizeof(str)));
	SHORT(ibuf_skip(buf, 8));
	SHORT(ibuf_skip(buf, SIZE_MAX));
	SHORT(ibuf_get_ibuf(buf, 8, &window));
#undef SHORT
	errno = 0;
	ATF_CHECK(ibuf_get_string(buf, 8) == NULL);
	ATF_CHECK_EQ(errno, EBADMSG);
	ATF_CHECK_EQ(ibuf_size(buf), 7);
	ATF_CHECK_EQ(ibuf_skip(buf, 7), 0);
	ATF_CHECK_EQ(ibuf_get(buf, NULL, 0), 0);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	struct ibuf	*buf = dynamic(0, 64);
	char		 str[8], *s;

	ATF_CHECK_EQ(ibuf_add_strbuf(buf, "abc", 8), 0);
	ATF_CHECK_EQ(ibuf_size(buf), 8);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "abc\0\0\0\0\0", 8), 0);
	ATF_CHECK_EQ(ibuf_add_strbuf(buf, "1234567", 8), 0);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add_strbuf(buf, "12345678", 8), -1);
	ATF_CHECK_EQ(errno, EOVERFLOW);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add_strbuf(buf, "", 0), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add_strbuf(buf, "", 49), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(ibuf_size(buf), 16);

	ATF_CHECK_EQ(ibuf_get_strbuf(buf, str, 8), 0);
	ATF_CHECK_STREQ(str, "abc");
	ATF_CHECK_EQ(ibuf_get_strbuf(buf, str, 8), 0);
	ATF_CHECK_STREQ(str, "1234567");
	errno = 0;
	ATF_CHECK_EQ(ibuf_get_strbuf(buf, str, 0), -1);
	ATF_CHECK_EQ(errno, EINVAL);

	/* A field of a peer that forgot the NUL. */
	ibuf_add(buf, "12345678", 8);
	errno = 0;
	ATF_CHECK_EQ(ibuf_get_strbuf(buf, str, 8), -1);
	ATF_CHECK_EQ(errno, EOVERFLOW);
	ATF_CHECK_STREQ(str, "1234567");

	ibuf_add(buf, "abcde\0gh", 8);
	ATF_REQUIRE((s = ibuf_get_string(buf, 3)) != NULL);
	ATF_CHECK_STREQ(s, "abc");
	free(s);
	ATF_REQUIRE((s = ibuf_get_string(buf, 5)) != NULL);
	ATF_CHECK_STREQ(s, "de");
	free(s);
	ATF_CHECK_EQ(ibuf_size(buf), 0);
	ATF_REQUIRE((s = ibuf_get_string(buf, 0)) != NULL);
	ATF_CHECK_STREQ(s, "");
	free(s);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(set_and_seek);
ATF_TC_BODY(set_and_seek, tc)
{
	struct ibuf	*buf = dynamic(0, 64);
	uint16_t	 v16;
	uint32_t	 v32;
	uint64_t	 v64;

	ATF_CHECK(ibuf_seek(buf, 0, 0) != NULL);
	ATF_CHECK_EQ(ibuf_add(buf, "0123456789abcdef", 16), 0);
	ATF_CHECK_EQ(ibuf_skip(buf, 2), 0);
	/* Positions count from what is unread. */
	ATF_CHECK_EQ(ibuf_set(buf, 0, "X", 1), 0);
	ATF_CHECK_EQ(ibuf_set(buf, 13, "Y", 1), 0);
	ATF_CHECK_EQ(ibuf_set(buf, 14, NULL, 0), 0);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "X3456789abcdeY", 14), 0);
#define OUTSIDE(call) do {						\
	errno = 0;							\
	ATF_CHECK(call);						\
	ATF_CHECK_EQ(errno, ERANGE);					\
} while (0)
	OUTSIDE(ibuf_set(buf, 14, "Z", 1) == -1);
	OUTSIDE(ibuf_set(buf, 15, NULL, 0) == -1);
	OUTSIDE(ibuf_set(buf, SIZE_MAX, "Z", 1) == -1);
	OUTSIDE(ibuf_seek(buf, 1, SIZE_MAX) == NULL);
	OUTSIDE(ibuf_seek(buf, 15, 0) == NULL);
	OUTSIDE(ibuf_set_n16(buf, 13, 0) == -1);
	OUTSIDE(ibuf_set_h64(buf, 7, 0) == -1);
#undef OUTSIDE
	ATF_CHECK_EQ(ibuf_set_n8(buf, 0, 0xff), 0);
	ATF_CHECK_EQ(ibuf_set_n16(buf, 1, 0x0102), 0);
	ATF_CHECK_EQ(ibuf_set_n32(buf, 3, 0x01020304), 0);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "\377\1\2\1\2\3\4", 7), 0);
	ATF_CHECK_EQ(ibuf_set_n64(buf, 0, 0x3031323334353637), 0);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "01234567", 8), 0);
	ATF_CHECK_EQ(ibuf_set_h16(buf, 0, 0xabcd), 0);
	ATF_CHECK_EQ(ibuf_set_h32(buf, 2, 0xabcdef01), 0);
	ATF_CHECK_EQ(ibuf_set_h64(buf, 6, 0xabcdef0123456789), 0);
	ATF_CHECK(ibuf_get_h16(buf, &v16) == 0 && v16 == 0xabcd);
	ATF_CHECK(ibuf_get_h32(buf, &v32) == 0 && v32 == 0xabcdef01);
	ATF_CHECK(ibuf_get_h64(buf, &v64) == 0 && v64 == 0xabcdef0123456789);
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(shape);
ATF_TC_BODY(shape, tc)
{
	struct ibuf	*buf = dynamic(0, 16);
	unsigned char	*p;

	ATF_CHECK_EQ(ibuf_add(buf, "0123456789", 10), 0);
	ATF_CHECK_EQ(ibuf_skip(buf, 4), 0);
	ATF_CHECK_EQ(ibuf_size(buf), 6);
	ATF_CHECK_EQ(ibuf_left(buf), 6);
	ATF_CHECK_EQ(ibuf_truncate(buf, 2), 0);
	ATF_CHECK_EQ(ibuf_size(buf), 2);
	/* What was cut off does not come back. */
	ATF_CHECK_EQ(ibuf_truncate(buf, 6), 0);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "45\0\0\0\0", 6), 0);
	errno = 0;
	ATF_CHECK_EQ(ibuf_truncate(buf, 13), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ibuf_rewind(buf);
	ATF_CHECK_EQ(ibuf_size(buf), 10);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "012345\0\0\0\0", 10), 0);

	ATF_CHECK_EQ(ibuf_truncate(buf, 0), 0);
	ATF_CHECK_EQ(ibuf_add_zero(buf, 3), 0);
	ATF_REQUIRE((p = ibuf_reserve(buf, 3)) != NULL);
	ATF_CHECK_EQ(memcmp(p, "\0\0\0", 3), 0);
	memcpy(p, "abc", 3);
	ATF_CHECK_EQ(ibuf_size(buf), 6);
	ATF_CHECK_EQ(memcmp(ibuf_data(buf), "\0\0\0abc", 6), 0);
	errno = 0;
	ATF_CHECK(ibuf_reserve(buf, 11) == NULL);
	ATF_CHECK_EQ(errno, ERANGE);

	errno = 0;
	ATF_CHECK_EQ(ibuf_set_maxsize(buf, 17), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK_EQ(ibuf_set_maxsize(buf, 5), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(ibuf_set_maxsize(buf, 7), 0);
	ATF_CHECK_EQ(ibuf_left(buf), 1);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add(buf, "ab", 2), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK_EQ(ibuf_add(buf, "a", 1), 0);
	ibuf_free(buf);
}

static void
do_free(struct ibuf *window)
{
	ibuf_free(window);
}

static void
do_close(struct ibuf *window)
{
	ibuf_close(msgbuf_new(), window);
}

static void
do_push(struct ibuf *window)
{
	ibufq_push(ibufq_new(), window);
}

static void
do_fd_set(struct ibuf *window)
{
	ibuf_fd_set(window, -1);
}

ATF_TC_WITHOUT_HEAD(windows);
ATF_TC_BODY(windows, tc)
{
	struct ibuf	*buf = dynamic(0, 64), window, inner;
	char		 mem[] = "0123456789";

	ibuf_from_buffer(&window, mem, 10);
	ATF_CHECK_EQ(ibuf_size(&window), 10);
	ATF_CHECK_EQ(ibuf_left(&window), 0);
	ATF_CHECK_EQ(ibuf_fd_avail(&window), 0);
	ATF_CHECK_EQ(ibuf_fd_get(&window), -1);
	ATF_CHECK_EQ(ibuf_skip(&window, 2), 0);
	ATF_CHECK_EQ(ibuf_add_ibuf(buf, &window), 0);
	ATF_CHECK_EQ(ibuf_size(buf), 8);
	ATF_CHECK_EQ(ibuf_size(&window), 8);

	/* A look at the rest consumes nothing, a part taken does. */
	ibuf_from_ibuf(&inner, &window);
	ATF_CHECK_EQ(ibuf_size(&inner), 8);
	ATF_CHECK_EQ(ibuf_size(&window), 8);
	ATF_CHECK_EQ(ibuf_get_ibuf(&window, 3, &inner), 0);
	ATF_CHECK_EQ(ibuf_size(&inner), 3);
	ATF_CHECK_EQ(memcmp(ibuf_data(&inner), "234", 3), 0);
	ATF_CHECK_EQ(ibuf_size(&window), 5);

	/* Shrinking a window must not open room in the memory behind. */
	ATF_CHECK_EQ(ibuf_truncate(&inner, 1), 0);
	ATF_CHECK_EQ(ibuf_left(&inner), 0);
	errno = 0;
	ATF_CHECK_EQ(ibuf_add(&inner, "X", 1), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK_EQ(ibuf_truncate(&inner, 2), -1);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK(ibuf_reserve(&inner, 1) == NULL);
	ATF_CHECK_EQ(errno, ERANGE);
	errno = 0;
	ATF_CHECK_EQ(ibuf_set_maxsize(&inner, 1), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_STREQ(mem, "0123456789");

	ATF_CHECK(aborts(do_free));
	ATF_CHECK(aborts(do_close));
	ATF_CHECK(aborts(do_push));
	ATF_CHECK(aborts(do_fd_set));
	ibuf_free(buf);
}

ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	struct ibuf	*buf = dynamic(0, 64);
	int		 fd1, fd2;

	ATF_REQUIRE((fd1 = open("/dev/null", O_RDONLY)) != -1);
	ATF_REQUIRE((fd2 = dup(fd1)) != -1);
	ATF_CHECK_EQ(ibuf_fd_avail(buf), 0);
	ATF_CHECK_EQ(ibuf_fd_get(buf), -1);
	ibuf_fd_set(buf, fd1);
	ATF_CHECK(ibuf_fd_avail(buf));
	ATF_CHECK_EQ(ibuf_fd_get(buf), fd1);
	ATF_CHECK_EQ(ibuf_fd_avail(buf), 0);
	ATF_CHECK_EQ(ibuf_fd_get(buf), -1);
	ATF_CHECK(fcntl(fd1, F_GETFD) != -1);

	ibuf_fd_set(buf, fd1);
	ibuf_fd_set(buf, fd2);
	ATF_CHECK_EQ(fcntl(fd1, F_GETFD), -1);
	errno = EDOM;
	ibuf_free(buf);
	ATF_CHECK_EQ(errno, EDOM);
	ATF_CHECK_EQ(fcntl(fd2, F_GETFD), -1);
	ibuf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(queues);
ATF_TC_BODY(queues, tc)
{
	struct ibufqueue	*a, *b;
	struct ibuf		*buf;
	uint8_t			 v, i;

	ATF_REQUIRE((a = ibufq_new()) != NULL);
	ATF_REQUIRE((b = ibufq_new()) != NULL);
	ATF_CHECK(ibufq_pop(a) == NULL);
	ibufq_concat(a, b);
	for (i = 0; i < 6; i++) {
		buf = dynamic(0, 8);
		ibuf_add_n8(buf, i);
		ibufq_push(i < 3 ? a : b, buf);
	}
	ATF_CHECK_EQ(ibufq_queuelen(a), 3);
	ibufq_concat(a, b);
	ATF_CHECK_EQ(ibufq_queuelen(a), 6);
	ATF_CHECK_EQ(ibufq_queuelen(b), 0);
	ATF_CHECK(ibufq_pop(b) == NULL);
	/* Both still know their ends. */
	buf = dynamic(0, 8);
	ibuf_add_n8(buf, 6);
	ibufq_push(a, buf);
	ibufq_push(b, dynamic(0, 8));
	for (i = 0; i < 7; i++) {
		ATF_REQUIRE((buf = ibufq_pop(a)) != NULL);
		ATF_CHECK(ibuf_get_n8(buf, &v) == 0 && v == i);
		ibuf_free(buf);
	}
	ATF_CHECK(ibufq_pop(a) == NULL);
	ATF_CHECK_EQ(ibufq_queuelen(a), 0);
	ibufq_push(a, dynamic(0, 8));
	ibufq_flush(a);
	ATF_CHECK_EQ(ibufq_queuelen(a), 0);
	ibufq_free(a);
	ibufq_free(b);
	ibufq_free(NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, open_is_fixed);
	ATF_TP_ADD_TC(tp, dynamic_grows_to_max);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, numbers_too_wide);
	ATF_TP_ADD_TC(tp, short_reads);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, set_and_seek);
	ATF_TP_ADD_TC(tp, shape);
	ATF_TP_ADD_TC(tp, windows);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, queues);
	return (atf_no_error());
}
