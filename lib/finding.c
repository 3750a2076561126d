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


#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "finding.h"

static const char *const directions[] = { "outbound", "inbound" };
static const char *const protocols[] = { "http", "https", "ws", "wss" };
static const char *const threats[] = { "EXFIL", "INJECTION" };
static const char *const severities[] = { "low", "medium", "high",
	"critical" };

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

/* Last millisecond of year 9999. */
#define TIMESTAMP_MAX	253402300799999LL

static const char *
name(const char *const *table, int n, int value)
{
	return (value < 0 || value >= n ? NULL : table[value]);
}

static int
parse(const char *const *table, int n, const char *s)
{
	int	 i;

	for (i = 0; i < n; i++)
		if (strcmp(table[i], s) == 0)
			return (i);
	return (-1);
}

const char *
finding_direction_name(int v)
{
	return (name(directions, N(directions), v));
}

const char *
finding_protocol_name(int v)
{
	return (name(protocols, N(protocols), v));
}

const char *
finding_threat_name(int v)
{
	return (name(threats, N(threats), v));
}

const char *
finding_severity_name(int v)
{
	return (name(severities, N(severities), v));
}

int
finding_direction_parse(const char *s)
{
	return (parse(directions, N(directions), s));
}

int
finding_protocol_parse(const char *s)
{
	return (parse(protocols, N(protocols), s));
}

int
finding_threat_parse(const char *s)
{
	return (parse(threats, N(threats), s));
}

int
finding_severity_parse(const char *s)
{
	return (parse(severities, N(severities), s));
}

int
finding_pattern_valid(const char *s)
{
	size_t	 i;

	if (s[0] < 'a' || s[0] > 'z')
		return (0);
	for (i = 1; s[i] != '\0'; i++)
		if (i == FINDING_PATTERN_SIZE - 1 || !((s[i] >= 'a' &&
		    s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') ||
		    s[i] == '_'))
			return (0);
	return (1);
}

static int
is_ip(const char *s)
{
	struct in6_addr	 a6;
	struct in_addr	 a4;

	return (inet_pton(AF_INET, s, &a4) == 1 ||
	    inet_pton(AF_INET6, s, &a6) == 1);
}

static int
is_port(const char *s)
{
	size_t	 n;

	n = strspn(s, "0123456789");
	return (n >= 1 && n <= 5 && s[n] == '\0' && s[0] != '0' &&
	    strtol(s, NULL, 10) <= 65535);
}

/* "[REDACTED:n]" at s: its length, or 0. */
static size_t
masked_label(const char *s)
{
	static const char	 open[] = "[REDACTED:";
	size_t			 n, digits;

	n = sizeof(open) - 1;
	if (strncmp(s, open, n) != 0)
		return (0);
	digits = strspn(s + n, "0123456789");
	if (digits == 0 || digits > 5 || s[n + digits] != ']')
		return (0);
	return (n + digits + 1);
}

static int
is_host(const char *s)
{
	size_t	 n, label = 0;

	if (*s == '\0')
		return (0);
	while (*s != '\0') {
		if (*s == '.') {
			if (label == 0)
				return (0);
			label = 0;
			s++;
		} else if (*s == '[') {
			if (label != 0 || (n = masked_label(s)) == 0)
				return (0);
			label = n;
			s += n;
			if (*s != '.' && *s != '\0')
				return (0);
		} else if ((*s >= 'a' && *s <= 'z') ||
		    (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    *s == '-' || *s == '_') {
			if (++label > 63)
				return (0);
			s++;
		} else
			return (0);
	}
	return (label != 0);
}

static int
is_dest(const char *dest)
{
	struct in6_addr	 a6;
	const char	*colon;
	char		 host[FINDING_DEST_SIZE];
	size_t		 n;

	if ((colon = strrchr(dest, ':')) == NULL || !is_port(colon + 1))
		return (0);
	n = (size_t)(colon - dest);
	memcpy(host, dest, n);
	host[n] = '\0';
	if (host[0] == '[' && n > 2 && host[n - 1] == ']' &&
	    masked_label(host) == 0) {
		host[n - 1] = '\0';
		return (inet_pton(AF_INET6, host + 1, &a6) == 1);
	}
	return (is_host(host));
}

static int
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			return (0);
	return (1);
}

#define TERMINATED(a)	(memchr((a), '\0', sizeof(a)) != NULL)

const char *
finding_invalid(const struct finding *f)
{
	/* Enums come from messages: the compiler's range is not theirs. */
	if (finding_direction_name((int)f->direction) == NULL)
		return ("direction");
	if (finding_protocol_name((int)f->protocol) == NULL)
		return ("protocol");
	if (finding_threat_name((int)f->threat) == NULL)
		return ("threat_type");
	if (finding_severity_name((int)f->severity) == NULL)
		return ("severity");
	if (!TERMINATED(f->pattern) || !finding_pattern_valid(f->pattern))
		return ("pattern");
	if (!TERMINATED(f->source) || !is_ip(f->source))
		return ("source");
	if (!TERMINATED(f->dest) || !is_dest(f->dest))
		return ("dest");
	if (!TERMINATED(f->snippet) || f->snippet[0] == '\0' ||
	    !is_printable(f->snippet))
		return ("snippet");
	if (f->timestamp < 0 || f->timestamp > TIMESTAMP_MAX)
		return ("timestamp");
	return (NULL);
}

int
finding_valid(const struct finding *f)
{
	return (finding_invalid(f) == NULL);
}

int
finding_timestamp(int64_t ms, char *buf, size_t len)
{
	struct tm	 tm;
	time_t		 t;
	size_t		 n;

	if (ms < 0 || ms > TIMESTAMP_MAX || len < FINDING_TIMESTAMP_SIZE)
		return (-1);
	t = (time_t)(ms / 1000);
	if (gmtime_r(&t, &tm) == NULL)
		return (-1);
	if ((n = strftime(buf, len, "%Y-%m-%dT%H:%M:%S", &tm)) != 19)
		return (-1);
	snprintf(buf + n, len - n, ".%03dZ", (int)(ms % 1000));
	return (0);
}
