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

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "compat.h"
#include "finding.h"
#include "msg.h"
#include "safe.h"

#define A_LIMIT		0x01	/* -n number */
#define A_SINCE		0x02	/* since time */
#define A_FILTER	0x04	/* pattern, severity, client */
#define A_FILE		0x08	/* one optional file */
#define A_SCAN		0x10	/* options of scan */
#define A_YES		0x20	/* -y fingerprint */
#define A_HEADS		0x40	/* -a file */

#define LIMIT_MAX	1000000
#define SCAN_OPTION_MAX	255
#define FOLLOW_LIMIT	10	/* old findings before the new ones */

static const struct {
	const char	*words;		/* one space between them */
	const char	*params;
	const char	*help;
	unsigned int	 takes;
} commands[CMD_MAX] = {
	[CMD_STATUS] = { "status", "",
	    "processes, sandboxes and counters", 0 },
	[CMD_METRICS] = { "metrics", "",
	    "the counters, as Prometheus reads them", 0 },
	[CMD_FINDINGS] = { "findings", "[-n number] [since time] "
	    "[pattern name] [severity level] [client name]",
	    "what was found, oldest first", A_LIMIT | A_SINCE | A_FILTER },
	[CMD_FOLLOW] = { "follow", "[-n number] [since time] "
	    "[pattern name] [severity level] [client name]",
	    "the last findings, then new ones as they come",
	    A_LIMIT | A_SINCE | A_FILTER },
	[CMD_EVENTS] = { "events", "[-n number] [since time]",
	    "starts, refusals, gaps in coverage", A_LIMIT | A_SINCE },
	[CMD_RELOAD] = { "reload", "",
	    "read the configuration again", 0 },
	[CMD_UPGRADE] = { "upgrade", "",
	    "go on with the programs that were installed meanwhile", 0 },
	[CMD_STOP] = { "stop", "",
	    "stop the daemon", 0 },
	[CMD_LOG_ROTATE] = { "log rotate", "",
	    "begin new log files", 0 },
	[CMD_CHECK] = { "check", "[file]",
	    "check a configuration; needs no daemon", A_FILE },
	[CMD_SCAN] = { "scan", "[-H] [-d direction] [-e coding] [-f config] "
	    "[-h host] [-l bytes] [-t type] [file]",
	    "scan a file or standard input; needs no daemon", A_FILE | A_SCAN },
	[CMD_VERIFY] = { "verify", "[-a file] [directory]",
	    "check the logs against their hash chains; needs no daemon",
	    A_FILE | A_HEADS },
	[CMD_SELFTEST] = { "selftest", "",
	    "send a planted key through the proxy and find it again", 0 },
	[CMD_WIRING_SHELL] = { "wiring shell", "",
	    "environment that points one process at the proxy", 0 },
	[CMD_WIRING_DOCKER] = { "wiring docker", "",
	    "options that point one container at the proxy", 0 },
	[CMD_WIRING_V1] = { "wiring nanoclaw-v1", "",
	    "what NanoClaw 1 gives its containers to use the proxy", 0 },
	[CMD_WIRING_V2] = { "wiring nanoclaw-v2", "",
	    "what NanoClaw 2 and its gateway need to use the proxy", 0 },
	[CMD_CA_FINGERPRINT] = { "ca fingerprint", "",
	    "the CA's fingerprint, to compare over another channel", 0 },
	[CMD_CA_EXPORT] = { "ca export", "",
	    "the CA's certificate, which is public", 0 },
	[CMD_CA_ROTATE] = { "ca rotate", "",
	    "replace the CA; clients have to be told to trust the new one",
	    0 },
	[CMD_TRUST] = { "trust", "[-y fingerprint]",
	    "text that adds the CA to the system's and NSS stores", A_YES },
};

static const struct {
	const char	*word;
	const char	*value;
	unsigned int	 takes;
} keywords[] = {
	{ "since",	"time",		A_SINCE },
	{ "pattern",	"name",		A_FILTER },
	{ "severity",	"level",	A_FILTER },
	{ "client",	"name",		A_FILTER },
};

enum {
	KW_SINCE,
	KW_PATTERN,
	KW_SEVERITY,
	KW_CLIENT,
	KW_NONE,
	KW_AMBIGUOUS
};

struct parser {
	struct args	*args;
	char		*const *argv;
	int		 argc;
	int		 i;
	int64_t		 now_ms;
	char		*error;
};

static int	fail(struct parser *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

static int
fail(struct parser *p, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(p->error, ARGS_ERROR_SIZE, fmt, ap);
	va_end(ap);
	return -1;
}

static const char *
next(struct parser *p)
{
	return p->i < p->argc ? p->argv[p->i++] : NULL;
}

/* The value of a single-letter option: the rest of the word, or the next. */
static const char *
option_value(struct parser *p, const char *opt)
{
	return opt[2] != '\0' ? opt + 2 : next(p);
}

/* 2 when given is the whole first word of words, 1 when its beginning. */
static int
word_match(const char *words, const char *given)
{
	size_t	 len = strcspn(words, " "), n = strlen(given);

	if (n == 0 || n > len || strncmp(words, given, n) != 0)
		return 0;
	return n == len ? 2 : 1;
}

static const char *
word_next(const char *words)
{
	words += strcspn(words, " ");
	return *words == ' ' ? words + 1 : words;
}

/* Both options may stand before and after the command. */
static int
global_option(struct parser *p, const char *opt)
{
	if (strcmp(opt, "-j") == 0)
		p->args->json = 1;
	else if (strncmp(opt, "-s", 2) == 0) {
		p->args->socket = option_value(p, opt);
		if (p->args->socket == NULL || *p->args->socket == '\0')
			return fail(p, "-s needs the path of a socket");
	} else
		return fail(p, "unknown option %.64s", opt);
	return 0;
}

/*
 * Narrows the table down word by word.  rest[i] is what is left of command i,
 * NULL once it is out.
 */
static int
command(struct parser *p)
{
	const char	*rest[CMD_MAX], *given;
	unsigned int	 i, left, found;
	int		 best, m, more;

	for (i = 0; i < CMD_MAX; i++)
		rest[i] = commands[i].words;
	do {
		given = next(p);
		while (given != NULL && given[0] == '-') {
			if (global_option(p, given) == -1)
				return -1;
			given = next(p);
		}
		if (given == NULL) {
			for (i = 0; i < CMD_MAX; i++)
				if (rest[i] != NULL &&
				    rest[i] != commands[i].words)
					return fail(p, "incomplete command; "
					    "did you mean \"%s\"?",
					    commands[i].words);
			return fail(p, "which command?");
		}
		best = 0;
		for (i = 0; i < CMD_MAX; i++)
			if (rest[i] != NULL &&
			    (m = word_match(rest[i], given)) > best)
				best = m;
		if (best == 0)
			return fail(p, "unknown command \"%.64s\"", given);
		left = 0;
		found = 0;
		more = 0;
		for (i = 0; i < CMD_MAX; i++) {
			if (rest[i] == NULL)
				continue;
			if (word_match(rest[i], given) != best) {
				rest[i] = NULL;
				continue;
			}
			/* The words of one group count as one. */
			if (left == 0 || strncmp(commands[found].words,
			    commands[i].words, strcspn(rest[i], " ") +
			    (size_t)(rest[i] - commands[i].words)) != 0)
				left++;
			if (left > 1)
				return fail(p, "\"%.64s\" is ambiguous: "
				    "%s or %s?", given, commands[found].words,
				    commands[i].words);
			found = i;
			rest[i] = word_next(rest[i]);
			if (*rest[i] != '\0')
				more = 1;
		}
	} while (more);
	p->args->command = (enum command)found;
	return 0;
}

static int
keyword(struct parser *p, unsigned int k, const char *value)
{
	struct ctl_query	*q = &p->args->query;
	int			 sev;

	switch (k) {
	case KW_SINCE:
		if (args_since(value, p->now_ms, &q->since_ms) == -1)
			return fail(p, "since %.64s: use a span such as 10m, "
			    "2h or 3d, or a date such as "
			    "2026-04-26T12:00:00Z", value);
		break;
	case KW_PATTERN:
		if (!finding_pattern_valid(value) || !msg_token_ok(value))
			return fail(p, "pattern %.64s: not the name of a rule",
			    value);
		strlcpy(q->pattern, value, sizeof(q->pattern));
		break;
	case KW_SEVERITY:
		if ((sev = finding_severity_parse(value)) == -1)
			return fail(p, "severity %.64s: use low, medium, high "
			    "or critical", value);
		q->min_severity = (uint8_t)sev;
		break;
	case KW_CLIENT:
		if (!msg_client_ok(value))
			return fail(p, "client %.64s: not the name of a client",
			    value);
		strlcpy(q->client, value, sizeof(q->client));
		break;
	}
	return 0;
}

static unsigned int
keyword_find(const char *given, unsigned int takes)
{
	unsigned int	 i, found = KW_NONE;
	int		 m;

	for (i = 0; i < nitems(keywords); i++) {
		if ((keywords[i].takes & takes) == 0 ||
		    (m = word_match(keywords[i].word, given)) == 0)
			continue;
		if (m == 2)
			return i;
		found = found == KW_NONE ? i : KW_AMBIGUOUS;
	}
	return found;
}

/* 1 when it is an option of scan, 0 when not. */
static int
scan_option(struct parser *p, const char *given)
{
	struct ctl_scan	*scan = &p->args->scan;
	const char	**to, *value, *errstr, *c;

	switch (given[1]) {
	case 'H':
		if (given[2] != '\0')
			return 0;
		scan->message = 1;
		return 1;
	case 'd':
		to = &scan->direction;
		break;
	case 'e':
		to = &scan->coding;
		break;
	case 'f':
		if ((value = option_value(p, given)) == NULL)
			return fail(p, "-f needs a configuration file");
		scan->config = value;
		return 1;
	case 'h':
		to = &scan->host;
		break;
	case 'l':
		to = &scan->limit;
		break;
	case 't':
		to = &scan->type;
		break;
	default:
		return 0;
	}
	if ((value = option_value(p, given)) == NULL)
		return fail(p, "-%c needs a value", given[1]);
	/* These become fields of a head. */
	for (c = value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			break;
	if (c == value || *c != '\0' || c - value > SCAN_OPTION_MAX)
		return fail(p, "-%c: use 1 to %d printable characters",
		    given[1], SCAN_OPTION_MAX);
	if (given[1] == 'd' && finding_direction_parse(value) == -1)
		return fail(p, "-d %.64s: use outbound or inbound", value);
	if (given[1] == 'l') {
		(void)strtonum(value, 1, LLONG_MAX, &errstr);
		if (errstr != NULL)
			return fail(p, "-l %.64s: %s; use a number of bytes",
			    value, errstr);
	}
	*to = value;
	return 1;
}

static int
parameter(struct parser *p, const char *given, unsigned int *seen)
{
	unsigned int	 takes = commands[p->args->command].takes, k;
	const char	*value, *errstr;
	int		 n;

	if (given[0] == '-' && given[1] == 'n' && (takes & A_LIMIT)) {
		if ((value = option_value(p, given)) == NULL)
			return fail(p, "-n needs a number");
		p->args->query.limit = (uint32_t)strtonum(value, 1, LIMIT_MAX,
		    &errstr);
		if (errstr != NULL)
			return fail(p, "-n %.64s: %s; use 1 to %d", value,
			    errstr, LIMIT_MAX);
		return 0;
	}
	if (given[0] == '-' && given[1] != '\0' && (takes & A_SCAN) &&
	    (n = scan_option(p, given)) != 0)
		return n == 1 ? 0 : -1;
	if (strncmp(given, "-y", 2) == 0 && (takes & A_YES)) {
		p->args->fingerprint = option_value(p, given);
		return p->args->fingerprint == NULL ?
		    fail(p, "-y needs the CA's whole fingerprint") : 0;
	}
	if (strncmp(given, "-a", 2) == 0 && (takes & A_HEADS)) {
		p->args->heads = option_value(p, given);
		return p->args->heads == NULL ?
		    fail(p, "-a needs a file with heads told before") : 0;
	}
	if (given[0] == '-' && given[1] != '\0')
		return global_option(p, given);
	if (takes & A_FILE) {
		if (p->args->file != NULL)
			return fail(p, "%s: one file only",
			    commands[p->args->command].words);
		p->args->file = given;
		return 0;
	}
	if ((k = keyword_find(given, takes)) == KW_NONE)
		return fail(p, "%s: \"%.64s\" is not one of its parameters",
		    commands[p->args->command].words, given);
	if (k == KW_AMBIGUOUS)
		return fail(p, "%s: \"%.64s\" is ambiguous",
		    commands[p->args->command].words, given);
	if (*seen & 1U << k)
		return fail(p, "%s is given twice", keywords[k].word);
	*seen |= 1U << k;
	if ((value = next(p)) == NULL)
		return fail(p, "%s needs a %s", keywords[k].word,
		    keywords[k].value);
	return keyword(p, k, value);
}

int
args_parse(struct args *args, int argc, char *const argv[], int64_t now_ms,
    char error[ARGS_ERROR_SIZE])
{
	struct parser	 p = { args, argv, argc, 1, now_ms, error };
	const char	*given;
	unsigned int	 seen = 0;

	memset(args, 0, sizeof(*args));
	args->command = CMD_MAX;
	error[0] = '\0';
	if (command(&p) == -1)
		return -1;
	switch (args->command) {
	case CMD_FOLLOW:
		args->query.what = CTL_FOLLOW;
		args->query.limit = FOLLOW_LIMIT;
		break;
	case CMD_EVENTS:
		args->query.what = CTL_EVENTS;
		break;
	default:
		args->query.what = CTL_FINDINGS;
		break;
	}
	while ((given = next(&p)) != NULL)
		if (parameter(&p, given, &seen) == -1)
			return -1;
	if (args->command == CMD_METRICS && args->json)
		return fail(&p, "metrics has a format of its own; for JSON "
		    "use guardianctl -j status");
	return 0;
}

void
args_usage(FILE *fp, enum command only)
{
	unsigned int	 i;

	safe_line(fp, "usage: guardianctl [-j] [-s socket] command "
	    "[argument ...]");
	for (i = 0; i < CMD_MAX; i++) {
		if (only != CMD_MAX && i != only)
			continue;
		safe_line(fp, "  %s%s%s", commands[i].words,
		    commands[i].params[0] == '\0' ? "" : " ",
		    commands[i].params);
		safe_line(fp, "      %s", commands[i].help);
	}
}
