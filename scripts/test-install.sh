#!/bin/sh
#
# make test-install: what "make install" brings, in a Debian that has nothing
# else: a fresh root by debootstrap, with the libraries that the programs are
# linked with and systemd, in namespaces of its own.  Users are created, the
# unit is verified, the daemon starts, detects a planted key, stops, and
# "make uninstall" leaves what is the operator's alone.
#
# The root is made once, from the mirror that this machine's apt uses, and
# kept in $BUILD/install.  Needs root and debootstrap.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}

over()
{
	echo "install: $2"
	case $1 in
	skip)	echo "0 passed, 0 failed, 1 skipped"; exit 0 ;;
	fail)	echo "0 passed, 1 failed, 0 skipped"; exit 1 ;;
	esac
	echo "1 passed, 0 failed, 0 skipped"
	exit 0
}

[ "$(id -u)" -eq 0 ] || over skip "needs root, for a root directory"
for tool in debootstrap unshare ip apt-get; do
	command -v $tool >/dev/null || over skip "no $tool here"
done
unshare -mnp --fork true 2>/dev/null || over skip "no namespaces here"

# shellcheck disable=SC2086 # several flags
./configure --refresh --builddir="$BUILD" ${CONFIGURE_FLAGS:-} >/dev/null ||
    exit 1
"$MAKE" -f "$BUILD/rules.mk" all >/dev/null || exit 1

mkdir -p "$BUILD/install" || exit 1
work=$(cd "$BUILD/install" && pwd)
root=$work/root
base=$work/base.tar
log=$work/log
: >"$log"

say() { echo "==> $*"; }
bad()
{
	echo "--- the end of $log:"
	tail -n 30 "$log"
	over fail "$1"
}

# The packages of the libraries, by what the programs here are linked with.
packages()
{
	find "$BUILD/libexec" "$BUILD/sbin" "$BUILD/bin" -type f \
	    -exec ldd {} \; 2>/dev/null | awk '$3 ~ /^\// { print $3 }' |
	    sort -u | while read -r f; do
		dpkg-query -S "$(realpath "$f")" 2>/dev/null | cut -d: -f1
	    done | sort -u | grep -v '^libc6$'
	echo systemd
}

mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
    'Created-By: Packages' | head -n 1)
release=${mirror##* }
mirror=${mirror%% *}
include=$(packages | sort -u | tr '\n' ',' | sed 's/,$//')
if [ ! -f "$base" ] || [ "$(cat "$base.of" 2>/dev/null)" != \
    "$release $include" ]; then
	say "making a $release with $include"
	rm -rf "$root" "$base"
	http_proxy=${http_proxy:-$(apt-config shell P Acquire::http::Proxy |
	    sed "s/^P='\(.*\)'\$/\1/")}
	export http_proxy
	debootstrap --variant=minbase --include="$include" "$release" "$root" \
	    "$mirror" >>"$log" 2>&1 || bad "debootstrap failed"
	tar -C "$root" -cf "$base.new" . && mv "$base.new" "$base" || exit 1
	echo "$release $include" >"$base.of"
fi
say "unpacking a fresh root"
rm -rf "$root"
mkdir "$root" && tar -C "$root" -xpf "$base" || exit 1

# All there is, but for what a running system changes.
inventory()
{
	(cd "$root" && find . \( -path ./proc -o -path ./sys -o -path ./dev \
	    -o -path ./tmp -o -path ./run \) -prune -o -print | sort)
}
inventory >"$work/before"

say "make install"
"$MAKE" -f "$BUILD/rules.mk" DESTDIR="$root" install >>"$log" 2>&1 ||
    bad "make install failed"
inventory >"$work/installed"
unit=$(cd "$root" && find . -name guardian.service | sed 's/^\.//')
[ -n "$unit" ] || bad "no unit installed"

say "users, directories, unit"
# inside COMMAND ...: in the root, with a network, mounts and processes of its
# own, which end with it.
inside()
{
	# shellcheck disable=SC2016 # for the shell inside
	unshare -mnp --fork --kill-child sh -c 'root=$1 path=$2; shift 2
		ip link set lo up && mount -t proc proc "$root/proc" &&
		exec chroot "$root" /usr/bin/env -i PATH="$path" "$@"' \
	    sh "$root" "$path" "$@"
}
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
inside systemd-sysusers >>"$log" 2>&1 || bad "systemd-sysusers failed"
for user in $(awk '$1 == "u" { print $2 }' etc/sysusers.d/guardian.conf); do
	inside getent passwd "$user" >>"$log" || bad "no user $user"
done
inside getent group _guardian >>"$log" || bad "no group _guardian"
inside systemd-tmpfiles --create --prefix=/run/guardian \
    --prefix=/var/lib/guardian --prefix=/var/log/guardian >>"$log" 2>&1 ||
    bad "systemd-tmpfiles failed"
inside systemd-analyze verify --man=no "$unit" >"$work/verify" 2>&1 ||
    { cat "$work/verify" >>"$log"; bad "systemd-analyze verify"; }
if grep -q guardian "$work/verify"; then
	cat "$work/verify" >>"$log"
	bad "systemd-analyze verify has something to say"
fi
start=$(sed -n 's/^ExecStart=//p' "$root$unit")

cat >"$root/tmp/prove" <<'END'
set -eu
$1 >/tmp/guardiand.log 2>&1 &
pid=$!
n=0
until guardianctl status >/tmp/status 2>&1; do
	kill -0 $pid && [ $n -lt 300 ] ||
	    { cat /tmp/guardiand.log /tmp/status; exit 1; }
	n=$((n + 1))
	sleep 0.1
done
cat /tmp/status
grep -q 'all processes run as uid' /tmp/guardiand.log && exit 1
guardianctl selftest
test "$(guardianctl -j findings | grep -c ai_api_key)" -eq 1
guardianctl log rotate
guardianctl selftest
guardianctl log rotate
n=0
until [ -f /var/log/guardian/findings.jsonl.2.gz ]; do
	[ $n -lt 300 ] || { cat /tmp/guardiand.log; exit 1; }
	n=$((n + 1))
	sleep 0.1
done
guardianctl stop
wait $pid
guardianctl verify
test "$(ls -d /proc/[0-9]* | wc -l)" -le 4
END
say "starts, detects, packs a log, stops"
inside sh /tmp/prove "$start" >>"$log" 2>&1 ||
    bad "the daemon does not do what it is for"
grep -E 'ai_api_key|intact' "$log"
rm -f "$root/tmp/prove"

say "make uninstall"
"$MAKE" -f "$BUILD/rules.mk" DESTDIR="$root" uninstall >>"$log" 2>&1 ||
    bad "make uninstall failed"
inventory >"$work/after"
# The users, the logs, the keys are the operator's, see guardiand(8).
comm -13 "$work/before" "$work/after" | grep -Ev \
    '^\./(var/log/guardian|var/lib/guardian|run/guardian)(/|$)' |
    grep -Ev '^\./etc/(passwd|group|shadow|gshadow)-?$|^\./etc/.pwd.lock$' \
    >"$work/residue"
comm -23 "$work/before" "$work/after" >"$work/missing"
if [ -s "$work/residue" ] || [ -s "$work/missing" ]; then
	cat "$work/residue" "$work/missing" >>"$log"
	bad "make uninstall left these, or took them"
fi
rm -rf "$root"
over pass "installed, users, unit, started, found, stopped, uninstalled: \
$(comm -13 "$work/before" "$work/installed" | wc -l) files and directories"
