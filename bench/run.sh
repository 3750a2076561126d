#!/bin/sh
#
# make bench: HTTP through this suite beside squid and tinyproxy, in one run on
# one machine: requests a second, latency, CPU of all of a proxy's processes a
# request, memory.  Prints tables; passes or fails on nothing but errors.
#
# BENCH_SECONDS=8 a measurement, BENCH_CONNECTIONS=32.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}

./scripts/deps.sh || exit 1
need=
for pair in wrk:wrk nginx:nginx-light squid:squid tinyproxy:tinyproxy; do
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
exec python3 bench/http.py "$BUILD"
