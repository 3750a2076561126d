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

#ifndef SCAN_H
#define SCAN_H

/*
 * The detection core: compiled rules, and one scan per HTTP message.  It has
 * no sockets, files or event loop, no clock except for what a rule costs, and
 * nothing global, so that the process around it, the unit tests and the fuzzer
 * drive the same code.
 *
 * Life of a process: rules_new() and rules_selftest() before the sandbox
 * closes (no executable memory and no file is needed afterwards), then
 * rules_set_key(), then any number of concurrent scans.  One struct rules is
 * for one thread: scans share its match buffers.
 */

#include <stddef.h>
#include <stdint.h>

#include "finding.h"

#define SCAN_KEY_SIZE		32	/* fingerprint key */
#define SCAN_FP_SIZE		32	/* HMAC-SHA-256 */
#define SCAN_ID_SIZE		16	/* detection id */
#define SCAN_FLOW_UID_SIZE	16
#define SCAN_HEAD_MAX		65536	/* longest head or trailer section */
#define SCAN_HITS_MAX		128	/* distinct hits of one message */

/* So often may a rule of the configuration reach a limit of matching. */
#define RULE_LIMITED_MAX	32

struct rule;
struct rules;
struct scan;

/* Where in a message a hit was found. */
enum scan_channel {
	SCAN_TARGET = 0,		/* the request line */
	SCAN_HEADER,			/* one header field, or a status line */
	SCAN_TRAILER,			/* one trailer field */
	SCAN_BODY,
	SCAN_WEBSOCKET			/* a message of one */
};

/* What is known of the message before its first byte. */
struct scan_context {
	enum finding_direction	 direction;
	/*
	 * Host part of the authority actually connected to, without brackets
	 * or port, never the Host field: own credentials are judged by it.
	 */
	const char		*dest_host;
	/*
	 * Bytes of a message, 0: no limit.  It bounds what decoders make of
	 * them as well, see SCAN_OUTPUT_TIMES and SCAN_DECODE_TIMES.
	 */
	uint64_t		 scan_limit;
	/* The text as it is, without decoders: rules that test themselves. */
	int			 plain;
};

/* One hit; valid only during the callback. */
struct scan_hit {
	const char		*pattern;	/* rule name */
	enum finding_threat	 threat;
	enum finding_severity	 severity;
	enum scan_channel	 channel;
	const char		*field;	/* known field name, or NULL */
	uint64_t		 offset;	/* in the channel */
	/* HMAC of the normalised secret, the same for every place and rule. */
	uint8_t			 fingerprint[SCAN_FP_SIZE];
	char			 snippet[FINDING_SNIPPET_SIZE];
};

/* Why something was not scanned, or not in every form it has. */
enum scan_gap {
	SCAN_GAP_LIMIT,		/* past the scan limit */
	SCAN_GAP_CODING,	/* a content coding that is not known */
	SCAN_GAP_ERROR,		/* coded data that is damaged or cut off */
	SCAN_GAP_OUTPUT,	/* content codings undone: SCAN_OUTPUT_TIMES */
	SCAN_GAP_RATIO,		/* it swells too much, see coding.c */
	SCAN_GAP_WINDOW,	/* zstd wants more history than is granted */
	SCAN_GAP_MEMORY,	/* all decoders together have too much */
	SCAN_GAP_BUDGET,	/* decoded texts: SCAN_DECODE_TIMES */
	SCAN_GAP_DEPTH,		/* nested more than VIEW_DEPTH_MAX times */
	SCAN_GAP_VIEWS,		/* more than VIEWS_MAX texts at once */
	SCAN_GAP_BLOCKS,	/* more than DELTAS_BLOCKS blocks at once */
	SCAN_GAP_WEBSOCKET,	/* behind what is no WebSocket frame */
	SCAN_GAP_DEFLATE,	/* a WebSocket message that is not inflated */
	SCAN_GAP_MAX
};

/* What may come out of content codings, and of other decoders, in limits. */
#define SCAN_OUTPUT_TIMES	4
#define SCAN_DECODE_TIMES	4

struct scan_counters {
	uint64_t	seen;		/* bytes given */
	uint64_t	scanned;
	uint64_t	skipped;	/* seen - scanned */
	uint64_t	decoded;	/* of decoded texts, scanned as well */
	uint64_t	hits;		/* reported */
	uint64_t	hits_dropped;	/* past SCAN_HITS_MAX, not reported */
	uint64_t	limited;	/* times a match limit was hit */
	/*
	 * Not looked at, by reason: bytes as they were given to whoever gave
	 * up (coded bytes for a coding, text for a decoder), and how often.
	 */
	struct {
		uint64_t	bytes;
		uint64_t	count;
	}		gap[SCAN_GAP_MAX];
};

struct scan_callbacks {
	/* Each distinct (rule, fingerprint) of a message once. */
	void	(*hit)(const struct scan_hit *, void *);
	/*
	 * A long-lived key in its provider's own place: no finding.  The hit
	 * is as if it were one of low severity, so that the caller can tell a
	 * second key of the same client from the first.
	 */
	void	(*own)(const struct scan_hit *, const char *provider, void *);
	/*
	 * The rule gave up on a stretch of the message because matching it
	 * reached PCRE2's match, depth, heap or JIT stack limit, or, for the
	 * rest of a text, because it took too long in it: from offset
	 * of the channel, for at most that many bytes, this rule saw nothing.
	 * The other rules went on.
	 */
	void	(*limited)(const char *pattern, enum scan_channel,
		    uint64_t offset, uint64_t bytes, void *);
	/*
	 * A rule of the configuration did so RULE_LIMITED_MAX times: it is
	 * not used from now on.
	 */
	void	(*disabled)(const char *pattern, void *);
};

/*
 * Compile the registry, with JIT if the library and the kernel allow it, and
 * initialise libcrypto.  Returns NULL with the cause in errbuf.  The caller
 * frees with rules_free().
 */
struct rules	*rules_new(char *errbuf, size_t errlen);
/* The same with further tables, which must live as long; NULL ends them. */
struct rules	*rules_new_with(const struct rule *const *, char *errbuf,
		    size_t errlen);
void		 rules_free(struct rules *);

/*
 * The literals of one direction, of which every match contains one: what a
 * database (prefilter.h) is made from, each literal's number being n.  Returns
 * 0, or -1 when there are no more.
 */
int		 rules_literal(const struct rules *, enum finding_direction,
		    size_t n, const char **text, size_t *len, int *caseless);

/*
 * Find literals with this serialised database from now on; until then, and
 * after a failure, each is searched for by itself, which finds the same and
 * takes its time.  Not while there are scans.  Returns 0, or -1 with the cause
 * in errbuf.
 */
int		 rules_database(struct rules *, enum finding_direction,
		    const void *, size_t, char *errbuf, size_t errlen);

/* Do without databases again. */
void		 rules_forget(struct rules *);

/*
 * "pcre2-jit", or "pcre2" if the interpreter does the matching; after
 * "vectorscan, " if there is a database for both directions.
 */
const char	*rules_engine(const struct rules *);

/*
 * Run every rule over its own examples and counter-examples.  Returns 0, or
 * -1 with the first that failed in errbuf.  Takes a few milliseconds.
 */
int		 rules_selftest(struct rules *, char *errbuf, size_t errlen);

/*
 * Set the key of the fingerprints.  Until then a random one is in use, so
 * that a fingerprint can never be computed by an outsider.
 */
void		 rules_set_key(struct rules *, const uint8_t[SCAN_KEY_SIZE]);

/*
 * Begin a message.  The context is copied, callbacks and rules are borrowed
 * and must outlive the scan.  Returns NULL if memory is short.
 */
struct scan	*scan_new(struct rules *, const struct scan_context *,
		    const struct scan_callbacks *, void *arg);

/*
 * The head of the message in one piece: request or status line, then
 * "Name: value" lines, each ended by CRLF or LF.  Every line is a byte stream
 * of its own.  Heads longer than SCAN_HEAD_MAX are scanned up to that and the
 * rest is counted as skipped.  May be called again (interim responses).
 */
void		 scan_head(struct scan *, const void *, size_t);

/* The trailer section in one piece, field lines only. */
void		 scan_trailer(struct scan *, const void *, size_t);

/* The next bytes of the body: any number of calls, split anywhere. */
void		 scan_body(struct scan *, const void *, size_t);

/*
 * So many bytes of the body are not there: what is given next follows them.
 * They count as past the limit.
 */
void		 scan_body_gap(struct scan *, uint64_t);

/* The message was cut off: what is missing at its end is no damage. */
void		 scan_abort(struct scan *);

/*
 * The body to come is one direction of a WebSocket (RFC 6455), agreed upon by
 * a 101 response with this head.  The head itself is not looked at; the limit
 * is that of each message.  Returns 0, or -1 if memory is short.
 */
int		 scan_websocket(struct scan *, const void *, size_t);

/*
 * The body is complete: matches that waited for a byte more are decided and
 * reported.  Does nothing the second time.
 */
void		 scan_end(struct scan *);

/*
 * Forget the message: hits that wait are reported, and what scan_end() did not
 * decide is dropped.
 */
void		 scan_free(struct scan *);

void		 scan_counters(const struct scan *, struct scan_counters *);

/* "scan_limit" ...: the reason of an event. */
const char	*scan_gap_name(enum scan_gap);

/* "target", "header", "trailer", "body" or "websocket". */
const char	*scan_channel_name(enum scan_channel);

/*
 * The replay-stable identity of a finding: the first 16 bytes of SHA-256 over
 * flow, message, rule name and fingerprint, each length-prefixed.  A message
 * that is scanned again after a crash yields the same ids.
 */
void		 scan_finding_id(uint8_t[SCAN_ID_SIZE],
		    const uint8_t[SCAN_FLOW_UID_SIZE], uint32_t msg_seq,
		    const char *pattern, const uint8_t[SCAN_FP_SIZE]);

#endif /* SCAN_H */
