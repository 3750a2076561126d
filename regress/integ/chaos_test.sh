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



# Everything is killed, at any moment, under load of all kinds.
# CHAOS_SECONDS=60 for the long run, CHAOS_SEED= to see one again;
# SOAK_SECONDS=600 for the one in which nobody dies and nothing grows.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

seconds=${CHAOS_SECONDS:-12}
soak=${SOAK_SECONDS:-12}

config()
{
	atf_check chaos.py prepare
	guardian_config <<CONF
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }
proxy workers 2
detector workers 2
inspect https for { "localhost" }
upstream ca file "$PWD/root.pem"
$*
CONF
}

atf_test_case chaos cleanup
chaos_head()
{
	atf_set descr "kill -9 and hung processes under mixed load"
	atf_set timeout $((seconds + 180))
}
chaos_body()
{
	config "dedup window 0"
	guardian_start
	# shellcheck disable=SC2086 # a seed or none
	chaos.py "$proxy" "$guardian_pid" "$seconds" ${CHAOS_SEED:-} \
	    >chaos.log 2>&1 || { cat chaos.log; atf_fail "the load failed"; }
	guardian_stop
	chaos.py account >account 2>&1 ||
	    { cat account chaos.log guardiand.log; atf_fail "the account"; }
	cat account
	# whatever died: every line has its record, in packed files too
	ctl verify home/log || atf_fail "not intact"
}
chaos_cleanup()
{
	cleanup_all
}

atf_test_case soak cleanup
soak_head()
{
	atf_set descr "at saturation, through reloads: memory, descriptors, logs"
	atf_set timeout $((soak + 120))
}
soak_body()
{
	[ -z "$GUARDIAN_SANITIZE" ] ||
	    atf_skip "a sanitizer keeps what was freed, so memory grows"
	config
	guardian_start
	chaos.py soak "$proxy" "$guardian_pid" "$soak" >soak.log 2>&1 ||
	    { cat soak.log guardiand.log; atf_fail "it grows, or fails"; }
	cat soak.log
	guardian_stop
}
soak_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case soak
	atf_add_test_case chaos
}
