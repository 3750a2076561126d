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


# guardianctl wiring nanoclaw-v1 and nanoclaw-v2, followed to the letter: what
# is said for guardian.conf is its configuration, what is said for NanoClaw is
# how the container is made.  The host is a network namespace with a bridge, the
# container another one, with a root directory of its own and no rights.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# wiring CASE DESCRIPTION
wiring()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120
	    atf_set require.user root; }"
	eval "$1_cleanup() { cleanup_all; }"
}

# Docker's default bridge, and a container at the end of a cable.
network()
{
	netns_new
	host=$netns_pid
	mv netns.hold host.hold
	netns_new
	box=$netns_pid
	at_host="nsenter -t $host -n"
	at_box="nsenter -t $box -n"
	{
		$at_host ip link add docker0 type bridge &&
		$at_host ip addr add 172.17.0.1/16 dev docker0 &&
		$at_host ip link set docker0 up &&
		$at_host ip link add veth0 type veth peer name eth0 \
		    netns "$box" &&
		$at_host ip link set veth0 master docker0 up &&
		$at_box ip addr add 172.17.0.2/16 dev eth0 &&
		$at_box ip link set eth0 up &&
		$at_box ip route add default via 172.17.0.1
	} || atf_fail "no bridge"
}

# config TEXT: the lines that are said to go into guardian.conf.
config()
{
	mkdir -p nanoclaw/data/ipc/main/messages
	chown -R 1000:1000 nanoclaw
	chmod 711 .
	python3 - "$1" "$PWD" <<'END' >guardian.conf || atf_fail "no lines"
import re, sys
text = open(sys.argv[1]).read()
lines = [l[4:] for l in text.split("\n") if l.startswith("#   ")]
out, n = [], 0
for l in lines:
    if re.match(r"(listen|client|upstream) ", l):
        n += 1
    elif not re.match(r" +(ca file|address|mcp|ipc) |\}", l):
        continue
    out.append(l)
text = "\n".join(out) + "\n"
text = text.replace("NANOCLAW", sys.argv[2] + "/nanoclaw")
text = text.replace("/etc/guardian/", sys.argv[2] + "/")
sys.stdout.write(text)
assert n >= 2, n
END
	chmod 600 guardian.conf
	cat guardian.conf
}

# follow VERSION: the text of now is the container's, whose commands come on
# standard input, as its user's.
follow()
{
	NANOCLAW_TRAFFIC_GUARDIAN_CONFIG=$PWD/guardian.conf
	export NANOCLAW_TRAFFIC_GUARDIAN_CONFIG
	ctl wiring "nanoclaw-$1" >text || atf_fail "wiring"
	! grep "NOT YET" text || atf_fail "not yet"
	# what make install puts there; NanoClaw's host sees it, nobody else
	mkdir -p bin root
	cp "$GUARDIAN_BUILDDIR/bin/guardian-mcp" bin/
	cat >inside
	$at_box unshare -m python3 \
	    "$GUARDIAN_SRCDIR/regress/tools/wiring_container.py" "$1" text \
	    root bin inside >out 2>&1 || { cat text out guardiand.log
	    atf_fail "the container"; }
	cat out
}

# What an agent does: a request with a key in it, then it asks.
agent()
{
	key=$(fake_key)
	cat <<END
set -e
curl -sS -m 20 -d 'the key $key' $1; echo
echo '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' | "\$@" >tools
grep -q clawsec_traffic_findings tools
n=0
until echo '{"jsonrpc":"2.0","id":2,"method":"tools/call",
"params":{"name":"clawsec_traffic_findings"}}' | tr -d '\n' | "\$@" |
    grep -q '"ai_api_key"'; do
	n=\$((n + 1))
	test \$n -lt 100
	sleep 0.1
done
echo found
! ls /run/guardian-mcp/../guardian 2>/dev/null
END
}

wiring nanoclaw_v1 "NanoClaw 1: mounts, variables, the tools and tasks"
nanoclaw_v1_body()
{
	network
	: >guardian.conf
	chmod 600 guardian.conf
	NANOCLAW_TRAFFIC_GUARDIAN_CONFIG=$PWD/guardian.conf \
	    ctl wiring nanoclaw-v1 >first || atf_fail "wiring"
	config first
	guardian_via=$at_host
	guardian_start
	{
		agent http://guardian.invalid/selftest
		cat <<'END'
cd /workspace/ipc
echo '{"type":"clawsec_traffic_findings","requestId":"q1"}' >t.json.tmp
mv t.json.tmp clawsec_tasks/1-a.json
n=0
until test -s clawsec_results/q1.json; do
	n=$((n + 1))
	test $n -lt 100
	sleep 0.1
done
grep -q '"ai_api_key"' clawsec_results/q1.json
rm clawsec_results/q1.json
echo answered
END
	} | follow v1
	grep -q '^found' out || atf_fail "not found"
	grep -q '^answered' out || atf_fail "not answered"
	guardian_stop
}

wiring nanoclaw_v2 "NanoClaw 2: the gateway's variables, mounts, the tools"
nanoclaw_v2_body()
{
	network
	: >guardian.conf
	chmod 600 guardian.conf
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout /dev/null -subj /CN=gateway -days 2 -out onecli-ca.pem \
	    2>/dev/null || atf_fail "openssl"
	NANOCLAW_TRAFFIC_GUARDIAN_CONFIG=$PWD/guardian.conf \
	    ctl wiring nanoclaw-v2 >first || atf_fail "wiring"
	config first
	guardian_via=$at_host
	guardian_start
	$at_host python3 - >gateway.log 2>&1 <<'END' &
import http.server
class Gateway(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        print(self.path, self.headers["Proxy-Authorization"], flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")
http.server.HTTPServer(("127.0.0.1", 10255), Gateway).serve_forever()
END
	echo $! >>pids
	wait_for 10 $at_host python3 -c 'import socket
socket.create_connection(("127.0.0.1", 10255))'
	agent http://example.com/x | follow v2
	grep -q '^found' out || atf_fail "not found"
	# with the agent's own credential
	grep -q 'http://example.com/x Basic eDphb2Nf' gateway.log ||
	    { cat gateway.log; atf_fail "not the gateway's"; }
	guardian_stop
}

atf_init_test_cases()
{
	atf_add_test_case nanoclaw_v1
	atf_add_test_case nanoclaw_v2
}
