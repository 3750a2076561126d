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
#include <sys/uio.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <atf-c.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "keeper_help.h"

static int
on_parent(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct suite		*s = arg;
	struct msg_ready	 ready;
	struct msg_breach	 breach;
	struct child_stats	 stats;

	(void)ch;
	switch (imsg_get_type(imsg)) {
	case IMSG_CHILD_READY:
		s->ready++;
		return msg_ready_recv(imsg, &ready);
	case IMSG_CHILD_PONG:
		s->pongs++;
		return msg_stats_recv(imsg, &stats);
	case IMSG_CHILD_PEER_BREACH:
		s->breaches++;
		return msg_breach_recv(imsg, &breach);
	case IMSG_KEEPER_CA_SEND:
		s->cas++;
		return msg_ca_recv(imsg, &s->ca);
	}
	return -1;
}

static int
on_worker(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct suite	*s = arg;

	(void)ch;
	switch (imsg_get_type(imsg)) {
	case IMSG_KEEPER_CA_SEND:
		s->worker_cas++;
		return msg_ca_recv(imsg, &s->worker_ca);
	case IMSG_KEEPER_LEAF_RESULT:
		s->answers++;
		s->last_id = imsg_get_id(imsg);
		return msg_leaf_recv_result(imsg, &s->last);
	}
	return -1;
}

static int
on_logger(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct suite		*s = arg;
	struct event_rec	 e;

	(void)ch;
	if (msg_event_recv(imsg, PROC_KEEPER, &e) == -1)
		return -1;
	switch (e.type) {
	case EVENT_LEAF_ISSUED:
		s->issued++;
		strlcpy(s->dest, e.dest, sizeof(s->dest));
		break;
	case EVENT_LEAF_REFUSED:
		s->refused_events++;
		s->refused += e.count;
		strlcpy(s->reason, e.reason, sizeof(s->reason));
		break;
	}
	return 0;
}

static void
on_dead(struct channel *ch, const char *why, void *arg)
{
	struct suite	*s = arg;

	ATF_REQUIRE_MSG(why == NULL, "%s", why);
	if (ch == s->parent)
		s->closed = 1;
	if (ch == s->worker)
		s->cut = 1;
}

static int
pair(int *other)
{
	int	 sv[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) ==
	    0);
	*other = sv[1];
	return sv[0];
}

static struct channel *
peer(struct suite *s, enum proc_role role, channel_dispatch dispatch)
{
	struct msg_peer	 m;
	struct channel	*ch;
	int		 fd, other;

	fd = pair(&other);
	memset(&m, 0, sizeof(m));
	m.role = (uint8_t)role;
	m.generation = role == PROC_PROXY;
	m.total = 1;
	ATF_REQUIRE(msg_peer_send(s->parent, other, &m) == 0);
	ch = channel_new(s->base, fd, role, PROC_KEEPER, MSG_PAYLOAD_MAX, 0,
	    dispatch, on_dead, s);
	ATF_REQUIRE(ch != NULL);
	return ch;
}

void
new_worker(struct suite *s)
{
	channel_free(s->worker);
	s->worker = NULL;
	s->cut = 0;
	s->worker = peer(s, PROC_PROXY, on_worker);
}

void
until(struct suite *s, const int *what, int n)
{
	struct timeval	 tv = { 20, 0 };

	ATF_REQUIRE(event_base_loopexit(s->base, &tv) == 0);
	while (*what < n && !event_base_got_exit(s->base))
		ATF_REQUIRE(event_base_loop(s->base, EVLOOP_ONCE) != -1);
	ATF_REQUIRE_MSG(*what >= n, "it did not come to that");
}

void
alive(struct suite *s)
{
	s->pongs = 0;
	ATF_REQUIRE(channel_send(s->parent, IMSG_PARENT_CHILD_PING, 0, -1,
	    NULL, 0) == 0);
	until(s, &s->pongs, 1);
}

void
spawn(struct suite *s)
{
	char	 path[1024];
	int	 fd, other;

	snprintf(path, sizeof(path), "%s/libexec/ca-keeper",
	    getenv("GUARDIAN_BUILDDIR"));
	fd = pair(&other);
	ATF_REQUIRE((s->pid = fork()) != -1);
	if (s->pid == 0) {
		if (other == PROC_FD) {
			if (fcntl(other, F_SETFD, 0) == -1)
				_exit(126);
		} else if (dup2(other, PROC_FD) == -1)
			_exit(126);
		closefrom(PROC_FD + 1);
		execl(path, "ca-keeper", (char *)NULL);
		_exit(127);
	}
	close(other);
	s->parent = channel_new(s->base, fd, PROC_PARENT, PROC_KEEPER,
	    MSG_PAYLOAD_MAX, 1, on_parent, on_dead, s);
	ATF_REQUIRE(s->parent != NULL);
}

static void
host(struct suite *s, enum host_list list, const char *pattern)
{
	struct msg_host	 m;

	memset(&m, 0, sizeof(m));
	m.list = (uint8_t)list;
	strlcpy(m.pattern, pattern, sizeof(m.pattern));
	ATF_REQUIRE(msg_host_send(s->parent, &m) == 0);
}

int
key_file(const char *name, int flags)
{
	int	 fd;

	ATF_REQUIRE((fd = open(name, flags | O_CLOEXEC, 0600)) != -1);
	return fd;
}

/* Up to CONFIG_END; the key is made unless there is a file of it. */
void
configure(struct suite *s)
{
	struct msg_init		 init;
	struct msg_client	 c;

	memset(&init, 0, sizeof(init));
	init.version = MSG_VERSION;
	init.role = PROC_KEEPER;
	init.flags = INIT_UNPRIVILEGED;
	ATF_REQUIRE(msg_init_send(s->parent, &init) == 0);
	memset(&c, 0, sizeof(c));
	strlcpy(c.name, "main", sizeof(c.name));
	ATF_REQUIRE(msg_client_send(s->parent, &c) == 0);
	host(s, HOSTS_INSPECT, "*.example.com");
	host(s, HOSTS_INSPECT, "192.0.2.1");
	host(s, HOSTS_PASSTHROUGH, "private.example.com");
	if (access("ca.key", F_OK) == 0)
		ATF_REQUIRE(msg_ca_send_load(s->parent, key_file("ca.key",
		    O_RDONLY)) == 0);
	else
		ATF_REQUIRE(msg_ca_send_make(s->parent, key_file("ca.key",
		    O_WRONLY | O_CREAT | O_EXCL), "host") == 0);
	s->logger = peer(s, PROC_LOGGER, on_logger);
	new_worker(s);
	ATF_REQUIRE(channel_send(s->parent, IMSG_PARENT_CONFIG_END, 0, -1,
	    NULL, 0) == 0);
}

void
start(struct suite *s)
{
	memset(s, 0, sizeof(*s));
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE((s->base = event_base_new()) != NULL);
	spawn(s);
	configure(s);
	until(s, &s->ready, 1);
	ATF_REQUIRE(channel_send(s->parent, IMSG_PARENT_CHILD_RUN, 0, -1,
	    NULL, 0) == 0);
	until(s, &s->worker_cas, 1);
	ATF_REQUIRE_EQ(1, s->cas);
	ATF_REQUIRE(memcmp(&s->ca.fingerprint, &s->worker_ca.fingerprint,
	    CA_FINGERPRINT_SIZE) == 0);
}

void
stop(struct suite *s)
{
	int	 status;

	alive(s);
	channel_free(s->worker);
	channel_free(s->logger);
	channel_free(s->parent);
	ATF_REQUIRE(waitpid(s->pid, &status, 0) == s->pid);
	ATF_CHECK_EQ(0, status);
	event_base_free(s->base);
}

void
key_make(uint8_t spki[LEAF_KEY_SIZE])
{
	EVP_PKEY	*key;
	uint8_t		*p = spki;

	ATF_REQUIRE((key = EVP_EC_gen("P-256")) != NULL);
	ATF_REQUIRE_EQ(LEAF_KEY_SIZE, i2d_PUBKEY(key, &p));
	EVP_PKEY_free(key);
}

const struct leaf_result *
ask(struct suite *s, const char *client, const char *name,
    const uint8_t key[LEAF_KEY_SIZE])
{
	static uint32_t		 id = 100;
	struct leaf_sign	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.client, client, sizeof(m.client));
	strlcpy(m.host, name, sizeof(m.host));
	memcpy(m.key, key, sizeof(m.key));
	s->answers = 0;
	ATF_REQUIRE(msg_leaf_send_sign(s->worker, ++id, &m) == 0);
	until(s, &s->answers, 1);
	ATF_CHECK_EQ(id, s->last_id);
	return &s->last;
}
