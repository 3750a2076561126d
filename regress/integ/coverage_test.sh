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


# For the tests that run the whole suite of processes.  Sourced by atf-sh

# DESIGN 1.5 and 1.9: limits are on scanning, never on forwarding, and what was
# not scanned is on record.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 150; }"
	eval "$1_cleanup() { cleanup_all; }"
}

config()
{
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
proxy workers 1
detector workers 1
$1
END
}

case_ limit "what is behind the scan limit passes, is counted and on record"
limit_body()
{
	config "scan limit 1M"
	guardian_start
	atf_check -o match:"done limit" \
	    coverage_cases.py limit "$proxy" 1048576
	guardian_stop
}

case_ ends "of a body whose length is known the end is scanned as well"
ends_body()
{
	config "scan limit 1M"
	guardian_start
	atf_check -o match:"done ends" \
	    coverage_cases.py ends "$proxy" 1048576
	guardian_stop
}

stopped()
{
	config "overload $1
scan limit 64M"
	guardian_start
	atf_check -o save:took coverage_cases.py stopped "$proxy" "$1" \
	    "$(child_pid detector-worker 0)"
	cat took
	guardian_stop
}

case_ backpressure "a detector that stands still slows traffic for 5 s at most"
backpressure_body()
{
	stopped backpressure
}

case_ shed "with overload shed it does not even do that"
shed_body()
{
	stopped shed
}

atf_init_test_cases()
{
	for tc in limit ends backpressure shed; do
		atf_add_test_case $tc
	done
}
