#!/bin/sh
#
# make test, make asan: installs what is missing, builds, runs the suite with
# Kyua and ends with one line, "N passed, N failed, N skipped", taken from
# Kyua's own report.  Every failure is printed in full, every skip with its
# reason.
#
# MAKE, BUILD and CONFIGURE_FLAGS come from the Makefile.  TESTS, if set,
# names what to run: TESTS="unit/log_test integ/run_test:double_start".  With
# an argument it runs the suite apart of that name, regress/NAME, instead.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}

./scripts/deps.sh || exit 1
# shellcheck disable=SC2086 # several flags
./configure --refresh --builddir="$BUILD" ${CONFIGURE_FLAGS:-} || exit 1
"$MAKE" -f "$BUILD/rules.mk" -j2 tests || exit 1

# Nothing of the caller's may decide what a test sees.
unset http_proxy https_proxy all_proxy no_proxy
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
for v in $(env | sed -n 's/^\(NANOCLAW_TRAFFIC_GUARDIAN_[A-Z_]*\)=.*/\1/p'); do
	unset "$v"
done

case $BUILD in
/*)	here=$BUILD ;;
*)	here=$PWD/$BUILD ;;
esac
# C programs have these compiled in and scripts written at their head; helpers
# that tests start find them here.
GUARDIAN_SRCDIR=$PWD
GUARDIAN_BUILDDIR=$here
export GUARDIAN_SRCDIR GUARDIAN_BUILDDIR
here=$here/regress${1:+/$1}
store=$here/results.db
summary=$here/summary
sanitizer=$GUARDIAN_BUILDDIR/regress/sanitizer.log
rm -f "$store" "$sanitizer"
: >"$sanitizer"
# Every service user adds to it, and a directory above may be closed to them:
# the program has it open before it changes its user.
chmod 666 "$sanitizer"

k() { kyua --config=none --logfile="$here/kyua.log" "$@"; }

# Tests that must not be root get another user, if that user can come here.
set -- -v parallelism=2
if [ "$(id -u)" -eq 0 ] && command -v runuser >/dev/null &&
    runuser -u nobody -- test -r "$here/Kyuafile" 2>/dev/null; then
	set -- "$@" -v unprivileged_user=nobody
fi
# shellcheck disable=SC2086 # several names
(cd "$here" && k "$@" test --results-file="$store" ${TESTS:-})
status=$?
if [ ! -f "$store" ]; then
	echo "test: Kyua itself failed; it says why above" >&2
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi

k report --results-file="$store" --output="$summary" || exit 1
counts=$(sed -n 's/^Test cases: //p' "$summary")
number()
{
	printf '%s\n' "$counts" | tr ',' '\n' | sed -n "s/^ *\([0-9]*\) $1\$/\1/p"
}
total=$(number total)
skipped=$(number skipped)
expected=$(number 'expected failures')
failed=$(($(number broken) + $(number failed)))
passed=$((total - skipped - expected - failed))

if [ $failed -gt 0 ]; then
	# Without the environment (it is the caller's own business) and the
	# metadata (they are in the Kyuafile).
	k report --results-file="$store" --verbose \
	    --results-filter=broken,failed | awk '
	/^===> Execution context/ { mute = 1; next }
	/^===> /                  { mute = 0 }
	/^Metadata:$/             { meta = 1; next }
	meta && !/^ /             { meta = 0; next }
	!mute && !meta            { print }'
fi
if [ "$skipped" -gt 0 ]; then
	echo "===> Skipped, and why"
	sed -n 's/  ->  skipped: /: /p' "$summary"
fi
if [ "$expected" -gt 0 ]; then
	echo "===> Known faults, shown by tests that expect to fail" \
	    "(counted with the skipped)"
	sed -n 's/  ->  expected_failure: /: /p' "$summary"
	skipped=$((skipped + expected))
fi
if tr -d '\0' <"$sanitizer" | grep -q .; then
	# A child that dies of this is restarted, so its test may well pass.
	echo "===> A sanitizer stopped one of our programs"
	tr -d '\0' <"$sanitizer"
	failed=$((failed + 1))
fi
[ "$total" -gt 0 ] || echo "test: Kyua ran no test at all" >&2

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && [ $status -eq 0 ]
