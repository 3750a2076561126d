#!/bin/sh
#
# Sourced by inject.sh and valgrind.sh, in the top directory, with $name set
# to what they are called and $only to the unit programs that are wanted, or
# empty: builds all tests, makes $work afresh, and writes the cases of these
# programs to $work/cases, "PROGRAM CASE" a line.

MAKE=${MAKE:-make}
BUILD=${BUILD:-build}
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
work=$here/$name
rm -rf "$work"
mkdir -p "$work" || exit 1
for program in ${only:-$(cd "$here/regress/unit" && ls)}; do
	program=$here/regress/unit/$program
	[ -f "$program" ] && [ -x "$program" ] || continue
	"$program" -l 2>/dev/null </dev/null | sed -n 's/^ident: //p' |
	    sed "s,^,$program ,"
done >"$work/cases"
[ -s "$work/cases" ] || { echo "$name: no cases"; exit 1; }
