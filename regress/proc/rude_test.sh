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



# One process of the suite is taken over (rude/rude.c stands in its place) and
# does on each of its channels what no honest one does.  Whoever receives it
# lives, drops it and says so; the others go on; the parent ends the rude one
# and starts another; no descriptor is left behind.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# suite ROLE [CONFIGURATION LINE]: real processes, rude in the place of one.
suite()
{
	mkdir -p suite/sbin suite/libexec
	cp "$sbin/guardiand" suite/sbin/
	for prog in control logger mcpd detector-worker proxy-worker \
	    ca-keeper; do
		cp "$libexec/$prog" suite/libexec/
	done
	# Not on every system.
	[ ! -x "$libexec/rule-compiler" ] ||
	    cp "$libexec/rule-compiler" suite/libexec/
	mv "suite/libexec/$1" "suite/libexec/$1.real"
	cp "$GUARDIAN_BUILDDIR/regress/proc/rude/rude" "suite/libexec/$1"
	sbin=$PWD/suite/sbin
	guardian_config <<END
listen on 127.0.0.1 port 0
proxy workers 2
detector workers 2
$2
END
}

# mode WORDS: what the next process of that name does.
mode()
{
	rm -f home/state/rude
	echo "$*" >mode.new
	mv mode.new "suite/libexec/$role.mode"
}

traffic()
{
	curl -sS -m 20 -x "http://$proxy" -d x \
	    http://guardian.invalid/selftest >selftest.out 2>&1 &&
	    grep -q ok selftest.out
}

# The pid of every process, in the order of status; 0 while there is none.
pids_of()
{
	json_get "$(ctl -j status)" '[p["pid"] for p in d["processes"]
	    if p["process"] == "'"$1"'"]'
}

all_ready()
{
	ctl -j status >all.json && json_get "$(cat all.json)" \
	    '0 / all(p["state"] == "ready" for p in d["processes"])' \
	    >/dev/null 2>&1
}

# Descriptors by process name and instance; needs root, for nobody else may
# look into a process that is not dumpable.
descriptors()
{
	ctl -j status >fds.json || return 1
	python3 - <<'END'
import json, os
for p in json.load(open("fds.json"))["processes"]:
    print(p["process"], p["instance"],
        len(os.listdir("/proc/%d/fd" % p["pid"])))
END
}

same_descriptors()
{
	descriptors >fds.now && cmp -s fds.before fds.now ||
	    { diff fds.before fds.now; return 1; }
}

# rude ROLE TARGET ACTION EXPECT: EXPECT is what the log says of its end,
# or "-" when nobody has to notice.
rude()
{
	role=$1
	echo "== $*"
	rm -rf home guardiand.log
	mode good
	guardian_start
	traffic || { cat selftest.out; atf_fail "no traffic at first"; }
	wait_for 20 all_ready || atf_fail "not ready"
	[ "$(id -u)" -ne 0 ] || descriptors >fds.before
	instance=0
	case $role in
	*-worker)	instance=1 ;;
	esac
	others=
	for other in parent control logger mcpd proxy-worker detector-worker \
	    ca-keeper; do
		[ $other = "$role" ] || others="$others $other=$(pids_of $other)"
	done

	mode "$2" "$3"
	kill -KILL "$(child_pid "$role" $instance)"
	wait_for 20 grep -q "rude: $2, $3" guardiand.log ||
	    { cat guardiand.log; atf_fail "it was not rude"; }
	mode good
	rude_pid=$(sed -n "s/^rude\[\([0-9]*\)\]: rude: .*/\1/p" \
	    guardiand.log | head -1)
	traffic || { cat selftest.out guardiand.log
	    atf_fail "$*: no traffic beside it"; }
	if [ "$4" = - ]; then
		kill -KILL "$rude_pid" 2>/dev/null
	else
		wait_for 30 grep -q "$4" guardiand.log ||
		    { cat guardiand.log; atf_fail "$*: not noticed"; }
	fi
	wait_for 20 eval "! kill -0 $rude_pid" ||
	    { cat guardiand.log; atf_fail "$*: it lives on"; }
	wait_for 40 all_ready ||
	    { cat guardiand.log; atf_fail "$*: not replaced"; }
	for other in parent control logger mcpd proxy-worker detector-worker \
	    ca-keeper; do
		[ $other = "$role" ] && continue
		now="$now $other=$(pids_of $other)"
	done
	[ "$others" = "$now" ] ||
	    { cat guardiand.log; atf_fail "$*: $others became $now"; }
	now=
	case $4 in
	*"broke the protocol"*)
		wait_for 10 grep -q '"event":"peer_malformed"' \
		    home/log/events.jsonl || atf_fail "$*: no event" ;;
	esac
	traffic || { cat selftest.out; atf_fail "$*: no traffic after it"; }
	if [ "$(id -u)" -eq 0 ]; then
		wait_for 20 same_descriptors ||
		    { cat wait.out; atf_fail "$*: descriptors leak"; }
	else
		echo "not root: descriptors are not counted"
	fi
	guardian_stop
}

peer="broke the protocol with another process"
self="broke the protocol and is ended"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 280; }"
	eval "$1_cleanup() { cleanup_all; }"
}

case_ detector_logger "a detector's lies to the logger"
detector_logger_body()
{
	suite detector-worker
	for action in garbage short_header oversized no_such_type not_mine \
	    bad_payload empty_payload; do
		rude detector-worker logger $action "$peer"
	done
	rude detector-worker logger truncated -
	rude detector-worker logger flood "silent for 10 seconds"
}

case_ detector_proxy "a detector's lies to the proxy-workers"
detector_proxy_body()
{
	suite detector-worker
	for action in garbage oversized not_mine bad_payload out_of_order; do
		rude detector-worker proxy-worker $action "$peer"
	done
	rude detector-worker proxy-worker close -
	rude detector-worker proxy-worker deaf -
}

case_ detector_parent "a detector's lies to the parent"
detector_parent_body()
{
	suite detector-worker
	for action in garbage short_header oversized no_such_type \
	    stop_service bad_payload empty_payload out_of_order descriptors; do
		rude detector-worker parent $action "$self"
	done
	rude detector-worker parent close "died: signal_9"
	rude detector-worker parent truncated "died: signal_9"
	rude detector-worker parent deaf "silent for 10 seconds"
}

case_ proxy "a proxy-worker's lies to detectors, logger and parent"
proxy_body()
{
	suite proxy-worker
	for action in garbage oversized not_mine bad_payload out_of_order; do
		rude proxy-worker detector-worker $action "$peer"
	done
	for action in garbage no_such_type bad_payload; do
		rude proxy-worker logger $action "$peer"
	done
	for action in stop_service descriptors; do
		rude proxy-worker parent $action "$self"
	done
	rude proxy-worker detector-worker truncated -
}

https='inspect https for { "*.example.com" }'

case_ keeper "the ca-keeper's lies to proxy-workers, logger and parent"
keeper_body()
{
	suite ca-keeper "$https"
	for action in garbage bad_payload not_mine; do
		rude ca-keeper proxy-worker $action "$peer"
	done
	rude ca-keeper logger garbage "$peer"
	for action in bad_payload unasked; do
		rude ca-keeper parent $action "$self"
	done
}

case_ proxy_keeper "a proxy-worker's lies to the ca-keeper"
proxy_keeper_body()
{
	suite proxy-worker "$https"
	for action in garbage bad_payload descriptors; do
		rude proxy-worker ca-keeper $action "$peer"
	done
}

case_ control "control's lies to logger and parent"
control_body()
{
	suite control
	for action in garbage no_descriptor bad_payload not_mine; do
		rude control logger $action "$peer"
	done
	for action in garbage bad_payload; do
		rude control parent $action "$self"
	done
	rude control parent early_close "died: signal_9"
}

case_ logger "the logger's lies to detectors, mcpd and parent"
logger_body()
{
	suite logger
	for action in garbage bad_payload not_mine; do
		rude logger detector-worker $action "$peer"
	done
	rude logger mcpd bad_payload "$peer"
	for action in garbage stop_service; do
		rude logger parent $action "$self"
	done
}

case_ mcpd "mcpd's lies to logger and parent"
mcpd_body()
{
	suite mcpd
	for action in garbage bad_payload; do
		rude mcpd logger $action "$peer"
	done
	rude mcpd parent garbage "$self"
}

case_ control_flood "status asked without end does not cost the parent its memory"
control_flood_body()
{
	suite control
	role=control
	mode good
	guardian_start
	mode parent flood
	kill -KILL "$(child_pid control 0)"
	wait_for 20 grep -q "rude: parent, flood" guardiand.log ||
	    atf_fail "it was not rude"
	mode good
	wait_for 40 grep -q -e "does not read what it is sent" \
	    -e "silent for 10 seconds" guardiand.log ||
	    { cat guardiand.log; atf_fail "not noticed"; }
	wait_for 40 all_ready || atf_fail "not replaced"
	traffic || atf_fail "no traffic"
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' \
	    "/proc/$guardian_pid/status")
	echo "the parent's peak: $peak KiB"
	[ -n "$GUARDIAN_SANITIZE" ] || [ "$peak" -lt 262144 ] ||
	    atf_fail "$peak KiB in the parent"
	guardian_stop
}

# insist ROLE: refused 5000 times, it fills no log.
insist()
{
	suite "$1"
	role=$1
	mode good
	guardian_start
	mode parent insist
	kill -KILL "$(child_pid "$1" 0)"
	wait_for 20 grep -q "$1 .*died: exit_0" guardiand.log ||
	    { cat guardiand.log; atf_fail "it was not rude"; }
	mode good
	wait_for 40 all_ready || atf_fail "not replaced"
	lines=$(wc -l <guardiand.log)
	events=$(wc -l <home/log/events.jsonl)
	echo "$lines lines, $events events"
	[ "$lines" -lt 1000 ] || atf_fail "$lines lines"
	[ "$events" -lt 400 ] || atf_fail "$events events"
	traffic || atf_fail "no traffic"
	guardian_stop
}

case_ control_insists "verbs without end fill no log"
control_insists_body() { insist control; }

case_ logger_insists "rotations without end fill no log"
logger_insists_body() { insist logger; }

case_ late "told to end while it starts, it breaks no protocol"
late_body()
{
	suite proxy-worker
	role=proxy-worker
	mode good
	guardian_start
	mode parent late
	kill -KILL "$(child_pid proxy-worker 1)"
	wait_for 20 grep -q "rude: parent, late" guardiand.log ||
	    atf_fail "it was not late"
	mode good
	ctl reload || { cat guardiand.log; atf_fail "reload"; }
	wait_for 20 all_ready || atf_fail "not ready"
	if grep -q "broke the protocol" guardiand.log; then
		cat guardiand.log
		atf_fail "it is said to have broken the protocol"
	fi
	traffic || atf_fail "no traffic"
	guardian_stop
}

case_ half_reload "a reload that fails leaves no listener of its own"
half_reload_body()
{
	suite proxy-worker
	role=proxy-worker
	mode good
	guardian_start
	old=$(child_pid proxy-worker 0)
	port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	echo "listen on 127.0.0.1 port $port" >>guardian.conf
	mode parent late
	ctl reload >reload.out 2>&1 &
	reload=$!
	wait_for 20 grep -q "rude: parent, late" guardiand.log ||
	    atf_fail "it was not late"
	mode good
	# one of before is started again while both configurations are there
	kill -KILL "$old"
	wait_for 20 eval 'test "$(grep -c "proxy-worker 0 .*ready:" \
	    guardiand.log)" -ge 3' || { cat guardiand.log; atf_fail "again"; }
	# a start may take longer than an answer from what is there
	! wait_for 11 eval "! kill -0 $reload" ||
	    { cat reload.out; atf_fail "nobody waits for the reload"; }
	kill -KILL "$(sed -n "s/^rude\[\([0-9]*\)\].*late/\1/p" guardiand.log)"
	wait "$reload" && atf_fail "the reload is said to have worked"
	grep -q "process of the new generation died" reload.out ||
	    { cat reload.out; atf_fail "it does not say why"; }
	wait_for 20 grep -q "old configuration stays" guardiand.log ||
	    { cat guardiand.log; atf_fail "it did not fail"; }
	wait_for 20 all_ready || atf_fail "not ready"
	if curl -s -m 5 -x "http://127.0.0.1:$port" -d x \
	    http://guardian.invalid/selftest; then
		atf_fail "who listens there?"
	fi
	# the one that was started again works, and alone if need be
	other=$(child_pid proxy-worker 1)
	kill -STOP "$other"
	curl -sS -m 5 -x "http://$proxy" -d x http://guardian.invalid/selftest
	status=$?
	kill -CONT "$other"
	[ $status -eq 0 ] || { cat guardiand.log; atf_fail "it does nothing"; }
	# the next one works, and those that it started do, on both listeners
	ctl reload >reload.out || { cat reload.out; atf_fail "no reload"; }
	for at in "$proxy" "127.0.0.1:$port"; do
		curl -sS -m 5 -x "http://$at" -d x \
		    http://guardian.invalid/selftest ||
		    { cat guardiand.log; atf_fail "nobody serves $at"; }
	done
	guardian_stop
}

atf_init_test_cases()
{
	for tc in detector_logger detector_proxy detector_parent proxy \
	    keeper proxy_keeper control logger mcpd control_flood \
	    control_insists logger_insists late half_reload; do
		atf_add_test_case $tc
	done
}
