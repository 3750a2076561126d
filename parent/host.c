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
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "log.h"
#include "parent.h"

/*
 * The proxy-workers cannot open files or ask the kernel for addresses: they
 * are told the resolver's configuration, the hosts file and the addresses of
 * this host, and again when one of them changes.
 */
#define RESOLV_PATH	"/etc/resolv.conf"
#define HOSTS_PATH	"/etc/hosts"
#define HOST_TEXT_MAX	(256 * 1024)

/* The file's text, cut at the bound; NULL when it cannot be read. */
static char *
text_read(const char *path, size_t *lenp)
{
	char	*buf;
	size_t	 len = 0;
	ssize_t	 n;
	int	 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		if (errno != ENOENT)
			log_warn("%s", path);
		return NULL;
	}
	if ((buf = malloc(HOST_TEXT_MAX)) == NULL)
		fatal(NULL);
	while (len < HOST_TEXT_MAX &&
	    (n = read(fd, buf + len, HOST_TEXT_MAX - len)) > 0)
		len += (size_t)n;
	if (len == HOST_TEXT_MAX)
		log_warnx("%s is longer than %d bytes: the rest is not used",
		    path, HOST_TEXT_MAX);
	close(fd);
	*lenp = len;
	return buf;
}

static void
text_send(struct child_proc *c, uint32_t type, const char *path)
{
	char	*text;
	size_t	 len = 0;

	if ((text = text_read(path, &len)) != NULL && len > 0) {
		if (msg_text_send(c->ch, type, text, len) == -1)
			fatal("%s message", path);
	} else if (msg_text_send(c->ch, type, "\n", 1) == -1)
		fatal("%s message", path);	/* empty replaces too */
	free(text);
}

static void
addrs_send(struct child_proc *c)
{
	struct ifaddrs		*list, *ifa;
	struct msg_prefix	 m;
	uint32_t		 first = 1;

	if (getifaddrs(&list) == -1) {
		log_warn("getifaddrs");
		return;
	}
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next) {
		memset(&m, 0, sizeof(m));
		if (ifa->ifa_addr == NULL ||
		    prefix_from_sockaddr(&m.prefix, ifa->ifa_addr) == -1)
			continue;
		if (msg_prefix_send(c->ch, IMSG_PARENT_HOSTADDR_SEND, first,
		    &m) == -1)
			fatal("host address message");
		first = 0;
	}
	freeifaddrs(list);
}

void
host_send(struct child_proc *c)
{
	text_send(c, IMSG_PARENT_RESOLV_SEND, RESOLV_PATH);
	text_send(c, IMSG_PARENT_HOSTS_SEND, HOSTS_PATH);
	addrs_send(c);
}

static uint64_t
mix(uint64_t h, const void *data, size_t len)
{
	const unsigned char	*p = data;

	for (; len > 0; len--, p++)
		h = (h ^ *p) * 1099511628211ULL;	/* FNV-1a */
	return h;
}

/* A value that changes when one of the three does. */
static uint64_t
host_mark(void)
{
	struct ifaddrs	*list, *ifa;
	struct prefix	 pfx;
	struct stat	 st;
	const char	*paths[] = { RESOLV_PATH, HOSTS_PATH };
	uint64_t	 h = 14695981039346656037ULL;
	size_t		 i;

	for (i = 0; i < nitems(paths); i++) {
		if (stat(paths[i], &st) == -1)
			continue;
		h = mix(h, &st.st_ino, sizeof(st.st_ino));
		h = mix(h, &st.st_size, sizeof(st.st_size));
		h = mix(h, &st.st_mtim.tv_sec, sizeof(st.st_mtim.tv_sec));
		h = mix(h, &st.st_mtim.tv_nsec, sizeof(st.st_mtim.tv_nsec));
	}
	if (getifaddrs(&list) == -1)
		return h;
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next) {
		memset(&pfx, 0, sizeof(pfx));
		if (ifa->ifa_addr != NULL &&
		    prefix_from_sockaddr(&pfx, ifa->ifa_addr) == 0)
			h = mix(h, pfx.addr, sizeof(pfx.addr));
	}
	freeifaddrs(list);
	return h;
}

void
host_check(struct parent *p)
{
	struct child_proc	*c;
	uint64_t		 mark = host_mark();

	if (p->host_mark == mark)
		return;
	if (p->host_mark != 0) {
		log_info("resolver or addresses of this host changed");
		TAILQ_FOREACH(c, &p->children, entry)
			if (c->role == PROC_PROXY && c->ch != NULL &&
			    (c->state == PROC_READY ||
			    c->state == PROC_DRAINING))
				host_send(c);
	}
	p->host_mark = mark;
}
