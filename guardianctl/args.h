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

#ifndef ARGS_H
#define ARGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "msg_ctl.h"

/* The commands; args.c has one table with their words and their help. */
enum command {
	CMD_STATUS,
	CMD_METRICS,
	CMD_FINDINGS,
	CMD_FOLLOW,
	CMD_EVENTS,
	CMD_RELOAD,
	CMD_UPGRADE,
	CMD_STOP,
	CMD_LOG_ROTATE,
	CMD_CHECK,
	CMD_SCAN,
	CMD_VERIFY,
	CMD_SELFTEST,
	CMD_WIRING_SHELL,
	CMD_WIRING_DOCKER,
	CMD_WIRING_V1,
	CMD_WIRING_V2,
	CMD_CA_FINGERPRINT,
	CMD_CA_EXPORT,
	CMD_CA_ROTATE,
	CMD_TRUST,
	CMD_MAX
};

/* What scan is told of the bytes; NULL where it is not. */
struct ctl_scan {
	int		 message;	/* -H: a whole HTTP message */
	const char	*config;	/* -f, whose rules are used */
	const char	*direction;	/* -d outbound or inbound */
	const char	*coding;	/* -e, a Content-Encoding */
	const char	*host;		/* -h, where they go or come from */
	const char	*limit;		/* -l, a number */
	const char	*type;		/* -t, a Content-Type */
};

/* A parsed command line.  The strings are argv's. */
struct args {
	enum command		 command;	/* CMD_MAX: none known */
	int			 json;
	const char		*socket;	/* -s, or NULL */
	const char		*fingerprint;	/* of trust, or NULL */
	const char		*file;		/* or NULL */
	const char	*heads;		/* of verify, or NULL */
	struct ctl_query	 query;		/* findings, follow, events */
	struct ctl_scan		 scan;
};

#define ARGS_ERROR_SIZE	256

/*
 * Parses all of argv but argv[0].  Commands and keywords may be shortened as
 * long as they stay unique.  now_ms (UTC, since 1970) is what "since 10m" is
 * counted from.  0, or -1 with a sentence in error.
 */
int	args_parse(struct args *, int argc, char *const argv[], int64_t now_ms,
	    char error[ARGS_ERROR_SIZE]);
/* The synopsis, and the command with its help; CMD_MAX: all of them. */
void	args_usage(FILE *, enum command);

/*
 * A point in time: a span back from now (10m, 2h, 3d, also s and w), or a date
 * as in RFC 3339 section 5.6, where the time of day, its seconds and fraction,
 * and the offset (then UTC) may be missing.  0 and milliseconds since 1970, at
 * least 1; or -1.
 */
int	args_since(const char *, int64_t now_ms, int64_t *ms);

#endif /* ARGS_H */
