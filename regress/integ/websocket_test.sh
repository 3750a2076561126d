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


# WebSockets: the bytes pass as they are, and what they say is scanned.  The
# cases are in tools/websocket_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# wire CASE DESCRIPTION: a case that is all Python, on a fresh suite.
wire()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
	eval "$1_body() { one $1; }"
}

one()
{
	guardian_config <<'CONF'
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
proxy workers 1
detector workers 1
scan limit 64K
dedup window 0
CONF
	guardian_start
	worker=$(child_pid proxy-worker 0)
	atf_check -o match:"^done $1" websocket_cases.py "$1" "$proxy"
	test "$1" = reload || test "$(child_pid proxy-worker 0)" = "$worker" ||
	    { cat guardiand.log; atf_fail "the proxy-worker was restarted"; }
	guardian_stop
}

wire plain "masks, fragments, control frames, at any split"
wire deflate "permessage-deflate with and without context takeover"
wire broken "what is no WebSocket passes, on record"
wire limit "a scan limit for each message"
wire crash "a detector dies: shown again, or on with the next message"
wire reload "connections outlive a reload, and half a close"

atf_init_test_cases()
{
	for tc in plain deflate broken limit crash reload; do
		atf_add_test_case $tc
	done
}
