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
 * Stands in for libFuzzer where the compiler has none: replays the corpus,
 * then runs mutations of it.  It sees no coverage, so it finds less, but the
 * same seed always gives the same inputs.  Takes libFuzzer's own options:
 *
 *	-runs=N  -max_total_time=SECONDS  -seed=N  -max_len=N  FILE|DIR ...
 */

#include <sys/stat.h>
#include <sys/types.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INPUT_MAX	65536
#define CORPUS_MAX	4096

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int	LLVMFuzzerInitialize(int *, char ***) __attribute__((weak));

struct input {
	uint8_t		*data;
	size_t		 len;
};

struct driver {
	struct input	 corpus[CORPUS_MAX];
	size_t		 ncorpus;
	uint64_t	 random;
	size_t		 max_len;
};

#ifdef GUARDIAN_SANITIZE
void	__sanitizer_set_death_callback(void (*)(void));
#endif

/* The input being run, for the handler that reports a crash. */
static struct input current;

static void
print_input(void)
{
	static const char	 hex[] = "0123456789abcdef";
	static const char	 head[] = "\ncrash; the input in hex:\n";
	char			 pair[2];
	size_t			 i;

	(void)!write(STDERR_FILENO, head, sizeof(head) - 1);
	for (i = 0; i < current.len && i < 4096; i++) {
		pair[0] = hex[current.data[i] >> 4];
		pair[1] = hex[current.data[i] & 15];
		(void)!write(STDERR_FILENO, pair, sizeof(pair));
	}
	(void)!write(STDERR_FILENO, "\n", 1);
}

#ifndef GUARDIAN_SANITIZE
static void
crashed(int sig)
{
	print_input();
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}
#endif

/* A sanitizer has handlers of its own, which say more than ours would. */
static void
catch_crashes(void)
{
#ifdef GUARDIAN_SANITIZE
	__sanitizer_set_death_callback(print_input);
#else
	(void)signal(SIGABRT, crashed);
	(void)signal(SIGSEGV, crashed);
	(void)signal(SIGBUS, crashed);
	(void)signal(SIGFPE, crashed);
	(void)signal(SIGILL, crashed);
#endif
}

/* xorshift64*: small, and the same everywhere for one seed. */
static uint64_t
next_random(struct driver *d)
{
	d->random ^= d->random >> 12;
	d->random ^= d->random << 25;
	d->random ^= d->random >> 27;
	return (d->random * UINT64_C(2685821657736338717));
}

static size_t
below(struct driver *d, size_t limit)
{
	return (limit == 0 ? 0 : (size_t)(next_random(d) % limit));
}

/* A copy of the exact size, so that a sanitizer sees the first byte beyond. */
static void
run(const uint8_t *data, size_t len)
{
	uint8_t	*copy;

	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		err(1, NULL);
	if (len > 0)
		memcpy(copy, data, len);
	current.data = copy;
	current.len = len;
	(void)LLVMFuzzerTestOneInput(copy, len);
	current.len = 0;
	free(copy);
}

static void
keep(struct driver *d, const uint8_t *data, size_t len)
{
	struct input	*in;

	if (d->ncorpus == CORPUS_MAX)
		errx(1, "more than %d files in the corpus", CORPUS_MAX);
	in = &d->corpus[d->ncorpus++];
	if ((in->data = malloc(len == 0 ? 1 : len)) == NULL)
		err(1, NULL);
	if (len > 0)
		memcpy(in->data, data, len);
	in->len = len;
}

static void
load(struct driver *d, const char *path)
{
	char		 name[4096];
	uint8_t		*buf;
	struct dirent	*de;
	struct stat	 st;
	size_t		 len;
	DIR		*dir;
	FILE		*f;
	int		 n;

	if (stat(path, &st) == -1)
		err(1, "%s", path);
	if (S_ISDIR(st.st_mode)) {
		if ((dir = opendir(path)) == NULL)
			err(1, "%s", path);
		while ((de = readdir(dir)) != NULL) {
			if (de->d_name[0] == '.')
				continue;
			n = snprintf(name, sizeof(name), "%s/%s", path,
			    de->d_name);
			if (n < 0 || (size_t)n >= sizeof(name))
				errx(1, "%s: name too long", path);
			load(d, name);
		}
		(void)closedir(dir);
		return;
	}
	if ((buf = malloc(INPUT_MAX)) == NULL)
		err(1, NULL);
	if ((f = fopen(path, "rb")) == NULL)
		err(1, "%s", path);
	len = fread(buf, 1, INPUT_MAX, f);
	(void)fclose(f);
	keep(d, buf, len);
	free(buf);
}

/* One mutation in place; returns the new length. */
static size_t
mutate(struct driver *d, uint8_t *buf, size_t len)
{
	static const uint8_t	 edge[] = {
		0x00, 0x01, 0x7f, 0x80, 0xff, '\r', '\n', ' ', ':', '"', '{'
	};
	const struct input	*other;
	size_t			 at, n, from;

	at = below(d, len);
	switch (below(d, 7)) {
	case 0:			/* one bit */
		if (len > 0)
			buf[at] ^= (uint8_t)(1 << below(d, 8));
		break;
	case 1:			/* one byte, often a special one */
		if (len > 0)
			buf[at] = below(d, 2) ? edge[below(d, sizeof(edge))] :
			    (uint8_t)next_random(d);
		break;
	case 2:			/* cut a piece out */
		n = 1 + below(d, 16);
		if (n < len - at) {
			memmove(buf + at, buf + at + n, len - at - n);
			len -= n;
		}
		break;
	case 3:			/* put a piece in */
		n = 1 + below(d, 16);
		if (n > d->max_len - len)
			break;
		memmove(buf + at + n, buf + at, len - at);
		memset(buf + at, (int)next_random(d), n);
		len += n;
		break;
	case 4:			/* say something twice */
		n = 1 + below(d, 64);
		if (n > len - at || n > d->max_len - len)
			break;
		memmove(buf + at + n, buf + at, len - at);
		len += n;
		break;
	case 5:			/* a piece of another input */
		other = &d->corpus[below(d, d->ncorpus)];
		if (other->len == 0)
			break;
		from = below(d, other->len);
		n = 1 + below(d, other->len - from);
		if (n > d->max_len - at)
			n = d->max_len - at;
		memcpy(buf + at, other->data + from, n);
		if (at + n > len)
			len = at + n;
		break;
	default:		/* end early */
		len = at;
		break;
	}
	return (len);
}

static uint64_t
option(const char *arg)
{
	char			*end;
	unsigned long long	 value;

	errno = 0;
	value = strtoull(strchr(arg, '=') + 1, &end, 10);
	if (errno != 0 || *end != '\0' || end == strchr(arg, '=') + 1)
		errx(1, "%s: not a number", arg);
	return (value);
}

int
main(int argc, char *argv[])
{
	struct driver	*d;
	struct timespec	 start, now;
	uint8_t		*buf;
	uint64_t	 runs = 0, max_runs = UINT64_MAX, seconds = 0;
	size_t		 i, n, len;
	int		 a;

	if (LLVMFuzzerInitialize != NULL &&
	    LLVMFuzzerInitialize(&argc, &argv) != 0)
		errx(1, "LLVMFuzzerInitialize failed");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		err(1, NULL);
	d->random = 1;
	d->max_len = 4096;
	for (a = 1; a < argc; a++) {
		if (strncmp(argv[a], "-runs=", 6) == 0)
			max_runs = option(argv[a]);
		else if (strncmp(argv[a], "-max_total_time=", 16) == 0)
			seconds = option(argv[a]);
		else if (strncmp(argv[a], "-seed=", 6) == 0)
			d->random = option(argv[a]) | 1;
		else if (strncmp(argv[a], "-max_len=", 9) == 0)
			d->max_len = (size_t)option(argv[a]);
		else if (argv[a][0] == '-')
			continue;	/* one of libFuzzer's others */
		else
			load(d, argv[a]);
	}
	if (d->max_len == 0 || d->max_len > INPUT_MAX)
		errx(1, "-max_len is 1..%d", INPUT_MAX);
	if (max_runs == UINT64_MAX && seconds == 0)
		max_runs = 100000;
	if (d->ncorpus == 0)
		keep(d, NULL, 0);
	if ((buf = malloc(INPUT_MAX)) == NULL)
		err(1, NULL);
	catch_crashes();

	for (i = 0; i < d->ncorpus; i++)
		run(d->corpus[i].data, d->corpus[i].len);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (; runs < max_runs; runs++) {
		if (seconds != 0 && runs % 64 == 0) {
			(void)clock_gettime(CLOCK_MONOTONIC, &now);
			if ((uint64_t)(now.tv_sec - start.tv_sec) >= seconds)
				break;
		}
		i = below(d, d->ncorpus);
		len = d->corpus[i].len;
		if (len > d->max_len)
			len = d->max_len;
		if (len > 0)
			memcpy(buf, d->corpus[i].data, len);
		for (n = 1 + below(d, 8); n > 0; n--)
			len = mutate(d, buf, len);
		run(buf, len);
	}
	(void)printf("%zu inputs replayed, %" PRIu64 " mutations run\n",
	    d->ncorpus, runs);
	for (i = 0; i < d->ncorpus; i++)
		free(d->corpus[i].data);
	free(buf);
	free(d);
	return (0);
}
