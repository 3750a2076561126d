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
 * Does a file, or the memory of a process, hold eight bytes of a secret?  For
 * redact_test.
 *
 * usage: needles SECRETS [-c] [-p PID | FILE] ...
 *
 * SECRETS has one a line.  Every eight bytes of each are looked for as they
 * are and in the forms that a decoder leaves behind: base64 at its three
 * alignments (both alphabets), hexadecimal, percent and \u escapes in either
 * case.  Of a process, what it can write to is searched.  One line for each
 * find; exit status 1 if there was any.  With -c some are planted in a
 * buffer, one by one, and each has to be found: a search that finds nothing
 * proves nothing.
 */

#include <sys/types.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW		8		/* bytes of a secret */
#define B64_CHARS	10		/* that eight bytes decide alone */
#define NEEDLE_MAX	(6 * WINDOW)
#define FINDS_SHOWN	20
#define REGION_MAX	((size_t)1 << 28)	/* a sanitizer's are larger */
#define FILTER_BITS	24

enum form { RAW, BASE64, HEX, PERCENT, ESCAPE, FORMS };

static const struct {
	const char	*name;
	size_t		 len;
} forms[FORMS] = {
	[RAW] = { "as it is", WINDOW },
	[BASE64] = { "in base64", B64_CHARS },
	[HEX] = { "in hexadecimal", 2 * WINDOW },
	[PERCENT] = { "in percent escapes", 3 * WINDOW },
	[ESCAPE] = { "in \\u escapes", 6 * WINDOW },
};

/* Hashes of all needles; one of 64 bits stands for the bytes themselves. */
struct set {
	uint64_t	*slot;		/* 0: free */
	size_t		 size;		/* power of two */
	size_t		 used;
	uint8_t		*filter;
};

static uint64_t
word(const uint8_t *p)
{
	uint64_t	 w;

	memcpy(&w, p, sizeof(w));
	return (w);
}

static uint64_t
hash(enum form form, const uint8_t *p)
{
	uint64_t	 h = 0x9e3779b97f4a7c15ULL * (form + 1);
	size_t		 len = forms[form].len, i;

	for (i = 0; i + 8 <= len; i += 8) {
		h = (h ^ word(p + i)) * 0xbf58476d1ce4e5b9ULL;
		h ^= h >> 29;
	}
	if (i < len)
		h = (h ^ word(p + len - 8)) * 0x94d049bb133111ebULL;
	h ^= h >> 32;
	return (h == 0 ? 1 : h);
}

static void set_add(struct set *, uint64_t);

static void
set_grow(struct set *set)
{
	uint64_t	*old = set->slot;
	size_t		 i, n = set->size;

	set->size = n == 0 ? 1 << 16 : n * 2;
	set->used = 0;
	if ((set->slot = calloc(set->size, sizeof(*set->slot))) == NULL)
		err(2, NULL);
	for (i = 0; i < n; i++)
		if (old[i] != 0)
			set_add(set, old[i]);
	free(old);
}

static void
set_add(struct set *set, uint64_t h)
{
	uint64_t	 bit = h >> (64 - FILTER_BITS);
	size_t		 i;

	if (set->used * 2 >= set->size)
		set_grow(set);
	for (i = h & (set->size - 1); set->slot[i] != 0;
	    i = (i + 1) & (set->size - 1))
		if (set->slot[i] == h)
			return;
	set->slot[i] = h;
	set->used++;
	set->filter[bit >> 3] |= (uint8_t)(1 << (bit & 7));
}

static int
set_has(const struct set *set, uint64_t h)
{
	uint64_t	 bit = h >> (64 - FILTER_BITS);
	size_t		 i;

	if ((set->filter[bit >> 3] & 1 << (bit & 7)) == 0)
		return (0);
	for (i = h & (set->size - 1); set->slot[i] != 0;
	    i = (i + 1) & (set->size - 1))
		if (set->slot[i] == h)
			return (1);
	return (0);
}

/* The needle of eight bytes in a form and one of its variants, or 0. */
static int
needle(enum form form, unsigned int variant, const uint8_t *s,
    uint8_t out[NEEDLE_MAX + 1])
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char		*p = (char *)out;
	unsigned int	 pad, bit, i, k, v;

	switch (form) {
	case RAW:
		memcpy(out, s, WINDOW);
		return (variant < 1);
	case BASE64:
		/* pad bytes before it; its first bits share a character */
		pad = variant % 3;
		bit = (pad * 8 + 5) / 6 * 6 - pad * 8;
		for (i = 0; i < B64_CHARS; i++) {
			for (v = 0, k = 0; k < 6; k++, bit++)
				v = v << 1 | (s[bit / 8] >> (7 - bit % 8) & 1);
			out[i] = (uint8_t)digits[v];
			if (variant >= 3 && v == 62)
				out[i] = '-';
			if (variant >= 3 && v == 63)
				out[i] = '_';
		}
		return (variant < 6);
	case HEX:
	case PERCENT:
	case ESCAPE:
		for (i = 0; i < WINDOW; i++)
			p += snprintf(p, 7, variant == 0 ? "%s%02x" :
			    "%s%02X", form == HEX ? "" : form == PERCENT ?
			    "%" : "\\u00", s[i]);
		return (variant < 2);
	case FORMS:
		break;
	}
	return (0);
}

static void
search(const struct set *set, const char *what, const uint8_t *p, size_t len,
    unsigned int *finds)
{
	static const uint8_t	 zero[4096];
	size_t			 i;
	unsigned int		 f;

	for (i = 0; i + WINDOW <= len; i++) {
		if (i % sizeof(zero) == 0 && len - i >= sizeof(zero) +
		    NEEDLE_MAX && memcmp(p + i, zero, sizeof(zero)) == 0) {
			/* but what begins at its end */
			i += sizeof(zero) - NEEDLE_MAX;
			continue;
		}
		for (f = 0; f < FORMS; f++) {
			if (len - i < forms[f].len ||
			    (f == PERCENT && p[i] != '%') ||
			    (f == ESCAPE && p[i] != '\\') ||
			    !set_has(set, hash((enum form)f, p + i)))
				continue;
			if ((*finds)++ < FINDS_SHOWN)
				printf("%s: of a secret, %s, at %zu: %.*s\n",
				    what, forms[f].name, i, (int)forms[f].len,
				    (const char *)p + i);
		}
	}
}

static size_t
search_file(const struct set *set, const char *path, unsigned int *finds)
{
	uint8_t	*buf = NULL;
	size_t	 len = 0, size = 0, n;
	FILE	*fp;

	if ((fp = fopen(path, "r")) == NULL)
		err(2, "%s", path);
	do {
		if (len + 65536 > size) {
			size = size * 2 + 65536;
			if ((buf = realloc(buf, size)) == NULL)
				err(2, NULL);
		}
		n = fread(buf + len, 1, 65536, fp);
		len += n;
	} while (n > 0);
	if (ferror(fp))
		err(2, "%s", path);
	fclose(fp);
	search(set, path, buf, len, finds);
	free(buf);
	return (len);
}

static size_t
search_process(const struct set *set, const char *pid, unsigned int *finds)
{
	unsigned long	 from, to;
	char		 path[64], line[512], mode[8];
	uint8_t		*buf;
	size_t		 total = 0;
	ssize_t		 n;
	FILE		*maps, *mem;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	if ((maps = fopen(path, "r")) == NULL)
		err(2, "%s", path);
	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	if ((mem = fopen(path, "r")) == NULL)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
		    strncmp(mode, "rw", 2) != 0 || to - from > REGION_MAX)
			continue;
		if ((buf = malloc(to - from)) == NULL)
			err(2, NULL);
		n = pread(fileno(mem), buf, to - from, (off_t)from);
		if (n > 0) {
			search(set, path, buf, (size_t)n, finds);
			total += (size_t)n;
		}
		free(buf);
	}
	fclose(maps);
	fclose(mem);
	if (total == 0)
		errx(2, "%s: nothing could be read", path);
	return (total);
}

/* Each form of one window, planted and looked for. */
static void
control(const struct set *set, const uint8_t *s)
{
	uint8_t		 buf[4096], n[NEEDLE_MAX + 1];
	unsigned int	 f, v, finds;

	for (f = 0; f < FORMS; f++)
		for (v = 0; needle((enum form)f, v, s, n); v++) {
			memset(buf, 'x', sizeof(buf));
			memcpy(buf + 1000 + v, n, forms[f].len);
			finds = FINDS_SHOWN;	/* quietly */
			search(set, "", buf, sizeof(buf), &finds);
			if (finds == FINDS_SHOWN)
				errx(2, "a planted secret %s is not found",
				    forms[f].name);
		}
}

int
main(int argc, char *argv[])
{
	struct set	 set = { 0 };
	uint8_t		 n[NEEDLE_MAX + 1];
	char		*line = NULL;
	unsigned long	 secrets = 0;
	unsigned int	 finds = 0, f, v;
	size_t		 size = 0, total = 0;
	ssize_t		 len;
	int		 i, check = argc > 2 && strcmp(argv[2], "-c") == 0;
	FILE		*fp;

	if (argc < 3)
		errx(2, "usage: needles SECRETS [-c] [-p PID | FILE] ...");
	if ((set.filter = calloc(1, (1 << FILTER_BITS) / 8)) == NULL)
		err(2, NULL);
	if ((fp = fopen(argv[1], "r")) == NULL)
		err(2, "%s", argv[1]);
	while ((len = getline(&line, &size, fp)) > 0) {
		if (line[len - 1] == '\n')
			len--;
		if (len < WINDOW)
			continue;
		for (i = 0; i + WINDOW <= len; i++)
			for (f = 0; f < FORMS; f++)
				for (v = 0; needle((enum form)f, v,
				    (const uint8_t *)line + i, n); v++)
					set_add(&set, hash((enum form)f, n));
		if (check && secrets < 16)
			control(&set, (const uint8_t *)line + len - WINDOW);
		secrets++;
	}
	fclose(fp);
	if (secrets == 0)
		errx(2, "%s: no secret in it", argv[1]);
	for (i = 2 + check; i < argc; i++) {
		if (strcmp(argv[i], "-p") == 0 && i + 1 < argc)
			total += search_process(&set, argv[++i], &finds);
		else
			total += search_file(&set, argv[i], &finds);
	}
	printf("%lu secrets, %zu needles, %zu bytes searched, %u finds\n",
	    secrets, set.used, total, finds);
	return (finds > 0 ? 1 : 0);
}
