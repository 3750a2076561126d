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

#ifndef MSG_MCP_H
#define MSG_MCP_H

#include <stdint.h>

#include "finding.h"
#include "msg.h"
#include "msg_leaf.h"

struct channel;

/*
 * mcpd, whom containers ask, and the logger, who knows the answers.  Every
 * question names one client; the logger answers for those alone that the
 * parent said may ask, and a container's connection belongs to one client.
 */

/* IMSG_PARENT_ABOUT_SEND: what containers may know of the suite as such. */
struct msg_about {
	char		 version[32];
	int64_t		 started_ms;	/* guardiand's start, UTC */
	uint64_t	 scan_limit;	/* bytes of a message */
	uint8_t		 inspects;	/* HTTPS inspection is configured */
	uint8_t		 has_ca;	/* and this is its CA */
	uint8_t		 fingerprint[CA_FINGERPRINT_SIZE];
	char		 proxy_url[256];	/* as it is advertised */
	uint32_t	 listeners;	/* of the proxy; the first four: */
	char		 listen[4][MSG_DEST_SIZE];
};

/* IMSG_PARENT_ASKER_SEND: a client that may ask. */
struct msg_asker {
	char		 client[MSG_CLIENT_SIZE];
	uint8_t		 has_token;
	uint8_t		 token[32];	/* SHA-256 of it */
};

/* IMSG_PARENT_ASKDIR_SEND: a directory of a client, both or none. */
enum askdir_kind {
	ASKDIR_TASKS,
	ASKDIR_RESULTS,
	ASKDIR_MAX
};

struct msg_askdir {
	uint8_t		 kind;		/* enum askdir_kind */
	char		 client[MSG_CLIENT_SIZE];
};

#define ASK_CURSOR_SIZE		40	/* with the NUL; [0-9a-f.] */
#define ASK_LIMIT_MAX		200
#define ASK_ANY			0xff	/* any direction, any threat */

/* IMSG_MCPD_FINDINGS_GET: newest first, from behind the cursor on. */
struct ask_findings {
	char		 client[MSG_CLIENT_SIZE];
	uint32_t	 limit;		/* 1 to ASK_LIMIT_MAX */
	int64_t		 since_ms;	/* UTC, inclusive; 0: any time */
	int64_t		 until_ms;	/* UTC, inclusive; 0: any time */
	uint8_t		 threat;	/* enum finding_threat, or ASK_ANY */
	uint8_t		 direction;	/* enum finding_direction, or ASK_ANY */
	uint8_t		 min_severity;	/* enum finding_severity */
	char		 pattern[FINDING_PATTERN_SIZE];	/* "": any */
	char		 cursor[ASK_CURSOR_SIZE];	/* "": the newest */
};

enum ask_status {
	ASK_OK,
	ASK_NO_CURSOR,		/* it is unknown, or no longer kept */
	ASK_REFUSED,		/* that client may not ask */
	ASK_FAILED,		/* the log cannot be read */
	ASK_STATUS_MAX
};

/* IMSG_LOGGER_FINDINGS_END, behind the lines of the answer. */
struct ask_page {
	uint8_t		 status;	/* enum ask_status */
	uint64_t	 matched;	/* findings that fit, on all pages */
	char		 next[ASK_CURSOR_SIZE];	/* "": that was the last */
};

/*
 * What one client has sent and received since its processes started, as
 * cumulative numbers: who receives them keeps the last.
 */
struct client_counts {
	uint64_t	 messages;	/* that a detector has ended */
	uint64_t	 bytes;		/* of these, seen */
	uint64_t	 skipped_messages;
	uint64_t	 skipped_bytes;	/* not scanned */
	int64_t		 request_ms;	/* last request, UTC; 0: none */
	int64_t		 tls_failed_ms;	/* last TLS failure, UTC; 0: none */
	char		 tls_reason[MSG_TOKEN_SIZE];	/* of it */
};

/* IMSG_ANY_COUNTS_SEND */
struct msg_counts {
	char		 client[MSG_CLIENT_SIZE];
	struct client_counts counts;
};

/* IMSG_LOGGER_PATTERNS_DATA: some of these, as many as fit */
struct ask_pattern {
	char		 name[FINDING_PATTERN_SIZE];
	uint64_t	 findings;
};

/* IMSG_LOGGER_TOTALS_END */
struct ask_totals {
	uint8_t		 status;	/* enum ask_status */
	uint64_t	 findings;
	int64_t		 last_ms;	/* the newest one's time; 0: none */
	struct client_counts counts;	/* of all processes together */
};

/* 0, or -1; recv when the payload is malformed.  id: imsg_get_id(). */
int	msg_about_send(struct channel *, const struct msg_about *);
int	msg_about_recv(struct imsg *, struct msg_about *);
int	msg_asker_send(struct channel *, const struct msg_asker *);
int	msg_asker_recv(struct imsg *, struct msg_asker *);
/* fd is sent and closed */
int	msg_asksocket_send(struct channel *, int fd, const char *client);
int	msg_asksocket_recv(struct imsg *, int *fd, char[MSG_CLIENT_SIZE]);
int	msg_askdir_send(struct channel *, int fd, const struct msg_askdir *);
int	msg_askdir_recv(struct imsg *, int *fd, struct msg_askdir *);
int	msg_ask_findings_send(struct channel *, uint32_t id,
	    const struct ask_findings *);
int	msg_ask_findings_recv(struct imsg *, struct ask_findings *);
int	msg_ask_totals_send(struct channel *, uint32_t id, const char *client);
int	msg_ask_totals_recv(struct imsg *, char[MSG_CLIENT_SIZE]);
int	msg_page_send(struct channel *, uint32_t id, const struct ask_page *);
int	msg_page_recv(struct imsg *, struct ask_page *);
/* Returns how many of n went into one message, 0 when out of memory. */
size_t	msg_patterns_send(struct channel *, uint32_t id,
	    const struct ask_pattern *, size_t n);
/* Calls for each; the message as a whole has been checked before. */
int	msg_patterns_recv(struct imsg *,
	    void (*)(void *, const struct ask_pattern *), void *);
int	msg_totals_send(struct channel *, uint32_t id,
	    const struct ask_totals *);
int	msg_totals_recv(struct imsg *, struct ask_totals *);
int	msg_counts_send(struct channel *, const struct msg_counts *);
int	msg_counts_recv(struct imsg *, struct msg_counts *);

/* 1 for "" and what a cursor is made of. */
int	msg_cursor_ok(const char *);

#endif /* MSG_MCP_H */
