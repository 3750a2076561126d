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

#include <string.h>

#include "sandbox.h"

/*
 * Every process of the suite and what it may do.  Descriptors are limits, not
 * reservations: a lower hard limit of the system stays in force.
 */
static const struct sandbox_policy policies[PROC_MAX] = {
	/*
	 * Opens listeners and log files, makes directories, starts children:
	 * needs the system, but reads no stranger's byte.  Writes only beneath
	 * its own directories (the caller names them).  Children inherit a
	 * system call list, so it has none.
	 */
	[PROC_PARENT] = { "parent",
	    "stdio rpath wpath cpath fattr chown inet unix sendfd proc exec id",
	    SANDBOX_PARENT, 0, 0 },

	/*
	 * Accepts operators on the control socket it was given, asks who they
	 * are (SO_PEERCRED), and hands findings clients to the logger.
	 */
	[PROC_CONTROL] = { "control",
	    "stdio unix recvfd sendfd", 0, 1024, 0 },

	/*
	 * Two sockets per connection, either side untrusted, plus resolver
	 * sockets.  Listeners and new detectors arrive as descriptors.  It is
	 * the one process that can reach the network.
	 */
	[PROC_PROXY] = { "proxy-worker",
	    "stdio inet dns recvfd", 0, 65536, 0 },

	/*
	 * Sees everything in plain text and parses the most: may only compute
	 * and answer on its sockets.  One descriptor per proxy-worker.
	 */
	[PROC_DETECTOR] = { "detector-worker",
	    "stdio recvfd", 0, 256, 0 },

	/*
	 * Appends to files the parent opened; receives new ones at rotation,
	 * and operators' sockets from control.  Evidence cannot be unwritten:
	 * no truncation, no hole, no write at an offset, no clearing O_APPEND.
	 * Two descriptors per client block (file and journal) fit.
	 */
	[PROC_LOGGER] = { "logger",
	    "stdio append recvfd", 0, 8192, 0 },

	/*
	 * Holds the CA's key, and reads requests of the process that is most
	 * exposed: computes and answers.  The key's file, when there is a new
	 * one, is a descriptor from the parent.
	 */
	[PROC_KEEPER] = { "ca-keeper",
	    "stdio recvfd", 0, 256, 0 },

	/*
	 * Turns literals into a database, once: computes, and answers the
	 * detectors whose sockets it has.
	 */
	[PROC_COMPILER] = { "rule-compiler",
	    "stdio", 0, 256, 0 },

	/*
	 * Packs, unpacks or compares one rotated log, whose descriptors it
	 * has, and says how that went.
	 */
	[PROC_ARCHIVER] = { "log-archiver",
	    "stdio", 0, 64, 0 },

	/*
	 * Answers containers on the listeners it was given, Unix and TCP,
	 * with what the logger tells it, and on files in the directories it
	 * was given.  It can make no socket, and connect nowhere.  Sends the
	 * ends of pipes to the process of its own that judges configurations.
	 */
	[PROC_MCPD] = { "mcpd",
	    "stdio unix recvfd sendfd tasks", 0, 4096, 0 },

	/*
	 * The operator's tool, once connected: reads answers made of what
	 * strangers sent, and prints them.
	 */
	[PROC_CTL] = { "guardianctl",
	    "stdio tty", 0, 64, 0 },
};

/*
 * Reads nothing but descriptors, which it hands to a process of its own making
 * each time.
 */
static const struct sandbox_policy checks = { "config checks",
    "stdio recvfd fork", SANDBOX_MAY_NARROW, 256, 0 };

/* Parses a stranger's configuration: computes, and writes what it found. */
static const struct sandbox_policy check = { "config check",
    "stdio", 0, 0, 0 };

const struct sandbox_policy *
sandbox_policy_checks(void)
{
	return &checks;
}

const struct sandbox_policy *
sandbox_policy_check(void)
{
	return &check;
}

const struct sandbox_policy *
sandbox_policy(enum proc_role role)
{
	/* An impossible role gets the tightest policy, not the loosest. */
	if ((unsigned int)role >= PROC_MAX)
		role = PROC_DETECTOR;
	return &policies[role];
}

const char *
sandbox_words(const struct sandbox_policy *sp)
{
	return sp->words;
}

int
sandbox_has(const struct sandbox_policy *sp, const char *word)
{
	const char	*p = sp->words;
	size_t		 len = strlen(word), n;

	while (*p != '\0') {
		n = strcspn(p, " ");
		if (n == len && strncmp(p, word, n) == 0)
			return 1;
		p += n;
		p += strspn(p, " ");
	}
	return 0;
}
