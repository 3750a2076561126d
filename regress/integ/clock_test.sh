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


# Clocks that are put back and forward, by the library of preload(): the
# system's for everybody, and the monotonic one where an hour has to pass.  The
# cases are in tools/clock_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 100; }"
	eval "$1_cleanup() { cleanup_all; }"
	eval "$1_body() { one $1; }"
}

one()
{
	clock_cases.py prepare
	openssl rand -hex 24 >main.token
	chmod 600 main.token
	guardian_config <<END
listen on 127.0.0.1 port 0
mcp listen on 127.0.0.1 port 0
proxy workers 1
detector workers 1
inspect https for { "localhost" }
upstream ca file "$PWD/root.pem"
allow destination { 127.0.0.1, ::1 }
client "main" {
	address { 127.0.0.0/8 }
	mcp token file "$PWD/main.token"
	$([ "$1" != quota ] || echo "quota 64K")
}
END
	preload
	guardian_start
	mcp=$(json_get "$(ctl -j status)" \
	    'd["mcp_listen"][0].rsplit(":", 1)[1]')
	clock_cases.py "$1" "$proxy" "$mcp" >cases.log 2>&1 ||
	    { cat cases.log guardiand.log; atf_fail "$1"; }
	guardian_stop
}

case_ moved "a day forward and back, a year: findings, certificates, MCP, logs"
case_ quota "a quota that is used up lasts a day, whichever way that ends"
case_ tunnel "an hour without a byte is the end of an opaque tunnel"

atf_init_test_cases()
{
	for tc in moved quota tunnel; do
		atf_add_test_case $tc
	done
}
