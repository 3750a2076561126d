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


# Content codings are undone; one that is not known is on record.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

gap()
{
	grep '"event":"scan_gap"' home/log/events.jsonl |
	    grep "\"reason\":\"$1\""
}

send()
{
	atf_check -o match:ok curl -sS -x "http://$proxy" \
	    -H "content-encoding:  $1" --data-binary "@$2" \
	    http://guardian.invalid/selftest
}

atf_test_case coded cleanup
coded_head()
{
	atf_set descr "a key in a compressed body is found, with its path"
	atf_set timeout 60
}
coded_body()
{
	guardian_start
	python3 - >plain <<'END' || atf_fail "python3"
import random, string
print("sk-ant-" + "api03-" + "".join(random.choice(string.ascii_letters)
    for i in range(93)) + "AA")
END
	gzip -c plain >body.gz
	send gzip body.gz
	wait_for 20 grep -q "body>gzip: ai_api_key" home/log/findings.jsonl ||
	    atf_fail "no finding"
	guardian_stop
	test "$(wc -l <home/log/findings.jsonl)" -eq 1 ||
	    atf_fail "not one finding"
	if grep scan_gap home/log/events.jsonl; then atf_fail "a gap"; fi
}
coded_cleanup()
{
	cleanup_all
}

atf_test_case gaps cleanup
gaps_head()
{
	atf_set descr "codings that are not known, or damaged, are on record"
	atf_set timeout 60
}
gaps_body()
{
	guardian_start
	echo text >plain
	for coding in identity Identity ''; do
		send "$coding" plain
	done
	send aes128gcm plain
	seq 1 10000 | gzip -c | head -c 1000 >cut.gz
	send gzip cut.gz
	wait_for 20 gap coding_error || atf_fail "no event"
	guardian_stop
	test "$(gap content_coding | wc -l)" -eq 1 || atf_fail "not one event"
	gap content_coding | grep -q '"bytes":5' || atf_fail "wrong size"
	test "$(gap '.*' | wc -l)" -eq 2 || atf_fail "not two events"
}
gaps_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case coded
	atf_add_test_case gaps
}
