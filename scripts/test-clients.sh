#!/bin/sh
#
# make test-clients: clients from npm, of the versions in
# regress/clients/package-lock.json, through the running suite.  They are
# installed under the build directory; no program of theirs runs on
# installation.  Ends with "N passed, N failed, N skipped", as make test does.

set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
where=$BUILD/clients

./scripts/deps.sh -c || exit 1
mkdir -p "$where" || exit 1
if ! cmp -s regress/clients/package-lock.json "$where/installed"; then
	cp regress/clients/package.json regress/clients/package-lock.json \
	    "$where/" || exit 1
	echo "test-clients: installing from npm"
	# What it must be is in the lock file, as a digest each.
	if ! (cd "$where" && npm ci --ignore-scripts --no-audit --no-fund \
	    --no-update-notifier </dev/null >npm.log 2>&1); then
		cat "$where/npm.log" >&2
		echo "test-clients: npm failed; it says why above" >&2
		echo "0 passed, 1 failed, 0 skipped"
		exit 1
	fi
	cp regress/clients/package-lock.json "$where/installed"
fi
exec ./scripts/test.sh clients
