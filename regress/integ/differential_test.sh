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


# What the proxy passes on, read by nginx, Apache, HAProxy and llhttp: they
# have to see the requests that we see.  The servers are ordinary processes of
# the test, on loopback; no service of the system is started or used.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

atf_test_case differential cleanup
differential_head()
{
	atf_set descr "thousands of mutants are framed by others as by us"
	atf_set timeout 180
}
differential_body()
{
	guardian_start
	atf_check -o match:"^done differential" -o save:figures \
	    differential.py "$proxy" \
	    "$GUARDIAN_BUILDDIR/regress/integ/boundaries"
	cat figures
	guardian_stop
}
differential_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case differential
}
