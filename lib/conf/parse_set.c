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
 * What each statement outside a client block does.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "compat.h"

#include "log.h"
#include "parse.h"

/* Returns 1 the first time, 0 with an error after that. */
int
set_once(struct parser *ps, enum once which, const char *what,
    const struct token *at)
{
	const struct token *first = ps->once[which];

	if (first == NULL) {
		ps->once[which] = at;
		return 1;
	}
	parse_error(ps, at, "%s is set already, at %s:%d", what, first->file,
	    first->line);
	return 0;
}

/* A port for which 0 is allowed or not; returns 0 or -1. */
static int
set_port(struct parser *ps, const struct token *t, unsigned int min,
    uint16_t *port)
{
	uint64_t	 v;
	const char	*errstr;

	if (parse_number(t->text, min, 65535, &v, &errstr) == -1) {
		parse_error(ps, t, "port \"%s\" %s; write %u to 65535",
		    t->text, errstr, min);
		return -1;
	}
	*port = (uint16_t)v;
	return 0;
}

int
set_address(struct parser *ps, const char *what, const struct token *addr,
    const struct token *port, struct conf_listen *l)
{
	struct sockaddr_in	*sin;
	struct sockaddr_in6	*sin6;
	struct prefix		 p;
	const char		*errstr;
	uint16_t		 n = CONF_PORT_DEFAULT;

	if (prefix_parse(&p, addr->text, &errstr) == -1) {
		parse_error(ps, addr, "%s: \"%s\" %s; write \"%s on "
		    "127.0.0.1 port %d\"", what, addr->text, errstr, what,
		    CONF_PORT_DEFAULT);
		return -1;
	}
	if (strchr(addr->text, '/') != NULL) {
		parse_error(ps, addr, "%s: \"%s\" is a network; write "
		    "one address of this host, or 0.0.0.0 or :: for all",
		    what, addr->text);
		return -1;
	}
	if (port != NULL && set_port(ps, port, 0, &n) == -1)
		return -1;
	memset(l, 0, sizeof(*l));
	if (p.family == AF_INET) {
		sin = (struct sockaddr_in *)&l->ss;
		sin->sin_family = AF_INET;
		sin->sin_port = htons(n);
		memcpy(&sin->sin_addr, p.addr, 4);
		l->sslen = sizeof(*sin);
	} else {
		sin6 = (struct sockaddr_in6 *)&l->ss;
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(n);
		memcpy(&sin6->sin6_addr, p.addr, 16);
		l->sslen = sizeof(*sin6);
	}
	return 0;
}

void
set_listen(struct parser *ps, const struct token *addr,
    const struct token *port)
{
	struct conf		*conf = ps->conf;
	struct conf_listen	 l;

	if (set_address(ps, "listen", addr, port, &l) == -1)
		return;
	if (!ps->listen_given) {
		/* The default gives way. */
		ps->listen_given = 1;
		conf->nlisten = 0;
		free(conf->listen);
		conf->listen = NULL;
	}
	if (conf->nlisten == CONF_LISTEN_MAX) {
		parse_error(ps, addr, "more than %d listen statements",
		    CONF_LISTEN_MAX);
		return;
	}
	conf->listen = conf_append(conf->listen, conf->nlisten,
	    sizeof(*conf->listen));
	ps->listen_at = conf_append(ps->listen_at, conf->nlisten,
	    sizeof(*ps->listen_at));
	ps->listen_at[conf->nlisten] = addr;
	conf->listen[conf->nlisten++] = l;
}

void
set_mode(struct parser *ps, const struct token *t)
{
	const char *errstr;

	if (!set_once(ps, ONCE_MODE, "mode", t))
		return;
	if (parse_mode(t->text, &errstr) == -1)
		parse_error(ps, t, "mode \"%s\" %s", t->text, errstr);
}

void
set_workers(struct parser *ps, enum once which, const char *what,
    unsigned int *out, const struct token *t)
{
	uint64_t	 v;
	const char	*errstr;

	if (!set_once(ps, which, what, t))
		return;
	if (parse_number(t->text, CONF_WORKERS_MIN, CONF_WORKERS_MAX, &v,
	    &errstr) == -1)
		parse_error(ps, t, "%s \"%s\" %s; write %d to %d", what,
		    t->text, errstr, CONF_WORKERS_MIN, CONF_WORKERS_MAX);
	else
		*out = (unsigned int)v;
}

void
set_scan_limit(struct parser *ps, const struct token *t)
{
	const char *errstr;

	if (!set_once(ps, ONCE_SCAN_LIMIT, "scan limit", t))
		return;
	if (parse_size(t->text, CONF_SCAN_MIN, CONF_SCAN_MAX,
	    &ps->conf->scan_limit, &errstr) == -1)
		parse_error(ps, t, "scan limit \"%s\" %s; write 4K to 64M",
		    t->text, errstr);
}

void
set_overload(struct parser *ps, const struct token *t)
{
	if (!set_once(ps, ONCE_OVERLOAD, "overload", t))
		return;
	if (strcmp(t->text, "backpressure") == 0)
		ps->conf->overload = CONF_OVERLOAD_BACKPRESSURE;
	else if (strcmp(t->text, "shed") == 0)
		ps->conf->overload = CONF_OVERLOAD_SHED;
	else
		parse_error(ps, t, "overload \"%s\" does not exist; write "
		    "\"backpressure\" or \"shed\"", t->text);
}

void
set_dedup(struct parser *ps, const struct token *t)
{
	uint64_t	 v;
	const char	*errstr;

	if (!set_once(ps, ONCE_DEDUP_WINDOW, "dedup window", t))
		return;
	if (parse_number(t->text, 0, CONF_DEDUP_MAX, &v, &errstr) == -1)
		parse_error(ps, t, "dedup window \"%s\" %s; write 0 to %d "
		    "seconds", t->text, errstr, CONF_DEDUP_MAX);
	else
		ps->conf->dedup_window = (unsigned int)v;
}

void
set_log_directory(struct parser *ps, const struct token *t)
{
	const char *errstr;

	if (!set_once(ps, ONCE_LOG, "log directory", t))
		return;
	if (parse_path_ok(t->text, &errstr) == -1) {
		parse_error(ps, t, "log directory \"%s\" %s", t->text,
		    errstr);
		return;
	}
	free(ps->conf->log_dir);
	ps->conf->log_dir = conf_strdup(t->text);
}

void
set_log_rotate(struct parser *ps, const struct token *t)
{
	const char *errstr;

	if (!set_once(ps, ONCE_ROTATE, "log rotate", t))
		return;
	if (parse_size(t->text, CONF_ROTATE_MIN, CONF_ROTATE_MAX,
	    &ps->conf->log_rotate, &errstr) == -1)
		parse_error(ps, t, "log rotate \"%s\" %s; write 64K to 1G",
		    t->text, errstr);
}

void
set_log_keep(struct parser *ps, const struct token *t)
{
	uint64_t	 v;
	const char	*errstr;

	if (!set_once(ps, ONCE_KEEP, "log keep", t))
		return;
	if (parse_number(t->text, CONF_KEEP_MIN, CONF_KEEP_MAX, &v,
	    &errstr) == -1)
		parse_error(ps, t, "log keep \"%s\" %s; write %d to %d",
		    t->text, errstr, CONF_KEEP_MIN, CONF_KEEP_MAX);
	else
		ps->conf->log_keep = (unsigned int)v;
}

void
set_log_compress(struct parser *ps, const struct token *t)
{
	if (!set_once(ps, ONCE_COMPRESS, "log compress", t))
		return;
	if (strcmp(t->text, "yes") == 0)
		ps->conf->log_compress = 1;
	else if (strcmp(t->text, "no") == 0)
		ps->conf->log_compress = 0;
	else
		parse_error(ps, t, "log compress \"%s\" does not exist; "
		    "write \"yes\" or \"no\"", t->text);
}

void
set_log_total(struct parser *ps, const struct token *t)
{
	const char *errstr;

	if (!set_once(ps, ONCE_TOTAL, "log total", t))
		return;
	if (parse_size(t->text, CONF_TOTAL_MIN, CONF_TOTAL_MAX,
	    &ps->conf->log_total, &errstr) == -1)
		parse_error(ps, t, "log total \"%s\" %s; write 256K to 4096G",
		    t->text, errstr);
}

void
check_log(struct parser *ps)
{
	struct conf	*conf = ps->conf;
	uint64_t	 least;

	if (ps->once[ONCE_TOTAL] == NULL) {
		/* what is asked to be kept is, of findings and events */
		least = conf->log_rotate * (conf->log_keep + 1) * 3;
		conf->log_total = least > CONF_TOTAL_DEFAULT ? least :
		    CONF_TOTAL_DEFAULT;
	} else if (conf->log_total < 4 * conf->log_rotate)
		parse_error(ps, ps->once[ONCE_TOTAL], "log total: the files "
		    "that are written to would not fit; write four times "
		    "\"rotate\" or more");
}

/* The value is in the parser's buffer. */
void
set_macro(struct parser *ps, const struct token *name)
{
	const char *errstr;

	if (!lex_macro_name_ok(name->text, strlen(name->text))) {
		parse_error(ps, name, "\"%s\" is no macro name; use letters, "
		    "digits and underscores, no digit first", name->text);
		return;
	}
	ps->valuebuf[ps->valuelen] = '\0';
	if (lex_macro_set(ps, name->text, strlen(name->text), ps->valuebuf,
	    ps->valuebad ? MACRO_BAD : 0, &errstr) == -1)
		parse_error(ps, name, "macro \"%s\": %s", name->text, errstr);
}

/* Relative names are relative to the directory of the including file. */
static char *
include_path(struct parser *ps, const struct token *t)
{
	const char	*slash;
	char		*path;
	size_t		 dir = 0, len = strlen(t->text);

	if (t->text[0] != '/' && (slash = strrchr(t->file, '/')) != NULL)
		dir = (size_t)(slash - t->file) + 1;
	path = arena_alloc(&ps->arena, dir + len + 1);
	memcpy(path, t->file, dir);
	memcpy(path + dir, t->text, len + 1);
	return path;
}

void
set_include(struct parser *ps, const struct token *t)
{
	const char	*errstr, *path;
	char		*text, *copy;
	size_t		 len;
	int		 r;

	if (!ps->files) {
		parse_error(ps, t, "include: no file may be read here");
		return;
	}
	if (ps->includes == PARSE_INCLUDE_DEPTH) {
		parse_error(ps, t, "include \"%s\": more than %d files deep; "
		    "does a file include itself?", t->text,
		    PARSE_INCLUDE_DEPTH);
		return;
	}
	path = include_path(ps, t);
	if ((r = conf_file_read(path, &text, &len, &errstr)) != 0) {
		parse_error(ps, t, "include \"%s\": %s", path, errstr);
		return;
	}
	copy = arena_strndup(&ps->arena, text, len);
	freezero(text, len);
	if (lex_push_file(ps, path, copy, len, &errstr) == -1)
		parse_error(ps, t, "include \"%s\": %s", path, errstr);
	else
		ps->includes++;
}

void
list_start(struct parser *ps)
{
	ps->nitems = 0;
	ps->items_over = 0;
}

void
list_add(struct parser *ps, const struct token *addr,
    const struct token *port)
{
	if (ps->nitems == CONF_PREFIXES_MAX) {
		if (!ps->items_over)
			parse_error(ps, addr, "more than %d entries in one "
			    "list", CONF_PREFIXES_MAX);
		ps->items_over = 1;
		return;
	}
	ps->items = conf_grow(ps->items, &ps->items_size, ps->nitems,
	    sizeof(*ps->items));
	ps->items[ps->nitems].addr = addr;
	ps->items[ps->nitems].port = port;
	ps->nitems++;
}

/* The list just read becomes allowed destinations. */
void
set_allow(struct parser *ps, struct conf_prefixes *list)
{
	const struct item	*it;
	struct prefix		 p;
	const char		*errstr;
	size_t			 i;

	for (i = 0; i < ps->nitems; i++) {
		it = &ps->items[i];
		if (prefix_parse(&p, it->addr->text, &errstr) == -1) {
			parse_error(ps, it->addr, "allow destination: \"%s\" "
			    "%s", it->addr->text, errstr);
			continue;
		}
		if (it->port != NULL &&
		    set_port(ps, it->port, 1, &p.port) == -1)
			continue;
		if (list->n == CONF_PREFIXES_MAX) {
			parse_error(ps, it->addr, "allow destination: more "
			    "than %d entries", CONF_PREFIXES_MAX);
			return;
		}
		list->v = conf_append(list->v, list->n, sizeof(*list->v));
		list->v[list->n++] = p;
	}
}
