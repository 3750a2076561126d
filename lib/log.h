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

#ifndef LOG_H
#define LOG_H

#include <stdarg.h>

/*
 * Messages for the operator.  Descriptor 2 is the only output: a stream when
 * the suite runs in the foreground, or a datagram socket already connected to
 * syslogd when it does not.  Children cannot open a socket, so the parent
 * connects it before it forks.  No URL, header or body bytes go through here:
 * callers pass names, counts and reasons.  Control bytes are replaced, so that
 * a hostile name cannot forge a line.
 */
enum log_sink {
	LOG_SINK_STDERR,
	LOG_SINK_SYSLOG
};

/*
 * Sets the name shown in each line, the sink and the verbosity (0: notices
 * and errors, 1: also informational, 2: also debug).  Before the call messages
 * go to standard error at verbosity 0.
 */
void	log_init(const char *name, enum log_sink sink, int verbose);

void	log_warn(const char *, ...)	/* with strerror(errno) */
	    __attribute__((__format__(printf, 1, 2)));
void	log_warnx(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_notice(const char *, ...)	/* always shown, not an error */
	    __attribute__((__format__(printf, 1, 2)));
void	log_info(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_debug(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));

/* Our own broken invariant: says so and exits with status 1. */
void	fatal(const char *, ...)	/* with strerror(errno) */
	    __attribute__((__noreturn__, __format__(printf, 1, 2)));
void	fatalx(const char *, ...)
	    __attribute__((__noreturn__, __format__(printf, 1, 2)));

#endif /* LOG_H */
