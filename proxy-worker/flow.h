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

#ifndef FLOW_H
#define FLOW_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "connect.h"
#include "detector_link.h"
#include "http_frame.h"
#include "http_head.h"
#include "io.h"
#include "proxy.h"
#include "upstream_pool.h"

/*
 * One client connection and the origin connection it uses at the moment.
 *
 *	HEAD -> CONNECTING -> BODY -> WAIT -> HEAD ...		a request
 *	HEAD -> SINK -> HEAD ...				guardian.invalid
 *	HEAD -> CONNECTING -> START -> TUNNEL			CONNECT
 *	HEAD -> CONNECTING -> START -> HEAD ...			HTTP inside
 *	START -> HELLO ...					see secure.h
 *	WAIT -> TUNNEL						101
 *	any -> LINGER						last words
 *
 * Functions that may end a flow mark it dead; it is freed by the reaper, so
 * callers look at dead and touch nothing else.
 */
enum flow_state {
	FLOW_ST_HEAD,		/* a request head is awaited or read */
	FLOW_ST_CONNECTING,	/* it is there, the origin is not yet */
	FLOW_ST_BODY,		/* its body goes to the origin */
	FLOW_ST_WAIT,		/* it is gone, the response comes */
	FLOW_ST_SINK,		/* its body is for us */
	FLOW_ST_START,		/* the first bytes of a tunnel are awaited */
	FLOW_ST_HELLO,		/* it is TLS: the ClientHello is awaited */
	FLOW_ST_SECURE,		/* an origin and a certificate are awaited */
	FLOW_ST_ACCEPT,		/* the client's handshake with us */
	FLOW_ST_TUNNEL,		/* opaque, or a WebSocket */
	FLOW_ST_LINGER		/* the client reads our last bytes */
};

enum resp_state {
	RESP_NONE,		/* no request is out */
	RESP_HEAD,
	RESP_BODY
};

struct flow {
	TAILQ_ENTRY(flow) entry;
	TAILQ_ENTRY(flow) cork;
	struct proxy	*proxy;
	bool		 dead;
	bool		 corked;
	uint32_t	 turn;		/* when it was */
	enum flow_state	 state;
	enum resp_state	 resp_state;

	uint8_t		 uid[FLOW_UID_SIZE];
	uint32_t	 seq;
	struct sockaddr_storage src;
	char		 source[MSG_ADDR_SIZE];
	struct client	*client;	/* NULL: not named yet */

	struct io	 cl;		/* the client */
	struct buf	 cin;		/* read from it, not processed */
	struct http_head req;
	struct http_frame req_frame;
	struct scan	*req_scan;
	struct waiter	 req_wait;
	bool		 req_discard;	/* the origin takes no more of it */
	bool		 retried;
	bool		 tunneled;	/* HTTP inside of a CONNECT */
	bool		 established;	/* the client has our 200 to it */
	const char	*opaque;	/* why, while its origin is awaited:
					 * a constant */
	struct secure	*sec;		/* TLS inside of it, inspected */
	char		*credential;	/* the CONNECT's, see gateway_keep() */

	struct connector *connector;
	struct upstream	*up;		/* the origin, or NULL */
	char		 up_host[MSG_HOST_SIZE];
	uint16_t	 up_port;
	struct http_head resp;
	struct http_frame resp_frame;
	struct scan	*resp_scan;
	struct waiter	 resp_wait;
	bool		 resp_started;	/* the client has some of it */
	bool		 close_after;
	bool		 upgrade;	/* the origin was asked for one */
	unsigned int	 interim;	/* 1xx to this request */

	struct websocket *websocket;	/* the tunnel is one */
	uint64_t	 opaque_out;	/* tunnel bytes from the client */
	uint64_t	 opaque_in;

	struct event	 timer;
	bool		 timer_armed;
	int64_t		 timer_at;
	int64_t		 deadline;
};

/* flow.c: life, client side */
void	 flow_new(struct proxy *, int fd, const struct sockaddr *, socklen_t);
void	 flow_destroy(struct flow *);
void	 flow_reap(evutil_socket_t, short, void *);
/* Those that wait for nothing have little time; others one exchange more. */
void	 flow_drain(struct proxy *);
/* Ends them all, as they are. */
void	 flow_finish(struct proxy *);
/* Processes client bytes that were waiting for something. */
void	 flow_resume(struct flow *);
void	 flow_deadline(struct flow *, int64_t ms);
/* Refuses the request: our answer, or a reset when another one has begun. */
void	 flow_fail(struct flow *, int status, const char *why,
	    const char *cure);
/* The last byte is in the buffer: flush, shut, and let the client read. */
void	 flow_linger(struct flow *);
/* The exchange is over: next request, or the end. */
void	 flow_next(struct flow *);
/* Ready for a request. */
void	 flow_begin(struct flow *);

/* flow_turn.c: readiness, writing */
/*
 * Sets what is waited for, from the state, after what is to be written has
 * been; every callback ends with it.
 */
void	 flow_arm(struct flow *);
/*
 * Is there room with the detector for what the next read of that direction
 * brings?  Looked at again before the read: many flows may have been let in
 * one after the other, and be readable together.
 */
bool	 flow_may_show(struct flow *, enum flow_direction);
/*
 * What is small goes at the end of this turn of the event loop: first what all
 * flows have for the detectors, then to the peers what each has for them.
 */
void	 flow_cork(struct flow *);
void	 flow_flush(evutil_socket_t, short, void *);
/* To a peer: as above, or at once when it is much.  0 or -1. */
int	 flow_write(struct flow *, struct io *, const uint8_t *, size_t);

/* flow_request.c */
size_t	 request_head_input(struct flow *, const uint8_t *, size_t);
size_t	 request_body_input(struct flow *, const uint8_t *, size_t);
void	 request_head_send(struct flow *);
/* Bytes of a refused request: they go to the detector and nowhere else. */
void	 request_refused_input(struct flow *, const uint8_t *, size_t);
/* Client name for a scan, port with the scheme's default. */
const char	*flow_client_name(const struct flow *);
uint16_t	 flow_port(const struct flow *);
/* Is what is said on it between the client and the origin under TLS? */
bool		 flow_is_tls(const struct flow *);
/* Does the client's tunnel lead to one connection and no other? */
bool		 flow_is_pinned(const struct flow *);
/* The detector that watches this client. */
struct dlink	*flow_link(const struct flow *);
/* Shows a head to the detector; the body follows. */
struct scan	*flow_scan(struct flow *, enum flow_direction, const uint8_t *,
	    size_t);
/* Its body comes with this head. */
void	 flow_scan_length(struct scan *, const struct http_head *);
/*
 * Feeds body bytes to the decoder and shows their payload; returns how many
 * belong to the message.
 */
size_t	 flow_show_body(struct http_frame *, struct scan *, const uint8_t *,
	    size_t, enum http_feed *last);
void	 flow_report(struct flow *, enum event_type, int direction,
	    const char *reason, uint64_t bytes);

/* upstream.c: origin connection */
void	 upstream_route(struct flow *);
void	 upstream_close(struct flow *);
/*
 * The response is whole and the connection sound: for the next request of
 * this client, from wherever, or of this flow alone when it must be.
 */
void	 upstream_release(struct flow *);
/* Bytes that wait for the origin. */
size_t	 upstream_queued(const struct flow *);
/* Whose connection this request may use. */
void	 upstream_key_of(const struct flow *, struct upstream_key *);
/* It is connected, and under TLS verified: the request goes out. */
void	 upstream_connected(struct flow *);
/* A CONNECT whose origin is needed after all. */
void	 upstream_connect(struct flow *);
/* What has it to say?  For when nobody has listened for a while. */
void	 upstream_look(struct flow *);
/* It went away between two requests. */
void	 upstream_gone(struct flow *);
/* Writes what is kept for the origin. */
void	 upstream_flush(struct flow *);
/* Sends the request again on a new connection, if that does no harm. */
bool	 upstream_retry(struct flow *);

/* flow_response.c */
void	 response_begin(struct flow *);
void	 response_input(struct flow *, const uint8_t *, size_t);
void	 response_eof(struct flow *, bool broken);

/* tunnel.c */
/* The origin of a CONNECT is there, and may have said something already. */
void	 tunnel_start(struct flow *, const uint8_t *, size_t);
/* The client's first bytes, all of them, until the state changes. */
size_t	 tunnel_first_input(struct flow *, const uint8_t *, size_t);
/* From now on nothing is looked at. */
void	 tunnel_opaque(struct flow *, const char *reason);
/* The same, unless it is for a server that is not who it should be. */
void	 tunnel_not_http(struct flow *, const char *reason);
/* Puts the CONNECT's destination into the request. */
void	 tunnel_authority(struct flow *);
size_t	 tunnel_from_client(struct flow *, const uint8_t *, size_t);
void	 tunnel_from_origin(struct flow *, const uint8_t *, size_t);
void	 tunnel_client_eof(struct flow *);
void	 tunnel_origin_eof(struct flow *);
void	 tunnel_end(struct flow *);

/* websocket.c */
/*
 * The origin has agreed to something else: if that is a WebSocket, it begins.
 * false: it is not, or memory is short.
 */
bool	 websocket_start(struct flow *);
void	 websocket_free(struct flow *);
/* Shows bytes that came, before they go on. */
void	 websocket_show(struct flow *, enum flow_direction, const uint8_t *,
	    size_t);
/* No more come from there. */
void	 websocket_eof(struct flow *, enum flow_direction);

/* internal.c: http://guardian.invalid/ */
#define INTERNAL_HOST	"guardian.invalid"
void	 internal_begin(struct flow *);
void	 internal_answer(struct flow *);

#endif /* FLOW_H */
