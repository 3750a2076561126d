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
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <asm/termbits.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_linux.h"

/*
 * The list of system calls, composed from a policy's words.
 *
 * What is not listed kills the process: no honest path of ours or of a
 * library gets there, so it is an intruder, or a mistake that must be seen.
 * What libraries try and can do without is refused with an error instead.
 *
 * A row: the word that brings it, the words of which any one leaves it out, the
 * call, the error to refuse it with (0: allowed), and up to three conditions on
 * its arguments that must all hold.  Rows for one call are alternatives; a
 * row without conditions would swallow the others, so a call has either one
 * such row or only conditional ones.
 *
 * Arguments that the kernel takes as int are compared in their low 32 bits,
 * as the kernel does; what a pointer points to cannot be examined.
 */
#define NARGS	3

struct arg {
	enum { A_NONE, A_INT, A_LONG, A_MASK, A_SELF } how;
	unsigned int	 n;		/* which argument, from 0 */
	uint64_t	 mask;
	uint64_t	 value;
};

struct rule {
	const char	*word;
	const char	*unless;
	const char	*call;
	int		 error;
	struct arg	 arg[NARGS];
};

#define INT(n, v)	{ A_INT, n, 0xffffffffU, (uint32_t)(v) }
#define LONG(n, v)	{ A_LONG, n, 0, v }
#define MASK(n, m, v)	{ A_MASK, n, m, v }
#define TYPE(n, v)	MASK(n, 0xf, v)		/* of socket(2), less flags */
#define CMD(n, v)	MASK(n, 0x7f, v)	/* of futex(2), less flags */
#define SELF(n)		{ A_SELF, n, 0xffffffffU, 0 }
#define ANY		{ { A_NONE, 0, 0, 0 } }

/* Absent from the headers of some systems we compile on. */
#ifndef TCGETS2
#define TCGETS2		0x802c542a
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA	0x53564d41
#endif

static const struct rule rules[] = {
	/* Descriptors already held: the work of every process. */
	{ "stdio", NULL, "read", 0, ANY },
	{ "stdio", NULL, "readv", 0, ANY },
	{ "stdio", NULL, "write", 0, ANY },
	{ "stdio", NULL, "writev", 0, ANY },
	{ "stdio", NULL, "close", 0, ANY },
	{ "stdio", NULL, "fstat", 0, ANY },
	{ "stdio", NULL, "shutdown", 0, ANY },
	/*
	 * imsg(3) uses these with and without descriptors, which are inside
	 * what the pointer points to: recvfd and sendfd add nothing here, and
	 * the receiver refuses what it does not expect.
	 */
	{ "stdio", NULL, "recvmsg", 0, ANY },
	{ "stdio", NULL, "sendmsg", 0, ANY },
	{ "stdio", NULL, "recvfrom", 0, ANY },
	/* send(2): without an address. */
	{ "stdio", "dns", "sendto", 0, { LONG(4, 0) } },
	{ "stdio", NULL, "getsockopt", 0, { INT(1, SOL_SOCKET) } },
	{ "stdio", NULL, "setsockopt", 0,
	    { INT(1, SOL_SOCKET), INT(2, SO_SNDBUF) } },
	{ "stdio", NULL, "setsockopt", 0,
	    { INT(1, SOL_SOCKET), INT(2, SO_RCVBUF) } },

	/*
	 * fcntl without F_SETOWN and F_SETSIG (they signal others) and
	 * without locks, leases and seals.  F_SETFL could clear the O_APPEND
	 * of a log file: the logger uses FIONBIO, which cannot.
	 */
	{ "stdio", NULL, "fcntl", 0, { INT(1, F_GETFD) } },
	{ "stdio", NULL, "fcntl", 0, { INT(1, F_SETFD) } },
	{ "stdio", NULL, "fcntl", 0, { INT(1, F_GETFL) } },
	{ "stdio", NULL, "fcntl", 0, { INT(1, F_DUPFD_CLOEXEC) } },
	{ "stdio", "append", "fcntl", 0, { INT(1, F_SETFL) } },
	{ "append", NULL, "fcntl", EPERM, { INT(1, F_SETFL) } },
	{ "stdio", NULL, "ioctl", 0, { INT(1, FIONREAD) } },
	{ "stdio", NULL, "ioctl", 0, { INT(1, FIONBIO) } },
	/* isatty(3), which standard I/O asks: no. */
	{ "stdio", "tty", "ioctl", ENOTTY, { INT(1, TCGETS) } },
	{ "stdio", "tty", "ioctl", ENOTTY, { INT(1, TCGETS2) } },

	/* libevent: the loop, its timers, its wake-up and signal pipes. */
	{ "stdio", NULL, "epoll_create1", 0, ANY },
	{ "stdio", NULL, "epoll_ctl", 0, ANY },
	{ "stdio", NULL, "epoll_wait", 0, ANY },
	{ "stdio", NULL, "epoll_pwait", 0, ANY },
	{ "stdio", NULL, "epoll_pwait2", 0, ANY },
	{ "stdio", NULL, "poll", 0, ANY },
	{ "stdio", NULL, "ppoll", 0, ANY },
	{ "stdio", NULL, "eventfd2", 0, ANY },
	/* Not O_NOTIFICATION_PIPE, which is O_EXCL. */
	{ "stdio", NULL, "pipe2", 0, { MASK(1, O_EXCL, 0) } },
	{ "stdio", NULL, "timerfd_create", 0, ANY },
	{ "stdio", NULL, "timerfd_settime", 0, ANY },
	{ "stdio", NULL, "restart_syscall", 0, ANY },

	/*
	 * Memory, never executable.  Only anonymous: a shared writable map of
	 * a log file would undo O_APPEND, and nothing else needs one.
	 */
	{ "stdio", NULL, "brk", 0, ANY },
	{ "stdio", NULL, "mmap", 0,
	    { MASK(2, PROT_EXEC, 0), MASK(3, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
	{ "stdio", NULL, "mprotect", 0, { MASK(2, PROT_EXEC, 0) } },
	{ "stdio", NULL, "munmap", 0, ANY },
	{ "stdio", NULL, "mremap", 0, ANY },
	{ "stdio", NULL, "madvise", 0, ANY },
	/* qsort(3) asks how much memory there is. */
	{ "stdio", NULL, "sysinfo", 0, ANY },
	/* Last way to tell the number of CPUs: sysconf(3) then says one. */
	{ "stdio", NULL, "sched_getaffinity", EPERM, ANY },
	/* Locks of the C library: wait and wake, no priority inheritance. */
	{ "stdio", NULL, "futex", 0, { CMD(1, 0) } },
	{ "stdio", NULL, "futex", 0, { CMD(1, 1) } },
	{ "stdio", NULL, "futex", 0, { CMD(1, 9 /* FUTEX_WAIT_BITSET */) } },
	{ "stdio", NULL, "futex", 0, { CMD(1, 10 /* FUTEX_WAKE_BITSET */) } },
	{ "stdio", NULL, "getrandom", 0, ANY },

	/* Clocks: system calls where the vDSO has no clock source to read. */
	{ "stdio", NULL, "clock_gettime", 0, ANY },
	{ "stdio", NULL, "clock_getres", 0, ANY },
	{ "stdio", NULL, "clock_nanosleep", 0, ANY },
	{ "stdio", NULL, "gettimeofday", 0, ANY },
	{ "stdio", NULL, "time", 0, ANY },
	{ "stdio", NULL, "getrusage", 0, ANY },

	/* Who am I; issetugid in libevent asks for all four. */
	{ "stdio", NULL, "getpid", 0, ANY },
	{ "stdio", NULL, "gettid", 0, ANY },
	{ "stdio", NULL, "getppid", 0, ANY },
	{ "stdio", NULL, "getuid", 0, ANY },
	{ "stdio", NULL, "geteuid", 0, ANY },
	{ "stdio", NULL, "getgid", 0, ANY },
	{ "stdio", NULL, "getegid", 0, ANY },
	/* Reading a limit of one's own: getrlimit(2), sysconf(3). */
	{ "stdio", "fork", "prlimit64", 0, { INT(0, 0), LONG(2, 0) } },
	{ "fork", NULL, "prlimit64", 0, { INT(0, 0) } },

	/* The report, and the process title. */
	{ "stdio", NULL, "prctl", 0, { INT(0, PR_GET_NO_NEW_PRIVS) } },
	{ "stdio", NULL, "prctl", 0, { INT(0, PR_GET_SECCOMP) } },
	{ "stdio", NULL, "prctl", 0, { INT(0, PR_GET_DUMPABLE) } },
	{ "stdio", NULL, "prctl", 0, { INT(0, PR_SET_NAME) } },
	/* Newer C libraries name their maps, and do not mind. */
	{ "stdio", NULL, "prctl", EINVAL, { INT(0, PR_SET_VMA) } },

	/* Signals received, the end, and abort(3): a signal to oneself. */
	{ "stdio", NULL, "rt_sigaction", 0, ANY },
	{ "stdio", NULL, "rt_sigprocmask", 0, ANY },
	{ "stdio", NULL, "rt_sigreturn", 0, ANY },
	{ "stdio", NULL, "exit_group", 0, ANY },
	{ "stdio", NULL, "tgkill", 0, { SELF(0) } },

	/*
	 * Files by name: libraries look for a time zone, a locale, a
	 * configuration, and can do without.
	 */
	{ "stdio", NULL, "open", EACCES, ANY },
	{ "stdio", NULL, "openat", EACCES, ANY },
	{ "stdio", "tasks", "openat2", EACCES, ANY },
	{ "stdio", NULL, "stat", EACCES, ANY },
	{ "stdio", NULL, "lstat", EACCES, ANY },
	{ "stdio", NULL, "statx", EACCES, ANY },
	{ "stdio", NULL, "access", EACCES, ANY },
	{ "stdio", NULL, "faccessat", EACCES, ANY },
	{ "stdio", NULL, "faccessat2", EACCES, ANY },
	{ "stdio", NULL, "readlink", EACCES, ANY },
	{ "stdio", NULL, "readlinkat", EACCES, ANY },
	/*
	 * fstat(3) of glibc 2.33 to 2.38 is this call with an empty path.
	 * Refused, standard I/O guesses a buffer size; but the logger has to
	 * know how long its files are and guardianctl what it prints to.
	 * That the path is empty cannot be checked, so those two could learn
	 * whether a file exists, in a chroot that has none.
	 */
	{ "stdio", NULL, "newfstatat", EACCES, { MASK(3, AT_EMPTY_PATH, 0) } },
	{ "stdio", "append tty tasks", "newfstatat", EACCES,
	    { MASK(3, AT_EMPTY_PATH, AT_EMPTY_PATH) } },
	{ "append", NULL, "newfstatat", 0,
	    { MASK(3, AT_EMPTY_PATH, AT_EMPTY_PATH) } },
	{ "tty", NULL, "newfstatat", 0,
	    { MASK(3, AT_EMPTY_PATH, AT_EMPTY_PATH) } },

	/*
	 * Log files: read anywhere, write at the end only (O_APPEND, which
	 * nothing here can clear), and to disk.  No ftruncate, no fallocate,
	 * and no pwritev2, whose RWF_NOAPPEND undoes O_APPEND.
	 */
	{ "append", NULL, "lseek", 0, ANY },
	{ "append", NULL, "pread64", 0, ANY },
	{ "append", NULL, "fsync", 0, ANY },
	{ "append", NULL, "fdatasync", 0, ANY },

	/*
	 * Files in directories already held: what openat2 is to resolve, and
	 * how, cannot be examined, so Landlock says where (and a policy with
	 * this word and a directory does not run without it).
	 */
	{ "tasks", NULL, "openat2", 0, ANY },
	{ "tasks", NULL, "newfstatat", 0,
	    { MASK(3, AT_EMPTY_PATH, AT_EMPTY_PATH) } },
	{ "tasks", NULL, "getdents64", 0, ANY },
	{ "tasks", NULL, "lseek", 0, ANY },
	{ "tasks", NULL, "unlinkat", 0, { INT(2, 0) } },
	{ "tasks", NULL, "renameat2", 0, { INT(4, 1 /* NOREPLACE */) } },
	{ "tasks", NULL, "linkat", 0, { INT(4, 0) } },

	/* fork(3) of the C library, not a thread and no namespace. */
	{ "fork", NULL, "clone", 0, { LONG(0, CLONE_CHILD_SETTID |
	    CLONE_CHILD_CLEARTID | SIGCHLD) } },
	{ "fork", NULL, "set_robust_list", 0, ANY },
	{ "fork", NULL, "setitimer", 0, { INT(0, ITIMER_REAL) } },

	/* A terminal: is it one, and how wide.  No TIOCSTI, no settings. */
	{ "tty", NULL, "ioctl", 0, { INT(1, TCGETS) } },
	{ "tty", NULL, "ioctl", 0, { INT(1, TCGETS2) } },
	{ "tty", NULL, "ioctl", 0, { INT(1, TIOCGWINSZ) } },

	/* A listener already held; who connected is a getsockopt above. */
	{ "unix", NULL, "accept4", 0, ANY },
	{ "unix", NULL, "getsockname", 0, ANY },
	{ "unix", NULL, "getpeername", 0, ANY },

	/*
	 * TCP and UDP, and nothing else that a socket can be (raw, packet,
	 * netlink, Unix, vsock, and by protocol SCTP, MPTCP, ping: each a
	 * world of kernel code).  No listen.
	 */
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET), TYPE(1, SOCK_STREAM), INT(2, 0) } },
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET), TYPE(1, SOCK_STREAM), INT(2, IPPROTO_TCP) } },
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET), TYPE(1, SOCK_DGRAM), INT(2, 0) } },
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET), TYPE(1, SOCK_DGRAM), INT(2, IPPROTO_UDP) } },
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET6), TYPE(1, SOCK_STREAM), INT(2, 0) } },
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET6), TYPE(1, SOCK_STREAM), INT(2, IPPROTO_TCP) } },
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET6), TYPE(1, SOCK_DGRAM), INT(2, 0) } },
	{ "inet", NULL, "socket", 0,
	    { INT(0, AF_INET6), TYPE(1, SOCK_DGRAM), INT(2, IPPROTO_UDP) } },
	{ "inet", NULL, "connect", 0, ANY },
	{ "inet", NULL, "accept4", 0, ANY },
	{ "inet", NULL, "getsockname", 0, ANY },
	{ "inet", NULL, "getpeername", 0, ANY },
	/* Named options: others attach BPF programs or whole protocols. */
	{ "inet", NULL, "getsockopt", 0, { INT(1, IPPROTO_TCP) } },
	{ "inet", NULL, "setsockopt", 0,
	    { INT(1, SOL_SOCKET), INT(2, SO_KEEPALIVE) } },
	{ "inet", NULL, "setsockopt", 0,
	    { INT(1, SOL_SOCKET), INT(2, SO_LINGER) } },
	{ "inet", NULL, "setsockopt", 0,
	    { INT(1, IPPROTO_TCP), INT(2, TCP_NODELAY) } },
	{ "inet", NULL, "setsockopt", 0,
	    { INT(1, IPPROTO_TCP), INT(2, TCP_USER_TIMEOUT) } },
	{ "inet", NULL, "setsockopt", 0,
	    { INT(1, IPPROTO_TCP), INT(2, TCP_KEEPIDLE) } },
	{ "inet", NULL, "setsockopt", 0,
	    { INT(1, IPPROTO_TCP), INT(2, TCP_KEEPINTVL) } },
	{ "inet", NULL, "setsockopt", 0,
	    { INT(1, IPPROTO_TCP), INT(2, TCP_KEEPCNT) } },

	/* evdns: queries with an address, from a port of its own. */
	{ "dns", NULL, "bind", 0, ANY },
	{ "dns", NULL, "sendto", 0, ANY },

	/* To stack a tighter list and ruleset on this one. */
	{ "narrow", NULL, "seccomp", 0,
	    { INT(0, 1 /* SECCOMP_SET_MODE_FILTER */), LONG(1, 0) } },
	{ "narrow", NULL, "landlock_create_ruleset", 0, ANY },
	{ "narrow", NULL, "landlock_restrict_self", 0, ANY },

#ifdef SANDBOX_SANITIZED
	/*
	 * AddressSanitizer asks for the alternate stack before every call
	 * that does not return, exit(3) and abort(3) among them.  It needs
	 * nothing else, reports included (those of gcc 12 and clang 14).
	 */
	{ "stdio", NULL, "sigaltstack", 0, ANY },
#endif
};

#define NRULES		(sizeof(rules) / sizeof(rules[0]))

/*
 * Words a policy with a list may have; recvfd and sendfd have no row of their
 * own, see recvmsg.
 */
static const char *const known[] = {
	"stdio", "append", "tty", "recvfd", "sendfd", "unix", "inet", "dns",
	"tasks", "fork"
};

static int
words_are_known(const struct sandbox_policy *sp, char *why, size_t len)
{
	const char	*p = sp->words;
	size_t		 i, n;

	for (; *p != '\0'; p += n, p += strspn(p, " ")) {
		n = strcspn(p, " ");
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strlen(known[i]) == n &&
			    strncmp(known[i], p, n) == 0)
				break;
		if (i == sizeof(known) / sizeof(known[0])) {
			snprintf(why, len, "the policy \"%s\" has "
			    "an unknown word: %.*s", sp->name, (int)n, p);
			return 0;
		}
	}
	return 1;
}

static int
is_wanted(const struct sandbox_policy *sp, const struct rule *r)
{
	char		 word[16];
	const char	*p;
	size_t		 n;

	for (p = r->unless; p != NULL && *p != '\0'; p += n) {
		p += strspn(p, " ");
		n = strcspn(p, " ");
		snprintf(word, sizeof(word), "%.*s", (int)n, p);
		if (sandbox_has(sp, word))
			return 0;
	}
	if (strcmp(r->word, "narrow") == 0)
		return (sp->flags & SANDBOX_MAY_NARROW) != 0;
	return sandbox_has(sp, r->word);
}

static int
add_rule(scmp_filter_ctx ctx, const struct rule *r)
{
	struct scmp_arg_cmp	 cmp[NARGS];
	const struct arg	*a;
	unsigned int		 n = 0;
	int			 call;

	call = seccomp_syscall_resolve_name(r->call);
	/* Newer than libseccomp: cannot be allowed, so it stays refused. */
	if (call == __NR_SCMP_ERROR)
		return 0;
	for (a = r->arg; a < r->arg + NARGS; a++) {
		switch (a->how) {
		case A_NONE:
			break;
		case A_LONG:
			cmp[n++] = SCMP_CMP(a->n, SCMP_CMP_EQ, a->value, 0);
			break;
		case A_INT:
		case A_MASK:
			cmp[n++] = SCMP_CMP(a->n, SCMP_CMP_MASKED_EQ, a->mask,
			    a->value);
			break;
		case A_SELF:
			cmp[n++] = SCMP_CMP(a->n, SCMP_CMP_MASKED_EQ, a->mask,
			    (uint64_t)getpid());
			break;
		}
	}
	return seccomp_rule_add_array(ctx, r->error == 0 ? SCMP_ACT_ALLOW :
	    SCMP_ACT_ERRNO((uint32_t)r->error), call, n, cmp);
}

#ifdef SANDBOX_DEBUG
/*
 * For developers: name the call before dying.  Not for use: a handler runs
 * where an intruder may already be in charge.
 */
static void
sigsys(int sig, siginfo_t *si, void *arg)
{
	char	*name, buf[128];
	int	 n;

	(void)arg;
	name = seccomp_syscall_resolve_num_arch(si->si_arch, si->si_syscall);
	n = snprintf(buf, sizeof(buf), "sandbox refused: %s (%d) pid %d\n",
	    name != NULL ? name : "?", si->si_syscall, (int)getpid());
	if (n > 0 && write(STDERR_FILENO, buf, (size_t)n) == -1)
		_exit(128 + sig);
	_exit(128 + sig);
}
#define ACT_REFUSE	SCMP_ACT_TRAP
#else
#define ACT_REFUSE	SCMP_ACT_KILL_PROCESS
#endif

void *
sandbox_seccomp_compose(const struct sandbox_policy *sp, uint32_t arch,
    char *why, size_t len)
{
	scmp_filter_ctx	 ctx;
	const char	*what;
	size_t		 i;
	int		 error;

	if (!words_are_known(sp, why, len))
		return NULL;
	if ((ctx = seccomp_init(ACT_REFUSE)) == NULL) {
		snprintf(why, len, "cannot make a seccomp filter: "
		    "Linux 4.14 or later and memory are needed");
		return NULL;
	}
	if (arch != 0 && arch != seccomp_arch_native()) {
		what = "architecture";
		if ((error = seccomp_arch_add(ctx, arch)) != 0 ||
		    (error = seccomp_arch_remove(ctx,
		    seccomp_arch_native())) != 0)
			goto fail;
	}
	/* i386 and x32 calls on amd64 would have other numbers. */
	what = "action for foreign architectures";
	if ((error = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS)) != 0)
		goto fail;
	/* Set already; and prctl(2) may be refused when narrowing. */
	what = "no_new_privs attribute";
	if ((error = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0)) != 0)
		goto fail;
	/* A binary tree; libseccomp before 2.5 does without. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	for (i = 0; i < NRULES; i++) {
		if (!is_wanted(sp, &rules[i]))
			continue;
		what = rules[i].call;
		error = add_rule(ctx, &rules[i]);
		/* Two words may bring the same row. */
		if (error != 0 && error != -EEXIST)
			goto fail;
	}
	return ctx;
fail:
	snprintf(why, len, "libseccomp refuses the %s: %s", what,
	    strerror(-error));
	seccomp_release(ctx);
	return NULL;
}

int
sandbox_seccomp(const struct sandbox_policy *sp, char *why, size_t len)
{
	scmp_filter_ctx	 ctx;
	int		 error;
#ifdef SANDBOX_DEBUG
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = sigsys;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSYS, &sa, NULL);
#endif

	if ((ctx = sandbox_seccomp_compose(sp, 0, why, len)) == NULL)
		return -1;
	error = seccomp_load(ctx);
	seccomp_release(ctx);
	if (error != 0) {
		snprintf(why, len, "cannot install the system call "
		    "list: %s: a kernel with CONFIG_SECCOMP_FILTER (Linux "
		    "4.14 or later) is needed", strerror(-error));
		return -1;
	}
	return 0;
}
