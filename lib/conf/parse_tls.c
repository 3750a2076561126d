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
 * Statements about HTTPS: which hosts, and whom to trust.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

#include "log.h"
#include "parse.h"

void
set_hosts(struct parser *ps, const char *what, struct hostlist *list)
{
	const struct item	*it;
	size_t			 i;

	for (i = 0; i < ps->nitems; i++) {
		it = &ps->items[i];
		if (it->port != NULL) {
			parse_error(ps, it->port, "%s: a host counts at every "
			    "port; leave the port out", what);
			continue;
		}
		/* "*" is spelt "all", and only where that is meant. */
		if (strcmp(it->addr->text, "*") != 0 &&
		    hostlist_add(list, it->addr->text) == 0)
			continue;
		if (strcmp(it->addr->text, "*") == 0 || errno == EINVAL)
			parse_error(ps, it->addr, "%s: \"%s\" is no host; "
			    "write \"api.example.com\", an address, or "
			    "\"*.example.com\" for all names below that one",
			    what, it->addr->text);
		else if (errno == ENOSPC) {
			parse_error(ps, it->addr, "%s: more than %d hosts",
			    what, HOSTLIST_MAX);
			return;
		} else
			fatal("conf");
	}
}

void
set_inspect_all(struct parser *ps, const struct token *t)
{
	if (hostlist_add(&ps->conf->inspect, "*") == 0)
		return;
	if (errno == ENOMEM)
		fatal("conf");
	parse_error(ps, t, "inspect: more than %d hosts", HOSTLIST_MAX);
}

int
trust_file_ok(const char *path, const char **errstr)
{
	struct stat	 st;
	int		 fd, r = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1)
		*errstr = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*errstr = "not a regular file";
	else if (st.st_mode & S_IWOTH)
		*errstr = "writable by everyone; chmod o-w it";
	else if (st.st_size == 0)
		*errstr = "empty";
	else if ((uint64_t)st.st_size > CONF_TRUST_MAX)
		*errstr = "longer than 4M";
	else
		r = 0;
	if (fd != -1)
		close(fd);
	return r;
}

static int
path_ok(struct parser *ps, const char *what, const struct token *t)
{
	const char *errstr;

	if (parse_path_ok(t->text, &errstr) == 0)
		return 1;
	parse_error(ps, t, "%s \"%s\" %s", what, t->text, errstr);
	return 0;
}

void
set_upstream_ca(struct parser *ps, const struct token *t)
{
	if (!set_once(ps, ONCE_UPSTREAM_CA, "upstream ca file", t) ||
	    !path_ok(ps, "upstream ca file", t))
		return;
	free(ps->conf->upstream_ca);
	ps->conf->upstream_ca = conf_strdup(t->text);
}

void
set_upstream_proxy(struct parser *ps, const struct token *url,
    const struct token *ca)
{
	struct conf	*conf = ps->conf;
	const char	*errstr;
	char		 host[HOST_CANON_SIZE];

	if (!set_once(ps, ONCE_UPSTREAM_PROXY, "upstream proxy", url))
		return;
	/* Not quoted: it may hold a password. */
	if (parse_proxy_url(url->text, host, &conf->gateway_port,
	    &errstr) == 0) {
		parse_error(ps, url, "upstream proxy: %s", errstr);
		return;
	}
	conf->gateway_host = conf_strdup(host);
	if (ca != NULL && path_ok(ps, "upstream proxy: ca file", ca))
		conf->gateway_ca = conf_strdup(ca->text);
}
