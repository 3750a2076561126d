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

# What was built and what it was built from: what each program links, how it
# is hardened, the house rules for sources, manual pages, make install.

programs="sbin/guardiand sbin/guardianctl libexec/control libexec/proxy-worker
    libexec/detector-worker libexec/logger libexec/ca-keeper libexec/mcpd
    libexec/log-archiver"

# Where there is Vectorscan, its compiler is in a process of its own.
! grep -q '^LIBS_hs=.*[^[:space:]]' "$GUARDIAN_BUILDDIR/config.mk" ||
    programs="$programs libexec/rule-compiler"

vectorscan()
{
	case $programs in *rule-compiler*) true ;; *) false ;; esac
}

# everything PROGRAM: the libraries it loads and the symbols in it, one a line.
everything()
{
	ldd "$GUARDIAN_BUILDDIR/$1" | awk '{ print $1 }' >all ||
	    atf_fail "ldd cannot read $1"
	nm "$GUARDIAN_BUILDDIR/$1" | awk '{ print $NF }' >>all ||
	    atf_fail "nm cannot read $1"
	test "$(wc -l <all)" -gt 50 || atf_fail "$1 has hardly any symbols"
}

# lacks PROGRAM WHAT ...: none of these libraries or their functions.
lacks()
{
	_program=$1
	shift
	everything "$_program"
	for _what; do
		if grep -E "$(pattern "$_what")" all; then
			atf_fail "$_program has $_what in it"
		fi
	done
}

has()
{
	everything "$1"
	grep -Eq "$(pattern "$2")" all ||
	    atf_fail "$1 has no $2: does this test look for the right name?"
}

pattern()
{
	case $1 in
	tls)		echo '^lib(ssl|tls|gnutls)\.|^(SSL|tls)_[a-z]' ;;
	crypto)		echo '^libcrypto\.|^(EVP|HMAC|SHA256)_[A-Za-z]' ;;
	pcre2)		echo '^libpcre2|^pcre2_' ;;
	http)		echo '^libllhttp|^llhttp_' ;;
	json)		echo '^libjansson|^json_(loads|object|dumps)' ;;
	evdns)		echo '^libevent_extra|^evdns_' ;;
	compiler)	echo '^libhs\.|^hs_compile|^hs_serialize|^libstdc' ;;
	matcher)	echo '^libhs_runtime\.|^hs_(scan|open)_stream' ;;
	zlib)		echo '^libz\.|^(in|de)flate' ;;
	loader)		echo '^libdl\.|^dlopen' ;;
	seccomp)	echo '^libseccomp|^seccomp_' ;;
	esac
}

atf_test_case links_parent
links_parent_head()
{
	atf_set descr "guardiand has no parser of traffic in it"
}
links_parent_body()
{
	lacks sbin/guardiand tls pcre2 http json evdns compiler matcher \
	    loader zlib
}

atf_test_case links_control
links_control_head()
{
	atf_set descr "control has only messages in it"
}
links_control_body()
{
	lacks libexec/control tls crypto pcre2 http json evdns compiler matcher
}

atf_test_case links_logger
links_logger_head()
{
	atf_set descr "logger has no TLS, HTTP or regular expressions in it"
}
links_logger_body()
{
	lacks libexec/logger tls pcre2 http evdns compiler matcher zlib
}

atf_test_case links_detector
links_detector_head()
{
	atf_set descr "detector-worker has no network code in it"
}
links_detector_body()
{
	lacks libexec/detector-worker tls http json evdns
	has libexec/detector-worker pcre2
	lacks libexec/detector-worker compiler loader
	! vectorscan || has libexec/detector-worker matcher
}

atf_test_case links_compiler
links_compiler_head()
{
	atf_set descr "rule-compiler has a compiler of literals and no more"
}
links_compiler_body()
{
	if ! vectorscan; then
		test ! -e "$GUARDIAN_BUILDDIR/libexec/rule-compiler" ||
		    atf_fail "a rule-compiler without Vectorscan"
		return
	fi
	lacks libexec/rule-compiler tls crypto pcre2 http json evdns loader
	has libexec/rule-compiler compiler
}

atf_test_case links_archiver
links_archiver_head()
{
	atf_set descr "log-archiver has a compressor and no more"
}
links_archiver_body()
{
	lacks libexec/log-archiver tls crypto pcre2 http json evdns compiler \
	    matcher loader
	has libexec/log-archiver zlib
}

atf_test_case links_proxy
links_proxy_head()
{
	atf_set descr "proxy-worker has no rules and no JSON in it"
}
links_proxy_body()
{
	lacks libexec/proxy-worker pcre2 json compiler matcher
	has libexec/proxy-worker http
	has libexec/proxy-worker evdns
}

atf_test_case links_keeper
links_keeper_head()
{
	atf_set descr "ca-keeper has no TLS, HTTP, JSON or expressions in it"
}
links_keeper_body()
{
	lacks libexec/ca-keeper tls pcre2 http json evdns compiler matcher
	has libexec/ca-keeper crypto
}

atf_test_case links_mcpd
links_mcpd_head()
{
	atf_set descr "mcpd has no TLS, rules or resolver in it"
}
links_mcpd_body()
{
	lacks libexec/mcpd tls pcre2 evdns compiler matcher
	has libexec/mcpd json
}

atf_test_case links_ctl
links_ctl_head()
{
	atf_set descr "guardianctl parses no traffic"
}
links_ctl_body()
{
	lacks sbin/guardianctl tls pcre2 http evdns compiler matcher
}

atf_test_case links_bridge
links_bridge_head()
{
	atf_set descr "guardian-mcp needs no library of the container's"
}
links_bridge_body()
{
	f=$GUARDIAN_BUILDDIR/bin/guardian-mcp
	if [ -n "$GUARDIAN_SANITIZE" ]; then
		atf_skip "a sanitizer comes as a shared library"
	fi
	readelf -lW "$f" >segments || atf_fail "readelf"
	! grep -q INTERP segments || atf_fail "it asks for a program loader"
	readelf -dW "$f" >dynamic
	! grep -q NEEDED dynamic || { cat dynamic; atf_fail "not static"; }
	readelf -hW "$f" | grep -q 'Type:.*DYN' || atf_fail "not PIE"
	grep -q GNU_RELRO segments || atf_fail "no RELRO"
	nm "$f" >symbols
	grep -q '__stack_chk_fail' symbols || atf_fail "no stack protector"
	# the size of what it carries into each container
	test "$(wc -c <"$f")" -lt 1500000 || atf_fail "it is large"
}

atf_test_case hardened
hardened_head()
{
	atf_set descr "PIE, full RELRO, stack protector, no executable stack"
}
hardened_body()
{
	for p in $programs; do
		f=$GUARDIAN_BUILDDIR/$p
		readelf -hW "$f" >header || atf_fail "readelf $p"
		readelf -lW "$f" >segments
		readelf -dW "$f" >dynamic
		nm -D "$f" >symbols
		grep -q 'Type:.*DYN' header || atf_fail "$p: not PIE"
		grep -q 'FLAGS_1.*PIE' dynamic || atf_fail "$p: not PIE"
		grep -q GNU_RELRO segments || atf_fail "$p: no RELRO"
		grep -Eq 'BIND_NOW|FLAGS_1.*NOW' dynamic ||
		    atf_fail "$p: not bound at start"
		grep -q 'GNU_STACK.* RW ' segments ||
		    atf_fail "$p: executable stack"
		grep -Eq 'LOAD.* RWE ' segments &&
		    atf_fail "$p: writable and executable segment"
		grep -Eq 'RPATH|RUNPATH' dynamic &&
		    atf_fail "$p: searches a path of its own for libraries"
		grep -q '__stack_chk_fail' symbols ||
		    atf_fail "$p: no stack protector"
		# A sanitizer replaces what FORTIFY would check.
		if [ -z "$GUARDIAN_SANITIZE" ]; then
			grep -Eq '__[a-z]+_chk(@|$)' symbols ||
			    atf_fail "$p: nothing fortified"
		fi
	done
	:
}

# Our C sources, one a line.
sources()
{
	cd "$GUARDIAN_SRCDIR" || atf_fail "no source tree"
	find . \( -name .git -o -name 'build*' \) -prune -o \
	    -type f -name "*.[chy]" -print | sed 's,^\./,,' | sort
}

atf_test_case source_size
source_size_head()
{
	atf_set descr "no C file over 700 lines, no line over 80 columns"
}
source_size_body()
{
	(sources) >list
	test "$(wc -l <list)" -gt 50 || atf_fail "where are the sources?"
	while read -r f; do
		expand -t 8 "$GUARDIAN_SRCDIR/$f" | awk -v f="$f" '
		length > 80 { printf "%s:%d: %d columns\n", f, NR, length }
		END { if (NR > 700) printf "%s: %d lines\n", f, NR }'
	done <list >bad
	test ! -s bad || { cat bad; atf_fail "too long or too wide"; }
}

atf_test_case source_licence
source_licence_head()
{
	atf_set descr "the licence is at the top of every C file"
}
source_licence_body()
{
	(sources) >list
	while read -r f; do
		head -n 20 "$GUARDIAN_SRCDIR/$f" | tr -d '\n*' |
		    tr -s '[:space:]' ' ' |
		    grep -q 'Copyright (c) 20.*Traffic Guardian developers.*Permission to use, copy, modify, and distribute' ||
		    echo "$f"
	done <list >bad
	test ! -s bad || { cat bad; atf_fail "no licence in these"; }
}

atf_test_case source_rooms
source_rooms_head()
{
	atf_set descr "a process includes its own headers and lib's, no other's"
}
source_rooms_body()
{
	work=$PWD
	cd "$GUARDIAN_SRCDIR" || atf_fail "no source tree"
	for dir in parent control proxy-worker detector-worker ca-keeper \
	    rule-compiler log-archiver logger mcpd guardianctl guardian-mcp \
	    lib lib/conf lib/compat; do
		# shellcheck disable=SC2046
		sed -n 's/^#[[:space:]]*include[[:space:]]*"\(.*\)".*/\1/p' \
		    $(find "$dir" -maxdepth 1 -name '*.[chy]') | sort -u |
		    while read -r h; do
			test -f "$dir/$h" || test -f "lib/$h" ||
			    test -f "lib/conf/$h" || test -f "lib/compat/$h" ||
			    case $h in *.tab.h|llhttp.h) true ;;
			    *) echo "$dir includes $h" ;; esac
			case $h in */*) echo "$dir includes $h" ;; esac
		    done
	done >"$work/bad"
	test ! -s "$work/bad" || { cat "$work/bad"; atf_fail "not its own"; }
}

# Manual pages, from the SOURCES files.
pages()
{
	make -s -f "$GUARDIAN_BUILDDIR/rules.mk" man-pages
}

atf_test_case variables
variables_head()
{
	atf_set descr "what wiring sets, the check of a container's" \
	    "environment knows"
}
variables_body()
{
	cd "$GUARDIAN_SRCDIR" || atf_fail "no source tree"
	names=$(sed -n 's/^\t{ "\([A-Za-z_]*\)",.*V_.*/\1/p' \
	    guardianctl/wiring_text.c)
	test -n "$names" || atf_fail "no names"
	for name in $names; do
		grep -q "\"$name\"" mcpd/check.c ||
		    atf_fail "mcpd/check.c does not know $name"
	done
}

atf_test_case manuals
manuals_head()
{
	atf_set descr "mandoc has nothing to say about the manual pages"
}
manuals_body()
{
	work=$PWD
	cd "$GUARDIAN_SRCDIR" || atf_fail "no source tree"
	pages >"$work/pages" || atf_fail "no list of pages"
	test -s "$work/pages" || atf_fail "no manual pages"
	while read -r page; do
		# Which other pages a machine has installed says nothing
		# about ours; references among our own are checked below.
		mandoc -Tlint "$page" 2>&1 | grep -Ev \
		    'referenced manual not found|outdated mandoc.db'
		sed -n 's/^\.Xr \(guardian[^ ]*\) \([0-9]\).*/\1.\2/p' "$page" |
		    while read -r other; do
			grep -q "/$other\$" "$work/pages" ||
			    echo "$page: no manual page $other"
		    done
		# mandoc takes the first word for a macro and shows the rest
		grep -n '^\.It No [a-z]' "$page"
	done <"$work/pages" >"$work/bad"
	sed -n 's/.*{ "\([a-z_]*\)", "\(info\|warning\|error\)" }.*/\1/p' \
	    lib/msg_event.c >"$work/events"
	test -s "$work/events" || atf_fail "no events"
	while read -r event; do
		grep -q "^\.It .*Cm.* $event" parent/guardiand.8 ||
		    echo "guardiand(8) does not know the event $event"
	done <"$work/events" >>"$work/bad"
	test ! -s "$work/bad" || { cat "$work/bad"; atf_fail "not clean"; }
}

atf_test_case scripts
scripts_head()
{
	atf_set descr "configure and the scripts are plain sh"
}
scripts_body()
{
	cd "$GUARDIAN_SRCDIR" || atf_fail "no source tree"
	for s in configure scripts/*.sh etc/rc.d/guardian; do
		test -x "$s" || test "${s%/*}" = etc/rc.d ||
		    atf_fail "$s is not executable"
		sh -n "$s" || atf_fail "$s"
	done
}

atf_test_case configure_names_packages
configure_names_packages_head()
{
	atf_set descr "a missing piece is one line that names its package"
}
configure_names_packages_body()
{
	build=$PWD/b
	atf_check -s exit:1 -o ignore -e save:err env PKG_CONFIG=false \
	    "$GUARDIAN_SRCDIR/configure" --builddir="$build"
	for p in libevent-dev libpcre2-dev libjansson-dev libssl-dev \
	    libseccomp-dev; do
		test "$(grep -c "missing.*apt-get install $p\$" err)" -ge 1 ||
		    { cat err; atf_fail "$p is not named"; }
	done
	test ! -e "$build/rules.mk" || atf_fail "went on without libraries"
	atf_check -s exit:1 -o ignore -e match:'C compiler' \
	    "$GUARDIAN_SRCDIR/configure" --builddir="$build" --cc=no-such-cc
	atf_check -s exit:2 -o ignore -e match:'unknown option' \
	    "$GUARDIAN_SRCDIR/configure" --no-such-option
}

atf_test_case configure_sees_atf
configure_sees_atf_head()
{
	atf_set descr "ATF installed after make is seen, and rebuilds nothing"
}
configure_sees_atf_body()
{
	cat >without_atf <<-'PC'
	#!/bin/sh
	case "$*" in *atf-c*) exit 1 ;; esac
	exec pkg-config "$@"
	PC
	chmod +x without_atf
	build=$PWD/b
	configure="$GUARDIAN_SRCDIR/configure --refresh --builddir=$build"
	atf_check -o match:'is ready' -e ignore \
	    env PKG_CONFIG="$PWD/without_atf" $configure
	atf_check -s exit:2 -o ignore -e match:'make deps' \
	    make -s -C "$GUARDIAN_SRCDIR" -f "$build/rules.mk" tests
	cp "$build/config.mk" before
	atf_check -o match:'is ready' -e ignore $configure
	atf_check cmp before "$build/config.mk"
	atf_check -o match:'_test' make -n -C "$GUARDIAN_SRCDIR" \
	    -f "$build/rules.mk" tests
	atf_check -e ignore $configure
}

atf_test_case example
example_head()
{
	atf_set descr "etc/guardian.conf is valid, and says the defaults"
}
example_body()
{
	ctl=$GUARDIAN_BUILDDIR/sbin/guardiand
	: >empty
	cp "$GUARDIAN_SRCDIR/etc/guardian.conf" plain
	# A "#" without a blank after it is a setting to try.
	sed 's/^#\([^ ]\)/\1/' plain >full
	cmp -s plain full && atf_fail "nothing is commented out"
	chmod 644 empty plain full
	for f in empty plain full; do
		atf_check -o save:$f.out -e ignore "$ctl" -nv -f $f
	done
	atf_check -o ignore cmp empty.out plain.out
	grep -q 'client "main"' full.out || atf_fail "no client in it"
}

atf_test_case install
install_head()
{
	atf_set descr "make install and uninstall, every file accounted for"
}
install_body()
{
	work=$PWD
	dst=$work/dst
	cd "$GUARDIAN_SRCDIR" || atf_fail "no source tree"
	rules=$GUARDIAN_BUILDDIR/rules.mk
	atf_check -o ignore make -f "$rules" DESTDIR="$dst" install
	for f in $programs bin/guardian-mcp; do
		case $f in libexec/*) f=libexec/guardian/${f#*/} ;; esac
		test -x "$(echo "$dst"/*/*/$f "$dst"/*/$f | tr ' ' '\n' |
		    grep -v '\*' | head -n 1)" || atf_fail "$f not installed"
	done
	find "$dst" -type f -name 'guardian*' \( -path '*systemd*' -o \
	    -path '*tmpfiles*' -o -path '*rc.d*' -o -path '*sysusers*' \) \
	    >"$work/files"
	test "$(wc -l <"$work/files")" -eq 4 ||
	    atf_fail "unit, users, directories or rc script not installed"
	while read -r f; do
		if grep -n '@[A-Z]*@' "$f"; then
			atf_fail "$f still has a name to be replaced"
		fi
	done <"$work/files"
	find "$dst" -type f -perm /022 | grep . &&
	    atf_fail "these can be written by others"

	# A second install leaves the operator's configuration alone.
	conf=$(find "$dst" -name guardian.conf -path '*/etc/*')
	echo '# mine' >"$conf"
	atf_check -o match:'stays as it is' make -f "$rules" DESTDIR="$dst" \
	    install
	test "$(cat "$conf")" = '# mine' || atf_fail "configuration lost"

	atf_check -o match:'stays as it is' make -f "$rules" DESTDIR="$dst" \
	    uninstall
	atf_check -o inline:"$conf\n" find "$dst" -type f
	# One that was never edited goes with the rest.
	rm "$conf"
	atf_check -o ignore make -f "$rules" DESTDIR="$dst" install
	atf_check -o ignore make -f "$rules" DESTDIR="$dst" uninstall
	atf_check find "$dst" -type f -o -path '*/man/man*' -o -path '*guardian*'
}

atf_init_test_cases()
{
	atf_add_test_case links_parent
	atf_add_test_case links_control
	atf_add_test_case links_logger
	atf_add_test_case links_detector
	atf_add_test_case links_keeper
	atf_add_test_case links_compiler
	atf_add_test_case links_archiver
	atf_add_test_case links_proxy
	atf_add_test_case links_mcpd
	atf_add_test_case links_ctl
	atf_add_test_case links_bridge
	atf_add_test_case hardened
	atf_add_test_case source_size
	atf_add_test_case source_licence
	atf_add_test_case source_rooms
	atf_add_test_case manuals
	atf_add_test_case variables
	atf_add_test_case scripts
	atf_add_test_case configure_names_packages
	atf_add_test_case configure_sees_atf
	atf_add_test_case example
	atf_add_test_case install
}
