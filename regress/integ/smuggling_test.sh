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

# What two readers of HTTP could read differently, through the running suite.
# The table is tools/smuggling_table.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

half()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120; }"
	eval "$1_body()
	{
		guardian_start
		atf_check -o match:'^done $1' -o save:figures \
		    smuggling.py $1 \"\$proxy\"
		cat figures
		guardian_stop
		atf_check -o match:'^done recorded' smuggling.py recorded
	}"
	eval "$1_cleanup() { cleanup_all; }"
}

half requests "each request of the table, cut at several places"
half responses "each response of the table, likewise"

atf_init_test_cases()
{
	atf_add_test_case requests
	atf_add_test_case responses
}
