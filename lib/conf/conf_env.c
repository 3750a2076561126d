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
 * The environment of the skill contract: under the command line, over the
 * file.  An empty variable counts as unset.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "compat.h"

#include "log.h"
#include "parse.h"

#define ENV(name)	"NANOCLAW_TRAFFIC_GUARDIAN_" name
#define SOCKET_NAME	"/guardian.sock"	/* in the run directory */

static void __attribute__((__format__(printf, 2, 3)))
note(struct conf_notes *notes, const char *fmt, ...)
{
	va_list	 ap;
	char	 buf[CONF_PATH_LEN + 256];

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	notes->v = conf_append(notes->v, notes->n, sizeof(*notes->v));
	notes->v[notes->n++] = conf_strdup(buf);
}

void
conf_notes_free(struct conf_notes *notes)
{
	size_t i;

	for (i = 0; i < notes->n; i++)
		free(notes->v[i]);
	free(notes->v);
	memset(notes, 0, sizeof(*notes));
}

void
paths_free(struct paths *p)
{
	free(p->config);
	free(p->logdir);
	free(p->statedir);
	free(p->rundir);
	memset(p, 0, sizeof(*p));
}

static const char *
get(const char *name)
{
	const char *v;

	v = getenv(name);
	return v == NULL || *v == '\0' ? NULL : v;
}

void
conf_env_read(struct conf_env *env)
{
	env->home = get(ENV("HOME"));
	env->config = get(ENV("CONFIG"));
	env->mode = get(ENV("MODE"));
	env->proxy_url = get(ENV("PROXY_URL"));
	env->ca_bundle = get(ENV("CA_BUNDLE"));
	env->log_dir = get(ENV("LOG_DIR"));
	env->max_scan_bytes = get(ENV("MAX_SCAN_BYTES"));
	env->redact_snippets = get(ENV("REDACT_SNIPPETS"));
}

/* "dir/name", without doubling the slash. */
static char *
join_path(const char *dir, const char *name)
{
	size_t	 len = strlen(dir), size;
	char	*p;

	while (len > 0 && dir[len - 1] == '/')
		len--;
	size = len + 1 + strlen(name) + 1;
	if ((p = malloc(size)) == NULL)
		fatal("conf");
	snprintf(p, size, "%.*s/%s", (int)len, dir, name);
	return p;
}

/*
 * The file is read again on reload, when the working directory may be
 * another one, so its name is made absolute.
 */
static char *
absolute(const char *file, struct conf_errors *errs)
{
	char cwd[CONF_PATH_LEN + 1];

	if (file[0] == '/')
		return conf_strdup(file);
	if (getcwd(cwd, sizeof(cwd)) == NULL) {
		conf_error_add(errs, file, 0, "relative to a working "
		    "directory that cannot be told (%s); give the absolute "
		    "path", strerror(errno));
		return NULL;
	}
	return join_path(cwd, file);
}

/* Refuse what the system would cut short later. */
static int
check_dirs(const struct paths *p, struct conf_errors *errs)
{
	const size_t	 max = sizeof(((struct sockaddr_un *)0)->sun_path) -
			    sizeof(SOCKET_NAME);

	if (strlen(p->rundir) > max) {
		conf_error_add(errs, p->rundir, 0, "too long for the run "
		    "directory: a socket in it has room for %zu bytes, so set "
		    "%s to a shorter path", max, ENV("HOME"));
		return -1;
	}
	return 0;
}

int
conf_paths(struct paths *p, const struct conf_env *env, const char *file,
    struct conf_errors *errs, struct conf_notes *notes)
{
	const char	*errstr;
	int		 rv = 0;

	if (file != NULL) {
		p->config = absolute(file, errs);
		p->config_named = 1;
		if (env->config != NULL)
			note(notes, "%s is set, but -f goes before it",
			    ENV("CONFIG"));
	} else if (env->config != NULL) {
		p->config = absolute(env->config, errs);
		p->config_named = 1;
		note(notes, "%s: configuration file %s", ENV("CONFIG"),
		    env->config);
	} else
		p->config = conf_strdup(GUARDIAN_CONF_FILE);
	if (p->config == NULL)
		rv = -1;

	if (env->home != NULL && parse_path_ok(env->home, &errstr) == -1) {
		conf_error_add(errs, ENV("HOME"), 0, "\"%s\" %s", env->home,
		    errstr);
		rv = -1;
	} else if (env->home != NULL) {
		p->logdir = join_path(env->home, "log");
		p->statedir = join_path(env->home, "state");
		p->rundir = join_path(env->home, "run");
		note(notes, "%s: log, state and run directories in %s",
		    ENV("HOME"), env->home);
		return check_dirs(p, errs) == -1 ? -1 : rv;
	}
	p->logdir = conf_strdup(GUARDIAN_LOGDIR);
	p->statedir = conf_strdup(GUARDIAN_STATEDIR);
	p->rundir = conf_strdup(GUARDIAN_RUNDIR);
	return rv;
}

static int
is_true(const char *s)
{
	return strcmp(s, "1") == 0 || strcasecmp(s, "true") == 0 ||
	    strcasecmp(s, "yes") == 0 || strcasecmp(s, "on") == 0;
}

static void
apply_proxy_url(struct conf *conf, const char *url, struct conf_errors *errs,
    struct conf_notes *notes)
{
	const char	*errstr;
	char		*s;
	size_t		 len;

	/* A wrong one is not quoted: it may hold a password. */
	if ((len = parse_proxy_url(url, NULL, NULL, &errstr)) == 0) {
		conf_error_add(errs, ENV("PROXY_URL"), 0, "%s", errstr);
		return;
	}
	if ((s = strndup(url, len)) == NULL)
		fatal("conf");
	free(conf->proxy_url);
	conf->proxy_url = s;
	note(notes, "%s: clients are told %s", ENV("PROXY_URL"), s);
}

/* The file's log directory, unless the environment has another. */
static void
apply_log_dir(struct conf *conf, struct paths *paths,
    const struct conf_env *env, struct conf_errors *errs,
    struct conf_notes *notes)
{
	const char *errstr;

	if (env->log_dir != NULL &&
	    parse_path_ok(env->log_dir, &errstr) == -1) {
		conf_error_add(errs, ENV("LOG_DIR"), 0, "\"%s\" %s",
		    env->log_dir, errstr);
		return;
	}
	if (env->log_dir != NULL) {
		free(paths->logdir);
		paths->logdir = conf_strdup(env->log_dir);
		note(notes, "%s: log directory %s", ENV("LOG_DIR"),
		    env->log_dir);
	}
	if (env->log_dir != NULL || (env->home != NULL &&
	    paths->logdir != NULL)) {
		free(conf->log_dir);
		conf->log_dir = conf_strdup(paths->logdir);
	} else {
		free(paths->logdir);
		paths->logdir = conf_strdup(conf->log_dir);
	}
}

static void
apply_ca_bundle(struct conf *conf, const char *path, struct conf_errors *errs,
    struct conf_notes *notes)
{
	const char *errstr;

	if (parse_path_ok(path, &errstr) == -1) {
		conf_error_add(errs, ENV("CA_BUNDLE"), 0, "\"%s\" %s", path,
		    errstr);
		return;
	}
	free(conf->upstream_ca);
	conf->upstream_ca = conf_strdup(path);
	note(notes, "%s: servers are verified with %s", ENV("CA_BUNDLE"),
	    path);
}

/*
 * Only now it is settled which files they are; without inspection no CAs are
 * read.
 */
static void
check_trust(const struct conf *conf, struct conf_errors *errs)
{
	const char *errstr;
	size_t	 i;

	for (i = 0; i < conf->nclients; i++)
		if (conf->clients[i].mcp_token != NULL &&
		    token_file_ok(conf->clients[i].mcp_token, &errstr) == -1)
			conf_error_add(errs, conf->clients[i].mcp_token, 0,
			    "%s; \"mcp token file\" of client %s names it",
			    errstr, conf->clients[i].name);
	if (conf->inspect.n == 0)
		return;
	if (trust_file_ok(conf->upstream_ca, &errstr) == -1)
		conf_error_add(errs, conf->upstream_ca, 0, "%s; it is to hold "
		    "the CAs that servers are verified with: install the "
		    "package ca-certificates, or name a file with \"upstream "
		    "ca file\"", errstr);
	if (conf->gateway_ca != NULL &&
	    trust_file_ok(conf->gateway_ca, &errstr) == -1)
		conf_error_add(errs, conf->gateway_ca, 0, "%s; \"upstream "
		    "proxy\" names it as the CA of that proxy", errstr);
}

int
conf_env_apply(struct conf *conf, struct paths *paths,
    const struct conf_env *env, struct conf_errors *errs,
    struct conf_notes *notes)
{
	const size_t	 before = errs->n + errs->dropped;
	const char	*errstr;

	if (env->mode != NULL) {
		if (parse_mode(env->mode, &errstr) == -1)
			conf_error_add(errs, ENV("MODE"), 0, "\"%s\" %s",
			    env->mode, errstr);
		else
			note(notes, "%s: mode detect", ENV("MODE"));
	}
	if (env->proxy_url != NULL)
		apply_proxy_url(conf, env->proxy_url, errs, notes);
	if (env->max_scan_bytes != NULL) {
		if (parse_size(env->max_scan_bytes, CONF_SCAN_MIN,
		    CONF_SCAN_MAX, &conf->scan_limit, &errstr) == -1)
			conf_error_add(errs, ENV("MAX_SCAN_BYTES"), 0,
			    "\"%s\" %s; set 4096 to 67108864",
			    env->max_scan_bytes, errstr);
		else
			note(notes, "%s: scan limit %llu",
			    ENV("MAX_SCAN_BYTES"),
			    (unsigned long long)conf->scan_limit);
	}
	apply_log_dir(conf, paths, env, errs, notes);
	if (env->redact_snippets != NULL) {
		if (!is_true(env->redact_snippets))
			conf_error_add(errs, ENV("REDACT_SNIPPETS"), 0,
			    "\"%s\": redaction cannot be turned off; set 1, "
			    "or unset it", env->redact_snippets);
		else
			note(notes, "%s: snippets are redacted, as always",
			    ENV("REDACT_SNIPPETS"));
	}
	if (env->ca_bundle != NULL)
		apply_ca_bundle(conf, env->ca_bundle, errs, notes);
	check_trust(conf, errs);
	return errs->n + errs->dropped == before ? 0 : -1;
}

struct conf *
conf_load(struct paths *paths, const struct conf_env *env, const char *file,
    const struct conf_macros *macros, struct conf_errors *errs,
    struct conf_notes *notes)
{
	const size_t	 before = errs->n + errs->dropped;
	struct conf	*conf = NULL, *scratch;

	conf_paths(paths, env, file, errs, notes);
	if (paths->config != NULL)
		conf = conf_parse_file(paths->config, macros,
		    paths->config_named ? 0 : CONF_MISSING_OK, errs);
	if (conf == NULL) {
		/* Report what is wrong with the environment all the same. */
		scratch = conf_new();
		conf_env_apply(scratch, paths, env, errs, notes);
		conf_free(scratch);
		return NULL;
	}
	conf_env_apply(conf, paths, env, errs, notes);
	if (errs->n + errs->dropped != before) {
		conf_free(conf);
		return NULL;
	}
	return conf;
}
