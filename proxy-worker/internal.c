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
#include <string.h>

#include "compat.h"
#include "flow.h"
#include "http_error.h"

/*
 * http://guardian.invalid/ through the proxy: a page of help, the CA's
 * certificate (public) at /ca.pem, and /selftest, a destination that answers
 * 200 and is scanned like any other.  The name can never resolve (RFC 6761,
 * 6.4), so it takes nothing from anybody.
 */

static const char	help[] =
    "NanoClaw Traffic Guardian\n"
    "\n"
    "This client's HTTP traffic passes a proxy that reports secrets leaving\n"
    "and command injection arriving. It never blocks or changes traffic.\n"
    "\n"
    "To route a process through it, set in its environment\n"
    "    http_proxy, https_proxy, HTTP_PROXY and HTTPS_PROXY\n"
    "to the proxy's URL; 'guardianctl wiring shell' on the host prints the\n"
    "lines. To see that it works, send a secret-shaped text to\n"
    "    http://guardian.invalid/selftest\n"
    "and look at 'guardianctl findings' on the host.\n";

static const char	opaque[] =
    "\n"
    "HTTPS passes through a CONNECT tunnel and is not looked into; plain HTTP\n"
    "inside of such a tunnel is.\n";

/* Clear text came here, and what it says about trust is worth as much. */
static const char	trust[] =
    "\n"
    "HTTPS to some hosts is looked into, with certificates of the CA below,\n"
    "which is also at http://guardian.invalid/ca.pem. Anybody between here\n"
    "and the guardian could have put another in its place. Before you trust\n"
    "it, compare its fingerprint (openssl x509 -noout -fingerprint -sha256)\n"
    "with the one that 'guardianctl status' shows on the host.\n"
    "\n"
    "For one process: save it as guardian-ca.pem, make a bundle of it,\n"
    "    cat /etc/ssl/certs/ca-certificates.crt guardian-ca.pem >bundle.pem\n"
    "and set in its environment, with full paths,\n"
    "    NODE_EXTRA_CA_CERTS=guardian-ca.pem NODE_USE_ENV_PROXY=1\n"
    "    SSL_CERT_FILE=bundle.pem CURL_CA_BUNDLE=bundle.pem\n"
    "    REQUESTS_CA_BUNDLE=bundle.pem PIP_CERT=bundle.pem\n"
    "    GIT_SSL_CAINFO=bundle.pem CARGO_HTTP_CAINFO=bundle.pem\n"
    "    DENO_CERT=bundle.pem AWS_CA_BUNDLE=bundle.pem\n"
    "    CODEX_CA_CERTIFICATE=bundle.pem npm_config_cafile=bundle.pem\n"
    "wget has it from a file that WGETRC names, with the line\n"
    "    ca_certificate = bundle.pem\n"
    "and Java from a key store, with JAVA_TOOL_OPTIONS:\n"
    "    keytool -importcert -alias guardian -keystore guardian.jks \\\n"
    "        -file guardian-ca.pem\n"
    "    -Djavax.net.ssl.trustStore=guardian.jks\n"
    "\n";

static bool
path_is(const struct flow *f, const char *path)
{
	struct http_span	 s = f->req.path;
	const char		*p = http_span(&f->req, s), *q;
	size_t			 len = s.len;

	if ((q = memchr(p, '?', len)) != NULL)
		len = (size_t)(q - p);
	if (len == 0)
		return (strcmp(path, "/") == 0);
	return (strlen(path) == len && memcmp(p, path, len) == 0);
}

static int
help_write(struct flow *f, bool head, bool close)
{
	const struct inspect	*in = &f->proxy->inspect;
	char			 page[sizeof(help) + sizeof(trust) +
				    sizeof(in->ca.pem)];

	snprintf(page, sizeof(page), "%s%s%s", help, in->has_ca ? trust :
	    opaque, in->has_ca ? in->ca.pem : "");
	return (http_text_write(&f->cl.out, page, head, close));
}

void
internal_begin(struct flow *f)
{
	static const char	 go[] = "HTTP/1.1 100 Continue\r\n\r\n";

	f->state = FLOW_ST_SINK;
	if (http_frame_done(&f->req_frame)) {
		internal_answer(f);
		return;
	}
	if (f->req.expect_continue &&
	    io_write(&f->cl, go, sizeof(go) - 1) == -1)
		flow_destroy(f);
}

void
internal_answer(struct flow *f)
{
	bool	 head = f->req.method == HTTP_METHOD_HEAD, close;
	int	 rv;

	close = f->close_after = f->close_after || f->proxy->draining;
	if (path_is(f, "/selftest"))
		rv = http_text_write(&f->cl.out, "ok\n", head, close);
	else if (path_is(f, "/") && (head || f->req.method == HTTP_METHOD_GET))
		rv = help_write(f, head, close);
	else if (path_is(f, "/ca.pem") && f->proxy->inspect.has_ca &&
	    (head || f->req.method == HTTP_METHOD_GET))
		rv = http_text_write(&f->cl.out, f->proxy->inspect.ca.pem,
		    head, close);
	else {
		flow_fail(f, 404, "there is no such page here",
		    "There are http://" INTERNAL_HOST "/ and http://"
		    INTERNAL_HOST "/selftest.");
		return;
	}
	f->proxy->stats.v[STAT_RESPONSES]++;
	if (rv == -1) {
		flow_destroy(f);
		return;
	}
	flow_next(f);
}
