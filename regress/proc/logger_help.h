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

#ifndef LOGGER_HELP_H
#define LOGGER_HELP_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "msg_ctl.h"
#include "msg_event.h"
#include "msg_finding.h"
#include "msg_start.h"

/*
 * A parent, detectors and a control process for the real logger, all in one
 * event loop in the test.  Files are in the working directory: findings.jsonl,
 * events.jsonl, findings.journal and NAME.jsonl for each client.
 */
#define DETECTORS	2
#define FINDINGS_MAX	4096

struct suite;

struct detector {
	struct suite		*s;
	struct channel		*ch;
	uint32_t		 instance;
};

struct suite {
	struct event_base	*base;
	struct channel		*parent;
	struct channel		*control;
	struct detector		 det[DETECTORS];
	pid_t			 pid;
	struct msg_settings	 settings;
	const char		*clients[8];	/* besides "default" */
	uint64_t		 quota;
	size_t			 fsize;		/* limit of a file, 0: none */
	uint32_t		 generation;

	/* what the logger said */
	int			 ready;
	int			 drained;
	int			 pongs;
	int			 closed;	/* descriptor 3 */
	unsigned int		 breaches;	/* of its peers, reported */
	struct msg_breach	 breach;	/* the last */
	unsigned int		 rotations;
	unsigned int		 rotated_findings; /* number of the last */
	struct child_stats	 stats;
	struct msg_ready	 ready_msg;
	unsigned int		 acks[FINDINGS_MAX];
	uint32_t		 acked;		/* different ones */
};

/* Starts the loop and the first logger, up to its READY and RUN. */
void	 suite_start(struct suite *);
/* Starts a logger on the same files. */
void	 suite_spawn(struct suite *);
/* kill -9 and the wait for it. */
void	 suite_kill(struct suite *);
/* Drain and the exit of it, which must be clean. */
void	 suite_stop(struct suite *);

/* Sends a settings, client, file ... message sequence up to CONFIG_END. */
void	 suite_configure(struct suite *);
void	 suite_file(struct suite *, enum file_kind, const char *client);
/* A new channel for a detector, its generation that of the suite. */
void	 suite_detector(struct suite *, uint32_t instance);

/* Runs the loop until the integer is at least n, or fails the test. */
void	 suite_until(struct suite *, const int *, int n);
void	 suite_until_acked(struct suite *, uint32_t n);
void	 suite_ping(struct suite *);	/* and waits for the answer */

/* The client and the detector of finding n, and its sending. */
const char *
	 finding_client(struct suite *, uint32_t n);
void	 suite_send(struct suite *, uint32_t n);
void	 finding_make(struct finding_rec *, uint32_t n, const char *client);

/*
 * Reads lines of findings; seen[n] counts finding n.  Returns how many lines
 * there are; every one must be a whole finding.
 */
size_t	 read_findings(const char *file, unsigned int *seen);
/* Events of that name and reason (NULL: any); adds their counts up. */
size_t	 read_events(const char *name, const char *reason, uint64_t *count);

#endif /* LOGGER_HELP_H */
