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
# Names that a name server answers for, in tools/dns_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120
	    atf_set require.user root
	    atf_set require.progs 'unshare nsenter ip'; }"
	eval "$1_body() { one $1; }"
	eval "$1_cleanup() { cleanup_all; }"
}

one()
{
	netns_new
	echo "nameserver 127.0.0.1" >resolv.conf
	echo "127.0.0.1 localhost" >hosts
	cat >via <<'END'
#!/bin/sh
mount --bind hosts /etc/hosts && mount --bind resolv.conf /etc/resolv.conf &&
    exec "$@"
END
	chmod 755 via
	guardian_via="$netns unshare -m ./via"
	guardian_config <<'END'
listen on 127.0.0.1 port 0
allow destination { 127.0.0.0/8, ::1 }
proxy workers 1
client "crowd" {
	address { 127.0.0.2 }
}
END
	guardian_start
	# shellcheck disable=SC2086 # a command and its arguments
	atf_check -o match:"^done $1" $netns dns_cases.py "$1" "$proxy"
	guardian_stop
}

case_ order "which address is taken, and what is waited for"
case_ trouble "what is no answer, and answers that lead nowhere"
case_ abandoned "questions of clients that are gone are in nobody's way"
case_ share "one client's questions are in no other's way"

atf_init_test_cases()
{
	atf_add_test_case order
	atf_add_test_case abandoned
	atf_add_test_case share
	atf_add_test_case trouble
}
