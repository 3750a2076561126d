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
# programs; everything happens in the test's own directory, on ports the
# system chooses, and whatever was started ends with the test.
#
#	guardian_config		standard input becomes guardian.conf
#	guardian_start [arg]	starts guardiand in the foreground, waits
#				until it is ready, sets $guardian_pid, $proxy
#	guardian_stop		stops it and checks its exit status
#	ctl ...			guardianctl on its socket
#	origin_start [arg]	starts the origin server, sets $origin; another
#				one of tools/ if $origin_program names it
#	netns_new		a network namespace with lo up, sets $netns: the
#				command to run something there; it may go into
#				$guardian_via, with which both are started
#	preload			the next guardian_start's processes have the
#				library regress/inject/calls.so, which
#				tools/inject.py tells what to do
#	wait_for SECONDS COMMAND ...	until it succeeds; a bounded poll
#	child_pid ROLE INSTANCE		as status gives it
#	cleanup_all		for the cleanup part of a test

sbin=$GUARDIAN_BUILDDIR/sbin
libexec=$GUARDIAN_BUILDDIR/libexec
export GUARDIAN_BUILDDIR
PATH=$GUARDIAN_SRCDIR/regress/tools:$PATH

# Landlock or the chroot must not depend on where a test runs.
NANOCLAW_TRAFFIC_GUARDIAN_HOME=$PWD/home
export NANOCLAW_TRAFFIC_GUARDIAN_HOME
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"

# A built program must not wait for ever, whatever goes wrong.
wait_for()
{
	_until=$(($(date +%s) + $1))
	shift
	while ! "$@" >wait.out 2>&1; do
		if [ "$(date +%s)" -ge "$_until" ]; then
			echo "never came true: $*"
			cat wait.out
			return 1
		fi
		sleep 0.05
	done
}

guardian_config()
{
	cat >guardian.conf
	chmod 600 guardian.conf
}

guardian_ready()
{
	kill -0 "$guardian_pid" 2>/dev/null || return 0	# it gave up
	ctl -j status >status.json 2>/dev/null &&
	    grep -q '"listen"' status.json
}

# Starts what guardian.conf says; the log is in guardiand.log.
guardian_start()
{
	[ -f guardian.conf ] || echo 'listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }' | guardian_config
	# shellcheck disable=SC2086 # a command and its arguments
	${guardian_via:-} "$sbin/guardiand" -d -v -f "$PWD/guardian.conf" "$@" \
	    >guardiand.log 2>&1 &
	guardian_pid=$!
	echo "$guardian_pid" >>pids
	wait_for 40 grep -q 'ready: ' guardiand.log ||
	    { cat guardiand.log; atf_fail "guardiand is not ready"; }
	wait_for 10 guardian_ready || atf_fail "no status"
	proxy=
	[ ! -s status.json ] ||
	    proxy=$(json_get "$(cat status.json)" 'd["listen"][0]')
	[ -n "$proxy" ] ||
	    { cat guardiand.log; atf_fail "no listener in status"; }
}

guardian_stop()
{
	kill -TERM "$guardian_pid"
	wait "$guardian_pid"
	_status=$?
	[ $_status -eq 0 ] ||
	    { cat guardiand.log; atf_fail "guardiand exited $_status"; }
}

# The programs in a place of their own, each behind the one that preloads.
preload()
{
	case $(uname -s) in
	Linux)	;;
	*)	atf_skip "only the programs of Linux can be preloaded so" ;;
	esac
	[ -z "$GUARDIAN_SANITIZE" ] ||
	    atf_skip "a sanitizer's library has to be the first"
	mkdir -p inst/sbin inst/libexec/real
	cp "$GUARDIAN_BUILDDIR/sbin/guardiand" inst/sbin/
	cp "$GUARDIAN_BUILDDIR"/libexec/* \
	    "$GUARDIAN_BUILDDIR/regress/inject/calls.so" inst/libexec/real/
	# where the parent's sandbox lets its children write
	mkdir -p home/run/pages
	ln -s "$PWD/home/run/pages" inst/libexec/real/pages
	for _name in "$GUARDIAN_BUILDDIR"/libexec/*; do
		cp "$GUARDIAN_BUILDDIR/regress/inject/start" \
		    "inst/libexec/${_name##*/}"
	done
	inject.py clear
	sbin=$PWD/inst/sbin
	guardian_via="${guardian_via:-} env LD_PRELOAD=$PWD/inst/libexec/real/calls.so
	    INJECT_PAGE=$PWD/home/run/pages/parent"
}

# json_get TEXT EXPRESSION: Python's, with the object in d.
json_get()
{
	python3 -c 'import json, sys
d = json.loads(sys.argv[1])
v = eval(sys.argv[2])
print(v if not isinstance(v, (dict, list)) else json.dumps(v))' "$1" "$2"
}

child_pid()
{
	json_get "$(ctl -j status)" "[p['pid'] for p in d['processes']
	    if p['process'] == '$1' and p['instance'] == $2][0]"
}

origin_start()
{
	rm -f origin.port
	# shellcheck disable=SC2086 # a command and its arguments
	${guardian_via:-} python3 \
	    "$GUARDIAN_SRCDIR/regress/tools/${origin_program:-origin.py}" \
	    origin.port "$@" >origin.log 2>&1 &
	echo $! >>pids
	wait_for 20 test -s origin.port || atf_fail "no origin"
	origin=127.0.0.1:$(cat origin.port)
}

# Lives as long as the process that holds it; needs root.
netns_new()
{
	rm -f netns.up netns.hold
	mkfifo netns.hold
	unshare -n sh -c 'ip link set lo up && echo >netns.up &&
	    exec cat netns.hold' >netns.log 2>&1 &
	netns_pid=$!
	echo "$netns_pid" >>pids
	wait_for 20 test -s netns.up ||
	    { cat netns.log; atf_fail "no network namespace"; }
	netns="nsenter -t $netns_pid -n"
}

findings()
{
	cat home/log/findings.jsonl
}

# A fake key of the right shape, another one each time.
fake_key()
{
	python3 -c 'import secrets, string
a = string.ascii_letters + string.digits
print("sk-ant-api03-" + "".join(secrets.choice(a) for _ in range(93)) + "AA")'
}

# lives PID: and has not ended.  One that has may stay a zombie for good where
# nobody collects it: in a container process 1 need not be an init.
lives()
{
	case $(ps -o stat= -p "$1" 2>/dev/null) in
	''|Z*)	return 1 ;;
	esac
}

cleanup_all()
{
	[ -f pids ] || return 0
	while read -r _pid; do
		kill -TERM "$_pid" 2>/dev/null
	done <pids
	# children end with their parent; give it the time it is promised
	while read -r _pid; do
		_n=0
		while lives "$_pid" && [ $_n -lt 240 ]; do
			sleep 0.05
			_n=$((_n + 1))
		done
		kill -KILL "$_pid" 2>/dev/null
	done <pids
	rm -f pids
}
