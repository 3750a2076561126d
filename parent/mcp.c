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
#include <sys/stat.h>
#include <sys/un.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "channel.h"
#include "compat.h"
#include "hostlist.h"
#include "log.h"
#include "msg_mcp.h"
#include "parent.h"

/*
 * What mcpd listens on.  A client's socket stands alone in a directory that
 * its container mounts: mounted itself, it would be stale after a restart.
 * The container's root may do to that directory what it likes, so names in it
 * are used without following links, and nothing in it is changed but made and
 * removed.
 */

#define SOCKET_NAME	"mcp.sock"
#define SOCKET_BACKLOG	256
#define TOKEN_MIN	16
#define TOKEN_MAX	1024

/* RFC 6750, 2.1: b68token, which is what can be sent in a header. */
static int
token_ok(const char *s, size_t len)
{
	size_t	 i;

	if (len < TOKEN_MIN || len > TOKEN_MAX)
		return 0;
	for (i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9') ||
		    strchr("-._~+/=", s[i]) != NULL) || s[i] == '\0')
			return 0;
	return 1;
}

static int
token_read(const char *path, uint8_t hash[32])
{
	struct stat	 st;
	char		 buf[TOKEN_MAX + 3];
	ssize_t		 n = -1;
	size_t		 len = 0;
	int		 fd, r = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1 ||
	    (n = read(fd, buf, sizeof(buf))) == -1) {
		log_warn("cannot read %s", path);
		goto done;
	}
	len = (size_t)n;
	if (len > 0 && buf[len - 1] == '\n')
		len--;
	if (len > 0 && buf[len - 1] == '\r')
		len--;
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_warnx("%s must be a file that nobody else may read: "
		    "chmod 600 it", path);
	else if (!token_ok(buf, len))
		log_warnx("%s is to hold one token of %d to %d letters, "
		    "digits and -._~+/=, and no more: make one with "
		    "\"openssl rand -hex 32\"", path, TOKEN_MIN, TOKEN_MAX);
	else if (EVP_Digest(buf, len, hash, NULL, EVP_sha256(), NULL) != 1)
		log_warnx("%s: no SHA-256", path);
	else
		r = 0;
 done:
	if (fd != -1)
		close(fd);
	explicit_bzero(buf, sizeof(buf));
	return r;
}

static int
dir_at(int at, const char *name, mode_t mode)
{
	struct stat	 st;
	int		 fd;

	if (mkdirat(at, name, mode) == -1 && errno != EEXIST)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || st.st_uid != geteuid() ||
	    (st.st_mode & S_IWOTH) != 0) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

/* Removes a client's socket; and its directory, if it is no client any more. */
static void
socket_remove(struct parent *p, const char *client, int all)
{
	int	 dir;

	dir = openat(p->mcp_dir, client, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (dir == -1)
		return;
	(void)unlinkat(dir, SOCKET_NAME, 0);
	close(dir);
	if (all && unlinkat(p->mcp_dir, client, AT_REMOVEDIR) == -1)
		log_info("%s/mcp/%s stays: it is not empty, or in use",
		    p->paths.rundir, client);
}

/*
 * 0, or -1: the operator's mistake.  One that cannot be made for what is in
 * its place is -1 in *fdp: the container's root may have put it there, and
 * must not keep the others from what they are for.
 */
static int
socket_open(struct parent *p, const char *client, int *fdp)
{
	struct sockaddr_un	 sun;
	mode_t			 old;
	int			 dir, fd = -1, r;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if ((size_t)snprintf(sun.sun_path, sizeof(sun.sun_path),
	    "%s/mcp/%s/" SOCKET_NAME, p->paths.rundir, client) >=
	    sizeof(sun.sun_path)) {
		log_warnx("%s/mcp/%s: path too long for a socket: choose a "
		    "shorter client name or home", p->paths.rundir, client);
		return -1;
	}
	/* The directory's lock is ours: a socket that is left over is dead. */
	if ((dir = dir_at(p->mcp_dir, client, 0755)) == -1 ||
	    (unlinkat(dir, SOCKET_NAME, 0) == -1 && errno != ENOENT))
		goto spoilt;
	close(dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* 0666 from the first moment: chmod(2) would follow a link */
	old = umask(0111);
	r = fd == -1 ? -1 : bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	dir = -1;
	if (r == -1 || listen(fd, SOCKET_BACKLOG) == -1)
		goto spoilt;
	*fdp = fd;
	return 0;
 spoilt:
	log_warn("client %s has no %s: if something else is there, move it "
	    "away, then reload", client, sun.sun_path);
	event_post_client(p, EVENT_TASK_REJECTED, client, "socket");
	if (dir != -1)
		close(dir);
	if (fd != -1)
		close(fd);
	return 0;
}

static struct asker *
asker_get(struct parent *p, const char *client)
{
	struct asker	*v;
	size_t		 i;

	for (i = 0; i < p->naskers; i++)
		if (strcmp(p->askers[i].client, client) == 0)
			return &p->askers[i];
	v = recallocarray(p->askers, p->naskers, p->naskers + 1, sizeof(*v));
	if (v == NULL)
		fatal(NULL);
	p->askers = v;
	v += p->naskers++;
	strlcpy(v->client, client, sizeof(v->client));
	v->fd = -1;
	v->ipc[0] = v->ipc[1] = v->next_ipc[0] = v->next_ipc[1] = -1;
	return v;
}

/* A token names one client, so no two may have the same. */
static int
tokens_differ(const struct parent *p)
{
	size_t	 i, j;

	for (i = 0; i < p->naskers; i++)
		for (j = 0; j < i; j++)
			if (p->askers[i].next && p->askers[j].next &&
			    p->askers[i].next_has_token &&
			    p->askers[j].next_has_token &&
			    memcmp(p->askers[i].next_token,
			    p->askers[j].next_token,
			    sizeof(p->askers[i].next_token)) == 0) {
				log_warnx("clients %s and %s have the same "
				    "token: give each its own",
				    p->askers[j].client, p->askers[i].client);
				return 0;
			}
	return 1;
}

/* What an earlier run left behind, of clients that are none now. */
static void
mcp_tidy(struct parent *p, const struct conf *conf)
{
	const struct conf_client	*cc;
	struct dirent			*de;
	DIR				*dp;
	int				 fd;

	fd = openat(p->mcp_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((de = readdir(dp)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		cc = conf_client_find(conf, de->d_name);
		if (cc == NULL || !cc->mcp_socket)
			socket_remove(p, de->d_name, 1);
	}
	closedir(dp);
}

int
mcp_open(struct parent *p, const struct conf *conf)
{
	const struct conf_client	*cc;
	struct asker			*a;
	size_t				 i;

	if (p->phase == PHASE_STARTING) {
		if ((p->mcp_dir = dir_at(p->run_dir, "mcp", 0700)) == -1) {
			log_warn("cannot make %s/mcp", p->paths.rundir);
			return -1;
		}
		mcp_tidy(p, conf);
	}
	for (i = 0; i < p->naskers; i++)
		p->askers[i].next = 0;
	for (i = 0; i < conf->nclients; i++) {
		cc = &conf->clients[i];
		if (!conf_client_asks(cc))
			continue;
		a = asker_get(p, cc->name);
		a->next = 1;
		a->next_has_token = cc->mcp_token != NULL;
		if (cc->mcp_token != NULL &&
		    token_read(cc->mcp_token, a->next_token) == -1)
			return -1;
		/* one that is not wanted any more is closed by mcp_commit() */
		if (cc->mcp_socket && a->fd == -1 &&
		    socket_open(p, cc->name, &a->fd) == -1)
			return -1;
		if (cc->ipc != NULL && ipc_open(p, a, cc->ipc) == -1)
			return -1;
	}
	return tokens_differ(p) ? 0 : -1;
}

/* Keeps those of a configuration, closes all other sockets. */
static void
askers_sweep(struct parent *p, const struct conf *conf)
{
	const struct conf_client	*cc;
	struct asker			*a;
	size_t				 i, n = 0;

	for (i = 0; i < p->naskers; i++) {
		a = &p->askers[i];
		cc = conf_client_find(conf, a->client);
		if (a->fd != -1 && (cc == NULL || !cc->mcp_socket)) {
			close(a->fd);
			a->fd = -1;
			socket_remove(p, a->client, 1);
		}
		ipc_abort(a);
		if (a->now)
			p->askers[n++] = *a;
		else
			ipc_close(a);
	}
	explicit_bzero(p->askers + n, (p->naskers - n) * sizeof(*a));
	p->naskers = n;
}

void
mcp_commit(struct parent *p)
{
	struct asker	*a;
	size_t		 i;

	for (i = 0; i < p->naskers; i++) {
		a = &p->askers[i];
		a->now = a->next;
		a->has_token = a->next_has_token;
		memcpy(a->token, a->next_token, sizeof(a->token));
		if (ipc_commit(a))
			p->ipc_changed = 1;
	}
	if (p->naskers > 0)
		askers_sweep(p, p->conf);
}

void
mcp_abort(struct parent *p)
{
	if (p->naskers > 0)
		askers_sweep(p, p->conf);
}

void
mcp_wire(struct child_proc *c)
{
	struct parent		*p = c->parent;
	const struct asker	*a;
	struct msg_asker	 m;
	size_t			 i;
	int			 fd;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < p->nmcp_listeners; i++) {
		if (!listener_wanted(&p->mcp_listeners[i], p->conf->mcp_listen,
		    p->conf->nmcp_listen))
			continue;
		if ((fd = wire_dup(c, p->mcp_listeners[i].fd)) == -1)
			return;
		if (msg_listener_send(c->ch, fd,
		    (struct sockaddr *)&p->mcp_listeners[i].ss,
		    p->mcp_listeners[i].len) == -1)
			fatal("listener message");
	}
	for (i = 0; i < p->naskers; i++) {
		a = &p->askers[i];
		if (!a->now)
			continue;
		memset(&m, 0, sizeof(m));
		strlcpy(m.client, a->client, sizeof(m.client));
		m.has_token = a->has_token != 0;
		if (a->has_token)
			memcpy(m.token, a->token, sizeof(m.token));
		if (msg_asker_send(c->ch, &m) == -1)
			fatal("client message");
		ipc_wire(c, a);
		if (a->fd == -1)
			continue;
		if ((fd = wire_dup(c, a->fd)) == -1)
			break;
		if (msg_asksocket_send(c->ch, fd, a->client) == -1)
			fatal("socket message");
	}
	explicit_bzero(&m, sizeof(m));
}

/* At the end: sockets nobody serves must not look as if somebody did. */
void
mcp_close(struct parent *p)
{
	size_t	 i;

	for (i = 0; i < p->naskers; i++)
		if (p->askers[i].fd != -1)
			socket_remove(p, p->askers[i].client, 0);
}
