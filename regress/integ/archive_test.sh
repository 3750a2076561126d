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
# Rotated logs are packed, by processes that may die, hang or lie: what is there
# of a log is always whole, under one name or the other, and the bound of the
# directory holds.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; ${3:-:}; }"
	eval "$1_cleanup() { cleanup_all; }"
}

have_findings()
{
	[ "$(grep -c . home/log/findings.jsonl)" -ge "$1" ]
}

# leak COUNT: so many findings more in findings.jsonl.
leak()
{
	_have=$(grep -c . home/log/findings.jsonl)
	_n=0
	while [ $_n -lt "$1" ]; do
		fake_key | curl -s -S -m 20 -o /dev/null -x "http://$proxy" \
		    --data-binary @- "http://guardian.invalid/selftest" ||
		    atf_fail "curl: exit $?"
		_n=$((_n + 1))
	done
	wait_for 20 have_findings $((_have + $1)) || atf_fail "findings"
}

# rotated COUNT ...: so many findings in each of the rotated files.
rotated()
{
	for _count; do
		leak "$_count"
		atf_check -o ignore ctl log rotate
		wait_for 10 test -s home/log/events.jsonl || atf_fail "events"
	done
}

# event WORD ...: one line of the events has all of them.
event()
{
	cat home/log/events.jsonl.[1-9] home/log/events.jsonl >events.all \
	    2>/dev/null
	for _word; do
		grep "$_word" events.all >events.some || return 1
		mv events.some events.all
	done
}

said()
{
	wait_for 40 event "$@" || { cat home/log/events.jsonl guardiand.log
	    atf_fail "no event: $*"; }
}

# noise MEGABYTES FILE: that cannot be made much smaller, so it takes a while.
noise()
{
	head -c "${1}000000" /dev/urandom | base64 >"$2.new"
	mv "$2.new" "$2"
}

# The one that is packing what noise has made.
archiver()
{
	[ "$(stat -c %s home/log/archive.tmp 2>/dev/null || echo 0)" -gt \
	    1000000 ] || return 1
	archiver_pid=$(json_get "$(ctl -j status)" "[p['pid'] for p in
	    d['processes'] if p['process'] == 'log-archiver'][0]" 2>/dev/null)
	[ -n "$archiver_pid" ]
}

packed()
{
	for _f; do
		[ -f "home/log/$_f.gz" ] && [ ! -e "home/log/$_f" ] ||
		    { ls -l home/log; return 1; }
	done
}

verified()
{
	ctl verify home/log >verify.out 2>&1 ||
	    { cat verify.out; atf_fail "not intact"; }
}

look()
{
	stat -c '%U %G %a %Y' "$1"
}

case_ packs "what was rotated twice is packed, whole, with its owner and age"
packs_body()
{
	guardian_start
	rotated 3
	for f in findings.jsonl findings.chain events.jsonl \
	    clients/default/findings.jsonl; do
		look "home/log/$f.1" >"$(echo $f | tr / -).look"
		cat "home/log/$f.1" >"$(echo $f | tr / -).was"
	done
	rotated 2
	for f in findings.jsonl findings.chain events.jsonl events.chain \
	    clients/default/findings.jsonl; do
		wait_for 40 packed "$f.2" || atf_fail "$f.2 is not packed"
	done
	for f in findings.jsonl findings.chain events.jsonl \
	    clients/default/findings.jsonl; do
		gzip -t "home/log/$f.2.gz" || atf_fail "$f.2.gz: gzip -t"
		gzip -dc "home/log/$f.2.gz" |
		    cmp - "$(echo $f | tr / -).was" || atf_fail "$f.2.gz"
		atf_check_equal "$(cat "$(echo $f | tr / -).look")" \
		    "$(look "home/log/$f.2.gz")"
	done
	verified
	grep -q '^findings: intact, 5 lines in 3 files' verify.out ||
	    { cat verify.out; atf_fail "not all was looked at"; }
	said '"log_packed"' '"findings.jsonl.2.gz"' '"bytes"' '"count"'
	# on they move, and out
	rotated 1 1
	wait_for 40 packed findings.jsonl.2 findings.jsonl.3 \
	    findings.jsonl.4 || atf_fail "not packed"
	gzip -dc home/log/findings.jsonl.4.gz | cmp - findings.jsonl.was ||
	    atf_fail "findings.jsonl.4.gz"
	verified
	# keep 8 is for any number of rotations; a smaller one takes effect
	(echo 'listen on 127.0.0.1 port 0'
	echo "log directory \"$PWD/home/log\" keep 2 compress no") |
	    guardian_config
	guardian_stop
	find home/log -name '*.[1-9]*' -exec touch -d '2 days ago' {} +
	guardian_start
	rotated 1
	[ ! -e home/log/findings.jsonl.3.gz ] &&
	    [ ! -e home/log/findings.jsonl.4.gz ] &&
	    [ -f home/log/findings.jsonl.2 ] || { ls -l home/log
	    atf_fail "keep 2 does not keep 2"; }
	said '"log_removed"' '"findings.jsonl.2.gz"' '"keep"'
	said '"log_removed"' '"findings.jsonl.4.gz"' '"keep"'
	verified
	test -z "$(find home/log -name '*.tmp')" || atf_fail "left over"
	guardian_stop
	! grep -E 'log-archiver.*(died|ending)' guardiand.log ||
	    atf_fail "an archiver died"
}

case_ killed "an archiver that is killed, and a parent, leave the log whole"
killed_body()
{
	guardian_start
	rotated 2
	noise 12 home/log/events.jsonl.3
	sum=$(cksum <home/log/events.jsonl.3)
	rotated 1
	wait_for 40 archiver || atf_fail "no archiver"
	kill -KILL "$archiver_pid"
	said '"log_pack_failed"' '"died"'
	[ "$(cksum <home/log/events.jsonl.4)" = "$sum" ] ||
	    atf_fail "the original was touched"
	# and again, by itself; this time everybody dies
	wait_for 40 archiver || atf_fail "not tried again"
	logger=$(child_pid logger 0)
	kill -KILL "$guardian_pid"
	wait "$guardian_pid"
	wait_for 20 eval "! lives $logger && ! lives $archiver_pid" ||
	    atf_fail "somebody lives on"
	[ -f home/log/archive.tmp ] || atf_fail "nothing is left over?"
	: >home/log/clients/default/archive.tmp
	# as between the packed file's new name and the end of the original's
	wait_for 1 test -f home/log/findings.jsonl.2.gz || atf_fail "no .gz"
	gzip -dc home/log/findings.jsonl.2.gz >was
	cp was home/log/findings.jsonl.2
	head -c 40 was >home/log/findings.jsonl.2.gz
	guardian_start
	wait_for 60 packed events.jsonl.4 || atf_fail "not packed"
	[ "$(gzip -dc home/log/events.jsonl.4.gz | cksum)" = "$sum" ] ||
	    atf_fail "not what it was"
	wait_for 40 packed findings.jsonl.2 || atf_fail "not packed"
	gzip -dc home/log/findings.jsonl.2.gz | cmp - was || atf_fail "differs"
	[ ! -e home/log/clients/default/archive.tmp ] || atf_fail "left over"
	wait_for 20 test ! -e home/log/archive.tmp || atf_fail "left over"
	# a stop does not wait for it
	noise 12 home/log/events.jsonl.5
	atf_check -o ignore ctl reload
	wait_for 40 archiver || atf_fail "no archiver"
	guardian_stop
	[ -f home/log/events.jsonl.5 ] && [ ! -e home/log/archive.tmp ] &&
	    [ ! -e home/log/events.jsonl.5.gz ] || atf_fail "at the stop"
}

case_ stopped "one that hangs is ended; findings are written meanwhile"
stopped_body()
{
	guardian_start
	rotated 1
	noise 12 home/log/events.jsonl.1
	rotated 1
	wait_for 40 archiver || atf_fail "no archiver"
	kill -STOP "$archiver_pid"
	leak 3
	# a rotation moves the file on, and a reload does not mind
	atf_check -o ignore ctl log rotate
	atf_check -o ignore ctl reload
	logger=$(child_pid logger 0)
	kill -KILL "$logger"
	said '"log_pack_failed"' '"died"'
	wait_for 60 packed events.jsonl.3 || atf_fail "not packed"
	! lives "$archiver_pid" || atf_fail "it lives on"
	leak 1
	guardian_stop
	# what was made up has no chain
	ctl verify home/log >verify.out
	grep -q '^findings: intact, 6 lines in 4 files' verify.out ||
	    { cat verify.out; atf_fail "findings"; }
	grep -q 'ending log-archiver.*silent' guardiand.log ||
	    atf_fail "why did it end?"
}

# lie ACTION REASON: one process does that, and the log is as it was.
lie()
{
	echo "== $*"
	rm -f home/state/rude
	echo "parent $1" >suite/libexec/log-archiver.mode
	cksum <home/log/findings.jsonl.1 >was
	_before=$(grep -Ec "was not packed: ($2);" guardiand.log)
	rotated 1
	wait_for 20 grep -q "rude: parent, $1" guardiand.log ||
	    atf_fail "it was not rude"
	wait_for 20 eval "[ \$(grep -Ec 'was not packed: ($2);' guardiand.log) \
	    -gt $_before ]" || { cat guardiand.log; atf_fail "$1: not $2"; }
	said '"log_pack_failed"' '"findings.jsonl.2"'
	wait_for 60 packed findings.jsonl.2 || atf_fail "not packed later"
	gzip -dc home/log/findings.jsonl.2.gz | cksum | cmp - was ||
	    atf_fail "$1: not what it was"
	verified
}

case_ lies "who packs badly, or claims that it was packed well, is found out"
lies_body()
{
	mkdir -p suite/sbin suite/libexec
	cp "$sbin/guardiand" suite/sbin/
	cp "$libexec/"* suite/libexec/
	mv suite/libexec/log-archiver suite/libexec/log-archiver.real
	cp "$GUARDIAN_BUILDDIR/regress/proc/rude/rude" \
	    suite/libexec/log-archiver
	echo good >suite/libexec/log-archiver.mode
	ctl_sbin=$sbin
	sbin=$PWD/suite/sbin
	cp "$ctl_sbin/guardianctl" suite/sbin/
	guardian_start
	rotated 1
	# by who unpacks, or by who compares, whichever is first
	lie pack_nothing 'damaged|differs'
	lie pack_other differs
	lie unpack differs
	lie garbage died
	said '"peer_malformed"' '"log-archiver"'
	guardian_stop
}

case_ total "the oldest of who has most goes, and what is in use stays"
total_body()
{
	(echo 'listen on 127.0.0.1 port 0'
	echo "log directory \"$PWD/home/log\" rotate 64K total 2M") |
	    guardian_config
	guardian_start
	rotated 2
	guardian_stop
	for n in 2 3 4; do
		mkdir -p home/log/clients/gone
		noise 1 /tmp/noise.$$
		head -c 200000 /tmp/noise.$$ >home/log/findings.jsonl.$n
		head -c 150000 /tmp/noise.$$ >home/log/events.jsonl.$n
		head -c 300000 /tmp/noise.$$ \
		    >home/log/clients/gone/findings.jsonl.$n
		head -c 100000 /tmp/noise.$$ \
		    >home/log/clients/default/findings.jsonl.$n
		: >home/log/findings.chain.$n
	done
	rm -f /tmp/noise.$$
	guardian_start
	wait_for 20 grep -q '"log_removed"' home/log/events.jsonl ||
	    atf_fail "nothing was removed"
	(cd home/log && find . -name '*.[234]*' | sort) >there
	echo "there:" && cat there
	# 2.25 MB of 2 MiB: a copy is enough, the largest client's oldest
	atf_check -s exit:1 grep -q clients/gone/findings.jsonl.4 there
	atf_check_equal 1 "$(grep -c log_removed home/log/events.jsonl)"
	for f in clients/gone/findings.jsonl.3 findings.jsonl.4 events.jsonl.4 \
	    clients/default/findings.jsonl.4; do
		grep -q "$f" there || atf_fail "$f went"
	done
	said '"log_removed"' '"total"' '"client":"gone"' '"findings.jsonl.4"'
	guardian_stop

	# less: copies first, then of the larger log its oldest and chain
	(echo 'listen on 127.0.0.1 port 0'
	echo "log directory \"$PWD/home/log\" rotate 64K total 700K") |
	    guardian_config
	guardian_start
	wait_for 20 test ! -e home/log/findings.jsonl.4 -a \
	    ! -e home/log/findings.jsonl.4.gz || atf_fail "not removed"
	(cd home/log && find . -name '*.[1234]*' | sort) >there
	echo "there:" && cat there
	! grep clients there || atf_fail "copies before evidence"
	! grep findings.chain.4 there || atf_fail "its chain stays"
	for f in findings.jsonl.1 findings.chain.1 events.jsonl.1; do
		grep -q "$f" there || atf_fail "$f went"
	done
	guardian_stop

	# nothing is left to remove: said, and no rotation makes it more
	rm -f home/log/*.[1-9] home/log/*.gz
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
		mkdir home/log/clients/c$n
		head -c 64000 /dev/zero >home/log/clients/c$n/findings.jsonl
	done
	guardian_start
	wait_for 20 grep -q '"over_total"' home/log/events.jsonl ||
	    { cat guardiand.log; atf_fail "not said"; }
	atf_check -s exit:1 -o ignore -e match:total \
	    "$sbin/guardianctl" log rotate
	[ -f home/log/clients/c1/findings.jsonl ] ||
	    atf_fail "in use, and removed"
	guardian_stop
}

case_ full "a full disk is not made fuller, and packing goes on after it" \
    "atf_set require.user root; atf_set require.progs 'unshare nsenter'"
full_body()
{
	mkdir -p home/log
	cat >via <<'EOF'
#!/bin/sh
mount -t tmpfs -o size=12m,mode=0755 tmpfs home/log && exec "$@"
EOF
	chmod 755 via
	guardian_via="unshare -m ./via"
	guardian_start
	in_it="nsenter -t $guardian_pid -m"
	here=$PWD/home/log
	$in_it sh -c "head -c 5000000 /dev/urandom | base64 \
	    >$here/events.jsonl.2; cksum <$here/events.jsonl.2" >sum
	wait_for 70 grep -q '' sum
	ctl log rotate >/dev/null
	for _n in 1 2 3; do
		fake_key | curl -s -S -m 20 -o /dev/null -x "http://$proxy" \
		    --data-binary @- "http://guardian.invalid/selftest" ||
		    atf_fail "curl"
	done
	wait_for 40 eval "$in_it grep -q 'log_pack_failed.*no_space' \
	    $here/events.jsonl $here/events.jsonl.1" ||
	    { cat guardiand.log; atf_fail "not said"; }
	$in_it ls -l "$here" >ls.out
	! grep -q archive.tmp ls.out || atf_fail "written in spite of it"
	grep -q 'events.jsonl.3$' ls.out || { cat ls.out; atf_fail "gone"; }
	ctl findings >findings.out
	[ "$(grep -c . findings.out)" -ge 3 ] || atf_fail "findings"
	$in_it mount -o remount,size=40m "$here" || atf_fail "remount"
	atf_check -o ignore ctl reload
	wait_for 60 $in_it test -f "$here/events.jsonl.3.gz" ||
	    { cat guardiand.log; atf_fail "not packed"; }
	[ "$($in_it gzip -dc "$here/events.jsonl.3.gz" | cksum)" = \
	    "$(cat sum)" ] || atf_fail "not what it was"
	guardian_stop
}

atf_init_test_cases()
{
	for t in packs killed stopped lies total full; do
		atf_add_test_case $t
	done
}
