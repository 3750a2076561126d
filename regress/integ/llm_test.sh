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


# What language models and agents say: streams of deltas, tool arguments,
# multipart forms.  The cases are in tools/llm_cases.py.

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
	guardian_start
	worker=$(child_pid detector-worker 0)
	atf_check -o match:"^done $1" llm_cases.py "$1" "$proxy"
	test "$(child_pid detector-worker 0)" = "$worker" ||
	    { cat guardiand.log; atf_fail "the detector was restarted"; }
	guardian_stop
}

wire streams "deltas joined, in every format, compressed, at any split"
wire requests "tool arguments, keys, transfer encodings, parts in parts"

atf_init_test_cases()
{
	for tc in streams requests; do
		atf_add_test_case $tc
	done
}
