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

# DESIGN 1.3: nothing unredacted is kept or shown.  Secrets of two kinds, keys
# and words that no rule knows, are put wherever bytes can stand in a message,
# sound or not; then every eight bytes of them are looked for in all that the
# suite has written and printed, and in the memory of those that must not
# have seen them.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

config()
{
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1 }
dedup window 0
END
}

atf_test_case files cleanup
files_head()
{
	atf_set descr "no secret in any file, log or output"
	atf_set timeout 200
}
files_body()
{
	config
	guardian_start -v -v
	redact_cases.py plant "$proxy" || atf_fail "not planted"
	ctl findings >out.1
	ctl -j findings >out.2
	ctl events >out.3
	ctl -j events >out.4
	ctl -j status >out.5
	guardian_stop
	test "$(wc -l <home/log/findings.jsonl)" -gt 60 ||
	    atf_fail "hardly a finding"
	# shellcheck disable=SC2046 # no blanks in these names
	atf_check -o match:"done files" redact_cases.py files guardiand.log \
	    out.? $(find home -type f)
	# the search finds what is there
	key=$(python3 -c 'import json
print(json.load(open("secrets.json"))[7][20:40])')
	cp home/log/events.jsonl planted
	printf '{"x":"%s"}\n' "$key" >>planted
	atf_check -s exit:1 -o match:"planted: .* of a secret" -e ignore \
	    redact_cases.py files planted
}
files_cleanup()
{
	cleanup_all
}

atf_test_case memory cleanup
memory_head()
{
	atf_set descr "no secret in a name, or in memory of who needs none"
	atf_set timeout 200
	atf_set require.user root
	atf_set require.progs unshare
}
memory_body()
{
	# labels of host names, which go into the dest of findings
	python3 - >labels <<'END'
import secrets, string
a = string.ascii_lowercase + string.digits
print("".join(secrets.choice(a) for _ in range(40)))
print("".join(secrets.choice("0123456789abcdef") for _ in range(32)))
print("sk-proj-" + "".join(secrets.choice(a) for _ in range(48)))
END
	for label in $(cat labels); do
		echo "127.0.0.1 $label.example"
		echo "10.0.0.1 $label.refused"
	done >hosts
	cat >via <<'END'
#!/bin/sh
mount --bind hosts /etc/hosts && exec "$@"
END
	chmod 755 via
	guardian_via="unshare -m ./via"
	origin_start
	config
	guardian_start -v -v
	# shellcheck disable=SC2046 # three words
	redact_cases.py plant "$proxy" $(cat labels) || atf_fail "not planted"
	ctl findings >out.1
	ctl -j events >out.2
	processes=$(json_get "$(ctl -j status)" '" ".join("%s=%d" %
	    (p["process"], p["pid"]) for p in d["processes"])')
	# shellcheck disable=SC2086 # several
	redact_cases.py memory "$proxy" "$origin" $processes ||
	    atf_fail "see above"
	guardian_stop
	# shellcheck disable=SC2046 # no blanks in these names
	atf_check -o match:"done files" redact_cases.py files guardiand.log \
	    out.? $(find home -type f)
}
memory_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case files
	atf_add_test_case memory
}
