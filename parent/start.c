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
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "libexec.h"
#include "log.h"
#include "parent.h"
#include "privs.h"

#define SYSLOG_SOCKET	"/dev/log"

int
start_users(struct parent *p)
{
	char	 missing[256] = "";
	int	 i, bad = 0;

	p->unprivileged = geteuid() != 0;
	if (p->unprivileged)
		return 0;
	for (i = 0; i < PROC_MAX; i++) {
		if (proc_user((enum proc_role)i) == NULL ||
		    getpwnam(proc_user((enum proc_role)i)) != NULL)
			continue;
		strlcat(missing, " ", sizeof(missing));
		strlcat(missing, proc_user((enum proc_role)i),
		    sizeof(missing));
		bad = 1;
	}
	if (!bad && getgrnam(PROC_GROUP) != NULL)
		return 0;
	log_warnx("running as root needs the service users; missing:%s%s",
	    missing, getgrnam(PROC_GROUP) == NULL ? " (group " PROC_GROUP ")" :
	    "");
	log_warnx("create them with \"make deps\", with \"systemd-sysusers\" "
	    "after \"make install\", or with these commands:");
	if (getgrnam(PROC_GROUP) == NULL)
		log_warnx("    groupadd --system " PROC_GROUP);
	for (i = 0; i < PROC_MAX; i++)
		if (proc_user((enum proc_role)i) != NULL &&
		    getpwnam(proc_user((enum proc_role)i)) == NULL)
			log_warnx("    useradd --system --user-group "
			    "--no-create-home --home-dir /nonexistent "
			    "--shell /usr/sbin/nologin %s",
			    proc_user((enum proc_role)i));
	return -1;
}

int
start_libexec(struct parent *p, const char *argv0)
{
	char	 dir[PATH_MAX], compiler[PATH_MAX];

	if (libexec_find(dir, sizeof(dir), argv0, PROC_LOGGER) == 0) {
		/* Not every system has what it is made of. */
		p->has_compiler = libexec_find(compiler, sizeof(compiler),
		    argv0, PROC_COMPILER) == 0 && strcmp(dir, compiler) == 0;
		if ((p->libexec = strdup(dir)) == NULL)
			fatal(NULL);
		return 0;
	}
	log_warnx("the programs of the processes are not in %s, nor "
	    "beside this one: run \"make install\", or start "
	    "build/sbin/guardiand by its path", GUARDIAN_LIBEXECDIR);
	return -1;
}

static int
syslog_connect(int fd)
{
	struct sockaddr_un	 sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, SYSLOG_SOCKET, sizeof(sun.sun_path));
	return connect(fd, (struct sockaddr *)&sun, sizeof(sun));
}

/* Descriptor 2 becomes syslogd's, for us and for all children. */
static int
syslog_open(void)
{
	int	 fd;

	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (syslog_connect(fd) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The children have the same socket, and it is connected for them as well. */
void
start_syslog_again(struct parent *p)
{
	if (!p->foreground)
		(void)syslog_connect(STDERR_FILENO);
}

/*
 * Into the background.  The first process stays until the suite is ready, so
 * that its exit status tells whether the start worked.
 */
int
start_detach(struct parent *p)
{
	char	 c;
	int	 fds[2], fd;
	ssize_t	 n;

	if ((fd = syslog_open()) == -1) {
		log_warn("no syslogd at %s: start it, or use -d to stay in "
		    "the foreground", SYSLOG_SOCKET);
		return -1;
	}
	if (pipe2(fds, O_CLOEXEC) == -1) {
		log_warn("pipe");
		return -1;
	}
	switch (fork()) {
	case -1:
		log_warn("fork");
		return -1;
	case 0:
		break;
	default:
		close(fds[1]);
		do {
			n = read(fds[0], &c, 1);
		} while (n == -1 && errno == EINTR);
		if (n != 1)
			log_warnx("the start failed: syslog says why");
		_exit(n == 1 ? 0 : 1);
	}
	close(fds[0]);
	p->detached_fd = fds[1];
	if (setsid() == -1 || chdir("/") == -1 ||
	    dup2(p->null_fd, STDIN_FILENO) == -1 ||
	    dup2(p->null_fd, STDOUT_FILENO) == -1 ||
	    dup2(fd, STDERR_FILENO) == -1) {
		log_warn("detaching");
		return -1;
	}
	close(fd);
	log_init("parent", LOG_SINK_SYSLOG, p->verbose);
	return 0;
}

/*
 * The parent may read everything, write only where its own files are, and
 * execute only the processes.  It has no system call list: children would
 * inherit it.
 */
int
start_sandbox(struct parent *p)
{
	const struct sandbox_path	 own[] = {
		{ .path = "/", .rights = SANDBOX_READ },
		{ .path = p->paths.logdir,
		    .rights = SANDBOX_READ | SANDBOX_WRITE },
		{ .path = p->paths.statedir,
		    .rights = SANDBOX_READ | SANDBOX_WRITE },
		{ .path = p->paths.rundir,
		    .rights = SANDBOX_READ | SANDBOX_WRITE },
		{ .path = p->libexec,
		    .rights = SANDBOX_READ | SANDBOX_EXEC },
	};
	struct sandbox_path	*paths;
	struct event_rec	 e;
	size_t			 i, n = nitems(own);
	int			 r;

	if (!p->unprivileged && privs_limit() == -1) {
		log_warn("giving up capabilities");
		return -1;
	}
	paths = calloc(n + p->conf->nclients, sizeof(*paths));
	if (paths == NULL)
		fatal(NULL);
	memcpy(paths, own, sizeof(own));
	/* a reload may have to make the directories for tasks again */
	for (i = 0; i < p->conf->nclients; i++)
		if (p->conf->clients[i].ipc != NULL) {
			paths[n].path = p->conf->clients[i].ipc;
			paths[n++].rights = SANDBOX_READ | SANDBOX_WRITE;
		}
	r = sandbox_enter_paths(sandbox_policy(PROC_PARENT), paths, n,
	    &p->sandbox);
	free(paths);
	if (r == -1) {
		log_warnx("%s", p->sandbox.text);
		return -1;
	}
	if (p->sandbox.degraded) {
		log_warnx("parent: the kernel offers less than the whole "
		    "sandbox: %s", p->sandbox.text);
		event_init(&e, EVENT_SANDBOX_DEGRADED);
		e.role = PROC_PARENT;
		e.pid = (int32_t)getpid();
		strlcpy(e.reason, "landlock", sizeof(e.reason));
		event_post(p, &e);
	}
	return 0;
}
