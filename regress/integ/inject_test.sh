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


# System calls fail, a little everywhere, under load of all kinds: nobody
# crashes, no byte is wrong, and when it is over everything is as it was.
# INJECT_SECONDS=60 for the long run, INJECT_SEED= to see one again,
# INJECT_RATE= for one failure of so many calls.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

seconds=${INJECT_SECONDS:-5}

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"
	    atf_set timeout $((seconds + 170)); }"
	eval "$1_cleanup() { cleanup_all; }"
}

config()
{
	atf_check chaos.py prepare
	guardian_config <<CONF
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }
proxy workers 2
detector workers 2
inspect https for { "localhost" }
upstream ca file "$PWD/root.pem"
dedup window 0
CONF
	preload
}

one()
{
	inject_cases.py "$1" "$proxy" "$guardian_pid" "$2" \
	    "${INJECT_SEED:-0}" "${INJECT_RATE:-0}" >inject.log 2>&1 ||
	    { cat inject.log guardiand.log; atf_fail "$1"; }
	cat inject.log
}

case_ children "calls of all processes but the parent fail"
children_body()
{
	config
	guardian_start
	one children "$seconds"
	guardian_stop
	inject_cases.py account >account 2>&1 ||
	    { cat account guardiand.log; atf_fail "the account"; }
	cat account
}

case_ parent "calls of the parent fail: it goes on, or ends as it should"
parent_body()
{
	config
	end=$(($(date +%s) + seconds))
	while [ "$(date +%s)" -lt $end ]; do
		guardian_start
		one parent $((end - $(date +%s)))
		if grep -q '^goes on' inject.log; then
			guardian_stop
			continue
		fi
		wait "$guardian_pid"
		status=$?
		[ $status -le 1 ] ||
		    { cat guardiand.log; atf_fail "ended by $status"; }
		# nobody stays behind
		wait_for 20 alone || atf_fail "children without a parent"
	done
}

alone()
{
	! pgrep -f "$PWD/inst/libexec"
}

atf_init_test_cases()
{
	atf_add_test_case children
	atf_add_test_case parent
}
