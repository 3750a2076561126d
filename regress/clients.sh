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

# For the tests with real clients, unmodified, told of the proxy the way their
# users tell them.  Each gets what it asked for, and carries one made-up key
# that must come up as exactly one finding: it went through here.
#
#	begin		starts origin and suite, sets $key and $http_proxy
#	begin_https NAME	the same over TLS, by a name that only the suite
#			knows; sets $wired: the command that runs a client
#			with what "guardianctl wiring shell" prints and nothing
#			else; in the network namespace $netns if there is one
#	proven N	at least N requests came this way, all of them were well
#			read, and the key is one finding; if $inbound is set,
#			that pattern in a response is the only other one; and
#			$expected has the reasons of events that may be
#	pattern N	the first bytes of what the origin serves

# case_ NAME DESCRIPTION [PROGRAM ...]
case_()
{
	atf_test_case "$1" cleanup
	_name=$1 _descr=$2
	shift 2
	eval "${_name}_head() { atf_set descr \"$_descr\"; atf_set timeout 120
	    ${1:+atf_set require.progs \"$*\"; }
	    true; }"
	eval "${_name}_cleanup() { cleanup_all; }"
}

begin()
{
	mkdir -p files git
	origin_start
	guardian_start
	key=$(fake_key)
	http_proxy=http://$proxy
	export http_proxy
}

begin_https()
{
	mkdir -p files git
	https_cases.py prepare_name "$1" || atf_fail "no certificates"
	guardian_via=${netns:-}
	origin_start --tls server.pem server.key
	origin=$1:${origin#*:}
	echo "127.0.0.1 $1" >hosts
	cat >via <<'END'
#!/bin/sh
mount --bind hosts /etc/hosts && exec "$@"
END
	cat >wired <<END
#!/bin/sh
exec env -i PATH="$PATH" HOME="$PWD" LANG=C.UTF-8 sh -c '
    . "$PWD/wiring"; exec "\$@"' - "\$@"
END
	chmod 755 via wired
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
inspect https for { "$1" }
upstream ca file "$PWD/root.pem"
END
	guardian_via="${netns:-} unshare -m ./via"
	guardian_start
	NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL=http://$proxy
	NANOCLAW_TRAFFIC_GUARDIAN_CONFIG=$PWD/guardian.conf
	export NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL \
	    NANOCLAW_TRAFFIC_GUARDIAN_CONFIG
	ctl wiring shell >wiring || atf_fail "wiring"
	wired=$PWD/wired
	key=$(fake_key)
	scheme=${finding_scheme:-https}
}

count()
{
	json_get "$(ctl -j status)" "d['counters']['$1']"
}

at_least()
{
	test "$(count "$1")" -ge "$2"
}

has_found()
{
	grep -q "\"direction\":\"$1\"" home/log/findings.jsonl
}

proven()
{
	wait_for 20 at_least requests "$1" ||
	    atf_fail "requests: $(count requests)"
	wait_for 20 has_found outbound || atf_fail "no finding"
	[ -z "${inbound:-}" ] || wait_for 20 has_found inbound ||
	    atf_fail "nothing found in the response"
	guardian_stop
	[ -z "${inbound:-}" ] || atf_check_equal "1" "$(findings |
	    grep -c "\"protocol\":\"$scheme\".*\"$inbound\"")"
	finding=$(findings | grep -v "\"pattern\":\"${inbound:-none}\"")
	atf_check_equal "1" "$(echo "$finding" | wc -l | tr -d ' ')"
	atf_check_equal "ai_api_key outbound ${scheme:-http} $origin" \
	    "$(json_get "$finding" '" ".join((d["pattern"], d["direction"],
	    d["protocol"], d["dest"]))')"
	# a program may end before a connection of its library is of use
	_bad="protocol_error|upstream_|destination_|client_tls|tunnel_opaque"
	if grep -E "\"event\":\"($_bad)" home/log/events.jsonl |
	    grep -v -e '"reason":"\(closed\|unknown\|no_request\)"' \
	    -e "\"reason\":\"\(${expected:-none}\)\""; then
		atf_fail "a client was misunderstood"
	fi
	! grep -A 20 Traceback origin.log || atf_fail "an error in the origin"
}

pattern()
{
	python3 -c 'import sys
sys.path.insert(0, sys.argv[1])
import wire
sys.stdout.buffer.write(wire.pattern(int(sys.argv[2])))' \
	    "$GUARDIAN_SRCDIR/regress/tools" "$1"
}
