#!/usr/bin/env bash
# The longer tests of the store: run.sh [doctest options]. Databases lie in memory where possible; what syncs is tested as such.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -w /dev/shm ] && export TMPDIR=${TMPDIR:-/dev/shm}
build/dev/bin/store_system_test "$@"
tests/power/run.py --cuts "${SEALHALL_CUTS:-200}"
