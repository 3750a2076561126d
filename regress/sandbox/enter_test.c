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
 * Entering itself: what the report says and whether the kernel agrees,
 * Landlock of older kernels, narrowing.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"
#include "sandbox_linux.h"

/* Enters in a child that then waits; returns its pid and report. */
static pid_t
entered(const struct sandbox_policy *sp, struct sandbox_report *report,
    int *ret, int *hold)
{
	int	out[2], in[2];
	char	c;
	pid_t	pid;

	ATF_REQUIRE(pipe(out) == 0 && pipe(in) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		close(in[1]);
		*ret = sandbox_enter(sp, report);
		if (write(out[1], ret, sizeof(*ret)) == -1 ||
		    write(out[1], report, sizeof(*report)) == -1)
			_exit(1);
		while (read(in[0], &c, 1) == -1 && errno == EINTR)
			continue;
		_exit(0);
	}
	close(out[1]);
	close(in[0]);
	ATF_REQUIRE(read(out[0], ret, sizeof(*ret)) == sizeof(*ret));
	ATF_REQUIRE(read(out[0], report, sizeof(*report)) == sizeof(*report));
	close(out[0]);
	*hold = in[1];
	return pid;
}

static void
released(pid_t pid, int hold)
{
	int	status;

	close(hold);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A number from /proc/PID/status. */
static long
proc_status(pid_t pid, const char *field)
{
	char	 path[64], line[256];
	size_t	 len = strlen(field);
	long	 n = -1;
	FILE	*f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, field, len) == 0 && line[len] == ':')
			n = strtol(line + len + 1, NULL, 10);
	fclose(f);
	return n;
}

ATF_TC_WITHOUT_HEAD(report);
ATF_TC_BODY(report, tc)
{
	struct sandbox_report	report;
	enum proc_role		role;
	struct rlimit		rl;
	char			landlock[16];
	pid_t			pid;
	int			hold, ret;

	(void)tc;
	snprintf(landlock, sizeof(landlock), "landlock/%u", kernel_abi());
	for (role = PROC_CONTROL; role < PROC_MAX; role++) {
		pid = entered(sandbox_policy(role), &report, &ret, &hold);
		ATF_REQUIRE_MSG(ret == 0, "%s", report.text);
		ATF_CHECK_EQ(report.seccomp, 1);
		ATF_CHECK_EQ(report.no_new_privs, 1);
		ATF_CHECK_EQ(report.landlock_abi, kernel_abi());
		ATF_CHECK_EQ(report.degraded,
		    kernel_abi() < SANDBOX_ABI_WANTED);
		ATF_CHECK_MSG(strncmp(report.text, "seccomp ", 8) == 0 &&
		    strstr(report.text, " nnp undumpable rlimit") != NULL,
		    "%s", report.text);
		if (kernel_abi() > 0)
			ATF_CHECK(strstr(report.text, landlock) != NULL);

		/* And the kernel says the same. */
		ATF_CHECK_EQ(proc_status(pid, "Seccomp"), 2);
		ATF_CHECK_EQ(proc_status(pid, "NoNewPrivs"), 1);
		ATF_REQUIRE(prlimit(pid, RLIMIT_CORE, NULL, &rl) == 0 ||
		    errno == EPERM);
		if (getuid() == 0) {
			ATF_CHECK(rl.rlim_max == 0);
			ATF_REQUIRE(prlimit(pid, RLIMIT_NPROC, NULL, &rl) ==
			    0);
			ATF_CHECK(rl.rlim_max == 0);
			ATF_REQUIRE(prlimit(pid, RLIMIT_NOFILE, NULL, &rl) ==
			    0);
			ATF_CHECK(rl.rlim_max <= sandbox_policy(role)->nofile);
		}
		released(pid, hold);
	}
}

/* The table itself. */
ATF_TC_WITHOUT_HEAD(policies);
ATF_TC_BODY(policies, tc)
{
	const struct sandbox_policy	*sp;
	enum proc_role			 role;

	(void)tc;
	for (role = PROC_PARENT; role < PROC_MAX; role++) {
		sp = sandbox_policy(role);
		ATF_CHECK(sandbox_has(sp, "stdio"));
		ATF_CHECK_EQ(sp->abi_below, 0);
		ATF_CHECK_STREQ(sandbox_words(sp), sp->words);
		ATF_CHECK_EQ((sp->flags & SANDBOX_PARENT) != 0,
		    role == PROC_PARENT);
		/* Only one process reaches the network, one appends. */
		if (role != PROC_PARENT)
			ATF_CHECK_EQ(sandbox_has(sp, "inet"),
			    role == PROC_PROXY);
		ATF_CHECK_EQ(sandbox_has(sp, "append"), role == PROC_LOGGER);
	}
	sp = sandbox_policy(PROC_PROXY);
	ATF_CHECK(sandbox_has(sp, "recvfd"));
	ATF_CHECK(!sandbox_has(sp, "recv"));
	ATF_CHECK(!sandbox_has(sp, "ine"));
	ATF_CHECK(!sandbox_has(sp, "inet dns"));
	ATF_CHECK(!sandbox_has(sp, ""));
	/* An impossible role is not a loophole. */
	ATF_CHECK(sandbox_policy((enum proc_role)99) ==
	    sandbox_policy(PROC_DETECTOR));
}

ATF_TC_WITHOUT_HEAD(unknown_word);
ATF_TC_BODY(unknown_word, tc)
{
	struct sandbox_policy	sp = { "test", "stdio rpath", 0, 0, 0 };
	struct sandbox_report	report;
	pid_t			pid;
	int			hold, ret;

	(void)tc;
	pid = entered(&sp, &report, &ret, &hold);
	ATF_CHECK_EQ(ret, -1);
	ATF_CHECK(strstr(report.text, "unknown word: rpath") != NULL);
	released(pid, hold);
}

/*
 * What kernels with an older Landlock enforce, and what is said about it.
 * Debian 12 has ABI 2.
 */
ATF_TC_WITHOUT_HEAD(older_landlock);
ATF_TC_BODY(older_landlock, tc)
{
	static const char *const lacks[] = {
		"no-landlock", "landlock/1-truncate-tcp-ioctl-scope ",
		"landlock/2-truncate-tcp-ioctl-scope ",
		"landlock/3-tcp-ioctl-scope ", "landlock/4-ioctl-scope ",
		"landlock/5-scope ", "landlock/6 ", "landlock/7 ",
	};
	struct sandbox_policy	sp;
	struct sandbox_report	report;
	struct held		h;
	unsigned int		abi;
	pid_t			pid;
	int			hold, ret;

	(void)tc;
	held_make(&h);
	for (abi = 0; abi <= SANDBOX_ABI_MAX && abi <= kernel_abi(); abi++) {
		sp = *sandbox_policy(PROC_DETECTOR);
		sp.abi_below = abi + 1;
		pid = entered(&sp, &report, &ret, &hold);
		ATF_REQUIRE_MSG(ret == 0, "%s", report.text);
		ATF_CHECK_EQ(report.landlock_abi, abi);
		ATF_CHECK_EQ(report.degraded, abi < SANDBOX_ABI_WANTED);
		ATF_CHECK_MSG(strstr(report.text, lacks[abi]) != NULL,
		    "%s", report.text);
		released(pid, hold);
		/* The list of system calls holds whatever Landlock does. */
		EXPECT(attempt(&sp, open_file, &h, "file"), EACCES);
		EXPECT(attempt(&sp, truncate_file, &h, "file"), KILLED);
		EXPECT(attempt(&sp, signal_sibling, &h, NULL), KILLED);
		sp = *sandbox_policy(PROC_PROXY);
		sp.abi_below = abi + 1;
		EXPECT(attempt(&sp, tcp_bind, &h, NULL), abi >= 4 ? EACCES : 0);
		held_free(&h);
		held_make(&h);

		/* Landlock by itself. */
		sp = *sandbox_policy(PROC_PARENT);
		sp.abi_below = abi + 1;
		EXPECT(attempt(&sp, open_file, &h, "file"), abi >= 1 ?
		    EACCES : 0);
		EXPECT(attempt(&sp, truncate_file, &h, "file"), abi >= 3 ?
		    EACCES : 0);
	}
	ATF_CHECK(abi > 0);
	held_free(&h);
}

/* Status words follow the policy: what it does not want is not missing. */
ATF_TC_WITHOUT_HEAD(parent_wants_less);
ATF_TC_BODY(parent_wants_less, tc)
{
	char	s[64] = "";

	(void)tc;
	ATF_CHECK(sandbox_landlock_lacks(sandbox_policy(PROC_PARENT), 2, s,
	    sizeof(s)) == 1);
	ATF_CHECK_STREQ(s, "-truncate-ioctl");
	s[0] = '\0';
	ATF_CHECK(sandbox_landlock_lacks(sandbox_policy(PROC_PARENT), 5, s,
	    sizeof(s)) == 0);
	ATF_CHECK_STREQ(s, "");
}

ATF_TC_WITHOUT_HEAD(needs_landlock);
ATF_TC_BODY(needs_landlock, tc)
{
	struct sandbox_policy	sp = { "test", "stdio",
				    SANDBOX_NEEDS_LANDLOCK, 0, 1 };
	struct sandbox_report	report;
	pid_t			pid;
	int			hold, ret;

	(void)tc;
	pid = entered(&sp, &report, &ret, &hold);
	ATF_CHECK_EQ(ret, -1);
	ATF_CHECK_EQ(report.degraded, 1);
	ATF_CHECK_MSG(strstr(report.text, "has no Landlock") != NULL, "%s",
	    report.text);
	released(pid, hold);
	if (kernel_abi() == 0)
		return;
	sp.abi_below = 0;
	pid = entered(&sp, &report, &ret, &hold);
	ATF_CHECK_EQ(ret, 0);
	released(pid, hold);
}

static int
narrow_only(struct held *h, void *arg)
{
	struct sandbox_policy	to = { "narrowed", "stdio", 0, 0, 0 };
	struct sandbox_report	report;
	int			fd;

	(void)h;
	(void)arg;
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return errno;
	if (sandbox_narrow(&to, &report) == -1) {
		dprintf(STDERR_FILENO, "%s\n", report.text);
		return EDOM;
	}
	if (!report.seccomp || strstr(report.text, "rlimit") != NULL)
		return EDOM;
	return 0;
}

/* Allowed before, deadly now. */
static int
narrow_then_socket(struct held *h, void *arg)
{
	int	error;

	if ((error = narrow_only(h, arg)) != 0)
		return error;
	return ERRNO(socket(AF_INET, SOCK_STREAM, 0));
}

/* Narrowing to more is not a way back. */
static int
narrow_to_more(struct held *h, void *arg)
{
	struct sandbox_policy	to = { "wider", "stdio inet dns", 0, 0, 0 };
	struct sandbox_report	report;

	(void)h;
	(void)arg;
	if (sandbox_narrow(&to, &report) == -1)
		return EDOM;
	return ERRNO(socket(AF_INET, SOCK_STREAM, 0));
}

static int
parent_narrows(struct held *h, void *arg)
{
	struct sandbox_report	report;

	(void)arg;
	if (open_file(h, "file") != 0)
		return EDOM;
	if (sandbox_narrow(sandbox_policy(PROC_LOGGER), &report) == -1)
		return EDOM;
	return open_file(h, "file");
}

ATF_TC_WITHOUT_HEAD(narrow);
ATF_TC_BODY(narrow, tc)
{
	struct sandbox_policy		inet = { "test", "stdio inet",
					    SANDBOX_MAY_NARROW, 0, 0 };
	struct sandbox_policy		less = { "test", "stdio",
					    SANDBOX_MAY_NARROW, 0, 0 };
	const struct sandbox_path	anywhere = { .path = "/",
					    .rights = SANDBOX_READ };
	struct held			h;

	(void)tc;
	held_make(&h);
	EXPECT(attempt(&inet, narrow_only, &h, NULL), 0);
	EXPECT(attempt(&inet, narrow_then_socket, &h, NULL), KILLED);
	EXPECT(attempt(&less, narrow_to_more, &h, NULL), KILLED);
	/* Only a policy that says so may be narrowed. */
	inet.flags = 0;
	EXPECT(attempt(&inet, narrow_only, &h, NULL), KILLED);
	EXPECT(attempt_paths(sandbox_policy(PROC_PARENT), &anywhere, 1,
	    parent_narrows, &h, NULL), EACCES);
	held_free(&h);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, report);
	ATF_TP_ADD_TC(tp, policies);
	ATF_TP_ADD_TC(tp, unknown_word);
	ATF_TP_ADD_TC(tp, older_landlock);
	ATF_TP_ADD_TC(tp, parent_wants_less);
	ATF_TP_ADD_TC(tp, needs_landlock);
	ATF_TP_ADD_TC(tp, narrow);
	return atf_no_error();
}
