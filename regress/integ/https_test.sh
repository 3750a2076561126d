#
# Copyright (c) 2026 The NanoClaw Traffic Guardian developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# TLS in tunnels: inspected with a certificate of our own, or passed on.  The
# cases are in tools/https_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# wire CASE DESCRIPTION [CONFIGURATION LINE]
wire()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_body() { one $1 '$3'; }"
	eval "$1_cleanup() { cleanup_all; }"
}

one()
{
	atf_check https_cases.py prepare "$1"
	guardian_config <<CONF
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }
proxy workers 1
inspect https for { "localhost", "*.localhost" }
upstream ca file "$PWD/root.pem"
$2
CONF
	guardian_start
	worker=$(child_pid proxy-worker 0)
	atf_check -o match:"^done $1" https_cases.py "$1" "$proxy"
	test "$(child_pid proxy-worker 0)" = "$worker" ||
	    { cat guardiand.log; atf_fail "the proxy-worker was restarted"; }
	guardian_stop
}

wire found "a key in a request, a command in a response: one finding each"
wire versions "TLS 1.2 and 1.3, with and without ALPN"
wire untouched "a host on no list passes as it is"
wire passthrough "passthrough wins" 'passthrough { "localhost" }'
wire http2_only "a client with HTTP/2 only is not broken"
wire unverified "servers that cannot be verified get no byte of a request"
wire names "the name asked for and the host connected to"
wire distrusted "clients that do not take our certificate"
wire bytewise "handshake and request in segments of one byte"
wire pooled "verified connections are used again"
wire absolute "https in absolute form"
wire websocket "wss: what goes both ways is scanned"
wire not_http "something else under TLS passes"
wire bulk "large bodies both ways"
wire events_one_by_one "each event before the next"
wire ends "a body cut off is not a whole one"
wire orders "what happens in the middle of a handshake"
wire stalled "handshakes that are not finished end in time"
wire keeper_dies "the ca-keeper is killed"

atf_init_test_cases()
{
	for c in found versions untouched passthrough http2_only unverified \
	    names distrusted bytewise pooled absolute websocket not_http bulk \
	    events_one_by_one ends orders stalled keeper_dies; do
		atf_add_test_case $c
	done
}
