#!/bin/sh
#
# make inject: each case of the unit programs over and over, and each time
# another allocation of the program fails.  A case may fail then, and mostly
# does; it must not crash.  After the first INJECT_EACH of a case (100) only
# as many more are tried, evenly spread.  INJECT_TESTS="store_test" chooses.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}
INJECT_EACH=${INJECT_EACH:-100}
export INJECT_EACH

# shellcheck disable=SC2086 # several flags
./configure --refresh --builddir="$BUILD" ${CONFIGURE_FLAGS:-} >/dev/null ||
    exit 1
"$MAKE" -f "$BUILD/rules.mk" tests >/dev/null || exit 1
case $BUILD in
/*)	here=$BUILD ;;
*)	here=$PWD/$BUILD ;;
esac
GUARDIAN_SRCDIR=$PWD GUARDIAN_BUILDDIR=$here
export GUARDIAN_SRCDIR GUARDIAN_BUILDDIR
work=$here/inject
rm -rf "$work"
mkdir -p "$work" || exit 1
${CC:-cc} -std=c11 -Wall -Wextra -O2 -fPIC -shared -fno-builtin \
    -o "$work/inject.so" regress/inject/inject.c || exit 1

cat >"$work/one" <<'END'
# PROGRAM WORK CASE: prints "runs N", and "crashed ..." for each crash
name=$(basename "$1")
dir=$2/$name.$3
mkdir "$dir" && cd "$dir" || exit 1
run()
{
	mkdir "$dir/w" && cd "$dir/w" || exit 1
	timeout -k 2 20 env INJECT_AT="$1" INJECT_COUNT="$dir/count" \
	    LD_PRELOAD="$work/inject.so" "$program" -r "$dir/result" \
	    -s "$(dirname "$program")" "$case" >"$dir/out" 2>&1
	status=$?
	cd "$dir" || exit 1
	chmod -R u+w w
	rm -rf w
}
program=$1 work=$2 case=$3
run 0
total=$(cat count 2>/dev/null || echo 0)
n=1 runs=0
while [ "$n" -le "$total" ]; do
	run $n
	runs=$((runs + 1))
	# 128 + SIGBUS, SIGSEGV, SIGFPE, SIGILL; 124: it hung.  SIGABRT is
	# atf-c's, unless the C library says what it found broken.
	case $status in
	135|139|136|132|124|137)
		echo "crashed $name:$case allocation $n of $total: $status" ;;
	134)	! grep -Eq 'free\(\)|malloc|corrupt|smashing|overflow' out ||
		    echo "crashed $name:$case allocation $n of $total: $status" ;;
	esac
	step=$(((total - INJECT_EACH) / INJECT_EACH))
	[ $n -ge "$INJECT_EACH" ] && [ $step -gt 1 ] || step=1
	n=$((n + step))
done
echo "runs $runs"
cd / && rm -rf "$dir"
END
for program in ${INJECT_TESTS:-$(cd "$here/regress/unit" && ls)}; do
	program=$here/regress/unit/$program
	[ -f "$program" ] && [ -x "$program" ] || continue
	"$program" -l 2>/dev/null | sed -n 's/^ident: //p' |
	    sed "s,^,$program ,"
done >"$work/cases"
[ -s "$work/cases" ] || { echo "inject: no cases"; exit 1; }
# shellcheck disable=SC2016 # for the shell that xargs starts
xargs -P 2 -L 1 sh -c 'sh "$0/one" "$1" "$0" "$2"' "$work" \
    <"$work/cases" >"$work/results" 2>&1

grep '^crashed' "$work/results"
crashed=$(grep '^crashed' "$work/results" | cut -d' ' -f2 | sort -u | wc -l)
runs=$(awk '$1 == "runs" { n += $2 } END { print n + 0 }' "$work/results")
cases=$(wc -l <"$work/cases")
echo "inject: $runs allocations failed in $cases cases"
echo "$((cases - crashed)) passed, $crashed failed, 0 skipped"
[ "$crashed" -eq 0 ] && [ "$runs" -gt 0 ]
