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
#include <sys/uio.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "proxy.h"
#include "resolve.h"
#include "upstream_pool.h"

#define TEXT_MAX	(4 * 1024 * 1024)

static int
take_client(struct proxy *p, struct imsg *imsg)
{
	struct msg_client	 m;
	struct client		*c;

	if (msg_client_recv(imsg, &m) == -1)
		return (-1);
	if ((c = client_add(&p->clients, m.name)) == NULL)
		fatal("memory");
	c->has_credential = m.has_credential != 0;
	memcpy(c->credential, m.credential, sizeof(c->credential));
	explicit_bzero(&m, sizeof(m));
	return (0);
}

static int
take_prefix(struct proxy *p, struct imsg *imsg)
{
	struct msg_prefix	 m;
	struct addr_list	*list = NULL;
	struct client		*c = NULL;

	if (msg_prefix_recv(imsg, &m) == -1)
		return (-1);
	if (m.client[0] != '\0' &&
	    (c = client_find(&p->clients, m.client)) == NULL)
		return (-1);
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_CLIENTADDR_SEND:
		list = c == NULL ? NULL : &c->addrs;
		break;
	case IMSG_PARENT_ALLOW_SEND:
		list = c == NULL ? &p->policy.allow : &c->allow;
		break;
	case IMSG_PARENT_HOSTADDR_SEND:
		list = c == NULL ? &p->policy.own : NULL;
		/* The first of them replaces all there were. */
		if (list != NULL && imsg_get_id(imsg) == 1) {
			addr_list_free(list);
			/* They were judged by the old ones. */
			upstream_pool_shrink(p->pool, SIZE_MAX);
		}
		break;
	}
	if (list == NULL)
		return (-1);
	if (addr_list_add(list, &m.prefix) == -1)
		fatal("memory");
	return (0);
}

/*
 * A text comes in pieces, the first marked and the last not: what there is so
 * far is put to use each time.
 */
static int
take_text(struct proxy *p, struct imsg *imsg)
{
	const char	*s;
	struct buf	*b;
	size_t		 len;
	bool		 hosts;
	int		 rv;

	if (msg_text_recv(imsg, &s, &len) == -1)
		return (-1);
	hosts = imsg_get_type(imsg) == IMSG_PARENT_HOSTS_SEND;
	b = hosts ? &p->hosts_text : &p->resolv_text;
	if (imsg_get_id(imsg) == 1) {
		buf_free(b);
		buf_init(b, TEXT_MAX);
	}
	if (buf_add(b, s, len) == -1) {
		log_warnx("%s is longer than %d bytes: the rest is not used",
		    hosts ? "the hosts file" : "resolv.conf", TEXT_MAX);
		return (0);
	}
	s = (const char *)buf_data(b);
	rv = hosts ? resolver_set_hosts(p->resolver, s, buf_len(b)) :
	    resolver_set_conf(p->resolver, s, buf_len(b));
	if (rv == -1)
		log_warnx("%s could not be used", hosts ? "the hosts file" :
		    "resolv.conf");
	return (0);
}

static int
take_listener(struct proxy *p, struct imsg *imsg)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd;

	if (msg_listener_recv(imsg, &fd, &ss, &len) == -1)
		return (-1);
	if (listen_add(p, fd, (struct sockaddr *)&ss) == -1) {
		close(fd);
		return (-1);
	}
	return (0);
}

int
config_dispatch(struct proxy *p, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_SETTINGS_SEND:
		if (p->running || msg_settings_recv(imsg, &p->settings) == -1)
			return (-1);
		return (0);
	case IMSG_PARENT_CLIENT_SEND:
		return (p->running ? -1 : take_client(p, imsg));
	case IMSG_PARENT_CLIENTADDR_SEND:
	case IMSG_PARENT_ALLOW_SEND:
		return (p->running ? -1 : take_prefix(p, imsg));
	case IMSG_PARENT_HOSTADDR_SEND:
		return (take_prefix(p, imsg));
	case IMSG_PARENT_RESOLV_SEND:
	case IMSG_PARENT_HOSTS_SEND:
		return (take_text(p, imsg));
	case IMSG_PARENT_LISTENER_SEND:
		return (p->running ? -1 : take_listener(p, imsg));
	}
	return (inspect_config(p, imsg));
}

void
config_check(struct proxy *p)
{
	if (p->settings.detectors == 0 ||
	    p->settings.detectors > PROC_INSTANCES_MAX)
		fatalx("no settings from the parent");
	if (TAILQ_EMPTY(&p->listeners))
		fatalx("no listener from the parent");
	if (client_add(&p->clients, CLIENT_DEFAULT) == NULL)
		fatal("memory");
}
