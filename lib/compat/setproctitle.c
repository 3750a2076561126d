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


#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "compat.h"

#ifndef HAVE_SETPROCTITLE
extern char	**environ;

/*
 * Linux shows the memory of argv as the command line, for as long as its
 * last byte is NUL.  That memory and the strings of the environment, which
 * follow it, are one run; the title may use all of it.  The place belongs
 * to the process as a whole, hence the two variables.
 */
static char	*title;
static size_t	 title_size;

void
compat_init_setproctitle(int argc, char **argv, char **envp)
{
	char	**newargv, **newenv = NULL, *end, *name;
	size_t	  envc = 0, i, n = (size_t)argc;

	if (title != NULL || argc < 1 || argv[0] == NULL || envp == NULL)
		return;
	while (envp[envc] != NULL)
		envc++;

	/* How far do the strings follow each other without a gap? */
	end = argv[0];
	for (i = 0; i < n && argv[i] == end; i++)
		end += strlen(end) + 1;
	if (i == n)
		for (i = 0; i < envc && envp[i] == end; i++)
			end += strlen(end) + 1;

	/* Copies first, so that a failure leaves everything in place. */
	newargv = calloc(n, sizeof(*newargv));
	newenv = calloc(envc + 1, sizeof(*newenv));
	name = strdup(getprogname());
	if (newargv == NULL || newenv == NULL || name == NULL)
		goto fail;
	for (i = 0; i < n; i++)
		if ((newargv[i] = strdup(argv[i])) == NULL)
			goto fail;
	for (i = 0; i < envc; i++)
		if ((newenv[i] = strdup(envp[i])) == NULL)
			goto fail;

	title = argv[0];
	title_size = (size_t)(end - argv[0]);
	for (i = 0; i < n; i++)
		argv[i] = newargv[i];
	free(newargv);
	environ = newenv;
	program_invocation_name = argv[0];
	setprogname(name);
	free(name);
	return;
fail:
	for (i = 0; newargv != NULL && i < n; i++)
		free(newargv[i]);
	for (i = 0; newenv != NULL && i < envc; i++)
		free(newenv[i]);
	free(newargv);
	free(newenv);
	free(name);
}

void
setproctitle(const char *fmt, ...)
{
	va_list	 ap;
	int	 saved_errno = errno, n = 0, m;

	if (title == NULL)
		return;
	/* Zeroes up to the end, or the tail of the old text would show. */
	memset(title, 0, title_size);
	if (fmt != NULL && fmt[0] == '-')
		fmt++;
	else
		n = snprintf(title, title_size, "%s%s", getprogname(),
		    fmt != NULL ? ": " : "");
	if (fmt != NULL && n >= 0 && (size_t)n < title_size) {
		va_start(ap, fmt);
		m = vsnprintf(title + n, title_size - (size_t)n, fmt, ap);
		va_end(ap);
		if (m < 0)
			title[n] = '\0';
	}
	errno = saved_errno;
}
#endif
