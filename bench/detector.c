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
 * The detector's core on a core: what it takes a byte, and what a flow takes.
 *
 * usage: bench_detector [-v] [-s seconds] FILE ...
 *        bench_detector -m seconds [-r seed] -o directory FILE ...
 *
 * Each file is an HTTP message.  The first form prints, for each: megabytes a
 * second through the raw view and through all views, with the literals found
 * by Vectorscan and, beside it, by PCRE2 alone, and the memory that a flow
 * holds in the middle of it; with -v only what all views with Vectorscan do.
 * The second searches for messages that are slow.
 */

#include <sys/types.h>

#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "sample.h"
#include "../detector-worker/scan_private.h"
#include "../detector-worker/stream.h"

#define FLOWS		64	/* at once, for the memory of one */
#define FLOW_BYTES	(64 * 1024)	/* of each, before it is weighed */

int
sample_split(struct sample *s)
{
	const uint8_t	*p = s->data, *end = s->data + s->len;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
			break;
	}
	if (p == NULL)
		return (-1);
	s->head = (size_t)(p + 2 - s->data);
	s->direction = s->len > 5 && memcmp(s->data, "HTTP/", 5) == 0 ?
	    FINDING_INBOUND : FINDING_OUTBOUND;
	return (0);
}

int
sample_read(struct sample *s, const char *path)
{
	const char	*base;
	FILE		*fp;
	long		 len;

	memset(s, 0, sizeof(*s));
	base = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
	snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(base, "."),
	    base);
	if ((fp = fopen(path, "r")) == NULL || fseek(fp, 0, SEEK_END) == -1 ||
	    (len = ftell(fp)) == -1 || fseek(fp, 0, SEEK_SET) == -1)
		err(1, "%s", path);
	s->len = (size_t)len;
	if ((s->data = malloc(s->len + 1)) == NULL)
		err(1, NULL);
	if (fread(s->data, 1, s->len, fp) != s->len)
		err(1, "%s", path);
	fclose(fp);
	return (sample_split(s));
}

void
sample_free(struct sample *s)
{
	free(s->data);
}

static struct scan *
begin(struct rules *rules, const struct sample *s)
{
	static const struct scan_callbacks	 cb = { 0 };
	struct scan_context			 ctx;
	struct scan				*scan;

	memset(&ctx, 0, sizeof(ctx));
	ctx.direction = s->direction;
	ctx.dest_host = "origin.example";
	ctx.scan_limit = 4 * 1024 * 1024 + s->head;
	if ((scan = scan_new(rules, &ctx, &cb, NULL)) == NULL)
		err(1, "scan");
	return (scan);
}

static void
feed(struct scan *scan, struct stream *raw, const struct sample *s, size_t to)
{
	size_t	 at, n;

	for (at = s->head; at < to; at += n) {
		n = to - at < READ_SIZE ? to - at : READ_SIZE;
		if (raw != NULL)
			stream_feed(raw, s->data + at, n);
		else
			scan_body(scan, s->data + at, n);
	}
}

uint64_t
sample_scan(struct rules *rules, const struct sample *s, int raw)
{
	static const struct place	 place = { .channel = SCAN_BODY };
	struct scan			*scan = begin(rules, s);
	struct stream			*stream = NULL;
	uint64_t			 bytes;

	if (raw) {
		if ((stream = stream_new(scan, &place)) == NULL)
			err(1, "stream");
	} else
		scan_head(scan, s->data, s->head);
	feed(scan, stream, s, s->len);
	if (raw)
		stream_end(stream);
	else
		scan_end(scan);
	bytes = s->len - s->head + scan->output;
	stream_free(stream);
	scan_free(scan);
	return (bytes);
}

uint64_t
cpu_ns(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) == -1)
		err(1, "clock_gettime");
	return ((uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec);
}

double
sample_time(struct rules *rules, const struct sample *s, int raw,
    double seconds)
{
	uint64_t	 start = cpu_ns(), last = start, now, least = 0;

	do {
		sample_scan(rules, s, raw);
		now = cpu_ns();
		if (least == 0 || now - last < least)
			least = now - last;
		last = now;
	} while ((double)(now - start) < seconds * 1e9);
	return (least == 0 ? 1 : (double)least);
}

/* Bytes on the heap for one message that is half read. */
static size_t
flow_memory(struct rules *rules, const struct sample *s)
{
	struct scan	*scan[FLOWS];
	size_t		 before, i, half = s->head + (s->len - s->head) / 2;

	if (half > s->head + FLOW_BYTES)
		half = s->head + FLOW_BYTES;
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (i = 0; i < FLOWS; i++) {
		scan[i] = begin(rules, s);
		scan_head(scan[i], s->data, s->head);
		feed(scan[i], NULL, s, half);
	}
	before = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	for (i = 0; i < FLOWS; i++)
		scan_free(scan[i]);
	return (before / FLOWS);
}

static void
table(struct rules *fast, struct rules *plain, const struct sample *s,
    size_t n, double seconds, int views)
{
	double	 bytes, speed[4] = { 0 };
	size_t	 i, k;

	printf("%-32s %9s  %-19s  %-19s %9s\n", "", "",
	    "Vectorscan and PCRE2", "PCRE2 alone", "heap of");
	printf("%-32s %9s %9s %9s %9s %9s %9s\n", "MB/s of one core", "bytes",
	    "raw", "all views", "raw", "all views", "a flow");
	for (i = 0; i < n; i++) {
		bytes = (double)(s[i].len - s[i].head);
		for (k = views ? 1 : 0; k < (views ? 2 : 4); k++)
			speed[k] = fast == NULL && k < 2 ? 0 : bytes * 1e3 /
			    sample_time(k < 2 ? fast : plain, &s[i],
			    (k & 1) == 0, seconds);
		printf("%-32s %9.0f", s[i].name, bytes);
		for (k = 0; k < 4; k++)
			if (speed[k] > 0)
				printf(" %9.1f", speed[k]);
			else
				printf(" %9s", "-");
		printf(" %9zu\n", flow_memory(fast == NULL ? plain : fast,
		    &s[i]));
		fflush(stdout);
	}
}

static struct rules *
rules_make(void)
{
	struct rules	*rules;
	char		 buf[256];

	if ((rules = rules_new(buf, sizeof(buf))) == NULL)
		errx(1, "rules: %s", buf);
	return (rules);
}

static void
usage(void)
{
	errx(1, "usage: bench_detector [-v] [-s seconds] FILE ...\n       "
	    "bench_detector -m seconds [-r seed] -o directory FILE ...");
}

int
main(int argc, char *argv[])
{
	struct sample	*samples;
	struct rules	*fast, *plain;
	const char	*dir = NULL;
	double		 seconds = 0.3, search = 0;
	uint64_t	 seed = 1;
	size_t		 n = 0;
	int		 c, i, views = 0;

	while ((c = getopt(argc, argv, "m:o:r:s:v")) != -1)
		switch (c) {
		case 'm':
			search = atof(optarg);
			break;
		case 'o':
			dir = optarg;
			break;
		case 'r':
			seed = (uint64_t)strtonum(optarg, 0, INT32_MAX, NULL);
			break;
		case 's':
			seconds = atof(optarg);
			break;
		case 'v':
			views = 1;
			break;
		default:
			usage();
		}
	if (optind == argc || (search > 0) != (dir != NULL))
		usage();
	if ((samples = calloc((size_t)argc, sizeof(*samples))) == NULL)
		err(1, NULL);
	for (i = optind; i < argc; i++)
		if (sample_read(&samples[n++], argv[i]) == -1)
			errx(1, "%s: no HTTP message", argv[i]);
	plain = rules_make();
	fast = rules_make();
	if (!database_load(fast)) {
		rules_free(fast);
		fast = NULL;
	}
	printf("engine: %s\n", rules_engine(fast == NULL ? plain : fast));
	if (search > 0)
		maximise(fast == NULL ? plain : fast, samples, n, search,
		    seed, dir);
	else
		table(fast, plain, samples, n, seconds, views);
	while (n > 0)
		sample_free(&samples[--n]);
	free(samples);
	rules_free(plain);
	rules_free(fast);
	return (0);
}
