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
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "compat.h"
#include "log.h"

#define LOG_LINE_MAX	1024

/*
 * The one exception to "no global state" beside a signal handler's flag: a
 * fatal() must work anywhere, without a context at hand.
 */
static struct {
	char		 name[48];
	enum log_sink	 sink;
	int		 verbose;
} logger = { "guardian", LOG_SINK_STDERR, 0 };

void
log_init(const char *name, enum log_sink sink, int verbose)
{
	strlcpy(logger.name, name, sizeof(logger.name));
	logger.sink = sink;
	logger.verbose = verbose;
}

static void
log_emit(int priority, int errnum, const char *fmt, va_list ap)
{
	char		 line[LOG_LINE_MAX];
	size_t		 i, start, len;
	ssize_t		 n;
	int		 r;

	if (logger.sink == LOG_SINK_SYSLOG)
		r = snprintf(line, sizeof(line), "<%d>guardiand-%s[%ld]: ",
		    LOG_DAEMON | priority, logger.name, (long)getpid());
	else
		r = snprintf(line, sizeof(line), "%s[%ld]: ", logger.name,
		    (long)getpid());
	start = len = r < 0 ? 0 : (size_t)r;

	r = vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	if (r > 0)
		len += (size_t)r;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	if (errnum != 0) {
		r = snprintf(line + len, sizeof(line) - len - 1, ": %s",
		    strerror(errnum));
		if (r > 0)
			len += (size_t)r;
		if (len > sizeof(line) - 2)
			len = sizeof(line) - 2;
	}
	for (i = start; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';

	/* A log that cannot be written must not stop the service. */
	if (logger.sink == LOG_SINK_SYSLOG)
		n = send(STDERR_FILENO, line, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	else {
		line[len++] = '\n';
		n = write(STDERR_FILENO, line, len);
	}
	(void)n;
}

#define LOG_BODY(pri, errnum) do {					\
	va_list	 ap;							\
									\
	va_start(ap, fmt);						\
	log_emit((pri), (errnum), fmt, ap);				\
	va_end(ap);							\
} while (0)

void
log_warn(const char *fmt, ...)
{
	int	 saved = errno;

	LOG_BODY(LOG_WARNING, saved);
	errno = saved;
}

void
log_warnx(const char *fmt, ...)
{
	LOG_BODY(LOG_WARNING, 0);
}

void
log_notice(const char *fmt, ...)
{
	LOG_BODY(LOG_NOTICE, 0);
}

void
log_info(const char *fmt, ...)
{
	if (logger.verbose >= 1)
		LOG_BODY(LOG_INFO, 0);
}

void
log_debug(const char *fmt, ...)
{
	if (logger.verbose >= 2)
		LOG_BODY(LOG_DEBUG, 0);
}

void
fatal(const char *fmt, ...)
{
	int	 saved = errno;

	LOG_BODY(LOG_CRIT, saved);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	LOG_BODY(LOG_CRIT, 0);
	exit(1);
}
