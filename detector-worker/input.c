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

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "custom.h"
#include "input.h"
#include "log.h"
#include "sandbox.h"
#include "scan.h"

#define FIELD_MAX	255	/* of a name or value from an option */

/* What the options say of the bytes to come. */
struct input_options {
	int		 rules;		/* -C: of a configuration */
	int		 message;	/* -H: a head comes first */
	int		 direction;	/* -d, or -1 */
	const char	*coding;	/* -e, or NULL */
	const char	*host;		/* -h, or NULL */
	uint64_t	 limit;		/* -l, or 0 */
	const char	*type;		/* -t, or NULL */
};

/* One direction's view of the input. */
struct input {
	struct inputs			*all;
	struct scan			*scan;
	enum finding_direction		 direction;
	uint64_t			 head;	/* bytes made up for it */
};

struct inputs {
	struct custom	*custom;
	uint64_t	 ignores;
	uint64_t	 ignored;	/* hits */
	struct rules	*rules;
	struct input	 v[2];
	unsigned int	 n;
	uint64_t	 bytes;
	uint8_t		 buf[SCAN_HEAD_MAX];
};

static void
line_hit(const struct scan_hit *hit, void *arg)
{
	const struct input	*in = arg;
	const char		*p;
	uint64_t		 offset = hit->offset;

	if (custom_ignored(in->all->custom, in->all->ignores, hit->pattern)) {
		in->all->ignored++;
		return;
	}
	if (hit->channel != SCAN_BODY)
		offset = offset > in->head ? offset - in->head : 0;
	printf("{\"type\":\"finding\",\"direction\":\"%s\","
	    "\"threat_type\":\"%s\",\"pattern\":\"%s\","
	    "\"severity\":\"%s\",\"channel\":\"%s\","
	    "\"offset\":%llu,\"snippet\":\"",
	    finding_direction_name((int)in->direction),
	    finding_threat_name((int)hit->threat), hit->pattern,
	    finding_severity_name((int)hit->severity),
	    scan_channel_name(hit->channel), (unsigned long long)offset);
	/* A snippet is printable ASCII. */
	for (p = hit->snippet; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			putchar('\\');
		putchar(*p);
	}
	printf("\"}\n");
}

/* Reasons are words of the program: rule names and "scan_limit" ... */
static void
line_gap(const char *reason, uint64_t bytes)
{
	printf("{\"type\":\"gap\",\"reason\":\"%s\",\"bytes\":%llu}\n",
	    reason, (unsigned long long)bytes);
}

static void
line_limited(const char *pattern, enum scan_channel channel, uint64_t offset,
    uint64_t bytes, void *arg)
{
	(void)channel;
	(void)offset;
	(void)arg;
	line_gap(pattern, bytes);
}

/* An option that goes into a head field: one line, printable. */
static const char *
field_option(int opt, const char *value)
{
	const char	*p;

	for (p = value; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			break;
	if (p == value || *p != '\0' || p - value > FIELD_MAX)
		fatalx("-%c: not a value of one to %d printable characters",
		    opt, FIELD_MAX);
	return value;
}

static void
options_parse(struct input_options *o, int argc, char **argv)
{
	const char	*errstr;
	int		 c;

	memset(o, 0, sizeof(*o));
	o->direction = -1;
	while ((c = getopt(argc, argv, "CHd:e:h:l:st:")) != -1)
		switch (c) {
		case 'C':
			o->rules = 1;
			break;
		case 'H':
			o->message = 1;
			break;
		case 'd':
			o->direction = finding_direction_parse(optarg);
			if (o->direction == -1)
				fatalx("-d: outbound or inbound");
			break;
		case 'e':
			o->coding = field_option(c, optarg);
			break;
		case 'h':
			o->host = field_option(c, optarg);
			break;
		case 'l':
			o->limit = (uint64_t)strtonum(optarg, 1, LLONG_MAX,
			    &errstr);
			if (errstr != NULL)
				fatalx("-l: %s", errstr);
			break;
		case 's':
			break;
		case 't':
			o->type = field_option(c, optarg);
			break;
		default:
			fatalx("started by guardianctl(8), not by hand");
		}
	if (optind != argc)
		fatalx("started by guardianctl(8), not by hand");
}

/*
 * For root: the detector's user, or where the daemon was never installed the
 * one that every system has for such work.
 */
static void
input_drop(void)
{
	struct passwd	*pw;
	gid_t		 gid;
	uid_t		 uid;

	if (geteuid() != 0)
		return;
	if ((pw = getpwnam(proc_user(PROC_DETECTOR))) == NULL &&
	    (pw = getpwnam("nobody")) == NULL)
		fatalx("there is no user %s, nor nobody",
		    proc_user(PROC_DETECTOR));
	uid = pw->pw_uid;
	gid = pw->pw_gid;
	if (uid == 0 || setgroups(1, &gid) == -1 ||
	    setresgid(gid, gid, gid) == -1 || setresuid(uid, uid, uid) == -1)
		fatal("cannot drop privileges");
}

static void
input_begin(struct inputs *all, const struct input_options *o,
    enum finding_direction direction)
{
	static const struct scan_callbacks	 cb = {
		.hit = line_hit,
		.limited = line_limited,
	};
	struct input		*in = &all->v[all->n++];
	struct scan_context	 ctx;
	char			 head[3 * FIELD_MAX];
	int			 n;

	memset(&ctx, 0, sizeof(ctx));
	ctx.direction = in->direction = direction;
	ctx.dest_host = o->host;
	ctx.scan_limit = o->limit;
	in->all = all;
	in->scan = NULL;
	if (o->message || (o->coding == NULL && o->type == NULL))
		n = 0;
	else
		/* The detector knows a body by the fields of its head. */
		n = snprintf(head, sizeof(head), "%s\r\n%s%s%s%s%s%s",
		    direction == FINDING_OUTBOUND ? "POST / HTTP/1.1" :
		    "HTTP/1.1 200 OK",
		    o->type == NULL ? "" : "Content-Type: ",
		    o->type == NULL ? "" : o->type,
		    o->type == NULL ? "" : "\r\n",
		    o->coding == NULL ? "" : "Content-Encoding: ",
		    o->coding == NULL ? "" : o->coding,
		    o->coding == NULL ? "" : "\r\n");
	if (n < 0 || (size_t)n >= sizeof(head))
		fatalx("the made-up head does not fit");
	in->head = (uint64_t)n;
	if (ctx.scan_limit != 0)
		ctx.scan_limit += in->head;
	if ((in->scan = scan_new(all->rules, &ctx, &cb, in)) == NULL)
		fatal("scan");
	if (n > 0)
		scan_head(in->scan, head, (size_t)n);
}

static size_t
input_read(void *buf, size_t len)
{
	ssize_t	 n;

	do
		n = read(STDIN_FILENO, buf, len);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		fatal("read");
	return (size_t)n;
}

static void
input_body(struct inputs *all, const uint8_t *p, size_t len)
{
	unsigned int	 i;

	for (i = 0; i < all->n; i++)
		scan_body(all->v[i].scan, p, len);
}

/* The length of a head with its empty line, 0 if that is not there yet. */
static size_t
head_length(const uint8_t *p, size_t len)
{
	const uint8_t	*nl = p, *end = p + len;

	while ((nl = memchr(nl, '\n', (size_t)(end - nl))) != NULL) {
		nl++;
		if (nl < end && *nl == '\n')
			return (size_t)(nl - p) + 1;
		if (end - nl >= 2 && nl[0] == '\r' && nl[1] == '\n')
			return (size_t)(nl - p) + 2;
	}
	return 0;
}

/*
 * The heads of a message: interim ones, then its own.  What the first line is
 * tells the direction.  Leaves in buf what was read of the body; returns its
 * length.
 */
static size_t
input_heads(struct inputs *all, const struct input_options *o)
{
	size_t		 have = 0, len, n;
	unsigned int	 i;
	int		 response, interim;

	do {
		while ((len = head_length(all->buf, have)) == 0 &&
		    have < sizeof(all->buf)) {
			n = input_read(all->buf + have,
			    sizeof(all->buf) - have);
			if (n == 0)
				break;
			have += n;
			all->bytes += n;
		}
		if (len == 0 && have == sizeof(all->buf))
			fatalx("no HTTP message: no empty line in the first "
			    "%d bytes", SCAN_HEAD_MAX);
		if (len == 0)
			len = have;
		response = len > 12 && memcmp(all->buf, "HTTP/", 5) == 0;
		interim = response && all->buf[9] == '1' &&
		    memcmp(all->buf + 9, "101", 3) != 0;
		if (all->n == 0 && o->direction == -1)
			input_begin(all, o, response ? FINDING_INBOUND :
			    FINDING_OUTBOUND);
		for (i = 0; i < all->n; i++)
			scan_head(all->v[i].scan, all->buf, len);
		have -= len;
		memmove(all->buf, all->buf + len, have);
	} while (interim);
	return have;
}

static void
input_end(struct inputs *all)
{
	struct scan_counters	 c;
	uint64_t		 gap[SCAN_GAP_MAX] = { 0 }, dropped = 0;
	int			 gaps[SCAN_GAP_MAX] = { 0 };
	unsigned int		 i, g;

	for (i = 0; i < all->n; i++) {
		scan_end(all->v[i].scan);
		scan_counters(all->v[i].scan, &c);
		scan_free(all->v[i].scan);
		for (g = 0; g < SCAN_GAP_MAX; g++) {
			if (c.gap[g].count > 0)
				gaps[g] = 1;
			if (c.gap[g].bytes > gap[g])
				gap[g] = c.gap[g].bytes;
		}
		dropped += c.hits_dropped;
	}
	for (g = 0; g < SCAN_GAP_MAX; g++)
		if (gaps[g])
			line_gap(scan_gap_name((enum scan_gap)g), gap[g]);
	if (dropped > 0)
		line_gap("too_many_hits", 0);
	if (all->ignored > 0)
		printf("{\"type\":\"ignored\",\"count\":%llu}\n",
		    (unsigned long long)all->ignored);
	printf("{\"type\":\"end\",\"bytes\":%llu}\n",
	    (unsigned long long)all->bytes);
	if (fflush(stdout) == EOF)
		fatal("standard output");
}

int
input_main(int argc, char **argv)
{
	struct input_options	 o;
	struct sandbox_report	 report;
	struct inputs		*all;
	size_t			 n;
	char			 err[256];

	log_init("detector-worker", LOG_SINK_STDERR, 0);
	options_parse(&o, argc, argv);
	if ((all = calloc(1, sizeof(*all))) == NULL)
		fatal(NULL);
	all->custom = o.rules ? input_rules() : custom_new();
	if (all->custom == NULL)
		fatal(NULL);
	all->ignores = custom_ignores(all->custom, o.host == NULL ? "" :
	    o.host);
	if ((all->rules = rules_new_with(custom_tables(all->custom), err,
	    sizeof(err))) == NULL)
		fatalx("rules: %s", err);
	if (rules_selftest(all->rules, err, sizeof(err)) == -1)
		fatalx("rules do not find their own examples: %s", err);
	input_drop();
	if (sandbox_enter(sandbox_policy(PROC_DETECTOR), &report) == -1)
		fatalx("sandbox: %s", report.text);
	/* Who waits for findings of a stream wants them at once. */
	if (setvbuf(stdout, NULL, _IOLBF, 0) != 0)
		fatal("setvbuf");

	if (o.direction != -1)
		input_begin(all, &o, (enum finding_direction)o.direction);
	else if (!o.message) {
		input_begin(all, &o, FINDING_OUTBOUND);
		input_begin(all, &o, FINDING_INBOUND);
	}
	if (o.message && (n = input_heads(all, &o)) > 0)
		input_body(all, all->buf, n);
	while ((n = input_read(all->buf, sizeof(all->buf))) > 0) {
		all->bytes += n;
		input_body(all, all->buf, n);
	}
	input_end(all);
	rules_free(all->rules);
	custom_free(all->custom);
	freezero(all, sizeof(*all));
	return 0;
}
