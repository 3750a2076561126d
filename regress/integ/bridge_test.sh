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


# guardian-mcp, with a server that behaves as each case needs.  The cases are
# in tools/bridge_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

bridge()
{
	atf_test_case "$1"
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 60; $3 }"
	eval "$1_body() { atf_check -o match:'^done $1' bridge_cases.py $1; }"
}

bridge pump "lines, however cut; nothing but messages comes out" ""
bridge large "long lines, too long ones, and a client that reads late" ""
bridge restart "a lost answer is an error; what was not sent goes on" ""
bridge halfway "a line that was sent in part is lost, the next is not" ""
bridge down "without a daemon nobody waits for more than five seconds" ""
bridge ends "end of input, of the reader, of the server; thirty at once" ""
bridge missing "no socket, a dead one, another: one line of cause and cure" ""
bridge bare "in a root with nothing else in it, without rights" \
    "atf_set require.user root;"
bare_body()
{
	[ -z "$GUARDIAN_SANITIZE" ] ||
	    atf_skip "a sanitizer comes as a shared library"
	atf_check -o match:'^done bare' bridge_cases.py bare
}

atf_init_test_cases()
{
	for t in pump large restart halfway down ends missing bare; do
		atf_add_test_case $t
	done
}
