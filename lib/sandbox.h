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

#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>

#include "proc.h"

/*
 * What a process may still do once it has what it needs.  A policy is data:
 * promise words in the manner of pledge(2), flags and limits, all in the one
 * table of sandbox_policy.c.  A backend (sandbox_linux.c, sandbox_openbsd.c)
 * makes the running kernel enforce it.  There is no backend that does nothing.
 *
 * Words (sandbox_linux_seccomp.c says which system calls each brings, and
 * why):
 *
 *	stdio	memory, clocks, and descriptors already held
 *	append	the log files among those may be read and grown; they can
 *		neither be shortened nor rewritten
 *	tty	ask a terminal for its size
 *	recvfd	receive descriptors over a Unix socket
 *	sendfd	send them
 *	unix	accept on a Unix listener already held
 *	inet	make IPv4 and IPv6 sockets, accept, connect
 *	dns	bind and address UDP sockets
 *	tasks	read, make, rename and remove files in directories already held
 *	fork	make processes, and limit their time and memory
 *
 * To do before entering, because it opens files or needs executable memory:
 * compile with PCRE2's JIT, initialise OpenSSL (any one digest will do),
 * tzset(3) if local time is to be printed.  libevent needs no preparation.
 */
struct sandbox_policy {
	const char	*name;
	const char	*words;
	unsigned int	 flags;
	unsigned int	 nofile;	/* descriptors; 0: as inherited */
	/*
	 * Linux: use only Landlock ABIs below this one, 0 for no bound.  Zero
	 * in the table; regress shows with it what an older kernel enforces.
	 */
	unsigned int	 abi_below;
};

#define SANDBOX_NEEDS_LANDLOCK	0x01	/* no filesystem rules: do not run */
#define SANDBOX_PARENT		0x02	/* starts processes: no syscall list */
#define SANDBOX_MAY_NARROW	0x04	/* sandbox_narrow() will follow */

/*
 * Path, or with NULL a descriptor already held, and what may happen at or
 * beneath it.
 */
struct sandbox_path {
	const char	*path;
	unsigned int	 rights;
	int		 fd;
};

#define SANDBOX_READ		0x01	/* read files, list directories */
#define SANDBOX_WRITE		0x02	/* write, make, rename, remove */
#define SANDBOX_EXEC		0x04	/* execute */

/*
 * What is enforced, read back from the kernel after entering, not assumed.
 * text has one word per mechanism, for READY and status, for instance
 * "seccomp landlock/7 nnp undumpable rlimit"; what an older Landlock cannot
 * do follows its number: "landlock/2-truncate-tcp-scope".  After a failure it
 * is a sentence for a person: the cause and the cure.
 */
struct sandbox_report {
	char		 text[256];
	unsigned int	 landlock_abi;	/* used; 0: none */
	int		 seccomp;	/* our system call list is in force */
	int		 no_new_privs;
	int		 degraded;	/* Landlock does less than wanted */
};

/* The policy of a role; never NULL. */
const struct sandbox_policy *
	sandbox_policy(enum proc_role);
/*
 * The process of mcpd's that makes one for each configuration to be checked,
 * and what that one narrows itself to.
 */
const struct sandbox_policy *
	sandbox_policy_checks(void);
const struct sandbox_policy *
	sandbox_policy_check(void);
/* Its words, for status: "stdio inet dns recvfd". */
const char *
	sandbox_words(const struct sandbox_policy *);
/* Whether word is one of the policy's words. */
int	sandbox_has(const struct sandbox_policy *, const char *word);

/*
 * Enters the policy: no filesystem at all.  Irreversible.  0, or -1 with
 * report->text saying why; after -1 the process may be partly confined and
 * should exit.  Fails when the system call list cannot be installed; less
 * Landlock than wanted is only report->degraded, unless the policy has
 * SANDBOX_NEEDS_LANDLOCK.
 */
int	sandbox_enter(const struct sandbox_policy *, struct sandbox_report *);

/*
 * The same, with these paths left reachable; paths that do not exist are an
 * error.  With SANDBOX_EXEC on any path the program interpreter (ld.so) may be
 * executed too.  The rules follow the files, not the names, and are inherited
 * by children, which can only take more away.
 */
int	sandbox_enter_paths(const struct sandbox_policy *,
	    const struct sandbox_path *, size_t, struct sandbox_report *);

/*
 * Stacks a tighter policy on one entered before with SANDBOX_MAY_NARROW (or
 * SANDBOX_PARENT): what either refuses stays refused.  Same result and report.
 */
int	sandbox_narrow(const struct sandbox_policy *, struct sandbox_report *);

#endif /* SANDBOX_H */
