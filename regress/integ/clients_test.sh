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

. "$GUARDIAN_SRCDIR/regress/lib.sh"
. "$GUARDIAN_SRCDIR/regress/clients.sh"

origin_program=services.py

case_ curl "curl: uploads, HTTP/1.0, tunnel, resumed, in parallel"
curl_body()
{
	begin
	fetch="curl -sS --max-time 60"
	pattern 300000 >want
	atf_check -o file:want $fetch "http://$origin/bytes/300000"
	# key and upload: read from a pipe, so that it is chunked
	{ cat want; echo " k=$key"; } >upload
	atf_check -o file:upload $fetch -T - "http://$origin/echo" <upload
	atf_check -o file:upload $fetch --data-binary @upload \
	    "http://$origin/echo"
	# through both versions that a proxy is spoken to in, and a tunnel
	atf_check -o file:want $fetch --http1.0 --proxy1.0 "$proxy" \
	    "http://$origin/bytes/300000"
	atf_check -o file:want $fetch --proxytunnel "http://$origin/bytes/300000"
	for at in 1 70000 299999; do
		head -c $at want >got
		atf_check -o match:"HTTP/1.1 206" $fetch -C - -D - -o got \
		    "http://$origin/bytes/300000"
		atf_check cmp want got
	done
	# the rest of an upload
	printf abc >got
	atf_check -o inline:bc $fetch -C 1 -T got "http://$origin/echo"
	# its meter is not to be silenced
	atf_check -e ignore $fetch -Z --parallel-immediate --parallel-max 20 \
	    "http://$origin/bytes/[20001-20060]" -o 'got.#1'
	for n in 20001 20033 20060; do
		pattern $n >want
		atf_check cmp want got.$n
	done
	proven 68
}

case_ curl_ipv6 "curl: an IPv6 listener, and an origin with no other address"
curl_ipv6_body()
{
	mkdir -p files
	origin_start --ipv6
	origin="[::1]:${origin#*:}"
	guardian_config <<'CONF'
listen on ::1 port 0
listen on 127.0.0.1 port 0
allow destination { ::1 }
CONF
	guardian_start
	key=$(fake_key)
	pattern 70000 >want
	atf_check -o save:listen.json ctl -j status
	for n in 0 1; do
		via=$(json_get "$(cat listen.json)" "d['listen'][$n]")
		for how in "" -p; do
			# shellcheck disable=SC2086 # an option or none
			atf_check -o file:want curl -sS -g --max-time 60 \
			    -x "http://$via" $how "http://$origin/bytes/70000"
		done
	done
	atf_check -o inline:"$key" curl -sS -g --max-time 60 -x "http://$proxy" \
	    -d "$key" "http://$origin/echo"
	proven 5
}

case_ wget "wget: a tree, a resumed file, a form, a question" wget
wget_body()
{
	begin
	mkdir -p files/a/b
	pattern 200000 >files/a/b/large
	echo small >files/a/small
	fetch="wget -nv --tries=1 --timeout=60"
	atf_check -e ignore $fetch -e robots=off -r -np -nH \
	    -P tree "http://$origin/files/a/"
	atf_check cmp files/a/b/large tree/files/a/b/large
	atf_check cmp files/a/small tree/files/a/small
	head -c 77777 files/a/b/large >large
	atf_check -e match:"206|122223" $fetch -S -c \
	    "http://$origin/files/a/b/large"
	atf_check cmp files/a/b/large large
	# not again: it has not changed
	atf_check -e match:"304" $fetch -S -N "http://$origin/files/a/b/large"
	echo "k=$key" >form
	atf_check -e ignore $fetch -O got --post-file=form \
	    "http://$origin/echo"
	atf_check cmp form got
	atf_check -e ignore $fetch --spider "http://$origin/files/a/small"
	atf_check -s exit:8 -e match:404 $fetch "http://$origin/files/none"
	proven 9
}

case_ urllib "Python's urllib: environment, handler, tunnel, errors"
urllib_body()
{
	begin
	atf_check -o match:"^done urllib" python3 \
	    "$GUARDIAN_SRCDIR/regress/tools/python_clients.py" urllib \
	    "$origin" "$key" "$proxy"
	proven 6
}

case_ requests "Python's requests: session, upload, stream, form, redirect"
requests_body()
{
	begin
	# Debian's, which need not be the one that comes first
	python=/usr/bin/python3
	$python -c 'import requests' 2>/dev/null || python=python3
	atf_check -o match:"^done requests" $python \
	    "$GUARDIAN_SRCDIR/regress/tools/python_clients.py" requests \
	    "$origin" "$key" "$proxy"
	proven 16
}

case_ git "git: clone, fetch, and pushes small and large, over HTTP" git
git_body()
{
	HOME=$PWD
	GIT_CONFIG_NOSYSTEM=1
	GIT_TERMINAL_PROMPT=0
	GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
	GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
	export HOME GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT GIT_AUTHOR_NAME \
	    GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
	begin
	atf_check -o ignore git init -q --bare -b main git/r.git
	atf_check git -C git/r.git config http.receivepack true
	url=http://$origin/git/r.git
	atf_check -e ignore git clone -q "$url" one
	echo first >one/file
	atf_check git -C one add file
	atf_check git -C one commit -q -m first
	atf_check -e ignore git -C one push -q origin HEAD:main
	# more than http.postBuffer: chunked, and random, so it stays large
	head -c 3000000 /dev/urandom >one/large
	atf_check git -C one add large
	atf_check git -C one commit -q -m large
	atf_check -e ignore git -C one \
	    -c http.extraHeader="X-Note: $key" push -q origin HEAD:main
	atf_check -e ignore git clone -q -b main "$url" two
	atf_check cmp one/large two/large
	atf_check_equal "$(git -C one rev-parse HEAD)" \
	    "$(git -C two rev-parse HEAD)"
	atf_check -o ignore git -C two fsck --strict
	echo more >>two/file
	atf_check git -C two commit -q -a -m more
	atf_check -e ignore git -C two push -q origin HEAD:main
	atf_check git -C one branch -q -u origin/main
	atf_check -o ignore -e ignore git -C one pull -q --ff-only
	atf_check cmp one/file two/file
	# the protocol of old
	atf_check -e ignore git -c protocol.version=0 clone -q "$url" three
	atf_check cmp one/large three/large
	proven 15
}

case_ apt "apt: index and packages from a local repository" apt-get dpkg-deb
apt_body()
{
	begin
	mkdir -p files/debian root/etc/apt/apt.conf.d \
	    root/etc/apt/preferences.d root/var/lib/apt/lists/partial \
	    root/var/lib/dpkg root/var/cache/apt/archives/partial root/var/log
	: >root/var/lib/dpkg/status
	for n in 1 2 3 4 5 6; do
		mkdir -p "p$n/DEBIAN" "p$n/usr/share/guardian-test"
		head -c $((n * 60000)) /dev/urandom \
		    >"p$n/usr/share/guardian-test/p$n"
		printf '%s\n' "Package: guardian-test-$n" "Version: 1.$n" \
		    "Architecture: all" "Maintainer: nobody <a@example.org>" \
		    "Description: a package for a test" >"p$n/DEBIAN/control"
		atf_check -o ignore dpkg-deb --root-owner-group -b "p$n" \
		    "files/debian/guardian-test-${n}_1.${n}_all.deb"
	done
	(cd files/debian && for deb in *.deb; do
		dpkg-deb -f "$deb"
		echo "Filename: ./$deb"
		echo "Size: $(wc -c <"$deb" | tr -d ' ')"
		echo "SHA256: $(sha256sum <"$deb" | cut -d' ' -f1)"
		echo
	done >Packages
	gzip -nk Packages
	echo "Date: $(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S UTC')"
	echo "SHA256:"
	for f in Packages Packages.gz; do
		echo " $(sha256sum <$f | cut -d' ' -f1) $(wc -c <$f) $f"
	done) >Release
	mv Release files/debian/Release
	echo "deb [trusted=yes] http://$origin/files/debian ./" \
	    >root/etc/apt/sources.list
	cat >apt.conf <<CONF
Dir "$PWD/root";
Dir::Bin::dpkg "$(command -v dpkg)";
Dir::State::status "$PWD/root/var/lib/dpkg/status";
APT::Sandbox::User "$(id -un)";
Acquire::http::Proxy "http://$proxy";
Acquire::http::User-Agent "apt $key";
Acquire::Retries "0";
Acquire::Languages "none";
CONF
	unset http_proxy
	APT_CONFIG=$PWD/apt.conf
	export APT_CONFIG
	atf_check -o save:out -e save:err apt-get -o Debug::NoLocking=1 update
	grep -q '^Get:.*Packages' out || { cat out err; atf_fail "no index"; }
	! grep -E '^(Err|W|E):' out err ||
	    { cat out err origin.log; atf_fail "apt complains"; }
	atf_check -o match:"guardian-test-6" apt-cache pkgnames
	names="guardian-test-1 guardian-test-2 guardian-test-3 guardian-test-4
	    guardian-test-5 guardian-test-6"
	# shellcheck disable=SC2086 # several packages
	atf_check -o ignore -e ignore apt-get -o Debug::NoLocking=1 \
	    download $names
	for deb in files/debian/*.deb; do
		atf_check cmp "$deb" "${deb##*/}"
	done
	# half of one is there from an earlier attempt
	deb=guardian-test-6_1.6_all.deb
	head -c 100000 $deb >root/var/cache/apt/archives/partial/$deb
	touch -r files/debian/$deb root/var/cache/apt/archives/partial/$deb
	# shellcheck disable=SC2086 # several packages
	atf_check -o ignore -e ignore apt-get -o Debug::NoLocking=1 -y \
	    --download-only install $names
	atf_check cmp files/debian/$deb root/var/cache/apt/archives/$deb
	atf_check -o match:"^Hit:" -e ignore apt-get -o Debug::NoLocking=1 \
	    update
	proven 14
}

case_ fetch "Node's fetch with undici's ProxyAgent" node
fetch_body()
{
	begin
	atf_check -o match:"^done fetch_tunnel" -e not-match:"Error" \
	    env GUARDIAN_MODULES=/usr/share/nodejs node \
	    "$GUARDIAN_SRCDIR/regress/clients/node_clients.mjs" fetch_tunnel \
	    "$origin" "$key" "$proxy"
	proven 30
}

atf_init_test_cases()
{
	for tc in curl curl_ipv6 wget urllib requests git apt fetch; do
		atf_add_test_case $tc
	done
}
