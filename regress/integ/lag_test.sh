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



# Processes that lag, hang or are gone while others, or all, are to end.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

# config [line]: one worker of each kind, so that a test knows which to stop.
config()
{
	guardian_config <<CONF
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
proxy workers 1
detector workers 1
dedup window 0
$*
CONF
}

all_found()
{
	faults.py found "$@"
}

event()
{
	grep -q "\"event\":\"$1\".*\"reason\":\"$2\"" home/log/events.jsonl
}

replaced()
{
	_pid=$(child_pid "$1" 0) && [ "$_pid" -ne "$2" ] && kill -0 "$_pid"
}

stopped()
{
	case $(ps -o stat= -p "$1") in T*) ;; *) return 1 ;; esac
}

halt()
{
	kill -STOP "$1"
	wait_for 10 stopped "$1" || atf_fail "it does not stop"
}

gone()
{
	! lives "$1"
}

case_ last_words "what a killed proxy-worker had shown is scanned"
last_words_body()
{
	config
	guardian_start
	d=$(child_pid detector-worker 0)
	w=$(child_pid proxy-worker 0)
	halt "$d"
	atf_check faults.py burst "$proxy" 20
	kill -KILL "$w"
	# the detector learns of the next one and of the end of this together
	wait_for 8 replaced proxy-worker "$w" || atf_fail "no other worker"
	kill -CONT "$d"
	wait_for 20 all_found 20 || atf_fail "something was lost"
	guardian_stop
}

case_ stop_lagging "a stop waits for a detector that lags"
stop_lagging_body()
{
	config
	guardian_start
	d=$(child_pid detector-worker 0)
	halt "$d"
	atf_check faults.py burst "$proxy" 20
	kill -TERM "$guardian_pid"
	wait_for 10 grep -q 'stopping: signal' guardiand.log ||
	    atf_fail "it does not stop"
	kill -CONT "$d"
	wait "$guardian_pid" || { cat guardiand.log; atf_fail "exit $?"; }
	atf_check faults.py found 20
}

case_ stop_hung "a stop does not wait for ever, and what was not seen is said"
stop_hung_body()
{
	config
	guardian_start
	halt "$(child_pid detector-worker 0)"
	atf_check faults.py burst "$proxy" 20
	kill -TERM "$guardian_pid"
	wait_for 20 gone "$guardian_pid" || atf_fail "it does not end"
	wait "$guardian_pid" || { cat guardiand.log; atf_fail "exit $?"; }
	test ! -s home/log/findings.jsonl || atf_fail "found by whom?"
	atf_check -o ignore grep '"scan_gap".*"reason":"stopped".*"count":' \
	    home/log/events.jsonl
	atf_check -o ignore grep '"event":"stopped"' home/log/events.jsonl
}

case_ stop_without_logger "a logger that died often is there for the stop"
stop_without_logger_body()
{
	config
	guardian_start
	for n in 1 2; do
		pid=$(child_pid logger 0)
		kill -KILL "$pid"
		wait_for 20 replaced logger "$pid" || atf_fail "not back"
	done
	pid=$(child_pid logger 0)
	kill -KILL "$pid"
	wait_for 10 grep -q 'logger dies often' guardiand.log ||
	    atf_fail "no back-off"
	atf_check faults.py burst "$proxy" 20
	guardian_stop
	atf_check faults.py found 20
	atf_check -o ignore grep '"event":"stopped"' home/log/events.jsonl
}

overload()
{
	config "overload $1
scan limit 64M"
	guardian_start
	d=$(child_pid detector-worker 0)
	halt "$d"
	atf_check -o save:out faults.py bulk "$proxy" 40 48
	kill -CONT "$d"
	cat out
	wait_for 20 event scan_gap overload || atf_fail "no gap"
	still=$(sed -n 's/^standstill \([0-9]*\).*/\1/p' out)
}

case_ backpressure "a lagging detector slows a flow for 5 seconds, not more"
backpressure_body()
{
	overload backpressure
	test "$still" -ge 3 && test "$still" -le 7 || atf_fail "still: $still"
	wait_for 20 event overload backpressure || atf_fail "no event"
	guardian_stop
}

case_ shed "overload shed: a lagging detector slows nobody"
shed_body()
{
	overload shed
	# nothing waits; what there is comes of the machine
	test "$still" -le 2 || atf_fail "still: $still"
	wait_for 20 event overload shed || atf_fail "no event"
	guardian_stop
}

atf_init_test_cases()
{
	for t in last_words stop_lagging stop_hung stop_without_logger \
	    backpressure shed; do
		atf_add_test_case $t
	done
}
