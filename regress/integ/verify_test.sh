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

# The hash chains of the logs: intact logs are found intact, whatever was
# killed; tampering is found, and where.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr '$2'; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

# The files stay as they are, to be counted and tampered with.
start()
{
	[ -f guardian.conf ] || guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }
log directory "$PWD/home/log" compress no
END
	guardian_start
}

# leak COUNT: so many findings more, and all of them on disk.
leak()
{
	_have=$(cat home/log/findings.jsonl* 2>/dev/null | grep -c .)
	_n=0
	while [ $_n -lt "$1" ]; do
		fake_key | curl -s -S -m 20 -o /dev/null -x "http://$proxy" \
		    --data-binary @- "http://$origin/leak" ||
		    atf_fail "curl: exit $?"
		_n=$((_n + 1))
	done
	wait_for 20 have_findings $((_have + $1)) || atf_fail "findings"
}

have_findings()
{
	[ "$(cat home/log/findings.jsonl* | grep -c .)" -ge "$1" ]
}

verified()
{
	ctl verify "${1:-home/log}" >verify.out 2>&1 ||
	    { cat verify.out; atf_fail "exit $?: not intact"; }
}

kill_logger()
{
	_pid=$(child_pid logger 0)
	kill -KILL "$_pid"
	wait_for 20 other_logger || atf_fail "no other logger"
}

other_logger()
{
	[ "$(child_pid logger 0)" != "$_pid" ] && guardian_ready &&
	    ctl findings >/dev/null
}

# tampered NAME PATTERN COMMAND ...: a copy that python changes must be told.
tampered()
{
	rm -rf copy
	cp -a home/log copy
	python3 "$GUARDIAN_SRCDIR/regress/tools/tamper.py" copy "$1" ||
	    atf_fail "tamper $1"
	shift
	ctl verify "$@" copy >verify.out 2>&1
	_status=$?
	[ $_status -eq 3 ] ||
	    { cat verify.out; atf_fail "$1: exit $_status, expected 3"; }
}

says()
{
	grep -Eq "$1" verify.out || { cat verify.out; atf_fail "not said: $1"; }
}

case_ lives "intact while it runs, over rotations, reloads, kills, a stop"
lives_body()
{
	origin_start
	start
	leak 3
	verified
	kill_logger
	leak 2
	verified
	atf_check -o ignore ctl log rotate
	leak 2
	kill_logger
	atf_check -o ignore ctl log rotate
	atf_check -o ignore ctl reload
	leak 1
	verified
	guardian_stop
	verified
	grep -q "^findings: intact, 8 lines in 3 files" verify.out ||
	    { cat verify.out; atf_fail "not all of it was looked at"; }
	# the heads it told are those of the files
	atf_check -o match:"findings: intact.*compared with [1-9]" \
	    "$sbin/guardianctl" verify -a guardiand.log home/log
	json=$(ctl -j verify home/log) || atf_fail "verify -j"
	atf_check_equal True "$(json_get "$json" 'd["ok"]')"
	atf_check_equal 8 "$(json_get "$json" \
	    'sum(f["lines"] for f in d["logs"][1]["files"])')"
	# with nothing but the hashes and what the manual says of them
	atf_check -o inline:"8\n" python3 \
	    "$GUARDIAN_SRCDIR/regress/tools/tamper.py" home/log count
}

case_ tampering "each way to change a log is named, with its line"
tampering_body()
{
	origin_start
	start
	leak 4
	atf_check -o ignore ctl log rotate
	leak 5
	guardian_stop
	verified

	tampered change:findings.jsonl:3
	says '^findings.jsonl: line 3 was changed'
	tampered change:findings.jsonl.1:2
	says '^findings.jsonl.1: line 2 was changed'
	tampered remove:findings.jsonl:2
	says '^findings.jsonl: a line was removed before line 2'
	tampered swap:findings.jsonl:4
	says '^findings.jsonl: line 4 stood elsewhere'
	tampered insert:findings.jsonl:2
	says '^findings.jsonl: line 2 was not written by the logger'
	tampered cut:findings.jsonl:4
	says '^findings.jsonl: the last line, number 5, has gone'
	tampered empty:findings.jsonl:0
	says '^findings.jsonl: the last lines, numbers 1 to 5, have gone'
	tampered delete:findings.jsonl.1:0
	says '^findings.jsonl.1: the file has gone'
	tampered change:events.jsonl.1:1
	says '^events.jsonl.1: line 1 was changed'
	says '^findings: intact'
	tampered deletechain:findings.chain:0
	says '^findings.jsonl: lines 1 to 5 have no chain any more'
	tampered deletechain:findings.chain.1:0
	says '^findings.jsonl.1: lines 1 to 4 have no chain any more'
	# the chain too, at one place
	tampered record:findings.chain:3
	says '^findings.chain: record [0-9]* does not follow'
	tampered both:findings.jsonl:3
	says '^findings.chain: record [0-9]* does not follow'
	# all of it, as who has the disk can: only what was told shows it
	tampered rewrite:findings.jsonl:3 -a guardiand.log
	says 'is not the one whose head was told'
	# ... and events.jsonl has been told too
	tampered rewrite:findings.jsonl:3
	says 'is not the one whose head was told'
	tampered truncate:findings.jsonl:3 -a guardiand.log
	says '^findings.chain: records* [0-9 to]* ha(s|ve) gone'
}

# spoilt EXPECT COMMAND ...: a copy that the command changes must be told.
spoilt()
{
	rm -rf copy
	cp -a home/log copy
	_expect=$1
	shift
	(cd copy && "$@") || atf_fail "$*"
	ctl verify copy >verify.out 2>&1
	_status=$?
	[ $_status -eq 3 ] ||
	    { cat verify.out; atf_fail "$*: exit $_status, expected 3"; }
	says "$_expect"
}

# repack FILE SED-SCRIPT
repack()
{
	gzip -dc "$1" | sed "$2" >unpacked
	gzip -c unpacked >"$1"
	rm unpacked
}

flip()
{
	python3 -c 'import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[len(b) // 2] ^= 1
open(sys.argv[1], "wb").write(b)' "$1"
}

halve()
{
	head -c $(($(wc -c <"$1") / 2)) "$1" >half
	mv half "$1"
}

exchange()
{
	mv "$1" other
	mv "$2" "$1"
	mv other "$2"
}

case_ packed "packed files are read, and what was done to them is named"
packed_body()
{
	origin_start
	start
	for n in 3 4 2; do
		leak $n
		atf_check -o ignore ctl log rotate
	done
	leak 1
	guardian_stop
	gzip home/log/*.[23]
	verified
	says '^findings: intact, 10 lines in 4 files'
	# an interrupted packing leaves both
	gzip -dk home/log/findings.jsonl.3.gz
	verified
	says '^findings: intact, 10 lines in 4 files'
	rm home/log/findings.jsonl.3

	# more files than most may have open
	rm -rf copy
	cp -a home/log copy
	n=4
	while [ $n -lt 280 ]; do
		: >copy/findings.jsonl.$n
		n=$((n + 1))
	done
	(ulimit -S -n 64 && ctl verify copy) >verify.out 2>&1 ||
	    { cat verify.out; atf_fail "many files"; }
	says '^findings: intact, 10 lines in 280 files'

	spoilt '^findings.jsonl.2.gz: line 3 was changed' \
	    repack findings.jsonl.2.gz '3s/20../2031/'
	spoilt '^findings.jsonl.2.gz: a line was removed before line 2' \
	    repack findings.jsonl.2.gz 2d
	spoilt '^findings.jsonl.3.gz: line 1 stood elsewhere' \
	    repack findings.jsonl.3.gz '1{h;d};2G'
	spoilt '^findings.jsonl.2: the file has gone' \
	    rm findings.jsonl.2.gz
	spoilt '^findings.jsonl.2.gz: lines 1 to 4 have no chain any more' \
	    mv findings.chain.2.gz elsewhere
	spoilt '^findings.jsonl.3.gz: .*cannot be read to its end' \
	    flip findings.jsonl.3.gz
	spoilt '^findings.chain.3.gz: .*cannot be read to its end' \
	    flip findings.chain.3.gz
	spoilt '^findings.jsonl.3.gz: .*cannot be read to its end' \
	    halve findings.jsonl.3.gz
	spoilt '^findings.jsonl.2.gz: .* changed' \
	    exchange findings.jsonl.2.gz findings.jsonl.3.gz
	rm -rf copy
	cp -a home/log copy
	(cd copy && exchange findings.chain.2.gz findings.chain.3.gz &&
	    exchange findings.jsonl.2.gz findings.jsonl.3.gz)
	atf_check -s exit:3 -o match:'does not follow the one before' \
	    "$sbin/guardianctl" verify copy
}

case_ older "lines that are older than the chain are unproven, not wrong"
older_body()
{
	origin_start
	start
	leak 2
	atf_check -o ignore ctl log rotate
	leak 3
	guardian_stop
	# as an update from a version without chains finds them
	rm home/log/*.chain*
	atf_check -s exit:3 -o match:"^findings: NOT INTACT" \
	    "$sbin/guardianctl" verify home/log
	sed '/"log_head"/d' home/log/events.jsonl >plain
	cat plain >home/log/events.jsonl
	mv guardiand.log first.log
	start
	leak 1
	atf_check -o ignore ctl log rotate
	leak 1
	guardian_stop
	atf_check -s exit:4 -o save:verify.out \
	    "$sbin/guardianctl" verify home/log
	says '^findings: UNPROVEN in part, the rest intact, 7 lines'
	says '^findings: 5 of them are from before the chain began'
	says '^findings.jsonl.2: lines 1 to 2 are older than the chain'
	says '^findings.jsonl.1: lines 1 to 3 are older than the chain'
	grep -q '"log_tampered".*"findings_no_chain"' \
	    home/log/events.jsonl* || atf_fail "no event"
	atf_check -s exit:4 -o save:json "$sbin/guardianctl" -j verify \
	    home/log
	atf_check_equal False/unproven/5 "$(json_get "$(cat json)" \
	    '"%s/%s/%d" % (d["ok"], d["state"],
	    d["logs"][1]["unproven_lines"])')"
	# what is newer is proven as ever
	tampered change:findings.jsonl.1:4
	says '^findings.jsonl.1: line 4 was changed'
	# and heads of before show that there was a chain
	atf_check -s exit:3 -o match:'whose head was told|have gone' \
	    "$sbin/guardianctl" verify -a first.log home/log
}

case_ running "who touches a log of a running suite is recorded as an event"
running_body()
{
	origin_start
	start
	leak 3
	echo '{"not":"ours"}' >>home/log/findings.jsonl
	leak 1
	wait_for 20 grep -q '"log_tampered".*"findings_foreign"' \
	    home/log/events.jsonl || atf_fail "no event"
	atf_check -s exit:3 -o match:"line 4 was not written by the logger" \
	    "$sbin/guardianctl" verify home/log
	: >home/log/findings.jsonl
	leak 1
	wait_for 20 grep -q '"log_tampered".*"findings_cut"' \
	    home/log/events.jsonl || atf_fail "no event"
	guardian_stop
	atf_check -s exit:3 -o match:"^findings: NOT INTACT" \
	    -o match:"^events: intact" "$sbin/guardianctl" verify home/log
}

case_ between "between two runs: the line of a kill passes, others do not"
between_body()
{
	origin_start
	start
	leak 2
	# as if it had been killed between line and record, and all with it
	logger=$(child_pid logger 0)
	kill -STOP "$guardian_pid"
	kill -KILL "$logger" "$guardian_pid"
	wait "$guardian_pid"
	head -c -183 home/log/findings.chain >short
	cat short >home/log/findings.chain
	atf_check -o match:"note: the last line, number 2, has no record" \
	    "$sbin/guardianctl" verify home/log
	# and in the middle of a record, too
	printf 'l 0000' >>home/log/findings.chain
	start
	leak 1
	verified
	says 'note: the record of line 2 was written by the start'
	says 'note: what a kill cut off'
	guardian_stop
	# two lines are nothing that a kill leaves
	printf '{"a":1}\n{"b":2}\n' >>home/log/findings.jsonl
	start
	wait_for 20 grep -q '"log_tampered".*"findings_foreign"' \
	    home/log/events.jsonl || atf_fail "no event"
	guardian_stop
	atf_check -s exit:3 -o match:"lines 4 to 5 were not written" \
	    "$sbin/guardianctl" verify home/log
}

atf_init_test_cases()
{
	for t in lives tampering packed older running between; do
		atf_add_test_case $t
	done
}
