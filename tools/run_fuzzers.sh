#!/bin/bash
# Runs every fuzz target for SECONDS, six at a time, from the committed seeds: tools/run_fuzzers.sh SECONDS [NAME..]
# One line a target and a count at the end. Ends non-zero when a target found something; the input is in build/fuzz-artifacts.
# Chance is a seed: SEALHALL_FUZZ_SEED (none: another one each time), which the log names.
# What a run discovers is kept in build/fuzz/corpus, so that the next one starts from there.
set -u
cd "$(dirname "$0")/.." || exit 2
seconds=${1:-20}
shift || true
programs=build/fuzz/fuzz
artifacts=build/fuzz-artifacts
mkdir -p "$artifacts" build/fuzz/logs

run_one() {
  local seconds=$1 name=$2 log=build/fuzz/logs/$2.log corpus=build/fuzz/corpus/$2 runs edges
  mkdir -p "$corpus"
  if "$programs/${name}_fuzz" -max_total_time="$seconds" -seed="${SEALHALL_FUZZ_SEED:-0}" -timeout=10 -rss_limit_mb=1500 -print_final_stats=1 \
    -artifact_prefix="$artifacts/$name-" "$corpus" "fuzz/seeds/$name" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)
    printf 'ok    %-24s %9s runs in %s s, %s edges\n' "$name" "${runs:-0}" "$seconds" "${edges:-?}"
  else
    printf 'FOUND %-24s %s\n' "$name" "$(grep -m1 -E 'ERROR:|runtime error|CHECK failed|SUMMARY' "$log" || tail -n 1 "$log")"
    sed -n 's/^artifact_prefix.*written to/      input:/p; s/^.*Test unit written to /      input: /p' "$log" | tail -n 1
    echo "      log: $log"
    return 1
  fi
}
export -f run_one
export programs artifacts

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for source in fuzz/*_fuzz.cc; do names+=("$(basename "$source" _fuzz.cc)"); done
fi
for name in "${names[@]}"; do
  [ -x "$programs/${name}_fuzz" ] || { echo "fuzz: $programs/${name}_fuzz is not built; run: ./dev build fuzz"; exit 2; }
done
if printf '%s\n' "${names[@]}" | xargs -P 6 -I{} bash -c 'run_one "$0" "$1"' "$seconds" {}; then
  echo "fuzz: ${#names[@]} targets, $seconds s each, nothing found"
  echo "${#names[@]} passed, 0 failed"
else
  echo "fuzz: ${#names[@]} targets, $seconds s each, at least one found something"
  exit 1
fi
