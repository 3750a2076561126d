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



# A member of the control socket's group who means no good: garbage, halves,
# silence, many connections at once, quick goodbyes.  The daemon lives, others
# are answered, nothing stays behind.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_cleanup() { cleanup_all; }"
}

# As whom the socket is abused: a member of the group where we may choose.
as=
member()
{
	[ "$(id -u)" -eq 0 ] || return 0
	case $PWD in
	/tmp/*)	;;
	*)	return 0 ;;
	esac
	_dir=$PWD/home/run
	while [ "$_dir" != /tmp ]; do
		chmod o+x "$_dir"
		_dir=$(dirname "$_dir")
	done
	as=nobody
}

# abuse CASE: the cases of the program below.
abuse()
{
	AS=$as python3 - home/run/guardian.sock "$@" <<'END'
import grp, os, pwd, random, re, socket, struct, sys, time

PATH = sys.argv[1]
random.seed(1)
if os.environ["AS"]:
    user = pwd.getpwnam(os.environ["AS"])
    os.setgroups([grp.getgrnam("_guardian").gr_gid])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def dial():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(PATH)		# waits while the backlog is full
    s.settimeout(10)
    return s


def closed(s):
    """The daemon ends the connection, with or without a last word."""
    try:
        while s.recv(65536):
            pass
    except ConnectionResetError:
        pass
    s.close()


def header(kind, length, ident=0):
    return struct.pack("=IIII", kind, length, ident, 0)


def garbage():
    forms = [b"\xff" * 64, b"\0" * 64, b"GET / HTTP/1.1\r\n\r\n",
             header(1, 3), header(1, 0x7fffffff), header(0xffffffff, 16),
             header(1, 16 + 12) + b"x" * 12]
    # every type there is and some more, with nothing, little and much
    for kind in range(0, 80):
        for n in (0, 1, 4, 100, 16000):
            forms.append(header(kind, 16 + n) + b"\xff" * n)
    for _ in range(200):
        forms.append(random.randbytes(random.randrange(16, 2000)))
    for form in forms:
        s = dial()
        try:
            s.sendall(form)
            s.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        closed(s)


def halves():
    for n in range(1, 16):
        s = dial()
        s.sendall(header(1, 400)[:n])
        s.close()
    for n in (0, 1, 100, 383):
        s = dial()
        s.sendall(header(1, 400) + b"x" * n)
        s.shutdown(socket.SHUT_WR)
        closed(s)


def descriptors():
    """Descriptors nobody asked for, more than fit."""
    for n in (1, 2, 100, 253):
        s = dial()
        try:
            socket.send_fds(s, [header(1, 16 | 0x80000000)],
                            [0] * n)
            s.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        closed(s)


def crowd():
    """One uid other than root gets 16; root all 64 but not more."""
    want = 64 if os.getuid() == 0 else 16
    held = [dial() for _ in range(100)]
    time_left = time.time() + 10
    ended = set()
    while time.time() < time_left and 100 - len(ended) > want:
        for s in held:
            s.setblocking(False)
            try:
                if s.recv(1) == b"":
                    ended.add(s)
            except BlockingIOError:
                pass
            except ConnectionResetError:
                ended.add(s)
        time.sleep(0.01)
    print("held", 100 - len(ended))
    assert 100 - len(ended) <= want, len(ended)
    print("crowd stands", flush=True)
    hold = os.open("hold", os.O_RDONLY)
    os.read(hold, 1)


def followers():
    """One uid other than root gets 16 answers that do not end."""
    kinds = open(os.environ["GUARDIAN_SRCDIR"] + "/lib/msg.h").read()
    version = int(re.search(r"MSG_VERSION\s+(\d+)", kinds).group(1))
    kinds = re.findall(r"^\tIMSG_(\w+)", kinds, re.M)
    query = struct.pack(">IIQHBHB", version, 0, 0, 0, 0, 0, 1)
    held = []
    for _ in range(60):
        s = dial()
        s.sendall(header(kinds.index("CTL_FOLLOW_GET") + 1,
                         16 + len(query)) + query)
        s.settimeout(0.1)
        try:
            s.recv(4096)	# that it is too much, or nothing
            s.close()
        except socket.timeout:
            held.append(s)
    print("held", len(held))
    assert 0 < len(held) <= 16, len(held)
    print("followers stand", flush=True)
    hold = os.open("hold", os.O_RDONLY)
    os.read(hold, 1)


def hurry():
    for _ in range(2000):
        dial().close()


globals()[sys.argv[2]]()
END
}

# Descriptors of control, parent and logger; for root.
counts()
{
	for _r in control logger; do
		ls "/proc/$(child_pid $_r 0)/fd" | wc -l
	done
	ls "/proc/$guardian_pid/fd" | wc -l
}

same()
{
	counts >now && cmp -s before now
}

answers()
{
	[ "$(child_pid control 0)" = "$control" ] ||
	    { cat guardiand.log; atf_fail "control was replaced"; }
	atf_check -o match:"^guardiand " ctl status
	atf_check -o ignore ctl findings
	[ "$(id -u)" -ne 0 ] || wait_for 20 same ||
	    { diff before now; atf_fail "descriptors leak"; }
	# 600 refusals are not 600 lines of the system's log
	lines=$(wc -l <guardiand.log)
	[ "$lines" -lt 100 ] ||
	    { tail -50 guardiand.log; atf_fail "$lines lines of log"; }
}

begin()
{
	guardian_start
	control=$(child_pid control 0)
	member
	[ "$(id -u)" -ne 0 ] || counts >before
}

case_ garbage "every type and length, random bytes"
garbage_body()
{
	begin
	abuse garbage || atf_fail "it was not answered by a close"
	answers
	guardian_stop
}

case_ halves "the beginning of a request and no more"
halves_body()
{
	begin
	abuse halves || atf_fail "it was not answered by a close"
	abuse hurry || atf_fail "connections were refused by the system"
	answers
	guardian_stop
}

case_ descriptors "descriptors that nobody asked for"
descriptors_body()
{
	begin
	abuse descriptors || atf_fail "it was not answered by a close"
	answers
	guardian_stop
}

case_ crowd "too many connections of one user leave room for others"
crowd_body()
{
	begin
	mkfifo hold
	chmod 644 hold
	abuse crowd >crowd.out 2>&1 &
	echo $! >>pids
	wait_for 20 grep -q "crowd stands" crowd.out ||
	    { cat crowd.out; atf_fail "the limit is not kept"; }
	if [ -n "$as" ]; then
		# root is not shut out by a user who holds what he can get
		atf_check -o match:"^guardiand " ctl status
	fi
	: >hold
	wait_for 20 eval 'ctl status >status.out 2>&1' ||
	    atf_fail "no answer afterwards"
	answers
	guardian_stop
}

case_ followers "nor do many that follow shut out others"
followers_body()
{
	begin
	[ -n "$as" ] || atf_skip "needs root, to be two users"
	mkfifo hold
	chmod 644 hold
	abuse followers >crowd.out 2>&1 &
	echo $! >>pids
	wait_for 30 grep -q "followers stand" crowd.out ||
	    { cat crowd.out; atf_fail "the limit is not kept"; }
	ctl follow >follow.out 2>&1 &
	echo $! >>pids
	ctl selftest || atf_fail "selftest"
	wait_for 10 grep -q ai_api_key follow.out ||
	    { cat follow.out; atf_fail "root is shut out"; }
	: >hold
	guardian_stop
}

atf_init_test_cases()
{
	for tc in garbage halves descriptors crowd followers; do
		atf_add_test_case $tc
	done
}
