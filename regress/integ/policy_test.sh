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

# Where the proxy goes and for whom: DESIGN 1.7 and 1.8.  No packet leaves
# the host: refused addresses are not contacted, and those that a line in the
# configuration allows exist in a network namespace only.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

root_case()
{
	case_ "$1" "$2"
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120
	    atf_set require.user root
	    atf_set require.progs 'unshare nsenter ip'; }"
}

fetch="curl -sS -g --max-time 60 --noproxy ''"

# refused WORD HOST LINE: 403 for GET and CONNECT, with the line that lifts it
# and an event with the word.
refused()
{
	n=$(grep -c '"destination_refused"' home/log/events.jsonl)
	atf_check -o save:body -e ignore ${via:-} curl -sS -g --noproxy '' \
	    -x "http://$proxy" -w '%{http_code}\n' "http://$2/"
	[ "$(tail -n 1 body)" = 403 ] || { cat body; atf_fail "$2: not 403"; }
	[ -z "$3" ] || grep -qF "    $3" body ||
	    { cat body; atf_fail "$2: not \"$3\""; }
	atf_check -o match:'^403$' -s exit:56 -e ignore \
	    ${via:-} curl -sS -g --noproxy '' -p -x "http://$proxy" \
	    -w '%{http_connect}\n' "http://$2/"
	wait_for 10 refusals $((n + 2)) || atf_fail "$2: no events"
	tail -n 2 home/log/events.jsonl >last
	[ "$(grep -c "\"destination_refused\".*\"reason\":\"$1\"" last)" \
	    -eq 2 ] || { cat last; atf_fail "$2: not $1"; }
}

refusals()
{
	[ "$(grep -c '"destination_refused"' home/log/events.jsonl)" -eq "$1" ]
}

case_ classes "every class of address is refused, with the line that allows it"
classes_body()
{
	echo 'listen on 127.0.0.1 port 0' | guardian_config
	guardian_start
	while read -r word host address; do
		case $host in
		\[*)	: "${address:=$(echo "$host" | tr -d '[]')}" ;;
		*)	: "${address:=$host}" ;;
		esac
		refused "$word" "$host:99" \
		    "allow destination { $address port 99 }" </dev/null
	done <<'END'
loopback 127.0.0.1
loopback 127.255.255.254
loopback [::1]
unspecified 0.0.0.0
unspecified 0.1.2.3
unspecified [::]
link_local 169.254.169.254
link_local [fe80::1]
private 10.0.0.1
private 172.16.0.1
private 172.31.255.254
private 192.168.1.1
cgnat 100.64.0.1
cgnat 100.127.255.254
ula [fc00::1]
ula [fd12:3456::1]
multicast 224.0.0.1
multicast 239.255.255.255
multicast [ff02::1]
reserved 192.0.0.8
reserved 240.0.0.1
reserved 255.255.255.255
loopback [::ffff:127.0.0.1] 127.0.0.1
private [::ffff:10.0.0.1] 10.0.0.1
link_local [::ffff:a9fe:a9fe] 169.254.169.254
translated [64:ff9b::7f00:1]
translated [64:ff9b::10.0.0.1] 64:ff9b::a00:1
translated [64:ff9b:1::1]
translated [2002:7f00:1::1]
translated [2002:a9fe:a9fe::]
translated [::127.0.0.1]
translated [2001:0:4136:e378::1]
END
	# names go the same way
	refused loopback localhost:99 "allow destination { "
	refused loopback LOCALHOST.:99 "allow destination { "
	guardian_stop
}

case_ own_listener "the proxy does not talk to itself, whatever is allowed"
own_listener_body()
{
	guardian_config <<'END'
listen on 127.0.0.1 port 0
allow destination { 127.0.0.0/8, 0.0.0.0/8, ::/0 }
END
	guardian_start
	port=${proxy##*:}
	for host in 127.0.0.1 0.0.0.0 '[::ffff:127.0.0.1]' '[::]'; do
		refused own_listener "$host:$port" ""
		grep -q "Nothing allows this" body || atf_fail "$host: a line"
	done
	guardian_stop
}

root_case lifted "the line that the answer shows allows that address"
lifted_body()
{
	netns_new
	guardian_via=$netns via=$netns
	addresses="10.1.2.3 172.16.5.4 192.168.7.7 100.64.0.9 169.254.9.9
	    203.0.113.5 240.1.2.3 fd00::9 64:ff9b::a01:203 2002:a01:203::1
	    2001:db8::5"
	for a in $addresses; do
		case $a in
		*:*)	bits=128 ;;
		*)	bits=32 ;;
		esac
		$netns ip addr add "$a/$bits" dev lo nodad ||
		    atf_fail "cannot have $a"
	done
	origin_start --any
	port=${origin#*:}
	echo 'listen on 127.0.0.1 port 0' | guardian_config
	guardian_start
	for a in $addresses 127.0.0.1 127.9.9.9 ::1 0.0.0.0 \
	    ::ffff:127.0.0.8; do
		case $a in
		*:*)	host="[$a]" ;;
		*)	host=$a ;;
		esac
		case $a in
		203.*|2001:*)	word=own_address ;;
		*)		word="[a-z_0-9]*" ;;
		esac
		refused "$word" "$host:$port" "allow destination { "
		sed -n 's/^ *\(allow destination .*\)/\1/p' body \
		    >>guardian.conf
		atf_check -o ignore ctl reload
		atf_check -o inline:xyz $netns curl -sS -g --noproxy '' \
		    -x "http://$proxy" -d xyz "http://$host:$port/echo"
		# this address and port, and nothing more
		refused "$word" "$host:1" "allow destination { "
	done
	guardian_stop
}

root_case numbers "other ways to write an address are no way around"
numbers_body()
{
	netns_new
	guardian_via=$netns
	origin_start --any
	port=${origin#*:}
	echo 'listen on 127.0.0.1 port 0' | guardian_config
	guardian_start
	# all at once: names take as long as name servers do not answer
	for host in 2130706433 127.1 0x7f000001 0177.0.0.1 127.0.0.1. \
	    0x7f.0.0.1 127.000.000.001 0 nobody.example; do
		$netns curl -sS -o /dev/null --noproxy '' -x "http://$proxy" \
		    -w '%{http_code}\n' --max-time 60 --request-target \
		    "http://$host:$port/status/200" http://x/ >"code.$host" &
		pids="${pids:-} $!"
	done
	for pid in $pids; do
		wait "$pid" || atf_fail "no answer"
	done
	for code in code.*; do
		case $(cat "$code") in
		400|403|502|504)	;;
		*)	atf_fail "$code: $(cat "$code")" ;;
		esac
	done
	case $(cat code.nobody.example) in
	50[24])	;;
	*)	atf_fail "a name without an address: $(cat code.nobody*)" ;;
	esac
	grep -q '"event":"upstream_failed"' home/log/events.jsonl ||
	    atf_fail "no event"
	guardian_stop
}

root_case names "names of the hosts file, each address judged by itself"
names_body()
{
	origin_start
	port=${origin#*:}
	cat >hosts <<'END'
127.0.0.1 one.test Mixed.Test
10.0.0.1 refused.test
10.0.0.1 both.test
127.0.0.1 both.test
127.0.0.7 seven.test
END
	cat >via <<'END'
#!/bin/sh
mount --bind hosts /etc/hosts && exec "$@"
END
	chmod 755 via
	guardian_via="unshare -m ./via"
	guardian_start
	for name in one.test ONE.test mixed.test one.test. both.test; do
		atf_check -o inline:x $fetch -x "http://$proxy" -d x \
		    "http://$name:$port/echo"
	done
	refused private "refused.test:$port" \
	    "allow destination { 10.0.0.1 port $port }"
	refused loopback "seven.test:$port" \
	    "allow destination { 127.0.0.7 port $port }"
	guardian_stop
}

key_of()
{
	atf_check -o inline:k $fetch -x "http://$2" --interface "$1" \
	    -H "X-Key: $(fake_key)" -d k "http://$origin/echo"
}

case_ per_client "what one client may reach, another may not"
per_client_body()
{
	origin_start
	guardian_config <<'END'
listen on 127.0.0.1 port 0
client "a" { address { 127.0.1.0/24 } allow destination { 127.0.0.1 } }
client "b" { address { 127.0.2.0/24 } }
END
	guardian_start
	key_of 127.0.1.1 "$proxy"
	for source in 127.0.2.1 127.0.3.1 127.0.0.1; do
		atf_check -o match:'^403$' $fetch -x "http://$proxy" \
		    --interface $source -w '%{http_code}\n' -d k \
		    "http://$origin/echo"
	done
	# and each client's findings are its own
	atf_check -o match:'^403$' $fetch -x "http://$proxy" -w \
	    '%{http_code}\n' --interface 127.0.2.7 -d "k=$(fake_key)" \
	    "http://$origin/echo"
	guardian_stop
	atf_check -o match:'"source":"127.0.1.1"' \
	    cat home/log/clients/a/findings.jsonl
	atf_check -o match:'"source":"127.0.2.7"' \
	    cat home/log/clients/b/findings.jsonl
	atf_check_equal "1 1 2" "$(for f in home/log/clients/a/findings.jsonl \
	    home/log/clients/b/findings.jsonl home/log/findings.jsonl; do
		wc -l <$f | tr -d ' '; done | tr '\n' ' ' | sed 's/ $//')"
}

case_ credential "a password names the client, and goes no further"
credential_body()
{
	origin_start
	password=correct-horse-battery
	other=another-long-password
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
client "both" {
	address { 127.0.1.0/24 }
	credential sha256 $(printf %s $password | sha256sum | cut -d' ' -f1)
}
client "roaming" {
	credential sha256 $(printf %s $other | sha256sum | cut -d' ' -f1)
}
END
	guardian_start
	# without, wrong, somebody else's place
	for auth in "" "u:wrong@" "$password:@" "u:$password%20@"; do
		atf_check -o save:answer -e ignore $fetch -i \
		    -x "http://$auth$proxy" --interface 127.0.1.1 \
		    -d "k=$(fake_key)" "http://$origin/echo"
		grep -q '^HTTP/1.1 407 ' answer ||
		    { cat answer; atf_fail "$auth passes"; }
		grep -qi '^Proxy-Authenticate: Basic realm=' answer ||
		    { cat answer; atf_fail "no challenge"; }
		! grep -qi '^X-Request:' answer || atf_fail "forwarded"
	done
	atf_check -o match:'^407$' -s exit:56 -e ignore $fetch -p \
	    -x "http://$proxy" -w '%{http_connect}\n' \
	    --interface 127.0.1.1 "http://$origin/echo"
	atf_check -o match:'^407$' $fetch -x "http://u:$password@$proxy" \
	    --interface 127.0.2.1 -w '%{http_code}\n' "http://$origin/echo"
	wait_for 10 grep -q '"client_refused".*"reason":"credential_wrong"' \
	    home/log/events.jsonl || atf_fail "no event: wrong"
	wait_for 10 grep -q '"client_refused".*"reason":"credential_missing"' \
	    home/log/events.jsonl || atf_fail "no event: missing"
	# the right one, in the right place
	atf_check -o save:answer $fetch -i --interface 127.0.1.2 \
	    -x "http://any%20body:$password@$proxy" -d "k=$(fake_key)" \
	    "http://$origin/echo"
	atf_check -o save:answer2 $fetch -i --interface 127.0.9.9 \
	    -x "http://$other:$other@$proxy" -d "k=$(fake_key)" \
	    "http://$origin/echo"
	atf_check -o inline:tunnel $fetch -p --interface 127.0.1.2 \
	    -x "http://u:$password@$proxy" -d tunnel "http://$origin/echo"
	for a in answer answer2; do
		grep -q '^HTTP/1.1 200 ' $a || { cat $a; atf_fail "refused"; }
		tr -d '\r' <$a | sed -n 's/^X-Request: //p' | base64 -d >head
		grep -q '^POST /echo' head || atf_fail "no head"
		! grep -qi 'authorization' head ||
		    { cat head; atf_fail "the credential went on"; }
	done
	guardian_stop
	atf_check -o match:'"source":"127.0.1.2"' \
	    cat home/log/clients/both/findings.jsonl
	atf_check -o match:'"source":"127.0.9.9"' \
	    cat home/log/clients/roaming/findings.jsonl
	atf_check_equal 1 "$(wc -l <home/log/clients/both/findings.jsonl |
	    tr -d ' ')"
	# refused requests are scanned too, as nobody's
	atf_check_equal 4 "$(grep -c '"source":"127.0.1.1"' \
	    home/log/clients/default/findings.jsonl)"
	for word in $password $other \
	    "$(printf %s "u:$password" | base64 | cut -c1-20)"; do
		! grep -rqF "$word" home guardiand.log ||
		    atf_fail "a password is kept"
	done
}

root_case outside "a stranger on a network is refused, a client is served"
outside_body()
{
	netns_new
	inside=$netns inside_pid=$netns_pid
	netns_new
	outside=$netns
	$outside ip link add g0 type veth peer name g1 netns "$inside_pid" ||
	    atf_fail "no link"
	$outside ip addr add 10.9.0.2/24 dev g0
	$outside ip addr add 10.9.0.3/24 dev g0
	$outside ip addr add 2001:db8:9::2/64 dev g0 nodad
	$outside ip link set g0 up
	$inside ip addr add 10.9.0.1/24 dev g1
	$inside ip addr add 2001:db8:9::1/64 dev g1 nodad
	$inside ip link set g1 up
	guardian_via=$outside
	origin_start --any
	port=${origin#*:}
	guardian_via=$inside
	guardian_config <<END
listen on 10.9.0.1 port 0
listen on 2001:db8:9::1 port 0
client "box" { address { 10.9.0.2, 2001:db8:9::2 }
    allow destination { 10.9.0.2 port $port } }
END
	guardian_start
	get="$outside curl -sS -g --max-time 60 --noproxy '' -w %{http_code}\n"
	atf_check -o match:'^ok' $get --interface 10.9.0.2 -x "http://$proxy" \
	    -d "k=$(fake_key)" http://guardian.invalid/selftest
	atf_check -o match:'^x200' $get --interface 10.9.0.2 \
	    -x "http://$proxy" -d x "http://10.9.0.2:$port/echo"
	second=$(json_get "$(ctl -j status)" 'd["listen"][1]')
	atf_check -o match:'^ok' $get -x "http://$second" -d x \
	    http://guardian.invalid/selftest
	for url in http://guardian.invalid/selftest \
	    "http://10.9.0.2:$port/echo" http://guardian.invalid/; do
		atf_check -o match:'belongs to no client' -o match:'^403$' \
		    $get --interface 10.9.0.3 -x "http://$proxy" -d x "$url"
	done
	atf_check -s exit:56 -o ignore -e match:403 $get -p \
	    --interface 10.9.0.3 -x "http://$proxy" "http://10.9.0.2:$port/"
	stranger='"client_refused".*"source":"10.9.0.3".*"unknown_source"'
	wait_for 10 grep -q "$stranger" home/log/events.jsonl ||
	    atf_fail "no event"
	# a client gets no further than it would alone
	via="$outside"
	for host in 127.0.0.1 10.9.0.1 10.9.0.9 10.9.0.3 169.254.169.254; do
		refused "[a-z_]*" "$host:$port" \
		    "allow destination { $host port $port }"
	done
	refused own_address "[2001:db8:9::1]:$port" \
	    "allow destination { 2001:db8:9::1 port $port }"
	refused own_listener "$proxy" ""
	guardian_stop
	atf_check -o match:'"source":"10.9.0.2"' \
	    cat home/log/clients/box/findings.jsonl
}

root_case not_yet "an address that comes later is listened on when it comes"
not_yet_body()
{
	netns_new
	guardian_via=$netns
	guardian_config <<'END'
listen on 127.0.0.1 port 0
listen on 172.17.0.1 port 8888
listen on 2001:db8:17::1 port 8888
client "box" { address { 172.17.0.0/16, 2001:db8:17::/64 } }
END
	guardian_start
	for a in "172.17.0.1 port 8888" "2001:db8:17::1 port 8888"; do
		grep -q "listen on $a: this host does not have" \
		    guardiand.log || atf_fail "$a: not said"
	done
	! grep -q 'listen on 127.0.0.1.*does not have' guardiand.log ||
	    atf_fail "127.0.0.1 is there"
	ask="$netns curl -sS -g --max-time 60 --noproxy ''"
	ask="$ask http://guardian.invalid/selftest -d x"
	atf_check -s not-exit:0 -o ignore -e ignore \
	    $ask -x http://172.17.0.1:8888
	$netns ip addr add 172.17.0.1/32 dev lo
	$netns ip addr add 2001:db8:17::1/128 dev lo nodad
	atf_check -o inline:'ok\n' $ask -x http://172.17.0.1:8888
	atf_check -o inline:'ok\n' $ask -x 'http://[2001:db8:17::1]:8888'
	guardian_stop
}

atf_init_test_cases()
{
	for tc in classes own_listener lifted numbers names per_client \
	    credential outside not_yet; do
		atf_add_test_case $tc
	done
}
