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


# Processes are killed while requests with planted keys go through: the rest
# works on, the killed one is back, and each request that was answered has its
# finding exactly once.  The dedup window is off, so that nothing hides a
# finding that was written twice.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

load_start()
{
	mkfifo load.stop
	python3 "$GUARDIAN_SRCDIR/regress/tools/load.py" "$proxy" load.out \
	    "$origin" <load.stop >load.log 2>&1 &
	load_pid=$!
	echo "$load_pid" >>pids
	exec 9>load.stop
}

load_stop()
{
	exec 9>&-
	wait "$load_pid" || { cat load.log; atf_fail "the load failed"; }
}

answered()
{
	test "$(grep -c ' ok$' load.out)" -ge "$1"
}

back()
{
	_pid=$(child_pid "$1" "$2") && [ "$_pid" -ne "$3" ] &&
	    kill -0 "$_pid"
}

# kill_one ROLE INSTANCE: under load, and wait for 150 more answers.
kill_one()
{
	pid=$(child_pid "$1" "$2")
	n=$(grep -c ' ok$' load.out)
	kill -KILL "$pid"
	wait_for 30 back "$1" "$2" "$pid" ||
	    { cat guardiand.log; atf_fail "$1 $2 is not back"; }
	wait_for 60 answered $((n + 150)) ||
	    { cat guardiand.log; atf_fail "no answers after $1 died"; }
}

# Held against each other: what was answered, and what was written.
account()
{
	guardian_stop		# everything on its way is written by then
	atf_check -o save:account python3 - "$1" <<'EOF'
import collections, json, sys
sent = dict(line.split() for line in open("load.out"))
found = collections.Counter()
for line in open("home/log/findings.jsonl"):
    f = json.loads(line)
    assert len(f) == 11, f
    assert f["pattern"] == "ai_api_key", f
    found[f["source"]] += 1
ok = [s for s in sent if sent[s] == "ok"]
lost = [s for s in ok if found[s] == 0]
double = [s for s in found if found[s] > 1]
stray = [s for s in found if s not in sent]
print("sent", len(sent), "answered", len(ok), "findings",
    sum(found.values()), "lost", lost[:5], "double", double[:5],
    "stray", stray[:5])
client = sum(1 for line in
    open("home/log/clients/load/findings.jsonl"))
assert not lost and not double and not stray
assert client == sum(found.values()), client
assert len(ok) >= int(sys.argv[1]), len(ok)
EOF
	cat account
}

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 280; }"
	eval "$1_cleanup() { cleanup_all; }"
}

config()
{
	guardian_config <<'EOF'
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
proxy workers 2
detector workers 2
dedup window 0
client "load" {
	address { 127.0.0.0/8 }
	quota 1G
}
EOF
}

case_ each_in_turn "kill -9 of each child under traffic loses and doubles nothing"
each_in_turn_body()
{
	config
	origin_start
	guardian_start
	load_start
	wait_for 30 answered 100 || atf_fail "no answers at all"
	kill_one logger 0
	kill_one detector-worker 0
	kill_one control 0
	kill_one proxy-worker 0
	kill_one detector-worker 1
	kill_one proxy-worker 1
	kill_one logger 0
	load_stop
	account 1000
}

case_ logger_and_detector "logger and detector die together"
logger_and_detector_body()
{
	config
	origin_start
	guardian_start
	load_start
	wait_for 30 answered 100 || atf_fail "no answers at all"
	for n in 1 2; do
		a=$(child_pid logger 0)
		b=$(child_pid detector-worker 0)
		c=$(child_pid detector-worker 1)
		kill -KILL "$a" "$b" "$c"
		wait_for 40 back logger 0 "$a" || atf_fail "no logger"
		wait_for 40 back detector-worker 0 "$b" || atf_fail "no d0"
		wait_for 40 back detector-worker 1 "$c" || atf_fail "no d1"
		n=$(grep -c ' ok$' load.out)
		wait_for 60 answered $((n + 150)) || atf_fail "no answers"
	done
	load_stop
	account 300
}

case_ stop_under_load "what was answered before a stop is on disk after it"
stop_under_load_body()
{
	config
	origin_start
	guardian_start
	load_start
	wait_for 30 answered 300 || atf_fail "no answers at all"
	account 300
	load_stop
}

atf_init_test_cases()
{
	for t in each_in_turn logger_and_detector stop_under_load; do
		atf_add_test_case $t
	done
}
