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
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "freebind.h"
#include "log.h"
#include "parent.h"

#define LISTEN_BACKLOG	1024
#define CONTROL_NAME	"guardian.sock"

static const char *
addr_text(const struct sockaddr_storage *ss, socklen_t len, char *buf,
    size_t size)
{
	char	 host[NI_MAXHOST], serv[NI_MAXSERV];

	if (getnameinfo((const struct sockaddr *)ss, len, host, sizeof(host),
	    serv, sizeof(serv), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		strlcpy(buf, "?", size);
	else
		snprintf(buf, size, "%s port %s", host, serv);
	return buf;
}

/*
 * Docker's bridge may come up after us: the address is waited for, and that is
 * said, since it may as well be a mistake.
 */
static int
bind_listener(int fd, const char *what, const struct conf_listen *cl,
    const char *text)
{
	const struct sockaddr	*sa = (const struct sockaddr *)&cl->ss;

	if (bind(fd, sa, cl->sslen) == 0)
		return 0;
	if (errno != EADDRNOTAVAIL || freebind(fd, cl->ss.ss_family) == -1 ||
	    bind(fd, sa, cl->sslen) == -1)
		return -1;
	log_warnx("%s on %s: this host does not have the address: "
	    "listening as soon as it has", what, text);
	return 0;
}

static int
listener_open(const char *what, const struct conf_listen *cl,
    struct listener *l)
{
	char	 text[NI_MAXHOST + NI_MAXSERV + 8];
	int	 on = 1;

	l->wanted = cl->ss;
	l->ss = cl->ss;
	l->len = cl->sslen;
	addr_text(&cl->ss, cl->sslen, text, sizeof(text));
	l->fd = socket(cl->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (l->fd == -1) {
		log_warn("%s on %s: socket", what, text);
		return -1;
	}
	if (setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1
	    || (cl->ss.ss_family == AF_INET6 && setsockopt(l->fd,
	    IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1))
		log_warn("%s on %s: setsockopt", what, text);
	if (bind_listener(l->fd, what, cl, text) == -1) {
		if (errno == EADDRINUSE)
			log_warnx("%s on %s: the port is in use: stop "
			    "what listens there, or choose another port in "
			    "guardian.conf(5)", what, text);
		else if (errno == EADDRNOTAVAIL)
			log_warnx("%s on %s: this host does not have the "
			    "address: start after the interface, or correct "
			    "guardian.conf(5)", what, text);
		else
			log_warn("%s on %s", what, text);
		close(l->fd);
		return -1;
	}
	if (listen(l->fd, LISTEN_BACKLOG) == -1 || getsockname(l->fd,
	    (struct sockaddr *)&l->ss, &l->len) == -1) {
		log_warn("%s on %s", what, text);
		close(l->fd);
		return -1;
	}
	return 0;
}

/*
 * Opens what the configuration asks for and is not open; marks what stays.
 * Either listeners_commit() or listeners_abort() must follow.
 */
static int
open_list(struct listener **listp, size_t *n, const char *what,
    const struct conf_listen *wanted, size_t nwanted)
{
	struct listener	*list;
	size_t		 i, j, old = *n;

	if (old + nwanted == 0)
		return 0;
	list = reallocarray(*listp, old + nwanted, sizeof(*list));
	if (list == NULL)
		fatal(NULL);
	*listp = list;
	for (j = 0; j < old; j++)
		list[j].keep = 0;
	for (i = 0; i < nwanted; i++) {
		for (j = 0; j < old; j++)
			if (memcmp(&list[j].wanted, &wanted[i].ss,
			    sizeof(list[j].wanted)) == 0)
				break;
		if (j == old) {
			j = *n;
			memset(&list[j], 0, sizeof(list[j]));
			if (listener_open(what, &wanted[i], &list[j]) == -1)
				return -1;
			(*n)++;
		}
		list[j].keep = 1;
	}
	return 0;
}

int
listeners_open(struct parent *p, const struct conf *conf)
{
	if (open_list(&p->listeners, &p->nlisteners, "listen", conf->listen,
	    conf->nlisten) == -1)
		return -1;
	return open_list(&p->mcp_listeners, &p->nmcp_listeners, "mcp listen",
	    conf->mcp_listen, conf->nmcp_listen);
}

static void
sweep_list(struct listener *list, size_t *np)
{
	size_t	 i, n = 0;

	for (i = 0; i < *np; i++) {
		if (list[i].keep)
			list[n++] = list[i];
		else
			close(list[i].fd);
	}
	*np = n;
}

void
listeners_commit(struct parent *p)
{
	sweep_list(p->listeners, &p->nlisteners);
	sweep_list(p->mcp_listeners, &p->nmcp_listeners);
}

int
listener_wanted(const struct listener *l, const struct conf_listen *wanted,
    size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (memcmp(&l->wanted, &wanted[i].ss, sizeof(l->wanted)) == 0)
			return 1;
	return 0;
}

/* Those of the configuration in force are its own list's. */
static void
keep_list(struct listener *list, size_t n, const struct conf_listen *wanted,
    size_t nwanted)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		list[i].keep = listener_wanted(&list[i], wanted, nwanted);
}

void
listeners_abort(struct parent *p)
{
	keep_list(p->listeners, p->nlisteners, p->conf->listen,
	    p->conf->nlisten);
	keep_list(p->mcp_listeners, p->nmcp_listeners, p->conf->mcp_listen,
	    p->conf->nmcp_listen);
	listeners_commit(p);
}

int
control_open(struct parent *p)
{
	struct sockaddr_un	 sun;
	struct group		*gr;
	mode_t			 old;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if ((size_t)snprintf(sun.sun_path, sizeof(sun.sun_path),
	    "%s/" CONTROL_NAME, p->paths.rundir) >= sizeof(sun.sun_path)) {
		log_warnx("%s: path too long for a socket: choose a shorter "
		    "home", p->paths.rundir);
		return -1;
	}
	p->control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (p->control_fd == -1) {
		log_warn("control socket");
		return -1;
	}
	/* The directory's lock is ours: one that is left over is dead. */
	if (unlinkat(p->run_dir, CONTROL_NAME, 0) == -1 && errno != ENOENT) {
		log_warn("cannot remove the old %s", sun.sun_path);
		return -1;
	}
	/* its mode from the first moment; the group follows */
	old = umask(p->unprivileged ? 0177 : 0117);
	if (bind(p->control_fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(p->control_fd, 32) == -1) {
		log_warn("control socket %s", sun.sun_path);
		umask(old);
		return -1;
	}
	umask(old);
	if (p->unprivileged)
		return 0;
	if ((gr = getgrnam(PROC_GROUP)) == NULL || fchownat(p->run_dir,
	    CONTROL_NAME, 0, gr->gr_gid, AT_SYMLINK_NOFOLLOW) == -1) {
		log_warn("owner of %s", sun.sun_path);
		return -1;
	}
	return 0;
}
