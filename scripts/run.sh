#!/bin/sh
#
# make run: installs what is missing, builds, starts guardiand from the build
# directory in the foreground and, once it answers, proves that it works with
# a planted key sent through the proxy.
#
# As root it uses the service users and the directories of an installed
# guardian.  As anyone else everything lives under one directory of yours:
# $NANOCLAW_TRAFFIC_GUARDIAN_HOME, or ~/.local/state/guardian.

set -u
cd "$(dirname "$0")/.." || exit 1
MAKE=${MAKE:-make}
BUILD=${BUILD:-build}

./scripts/deps.sh -q || exit 1
./configure --refresh --builddir="$BUILD" || exit 1
"$MAKE" -f "$BUILD/rules.mk" -j2 all || exit 1

case $BUILD in
/*)	;;
*)	BUILD=$PWD/$BUILD ;;
esac
daemon=$BUILD/sbin/guardiand
ctl=$BUILD/sbin/guardianctl

if [ "$(id -u)" -ne 0 ] && [ -z "${NANOCLAW_TRAFFIC_GUARDIAN_HOME:-}" ]; then
	if [ -z "${XDG_STATE_HOME:-${HOME:-}}" ]; then
		echo "run: no HOME; set NANOCLAW_TRAFFIC_GUARDIAN_HOME to a" \
		    "directory of yours" >&2
		exit 1
	fi
	NANOCLAW_TRAFFIC_GUARDIAN_HOME=${XDG_STATE_HOME:-$HOME/.local/state}
	NANOCLAW_TRAFFIC_GUARDIAN_HOME=$NANOCLAW_TRAFFIC_GUARDIAN_HOME/guardian
	export NANOCLAW_TRAFFIC_GUARDIAN_HOME
	mkdir -p "$NANOCLAW_TRAFFIC_GUARDIAN_HOME" || exit 1
fi

if "$ctl" status >/dev/null 2>&1; then
	echo "run: a guardiand runs already: \"$ctl status\" shows it," \
	    "\"$ctl stop\" stops it; or give this one a home of its own" \
	    "(NANOCLAW_TRAFFIC_GUARDIAN_HOME)" >&2
	exit 1
fi

# The configuration, and with it the ports, is checked before anything starts.
"$daemon" -n >/dev/null || exit 1

# Answers only when every process is up, so nothing is guessed from time; the
# bound is for a daemon that hangs.
prove()
{
	tries=150
	until "$ctl" status >/dev/null 2>&1; do
		# Gone: it has said why itself.
		kill -0 "$1" 2>/dev/null || return 1
		tries=$((tries - 1))
		if [ $tries -eq 0 ]; then
			echo "run: guardiand runs but does not answer on its" \
			    "control socket: see its messages above" >&2
			return 1
		fi
		sleep 0.2
	done
	echo
	echo "== A planted key, sent through the proxy and found again:"
	"$ctl" selftest || return 1
	echo
	echo "== The newest finding, as it is stored:"
	"$ctl" -j findings -n 1
	echo
	echo "== To point a shell at it:"
	"$ctl" wiring shell
	echo
	echo "== From another shell:"
	[ -z "${NANOCLAW_TRAFFIC_GUARDIAN_HOME:-}" ] ||
	    echo "export NANOCLAW_TRAFFIC_GUARDIAN_HOME='$NANOCLAW_TRAFFIC_GUARDIAN_HOME'"
	echo "$ctl status"
	echo "$ctl follow"
	echo
	echo "== Running in the foreground; ^C stops it."
}

# guardiand takes this shell's place, so signals and the exit status are its
# own.  The proof runs beside it, and is nobody's child that guardiand could
# mistake for one of its processes.
(prove $$ </dev/null &)
exec "$daemon" -d
