# mcpd with real processes: what containers may ask, over sockets and HTTP, and
# what they may not.  The cases are in tools/mcp_cases.py.

. "$GUARDIAN_SRCDIR/regress/lib.sh"

mcp_start()
{
	for c in alpha bravo; do
		openssl rand -hex 24 >$c.token
		chmod 600 $c.token
	done
	guardian_config <<END
listen on 127.0.0.1 port 0
mcp listen on 127.0.0.1 port 0
mcp allow host { "guardian.internal", "*.lan" }
dedup window 0
client "alpha" {
	address { 127.0.0.1 }
	mcp socket
	mcp token file "$PWD/alpha.token"
	allow destination { 127.0.0.1 }
}
client "bravo" {
	address { 127.0.0.2 }
	mcp socket
	mcp token file "$PWD/bravo.token"
}
END
	mcp_up
}

mcp_up()
{
	guardian_start
	port=$(json_get "$(ctl -j status)" \
	    'd["mcp_listen"][0].rsplit(":", 1)[1]')
}

mcp()
{
	atf_check -o match:"^done $1" mcp_cases.py "$1" "$proxy" "$port"
}

case_()
{
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 90; }"
	eval "$1_cleanup() { cleanup_all; }"
	all="$all $1"
}

all=
case_ schema "tools, schemas, pages and filters, in both eras, both ways"
schema_body()
{
	mcp_start
	mcp schema
	guardian_stop
}

case_ http "every row of refusals, and the ladder of eras"
http_body()
{
	mcp_start
	mcp http
	guardian_stop
}

case_ attack "no byte about another client, and no path"
attack_body()
{
	mcp_start
	mcp attack
	guardian_stop
}

case_ backend "a silent logger, killed processes, rotation, a new start"
backend_body()
{
	mcp_start
	mcp backend
	guardian_stop
	test ! -e home/run/mcp/alpha/mcp.sock || atf_fail "a dead socket"
	mcp_up
	mcp again
	guardian_stop
}

case_ reload "clients come and go, tokens change"
reload_body()
{
	mcp_start
	mcp reload
	guardian_stop
}

case_ slow "greedy and slow ones harm nobody else"
slow_body()
{
	mcp_start
	mcp slow
	guardian_stop
}

case_ descriptors "out of descriptors it waits, and says so now and then"
descriptors_body()
{
	guardian_via="prlimit --nofile=64"
	guardian_config <<END
listen on 127.0.0.1 port 0
proxy workers 1
detector workers 1
mcp listen on 127.0.0.1 port 0
client "x" {
	address { 127.0.9.1 }
	mcp socket
	mcp token file "$PWD/x.token"
}
END
	openssl rand -hex 24 >x.token
	chmod 600 x.token
	mcp_up
	for where in home/run/mcp/x/mcp.sock "$port"; do
		atf_check -o match:done mcp_crowd.py "$where" guardiand.log
	done
	guardian_stop
}

case_ redacted "no secret in any answer"
redacted_body()
{
	mcp_start
	redact_cases.py plant "$proxy" || atf_fail "not planted"
	mcp answers
	test -s answers || atf_fail "no answers"
	atf_check -o match:"done files" redact_cases.py files answers
	guardian_stop
}

case_ tokens "a token file that others may read, or that holds none"
tokens_body()
{
	for bad in short 'two words of it are here' "$(printf 'a\tb')"; do
		printf '%s\n' "$bad" >x.token
		chmod 600 x.token
		tokens_refused
	done
	openssl rand -hex 24 >x.token
	chmod 644 x.token
	tokens_refused
}
tokens_refused()
{
	guardian_config <<END
listen on 127.0.0.1 port 0
client "x" {
	address { 127.0.0.1 }
	mcp token file "$PWD/x.token"
}
END
	atf_check -s exit:1 -e match:"x.token" "$sbin/guardiand" -d \
	    -f "$PWD/guardian.conf"
	! grep -q "words of it" guardian.conf
}

atf_init_test_cases()
{
	for t in $all; do
		atf_add_test_case "$t"
	done
}
