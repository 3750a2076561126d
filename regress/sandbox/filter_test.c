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
 * The list of system calls as the kernel would run it, on both architectures
 * we name, whichever this machine has: composed by the backend, interpreted
 * here.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_linux.h"

#define PROGRAM_MAX	4096

struct program {
	struct sock_filter	code[PROGRAM_MAX];
	size_t			len;
	uint32_t		arch;		/* SCMP_ARCH_* */
};

static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64 };

#define NARCHES	(sizeof(arches) / sizeof(arches[0]))

static void
compose(struct program *prog, const struct sandbox_policy *sp, uint32_t arch)
{
	char		 why[256] = "";
	void		*ctx;
	FILE		*f;

	ctx = sandbox_seccomp_compose(sp, arch, why, sizeof(why));
	ATF_REQUIRE_MSG(ctx != NULL, "%s", why);
	ATF_REQUIRE((f = tmpfile()) != NULL);
	ATF_REQUIRE(seccomp_export_bpf(ctx, fileno(f)) == 0);
	seccomp_release(ctx);
	rewind(f);
	prog->arch = arch;
	prog->len = fread(prog->code, sizeof(prog->code[0]), PROGRAM_MAX, f);
	ATF_REQUIRE(prog->len > 0 && prog->len < PROGRAM_MAX);
	fclose(f);
}

/* As much of classic BPF as seccomp filters are made of. */
static uint32_t
interpret(const struct program *prog, const struct seccomp_data *data)
{
	const struct sock_filter	*c;
	uint32_t			 a = 0;
	size_t				 pc = 0;

	for (;;) {
		ATF_REQUIRE(pc < prog->len);
		c = &prog->code[pc++];
		switch (c->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			ATF_REQUIRE(c->k <= sizeof(*data) - sizeof(a));
			memcpy(&a, (const char *)data + c->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= c->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += c->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == c->k ? c->jt : c->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > c->k ? c->jt : c->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= c->k ? c->jt : c->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += (a & c->k) != 0 ? c->jt : c->jf;
			break;
		case BPF_RET | BPF_K:
			return c->k;
		default:
			atf_tc_fail("instruction 0x%x", c->code);
		}
	}
}

/* The verdict on a call by name, with n arguments of type unsigned long. */
static uint32_t
verdict(const struct program *prog, const char *name, int n, ...)
{
	struct seccomp_data	 data;
	va_list			 ap;
	int			 i, call;

	memset(&data, 0, sizeof(data));
	data.arch = prog->arch;
	call = seccomp_syscall_resolve_name_arch(prog->arch, name);
	ATF_REQUIRE_MSG(call >= 0, "%s", name);
	data.nr = call;
	va_start(ap, n);
	for (i = 0; i < n; i++)
		data.args[i] = va_arg(ap, unsigned long);
	va_end(ap);
	return interpret(prog, &data);
}

#define ALLOWED(...)	ATF_CHECK_EQ(verdict(__VA_ARGS__), SECCOMP_RET_ALLOW)
#define DEADLY(...)	ATF_CHECK_EQ(verdict(__VA_ARGS__),		\
			    SECCOMP_RET_KILL_PROCESS)
#define REFUSED(e, ...)	ATF_CHECK_EQ(verdict(__VA_ARGS__),		\
			    (SECCOMP_RET_ERRNO | (unsigned int)(e)))

ATF_TC_WITHOUT_HEAD(every_role);
ATF_TC_BODY(every_role, tc)
{
	static const char *const deadly[] = {
		"execve", "execveat", "clone", "clone3", "ptrace",
		"process_vm_readv", "process_vm_writev", "kill", "tkill",
		"socketpair", "listen", "memfd_create", "ftruncate",
		"fallocate", "pwrite64", "pwritev2", "unlinkat", "renameat2",
		"mkdirat", "io_uring_setup", "bpf", "userfaultfd",
		"pidfd_open", "pidfd_getfd", "pidfd_send_signal", "setns",
		"unshare", "mount", "keyctl", "seccomp", "shmat",
	};
	static const char *const allowed[] = {
		"read", "write", "readv", "writev", "close", "recvmsg",
		"sendmsg", "epoll_pwait", "epoll_ctl", "epoll_create1",
		"munmap", "brk", "futex", "pipe2", "getrandom", "exit_group",
		"rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "fstat",
		"ppoll", "eventfd2", "madvise", "restart_syscall",
		"clock_nanosleep", "clock_getres", "gettimeofday",
	};
	struct program	p;
	enum proc_role	role;
	size_t		i, n;

	(void)tc;
	for (n = 0; n < NARCHES; n++)
		for (role = PROC_CONTROL; role < PROC_MAX; role++) {
			compose(&p, sandbox_policy(role), arches[n]);
			for (i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
				ATF_CHECK_MSG(verdict(&p, deadly[i], 0) ==
				    SECCOMP_RET_KILL_PROCESS ||
				    /* tasks: removed when they are read */
				    (role == PROC_MCPD &&
				    strcmp(deadly[i], "unlinkat") == 0),
				    "%s %s", sandbox_policy(role)->name,
				    deadly[i]);
			for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]);
			    i++)
				ATF_CHECK_MSG(verdict(&p, allowed[i], 0) ==
				    SECCOMP_RET_ALLOW, "%s %s",
				    sandbox_policy(role)->name, allowed[i]);
			REFUSED(EACCES, &p, "openat", 0);
			REFUSED(EACCES, &p, "faccessat", 0);
			REFUSED(EACCES, &p, "readlinkat", 0);
			REFUSED(EACCES, &p, "newfstatat", 0);
		}
}

ATF_TC_WITHOUT_HEAD(arguments);
ATF_TC_BODY(arguments, tc)
{
	const unsigned long	anon = MAP_PRIVATE | MAP_ANONYMOUS;
	/* The kernel sees the low half of an int; so must the list. */
	const unsigned long	high = 0xdeadbeef00000000UL;
	struct sandbox_policy	sp = { "test", "stdio", SANDBOX_MAY_NARROW,
				    0, 0 };
	struct program		p;
	size_t			n;

	(void)tc;
	for (n = 0; n < NARCHES; n++) {
		compose(&p, sandbox_policy(PROC_DETECTOR), arches[n]);
		ALLOWED(&p, "mmap", 4, 0UL, 4096UL, 3UL, anon);
		DEADLY(&p, "mmap", 4, 0UL, 4096UL, 4UL, anon);
		DEADLY(&p, "mmap", 4, 0UL, 4096UL, 7UL, anon);
		DEADLY(&p, "mmap", 4, 0UL, 4096UL, 3UL, 1UL);
		DEADLY(&p, "mmap", 4, 0UL, 4096UL, 5UL | high, anon | high);
		ALLOWED(&p, "mprotect", 3, 0UL, 4096UL, 1UL);
		DEADLY(&p, "mprotect", 3, 0UL, 4096UL, 5UL);
		DEADLY(&p, "socket", 2, (unsigned long)AF_INET,
		    (unsigned long)SOCK_STREAM);
		ALLOWED(&p, "sendto", 5, 1UL, 0UL, 0UL, 0UL, 0UL);
		DEADLY(&p, "sendto", 5, 1UL, 0UL, 0UL, 0UL, 64UL);
		DEADLY(&p, "sendto", 5, 1UL, 0UL, 0UL, 0UL, high);
		ALLOWED(&p, "fcntl", 2, 1UL, (unsigned long)F_SETFL);
		ALLOWED(&p, "fcntl", 2, 1UL, (unsigned long)F_GETFD);
		ALLOWED(&p, "fcntl", 2, 1UL, (unsigned long)F_SETFD);
		ALLOWED(&p, "futex", 2, 0UL, 1UL | 128);
		ALLOWED(&p, "futex", 2, 0UL, 9UL | 128 | 256);
		ALLOWED(&p, "futex", 2, 0UL, 10UL | 128);
		DEADLY(&p, "futex", 2, 0UL, 6UL | 128);
		ALLOWED(&p, "setsockopt", 3, 1UL, (unsigned long)SOL_SOCKET,
		    (unsigned long)SO_RCVBUF);
		REFUSED(ENOTTY, &p, "ioctl", 2, 1UL, 0x802c542aUL);
		ALLOWED(&p, "prctl", 1, (unsigned long)PR_SET_NAME);
		REFUSED(EINVAL, &p, "prctl", 1, 0x53564d41UL);
		DEADLY(&p, "fcntl", 2, 1UL, (unsigned long)F_SETOWN);
		ALLOWED(&p, "tgkill", 3, (unsigned long)getpid(), 1UL, 6UL);
		DEADLY(&p, "tgkill", 3, (unsigned long)getppid(), 1UL, 6UL);
		DEADLY(&p, "tgkill", 3, 0xffffffffUL, 1UL, 6UL);
		ALLOWED(&p, "prctl", 1, (unsigned long)PR_GET_SECCOMP);
		DEADLY(&p, "prctl", 1, (unsigned long)PR_SET_DUMPABLE);
		DEADLY(&p, "prctl", 1, (unsigned long)PR_SET_NO_NEW_PRIVS);
		ALLOWED(&p, "prlimit64", 3, 0UL, 7UL, 0UL);
		DEADLY(&p, "prlimit64", 3, 0UL, 7UL, 64UL);
		DEADLY(&p, "prlimit64", 3, 1UL, 7UL, 0UL);

		compose(&p, sandbox_policy(PROC_PROXY), arches[n]);
		ALLOWED(&p, "socket", 2, (unsigned long)AF_INET,
		    (unsigned long)SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
		ALLOWED(&p, "socket", 2, (unsigned long)AF_INET6,
		    (unsigned long)SOCK_DGRAM);
		ALLOWED(&p, "socket", 3, (unsigned long)AF_INET,
		    (unsigned long)SOCK_STREAM, (unsigned long)IPPROTO_TCP);
		ALLOWED(&p, "socket", 3, (unsigned long)AF_INET,
		    (unsigned long)SOCK_DGRAM, (unsigned long)IPPROTO_UDP);
		ALLOWED(&p, "socket", 3, (unsigned long)AF_INET6,
		    (unsigned long)SOCK_DGRAM, (unsigned long)IPPROTO_UDP);
		ALLOWED(&p, "socket", 2, (unsigned long)AF_INET6,
		    (unsigned long)SOCK_STREAM);
		ALLOWED(&p, "setsockopt", 3, 1UL, (unsigned long)SOL_SOCKET,
		    (unsigned long)SO_LINGER);
		ALLOWED(&p, "setsockopt", 3, 1UL, (unsigned long)IPPROTO_TCP,
		    (unsigned long)TCP_KEEPIDLE);
		ALLOWED(&p, "setsockopt", 3, 1UL, (unsigned long)IPPROTO_TCP,
		    (unsigned long)TCP_KEEPINTVL);
		ALLOWED(&p, "setsockopt", 3, 1UL, (unsigned long)IPPROTO_TCP,
		    (unsigned long)TCP_KEEPCNT);
		ALLOWED(&p, "setsockopt", 3, 1UL, (unsigned long)IPPROTO_TCP,
		    (unsigned long)TCP_USER_TIMEOUT);
		ALLOWED(&p, "socket", 2, high | AF_INET6,
		    (unsigned long)SOCK_DGRAM);
		DEADLY(&p, "socket", 2, high | AF_NETLINK,
		    (unsigned long)SOCK_DGRAM);
		DEADLY(&p, "socket", 2, (unsigned long)AF_INET,
		    (unsigned long)SOCK_RAW);
		ALLOWED(&p, "socket", 3, (unsigned long)AF_INET6,
		    (unsigned long)SOCK_STREAM, (unsigned long)IPPROTO_TCP);
		DEADLY(&p, "socket", 3, (unsigned long)AF_INET6,
		    (unsigned long)SOCK_STREAM, (unsigned long)IPPROTO_SCTP);
		DEADLY(&p, "socket", 3, (unsigned long)AF_INET6,
		    (unsigned long)SOCK_DGRAM, (unsigned long)IPPROTO_TCP);
		DEADLY(&p, "socket", 2, (unsigned long)AF_UNIX,
		    (unsigned long)SOCK_STREAM);
		DEADLY(&p, "setsockopt", 3, 1UL, (unsigned long)SOL_SOCKET,
		    (unsigned long)SO_ATTACH_FILTER);

		compose(&p, sandbox_policy(PROC_LOGGER), arches[n]);
		REFUSED(EPERM, &p, "fcntl", 2, 1UL, (unsigned long)F_SETFL);
		REFUSED(EPERM, &p, "fcntl", 2, 1UL, high | F_SETFL);
		ALLOWED(&p, "fcntl", 2, 1UL, (unsigned long)F_GETFL);

		compose(&p, &sp, arches[n]);
		ALLOWED(&p, "seccomp", 2, 1UL, 0UL);
		DEADLY(&p, "seccomp", 2, 0UL, 0UL);
		DEADLY(&p, "seccomp", 2, 1UL,
		    (unsigned long)SECCOMP_FILTER_FLAG_NEW_LISTENER);
	}
}

/* Other calling conventions of the same machine have other numbers. */
ATF_TC_WITHOUT_HEAD(foreign);
ATF_TC_BODY(foreign, tc)
{
	static const uint32_t	others[] = { SCMP_ARCH_X86, SCMP_ARCH_ARM,
				    SCMP_ARCH_RISCV64, 0 };
	struct seccomp_data	data;
	struct program		p;
	size_t			i, n;

	(void)tc;
	for (n = 0; n < NARCHES; n++) {
		compose(&p, sandbox_policy(PROC_PROXY), arches[n]);
		for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			memset(&data, 0, sizeof(data));
			data.arch = others[i];
			for (data.nr = 0; data.nr < 500; data.nr++)
				ATF_REQUIRE_EQ(interpret(&p, &data),
				    SECCOMP_RET_KILL_PROCESS);
		}
	}
	/* x32 says it is amd64 and sets a bit in the number. */
	compose(&p, sandbox_policy(PROC_PROXY), SCMP_ARCH_X86_64);
	memset(&data, 0, sizeof(data));
	data.arch = AUDIT_ARCH_X86_64;
	for (data.nr = 0x40000000; data.nr < 0x40000000 + 600; data.nr++)
		ATF_REQUIRE_EQ(interpret(&p, &data), SECCOMP_RET_KILL_PROCESS);
}

/* What nobody has heard of yet is refused as well. */
ATF_TC_WITHOUT_HEAD(unheard_of);
ATF_TC_BODY(unheard_of, tc)
{
	struct seccomp_data	data;
	struct program		p;
	enum proc_role		role;
	size_t			n;

	(void)tc;
	for (n = 0; n < NARCHES; n++)
		for (role = PROC_CONTROL; role < PROC_MAX; role++) {
			compose(&p, sandbox_policy(role), arches[n]);
			memset(&data, 0, sizeof(data));
			data.arch = arches[n];
			for (data.nr = 447; data.nr < 5000; data.nr++)
				ATF_REQUIRE_EQ(interpret(&p, &data),
				    SECCOMP_RET_KILL_PROCESS);
			data.nr = -1;
			ATF_REQUIRE_EQ(interpret(&p, &data),
			    SECCOMP_RET_KILL_PROCESS);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_role);
	ATF_TP_ADD_TC(tp, arguments);
	ATF_TP_ADD_TC(tp, foreign);
	ATF_TP_ADD_TC(tp, unheard_of);
	return atf_no_error();
}
