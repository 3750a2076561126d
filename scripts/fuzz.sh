#!/bin/sh
#
# make fuzz: builds every fuzz target with clang's libFuzzer, ASan and UBSan
# (or, without clang, with the compiler there is and our own driver) and runs
# each for FUZZ_SECONDS from its corpus.  What libFuzzer finds stays under the
# build directory, so that the next run starts from it; a crash is written
# there too and printed.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build/fuzz}
seconds=${FUZZ_SECONDS:-60}
case $seconds in
''|*[!0-9]*|0)
	echo "fuzz: FUZZ_SECONDS is a number of seconds, 1 or more" >&2
	exit 2 ;;
esac

./scripts/deps.sh -q || exit 1
libfuzzer=no
if command -v clang >/dev/null; then
	try=$(mktemp -d) || exit 1
	cat >"$try/t.c" <<-'C'
	#include <stddef.h>
	#include <stdint.h>
	int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
	{ (void)p; return ((int)n * 0); }
	C
	clang -fsanitize=fuzzer,address,undefined -o "$try/t" "$try/t.c" \
	    >/dev/null 2>&1 && libfuzzer=yes
	rm -rf "$try"
fi
if [ $libfuzzer = yes ]; then
	set -- --cc=clang --sanitize=fuzzer,address,undefined
else
	echo "fuzz: no clang with libFuzzer (apt-get install clang" \
	    "libclang-rt-dev); using our own driver, which is blind" >&2
	set -- --sanitize
fi
./configure --refresh --builddir="$BUILD" "$@" >/dev/null || exit 1
"$MAKE" -f "$BUILD/rules.mk" -j2 fuzzers || exit 1

good=0
bad=0
for target in $("$MAKE" -s -f "$BUILD/rules.mk" list-fuzzers); do
	name=${target##*/}
	found=$BUILD/found/$name
	corpus=regress/fuzz/corpus/$name
	mkdir -p "$found" "$corpus"
	echo "===> $name, $seconds s"
	if [ $libfuzzer = yes ]; then
		set -- -artifact_prefix="$found.crash-" -timeout=20 \
		    -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0
	else
		set -- -seed="$(date +%s)"
	fi
	# New inputs go to the first directory, never into the source tree.
	if "$target" -max_total_time="$seconds" "$@" "$found" "$corpus" \
	    >"$found.log" 2>&1; then
		good=$((good + 1))
		grep -E 'number_of_executed_units|mutations run' "$found.log"
	else
		bad=$((bad + 1))
		cat "$found.log"
	fi
done
echo "$good fuzz targets clean, $bad failed, $seconds s each"
[ $bad -eq 0 ] && [ $good -gt 0 ]
