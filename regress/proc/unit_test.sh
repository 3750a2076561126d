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

# The systemd unit: what it takes away is not needed, and is enough.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr '$2'; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

# As make install puts it there, with programs that are there.
unit()
{
	command -v systemd-analyze >/dev/null ||
	    atf_skip "no systemd-analyze (package systemd)"
	sed -e "s,@SBINDIR@,$sbin,g" -e "s,@TMPFILESDIR@,$PWD,g" \
	    -e 's,@LOCALSTATEDIR@,/var,g' -e 's,@RUNDIR@,/run,g' \
	    "$GUARDIAN_SRCDIR/etc/guardian.service" >guardian.service
}

case_ exposure "systemd-analyze security says 2.6 at most, crosses have reasons"
exposure_body()
{
	unit
	systemd-analyze security --offline=true --threshold=26 \
	    ./guardian.service >security 2>&1 ||
	    { cat security; atf_fail "more exposed than 2.6"; }
	grep -q "Overall exposure level" security || atf_fail "no figure"
	# Each cross is spoken of in the unit, by its name or its words.
	systemd-analyze security --offline=true --json=short \
	    ./guardian.service >crosses.json
	atf_check python3 - <<'END'
import json, re
unit = open("guardian.service").read()
comments = " ".join(l[1:] for l in unit.splitlines() if l.startswith("#"))
for r in json.load(open("crosses.json")):
    if not r.get("exposure"):
        continue
    # User=/DynamicUser=, RestrictAddressFamilies=~AF_(INET|INET6), ...
    name = r["name"].replace("AF_(", "(").replace("CAP_", "")
    words = re.findall(r"[@A-Za-z][A-Za-z0-9_]+", name.split("~")[-1])
    if not any(w in comments for w in words):
        raise SystemExit("no reason in the unit for: " + r["name"])
END
}

case_ valid "systemd-analyze verify has nothing to say"
valid_body()
{
	unit
	# the manual pages are not installed here
	sed -i '/^Documentation=/d' guardian.service
	systemd-analyze verify ./guardian.service >out 2>&1 ||
	    { cat out; atf_fail "systemd-analyze verify"; }
	! grep guardian.service out || atf_fail "systemd-analyze verify"
}

case_ enough "the suite does all it does with the calls and capabilities left"
enough_body()
{
	unit
	[ "$(id -u)" -eq 0 ] || atf_skip "needs root for its users"
	python3 -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' ||
	    atf_skip "no libseccomp.so.2"
	guardian_config <<'END'
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }
inspect https for { "inspected.example" }
END
	guardian_via="$GUARDIAN_SRCDIR/regress/tools/as_unit.py guardian.service"
	guardian_start
	# both are in force
	grep -q '^Seccomp:[[:space:]]*2' /proc/$guardian_pid/status ||
	    atf_fail "no system call list"
	atf_check_equal 00000000000400eb \
	    "$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/$guardian_pid/status)"
	atf_check -o ignore ctl selftest
	atf_check -o ignore ctl reload
	atf_check -o ignore ctl log rotate
	atf_check -o ignore ctl ca rotate
	for p in detector-worker logger; do
		_pid=$(child_pid $p 0)
		kill -KILL "$_pid"
		wait_for 20 other $p || atf_fail "$p does not come back"
	done
	wait_for 20 ctl selftest || { cat wait.out; atf_fail "selftest"; }
	! grep -i 'sandbox_violation\|not permitted' guardiand.log ||
	    atf_fail "something was refused"
	guardian_stop
}

other()
{
	[ "$(child_pid "$1" 0)" != "$_pid" ]
}

atf_init_test_cases()
{
	for t in exposure valid enough; do
		atf_add_test_case $t
	done
}
