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
 * Landlock with paths: what is beneath a directory and what is not, and the
 * parent's own set.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "help.h"

static int
open_in_dir(struct held *h, void *arg)
{
	return ERRNO(openat(h->dir, arg, O_RDONLY));
}

static void
require_landlock(unsigned int abi)
{
	if (kernel_abi() < abi)
		atf_tc_skip("needs Landlock ABI %u, this kernel has %u", abi,
		    kernel_abi());
}

/* A directory descriptor does not lead out, nor in without a rule. */
ATF_TC_WITHOUT_HEAD(directory_descriptor);
ATF_TC_BODY(directory_descriptor, tc)
{
	const struct sandbox_policy	*sp = sandbox_policy(PROC_PARENT);
	struct sandbox_path		 in_dir = { .path = "dir",
					    .rights = SANDBOX_READ };
	struct held			 h;
	int				 fd;

	(void)tc;
	require_landlock(1);
	held_make(&h);
	ATF_REQUIRE((fd = openat(h.dir, "inside", O_WRONLY | O_CREAT,
	    0600)) != -1);
	close(fd);
	ATF_REQUIRE(symlinkat("../file", h.dir, "link") == 0);

	EXPECT(attempt(sp, open_in_dir, &h, "inside"), EACCES);
	EXPECT(attempt(sp, open_in_dir, &h, ".."), EACCES);
	EXPECT(attempt(sp, open_in_dir, &h, "../file"), EACCES);
	EXPECT(attempt_paths(sp, &in_dir, 1, open_in_dir, &h, "inside"), 0);
	EXPECT(attempt_paths(sp, &in_dir, 1, open_in_dir, &h, "../file"),
	    EACCES);
	EXPECT(attempt_paths(sp, &in_dir, 1, open_in_dir, &h, "link"),
	    EACCES);
	EXPECT(attempt_paths(sp, &in_dir, 1, open_in_dir, &h, ".."), EACCES);
	held_free(&h);
}

static int
create(struct held *h, void *arg)
{
	(void)h;
	return ERRNO(open(arg, O_WRONLY | O_CREAT | O_APPEND, 0600));
}

static int
make_dir(struct held *h, void *arg)
{
	(void)h;
	return ERRNO(mkdir(arg, 0700));
}

static int
make_node(struct held *h, void *arg)
{
	(void)h;
	return ERRNO(mknod(arg, S_IFIFO | 0600, 0));
}

static int
rotate(struct held *h, void *arg)
{
	(void)h;
	(void)arg;
	if (mkdir("log/old", 0700) == -1 ||
	    rename("log/new", "log/old/new.1") == -1 ||
	    truncate("log/old/new.1", 0) == -1)
		return errno;
	return ERRNO(unlink("log/old/new.1"));
}

/* Starts a program the way the parent starts its children. */
static int
start(struct held *h, void *arg)
{
	char	*args[] = { arg, NULL };
	pid_t	 pid;
	int	 status;

	(void)h;
	if ((pid = fork()) == -1)
		return errno;
	if (pid == 0) {
		execv(arg, args);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED;
}

/* A child of a confined parent takes its own policy on; both can talk. */
static int
nested(struct held *h, void *arg)
{
	struct sandbox_report	report;
	pid_t			pid;
	char			c;
	int			status;

	(void)arg;
	if ((pid = fork()) == -1)
		return errno;
	if (pid == 0) {
		if (sandbox_enter(sandbox_policy(PROC_DETECTOR), &report) ==
		    -1)
			_exit(1);
		if (write(h->pair[0], "r", 1) != 1)
			_exit(2);
		while (read(h->pair[0], &c, 1) == -1 && errno == EINTR)
			continue;
		_exit(3);
	}
	if (read(h->pair[1], &c, 1) != 1 || c != 'r')
		return EPIPE;
	/* The supervisor can end it. */
	if (kill(pid, SIGKILL) == -1)
		return errno;
	if (waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 :
	    ECHILD;
}

static void
copy_program(const char *from, const char *to)
{
	char	buf[8192];
	ssize_t	n;
	int	in, out;

	ATF_REQUIRE((in = open(from, O_RDONLY)) != -1);
	ATF_REQUIRE((out = open(to, O_WRONLY | O_CREAT, 0700)) != -1);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ATF_REQUIRE(write(out, buf, (size_t)n) == n);
	ATF_REQUIRE(n == 0);
	close(in);
	ATF_REQUIRE(close(out) == 0);
}

/* The parent: reads anywhere, writes and executes in its own places. */
ATF_TC_WITHOUT_HEAD(parent_paths);
ATF_TC_BODY(parent_paths, tc)
{
	const struct sandbox_policy	*sp = sandbox_policy(PROC_PARENT);
	const struct sandbox_path	 paths[] = {
		{ .path = "/", .rights = SANDBOX_READ },
		{ .path = "log", .rights = SANDBOX_READ | SANDBOX_WRITE },
		{ .path = "libexec", .rights = SANDBOX_READ | SANDBOX_EXEC },
	};
	struct held	h;

	(void)tc;
	require_landlock(2);
	held_make(&h);
	ATF_REQUIRE(mkdir("log", 0700) == 0);
	ATF_REQUIRE(mkdir("libexec", 0700) == 0);
	copy_program("/bin/true", "libexec/prog");
	copy_program("/bin/true", "log/prog");

#define PARENT(fn, arg)	attempt_paths(sp, paths, 3, fn, &h, arg)
	EXPECT(PARENT(open_file, "/etc/passwd"), 0);
	EXPECT(PARENT(open_file, "file"), 0);
	EXPECT(PARENT(create, "log/new"), 0);
	EXPECT(PARENT(create, "new"), EACCES);
	EXPECT(PARENT(create, "file"), EACCES);
	EXPECT(PARENT(create, "log/../new"), EACCES);
	EXPECT(PARENT(create, "libexec/new"), EACCES);
	EXPECT(PARENT(make_dir, "log/d"), 0);
	EXPECT(PARENT(make_dir, "d"), EACCES);
	EXPECT(PARENT(make_node, "log/fifo"), EACCES);
	EXPECT(PARENT(rotate, NULL), 0);
	EXPECT(PARENT(start, "libexec/prog"), 0);
	EXPECT(PARENT(start, "log/prog"), EACCES);
	EXPECT(PARENT(start, "/bin/true"), EACCES);
	EXPECT(PARENT(tcp_bind, NULL), 0);
	EXPECT(PARENT(signal_sibling, NULL), 0);
	EXPECT(PARENT(nested, NULL), 0);
	if (kernel_abi() >= 3)
		EXPECT(PARENT(truncate_file, "file"), EACCES);
	held_free(&h);
}

ATF_TC_WITHOUT_HEAD(missing_path);
ATF_TC_BODY(missing_path, tc)
{
	const struct sandbox_path	 path = { .path = "nowhere",
					    .rights = SANDBOX_READ };
	struct sandbox_report		 report;
	int				 status;
	pid_t				 pid;

	(void)tc;
	require_landlock(1);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (sandbox_enter_paths(sandbox_policy(PROC_PARENT), &path, 1,
		    &report) == 0)
			_exit(1);
		_exit(strstr(report.text, "nowhere: No such file") == NULL);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* As openat2(2) is without our flags: what is left is Landlock's to refuse. */
static int
open_anyhow(struct held *h, void *arg)
{
	struct {
		uint64_t	 flags, mode, resolve;
	}	 how = { O_RDONLY, 0, 0 };

	return ERRNO((int)syscall(437, h->dir, arg, &how, sizeof(how)));
}

static int
open_beneath(struct held *h, void *arg)
{
	return ERRNO(compat_open_beneath(h->dir, arg, O_RDONLY, 0));
}

static int
remove_it(struct held *h, void *arg)
{
	return ERRNO(unlinkat(h->dir, arg, 0));
}

static int
write_and_rename(struct held *h, void *arg)
{
	int	 fd;

	fd = compat_open_beneath(h->dir, "tmp", O_WRONLY | O_CREAT | O_EXCL,
	    0600);
	if (fd == -1)
		return errno;
	if (write(fd, "x", 1) != 1 || close(fd) == -1 ||
	    compat_rename_new(h->dir, "tmp", arg) == -1)
		return errno;
	return 0;
}

static int
chmod_it(struct held *h, void *arg)
{
	return ERRNO(fchmodat(h->dir, arg, 0777, 0));
}

/* Tasks: everything in a directory that is held, nothing outside of it. */
ATF_TC_WITHOUT_HEAD(tasks);
ATF_TC_BODY(tasks, tc)
{
	struct sandbox_policy	 sp = { "tasks", "stdio tasks",
				    SANDBOX_NEEDS_LANDLOCK, 64, 0 };
	struct sandbox_path	 in_dir = { NULL,
				    SANDBOX_READ | SANDBOX_WRITE, -1 };
	struct held		 h;
	int			 fd;

	(void)tc;
	require_landlock(1);
	held_make(&h);
	in_dir.fd = h.dir;
	ATF_REQUIRE((fd = openat(h.dir, "inside", O_WRONLY | O_CREAT,
	    0600)) != -1);
	close(fd);
	ATF_REQUIRE(symlinkat("../file", h.dir, "link") == 0);

#define TASKS(fn, arg)	attempt_paths(&sp, &in_dir, 1, fn, &h, arg)
	EXPECT(TASKS(open_beneath, "inside"), 0);
	EXPECT(TASKS(open_beneath, "link"), ELOOP);
	EXPECT(TASKS(open_beneath, "../file"), EXDEV);
	EXPECT(TASKS(open_beneath, "/etc/passwd"), EXDEV);
	EXPECT(TASKS(open_anyhow, "inside"), 0);
	EXPECT(TASKS(open_anyhow, "../file"), EACCES);
	EXPECT(TASKS(open_anyhow, "link"), EACCES);
	EXPECT(TASKS(open_anyhow, "/etc/passwd"), EACCES);
	EXPECT(TASKS(open_in_dir, "inside"), EACCES);
	EXPECT(TASKS(write_and_rename, "new"), 0);
	EXPECT(TASKS(write_and_rename, "new"), EEXIST);
	EXPECT(TASKS(remove_it, "tmp"), 0);
	EXPECT(TASKS(remove_it, "new"), 0);
	EXPECT(TASKS(remove_it, "../file"), EACCES);
	EXPECT(TASKS(chmod_it, "inside"), KILLED);
	held_free(&h);
}

static int
fork_one(struct held *h, void *arg)
{
	struct sandbox_report	 report;
	pid_t			 pid;

	(void)h;
	signal(SIGCHLD, SIG_IGN);
	if (arg != NULL && sandbox_narrow(sandbox_policy_check(), &report) ==
	    -1)
		return EINVAL;
	if ((pid = fork()) == 0)
		_exit(0);
	return ERRNO(pid);
}

/* Checks of a configuration: one makes processes, those make none. */
ATF_TC_WITHOUT_HEAD(checks);
ATF_TC_BODY(checks, tc)
{
	struct held	 h;

	(void)tc;
	held_make(&h);
	EXPECT(attempt(sandbox_policy_checks(), fork_one, &h, NULL), 0);
	EXPECT(attempt(sandbox_policy_checks(), fork_one, &h, ""), KILLED);
	EXPECT(attempt(sandbox_policy_checks(), open_file, &h, "file"),
	    EACCES);
	EXPECT(attempt(sandbox_policy_checks(), signal_sibling, &h, NULL),
	    KILLED);
	held_free(&h);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, directory_descriptor);
	ATF_TP_ADD_TC(tp, parent_paths);
	ATF_TP_ADD_TC(tp, missing_path);
	ATF_TP_ADD_TC(tp, tasks);
	ATF_TP_ADD_TC(tp, checks);
	return atf_no_error();
}
