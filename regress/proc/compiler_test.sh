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


# The rule-compiler, and detectors without one: the findings are the same, and
# that it is slower is on record.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# A suite of its own, in which programs can be missing or others.
suite()
{
	mkdir -p suite/sbin suite/libexec
	cp "$sbin/guardiand" suite/sbin/
	for prog in control logger mcpd detector-worker proxy-worker; do
		cp "$libexec/$prog" suite/libexec/
	done
	sbin=$PWD/suite/sbin
	guardian_config <<'END'
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 2
END
}

planted()
{
	key=$(python3 -c 'import random, string
print("sk-ant-api03-" + "".join(random.choice(string.ascii_letters +
    string.digits) for _ in range(93)) + "AA")')
	printf '{"text":"a key: %s\\n"}' "$key" >body
	atf_check -o match:ok -e ignore curl -sS -m 20 -x "http://$proxy" \
	    --data-binary @body http://guardian.invalid/selftest
	wait_for 10 grep -q '"pattern":"ai_api_key"' home/log/findings.jsonl ||
	    { cat guardiand.log; atf_fail "not found"; }
}

# prefiltered N: so many of the detectors are, as status says.
prefiltered()
{
	_n=$(json_get "$(ctl -j status)" 'sum(p["counters"].get("prefiltered", 0)
	    for p in d["processes"] if p["process"] == "detector-worker")')
	[ "$_n" -eq "$1" ] || { echo "prefiltered: $_n"; return 1; }
}

# degraded REASON: both detectors recorded it.
degraded()
{
	[ "$(grep '"event":"matching_degraded"' home/log/events.jsonl |
	    grep -c "\"reason\":\"$1\"")" -eq 2 ] ||
	    { grep matching_degraded home/log/events.jsonl; return 1; }
}

slow()
{
	wait_for 10 degraded "$1" || atf_fail "not on record: $1"
	wait_for 10 prefiltered 0 || atf_fail "prefiltered by whom?"
	ctl status >text
	grep -q 'matching  *slow in 2 of 2 detectors' text ||
	    { cat text; atf_fail "status does not say it"; }
	planted
}

no_compiler()
{
	json_get "$(ctl -j status)" \
	    '0 / all(p["process"] != "rule-compiler" for p in d["processes"])'
}

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; }"
	eval "$1_cleanup() { cleanup_all; }"
}

case_ present "databases for the first detectors and for a replacement"
present_body()
{
	[ -x "$libexec/rule-compiler" ] ||
	    atf_skip "built without Vectorscan: there is no rule-compiler"
	guardian_start
	wait_for 10 no_compiler || atf_fail "the compiler did not end"
	n=$(json_get "$(ctl -j status)" 'sum(p["process"] ==
	    "detector-worker" for p in d["processes"])')
	wait_for 10 prefiltered "$n" || atf_fail "not prefiltered"
	ctl status >text
	grep -q 'matching  *prefiltered' text || { cat text; atf_fail text; }
	planted
	old=$(child_pid detector-worker 0)
	kill -KILL "$old"
	wait_for 20 eval '[ "$(child_pid detector-worker 0)" -ne 0 ] &&
	    [ "$(child_pid detector-worker 0)" -ne '"$old"' ]' ||
	    atf_fail "not replaced"
	wait_for 20 prefiltered "$n" || atf_fail "the replacement is slow"
	wait_for 10 no_compiler || atf_fail "the compiler did not end"
	# A new configuration is a new generation, with a compiler of its own.
	if [ "$(id -u)" -eq 0 ]; then
		atf_check -o ignore -e ignore ctl reload
		wait_for 20 prefiltered "$n" || atf_fail "slow after a reload"
	fi
	grep matching_degraded home/log/events.jsonl && atf_fail "degraded"
	guardian_stop
}

case_ absent "no rule-compiler: as on a system without Vectorscan"
absent_body()
{
	suite
	guardian_start
	slow no_compiler
	guardian_stop
}

case_ fails "a rule-compiler that dies at once"
fails_body()
{
	suite
	cp /bin/false suite/libexec/rule-compiler
	guardian_start
	slow compiler_failed
	[ "$(grep -c 'rule-compiler .* died: exit_1' guardiand.log)" -eq 3 ] ||
	    { cat guardiand.log; atf_fail "nobody noticed"; }
	guardian_stop
}

case_ retried "a rule-compiler killed twice, at the start and in a reload"
retried_body()
{
	[ -x "$libexec/rule-compiler" ] ||
	    atf_skip "built without Vectorscan: there is no rule-compiler"
	guardian_config <<'END'
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 2
END
	preload
	inject.py die 2 rule-compiler
	guardian_start
	wait_for 10 prefiltered 2 || atf_fail "not prefiltered"
	[ "$(grep -c 'rule-compiler .* died: signal_9' guardiand.log)" -eq 2 ] ||
	    atf_fail "they lived"
	inject.py die 2 rule-compiler
	kill -HUP "$guardian_pid"
	wait_for 20 grep -q 'event":"config_loaded' home/log/events.jsonl ||
	    atf_fail "not reloaded"
	[ "$(grep -c 'rule-compiler .* died: signal_9' guardiand.log)" -eq 4 ] ||
	    atf_fail "they lived in the reload"
	# the generation before has two more, until it has ended
	wait_for 20 prefiltered 2 || atf_fail "slow after the reload"
	# of a detector that is started again, too
	inject.py die 1 rule-compiler
	kill -KILL "$(child_pid detector-worker 0)"
	wait_for 20 grep -q 'starting detector-worker 0 again' guardiand.log ||
	    atf_fail "not replaced"
	wait_for 20 prefiltered 2 || atf_fail "the replacement is slow"
	planted
	grep matching_degraded home/log/events.jsonl && atf_fail "degraded"
	guardian_stop
}

case_ silent "a rule-compiler that never answers delays the start, no more"
silent_body()
{
	suite
	cp "$GUARDIAN_BUILDDIR/regress/proc/rude/rude" \
	    suite/libexec/rule-compiler
	echo "detector-worker deaf" >suite/libexec/rule-compiler.mode
	"$sbin/guardiand" -d -v -f "$PWD/guardian.conf" >guardiand.log 2>&1 &
	guardian_pid=$!
	echo "$guardian_pid" >>pids
	wait_for 40 grep -q 'ready: 1 listener' guardiand.log ||
	    { cat guardiand.log; atf_fail "guardiand is not ready"; }
	wait_for 10 guardian_ready || atf_fail "no status"
	proxy=$(json_get "$(cat status.json)" 'd["listen"][0]')
	slow compiler_late
	guardian_stop
}

atf_init_test_cases()
{
	for tc in present absent fails retried silent; do
		atf_add_test_case $tc
	done
}
