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
 * Statements about what containers may ask, and over which ways.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

#include "parse.h"

#define TOKEN_FILE_MAX	4096

void
set_mcp_listen(struct parser *ps, const struct token *addr,
    const struct token *port)
{
	struct conf		*conf = ps->conf;
	struct conf_listen	 l;

	if (set_address(ps, "mcp listen", addr, port, &l) == -1)
		return;
	if (conf->nmcp_listen == CONF_MCP_LISTEN_MAX) {
		parse_error(ps, addr, "more than %d mcp listen statements",
		    CONF_MCP_LISTEN_MAX);
		return;
	}
	conf->mcp_listen = conf_append(conf->mcp_listen, conf->nmcp_listen,
	    sizeof(*conf->mcp_listen));
	ps->mcp_at = conf_append(ps->mcp_at, conf->nmcp_listen,
	    sizeof(*ps->mcp_at));
	ps->mcp_at[conf->nmcp_listen] = addr;
	conf->mcp_listen[conf->nmcp_listen++] = l;
}

void
set_mcp_hosts(struct parser *ps, const struct token *what)
{
	if (strcmp(what->text, "host") != 0) {
		parse_error(ps, what, "mcp allow: \"%s\" is unknown; write "
		    "\"mcp allow host { NAME }\"", what->text);
		return;
	}
	set_hosts(ps, "mcp allow host", &ps->conf->mcp_hosts);
}

void
client_mcp_socket(struct parser *ps, const struct token *t)
{
	if (set_once(ps, ONCE_MCP_SOCKET, "mcp socket", t))
		client_now(ps)->mcp_socket = 1;
}

/* A path of a client's, that no other client may have too. */
static char *
own_path(struct parser *ps, const char *what, const struct token *t)
{
	const struct conf_client	*c;
	const char			*errstr;
	size_t				 i;

	if (parse_path_ok(t->text, &errstr) == -1) {
		parse_error(ps, t, "%s \"%s\" %s", what, t->text, errstr);
		return NULL;
	}
	for (i = 0; i < ps->conf->nclients; i++) {
		c = &ps->conf->clients[i];
		if ((c->mcp_token == NULL ||
		    strcmp(c->mcp_token, t->text) != 0) &&
		    (c->ipc == NULL || strcmp(c->ipc, t->text) != 0))
			continue;
		parse_error(ps, t, "%s \"%s\" is that of client \"%s\" "
		    "already; give each client its own", what, t->text,
		    c->name);
		return NULL;
	}
	return conf_strdup(t->text);
}

void
client_mcp_token(struct parser *ps, const struct token *t)
{
	if (set_once(ps, ONCE_MCP_TOKEN, "mcp token file", t))
		client_now(ps)->mcp_token = own_path(ps, "mcp token file", t);
}

void
client_ipc(struct parser *ps, const struct token *t)
{
	if (set_once(ps, ONCE_IPC, "ipc directory", t))
		client_now(ps)->ipc = own_path(ps, "ipc directory", t);
}

void
check_mcp(struct parser *ps)
{
	const struct conf	*conf = ps->conf;
	size_t			 i, j;
	int			 tokens = 0;

	for (i = 0; i < conf->nclients; i++)
		tokens |= conf->clients[i].mcp_token != NULL;
	for (i = 0; i < conf->nmcp_listen; i++) {
		if (!tokens && ps->errors->n + ps->errors->dropped ==
		    ps->errors_before)
			parse_error(ps, ps->mcp_at[i], "mcp listen: no client "
			    "has a token; write \"mcp token file\" in its "
			    "block, or leave this out");
		for (j = 0; j < conf->nlisten; j++)
			if (listen_conflict(&conf->mcp_listen[i],
			    &conf->listen[j]))
				parse_error(ps, ps->mcp_at[i], "mcp listen: "
				    "this address and port are the proxy's");
		for (j = 0; j < i; j++)
			if (listen_conflict(&conf->mcp_listen[i],
			    &conf->mcp_listen[j]))
				parse_error(ps, ps->mcp_at[i], "mcp listen: "
				    "this address and port are taken by the "
				    "statement at %s:%d", ps->mcp_at[j]->file,
				    ps->mcp_at[j]->line);
	}
}

int
token_file_ok(const char *path, const char **errstr)
{
	struct stat	 st;
	int		 fd, r = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1)
		*errstr = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*errstr = "not a regular file";
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		*errstr = "others may read or write it; chmod 600 it";
	else if (st.st_size == 0)
		*errstr = "empty";
	else if (st.st_size > TOKEN_FILE_MAX)
		*errstr = "longer than 4096 bytes: no token";
	else
		r = 0;
	if (fd != -1)
		close(fd);
	return r;
}
