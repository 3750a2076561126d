#!/bin/sh
#
# make deps: installs the Debian packages that are missing and, as root,
# creates the service users.  Says one line about what it does, and nothing
# when there is nothing to do.  "deps.sh -q" leaves out what only tests need,
# "deps.sh -c" adds what make test-clients needs.

set -u
cd "$(dirname "$0")/.." || exit 1
want='build ext test'
[ "${1:-}" = -q ] && want='build ext'
[ "${1:-}" = -c ] && want='build ext test clients'

installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" \
	    = installed ]
}

# Is an external library of this name linked by anything yet?
used()
{
	find . \( -name .git -o -path ./build \) -prune -o -name SOURCES \
	    -type f -exec grep -Eq \
	    "^ext(@[A-Za-z]+)?[[:space:]](.*[[:space:]])?$1([[:space:]]|_|\$)|@$1([[:space:]]|_|\$)" \
	    {} \; -print | grep -q .
}

# The first of the alternatives that this release of Debian has.
choose()
{
	for _p in $(echo "$1" | tr '|' ' '); do
		if apt-cache show "$_p" >/dev/null 2>&1; then
			echo "$_p"
			return
		fi
	done
	echo "${1%%|*}"
}

missing()
{
	while read -r need when found alternatives; do
		case $need in ''|'#'*) continue ;; esac
		case " $want " in *" $when "*) ;; *) continue ;; esac
		if [ "$when" = ext ] && ! used "$need"; then
			continue
		fi
		case $found in
		cmd:*)
			command -v "${found#cmd:}" >/dev/null && continue ;;
		pkg)
			for p in $(echo "$alternatives" | tr '|' ' '); do
				installed "$p" && continue 2
			done ;;
		esac
		echo "$alternatives"
	done <scripts/packages
}

users()
{
	[ "$(id -u)" -eq 0 ] && [ "$(uname -s)" = Linux ] || return 0
	_absent=$(awk '$1 == "u" { print $2 }' etc/sysusers.d/guardian.conf |
	    while read -r u; do
		getent passwd "$u" >/dev/null || printf ' %s' "$u"
	    done
	    getent group _guardian >/dev/null || printf ' group _guardian')
	[ -n "$_absent" ] || return 0
	echo "deps: creating the service users:$_absent"
	# A chroot may have the command and not what it needs, so what it did
	# not create is created by hand, from the same file.
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers "$PWD/etc/sysusers.d/guardian.conf" \
		    >/dev/null 2>&1
	fi
	grep '^[gu]' etc/sysusers.d/guardian.conf | tr -d '"' |
	    while read -r type name _; do
		if [ "$type" = g ]; then
			getent group "$name" >/dev/null ||
			    groupadd --system "$name"
		else
			getent passwd "$name" >/dev/null ||
			    useradd --system --user-group --no-create-home \
			    --home-dir /nonexistent \
			    --shell /usr/sbin/nologin "$name"
		fi || exit 1
	done
}

if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
	if [ -n "$(missing)" ]; then
		as_root=
		if [ "$(id -u)" -ne 0 ]; then
			if ! command -v sudo >/dev/null; then
				echo "deps: not root and no sudo; as root:" \
				    "apt-get install" \
				    "$(missing | sed 's/|.*//' |
				    tr '\n' ' ')" >&2
				exit 1
			fi
			as_root=sudo
		fi
		DEBIAN_FRONTEND=noninteractive
		export DEBIAN_FRONTEND
		$as_root apt-get -qq update ||
		    echo "deps: apt-get update failed; trying with the" \
			"package lists that are here" >&2
		packages=$(missing | while read -r alternatives; do
			choose "$alternatives"
		    done | sort -u | tr '\n' ' ')
		echo "deps: installing $packages"
		# shellcheck disable=SC2086 # a list of packages
		if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
		    -o Dpkg::Use-Pty=0 install -y --no-install-recommends \
		    $packages </dev/null >deps.log 2>&1; then
			cat deps.log >&2
			rm -f deps.log
			echo "deps: not installed; the lines above say" \
			    "why. By hand, as root: apt-get install $packages" \
			    >&2
			exit 1
		fi
		rm -f deps.log
	fi
else
	echo "deps: no apt-get here; configure names what is missing" >&2
fi

users
