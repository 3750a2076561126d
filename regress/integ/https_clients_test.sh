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
# Clients as Debian ships them, over TLS, that have been told nothing but what
# "guardianctl wiring shell" prints: see regress/clients.sh.

. "$GUARDIAN_SRCDIR/regress/lib.sh"
. "$GUARDIAN_SRCDIR/regress/clients.sh"

origin_program=services.py
tools=$GUARDIAN_SRCDIR/regress/tools
clients=$GUARDIAN_SRCDIR/regress/clients

# https_case NAME DESCRIPTION [PROGRAM ...]
https_case()
{
	case_ "$@"
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120
	    atf_set require.user root
	    atf_set require.progs \"unshare $3\"; }"
}

https_case curl "curl (OpenSSL): download, upload, in parallel"
curl_body()
{
	begin_https curl.guardian.test
	pattern 300000 >want
	fetch="$wired curl -sS --max-time 60"
	atf_check -o file:want -e match:"issuer:.*Traffic Guardian" \
	    $fetch -v "https://$origin/bytes/300000"
	{ cat want; echo " k=$key"; } >upload
	atf_check -o file:upload $fetch -T - "https://$origin/echo" <upload
	atf_check -e ignore $fetch -Z --parallel-immediate --parallel-max 20 \
	    "https://$origin/bytes/[20001-20040]" -o 'got.#1'
	for n in 20001 20040; do
		pattern $n >want
		atf_check cmp want got.$n
	done
	proven 42
}

https_case wget "wget (GnuTLS): a tree, a resumed file, a form" wget
wget_body()
{
	begin_https wget.guardian.test
	mkdir -p files/a/b
	pattern 200000 >files/a/b/large
	fetch="$wired wget -nv --tries=1 --timeout=60"
	atf_check -e ignore $fetch -e robots=off -r -np -nH \
	    -P tree "https://$origin/files/a/"
	atf_check cmp files/a/b/large tree/files/a/b/large
	head -c 77777 files/a/b/large >large
	atf_check -e match:"206|122223" $fetch -S -c \
	    "https://$origin/files/a/b/large"
	atf_check cmp files/a/b/large large
	echo "k=$key" >form
	atf_check -e ignore $fetch -O got --post-file=form \
	    "https://$origin/echo"
	atf_check cmp form got
	proven 5
}

https_case git "git (GnuTLS): clone, push, fetch" git
git_body()
{
	begin_https git.guardian.test
	# who commits is no matter of the wiring
	cat >.gitconfig <<'END'
[user]
	name = a
	email = a@example.org
END
	HOME=$PWD GIT_CONFIG_NOSYSTEM=1
	export HOME GIT_CONFIG_NOSYSTEM
	atf_check -o ignore git init -q --bare -b main git/r.git
	atf_check git -C git/r.git config http.receivepack true
	url=https://$origin/git/r.git
	atf_check -e ignore "$wired" git clone -q "$url" one
	head -c 3000000 /dev/urandom >one/large
	atf_check git -C one add large
	atf_check git -C one commit -q -m large
	# more than http.postBuffer: chunked
	atf_check -e ignore "$wired" git -C one \
	    -c http.extraHeader="X-Note: $key" push -q origin HEAD:main
	atf_check -e ignore "$wired" git clone -q -b main "$url" two
	atf_check cmp one/large two/large
	atf_check -o ignore git -C two fsck --strict
	proven 6
}

https_case requests "Python's requests and urllib"
requests_body()
{
	begin_https python.guardian.test
	# Debian's, which need not be the one that comes first
	python=/usr/bin/python3
	$python -c 'import requests' 2>/dev/null || python=python3
	atf_check -o match:"^done https" "$wired" $python \
	    "$tools/python_clients.py" https "$origin" "$key" "$proxy"
	proven 8
}

https_case fetch "Node's fetch, as Debian has it" node
fetch_body()
{
	begin_https node.guardian.test
	atf_check -o match:"^done https" -e not-match:"Error" \
	    env GUARDIAN_MODULES=/usr/share/nodejs "$wired" env \
	    GUARDIAN_MODULES=/usr/share/nodejs /usr/bin/node \
	    "$clients/node_clients.mjs" https "$origin" "$key" "$proxy"
	proven 30
}

https_case go "a Go program" go
go_body()
{
	begin_https go.guardian.test
	# compiled with the wiring absent: that is no client of ours
	atf_check env GOFLAGS=-mod=mod GOPROXY=off GOCACHE="$PWD/cache" \
	    HOME="$PWD" go build -o client "$clients/https_client.go"
	atf_check -o match:"^done go" "$wired" ./client "https://$origin" \
	    "$key"
	proven 25
}

https_case java "a Java program, with the steps that are printed for it" \
    "java keytool"
java_body()
{
	begin_https java.guardian.test
	# what stands there is run as it stands
	sed -n 's/^#   //p' wiring | sed -n '/^jdk=/,/JAVA_TOOL_OPTIONS/p' \
	    >steps
	grep -q '^export JAVA_TOOL_OPTIONS=' steps || atf_fail "no steps"
	cat steps >>wiring
	atf_check -o match:"^done java" -e match:"Picked up" "$wired" java \
	    "$clients/HttpsClient.java" "https://$origin" "$key"
	proven 13
}

atf_init_test_cases()
{
	for tc in curl wget git requests fetch go java; do
		atf_add_test_case $tc
	done
}
