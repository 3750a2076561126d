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

#include <string.h>

#include <tls.h>

#include "flow.h"
#include "log.h"
#include "secure.h"
#include "tls_leg.h"
#include "tls_trust.h"

/*
 * The TLS session with an origin.  It is verified here, by its whole chain,
 * before anybody may write to it.
 */

/* Both answers to "what now?": the tunnel's set-up goes on, or the request. */
static void
failed(struct flow *f, enum event_type type, const char *word, int status,
    const char *why, const char *cure)
{
	flow_report(f, type, FLOW_INBOUND, word, 0);
	if (f->state == FLOW_ST_SECURE)
		secure_upstream_failed(f, status, why, cure);
	else {
		upstream_close(f);
		flow_fail(f, status, why, cure);
	}
}

void
upstream_tls_begin(struct flow *f)
{
	struct proxy		*p = f->proxy;
	struct tls_config	*config;

	/* Asked for what the client asks for, it does what it would do. */
	config = f->sec != NULL && !f->sec->alpn ? p->inspect.tls_plain :
	    p->inspect.tls_http;
	if (io_tls_client(&f->up->io, config, f->up->key.name) == -1) {
		failed(f, EVENT_UPSTREAM_FAILED, "memory", 503,
		    "memory is short", "Try again.");
		return;
	}
	f->up->securing = true;
	flow_deadline(f, T_TLS);
	upstream_tls_readable(f);
}

/* Nothing but the result, so that it is one string a reason. */
static void
not_verified(struct flow *f, enum trust_result r)
{
	failed(f, EVENT_UPSTREAM_VERIFY_FAILED, tls_trust_word(r), 502,
	    tls_trust_text(r),
	    "Nothing of the request was sent.  If this server is to be "
	    "trusted, its authority belongs\ninto the file that 'upstream ca "
	    "file' names in guardian.conf; or list the host in\n"
	    "'passthrough', and it is not inspected.");
}

void
upstream_tls_readable(struct flow *f)
{
	struct io		*io = &f->up->io;
	enum trust_result	 r;
	const uint8_t		*pem;
	size_t			 len;

	switch (io_handshake(io)) {
	case 0:
		return;
	case 1:
		break;
	default:
		failed(f, EVENT_UPSTREAM_FAILED, tls_leg_reason(io->tls), 502,
		    "the TLS handshake with the server failed",
		    "Check that the server speaks TLS 1.2 or later on this "
		    "port.");
		return;
	}
	pem = tls_peer_cert_chain_pem(tls_leg_ctx(io->tls), &len);
	r = tls_trust_verify(f->proxy->inspect.anchors, f->up->key.name, pem,
	    pem == NULL ? 0 : len, proxy_now());
	if (r != TRUST_OK) {
		not_verified(f, r);
		return;
	}
	f->up->securing = false;
	if (f->state == FLOW_ST_SECURE)
		secure_upstream_ready(f);
	else
		upstream_connected(f);
}

void
upstream_tls_timeout(struct flow *f)
{
	failed(f, EVENT_UPSTREAM_FAILED, "tls_timeout", 504,
	    "the server did not finish the TLS handshake in time",
	    "Try again; the server may be busy.");
}
