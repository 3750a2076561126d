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

#ifndef PROC_H
#define PROC_H

#include <sys/types.h>

/*
 * The processes of the suite.  A role is a process kind; an instance numbers
 * the processes of one role from 0.
 */
enum proc_role {
	PROC_PARENT,
	PROC_CONTROL,
	PROC_PROXY,
	PROC_DETECTOR,
	PROC_LOGGER,
	PROC_CTL,		/* guardianctl: an operator's tool */
	PROC_KEEPER,		/* ca-keeper */
	PROC_COMPILER,		/* rule-compiler: ends when it is done */
	PROC_MCPD,		/* what containers may ask */
	PROC_ARCHIVER,		/* log-archiver: ends when it is done */
	PROC_MAX
};

#define PROC_FD			3	/* a child's socket to the parent */
#define PROC_INSTANCES_MAX	64	/* of one role, per generation */

/* "parent", "proxy-worker" ...; also the name of the child's binary. */
const char	*proc_name(enum proc_role);

/* The service user of a child, NULL for parent and guardianctl. */
const char	*proc_user(enum proc_role);

/* Group that may read over the control socket. */
#define PROC_GROUP	"_guardian"

/* Role by name, PROC_MAX when there is none. */
enum proc_role	 proc_by_name(const char *);

/*
 * Which of n detectors watches a client.  Proxy-workers pin flows with it and
 * the logger checks with it that a detector speaks for its own clients only,
 * so both must call the same function.  n must not be 0.
 */
unsigned int	 proc_client_slot(const char *client, unsigned int n);

#endif /* PROC_H */
