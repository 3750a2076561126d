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
 * What each child's policy must leave working: its own job, and what the C
 * library and libevent do on the way.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "help.h"
#include "sandbox_linux.h"

/* Not with stdio: on a file it would seek, which is not for everyone. */
static void
said(const char *func, int line, const char *cond, int error)
{
	char	 text[512];
	int	 n;

	n = snprintf(text, sizeof(text), "%s:%d: %s: %s\n", func, line, cond,
	    strerror(error));
	if (n > 0 && (size_t)n < sizeof(text))
		(void)!write(STDERR_FILENO, text, (size_t)n);
}

/* In a confined process: say where, and end the attempt with it. */
#define CHECK(cond)	do {						\
	if (!(cond)) {							\
		int error_ = errno;					\
		said(__func__, __LINE__, #cond, error_);		\
		return error_ != 0 ? error_ : EDOM;			\
	}								\
} while (0)

static const enum proc_role children[] = {
	PROC_CONTROL, PROC_PROXY, PROC_DETECTOR, PROC_LOGGER, PROC_CTL,
	PROC_KEEPER, PROC_COMPILER, PROC_MCPD, PROC_ARCHIVER
};

#define NCHILDREN	(sizeof(children) / sizeof(children[0]))

static void
every_child(attempt_fn fn, int want)
{
	const struct sandbox_policy	*sp;
	struct held			 h;
	size_t				 i;
	int				 got;

	for (i = 0; i < NCHILDREN; i++) {
		sp = sandbox_policy(children[i]);
		held_make(&h);
		got = attempt(sp, fn, &h, NULL);
		ATF_CHECK_MSG(got == want, "%s: %s instead of %s", sp->name,
		    outcome_name(got), outcome_name(want));
		held_free(&h);
	}
}

static void
one_child(enum proc_role role, attempt_fn fn, void *arg)
{
	struct held	h;
	int		got;

	held_make(&h);
	got = attempt(sandbox_policy(role), fn, &h, arg);
	ATF_CHECK_MSG(got == 0, "%s", outcome_name(got));
	held_free(&h);
}

static int
compare(const void *a, const void *b)
{
	const int	*x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The C library, for memory, time, chance, text and limits. */
static int
library(struct held *h, void *arg)
{
	struct timespec	 ts;
	struct rusage	 usage;
	struct rlimit	 rl;
	struct tm	 tm;
	size_t		 i, n = 64 << 20;
	char		*p, *q, buf[64];
	int		*numbers;
	time_t		 now;
	FILE		*f;

	(void)arg;
	CHECK((p = malloc(n)) != NULL);
	for (i = 0; i < n; i += 4096)
		p[i] = 1;
	CHECK((q = realloc(p, n * 2)) != NULL);
	q[n * 2 - 1] = 1;
	free(q);
	/* Enough to make qsort(3) ask how much memory there is. */
	n = 1 << 16;
	CHECK((numbers = calloc(n, sizeof(*numbers))) != NULL);
	for (i = 0; i < n; i++)
		numbers[i] = (int)(n - i);
	qsort(numbers, n, sizeof(*numbers), compare);
	CHECK(numbers[0] == 1);
	free(numbers);

	CHECK(getentropy(buf, sizeof(buf)) == 0);
	CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts) == 0);
	CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) == 0);
	CHECK((now = time(NULL)) != (time_t)-1);
	CHECK(gmtime_r(&now, &tm) != NULL);
	CHECK(localtime(&now) != NULL);
	CHECK(strftime(buf, sizeof(buf), "%FT%T", &tm) != 0);
	CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &rl) == 0);
	CHECK(sysconf(_SC_OPEN_MAX) > 0);
	CHECK(isatty(h->pair[0]) == 0);
	CHECK(strerror(EACCES) != NULL);

	/* Standard I/O asks what it writes to, and can do without. */
	CHECK((f = fdopen(h->pair[0], "w")) != NULL);
	CHECK(fprintf(f, "%s %d %.3f\n", buf, 42, 1.5) > 0);
	CHECK(fflush(f) == 0);
	CHECK(read(h->pair[1], buf, sizeof(buf)) > 0);
	CHECK(fprintf(stderr, "confined\n") > 0);
	return 0;
}

static int
abort_self(struct held *h, void *arg)
{
	(void)h;
	(void)arg;
	abort();
}

/* How assert(3) and a corrupt heap end. */
static int
raise_abort(struct held *h, void *arg)
{
	(void)h;
	(void)arg;
	raise(SIGABRT);
	return 0;
}

/* Descriptors received and handed on, as imsg(3) does it. */
static int
descriptors(struct held *h, void *arg)
{
	char	c;
	int	fd, p[2], copy;

	(void)arg;
	CHECK(pipe2(p, O_CLOEXEC) == 0);
	CHECK(fd_send(h->pair[0], p[0]) == 0);
	CHECK(close(p[0]) == 0);
	CHECK(fd_recv(h->pair[1], &fd) == 0);
	CHECK(write(p[1], "y", 1) == 1);
	CHECK(read(fd, &c, 1) == 1 && c == 'y');
	CHECK((copy = fcntl(fd, F_DUPFD_CLOEXEC, 10)) >= 10);
	CHECK(close(copy) == 0 && close(fd) == 0);
	CHECK(send(h->pair[0], "z", 1, MSG_NOSIGNAL) == 1);
	CHECK(recv(h->pair[1], &c, 1, 0) == 1 && c == 'z');
	CHECK(shutdown(h->pair[0], SHUT_WR) == 0);
	CHECK(read(h->pair[1], &c, 1) == 0);
	return 0;
}

struct loop {
	struct event_base	*base;
	int			 reads, timeouts, signals;
};

/* The three come in any order: the timer may be done before the reads. */
static void
loop_over(struct loop *l)
{
	if (l->reads == 3 && l->timeouts == 1 && l->signals == 1)
		event_base_loopexit(l->base, NULL);
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct loop	*l = arg;
	char		 c;

	(void)what;
	if (read((int)fd, &c, 1) == 1)
		l->reads++;
	loop_over(l);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct loop	*l = arg;

	(void)fd;
	(void)what;
	l->timeouts++;
	raise(SIGUSR1);
}

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct loop	*l = arg;

	(void)fd;
	(void)what;
	l->signals++;
	loop_over(l);
}

/* An event base made after entering, with all it can be asked for. */
static int
loop_with(struct held *h, struct event_base *base)
{
	struct timeval	 tv = { 0, 1000 };
	struct event	*ev[3];
	struct loop	 l;
	size_t		 i;
	int		 on = 1, n;

	memset(&l, 0, sizeof(l));
	CHECK((l.base = base) != NULL);
	CHECK(ioctl(h->pair[1], FIONBIO, &on) == 0);
	CHECK(write(h->pair[0], "abc", 3) == 3);
	CHECK(ioctl(h->pair[1], FIONREAD, &n) == 0 && n == 3);
	ev[0] = event_new(l.base, h->pair[1], EV_READ | EV_PERSIST, on_read,
	    &l);
	ev[1] = evtimer_new(l.base, on_timeout, &l);
	ev[2] = evsignal_new(l.base, SIGUSR1, on_signal, &l);
	for (i = 0; i < 3; i++)
		CHECK(ev[i] != NULL);
	CHECK(event_add(ev[0], NULL) == 0);
	CHECK(event_add(ev[1], &tv) == 0);
	CHECK(event_add(ev[2], NULL) == 0);
	CHECK(event_base_dispatch(l.base) == 0);
	CHECK(l.reads == 3 && l.timeouts == 1 && l.signals == 1);
	for (i = 0; i < 3; i++)
		event_free(ev[i]);
	event_base_free(l.base);
	return 0;
}

static int
event_loop(struct held *h, void *arg)
{
	struct event_config	*cfg;
	int			 ret;

	(void)arg;
	if ((ret = loop_with(h, event_base_new())) != 0)
		return ret;
	/* With a timerfd; what libevent's programs choose at run time. */
	CHECK((cfg = event_config_new()) != NULL);
	CHECK(event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER) == 0);
	ret = loop_with(h, event_base_new_with_config(cfg));
	event_config_free(cfg);
	return ret;
}

/* Everyone but the logger may still use F_SETFL. */
static int
nonblocking(struct held *h, void *arg)
{
	(void)arg;
	CHECK(evutil_make_socket_nonblocking(h->pair[0]) == 0);
	return 0;
}

static int
control_job(struct held *h, void *arg)
{
	struct ucred	cred;
	socklen_t	len = sizeof(cred);
	int		c, fd;

	(void)arg;
	c = accept4(h->unix_listener, NULL, NULL, SOCK_NONBLOCK |
	    SOCK_CLOEXEC);
	CHECK(c != -1);
	CHECK(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0);
	CHECK(cred.uid == getuid() && cred.pid == getppid());
	CHECK(fd_send(h->pair[0], c) == 0);
	CHECK(fd_recv(h->pair[1], &fd) == 0);
	CHECK(write(fd, "ok", 2) == 2);
	return 0;
}

static int
proxy_job(struct held *h, void *arg)
{
	struct sockaddr_storage	 ss;
	struct sockaddr_in	 sin;
	struct tcp_info		 info;
	struct pollfd		 pfd;
	socklen_t		 len = sizeof(sin);
	char			 c;
	int			 a, b, error, on = 1, u;

	(void)arg;
	CHECK(getsockname(h->tcp_listener, (struct sockaddr *)&sin, &len) ==
	    0);
	CHECK((a = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0)) != -1);
	CHECK(connect(a, (struct sockaddr *)&sin, len) == 0 ||
	    errno == EINPROGRESS);
	pfd.fd = a;
	pfd.events = POLLOUT;
	CHECK(poll(&pfd, 1, 5000) == 1);
	len = sizeof(error);
	CHECK(getsockopt(a, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
	    error == 0);
	len = sizeof(ss);
	CHECK((b = accept4(h->tcp_listener, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1);
	CHECK(setsockopt(b, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	CHECK(setsockopt(b, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0);
	CHECK(setsockopt(b, SOL_SOCKET, SO_SNDBUF, &(int){ 65536 },
	    sizeof(int)) == 0);
	len = sizeof(info);
	CHECK(getsockopt(b, IPPROTO_TCP, TCP_INFO, &info, &len) == 0);
	len = sizeof(ss);
	CHECK(getpeername(b, (struct sockaddr *)&ss, &len) == 0);
	CHECK(write(a, "q", 1) == 1);
	pfd.fd = b;
	pfd.events = POLLIN;
	CHECK(poll(&pfd, 1, 5000) == 1);
	CHECK(read(b, &c, 1) == 1 && c == 'q');

	/* UDP, from a port of its own and to an address. */
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK((u = socket(AF_INET, SOCK_DGRAM, 0)) != -1);
	CHECK(bind(u, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	len = sizeof(sin);
	CHECK(getsockname(u, (struct sockaddr *)&sin, &len) == 0);
	CHECK(sendto(u, "d", 1, 0, (struct sockaddr *)&sin, len) == 1);
	len = sizeof(ss);
	CHECK(recvfrom(u, &c, 1, 0, (struct sockaddr *)&ss, &len) == 1);
	return 0;
}

struct answer {
	struct event_base	*base;
	int			 result;
	uint32_t		 addr;
};

static void
on_answer(int result, char type, int count, int ttl, void *addresses,
    void *arg)
{
	struct answer	*a = arg;

	(void)ttl;
	a->result = result;
	if (result == DNS_ERR_NONE && type == DNS_IPv4_A && count == 1)
		memcpy(&a->addr, addresses, sizeof(a->addr));
	event_base_loopexit(a->base, NULL);
}

/* evdns, made and used after entering, as the proxy-worker does. */
static int
resolve(struct held *h, void *arg)
{
	struct evdns_base	*dns;
	struct timeval		 deadline = { 10, 0 };
	struct answer		 a;

	(void)h;
	memset(&a, 0, sizeof(a));
	a.result = -1;
	CHECK((a.base = event_base_new()) != NULL);
	CHECK((dns = evdns_base_new(a.base, 0)) != NULL);
	CHECK(evdns_base_nameserver_ip_add(dns, arg) == 0);
	CHECK(evdns_base_resolve_ipv4(dns, "origin.example", 0, on_answer,
	    &a) != NULL);
	CHECK(event_base_loopexit(a.base, &deadline) == 0);
	CHECK(event_base_dispatch(a.base) == 0);
	CHECK(a.result == DNS_ERR_NONE);
	CHECK(a.addr == htonl(0xc0000207));
	evdns_base_free(dns, 0);
	event_base_free(a.base);
	return 0;
}

/* Answers queries with 192.0.2.7 until killed. */
static pid_t
nameserver(char *where, size_t len)
{
	static const unsigned char rr[] = { 0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0,
	    60, 0, 4, 192, 0, 2, 7 };
	struct sockaddr_in	sin;
	socklen_t		slen = sizeof(sin);
	unsigned char		buf[512];
	ssize_t			n;
	pid_t			pid;
	int			fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_DGRAM, 0)) != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sin, slen) == 0);
	ATF_REQUIRE(getsockname(fd, (struct sockaddr *)&sin, &slen) == 0);
	snprintf(where, len, "127.0.0.1:%d", ntohs(sin.sin_port));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid != 0) {
		close(fd);
		return pid;
	}
	for (;;) {
		slen = sizeof(sin);
		n = recvfrom(fd, buf, sizeof(buf) - sizeof(rr), 0,
		    (struct sockaddr *)&sin, &slen);
		if (n < 12)
			continue;
		buf[2] |= 0x80;		/* an answer, */
		buf[3] = 0x80;		/* without error, */
		buf[7] = 1;		/* of one record */
		memcpy(buf + n, rr, sizeof(rr));
		(void)sendto(fd, buf, (size_t)n + sizeof(rr), 0,
		    (struct sockaddr *)&sin, slen);
	}
}

static int
logger_job(struct held *h, void *arg)
{
	struct stat	st;
	char		buf[32];
	int		fd, flags, on = 1;

	(void)arg;
	CHECK(write(h->file, "second\n", 7) == 7);
	CHECK(fstat(h->file, &st) == 0 && st.st_size == 16);
	CHECK(lseek(h->file, 0, SEEK_SET) == 0);
	/* Wherever the offset is, a write goes to the end. */
	CHECK(write(h->file, "third\n", 6) == 6);
	CHECK(pread(h->file, buf, 9, 0) == 9);
	CHECK(memcmp(buf, "evidence\n", 9) == 0);
	CHECK(fdatasync(h->file) == 0 && fsync(h->file) == 0);

	/* O_APPEND stays, however it is asked. */
	CHECK((flags = fcntl(h->file, F_GETFL)) != -1);
	CHECK(fcntl(h->file, F_SETFL, flags & ~O_APPEND) == -1);
	CHECK(errno == EPERM);
	CHECK(ioctl(h->file, FIONBIO, &on) == 0);
	CHECK(fcntl(h->file, F_GETFL) & O_APPEND);

	/* A client's socket arrives, and is answered. */
	CHECK(fd_send(h->pair[0], h->pair[0]) == 0);
	CHECK(fd_recv(h->pair[1], &fd) == 0);
	CHECK(ioctl(fd, FIONBIO, &on) == 0);
	CHECK(write(fd, "finding\n", 8) == 8);
	return 0;
}

static int
ctl_job(struct held *h, void *arg)
{
	struct winsize	ws;
	struct termios	t;
	struct stat	st;

	(void)arg;
	CHECK(fstat(h->file, &st) == 0);
	CHECK(ioctl(h->pty, TIOCGWINSZ, &ws) == 0);
	CHECK(tcgetattr(h->pty, &t) == 0);
	return 0;
}

#define EVERY(name, fn, want)						\
ATF_TC_WITHOUT_HEAD(name);						\
ATF_TC_BODY(name, tc)							\
{									\
	(void)tc;							\
	every_child(fn, want);						\
}
EVERY(library, library, 0)
EVERY(descriptors, descriptors, 0)
EVERY(event_loop, event_loop, 0)
EVERY(abort, abort_self, ABORTED)
EVERY(raise_abort, raise_abort, ABORTED)

#define ONE(name, role, fn)						\
ATF_TC_WITHOUT_HEAD(name);						\
ATF_TC_BODY(name, tc)							\
{									\
	(void)tc;							\
	one_child(role, fn, NULL);					\
}
ONE(control, PROC_CONTROL, control_job)
ONE(proxy_worker, PROC_PROXY, proxy_job)
ONE(logger, PROC_LOGGER, logger_job)

ATF_TC_WITHOUT_HEAD(guardianctl);
ATF_TC_BODY(guardianctl, tc)
{
	int	fd;

	(void)tc;
	if ((fd = posix_openpt(O_RDWR | O_NOCTTY)) == -1)
		atf_tc_skip("no pseudo-terminal to be had: %s",
		    strerror(errno));
	close(fd);
	one_child(PROC_CTL, ctl_job, NULL);
}

ATF_TC_WITHOUT_HEAD(nonblocking);
ATF_TC_BODY(nonblocking, tc)
{
	(void)tc;
	one_child(PROC_CONTROL, nonblocking, NULL);
	one_child(PROC_PROXY, nonblocking, NULL);
	one_child(PROC_DETECTOR, nonblocking, NULL);
	one_child(PROC_CTL, nonblocking, NULL);
}

ATF_TC_WITHOUT_HEAD(proxy_worker_dns);
ATF_TC_BODY(proxy_worker_dns, tc)
{
	char	where[32];
	pid_t	pid;

	(void)tc;
	pid = nameserver(where, sizeof(where));
	one_child(PROC_PROXY, resolve, where);
	kill(pid, SIGKILL);
	ATF_REQUIRE(waitpid(pid, NULL, 0) == pid);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, library);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, event_loop);
	ATF_TP_ADD_TC(tp, abort);
	ATF_TP_ADD_TC(tp, raise_abort);
	ATF_TP_ADD_TC(tp, control);
	ATF_TP_ADD_TC(tp, proxy_worker);
	ATF_TP_ADD_TC(tp, proxy_worker_dns);
	ATF_TP_ADD_TC(tp, logger);
	ATF_TP_ADD_TC(tp, guardianctl);
	ATF_TP_ADD_TC(tp, nonblocking);
	return atf_no_error();
}
