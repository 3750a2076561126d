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
 * Snippets: what a person may see of a hit.  Nothing is copied from the
 * message unless an allow-list knows it: the channel, known field names, a
 * secret's public prefix, the literal part of a path, words of the shell.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "mask.h"
#include "rules.h"
#include "stream.h"

#define PREFIX_MAX	48	/* of a secret's public prefix */
#define PATH_SHOWN	4	/* decoders named in a path */

/* Append to a string; what does not fit is cut. */
static void
put(char *buf, size_t size, const char *s, size_t len)
{
	size_t	 used = strlen(buf);

	if (len > size - 1 - used)
		len = size - 1 - used;
	memcpy(buf + used, s, len);
	buf[used + len] = '\0';
}

static void
puts_to(char *buf, size_t size, const char *s)
{
	put(buf, size, s, strlen(s));
}

/* The matched path with its variable part as "[...]". */
static void
build_path(const struct rule_match *m, char *buf, size_t size)
{
	size_t	 n;

	if (m->secret == NULL) {
		put(buf, size, (const char *)m->text, m->len);
		return;
	}
	n = (size_t)(m->secret - m->text);
	put(buf, size, (const char *)m->text, n);
	puts_to(buf, size, "[...]");
	put(buf, size, (const char *)m->secret + m->secretlen,
	    m->len - n - m->secretlen);
}

static void
build_secret(const struct rule_match *m, char *buf, size_t size)
{
	char	 masked[PREFIX_MAX + 64];
	size_t	 n = 0;

	if (m->pattern->kind != RULE_VALUE)
		n = m->secret == NULL ? m->len : (size_t)(m->secret - m->text);
	if (n > PREFIX_MAX)
		n = PREFIX_MAX;
	if (m->pattern->kind == RULE_PEM && m->secretlen == 0)
		put(buf, size, (const char *)m->text, n);
	else if (mask_secret((const char *)m->text, n,
	    m->pattern->kind == RULE_VALUE ? m->secretlen : m->len, masked,
	    sizeof(masked)) == 0)
		puts_to(buf, size, masked);
	else
		puts_to(buf, size, "[REDACTED]");
}

/* Words of commands that are shown. */
static const char *const vocabulary[] = {
	"/", "/*", "/bin/bash", "/bin/dash", "/bin/rm", "/bin/sh", "/bin/zsh",
	"/boot", "/dev", "/etc", "/home", "/lib", "/opt", "/root", "/sbin",
	"/sys", "/usr", "/usr/bin/bash", "/usr/bin/env", "/usr/bin/perl",
	"/usr/bin/python3", "/usr/bin/sh", "/var", "$HOME", "${HOME}", "~",
	"~/", "~/*", "--", "--append", "--decode", "--eval", "--exec",
	"--force", "--no-preserve-root", "--recursive", "--sh-exec", ".", "0",
	"1", "2", "EXEC", "SYSTEM", "TCP", "TCPSocket", "Socket", "UDP", "ash",
	"authorized_keys", "base64", "bash", "cat", "command", "csh", "curl",
	"dash", "doas", "echo", "env", "eval", "exec", "fetch", "fish",
	"fsockopen", "gunzip", "ksh", "mkfifo", "nc", "ncat", "netcat", "node",
	"nohup", "openssl", "perl", "php", "pty", "python", "python2",
	"python3", "rm", "ruby", "sh", "socat", "socket", "source", "spawn",
	"subprocess", "sudo", "system", "tcsh", "tee", "telnet", "time", "use",
	"wget", "xargs", "xxd", "zsh", "dd", "shred", "wipefs", "mkfs", "find",
	"busybox", "iex", "iwr", "powershell", "timeout", "setsid", "/dev/sda",
	"-delete", NULL
};

static int
is_operator(uint8_t c)
{
	return (c == '|' || c == '&' || c == ';' || c == '<' || c == '>' ||
	    c == '(' || c == ')' || c == '`' || c == '$');
}

static int
is_separator(const uint8_t *p, const uint8_t *end)
{
	return (*p <= ' ' || *p >= 0x7f || *p == '"' || *p == '\'' ||
	    *p == '\\' || *p == ',' || *p == '[' || *p == ']' || *p == '{' ||
	    *p == '}' || (is_operator(*p) &&
	    !(*p == '$' && p + 1 < end && p[1] != '(')));
}

/* What is shown of a word, or NULL: it is not in the vocabulary. */
static const char *
shown(const uint8_t *s, size_t len, char flag[8])
{
	static const char	*const keyfile = ".ssh/authorized_keys";
	const char *const	*w;
	size_t			 i, n;

	for (w = vocabulary; *w != NULL; w++)
		if (strlen(*w) == len && memcmp(s, *w, len) == 0)
			return (*w);
	if (len > 9 && (memcmp(s, "/dev/tcp/", 9) == 0 ||
	    memcmp(s, "/dev/udp/", 9) == 0))
		return (s[5] == 't' ? "/dev/tcp/..." : "/dev/udp/...");
	n = strlen(keyfile);
	if (len >= n && memcmp(s + len - n, keyfile, n) == 0)
		return (".../.ssh/authorized_keys");
	/* Short options: at most five letters, and "-O-" of wget. */
	if (len >= 2 && len <= 6 && s[0] == '-') {
		for (i = 1; i < len; i++)
			if (!isalpha(s[i]) && !(s[i] == '-' && i == len - 1))
				return (NULL);
		memcpy(flag, s, len);
		flag[len] = '\0';
		return (flag);
	}
	return (NULL);
}

static void
build_command(const struct rule_match *m, char *buf, size_t size)
{
	const uint8_t	*p = m->text, *end = m->text + m->len, *s;
	const char	*word;
	char		 flag[8];
	int		 dots = 0;

	while (p < end) {
		s = p;
		if (*p == '\\' && p + 1 < end &&
		    strchr("bfnrt", p[1]) != NULL) {
			p += 2;
			continue;
		}
		if (is_operator(*p) && is_separator(p, end)) {
			while (p < end && is_operator(*p) &&
			    is_separator(p, end))
				p++;
			puts_to(buf, size, " ");
			put(buf, size, (const char *)s, p - s > 3 ? 3 :
			    (size_t)(p - s));
			dots = 0;
			continue;
		}
		if (is_separator(p, end)) {
			p++;
			continue;
		}
		while (p < end && !is_separator(p, end))
			p++;
		if ((word = shown(s, (size_t)(p - s), flag)) != NULL) {
			puts_to(buf, size, " ");
			puts_to(buf, size, word);
			dots = 0;
		} else if (!dots) {
			puts_to(buf, size, " ...");
			dots = 1;
		}
	}
}

/* Whether a secret's rule still finds something in a snippet. */
static int
leaks(const struct rules *rules, const char *buf)
{
	const struct rule_code	*rc;
	size_t			 span[2], secret[2], i;

	for (i = 0; i < rules->ncodes[FINDING_OUTBOUND]; i++) {
		rc = &rules->codes[FINDING_OUTBOUND][i];
		/*
		 * A path rule finds the public path that is meant to be seen,
		 * and a key's marker without the key is no leak either.
		 */
		if (rc->pattern->kind == RULE_PATH)
			continue;
		switch (rules_match(rules, rc, (const uint8_t *)buf,
		    strlen(buf), 0, SIZE_MAX, 0, span, secret)) {
		case 0:
			break;
		case 1:
			if (rc->pattern->kind == RULE_PEM &&
			    secret[0] == SIZE_MAX)
				break;
			return (1);
		default:
			return (1);
		}
	}
	return (0);
}

/*
 * "body>gzip>base64: rule", "header cookie>percent: rule".  Of a long path the
 * middle goes first.
 */
static void
build_place(const struct place *place, const struct rule *rule, char *buf,
    size_t size)
{
	unsigned int	 i;

	snprintf(buf, size, "%s", scan_channel_name(place->channel));
	if (place->channel == SCAN_HEADER || place->channel == SCAN_TRAILER) {
		puts_to(buf, size, " ");
		puts_to(buf, size, place->field == NULL ? "?" : place->field);
	}
	for (i = 0; i < place->npath; i++) {
		puts_to(buf, size, ">");
		if (place->npath > PATH_SHOWN && i == PATH_SHOWN / 2) {
			puts_to(buf, size, "...");
			i = place->npath - PATH_SHOWN / 2 - 1;
			continue;
		}
		puts_to(buf, size, place->path[i]);
	}
	puts_to(buf, size, ": ");
	puts_to(buf, size, rule->name);
}

void
snippet_build(const struct rules *rules, const struct rule *rule,
    const struct rule_match *m, const struct place *place, char *buf,
    size_t size)
{
	char	 head[FINDING_SNIPPET_SIZE], *p;

	build_place(place, rule, head, sizeof(head));
	snprintf(buf, size, "%s", head);
	switch (m->pattern->kind) {
	case RULE_COMMAND:
		build_command(m, buf, size);
		break;
	case RULE_PATH:
		puts_to(buf, size, " ");
		build_path(m, buf, size);
		break;
	case RULE_SECRET:
	case RULE_VALUE:
	case RULE_PEM:
	default:
		puts_to(buf, size, " ");
		build_secret(m, buf, size);
		break;
	}
	for (p = buf; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
	if (leaks(rules, buf))
		snprintf(buf, size, "%s [REDACTED]", head);
}
