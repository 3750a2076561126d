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
 * The messages of mcpd: what containers may ask, and what they may not.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <atf-c.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_help.h"
#include "msg_mcp.h"

RECV(msg_about_recv, struct msg_about)
RECV(msg_asker_recv, struct msg_asker)
RECV(msg_ask_findings_recv, struct ask_findings)
RECV(msg_page_recv, struct ask_page)
RECV(msg_totals_recv, struct ask_totals)
RECV(msg_counts_recv, struct msg_counts)

static int
r_asksocket(struct imsg *imsg, void *out)
{
	int	 fd, r;

	r = msg_asksocket_recv(imsg, &fd, out);
	if (fd != -1)
		close(fd);
	return r;
}

static int
r_askdir(struct imsg *imsg, void *out)
{
	int	 fd, r;

	r = msg_askdir_recv(imsg, &fd, out);
	if (fd != -1)
		close(fd);
	return r;
}

static int
r_ask_totals(struct imsg *imsg, void *out)
{
	return msg_ask_totals_recv(imsg, out);
}

ATF_TC_WITHOUT_HEAD(whole);
ATF_TC_BODY(whole, tc)
{
	struct msg_about	 about = { .version = "1", .inspects = 1,
				    .proxy_url = "http://192.0.2.1:8888",
				    .listeners = 1,
				    .listen = { "192.0.2.1:8888" } };
	struct msg_asker	 asker = { .client = "main", .has_token = 1 };
	struct msg_askdir	 dir = { ASKDIR_RESULTS, "main" };
	struct ask_findings	 ask = { .client = "main", .limit = 20,
				    .threat = ASK_ANY, .direction = ASK_ANY,
				    .pattern = "ai_api_key",
				    .cursor = "0123456789abcdef.0" };
	struct ask_page		 page = { .matched = 3, .next = "f.1" };
	struct ask_totals	 totals = { .findings = 5, .last_ms = 9,
				    .counts = { .messages = 1,
				    .request_ms = 8, .tls_failed_ms = 7,
				    .tls_reason = "unknown_ca" } };
	struct msg_counts	 counts = { .client = "main", .counts =
				    { .bytes = 3 } };
	struct wire		 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_about_send(w.ch, &about) == 0);
	cut(&w, r_msg_about_recv, 0, 0);
	ATF_REQUIRE(msg_asker_send(w.ch, &asker) == 0);
	cut(&w, r_msg_asker_recv, 0, 0);
	ATF_REQUIRE(msg_asksocket_send(w.ch, null_fd(), "main") == 0);
	cut(&w, r_asksocket, 0, 1);
	ATF_REQUIRE(msg_askdir_send(w.ch, null_fd(), &dir) == 0);
	cut(&w, r_askdir, 0, 1);
	ATF_REQUIRE(msg_ask_findings_send(w.ch, 1, &ask) == 0);
	cut(&w, r_msg_ask_findings_recv, 0, 0);
	ATF_REQUIRE(msg_ask_totals_send(w.ch, 2, "main") == 0);
	cut(&w, r_ask_totals, 4, 0);
	ATF_REQUIRE(msg_page_send(w.ch, 1, &page) == 0);
	cut(&w, r_msg_page_recv, 0, 0);
	ATF_REQUIRE(msg_totals_send(w.ch, 2, &totals) == 0);
	cut(&w, r_msg_totals_recv, 0, 0);
	ATF_REQUIRE(msg_counts_send(w.ch, &counts) == 0);
	cut(&w, r_msg_counts_recv, 0, 0);
	wire_down(&w);
}

static void
count_pattern(void *arg, const struct ask_pattern *p)
{
	struct ask_pattern	*sum = arg;

	strlcpy(sum->name, p->name, sizeof(sum->name));
	sum->findings += p->findings;
}

ATF_TC_WITHOUT_HEAD(patterns);
ATF_TC_BODY(patterns, tc)
{
	struct ask_pattern	 pats[2] = { { "ai_api_key", 2 },
				    { "dotenv_path", 3 } };
	struct ask_pattern	 bad = { "Not/A Pattern", 1 };
	struct ask_pattern	 sum = { "", 0 };
	struct imsg		 imsg;
	struct wire		 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE_EQ(msg_patterns_send(w.ch, 2, pats, 2), 2);
	wire_get(&w, &imsg);
	ATF_CHECK_EQ(imsg_get_id(&imsg), 2);
	ATF_CHECK(msg_patterns_recv(&imsg, count_pattern, &sum) == 0);
	ATF_CHECK_EQ(sum.findings, 5);
	ATF_CHECK_STREQ(sum.name, "dotenv_path");
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(msg_patterns_send(w.ch, 2, &bad, 1), 1);
	wire_get(&w, &imsg);
	ATF_CHECK(msg_patterns_recv(&imsg, count_pattern, &sum) == -1);
	ATF_CHECK_EQ(sum.findings, 5);
	imsg_free(&imsg);
	wire_down(&w);
}

/* 1 when the logger would take the question. */
static int
taken(struct wire *w, const struct ask_findings *ask)
{
	struct ask_findings	 got;
	struct imsg		 imsg;
	int			 r;

	ATF_REQUIRE(msg_ask_findings_send(w->ch, 1, ask) == 0);
	wire_get(w, &imsg);
	r = msg_ask_findings_recv(&imsg, &got);
	imsg_free(&imsg);
	return r == 0;
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	const struct ask_findings	 good = { .client = "main", .limit = 1,
					    .threat = ASK_ANY,
					    .direction = ASK_ANY };
	struct ask_findings		 a;
	struct wire			 w;

	(void)tc;
	wire_up(&w);
	a = good;
	ATF_CHECK(taken(&w, &a));
	a.limit = ASK_LIMIT_MAX;
	ATF_CHECK(taken(&w, &a));
	a.limit = ASK_LIMIT_MAX + 1;
	ATF_CHECK(!taken(&w, &a));
	a.limit = 0;
	ATF_CHECK(!taken(&w, &a));
	a = good;
	strlcpy(a.client, "../main", sizeof(a.client));
	ATF_CHECK(!taken(&w, &a));
	strlcpy(a.client, "", sizeof(a.client));
	ATF_CHECK(!taken(&w, &a));
	a = good;
	strlcpy(a.cursor, "../0", sizeof(a.cursor));
	ATF_CHECK(!taken(&w, &a));
	a = good;
	strlcpy(a.pattern, "a b", sizeof(a.pattern));
	ATF_CHECK(!taken(&w, &a));
	a = good;
	a.threat = 2;
	ATF_CHECK(!taken(&w, &a));
	a = good;
	a.direction = 2;
	ATF_CHECK(!taken(&w, &a));
	a = good;
	a.min_severity = 4;
	ATF_CHECK(!taken(&w, &a));
	a = good;
	a.since_ms = -1;
	ATF_CHECK(!taken(&w, &a));
	wire_down(&w);
}

/* A count that is the nth number of its message, as no sender of ours does. */
static int
counts_taken(struct wire *w, unsigned int nth, uint64_t value)
{
	struct imsg		 imsg;
	struct msg_counts	 got;
	struct ibuf		*m;
	unsigned int		 i;
	int			 r;

	m = channel_open(w->ch, IMSG_ANY_COUNTS_SEND, 0, 128);
	ATF_REQUIRE(m != NULL && msg_add_str(m, "main") == 0);
	for (i = 0; i < 6; i++)
		ATF_REQUIRE(ibuf_add_n64(m, i == nth ? value : 0) == 0);
	ATF_REQUIRE(msg_add_str(m, "") == 0);
	channel_close(w->ch, m, -1);
	wire_get(w, &imsg);
	r = msg_counts_recv(&imsg, &got);
	imsg_free(&imsg);
	return r == 0;
}

/* Who counts what a peer tells must not end its own channel by that. */
ATF_TC_WITHOUT_HEAD(absurd);
ATF_TC_BODY(absurd, tc)
{
	struct msg_counts	 c = { .client = "main", .counts =
				    { UINT64_MAX, UINT64_MAX, UINT64_MAX,
				    (uint64_t)INT64_MAX + 1 } };
	struct msg_counts	 got;
	struct imsg		 imsg;
	struct wire		 w;

	(void)tc;
	wire_up(&w);
	ATF_REQUIRE(msg_counts_send(w.ch, &c) == 0);
	wire_get(&w, &imsg);
	ATF_REQUIRE(msg_counts_recv(&imsg, &got) == 0);
	imsg_free(&imsg);
	ATF_CHECK_EQ((uint64_t)INT64_MAX, got.counts.messages);
	ATF_CHECK_EQ((uint64_t)INT64_MAX, got.counts.bytes);
	ATF_CHECK_EQ((uint64_t)INT64_MAX, got.counts.skipped_messages);
	ATF_CHECK_EQ((uint64_t)INT64_MAX, got.counts.skipped_bytes);
	wire_down(&w);
}

/* What ends as an integer of JSON, and what as a line for a person. */
ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	struct msg_about	 a = { .version = "1" }, got;
	struct imsg		 imsg;
	struct wire		 w;
	unsigned int		 i;

	(void)tc;
	wire_up(&w);
	for (i = 0; i < 4; i++) {
		ATF_CHECK(counts_taken(&w, i, (uint64_t)INT64_MAX));
		ATF_CHECK(!counts_taken(&w, i, (uint64_t)INT64_MAX + 1));
		ATF_CHECK(!counts_taken(&w, i, UINT64_MAX));
	}
	strlcpy(a.listen[0], "127.0.0.1:\n", sizeof(a.listen[0]));
	ATF_REQUIRE(msg_about_send(w.ch, &a) == 0);
	wire_get(&w, &imsg);
	ATF_CHECK_EQ(-1, msg_about_recv(&imsg, &got));
	imsg_free(&imsg);
	wire_down(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whole);
	ATF_TP_ADD_TC(tp, patterns);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, absurd);
	ATF_TP_ADD_TC(tp, values);
	return atf_no_error();
}
