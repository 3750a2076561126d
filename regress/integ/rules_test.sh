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


# For the tests that run the whole suite of processes.  Sourced by atf-sh

# The rules through the running suite: attacks at random cuts, in every place
# they can stand.  A failure prints its SEED; set it in the environment to see
# the same again.  Harmless traffic is in benign_test.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 200; }"
	eval "$1_cleanup() { cleanup_all; }"
}

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

case_ attacks "each attack is found once, wherever it is cut, as what it is"
attacks_body()
{
	config
	guardian_start
	rules_cases.py attacks "$proxy" || atf_fail "no exchange"
	guardian_stop
	rules_cases.py check || atf_fail "see above"
}

case_ own_credentials "a key in its own place is none, anywhere else it is"
own_credentials_head()
{
	atf_set descr "a key in its own place is none, anywhere else it is"
	atf_set timeout 120
	atf_set require.user root
	atf_set require.progs unshare
}
own_credentials_body()
{
	origin_start
	cat >hosts <<'END'
127.0.0.1 api.anthropic.com api.openai.com evil.test
127.0.0.1 api.anthropic.com.evil.test notanthropic.com
END
	cat >via <<'END'
#!/bin/sh
mount --bind hosts /etc/hosts && exec "$@"
END
	chmod 755 via
	guardian_via="unshare -m ./via"
	config
	guardian_start
	rules_cases.py own "$proxy" "${origin#*:}" || atf_fail "no exchange"
	guardian_stop
	rules_cases.py check_own || { findings; atf_fail "see above"; }
}

case_ configuration "rules of the configuration, and what it ignores"
configuration_body()
{
	config
	cat >>guardian.conf <<'END'
rule "acme_token" { outbound exfil severity high match "acme_[a-z0-9]{32}" }
ignore { pattern ssh_key_path }
ignore { pattern acme_token dest "127.0.0.2" }
enable { prompt_injection }
END
	guardian_start
	rules_cases.py configured "$proxy" || atf_fail "no exchange"
	guardian_stop
	atf_check -o inline:"acme_token\nprompt_injection\n" \
	    sh -c 'sed "s/.*\"pattern\":\"\([a-z_]*\)\".*/\1/" \
	    home/log/findings.jsonl | sort'
	atf_check -o inline:"1\n" grep -c '"finding_ignored"' \
	    home/log/events.jsonl
	atf_check -s exit:1 grep -r acme_0123 home/log
}

case_ hostile "an expression that takes for ever is turned off, once, alone"
hostile_body()
{
	config
	cat >>guardian.conf <<'END'
rule "bait" { outbound exfil severity low match "key(?:(?:a{0,9}){0,9}){0,9}b" }
END
	guardian_start
	rules_cases.py hostile "$proxy" || atf_fail "no exchange"
	guardian_stop
	# some gave up, then it was off, and the others went on
	n=$(grep -c '"rule_limit"' home/log/events.jsonl)
	[ "$n" -gt 16 ] && [ "$n" -le 32 ] || atf_fail "$n times"
	atf_check -o inline:"1\n" grep -c '"rule_disabled"' \
	    home/log/events.jsonl
	atf_check -o inline:"1\n" grep -c '"ssh_key_path"' \
	    home/log/findings.jsonl
}

atf_init_test_cases()
{
	for tc in attacks own_credentials configuration hostile; do
		atf_add_test_case $tc
	done
}
