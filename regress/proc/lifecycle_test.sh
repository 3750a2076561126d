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


# The life of the suite: start, stop, what goes wrong at either, processes
# that die, configurations that change.  Needs no root; as root it checks the
# separate users too.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# case NAME DESCRIPTION: a test case with the usual cleanup.
case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

case_ start_stop "starts, answers, stops, leaves nothing behind"
start_stop_body()
{
	guardian_start
	test -S home/run/guardian.sock || atf_fail "no control socket"
	kids=$(pgrep -P "$guardian_pid")
	guardian_stop
	for pid in $kids; do
		! kill -0 "$pid" 2>/dev/null || atf_fail "$pid is still there"
	done
	test ! -e home/run/guardian.sock || atf_fail "socket left behind"
	test ! -e home/run/guardiand.pid || atf_fail "pid file left behind"
	grep -q '"event":"started"' home/log/events.jsonl ||
	    atf_fail "no event: started"
	grep -q '"event":"stopped"' home/log/events.jsonl ||
	    atf_fail "no event: stopped"
}

case_ ctl_stop "guardianctl stop ends it with status 0"
ctl_stop_body()
{
	guardian_start
	atf_check -o ignore ctl stop
	wait "$guardian_pid" || atf_fail "exit status $?"
}

case_ double_start "a second one on the same directories is refused"
double_start_body()
{
	guardian_start
	atf_check -s exit:1 -e match:"another guardiand uses .*stop it with" \
	    "$sbin/guardiand" -d -f "$PWD/guardian.conf"
	atf_check -o ignore ctl status
	guardian_stop
}

case_ bad_config "every error is named with its line, nothing starts"
bad_config_body()
{
	guardian_config <<'EOF'
listen on 127.0.0.1 port 99999
mode block
scan limit 1
EOF
	atf_check -s exit:1 -e save:errors \
	    "$sbin/guardiand" -d -f "$PWD/guardian.conf"
	for line in 1 2 3; do
		grep -q "guardian.conf:$line: " errors ||
		    { cat errors; atf_fail "line $line is not named"; }
	done
	test ! -e home/run/guardian.sock || atf_fail "it started"
	atf_check -s exit:1 -e ignore \
	    "$sbin/guardiand" -n -f "$PWD/guardian.conf"
}

case_ check_prints_itself "guardiand -nv prints what parses to the same"
check_prints_itself_body()
{
	guardian_config <<'EOF'
docker = "172.17.0.0/16"
listen on 127.0.0.1 port 8888
listen on ::1 port 8889
proxy workers 3
scan limit 64K
overload shed
client "main" { address { $docker } quota 1M
    allow destination { 192.168.1.5 port 8123 } }
EOF
	atf_check -o save:once -e ignore \
	    "$sbin/guardiand" -nv -f "$PWD/guardian.conf"
	cp once again.conf
	chmod 600 again.conf
	atf_check -o save:twice -e ignore \
	    "$sbin/guardiand" -nv -f "$PWD/again.conf"
	atf_check cmp once twice
	atf_check -e match:"configuration OK" \
	    "$sbin/guardiand" -n -f "$PWD/guardian.conf"
}

case_ port_in_use "says which address, and what to do"
port_in_use_body()
{
	origin_start
	echo "listen on 127.0.0.1 port ${origin#*:}" | guardian_config
	atf_check -s exit:1 -e match:"port ${origin#*:}: the port is in use" \
	    "$sbin/guardiand" -d -f "$PWD/guardian.conf"
}

case_ unwritable_log "a log directory it cannot use is refused by name"
unwritable_log_body()
{
	mkdir -p home
	mkdir -m 777 home/log
	chmod 777 home/log
	echo 'listen on 127.0.0.1 port 0' | guardian_config
	atf_check -s exit:1 -e match:"home/log must belong to" \
	    "$sbin/guardiand" -d -f "$PWD/guardian.conf"
	rmdir home/log
	: >home/log
	atf_check -s exit:1 -e match:"home/log" \
	    "$sbin/guardiand" -d -f "$PWD/guardian.conf"
}

case_ missing_programs "says so when the programs of the processes are not there"
missing_programs_body()
{
	mkdir -p elsewhere/sbin
	cp "$sbin/guardiand" elsewhere/sbin/
	echo 'listen on 127.0.0.1 port 0' | guardian_config
	if [ -x /usr/local/libexec/guardian/logger ]; then
		atf_skip "an installed suite would be used"
	fi
	atf_check -s exit:1 -e match:"make install" \
	    elsewhere/sbin/guardiand -d -f "$PWD/guardian.conf"
}

replaced()
{
	_pid=$(child_pid "$1" 0) && [ "$_pid" -ne 0 ] &&
	    [ "$_pid" -ne "$2" ] &&
	    ctl -j status | grep -q '"state": *"ready"' &&
	    kill -0 "$_pid"
}

case_ child_killed "each child is back after kill -9, with an event"
child_killed_body()
{
	guardian_start
	for role in control logger mcpd detector-worker proxy-worker; do
		pid=$(child_pid $role 0)
		kill -KILL "$pid"
		wait_for 20 replaced $role "$pid" ||
		    { cat guardiand.log; atf_fail "$role is not back"; }
		wait_for 10 grep -q "\"event\":\"child_exited\".*\"$role\"" \
		    home/log/events.jsonl || atf_fail "no event for $role"
		atf_check -o match:"ok" \
		    curl -sS -x "http://$proxy" -d x \
		    http://guardian.invalid/selftest
	done
	guardian_stop
}

case_ parent_killed "kill -9 of the parent ends all, and it starts again"
parent_killed_body()
{
	guardian_start
	kids=$(pgrep -P "$guardian_pid")
	test "$(echo "$kids" | wc -l)" -ge 6 || atf_fail "too few: $kids"
	kill -KILL "$guardian_pid"
	wait "$guardian_pid" 2>/dev/null
	for pid in $kids; do
		wait_for 10 eval "! lives $pid" || atf_fail "$pid lives on"
	done
	guardian_start
	guardian_stop
}

case_ silent_child "a child that stops answering is replaced"
silent_child_body()
{
	guardian_start
	pid=$(child_pid detector-worker 0)
	kill -STOP "$pid"
	wait_for 40 replaced detector-worker "$pid" ||
	    atf_fail "a silent child was left alone"
	guardian_stop
}

case_ often_dying "from the third death in a minute on, starts are delayed"
often_dying_body()
{
	guardian_start
	for n in 1 2 3; do
		pid=$(child_pid control 0)
		kill -KILL "$pid"
		wait_for 20 replaced control "$pid" || atf_fail "not back"
	done
	grep -q "control dies often" guardiand.log ||
	    { cat guardiand.log; atf_fail "no back-off"; }
	guardian_stop
}

case_ reload "a reload takes the new configuration, keeps the streams"
reload_body()
{
	origin_start
	guardian_start
	curl -sN -x "http://$proxy" "http://$origin/sse/60" >stream &
	stream=$!
	wait_for 10 grep -q 'data: 3' stream || atf_fail "no stream"
	cat >guardian.conf <<'EOF'
listen on 127.0.0.1 port 0
scan limit 64K
allow destination { 127.0.0.1 }
proxy workers 1
EOF
	atf_check -o ignore ctl reload
	atf_check -o match:'"scan_limit_bytes": *65536' ctl -j status
	wait "$stream" || atf_fail "the stream was dropped"
	grep -q 'data: 59' stream || atf_fail "the stream was cut"
	grep -q '"event":"config_loaded"' home/log/events.jsonl ||
	    atf_fail "no event"
	# the old generation ends with its last connection
	wait_for 20 eval "! ctl -j status | grep -q '\"generation\": *1[,}]'"
	guardian_stop
}

case_ reload_bad "a bad configuration changes nothing and says why"
reload_bad_body()
{
	guardian_start
	cp status.json before.json
	echo 'mode block' >guardian.conf
	atf_check -s exit:1 -e match:"guardian.conf:1: " ctl reload
	kill -HUP "$guardian_pid"
	wait_for 10 grep -q '"event":"config_rejected"' \
	    home/log/events.jsonl || atf_fail "no event"
	atf_check -o match:ok curl -sS -x "http://$proxy" -d x \
	    http://guardian.invalid/selftest
	guardian_stop
}

case_ status_and_proc "what status says is what the kernel says"
status_and_proc_body()
{
	guardian_start
	atf_check -o save:table python3 - "$(ctl -j status)" <<'EOF'
import json, os, sys
d = json.loads(sys.argv[1])
uids = {}
roles = set()
for p in d["processes"]:
    st = dict(l.rstrip("\n").split(":\t", 1)
        for l in open("/proc/%d/status" % p["pid"]) if ":\t" in l)
    uid = int(st["Uid"].split()[0])
    assert uid == p["uid"], (p, uid)
    assert len(set(st["Uid"].split())) == 1, st["Uid"]
    assert st["NoNewPrivs"] == "1", p
    roles.add(p["process"])
    if p["process"] == "parent":
        continue
    assert st["Seccomp"] == "2", p
    assert int(st["CapEff"], 16) == 0, p
    assert int(st["CapPrm"], 16) == 0, p
    assert "seccomp" in p["sandbox"]["enforced"], p
    assert p["sandbox"]["allowed"], p
    if os.geteuid() == 0:
        assert uid != 0, p
        assert uids.setdefault(p["process"], uid) == uid
        root = os.readlink("/proc/%d/root" % p["pid"])
        assert root.endswith("/state/empty"), root
        assert not st["Groups"].split()[1:], st["Groups"]
assert roles == {"parent", "control", "logger", "mcpd", "detector-worker",
    "proxy-worker"}, roles
if os.geteuid() == 0:
    assert len(set(uids.values())) == len(uids), uids
print("agree")
EOF
	guardian_stop
}

case_ descriptors "no child holds a descriptor that is not its own"
descriptors_head()
{
	atf_set descr "no child holds a descriptor that is not its own"
	# children are not dumpable: nobody else may look
	atf_set require.user root
}
descriptors_body()
{
	guardian_start
	pid=$(child_pid detector-worker 0)
	ls "/proc/$pid/fd" >/dev/null ||
	    atf_skip "root without CAP_SYS_PTRACE: a container"
	# a replaced child must not have more than the first one
	kill -KILL "$pid"
	wait_for 20 replaced detector-worker "$pid" || atf_fail "not back"
	atf_check -o ignore python3 - "$(ctl -j status)" <<'EOF'
import collections, json, os, sys
d = json.loads(sys.argv[1])
n = collections.Counter(p["process"] for p in d["processes"])
for p in d["processes"]:
    role = p["process"]
    if role == "parent":
        continue
    files, sockets, other, pipes = [], 0, [], []
    for fd in os.listdir("/proc/%d/fd" % p["pid"]):
        t = os.readlink("/proc/%d/fd/%s" % (p["pid"], fd))
        if int(fd) < 2:
            assert t == "/dev/null", (p, fd, t)
        if int(fd) < 3:
            continue
        if t.startswith("socket:"):
            sockets += 1
        elif t.startswith("/"):
            files.append(os.path.basename(t))
        elif t.startswith("pipe:"):
            pipes.append(t)
        elif t not in ("anon_inode:[eventpoll]", "anon_inode:[eventfd]",
            "anon_inode:[timerfd]"):
            other.append(t)
    # the event loop's own, for signals: both ends here
    assert len(pipes) == 2 and len(set(pipes)) == 1, (p, pipes)
    peers = {
        "control": 1 + 1 + 1,                   # parent, logger, listener
        "mcpd": 1 + 1 + 1,                      # parent, logger, checker
        "logger": 1 + 1 + 1 + n["detector-worker"] + n["proxy-worker"],
        "detector-worker": 1 + 1 + n["proxy-worker"],
        # parent, logger, detectors, one listener, resolver's sockets
        "proxy-worker": 1 + 1 + n["detector-worker"] + 1,
    }[role]
    assert not other, (p, other)
    if role == "logger":
        assert sorted(files) == ["events.chain", "events.jsonl",
            "findings.chain", "findings.journal", "findings.jsonl",
            "findings.jsonl"], files
    else:
        assert not files, (p, files)
    spare = 4 if role == "proxy-worker" else 0
    assert peers <= sockets <= peers + spare, (p, sockets, peers)
EOF
	guardian_stop
}

case_ by_hand "the program of a child started by hand says what it is"
by_hand_body()
{
	for role in control logger mcpd detector-worker proxy-worker; do
		atf_check -s exit:1 -e match:"not by hand" \
		    "$libexec/$role" 3<&-
	done
}

case_ no_users "as root without the service users: the command that makes them"
no_users_head()
{
	atf_set descr "as root without the service users: how to make them"
	atf_set require.user root
}
no_users_body()
{
	echo 'listen on 127.0.0.1 port 0' | guardian_config
	grep -v '^_guardian' /etc/passwd >passwd
	cp /etc/passwd passwd.before
	# a mount namespace of its own: nobody else sees this
	unshare -m true ||
	    atf_skip "no mount namespaces: a container, or a plain chroot"
	atf_check -s exit:1 -e match:"useradd .*_guardian_px" \
	    unshare -m sh -c 'mount --bind passwd /etc/passwd &&
	    exec "$0" -d -f "$1"' "$sbin/guardiand" "$PWD/guardian.conf"
	atf_check cmp passwd.before /etc/passwd
}

case_ rotation_keeps "rotation on request removes nothing of the last day"
rotation_keeps_body()
{
	guardian_config <<EOF
listen on 127.0.0.1 port 0
log directory "$PWD/home/log" rotate 64K keep 1
EOF
	guardian_start
	atf_check -o ignore ctl log rotate
	test -s home/log/events.jsonl.1 || atf_fail "not put aside"
	# nothing was found: there is nothing to put aside
	test ! -e home/log/findings.jsonl.1 || atf_fail "an empty file went"
	cp home/log/events.jsonl.1 evidence
	for i in 1 2 3; do
		wait_for 10 test -s home/log/events.jsonl || atf_fail "empty"
		atf_check -s exit:1 -e match:"could not be rotated" \
		    ctl log rotate
	done
	grep -q "rotation of events.jsonl refused: .*keep" guardiand.log ||
	    { cat guardiand.log; atf_fail "no reason in the log"; }
	atf_check cmp evidence home/log/events.jsonl.1
	touch -d "2 days ago" home/log/events.jsonl.1
	atf_check -o ignore ctl log rotate
	! cmp -s evidence home/log/events.jsonl.1 || atf_fail "not rotated"
	guardian_stop
}

atf_test_case foreign_lock cleanup
foreign_lock_head()
{
	atf_set descr "who may look into a directory cannot stop the start"
	atf_set require.user root
	atf_set timeout 120
}
foreign_lock_body()
{
	guardian_start
	guardian_stop
	# as /run/guardian and /var/log/guardian: for everyone, and the group
	chmod 711 . home
	mkfifo hold
	chmod 644 hold
	setpriv --reuid nobody --regid _guardian --clear-groups \
	    env PATH=/usr/bin:/bin python3 -c '
import fcntl, os
for d in ("run", "log"):
    fcntl.flock(os.open("home/" + d, os.O_RDONLY), fcntl.LOCK_EX)
print("held", flush=True)
open("hold").read()' >held 2>&1 &
	echo $! >>pids
	wait_for 20 grep -q held held || { cat held; atf_fail "not held"; }
	guardian_start
	guardian_stop
}
foreign_lock_cleanup()
{
	cleanup_all
}

atf_test_case background cleanup
background_head()
{
	atf_set descr "in the background it speaks to syslogd, and to the next"
	atf_set require.user root
	atf_set require.progs "unshare nsenter"
	atf_set timeout 120
}
background_body()
{
	# /dev and processes of their own, for a syslogd of ours
	mkfifo hold
	mkdir dev
	unshare -mp --fork --kill-child --mount-proc sh -c '
		for n in null zero random urandom; do
			: >dev/$n && mount --bind /dev/$n dev/$n || exit 1
		done
		mount --rbind dev /dev && echo >up && exec cat hold' &
	echo $! >>pids
	wait_for 20 test -s up || atf_fail "no namespaces"
	inside="nsenter -t $(pgrep -P $!) -m -p"
	cat >syslogd.py <<'END'
import os, socket, sys
if os.path.exists("/dev/log"):
    os.unlink("/dev/log")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
log = open(sys.argv[1], "ab", 0)
while True:
    log.write(s.recv(8192) + b"\n")
END
	echo 'listen on 127.0.0.1 port 0' | guardian_config
	atf_check -s exit:1 -e match:"no syslogd at /dev/log: start it" \
	    $inside "$sbin/guardiand" -f "$PWD/guardian.conf"
	$inside python3 "$PWD/syslogd.py" "$PWD/first" &
	syslogd=$!
	wait_for 20 test -e first || atf_fail "no syslogd"
	# its exit status tells that it is ready
	atf_check -e ignore $inside "$sbin/guardiand" -f "$PWD/guardian.conf"
	grep "^<29>guardiand-parent.* ready: " first ||
	    { cat first; atf_fail "it did not say that it is ready"; }
	atf_check -o match:"^guardiand " ctl status
	kill "$syslogd" "$(pgrep -P "$syslogd")"
	$inside python3 "$PWD/syslogd.py" "$PWD/second" &
	wait_for 20 test -e second || atf_fail "no second syslogd"
	loaded()
	{
		ctl reload && grep "configuration loaded" second
	}
	wait_for 40 loaded || atf_fail "what is said is lost"
	# a child's lines come, too
	atf_check -o ignore ctl stop
	wait_for 20 grep "^<29>guardiand-logger.*chain head" second ||
	    atf_fail "no line of the logger's"
	wait_for 20 grep "parent.*: stopped" second || atf_fail "no end"
}
background_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	for t in start_stop background foreign_lock ctl_stop double_start bad_config \
	    check_prints_itself port_in_use unwritable_log missing_programs \
	    child_killed parent_killed silent_child often_dying reload \
	    reload_bad status_and_proc descriptors by_hand no_users \
	    rotation_keeps; do
		atf_add_test_case $t
	done
}
