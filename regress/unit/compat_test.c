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


/* The libc functions of compat.h; also where the system's own are used. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

extern char	**environ;

ATF_TC_WITHOUT_HEAD(string_copy);
ATF_TC_BODY(string_copy, tc)
{
	char	 b[8];

	memset(b, 'x', sizeof(b));
	ATF_CHECK_EQ(strlcpy(b, "abc", 0), 3);
	ATF_CHECK_EQ(b[0], 'x');
	ATF_CHECK_EQ(strlcpy(b, "abc", 1), 3);
	ATF_CHECK_STREQ(b, "");
	ATF_CHECK_EQ(strlcpy(b, "1234567", sizeof(b)), 7);
	ATF_CHECK_STREQ(b, "1234567");
	ATF_CHECK_EQ(strlcpy(b, "12345678", sizeof(b)), 8);
	ATF_CHECK_STREQ(b, "1234567");

	ATF_CHECK_EQ(strlcpy(b, "abc", sizeof(b)), 3);
	ATF_CHECK_EQ(strlcat(b, "", sizeof(b)), 3);
	ATF_CHECK_EQ(strlcat(b, "defg", sizeof(b)), 7);
	ATF_CHECK_STREQ(b, "abcdefg");
	ATF_CHECK_EQ(strlcat(b, "hi", sizeof(b)), 9);
	ATF_CHECK_STREQ(b, "abcdefg");
	ATF_CHECK_EQ(strlcpy(b, "abc", sizeof(b)), 3);
	ATF_CHECK_EQ(strlcat(b, "defghij", sizeof(b)), 10);
	ATF_CHECK_STREQ(b, "abcdefg");
	/* Not terminated within the size: left alone. */
	memset(b, 'x', sizeof(b));
	ATF_CHECK_EQ(strlcat(b, "abc", 4), 7);
	ATF_CHECK_EQ(memcmp(b, "xxxxxxxx", 8), 0);
	ATF_CHECK_EQ(strlcat(b, "abc", 0), 3);
}

ATF_TC_WITHOUT_HEAD(strtonum);
ATF_TC_BODY(strtonum, tc)
{
	static const struct {
		const char	*str;
		long long	 min, max, n;
		const char	*errstr;
	} cases[] = {
		{ "0", 0, 0, 0, NULL },
		{ "42", 1, 64, 42, NULL },
		{ "1", 1, 64, 1, NULL },
		{ "64", 1, 64, 64, NULL },
		{ "65", 1, 64, 0, "too large" },
		{ "0", 1, 64, 0, "too small" },
		{ "-1", 0, 64, 0, "too small" },
		{ "-5", -5, 5, -5, NULL },
		{ "9223372036854775807", LLONG_MIN, LLONG_MAX, LLONG_MAX,
		    NULL },
		{ "-9223372036854775808", LLONG_MIN, LLONG_MAX, LLONG_MIN,
		    NULL },
		{ "9223372036854775808", LLONG_MIN, LLONG_MAX, 0,
		    "too large" },
		{ "-9223372036854775809", LLONG_MIN, LLONG_MAX, 0,
		    "too small" },
		{ "", 0, 9, 0, "invalid" },
		{ "x", 0, 9, 0, "invalid" },
		{ "1x", 0, 9, 0, "invalid" },
		{ "1 ", 0, 9, 0, "invalid" },
		{ "0x1", 0, 9, 0, "invalid" },
		{ "1", 9, 0, 0, "invalid" },
	};
	const char	*errstr;
	size_t		 i;

	for (i = 0; i < nitems(cases); i++) {
		errno = EDOM;
		errstr = "unset";
		ATF_CHECK_EQ_MSG(strtonum(cases[i].str, cases[i].min,
		    cases[i].max, &errstr), cases[i].n, "%s", cases[i].str);
		if (cases[i].errstr == NULL) {
			ATF_CHECK_MSG(errstr == NULL, "%s", cases[i].str);
			ATF_CHECK_EQ(errno, EDOM);
			continue;
		}
		ATF_REQUIRE_MSG(errstr != NULL, "%s", cases[i].str);
		ATF_CHECK_STREQ(errstr, cases[i].errstr);
		ATF_CHECK_EQ(errno, strcmp(errstr, "invalid") == 0 ?
		    EINVAL : ERANGE);
	}
	ATF_CHECK_EQ(strtonum("12", 0, 99, NULL), 12);
	ATF_CHECK_EQ(strtonum("x", 1, 99, NULL), 0);
}

ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	unsigned char	*p, *q;
	int		 i;

	freezero(NULL, 10);
	ATF_REQUIRE((p = malloc(10)) != NULL);
	freezero(p, 10);

	ATF_REQUIRE((p = recallocarray(NULL, 0, 4, 4)) != NULL);
	for (i = 0; i < 16; i++)
		ATF_CHECK_EQ(p[i], 0);
	memset(p, 'x', 16);
	errno = 0;
	ATF_CHECK(recallocarray(p, 4, SIZE_MAX / 2, 4) == NULL);
	ATF_CHECK_EQ(errno, ENOMEM);
	errno = 0;
	ATF_CHECK(recallocarray(p, SIZE_MAX / 2, 4, 4) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_REQUIRE((p = recallocarray(p, 4, 8, 4)) != NULL);
	for (i = 0; i < 32; i++)
		ATF_CHECK_EQ(p[i], i < 16 ? 'x' : 0);
	ATF_REQUIRE((p = recallocarray(p, 8, 1, 4)) != NULL);
	ATF_CHECK_EQ(memcmp(p, "xxxx", 4), 0);
	ATF_REQUIRE((q = recallocarray(p, 1, 0, 4)) != NULL);
	free(q);

	ATF_CHECK_EQ(timingsafe_bcmp("abc", "abd", 2), 0);
	ATF_CHECK(timingsafe_bcmp("abc", "abd", 3) != 0);
	ATF_CHECK(timingsafe_bcmp("\200bc", "\0bc", 3) != 0);
	ATF_CHECK_EQ(timingsafe_bcmp("abc", "xyz", 0), 0);
}

ATF_TC_WITHOUT_HEAD(progname);
ATF_TC_BODY(progname, tc)
{
	setprogname("/usr/sbin/guardiand");
	ATF_CHECK_STREQ(getprogname(), "guardiand");
	setprogname("logger");
	ATF_CHECK_STREQ(getprogname(), "logger");
}

/*
 * Linux reads the title from the memory that the program was started with,
 * so this needs a program of its own: this one, asked by its environment
 * instead of by ATF.
 */
#ifndef HAVE_SETPROCTITLE
static size_t
read_cmdline(char *buf, size_t size)
{
	ssize_t	 n;
	int	 fd;

	if ((fd = open("/proc/self/cmdline", O_RDONLY)) == -1)
		return (0);
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		n = 0;
	buf[n] = '\0';
	return ((size_t)n);
}

/* Returns the number of the first step that failed. */
static int
title_steps(int argc, char **argv)
{
	char		 line[4096], name[64], *env, *arg;
	const char	*old = getprogname();
	size_t		 n;

	snprintf(name, sizeof(name), "%s", old);
	if (argc < 2 || getenv("COMPAT_TITLE") == NULL)
		return (1);
	compat_init_setproctitle(argc, argv, environ);
	compat_init_setproctitle(argc, argv, environ);
	arg = argv[1];
	env = getenv("COMPAT_TITLE");

	/* Initialised, but nothing shown yet. */
	n = read_cmdline(line, sizeof(line));
	if (n < strlen(line) + 2 || strcmp(line + strlen(line) + 1, arg) != 0)
		return (2);
	setproctitle("worker %d", 7);
	read_cmdline(line, sizeof(line));
	if (strncmp(line, name, strlen(name)) != 0 ||
	    strcmp(line + strlen(name), ": worker 7") != 0)
		return (3);
	setproctitle("-%s", "bare");
	n = read_cmdline(line, sizeof(line));
	if (strcmp(line, "bare") != 0)
		return (4);
	/* No rest of the longer title before it. */
	while (n > 0 && line[n - 1] == '\0')
		n--;
	if (n != 4)
		return (5);
	setproctitle(NULL);
	read_cmdline(line, sizeof(line));
	if (strcmp(line, name) != 0)
		return (6);
	/* Longer than all the room there is: cut, and terminated. */
	setproctitle("%04000d", 0);
	n = read_cmdline(line, sizeof(line));
	if (n == 0 || n >= 4000 || line[n - 1] != '\0' ||
	    strncmp(line + strlen(name), ": 0000", 6) != 0)
		return (7);
	/* Arguments, environment and name have survived all that. */
	if (strcmp(argv[1], "argument") != 0 || arg != argv[1])
		return (8);
	if (env == NULL || env != getenv("COMPAT_TITLE") ||
	    strcmp(env, "run") != 0)
		return (9);
	if (strcmp(getprogname(), name) != 0 ||
	    strcmp(program_invocation_name, argv[0]) != 0)
		return (10);
	if (setenv("COMPAT_TITLE", "changed", 1) == -1 ||
	    strcmp(getenv("COMPAT_TITLE"), "changed") != 0)
		return (11);
	return (0);
}

__attribute__((constructor)) static void
title_program(int argc, char **argv)
{
	if (getenv("COMPAT_TITLE") != NULL)
		_exit(title_steps(argc, argv));
}

ATF_TC_WITHOUT_HEAD(title);
ATF_TC_BODY(title, tc)
{
	char	 self[PATH_MAX];
	ssize_t	 n;
	pid_t	 pid;
	int	 status;

	ATF_REQUIRE((n = readlink("/proc/self/exe", self,
	    sizeof(self) - 1)) > 0);
	self[n] = '\0';
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		setenv("COMPAT_TITLE", "run", 1);
		execl(self, self, "argument", (char *)NULL);
		_exit(127);
	}
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_REQUIRE(WIFEXITED(status));
	ATF_CHECK_EQ_MSG(WEXITSTATUS(status), 0, "failed in step %d",
	    WEXITSTATUS(status));
}
#endif

ATF_TC_WITHOUT_HEAD(closefrom);
ATF_TC_BODY(closefrom, tc)
{
	pid_t	 pid;
	int	 i, status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		for (i = 100; i < 300; i += 3)
			if (dup2(2, i) == -1)
				_exit(1);
		closefrom(101);
		if (fcntl(2, F_GETFD) == -1 || fcntl(100, F_GETFD) == -1)
			_exit(2);
		for (i = 101; i < 1024; i++)
			if (fcntl(i, F_GETFD) != -1)
				_exit(3);
		closefrom(500);
		_exit(0);
	}
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(WEXITSTATUS(status), 0);
}

ATF_TC_WITHOUT_HEAD(peer);
ATF_TC_BODY(peer, tc)
{
	int	 pair[2], s;
	uid_t	 uid = (uid_t)-2;
	gid_t	 gid = (gid_t)-2;

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ATF_CHECK_EQ(getpeereid(pair[0], &uid, &gid), 0);
	ATF_CHECK_EQ(uid, geteuid());
	ATF_CHECK_EQ(gid, getegid());

	errno = 0;
	ATF_CHECK_EQ(getpeereid(-1, &uid, &gid), -1);
	ATF_CHECK_EQ(errno, EBADF);
	/* "Nobody there" must never look like an id. */
	ATF_REQUIRE((s = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	errno = 0;
	ATF_CHECK_EQ(getpeereid(s, &uid, &gid), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	close(s);
	close(pair[0]);
	close(pair[1]);
}

ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	unsigned char	 a[600], b[600];
	unsigned int	 seen = 0;
	int		 i;

	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	arc4random_buf(a, sizeof(a));
	arc4random_buf(b, sizeof(b));
	ATF_CHECK(memcmp(a, b, sizeof(a)) != 0);
	/* The ends of what may be several requests are filled too. */
	ATF_CHECK(memcmp(a + 592, b + 592, 8) != 0);
	ATF_CHECK_EQ(arc4random_uniform(0), 0);
	ATF_CHECK_EQ(arc4random_uniform(1), 0);
	for (i = 0; i < 1000; i++)
		seen |= 1U << arc4random_uniform(5);
	ATF_CHECK_EQ(seen, 0x1f);
	for (i = 0; i < 100; i++)
		ATF_CHECK(arc4random_uniform(0x80000001U) <= 0x80000000U);
}

ATF_TC_WITHOUT_HEAD(timespec);
ATF_TC_BODY(timespec, tc)
{
	struct timespec	 a = { 5, 100 }, b = { 2, 999999999 }, r;

	timespecsub(&a, &b, &r);
	ATF_CHECK(r.tv_sec == 2 && r.tv_nsec == 101);
	timespecadd(&r, &b, &r);
	ATF_CHECK(timespeccmp(&r, &a, ==));
	timespecsub(&a, &a, &a);
	ATF_CHECK(!timespecisset(&a));
	ATF_CHECK(timespeccmp(&a, &b, <));
	ATF_CHECK(timespeccmp(&b, &r, <=));
	r.tv_nsec++;
	ATF_CHECK(timespecisset(&r));
	timespecclear(&r);
	ATF_CHECK(!timespecisset(&r));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, string_copy);
	ATF_TP_ADD_TC(tp, strtonum);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, progname);
#ifndef HAVE_SETPROCTITLE
	ATF_TP_ADD_TC(tp, title);
#endif
	ATF_TP_ADD_TC(tp, closefrom);
	ATF_TP_ADD_TC(tp, peer);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, timespec);
	return (atf_no_error());
}
