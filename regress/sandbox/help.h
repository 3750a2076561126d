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

#ifndef SANDBOX_HELP_H
#define SANDBOX_HELP_H

#include <sys/types.h>

#include <atf-c.h>
#include <errno.h>

#include "sandbox.h"

/*
 * What became of a process that entered a policy and tried one thing: 0 when
 * it worked, the errno when it was refused, or one of these.
 */
#define KILLED		1000	/* by the list of system calls: SIGSYS */
#define ABORTED		1001	/* SIGABRT */
#define SIGNALLED	1002	/* by another signal */
#define NOT_ENTERED	1003	/* sandbox_enter failed */

/* Made before the policy is entered, for the attempt to use. */
struct held {
	int	 pair[2];	/* connected Unix sockets */
	int	 file;		/* a file with a line in it, O_RDWR|O_APPEND */
	int	 dir;		/* the directory it is in */
	int	 tcp_listener;	/* listening on loopback */
	int	 tcp;		/* unconnected */
	int	 udp;		/* unbound */
	int	 unix_listener;	/* with one connection waiting */
	int	 pty;		/* -1: the system gives none */
	pid_t	 sibling;	/* a process that waits */
	int	 sibling_fd;	/* closed, it ends */
};

#define ERRNO(expr)	((expr) == -1 ? errno : 0)
#define EXPECT(got, want)	do {					\
	int g_ = (got), w_ = (want);					\
	ATF_CHECK_MSG(g_ == w_, "line %d: %s instead of %s", __LINE__,	\
	    outcome_name(g_), outcome_name(w_));			\
} while (0)

/* An attempt runs confined; it returns 0 or an errno. */
typedef int	(*attempt_fn)(struct held *, void *);

void	 held_make(struct held *);
void	 held_free(struct held *);

/* Forks, enters, tries, and tells how it ended. */
int	 attempt(const struct sandbox_policy *, attempt_fn, struct held *,
	    void *);
/* The same with paths. */
int	 attempt_paths(const struct sandbox_policy *,
	    const struct sandbox_path *, size_t, attempt_fn, struct held *,
	    void *);

/* For messages: "worked", "killed", "Permission denied" ... */
const char *
	 outcome_name(int);

/* The Landlock ABI there is to use here. */
unsigned int
	 kernel_abi(void);

/* Attempts that several programs make; arg is a path where one is needed. */
int	 open_file(struct held *, void *);
int	 truncate_file(struct held *, void *);
int	 tcp_bind(struct held *, void *);
int	 signal_sibling(struct held *, void *);

/* Descriptors over a Unix socket; 0 or errno. */
int	 fd_send(int, int);
int	 fd_recv(int, int *);

#endif /* SANDBOX_HELP_H */
