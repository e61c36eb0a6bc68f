#!/usr/bin/env bash
# The longer tests of the store: run.sh [doctest options]. Databases lie in memory where possible; what syncs is tested as such.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -w /dev/shm ] && export TMPDIR=${TMPDIR:-/dev/shm}
s3=$(mktemp -d)/radosgw
every_bit=$(mktemp -d)
# Every bit of the vectors takes a minute and a half of one processor, and waits for nothing: it goes on beside the databases.
build/dev/bin/tests_vectors_test --no-skip --test-case='at rest vectors: every single bit*' >"$every_bit/log" 2>&1 &
flipping=$!
trap 'kill "$flipping" 2>/dev/null || true; tests/store/radosgw.sh stop "$s3"; rmdir "$(dirname "$s3")"; rm -r "$every_bit"' EXIT
tests/store/radosgw.sh start "$s3" "${SEALHALL_S3_PORT:-18480}"
export SEALHALL_S3=http://127.0.0.1:${SEALHALL_S3_PORT:-18480} SEALHALL_S3_PID
SEALHALL_S3_PID=$(cat "$s3/run/client.rgw.pid")
build/dev/bin/store_system_test "$@"
# The server on PostgreSQL, as its own tests see it over HTTPS and the signalling socket: what they say holds on both databases.
on_postgres=$(printf ',*/server/control/%s_test.cc' account_events account_pages activity_endpoints api authorisation_objects branding console \
  history identity meeting_activity oauth policies register_pages scheduling v2_people v2_polls v2_settings)
chosen=$(build/dev/bin/server_control_test --source-file="${on_postgres#,}" --count | grep -oE '[0-9]+' | tail -n 1)
[ "$chosen" -gt 80 ] || { echo "only $chosen tests of the server run on PostgreSQL: look at the names of its files" >&2; exit 1; }
SEALHALL_HOUSE_POSTGRES=1 build/dev/bin/server_control_test --source-file="${on_postgres#,}"
tests/power/run.py --cuts "${SEALHALL_CUTS:-200}"
flipped=0
wait "$flipping" || flipped=$?
cat "$every_bit/log"
grep -q '1 passed' "$every_bit/log" || { echo "no test of that name flips every bit" >&2; exit 1; }
exit "$flipped"
