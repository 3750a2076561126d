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

/* Whether a remove is one that hurts: what it is told to do, and to what. */

#include <ctype.h>
#include <string.h>

#include "rules.h"

/* Directories whose removal ends a system or a home. */
static const char *const system_dirs[] = {
	"bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "media",
	"mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "usr",
	"usr/bin", "usr/lib", "usr/local", "usr/local/bin", "usr/local/lib",
	"usr/sbin", "usr/share", "etc/ssh", "etc/systemd", "var", "var/lib",
	"var/log", "var/mail", "var/spool", "var/www",
	"Users", "Library", "System", "Applications", "workspace",
	"workspace/group", "workspace/project", NULL
};

enum target { TARGET_QUIET, TARGET_SYSTEM, TARGET_ROOT };

/* Without "." and ".." and slashes that stand for nothing. */
static size_t
path_normal(const uint8_t *s, size_t len, uint8_t *out)
{
	size_t	 i, start, n = 0;

	for (i = 0; i < len; ) {
		while (i < len && s[i] == '/')
			i++;
		start = i;
		while (i < len && s[i] != '/')
			i++;
		if (i == start || (i - start == 1 && s[start] == '.'))
			continue;
		if (i - start == 2 && memcmp(s + start, "..", 2) == 0) {
			while (n > 0 && out[--n] != '/')
				continue;
			continue;
		}
		out[n++] = '/';
		memcpy(out + n, s + start, i - start);
		n += i - start;
	}
	if (n == 0)
		out[n++] = '/';
	return (n);
}

static int
is_name(const uint8_t *s, size_t len)
{
	while (len > 0 && (isalnum(*s) || *s == '_' || *s == '-')) {
		s++;
		len--;
	}
	return (len == 0);
}

static enum target
rm_target(const uint8_t *s, size_t len)
{
	static const char *const	 homes[] = {
		"~", "$HOME", "${HOME}", "$(pwd)/~", NULL
	};
	const char *const		*w;
	uint8_t				 path[RULE_WIDTH_MAX];
	size_t				 n;

	/* A trailing slash, dot or star does not change what goes. */
	for (;;) {
		if (len > 1 && s[len - 1] == '/')
			len--;
		else if (len > 2 && s[len - 2] == '/' &&
		    (s[len - 1] == '*' || s[len - 1] == '.'))
			len--;
		else if (len > 3 && memcmp(s + len - 3, "/.*", 3) == 0)
			len -= 2;
		else if (len == 2 && s[0] == '/' &&
		    (s[1] == '*' || s[1] == '.'))
			len--;
		else
			break;
	}
	for (w = homes; *w != NULL; w++)
		if (len == strlen(*w) && memcmp(s, *w, len) == 0)
			return (TARGET_ROOT);
	if (len > 1 && s[0] == '~' && is_name(s + 1, len - 1))
		return (TARGET_ROOT);
	if (len == 0 || s[0] != '/')
		return (TARGET_QUIET);
	len = path_normal(s, len, path);
	s = path;
	if (len == 1)
		return (TARGET_ROOT);
	s++;
	len--;
	for (w = system_dirs; *w != NULL; w++)
		if (len == strlen(*w) && memcmp(s, *w, len) == 0)
			return (TARGET_SYSTEM);
	/* Somebody's home: one component under /home or /Users. */
	n = 0;
	if (len > 5 && memcmp(s, "home/", 5) == 0)
		n = 5;
	else if (len > 6 && memcmp(s, "Users/", 6) == 0)
		n = 6;
	if (n > 0 && memchr(s + n, '/', len - n) == NULL)
		return (TARGET_ROOT);
	return (TARGET_QUIET);
}

/* Whether the command before this one goes where "*" is everything. */
static int
after_cd(const struct rule_match *m)
{
	static const char *const	 places[] = {
		"cd /", "cd ~", "cd $HOME", "cd \"$HOME\"", NULL
	};
	const char *const		*w;
	const uint8_t			*p;
	size_t				 len;

	len = line_before(m, &p);
	/* sudo, and the list operator */
	if (len >= 5 && memcmp(p + len - 5, "sudo ", 5) == 0)
		len -= 5;
	while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '&' ||
	    p[len - 1] == ';'))
		len--;
	for (w = places; *w != NULL; w++)
		if (ends_with(p + len, len, *w))
			return (1);
	return (0);
}

int
valid_rm(const struct rule_match *m)
{
	const uint8_t	*end = m->text + m->len, *p = m->text, *s;
	enum target	 worst = TARGET_QUIET, t;
	size_t		 len, i;
	int		 recursive = 0, preserve = 1, options = 1, first = 1;
	int		 operands = 0;

	while (p < end) {
		if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n') {
			p++;
			continue;
		}
		if (*p == '\\' && p + 1 < end &&
		    (p[1] == '\n' || p[1] == '\r' || p[1] == 't')) {
			p += 2;
			continue;
		}
		s = p;
		while (p < end && *p != ' ' && *p != '\t' && *p != '\n' &&
		    *p != '\r')
			p++;
		len = (size_t)(p - s);
		if (first) {		/* rm itself */
			first = 0;
			continue;
		}
		while (len > 0 && (*s == '"' || *s == '\'' || *s == '\\')) {
			s++;
			len--;
		}
		/* A quote ends the word; what follows it is another text. */
		for (i = 0; i < len; i++)
			if (s[i] == '"' || s[i] == '\'' || s[i] == '\\')
				break;
		len = i;
		if (len == 0)
			continue;
		/* "make: rm -rf build", then a comment of C */
		if (len == 2 && memcmp(s, "/*", 2) == 0 && operands > 0 &&
		    p < end)
			break;
		if (options && *s == '-') {
			if (len == 2 && s[1] == '-')
				options = 0;
			else if (len == 11 &&
			    memcmp(s, "--recursive", 11) == 0)
				recursive = 1;
			else if (len == 18 &&
			    memcmp(s, "--no-preserve-root", 18) == 0)
				preserve = 0;
			else if (len > 1 && s[1] != '-' &&
			    (memchr(s, 'r', len) != NULL ||
			    memchr(s, 'R', len) != NULL))
				recursive = 1;
			continue;
		}
		operands++;
		t = rm_target(s, len);
		if (t == TARGET_QUIET && len == 1 && (*s == '*' || *s == '.') &&
		    after_cd(m))
			t = TARGET_ROOT;
		if (t > worst)
			worst = t;
	}
	if (!recursive)
		return (RULE_REJECT);
	if (worst == TARGET_ROOT || !preserve)
		return (FINDING_CRITICAL);
	if (worst == TARGET_SYSTEM)
		return (m->pattern->severity);
	return (RULE_REJECT);
}
