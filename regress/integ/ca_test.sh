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


# The CA: who has its key, what its files are, and what an operator does with
# it.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120;
	    [ -z \"$3\" ] || atf_set require.user $3; }"
	eval "$1_cleanup() { cleanup_here; }"
}

# A case that works elsewhere says where.
cleanup_here()
{
	if [ -f place ]; then
		_place=$(cat place)
		cd "$_place" && cleanup_all
		cd / && rm -rf "$_place"
	else
		cleanup_all
	fi
}

config()
{
	https_cases.py prepare >/dev/null || atf_fail "no certificates"
	guardian_config <<END
listen on 127.0.0.1 port 0
allow destination { 127.0.0.1, ::1 }
proxy workers 2
detector workers 2
inspect https for { "localhost", "*.localhost" }
upstream ca file "$PWD/root.pem"
$1
END
	NANOCLAW_TRAFFIC_GUARDIAN_CONFIG=$PWD/guardian.conf
	export NANOCLAW_TRAFFIC_GUARDIAN_CONFIG
}

# Clients that trust nothing but the CA of now.
inspected()
{
	atf_check -o match:"^done versions" https_cases.py versions "$proxy"
}

pids_named()
{
	ctl -j status >pids.json || atf_fail "no status"
	json_get "$(cat pids.json)" '" ".join("%s=%d" %
	    (p["process"], p["pid"]) for p in d["processes"])'
}

# A CA in use, then its key looked for; another, and the old one looked for.
proof()
{
	inspected
	# shellcheck disable=SC2046 # several words
	atf_check -o match:"^done proof" \
	    ca_memory.py proof home/state/ca.key home $(pids_named)
	cp home/state/ca.key old.key
	atf_check -o ignore ctl ca rotate
	inspected
	# shellcheck disable=SC2046
	atf_check -o match:"^done gone" \
	    ca_memory.py gone old.key home $(pids_named)
}

case_ proof_root "started by root: the key is in the ca-keeper alone" root
proof_root_body()
{
	config
	guardian_start
	proof
	guardian_stop
}

# Started by somebody else, looked into by root.
case_ proof_user "started by a user: the key is in the ca-keeper alone" root
proof_user_body()
{
	runuser -u nobody -- test -x "$sbin/guardiand" ||
	    atf_skip "user nobody cannot come to the build directory"
	dir=$(mktemp -d /tmp/guardian.XXXXXX)
	echo "$dir" >place
	cd "$dir" || atf_fail "no directory"
	NANOCLAW_TRAFFIC_GUARDIAN_HOME=$dir/home
	config
	chmod 755 .
	chown -R nobody .
	guardian_via="setpriv --reuid=nobody --regid=nogroup --clear-groups"
	guardian_start
	grep -q "not root: all processes run as uid" guardiand.log ||
	    atf_fail "that is no user's suite"
	proof
	guardian_stop
}

case_ files "files, modes, and what a rotation leaves"
files_body()
{
	config
	umask 077
	guardian_start
	s=home/state
	atf_check_equal 600 "$(stat -c %a $s/ca.key)"
	for f in ca.pem ca-bundle.pem wgetrc; do
		atf_check_equal 644 "$(stat -c %a $s/$f)"
	done
	test ! -e $s/ca.key.new || atf_fail "a key is left over"
	! grep -q PRIVATE $s/ca.pem $s/ca-bundle.pem || atf_fail "a key"
	wait_for 20 grep -q '"event":"ca_created".*"reason":"new"' \
	    home/log/events.jsonl || atf_fail "no event"
	# the bundle: what servers are verified with, and ours
	cat root.pem - $s/ca.pem <<-END >want

	END
	atf_check cmp want $s/ca-bundle.pem
	want=$(openssl x509 -in $s/ca.pem -noout -fingerprint -sha256 |
	    tr -d : | sed 's/.*=//' | tr A-F a-f)
	atf_check_equal "$want" "$(json_get "$(ctl -j status)" \
	    'd["https_inspection"]["ca_fingerprint_sha256"]')"
	atf_check_equal "$want" "$(json_get "$(ctl -j ca fingerprint)" \
	    'd["fingerprint_sha256"]')"
	atf_check_equal "$want" "$(ctl ca fingerprint |
	    sed -n 's/^SHA-256//p' | tr -d ' []' | tr A-F a-f)"
	atf_check -o file:$s/ca.pem ctl ca export

	cp $s/ca.pem first.pem
	atf_check -o match:"new CA is in force" ctl ca rotate
	atf_check cmp first.pem $s/ca.pem.old
	! cmp -s first.pem $s/ca.pem || atf_fail "the same CA"
	wait_for 20 grep -q '"event":"ca_created".*"reason":"rotated"' \
	    home/log/events.jsonl || atf_fail "no event"
	inspected
	# a restart takes the one there is
	cp $s/ca.pem second.pem
	guardian_stop
	guardian_start
	atf_check cmp second.pem $s/ca.pem
	guardian_stop
}

case_ cut_short "a ca-keeper that dies in a rotation leaves the old CA in force"
cut_short_body()
{
	config
	# so that whoever is asked has been asked before
	sed 's/^proxy workers 2/proxy workers 1/' guardian.conf >one.conf
	cat one.conf >guardian.conf
	guardian_start
	s=home/state
	inspected
	cp $s/ca.key first.key
	cp $s/ca.pem first.pem
	keeper=$(child_pid ca-keeper 0)
	kill -STOP "$keeper"
	ctl ca rotate >rotate.out 2>&1 &
	rotate=$!
	wait_for 20 test -e $s/ca.key.new || atf_fail "no rotation"
	# meanwhile: what the workers have is enough for who was here before
	inspected
	kill -KILL "$keeper"
	! wait $rotate || atf_fail "it says that it is done"
	grep -q "the old one is in force" rotate.out ||
	    { cat rotate.out; atf_fail "no word of it"; }
	atf_check cmp first.key $s/ca.key
	atf_check cmp first.pem $s/ca.pem
	test ! -e $s/ca.key.new -a ! -e $s/ca.pem.old ||
	    { ls $s; atf_fail "something is left over"; }
	has_keeper() { ctl status | grep -q "^ *ca-keeper.*ready"; }
	wait_for 20 has_keeper || { ctl status; atf_fail "no successor"; }
	inspected
	# the old certificate is the one before, however often
	atf_check -o ignore ctl ca rotate
	atf_check cmp first.pem $s/ca.pem.old
	cp $s/ca.pem second.pem
	inspected
	atf_check -o ignore ctl ca rotate
	atf_check cmp second.pem $s/ca.pem.old
	inspected
	guardian_stop
	# and where the host died of it
	cp first.key $s/ca.key.new
	guardian_start
	test ! -e $s/ca.key.new || atf_fail "a key is left over"
	inspected
	guardian_stop
}

case_ off "without inspect there is no CA, no process and nothing to rotate"
off_body()
{
	guardian_start
	! ls home/state | grep ca || atf_fail "files of a CA"
	! ctl status | grep ca-keeper || atf_fail "a ca-keeper"
	atf_check_equal False "$(json_get "$(ctl -j status)" \
	    'd["https_inspection"]["enabled"]')"
	atf_check -s exit:1 -e match:"not inspected" ctl ca rotate
	atf_check -o match:"is not looked into" -o not-match:"CERTIFICATE" \
	    curl -sS -x "http://$proxy" http://guardian.invalid/
	atf_check -o match:"^404" curl -sS -x "http://$proxy" -o body \
	    -w '%{http_code}' http://guardian.invalid/ca.pem
	guardian_stop
}

# Turned on, changed and turned off by reloads; the CA stays the same.
case_ reload "a reload starts, changes and ends inspection"
reload_body()
{
	config
	sed '/^inspect/d' guardian.conf >plain.conf
	cp guardian.conf https.conf
	cp plain.conf guardian.conf
	guardian_start
	test ! -e home/state/ca.key || atf_fail "a key too early"
	cp https.conf guardian.conf
	atf_check -o match:"loaded" ctl reload
	inspected
	cp home/state/ca.pem first.pem
	first=$(child_pid ca-keeper 0)
	echo 'passthrough { "*.example.com" }' >>guardian.conf
	atf_check -o match:"loaded" ctl reload
	wait_for 20 eval '! lives $first' || atf_fail "the old keeper stays"
	atf_check cmp first.pem home/state/ca.pem
	inspected
	cp plain.conf guardian.conf
	atf_check -o match:"loaded" ctl reload
	no_keeper() { ! ctl status | grep ca-keeper; }
	wait_for 20 no_keeper || atf_fail "a keeper of nothing"
	guardian_stop
}

case_ damaged "a key that is not to be used stops the start, and is kept"
damaged_body()
{
	config
	guardian_start
	guardian_stop
	chmod 640 home/state/ca.key
	atf_check -s exit:1 -e match:"ca.key must be a file of uid" \
	    "$sbin/guardiand" -d -f "$PWD/guardian.conf"
	chmod 600 home/state/ca.key
	head -c 300 home/state/ca.key >cut
	cat cut >home/state/ca.key
	atf_check -s exit:1 -e match:"ca.key in the state directory: no cert" \
	    "$sbin/guardiand" -d -f "$PWD/guardian.conf"
	atf_check cmp cut home/state/ca.key
}

case_ trust "steps are shown to who has compared, and to nobody else"
trust_body()
{
	config
	guardian_start
	guardian_stop
	want=$(json_get "$(ctl -j ca fingerprint)" 'd["fingerprint_sha256"]')
	last=$(echo "$want" | cut -c 57-64)
	atf_check -s exit:1 -o not-match:"install -m" -e match:"terminal" \
	    ctl trust </dev/null
	atf_check -s exit:1 -o empty -e match:"not the fingerprint" \
	    ctl trust -y "$last"
	atf_check -s exit:1 -o empty -e match:"not the fingerprint" \
	    ctl trust -y "0$(echo "$want" | cut -c 2-64)x"
	atf_check -o match:"install -m 0644 .*/ca.pem" \
	    -o match:"update-ca-certificates" -o match:"certutil .* -A " \
	    ctl trust -y "$(echo "$want" | tr a-f A-F | sed 's/../&:/g')"
	atf_check -s exit:1 -o not-match:"install -m" -o match:"not the last" \
	    ca_trust.py 00000000 "$sbin/guardianctl" trust
	atf_check -s exit:1 -o not-match:"install -m" \
	    ca_trust.py "" "$sbin/guardianctl" trust
	atf_check -o match:"install -m 0644" \
	    ca_trust.py "$last" "$sbin/guardianctl" trust
	# the steps for NSS do what they say, in a home of their own
	mkdir h
	ctl trust -y "$want" | sed -n '/^mkdir/p; /^certutil/p' >steps
	ctl trust -y "$want" | sed -n 's/^# *\(certutil .* -D .*\)/\1/p' >undo
	atf_check env HOME="$PWD/h" sh -e steps
	db=sql:$PWD/h/.local/share/pki/nssdb
	atf_check -o match:"^guardian-$last .* C,," certutil -L -d "$db"
	atf_check env HOME="$PWD/h" sh -e undo
	atf_check -o not-match:guardian certutil -L -d "$db"
	# a file that others can write to is nobody's to trust
	chmod 666 home/state/ca.pem
	atf_check -s exit:1 -o empty -e match:"not to be believed" \
	    ctl trust -y "$want"
	NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL=http://127.0.0.1:1
	export NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL
	atf_check -o not-match:"NODE_EXTRA_CA_CERTS=" -e match:"believed" \
	    ctl wiring shell
}

case_ wiring "every variable names a file that verifies what clients see"
wiring_body()
{
	config
	guardian_start
	NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL=http://$proxy
	export NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL
	groups=$(ctl ca fingerprint | sed -n 's/^SHA-256 *//p')
	for target in shell docker nanoclaw-v1 nanoclaw-v2; do
		ctl wiring $target >$target || atf_fail "wiring $target"
		grep -Fq "$groups" $target || atf_fail "$target: fingerprint"
		grep -q "ca-bundle.pem" $target || atf_fail "$target: bundle"
	done
	grep -q "upstream proxy" nanoclaw-v2 || atf_fail "no chain"
	! grep -v -e '^#' -e "^export [A-Za-z_]*='[^']*'\$" shell ||
	    atf_fail "more than comments and exports"
	for v in NODE_EXTRA_CA_CERTS SSL_CERT_FILE REQUESTS_CA_BUNDLE \
	    CURL_CA_BUNDLE GIT_SSL_CAINFO PIP_CERT CARGO_HTTP_CAINFO \
	    DENO_CERT CODEX_CA_CERTIFICATE npm_config_cafile; do
		f=$(env -i PATH="$PATH" sh -c ". ./shell; printenv $v")
		openssl crl2pkcs7 -nocrl -certfile "$f" |
		    openssl pkcs7 -print_certs -noout |
		    grep -q "Traffic Guardian CA" || atf_fail "$v: $f"
	done
	f=$(env -i PATH="$PATH" sh -c ". ./shell; printenv WGETRC")
	grep -q "^ca_certificate = $PWD/home/state/ca-bundle.pem$" "$f" ||
	    atf_fail "wgetrc"
	# what a client without the host's files finds, and is told of it
	atf_check -o file:home/state/ca.pem \
	    curl -sS -x "http://$proxy" http://guardian.invalid/ca.pem
	curl -sS -x "http://$proxy" http://guardian.invalid/ >page ||
	    atf_fail "no page"
	grep -q "compare its fingerprint" page || atf_fail "no warning"
	tail -n "$(wc -l <home/state/ca.pem)" page | cmp - home/state/ca.pem ||
	    atf_fail "not the certificate"
	# nothing points a container at the directory with the key
	! grep -E "(src=|-v ?)'?$PWD/home/state'?[,:]" docker nanoclaw-v1 ||
	    atf_fail "the directory is mounted"
	guardian_stop
}

atf_init_test_cases()
{
	for c in proof_root proof_user files cut_short off reload damaged \
	    trust wiring; do
		atf_add_test_case $c
	done
}
