#!/bin/sh
#
# make inject: each case of the unit programs over and over, and each time
# another allocation, then another system call, of the program fails.  A case
# may fail then, and mostly does; it must not crash.  After the first
# INJECT_EACH of a case (100) only as many more are tried, evenly spread, and
# none after INJECT_CASE seconds (60).
# INJECT_TESTS="store_test" chooses, INJECT_WHAT="calls" leaves out allocations.
#
# Then the running suite, INJECT_SECONDS (60) with the calls of its children
# failing and as long with those of the parent, over INJECT_SEEDS ("1 2 3").

set -u
cd "$(dirname "$0")/.." || exit 1
INJECT_EACH=${INJECT_EACH:-100}
INJECT_CASE=${INJECT_CASE:-60}
export INJECT_EACH INJECT_CASE

name=inject
only=${INJECT_TESTS:-}
. ./scripts/unit-cases.sh
cat >"$work/one" <<'END'
# PROGRAM WORK WHAT CASE: prints "runs N", and "crashed ..." for each crash
name=$(basename "$1")
dir=$2/$3/$name.$4
mkdir "$dir" && cd "$dir" || exit 1
run()
{
	mkdir "$dir/w" && cd "$dir/w" || exit 1
	timeout -k 2 20 env INJECT_AT="$1" INJECT_COUNT="$dir/count" \
	    LD_PRELOAD="$GUARDIAN_BUILDDIR/regress/inject/$what.so" \
	    "$program" -r "$dir/result" -s "$(dirname "$program")" "$case" \
	    >"$dir/out" 2>&1
	status=$?
	cd "$dir" || exit 1
	chmod -R u+w w
	rm -rf w
}
program=$1 work=$2 what=$3 case=$4
run 0
total=$(cat count 2>/dev/null || echo 0)
n=1 runs=0 began=$(date +%s)
while [ "$n" -le "$total" ]; do
	run $n
	runs=$((runs + 1))
	# 128 + SIGBUS, SIGSEGV, SIGFPE, SIGILL.  SIGABRT is atf-c's, unless
	# the C library says what it found broken.  It hung: a case may wait
	# for ever for what a system call would have brought.
	case $what:$status in
	calls:124|calls:137)
		;;
	*:135|*:139|*:136|*:132|*:124|*:137)
		echo "crashed $name:$case $what $n of $total: $status" ;;
	*:134)	! grep -Eq 'free\(\)|malloc|corrupt|smashing|overflow' out ||
		    echo "crashed $name:$case $what $n of $total: $status" ;;
	esac
	step=$(((total - INJECT_EACH) / INJECT_EACH))
	[ $n -ge "$INJECT_EACH" ] && [ $step -gt 1 ] || step=1
	n=$((n + step))
	[ $(($(date +%s) - began)) -lt "$INJECT_CASE" ] || break
done
echo "runs $runs"
cd / && rm -rf "$dir"
END
sed 's/ / allocs /' "$work/cases" >"$work/cases.allocs"
sed 's/ / calls /' "$work/cases" >"$work/cases.calls"
for what in ${INJECT_WHAT:-allocs calls}; do
	mkdir "$work/$what" || exit 1
	# shellcheck disable=SC2016 # for the shell that xargs starts
	xargs -P 2 -L 1 sh -c 'sh "$0/one" "$1" "$0" "$2" "$3"' "$work" \
	    <"$work/cases.$what" >"$work/results.$what" 2>&1
	runs=$(awk '$1 == "runs" { n += $2 } END { print n + 0 }' \
	    "$work/results.$what")
	echo "inject: $runs $what failed in $(wc -l <"$work/cases") cases"
done
cat "$work"/results.* >"$work/results"
grep -q '^runs [1-9]' "$work/results" || exit 1

for seed in ${INJECT_SEEDS-1 2 3}; do
	for case in children parent; do
		rm -rf "$work/suite"
		mkdir "$work/suite" && cd "$work/suite" || exit 1
		program=$here/regress/integ/inject_test
		INJECT_SEED=$seed INJECT_SECONDS=${INJECT_SECONDS:-60} \
		    "$program" -r "$work/result" -s "$here/regress/integ" \
		    $case >"$work/out" 2>&1
		INJECT_SEED=$seed "$program" "$case:cleanup" >/dev/null 2>&1
		echo "inject: suite, $case, seed $seed: $(cat "$work/result")"
		grep -E 'calls, failed|answered' "$work/out"
		echo "inject_test $case" >>"$work/cases"
		grep -q '^passed\|^skipped' "$work/result" || {
			cat "$work/out"
			echo "crashed inject_test:$case.$seed" >>"$work/results"
		}
	done
done
cd "$GUARDIAN_SRCDIR" || exit 1

grep '^crashed' "$work/results"
crashed=$(grep '^crashed' "$work/results" | cut -d' ' -f2 | sort -u | wc -l)
cases=$(wc -l <"$work/cases")
echo "$((cases - crashed)) passed, $crashed failed, 0 skipped"
[ "$crashed" -eq 0 ]
