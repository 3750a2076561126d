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

# Clients as Debian ships them: see regress/clients.sh.
# Chromium, as Debian has it, with a profile of its own in which the CA is
# trusted by the steps that "guardianctl trust" prints: see regress/clients.sh.

. "$GUARDIAN_SRCDIR/regress/lib.sh"
. "$GUARDIAN_SRCDIR/regress/clients.sh"

origin_program=services.py

atf_test_case chromium cleanup
chromium_head()
{
	atf_set descr "Chromium: page, script, upload, over TLS"
	atf_set timeout 120
	atf_set require.user root
	atf_set require.progs "chromium certutil unshare nsenter ip"
}
chromium_body()
{
	# what else it would like to talk to is not there
	netns_new
	begin_https browser.guardian.test
	cat >files/page.html <<END
<!DOCTYPE html><title>page</title><p id="p">not yet</p><script>
fetch("/echo", { method: "POST", body: "$key" }).then((r) => r.text()).then(
    (t) => { document.getElementById("p").textContent =
    t === "$key" ? "echo is right" : "echo is wrong"; });
</script>
END
	mkdir h
	sed "s|HOME=\"[^\"]*\"|HOME=\"$PWD/h\"|" wired >wired-h
	chmod 755 wired-h
	visit="$netns ./wired-h chromium --headless
	    --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run
	    --disable-background-networking --disable-component-update
	    --disable-sync --disable-default-apps --disable-extensions
	    --user-data-dir=$PWD/h/profile --virtual-time-budget=20000
	    --timeout=30000 --dump-dom"
	# nobody has told it yet
	atf_check -o not-match:"echo is right" -e ignore \
	    $visit "https://$origin/files/page.html"
	wait_for 20 grep -q "client_tls_failed.*certificate_unknown" \
	    home/log/events.jsonl ||
	    atf_fail "it took the certificate of a stranger"
	fingerprint=$(json_get "$(ctl -j ca fingerprint)" \
	    'd["fingerprint_sha256"]')
	ctl trust -y "$fingerprint" | sed -n '/^mkdir/p; /^certutil/p' >steps
	atf_check env HOME="$PWD/h" sh -e steps
	atf_check -o match:"echo is right" -e ignore \
	    $visit "https://$origin/files/page.html"
	# where else it would like to go, if it has the time
	expected="certificate_unknown\|dns_[a-z_]*"
	proven 2
}
chromium_cleanup()
{
	cleanup_all
}

atf_init_test_cases()
{
	atf_add_test_case chromium
}
