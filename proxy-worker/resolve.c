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

#include <netinet/in.h>
#include <arpa/inet.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>

#include "compat.h"
#include "log.h"
#include "proxy.h"
#include "resolve.h"

#define HOSTS_MAX	20000
#define LINE_SIZE	1024
#define NAME_SIZE	256
#define FAMILY_MAX	(RESOLVE_ADDRS_MAX / 2)	/* of one answer */
#define INFLIGHT	"2048"	/* two questions of each in 16 full shares */

struct host {
	char			 name[NAME_SIZE];
	struct sockaddr_storage	 addr;
};

struct resolver {
	struct event_base	*base;
	struct evdns_base	*dns;
	struct host		*hosts;
	size_t			 nhosts;
	size_t			 nservers;
};

/* One of the two kinds of address, on its way. */
struct question {
	struct lookup		*lookup;
	struct evdns_request	*asked;	/* NULL: not, or answered */
	bool			 answered;
};

struct lookup {
	TAILQ_ENTRY(lookup)	 entry;
	struct resolver		*resolver;
	struct resolve_share	*share;	/* where it has a place, or NULL */
	char			*host;	/* waits for a place; else NULL */
	resolve_cb		 cb;	/* NULL: nobody waits any more */
	void			*arg;
	struct event		*now;	/* answers with what there is */
	struct question		 a;
	struct question		 aaaa;
	unsigned int		 busy;	/* questions evdns still has */
	enum resolve_error	 error;
	struct sockaddr_storage	 addrs[RESOLVE_ADDRS_MAX];
	size_t			 naddrs;
};

static void	 lookup_ask(struct lookup *, const char *);

struct resolver *
resolver_new(struct event_base *base)
{
	struct resolver	*r;

	/* Its random numbers need a device on some systems: now or never. */
	if (evutil_secure_rng_init() == -1)
		fatalx("no random numbers");
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("memory");
	r->base = base;
	/* Nothing from files, and no reason for the loop to go on. */
	if ((r->dns = evdns_base_new(base,
	    EVDNS_BASE_DISABLE_WHEN_INACTIVE)) == NULL)
		fatalx("evdns_base_new");
	if (evdns_base_set_option(r->dns, "timeout:", "3") != 0 ||
	    evdns_base_set_option(r->dns, "attempts:", "2") != 0 ||
	    evdns_base_set_option(r->dns, "max-inflight:",
	    INFLIGHT) != 0)
		fatalx("evdns_base_set_option");
	return (r);
}

/* The next line without its comment; false at the end of the text. */
static bool
next_line(const char **s, size_t *len, char *line, size_t size)
{
	const char	*end;
	size_t		 n;

	if (*len == 0)
		return (false);
	end = memchr(*s, '\n', *len);
	n = end == NULL ? *len : (size_t)(end - *s);
	if (n < size) {
		memcpy(line, *s, n);
		line[n] = '\0';
		line[strcspn(line, "#;")] = '\0';
	} else
		line[0] = '\0';		/* too long to mean anything */
	n += end != NULL;
	*s += n;
	*len -= n;
	return (true);
}

static bool
address_parse(const char *text, struct sockaddr_storage *ss)
{
	struct sockaddr_in	*sin = (struct sockaddr_in *)ss;
	struct sockaddr_in6	*sin6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		return (true);
	}
	if (inet_pton(AF_INET6, text, &sin6->sin6_addr) == 1) {
		sin6->sin6_family = AF_INET6;
		return (true);
	}
	return (false);
}

static void
server_add(struct resolver *r, const char *text)
{
	struct sockaddr_storage	 ss;
	char			 addr[INET6_ADDRSTRLEN + 3];

	if (!address_parse(text, &ss))
		return;
	if (snprintf(addr, sizeof(addr), ss.ss_family == AF_INET6 ? "[%s]" :
	    "%s", text) >= (int)sizeof(addr))
		return;
	if (evdns_base_nameserver_ip_add(r->dns, addr) == 0)
		r->nservers++;
}

int
resolver_set_conf(struct resolver *r, const char *s, size_t len)
{
	char		 line[LINE_SIZE], *word, *last;

	/* Questions on their way are asked again of the new servers. */
	if (evdns_base_clear_nameservers_and_suspend(r->dns) != 0)
		return (-1);
	evdns_base_search_clear(r->dns);
	r->nservers = 0;
	while (next_line(&s, &len, line, sizeof(line))) {
		if ((word = strtok_r(line, " \t\r", &last)) == NULL)
			continue;
		if (strcmp(word, "nameserver") == 0) {
			if ((word = strtok_r(NULL, " \t\r", &last)) != NULL)
				server_add(r, word);
		} else if (strcmp(word, "search") == 0 ||
		    strcmp(word, "domain") == 0) {
			while ((word = strtok_r(NULL, " \t\r", &last)) != NULL)
				evdns_base_search_add(r->dns, word);
		} else if (strcmp(word, "options") == 0) {
			while ((word = strtok_r(NULL, " \t\r", &last)) != NULL)
				if (strncmp(word, "ndots:", 6) == 0)
					evdns_base_set_option(r->dns, "ndots:",
					    word + 6);
		}
	}
	/* resolv.conf(5): without a server it is the one on this host. */
	if (r->nservers == 0)
		server_add(r, "127.0.0.1");
	return (evdns_base_resume(r->dns) == 0 ? 0 : -1);
}

int
resolver_set_hosts(struct resolver *r, const char *s, size_t len)
{
	struct sockaddr_storage	 ss;
	struct host		*v = NULL, *nv;
	char			 line[LINE_SIZE], *word, *last;
	size_t			 n = 0, size = 0;

	while (next_line(&s, &len, line, sizeof(line)) && n < HOSTS_MAX) {
		if ((word = strtok_r(line, " \t\r", &last)) == NULL ||
		    !address_parse(word, &ss))
			continue;
		while ((word = strtok_r(NULL, " \t\r", &last)) != NULL) {
			if (strlen(word) >= NAME_SIZE || n >= HOSTS_MAX)
				continue;
			if (n == size) {
				size = size == 0 ? 16 : size * 2;
				if ((nv = reallocarray(v, size,
				    sizeof(*v))) == NULL) {
					free(v);
					return (-1);
				}
				v = nv;
			}
			strlcpy(v[n].name, word, sizeof(v[n].name));
			v[n++].addr = ss;
		}
	}
	free(r->hosts);
	r->hosts = v;
	r->nhosts = n;
	return (0);
}

static void
addr_insert(struct lookup *l, size_t at, const struct sockaddr_storage *ss)
{
	if (l->naddrs == RESOLVE_ADDRS_MAX)
		return;
	memmove(&l->addrs[at + 1], &l->addrs[at],
	    (l->naddrs - at) * sizeof(*ss));
	l->addrs[at] = *ss;
	l->naddrs++;
}

static void
addr_add(struct lookup *l, const struct sockaddr_storage *ss)
{
	addr_insert(l, l->naddrs, ss);
}

bool
resolve_is_localhost(const char *host)
{
	size_t	 len = strlen(host);

	return (strcasecmp(host, "localhost") == 0 ||
	    (len > 10 && strcasecmp(host + len - 10, ".localhost") == 0));
}

static void
local_lookup(struct lookup *l, const char *host)
{
	struct resolver		*r = l->resolver;
	struct sockaddr_storage	 ss;
	size_t			 i;

	if (address_parse(host, &ss)) {
		addr_add(l, &ss);
		return;
	}
	for (i = 0; i < r->nhosts; i++)
		if (strcasecmp(r->hosts[i].name, host) == 0)
			addr_add(l, &r->hosts[i].addr);
	if (l->naddrs == 0 && resolve_is_localhost(host)) {
		address_parse("127.0.0.1", &ss);
		addr_add(l, &ss);
		address_parse("::1", &ss);
		addr_add(l, &ss);
	}
}

/*
 * Nobody waits for the answer any more, and others wait for its place: evdns
 * asks so many questions at once and no more.  It says later that it is over.
 */
static void
question_drop(struct question *q)
{
	if (q->asked != NULL)
		evdns_cancel_request(q->lookup->resolver->dns, q->asked);
	q->asked = NULL;
}

static void
lookup_free(struct lookup *l)
{
	struct resolve_share	*s = l->share;
	struct lookup		*next;
	char			*host;

	if (l->now != NULL)
		event_free(l->now);
	free(l);
	if (s == NULL)
		return;
	s->asked--;
	if ((next = TAILQ_FIRST(&s->waiting)) == NULL)
		return;
	TAILQ_REMOVE(&s->waiting, next, entry);
	host = next->host;
	next->host = NULL;
	lookup_ask(next, host);
	free(host);
}

/* The caller hears once; the memory waits for evdns to forget its questions. */
static void
finish(struct lookup *l)
{
	resolve_cb	 cb = l->cb;

	if (cb != NULL) {
		l->cb = NULL;
		question_drop(&l->a);
		question_drop(&l->aaaa);
		cb(l->arg, l->naddrs > 0 ? RESOLVE_OK : l->error, l->addrs,
		    l->naddrs);
	}
	if (l->busy == 0)
		lookup_free(l);
}

static void
answer_now(evutil_socket_t fd, short what, void *arg)
{
	struct lookup	*l = arg;

	(void)fd;
	(void)what;
	finish(l);
}

static enum resolve_error
error_of(int result)
{
	switch (result) {
	case DNS_ERR_NONE:
	case DNS_ERR_NOTEXIST:
	case DNS_ERR_NODATA:
		return (RESOLVE_NOT_FOUND);
	case DNS_ERR_TIMEOUT:
		return (RESOLVE_TIMEOUT);
	case DNS_ERR_TRUNCATED:
		return (RESOLVE_TRUNCATED);
	default:
		return (RESOLVE_FAILED);
	}
}

static void
answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct question		*q = arg;
	struct lookup		*l = q->lookup;
	struct sockaddr_storage	 ss;
	struct sockaddr_in	*sin = (struct sockaddr_in *)&ss;
	struct sockaddr_in6	*sin6 = (struct sockaddr_in6 *)&ss;
	const struct timeval	 moment = { 0, T_RESOLVE_OTHER * 1000 };
	enum resolve_error	 error;
	int			 i;

	(void)ttl;
	q->asked = NULL;
	q->answered = true;
	l->busy--;
	/* Nobody listens, or somebody has heard already. */
	if (l->cb == NULL) {
		finish(l);
		return;
	}
	for (i = 0; result == DNS_ERR_NONE && i < count && i < FAMILY_MAX;
	    i++) {
		memset(&ss, 0, sizeof(ss));
		if (type == DNS_IPv4_A) {
			sin->sin_family = AF_INET;
			memcpy(&sin->sin_addr, (uint8_t *)addresses + i * 4, 4);
		} else if (type == DNS_IPv6_AAAA) {
			sin6->sin6_family = AF_INET6;
			memcpy(&sin6->sin6_addr, (uint8_t *)addresses + i * 16,
			    16);
		} else
			break;
		addr_insert(l, type == DNS_IPv6_AAAA ? (size_t)i : l->naddrs,
		    &ss);
	}
	/* "Not there" for one kind is outweighed by any trouble with it. */
	error = error_of(result);
	if (l->error == RESOLVE_NOT_FOUND)
		l->error = error;
	/*
	 * RFC 8305, 3: IPv6 comes first, but neither waits longer for the
	 * other than a moment.
	 */
	if (l->busy == 0)
		finish(l);
	else if (l->naddrs > 0 && event_add(l->now, &moment) == -1)
		fatalx("event_add");
}

/* evdns has the question, or the lookup is the worse for it. */
static void
question_asked(struct question *q, struct evdns_request *asked)
{
	if (asked == NULL) {
		q->lookup->busy--;
		q->lookup->error = RESOLVE_FAILED;
	} else if (!q->answered)
		q->asked = asked;
}

static void
lookup_ask(struct lookup *l, const char *host)
{
	struct evdns_base	*dns = l->resolver->dns;

	if (l->share != NULL && l->share->asked++ == 0)
		TAILQ_INIT(&l->share->waiting);
	/* Counted first: evdns may answer from inside the call. */
	l->busy = 3;
	question_asked(&l->a, evdns_base_resolve_ipv4(dns, host, 0, answer,
	    &l->a));
	question_asked(&l->aaaa, evdns_base_resolve_ipv6(dns, host, 0, answer,
	    &l->aaaa));
	if (--l->busy == 0)
		event_active(l->now, EV_TIMEOUT, 0);
}

struct lookup *
resolve(struct resolver *r, struct resolve_share *share, const char *host,
    resolve_cb cb, void *arg)
{
	struct lookup	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	l->resolver = r;
	l->a.lookup = l->aaaa.lookup = l;
	l->cb = cb;
	l->arg = arg;
	l->error = RESOLVE_NOT_FOUND;
	if ((l->now = evtimer_new(r->base, answer_now, l)) == NULL) {
		free(l);
		return (NULL);
	}
	local_lookup(l, host);
	if (l->naddrs > 0)
		event_active(l->now, EV_TIMEOUT, 0);
	else if (share == NULL || share->asked < RESOLVE_SHARE_MAX) {
		l->share = share;
		lookup_ask(l, host);
	} else if ((l->host = strdup(host)) != NULL) {
		l->share = share;
		TAILQ_INSERT_TAIL(&share->waiting, l, entry);
	} else {
		lookup_free(l);
		return (NULL);
	}
	return (l);
}

void
resolve_cancel(struct lookup *l)
{
	if (l == NULL)
		return;
	if (l->host != NULL) {
		TAILQ_REMOVE(&l->share->waiting, l, entry);
		l->share = NULL;	/* it had no place */
		free(l->host);
	}
	l->cb = NULL;
	event_free(l->now);
	l->now = NULL;
	question_drop(&l->a);
	question_drop(&l->aaaa);
	if (l->busy == 0)
		lookup_free(l);
	/* else the last answer, that they are cancelled, frees it */
}

const char *
resolve_word(enum resolve_error e)
{
	switch (e) {
	case RESOLVE_NOT_FOUND:
		return ("dns_not_found");
	case RESOLVE_TIMEOUT:
		return ("dns_timeout");
	case RESOLVE_TRUNCATED:
		return ("dns_truncated");
	default:
		return ("dns_failed");
	}
}

const char *
resolve_text(enum resolve_error e)
{
	switch (e) {
	case RESOLVE_NOT_FOUND:
		return ("the name server knows no address for this name");
	case RESOLVE_TIMEOUT:
		return ("no name server answered in time");
	case RESOLVE_TRUNCATED:
		return ("the name server's answer was too long for UDP");
	default:
		return ("the name server could not answer");
	}
}
