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

# Limits in time and number: who is cut off, when, and what they are told.
# Where minutes would have to pass, a worker that was compiled with shorter
# seconds (hasty/SOURCES) stands in.  The cases are in tools/limits_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; ${3:-:}; }"
	eval "$1_cleanup() { cleanup_all; }"
}

config()
{
	guardian_config <<'END'
listen on 127.0.0.1 port 0
proxy workers 1
allow destination { 127.0.0.1 }
client "one" { address { 127.0.1.0/24 } }
client "two" { address { 127.0.2.0/24 } }
END
}

hasty()
{
	mkdir -p suite/sbin suite/libexec
	cp "$sbin/guardiand" suite/sbin/
	cp "$libexec"/* suite/libexec/
	cp "$GUARDIAN_BUILDDIR/regress/integ/hasty/hasty-worker" \
	    suite/libexec/proxy-worker
	sbin=$PWD/suite/sbin
	config
	guardian_start
	atf_check -o match:"^done $1" limits_cases.py "$1" "$proxy"
	guardian_stop
}

case_ times "every silence ends, and what goes on may go on"
times_body()
{
	hasty times
}

case_ caps "connections of one client and of all are counted"
caps_body()
{
	hasty caps
}

case_ descriptors "out of descriptors: idle ones go, others wait" \
    "atf_set require.progs prlimit"
descriptors_body()
{
	config
	guardian_via="prlimit --nofile=100:100"
	guardian_start
	atf_check -o match:"^done descriptors" limits_cases.py descriptors \
	    "$proxy"
	grep -q 'accept: waiting until descriptors or memory are free' guardiand.log ||
	    atf_fail "it did not say so"
	guardian_stop
}

atf_init_test_cases()
{
	for tc in times caps descriptors; do
		atf_add_test_case $tc
	done
}
