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


# guardianctl upgrade: other programs, the same service.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr '$2'; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

case_ upgrade "installed programs are taken over: no stream drops, nothing is lost"
upgrade_body()
{
	mkdir tree
	cp -R "$sbin" "$libexec" tree/
	sbin=$PWD/tree/sbin
	programs=$PWD/tree/libexec
	guardian_config <<'END'
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }
proxy workers 1
END
	origin_start
	guardian_start
	for p in control logger mcpd detector-worker proxy-worker; do
		child_pid $p 0
	done >before
	# half a request before, half of it after
	mkfifo body
	curl -s -S -m 60 -o answer -x "http://$proxy" -T body \
	    "http://$origin/sink" &
	upload=$!
	exec 5>body
	fake_key >key
	head -c 60 key >&5
	python3 "$GUARDIAN_SRCDIR/regress/tools/leaks.py" "$proxy" "$origin" \
	    stop >leaks 2>&1 5>&- &
	leaks=$!
	wait_for 20 test -s home/log/findings.jsonl || atf_fail "no load"

	# Other versions, and what is no program, are refused; nothing changes.
	cp "$programs/logger" logger.good
	python3 -c 'import re, sys
text = open("logger.good", "rb").read()
m = re.search(rb"guardian messages (\d+)", text)
last = m.end() - 1
text = text[:last] + (b"2" if text[last] == 49 else b"1") + text[last + 1:]
open(sys.argv[1], "wb").write(text)' logger.other
	for bad in logger.other /dev/null; do
		rm -f "$programs/logger"
		cp $bad "$programs/logger"
		chmod 755 "$programs/logger"
		atf_check -s exit:1 -e match:"logger" ctl upgrade
	done
	for p in control logger mcpd; do
		child_pid $p 0
	done | cmp - before >diff.out 2>&1
	grep -q differ diff.out && atf_fail "processes were ended"

	for f in "$programs"/*; do
		cp "$f" new
		[ "${f##*/}" != logger ] || cp logger.good new
		chmod 755 new
		mv new "$f"
	done
	# each runs as another user, who must be able to execute it
	atf_check -o match:"installed programs are in use" ctl upgrade
	wait_for 20 new_programs || { cat wait.out; atf_fail "old programs"; }
	sleep_until=$(wc -l <home/log/findings.jsonl)
	wait_for 20 more_than "$sleep_until" || atf_fail "no findings any more"
	tail -c +61 key >&5
	exec 5>&-
	wait $upload || atf_fail "the upload did not live through it"
	: >stop
	wait $leaks || { cat leaks; atf_fail "requests failed"; }
	# every key that was sent is there, once
	sent=$(sed -n 's/^sent //p' leaks)
	test "$sent" -gt 20 || atf_fail "$sent is no load"
	wait_for 20 more_than "$sent" || atf_fail "findings lost"
	guardian_stop
	atf_check_equal $((sent + 1)) "$(grep -c . home/log/findings.jsonl)"
	atf_check -o match:"findings: intact" ctl verify home/log
	grep -q '"config_loaded".*"upgrade"' home/log/events.jsonl ||
	    atf_fail "no event"
}

more_than()
{
	[ "$(grep -c . home/log/findings.jsonl)" -gt "$1" ]
}

# Whose program is the file that is there now, and no other.
new_programs()
{
	ctl -j status >now.json && python3 - <<'END'
import json, os
d = json.load(open("now.json"))
for p in d["processes"]:
    # the one of before still has an upload
    if p["process"] == "parent" or p["generation"] not in (
            0, d["generation"]):
        continue
    assert p["state"] == "ready", p
    a = os.stat("/proc/%d/exe" % p["pid"])
    b = os.stat("tree/libexec/" + p["process"])
    assert (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino), p
END
}

atf_init_test_cases()
{
	atf_add_test_case upgrade
}
