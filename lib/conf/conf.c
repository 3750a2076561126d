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
#include <sys/socket.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

#include "log.h"
#include "parse.h"

struct conf_macro {
	char	*name;
	char	*value;
};

/*
 * Make room for element n (counted from 0) of an array.  The size is in
 * elements and new ones are zeroed.
 */
void *
conf_grow(void *v, size_t *size, size_t n, size_t each)
{
	size_t newsize;

	if (n < *size)
		return v;
	newsize = *size == 0 ? 4 : *size * 2;
	if ((v = recallocarray(v, *size, newsize, each)) == NULL)
		fatal("conf");
	*size = newsize;
	return v;
}

/* One more element, zeroed, behind the n there are. */
void *
conf_append(void *v, size_t n, size_t each)
{
	if ((v = recallocarray(v, n, n + 1, each)) == NULL)
		fatal("conf");
	return v;
}

char *
conf_strdup(const char *s)
{
	char *p;

	if ((p = strdup(s)) == NULL)
		fatal("conf");
	return p;
}

static unsigned int
default_workers(void)
{
	long n;

	n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < CONF_WORKERS_MIN)
		return CONF_WORKERS_MIN;
	if (n > CONF_WORKERS_AUTO)
		return CONF_WORKERS_AUTO;
	return (unsigned int)n;
}

struct conf *
conf_new(void)
{
	struct sockaddr_in	 sin;
	struct conf		*conf;

	if ((conf = calloc(1, sizeof(*conf))) == NULL ||
	    (conf->listen = calloc(1, sizeof(*conf->listen))) == NULL)
		fatal("conf");
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(CONF_PORT_DEFAULT);
	inet_pton(AF_INET, CONF_ADDR_DEFAULT, &sin.sin_addr);
	memcpy(&conf->listen[0].ss, &sin, sizeof(sin));
	conf->listen[0].sslen = sizeof(sin);
	conf->nlisten = 1;
	conf->proxy_workers = default_workers();
	conf->detector_workers = default_workers();
	conf->scan_limit = CONF_SCAN_DEFAULT;
	conf->overload = CONF_OVERLOAD_BACKPRESSURE;
	conf->dedup_window = CONF_DEDUP_DEFAULT;
	conf->log_dir = conf_strdup(GUARDIAN_LOGDIR);
	conf->log_rotate = CONF_ROTATE_DEFAULT;
	conf->log_keep = CONF_KEEP_DEFAULT;
	conf->log_compress = 1;
	conf->log_total = CONF_TOTAL_DEFAULT;
	conf->upstream_ca = conf_strdup(GUARDIAN_CAFILE);
	return conf;
}

void
conf_free(struct conf *conf)
{
	size_t i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->nclients; i++) {
		free(conf->clients[i].address.v);
		free(conf->clients[i].allow.v);
		free(conf->clients[i].mcp_token);
		free(conf->clients[i].ipc);
		explicit_bzero(conf->clients[i].credential,
		    sizeof(conf->clients[i].credential));
	}
	for (i = 0; i < conf->nrules; i++)
		free(conf->rules[i].match);
	free(conf->rules);
	free(conf->ignores);
	free(conf->clients);
	free(conf->listen);
	free(conf->mcp_listen);
	hostlist_free(&conf->mcp_hosts);
	free(conf->allow.v);
	free(conf->log_dir);
	hostlist_free(&conf->inspect);
	hostlist_free(&conf->passthrough);
	free(conf->upstream_ca);
	free(conf->gateway_host);
	free(conf->gateway_ca);
	free(conf->proxy_url);
	free(conf);
}

int
conf_client_asks(const struct conf_client *c)
{
	return c->mcp_socket || c->mcp_token != NULL || c->ipc != NULL;
}

const struct conf_client *
conf_client_find(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->nclients; i++) {
		if (strcmp(conf->clients[i].name, name) == 0)
			return &conf->clients[i];
	}
	return NULL;
}

int
conf_macros_add(struct conf_macros *macros, const char *def,
    const char **errstr)
{
	struct conf_macro	*v;
	const char		*eq, *p;

	if ((eq = strchr(def, '=')) == NULL) {
		*errstr = "no \"=\"; write name=value";
		return -1;
	}
	if (!lex_macro_name_ok(def, (size_t)(eq - def))) {
		*errstr = "not a macro name; use letters, digits and "
		    "underscores, no digit first";
		return -1;
	}
	if (strlen(eq + 1) > PARSE_TOKEN_MAX) {
		*errstr = "value longer than 4096 bytes";
		return -1;
	}
	for (p = eq + 1; *p != '\0'; p++) {
		if (((u_char)*p < 0x20 && *p != '\t') || *p == 0x7f) {
			*errstr = "control character in the value";
			return -1;
		}
	}
	if (macros->n >= PARSE_MACROS_MAX) {
		*errstr = "too many macros";
		return -1;
	}
	if ((v = recallocarray(macros->v, macros->n, macros->n + 1,
	    sizeof(*v))) == NULL ||
	    (v[macros->n].name = strndup(def, (size_t)(eq - def))) == NULL)
		fatal("conf");
	v[macros->n].value = conf_strdup(eq + 1);
	macros->v = v;
	macros->n++;
	return 0;
}

void
conf_macros_free(struct conf_macros *macros)
{
	size_t i;

	for (i = 0; i < macros->n; i++) {
		free(macros->v[i].name);
		free(macros->v[i].value);
	}
	free(macros->v);
	memset(macros, 0, sizeof(*macros));
}

static struct conf *
parse(const char *name, const char *text, size_t len, int files,
    const struct conf_macros *macros, struct conf_errors *errs)
{
	struct parser	 ps;
	struct conf	*conf;
	const char	*errstr;
	size_t		 i;
	int		 failed = 0;

	memset(&ps, 0, sizeof(ps));
	ps.conf = conf = conf_new();
	ps.errors = errs;
	ps.errors_before = errs->n + errs->dropped;
	ps.files = files;

	for (i = 0; macros != NULL && i < macros->n; i++) {
		/* Checked when it was added. */
		if (lex_macro_set(&ps, macros->v[i].name,
		    strlen(macros->v[i].name), macros->v[i].value, MACRO_FIXED,
		    &errstr) == -1)
			conf_error_add(errs, name, 0, "macro: %s", errstr);
	}
	if (lex_push_file(&ps, name, text, len, &errstr) == -1)
		conf_error_add(errs, name, 0, "%s", errstr);
	else {
		parse_run(&ps);
		check_all(&ps);
		check_ignores(&ps);
	}
	failed = errs->n + errs->dropped != ps.errors_before;

	free(ps.items);
	free(ps.listen_at);
	free(ps.mcp_at);
	free(ps.client_at);
	free(ps.rule_at);
	free(ps.ignore_at);
	free(ps.refs);
	arena_free(&ps.arena);
	if (failed) {
		conf_free(conf);
		return NULL;
	}
	return conf;
}

struct conf *
conf_parse_string(const char *name, const char *text, size_t len,
    const struct conf_macros *macros, struct conf_errors *errs)
{
	return parse(name, text, len, 0, macros, errs);
}

struct conf *
conf_parse_file(const char *path, const struct conf_macros *macros,
    int flags, struct conf_errors *errs)
{
	struct conf	*conf;
	const char	*errstr;
	char		*text;
	size_t		 len;

	switch (conf_file_read(path, &text, &len, &errstr)) {
	case 0:
		break;
	case 1:
		if (flags & CONF_MISSING_OK)
			return parse(path, "", 0, 1, macros, errs);
		/* FALLTHROUGH */
	default:
		conf_error_add(errs, path, 0, "%s", errstr);
		return NULL;
	}
	conf = parse(path, text, len, 1, macros, errs);
	freezero(text, len);
	return conf;
}
