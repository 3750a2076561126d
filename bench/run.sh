#!/bin/sh
#
# make bench: HTTP and inspected HTTPS through this suite beside squid,
# tinyproxy, mitmproxy and sslsplit, in
# one run on one machine: requests a second, latency, CPU of all of a proxy's
# processes a request, memory; how long server-sent events are on their way;
# what idle and busy connections cost.  Prints tables; passes or fails on
# nothing but errors.
#
# make soak: one body of 10 GiB through a reader that stops now and then, and
# the memory it takes; then ten minutes of traffic of all kinds, as much as goes
# through, with reloads; fails when memory, descriptors or logs grow.
#
# BENCH_SECONDS=8 a measurement, BENCH_CONNECTIONS=32, BENCH_EVENTS=400 a
# stream, BENCH_IDLE=5000, BENCH_BUSY=500, BENCH_SCALE=1 for HTTPS,
# SOAK_MIB=10240, SOAK_SECONDS=600.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}

./scripts/deps.sh || exit 1
need=
[ "${1:-}" = soak ] || for pair in wrk:wrk nginx:nginx-light squid:squid-openssl \
    tinyproxy:tinyproxy mitmdump:mitmproxy sslsplit:sslsplit; do
	PATH=$PATH:/usr/sbin command -v "${pair%%:*}" >/dev/null ||
	    need="$need ${pair#*:}"
done
if [ -n "$need" ]; then
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	echo "bench: installing$need"
	# shellcheck disable=SC2086 # several packages
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
	    --no-install-recommends $need >/dev/null || exit 1
fi
./configure --refresh --builddir="$BUILD" ${CONFIGURE_FLAGS:-} || exit 1
"$MAKE" -f "$BUILD/rules.mk" -j2 all || exit 1
[ "${1:-}" = soak ] || exec python3 bench/bench.py "$BUILD" "$@"

python3 bench/bench.py "$BUILD" soak || exit 1
"$MAKE" -f "$BUILD/rules.mk" tests || exit 1
GUARDIAN_SRCDIR=$PWD
GUARDIAN_BUILDDIR=$(cd "$BUILD" && pwd)
SOAK_SECONDS=${SOAK_SECONDS:-600}
test=$GUARDIAN_BUILDDIR/regress/integ/chaos_test
export GUARDIAN_SRCDIR GUARDIAN_BUILDDIR SOAK_SECONDS
dir=$(mktemp -d /tmp/guardian-soak.XXXXXX) && chmod 755 "$dir" && cd "$dir" ||
    exit 1
echo
echo "traffic of all kinds for $SOAK_SECONDS s: second quarter, last quarter"
"$test" -s "${test%/*}" soak
status=$?
"$test" -s "${test%/*}" soak:cleanup
cd / && rm -rf "$dir"
exit $status
