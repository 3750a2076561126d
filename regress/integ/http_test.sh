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

# HTTP through the running suite, from clients on the wire to what the origin
# sees.  Cases where every byte counts are in tools/http_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

# wire CASE DESCRIPTION: a case that is all Python, on a fresh suite.
wire()
{
	case_ "$1" "$2"
	eval "$1_body() { one $1; }"
}

one()
{
	guardian_start
	atf_check -o match:"^done $1" \
	    http_cases.py "$1" "$proxy"
	guardian_stop
}

fetch="curl -sS --max-time 60"

case_ curl "curl: methods, framings and versions"
curl_body()
{
	origin_start
	guardian_start
	x="-x http://$proxy"
	atf_check -o save:got $fetch $x "http://$origin/bytes/70000"
	python3 -c 'import sys
sys.path.insert(0, sys.argv[1])
import wire
sys.stdout.buffer.write(wire.pattern(70000))' \
	    "$GUARDIAN_SRCDIR/regress/tools" >want
	atf_check cmp want got
	for how in chunked close; do
		atf_check -o save:got $fetch $x "http://$origin/$how/70000"
		atf_check cmp want got
	done
	for method in POST PUT PATCH DELETE OPTIONS BREW; do
		atf_check -o inline:"a=b" $fetch $x -X $method -d a=b \
		    "http://$origin/echo"
		atf_check -o file:want $fetch $x -X $method -T - \
		    "http://$origin/echo" <want
	done
	atf_check -o match:"^HTTP/1.1 200" -o match:"^Content-Length: 70000" \
	    $fetch $x -I "http://$origin/bytes/70000"
	atf_check -o inline:204 $fetch $x -w '%{http_code}' \
	    "http://$origin/status/204"
	atf_check -o inline:"304 0" $fetch $x -w '%{http_code} %{size_download}' \
	    "http://$origin/status/304"
	atf_check -o inline:503 $fetch $x -w '%{http_code}' \
	    "http://$origin/status/503"
	atf_check -o file:want $fetch $x --http1.0 "http://$origin/bytes/70000"
	atf_check -o file:want $fetch $x -p "http://$origin/bytes/70000"
	# it does not wait for its second to pass: the origin's yes came
	atf_check -o inline:"a=b" $fetch $x -d a=b --expect100-timeout 50 \
	    -H 'Expect: 100-continue' "http://$origin/echo"
	# one connection for all of it
	atf_check -o inline:"1 0 0 " $fetch $x -w '%{num_connects} ' \
	    -o /dev/null -o /dev/null -o /dev/null "http://$origin/bytes/1" \
	    "http://$origin/chunked/5000" "http://$origin/bytes/2"
	guardian_stop
}

case_ curl_large "curl: 10 MiB up and down, the same bytes"
curl_large_body()
{
	origin_start
	guardian_start
	dd if=/dev/urandom of=body bs=1M count=10 2>/dev/null
	sum=$(sha256sum <body | cut -d' ' -f1)
	for framing in "" "Transfer-Encoding: chunked"; do
		atf_check -o inline:"10485760 $sum\n" $fetch \
		    -x "http://$proxy" -H "$framing" -H Expect: \
		    --data-binary @body "http://$origin/sink"
		atf_check -o file:body $fetch -x "http://$proxy" \
		    -H "$framing" -H Expect: --data-binary @body \
		    "http://$origin/echo"
	done
	guardian_stop
}

case_ nc "nc: requests one behind another, the sending half closed"
nc_body()
{
	origin_start
	guardian_start
	for n in 1 2 3 4 5; do
		printf 'GET http://%s/bytes/%s HTTP/1.1\r\nHost: %s\r\n\r\n' \
		    "$origin" $n "$origin"
		printf 'HEAD http://%s/bytes/9 HTTP/1.1\r\nHost: %s\r\n\r\n' \
		    "$origin" "$origin"
	done >requests
	atf_check -o save:answers nc -N -w 30 "${proxy%:*}" "${proxy##*:}" \
	    <requests
	# bodies have no line end
	atf_check_equal 10 "$(grep -o 'HTTP/1.1 200' answers | wc -l |
	    tr -d ' ')"
	atf_check_equal "1 9 2 9 3 9 4 9 5 9" "$(tr -d '\r' <answers |
	    sed -n 's/^Content-Length: //p' | tr '\n' ' ' | sed 's/ $//')"
	guardian_stop
}

case_ tls "TLS in a tunnel, with curl and openssl"
tls_body()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert \
	    -subj /CN=localhost -days 2 2>/dev/null || atf_fail "no key"
	openssl s_server -accept 127.0.0.1:0 -cert cert -key key -www \
	    >tls.log 2>&1 &
	echo $! >>pids
	wait_for 20 grep -q '^ACCEPT.*:[0-9]' tls.log || atf_fail "no server"
	port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' tls.log | head -n 1)
	guardian_start
	atf_check -o match:"TLSv1.3" $fetch -k -x "http://$proxy" \
	    "https://127.0.0.1:$port/"
	printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -ign_eof -quiet \
	    -proxy "$proxy" -connect "127.0.0.1:$port" >got 2>err ||
	    { cat err; atf_fail "s_client"; }
	grep -q 'HTTP/1.0 200' got || { cat got err; atf_fail "no answer"; }
	guardian_stop
	atf_check_equal 2 "$(grep -c '"event":"tunnel_opaque"' \
	    home/log/events.jsonl)"
}

wire heads "heads: order, case, duplicates kept; hop-by-hop removed"
wire connection_names_framing "Connection cannot name what a message needs"
wire unknown_method "methods nobody has heard of pass"
wire chunked "chunks, extensions and trailers, cut anywhere, both ways"
wire extensions "a key in a chunk extension is found, and no gap is left"
wire keepalive "many requests on a connection, one to the origin"
wire pipelined "requests in one write, answered in order"
wire no_body "204, 304, HEAD: the next answer is where it should be"
wire expect "100-continue, and other interim answers"
wire http10 "an HTTP/1.0 client, and an HTTP/1.0 server"
wire to_the_end "a body to the end; one cut short does not look whole"
wire large "10 MiB both ways at once"
wire tunnel "CONNECT: one reply, early bytes, half closes, the record"
wire tunnel_refused "CONNECT to nobody, and to nonsense"
wire slow "a byte at a time"
wire bad_origin "a server that breaks off or sends nonsense is a 502"
wire bad_origin_scanned "what is not passed on is scanned"
wire early_answer "an answer before the request is over"
wire silent_origin "a server that never answers, and a stop meanwhile"
wire refused "ambiguous heads: 400, on record, not forwarded, scanned"
wire odd_names "names that get longer when they are masked"
wire refused_later "what comes after a refusal is scanned, not forwarded"
wire refused_chunks "ambiguous chunks likewise"

case_ ipv6 "an IPv6 listener, client, literal and origin"
ipv6_body()
{
	guardian_config <<'END'
listen on ::1 port 0
allow destination { ::1 }
END
	guardian_start
	atf_check -o match:"^done ipv6" http_cases.py ipv6 "$proxy"
	guardian_stop
}

atf_init_test_cases()
{
	for tc in curl curl_large nc tls heads connection_names_framing \
	    unknown_method chunked extensions keepalive pipelined no_body \
	    expect http10 \
	    to_the_end large tunnel tunnel_refused slow \
	    bad_origin bad_origin_scanned early_answer silent_origin refused \
	    refused_later refused_chunks odd_names ipv6; do
		atf_add_test_case $tc
	done
}
