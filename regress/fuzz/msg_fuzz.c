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
 * Arbitrary payloads to every receive function, and arbitrary bytes to a
 * channel: nothing may be read beyond what came, and nothing may crash.
 * Byte 0 chooses: an even value takes byte 1 as the type of one well framed
 * message, an odd one sends the rest raw.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "msg.h"
#include "msg_archive.h"
#include "msg_compile.h"
#include "msg_ctl.h"
#include "msg_event.h"
#include "msg_finding.h"
#include "msg_flow.h"
#include "msg_leaf.h"
#include "msg_mcp.h"
#include "msg_rule.h"
#include "msg_start.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* In place of lib/log.c: a refusal is said aloud, a million times a minute. */
void
log_warn(const char *fmt, ...)
{
	(void)fmt;
}

void
log_warnx(const char *fmt, ...)
{
	(void)fmt;
}

void
fatal(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

static void
no_pattern(void *arg, const struct ask_pattern *p)
{
	(void)arg;
	(void)p;
}

static int
take(struct channel *ch, struct imsg *imsg, void *arg)
{
	union {
		struct msg_init		 init;
		struct msg_settings	 settings;
		struct msg_client	 client;
		struct msg_prefix	 prefix;
		struct msg_file		 file;
		struct msg_peer		 peer;
		struct msg_ready	 ready;
		struct child_stats	 stats;
		struct flow_open	 open;
		struct flow_end		 end;
		struct finding_rec	 finding;
		struct event_rec	 event;
		struct ctl_query	 query;
		struct ctl_proc		 proc;
		struct ctl_status	 status;
		struct ctl_end		 answer;
		struct leaf_sign	 sign;
		struct leaf_result	 result;
		struct msg_ca		 ca;
		struct msg_host		 host;
		struct msg_gateway	 gateway;
		struct msg_literal	 literal;
		uint8_t			 direction;
		struct msg_custom	 custom;
		struct msg_ignore	 ignore;
		struct msg_about	 about;
		struct msg_asker	 asker;
		struct msg_askdir	 askdir;
		struct ask_findings	 ask;
		struct ask_page		 page;
		struct ask_totals	 totals;
		struct msg_counts	 counts;
		struct msg_work		 work;
		struct msg_done		 done;
		char			 name[MSG_HOST_SIZE];
		struct sockaddr_storage	 ss;
	} u;
	enum flow_channel	 chan;
	enum ctl_verb		 verb;
	const uint8_t		*data;
	const char		*text;
	uint8_t			 id[FINDING_ID_SIZE];
	socklen_t		 sslen;
	uint32_t		 version;
	size_t			 len;
	int			 fd;

	(void)ch;
	(void)arg;
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_INIT_SEND:
		return msg_init_recv(imsg, &u.init);
	case IMSG_PARENT_SETTINGS_SEND:
		return msg_settings_recv(imsg, &u.settings);
	case IMSG_PARENT_LISTENER_SEND:
		return msg_listener_recv(imsg, &fd, &u.ss, &sslen);
	case IMSG_PARENT_CLIENT_SEND:
		return msg_client_recv(imsg, &u.client);
	case IMSG_PARENT_CLIENTADDR_SEND:
	case IMSG_PARENT_ALLOW_SEND:
	case IMSG_PARENT_HOSTADDR_SEND:
		return msg_prefix_recv(imsg, &u.prefix);
	case IMSG_PARENT_RESOLV_SEND:
	case IMSG_PARENT_HOSTS_SEND:
	case IMSG_PARENT_TRUST_SEND:
	case IMSG_PARENT_GATEWAYTRUST_SEND:
		return msg_text_recv(imsg, &text, &len);
	case IMSG_PARENT_FILE_SEND:
		return msg_file_recv(imsg, &fd, &u.file);
	case IMSG_PARENT_PEER_SEND:
		return msg_peer_recv(imsg, &fd, &u.peer);
	case IMSG_PARENT_STATUS_PROC:
	case IMSG_REPLY_PROC:
		return msg_proc_recv(imsg, &u.proc);
	case IMSG_PARENT_STATUS_END:
	case IMSG_REPLY_STATUS:
		return msg_status_recv(imsg, &u.status);
	case IMSG_PARENT_VERB_RESULT:
	case IMSG_REPLY_END:
		return msg_end_recv(imsg, &u.answer);
	case IMSG_CHILD_READY:
		return msg_ready_recv(imsg, &u.ready);
	case IMSG_CHILD_PONG:
		return msg_stats_recv(imsg, &u.stats);
	case IMSG_LOGGER_FILE_ROTATE:
		return msg_rotate_recv(imsg, &u.file);
	case IMSG_CONTROL_VERB_RUN:
		return msg_control_recv_verb(imsg, &verb);
	case IMSG_CONTROL_CLIENT_PASS:
		return msg_control_recv_client(imsg, &fd, &u.query);
	case IMSG_PROXY_MESSAGE_OPEN:
		return msg_flow_recv_open(imsg, &u.open);
	case IMSG_PROXY_MESSAGE_DATA:
		return msg_flow_recv_data(imsg, &chan, &data, &len);
	case IMSG_PROXY_MESSAGE_END:
		return msg_flow_recv_end(imsg, &u.end);
	case IMSG_DETECTOR_FINDING_ADD:
		return msg_finding_recv(imsg, &u.finding);
	case IMSG_LOGGER_FINDING_ACK:
		return msg_finding_recv_ack(imsg, id);
	case IMSG_ANY_EVENT_ADD:
		return msg_event_recv(imsg, PROC_PARENT, &u.event);
	case IMSG_CTL_FINDINGS_GET:
	case IMSG_CTL_FOLLOW_GET:
	case IMSG_CTL_EVENTS_GET:
		return msg_ctl_recv_query(imsg, &version, &u.query);
	case IMSG_CTL_STATUS_GET:
	case IMSG_CTL_RELOAD_RUN:
	case IMSG_CTL_STOP_RUN:
	case IMSG_CTL_ROTATE_RUN:
	case IMSG_CTL_CAROTATE_RUN:
	case IMSG_CTL_UPGRADE_RUN:
		return msg_ctl_recv_plain(imsg, &version);
	case IMSG_PARENT_HOST_SEND:
		return msg_host_recv(imsg, &u.host);
	case IMSG_PARENT_CUSTOM_SEND:
		return msg_custom_recv(imsg, &u.custom);
	case IMSG_PARENT_IGNORE_SEND:
		return msg_ignore_recv(imsg, &u.ignore);
	case IMSG_PARENT_RULESET_SEND:
		return msg_ruleset_recv(imsg, u.name);
	case IMSG_PARENT_GATEWAY_SEND:
		return msg_gateway_recv(imsg, &u.gateway);
	case IMSG_PARENT_CA_MAKE:
		return msg_ca_recv_make(imsg, &fd, u.name);
	case IMSG_PARENT_CA_LOAD:
		return msg_ca_recv_load(imsg, &fd);
	case IMSG_KEEPER_CA_SEND:
		return msg_ca_recv(imsg, &u.ca);
	case IMSG_PROXY_LEAF_SIGN:
		return msg_leaf_recv_sign(imsg, &u.sign);
	case IMSG_KEEPER_LEAF_RESULT:
		return msg_leaf_recv_result(imsg, &u.result);
	case IMSG_DETECTOR_LITERAL_ADD:
		return msg_literal_recv(imsg, &u.literal);
	case IMSG_COMPILER_DATABASE_DATA:
		return msg_database_recv(imsg, &u.direction, &data, &len);
	case IMSG_COMPILER_DATABASE_END:
		return msg_database_recv_end(imsg, &fd);
	case IMSG_PARENT_ABOUT_SEND:
		return msg_about_recv(imsg, &u.about);
	case IMSG_PARENT_ASKER_SEND:
		return msg_asker_recv(imsg, &u.asker);
	case IMSG_PARENT_ASKSOCKET_SEND:
		return msg_asksocket_recv(imsg, &fd, u.name);
	case IMSG_PARENT_ASKDIR_SEND:
		return msg_askdir_recv(imsg, &fd, &u.askdir);
	case IMSG_MCPD_FINDINGS_GET:
		return msg_ask_findings_recv(imsg, &u.ask);
	case IMSG_MCPD_TOTALS_GET:
		return msg_ask_totals_recv(imsg, u.name);
	case IMSG_LOGGER_FINDINGS_END:
		return msg_page_recv(imsg, &u.page);
	case IMSG_LOGGER_PATTERNS_DATA:
		return msg_patterns_recv(imsg, no_pattern, NULL);
	case IMSG_LOGGER_TOTALS_END:
		return msg_totals_recv(imsg, &u.totals);
	case IMSG_ANY_COUNTS_SEND:
		return msg_counts_recv(imsg, &u.counts);
	case IMSG_REPLY_LINE:
		return msg_line_recv(imsg, &text, &len);
	case IMSG_PARENT_WORKFILE_SEND:
		return msg_workfile_recv(imsg, &u.direction, &fd);
	case IMSG_PARENT_WORK_SEND:
		return msg_work_recv(imsg, &u.work);
	case IMSG_ARCHIVER_WORK_DONE:
		return msg_done_recv(imsg, &u.done);
	}
	return 0;
}

static void
gone(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	*(int *)arg = 1;
}

/* The first sender and receiver that the matrix lets have the type. */
static enum proc_role
first(unsigned int set)
{
	unsigned int	 i;

	for (i = 0; i < PROC_MAX; i++)
		if (set & MSG_ROLE(i))
			break;
	return (enum proc_role)i;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct msg_rule	*rule;
	struct event_base	*base;
	struct channel		*ch;
	struct imsgbuf		 out;
	enum proc_role		 from = PROC_PROXY, to = PROC_DETECTOR;
	int			 sv[2], dead = 0;
	ssize_t			 n;

	if (size < 2 || size > 65536)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1 ||
	    (base = event_base_new()) == NULL)
		abort();
	rule = msg_rule(data[1] % IMSG_MAX);
	if ((data[0] & 1) == 0 && rule != NULL) {
		from = first(rule->from);
		to = first(rule->to);
	}
	ch = channel_new(base, sv[0], to, from, MSG_FLOW_PAYLOAD_MAX, 1, take,
	    gone, &dead);
	if (ch == NULL)
		abort();
	if ((data[0] & 1) == 0) {
		if (imsgbuf_init(&out, sv[1]) == -1 ||
		    imsgbuf_set_maxsize(&out, MSG_FLOW_PAYLOAD_MAX) == -1 ||
		    imsg_compose(&out, data[1] % IMSG_MAX, data[0], 0, -1,
		    data + 2, size - 2) == -1 || imsgbuf_flush(&out) == -1)
			abort();
		imsgbuf_clear(&out);
	} else if ((n = send(sv[1], data + 1, size - 1, MSG_DONTWAIT)) == -1)
		abort();
	close(sv[1]);
	while (!dead && event_base_loop(base, EVLOOP_ONCE) == 0)
		;
	channel_free(ch);
	event_base_free(base);
	return 0;
}
