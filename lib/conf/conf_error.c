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

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "log.h"
#include "parse.h"

/*
 * A configuration can come from a stranger and its errors end on a terminal
 * or in a log: everything but printable ASCII is written as \ooo.
 */
static char *
printable(const char *s)
{
	size_t	 len = strlen(s), i, o = 0;
	char	*out;
	u_char	 c;

	if (len > SIZE_MAX / 4 - 1 || (out = malloc(len * 4 + 1)) == NULL)
		fatal("conf: error text");
	for (i = 0; i < len; i++) {
		c = (u_char)s[i];
		if (c >= 0x20 && c < 0x7f) {
			out[o++] = (char)c;
			continue;
		}
		out[o++] = '\\';
		out[o++] = (char)('0' + (c >> 6));
		out[o++] = (char)('0' + ((c >> 3) & 7));
		out[o++] = (char)('0' + (c & 7));
	}
	out[o] = '\0';
	return out;
}

static void __attribute__((__format__(printf, 4, 0)))
error_vadd(struct conf_errors *errs, const char *file, int line,
    const char *fmt, va_list ap)
{
	struct conf_error	*e;
	char			 buf[512];

	if (errs->n >= CONF_ERRORS_MAX) {
		errs->dropped++;
		return;
	}
	if (errs->v == NULL && (errs->v = calloc(CONF_ERRORS_MAX,
	    sizeof(*errs->v))) == NULL)
		fatal("conf: errors");
	vsnprintf(buf, sizeof(buf), fmt, ap);
	e = &errs->v[errs->n++];
	e->file = printable(file);
	e->line = line;
	e->message = printable(buf);
}

void
conf_error_add(struct conf_errors *errs, const char *file, int line,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_vadd(errs, file, line, fmt, ap);
	va_end(ap);
}

void
parse_error(struct parser *ps, const struct token *at, const char *fmt, ...)
{
	va_list ap;

	if (ps->quiet || at->bad)
		return;
	va_start(ap, fmt);
	error_vadd(ps->errors, at->file, at->line, fmt, ap);
	va_end(ap);
}

void
parse_error_line(struct parser *ps, const char *file, int line,
    const char *fmt, ...)
{
	va_list ap;

	if (ps->quiet)
		return;
	va_start(ap, fmt);
	error_vadd(ps->errors, file, line, fmt, ap);
	va_end(ap);
}

const char *
conf_error_format(const struct conf_error *e, char *buf, size_t size)
{
	if (e->line == 0)
		snprintf(buf, size, "%s: %s", e->file, e->message);
	else
		snprintf(buf, size, "%s:%d: %s", e->file, e->line,
		    e->message);
	return buf;
}

void
conf_errors_print(const struct conf_errors *errs, FILE *fp)
{
	const struct conf_error	*e;
	size_t			 i;

	for (i = 0; i < errs->n; i++) {
		e = &errs->v[i];
		if (e->line == 0)
			fprintf(fp, "%s: %s\n", e->file, e->message);
		else
			fprintf(fp, "%s:%d: %s\n", e->file, e->line,
			    e->message);
	}
	if (errs->dropped != 0)
		fprintf(fp, "and %zu more\n", errs->dropped);
}

void
conf_errors_free(struct conf_errors *errs)
{
	size_t i;

	for (i = 0; i < errs->n; i++) {
		free(errs->v[i].file);
		free(errs->v[i].message);
	}
	free(errs->v);
	memset(errs, 0, sizeof(*errs));
}
