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

# DESIGN 1.3: nothing unredacted is kept or shown.  Secrets of two kinds, keys
# and words that no rule knows, are put wherever bytes can stand in a message,
# sound or not; then every eight bytes of them are looked for in all that the
# suite has written and printed, and in the memory of those that must not
# have seen them.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

config()
{
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
dedup window 0
END
}

atf_test_case files cleanup
files_head()
{
	atf_set descr "no secret in any file, log or output"
	atf_set timeout 200
}
files_body()
{
	config
	guardian_start -v -v
	redact_cases.py plant "$proxy" || atf_fail "not planted"
	ctl findings >out.1
	ctl -j findings >out.2
	ctl events >out.3
	ctl -j events >out.4
	ctl -j status >out.5
	guardian_stop
	test "$(wc -l <home/log/findings.jsonl)" -gt 60 ||
	    atf_fail "hardly a finding"
	# shellcheck disable=SC2046 # no blanks in these names
	atf_check -o match:"done files" redact_cases.py files guardiand.log \
	    out.? $(find home -type f)
	# the search finds what is there
	key=$(python3 -c 'import json
print(json.load(open("secrets.json"))[7][20:40])')
	cp home/log/events.jsonl planted
	printf '{"x":"%s"}\n' "$key" >>planted
	atf_check -s exit:1 -o match:"planted: .* of a secret" -e ignore \
	    redact_cases.py files planted
}
files_cleanup()
{
	cleanup_all
}

atf_test_case memory cleanup
memory_head()
{
	atf_set descr "no secret in a name, or in memory of who needs none"
	atf_set timeout 200
	atf_set require.user root
	atf_set require.progs unshare
}
memory_body()
{
	# labels of host names, which go into the dest of findings
	python3 - >labels <<'END'
import secrets, string
a = string.ascii_lowercase + string.digits
print("".join(secrets.choice(a) for _ in range(40)))
print("".join(secrets.choice("0123456789abcdef") for _ in range(32)))
print("sk-proj-" + "".join(secrets.choice(a) for _ in range(48)))
END
	for label in $(cat labels); do
		echo "127.0.0.1 $label.example"
		echo "10.0.0.1 $label.refused"
	done >hosts
	cat >via <<'END'
#!/bin/sh
mount --bind hosts /etc/hosts && exec "$@"
END
	chmod 755 via
	guardian_via="unshare -m ./via"
	origin_start
	config
	guardian_start -v -v
	# shellcheck disable=SC2046 # three words
	redact_cases.py plant "$proxy" $(cat labels) || atf_fail "not planted"
	ctl findings >out.1
	ctl -j events >out.2
	processes=$(json_get "$(ctl -j status)" '" ".join("%s=%d" %
	    (p["process"], p["pid"]) for p in d["processes"])')
	# shellcheck disable=SC2086 # several
	redact_cases.py memory "$proxy" "$origin" $processes ||
	    atf_fail "see above"
	guardian_stop
	# shellcheck disable=SC2046 # no blanks in these names
	atf_check -o match:"done files" redact_cases.py files guardiand.log \
	    out.? $(find home -type f)
}
memory_cleanup()
{
	cleanup_all
}

needles=$GUARDIAN_BUILDDIR/regress/integ/needles

# What a container is told of itself.
ask_mcp()
{
	mkfifo ask
	"$GUARDIAN_BUILDDIR/bin/guardian-mcp" home/run/mcp/all/mcp.sock \
	    <ask >out.mcp 2>out.mcp.errors &
	echo $! >>pids
	exec 8>ask
	cat >&8 <<'END'
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"clawsec_traffic_status","arguments":{}}}
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"clawsec_traffic_findings","arguments":{"limit":200}}}
END
	wait_for 20 grep -q '"id":3.*ai_api_key' out.mcp || atf_fail "no MCP"
	exec 8>&-
}

# An attack in every view, and all that the suite has to say of it.
views()
{
	config
	cat >>guardian.conf <<'END'
client "all" {
	address { 127.0.0.0/8 }
	mcp socket
}
END
	# every word of an attack, as somebody's own rule
	cat >rules.conf <<'END'
rule "any_word" { outbound exfil severity high match "sk-[A-Za-z0-9_-]{20,200}" }
enable { prompt_injection }
END
	chmod 600 rules.conf
	guardian_start -v -v
	EVERY=5 attack_cases.py run "$proxy" || atf_fail "not attacked"
	attack_cases.py secrets >secrets
	# the last message has been scanned when its finding is there
	ctl selftest >out.selftest || atf_fail "selftest"
	ctl findings >out.findings
	ctl -j findings -n 100000 >out.findings.json
	ctl events >out.events
	ctl -j events >out.events.json
	ctl status >out.status
	ctl -j status >out.status.json
	ctl metrics >out.metrics
	ctl -j metrics >out.metrics.json
	timeout 5 "$sbin/guardianctl" -s home/run/guardian.sock follow \
	    -n 1000 >out.follow
	test -s out.follow || atf_fail "nothing followed"
	ask_mcp
	# what was attacked with, as a file with all secrets in it
	"$sbin/guardianctl" scan expected.json >out.scan 2>&1
	atf_check_equal 3 $?
	"$sbin/guardianctl" -j scan expected.json >out.scan.json 2>&1
	atf_check_equal 3 $?
	"$sbin/guardianctl" -j scan -f rules.conf expected.json \
	    >out.scan.rules 2>&1
	atf_check_equal 3 $?
	grep -q any_word out.scan.rules || atf_fail "no rule of their own"
	test "$(wc -l <out.findings.json)" -gt 200 ||
	    atf_fail "hardly a finding"
}

atf_test_case views cleanup
views_head()
{
	atf_set descr "no secret, encoded or not, in any file, log or answer"
	atf_set timeout 200
}
views_body()
{
	views
	guardian_stop
	find home -type f >files
	# shellcheck disable=SC2046 # no blanks in these names
	atf_check -o save:searched "$needles" secrets -c guardiand.log out.* \
	    $(cat files)
	cat searched
	# a search that would find it: one window, in one form of each kind
	window=$(tail -n 1 secrets | cut -c 1-8)
	for form in "$window" "$(printf %s "$window" | base64)" \
	    "$(printf %s "$window" | od -An -tx1 | tr -d ' \n')" \
	    "$(printf %s "$window" | od -An -tx1 | tr -d '\n' | tr ' ' %)"; do
		printf '{"x":"%s"}\n' "$form" >planted
		atf_check -s exit:1 -o match:"^planted: of a secret" \
		    "$needles" secrets planted
	done
}
views_cleanup()
{
	cleanup_all
}

atf_test_case views_memory cleanup
views_memory_head()
{
	atf_set descr "no secret, encoded or not, in memory of who needs none"
	atf_set timeout 200
	atf_set require.user root
}
views_memory_body()
{
	views
	pids=$(json_get "$(ctl -j status)" '" ".join("-p %d" % p["pid"]
	    for p in d["processes"] if p["process"] not in
	    ("proxy-worker", "detector-worker"))')
	# shellcheck disable=SC2086 # several
	set -- $pids
	test $# -ge 6 || atf_fail "which processes? $pids"
	atf_check -o save:searched "$needles" secrets -c "$@"
	cat searched
	# a search that would find it: who forwards a body has it
	origin_start
	key=$(fake_key)
	mkfifo late
	nc "${proxy%:*}" "${proxy##*:}" <late >late.out &
	echo $! >>pids
	exec 9>late
	printf 'POST http://%s/sink HTTP/1.1\r\nHost: h\r\n' "$origin" >&9
	printf 'Content-Length: 1000\r\n\r\nk=%s and' "$key" >&9
	echo "$key" | cut -c 14- >late.secret
	forwards=$(json_get "$(ctl -j status)" '" ".join("-p %d" % p["pid"]
	    for p in d["processes"] if p["process"] == "proxy-worker")')
	# shellcheck disable=SC2086 # several
	wait_for 20 sh -c '! "$@" >found && grep -q "of a secret" found' sh \
	    "$needles" late.secret $forwards || atf_fail "nobody had it"
	exec 9>&-
	# and a scan: the detector reads, guardianctl never has a byte of it
	mkfifo bytes
	"$sbin/guardianctl" scan -f rules.conf <bytes >out.late 2>&1 &
	scan=$!
	echo $scan >>pids
	exec 9>bytes
	printf 'k=%s and' "$key" >&9
	wait_for 20 pgrep -P $scan detector-worke
	detector=$(cat wait.out)
	wait_for 20 sh -c '! "$@" >found && grep -q "of a secret" found' sh \
	    "$needles" late.secret -p "$detector" || atf_fail "not read"
	atf_check -o ignore "$needles" late.secret -p $scan
	exec 9>&-
	wait_for 20 grep -q "ai_api_key" out.late
}
views_memory_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case views
	atf_add_test_case views_memory
	atf_add_test_case files
	atf_add_test_case memory
}
