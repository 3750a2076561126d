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


# What others have made to talk to MCP servers: both generations of the SDK,
# the conformance suite in two versions, the inspector's command line.  The
# suite's scenarios are those that a server with tools alone, without sessions
# and without the suite's own test tools, can be asked for.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

modules=$GUARDIAN_BUILDDIR/clients/node_modules
findings=1000
failed=

# case_ NAME DESCRIPTION
case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 150; }"
	eval "$1_cleanup() { cleanup_all; }"
}

engine()
{
	for node in "$modules"/node-linux-*/bin/node; do
		test ! -x "$node" || return
	done
	atf_fail "no node of the pinned version for this machine"
}

# begin N: the suite, with so many findings of the client's
begin()
{
	engine
	token=$(openssl rand -hex 32)
	(umask 077; echo "$token" >token)
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
mcp listen on 127.0.0.1 port 0
client "one" {
	address { 127.1.0.0/16 }
	mcp socket
	mcp token file "$PWD/token"
}
END
	guardian_start
	mcp=$(json_get "$(ctl -j status)" 'd["mcp_listen"][0]')
	url=http://$mcp/mcp
	python3 - "$GUARDIAN_SRCDIR/regress/tools" "$proxy" "$1" <<'END' ||
import sys
sys.path.insert(0, sys.argv[1])
from wire import connect, fake_key
n = int(sys.argv[3])
for i in range(n):
    # an address each, so that no two findings are alike
    c = connect(sys.argv[2], "127.1.%d.%d" % (i // 250, 1 + i % 250))
    text = b"the key " + fake_key().encode()
    c.send(b"POST http://guardian.invalid/selftest HTTP/1.1\r\nHost: g\r\n"
           b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
    c.message()
    c.close()
END
	    atf_fail "no findings"
	wait_for 30 have_findings "$1" || atf_fail "not $1 findings"
	GUARDIAN_MODULES=$modules
	GUARDIAN_TOKEN=$token
	GUARDIAN_URL=$url
	HOME=$PWD
	export GUARDIAN_MODULES GUARDIAN_TOKEN GUARDIAN_URL HOME
}

have_findings()
{
	test "$(wc -l <home/log/findings.jsonl)" -ge "$1"
}

# sdk GENERATION ERA
sdk()
{
	atf_check -o match:"^done $1 $2 http" "$node" \
	    "$GUARDIAN_SRCDIR/regress/clients/mcp_sdk.mjs" "$1" "$2" http \
	    $findings "$url" "$token"
	atf_check -o match:"^done $1 $2 stdio" "$node" \
	    "$GUARDIAN_SRCDIR/regress/clients/mcp_sdk.mjs" "$1" "$2" stdio \
	    $findings "$GUARDIAN_BUILDDIR/bin/guardian-mcp" \
	    home/run/mcp/one/mcp.sock
}

case_ sdk_v1 "SDK 1: all tools, 1,000 findings, over HTTP and guardian-mcp"
sdk_v1_body()
{
	begin $findings
	sdk v1 legacy
	guardian_stop
}

case_ sdk_v2 "SDK 2: the same, the old era, the new one, and finding out"
sdk_v2_body()
{
	begin $findings
	sdk v2 legacy
	sdk v2 auto
	sdk v2 2026-07-28
	guardian_stop
}

# scenario PACKAGE VERSION-OF-THE-SPECIFICATION NAME [CHECK ...]: passes, but
# for the checks named, which want something that is not there to be had.
scenario()
{
	_suite=$modules/$1/dist/index.js _spec=$2 _name=$3
	shift 3
	rm -rf results
	"$node" --import "file://$GUARDIAN_SRCDIR/regress/clients/bearer.mjs" \
	    "$_suite" server --url "$url" --scenario "$_name" \
	    --output-dir results ${_spec:+--spec-version $_spec} \
	    >out.scenario 2>&1
	python3 - "$_name" "$@" <<'END' ||
import glob, json, sys
name, excused = sys.argv[1], set(sys.argv[2:])
checks = []
for path in glob.glob("results/**/checks.json", recursive=True):
    checks += json.load(open(path))
done = [c for c in checks if c["status"] == "SUCCESS"]
bad = [c for c in checks if c["status"] in ("FAILURE", "WARNING")]
bad = [c for c in bad if c["id"] not in excused]
for c in bad:
    print(name, c["id"], c["status"], c.get("errorMessage"),
          json.dumps(c.get("details"))[:2000])
print("%s: %d of %d checks" % (name, len(done), len(checks)))
# two step aside where there are no sessions: they say so
sys.exit(0 if checks and not bad else 1)
END
	    { cat out.scenario; failed="$failed $_name($_spec)"; }
}

case_ conformance_01 "the conformance suite 0.1.16, for servers with tools"
conformance_01_body()
{
	begin 1
	for name in server-initialize ping tools-list \
	    dns-rebinding-protection; do
		scenario conformance-0.1 "" $name
	done
	test -z "$failed" || atf_fail "$failed"
	guardian_stop
}

case_ conformance_02 "the conformance suite 0.2.0-alpha.12, both eras"
conformance_02_body()
{
	begin 1
	suite=@modelcontextprotocol/conformance
	for name in server-initialize ping tools-list \
	    dns-rebinding-protection server-session-lifecycle; do
		scenario $suite 2025-11-25 $name
	done
	scenario $suite 2025-11-25 server-sse-multiple-streams \
	    server-sse-multiple-streams-session
	# want tools of the suite's own
	scenario $suite 2026-07-28 server-stateless \
	    sep-2575-server-rejects-undeclared-capability \
	    sep-2575-missing-capability-http-400 \
	    sep-2575-http-server-no-independent-requests-on-stream \
	    sep-2575-server-no-log-without-loglevel
	# want prompts and resources
	scenario $suite 2026-07-28 caching \
	    sep-2549-prompts-list-caching-hints \
	    sep-2549-resources-list-caching-hints \
	    sep-2549-resources-templates-list-caching-hints \
	    sep-2549-resources-read-caching-hints
	for name in tools-list http-header-validation server-sse-multiple-streams \
	    input-required-result-unsupported-methods \
	    dns-rebinding-protection; do
		scenario $suite 2026-07-28 $name
	done
	test -z "$failed" || atf_fail "$failed"
	guardian_stop
}

# inspector ARGUMENT ...: its answer in out.json
inspector()
{
	"$node" "$modules/@modelcontextprotocol/inspector/clients/cli/build/index.js" \
	    "$@" >out.json 2>err.inspector </dev/null ||
	    { cat out.json err.inspector; atf_fail "inspector $*"; }
}

case_ inspector "the inspector's command line, over HTTP and guardian-mcp"
inspector_body()
{
	begin 3
	bridge=$GUARDIAN_BUILDDIR/bin/guardian-mcp
	socket=$PWD/home/run/mcp/one/mcp.sock
	for n in 1 2; do
		if [ $n -eq 1 ]; then
			set -- "$url" --transport http \
			    --header "Authorization: Bearer $token"
		else
			set -- "$bridge" "$socket"
		fi
		inspector "$@" --method tools/list
		atf_check_equal 3 \
		    "$(json_get "$(cat out.json)" 'len(d["tools"])')"
		inspector "$@" --method tools/call \
		    --tool-name clawsec_traffic_findings --tool-arg limit=2
		atf_check_equal "2 3" "$(json_get "$(cat out.json)" \
		    '"%d %d" % (len(d["structuredContent"]["findings"]),
		    d["structuredContent"]["total_matched"])')"
		inspector "$@" --method tools/call \
		    --tool-name clawsec_traffic_status
		atf_check_equal one "$(json_get "$(cat out.json)" \
		    'd["structuredContent"]["client"]')"
	done
	guardian_stop
}

atf_init_test_cases()
{
	for t in sdk_v1 sdk_v2 conformance_01 conformance_02 inspector; do
		atf_add_test_case $t
	done
}
