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

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"
#include "sandbox_linux.h"

#define EXIT_NOT_ENTERED	255

static pid_t
sibling_start(int *fd)
{
	int	p[2];
	char	c;
	pid_t	pid;

	ATF_REQUIRE(pipe(p) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		close(p[1]);
		while (read(p[0], &c, 1) == -1 && errno == EINTR)
			continue;
		_exit(0);
	}
	close(p[0]);
	*fd = p[1];
	return pid;
}

static int
unix_listener(void)
{
	struct sockaddr_un	 sun;
	int			 fd, c;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "listener.sock");
	(void)unlink(sun.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	ATF_REQUIRE(listen(fd, 4) == 0);
	/* It stays open in this process, so the listener has a client. */
	ATF_REQUIRE((c = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(connect(c, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	return fd;
}

void
held_make(struct held *h)
{
	struct sockaddr_in	sin;

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, h->pair) == 0);
	h->file = open("file", O_RDWR | O_APPEND | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(h->file != -1);
	ATF_REQUIRE(write(h->file, "evidence\n", 9) == 9);
	ATF_REQUIRE(mkdir("dir", 0700) == 0 || errno == EEXIST);
	ATF_REQUIRE((h->dir = open("dir", O_RDONLY | O_DIRECTORY)) != -1);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((h->tcp_listener = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(bind(h->tcp_listener, (struct sockaddr *)&sin,
	    sizeof(sin)) == 0);
	ATF_REQUIRE(listen(h->tcp_listener, 4) == 0);
	ATF_REQUIRE((h->tcp = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE((h->udp = socket(AF_INET, SOCK_DGRAM, 0)) != -1);
	h->unix_listener = unix_listener();
	h->pty = posix_openpt(O_RDWR | O_NOCTTY);
	h->sibling = sibling_start(&h->sibling_fd);
}

void
held_free(struct held *h)
{
	int	status;

	close(h->sibling_fd);
	ATF_REQUIRE(waitpid(h->sibling, &status, 0) == h->sibling);
	/* It ended by itself: nobody managed to signal it. */
	ATF_CHECK_MSG(WIFEXITED(status), "the sibling got a signal");
	close(h->pair[0]);
	close(h->pair[1]);
	close(h->file);
	close(h->dir);
	close(h->tcp_listener);
	close(h->tcp);
	close(h->udp);
	close(h->unix_listener);
	if (h->pty != -1)
		close(h->pty);
}

int
attempt_paths(const struct sandbox_policy *sp, const struct sandbox_path *paths,
    size_t npaths, attempt_fn fn, struct held *h, void *arg)
{
	struct sandbox_report	report;
	pid_t			pid;
	int			ret, status;

	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		ret = npaths == 0 ? sandbox_enter(sp, &report) :
		    sandbox_enter_paths(sp, paths, npaths, &report);
		if (ret == -1) {
			dprintf(STDERR_FILENO, "%s: %s\n", sp->name,
			    report.text);
			_exit(EXIT_NOT_ENTERED);
		}
		_exit(fn(h, arg));
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status)) {
		ATF_CHECK(!WCOREDUMP(status));
		switch (WTERMSIG(status)) {
		case SIGSYS:
			return KILLED;
		case SIGABRT:
			return ABORTED;
		default:
			return SIGNALLED;
		}
	}
	ATF_REQUIRE(WIFEXITED(status));
	if (WEXITSTATUS(status) == EXIT_NOT_ENTERED)
		return NOT_ENTERED;
	return WEXITSTATUS(status);
}

int
attempt(const struct sandbox_policy *sp, attempt_fn fn, struct held *h,
    void *arg)
{
	return attempt_paths(sp, NULL, 0, fn, h, arg);
}

const char *
outcome_name(int outcome)
{
	switch (outcome) {
	case 0:
		return "worked";
	case KILLED:
		return "killed";
	case ABORTED:
		return "aborted";
	case SIGNALLED:
		return "ended by a signal";
	case NOT_ENTERED:
		return "could not enter";
	default:
		return strerror(outcome);
	}
}

int
fd_send(int sock, int fd)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec	 iov = { (char []){ 'x' }, 1 };
	struct msghdr	 msg;
	struct cmsghdr	*cmsg;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : errno;
}

int
fd_recv(int sock, int *fd)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} control;
	char		 c;
	struct iovec	 iov = { &c, 1 };
	struct msghdr	 msg;
	struct cmsghdr	*cmsg;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg == NULL || cmsg->cmsg_type != SCM_RIGHTS)
		return EBADMSG;
	memcpy(fd, CMSG_DATA(cmsg), sizeof(*fd));
	return 0;
}

unsigned int
kernel_abi(void)
{
	return sandbox_landlock_abi(sandbox_policy(PROC_DETECTOR));
}

int
open_file(struct held *h, void *arg)
{
	(void)h;
	return ERRNO(open(arg, O_RDONLY));
}

int
truncate_file(struct held *h, void *arg)
{
	(void)h;
	return ERRNO(truncate(arg, 0));
}

int
tcp_bind(struct held *h, void *arg)
{
	struct sockaddr_in	sin;

	(void)arg;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return ERRNO(bind(h->tcp, (struct sockaddr *)&sin, sizeof(sin)));
}

int
signal_sibling(struct held *h, void *arg)
{
	(void)arg;
	return ERRNO(kill(h->sibling, 0));
}
