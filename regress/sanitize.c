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
 * Linked into our programs in a sanitizer build only (make asan).
 *
 * A process that a sanitizer stops inside its sandbox cannot open a file, and
 * the parent starts another in its place: the fault could pass unseen.  So
 * each program maps the report file before main(), while it still may, and
 * the report is copied into that memory.  No descriptor stays open, because
 * tests count them.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPORT_MAX	65536

void		 __asan_set_error_report_callback(void (*)(const char *));
const char	*__asan_default_options(void);
const char	*__ubsan_default_options(void);
void		 __ubsan_get_current_report_data(const char **, const char **,
		    const char **, unsigned *, unsigned *, char **);
void		 __ubsan_on_report(void);

static char	*report;

/*
 * Leaks are looked for with ptrace and symbols with exec, and the sandbox
 * forbids both, as it does sigaltstack(2).
 */
const char *
__asan_default_options(void)
{
	return ("detect_leaks=0:symbolize=0:abort_on_error=1:"
	    "use_sigaltstack=0:"
	    "detect_stack_use_after_return=1");
}

const char *
__ubsan_default_options(void)
{
	return ("print_stacktrace=0:symbolize=0");
}

static void
copy(const char *text)
{
	size_t	 used, len;

	if (report == NULL)
		return;
	used = strnlen(report, REPORT_MAX - 1);
	len = strlen(text);
	if (len > REPORT_MAX - 1 - used)
		len = REPORT_MAX - 1 - used;
	memcpy(report + used, text, len);
}

void
__ubsan_on_report(void)
{
	const char	*kind, *message, *file;
	unsigned	 line, column;
	char		*address, where[512];

	__ubsan_get_current_report_data(&kind, &message, &file, &line,
	    &column, &address);
	(void)snprintf(where, sizeof(where), "%s:%u:%u: ", file, line, column);
	copy(where);
	copy(message);
	copy("\n");
}

__attribute__((constructor)) static void
open_report(void)
{
	int	 fd;
	void	*p;

	fd = open(GUARDIAN_SANITIZER_LOG, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return;
	if (ftruncate(fd, REPORT_MAX) == 0) {
		p = mmap(NULL, REPORT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
		if (p != MAP_FAILED) {
			report = p;
			__asan_set_error_report_callback(copy);
		}
	}
	(void)close(fd);
}
