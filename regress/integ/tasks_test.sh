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


# Tasks that containers write as files, answered by the running suite.  As
# root the container is another user than the suite, as it is in real life; the
# cases are in tools/tasks_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

# tasks CASE DESCRIPTION
tasks()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 150; }"
	eval "$1_cleanup() { cleanup_all; }"
}

begin()
{
	mkdir -p ipc/one/messages ipc/two
	echo outside >secret
	guardian_config <<END
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 1
allow destination { 127.0.0.1 }
client "one" {
	address { 127.0.1.0/24 }
	ipc directory "$PWD/ipc/one"
}
client "two" {
	address { 127.0.2.0/24 }
	ipc directory "$PWD/ipc/two"
	mcp socket
}
END
	container=
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 31337:31337 ipc
		chmod 711 .
		# and with the system's Python: that user has no other
		container="setpriv --reuid 31337 --regid 31337 --clear-groups
		    env PATH=/usr/bin:/bin"
	fi
	guardian_start
	touch container.out
	[ -z "$container" ] || chmod 755 home home/log
}

# one CASE ...: the part of the container's user
one()
{
	_case=$1
	shift
	# shellcheck disable=SC2086 # a command and its arguments
	$container python3 "$GUARDIAN_SRCDIR/regress/tools/tasks_cases.py" \
	    "$_case" "$proxy" "$@" >out 2>&1 ||
	    { cat out guardiand.log; atf_fail "$_case"; }
	grep -q "^done $_case" out || atf_fail "$_case did not end"
}

# The logs are root's; what is asked of them is read by a copy.
as_root()
{
	container=
	one "$@"
}

tasks answers "the three tools, cursors, every code, each its own findings"
answers_body()
{
	begin
	if [ -n "$container" ]; then
		atf_check_equal "31337 _guardian_mcp 770" \
		    "$(stat -c '%u %G %a' ipc/one/clawsec_tasks)"
		atf_check_equal "31337 _guardian_mcp 770" \
		    "$(stat -c '%u %G %a' ipc/two/clawsec_results)"
	fi
	one answers
	guardian_stop
}

tasks timeouts "too late is not run; a silent logger is a timeout"
timeouts_body()
{
	begin
	as_root timeouts "$(child_pid logger 0)"
	guardian_stop
}

tasks hostile "files of every kind, races, answers that meet something"
hostile_body()
{
	begin
	_mcpd=$(child_pid mcpd 0)
	as_root hostile "$_mcpd"
	atf_check_equal "$_mcpd" "$(child_pid mcpd 0)"
	guardian_stop
}

tasks flood "10,000 at once: others are answered as ever"
flood_body()
{
	begin
	as_root flood "home/run/mcp/two/mcp.sock"
	cat out
	guardian_stop
}

tasks scope "no byte of another's, no path, by argument, cursor or link"
scope_body()
{
	begin
	one scope "$PWD/home"
	guardian_stop
}

tasks redacted "no secret of a task's in an answer, an event or a log"
redacted_body()
{
	begin
	as_root redacted
	guardian_stop
}

tasks reload "directories removed, added and taken away"
reload_body()
{
	begin
	one gone
	kill -HUP "$guardian_pid"
	wait_for 20 test -d ipc/one/clawsec_tasks ||
	    { cat guardiand.log; atf_fail "not made again"; }
	wait_for 20 grep -q "generation 2" guardiand.log || atf_fail "reload"
	one back
	# without its line it is not swept any more
	cp guardian.conf all.conf
	grep -v "ipc directory \"$PWD/ipc/one\"" all.conf >guardian.conf
	kill -HUP "$guardian_pid"
	wait_for 20 grep -q "generation 3" guardiand.log || atf_fail "reload"
	echo '{"type":"clawsec_traffic_status","requestId":"x"}' \
	    >ipc/one/clawsec_tasks/1.json
	# the other's is answered twice, one sweep after the other
	# shellcheck disable=SC2086 # a command and its arguments
	$container python3 -c 'import sys
sys.path.insert(0, sys.argv[1])
import tasks_cases as t
t.two.data(t.STATUS)
t.two.data(t.STATUS)' "$GUARDIAN_SRCDIR/regress/tools" ||
	    { cat guardiand.log; atf_fail "two"; }
	test -e ipc/one/clawsec_tasks/1.json || atf_fail "it was taken"
	cp all.conf guardian.conf
	kill -HUP "$guardian_pid"
	wait_for 20 test -e ipc/one/clawsec_results/x.json ||
	    { cat guardiand.log; atf_fail "not swept again"; }
	# mcpd was started afresh for that, which is no death of it
	if grep '"child_exited"' home/log/events.jsonl; then
		atf_fail "a reload is told as a death"
	fi
	# a symbolic link in its place is refused
	mv ipc/one/clawsec_tasks ipc/one/mine
	ln -s ../two/clawsec_tasks ipc/one/clawsec_tasks
	kill -HUP "$guardian_pid"
	wait_for 20 grep -q "clawsec_tasks is not to be used" guardiand.log ||
	    { cat guardiand.log; atf_fail "not refused"; }
	guardian_stop
}

tasks planted "what a container puts in their place stops nobody else"
planted_body()
{
	begin
	guardian_stop
	rmdir ipc/one/clawsec_results
	echo mine >ipc/one/clawsec_results
	mkdir -p home/run/mcp/two/mcp.sock
	rm home/log/clients/two/findings.jsonl
	mkdir home/log/clients/two/findings.jsonl
	guardian_start
	[ -z "$container" ] || chmod 755 home home/log
	for reason in directory socket client_file; do
		wait_for 10 grep -q "\"reason\":\"$reason\"" \
		    home/log/events.jsonl ||
		    { cat guardiand.log; atf_fail "no event: $reason"; }
	done
	# shellcheck disable=SC2086 # a command and its arguments
	$container python3 -c 'import sys
sys.path.insert(0, sys.argv[1])
import tasks_cases as t
t.two.data(t.STATUS)' "$GUARDIAN_SRCDIR/regress/tools" ||
	    { cat guardiand.log; atf_fail "two"; }
	# once it is gone, a reload is enough
	rm ipc/one/clawsec_results
	rmdir home/run/mcp/two/mcp.sock home/log/clients/two/findings.jsonl
	kill -HUP "$guardian_pid"
	wait_for 20 test -S home/run/mcp/two/mcp.sock ||
	    { cat guardiand.log; atf_fail "no socket"; }
	wait_for 20 grep -q "generation 2" guardiand.log || atf_fail "reload"
	wait_for 20 test -f home/log/clients/two/findings.jsonl ||
	    atf_fail "no file of its findings"
	# shellcheck disable=SC2086 # a command and its arguments
	$container python3 -c 'import sys
sys.path.insert(0, sys.argv[1])
import tasks_cases as t
t.one.data(t.STATUS)' "$GUARDIAN_SRCDIR/regress/tools" ||
	    { cat guardiand.log; atf_fail "one"; }
	guardian_stop
}

atf_init_test_cases()
{
	for t in answers timeouts hostile flood scope redacted reload planted; do
		atf_add_test_case $t
	done
}
