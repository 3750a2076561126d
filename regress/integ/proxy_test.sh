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


# The proxy between real sockets: generated exchanges that must arrive as they
# were sent, and what bad peers on either side do.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 200; }"
	eval "$1_cleanup() { cleanup_all; }"
}

config()
{
	guardian_config <<'CONF'
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
proxy workers 1
detector workers 2
CONF
}

tool()
{
	python3 "$GUARDIAN_SRCDIR/regress/tools/$@" >tool.out 2>&1 ||
	    { cat tool.out guardiand.log; atf_fail "$1"; }
	cat tool.out
}

# worker_alive: nothing above ended the one proxy-worker there is.
worker_alive()
{
	test "$(child_pid proxy-worker 0)" = "$worker" ||
	    { cat guardiand.log; atf_fail "the proxy-worker was restarted"; }
}

case_ exchanges "5,000 generated exchanges arrive as they were sent"
exchanges_body()
{
	config
	guardian_start
	worker=$(child_pid proxy-worker 0)
	tool exchanges.py "$proxy" 5000 20260101
	worker_alive
	guardian_stop
	# All of it was understood, and all that is scanned was.
	if grep '"event":"protocol_error"' home/log/events.jsonl ||
	    grep '"event":"scan_gap"' home/log/events.jsonl; then
		atf_fail "not understood, or not scanned"
	fi
}

case_ cases "refusals, tunnels, broken, stale, early and endless answers"
cases_body()
{
	config
	guardian_start
	worker=$(child_pid proxy-worker 0)
	tool cases.py "$proxy"
	worker_alive
	guardian_stop
	for event in protocol_error destination_refused upstream_failed \
	    tunnel_opaque scan_gap; do
		grep -q "\"event\":\"$event\"" home/log/events.jsonl ||
		    atf_fail "no event $event"
	done
}

case_ identity "credentials name the client; without one it is 407"
identity_body()
{
	# SHA-256 of "sesame"
	guardian_config <<'CONF'
listen on 127.0.0.1 port 0
client "named" {
    address { 127.0.0.1 }
    credential sha256 \
        "d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272"
}
CONF
	guardian_start
	url=http://guardian.invalid/selftest
	atf_check -o inline:407 curl -s -o /dev/null -w '%{http_code}' \
	    -x "http://$proxy" "$url"
	atf_check -o inline:407 curl -s -o /dev/null -w '%{http_code}' \
	    -x "http://x:wrong@$proxy" "$url"
	atf_check -o inline:"ok\n" curl -s -x "http://x:sesame@$proxy" \
	    -d "k=$(fake_key)" "$url"
	wait_for 20 test -s home/log/clients/named/findings.jsonl ||
	    atf_fail "no finding under its name"
	guardian_stop
	grep -q '"event":"client_refused".*credential_missing' \
	    home/log/events.jsonl || atf_fail "no event for a missing one"
	grep -q '"event":"client_refused".*credential_wrong' \
	    home/log/events.jsonl || atf_fail "no event for a wrong one"
}

atf_init_test_cases()
{
	atf_add_test_case exchanges
	atf_add_test_case cases
	atf_add_test_case identity
}
