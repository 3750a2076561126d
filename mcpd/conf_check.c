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
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "compat.h"
#include "conf_check.h"
#include "log.h"
#include "sandbox.h"

#define CHECK_SECONDS	2
#define CHECK_MEMORY	(128UL * 1024 * 1024)

struct conf_check {
	TAILQ_ENTRY(conf_check)	 entry;
	struct conf_checker	*checker;
	char			*text;		/* to be written */
	size_t			 len;
	size_t			 done;
	char			*out;		/* read */
	size_t			 outlen;
	struct event		*write;
	struct event		*read;
	conf_check_done		 cb;
	void			*arg;
};

struct conf_checker {
	struct event_base		*base;
	int				 fd;
	pid_t				 pid;
	TAILQ_HEAD(, conf_check)	 checks;
	unsigned int			 n;
};

/*
 * The process for one text: no more of it than these two descriptors, this
 * much time and this much memory.
 */
static __dead void
judge(int in, int out)
{
	static char		 text[CONF_CHECK_TEXT_MAX];
	struct itimerval	 it = { .it_value = { CHECK_SECONDS, 0 } };
	struct rlimit		 rl = { CHECK_SECONDS, CHECK_SECONDS };
	struct sandbox_report	 report;
	json_t			*o;
	char			*s;
	size_t			 len = 0, i;
	ssize_t			 n = -1;

	if (setitimer(ITIMER_REAL, &it, NULL) == -1 ||
	    setrlimit(RLIMIT_CPU, &rl) == -1)
		fatal("limits of a check");
#ifndef GUARDIAN_SANITIZE
	/* A sanitizer has a map of everything. */
	rl.rlim_cur = rl.rlim_max = CHECK_MEMORY;
	if (setrlimit(RLIMIT_AS, &rl) == -1)
		fatal("limits of a check");
#endif
	if (sandbox_narrow(sandbox_policy_check(), &report) == -1)
		fatalx("sandbox of a check: %s", report.text);
	while (len < sizeof(text) &&
	    (n = read(in, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	if (n == -1 || (o = conf_check_text(text, len)) == NULL ||
	    (s = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII)) == NULL)
		_exit(1);
	for (i = 0, len = strlen(s); i < len; i += (size_t)n)
		if ((n = write(out, s + i, len - i)) == -1)
			_exit(1);
	_exit(0);
}

/* Two descriptors that are to be a process's; -1 at the end of the channel. */
static int
receive(int fd, int fds[2])
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(2 * sizeof(int))];
	}		 control;
	struct cmsghdr	*cm;
	struct msghdr	 msg;
	struct iovec	 iov;
	ssize_t		 n;
	char		 byte;

	memset(&msg, 0, sizeof(msg));
	iov.iov_base = &byte;
	iov.iov_len = 1;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	do {
		n = recvmsg(fd, &msg, 0);
	} while (n == -1 && errno == EINTR);
	if (n != 1 || (msg.msg_flags & MSG_CTRUNC) ||
	    (cm = CMSG_FIRSTHDR(&msg)) == NULL ||
	    cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS ||
	    cm->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return -1;
	memcpy(fds, CMSG_DATA(cm), 2 * sizeof(int));
	return 0;
}

/* The process that starts them, for as long as mcpd lives. */
static __dead void
serve(int fd)
{
	struct sandbox_report	 report;
	int			 fds[2];

	setproctitle("config checks");
	/* or jansson would look for a file with random bytes */
	json_object_seed((size_t)arc4random() | 1);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* nobody waits for them */
	signal(SIGCHLD, SIG_IGN);
	if (dup2(fd, STDERR_FILENO + 1) == -1)
		fatal("dup2");
	fd = STDERR_FILENO + 1;
#ifndef GUARDIAN_SANITIZE		/* whose report file is open already */
	closefrom(fd + 1);
#endif
	if (sandbox_enter(sandbox_policy_checks(), &report) == -1)
		fatalx("sandbox of the checks: %s", report.text);
	while (receive(fd, fds) == 0) {
		switch (fork()) {
		case -1:
			log_warn("fork of a check");
			break;
		case 0:
			close(fd);
			judge(fds[0], fds[1]);
		}
		close(fds[0]);
		close(fds[1]);
	}
	_exit(0);
}

struct conf_checker *
conf_checker_start(struct event_base *base)
{
	struct conf_checker	*cc;
	int			 fds[2];

	if ((cc = calloc(1, sizeof(*cc))) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		fatal("config checks");
	cc->base = base;
	TAILQ_INIT(&cc->checks);
	switch (cc->pid = fork()) {
	case -1:
		fatal("fork");
	case 0:
		close(fds[0]);
		serve(fds[1]);
	}
	close(fds[1]);
	cc->fd = fds[0];
	if (evutil_make_socket_nonblocking(cc->fd) == -1)
		fatal("config checks");
	return cc;
}

static void
check_free(struct conf_check *c)
{
	if (c->write != NULL) {
		close(event_get_fd(c->write));
		event_free(c->write);
	}
	close(event_get_fd(c->read));
	event_free(c->read);
	TAILQ_REMOVE(&c->checker->checks, c, entry);
	c->checker->n--;
	freezero(c->text, c->len);
	free(c->out);
	free(c);
}

/* The process may have been overwhelmed by the text: it is not believed. */
static int
is_sound(const json_t *o)
{
	const json_t	*e, *message;
	const char	*p;
	size_t		 i;

	if (!json_is_array(o) || json_array_size(o) > 128)
		return 0;
	for (i = 0; i < json_array_size(o); i++) {
		e = json_array_get(o, i);
		message = json_object_get(e, "message");
		if (json_object_size(e) != 2 ||
		    !json_is_integer(json_object_get(e, "line")) ||
		    !json_is_string(message) ||
		    json_string_length(message) >= 1024)
			return 0;
		for (p = json_string_value(message); *p != '\0'; p++)
			if (*p < 0x20 || *p > 0x7e)
				return 0;
	}
	return 1;
}

static void
check_end(struct conf_check *c, int whole)
{
	conf_check_done	 cb = c->cb;
	void		*arg = c->arg;
	json_t		*o = NULL;

	if (whole)
		o = json_loadb(c->out, c->outlen, 0, NULL);
	if (o != NULL && !is_sound(o)) {
		json_decref(o);
		o = NULL;
	}
	check_free(c);
	cb(arg, o);
	json_decref(o);
}

static void
check_read(evutil_socket_t fd, short what, void *arg)
{
	struct conf_check	*c = arg;
	ssize_t			 n;

	if (what & EV_TIMEOUT) {
		check_end(c, 0);
		return;
	}
	n = read(fd, c->out + c->outlen, CONF_CHECK_OUT_MAX - c->outlen);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		c->outlen += (size_t)n;
		if (c->outlen < CONF_CHECK_OUT_MAX)
			return;
	}
	check_end(c, n == 0);
}

static void
check_write(evutil_socket_t fd, short what, void *arg)
{
	struct conf_check	*c = arg;
	ssize_t			 n;

	(void)what;
	n = write(fd, c->text + c->done, c->len - c->done);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->done += (size_t)n;
	if (n >= 0 && c->done < c->len)
		return;
	/* All of it is there, or nobody reads it: its output will end. */
	close(fd);
	event_free(c->write);
	c->write = NULL;
}

/* The far ends go to a new process; they are closed here in any case. */
static int
hand_over(struct conf_checker *cc, int in, int out)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(2 * sizeof(int))];
	}		 control;
	struct cmsghdr	*cm;
	struct msghdr	 msg;
	struct iovec	 iov;
	int		 fds[2] = { in, out };
	ssize_t		 n;
	char		 byte = 0;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = &byte;
	iov.iov_len = 1;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	cm = CMSG_FIRSTHDR(&msg);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(cm), fds, sizeof(fds));
	n = sendmsg(cc->fd, &msg, MSG_NOSIGNAL);
	/* it cannot be started again from within the sandbox */
	if (n == -1 && (errno == EPIPE || errno == ECONNRESET))
		fatal("the process that starts config checks");
	close(in);
	close(out);
	return n == 1 ? 0 : -1;
}

struct conf_check *
conf_check(struct conf_checker *cc, const char *text, size_t len,
    conf_check_done cb, void *arg)
{
	struct conf_check	*c;
	/* Longer than the process lives: it may have to wait for a CPU. */
	struct timeval		 tv = { CHECK_SECONDS + 2, 0 };
	int			 in[2], out[2];

	if (cc->n >= CONF_CHECK_MAX || len > CONF_CHECK_TEXT_MAX ||
	    pipe2(in, O_CLOEXEC) == -1)
		return NULL;
	if (pipe2(out, O_CLOEXEC) == -1) {
		close(in[0]);
		close(in[1]);
		return NULL;
	}
	if (hand_over(cc, in[0], out[1]) == -1) {
		close(in[1]);
		close(out[0]);
		return NULL;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->text = malloc(len + 1)) == NULL ||
	    (c->out = malloc(CONF_CHECK_OUT_MAX)) == NULL ||
	    evutil_make_socket_nonblocking(in[1]) == -1 ||
	    evutil_make_socket_nonblocking(out[0]) == -1)
		fatal("config check");
	memcpy(c->text, text, len);
	c->len = len;
	c->checker = cc;
	c->cb = cb;
	c->arg = arg;
	c->write = event_new(cc->base, in[1], EV_WRITE | EV_PERSIST,
	    check_write, c);
	c->read = event_new(cc->base, out[0], EV_READ | EV_PERSIST,
	    check_read, c);
	if (c->write == NULL || c->read == NULL ||
	    event_add(c->write, NULL) == -1 || event_add(c->read, &tv) == -1)
		fatal("config check");
	TAILQ_INSERT_TAIL(&cc->checks, c, entry);
	cc->n++;
	return c;
}

void
conf_check_cancel(struct conf_check *c)
{
	check_free(c);
}

void
conf_checker_free(struct conf_checker *cc)
{
	while (!TAILQ_EMPTY(&cc->checks))
		check_free(TAILQ_FIRST(&cc->checks));
	close(cc->fd);
	free(cc);
}
