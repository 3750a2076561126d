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

# A proxy behind ours ("upstream proxy").  The cases, and a gateway like the one
# NanoClaw's containers have, are in tools/gateway_cases.py.  With HOLD=180 in
# the environment "held" takes as long as a person may.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

wire()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout \
	    $((120 + 2 * ${HOLD:-1})); }"
	eval "$1_body() { one $1; }"
	eval "$1_cleanup() { cleanup_all; }"
}

one()
{
	atf_check gateway_cases.py prepare
	gateway_cases.py serve gateway.port >gateway.out 2>&1 &
	echo $! >>pids
	wait_for 20 test -s gateway.port || atf_fail "no gateway"
	guardian_config <<CONF
listen on 127.0.0.1 port 0
proxy workers 1
inspect https for { "api.example", "slow.example" }
upstream ca file "$PWD/root.pem"
upstream proxy "http://127.0.0.1:$(cat gateway.port)" \
    ca file "$PWD/gateway-ca.pem"
CONF
	guardian_start
	worker=$(child_pid proxy-worker 0)
	atf_check -o match:"^done $1" gateway_cases.py "$1" "$proxy"
	test "$(child_pid proxy-worker 0)" = "$worker" ||
	    { cat guardiand.log; atf_fail "the proxy-worker was restarted"; }
	guardian_stop
}

wire chain "inspected through the gateway, which gets the credential"
wire plain "plain HTTP through the gateway"
wire challenge "407 reaches the client with its fields"
wire refused "what the gateway refuses, and what we do"
wire held "an approval takes its time"
wire silent "a silent tunnel is dropped"
wire early "an answer that comes with the gateway's yes is none"
wire again "plain HTTP in a tunnel asks the gateway anew"
wire through "not inspected, the gateway's certificate is seen"
wire one_hop "its CA counts there, connections are a credential's own"

atf_init_test_cases()
{
	for c in chain plain challenge refused held silent early again \
	    through one_hop; do
		atf_add_test_case $c
	done
}
