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

# What is sent arrives before more is sent, a body of any size costs the same
# memory, and many connections do not get in each other's way.

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
detector workers 1
CONF
}

# wire CASE DESCRIPTION: a case of stream_cases.py on a fresh suite.
wire()
{
	case_ "$1" "$2"
	eval "$1_body() { one $1; }"
}

one()
{
	config
	guardian_start
	atf_check -o match:"^done $1" stream_cases.py "$1" "$proxy"
	guardian_stop
	if grep '"event":"protocol_error"' home/log/events.jsonl; then
		atf_fail "misunderstood"
	fi
}

wire events_plain "SSE: each event passes before the next one is sent"
wire events_tunnel "the same inside of a tunnel"
wire bytewise "each byte of a stream passes before the next one is sent"
wire uploads "a request's pieces, answered while they come"
wire opaque "what is not HTTP, to and fro"
wire long_poll "answers in the order they are made"

case_ large "1 GiB down and 256 MiB up, through readers that stop: no growth"
large_body()
{
	config
	guardian_start
	size=1024
	if [ -n "$GUARDIAN_SANITIZE" ]; then
		# what is freed stays for a while, to be watched
		size=256
		SOAK_GROWTH=300000
		export SOAK_GROWTH
	fi
	atf_check -o ignore soak.py "$proxy" $size \
	    "$(child_pid proxy-worker 0)" "$(child_pid detector-worker 0)"
	guardian_stop
}

case_ crowd "400 idle connections and 100 busy ones on one worker"
crowd_body()
{
	config
	guardian_start
	worker=$(child_pid proxy-worker 0)
	atf_check -o match:"one idle" crowd.py "$proxy" 400 100 20 "$worker"
	atf_check_equal "$worker" "$(child_pid proxy-worker 0)"
	guardian_stop
	if grep -E '"event":"(protocol_error|scan_gap|overload)"' \
	    home/log/events.jsonl; then
		atf_fail "not without a trace"
	fi
}

atf_init_test_cases()
{
	for tc in events_plain events_tunnel bytewise uploads opaque \
	    long_poll large crowd; do
		atf_add_test_case $tc
	done
}
