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

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <atf-c.h>
#include <string.h>

#include "../../proxy-worker/addr_policy.h"
#include "../../proxy-worker/client_match.h"

static struct sockaddr *
addr(const char *text, uint16_t port)
{
	static struct sockaddr_storage	 ss;
	struct sockaddr_in		*sin = (struct sockaddr_in *)&ss;
	struct sockaddr_in6		*sin6 = (struct sockaddr_in6 *)&ss;

	memset(&ss, 0, sizeof(ss));
	if (inet_pton(AF_INET, text, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
	} else {
		ATF_REQUIRE_EQ_MSG(inet_pton(AF_INET6, text, &sin6->sin6_addr),
		    1, "%s", text);
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
	}
	return ((struct sockaddr *)&ss);
}

static void
add(struct addr_list *l, const char *text, uint16_t port)
{
	struct prefix	 p;
	const char	*errstr;

	ATF_REQUIRE_EQ_MSG(prefix_parse(&p, text, &errstr), 0, "%s", text);
	p.port = port;
	ATF_REQUIRE_EQ(addr_list_add(l, &p), 0);
}

static const struct {
	const char	*text;
	enum addr_class	 class;
} classes[] = {
	{ "0.0.0.0", ADDR_UNSPECIFIED }, { "0.255.255.255", ADDR_UNSPECIFIED },
	{ "1.0.0.0", ADDR_PUBLIC }, { "9.255.255.255", ADDR_PUBLIC },
	{ "10.0.0.0", ADDR_PRIVATE }, { "10.255.255.255", ADDR_PRIVATE },
	{ "11.0.0.0", ADDR_PUBLIC }, { "100.63.255.255", ADDR_PUBLIC },
	{ "100.64.0.0", ADDR_CGNAT }, { "100.127.255.255", ADDR_CGNAT },
	{ "100.128.0.0", ADDR_PUBLIC }, { "126.255.255.255", ADDR_PUBLIC },
	{ "127.0.0.1", ADDR_LOOPBACK }, { "127.255.255.255", ADDR_LOOPBACK },
	{ "128.0.0.0", ADDR_PUBLIC }, { "169.253.255.255", ADDR_PUBLIC },
	{ "169.254.169.254", ADDR_LINK_LOCAL }, { "169.255.0.0", ADDR_PUBLIC },
	{ "172.15.255.255", ADDR_PUBLIC }, { "172.16.0.0", ADDR_PRIVATE },
	{ "172.31.255.255", ADDR_PRIVATE }, { "172.32.0.0", ADDR_PUBLIC },
	{ "192.0.0.192", ADDR_RESERVED }, { "192.0.1.0", ADDR_PUBLIC },
	{ "192.167.255.255", ADDR_PUBLIC }, { "192.168.0.0", ADDR_PRIVATE },
	{ "192.168.255.255", ADDR_PRIVATE }, { "192.169.0.0", ADDR_PUBLIC },
	{ "223.255.255.255", ADDR_PUBLIC }, { "224.0.0.1", ADDR_MULTICAST },
	{ "239.255.255.255", ADDR_MULTICAST }, { "240.0.0.0", ADDR_RESERVED },
	{ "255.255.255.255", ADDR_RESERVED },
	{ "::", ADDR_UNSPECIFIED }, { "::1", ADDR_LOOPBACK },
	{ "::2", ADDR_TRANSLATED }, { "::127.0.0.1", ADDR_TRANSLATED },
	{ "::8.8.8.8", ADDR_TRANSLATED },
	{ "::ffff:127.0.0.1", ADDR_LOOPBACK },
	{ "::ffff:10.0.0.1", ADDR_PRIVATE }, { "::ffff:8.8.8.8", ADDR_PUBLIC },
	{ "::ffff:0:127.0.0.1", ADDR_TRANSLATED },
	{ "64:ff9b::8.8.8.8", ADDR_PUBLIC },
	{ "64:ff9b::127.0.0.1", ADDR_TRANSLATED },
	{ "64:ff9b::169.254.169.254", ADDR_TRANSLATED },
	{ "64:ff9b:1::1", ADDR_TRANSLATED },
	{ "64:ff9b:1:ffff::8.8.8.8", ADDR_TRANSLATED },
	{ "64:ff9b:2::1", ADDR_PUBLIC },
	{ "2002:7f00:1::", ADDR_TRANSLATED },
	{ "2002:0a00:0001::1", ADDR_TRANSLATED },
	{ "2002:0808:0808::1", ADDR_PUBLIC },
	{ "2001::1", ADDR_TRANSLATED },
	{ "2001:0:ffff::1", ADDR_TRANSLATED }, { "2001:1::1", ADDR_PUBLIC },
	{ "2606:4700::1111", ADDR_PUBLIC },
	{ "2606:4700::5efe:10.0.0.1", ADDR_TRANSLATED },
	{ "2606:4700::200:5efe:127.0.0.1", ADDR_TRANSLATED },
	{ "2606:4700::5efe:8.8.8.8", ADDR_PUBLIC },
	{ "100::1", ADDR_RESERVED }, { "fbff::1", ADDR_PUBLIC },
	{ "fc00::1", ADDR_ULA }, { "fdff::1", ADDR_ULA },
	{ "fe80::1", ADDR_LINK_LOCAL }, { "febf::1", ADDR_LINK_LOCAL },
	{ "fec0::1", ADDR_ULA }, { "ff02::1", ADDR_MULTICAST }
};

ATF_TC_WITHOUT_HEAD(classify);
ATF_TC_BODY(classify, tc)
{
	size_t	 i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		ATF_CHECK_EQ_MSG(addr_classify(addr(classes[i].text, 80)),
		    classes[i].class, "%s: %s", classes[i].text,
		    addr_class_word(addr_classify(addr(classes[i].text, 80))));
}

ATF_TC_WITHOUT_HEAD(policy);
ATF_TC_BODY(policy, tc)
{
	struct addr_policy	 p;
	struct addr_list	 client;
	char			 cure[ADDR_CURE_SIZE];

	memset(&p, 0, sizeof(p));
	memset(&client, 0, sizeof(client));
	add(&p.own, "192.0.2.7", 0);
	add(&p.own, "2001:db8::7", 0);
	add(&p.listeners, "127.0.0.1", 8888);
	add(&p.listeners, "0.0.0.0", 8889);
	add(&p.allow, "10.0.0.5", 80);
	add(&p.allow, "127.0.0.0/8", 0);
	add(&client, "192.168.0.0/16", 0);

#define CHECK(a, port, list)	addr_policy_check(&p, list, addr(a, port))
	ATF_CHECK_EQ(CHECK("8.8.8.8", 80, NULL), ADDR_PUBLIC);
	ATF_CHECK_EQ(CHECK("10.0.0.5", 80, NULL), ADDR_PUBLIC);
	ATF_CHECK_EQ(CHECK("::ffff:10.0.0.5", 80, NULL), ADDR_PUBLIC);
	ATF_CHECK_EQ(CHECK("10.0.0.5", 81, NULL), ADDR_PRIVATE);
	ATF_CHECK_EQ(CHECK("10.0.0.6", 80, NULL), ADDR_PRIVATE);
	ATF_CHECK_EQ(CHECK("192.168.1.1", 1, NULL), ADDR_PRIVATE);
	ATF_CHECK_EQ(CHECK("192.168.1.1", 1, &client), ADDR_PUBLIC);
	ATF_CHECK_EQ(CHECK("64:ff9b::10.0.0.5", 80, NULL), ADDR_TRANSLATED);
	/* This host, however it is called. */
	ATF_CHECK_EQ(CHECK("192.0.2.7", 80, NULL), ADDR_OWN);
	ATF_CHECK_EQ(CHECK("2001:db8::7", 80, NULL), ADDR_OWN);
	ATF_CHECK_EQ(CHECK("2002:c000:207::1", 80, NULL), ADDR_OWN);
	/* Ourselves never, whatever is allowed. */
	ATF_CHECK_EQ(CHECK("127.0.0.1", 8887, NULL), ADDR_PUBLIC);
	ATF_CHECK_EQ(CHECK("127.0.0.1", 8888, NULL), ADDR_LISTENER);
	ATF_CHECK_EQ(CHECK("::ffff:127.0.0.1", 8888, NULL), ADDR_LISTENER);
	ATF_CHECK_EQ(CHECK("0.0.0.0", 8888, NULL), ADDR_LISTENER);
	ATF_CHECK_EQ(CHECK("127.0.0.9", 8889, NULL), ADDR_LISTENER);
	ATF_CHECK_EQ(CHECK("192.0.2.7", 8889, NULL), ADDR_LISTENER);
	ATF_CHECK_EQ(CHECK("8.8.8.8", 8889, NULL), ADDR_PUBLIC);
#undef CHECK
	ATF_CHECK_STREQ(addr_policy_cure(ADDR_PRIVATE, addr("10.0.0.6", 80),
	    cure, sizeof(cure)), "allow destination { 10.0.0.6 port 80 }");
	ATF_CHECK_STREQ(addr_policy_cure(ADDR_ULA, addr("fd00::1", 443), cure,
	    sizeof(cure)), "allow destination { fd00::1 port 443 }");
	ATF_CHECK_STREQ(addr_policy_cure(ADDR_LISTENER, addr("127.0.0.1", 8888),
	    cure, sizeof(cure)), "");
	addr_policy_free(&p);
	addr_list_free(&client);
}

/* SHA-256 of "sesame" and of "other". */
#define BASIC_SESAME	"Basic eDpzZXNhbWU="
#define BASIC_OTHER	"basic eDpvdGhlcg=="

static enum client_verdict
match(const struct client_table *t, const char *src, const char *cred,
    const char *want)
{
	struct client		*c;
	enum client_verdict	 v;

	v = client_match(t, addr(src, 1234), cred, cred == NULL ? 0 :
	    strlen(cred), &c);
	ATF_CHECK_EQ(c == NULL, v != CLIENT_OK);
	if (c != NULL)
		ATF_CHECK_STREQ(c->name, want);
	return (v);
}

static void
credential(struct client *c, const char *basic)
{
	c->has_credential = true;
	ATF_REQUIRE_EQ(client_credential_hash(basic, strlen(basic),
	    c->credential), 0);
}

ATF_TC_WITHOUT_HEAD(hashes);
ATF_TC_BODY(hashes, tc)
{
	static const uint8_t	 test[32] = {	/* FIPS 180-2: "abc" */
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41,
		0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3,
		0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
		0x15, 0xad };
	static const char *const bad[] = { "", "Basic", "Basic ", "Basic !",
		"Basic YWJj", "Bearer eDphYmM=", "Basic eDph=bmM=",
		"Basic e", "Digest a" };
	uint8_t			 hash[CLIENT_HASH_SIZE];
	size_t			 i;

	ATF_REQUIRE_EQ(client_credential_hash("Basic  dXNlcjphYmM=", 19, hash),
	    0);
	ATF_CHECK(memcmp(hash, test, sizeof(test)) == 0);
	ATF_REQUIRE_EQ(client_credential_hash("bAsIc OmFiYw", 12, hash), 0);
	ATF_CHECK(memcmp(hash, test, sizeof(test)) == 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(client_credential_hash(bad[i],
		    strlen(bad[i]), hash), -1, "%s", bad[i]);
}

ATF_TC_WITHOUT_HEAD(clients);
ATF_TC_BODY(clients, tc)
{
	struct client_table	 t;
	struct client		*c;

	memset(&t, 0, sizeof(t));
	ATF_REQUIRE(client_add(&t, "default") != NULL);
	ATF_REQUIRE((c = client_add(&t, "wide")) != NULL);
	add(&c->addrs, "172.17.0.0/16", 0);
	ATF_REQUIRE((c = client_add(&t, "narrow")) != NULL);
	add(&c->addrs, "172.17.3.0/24", 0);
	ATF_REQUIRE_EQ(client_add(&t, "narrow"), c);

	ATF_CHECK_EQ(match(&t, "127.0.0.1", NULL, "default"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "::1", NULL, "default"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "127.0.0.1", BASIC_OTHER, "default"),
	    CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "172.17.2.1", NULL, "wide"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "172.17.3.1", NULL, "narrow"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "::ffff:172.17.3.1", NULL, "narrow"),
	    CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "8.8.8.8", NULL, ""), CLIENT_UNKNOWN);
	ATF_CHECK_EQ(match(&t, "8.8.8.8", BASIC_SESAME, ""), CLIENT_UNKNOWN);
	ATF_CHECK_EQ(client_admit(&t, addr("8.8.8.8", 1)), CLIENT_UNKNOWN);
	ATF_CHECK_EQ(client_admit(&t, addr("172.17.3.1", 1)), CLIENT_OK);
	ATF_CHECK_EQ(client_admit(&t, addr("127.0.0.1", 1)), CLIENT_OK);

	/* A credential on an address: neither alone is enough. */
	ATF_REQUIRE((c = client_add(&t, "both")) != NULL);
	add(&c->addrs, "172.17.3.9", 0);
	credential(c, BASIC_SESAME);
	ATF_CHECK_EQ(match(&t, "172.17.3.9", NULL, ""), CLIENT_CREDENTIAL);
	ATF_CHECK_EQ(match(&t, "172.17.3.9", BASIC_OTHER, ""),
	    CLIENT_CREDENTIAL);
	ATF_CHECK_EQ(match(&t, "172.17.3.9", BASIC_SESAME, "both"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "172.17.3.8", BASIC_SESAME, "narrow"),
	    CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "8.8.8.8", BASIC_SESAME, ""), CLIENT_UNKNOWN);

	/* A client by its credential alone, from anywhere. */
	ATF_REQUIRE((c = client_add(&t, "token")) != NULL);
	credential(c, BASIC_OTHER);
	ATF_CHECK_EQ(client_admit(&t, addr("8.8.8.8", 1)), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "8.8.8.8", BASIC_OTHER, "token"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "172.17.2.1", BASIC_OTHER, "token"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "8.8.8.8", NULL, ""), CLIENT_CREDENTIAL);
	ATF_CHECK_EQ(match(&t, "127.0.0.1", NULL, "default"), CLIENT_OK);
	ATF_CHECK_EQ(match(&t, "127.0.0.1", "Basic eDp6", ""),
	    CLIENT_CREDENTIAL);
	client_table_free(&t);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, classify);
	ATF_TP_ADD_TC(tp, policy);
	ATF_TP_ADD_TC(tp, hashes);
	ATF_TP_ADD_TC(tp, clients);
	return (atf_no_error());
}
