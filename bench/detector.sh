#!/bin/sh
#
# make bench-detector: megabytes a second that one core scans, of what agents
# send and receive, of named worst cases, and of the slowest messages that were
# ever found by the search below; the bytes alone and through all views, with
# Vectorscan and with PCRE2 alone; and the memory of a flow.  The targets are
# 1000 MB/s raw and 300 MB/s through all views on what agents send, and 10 MB/s
# at worst.  Prints tables; fails on nothing but errors.
#
# MINUTES=10 make bench-detector searches that long for messages that take long
# for their length, from all of these (SEED=1), and leaves the worst in
# bench.slow; regress/data/slow keeps those that taught something.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}

./scripts/deps.sh || exit 1
# shellcheck disable=SC2086 # several flags
./configure --refresh --builddir="$BUILD" ${CONFIGURE_FLAGS:-} || exit 1
"$MAKE" -f "$BUILD/rules.mk" -j2 "$BUILD/bench/bench_detector" || exit 1

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
bench/samples.py "$work" || exit 1
for f in regress/data/slow/*.msg; do
	[ ! -f "$f" ] || cp "$f" "$work/found, $(basename "$f")"
done
if [ -z "${MINUTES:-}" ]; then
	"$BUILD/bench/bench_detector" -s "${BENCH_SECONDS:-0.2}" "$work"/*.msg
	exit
fi
mkdir -p bench.slow
"$BUILD/bench/bench_detector" -m $((MINUTES * 60)) -r "${SEED:-1}" \
    -o bench.slow "$work"/*.msg
