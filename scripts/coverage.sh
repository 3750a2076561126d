#!/bin/sh
#
# make coverage: how many lines of each directory the C programs of the suite
# (unit, conf) run, file by file, and a floor for what everything rests on.
# The processes themselves are not counted: in their sandbox they can open no
# file, that of a counter either.
#
# Fails when a directory is below its floor.  A floor is raised with the
# figure, never lowered to let something in.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}/coverage
FLOORS='lib=81 ca-keeper=54 logger=58'

command -v gcov >/dev/null || { echo "coverage: no gcov (package gcc)"; exit 1; }
mkdir -p "$BUILD" && find "$BUILD" -name '*.gcda' -exec rm -f {} +
# shellcheck disable=SC2086 # several flags
CFLAGS="-Og --coverage -fprofile-update=atomic ${CFLAGS:-}" \
LDFLAGS="--coverage ${LDFLAGS:-}" CONFIGURE_FLAGS="--cc=gcc" BUILD=$BUILD \
    MAKE=$MAKE TESTS="unit conf" ./scripts/test.sh >"$BUILD/log" 2>&1 || {
	tail -n 40 "$BUILD/log"
	echo "coverage: the suite failed, see $BUILD/log"
	exit 1
}
tail -n 1 "$BUILD/log"

# One line a source: lines run, lines there, name.  A file that no test is
# linked with has no counters, and counts with none run.
find "$BUILD" -name '*.gcno' ! -path '*/regress/*' ! -path '*/bench/*' |
    sort | while read -r note; do
	LC_ALL=C gcov -n -r -s "$PWD" "$note" 2>/dev/null
    done | awk '
	/^File / { file = $0; gsub(/^File .|.$/, "", file) }
	/^Lines executed:/ && file != "" {
		sub(/^Lines executed:/, "")
		split($0, part, "% of ")
		if (file ~ /\.c$/ && file !~ /^(\/|regress\/|build)/)
			printf "%d %d %s\n",
			    part[1] * part[2] / 100 + 0.5, part[2], file
		file = ""
	}' | sort -k 3 >"$BUILD/lines"
[ -s "$BUILD/lines" ] || { echo "coverage: gcov says nothing"; exit 1; }

awk -v floors="$FLOORS" '
{
	# A source built twice counts with the better run.
	if (!($3 in total) || $1 > run[$3])
		run[$3] = $1
	total[$3] = $2
}
END {
	for (f in total) {
		dir = f
		sub(/\/.*/, "", dir)
		r[dir] += run[f]
		t[dir] += total[f]
		figure = total[f] > 0 ? 100 * run[f] / total[f] : 100
		printf "%5.1f%%  %5d of %5d  %s\n", figure, run[f],
		    total[f], f | "sort -k 5"
	}
	close("sort -k 5")
	print ""
	n = split(floors, list, " ")
	for (i = 1; i <= n; i++) {
		split(list[i], part, "=")
		floor[part[1]] = part[2]
	}
	for (dir in t) {
		figure = 100 * r[dir] / t[dir]
		note = ""
		if (dir in floor) {
			note = sprintf("floor %d%%", floor[dir])
			if (figure < floor[dir]) {
				note = note ": CROSSED"
				bad = 1
			}
			delete floor[dir]
		}
		printf "%-16s %5.1f%%  %5d of %5d lines  %s\n", dir, figure,
		    r[dir], t[dir], note | "sort"
	}
	close("sort")
	for (dir in floor) {
		print "no figure for " dir
		bad = 1
	}
	exit bad
}' "$BUILD/lines"
