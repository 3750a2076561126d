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


# Faults of the machine: what is to happen is in guardiand(8), "What goes
# wrong".  Each is there while keys are sent, is on record as an event, and is
# over without a restart; every key is found once.  The cases are in
# tools/fault_cases.py and reset_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; ${3:-:}; }"
	eval "$1_cleanup() { cleanup_all; }"
}

config()
{
	guardian_config <<'END'
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 1
allow destination { 127.0.0.1 }
dedup window 0
END
}

# Modes of directories mean something to it, and its processes are the test's.
as_nobody()
{
	config
	if [ "$(id -u)" -eq 0 ]; then
		command -v setpriv >/dev/null ||
		    atf_skip "no setpriv to give root away with"
		guardian_via="setpriv --reuid=nobody --regid=nogroup
		    --clear-groups"
		$guardian_via test -x "$sbin/guardiand" ||
		    atf_skip "nobody may not read the programs"
		mkdir -p home
		chown nobody . home guardian.conf
		in=$guardian_via
	fi
	guardian_start
}

one()
{
	# shellcheck disable=SC2086 # a command and its arguments
	atf_check -o match:"^done $1" ${in:-} fault_cases.py "$1" "$proxy"
	guardian_stop
}

case_ disk_full "no room: findings wait, even for the next logger" \
    "atf_set require.user root; atf_set require.progs 'unshare nsenter'"
disk_full_body()
{
	config
	mkdir -p home/log
	cat >via <<'END'
#!/bin/sh
mount -t tmpfs -o size=1m,mode=0755 tmpfs home/log && exec "$@"
END
	# by its name, or it would be the directory below the mount
	printf '#!/bin/sh\ncd "%s" && exec "$@"\n' "$PWD" >inside
	chmod 755 via inside
	guardian_via="unshare -m ./via"
	guardian_start
	in="nsenter -t $guardian_pid -m $PWD/inside"
	one disk_full
}

case_ removed "a log that somebody removes or replaces is made anew"
removed_body()
{
	config
	guardian_start
	one removed
}

case_ directory "the log directory moved or removed: logs go on"
directory_body()
{
	config
	guardian_start
	one directory
	# it is made anew with the next start
	guardian_start
	guardian_stop
	[ -s home/log/events.jsonl ] || atf_fail "no log after a restart"
}

case_ copies "a worker and its detector die: what may be lost is on record"
copies_body()
{
	config
	guardian_start
	one copies
}

case_ certificates "the file of CAs cannot be read when a worker is replaced"
certificates_body()
{
	atf_check chaos.py prepare
	guardian_config <<END
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 1
allow destination { 127.0.0.1, ::1 }
inspect https for { "localhost" }
upstream ca file "$PWD/root.pem"
END
	guardian_start
	one certificates
}

case_ truncated "a log that somebody empties goes on from there"
truncated_body()
{
	config
	guardian_start
	one truncated
}

case_ read_only "a directory that takes no new file: the old ones go on"
read_only_body()
{
	as_nobody
	one read_only
}

case_ memory "a detector or proxy-worker out of memory is replaced"
memory_body()
{
	[ -z "$GUARDIAN_SANITIZE" ] ||
	    atf_skip "a sanitizer has address space for everything reserved"
	as_nobody
	one memory
}

resets()
{
	case_ "resets_$1" "clients and servers that reset at every byte: $1"
	eval "resets_$1_body() { reset_one $1; }"
}

reset_one()
{
	atf_check -o match:"^done prepare" reset_cases.py prepare
	guardian_config <<END
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 1
allow destination { 127.0.0.1, ::1 }
inspect https for { "localhost" }
upstream ca file "$PWD/root.pem"
END
	guardian_start
	worker=$(child_pid proxy-worker 0)
	atf_check -o match:"^done $1" reset_cases.py "$1" "$proxy"
	atf_check_equal "$worker" "$(child_pid proxy-worker 0)"
	guardian_stop
}

resets plain
resets chunked
resets tunnel
resets tls

atf_init_test_cases()
{
	for tc in disk_full removed directory copies certificates truncated \
	    read_only memory resets_plain resets_chunked resets_tunnel \
	    resets_tls; do
		atf_add_test_case $tc
	done
}
