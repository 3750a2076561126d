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

# npm, as this machine has it, with a registry on loopback: see
# regress/clients.sh.

. "$GUARDIAN_SRCDIR/regress/lib.sh"
. "$GUARDIAN_SRCDIR/regress/clients.sh"

origin_program=registry.py

# settings: nothing of the user's, nothing kept.
settings()
{
	HOME=$PWD
	npm_config_cache=$PWD/cache
	npm_config_registry=http://$origin/
	npm_config_update_notifier=false
	npm_config_fund=false
	npm_config_fetch_retries=0
	npm_config_loglevel=warn
	export HOME npm_config_cache npm_config_registry \
	    npm_config_update_notifier npm_config_fund \
	    npm_config_fetch_retries npm_config_loglevel
	echo "//$origin/:_authToken=nobody" >.npmrc
}

case_ npm "npm: install, install again, a clean install, publish" npm
npm_body()
{
	begin
	settings
	mkdir user paper
	echo '{ "name": "user", "version": "1.0.0" }' >user/package.json
	cd user || atf_fail "cd"
	atf_check -o match:"added 3 packages" -e ignore npm install one
	cd ..
	atf_check_equal '400000' "$(wc -c <user/node_modules/one/data |
	    tr -d ' ')"
	for name in one two @scope/three; do
		atf_check sh -c 'python3 -c "
import random, sys
name, size, path = sys.argv[1:]
same = open(path, \"rb\").read() == random.Random(name).randbytes(int(size))
sys.exit(0 if same else 1)" "$@"' - $name \
		    "$(wc -c <user/node_modules/$name/data)" \
		    user/node_modules/$name/data
	done
	cp -r user/node_modules first
	rm -rf cache user/node_modules
	# the proxy by npm's own setting
	unset http_proxy
	cd user || atf_fail "cd"
	atf_check -o match:"added 3 packages" -e ignore \
	    npm --proxy "http://$proxy" ci
	atf_check -o match:"^3.1.0" -e ignore \
	    npm --proxy "http://$proxy" view @scope/three version
	atf_check -s exit:1 -e match:"E404" npm --proxy "http://$proxy" \
	    view nothing
	cd ../paper || atf_fail "cd"
	cat >package.json <<JSON
{ "name": "paper", "version": "0.1.0", "description": "key $key" }
JSON
	head -c 200000 /dev/urandom >noise
	atf_check -o ignore -e ignore npm --proxy "http://$proxy" publish
	cd ..
	# its own files are in the way of a comparison
	rm -f first/.package-lock.json user/node_modules/.package-lock.json
	atf_check diff -r first user/node_modules
	atf_check -o inline:"key $key\n" python3 -c 'import json
d = json.load(open("published/paper.json"))
assert len(d["_attachments"]) == 1
print(d["description"])'
	proven 14
}

case_ npm_https "npm over TLS, with what wiring prints" npm
eval "npm_https_head() { atf_set descr 'npm over TLS'; atf_set timeout 120
    atf_set require.user root; atf_set require.progs 'npm unshare'; }"
npm_https_body()
{
	begin_https registry.guardian.test
	echo "//$origin/:_authToken=nobody" >.npmrc
	# the cafile of an npmrc would hide NODE_EXTRA_CA_CERTS
	cat >>.npmrc <<END
cafile=$PWD/root.pem
registry=https://$origin/
cache=$PWD/cache
update-notifier=false
fund=false
fetch-retries=0
END
	mkdir user paper
	echo '{ "name": "user", "version": "1.0.0" }' >user/package.json
	atf_check -o match:"added 3 packages" -e ignore \
	    "$wired" npm --prefix user install one
	cp -r user/node_modules first
	rm -rf cache user/node_modules
	atf_check -o match:"added 3 packages" -e ignore \
	    "$wired" npm --prefix user ci
	rm -f first/.package-lock.json user/node_modules/.package-lock.json
	atf_check diff -r first user/node_modules
	cat >paper/package.json <<JSON
{ "name": "paper", "version": "0.1.0", "description": "key $key" }
JSON
	atf_check -o ignore -e ignore "$wired" npm publish ./paper
	proven 14
}

atf_init_test_cases()
{
	atf_add_test_case npm_https
	atf_add_test_case npm
}
