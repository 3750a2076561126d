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
 * The real ca-keeper, with its sandbox, and a proxy-worker that somebody took
 * over: what it may not have it does not get, and the keeper lives.
 */

#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <atf-c.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "keeper_help.h"

static void
write_pem(const char *name, const char *pem)
{
	FILE	*fp;

	ATF_REQUIRE((fp = fopen(name, "w")) != NULL);
	ATF_REQUIRE(fputs(pem, fp) >= 0 && fclose(fp) == 0);
}

static void
run(const char *command)
{
	ATF_CHECK_EQ_MSG(system(command), 0, "%s", command);
}

/* As the strictest of the common verifiers see it. */
ATF_TC_WITHOUT_HEAD(accepted);
ATF_TC_BODY(accepted, tc)
{
	struct suite	 s;
	uint8_t		 key[LEAF_KEY_SIZE];

	(void)tc;
	start(&s);
	key_make(key);
	ATF_REQUIRE(ask(&s, "main", "a.b.example.com", key)->ok);
	write_pem("ca.pem", s.ca.pem);
	write_pem("leaf.pem", s.last.pem);
	ATF_REQUIRE(ask(&s, "default", "192.0.2.1", key)->ok);
	write_pem("addr.pem", s.last.pem);
	run("openssl verify -x509_strict -check_ss_sig -purpose sslserver "
	    "-auth_level 2 -verify_hostname a.b.example.com -CAfile ca.pem "
	    "leaf.pem");
	run("openssl verify -x509_strict -check_ss_sig -purpose sslserver "
	    "-auth_level 2 -verify_ip 192.0.2.1 -CAfile ca.pem addr.pem");
	run("! openssl verify -x509_strict -verify_hostname b.example.com "
	    "-CAfile ca.pem leaf.pem");
	run("certtool --verify --load-ca-certificate ca.pem "
	    "--verify-profile high --verify-purpose 1.3.6.1.5.5.7.3.1 "
	    "--verify-hostname a.b.example.com --infile leaf.pem");
	run("! certtool --verify --load-ca-certificate ca.pem "
	    "--verify-hostname b.example.com --infile leaf.pem");
	/* NSS, which browsers have: C is a CA of servers, V such a server */
	run("mkdir nss && certutil -N -d sql:nss --empty-password && "
	    "certutil -A -d sql:nss -n ca -t C,, -a -i ca.pem && "
	    "certutil -A -d sql:nss -n leaf -t ,, -a -i leaf.pem && "
	    "certutil -V -d sql:nss -n leaf -u V -e");
	run("certutil -D -d sql:nss -n ca && "
	    "! certutil -V -d sql:nss -n leaf -u V -e");
	alive(&s);
	ATF_CHECK_EQ(2, s.issued);
	ATF_CHECK_STREQ("192.0.2.1", s.dest);
	stop(&s);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const struct {
		const char	*client;
		const char	*host;
		const char	*reason;
	} t[] = {
		{ "nobody",	"a.example.com",	"unknown_client" },
		{ "",		"a.example.com",	"unknown_client" },
		{ "a/../b\n",	"a.example.com",	"unknown_client" },
		{ "main",	"",			"bad_host" },
		{ "main",	"*.example.com",	"bad_host" },
		{ "main",	"A.example.com",	"bad_host" },
		{ "main",	"a.example.com.",	"bad_host" },
		{ "main",	"a..example.com",	"bad_host" },
		{ "main",	"a.example.com,DNS:b",	"bad_host" },
		{ "main",	"a.example.com\nDNS:b",	"bad_host" },
		{ "main",	"\xff\xfe",		"bad_host" },
		{ "main",	"example.com",		"not_inspected" },
		{ "main",	"a.example.org",	"not_inspected" },
		{ "main",	"aexample.com",		"not_inspected" },
		{ "main",	"192.0.2.2",		"not_inspected" },
		{ "main",	"private.example.com",	"passthrough" },
	};
	const struct leaf_result	*r;
	struct suite			 s;
	uint8_t				 good[LEAF_KEY_SIZE];
	uint8_t				 key[LEAF_KEY_SIZE];
	uint64_t			 before;
	size_t				 i;

	(void)tc;
	start(&s);
	key_make(good);
	for (i = 0; i < nitems(t); i++) {
		r = ask(&s, t[i].client, t[i].host, good);
		ATF_CHECK_MSG(!r->ok, "%s %s", t[i].client, t[i].host);
		ATF_CHECK_STREQ(t[i].reason, r->reason);
	}
	for (i = 0; i < LEAF_KEY_SIZE; i += 9) {
		memcpy(key, good, sizeof(key));
		key[i] ^= 0x10;
		ATF_CHECK_STREQ("bad_key", ask(&s, "main", "a.example.com",
		    key)->reason);
	}
	memset(key, 0, sizeof(key));
	ATF_CHECK_STREQ("bad_key", ask(&s, "main", "a.example.com",
	    key)->reason);
	/* the rest is as before, and each refusal counts in an event */
	ATF_CHECK(ask(&s, "main", "a.example.com", good)->ok);
	before = nitems(t) + (LEAF_KEY_SIZE + 8) / 9 + 1;
	while (s.refused < before) {
		alive(&s);
		usleep(50000);		/* held back for a second */
	}
	ATF_CHECK_EQ(before, s.refused);
	ATF_CHECK(s.refused_events < before);
	stop(&s);
}

/* What is no request at all: the channel ends, and another one works. */
ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const struct {
		const char	*client;
		size_t		 client_len;
		size_t		 client_says;
		const char	*host;
		size_t		 host_len;
		size_t		 host_says;
		size_t		 key_len;
	} t[] = {
		/* NUL inside */
		{ "main", 4, 4, "a.example.com\0.evil", 19, 19, 91 },
		{ "ma\0in", 5, 5, "a.example.com", 13, 13, 91 },
		/* lengths that lie */
		{ "main", 4, 4, "a.example.com", 13, 65535, 91 },
		{ "main", 4, 65535, "a.example.com", 13, 13, 91 },
		{ "main", 4, 4, "a.example.com", 13, 12, 91 },
		/* keys of another length */
		{ "main", 4, 4, "a.example.com", 13, 13, 90 },
		{ "main", 4, 4, "a.example.com", 13, 13, 92 },
		{ "main", 4, 4, "a.example.com", 13, 13, 0 },
		{ "main", 4, 4, "a.example.com", 13, 13, 4000 },
		/* names of another length */
		{ NULL, 300, 300, "a.example.com", 13, 13, 91 },
		{ "main", 4, 4, NULL, 256, 256, 91 },
		{ "main", 4, 4, NULL, 16000, 16000, 91 },
	};
	struct suite	 s;
	struct ibuf	*m;
	uint8_t		 good[LEAF_KEY_SIZE], *fill;
	size_t		 i;

	(void)tc;
	start(&s);
	key_make(good);
	ATF_REQUIRE((fill = malloc(16384)) != NULL);
	memset(fill, 'a', 16384);
	for (i = 0; i < nitems(t); i++) {
		m = channel_open(s.worker, IMSG_PROXY_LEAF_SIGN, 7, 16384);
		ATF_REQUIRE(m != NULL);
		ATF_REQUIRE(ibuf_add_n16(m, t[i].client_says) == 0);
		ATF_REQUIRE(ibuf_add(m, t[i].client == NULL ?
		    (const void *)fill : t[i].client, t[i].client_len) == 0);
		ATF_REQUIRE(ibuf_add_n16(m, t[i].host_says) == 0);
		ATF_REQUIRE(ibuf_add(m, t[i].host == NULL ?
		    (const void *)fill : t[i].host, t[i].host_len) == 0);
		ATF_REQUIRE(t[i].key_len == 0 ||
		    ibuf_add(m, fill, t[i].key_len) == 0);
		channel_close(s.worker, m, -1);
		until(&s, &s.cut, 1);
		new_worker(&s);
		ATF_CHECK_MSG(ask(&s, "main", "a.example.com", good)->ok,
		    "after %zu", i);
	}
	/* a message of another's */
	ATF_REQUIRE(channel_send(s.worker, IMSG_PARENT_CA_LOAD, 0, -1, NULL,
	    0) == 0);
	until(&s, &s.cut, 1);
	new_worker(&s);
	ATF_CHECK(ask(&s, "main", "a.example.com", good)->ok);
	alive(&s);
	ATF_CHECK_EQ((int)nitems(t) + 1, s.breaches);
	free(fill);
	stop(&s);
}

/* As fast as it can: held to the allowance, and so is the event log. */
ATF_TC_WITHOUT_HEAD(flood);
ATF_TC_BODY(flood, tc)
{
	const int		 n = 5000;
	struct leaf_sign	 m;
	struct suite		 s;
	int			 i, sent = 0;

	(void)tc;
	start(&s);
	memset(&m, 0, sizeof(m));
	strlcpy(m.client, "main", sizeof(m.client));
	key_make(m.key);
	s.answers = 0;
	while (sent < n) {
		for (i = 0; i < 500; i++, sent++) {
			snprintf(m.host, sizeof(m.host), "h%d.example.com",
			    sent);
			ATF_REQUIRE(msg_leaf_send_sign(s.worker,
			    (uint32_t)sent, &m) == 0);
		}
		until(&s, &s.answers, sent);
	}
	ATF_CHECK_STREQ("rate_limited", s.last.reason);
	alive(&s);
	/* 512 at once and 10 a second, and this took no 20 seconds */
	ATF_CHECK_MSG(s.issued >= 512 && s.issued < 712, "%llu issued",
	    (unsigned long long)s.issued);
	ATF_CHECK_MSG(s.refused_events <= 25, "%llu events",
	    (unsigned long long)s.refused_events);
	/* another client has its own */
	ATF_CHECK(ask(&s, "default", "a.example.com", m.key)->ok);
	stop(&s);
}

/* A new CA at run time, then one from a file; all are told. */
ATF_TC_WITHOUT_HEAD(rotated);
ATF_TC_BODY(rotated, tc)
{
	struct suite	 s;
	uint8_t		 key[LEAF_KEY_SIZE], first[CA_FINGERPRINT_SIZE];

	(void)tc;
	start(&s);
	key_make(key);
	ATF_CHECK(s.ca.made);
	memcpy(first, s.ca.fingerprint, sizeof(first));
	ATF_REQUIRE(msg_ca_send_make(s.parent, key_file("new.key", O_WRONLY |
	    O_CREAT | O_EXCL), "host") == 0);
	until(&s, &s.worker_cas, 2);
	until(&s, &s.cas, 2);
	ATF_CHECK(s.ca.made);
	ATF_CHECK(memcmp(first, s.ca.fingerprint, sizeof(first)) != 0);
	ATF_CHECK(memcmp(s.worker_ca.fingerprint, s.ca.fingerprint,
	    sizeof(first)) == 0);
	ATF_REQUIRE(ask(&s, "main", "a.example.com", key)->ok);
	write_pem("new.pem", s.ca.pem);
	write_pem("leaf.pem", s.last.pem);
	run("openssl verify -x509_strict -CAfile new.pem leaf.pem");
	ATF_REQUIRE(msg_ca_send_load(s.parent, key_file("ca.key",
	    O_RDONLY)) == 0);
	until(&s, &s.cas, 3);
	ATF_CHECK(!s.ca.made);
	ATF_CHECK(memcmp(first, s.ca.fingerprint, sizeof(first)) == 0);
	ATF_REQUIRE(ask(&s, "main", "a.example.com", key)->ok);
	write_pem("leaf.pem", s.last.pem);
	run("! openssl verify -x509_strict -CAfile new.pem leaf.pem");
	stop(&s);
}

/* A file that is none ends it, before it serves anybody. */
ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	struct suite	 s;
	int		 status;

	(void)tc;
	write_pem("ca.key", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n");
	memset(&s, 0, sizeof(s));
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE((s.base = event_base_new()) != NULL);
	spawn(&s);
	configure(&s);
	until(&s, &s.closed, 1);
	ATF_CHECK_EQ(0, s.ready);
	ATF_CHECK_EQ(0, s.cas);
	ATF_REQUIRE(waitpid(s.pid, &status, 0) == s.pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, accepted);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, rotated);
	ATF_TP_ADD_TC(tp, damaged);
	return atf_no_error();
}
