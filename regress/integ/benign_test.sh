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

# Honest traffic is quiet: Debian's files and made-up sessions, both ways, and
# keys in their own place.  What is found all the same is argued, file by file,
# in regress/data/benign.md, and printed.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

argued=$GUARDIAN_SRCDIR/regress/data/benign.md

config()
{
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
dedup window 0
proxy workers 2
detector workers 2
END
}

atf_test_case corpus cleanup
corpus_head()
{
	atf_set descr "50 MB of texts, nothing of medium that is not argued"
	atf_set timeout 300
}
corpus_body()
{
	config
	guardian_start
	benign_cases.py run "$proxy" || atf_fail "not sent"
	guardian_stop
	benign_cases.py check "$argued" || atf_fail "see above"
}
corpus_cleanup()
{
	cleanup_all
}

atf_test_case own cleanup
own_head()
{
	atf_set descr "sessions with sixteen providers, the key in its place"
	atf_set timeout 120
	atf_set require.user root
	atf_set require.progs unshare
}
own_body()
{
	benign_cases.py hosts >hosts
	cat >via <<'END'
#!/bin/sh
mount --bind hosts /etc/hosts && exec "$@"
END
	chmod 755 via
	guardian_via="unshare -m ./via"
	config
	guardian_start
	benign_cases.py own "$proxy" || atf_fail "not sent"
	guardian_stop
	# the last key goes to a stranger, and that is found
	atf_check -o match:"^argued: stranger: keys.evil.test: high ai_api_key" \
	    -o match:" 1 findings of medium or above, 1 of them argued" \
	    benign_cases.py check "$argued"
}
own_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case corpus
	atf_add_test_case own
}
