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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>
#include <jansson.h>

#include "compat.h"
#include "jsonl.h"
#include "logger_util.h"
#include "mask.h"
#include "msg_event.h"

/* Parses one line; it must be one object and one newline, ASCII. */
static json_t *
parse(const char *line, size_t len)
{
	json_error_t	 err;
	json_t		*obj;
	size_t		 i;

	ATF_REQUIRE(len > 1 && line[len - 1] == '\n');
	for (i = 0; i < len - 1; i++)
		ATF_REQUIRE_MSG(line[i] >= 0x20 && line[i] < 0x7f,
		    "byte %#x", line[i]);
	obj = json_loadb(line, len - 1, JSON_REJECT_DUPLICATES, &err);
	ATF_REQUIRE_MSG(obj != NULL && json_is_object(obj), "%s", err.text);
	return obj;
}

static const char *
str(const json_t *obj, const char *name)
{
	const char	*s = json_string_value(json_object_get(obj, name));

	ATF_REQUIRE_MSG(s != NULL, "no %s", name);
	return s;
}

ATF_TC(eleven_fields);
ATF_TC_HEAD(eleven_fields, tc)
{
	atf_tc_set_md_var(tc, "descr", "Exactly the fields of the schema, in "
	    "its order, byte for byte");
}
ATF_TC_BODY(eleven_fields, tc)
{
	static const char	*const names[] = {
		"schema_version", "platform", "direction", "protocol",
		"threat_type", "pattern", "severity", "source", "dest",
		"snippet", "timestamp"
	};
	struct finding	 f;
	char		 line[FINDING_LINE_MAX];
	const char	*key;
	json_t		*obj, *value;
	size_t		 len, i = 0;

	memset(&f, 0, sizeof(f));
	f.direction = FINDING_INBOUND;
	f.protocol = FINDING_WSS;
	f.threat = FINDING_INJECTION;
	f.severity = FINDING_CRITICAL;
	strcpy(f.pattern, "reverse_shell");
	strcpy(f.source, "2001:db8::1");
	strcpy(f.dest, "[2001:db8::2]:443");
	strcpy(f.snippet, "body: bash -i \"...\" \\ </x>");
	f.timestamp = 1777161600007;
	len = jsonl_finding(&f, line);
	ATF_REQUIRE(len > 0);
	line[len] = '\0';
	ATF_CHECK_STREQ("{\"schema_version\":\"clawsec-traffic-finding/v1\","
	    "\"platform\":\"nanoclaw\",\"direction\":\"inbound\","
	    "\"protocol\":\"wss\",\"threat_type\":\"INJECTION\","
	    "\"pattern\":\"reverse_shell\",\"severity\":\"critical\","
	    "\"source\":\"2001:db8::1\",\"dest\":\"[2001:db8::2]:443\","
	    "\"snippet\":\"body: bash -i \\\"...\\\" \\\\ </x>\","
	    "\"timestamp\":\"2026-04-26T00:00:00.007Z\"}\n", line);

	obj = parse(line, len);
	ATF_CHECK_EQ(11, json_object_size(obj));
	json_object_foreach(obj, key, value) {
		ATF_CHECK_STREQ(names[i], key);
		ATF_CHECK(json_is_string(value));
		i++;
	}
	ATF_CHECK_STREQ(f.snippet, str(obj, "snippet"));
	json_decref(obj);
}

ATF_TC_WITHOUT_HEAD(every_value);
ATF_TC_BODY(every_value, tc)
{
	struct finding_rec	 r;
	char			 line[FINDING_LINE_MAX];
	json_t			*obj;
	size_t			 len;
	unsigned int		 i;

	for (i = 0; i < 2 * 4 * 2 * 4; i++) {
		make_finding(&r, 0, "main");
		r.finding.direction = (enum finding_direction)(i & 1);
		r.finding.protocol = (enum finding_protocol)(i >> 1 & 3);
		r.finding.threat = (enum finding_threat)(i >> 3 & 1);
		r.finding.severity = (enum finding_severity)(i >> 4 & 3);
		len = jsonl_finding(&r.finding, line);
		ATF_REQUIRE(len > 0);
		obj = parse(line, len);
		ATF_CHECK_EQ(r.finding.direction,
		    (unsigned int)finding_direction_parse(
		    str(obj, "direction")));
		ATF_CHECK_EQ(r.finding.protocol,
		    (unsigned int)finding_protocol_parse(
		    str(obj, "protocol")));
		ATF_CHECK_EQ(r.finding.threat,
		    (unsigned int)finding_threat_parse(
		    str(obj, "threat_type")));
		ATF_CHECK_EQ(r.finding.severity,
		    (unsigned int)finding_severity_parse(
		    str(obj, "severity")));
		json_decref(obj);
	}
}

ATF_TC(longest);
ATF_TC_HEAD(longest, tc)
{
	atf_tc_set_md_var(tc, "descr", "Every field at its longest and every "
	    "byte escaped still fits");
}
ATF_TC_BODY(longest, tc)
{
	struct finding		 f;
	struct event_rec	 e;
	char			 line[FINDING_LINE_MAX];
	char			 event[EVENT_LINE_MAX];
	json_t			*obj;
	size_t			 len, i;

	memset(&f, 0, sizeof(f));
	f.direction = FINDING_OUTBOUND;
	f.protocol = FINDING_HTTPS;
	f.threat = FINDING_INJECTION;
	f.severity = FINDING_CRITICAL;
	memset(f.pattern, 'p', sizeof(f.pattern) - 1);
	strcpy(f.source, "2001:db8:1111:2222:3333:4444:5555:6666");
	for (i = 0; i + 5 < 250; i += 5)
		memcpy(f.dest + i, "abcd.", 5);
	strcpy(f.dest + i - 1, ":65535");
	memset(f.snippet, '"', sizeof(f.snippet) - 1);
	f.timestamp = 253402300799999LL;
	ATF_REQUIRE_MSG(finding_valid(&f), "%s", finding_invalid(&f));
	len = jsonl_finding(&f, line);
	ATF_REQUIRE(len > 0 && len <= FINDING_LINE_MAX);
	/* and there is room for a destination of the full size */
	ATF_CHECK(len - strlen(f.dest) + sizeof(f.dest) <= FINDING_LINE_MAX);
	obj = parse(line, len);
	ATF_CHECK_STREQ(f.snippet, str(obj, "snippet"));
	json_decref(obj);

	event_init(&e, EVENT_FINDING_SUPPRESSED_SUMMARY);
	e.time_ms = 253402300799999LL;
	e.direction = 1;
	memset(e.client, 'c', sizeof(e.client) - 1);
	strcpy(e.source, "2001:db8:1111:2222:3333:4444:5555:6666");
	memset(e.dest, '"', sizeof(e.dest) - 1);
	memset(e.reason, 'r', sizeof(e.reason) - 1);
	memset(e.detail, '"', sizeof(e.detail) - 1);
	e.bytes = e.count = UINT64_MAX;
	e.role = PROC_DETECTOR;
	e.instance = UINT32_MAX;
	e.pid = INT32_MAX;
	len = jsonl_event(&e, event);
	ATF_REQUIRE(len > 0 && len <= EVENT_LINE_MAX);
	obj = parse(event, len);
	ATF_CHECK_STREQ(e.detail, str(obj, "detail"));
	ATF_CHECK_EQ(INT64_MAX, json_integer_value(json_object_get(obj,
	    "bytes")));
	json_decref(obj);
}

ATF_TC(refused);
ATF_TC_HEAD(refused, tc)
{
	atf_tc_set_md_var(tc, "descr", "Nothing outside of the schema becomes "
	    "a line");
}
ATF_TC_BODY(refused, tc)
{
	struct finding_rec	 r;
	struct event_rec	 e;
	char			 line[EVENT_LINE_MAX];
	static const char	*const snippets[] = {
		"", "a\nb", "a\tb", "\x1b[31m", "\x7f", "caf\xc3\xa9", "\xff"
	};
	size_t			 i;

#define REFUSES(change) do {						\
	make_finding(&r, 1, "main");					\
	change;								\
	ATF_CHECK_EQ_MSG(0, jsonl_finding(&r.finding, line), #change);	\
} while (0)
	REFUSES(r.finding.direction = (enum finding_direction)2);
	REFUSES(r.finding.protocol = (enum finding_protocol)4);
	REFUSES(r.finding.threat = (enum finding_threat)-1);
	REFUSES(r.finding.severity = (enum finding_severity)4);
	REFUSES(strcpy(r.finding.pattern, "Bad Pattern"));
	REFUSES(strcpy(r.finding.pattern, "x\",\"a\":\"b"));
	REFUSES(strcpy(r.finding.source, "localhost"));
	REFUSES(strcpy(r.finding.dest, "a.example"));
	REFUSES(strcpy(r.finding.dest, "a.example/p?k=v:80"));
	REFUSES(r.finding.timestamp = -1);
	REFUSES(r.finding.timestamp = INT64_MAX);
	REFUSES(memset(r.finding.snippet, 'x', sizeof(r.finding.snippet)));
	for (i = 0; i < nitems(snippets); i++)
		REFUSES(strcpy(r.finding.snippet, snippets[i]));
#undef REFUSES
	event_init(&e, EVENT_STARTED);
	e.type = EVENT_TYPE_MAX;
	ATF_CHECK_EQ(0, jsonl_event(&e, line));
	event_init(&e, EVENT_STARTED);
	e.time_ms = INT64_MAX;
	ATF_CHECK_EQ(0, jsonl_event(&e, line));
}

ATF_TC_WITHOUT_HEAD(events);
ATF_TC_BODY(events, tc)
{
	struct event_rec	 e;
	char			 line[EVENT_LINE_MAX];
	size_t			 len;
	uint8_t			 type;
	json_t			*obj;

	/* only what is set is there */
	event_init(&e, EVENT_STOPPED);
	e.time_ms = 1777161600007;
	len = jsonl_event(&e, line);
	ATF_REQUIRE(len > 0);
	line[len] = '\0';
	ATF_CHECK_STREQ("{\"schema_version\":\"clawsec-traffic-event/v1\","
	    "\"event\":\"stopped\",\"timestamp\":\"2026-04-26T00:00:00.007Z\","
	    "\"severity\":\"info\"}\n", line);

	event_init(&e, EVENT_SCAN_GAP);
	e.time_ms = 1777161600007;
	e.direction = 0;
	strcpy(e.client, "main");
	strcpy(e.source, "10.0.0.1");
	strcpy(e.dest, "a.example:80");
	strcpy(e.reason, "detector_restart");
	e.bytes = 3;
	e.count = 2;
	e.role = PROC_PROXY;
	e.instance = 1;
	e.pid = 77;
	len = jsonl_event(&e, line);
	line[len] = '\0';
	ATF_CHECK_STREQ("{\"schema_version\":\"clawsec-traffic-event/v1\","
	    "\"event\":\"scan_gap\",\"timestamp\":\"2026-04-26T00:00:00.007Z\","
	    "\"severity\":\"warning\",\"client\":\"main\","
	    "\"source\":\"10.0.0.1\",\"dest\":\"a.example:80\","
	    "\"direction\":\"outbound\",\"reason\":\"detector_restart\","
	    "\"bytes\":3,\"count\":2,\"process\":\"proxy-worker\","
	    "\"instance\":1,\"pid\":77}\n", line);

	for (type = 0; type < EVENT_TYPE_MAX; type++) {
		event_init(&e, (enum event_type)type);
		len = jsonl_event(&e, line);
		ATF_REQUIRE_MSG(len > 0, "type %u", type);
		obj = parse(line, len);
		ATF_CHECK_STREQ(event_name(type), str(obj, "event"));
		json_decref(obj);
	}
}

static void
masks(const char *from, const char *to)
{
	char	 dest[FINDING_DEST_SIZE];

	strlcpy(dest, from, sizeof(dest));
	jsonl_mask_dest(dest, sizeof(dest));
	ATF_CHECK_STREQ(to, dest);
	/* once more changes nothing */
	jsonl_mask_dest(dest, sizeof(dest));
	ATF_CHECK_STREQ(to, dest);
}

ATF_TC(dest_once_more);
ATF_TC_HEAD(dest_once_more, tc)
{
	atf_tc_set_md_var(tc, "descr", "A destination is masked again: what "
	    "the detector masked stays, what it should have does not");
}
ATF_TC_BODY(dest_once_more, tc)
{
	static const char	*const hosts[] = {
		"api.example.com", "192.0.2.1", "2001:db8::1", "localhost",
		"d111111abcdef8.cloudfront.net", "xn--bcher-kva.example",
		"s3.eu-west-1.amazonaws.com", "API.Example.COM", "a_b.example",
		"sk-ant-api03-qwzjxkvbnmq7x2kd83hf7.evil.example",
		"qwzjxkvbnmq7x2kd83hf7xkz.evil.qzxjkvwqzxj8d72kx93.example",
		"qzxjkvwqzxj8d72kx93kx8z72"
	};
	char			 dest[FINDING_DEST_SIZE], again[sizeof(dest)];
	size_t			 i;

	for (i = 0; i < nitems(hosts); i++) {
		ATF_REQUIRE_EQ(0, mask_dest(hosts[i], 443, dest,
		    sizeof(dest)));
		strcpy(again, dest);
		jsonl_mask_dest(again, sizeof(again));
		ATF_CHECK_STREQ(dest, again);
	}
	masks("", "");
	masks("api.example.com:443", "api.example.com:443");
	masks("[2001:db8::1]:80", "[2001:db8::1]:80");
	masks("[REDACTED:10].example.com:1", "[REDACTED:10].example.com:1");
	masks("a.[REDACTED:3].b:1", "a.[REDACTED:3].b:1");
	masks("[REDACTED:99]:65535", "[REDACTED:99]:65535");
	/* the host alone */
	masks("api.example.com", "api.example.com");
	masks("[2001:db8::1]", "[2001:db8::1]");
	masks("a.[REDACTED:3]", "a.[REDACTED:3]");
	masks("qzxjkvwqzxj8d72kx93kx8z72.example", "[REDACTED:33]");
	masks("a:b", "[REDACTED:3]");
	/* secrets that a detector let through */
	masks("qzxjkvwqzxj8d72kx93kx8z72.example:443",
	    "[REDACTED:33]:443");
	masks("[REDACTED:5].qzxjkvwqzxj8d72kx93kx8z72.example:443",
	    "[REDACTED:46]:443");
	/* what only looks masked */
	masks("[REDACTED:secret]:80", "[REDACTED:17]:80");
	masks("[REDACTED:]:80", "[REDACTED:11]:80");
	masks("[REDACTED:1]x.example:80", "[REDACTED:21]:80");
	masks("x[REDACTED:1].example:80", "[REDACTED:21]:80");
	masks("[::1", "[REDACTED:2]:1");
	masks("[::1]x:80", "[REDACTED:6]:80");
	masks("user:password@host", "[REDACTED:18]");
	masks(":80", "[REDACTED:3]");
	masks("host:", "[REDACTED:5]");
	masks("host:99999999", "[REDACTED:13]");
	masks("/etc/passwd", "[REDACTED:11]");
	masks("a..b:80", "[REDACTED:4]:80");
	masks(".:80", "[REDACTED:1]:80");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, eleven_fields);
	ATF_TP_ADD_TC(tp, every_value);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, events);
	ATF_TP_ADD_TC(tp, dest_once_more);
	return atf_no_error();
}
