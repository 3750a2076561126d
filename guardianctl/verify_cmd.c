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
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "conf.h"
#include "ctl.h"
#include "json.h"
#include "safe.h"
#include "verify.h"

/*
 * guardianctl verify: opens the logs of a directory and their chains, gives
 * up everything else, and reads.
 */

#define OPEN_TRIES	20	/* against rotations that go on */
#define ROTATED_MAX	1000	/* guardian.conf(5) allows fewer */

struct report {
	const struct args	*args;
	json_t			*problems;	/* of the log at hand */
	json_t			*notes;
};

static const struct {
	const char	*word;
	const char	*one;		/* of one line or record */
	const char	*many;
} texts[] = {
	[VERIFY_CHANGED] = { "changed", "line %s was changed",
	    "lines %s were changed" },
	[VERIFY_REMOVED] = { "removed", "a line was removed before line %s",
	    "lines were removed, what were lines %s" },
	[VERIFY_INSERTED] = { "inserted",
	    "line %s was not written by the logger",
	    "lines %s were not written by the logger" },
	[VERIFY_MOVED] = { "moved", "line %s stood elsewhere",
	    "lines %s stood elsewhere" },
	[VERIFY_CUT] = { "cut", "the last line, number %s, has gone",
	    "the last lines, numbers %s, have gone" },
	[VERIFY_NO_CHAIN] = { "no_chain", "line %s has no chain any more: it "
	    "was removed", "lines %s have no chain any more: it was removed" },
	[VERIFY_NO_LOG] = { "no_log", "the file has gone, its chain is there",
	    NULL },
	[VERIFY_CHAIN_BROKEN] = { "chain_broken",
	    "record %s does not follow the one before", NULL },
	[VERIFY_CHAIN_GONE] = { "chain_gone", "record %s has gone",
	    "records %s have gone" },
	[VERIFY_HEAD] = { "rewritten", "record %s is not the one whose head "
	    "was told: the log was rewritten from there or before", NULL },
	[VERIFY_UNREADABLE] = { "unreadable", "cannot be read to its end",
	    NULL },
	[VERIFY_UNPROVEN] = { "unproven", "line %s is older than the chain: "
	    "nothing proves it", "lines %s are older than the chain: nothing "
	    "proves them" },
	[VERIFY_NOTE_UNFINISHED] = { "unfinished", "the last line, number %s, "
	    "has no record yet: it is being written, or the logger was killed "
	    "there", NULL },
	[VERIFY_NOTE_TORN] = { "torn", "what a kill cut off stands before "
	    "record %s", NULL },
	[VERIFY_NOTE_RECOVERED] = { "recovered", "the record of line %s was "
	    "written by the start after a kill", NULL },
};

/* Puts the numbers where the sentence has its %s. */
static void
form_text(char *to, size_t size, const char *form, const char *range)
{
	const char	*p = strstr(form, "%s");

	if (p == NULL)
		strlcpy(to, form, size);
	else
		snprintf(to, size, "%.*s%s%s", (int)(p - form), form, range,
		    p + 2);
}

static void
on_problem(void *arg, const struct verify_problem *p)
{
	struct report	*rp = arg;
	json_t		*o;
	char		 range[64], text[256];
	const char	*form = texts[p->what].one;

	if (p->last > p->first && texts[p->what].many != NULL) {
		form = texts[p->what].many;
		snprintf(range, sizeof(range), "%" PRIu64 " to %" PRIu64,
		    p->first, p->last);
	} else
		snprintf(range, sizeof(range), "%" PRIu64, p->first);
	if (rp->args->json) {
		o = json_must(json_object());
		json_set_text(o, "file", p->file);
		json_set_text(o, "what", texts[p->what].word);
		json_set_int(o, "first", p->first);
		json_set_int(o, "last", p->last);
		json_must_0(json_array_append_new(
		    p->what < VERIFY_UNPROVEN ? rp->problems :
		    rp->notes, o));
		return;
	}
	/* the table's own words around numbers */
	form_text(text, sizeof(text), form, range);
	safe_line(stdout, "%s: %s%s", p->file,
	    p->what < VERIFY_NOTE_UNFINISHED ? "" : "note: ", text);
}

/* NULL with errno, and unless it is not there, said why. */
static gzFile
open_at(int dir, const char *name, struct stat *st)
{
	gzFile	 gz = NULL;
	int	 fd, error;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	if (fd != -1 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		gz = gzdopen(fd, "rb");
	else if (fd != -1)
		errno = EINVAL;
	error = errno;
	if (gz == NULL && fd != -1)
		close(fd);
	if (gz == NULL && error != ENOENT)
		safe_warnx("%s: %s", name, strerror(error));
	errno = error;
	return gz;
}

static void
name_form(char **namep, const char *name, int n, const char *suffix)
{
	free(*namep);
	if ((n == 0 ? asprintf(namep, "%s", name) :
	    asprintf(namep, "%s.%d%s", name, n, suffix)) == -1) {
		safe_warnx("out of memory");
		exit(1);
	}
}

/*
 * The nth file of that name, as it was written or, if that is not there,
 * packed.  While it is being packed, both are.
 */
static gzFile
open_nth(int dir, const char *name, int n, char **namep, struct stat *st)
{
	gzFile	 gz;

	name_form(namep, name, n, "");
	gz = open_at(dir, *namep, st);
	if (gz != NULL || errno != ENOENT || n == 0)
		return gz;
	name_form(namep, name, n, ".gz");
	gz = open_at(dir, *namep, st);
	if (gz == NULL && errno == ENOENT) {
		name_form(namep, name, n, "");
		/* unpacked meanwhile, by hand */
		gz = open_at(dir, *namep, st);
	}
	return gz;
}

static void
log_close(struct verify_log *log)
{
	size_t	 i;

	for (i = 0; i < log->nfiles; i++) {
		if (log->files[i].gz != NULL)
			gzclose(log->files[i].gz);
		if (log->files[i].chain_gz != NULL)
			gzclose(log->files[i].chain_gz);
		free(log->files[i].name);
		free(log->files[i].chain_name);
	}
	free(log->files);
	log->files = NULL;
	log->nfiles = 0;
}

/* One file and its chain; 1 if there is either, 0 if not, -1 and said why. */
static int
file_open(int dir, const char *name, int n, struct verify_file *f)
{
	struct stat	 st, chain;
	char		 base[64];
	int		 failed;

	memset(f, 0, sizeof(*f));
	snprintf(base, sizeof(base), "%s.jsonl", name);
	f->gz = open_nth(dir, base, n, &f->name, &st);
	failed = f->gz == NULL && errno != ENOENT;
	snprintf(base, sizeof(base), "%s.chain", name);
	f->chain_gz = open_nth(dir, base, n, &f->chain_name, &chain);
	failed |= f->chain_gz == NULL && errno != ENOENT;
	if (f->gz != NULL) {
		f->dev = st.st_dev;
		f->ino = st.st_ino;
		f->limit = n == 0 ? (uint64_t)st.st_size : UINT64_MAX;
	}
	return failed ? -1 : f->gz != NULL || f->chain_gz != NULL;
}

/* Is the name still that of the file we opened first? */
static int
file_same(int dir, const struct verify_file *f)
{
	struct stat	 st;

	if (f->gz == NULL)
		return faccessat(dir, f->name, F_OK, 0) == -1;
	return fstatat(dir, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == f->ino && st.st_dev == f->dev;
}

/* All files of a log, oldest first.  0, or -1 and said why. */
static int
log_open(int dir, struct verify_log *log)
{
	struct verify_file	*v, f;
	size_t			 i;
	int			 n, gaps, r = 0;

	/* numbers may be missing: somebody may have removed the files */
	for (n = gaps = 0; r == 0 && n <= ROTATED_MAX && gaps < 100; n++) {
		if ((r = file_open(dir, log->name, n, &f)) == 0)
			gaps++;
		else
			gaps = 0;
		if (r != 1) {
			free(f.name);
			free(f.chain_name);
			continue;
		}
		r = 0;
		v = reallocarray(log->files, log->nfiles + 1, sizeof(*v));
		if (v == NULL) {
			safe_warnx("out of memory");
			exit(1);
		}
		log->files = v;
		v[log->nfiles++] = f;
	}
	for (i = 0; i < log->nfiles / 2; i++) {
		f = log->files[i];
		log->files[i] = log->files[log->nfiles - 1 - i];
		log->files[log->nfiles - 1 - i] = f;
	}
	return r;
}

/* All are opened before the sandbox closes, which with "keep 999" is many. */
static void
limit_raise(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
}

static int
log_open_all(const char *path, struct verify_log *logs, size_t n)
{
	size_t	 i, tries, last;
	int	 dir, r = 0, same;

	limit_raise();
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1) {
		safe_warnx("%s: %s", path, strerror(errno));
		return -1;
	}
	for (i = 0; i < n && r == 0; i++)
		for (tries = 0; tries < OPEN_TRIES; tries++) {
			if ((r = log_open(dir, &logs[i])) == -1)
				break;
			last = logs[i].nfiles - 1;
			same = logs[i].nfiles == 0 ||
			    file_same(dir, &logs[i].files[last]);
			if (same)
				break;
			log_close(&logs[i]);
		}
	close(dir);
	for (i = 0; i < n && r == 0; i++)
		if (logs[i].nfiles > 0)
			return 0;
	if (r == 0)
		safe_warnx("%s: no findings.jsonl or events.jsonl, and no "
		    "chain of one", path);
	return -1;
}

/* The worse of its states, as one word and as words. */
static const char *
state_word(size_t problems, uint64_t unproven)
{
	return problems > 0 ? "not_intact" : unproven > 0 ? "unproven" :
	    "intact";
}

static const char *
state_text(const struct verify_log *log)
{
	return log->problems > 0 ? "NOT INTACT" : log->unproven > 0 ?
	    "UNPROVEN in part, the rest intact" : "intact";
}

static json_t *
file_json(const struct verify_file *f)
{
	json_t	*o = json_must(json_object());

	json_set_text(o, "file", f->name);
	json_set_int(o, "lines", f->lines);
	json_set_int(o, "first_record", f->first_seq);
	json_set_int(o, "last_record", f->last_seq);
	return o;
}

static json_t *
log_json(const struct verify_log *log, struct report *rp)
{
	json_t	*o = json_must(json_object()), *a = json_must(json_array());
	char	 head[2 * CHAIN_HASH_SIZE + 1];
	size_t	 i;

	json_set_text(o, "log", log->name);
	json_set_text(o, "state", state_word(log->problems, log->unproven));
	json_set_int(o, "unproven_lines", log->unproven);
	for (i = 0; i < log->nfiles; i++)
		json_must_0(json_array_append_new(a,
		    file_json(&log->files[i])));
	json_must_0(json_object_set_new(o, "files", a));
	json_set_int(o, "records", log->seq);
	chain_hex(log->head, head);
	json_set_text(o, "head_sha256", head);
	json_set_int(o, "heads_compared", log->heads_checked);
	json_must_0(json_object_set_new(o, "problems", rp->problems));
	json_must_0(json_object_set_new(o, "notes", rp->notes));
	return o;
}

static void
log_print(const struct verify_log *log)
{
	char		 head[2 * CHAIN_HASH_SIZE + 1];
	uint64_t	 lines = 0;
	size_t		 i;

	for (i = 0; i < log->nfiles; i++)
		lines += log->files[i].lines;
	chain_hex(log->head, head);
	safe_line(stdout, "%s: %s, %" PRIu64 " line%s in %zu file%s, head %"
	    PRIu64 " %s, compared with %zu told before", log->name,
	    state_text(log), lines,
	    lines == 1 ? "" : "s", log->nfiles, log->nfiles == 1 ? "" : "s",
	    log->seq, head, log->heads_checked);
	if (log->problems == 0 && log->unproven > 0)
		safe_line(stdout, "%s: %" PRIu64 " of them %s from before the "
		    "chain began, as an update of a version that had none "
		    "leaves them. A chain that was intact before and begins "
		    "anew was removed.", log->name, log->unproven,
		    log->unproven == 1 ? "is" : "are");
}

/* The directory named, or that of the configuration. */
static char *
log_directory(const struct args *args)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	struct paths		 paths = { 0 };
	struct conf_env		 env;
	struct conf		*conf;
	char			*path = NULL;

	if (args->file != NULL)
		return strdup(args->file);
	conf_env_read(&env);
	conf = conf_load(&paths, &env, NULL, NULL, &errors, &notes);
	if (conf != NULL)
		path = strdup(conf->log_dir);
	else
		ctl_print_errors(&errors);
	conf_free(conf);
	conf_notes_free(&notes);
	conf_errors_free(&errors);
	paths_free(&paths);
	return path;
}

int
ctl_verify(const struct args *args)
{
	/* the first has heads of the second in it */
	struct verify_log	 logs[] = {
		{ .name = "events" }, { .name = "findings" }
	};
	struct verify_heads	 told[nitems(logs)] = { { 0 } };
	struct report		 rp = { .args = args };
	json_t			*o = NULL, *a = NULL;
	char			*path;
	size_t			 i, problems = 0;
	uint64_t		 unproven = 0;
	uint8_t			 any[CHAIN_HASH_SIZE];
	gzFile			 heads = NULL;
	int			 r;

	if ((path = log_directory(args)) == NULL)
		return 1;
	r = log_open_all(path, logs, nitems(logs));
	free(path);
	if (r == -1)
		return 1;
	if (args->heads != NULL) {
		heads = strcmp(args->heads, "-") == 0 ?
		    gzdopen(STDIN_FILENO, "rb") : gzopen(args->heads, "rb");
		if (heads == NULL) {
			safe_warnx("%s: %s", args->heads, strerror(errno));
			return 1;
		}
	}
	/* the library opens what it needs before the sandbox closes */
	if (chain_hash("", 0, any) == -1) {
		safe_warnx("SHA-256 fails");
		return 1;
	}
	ctl_confine();
	if (heads != NULL && verify_heads_read(&heads, told, logs,
	    nitems(logs)) == -1) {
		safe_warnx("%s: cannot be read", args->heads);
		return 1;
	}
	if (args->json)
		a = json_must(json_array());
	for (i = 0; i < nitems(logs); i++) {
		if (args->json) {
			rp.problems = json_must(json_array());
			rp.notes = json_must(json_array());
		}
		if (verify_run(&logs[i], &told[i], i == 0 ? &told[1] : NULL,
		    on_problem, &rp) == -1) {
			safe_warnx("out of memory");
			return 1;
		}
		problems += logs[i].problems;
		unproven += logs[i].unproven;
		if (args->json)
			json_must_0(json_array_append_new(a,
			    log_json(&logs[i], &rp)));
		else
			log_print(&logs[i]);
		verify_heads_free(&told[i]);
		log_close(&logs[i]);
	}
	if (args->json) {
		o = json_must(json_object());
		json_set_text(o, "schema_version",
		    "clawsec-traffic-guardian-verify/v1");
		json_must_0(json_object_set_new(o, "ok",
		    json_boolean(problems == 0 && unproven == 0)));
		json_set_text(o, "state", state_word(problems, unproven));
		json_must_0(json_object_set_new(o, "logs", a));
		json_print(o);
	}
	if (safe_flush() == -1)
		return 1;
	return problems > 0 ? 3 : unproven > 0 ? 4 : 0;
}
