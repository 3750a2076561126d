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

# The attack generator through the running suite: each attack is found exactly
# once, as what it is.  To see others, or why one is missed:
#
#	SEED=7 TESTS=integ/attack_test make test
#	ATTACKS="llm views:base64" TESTS=integ/attack_test make test
#
# A failure prints a table of what was found, and names the attacks that were
# not: pattern / group / carrier: view / split.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

atf_test_case attacks cleanup
attacks_head()
{
	atf_set descr "each pattern, in each carrier, view and split"
	atf_set timeout 200
}
attacks_body()
{
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
dedup window 0
proxy workers 2
detector workers 2
END
	guardian_start
	# shellcheck disable=SC2086 # several words
	set -- ${ATTACKS:-}
	attack_cases.py run "$proxy" "$@" || atf_fail "no exchange"
	least=0
	[ -n "${ATTACKS:-}" ] || least=6000
	# Detectors may lag behind the last exchange, and a stop is an end.
	wait_for 60 attack_cases.py check $least >/dev/null
	guardian_stop
	attack_cases.py check $least || atf_fail "see above"
}
attacks_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case attacks
}
