#!/usr/bin/env bash
# Builds the laboratory profile in a folder of its own, runs its tests, draws the picture, and proves that the programs of the
# normal build do not contain it. Closes with a count.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
label=sealhall-laboratory-ecb2020-not-secure
cmake --preset lab >/dev/null
cmake --build build/lab --target lab_ecb2020_picture lab_ecb2020_test
build/lab/bin/lab_ecb2020_test
# It fails when the picture does not show what it is there to show.
build/lab/bin/lab_ecb2020_picture >build/lab/slide.pgm
ffmpeg -v error -y -i build/lab/slide.pgm build/lab/slide.png
# The search itself is proved first: it finds the label and the symbols in the laboratory program.
has_label() { grep -qa "$label" "$1"; }
has_symbols() { nm -C "$1" 2>/dev/null | grep -c 'sealhall::lab::' >/dev/null; }
picture=build/lab/bin/lab_ecb2020_picture
has_label "$picture" || { echo "the search does not work: the label is not in the laboratory program"; exit 1; }
has_symbols "$picture" || { echo "the search does not work: nm shows no symbol of the laboratory program"; exit 1; }
searched=0
for program in build/dev/bin/sealhall build/dev/bin/sealhall-{kms,control,media,recorder,composer} build/wasm/bin/sealhall_core.wasm; do
  [ -f "$program" ] || { echo "$program is missing: build the dev preset, and sealhall_core of the wasm preset, first"; exit 1; }
  ! has_label "$program" || { echo "$program contains the laboratory profile"; exit 1; }
  ! has_symbols "$program" || { echo "$program contains code of the laboratory profile"; exit 1; }
  searched=$((searched + 1))
done
echo "the label stands in the laboratory program and in none of $searched product programs"
echo "1 passed, 0 failed"
