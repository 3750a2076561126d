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



# guardianctl against the running suite.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# case_ NAME DESCRIPTION: a test case with the usual cleanup.
case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr '$2'; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

# One line of standard input is one JSON value, and all lines are.
json_lines()
{
	python3 -c 'import json, sys
n = 0
for line in sys.stdin:
    json.loads(line)
    n += 1
print(n)'
}

case_ status "every process and the settings, alike in text and in JSON"
status_body()
{
	guardian_config <<'END'
listen on 127.0.0.1 port 0
proxy workers 2
detector workers 2
scan limit 64K
END
	guardian_start
	ctl status >text || atf_fail "status"
	ctl -j status >json || atf_fail "status -j"
	atf_check_equal 1 "$(json_lines <json)"
	json=$(cat json)
	for name in parent control logger mcpd proxy-worker/0 proxy-worker/1 \
	    detector-worker/0 detector-worker/1; do
		[ "$(grep -c "^$name " text)" -eq 2 ] ||
		    { cat text; atf_fail "$name is not in both tables"; }
	done
	atf_check_equal 8 "$(json_get "$json" 'len(d["processes"])')"
	grep -q "^scan limit     64K a message" text || atf_fail "scan limit"
	atf_check_equal 65536 "$(json_get "$json" 'd["scan_limit_bytes"]')"
	if [ "$(id -u)" -eq 0 ]; then
		atf_check_equal full "$(json_get "$json" 'd["privileges"]')"
	else
		atf_check_equal reduced \
		    "$(json_get "$json" 'd["privileges"]')"
	fi
}

case_ metrics "valid lines for Prometheus, with the counters of status"
metrics_body()
{
	guardian_start
	atf_check -o ignore ctl selftest
	# a text in base64, so that there is something decoded
	atf_check -o inline:"ok\n" curl -sS -x "http://$proxy" \
	    -d "$(printf '%0200d some plain text' 7 | base64 -w 0)" \
	    http://guardian.invalid/selftest
	python3 - <<'END' || atf_fail "metrics"
import json, re, subprocess, time

LABEL = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(r'([a-z_]+)((?:\{%s(?:,%s)*\})?) (\d+)' % (LABEL, LABEL))

def ctl(*args):
    return subprocess.run(("ctl",) + args, stdout=subprocess.PIPE,
                          check=True).stdout.decode("ascii")

def parse(text):
    samples, kinds, helps, family = {}, {}, set(), None
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in helps, line
            assert line.split(" ", 3)[3], line
            helps.add(family)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and name not in kinds, line
            assert kind == ("counter" if name.endswith("_total") else
                            "gauge"), line
            kinds[name] = kind
        else:
            m = SAMPLE.fullmatch(line)
            assert m and m[1] == family and family in kinds, line
            assert (m[1], m[2]) not in samples, line
            samples[m[1], m[2]] = int(m[3])
    assert helps == set(kinds) == {name for name, _ in samples}
    return samples

# Status on both sides: the counters are still for the comparison.
end = time.monotonic() + 30
while True:
    before = json.loads(ctl("-j", "status"))
    got = parse(ctl("metrics"))
    after = json.loads(ctl("-j", "status"))
    if before["counters"] == after["counters"] and \
            before["counters"]["bytes_decoded"] > 0 and \
            before["counters"]["findings"] > 0:
        break
    assert time.monotonic() < end, (before["counters"], after["counters"])
for name, value in before["counters"].items():
    keys = [k for k in (("guardian_%s_total" % name, ""),
                        ("guardian_" + name, "")) if k in got]
    assert len(keys) == 1, (name, keys)
    assert got[keys[0]] == value, (name, got[keys[0]], value)
assert got["guardian_build_info",
           '{version="%s"}' % before["version"]] == 1
for p in before["processes"]:
    labels = '{process="%s",instance="%d",generation="%d"}' % (
        p["process"], p["instance"], p["generation"])
    assert got["guardian_process_up", labels] == 1, labels
    assert got["guardian_process_restarts_total", labels] == p["restarts"]
END
	atf_check -s exit:2 -o empty -e match:"format of its own" \
	    ctl -j metrics
}

case_ selftest "a planted key, found again, and kept nowhere"
selftest_body()
{
	guardian_start
	atf_check -o save:text ctl selftest
	for hop in "control socket" listener proxy finding redaction schema
	do
		grep -q "^ok    $hop " text ||
		    { cat text; atf_fail "hop $hop"; }
	done
	atf_check -o save:json ctl -j selftest
	json=$(cat json)
	atf_check_equal True "$(json_get "$json" 'd["ok"]')"
	atf_check_equal 11 "$(json_get "$json" 'len(d["finding"])')"
	atf_check_equal ai_api_key \
	    "$(json_get "$json" 'd["finding"]["pattern"]')"
	# Another key each time: two findings, not one and a duplicate.
	atf_check_equal 2 "$(findings | wc -l | tr -d ' ')"
	# Nothing on disk or on the screen goes on after the prefix.
	! cat text json guardiand.log home/log/* 2>/dev/null |
	    grep -a -q 'sk-ant-api03-[A-Za-z0-9]' ||
	    atf_fail "a part of the key is kept"
}

case_ selftest_refused "a proxy that refuses is named, with what to do"
selftest_refused_body()
{
	guardian_config <<'END'
listen on 127.0.0.1 port 0
client "x" {
	address { 127.0.0.0/8 }
	credential sha256 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
}
END
	guardian_start
	atf_check -s exit:1 -o save:text ctl selftest
	grep -q "^ok    listener " text || { cat text; atf_fail "listener"; }
	grep -q "^FAIL  proxy  *answered 40[37]" text ||
	    { cat text; atf_fail "proxy"; }
	! grep -q "finding" text || atf_fail "went on after the failure"
}

case_ selftest_blind "a finding that does not come is named, with what to do"
selftest_blind_body()
{
	guardian_start
	kill -STOP "$(child_pid logger 0)"
	atf_check -s exit:1 -o save:text -e ignore ctl selftest
	grep -q "^ok    proxy " text || { cat text; atf_fail "proxy"; }
	grep -Eq "^FAIL  finding .*(logger|log)" text ||
	    { cat text; atf_fail "finding"; }
	! grep -q "redaction" text || atf_fail "went on after the failure"
}

case_ no_daemon "without a daemon every command says so, and the cure"
no_daemon_body()
{
	for cmd in status metrics findings follow events reload stop "log rotate" \
	    selftest; do
		# shellcheck disable=SC2086 # two words
		atf_check -s exit:1 -o ignore \
		    -e match:"guardiand is not running: .*start it" ctl $cmd
	done
	atf_check -s exit:1 -o match:"^FAIL  control socket" -e ignore \
	    ctl selftest
	atf_check -s exit:1 -e match:"$PWD/other.sock" \
	    ctl -s "$PWD/other.sock" status
}

# One finding of each: a path outbound, and a key.
two_findings()
{
	atf_check -o ignore ctl selftest
	atf_check -o ignore curl -sS -x "http://$proxy" \
	    -d 'file=/home/me/.aws/credentials' \
	    http://guardian.invalid/selftest
	wait_for 20 sh -c '[ "$(wc -l <home/log/findings.jsonl)" -ge 2 ]' ||
	    { findings; atf_fail "no second finding"; }
}

case_ findings "filters by number, time, pattern, severity and client"
findings_body()
{
	guardian_start
	atf_check ctl findings
	two_findings
	all=$(ctl -j findings | wc -l)
	atf_check_equal "$all" "$(ctl findings | wc -l)"
	atf_check_equal "$all" "$(ctl -j findings | json_lines)"
	atf_check_equal "$(findings)" "$(ctl -j findings)"
	atf_check_equal 1 "$(ctl findings -n 1 | wc -l | tr -d ' ')"
	atf_check_equal "$(findings | tail -n 1)" "$(ctl -j findings -n 1)"
	atf_check_equal 1 \
	    "$(ctl findings pattern ai_api_key | wc -l | tr -d ' ')"
	atf_check_equal 0 \
	    "$(ctl findings pattern reverse_shell | wc -l | tr -d ' ')"
	atf_check_equal "$all" "$(ctl findings since 10m | wc -l)"
	atf_check_equal 0 \
	    "$(ctl findings since 2999-01-01 | wc -l | tr -d ' ')"
	atf_check_equal "$all" "$(ctl findings severity low | wc -l)"
	atf_check_equal "$(findings |
	    grep -cE '"severity":"(high|critical)"')" \
	    "$(ctl findings severity high | wc -l | tr -d ' ')"
	atf_check_equal "$all" "$(ctl findings client default | wc -l)"
	ctl findings pattern ai_api_key >text
	grep -Eq '^20[0-9-]*T[0-9:.]*Z [a-z]+ +ai_api_key outbound http 127\.0\.0\.1 -> guardian\.invalid:80  .*REDACTED' \
	    text || { cat text; atf_fail "not readable"; }
}

case_ follow "what was, what comes, and the end of the daemon"
follow_body()
{
	guardian_start
	atf_check -o ignore ctl selftest
	ctl -j follow >out 2>err &
	follow=$!
	echo $follow >>pids
	wait_for 20 sh -c '[ "$(wc -l <out)" -eq 1 ]' || atf_fail "the old one"
	atf_check -o ignore ctl selftest
	wait_for 20 sh -c '[ "$(wc -l <out)" -eq 2 ]' || atf_fail "the new one"
	atf_check_equal "$(findings)" "$(cat out)"
	# It has confined itself.
	if [ -r /proc/$follow/status ]; then
		atf_check_equal 2 "$(sed -n 's/^Seccomp:[[:space:]]*//p' \
		    /proc/$follow/status)"
		atf_check_equal 1 "$(sed -n 's/^NoNewPrivs:[[:space:]]*//p' \
		    /proc/$follow/status)"
	fi
	guardian_stop
	wait $follow
	atf_check_equal 1 $?
	grep -q "guardiand went away" err || { cat err; atf_fail "no word"; }
}

case_ follow_rotation "following goes on in the new file"
follow_rotation_body()
{
	guardian_start
	ctl -j follow >out 2>err &
	echo $! >>pids
	atf_check -o ignore ctl selftest
	wait_for 20 sh -c '[ "$(wc -l <out)" -eq 1 ]' || atf_fail "the first"
	atf_check -o match:"new log files" ctl log rotate
	test -s home/log/findings.jsonl.1 || atf_fail "not put aside"
	atf_check -o ignore ctl selftest
	wait_for 20 sh -c '[ "$(wc -l <out)" -eq 2 ]' ||
	    { cat out err; atf_fail "lost at the rotation"; }
	cat home/log/findings.jsonl.1 home/log/findings.jsonl >both
	atf_check cmp both out
}

case_ verbs "reload refuses what is wrong, stop stops"
verbs_body()
{
	guardian_start
	atf_check -o match:"configuration loaded" ctl reload
	atf_check_equal 2 "$(json_get "$(ctl -j status)" 'd["generation"]')"
	echo 'mode block' >>guardian.conf
	atf_check -s exit:1 -e match:"guardian.conf:[0-9]*: .*block" \
	    ctl reload
	atf_check_equal 2 "$(json_get "$(ctl -j status)" 'd["generation"]')"
	atf_check -o match:"config_rejected" ctl events
	atf_check -o match:"stopping" ctl stop
	wait "$guardian_pid"
	atf_check_equal 0 $?
	atf_check -s exit:1 -e match:"not running" ctl stop
}

case_ events "what happened, in text and JSON"
events_body()
{
	guardian_start
	ctl events >text
	grep -Eq '^20[0-9-]*T[0-9:.]*Z info +started ' text ||
	    { cat text; atf_fail "no start"; }
	grep -q ' child_started .*process=detector-worker' text ||
	    { cat text; atf_fail "no detector"; }
	atf_check_equal "$(wc -l <text | tr -d ' ')" \
	    "$(ctl -j events | json_lines)"
	atf_check_equal 2 "$(ctl events -n 2 | wc -l | tr -d ' ')"
}

case_ gap "what is past the scan limit is forwarded, counted, recorded"
gap_body()
{
	guardian_config <<'END'
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 1
scan limit 4K
END
	guardian_start
	dd if=/dev/zero bs=20000 count=1 2>/dev/null | tr '\0' a >body
	atf_check -o inline:"ok\n" curl -sS -x "http://$proxy" \
	    --data-binary @body http://guardian.invalid/selftest
	wait_for 20 sh -c 'ctl events | grep -q scan_gap' ||
	    { ctl events; atf_fail "no scan_gap"; }
	ctl -j events | grep '"scan_gap"' >gap
	atf_check_equal 1 "$(wc -l <gap | tr -d ' ')"
	gap=$(cat gap)
	atf_check_equal scan_limit "$(json_get "$gap" 'd["reason"]')"
	bytes=$(json_get "$gap" 'd["bytes"]')
	# 4 KiB of the message, whose head counts too, were scanned.
	[ "$bytes" -ge 15904 ] && [ "$bytes" -lt 16904 ] ||
	    atf_fail "$bytes bytes"
	skipped()
	{
		json_get "$(ctl -j status)" 'd["counters"]["bytes_skipped"]'
	}
	wait_for 20 eval '[ "$(skipped)" -eq '"$bytes"' ]' ||
	    atf_fail "the counter says $(skipped), the event $bytes"
}

case_ terminal "what a stored line holds does not reach the terminal"
terminal_body()
{
	guardian_start
	atf_check -o ignore ctl selftest
	# As if the snippet had got past everything before us.
	python3 - <<'END' || atf_fail "cannot write the line"
import json
path = "home/log/findings.jsonl"
line = open(path).readline()
f = json.loads(line)
f["snippet"] = "\x1b[2J\x9b\u202egnp.exe\u200b\r\nok  redaction"
with open(path, "a") as out:
    out.write(json.dumps(f) + "\n")
    out.write(json.dumps(f, ensure_ascii=False) + "\n")
END
	ctl findings >text
	ctl -j findings >json
	# All printable ASCII: the newlines are those of the lines.
	atf_check_equal 3 "$(wc -l <text | tr -d ' ')"
	! LC_ALL=C grep -a -q '[^ -~]' text || atf_fail "raw bytes in text"
	! LC_ALL=C grep -a -q '[^ -~]' json || atf_fail "raw bytes in JSON"
	grep -q 'u001b\[2J' text || { cat text; atf_fail "not shown"; }
	# and as JSON it is still the same string
	json_lines <json >/dev/null || atf_fail "JSON is broken"
}

case_ check "a configuration without a daemon"
check_body()
{
	echo 'scan limit 64K' >good.conf
	printf 'mode block\nnonsense\nscan limit 1\n' >bad.conf
	chmod 600 good.conf bad.conf
	atf_check -o inline:"configuration OK\n" ctl check "$PWD/good.conf"
	atf_check -s exit:1 -e save:errors ctl check "$PWD/bad.conf"
	atf_check_equal 3 "$(wc -l <errors | tr -d ' ')"
	for line in 1 2 3; do
		grep -q "^$PWD/bad.conf:$line: " errors ||
		    { cat errors; atf_fail "line $line"; }
	done
	atf_check -s exit:1 -o save:json ctl -j check "$PWD/bad.conf"
	atf_check_equal "[1, 2, 3]" "$(json_get "$(cat json)" \
	    '[e["line"] for e in d["errors"]]')"
	atf_check -s exit:1 -e match:"No such file" ctl check "$PWD/none.conf"
}

case_ wiring "the shell text does what it says, and nothing else"
wiring_body()
{
	echo 'listen on 127.0.0.1 port 8899' | guardian_config
	NANOCLAW_TRAFFIC_GUARDIAN_CONFIG=$PWD/guardian.conf
	export NANOCLAW_TRAFFIC_GUARDIAN_CONFIG
	ctl wiring shell >text || atf_fail "wiring shell"
	for v in HTTP_PROXY http_proxy HTTPS_PROXY https_proxy; do
		atf_check_equal "http://127.0.0.1:8899" \
		    "$(env -i PATH="$PATH" sh -c ". ./text; printenv $v")"
	done
	for v in NO_PROXY no_proxy; do
		atf_check_equal "localhost,127.0.0.1,::1" \
		    "$(env -i PATH="$PATH" sh -c ". ./text; printenv $v")"
	done
	atf_check_equal 1 \
	    "$(env -i PATH="$PATH" sh -c '. ./text; printenv NODE_USE_ENV_PROXY')"
	! grep -v -e '^#' -e '^export [A-Za-z_]*=' text ||
	    atf_fail "more than comments and exports"

	# without inspection no certificates are named
	! grep -e CERT -e BUNDLE text || atf_fail "certificates of no CA"
	atf_check -s exit:1 -o empty -e match:"there is no CA" \
	    ctl ca fingerprint
	atf_check -s exit:1 -o empty -e match:"there is no CA" \
	    ctl trust -y 00

	atf_check -o save:docker ctl wiring docker
	grep -q "NOT YET" docker || atf_fail "no word that loopback is no use"
	grep -q -e "--add-host=host.docker.internal:host-gateway" docker ||
	    atf_fail "no host name"
	grep -q "HTTPS_PROXY='http://host.docker.internal:8899'" docker ||
	    atf_fail "no address"
	echo 'listen on 0.0.0.0 port 8899
client "c" { address { 10.9.0.0/16 } }' | guardian_config
	atf_check -o not-match:"NOT YET" ctl wiring docker

	NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL="http://x:1';id;'"
	export NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL
	atf_check -s exit:1 -o empty -e match:"PROXY_URL" ctl wiring shell
	NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL=http://10.1.2.3:99
	atf_check -o match:"http_proxy='http://10.1.2.3:99'" ctl wiring shell
	atf_check_equal http://10.1.2.3:99 \
	    "$(json_get "$(ctl -j wiring shell)" 'd["proxy_url"]')"
}

case_ usage "a wrong command line is status 2"
usage_body()
{
	atf_check -s exit:2 -e match:"^usage: guardianctl" ctl
	atf_check -s exit:2 -e match:"unknown command" ctl nonsense
	atf_check -s exit:2 -e match:"ambiguous" ctl st
	# of a command that is known, no more than it takes
	atf_check -s exit:2 -e save:err ctl findings severity bad
	atf_check_equal 4 "$(wc -l <err)"
	grep -q '^  findings ' err || { cat err; atf_fail "not its usage"; }
	atf_check -s exit:2 -e match:"severity" ctl findings severity bad
}

atf_test_case permission cleanup
permission_head()
{
	atf_set descr "group _guardian reads, root changes, others neither"
	atf_set require.user root
	atf_set require.progs setpriv
	atf_set timeout 120
}
permission_body()
{
	# Others have to get to the socket to be refused there.
	case $PWD in
	/tmp/*)	;;
	*)	atf_skip "the test directory is not under /tmp" ;;
	esac
	guardian_start
	sock=$PWD/home/run/guardian.sock
	cp "$sbin/guardianctl" tool
	chmod 755 tool . home home/run
	_dir=$PWD
	while [ "$_dir" != /tmp ]; do
		chmod o+x "$_dir"
		_dir=$(dirname "$_dir")
	done
	as="setpriv --reuid=nobody --regid=nogroup"
	atf_check -s exit:1 -e match:"permission denied; add yourself to group _guardian" \
	    $as --clear-groups ./tool -s "$sock" status
	as="$as --groups=_guardian"
	atf_check -o match:"^guardiand " $as ./tool -s "$sock" status
	atf_check -o match:"^guardian_requests_total " \
	    $as ./tool -s "$sock" metrics
	atf_check -o match:" started " $as ./tool -s "$sock" events
	atf_check $as ./tool -s "$sock" findings
	for verb in reload stop "log rotate" "ca rotate"; do
		# shellcheck disable=SC2086 # two words
		atf_check -s exit:1 -e match:"only root" \
		    $as ./tool -s "$sock" $verb
	done
	atf_check -o ignore ctl status
}
permission_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	for tc in status metrics selftest selftest_refused selftest_blind no_daemon \
	    findings follow follow_rotation verbs events gap terminal \
	    check wiring usage permission; do
		atf_add_test_case $tc
	done
}
