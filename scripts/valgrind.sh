#!/bin/sh
#
# make valgrind: each case of the unit programs under memcheck.  An invalid
# access, a decision on what was never written, or memory that nothing points
# at any more fails the case.  VALGRIND_TESTS="store_test leaf_test" chooses.
#
# Cases that cannot be run so are in valgrind.skip with the reason.  They, and
# what takes more than two minutes, are named and not counted as passed.

set -u
cd "$(dirname "$0")/.." || exit 1

command -v valgrind >/dev/null ||
    { echo "valgrind: not here (package valgrind)"; exit 1; }
name=valgrind
only=${VALGRIND_TESTS:-}
. ./scripts/unit-cases.sh
mv "$work/cases" "$work/all"
while read -r program case; do
	why=$(sed -n "s/^${program##*/}:$case	//p" scripts/valgrind.skip)
	[ -n "$why" ] && echo "skipped ${program##*/}:$case: $why" >&3 ||
	    echo "$program $case"
done <"$work/all" >"$work/cases" 3>"$work/skipped"

# one PROGRAM CASE: its log is left behind when there is something in it
cat >"$work/one" <<'END'
name=$(basename "$1")
dir=$2/$name.$3
mkdir "$dir" && cd "$dir" || exit 1
# What atf-c itself allocates is pointed at to the end.
LD_PRELOAD=$GUARDIAN_BUILDDIR/regress/inject/still.so \
    timeout -k 5 120 valgrind -q --error-exitcode=99 --leak-check=full \
    --errors-for-leak-kinds=definite --show-leak-kinds=definite \
    --suppressions="$GUARDIAN_SRCDIR/scripts/valgrind.supp" \
    --child-silent-after-fork=yes --max-stackframe=8388608 \
    "$1" -r "$dir/result" -s "$(dirname "$1")" "$3" >"$dir.log" 2>&1
status=$?
case $status:$(head -n 1 "$dir/result" 2>/dev/null) in
124:*|137:*)	echo "slow $name:$3" ;;
0:passed*|0:skipped*)	echo "passed $name:$3"; rm -f "$dir.log" ;;
*)	echo "failed $name:$3" ;;
esac
chmod -R u+w "$dir" && rm -rf "$dir"
END
# shellcheck disable=SC2016 # for the shell that xargs starts
xargs -P 2 -L 1 sh -c 'sh "$0/one" "$1" "$0" "$2"' "$work" \
    <"$work/cases" >"$work/results"

grep '^failed' "$work/results" | while read -r _ case; do
	echo "===> $case"
	tail -n 40 "$work/$(echo "$case" | tr : .).log"
done
sed -n 's/^slow \(.*\)/skipped \1: longer than two minutes here/p' \
    "$work/results" >>"$work/skipped"
cat "$work/skipped"
count() { grep -c "^$1" "$work/results"; }
echo "$(count passed) passed, $(count failed) failed," \
    "$(wc -l <"$work/skipped") skipped"
[ "$(count failed)" -eq 0 ] && [ "$(count passed)" -gt 0 ]
