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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "compat.h"
#include "index.h"
#include "jsonl.h"
#include "log.h"
#include "logfile.h"
#include "when.h"

#define PATTERNS_MAX	512
#define PATTERN_OTHER	"other_patterns"

struct entry {
	uint64_t	 offset;
	int64_t		 time_ms;
	uint64_t	 hash;
	uint16_t	 len;		/* with the newline */
	uint16_t	 pattern;
	uint8_t		 file;		/* slot in files */
	uint8_t		 threat;
	uint8_t		 direction;
	uint8_t		 severity;
};

struct index {
	struct entry		*v;	/* a ring, from the oldest on */
	size_t			 size;
	size_t			 first;
	size_t			 n;
	struct {
		struct logfile	*f;
		uint64_t	 pos;	/* known up to here */
	}			 files[INDEX_FILES];
	uint8_t			 order[INDEX_FILES];	/* slots, by age */
	size_t			 nfiles;
	struct ask_pattern	*patterns;
	size_t			 npatterns;
	char			*buf;	/* while it is being loaded */
};

struct index *
index_new(void)
{
	return calloc(1, sizeof(struct index));
}

static void
index_clear(struct index *ix)
{
	size_t	 i;

	for (i = 0; i < INDEX_FILES; i++) {
		logfile_unref(ix->files[i].f);
		ix->files[i].f = NULL;
	}
	free(ix->v);
	free(ix->patterns);
	free(ix->buf);
	memset(ix, 0, sizeof(*ix));
}

void
index_free(struct index *ix)
{
	if (ix == NULL)
		return;
	index_clear(ix);
	free(ix);
}

size_t
index_size(const struct index *ix)
{
	return sizeof(*ix) + ix->size * sizeof(*ix->v) +
	    ix->npatterns * sizeof(*ix->patterns);
}

static struct entry *
entry_at(const struct index *ix, size_t i)
{
	return &ix->v[(ix->first + i) % ix->size];
}

static void
drop_oldest(struct index *ix)
{
	struct entry	*e = entry_at(ix, 0);

	if (ix->patterns[e->pattern].findings > 0)
		ix->patterns[e->pattern].findings--;
	ix->first = (ix->first + 1) % ix->size;
	ix->n--;
}

/* Room for one more: the ring grows up to its bound, then forgets. */
static int
make_room(struct index *ix)
{
	struct entry	*v;
	size_t		 i, size;

	if (ix->n < ix->size)
		return 0;
	if (ix->size == INDEX_MAX) {
		drop_oldest(ix);
		return 0;
	}
	size = ix->size == 0 ? 64 : ix->size * 2;
	if (size > INDEX_MAX)
		size = INDEX_MAX;
	if ((v = calloc(size, sizeof(*v))) == NULL)
		return -1;
	for (i = 0; i < ix->n; i++)
		v[i] = *entry_at(ix, i);
	free(ix->v);
	ix->v = v;
	ix->size = size;
	ix->first = 0;
	return 0;
}

/* The number of a pattern, -1 when out of memory. */
static int
pattern_get(struct index *ix, const char *name)
{
	struct ask_pattern	*v;
	size_t			 i;

	for (i = 0; i < ix->npatterns; i++)
		if (strcmp(ix->patterns[i].name, name) == 0)
			return (int)i;
	if (ix->npatterns == PATTERNS_MAX)
		return pattern_get(ix, PATTERN_OTHER);
	/* the first place is for those that get none */
	if (ix->npatterns == 0 && strcmp(name, PATTERN_OTHER) != 0 &&
	    pattern_get(ix, PATTERN_OTHER) == -1)
		return -1;
	v = reallocarray(ix->patterns, ix->npatterns + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	ix->patterns = v;
	memset(&v[ix->npatterns], 0, sizeof(*v));
	strlcpy(v[ix->npatterns].name, name, sizeof(v->name));
	return (int)ix->npatterns++;
}

/* FNV-1a, 64 bits: a name for a line, not a secret. */
static uint64_t
line_hash(const char *s, size_t len)
{
	uint64_t	 h = 14695981039346656037ULL;
	size_t		 i;

	for (i = 0; i < len; i++) {
		h ^= (unsigned char)s[i];
		h *= 1099511628211ULL;
	}
	return h;
}

/* What there is to filter by; 0, or -1 when it is no finding. */
static int
line_read(struct index *ix, const char *line, size_t len, struct entry *e)
{
	const char	*schema, *when, *threat, *direction, *severity, *name;
	json_t		*o;
	int		 p = -1, t, d, s;

	if ((o = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL)) == NULL)
		return -1;
	if (json_unpack(o, "{s:s, s:s, s:s, s:s, s:s, s:s}",
	    "schema_version", &schema, "timestamp", &when,
	    "threat_type", &threat, "direction", &direction,
	    "severity", &severity, "pattern", &name) == 0 &&
	    strcmp(schema, FINDING_SCHEMA) == 0 &&
	    when_parse(when, &e->time_ms) == 0 &&
	    (t = finding_threat_parse(threat)) != -1 &&
	    (d = finding_direction_parse(direction)) != -1 &&
	    (s = finding_severity_parse(severity)) != -1 &&
	    finding_pattern_valid(name) &&
	    (p = pattern_get(ix, name)) != -1) {
		e->threat = (uint8_t)t;
		e->direction = (uint8_t)d;
		e->severity = (uint8_t)s;
		e->pattern = (uint16_t)p;
	}
	json_decref(o);
	return p == -1 ? -1 : 0;
}

/* len without the newline. */
static void
line_add(struct index *ix, uint8_t slot, uint64_t offset, const char *line,
    size_t len)
{
	struct entry	 e;

	memset(&e, 0, sizeof(e));
	if (len == 0 || len >= FINDING_LINE_MAX ||
	    line_read(ix, line, len, &e) == -1)
		return;
	e.offset = offset;
	e.len = (uint16_t)(len + 1);
	e.file = slot;
	e.hash = line_hash(line, len);
	if (make_room(ix) == -1) {
		log_warnx("index: no memory for a finding");
		return;
	}
	*entry_at(ix, ix->n++) = e;
	ix->patterns[e.pattern].findings++;
}

static int
slot_of(const struct index *ix, const struct logfile *f)
{
	size_t	 i;

	for (i = 0; i < INDEX_FILES; i++)
		if (ix->files[i].f != NULL && logfile_same(ix->files[i].f, f))
			return (int)i;
	return -1;
}

static int
slot_free(const struct index *ix)
{
	size_t	 i;

	for (i = 0; i < INDEX_FILES; i++)
		if (ix->files[i].f == NULL)
			return (int)i;
	return -1;
}

/* Only the oldest go and only newer ones come, or all begins again. */
static int
is_continuation(const struct index *ix, struct logfile *const *files,
    size_t n)
{
	size_t	 skip, i;

	if (ix->nfiles == 0 || n == 0)
		return 0;
	for (skip = 0; skip < ix->nfiles; skip++)
		if (logfile_same(ix->files[ix->order[skip]].f, files[0]))
			break;
	if (skip == ix->nfiles || ix->nfiles - skip > n)
		return 0;
	for (i = 0; skip + i < ix->nfiles; i++)
		if (!logfile_same(ix->files[ix->order[skip + i]].f, files[i]))
			return 0;
	return 1;
}

static void
slot_drop(struct index *ix, uint8_t slot)
{
	/* entries are in the order of files: those of it are the oldest */
	while (ix->n > 0 && entry_at(ix, 0)->file == slot)
		drop_oldest(ix);
	logfile_unref(ix->files[slot].f);
	ix->files[slot].f = NULL;
}

/* Of what is more than can be looked at, the newest part counts. */
static void
bound_load(struct index *ix)
{
	uint64_t	 left = INDEX_LOAD_MAX;
	off_t		 size;
	size_t		 i;
	uint8_t		 slot;

	for (i = ix->nfiles; i > 0; i--) {
		slot = ix->order[i - 1];
		if ((size = logfile_size(ix->files[slot].f)) == -1)
			size = 0;
		if ((uint64_t)size > left)
			ix->files[slot].pos = (uint64_t)size - left;
		left -= (uint64_t)size > left ? left : (uint64_t)size;
	}
}

void
index_files(struct index *ix, struct logfile *const *files, size_t n)
{
	size_t	 i, skip = 0;
	int	 slot;

	if (n > INDEX_FILES) {
		files += n - INDEX_FILES;
		n = INDEX_FILES;
	}
	if (!is_continuation(ix, files, n)) {
		index_clear(ix);
		for (i = 0; i < n; i++) {
			ix->files[i].f = logfile_ref(files[i]);
			ix->order[i] = (uint8_t)i;
		}
		ix->nfiles = n;
		bound_load(ix);
		return;
	}
	while (!logfile_same(ix->files[ix->order[skip]].f, files[0]))
		slot_drop(ix, ix->order[skip++]);
	for (i = 0; i < n; i++) {
		if ((slot = slot_of(ix, files[i])) == -1) {
			slot = slot_free(ix);
			ix->files[slot].f = logfile_ref(files[i]);
			ix->files[slot].pos = 0;
		}
		ix->order[i] = (uint8_t)slot;
	}
	ix->nfiles = n;
}

/*
 * One slice of the oldest file that is not known to its end; 1 when that is a
 * line without its end yet.
 */
static int
load_slice(struct index *ix, uint8_t slot, uint64_t size)
{
	uint64_t	 from = ix->files[slot].pos;
	ssize_t		 n;
	size_t		 at, len;
	const char	*nl;

	if (ix->buf == NULL && (ix->buf = malloc(INDEX_SLICE)) == NULL)
		return -1;
	len = size - from < INDEX_SLICE ? (size_t)(size - from) : INDEX_SLICE;
	n = logfile_read(ix->files[slot].f, (off_t)from, ix->buf, len);
	if (n <= 0)
		return -1;
	for (at = 0; at < (size_t)n; at += len + 1) {
		nl = memchr(ix->buf + at, '\n', (size_t)n - at);
		if (nl == NULL)
			break;
		len = (size_t)(nl - (ix->buf + at));
		line_add(ix, slot, from + at, ix->buf + at, len);
	}
	if (at == 0 && (size_t)n < INDEX_SLICE)
		return 1;
	/* a line that is longer than a slice is none of ours */
	if (at == 0)
		at = (size_t)n;
	ix->files[slot].pos = from + at;
	return 0;
}

int
index_load(struct index *ix)
{
	off_t	 size;
	size_t	 i;
	uint8_t	 slot;
	int	 r;

	for (i = 0; i < ix->nfiles; i++) {
		slot = ix->order[i];
		if ((size = logfile_size(ix->files[slot].f)) == -1)
			return -1;
		if (ix->files[slot].pos < (uint64_t)size &&
		    (r = load_slice(ix, slot, (uint64_t)size)) != 1)
			return r;
	}
	free(ix->buf);
	ix->buf = NULL;
	return 1;
}

void
index_added(struct index *ix, uint64_t offset, const char *line, size_t len)
{
	uint8_t	 slot;

	if (ix->nfiles == 0)
		return;
	slot = ix->order[ix->nfiles - 1];
	if (ix->files[slot].pos != offset || len == 0 ||
	    line[len - 1] != '\n')
		return;		/* index_load() will come to it */
	line_add(ix, slot, offset, line, len - 1);
	ix->files[slot].pos = offset + len;
}

static int
entry_fits(const struct index *ix, const struct entry *e,
    const struct ask_findings *a)
{
	return (a->since_ms == 0 || e->time_ms >= a->since_ms) &&
	    (a->until_ms == 0 || e->time_ms <= a->until_ms) &&
	    (a->threat == ASK_ANY || e->threat == a->threat) &&
	    (a->direction == ASK_ANY || e->direction == a->direction) &&
	    e->severity >= a->min_severity && (a->pattern[0] == '\0' ||
	    strcmp(ix->patterns[e->pattern].name, a->pattern) == 0);
}

/* How many equal lines are older: the same finding can be there twice. */
static unsigned int
equals_before(const struct index *ix, size_t i)
{
	uint64_t	 hash = entry_at(ix, i)->hash;
	unsigned int	 n = 0;

	while (i-- > 0)
		n += entry_at(ix, i)->hash == hash;
	return n;
}

/* The place of a cursor, or ix->n. */
static size_t
cursor_find(const struct index *ix, const char *cursor)
{
	unsigned long long	 hash;
	unsigned int		 nth;
	char			*end;
	size_t			 i;

	if (strlen(cursor) < 18 || cursor[16] != '.')
		return ix->n;
	hash = strtoull(cursor, &end, 16);
	if (end != cursor + 16)
		return ix->n;
	nth = (unsigned int)strtoul(end + 1, &end, 16);
	if (*end != '\0')
		return ix->n;
	for (i = 0; i < ix->n; i++)
		if (entry_at(ix, i)->hash == hash && nth-- == 0)
			return i;
	return ix->n;
}

static int
entry_emit(struct index *ix, const struct entry *e,
    void (*emit)(void *, const char *, size_t), void *arg)
{
	char	 line[FINDING_LINE_MAX];

	if (logfile_read(ix->files[e->file].f, (off_t)e->offset, line,
	    e->len) != (ssize_t)e->len || line[e->len - 1] != '\n')
		return -1;
	emit(arg, line, e->len);
	return 0;
}

void
index_find(struct index *ix, const struct ask_findings *a,
    struct ask_page *page, void (*emit)(void *, const char *, size_t),
    void *arg)
{
	size_t		 i, start = ix->n, last = ix->n;
	uint32_t	 sent = 0;

	memset(page, 0, sizeof(*page));
	if (a->cursor[0] != '\0' &&
	    (start = cursor_find(ix, a->cursor)) == ix->n) {
		page->status = ASK_NO_CURSOR;
		return;
	}
	for (i = ix->n; i-- > 0;) {
		if (!entry_fits(ix, entry_at(ix, i), a))
			continue;
		page->matched++;
		if (i >= start)
			continue;
		if (sent < a->limit) {
			if (entry_emit(ix, entry_at(ix, i), emit, arg) ==
			    -1) {
				page->status = ASK_FAILED;
				return;
			}
			sent++;
			last = i;
		} else if (sent == a->limit) {
			snprintf(page->next, sizeof(page->next),
			    "%016llx.%x", (unsigned long long)
			    entry_at(ix, last)->hash,
			    equals_before(ix, last));
			sent++;
		}
	}
}

void
index_totals(const struct index *ix, struct ask_totals *t,
    void (*emit)(void *, const struct ask_pattern *), void *arg)
{
	size_t	 i;

	t->findings = ix->n;
	t->last_ms = ix->n == 0 ? 0 : entry_at(ix, ix->n - 1)->time_ms;
	for (i = 0; i < ix->npatterns; i++)
		if (ix->patterns[i].findings > 0)
			emit(arg, &ix->patterns[i]);
}
