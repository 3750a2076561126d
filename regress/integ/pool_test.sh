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

# Connections to origins that outlive the client connection they were made for:
# who gets them again, and who must not.  The cases are in tools/pool_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# wire CASE DESCRIPTION: one worker, because each has a pool of its own.
wire()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
	eval "$1_body() { begin; one $1; }"
}

begin()
{
	guardian_config <<END
listen on 127.0.0.1 port 0
proxy workers 1
allow destination { 127.0.0.1 }
client "one" { address { 127.0.1.0/24 } }
client "two" { address { 127.0.2.0/24 } }
client "three" { address { 127.0.3.0/24 } }
client "four" { address { 127.0.4.0/24 } }
client "five" {
	credential sha256 "222b0bd51fcef7e65c2e62db2ed65457013bab56be6fafeb19ee11d453153c80"
}
END
	guardian_start
}

one()
{
	atf_check -o match:"^done $1" pool_cases.py "$1" "$proxy" ${2:+"$2"}
	guardian_stop
}

wire shared "the next connection of the same client uses it again"
wire apart "another client, credential or authority never does"
wire bound "nobody else gets one that NTLM or Negotiate has authenticated"
wire spoiled "none after unasked bytes, an early answer, close or Upgrade"
wire stale "a request that met a closing server is sent again, if that is safe"

wire crossed "what nobody asked for is no part of what is read meanwhile"
crossed_body()
{
	begin
	one crossed "$(child_pid proxy-worker 0)"
}

wire poison "nobody gets a byte of anybody else's, whatever origins send"
poison_body()
{
	begin
	worker=$(child_pid proxy-worker 0)
	atf_check -o match:" 0 failures" poison.py "$proxy" 3000 20260102
	atf_check_equal "$worker" "$(child_pid proxy-worker 0)"
	guardian_stop
	for reason in unasked interim truncated; do
		grep -q "\"reason\":\"$reason\"" home/log/events.jsonl ||
		    atf_fail "none was $reason"
	done
}

atf_init_test_cases()
{
	for tc in shared apart bound spoiled stale crossed poison; do
		atf_add_test_case $tc
	done
}
