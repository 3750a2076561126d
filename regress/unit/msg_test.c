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
 * Every payload: it arrives as it was sent, and no cut or lengthened form of
 * it is taken.  Every type of the matrix: only its senders, receivers, sizes.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
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
#include "msg.h"
#include "msg_compile.h"
#include "msg_ctl.h"
#include "msg_event.h"
#include "msg_finding.h"
#include "msg_flow.h"
#include "msg_help.h"
#include "msg_leaf.h"
#include "msg_rule.h"
#include "msg_start.h"

RECV(msg_init_recv, struct msg_init)
RECV(msg_settings_recv, struct msg_settings)
RECV(msg_client_recv, struct msg_client)
RECV(msg_prefix_recv, struct msg_prefix)
RECV(msg_rotate_recv, struct msg_file)
RECV(msg_ready_recv, struct msg_ready)
RECV(msg_stats_recv, struct child_stats)
RECV(msg_flow_recv_open, struct flow_open)
RECV(msg_flow_recv_end, struct flow_end)
RECV(msg_finding_recv, struct finding_rec)
RECV(msg_proc_recv, struct ctl_proc)
RECV(msg_status_recv, struct ctl_status)
RECV(msg_end_recv, struct ctl_end)
RECV(msg_leaf_recv_sign, struct leaf_sign)
RECV(msg_leaf_recv_result, struct leaf_result)
RECV(msg_ca_recv, struct msg_ca)
RECV(msg_host_recv, struct msg_host)
RECV(msg_literal_recv, struct msg_literal)
RECV(msg_custom_recv, struct msg_custom)
RECV(msg_ignore_recv, struct msg_ignore)
RECV(msg_gateway_recv, struct msg_gateway)

static int
r_ca_make(struct imsg *imsg, void *out)
{
	int	 fd, r;

	r = msg_ca_recv_make(imsg, &fd, out);
	if (r == 0)
		close(fd);
	return r;
}

static int
r_ca_load(struct imsg *imsg, void *out)
{
	int	 fd, r;

	(void)out;
	r = msg_ca_recv_load(imsg, &fd);
	if (r == 0)
		close(fd);
	return r;
}

static int
r_peer(struct imsg *imsg, void *out)
{
	int	 fd, r;

	r = msg_peer_recv(imsg, &fd, out);
	if (r == 0)
		close(fd);
	return r;
}

static int
r_file(struct imsg *imsg, void *out)
{
	int	 fd, r;

	r = msg_file_recv(imsg, &fd, out);
	if (r == 0)
		close(fd);
	return r;
}

static int
r_listener(struct imsg *imsg, void *out)
{
	socklen_t	 len;
	int		 fd, r;

	r = msg_listener_recv(imsg, &fd, out, &len);
	if (r == 0)
		close(fd);
	return r;
}

static int
r_pass(struct imsg *imsg, void *out)
{
	int	 fd, r;

	r = msg_control_recv_client(imsg, &fd, out);
	if (r == 0)
		close(fd);
	return r;
}

static int
r_event(struct imsg *imsg, void *out)
{
	return msg_event_recv(imsg, PROC_PARENT, out);
}

static int
r_query(struct imsg *imsg, void *out)
{
	uint32_t	 version;

	return msg_ctl_recv_query(imsg, &version, out);
}

static int
r_plain(struct imsg *imsg, void *out)
{
	return msg_ctl_recv_plain(imsg, out);
}

static int
r_verb(struct imsg *imsg, void *out)
{
	enum ctl_verb	 verb;

	(void)out;
	return msg_control_recv_verb(imsg, &verb);
}

ATF_TC_WITHOUT_HEAD(start_up);
ATF_TC_BODY(start_up, tc)
{
	struct msg_init		 init = { .version = MSG_VERSION, .role = 2,
				    .uid = 7, .gid = 8, .chroot = "/empty" };
	struct msg_settings	 set = { .scan_limit = 4096, .detectors = 2,
				    .proxies = 3, .generation = 1 };
	struct msg_client	 client = { .name = "main", .quota = 5 };
	struct msg_prefix	 pfx = { .client = "main" };
	struct msg_file		 file = { .kind = FILE_CLIENT,
				    .client = "main" };
	struct msg_peer		 peer = { .role = PROC_LOGGER, .total = 1 };
	struct msg_ready	 ready = { .sandbox = "seccomp",
				    .promises = "stdio" };
	struct child_stats	 stats = { .v = { 1, 2, 3 } };
	struct sockaddr_in	 in = { .sin_family = AF_INET,
				    .sin_port = htons(8888) };
	struct sockaddr_in6	 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(1) };
	struct wire		 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_init_send(w.ch, &init) == 0);
	cut(&w, r_msg_init_recv, 0, 0);
	ATF_REQUIRE(msg_settings_send(w.ch, &set) == 0);
	cut(&w, r_msg_settings_recv, 0, 0);
	ATF_REQUIRE(msg_client_send(w.ch, &client) == 0);
	cut(&w, r_msg_client_recv, 0, 0);
	pfx.prefix.family = AF_INET6;
	pfx.prefix.len = 128;
	ATF_REQUIRE(msg_prefix_send(w.ch, IMSG_PARENT_ALLOW_SEND, 0, &pfx) ==
	    0);
	cut(&w, r_msg_prefix_recv, 0, 0);
	ATF_REQUIRE(msg_file_send(w.ch, null_fd(), &file) == 0);
	cut(&w, r_file, 0, 1);
	ATF_REQUIRE(msg_rotate_send(w.ch, &file) == 0);
	cut(&w, r_msg_rotate_recv, 0, 0);
	ATF_REQUIRE(msg_peer_send(w.ch, null_fd(), &peer) == 0);
	cut(&w, r_peer, 0, 1);
	ATF_REQUIRE(msg_listener_send(w.ch, null_fd(),
	    (struct sockaddr *)&in, sizeof(in)) == 0);
	cut(&w, r_listener, 0, 1);
	ATF_REQUIRE(msg_listener_send(w.ch, null_fd(),
	    (struct sockaddr *)&in6, sizeof(in6)) == 0);
	cut(&w, r_listener, 0, 1);
	ATF_REQUIRE(msg_ready_send(w.ch, &ready) == 0);
	cut(&w, r_msg_ready_recv, 0, 0);
	ATF_REQUIRE(msg_stats_send(w.ch, &stats) == 0);
	cut(&w, r_msg_stats_recv, 0, 0);
	wire_down(&w);
}

ATF_TC_WITHOUT_HEAD(flow);
ATF_TC_BODY(flow, tc)
{
	struct flow_open	 open = { .client = "main", .port = 80,
				    .source = "192.0.2.1",
				    .host = "example.com",
				    .head = (const uint8_t *)"GET", .head_len
				    = 3 };
	struct flow_open	 got;
	struct flow_end		 end = { .skipped = 12,
				    .reason = "scan_limit" };
	enum flow_channel	 channel;
	const uint8_t		*data;
	size_t			 len;
	uint8_t			 gap[FLOW_GAP_SIZE + 1] = { 0 };
	int			 i;
	struct imsg		 imsg;
	struct wire		 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_flow_send_open(w.ch, 9, &open) == 0);
	cut(&w, r_msg_flow_recv_open, 4, 0);
	ATF_REQUIRE(msg_flow_send_end(w.ch, 9, &end) == 0);
	cut(&w, r_msg_flow_recv_end, 0, 0);

	ATF_REQUIRE(msg_flow_send_open(w.ch, 9, &open) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK_EQ(imsg_get_id(&imsg), 9);
	ATF_REQUIRE(msg_flow_recv_open(&imsg, &got) == 0);
	ATF_CHECK_STREQ(got.host, "example.com");
	ATF_CHECK_EQ(got.head_len, 3);
	ATF_CHECK(memcmp(got.head, "GET", 3) == 0);
	imsg_free(&imsg);

	/* With any of these the detector's findings would be none. */
	for (i = 0; i < 4; i++) {
		struct flow_open	 bad = open;

		if (i == 0)
			bad.port = 0;
		else
			strlcpy(bad.source, i == 1 ? "" : i == 2 ? "x" :
			    "fe80::1%lo", sizeof(bad.source));
		ATF_REQUIRE(msg_flow_send_open(w.ch, 9, &bad) == 0);
		wire_get(&w, &imsg);
		ATF_CHECK_EQ(-1, msg_flow_recv_open(&imsg, &got));
		imsg_free(&imsg);
	}

	/* A gap is a number of eight bytes, and not none. */
	for (i = 0; i < 4; i++) {
		flow_gap_put(gap, i == 3 ? 0 : UINT64_MAX - 5);
		ATF_REQUIRE(msg_flow_send_data(w.ch, 9, FLOW_GAP, gap,
		    i == 1 ? 7 : i == 2 ? 9 : 8) == 0);
		wire_get(&w, &imsg);
		ATF_CHECK_EQ(i == 0 ? 0 : -1, msg_flow_recv_data(&imsg,
		    &channel, &data, &len));
		if (i == 0)
			ATF_CHECK_EQ(flow_gap_get(data), UINT64_MAX - 5);
		imsg_free(&imsg);
	}
	wire_down(&w);
}

ATF_TC_WITHOUT_HEAD(finding);
ATF_TC_BODY(finding, tc)
{
	struct finding_rec	 rec;
	struct wire		 w;

	(void)tc;
	memset(&rec, 0, sizeof(rec));
	strlcpy(rec.client, "main", sizeof(rec.client));
	strlcpy(rec.finding.pattern, "ai_api_key",
	    sizeof(rec.finding.pattern));
	strlcpy(rec.finding.source, "192.0.2.1", sizeof(rec.finding.source));
	strlcpy(rec.finding.dest, "example.com:80", sizeof(rec.finding.dest));
	strlcpy(rec.finding.snippet, "[REDACTED]",
	    sizeof(rec.finding.snippet));
	rec.finding.timestamp = 1;
	wire_up(&w);
	ATF_REQUIRE(msg_finding_send(w.ch, &rec) == 0);
	cut(&w, r_msg_finding_recv, 0, 0);
	wire_down(&w);
}

ATF_TC_WITHOUT_HEAD(event);
ATF_TC_BODY(event, tc)
{
	struct event_rec	 e, got;
	struct imsg		 imsg;
	struct wire		 w;
	enum proc_role		 role;

	(void)tc;
	wire_up(&w);
	event_init(&e, EVENT_CONFIG_REJECTED);
	strlcpy(e.client, "main", sizeof(e.client));
	strlcpy(e.detail, "line 3: what?", sizeof(e.detail));
	ATF_REQUIRE(msg_event_send(w.ch, &e) == 0);
	cut(&w, r_event, 0, 0);
	/* text is for the parent alone */
	for (role = PROC_PARENT; role < PROC_CTL; role++) {
		ATF_REQUIRE(msg_event_send(w.ch, &e) == 0);
		wire_get(&w, &imsg);
		ATF_CHECK_EQ(msg_event_recv(&imsg, role, &got),
		    role == PROC_PARENT ? 0 : -1);
		imsg_free(&imsg);
	}
	/* and nobody sends what is no word, address or name */
	e.detail[0] = '\0';
	strlcpy(e.reason, "Two Words", sizeof(e.reason));
	ATF_CHECK(msg_event_send(w.ch, &e) == -1);
	e.reason[0] = '\0';
	strlcpy(e.source, "example.com", sizeof(e.source));
	ATF_CHECK(msg_event_send(w.ch, &e) == -1);
	e.source[0] = '\0';
	strlcpy(e.client, "a/b", sizeof(e.client));
	ATF_CHECK(msg_event_send(w.ch, &e) == -1);
	wire_down(&w);
}

ATF_TC_WITHOUT_HEAD(ctl);
ATF_TC_BODY(ctl, tc)
{
	struct ctl_query	 q = { .limit = 3, .pattern = "ai_api_key" };
	struct ctl_proc		 proc = { .role = PROC_LOGGER, .pid = 9 };
	struct ctl_status	 status = { .version = "1" };
	struct wire		 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_ctl_send_plain(w.ch, IMSG_CTL_STATUS_GET) == 0);
	cut(&w, r_plain, 0, 0);
	ATF_REQUIRE(msg_ctl_send_query(w.ch, &q) == 0);
	cut(&w, r_query, 0, 0);
	ATF_REQUIRE(msg_control_send_client(w.ch, null_fd(), &q) == 0);
	cut(&w, r_pass, 0, 1);
	ATF_REQUIRE(msg_control_send_verb(w.ch, 1, CTL_STOP) == 0);
	cut(&w, r_verb, 0, 0);
	ATF_REQUIRE(msg_proc_send(w.ch, IMSG_REPLY_PROC, 0, &proc) == 0);
	cut(&w, r_msg_proc_recv, 0, 0);
	ATF_REQUIRE(msg_status_send(w.ch, IMSG_REPLY_STATUS, 0, &status) ==
	    0);
	cut(&w, r_msg_status_recv, 0, 0);
	ATF_REQUIRE(msg_end_send(w.ch, IMSG_REPLY_END, 0, 1, "text") == 0);
	cut(&w, r_msg_end_recv, 0, 0);
	wire_down(&w);
}

static int
r_database(struct imsg *imsg, void *out)
{
	const uint8_t	*data;
	size_t		 len;

	return msg_database_recv(imsg, out, &data, &len);
}

static int
r_database_end(struct imsg *imsg, void *out)
{
	return msg_database_recv_end(imsg, out);
}

ATF_TC_WITHOUT_HEAD(compile);
ATF_TC_BODY(compile, tc)
{
	static uint8_t		 data[2 * MSG_PAYLOAD_MAX];
	struct msg_literal	 l = { .direction = 1, .caseless = 1,
				    .len = 3, .text = "s\0h" };
	struct msg_literal	 got;
	struct imsg		 imsg;
	struct wire		 w;
	const uint8_t		*piece;
	uint8_t			 direction;
	size_t			 len, sum = 0;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_literal_send(w.ch, &l) == 0);
	cut(&w, r_msg_literal_recv, 3, 0);
	ATF_REQUIRE(msg_database_send(w.ch, 1, data, 9) == 0);
	cut(&w, r_database, 9, 0);
	ATF_REQUIRE(msg_database_send_end(w.ch, 1) == 0);
	cut(&w, r_database_end, 0, 0);

	ATF_REQUIRE(msg_literal_send(w.ch, &l) == 0);
	wire_get(&w, &imsg);
	ATF_REQUIRE(msg_literal_recv(&imsg, &got) == 0);
	ATF_CHECK(memcmp(&got, &l, sizeof(got)) == 0);
	imsg_free(&imsg);
	l.direction = 2;
	ATF_REQUIRE(msg_literal_send(w.ch, &l) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_literal_recv(&imsg, &got) == -1);
	imsg_free(&imsg);

	/* More than a message holds comes in several, in order. */
	ATF_REQUIRE(msg_database_send(w.ch, 0, data, sizeof(data)) == 0);
	while (sum < sizeof(data)) {
		wire_get(&w, &imsg);
		ATF_REQUIRE(msg_database_recv(&imsg, &direction, &piece,
		    &len) == 0);
		ATF_CHECK_EQ(0, direction);
		sum += len;
		imsg_free(&imsg);
	}
	ATF_CHECK_EQ(sizeof(data), sum);
	wire_down(&w);
}

ATF_TC_WITHOUT_HEAD(leaf);
ATF_TC_BODY(leaf, tc)
{
	struct leaf_sign	 sign = { .client = "main",
				    .host = "api.example.com",
				    .key = { 1, 2, 3 } };
	struct leaf_result	 yes = { .ok = 1, .not_after = 7,
				    .pem = "-----BEGIN\n" };
	struct leaf_result	 no = { .reason = "not_inspected" };
	struct leaf_result	 both = { .ok = 1, .reason = "bad_key",
				    .pem = "x" };
	struct msg_ca		 ca = { .made = 1, .not_after = 9,
				    .pem = "-----BEGIN\n" };
	struct msg_host		 host = { .list = HOSTS_PASSTHROUGH,
				    .pattern = "*.example.com" };
	struct msg_gateway	 gw = { .host = "127.0.0.1", .port = 10255 };
	struct leaf_sign	 got;
	struct leaf_result	 bad;
	struct imsg		 imsg;
	struct wire		 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_leaf_send_sign(w.ch, 5, &sign) == 0);
	cut(&w, r_msg_leaf_recv_sign, 0, 0);
	ATF_REQUIRE(msg_leaf_send_result(w.ch, 5, &yes) == 0);
	cut(&w, r_msg_leaf_recv_result, 0, 0);
	ATF_REQUIRE(msg_leaf_send_result(w.ch, 5, &no) == 0);
	cut(&w, r_msg_leaf_recv_result, 0, 0);
	ATF_REQUIRE(msg_ca_send(w.ch, &ca) == 0);
	cut(&w, r_msg_ca_recv, 0, 0);
	ATF_REQUIRE(msg_host_send(w.ch, &host) == 0);
	cut(&w, r_msg_host_recv, 0, 0);
	ATF_REQUIRE(msg_gateway_send(w.ch, &gw) == 0);
	cut(&w, r_msg_gateway_recv, 0, 0);
	ATF_REQUIRE(msg_ca_send_make(w.ch, null_fd(), "host") == 0);
	cut(&w, r_ca_make, 0, 1);
	ATF_REQUIRE(msg_ca_send_load(w.ch, null_fd()) == 0);
	cut(&w, r_ca_load, 0, 1);

	ATF_REQUIRE(msg_leaf_send_sign(w.ch, 5, &sign) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK_EQ(imsg_get_id(&imsg), 5);
	ATF_REQUIRE(msg_leaf_recv_sign(&imsg, &got) == 0);
	ATF_CHECK(memcmp(&got, &sign, sizeof(got)) == 0);
	imsg_free(&imsg);
	/* an answer is one or the other, and its text is text */
	ATF_REQUIRE(msg_leaf_send_result(w.ch, 5, &both) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_leaf_recv_result(&imsg, &bad) == -1);
	imsg_free(&imsg);
	yes.pem[3] = '\033';
	ATF_REQUIRE(msg_leaf_send_result(w.ch, 5, &yes) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_leaf_recv_result(&imsg, &bad) == -1);
	imsg_free(&imsg);
	strlcpy(host.pattern, "*.*.example.com", sizeof(host.pattern));
	ATF_REQUIRE(msg_host_send(w.ch, &host) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_host_recv(&imsg, &host) == -1);
	imsg_free(&imsg);
	wire_down(&w);
}

/* A descriptor that a message promises and does not bring is malformed. */
ATF_TC_WITHOUT_HEAD(no_descriptor);
ATF_TC_BODY(no_descriptor, tc)
{
	static const uint8_t	 peer[17] = { PROC_LOGGER, [12] = 1 };
	struct msg_peer		 m;
	struct imsg		 imsg;
	struct wire		 w;
	int			 fd;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(channel_send(w.ch, IMSG_PARENT_PEER_SEND, 0, -1, peer,
	    sizeof(peer)) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_peer_recv(&imsg, &fd, &m) == -1);
	ATF_CHECK_EQ(fd, -1);
	imsg_free(&imsg);
	wire_down(&w);
}

ATF_TC_WITHOUT_HEAD(matrix);
ATF_TC_BODY(matrix, tc)
{
	const struct msg_rule	*rule;
	struct imsg		 imsg;
	struct wire		 w;
	enum proc_role		 from, to;
	uint32_t		 type;
	size_t			 sizes[4], i;
	uint8_t			*data;
	int			 want;

	(void)tc;
	ATF_REQUIRE((data = calloc(1, MSG_FLOW_PAYLOAD_MAX)) != NULL);
	wire_up(&w);
	ATF_CHECK(msg_rule(0) == NULL);
	ATF_CHECK(msg_rule(IMSG_MAX) == NULL);
	ATF_CHECK(msg_rule(UINT32_MAX) == NULL);
	for (type = 1; type < IMSG_MAX; type++) {
		rule = msg_rule(type);
		ATF_REQUIRE_MSG(rule != NULL, "type %u has no rule", type);
		ATF_CHECK(rule->from != 0 && rule->to != 0);
		ATF_CHECK((rule->from & rule->to) == 0);
		ATF_CHECK(rule->min <= rule->max);
		ATF_CHECK(rule->max <= MSG_FLOW_PAYLOAD_MAX);
		sizes[0] = rule->min;
		sizes[1] = rule->max;
		sizes[2] = rule->min - 1;	/* wraps: out of bounds too */
		sizes[3] = rule->max + 1;
		for (i = 0; i < nitems(sizes); i++) {
			if (sizes[i] > MSG_FLOW_PAYLOAD_MAX)
				continue;
			ATF_REQUIRE(channel_send(w.ch, type, 0, -1, data,
			    sizes[i]) == 0);
			wire_get(&w, &imsg);
			for (from = 0; from < PROC_MAX; from++)
				for (to = 0; to < PROC_MAX; to++) {
					want = i < 2 &&
					    (rule->from & MSG_ROLE(from)) &&
					    (rule->to & MSG_ROLE(to));
					ATF_CHECK_EQ(want, msg_check(&imsg,
					    from, to) == NULL);
				}
			imsg_free(&imsg);
		}
	}
	wire_down(&w);
	free(data);
}

RECV(msg_ruleset_recv, char)

ATF_TC_WITHOUT_HEAD(rules);
ATF_TC_BODY(rules, tc)
{
	struct msg_custom	 rule = { .name = "acme", .direction = 1,
	    .width = 9, .lead = 9, .literal = "acme_", .match = "acme_" };
	struct msg_ignore	 ig = { .pattern = "jwt", .dest = "*.x.org" };
	struct wire		 w;
	struct imsg		 imsg;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_custom_send(w.ch, &rule) == 0);
	wire_get(&w, &imsg);	/* the literal lies within the match */
	ATF_CHECK(msg_custom_recv(&imsg, &rule) == -1);
	imsg_free(&imsg);
	rule.lead = 4;
	ATF_REQUIRE(msg_custom_send(w.ch, &rule) == 0);
	cut(&w, r_msg_custom_recv, 0, 0);
	ATF_REQUIRE(msg_ignore_send(w.ch, &ig) == 0);
	cut(&w, r_msg_ignore_recv, 0, 0);
	ATF_REQUIRE(msg_ruleset_send(w.ch, "prompt_injection") == 0);
	cut(&w, r_msg_ruleset_recv, 0, 0);
	wire_down(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, start_up);
	ATF_TP_ADD_TC(tp, flow);
	ATF_TP_ADD_TC(tp, finding);
	ATF_TP_ADD_TC(tp, event);
	ATF_TP_ADD_TC(tp, ctl);
	ATF_TP_ADD_TC(tp, compile);
	ATF_TP_ADD_TC(tp, leaf);
	ATF_TP_ADD_TC(tp, rules);
	ATF_TP_ADD_TC(tp, no_descriptor);
	ATF_TP_ADD_TC(tp, matrix);
	return atf_no_error();
}
